r"""The objective :math:`f=\tfrac12\lVert\mathcal M(FG^\top)-y\rVert^2` of two factors, measured or in the population.

A *residual* knows its norm :math:`\lVert\mathcal M(FG^\top)-y\rVert` and how to multiply with
:math:`R=\mathcal M^*(\mathcal M(FG^\top)-y)`, the gradient of f with respect to :math:`FG^\top`; in the population
:math:`R=FG^\top-A`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wnsense import validate
from wnsense.rectangular import Dense, RectangularTruth


@dataclass(frozen=True)
class MeasuredResidual:
    """The vector e = M(F G^T) - y, and R = M*(e), formed when first asked for."""

    operator: Dense
    e: np.ndarray

    @cached_property
    def norm(self) -> float:
        """The norm of e."""
        return float(np.linalg.norm(self.e))

    @cached_property
    def R(self) -> np.ndarray:
        """The (n_1, n_2) matrix M*(e): one pass."""
        return self.operator.adjoint(self.e)

    def right(self, G: np.ndarray) -> np.ndarray:
        """R G, the gradient in F, shape (n_1, r)."""
        return self.R @ G

    def left(self, F: np.ndarray) -> np.ndarray:
        """R^T F, the gradient in G, shape (n_2, r)."""
        return self.R.T @ F


@dataclass(frozen=True)
class Measured:
    """f for an operator and its measurements.

    Attributes
    ----------
    operator : wnsense.rectangular.Dense
    y : ndarray (n,)
    """

    operator: Dense
    y: np.ndarray

    WEIGHT = 0.5  # f = WEIGHT * norm of the residual squared

    def __post_init__(self):
        object.__setattr__(self, "y", validate.array("y", self.y, (self.operator.n,)))

    @property
    def shape(self) -> tuple[int, int]:
        """(n_1, n_2)."""
        return self.operator.shape

    @property
    def m(self) -> int:
        """The number n_1 of rows."""
        return self.operator.shape[0]

    @cached_property
    def scale(self) -> float:
        """The norm of y, against which residuals are measured."""
        return float(np.linalg.norm(self.y))

    def residual(self, F: np.ndarray, G: np.ndarray) -> MeasuredResidual:
        """The residual at F G^T: one pass."""
        return MeasuredResidual(self.operator, self.operator.forward(F @ G.T) - self.y)


@dataclass(frozen=True)
class PopulationResidual:
    """The residual R = F G^T - A through the factors of A: no n_1 x n_2 matrix is formed."""

    truth: RectangularTruth
    F: np.ndarray
    G: np.ndarray

    @cached_property
    def norm(self) -> float:
        """The Frobenius norm of F G^T - A."""
        return self.truth.error(self.F, self.G)

    @property
    def R(self) -> np.ndarray:
        """F G^T - A itself, dense."""
        return self.F @ self.G.T - self.truth.A

    def right(self, G: np.ndarray) -> np.ndarray:
        """R G, the gradient in F at G = self.G, shape (n_1, r)."""
        return self.F @ (self.G.T @ G) - (self.truth.U * self.truth.sigma) @ (self.truth.V.T @ G)

    def left(self, F: np.ndarray) -> np.ndarray:
        """R^T F, the gradient in G at F = self.F, shape (n_2, r)."""
        return self.G @ (self.F.T @ F) - (self.truth.V * self.truth.sigma) @ (self.truth.U.T @ F)


@dataclass(frozen=True)
class Population:
    """f in the population limit, M*M = I.

    Attributes
    ----------
    truth : wnsense.rectangular.RectangularTruth
        A itself, factored, takes the place of y.
    """

    truth: RectangularTruth

    WEIGHT = 0.5  # f = WEIGHT * norm of the residual squared

    @property
    def shape(self) -> tuple[int, int]:
        """(n_1, n_2)."""
        return self.truth.shape

    @property
    def m(self) -> int:
        """The number n_1 of rows."""
        return self.truth.m

    @property
    def scale(self) -> float:
        """The Frobenius norm of A, against which residuals are measured."""
        return self.truth.norm

    def residual(self, F: np.ndarray, G: np.ndarray) -> PopulationResidual:
        """The residual at F G^T."""
        return PopulationResidual(self.truth, F, G)
