"""The long runs of the chapter on the crawl: gradient descent in the population and measured, weight normalization."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from wnsense import crawl, crawl_bounds, gradient_descent, objective, population, sensing
from wnsense.iterate import Run, iterate
from wnsense.problem import GroundTruth, random_ground_truth

M, RANK, COLUMNS = 40, 3, 6
LONG = ((2.0, 1.0), (2.0, 0.1), (2.0, 0.01), (100.0, 1.0), (100.0, 0.1), (100.0, 0.01))  # condition number, scale
SCALES = (1.0, 1e-1, 1e-2, 1e-3, 1e-6)  # of the starts of the race
ETA = 0.3  # of the race, below the limit 1/3 for starts of scale at most 1


@dataclass(frozen=True)
class Runs:
    """Several runs with what the bounds need.

    Attributes
    ----------
    truth : GroundTruth
        Of the last run; all have the same rank.
    eta : ndarray (runs,)
    trajectory : crawl.Trajectory
    """

    truth: GroundTruth
    eta: np.ndarray
    trajectory: crawl.Trajectory

    @property
    def t(self) -> np.ndarray:
        """The recorded iterations from 1 on."""
        return self.trajectory.iteration[1:]

    @property
    def r(self) -> int:
        """The number of columns."""
        return self.trajectory.T.shape[2]

    @property
    def w_0(self) -> np.ndarray:
        """The smallest eigenvalue of each start."""
        return self.trajectory.eigenvalues[:, 0, -1]

    @property
    def error(self) -> np.ndarray:
        """The error of each run at `t`."""
        return self.trajectory.error[:, 1:]

    @property
    def spare(self) -> np.ndarray:
        """The superfluous eigenvalues of each run at `t`, (runs, n, r - r_A)."""
        return self.trajectory.eigenvalues[:, 1:, self.truth.rank :]

    @property
    def counted(self) -> int:
        """The r that the formulas below are taken with: at least r_A + 1, where they stop being theorems."""
        return max(self.r, self.truth.rank + 1)

    def bound(self, sharp: bool = True) -> np.ndarray:
        """The lower bound of the error of each run at `t`: that of the corollary, or that of the theorem."""
        form = crawl_bounds.sharp_level if sharp else crawl_bounds.level
        return crawl_bounds.error(form(self.w_0[:, None], self.eta[:, None], self.t), self.counted, self.truth.rank)

    def law(self) -> np.ndarray:
        """The limit law of each run at `t`."""
        return crawl_bounds.law(self.eta[:, None], self.t, self.counted, self.truth.rank)


@lru_cache(maxsize=None)
def long_runs(steps: int, r: int = COLUMNS, settings: tuple = LONG) -> Runs:
    """Population runs from Gaussian starts, each with its truth; nine tenths of the largest step of the theorem."""
    sigmas, starts, eta = [], [], []
    for kappa, scale in settings:
        truth = random_ground_truth(M, RANK, kappa=kappa, rng=np.random.default_rng(3))
        Y = gradient_descent.init(objective.Population(truth), r, scale, np.random.default_rng(4)).Y
        sigmas.append(truth.sigma)
        starts.append(crawl.coordinates(truth, Y))
        eta.append(0.9 * crawl_bounds.largest_step(truth.sigma[0], Y))
    eta = np.array(eta)
    return Runs(truth, eta, crawl.run(np.array(sigmas), np.array(starts), eta, crawl.log_spaced(steps)))


@lru_cache(maxsize=None)
def race(kappa: float, steps: int, r: int = 5, scales: tuple = SCALES, per_decade: int = 20) -> Runs:
    """Population runs for m = 10, r_A = 3 from starts with equal singular values, one for each scale."""
    truth = random_ground_truth(10, RANK, kappa=kappa, rng=np.random.default_rng(5))
    X = crawl.orthogonal_start(10, r, 1.0, np.random.default_rng(6))
    starts = np.array([crawl.coordinates(truth, scale * X) for scale in scales])
    eta = np.full(len(scales), ETA)
    return Runs(truth, eta, crawl.run(truth.sigma, starts, eta, crawl.log_spaced(steps, per_decade)))


@lru_cache(maxsize=None)
def weight_normalization(kappa: float, record_every: int = 10) -> population.Trajectory:
    """Weight normalization on the problem of `race` from its X_0, eta = 1/sigma_1^2, to a relative error of 1e-12."""
    runs = race(kappa, 1)
    X = crawl.orthogonal_start(10, 5, 1.0, np.random.default_rng(6))
    start = population.of_point(runs.truth, X)
    return population.run(
        runs.truth.sigma, 1.0, start, tolerance=1e-24, max_iterations=200_000, record_every=record_every
    )


@lru_cache(maxsize=None)
def measured_run(n: int, steps: int, r: int = 4) -> Run:
    """GD from n Gaussian measurements, compressed exactly: m = 20, r_A = 2, kappa = 2, eta = 1/4, scale 0.8."""
    truth = random_ground_truth(20, 2, kappa=2.0, rng=np.random.default_rng(3))
    operator = sensing.gaussian(20, n, np.random.default_rng([1, n]))
    y = operator.forward(truth.A)
    if n > 210:
        operator, y, _ = sensing.compress(operator, y)
    problem = objective.Measured(operator, y)
    start = gradient_descent.init(problem, r, 0.8, np.random.default_rng(4))
    return iterate(
        gradient_descent, problem, gradient_descent.Parameters(0.25), start,
        max_iterations=steps, truth=truth, record_every=10,
    )  # fmt: skip


def first_below(t: np.ndarray, values: np.ndarray, level: float) -> float:
    """The first recorded iteration at which the values are at most the level; infinite if there is none."""
    below = np.flatnonzero(values <= level)
    return float(t[below[0]]) if below.size else float("inf")


def exponent(run: Run) -> float:
    """The p of error ~ t^p in the last decade of a run, by least squares on logarithms."""
    t, error = run.history["iteration"], run.history["error"]
    late = t >= t[-1] / 10
    return float(np.polyfit(np.log(t[late]), np.log(error[late]), 1)[0])
