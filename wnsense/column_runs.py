"""Runs with Gaussian measurements that ask what the number of columns does: success, iterations, and what is found instead of A."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import columns, iterate, objective, sensing, weight_normalization
from wnsense.problem import GroundTruth, random_ground_truth


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes
    ----------
    residual, error : float
        Relative: ||M(Z) - y||/||y|| and ||Z - A||_F/||A||_F; infinite if the run diverged.
    iterations : int
    converged : bool
        Whether the residual came down to the tolerance.
    """

    residual: float
    error: float
    iterations: int
    converged: bool


@dataclass(frozen=True)
class Data:
    """Gaussian measurements of a random truth with sigma_1 = 1, spectrum geometric down to 1/kappa.

    Attributes
    ----------
    m, k, n, seed : int
        Side, rank of the truth, number of measurements, seed of truth and operator.
    kappa : float
    """

    m: int
    k: int
    n: int
    seed: int
    kappa: float = 1.5

    @property
    def problem(self) -> tuple[GroundTruth, objective.Measured]:
        """The truth, and f."""
        rng = np.random.default_rng([self.seed, self.m, self.k, self.n])
        truth = random_ground_truth(self.m, self.k, kappa=self.kappa, rng=rng)
        operator = sensing.gaussian(self.m, self.n, rng)
        return truth, objective.Measured(operator, operator.forward(truth.A))

    def stretch(self, r: int) -> float:
        r"""About the largest eigenvalue of :math:`\mathcal M^*\mathcal M` on matrices of rank r: :math:`(1+\sqrt{p/n})^2` with p parameters."""
        return float((1 + np.sqrt(columns.parameters(self.m, r) / self.n)) ** 2)

    def weight_normalization(
        self, r: int, *, tolerance: float = 1e-5, max_iterations: int = 3000, mu: float | None = None, eta: float | None = None
    ) -> Outcome:
        """RGD from a uniform direction; by default with half the stable step of the magnitude, and eta = 1/stretch."""
        truth, problem = self.problem
        mu = mu or columns.stable_magnitude_step(r, self.n) / 2
        parameters = weight_normalization.Parameters(eta or 1 / self.stretch(r), mu)
        start = weight_normalization.init(problem, r, np.random.default_rng([self.seed, r, 1]))
        options = dict(max_iterations=max_iterations, tolerance=tolerance, truth=truth, record_every=max_iterations)
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging run overflows before it is stopped
            run = iterate.iterate(weight_normalization, problem, parameters, start, **options)
        if run.stop_reason is iterate.StopReason.DIVERGED:
            return Outcome(np.inf, np.inf, run.iterations, False)
        last = {name: float(run.history[name][-1]) for name in ("residual", "error")}
        return Outcome(last["residual"], last["error"], run.iterations, run.stop_reason is iterate.StopReason.CONVERGED)
