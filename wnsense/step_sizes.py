r"""Step sizes for Algorithm 1 when neither :math:`\sigma_1` nor the scale of the operator is known.

The theory wants :math:`\eta\approx1/\sigma_1^2`, :math:`\mu=2` for an operator with
:math:`\mathcal M^*\mathcal M\approx I`. For any other the objective curves
:math:`\ell=\lVert\mathcal P\mathcal M^*\mathcal M\mathcal P\rVert` times as much, :math:`\mathcal P` the projection
onto the tangent space in use, and :math:`\eta=1/(\ell\sigma_1^2)`, :math:`\mu=2/\ell` are the steps of a gradient
method with the inverse of its Lipschitz constant.
"""

from __future__ import annotations

import numpy as np

from wnsense.objective import Measured

POWER_ITERATIONS = 10
PASSES = 2 + 2 * POWER_ITERATIONS  # what `estimate` costs


def estimate(objective: Measured, X: np.ndarray) -> tuple[float, float]:
    r"""The step sizes :math:`\eta,\mu` for a start in the direction X (m, r), orthonormal columns; deterministic.

    :math:`\sigma_1` is the magnitude of the best fit :math:`\theta qq^\top` along the leading eigenvector q of
    :math:`\mathcal M^*(y)`; :math:`\ell` comes from power iterations that begin at the tangent part of
    :math:`\mathcal M^*(y)`. Both are estimates from below: watch the loss, and halve the steps when it rises.
    """
    operator, y = objective.operator, objective.y
    backprojection = operator.adjoint(y)
    if not backprojection.any():
        return 1.0, 1.0  # the loss has no slope at zero, and any steps will do
    w, Q = np.linalg.eigh(backprojection)
    q = Q[:, [np.argmax(np.abs(w))]]
    fitted = operator.forward(q @ q.T)
    sigma_1 = float(fitted @ y / (fitted @ fitted))

    T = backprojection
    for _ in range(POWER_ITERATIONS):
        T = _tangent_part(X, T)
        T = operator.normal(T / np.linalg.norm(T))
    ell = float(np.linalg.norm(_tangent_part(X, T)))
    return 1 / (ell * sigma_1**2), 2 / ell


def _tangent_part(X, B):
    """B - (I - P) B (I - P) for a symmetric B, P = X X^T."""
    PB = X @ (X.T @ B)
    return PB + PB.T - (PB @ X) @ X.T
