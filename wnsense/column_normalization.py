r"""Weight normalization column by column: :math:`Y=[g_1v_1/\lVert v_1\rVert,\dots,g_rv_r/\lVert v_r\rVert]`.

The vector method of Salimans and Kingma (2016) applied to each column of the factor in
:math:`\tfrac14\lVert\mathcal M(YY^\top)-y\rVert^2`. The directions have length one but need not be orthogonal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import validate

PASSES_PER_STEP = 2  # one forward, one adjoint


@dataclass(frozen=True)
class Parameters:
    """The step sizes eta of the directions and mu of the magnitudes."""

    eta: float
    mu: float

    def __post_init__(self):
        validate.positive("eta", self.eta)
        validate.positive("mu", self.mu)


@dataclass(frozen=True)
class State:
    """Directions V (m, r), columns of any nonzero length, magnitudes g (r,), and the residual M(Y Y^T) - y."""

    V: np.ndarray
    g: np.ndarray
    residual: object

    arrays = ("V", "g")

    @property
    def factors(self) -> tuple[np.ndarray, None]:
        """B, C with Z = B C B^T, C = None for the identity."""
        return factor(self.V, self.g), None


def factor(V: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Y, shape (m, r): the columns of V scaled to the lengths g."""
    return V * (g / np.linalg.norm(V, axis=0))


def at(objective, V: np.ndarray, g: np.ndarray) -> State:
    """The state at (V, g): one pass; ValueError if the shapes do not fit or a column of V is zero."""
    V = validate.array("V", V, (objective.m, "r"))
    g = validate.array("g", g, (V.shape[1],))
    if not V.any(axis=0).all():
        raise ValueError("V has a column of zeros; expected columns with a direction")
    return State(V, g, objective.residual_of_factor(factor(V, g)))


def gradients(state: State) -> tuple[np.ndarray, np.ndarray]:
    """The gradients in V (m, r) and in g (r,): those of each column's vector weight normalization."""
    norms = np.linalg.norm(state.V, axis=0)
    U = state.V / norms
    slope = state.residual @ (U * state.g)  # the gradient in Y
    along = np.sum(U * slope, axis=0)
    return (slope - U * along) * (state.g / norms), along


def step(objective, parameters: Parameters, state: State) -> State:
    """One step of gradient descent in V and g; pure."""
    in_V, in_g = gradients(state)
    V, g = state.V - parameters.eta * in_V, state.g - parameters.mu * in_g
    return State(V, g, objective.residual_of_factor(factor(V, g)))


def gradient_norm(objective, state: State) -> float:
    """The Frobenius norm of the gradient in V."""
    return float(np.linalg.norm(gradients(state)[0]))
