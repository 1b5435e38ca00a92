"""Weight normalization and gradient descent on one problem, from their natural starts, over as many passes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wnsense import gradient_descent, iterate, objective, sensing, weight_normalization
from wnsense.problem import GroundTruth, random_ground_truth


class _Runs:
    """What settings share: they have `truth`, `objective`, `r` and `seed`."""

    @property
    def rng(self) -> np.random.Generator:
        """A fresh generator for the start."""
        return np.random.default_rng(self.seed + 1000)

    def run(self, method, parameters, start, passes: int, record_every: int) -> iterate.Run:
        """`method` from `start` until so many passes are spent or the residual is below 1e-12."""
        budget = passes // method.PASSES_PER_STEP
        options = dict(max_iterations=budget, tolerance=1e-12, truth=self.truth, record_every=record_every)
        return iterate.iterate(method, self.objective, parameters, start, **options)


@dataclass(frozen=True)
class Given(_Runs):
    """A given truth in the population.

    Attributes
    ----------
    truth : GroundTruth
    r : int
        Columns of the factors.
    seed : int
        Starts use seed + 1000.
    """

    truth: GroundTruth
    r: int
    seed: int = 0

    @property
    def objective(self) -> objective.Population:
        """f on this problem."""
        return objective.Population(self.truth)


@dataclass(frozen=True)
class Setting(_Runs):
    """One random problem, with sigma_1 = 1.

    Attributes
    ----------
    n : int or None
        Number of Gaussian measurements; None for the population.
    m, r, rank : int
        Side, columns of the factors, rank of the truth.
    kappa : float
        Condition number of the truth.
    seed : int
        Of truth and operator; starts use seed + 1000, so that they are independent of both.
    """

    n: int | None
    m: int = 40
    r: int = 8
    rank: int = 3
    kappa: float = 2.0
    seed: int = 0

    @cached_property
    def truth(self) -> GroundTruth:
        """The matrix to be found."""
        return random_ground_truth(self.m, self.rank, kappa=self.kappa, rng=np.random.default_rng(self.seed))

    @cached_property
    def objective(self):
        """f on this problem."""
        if self.n is None:
            return objective.Population(self.truth)
        operator = sensing.gaussian(self.m, self.n, np.random.default_rng([self.seed, self.n]))
        return objective.Measured(operator, operator.forward(self.truth.A))


def weight_normalization_run(
    setting: Setting | Given,
    *,
    eta: float = 1.0,
    mu: float = 2.0,
    passes: int = 1200,
    record_every: int = 5,
    **retraction,
) -> iterate.Run:
    """RGD from a uniform direction, magnitude by one step of size 2 from zero; eta in units of 1/sigma_1^2."""
    parameters = weight_normalization.Parameters(eta / setting.truth.sigma[0] ** 2, mu, **retraction)
    start = weight_normalization.init(setting.objective, setting.r, setting.rng)
    return setting.run(weight_normalization, parameters, start, passes, record_every)


def gradient_descent_run(
    setting: Setting | Given,
    scale: float,
    *,
    eta: float = 0.5,
    r: int | None = None,
    passes: int = 1200,
    record_every: int = 10,
) -> iterate.Run:
    """GD from a Gaussian factor, E|Y_0|_F^2 = r scale^2 sigma_1; eta in units of 1/sigma_1."""
    sigma = setting.truth.sigma[0]
    start = gradient_descent.init(setting.objective, r or setting.r, scale * np.sqrt(sigma), setting.rng)
    return setting.run(gradient_descent, gradient_descent.Parameters(eta / sigma), start, passes, record_every)


def tail_slope(run: iterate.Run) -> float:
    """The slope of log error against log iteration over the last decade of a run, by least squares."""
    t, error = run.history["iteration"], run.history["error"]
    last = t >= t[-1] / 10
    return float(np.polyfit(np.log(t[last]), np.log(error[last]), 1)[0])


def passes_until(run: iterate.Run, error: float) -> float:
    """The passes after which the recorded error is first at most `error`; infinite if it never is."""
    below = np.flatnonzero(run.history["error"] <= error)
    return float(run.history["passes"][below[0]]) if below.size else float("inf")


def error_after(run: iterate.Run, passes: float) -> float:
    """The error recorded last when so many passes were spent, or at the end of a run that ended before."""
    return float(run.history["error"][run.history["passes"] <= passes][-1])


def two_digits(count: float) -> str:
    """A count to two digits, which do not change with the last bits of the arithmetic; a dash for infinity."""
    return "-" if np.isinf(count) else f"{float(f'{count:.2g}'):.0f}"
