r"""Runs of the chapter on the modified step: rates against the scale of the start, iteration counts, the trigger.

All runs start like those of Xiong, Ding and Du (2024): entries of :math:`F_0` at scale :math:`\alpha`, of
:math:`G_0` at :math:`\alpha/3`.
"""

from __future__ import annotations

import functools

import numpy as np

from wnsense import asymmetric, modified_descent
from wnsense.iterate import Run, iterate
from wnsense.modified_step import modified_step, rebalanced_step
from wnsense.rectangular import Dense, RectangularTruth, gaussian, random_rectangular_truth
from wnsense.rectangular_objective import Measured

RATIO = 1 / 3


def problem(seed: int, kappa: float = 2.0, *, shape=(20, 16), rank=2) -> tuple[RectangularTruth, np.random.Generator]:
    """A random truth with sigma_1 = 1 and the generator for all else."""
    rng = np.random.default_rng(seed)
    return random_rectangular_truth(*shape, rank, kappa=kappa, rng=rng), rng


def entries(truth: RectangularTruth) -> Measured:
    """The population as the measurements of all entries: for a small matrix the faster way to do many steps."""
    n_1, n_2 = truth.shape
    return Measured(Dense(np.eye(n_1 * n_2), truth.shape), truth.A.ravel())


def rewritten(truth: RectangularTruth, F, G, rule: str) -> tuple[np.ndarray, np.ndarray]:
    r"""(F, G) after the rule: "modified", "rebalanced" (with :math:`\beta^2=\sigma_{r_A}`) or "never"."""
    if rule == "modified":
        return modified_step(F, G)
    return rebalanced_step(F, G, float(truth.sigma[-1])) if rule == "rebalanced" else (F, G)


@functools.cache
def near_start(alpha: float, rho: float, seed: int, kappa: float = 2.0, eta: float = 0.25):
    r"""The truth, F and G of gradient descent, population, when first :math:`\lVert R\rVert_F\le\rho\sigma_{r_A}`."""
    truth, rng = problem(seed, kappa, shape=(20, 8))
    population = entries(truth)
    start = asymmetric.init(population, 4, alpha, rng, RATIO)
    run = iterate(
        asymmetric,
        population,
        asymmetric.Parameters(eta),
        start,
        max_iterations=5000,
        tolerance=rho * truth.sigma[-1] / truth.norm,
        record_every=5000,
    )
    return truth, run.state.F, run.state.G


@functools.cache
def after(alpha: float, rule: str, seed: int = 0, *, rho: float = 0.25, eta: float = 0.25, budget: int = 1500) -> Run:
    """The run that goes on from `near_start`, rewritten by the rule: population, every tenth iteration recorded."""
    truth, F, G = near_start(alpha, rho, seed)
    population = entries(truth)
    state = asymmetric.at(population, *rewritten(truth, F, G, rule))
    return iterate(
        asymmetric,
        population,
        asymmetric.Parameters(eta),
        state,
        max_iterations=budget,
        tolerance=1e-11,
        truth=truth,
        record_every=10,
    )


def tail_rate(run: Run, lowest: float = 1e-10) -> float:
    """The c of error ~ exp(-ct), t in iterations: a line through the last half of what was recorded above `lowest`."""
    t, error = run.history["iteration"], run.history["error"]
    t, error = t[error > lowest], error[error > lowest]
    half = len(t) // 2
    return float(-np.polyfit(t[half:], np.log(error[half:]), 1)[0])


def exponent(alphas, rates) -> tuple[float, float]:
    """Slope of log rate against log alpha, and twice its standard error."""
    x, y = np.log(alphas), np.log(rates)
    (slope, _), covariance = np.polyfit(x, y, 1, cov=True)
    return float(slope), float(2 * np.sqrt(covariance[0, 0]))


@functools.cache
def iterations_after(
    kappa: float, rule: str, eta: float, *, rho: float = 0.1, target: float = 1e-10, budget: int = 400_000
):
    r"""Iterations from :math:`\rho` to a relative error of `target` after a rewriting, and the rho they started from.

    Population, shape 6 x 5, r = 4, r_A = 2.
    """
    truth, rng = problem(1, kappa, shape=(6, 5))
    population = entries(truth)
    start = asymmetric.init(population, 4, 1e-3, rng, RATIO)
    keywords = dict(record_every=budget)
    run = iterate(
        asymmetric,
        population,
        asymmetric.Parameters(0.25),
        start,
        max_iterations=50_000,
        tolerance=rho * truth.sigma[-1] / truth.norm,
        **keywords,
    )
    F, G = run.state.F, run.state.G
    found = truth.error(F, G) / truth.sigma[-1]
    state = asymmetric.at(population, *rewritten(truth, F, G, rule))
    run = iterate(
        asymmetric, population, asymmetric.Parameters(eta), state, max_iterations=budget, tolerance=target, **keywords
    )
    return run.iterations, found


def measurements(seed: int, noise: float, n: int = 600, kappa: float = 2.0):
    r"""The truth of `problem`, n Gaussian measurements, noise :math:`\xi` of that norm, the generator for more."""
    truth, rng = problem(seed, kappa)
    operator = gaussian(*truth.shape, n, rng)
    xi = rng.standard_normal(n)
    return truth, operator, noise * xi / np.linalg.norm(xi), rng


@functools.cache
def triggered(
    alpha: float, noise: float, rule: str, *, n=600, seed=3, kappa=2.0, budget=1200, gap_only=False, delta=0.5
) -> Run:
    r"""A run on n Gaussian measurements, :math:`\lVert\xi\rVert` = noise; the trigger is told noise and delta.

    Shape 20 x 16, r = 4, r_A = 2.
    """
    truth, operator, xi, rng = measurements(seed, noise, n, kappa)
    measured = Measured(operator, operator.forward(truth.A) + xi)
    start = modified_descent.init(measured, 4, alpha, rng, RATIO)
    parameters = modified_descent.Parameters(0.2, rule, delta=delta, noise=noise, every=10, gap_only=gap_only)
    return iterate(
        modified_descent,
        measured,
        parameters,
        start,
        max_iterations=budget,
        tolerance=1e-9,
        truth=truth,
        record_every=10,
    )
