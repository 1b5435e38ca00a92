"""Runs of the chapter on one-sided weight normalization: nine methods on one matrix, escape, and few samples.

The matrix is symmetric, so that all methods can be asked: m = 20, r_A = 3, r = 6 columns. The measurements are those of
one rectangular Gaussian operator; the symmetric methods see its symmetric part, which takes the same y.
"""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType
from typing import NamedTuple

import numpy as np

from wnsense import asymmetric, gradient_descent, modified_descent, modified_step_bounds, objective, one_sided
from wnsense import one_sided_bounds, one_sided_population, plotting, population, population_bounds, rectangular
from wnsense import rectangular_objective, weight_normalization
from wnsense.iterate import Run, iterate
from wnsense.modified_step import modified_step
from wnsense.problem import random_ground_truth

M, RANK, COLUMNS = 20, 3, 6
SAMPLES = 300  # 5 m r_A: three quarters of m^2, more than m(m + 1)/2 = 210
ETA = 1.0  # of the direction, in units of 1/sigma_1^2
ETA_GD, ETA_MODIFIED = 0.2, 0.15  # in units of 1/sigma_1


class Contestant(NamedTuple):
    """A method: `symmetric` says which objective it takes; `alpha` is the scale of the start of GD, `eta` its step."""

    method: ModuleType
    symmetric: bool
    colour: str
    style: str
    alpha: float = 0.0
    rule: str = ""
    eta: float = ETA_GD


CONTESTANTS = {
    "WN": Contestant(weight_normalization, True, plotting.WN, "-"),
    "one-sided WN": Contestant(one_sided, False, plotting.WN, "--"),
    "GD, alpha = 1": Contestant(gradient_descent, True, plotting.GD, "-", 1.0),
    "GD, alpha = 1e-6": Contestant(gradient_descent, True, plotting.GD, "--", 1e-6),
    "GD, alpha = 1e-14, 2 eta": Contestant(gradient_descent, True, plotting.COLOURS[4], "-", 1e-14, eta=2 * ETA_GD),
    "two factors, alpha = 1e-6": Contestant(asymmetric, False, plotting.GD, ":", 1e-6),
    "two factors, alpha = 1e-30, 2 eta": Contestant(asymmetric, False, plotting.COLOURS[4], ":", 1e-30, eta=2 * ETA_GD),
    "modified, alpha = 1e-2": Contestant(modified_descent, False, plotting.OTHER, "-", 1e-2, "modified", ETA_MODIFIED),
    "rebalanced, alpha = 1e-2": Contestant(modified_descent, False, plotting.OTHER, "--", 1e-2, "rebalanced"),
}


@lru_cache(maxsize=None)
def problems(kappa: float, n: int | None):
    """The truth, and the symmetric and the rectangular objective of the same n samples; None for the population."""
    truth = random_ground_truth(M, RANK, kappa=kappa, rng=np.random.default_rng(1))
    twin = rectangular.RectangularTruth.of_symmetric(truth)
    if n is None:
        return truth, objective.Population(truth), rectangular_objective.Population(twin)
    operator = rectangular.gaussian(M, M, n, np.random.default_rng(n))
    y = operator.forward(truth.A)
    symmetric = objective.Measured(rectangular.symmetric_part(operator), y)
    return truth, symmetric, rectangular_objective.Measured(operator, y)


def run(
    name: str,
    kappa: float = 3.0,
    n: int | None = None,
    *,
    passes: int = 4000,
    mu: float | None = None,
    eta: float | None = None,
    seed: int = 2,
) -> Run:
    """A contestant until its relative residual is 1e-11 or it has spent the passes; `seed` draws its start.

    `eta` takes the place of its own step size, in units of 1/sigma_1^2 for WN and 1/sigma_1 for gradient descent.

    `mu` is the step size of the free factor of one-sided WN: 1 in the population and `one_sided_bounds.free_step_size`
    with samples, if it is not given.
    """
    return _run(name, kappa, n, passes, mu, eta, seed)  # in one order, so that no run is made twice


@lru_cache(maxsize=None)
def _run(name, kappa, n, passes, mu, eta, seed):
    truth, symmetric, rectangle = problems(kappa, n)
    method, is_symmetric, _, _, alpha, rule, own = CONTESTANTS[name]
    problem, rng = symmetric if is_symmetric else rectangle, np.random.default_rng(seed)
    if method is weight_normalization:
        parameters, start = method.Parameters(eta or ETA), method.init(problem, COLUMNS, rng)
    elif method is one_sided:
        mu = mu or (1.0 if n is None else one_sided_bounds.free_step_size(M, COLUMNS, n))
        parameters, start = method.Parameters(eta or ETA, mu), method.init(problem, COLUMNS, rng)
    else:
        rewriting = dict(rule=rule, every=5) if rule else {}
        parameters = method.Parameters(eta or own, **rewriting)
        start = method.init(problem, COLUMNS, alpha, rng, *(() if is_symmetric else (1 / 3,)))
    return iterate(
        method,
        problem,
        parameters,
        start,
        max_iterations=passes // method.PASSES_PER_STEP,
        tolerance=1e-11,
        truth=truth if is_symmetric else rectangular.RectangularTruth.of_symmetric(truth),
        record_every=20 // method.PASSES_PER_STEP,
    )


