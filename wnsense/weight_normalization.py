r"""Generalized weight normalization: Algorithm 1 of Wei, Zhang, Li and He (2025).

The unknown is :math:`Z=X\Theta X^\top`, a direction X on the Stiefel manifold and a symmetric magnitude :math:`\Theta`. One step of
Riemannian gradient descent (RGD) moves X along its Riemannian gradient, then :math:`\Theta` along its gradient at the new X.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np

from wnsense import stiefel, validate

PASSES_PER_STEP = 4  # two forward, two adjoint


@dataclass(frozen=True)
class Parameters:
    r"""Step sizes and retraction.

    Attributes
    ----------
    eta : float
        Step size of the direction, in units of :math:`1/\sigma_1^2`-like quantities: the population theory allows
        :math:`0<\eta\le1/\sigma_1^2` (rate) and :math:`2/\sigma_1^2` (monotone loss).
    mu : float
        Step size of the magnitude; 2 makes its step exact in the population.
    retraction : callable
        (X, xi) -> point; `stiefel.polar`, `stiefel.qr` or `stiefel.cayley`.
    """

    eta: float
    mu: float = 2.0
    retraction: Callable[[np.ndarray, np.ndarray], np.ndarray] = stiefel.polar

    def __post_init__(self):
        validate.positive("eta", self.eta)
        validate.positive("mu", self.mu)


@dataclass(frozen=True)
class State:
    """A point (X, Theta) with its residual.

    Attributes
    ----------
    X : ndarray (m, r)
        The direction, orthonormal columns.
    Theta : ndarray (r, r)
        The magnitude, symmetric.
    residual
        M(X Theta X^T) - y, as `wnsense.objective` returns it.
    """

    X: np.ndarray
    Theta: np.ndarray
    residual: object

    arrays = ("X", "Theta")

    @property
    def factors(self) -> tuple[np.ndarray, np.ndarray]:
        """B, C with Z = B C B^T."""
        return self.X, self.Theta


def at(objective, X: np.ndarray, Theta: np.ndarray) -> State:
    """The state at (X, Theta): one pass.

    Raises
    ------
    ValueError
        If the shapes do not fit, X has columns that are not orthonormal, or Theta is not symmetric.
    """
    X = validate.array("X", X, (objective.m, "r"))
    validate.integer("the number of columns of X", X.shape[1], low=1, high=objective.m)
    X = validate.orthonormal("X", X, (objective.m, "r"))
    Theta = validate.symmetric("Theta", Theta, X.shape[1])
    return State(X, Theta, objective.residual(X, Theta))


def init(objective, r: int, rng: np.random.Generator) -> State:
    r"""A uniform direction :math:`X_0`, and :math:`\Theta_0=X_0^\top\mathcal M^*(y)X_0`: one magnitude step of size 2 from zero."""
    X = stiefel.random_point(objective.m, validate.integer("r", r, low=1, high=objective.m), rng)
    return at(objective, X, objective.backprojection(X))


def step(objective, parameters: Parameters, state: State) -> State:
    r"""One iteration of Algorithm 1.

    .. math::
       X_+=\mathrm{Retr}_X(-\eta\,\mathrm{grad}_Xf(X,\Theta)),\qquad\Theta_+=\Theta-\mu\,\nabla_\Theta f(X_+,\Theta).

    Two forward and two adjoint passes; pure, the inputs stay as they are.
    """
    X, Theta = state.X, state.Theta
    G = objective.riemannian_gradient(X, Theta, state.residual)
    X_new = parameters.retraction(X, -parameters.eta * G)
    half_way = objective.residual(X_new, Theta)
    Theta_new = Theta - parameters.mu * objective.magnitude_gradient(X_new, Theta, half_way)
    return State(X_new, Theta_new, objective.residual(X_new, Theta_new))


def gradient_norm(objective, state: State) -> float:
    """The Frobenius norm of the Riemannian gradient in X; the next step needs it too, so no pass is wasted."""
    G = objective.riemannian_gradient(state.X, state.Theta, state.residual)
    return G.norm if isinstance(G, stiefel.LowRankTangent) else float(np.linalg.norm(G))
