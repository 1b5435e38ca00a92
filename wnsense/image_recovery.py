"""A photograph, measured and recovered by each method over the same number of operator passes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wnsense import gradient_descent, image, iterate, sensing, stiefel, weight_normalization
from wnsense.objective import Measured
from wnsense.problem import GroundTruth
from wnsense.recover import Recovery, recover


@dataclass(frozen=True)
class Experiment:
    """The lifted photograph and Gaussian measurements of it.

    Attributes
    ----------
    rank : int
        The image is replaced by its best approximation of this rank, k.
    block : int
        Pixels are averaged over squares of this side, see `image.photograph`.
    oversampling : float
        n is this many times m k, rounded.
    rank_bound : int
        Columns that every method may use.
    seed : int
        Of the operator; starts use seed + 1000.
    """

    rank: int = 10
    block: int = 12
    oversampling: float = 3.0
    rank_bound: int = 20
    seed: int = 0

    @cached_property
    def image(self) -> np.ndarray:
        """The photograph, (h, w)."""
        return image.photograph(self.block)

    @cached_property
    def truth(self) -> GroundTruth:
        """The lifted image of low rank."""
        return image.lift(self.image, self.rank)

    @cached_property
    def target(self) -> np.ndarray:
        """The image of low rank that is to be recovered, (h, w)."""
        return image.read_off(self.truth.A, len(self.image))

    @cached_property
    def problem(self) -> Measured:
        """Operator and measurements."""
        n = round(self.oversampling * self.truth.m * self.rank)
        operator = sensing.gaussian(self.truth.m, n, np.random.default_rng(self.seed))
        return Measured(operator, operator.forward(self.truth.A))

    def recover(self, method: str, max_passes: int, tolerance: float = 1e-8) -> Recovery:
        """`wnsense.recover.recover` by "cg" or "rgd"; it is told neither the rank nor a step size."""
        rng = np.random.default_rng(self.seed + 1000)
        keywords = dict(rank_bound=self.rank_bound, method=method, tolerance=tolerance, max_passes=max_passes, rng=rng)
        return recover(self.problem.operator, self.problem.y, **keywords)

    def weight_normalization(self, passes: int) -> np.ndarray:
        """The estimate (m, m) of RGD with eta = 1/sigma_1^2, mu = 2, after so many passes. It is told sigma_1."""
        start = weight_normalization.init(self.problem, self.rank_bound, np.random.default_rng(self.seed + 1000))
        parameters = weight_normalization.Parameters(1 / self.truth.sigma[0] ** 2)
        state = self._run(weight_normalization, parameters, start, passes)
        return stiefel.sym(state.X @ state.Theta @ state.X.T)

    def gradient_descent(self, scale: float, passes: int) -> np.ndarray:
        """The estimate (m, m) of GD with eta = 1/(2 sigma_1) from a Gaussian start, after so many passes.

        It is told sigma_1; the scale of its start is relative to the square root of that.
        """
        sigma, rng = self.truth.sigma[0], np.random.default_rng(self.seed + 1000)
        start = gradient_descent.init(self.problem, self.rank_bound, scale * np.sqrt(sigma), rng)
        Y = self._run(gradient_descent, gradient_descent.Parameters(1 / 2 / sigma), start, passes).Y
        return Y @ Y.T

    def _run(self, method, parameters, start, passes: int):
        steps = passes // method.PASSES_PER_STEP
        options = dict(max_iterations=steps, record_every=max(steps, 1))
        return iterate.iterate(method, self.problem, parameters, start, **options).state

    def error(self, Z: np.ndarray) -> float:
        """The relative error of a lifted matrix, Frobenius norm."""
        return float(np.linalg.norm(Z - self.truth.A) / self.truth.norm)

    def image_of(self, Z: np.ndarray) -> np.ndarray:
        """The image in a lifted matrix, (h, w)."""
        return image.read_off(Z, len(self.image))

    def draw(self, axes: np.ndarray, estimates: dict[str, np.ndarray]) -> None:
        """The target and each estimate on the first row of axes, the photograph and the absolute errors on the second.

        Parameters
        ----------
        axes : array of Axes (2, 1 + len(estimates))
        estimates : dict
            Title to lifted matrix (m, m). All errors have the same gray scale: black is 0, white 0.3 and more.
        """
        gray = dict(cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        axes[0, 0].imshow(self.target, **gray)
        axes[0, 0].set_title(f"target, rank {self.rank}", fontsize=10)
        axes[1, 0].imshow(self.image, **gray)
        axes[1, 0].set_title("photograph", fontsize=10)
        for (above, below), (title, Z) in zip(axes.T[1:], estimates.items()):
            above.imshow(self.image_of(Z), **gray)
            above.set_title(title, fontsize=10)
            below.imshow(np.abs(self.image_of(Z) - self.target), **{**gray, "vmax": 0.3})
            below.set_title(f"error {self.error(Z):.1e}", fontsize=10)
        for each in axes.flat:
            each.set_axis_off()
