r"""Runs of gradient descent with :math:`r=r_A` columns, and with one more: counts, rates, the flow."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.integrate

from wnsense import exact_rank_bounds as bounds
from wnsense import exact_rank_worst as worst
from wnsense import gradient_descent as gd
from wnsense import sensing
from wnsense.iterate import Run, iterate
from wnsense.objective import Measured, Population
from wnsense.problem import GroundTruth, random_ground_truth


def flow_excess(seed: int, *, speed: float = 1.0) -> float:
    r"""Largest :math:`\rho_t^2/(1-\rho_t^2)` along a flow :math:`\dot Y=-(YY^\top-A)Y`, over its bound.

    `speed` multiplies the rate :math:`2\sigma_{r_A}` of the bound. Every second flow starts near a solution and outside
    the range of A, where the rate is attained; the others start anywhere in the region.
    """
    rng = np.random.default_rng(seed)
    instance = worst.tight_instance(0.01, (2.0,)) if seed % 2 else worst.random_instance(rng, highest=bounds.REGION)
    sigma, A, shape = instance.sigma, instance.A, instance.Y.shape
    times = np.linspace(0, 4 / sigma[-1], 30)

    def slope(t, y):
        Y = y.reshape(shape)
        return -((Y @ Y.T - A) @ Y).ravel()

    solved = scipy.integrate.solve_ivp(
        slope, (0, times[-1]), instance.Y.ravel(), "DOP853", times, rtol=1e-11, atol=1e-13
    )
    rho = np.array([worst.rho(sigma, y.reshape(shape)) for y in solved.y.T])
    odds = rho**2 / (1 - rho**2)
    return float(np.max((odds * np.exp(2 * speed * sigma[-1] * times) / odds[0])[1:]))


def final_rho(seed: int, *, region: float = 1.0) -> float:
    r"""rho after :math:`400\kappa` steps of size :math:`1/(6\sigma_1)` from a start with rho just below `region`.

    For a region that reaches beyond 1 every third start has an empty last column: rho is little more than 1 there.
    """
    rng = np.random.default_rng(seed)
    sigma = np.array([1.0, 0.5])
    if region > 1 and seed % 3 == 0:
        empty = np.zeros((4, 2))
        empty[0, 0] = np.sqrt(sigma[0] + 0.1 * sigma[1])  # rho^2 = 1.01
        return _descend(sigma, empty)
    direction = rng.standard_normal((4, 2))
    if seed % 3 == 0:  # the last column nearly empty
        direction = np.zeros((4, 2))
        direction[1, 1] = -1.0
    return _descend(sigma, worst.at_distance(sigma, direction, 0.999 * region).Y)


def _descend(sigma: np.ndarray, Y: np.ndarray) -> float:
    truth = diagonal_truth(len(Y), sigma)
    steps = int(400 * truth.kappa)
    parameters, start = gd.Parameters(bounds.LARGEST_STEP / sigma[0]), gd.at(Population(truth), Y)
    ended = iterate(gd, Population(truth), parameters, start, max_iterations=steps, tolerance=1e-9, record_every=steps)
    return ended.state.residual.norm / sigma[-1]


def diagonal_truth(m: int, sigma) -> GroundTruth:
    """A = diag(sigma, 0, ..., 0) of side m."""
    return GroundTruth(np.eye(m)[:, : len(sigma)], np.asarray(sigma, float))


def _sharp_run(kappa: float, fraction: float, outside: float = 1.0, tolerance: float = 1e-7, every: int = 10_000):
    r"""Problem, parameters and run of `prop-exact-rank-rate-sharp` for :math:`A=\mathrm{diag}(\kappa,1,0)`.

    All columns but the last are fitted, which is :math:`1.01\,u_{r_A}` plus `outside` times a tenth of a direction
    outside the range of A. The step is the fraction of :math:`\tfrac23/(\sigma_1+\sigma_r/4)`.
    """
    truth = diagonal_truth(3, [kappa, 1.0])
    Y = np.diag(np.sqrt([kappa, 1.0, 1.0]))[:, :2]
    Y[1, 1], Y[2, 1] = 1.01, 0.1 * outside
    problem, parameters = Population(truth), gd.Parameters(fraction * 2 / 3 / (kappa + 0.25))
    start, limits = gd.at(problem, Y), dict(max_iterations=10_000, tolerance=tolerance, record_every=every)
    return problem, parameters, iterate(gd, problem, parameters, start, truth=truth, **limits)


def last_ratio(kappa: float, fraction: float, *, outside: float = 1.0) -> float:
    r""":math:`(1-\rho_{t+1}/\rho_t)/h` late in a run of `_sharp_run`."""
    problem, parameters, run = _sharp_run(kappa, fraction, outside)
    after = gd.step(problem, parameters, run.state).residual.norm
    return (1 - after / run.state.residual.norm) / parameters.eta


def sharp_price(kappa: float) -> float:
    """Iterations for each factor e of accuracy with the longest step of `_sharp_run`, from errors 1e-5 to 1e-9."""
    _, _, run = _sharp_run(kappa, 1.0, tolerance=1e-10, every=1)
    first, last = (int(np.argmax(run.history["error"] <= level)) for level in (1e-5, 1e-9))
    return (last - first) / np.log(1e4)


M, RANK, LONG_STEP = 30, 3, 4 / 9  # the step of the experiments, in units of 1/sigma_1: allowed for every rho_0 < 1/2


@lru_cache(maxsize=None)
def experiment(
    kappa: float,
    *,
    n: int | None = None,
    extra: int = 0,
    scale: float | None = None,
    seed: int = 0,
    step: float = LONG_STEP,
    budget: int = 40,
    column: float = 0.25,
) -> Run:
    r"""A run for m = 30, :math:`r_A=3`, :math:`\sigma` from 1 to :math:`1/\kappa`, to a relative residual of 1e-11.

    Parameters
    ----------
    kappa : float
    n : int, optional
        Gaussian measurements; None for the population.
    extra : int
        Columns beyond the rank: Gaussian, of squared length about `column` times :math:`\sigma_{r_A}`.
    scale : float, optional
        That of a Gaussian start (`gradient_descent.init`). None starts at :math:`\rho=\tfrac14` in a random direction.
    seed : int
    step : float
        Step size in units of :math:`1/\sigma_1`.
    budget : int
        In units of :math:`2\kappa` steps.
    column : float
    """
    rng = np.random.default_rng([17, seed])
    sigma = kappa ** -np.linspace(0.0, 1.0, RANK)
    truth = diagonal_truth(M, sigma)
    near = worst.at_distance(sigma, rng.standard_normal((M, RANK)), 0.25).Y
    columns = np.sqrt(column * sigma[-1] / M) * rng.standard_normal((M, 3))[:, :extra]
    Gaussian = rng.standard_normal((M, RANK + 3))[:, : RANK + extra]
    problem = Population(truth)
    if n is not None:
        operator = sensing.gaussian(M, n, rng)
        problem = Measured(operator, operator.forward(truth.A))
    start = np.hstack([near, columns]) if scale is None else scale / np.sqrt(M) * Gaussian
    return iterate(
        gd,
        problem,
        gd.Parameters(step / sigma[0]),
        gd.at(problem, start),
        max_iterations=int(2 * budget * kappa),
        tolerance=1e-11,
        truth=truth,
    )


def rho_history(run: Run, kappa: float) -> np.ndarray:
    r""":math:`\rho_t` at every recorded iteration of an `experiment`."""
    sigma = kappa ** -np.linspace(0.0, 1.0, RANK)
    return run.history["error"] * np.linalg.norm(sigma) / sigma[-1]


def tail_rate(run: Run, kappa: float, *, step: float = LONG_STEP) -> float:
    r"""The geometric mean of a step's decrease, :math:`(1-\rho_{t+1}/\rho_t)/h`.

    The mean is over the steps from :math:`\rho=10^{-5}` to :math:`10^{-9}`; 0 if the run does not get there.
    """
    rho = rho_history(run, kappa)
    if rho[-1] > 1e-9:
        return 0.0
    first, last = int(np.argmax(rho <= 1e-5)), int(np.argmax(rho <= 1e-9))
    return float(-np.expm1(np.log(rho[last] / rho[first]) / (last - first)) * kappa / step)


def entry(run: Run, kappa: float) -> int:
    r"""The first iteration with :math:`\rho<\tfrac12`, where `thm-gd-exact-rank-rate` begins to speak; -1 if none."""
    inside = rho_history(run, kappa) < bounds.NEAR
    return int(np.argmax(inside)) if inside.any() else -1


def excess_after_entry(run: Run, kappa: float, *, step: float = LONG_STEP, constant: float = 1.0) -> float:
    r"""The largest :math:`\rho_t` over `near_bound` after the entry; infinite if the run never enters.

    `constant` multiplies the exponent of :math:`1+h`.
    """
    first = entry(run, kappa)
    if first < 0:
        return float("inf")
    rho = rho_history(run, kappa)[first:]
    rho = rho[rho > 1e-10]
    t = np.arange(len(rho))[1:]
    bound = bounds.near_bound(rho[0], kappa ** -np.linspace(0.0, 1.0, RANK), step, constant * t)
    return float(np.max(rho[1:] / bound))


def iterations_to(run: Run, kappa: float, tolerance: float) -> float:
    r"""The first iteration with :math:`\rho\le` tolerance; infinite if there is none."""
    reached = rho_history(run, kappa) <= tolerance
    return float(np.argmax(reached)) if reached.any() else float("inf")


def region_count(rho0: float, tolerance: float = 1e-8) -> float:
    r"""Steps of size :math:`1/(6\sigma_1)` until :math:`\rho\le` tolerance, :math:`\sigma=(1,\tfrac14)`.

    The start is that at which the gradient inequality is attained, and rho = rho0.
    """
    tight = worst.tight_instance(rho0, (4.0,))
    truth = diagonal_truth(len(tight.Y), [1.0, 0.25])
    problem = Population(truth)
    start, relative = gd.at(problem, tight.Y / 2), 0.25 * tolerance / truth.norm
    run = iterate(gd, problem, gd.Parameters(bounds.LARGEST_STEP), start, max_iterations=5000, tolerance=relative)
    return float(run.iterations)


def tail_slope(run: Run) -> float:
    """The slope of log error against log iteration over the last decade of a run: -1 for a crawl like 1/t."""
    t, error = run.history["iteration"], run.history["error"]
    late = t >= max(t[-1] / 10, 1)
    return float(np.polyfit(np.log(t[late]), np.log(error[late]), 1)[0])


def sampled_rate(n: int) -> float:
    r"""The heuristic :math:`(1-\sqrt{(m-r_A)/n})^2` for `tail_rate` with n Gaussian measurements.

    The slowest population modes are :math:`v u_{r_A}^\top+u_{r_A}v^\top` with v outside the range of A: m - r_A of
    them. The operator distorts their squared norms by factors, the least near this edge of the Marchenko-Pastur law.
    """
    return float((1 - np.sqrt((M - RANK) / n)) ** 2)
