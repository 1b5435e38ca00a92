r"""Directions with an alignment that is asked for: the inverse of :math:`X\mapsto S`."""

from __future__ import annotations

import numpy as np

from wnsense import stiefel, validate
from wnsense.problem import GroundTruth


def direction(truth: GroundTruth, S: np.ndarray, r: int, rng: np.random.Generator) -> np.ndarray:
    r"""A point X of St(m, r) with :math:`U^\top XX^\top U=S`, otherwise random.

    :math:`X=\big(US^{1/2}+VD^{1/2},\;V'\big)Q` with :math:`D=I-S`, orthonormal columns V and V' orthogonal to the
    range of A, and a random orthogonal Q.

    Parameters
    ----------
    truth : GroundTruth
    S : ndarray (r_A, r_A)
        Symmetric, eigenvalues in [0, 1].
    r : int
        Columns, :math:`r_A\le r\le m-r_A`.
    rng : numpy.random.Generator

    Raises
    ------
    ValueError
        For an r out of range, or an S that is no alignment.
    """
    k = truth.rank
    r = validate.integer("r", r, low=k, high=truth.m - k)
    S = validate.symmetric("S", S, k)
    w, Q = np.linalg.eigh(S)
    # 1e-12: what rounding adds to an eigenvalue 0 or 1
    if w[0] < -1e-12 or w[-1] > 1 + 1e-12:
        raise ValueError(f"S has eigenvalues {w}; expected all of them in [0, 1]")
    w = np.clip(w, 0.0, 1.0)
    others = rng.standard_normal((truth.m, r))
    V = np.linalg.qr(np.hstack([truth.U, others]))[0][:, k:]
    first = truth.U @ (Q * np.sqrt(w)) + V[:, :k] * np.sqrt(1 - w)
    return np.hstack([first, V[:, k:]]) @ stiefel.random_point(r, r, rng)
