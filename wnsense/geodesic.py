r"""Geodesics of the Stiefel manifold: the curves that the retractions imitate.

Two metrics are in use on St(m, r). The *embedded* one, :math:`\mathrm{tr}(\xi^\top\zeta)`, is that of this package;
the *canonical* one, :math:`\mathrm{tr}(\xi^\top(I-\tfrac12XX^\top)\zeta)`, counts rotations within span(X) half.
Both geodesics need a matrix exponential a point: algorithms use retractions instead.
Source: Edelman, Arias and Smith (1998), section 2.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg


def embedded(X: np.ndarray, xi: np.ndarray, t: float = 1.0) -> np.ndarray:
    r"""The point at time t of the geodesic of the embedded metric from X with velocity xi, shape (m, r).

    With :math:`\Omega=X^\top\xi` and :math:`\Gamma=\xi^\top\xi`,

    .. math:: c(t)=[X\;\;\xi]\exp\Big(t\begin{bmatrix}\Omega&-\Gamma\\I&\Omega\end{bmatrix}\Big)
              \begin{bmatrix}I\\0\end{bmatrix}e^{-t\Omega}.
    """
    r = X.shape[1]
    Omega, Gamma = X.T @ xi, xi.T @ xi
    block = scipy.linalg.expm(t * np.block([[Omega, -Gamma], [np.eye(r), Omega]]))
    return np.hstack([X, xi]) @ block[:, :r] @ scipy.linalg.expm(-t * Omega)


def canonical(X: np.ndarray, xi: np.ndarray, t: float = 1.0) -> np.ndarray:
    r"""The point at time t of the geodesic of the canonical metric from X with velocity xi, shape (m, r).

    :math:`c(t)=e^{tW}X` with the skew :math:`W=P\xi X^\top-X\xi^\top P`, :math:`P=I-\tfrac12XX^\top`, for which
    :math:`WX=\xi`. Forms the (m, m) matrix W.
    """
    Pxi = xi - X @ (X.T @ xi) / 2
    W = Pxi @ X.T - X @ Pxi.T
    return scipy.linalg.expm(t * W) @ X
