r"""One-sided weight normalization: descent on :math:`f(X,G)=\tfrac12\lVert\mathcal M(XG^\top)-y\rVert^2`.

The unknown is :math:`XG^\top`, of any shape :math:`n_1\times n_2`: X is a point of the Stiefel manifold, G is free. One
step moves X along its Riemannian gradient and retracts, then moves G along its gradient at the new X.

Source: ours; :math:`X\Theta Y^\top` with both factors normalized is that of Lion et al. (2025).
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
        Step size of the direction; the population theory covers :math:`0<\eta\le2/\sigma_1^2`.
    mu : float
        Step size of the free factor; 1 makes its step exact in the population, `one_sided_bounds.free_step_size` is
        the one for Gaussian samples.
    retraction : callable
        (X, xi) -> point; `stiefel.polar`, `stiefel.qr` or `stiefel.cayley`.
    """

    eta: float
    mu: float = 1.0
    retraction: Callable[[np.ndarray, np.ndarray], np.ndarray] = stiefel.polar

    def __post_init__(self):
        validate.positive("eta", self.eta)
        validate.positive("mu", self.mu)


@dataclass(frozen=True)
class State:
    """A point (X, G) with its residual.

    Attributes
    ----------
    X : ndarray (n_1, r)
        The direction, orthonormal columns.
    G : ndarray (n_2, r)
        The free factor.
    residual
        M(X G^T) - y, as `wnsense.rectangular_objective` returns it.
    """

    X: np.ndarray
    G: np.ndarray
    residual: object

    arrays = ("X", "G")

    @property
    def factors(self) -> tuple[np.ndarray, np.ndarray]:
        """The factors of the estimate X G^T."""
        return self.X, self.G


def at(objective, X: np.ndarray, G: np.ndarray) -> State:
    """The state at (X, G): one pass.

    Raises
    ------
    ValueError
        If the shapes do not fit, or X has columns that are not orthonormal.
    """
    n_1, n_2 = objective.shape
    X = validate.orthonormal("X", X, (n_1, "r"))
    validate.integer("the number of columns of X", X.shape[1], low=1, high=n_1)
    G = validate.array("G", G, (n_2, X.shape[1]))
    return State(X, G, objective.residual(X, G))


def start_from(objective, X: np.ndarray) -> State:
    r"""The state at X and :math:`G=\mathcal M^*(y)^\top X`, the free factor after a step of size 1 from zero."""
    empty = at(objective, X, np.zeros((objective.shape[1], np.shape(X)[1])))
    return at(objective, empty.X, -empty.residual.left(empty.X))


def init(objective, r: int, rng: np.random.Generator) -> State:
    r"""A uniform direction :math:`X_0` and :math:`G_0=\mathcal M^*(y)^\top X_0`; ValueError unless 1 <= r <= n_1."""
    n_1 = objective.shape[0]
    return start_from(objective, stiefel.random_point(n_1, validate.integer("r", r, low=1, high=n_1), rng))


def step(objective, parameters: Parameters, state: State) -> State:
    r"""One iteration.

    .. math::
       X_+=\mathrm{Retr}_X(-\eta\,\mathrm{grad}_Xf(X,G)),\qquad G_+=G-\mu\,\nabla_Gf(X_+,G),

    with :math:`\nabla_Xf=RG`, :math:`\nabla_Gf=R^\top X`, :math:`R=\mathcal M^*(\mathcal M(XG^\top)-y)`. Two forward
    and two adjoint passes; pure, the inputs stay as they are.
    """
    X, G = state.X, state.G
    xi = stiefel.tangent_projection(X, state.residual.right(G))
    X_new = parameters.retraction(X, -parameters.eta * xi)
    half_way = objective.residual(X_new, G)
    G_new = G - parameters.mu * half_way.left(X_new)
    return State(X_new, G_new, objective.residual(X_new, G_new))


def gradient_norm(objective, state: State) -> float:
    """The Frobenius norm of the Riemannian gradient in X; the next step needs it too, so no pass is wasted."""
    return float(np.linalg.norm(stiefel.tangent_projection(state.X, state.residual.right(state.G))))
