r"""The objective :math:`f=\tfrac14\lVert\mathcal M(Z)-y\rVert^2` at a factored point :math:`Z=X\Theta X^\top` or :math:`Z=YY^\top`.

`Measured` evaluates it through an operator, `Population` (:math:`\mathcal M^*\mathcal M=I`, y = A) through the factors of A: there no
m x m matrix is ever formed. A *residual* knows its norm :math:`\lVert\mathcal M(Z)-y\rVert` and how to multiply a matrix by
:math:`E=\mathcal M^*(\mathcal M(Z)-y)`, the gradient of 2f with respect to Z.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wnsense import stiefel, validate
from wnsense.problem import GroundTruth
from wnsense.sensing import Operator


@dataclass(frozen=True)
class MeasuredResidual:
    """The vector e = M(Z) - y, and E = M*(e), formed when first asked for."""

    operator: Operator
    e: np.ndarray

    @cached_property
    def norm(self) -> float:
        """The norm of e."""
        return float(np.linalg.norm(self.e))

    @cached_property
    def E(self) -> np.ndarray:
        """The (m, m) matrix M*(e): one pass."""
        return self.operator.adjoint(self.e)

    def __matmul__(self, B: np.ndarray) -> np.ndarray:
        return self.E @ B


@dataclass(frozen=True)
class Measured:
    """f for an operator and its measurements.

    Attributes
    ----------
    operator : Operator
    y : ndarray (n,)
    """

    operator: Operator
    y: np.ndarray

    WEIGHT = 0.25  # f = WEIGHT * norm of the residual squared

    def __post_init__(self):
        object.__setattr__(self, "y", validate.array("y", self.y, (self.operator.n,)))

    @property
    def m(self) -> int:
        """The side of Z."""
        return self.operator.m

    @cached_property
    def scale(self) -> float:
        """The norm of y, against which residuals are measured."""
        return float(np.linalg.norm(self.y))

    def residual(self, X: np.ndarray, Theta: np.ndarray) -> MeasuredResidual:
        """The residual at X Theta X^T: one pass."""
        return MeasuredResidual(self.operator, self.operator.forward((X @ Theta) @ X.T) - self.y)

    def residual_of_factor(self, Y: np.ndarray) -> MeasuredResidual:
        """The residual at Y Y^T: one pass."""
        return MeasuredResidual(self.operator, self.operator.forward(Y @ Y.T) - self.y)

    def riemannian_gradient(self, X: np.ndarray, Theta: np.ndarray, residual: MeasuredResidual) -> np.ndarray:
        r"""The Riemannian gradient in X: the tangent part of :math:`\tilde G=EX\Theta`, shape (m, r)."""
        return stiefel.tangent_projection(X, residual @ (X @ Theta))

    def magnitude_gradient(self, X: np.ndarray, Theta: np.ndarray, residual: MeasuredResidual) -> np.ndarray:
        r"""The gradient in the magnitude, :math:`\nabla_\Theta f=\tfrac12X^\top EX`, shape (r, r)."""
        return stiefel.sym(X.T @ (residual @ X)) / 2

    def backprojection(self, X: np.ndarray) -> np.ndarray:
        r""":math:`X^\top\mathcal M^*(y)X`, shape (r, r): the magnitude after one step of size 2 from zero."""
        return stiefel.sym(X.T @ (self.operator.adjoint(self.y) @ X))


@dataclass(frozen=True)
class PopulationResidual:
    r"""The residual :math:`X\Theta X^\top-A` through :math:`\Phi=U^\top X`, :math:`V=(I-XX^\top)U\Sigma` and
    :math:`\Xi=X^\top AX-\Theta`, in :math:`O(m\,r\,r_A)`."""

    truth: GroundTruth
    X: np.ndarray
    Theta: np.ndarray

    @cached_property
    def Phi(self) -> np.ndarray:
        """U^T X, shape (r_A, r)."""
        return self.truth.U.T @ self.X

    @cached_property
    def V(self) -> np.ndarray:
        """(I - X X^T) U Sigma, shape (m, r_A)."""
        return (self.truth.U - self.X @ self.Phi.T) * self.truth.sigma

    @cached_property
    def Xi(self) -> np.ndarray:
        """X^T A X - Theta, shape (r, r)."""
        return stiefel.sym((self.Phi.T * self.truth.sigma) @ self.Phi) - self.Theta

    @cached_property
    def norm(self) -> float:
        r""":math:`\lVert X\Theta X^\top-A\rVert_F`, from three orthogonal parts, none of which cancels:
        :math:`\lVert\Xi\rVert_F^2+\lVert V\rVert_F^2+\lVert V\Phi\rVert_F^2`."""
        return float(np.sqrt(np.sum(self.Xi**2) + np.sum(self.V**2) + np.sum((self.V.T @ self.V) * (self.Phi @ self.Phi.T))))

    def __matmul__(self, B: np.ndarray) -> np.ndarray:
        U, sigma = self.truth.U, self.truth.sigma
        return self.X @ (self.Theta @ (self.X.T @ B)) - (U * sigma) @ (U.T @ B)


@dataclass(frozen=True)
class FactorResidual:
    """The residual Y Y^T - A in the population."""

    truth: GroundTruth
    Y: np.ndarray

    @cached_property
    def norm(self) -> float:
        """The Frobenius norm of Y Y^T - A."""
        return self.truth.error(self.Y)

    def __matmul__(self, B: np.ndarray) -> np.ndarray:
        U, sigma = self.truth.U, self.truth.sigma
        return self.Y @ (self.Y.T @ B) - (U * sigma) @ (U.T @ B)


@dataclass(frozen=True)
class Population:
    """f in the population limit, M*M = I.

    Attributes
    ----------
    truth : GroundTruth
        A itself, factored, takes the place of y.
    """

    truth: GroundTruth

    WEIGHT = 0.25  # f = WEIGHT * norm of the residual squared

    @property
    def m(self) -> int:
        """The side of Z."""
        return self.truth.m

    @property
    def scale(self) -> float:
        """The Frobenius norm of A, against which residuals are measured."""
        return self.truth.norm

    def residual(self, X: np.ndarray, Theta: np.ndarray) -> PopulationResidual:
        """The residual at X Theta X^T, X with orthonormal columns."""
        return PopulationResidual(self.truth, X, Theta)

    def residual_of_factor(self, Y: np.ndarray) -> FactorResidual:
        """The residual at Y Y^T."""
        return FactorResidual(self.truth, Y)

    def riemannian_gradient(self, X: np.ndarray, Theta: np.ndarray, residual: PopulationResidual) -> stiefel.LowRankTangent:
        r"""The Riemannian gradient in X, of rank at most :math:`2r_A`:
        :math:`G=-V\Phi\Theta+\tfrac12X(\Theta N-N\Theta)`, :math:`N=X^\top AX=\Phi^\top\Sigma\Phi`."""
        PhiT, sigma = residual.Phi.T, self.truth.sigma
        ThetaPhiT = Theta @ PhiT
        left = np.hstack([-residual.V - X @ (PhiT * sigma) / 2, X @ (ThetaPhiT * sigma) / 2])
        return stiefel.LowRankTangent(left, np.hstack([ThetaPhiT, PhiT]))

    def magnitude_gradient(self, X: np.ndarray, Theta: np.ndarray, residual: PopulationResidual) -> np.ndarray:
        r"""The gradient in the magnitude, :math:`\nabla_\Theta f=\tfrac12(\Theta-X^\top AX)`, shape (r, r)."""
        return -residual.Xi / 2

    def backprojection(self, X: np.ndarray) -> np.ndarray:
        r""":math:`X^\top AX`, shape (r, r): the magnitude after one step of size 2 from zero."""
        Phi = self.truth.U.T @ X
        return stiefel.sym((Phi.T * self.truth.sigma) @ Phi)
