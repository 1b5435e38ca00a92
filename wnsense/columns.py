r"""What the number of columns r costs and brings: parameters, work per iteration, and the r of least work.

k is the rank of A. The *work model* of `prop-best-columns` sets, in units that do not depend on r,

.. math:: C(r)=r\Big(\frac m{(\sqrt r-\sqrt k)^2}+L\Big),\qquad r>k,

the cost of an iteration, proportional to r, times the number of iterations: :math:`m/(\sqrt r-\sqrt k)^2` for the typical :math:`1/\lambda_0` of a
random start, :math:`L=\log(1/\varepsilon)` for the decay. Source: ours.
"""

from __future__ import annotations

import numpy as np

from wnsense import validate


def parameters(m: int, r: int) -> int:
    """The number r(2m - r + 1)/2 of parameters of a symmetric m x m matrix of rank r."""
    m = validate.integer("m", m, low=1)
    r = validate.integer("r", r, low=0, high=m)
    return r * (2 * m - r + 1) // 2


def iteration_flops(m: int, r: int, n: int) -> float:
    r"""Floating-point operations of one iteration of RGD with n dense measurements.

    Four passes of :math:`n\,m(m+1)`; two products :math:`(X\Theta)X^\top` and two EX, :math:`2m^2r` each; and about :math:`16mr^2` for
    products of thin matrices, tangent projection and retraction. Lower orders are left out.
    """
    return 4.0 * n * m * (m + 1) + 8.0 * m * m * r + 16.0 * m * r * r


def model_work(r, m: float, k: float, L: float):
    """The work C(r) of the model, for r > k; see the module docstring."""
    r = np.asarray(r, float)
    return r * (m / (np.sqrt(r) - np.sqrt(k)) ** 2 + L)


def best_columns(m: float, k: float, L: float) -> float:
    r"""The minimiser :math:`r_*=k(1+\rho)^2`, :math:`\rho=(m/(kL))^{1/3}`, of `model_work`; `prop-best-columns` of the book."""
    return k * (1 + (validate.positive("m", m) / (validate.positive("k", k) * validate.positive("L", L))) ** (1 / 3)) ** 2


def least_work(m: float, k: float, L: float) -> float:
    r"""The minimum :math:`C(r_*)=kL(1+\rho)^3` of `model_work`; `prop-best-columns` of the book."""
    return k * L * (1 + (m / (k * L)) ** (1 / 3)) ** 3


def stable_magnitude_step(r: int, n: int, tau: float = 0.0) -> float:
    r"""The limit :math:`4/(1+\sqrt{d/n}+\tau/\sqrt n)^2`, :math:`d=r(r+1)/2`, for the step size :math:`\mu` of the magnitude.

    With n Gaussian measurements and a direction independent of them, magnitude steps below it converge with probability at
    least :math:`1-e^{-\tau^2/2}`.

    References
    ----------
    `prop-magnitude-stability` of the book; Davidson and Szarek (2001).
    """
    r, n = validate.integer("r", r, low=1), validate.integer("n", n, low=1)
    return float(4 / (1 + np.sqrt(r * (r + 1) / 2 / n) + tau / np.sqrt(n)) ** 2)


def expected_squared_tangent(m: int, r: int, k: int) -> float:
    r"""The bound :math:`Q=\frac{k(m-k-1)}{r-k-1}-1` of :math:`\mathbb E\,q_0` for a uniform start, exact for k = 1.

    Raises
    ------
    ValueError
        Unless 1 <= k and k + 2 <= r <= m; below, the expectation is infinite.

    References
    ----------
    `prop-alignment-grows` of the book.
    """
    m = validate.integer("m", m, low=1)
    k = validate.integer("k", k, low=1)
    r = validate.integer("r", r, low=k + 2, high=m)
    return k * (m - k - 1) / (r - k - 1) - 1


def expected_iterations(m: int, r: int, k: int, epsilon: float, rate: float) -> float:
    r"""The bound :math:`1+\frac1a\big(Q+\log(1+\tfrac Q\varepsilon)\big)` of the expected iterations to :math:`q\le\varepsilon`, with rate a.

    References
    ----------
    `cor-expected-iterations` of the book; a is `wnsense.population_bounds.rate`.
    """
    Q = expected_squared_tangent(m, r, k)
    return 1 + (Q + np.log1p(Q / validate.positive("epsilon", epsilon))) / validate.positive("rate", rate)
