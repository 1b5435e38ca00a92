r"""The scalar model of imbalance: :math:`f,g>0`, the product fg is to become zero, :math:`\Delta=f^2-g^2`.

It is the case A = 0, n_1 = n_2 = r = 1 of two factors, and the dynamics of one superfluous direction of every other
case (`prop-imbalance-unavoidable`). Source: ours, `thm-scalar-imbalance` of the book.
"""

from __future__ import annotations

import numpy as np

from wnsense import asymmetric, validate
from wnsense.iterate import iterate
from wnsense.rectangular import RectangularTruth
from wnsense.rectangular_objective import Population


def scalar_flow(f_0: float, g_0: float, times) -> np.ndarray:
    r"""The product R(t) of the flow :math:`\dot f=-Rg,\ \dot g=-Rf`, in closed form.

    .. math:: R(t)=\frac\Delta{2\sinh(\Delta t+\log(f_0/g_0))},\qquad
       R(t)=\frac1{2t+1/R_0}\quad\text{if }\Delta=0 .

    Written as :math:`R_0e^{-x}/(1-g_0^2\,\mathrm{expm1}(-2x)/\Delta)` with :math:`x=\Delta t`, f the larger factor:
    no overflow, no cancellation, and the balanced case is its limit.

    Raises
    ------
    ValueError
        If a factor is not positive or a time is negative.
    """
    f_0, g_0 = validate.positive("f_0", f_0), validate.positive("g_0", g_0)
    times = np.asarray(times, float)
    if (times < 0).any():
        raise ValueError(f"times has the entry {times.min()}; expected numbers of at least 0")
    large, small = max(f_0, g_0), min(f_0, g_0)
    Delta = (large - small) * (large + small)
    x = Delta * times
    grown = 2 * times if Delta == 0 else -np.expm1(-2 * x) / Delta
    return large * small * np.exp(-x) / (1 + small**2 * grown)


def scalar_descent(f_0: float, g_0: float, eta: float, steps: int) -> np.ndarray:
    r"""The products :math:`R_0,\dots,R_T` of gradient descent, :math:`f_+=f(1-\eta g^2)`, :math:`g_+=g(1-\eta f^2)`."""
    f, g = validate.positive("f_0", f_0), validate.positive("g_0", g_0)
    products = [f * g]
    for _ in range(validate.integer("steps", steps, low=0)):
        f, g = f * (1 - eta * g * g), g * (1 - eta * f * f)
        products.append(f * g)
    return np.array(products)


def matched_factors(truth: RectangularTruth, r: int, Delta: float, surplus: float) -> tuple[np.ndarray, np.ndarray]:
    r"""Factors with :math:`F^\top F-G^\top G=\Delta I_r` that fit A but for one superfluous direction.

    On the singular vectors of A the columns have :math:`f_i^2-g_i^2=\Delta`, :math:`f_ig_i=\sigma_i`. The other columns
    lie in directions orthogonal to range and row space; the first of them has the product `surplus`, the rest have
    G = 0. So :math:`\lVert FG^\top-A\rVert_F` is `surplus`, and each column moves like a scalar pair.

    Raises
    ------
    ValueError
        Unless rank < r <= min(n_1, n_2).
    """
    n_1, n_2 = truth.shape
    r = validate.integer("r", r, low=truth.rank + 1, high=min(n_1, n_2))
    products = np.append(truth.sigma, [validate.positive("surplus", surplus)] + [0.0] * (r - truth.rank - 1))
    half = validate.positive("Delta", Delta) / 2
    f = np.sqrt(half + np.hypot(half, products))
    left, right = _completed(truth, r)
    return left * f, right * (products / f)


def aligned_factors(truth: RectangularTruth, r: int, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    r"""A small start: every column a pair :math:`(\alpha,\tfrac\alpha3)` along singular vectors of A, completed.

    So :math:`F^\top F-G^\top G=\tfrac89\alpha^2I_r`, and each column moves like a scalar pair, with
    :math:`\sigma_i` or 0 to be fitted.

    Raises
    ------
    ValueError
        Unless rank < r <= min(n_1, n_2) and alpha is positive.
    """
    r = validate.integer("r", r, low=truth.rank + 1, high=min(truth.shape))
    left, right = _completed(truth, r)
    alpha = validate.positive("alpha", alpha)
    return alpha * left, alpha / 3 * right


def _completed(truth: RectangularTruth, r: int) -> tuple[np.ndarray, np.ndarray]:
    """The singular vectors of A, completed to r orthonormal columns on either side."""
    return tuple(np.hstack([B, np.linalg.svd(B)[0][:, truth.rank : r]]) for B in (truth.U, truth.V))


def errors_from(truth: RectangularTruth, F: np.ndarray, G: np.ndarray, eta: float, steps: int) -> np.ndarray:
    r"""The errors :math:`\lVert R_t\rVert_F` of gradient descent on (F, G), every step."""
    problem = Population(truth)
    state = asymmetric.at(problem, F, G)
    run = iterate(asymmetric, problem, asymmetric.Parameters(eta), state, max_iterations=steps, truth=truth)
    return run.history["error"] * truth.norm
