r"""Bounds of the book as functions, each with its source: probabilities, sizes of nets, numbers of measurements."""

from __future__ import annotations

import numpy as np
import scipy.stats

from wnsense import validate


def chi_square_tail(n, delta):
    r"""Upper bound of the two-sided chi-square tail :math:`\Pr(|\chi^2_n/n-1|\ge\delta)`.

    It is :math:`2\exp(-\tfrac n2(\tfrac{\delta^2}2-\tfrac{\delta^3}3))`.

    Valid for every :math:`\delta>0`; it says something only where it is below 1, so for :math:`\delta<3/2` at most.

    Parameters
    ----------
    n : int or ndarray
        Degrees of freedom, at least 1.
    delta : float or ndarray
        Positive.

    References
    ----------
    Chernoff's method; `lem-chi-square-tail` of the book.
    """
    n, delta = np.asarray(n, float), np.asarray(delta, float)
    return 2 * np.exp(-n / 2 * (delta**2 / 2 - delta**3 / 3))


def chi_square_tail_exact(n, delta):
    r"""The probability :math:`\Pr(|\chi^2_n/n-1|\ge\delta)` itself, from SciPy's incomplete gamma function."""
    n, delta = np.asarray(n, float), np.asarray(delta, float)
    return scipy.stats.chi2.sf(n * (1 + delta), n) + scipy.stats.chi2.cdf(n * (1 - delta), n)


def low_rank_net_log_size(m: int, k: int, epsilon: float) -> float:
    r"""Natural logarithm of :math:`(1+6/\varepsilon)^{k(m+1)}`.

    So many points of :math:`\{Z\in\mathbb S^m:\mathrm{rank}\,Z\le k,\lVert Z\rVert_F=1\}` suffice to come within
    :math:`\varepsilon` of each of its points, in the Frobenius norm.

    Raises
    ------
    ValueError
        For m below 1, k outside 1..m, epsilon not positive.

    References
    ----------
    `lem-low-rank-net` of the book; for rectangular matrices Candes and Plan (2011).
    """
    m = validate.integer("m", m, low=1)
    k = validate.integer("k", k, low=1, high=m)
    epsilon = validate.positive("epsilon", epsilon)
    return k * (m + 1) * float(np.log1p(6 / epsilon))


def rip_sample_size(m: int, k: int, delta: float, failure: float) -> int:
    r"""Number of Gaussian measurements proved to give (k, delta)-RIP with probability at least 1 - failure.

    The least integer :math:`n\ge24\,\delta^{-2}\big(k(m+1)\log\tfrac{69}\delta+\log\tfrac2p\big)`.

    Parameters
    ----------
    m, k : int
        Side and order, 1 <= k <= m.
    delta : float
        In (0, 1].
    failure : float
        The probability p of failure that is allowed, in (0, 1).

    Raises
    ------
    ValueError
        For an argument out of range.

    References
    ----------
    `thm-gaussian-rip` of the book.
    """
    m = validate.integer("m", m, low=1)
    k = validate.integer("k", k, low=1, high=m)
    delta = validate.positive("delta", delta)
    failure = validate.positive("failure", failure)
    if delta > 1:
        raise ValueError(f"delta is {delta}; expected a number in (0, 1]")
    if failure >= 1:
        raise ValueError(f"failure is {failure}; expected a probability in (0, 1)")
    return int(np.ceil(24 / delta**2 * (k * (m + 1) * np.log(69 / delta) + np.log(2 / failure))))


def gordon_constant(width: float, n):
    r"""The gauge :math:`(1+w/\sqrt n)^2-1` for :math:`\delta_k` of n Gaussian measurements.

    Here w is the Gaussian width of the unit-norm matrices of rank at most k (`wnsense.rip.gaussian_width`). Chevet's
    and Gordon's inequalities bound the mean of the largest :math:`\lVert\mathcal M(Z)\rVert` over this set by
    :math:`1+w/\sqrt n`. A gauge for a typical value, not a bound that holds with certainty.

    References
    ----------
    Davidson and Szarek (2001), sec. II.c; Vershynin (2018), sec. 7.3.
    """
    return (1 + width / np.sqrt(np.asarray(n, float))) ** 2 - 1


def gordon_sample_size(width: float, delta: float) -> float:
    r"""The n at which `gordon_constant` is delta: :math:`w^2/(\sqrt{1+\delta}-1)^2`."""
    return (width / (np.sqrt(1 + validate.positive("delta", delta)) - 1)) ** 2
