r"""The law of the worst initial alignment :math:`\lambda_0=\lambda_{\min}(S_0)` of a uniform direction.

Exact where a closed form exists, else bounded.

Throughout X_0 is uniform on St(m, r), k is the rank of the truth, and :math:`k\le r`.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.integrate
import scipy.optimize
import scipy.special
import scipy.stats

from wnsense import validate


def _sizes(m: int, r: int, k: int) -> tuple[int, int, int]:
    m = validate.integer("m", m, low=1)
    r = validate.integer("r", r, low=1, high=m)
    return m, r, validate.integer("k", k, low=1, high=r)


def lower_bound(m: int, r: int, k: int, tau: float) -> float:
    r"""A lower bound of :math:`\lambda_0` that fails with probability at most :math:`2e^{-\tau^2/2}`.

    It is :math:`a^2/(a^2+b^2)` with :math:`a=(\sqrt r-\sqrt k-\tau)_+` and :math:`b=\sqrt{m-r}+\sqrt k+\tau`.

    Raises
    ------
    ValueError
        Unless 1 <= k <= r <= m and tau > 0.

    References
    ----------
    `prop-alignment-grows` of the book; Davidson and Szarek (2001), Theorem II.13, for the singular values of
    Gaussian matrices.
    """
    m, r, k = _sizes(m, r, k)
    tau = validate.positive("tau", tau)
    a = max(math.sqrt(r) - math.sqrt(k) - tau, 0.0)
    return a**2 / (a**2 + (math.sqrt(m - r) + math.sqrt(k) + tau) ** 2)


def failure(tau) -> float:
    r"""The probability :math:`2e^{-\tau^2/2}` with which `lower_bound` may fail."""
    return 2 * np.exp(-np.square(tau) / 2)


def has_closed_form(m: int, r: int, k: int) -> bool:
    r"""Whether `survival` knows the law: k = 1, or :math:`r\in\{k,k+1,k+3\}` and :math:`r\le m-k`."""
    m, r, k = _sizes(m, r, k)
    return k == 1 or (r - k in (0, 1, 3) and r <= m - k)


def survival(x: float, m: int, r: int, k: int) -> float:
    r"""The probability :math:`\Pr(\lambda_0>x)`, exact, where it has a closed form.

    For k = 1 a Beta law. Otherwise :math:`(1-x)^{k(m-r)/2}` times 1 at :math:`r=k+1`; a polynomial of degree k at
    :math:`r=k+3`; and at :math:`r=k` the mean of :math:`(1+xw)^{-k/2}`, :math:`w=\chi^2_{m-k}/\chi^2_1`, an integral.

    Raises
    ------
    ValueError
        Unless 1 <= k <= r <= m, 0 <= x <= 1, and there is a closed form (`has_closed_form`).

    References
    ----------
    `prop-smallest-alignment-law` of the book.
    """
    m, r, k = _sizes(m, r, k)
    if not 0 <= x <= 1:
        raise ValueError(f"x is {x}; expected a number between 0 and 1")
    if not has_closed_form(m, r, k):
        raise ValueError(f"(m, r, k) is {(m, r, k)}; expected k = 1, or r = k, k + 1 or k + 3 with r <= m - k")
    if x == 1 or r == m:
        return float(x < 1)
    if k == 1:
        return float(scipy.stats.beta.sf(x, r / 2, (m - r) / 2))
    factor = {0: _mean_at_equal, 1: lambda *_: 1.0, 3: _mean_at_three_more}[r - k](x, m, k)
    return float(math.exp(k * (m - r) / 2 * math.log1p(-x)) * factor)


def _mean_at_equal(x: float, m: int, k: int) -> float:
    r"""The mean of :math:`(1+xw)^{-k/2}`, :math:`w=\chi^2_{m-k}/\chi^2_1`, for :math:`2\le k\le m-k`.

    With :math:`1+w=1/s^2` the density of s is :math:`2(1-s^2)^{(m-k)/2-1}/B(\tfrac12,\tfrac{m-k}2)` on (0, 1), at
    the scale :math:`1/\sqrt m`.
    """
    n, root = m - k, math.sqrt(m)
    constant = math.exp(math.log(2) - scipy.special.betaln(0.5, n / 2)) / root

    def integrand(v: float) -> float:
        s = v / root
        return constant * (s**2 / (s**2 + x * (1 - s**2))) ** (k / 2) * math.exp((n / 2 - 1) * math.log1p(-(s**2)))

    end = min(root * (1 - 1e-15), 40.0)  # beyond 40 standard deviations nothing is left
    bend = min(root * math.sqrt(x), end / 2)
    return sum(
        scipy.integrate.quad(integrand, *part, epsabs=1e-13, epsrel=1e-11, limit=200)[0]
        for part in ((0, bend), (bend, end))
    )


def _mean_at_three_more(x: float, m: int, k: int) -> float:
    r"""The mean of :math:`\det(I+xW)` at r = k + 3: :math:`\sum_j\binom kj\binom{m-r}j\frac{x^j}{j+1}`."""
    n = m - k - 3
    return sum(math.comb(k, j) * math.comb(n, j) / (j + 1) * x**j for j in range(k + 1))


def quantile(p: float, m: int, r: int, k: int) -> float:
    r"""The x with :math:`\Pr(\lambda_0\le x)=p`, from `survival`; 1 where r = m. ValueError as there, or unless 0 < p < 1."""
    if not 0 < p < 1:
        raise ValueError(f"p is {p}; expected a probability strictly between 0 and 1")
    survival(0.5, m, r, k)  # refuses what has no closed form
    if r == m:
        return 1.0

    def log_gap(u: float) -> float:  # in log x, since the quantiles of small p spread over many orders
        return 1 - p - survival(math.exp(u), m, r, k)

    return math.exp(scipy.optimize.brentq(log_gap, math.log(1e-40), math.log1p(-1e-15), xtol=1e-12))
