r"""Symmetric and asymmetric gradient descent on one positive semidefinite A, from one start :math:`Y_0`.

Four methods: symmetric, :math:`YY^\top`; two unequal factors, :math:`(Y_0,\tfrac13Y_0)`; two equal ones,
:math:`(Y_0,Y_0)`; two balanced ones, :math:`(Y_0,QY_0)` with a random rotation Q of the rows, so that
:math:`F_0^\top F_0=G_0^\top G_0` although :math:`F_0\ne G_0`. In the population, or from n Gaussian measurements,
the same for all.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from wnsense import asymmetric, gradient_descent, objective, rectangular, rectangular_objective, stiefel
from wnsense.iterate import Run, iterate
from wnsense.problem import random_ground_truth

M, RANK, R, KAPPA, ETA = 20, 2, 4, 2.0, 0.25
MEASUREMENTS = 320  # four fifths of m^2
ALPHA = 0.1
METHODS = ("symmetric", "unequal", "equal", "balanced")


@lru_cache(maxsize=None)
def problem(n: int | None):
    """The truth, twice, and both objectives: n measurements of it, or the population for n = None."""
    rng = np.random.default_rng(7)
    truth = random_ground_truth(M, RANK, kappa=KAPPA, rng=rng)
    both = rectangular.RectangularTruth.of_symmetric(truth)
    if n is None:
        return truth, both, objective.Population(truth), rectangular_objective.Population(both)
    operator = rectangular.gaussian(M, M, n, rng)
    y = operator.forward(both.A)
    symmetric = rectangular.symmetric_part(operator)
    return truth, both, objective.Measured(symmetric, y), rectangular_objective.Measured(operator, y)


def first_factor(alpha: float) -> np.ndarray:
    """Y_0, with independent N(0, alpha^2) entries."""
    return alpha * np.random.default_rng(8).standard_normal((M, R))


@lru_cache(maxsize=None)
def run(method: str, n: int | None = None, *, alpha: float = ALPHA, steps: int = 1500, divisor: float = 3.0) -> Run:
    """One of METHODS, recorded every 20 iterations; `divisor` is that of G_0 in the unequal start."""
    truth, both, symmetric, rectangular_ = problem(n)
    Y, options = first_factor(alpha), dict(max_iterations=steps, tolerance=1e-11, record_every=20)
    if method == "symmetric":
        start = gradient_descent.at(symmetric, Y)
        return iterate(gradient_descent, symmetric, gradient_descent.Parameters(ETA), start, truth=truth, **options)
    turned = stiefel.random_point(M, M, np.random.default_rng(9)) @ Y
    second = {"unequal": Y / divisor, "equal": Y, "balanced": turned}
    if method not in second:
        raise ValueError(f"method is {method!r}; expected one of {', '.join(METHODS)}")
    start = asymmetric.at(rectangular_, Y, second[method])
    return iterate(asymmetric, rectangular_, asymmetric.Parameters(ETA), start, truth=both, **options)


def late_rate(run: Run) -> float:
    """Minus the slope of log error against eta t, from the iteration where the error is first below 1e-4 to 1e-9."""
    t, error = run.history["iteration"], run.history["error"]
    inside = (error < 1e-4) & (error > 1e-9)
    return float(-np.polyfit(ETA * t[inside], np.log(error[inside]), 1)[0]) if inside.sum() > 2 else 0.0


def late_power(run: Run) -> float:
    """The p of error ~ t^p over the last half decade of a run."""
    t, error = run.history["iteration"], run.history["error"]
    late = t >= t[-1] / np.sqrt(10)
    return float(np.polyfit(np.log(t[late]), np.log(error[late]), 1)[0])
