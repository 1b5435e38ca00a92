"""Gradient descent on two factors from random starts, watched: imbalance, singular values, angles, fresh error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from wnsense import asymmetric, rectangular, spectral_phase
from wnsense.rectangular_objective import Measured, Population

FRESH = 1000  # measurements that no run has seen


@dataclass(frozen=True)
class Setting:
    """One random problem and one start.

    Attributes
    ----------
    n : int or None
        Number of Gaussian measurements; None for the population.
    r : int
        Columns of the factors.
    alpha, ratio : float
        Standard deviation of the entries of F_0; that of G_0 over it.
    sigma : tuple of float
        Singular values of the truth.
    n_1, n_2 : int
        Shape of the truth.
    eta : float
        Step size.
    seed : int
        Of truth and operator; the start uses seed + 1000, so that it is independent of both.
    """

    n: int | None = 300
    r: int = 10
    alpha: float = 1e-6
    ratio: float = 1.0
    sigma: tuple[float, ...] = (1.0, 0.8)
    n_1: int = 30
    n_2: int = 20
    eta: float = 0.1
    seed: int = 0

    @cached_property
    def _rng(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    @cached_property
    def truth(self) -> rectangular.RectangularTruth:
        """The matrix to be found."""
        sizes = self.n_1, self.n_2, len(self.sigma)
        return rectangular.random_rectangular_truth(*sizes, sigma=self.sigma, rng=self._rng)

    @cached_property
    def objective(self) -> Measured | Population:
        """f on this problem."""
        truth = self.truth
        if self.n is None:
            return Population(truth)
        operator = rectangular.gaussian(self.n_1, self.n_2, self.n, self._rng)
        return Measured(operator, operator.forward(truth.A))

    @property
    def start(self) -> asymmetric.State:
        """The random start."""
        return asymmetric.init(self.objective, self.r, self.alpha, np.random.default_rng(self.seed + 1000), self.ratio)

    def fresh_error(self, state: asymmetric.State) -> float:
        """Relative error of predicting measurements that were not used: ||M'(Z) - M'(A)|| / ||M'(A)||, M' Gaussian."""
        rng = np.random.default_rng(self.seed + 2000)
        new = rectangular.gaussian(self.n_1, self.n_2, FRESH, rng)
        y = new.forward(self.truth.A)
        return float(np.linalg.norm(new.forward(state.F @ state.G.T) - y) / np.linalg.norm(y))


@dataclass(frozen=True)
class Watched:
    """A run, one entry a recorded iteration.

    Attributes
    ----------
    t : ndarray
        Iterations.
    size : ndarray
        ||Y||^2 = ||F^T F + G^T G||: of both factors together.
    imbalance : ndarray
        ||F^T F - G^T G||; over `size` it lies between 0 (balanced) and 1.
    singular : ndarray (len(t), min(n_1, n_2))
        Singular values of F G^T.
    to_data, to_truth : ndarray
        Sine of the largest angle of the leading r_A left singular vectors of Y to those of the dilation of M*(y), of A.
    residual, error : ndarray
        Relative, ||M(Z) - y|| / ||y|| and ||Z - A||_F / ||A||_F.
    final : State
    """

    t: np.ndarray
    size: np.ndarray
    imbalance: np.ndarray
    singular: np.ndarray
    to_data: np.ndarray
    to_truth: np.ndarray
    residual: np.ndarray
    error: np.ndarray
    final: asymmetric.State

    @property
    def coupling(self) -> np.ndarray:
        """The relative imbalance ||F^T F - G^T G|| / ||F^T F + G^T G||."""
        return self.imbalance / self.size

    def first(self, index: int, level: float) -> int:
        """The first recorded t with singular value `index` (from 0) at least `level`; -1 if there is none."""
        reached = self.singular[:, index] >= level
        return int(self.t[np.argmax(reached)]) if reached.any() else -1


@lru_cache(maxsize=64)
def watch(setting: Setting, steps: int, every: int = 5, source: Setting | None = None) -> Watched:
    """Run gradient descent from the start of the setting for so many steps; `to_data` is for the data of `source`."""
    objective, truth, parameters = setting.objective, setting.truth, asymmetric.Parameters(setting.eta)
    data = spectral_phase.leading(spectral_phase.backprojection((source or setting).objective), truth.rank)
    target = spectral_phase.stack(truth.U, truth.V) / np.sqrt(2)
    state, rows = setting.start, []
    for t in range(steps + 1):
        if t % every == 0 or t == steps:
            F, G = state.F, state.G
            Y = spectral_phase.stack(F, G)
            rows.append((
                t,
                np.linalg.norm(Y, 2) ** 2,
                np.linalg.norm(asymmetric.imbalance(F, G), 2),
                np.linalg.svd(F @ G.T, compute_uv=False),
                spectral_phase.sine(Y, data),
                spectral_phase.sine(Y, target),
                state.residual.norm / objective.scale,
                truth.error(F, G) / truth.norm,
            ))
        if t < steps:
            state = asymmetric.step(objective, parameters, state)
    return Watched(*(np.array(column) for column in zip(*rows)), state)


@lru_cache(maxsize=64)
def outcome(setting: Setting, steps: int) -> tuple[float, float, float]:
    """Relative residual, error on fresh measurements and error ||Z - A||_F / ||A||_F after so many steps."""
    parameters, state = asymmetric.Parameters(setting.eta), setting.start
    for _ in range(steps):
        state = asymmetric.step(setting.objective, parameters, state)
    found = setting.truth.error(state.F, state.G) / setting.truth.norm
    return state.residual.norm / setting.objective.scale, setting.fresh_error(state), found
