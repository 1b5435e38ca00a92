r"""The Stiefel manifold :math:`\mathrm{St}(m,r)=\{X\in\mathbb R^{m\times r}:X^\top X=I_r\}`.

Points are (m, r) arrays with orthonormal columns. The metric is that of the surrounding space,
:math:`\langle\xi,\zeta\rangle=\mathrm{tr}(\xi^\top\zeta)`. Sources: Absil, Mahony and Sepulchre (2008), ch. 3-5;
Boumal (2023), ch. 3 and 7; Wen and Yin (2013) for the Cayley retraction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import validate


def sym(B: np.ndarray) -> np.ndarray:
    r"""The symmetric part :math:`\tfrac12(B+B^\top)`."""
    return (B + B.T) / 2


def random_point(m: int, r: int, rng: np.random.Generator) -> np.ndarray:
    r"""A uniform point of St(m, r): the polar factor :math:`Z(Z^\top Z)^{-1/2}` of a Gaussian Z (m, r)."""
    m = validate.integer("m", m, low=1)
    r = validate.integer("r", r, low=1, high=m)
    validate.generator("rng", rng)
    # the thin QR factor with positive diagonal has the same law (both are invariant under O(m) and unique), is
    # orthonormal to rounding however ill-conditioned Z is, and Z is not needed again
    return _positive_qr(rng.standard_normal((m, r)))


def tangent_projection(X: np.ndarray, Z: np.ndarray) -> np.ndarray:
    r"""The orthogonal projection :math:`P_X(Z)=Z-X\,\mathrm{sym}(X^\top Z)` onto :math:`T_X\mathrm{St}(m,r)`.

    The tangent space is :math:`\{\xi:X^\top\xi+\xi^\top X=0\}`.
    """
    return Z - X @ sym(X.T @ Z)


@dataclass(frozen=True)
class LowRankTangent:
    r"""A tangent vector :math:`\xi=LR^\top` with few columns: left L (m, k), right R (r, k), k small."""

    left: np.ndarray
    right: np.ndarray

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.asarray(self.left @ self.right.T, dtype=dtype)

    def __mul__(self, factor: float) -> "LowRankTangent":
        return LowRankTangent(factor * self.left, self.right)

    __rmul__ = __mul__

    @property
    def norm(self) -> float:
        """The Frobenius norm; not from Gram matrices, which would lose a product much smaller than its factors."""
        return float(np.linalg.norm(np.linalg.qr(self.left, mode="r") @ np.linalg.qr(self.right, mode="r").T))


def polar(X: np.ndarray, xi) -> np.ndarray:
    r"""Polar retraction :math:`(X+\xi)(I_r+\xi^\top\xi)^{-1/2}`: the point of St(m, r) nearest to :math:`X+\xi`.

    A retraction of second order. For a `LowRankTangent` of k columns it costs O(m r k).
    """
    if isinstance(xi, LowRankTangent):
        Q, T = np.linalg.qr(xi.right)  # xi = L' Q^T, and only the columns of X Q move
        XQ = X @ Q
        return X + (_orthonormalize(XQ + xi.left @ T.T) - XQ) @ Q.T
    return _orthonormalize(X + xi)


def qr(X: np.ndarray, xi) -> np.ndarray:
    r"""QR retraction: the orthonormal factor of :math:`X+\xi`, diagonal of the triangular factor positive.

    A retraction of first order; it spans the same subspace as the polar one.
    """
    return _positive_qr(X + np.asarray(xi))


def cayley(X: np.ndarray, xi) -> np.ndarray:
    r"""Cayley retraction :math:`(I-\tfrac12W)^{-1}(I+\tfrac12W)X`, W skew with :math:`WX=\xi`.

    :math:`W=P\xi X^\top-X\xi^\top P` with :math:`P=I-\tfrac12XX^\top` (Wen and Yin 2013) has rank at most 2r, so that only a
    2r x 2r system is solved (Sherman-Morrison-Woodbury).
    """
    xi = np.asarray(xi)
    r = X.shape[1]
    Pxi = xi - X @ (X.T @ xi) / 2
    left, right = np.hstack([Pxi, X]), np.hstack([X, -Pxi])
    return X + left @ np.linalg.solve(np.eye(2 * r) - right.T @ left / 2, right.T @ X)


def _orthonormalize(Y: np.ndarray) -> np.ndarray:
    r"""The polar factor :math:`Y(Y^\top Y)^{-1/2}`.

    For Y = X + xi with xi tangent, :math:`Y^\top Y=I+\xi^\top\xi\succeq I`, so the Gram matrix loses nothing; and taking
    it from Y, not from xi, removes what rounding has left in :math:`X^\top X-I` instead of carrying it along.
    """
    w, Q = np.linalg.eigh(Y.T @ Y)
    if w[0] <= 1e-4 * w[-1]:  # a step a hundred times as long as X: forming the Gram matrix would lose its short directions
        U, _, Vt = np.linalg.svd(Y, full_matrices=False)
        return U @ Vt
    return Y @ ((Q / np.sqrt(w)) @ Q.T)


def _positive_qr(Y: np.ndarray) -> np.ndarray:
    Q, R = np.linalg.qr(Y)
    return Q * np.where(np.diag(R) < 0, -1.0, 1.0)
