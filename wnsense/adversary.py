r"""Weight normalization against an adversary: the distortion of the measurements chosen anew at every step to do
the most harm.

The finite-sample proof knows of the measurements only that the distortion :math:`\mathcal E=\mathcal M^*\mathcal M-I`
obeys, at the matrices that occur,

.. math::
   \lVert\mathcal E(Z)\rVert\le\delta\lVert Z\rVert_F,\qquad
   \lVert X^\top\mathcal E(Z)X\rVert_F\le\delta\lVert Z\rVert_F .

So whatever it proves must survive symmetric matrices E and :math:`\Xi` of that size in their place, which no operator
need have produced. Throughout :math:`A=\mathrm{diag}(\sigma_1,\dots,\sigma_k,0,\dots,0)`, which is no restriction: the
algorithm commutes with rotations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import stiefel


@dataclass(frozen=True)
class Point:
    """An iterate.

    Attributes
    ----------
    sigma : ndarray (k,)
        The positive eigenvalues of A, largest first.
    X : ndarray (m, r)
        Direction.
    Theta : ndarray (r, r)
        Magnitude, symmetric.
    """

    sigma: np.ndarray
    X: np.ndarray
    Theta: np.ndarray

    @property
    def A(self) -> np.ndarray:
        """The truth, (m, m)."""
        return np.diag(np.append(self.sigma, np.zeros(len(self.X) - len(self.sigma))))

    @property
    def R(self) -> np.ndarray:
        r""":math:`X\Theta X^\top-A`."""
        return self.X @ self.Theta @ self.X.T - self.A

    @property
    def Xi(self) -> np.ndarray:
        r"""The magnitude error :math:`X^\top AX-\Theta`."""
        return stiefel.sym(self.X.T @ self.A @ self.X) - self.Theta

    @property
    def q(self) -> float:
        r""":math:`1/\lambda_{\min}(S)-1`, to relative accuracy."""
        return gap(len(self.sigma), self.X)


def gap(k: int, X: np.ndarray) -> float:
    r""":math:`1/\lambda_{\min}(S)-1` of a direction for :math:`U=[e_1..e_k]`, to relative accuracy (as
    `wnsense.population.of_point`).
    """
    Q, cosines, _ = np.linalg.svd(X[:k], full_matrices=False)
    outside = np.eye(len(X))[:, :k] - X @ X[:k].T
    return float(np.linalg.norm((outside @ Q) / cosines, 2) ** 2)


def aligned_direction(S: np.ndarray, r: int, m: int) -> np.ndarray:
    r"""A point X of St(m, r) with :math:`U^\top XX^\top U=S` for :math:`U=[e_1..e_k]`, 0 < S <= I; m >= 2k + (r - k).

    Every alignment occurs: the first k columns carry the principal angles, the others are orthogonal to range(U).
    """
    k = len(S)
    w, Q = np.linalg.eigh(S)
    X = np.zeros((m, r))
    X[:k, :k] = Q * np.sqrt(w)
    X[k : 2 * k, :k] = np.diag(np.sqrt(np.maximum(1 - w, 0)))
    X[2 * k : k + r, k:] = np.eye(r - k)
    return X


def gradient(point: Point, E: np.ndarray) -> np.ndarray:
    r"""The Riemannian gradient of the direction with :math:`\mathcal M^*\mathcal M(R)=R+E`, shape (m, r)."""
    return stiefel.tangent_projection(point.X, (point.R + E) @ point.X @ point.Theta)


def direction_step(point: Point, E: np.ndarray, eta: float) -> np.ndarray:
    """The next direction, line 3 of the algorithm, when the distortion of the residual is E."""
    return stiefel.polar(point.X, -eta * gradient(point, E))


def sensitivity(point: Point, E: np.ndarray, eta: float) -> tuple[np.ndarray, np.ndarray]:
    r"""The gradients of :math:`\lambda_{\min}(S_+)` in E, (m, m), and in :math:`\Theta`, (r, r).

    With :math:`W=X-\eta G`, unit v in range(U) at which :math:`v^\top P_+v` is least, :math:`p=v-P_+v` and
    :math:`b=(W^\top W)^{-1}W^\top v`, the derivative is
    :math:`2p^\top\dot Wb=-2\eta\,p^\top\dot Gb`.
    """
    X, Theta, k = point.X, point.Theta, len(point.sigma)
    W = X - eta * gradient(point, E)
    pinv = np.linalg.solve(W.T @ W, W.T)
    P = W @ pinv
    _, V = np.linalg.eigh(P[:k, :k])
    v = np.append(V[:, 0], np.zeros(len(X) - k))
    p, b = v - P @ v, pinv @ v
    s = X.T @ p
    outside, Xb, XTb = p - X @ s, X @ b, X @ (Theta @ b)
    in_E = np.outer(outside + X @ s / 2, XTb) - np.outer(X @ (Theta @ s) / 2, Xb)
    K = X.T @ (point.R + E) @ X
    in_Theta = (
        np.outer(X.T @ ((point.R + E) @ outside) + (K @ s - Theta @ s) / 2, b)
        + (np.outer(s, Theta @ b) - np.outer(s, K @ b)) / 2
    )
    return -2 * eta * stiefel.sym(in_E), -2 * eta * stiefel.sym(in_Theta)


def worst_distortion(point: Point, size: float, eta: float, sweeps: int = 3) -> np.ndarray:
    r"""A symmetric E with :math:`\lVert E\rVert\le` size that makes the next alignment small.

    Each sweep minimises the linearisation over the ball, :math:`E=-\text{size}\cdot\mathrm{sign}(C)`, C the gradient
    at the E before. The best found.
    """
    E = best = np.zeros_like(point.R)
    worst = -np.inf
    for _ in range(sweeps + 1):
        harm = gap(len(point.sigma), direction_step(point, E, eta))
        if harm > worst:
            worst, best = harm, E
        E = -size * matrix_sign(sensitivity(point, E, eta)[0])
    return best


def matrix_sign(C: np.ndarray) -> np.ndarray:
    r"""The symmetric matrix of norm 1 with the largest inner product with C; 0 on the kernel of C."""
    w, V = np.linalg.eigh(C)
    w[np.abs(w) <= 1e-10 * np.abs(w).max()] = 0.0  # rounding: its sign would be a coin
    return (V * np.sign(w)) @ V.T


def worst_magnitude(sigma: np.ndarray, X: np.ndarray, size: float, eta: float) -> np.ndarray:
    r"""A symmetric :math:`\Theta` with :math:`\lVert\Theta-X^\top AX\rVert_F\le` size that makes the next
    alignment small, to first order.
    """
    A = np.diag(np.append(sigma, np.zeros(len(X) - len(sigma))))
    exact = Point(sigma, X, stiefel.sym(X.T @ A @ X))
    C = sensitivity(exact, np.zeros_like(A), eta)[1]
    return exact.Theta - size * C / max(np.linalg.norm(C), np.finfo(float).tiny)


def step(point: Point, delta: float, eta: float) -> Point:
    """One iteration with the worst distortions of relative size delta found: of the direction step, then of
    the magnitude step.
    """
    E = worst_distortion(point, delta * np.linalg.norm(point.R), eta, sweeps=1)
    X = direction_step(point, E, eta)
    half_way = np.linalg.norm(Point(point.sigma, X, point.Theta).R)
    return Point(point.sigma, X, worst_magnitude(point.sigma, X, delta * half_way, eta))
