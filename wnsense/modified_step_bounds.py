r"""Bounds of the chapter on the modified step: rates, drift, iterations, and the spectrum that limits them.

Population. Everywhere :math:`\rho=\lVert FG^\top-A\rVert_F/\sigma_{r_A}`, :math:`\kappa=\sigma_1/\sigma_{r_A}`, and
`step` is the step size without units, :math:`\eta\sigma_1`.
"""

from __future__ import annotations

import numpy as np

from wnsense import validate

MODIFIED_STEP, MODIFIED_START = 1 / 6, 1 / 2  # largest step, largest rho at the start, of prop-modified-step-rate
REBALANCED_STEP, REBALANCED_START = 1 / 4, 1 / 10  # the same of prop-rebalanced-step-rate
MODIFIED_RATE = 1 / 3.3
REBALANCED_RATE = 0.6
FLOW_DRIFT = 3.3


def smaller_factor(bottom, p):
    r"""The bound :math:`\tfrac12(\sqrt{c^2+4p^2}-c)` of :math:`\lVert G\rVert^2`, where :math:`\Delta\succeq cI`.

    c = `bottom`, :math:`p\ge\lVert FG^\top\rVert`. As a quotient, so that nothing cancels. `lem-smaller-factor`.
    """
    return 2 * np.square(p) / (bottom + np.hypot(bottom, 2 * p))


def modified_shrinkage(rho, kappa, step):
    r"""The part of :math:`\lVert R\rVert_F^2` that an iteration takes at least.

    It is :math:`\eta(1-\rho)^2\sigma_{r_A}^2/(3.3\sigma_1)` after a modified step with :math:`\rho\le\tfrac12`, for
    :math:`\eta\sigma_1\le\tfrac16`; `prop-modified-step-rate` of the book.
    """
    return step * MODIFIED_RATE * (1 - rho) ** 2 / kappa**2


def rebalanced_shrinkage(kappa, step):
    r"""The same after a rebalanced step, :math:`0.6\,\eta\sigma_{r_A}`.

    For :math:`\rho\le\tfrac1{10}` and :math:`\eta\sigma_1\le\tfrac14`; the imbalance :math:`\beta^2` may be anything
    within 10 % of :math:`\sigma_{r_A}`; `prop-rebalanced-step-rate` of the book.
    """
    return REBALANCED_RATE * step / kappa


def modified_iterations(rho: float, target: float, kappa: float, step: float) -> int:
    """How many iterations the proposition allows from rho to `target`: its recursion, followed.

    Raises
    ------
    ValueError
        Outside the proposition: rho above 1/2, a step above 1/6, kappa below 1.
    """
    _within("rho", rho, MODIFIED_START)
    _within("step", step, MODIFIED_STEP)
    _condition_number(kappa)
    validate.positive("target", target)
    iterations = 0
    while rho > target:
        # many iterations at once, as if rho had not fallen meanwhile: never fewer than the recursion itself takes
        factor = 1 - modified_shrinkage(rho, kappa, step)
        count = max(1, int(np.ceil(2 * np.log(max(target / rho, 0.99)) / np.log(factor))))
        rho, iterations = rho * factor ** (count / 2), iterations + count
    return iterations


def rebalanced_iterations(rho: float, target: float, kappa: float, step: float) -> int:
    """How many iterations the proposition allows from rho to `target`.

    Raises
    ------
    ValueError
        Outside the proposition: rho above 1/10, a step above 1/4, kappa below 1.
    """
    _within("rho", rho, REBALANCED_START)
    _within("step", step, REBALANCED_STEP)
    _condition_number(kappa)
    validate.positive("target", target)
    return int(np.ceil(2 * np.log(target / rho) / np.log1p(-rebalanced_shrinkage(kappa, step)))) if rho > target else 0


def flow_drift(rho):
    r"""The bound :math:`3.3\log\frac1{1-\rho_0}` of :math:`\lVert F^\top F-\beta^2I\rVert/\sigma_1` along the flow.

    For all time, after a modified step with :math:`\rho_0\le\tfrac12`; `prop-modified-step-rate` of the book.
    """
    return -FLOW_DRIFT * np.log1p(-np.asarray(rho))


def modified_spectrum(sigma, beta2: float) -> tuple[np.ndarray, np.ndarray]:
    r"""Squared singular values of F and G at :math:`FG^\top=A`, :math:`F^\top F=\beta^2I`: :math:`\beta^2` and
    :math:`\sigma_j^2/\beta^2`, both (r_A,).

    The eigenvalues of the residual operator :math:`Z\mapsto FF^\top Z+ZGG^\top` are their sums, and each of them alone.
    """
    sigma = np.asarray(sigma, float)
    return np.full(len(sigma), float(beta2)), sigma**2 / beta2


def rebalanced_spectrum(sigma, beta2: float) -> tuple[np.ndarray, np.ndarray]:
    r"""The same at :math:`\Delta=\beta^2I`: :math:`f_j^2=\tfrac12(\beta^2+\sqrt{\beta^4+4\sigma_j^2})` and
    :math:`g_j^2=f_j^2-\beta^2`."""
    sigma = np.asarray(sigma, float)
    return (beta2 + np.hypot(beta2, 2 * sigma)) / 2, smaller_factor(beta2, sigma)


def condition(spectrum: tuple[np.ndarray, np.ndarray], beta2: float) -> float:
    r"""Largest over smallest nonzero eigenvalue of the residual operator, :math:`r_A<r<n_1` and :math:`r_A<n_2`.

    Surplus columns of F have squared length `beta2` and come alone.
    """
    f2, g2 = spectrum
    return float((f2[0] + g2[0]) / min(beta2, g2[-1]))


def _condition_number(kappa: float) -> None:
    if validate.positive("kappa", kappa) < 1:
        raise ValueError(f"kappa is {kappa}; expected a condition number of at least 1")


def _within(name: str, value, limit: float) -> None:
    if not validate.positive(name, value) <= limit * (1 + 1e-12):  # 1/6 written as a float quotient
        raise ValueError(f"{name} is {value}; expected at most {limit:.4g}, as the proposition asks")
