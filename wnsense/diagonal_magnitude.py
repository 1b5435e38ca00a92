r"""Generalized weight normalization with a *diagonal* magnitude: :math:`Z=X\,\mathrm{diag}(d)\,X^\top`.

The same step as `wnsense.weight_normalization`, with :math:`\Theta` restricted to diagonal matrices. In the population
and with mu = 2 the magnitude step gives :math:`d_i=x_i^\top Ax_i\ge0`, the best diagonal magnitude for the X at hand.
"""

from __future__ import annotations

import numpy as np

from wnsense import stiefel, validate
from wnsense.weight_normalization import PASSES_PER_STEP, Parameters, State, at, gradient_norm

__all__ = ["PASSES_PER_STEP", "Parameters", "State", "at", "gradient_norm", "init", "start", "step"]


def _diagonal(B: np.ndarray) -> np.ndarray:
    return np.diag(np.diag(B))


def start(objective, X: np.ndarray) -> State:
    r"""The state at X with magnitude :math:`\mathrm{diag}(X^\top\mathcal M^*(y)X)`: one step of size 2 from zero."""
    return at(objective, X, _diagonal(objective.backprojection(X)))


def init(objective, r: int, rng: np.random.Generator) -> State:
    """A uniform direction X_0 and the magnitude of `start`."""
    return start(objective, stiefel.random_point(objective.m, validate.integer("r", r, low=1, high=objective.m), rng))


def step(objective, parameters: Parameters, state: State) -> State:
    r"""One step: X along its Riemannian gradient, then :math:`\Theta` along the diagonal of its gradient; pure."""
    X, Theta = state.X, state.Theta
    G = objective.riemannian_gradient(X, Theta, state.residual)
    X_new = parameters.retraction(X, -parameters.eta * G)
    half_way = objective.residual(X_new, Theta)
    Theta_new = Theta - parameters.mu * _diagonal(objective.magnitude_gradient(X_new, Theta, half_way))
    return State(X_new, Theta_new, objective.residual(X_new, Theta_new))