def passes_to(run: Run, error: float) -> float:
    """The first recorded number of passes with at most this relative error; infinity if there is none."""
    reached = run.history["error"] <= error
    return float(run.history["passes"][np.argmax(reached)]) if reached.any() else np.inf


@lru_cache(maxsize=None)
def escape(n_1: int, method: str, *, r: int = 20, kappa: float = 2.0) -> tuple[float, int]:
    """q_0 and the iterations to q <= 1 of "one-sided" or "symmetric" steps: r_A = 2, eta = 1/sigma_1^2."""
    start = population.random_alignment(n_1, r, 2, np.random.default_rng(7))
    dynamics = {"one-sided": one_sided_population, "symmetric": population}[method]
    run = dynamics.run([1.0, 1 / kappa], 1.0, start, tolerance=1.0, max_iterations=10**6)
    return start.q, run.iterations


@lru_cache(maxsize=None)
def low_rank_bias(n: int, columns: int, seed: int = 3) -> tuple[float, float, float, float]:
    """A 24 x 16 truth of rank 2, n samples: residual and error of one-sided WN, errors of two factors.

    These start from 1e-6, and from 1e-14 with twice the step.
    """
    rng = np.random.default_rng(seed)
    truth = rectangular.random_rectangular_truth(24, 16, 2, kappa=1.5, rng=rng)
    operator = rectangular.gaussian(24, 16, n, rng)
    problem = rectangular_objective.Measured(operator, operator.forward(truth.A))
    mu = one_sided_bounds.free_step_size(16, columns, n)
    budget = dict(max_iterations=1500, tolerance=1e-10, truth=truth, record_every=100)
    first = iterate(one_sided, problem, one_sided.Parameters(ETA, mu), one_sided.init(problem, columns, rng), **budget)
    errors = []
    for alpha, eta in ((1e-6, ETA_GD), (1e-14, 2 * ETA_GD)):
        start = asymmetric.init(problem, columns, alpha, rng, 1 / 3)
        errors.append(iterate(asymmetric, problem, asymmetric.Parameters(eta), start, **budget).history["error"][-1])
    return first.history["residual"][-1], first.history["error"][-1], *errors


def drift_after_modified_step(times: tuple[int, ...]) -> list[tuple[int, float, float, float]]:
    """Gradient descent after one modified step, and one-sided WN from the same F: what stays of F'F = beta^2 I.

    A 24 x 16 truth of rank 2, four columns, population, eta = 1/(6 sigma_1). One row a time t: t,
    |F'F - beta^2 I|/beta^2, |Delta_t - Delta_0|/beta^2, and |X'X - I| of one-sided WN with the step eta/beta^2.
    """
    rng = np.random.default_rng(5)
    truth = rectangular.random_rectangular_truth(24, 16, 2, kappa=2.0, rng=rng)
    problem, eta = rectangular_objective.Population(truth), 1 / 6
    near = iterate(
        asymmetric, problem, asymmetric.Parameters(0.2), asymmetric.init(problem, 4, 0.3, rng), max_iterations=12
    )
    F, G = modified_step(near.state.F, near.state.G)
    beta2, start, rows = np.linalg.norm(F, 2) ** 2, asymmetric.imbalance(F, G), []
    descent = asymmetric.at(problem, F, G)
    normalized = one_sided.start_from(problem, F / np.sqrt(beta2))
    for t in range(max(times) + 1):
        if t in times:
            F, X = descent.F, normalized.X
            gram, turned = F.T @ F / beta2 - np.eye(4), X.T @ X - np.eye(4)
            kept = (asymmetric.imbalance(F, descent.G) - start) / beta2
            rows.append((t, *(float(np.linalg.norm(B, 2)) for B in (gram, kept, turned))))
        descent = asymmetric.step(problem, asymmetric.Parameters(eta), descent)
        normalized = one_sided.step(problem, one_sided.Parameters(eta / beta2), normalized)
    return rows


def proved_counts(kappa: float, q0: float, error: float = 1e-10) -> dict[str, float]:
    """Iterations that the book's theorems allow to a relative error: population, r_A = 3."""
    sigma = np.geomspace(1.0, 1 / kappa, RANK)
    rho = error * np.linalg.norm(sigma) / sigma[-1]  # |R|_F / sigma_k
    bounds, local = population_bounds, modified_step_bounds
    return {
        "WN": bounds.iterations(q0, bounds.q_for_error(error), sigma, ETA),
        "one-sided WN": one_sided_bounds.iterations(q0, one_sided_bounds.q_for_error(error), sigma, ETA),
        "after a modified step": local.modified_iterations(local.MODIFIED_START, rho, kappa, local.MODIFIED_STEP),
        "after a rebalanced step": local.rebalanced_iterations(
            local.REBALANCED_START, rho, kappa, local.REBALANCED_STEP
        ),
    }
