r"""Gradient descent on two factors, :math:`f(F,G)=\tfrac12\lVert\mathcal M(FG^\top)-y\rVert^2`.

The asymmetric method without weight normalization: Soltanolkotabi, Stöger and Xie (2023); Xiong, Ding and Du (2024).
"""

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
    """Factors F (n_1, r), G (n_2, r) with the residual M(F G^T) - y."""

    F: np.ndarray
    G: np.ndarray
    residual: object

    arrays = ("F", "G")

    @property
    def factors(self) -> tuple[np.ndarray, np.ndarray]:
        """F, G with Z = F G^T."""
        return self.F, self.G


def at(objective, F: np.ndarray, G: np.ndarray) -> State:
    """The state at (F, G): one pass; ValueError if F is not (n_1, r) or G not (n_2, r) with the same r."""
    n_1, n_2 = objective.shape
    F = validate.array("F", F, (n_1, "r"))
    G = validate.array("G", G, (n_2, F.shape[1]))
    return State(F, G, objective.residual(F, G))


def init(objective, r: int, alpha: float, rng: np.random.Generator, ratio: float = 1.0) -> State:
    r"""A Gaussian start: entries of :math:`F_0` have standard deviation alpha, those of :math:`G_0` ratio * alpha.

    ratio 1 starts both factors at one scale, 1/3 is the unequal start of Xiong, Ding and Du (2024).
    """
    r = validate.integer("r", r, low=1)
    alpha = validate.positive("alpha", alpha)
    ratio = validate.positive("ratio", ratio)
    validate.generator("rng", rng)
    n_1, n_2 = objective.shape
    return at(objective, alpha * rng.standard_normal((n_1, r)), ratio * alpha * rng.standard_normal((n_2, r)))


def step(objective, parameters: Parameters, state: State) -> State:
    r"""One step on both factors at once, :math:`F_+=F-\eta RG`, :math:`G_+=G-\eta R^\top F`: two passes; pure."""
    F = state.F - parameters.eta * state.residual.right(state.G)
    G = state.G - parameters.eta * state.residual.left(state.F)
    return State(F, G, objective.residual(F, G))


def gradient_norm(objective, state: State) -> float:
    r"""The Frobenius norm of the gradient, :math:`\sqrt{\lVert RG\rVert_F^2+\lVert R^\top F\rVert_F^2}`."""
    return float(np.hypot(np.linalg.norm(state.residual.right(state.G)), np.linalg.norm(state.residual.left(state.F))))


def imbalance(F: np.ndarray, G: np.ndarray) -> np.ndarray:
    r"""The imbalance :math:`\Delta=F^\top F-G^\top G`, symmetric, shape (r, r)."""
    return F.T @ F - G.T @ G
