r"""Gradient descent on :math:`\tfrac14\lVert\mathcal M(YY^\top)-y\rVert^2`: the method without weight normalization."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import validate

PASSES_PER_STEP = 2  # one forward, one adjoint


@dataclass(frozen=True)
class Parameters:
    r"""The step size eta, in units of :math:`1/\sigma_1`."""

    eta: float

    def __post_init__(self):
        validate.positive("eta", self.eta)


@dataclass(frozen=True)
class State:
    """A factor Y (m, r) with the residual M(Y Y^T) - y."""

    Y: np.ndarray
    residual: object

    arrays = ("Y",)

    @property
    def factors(self) -> tuple[np.ndarray, None]:
        """B, C with Z = B C B^T, C = None for the identity."""
        return self.Y, None


def at(objective, Y: np.ndarray) -> State:
    """The state at Y: one pass; ValueError if Y has not shape (m, r)."""
    Y = validate.array("Y", Y, (objective.m, "r"))
    return State(Y, objective.residual_of_factor(Y))


def init(objective, r: int, scale: float, rng: np.random.Generator) -> State:
    r"""A Gaussian start with :math:`\mathbb E\lVert Y_0\rVert_F^2=r\,\mathrm{scale}^2`: entries of variance scale² / m."""
    r = validate.integer("r", r, low=1)
    scale = validate.positive("scale", scale)
    validate.generator("rng", rng)
    return at(objective, scale / np.sqrt(objective.m) * rng.standard_normal((objective.m, r)))


def step(objective, parameters: Parameters, state: State) -> State:
    r"""One step :math:`Y_+=Y-\eta\,\mathcal M^*(\mathcal M(YY^\top)-y)\,Y`: one forward and one adjoint pass; pure."""
    Y = state.Y - parameters.eta * (state.residual @ state.Y)
    return State(Y, objective.residual_of_factor(Y))


def gradient_norm(objective, state: State) -> float:
    """The Frobenius norm of the gradient."""
    return float(np.linalg.norm(state.residual @ state.Y))
