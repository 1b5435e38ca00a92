r"""The best magnitude for a given direction, and how a relaxed problem can be fooled.

For fixed X on the Stiefel manifold, :math:`f(X,\cdot)` is a convex quadratic in the symmetric matrix :math:`\Theta`.
"""

from __future__ import annotations

import numpy as np

from wnsense import sensing, validate
from wnsense.packing import pack, packed_size, unpack
from wnsense.stiefel import sym


def best_magnitude(operator: sensing.Operator, y: np.ndarray, X: np.ndarray) -> np.ndarray:
    r"""A symmetric :math:`\Theta` (r, r), of least norm, minimising :math:`\lVert\mathcal M(X\Theta X^\top)-y\rVert`.

    By dense least squares over the r(r+1)/2 free entries: meant for small problems.

    Raises
    ------
    ValueError
        If X or y does not fit the operator.
    """
    X = validate.array("X", X, (operator.m, "r"))
    y = validate.array("y", y, (operator.n,))
    columns = [operator.forward(X @ unpack(e) @ X.T) for e in np.eye(packed_size(X.shape[1]))]
    return unpack(np.linalg.lstsq(np.array(columns).T, y, rcond=None)[0])


def best_semidefinite_magnitude(
    operator: sensing.Operator, y: np.ndarray, X: np.ndarray, steps: int = 500
) -> np.ndarray:
    r"""A minimiser of the same over :math:`\Theta\succeq0`, by projected gradient descent with step 1 / L.

    Raises
    ------
    ValueError
        If X or y does not fit the operator.
    """
    X = validate.array("X", X, (operator.m, "r"))
    y = validate.array("y", y, (operator.n,))
    columns = np.array([operator.forward(X @ unpack(e) @ X.T) for e in np.eye(packed_size(X.shape[1]))]).T
    L = np.linalg.norm(columns, 2) ** 2
    theta = np.zeros(columns.shape[1])
    for _ in range(steps):
        w, V = np.linalg.eigh(unpack(theta - columns.T @ (columns @ theta - y) / L))
        theta = pack(sym((V * np.maximum(w, 0.0)) @ V.T))
    return unpack(theta)


def traceless(m: int) -> sensing.Packed:
    r"""The operator :math:`\mathcal M(S)=S-\tfrac{\mathrm{tr}\,S}mI`: all of S but its trace."""
    m = validate.integer("m", m, low=1)
    return sensing.Packed(np.array([pack(S - np.trace(S) / m * np.eye(m)) for S in unpack(np.eye(packed_size(m)))]))


def with_kernel(N: np.ndarray) -> sensing.Packed:
    r"""The orthogonal projection of :math:`\mathbb S^m` along N: its kernel is exactly :math:`\mathbb RN`.

    Raises
    ------
    ValueError
        If N is no symmetric matrix, or zero.
    """
    v = pack(validate.symmetric("N", N))
    if not v.any():
        raise ValueError("N is zero; expected a matrix that spans a kernel")
    v = v / np.linalg.norm(v)
    return sensing.Packed(np.eye(len(v)) - np.outer(v, v))


def confused_pair(N: np.ndarray, r: int, r_A: int) -> tuple[np.ndarray, np.ndarray]:
    r"""A truth :math:`A\succeq0` of rank r_A and another symmetric Z of rank at most r with :math:`Z-A=\pm N`.

    Every nonzero symmetric N of rank at most r + r_A, r_A <= r <= m, splits so; an operator that annihilates N takes
    one for the other.

    Raises
    ------
    ValueError
        If N is zero or its rank is above r + r_A.
    """
    N = validate.symmetric("N", N)
    w, V = np.linalg.eigh(N)
    tolerance = 1e-10 * np.abs(w).max()  # far above the rounding of an eigenvalue that is zero
    if (w < -tolerance).sum() < (w > tolerance).sum():
        w = -w
    order = np.argsort(w)  # most negative first
    w, V = w[order], V[:, order]
    rank = int((np.abs(w) > tolerance).sum())
    if not 0 < rank <= r + r_A:
        raise ValueError(f"N has rank {rank}; expected between 1 and r + r_A = {r + r_A}")
    negative = int((w < -tolerance).sum())
    taken = np.zeros(len(w))
    if negative >= r_A:
        taken[:r_A] = -w[:r_A]
    else:  # all negative ones, and a common part on the positive directions first, then on others
        taken[:negative] = -w[:negative]
        taken[::-1][: r_A - negative] = 1.0
    A = sym((V * taken) @ V.T)
    return A, sym((V * (taken + np.where(np.abs(w) > tolerance, w, 0.0))) @ V.T)
