r"""Measurement operators :math:`\mathcal M:\mathbb S^m\to\mathbb R^n`, :math:`\mathcal M(S)_i=\langle M_i,S\rangle`.

An operator has `m`, `n`, `forward(S)` -> (n,), `adjoint(v)` -> (m, m) and `normal(S)` = adjoint(forward(S)). Calling
`forward` or `adjoint` once is one *pass*: where all the time of an iteration goes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import scipy.linalg

from wnsense import validate
from wnsense.packing import pack, packed_size, side, unpack


class Operator(Protocol):
    """What every measurement operator offers."""

    m: int
    n: int

    def forward(self, S: np.ndarray) -> np.ndarray:
        """The n measurements of the symmetric (m, m) matrix S."""

    def adjoint(self, v: np.ndarray) -> np.ndarray:
        r"""The symmetric (m, m) matrix :math:`\mathcal M^*(v)=\sum_iv_iM_i`."""

    def normal(self, S: np.ndarray) -> np.ndarray:
        r"""The symmetric (m, m) matrix :math:`\mathcal M^*\mathcal M(S)`."""


class _Normal:
    def normal(self, S: np.ndarray) -> np.ndarray:
        """adjoint(forward(S)): two passes."""
        return self.adjoint(self.forward(S))


@dataclass(frozen=True)
class Identity(_Normal):
    r"""The population, :math:`\mathcal M^*\mathcal M=I`: the n = m(m+1)/2 packed entries themselves."""

    m: int

    @property
    def n(self) -> int:
        """The number of measurements, m(m+1)/2."""
        return packed_size(self.m)

    def forward(self, S):
        """The packed entries of S."""
        return pack(S)

    def adjoint(self, v):
        """The matrix with packed entries v."""
        return unpack(v)


@dataclass(frozen=True)
class Packed(_Normal):
    """Any operator, as the packed matrices M_i: one matrix-vector product a pass.

    Attributes
    ----------
    rows : ndarray (n, m(m+1)/2)
        Row i is M_i in the packing of `wnsense.packing`. float32 halves memory and time of a pass and limits what can be
        resolved to about 1e-7 of the size of y.
    """

    rows: np.ndarray
    m: int = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "m", side(self.rows.shape[1]))

    @property
    def n(self) -> int:
        """The number of measurements."""
        return self.rows.shape[0]

    def forward(self, S):
        """The measurements of S, float64."""
        return (self.rows @ pack(S).astype(self.rows.dtype, copy=False)).astype(np.float64, copy=False)

    def adjoint(self, v):
        """The weighted sum of the M_i, float64."""
        return unpack((v.astype(self.rows.dtype, copy=False) @ self.rows).astype(np.float64, copy=False))


@dataclass(frozen=True)
class RankOne(_Normal):
    r"""Measurements :math:`\mathcal M(S)_i=s\,a_i^\top Sa_i`: n m numbers are stored instead of n m(m+1)/2.

    Attributes
    ----------
    vectors : ndarray (n, m)
        Row i is a_i.
    scale : float
        The factor s.
    """

    vectors: np.ndarray
    scale: float = 1.0

    @property
    def m(self) -> int:
        """The side of the measured matrices."""
        return self.vectors.shape[1]

    @property
    def n(self) -> int:
        """The number of measurements."""
        return self.vectors.shape[0]

    def forward(self, S):
        """The n quadratic forms."""
        return self.scale * np.einsum("ij,ij->i", self.vectors @ S, self.vectors)

    def adjoint(self, v):
        """The weighted sum of the dyads, symmetric to the last bit."""
        B = (self.scale * v[:, None] * self.vectors).T @ self.vectors
        return (B + B.T) / 2


def gaussian(m: int, n: int, rng: np.random.Generator, dtype=np.float64) -> Packed:
    r"""Symmetric Gaussian measurements: n packed rows with independent :math:`N(0,1/n)` entries.

    So M_i has variance 1/n on the diagonal and 1/(2n) off it, :math:`\mathbb E\lVert\mathcal M(S)\rVert^2=\lVert S\rVert_F^2`, and
    :math:`n\lVert\mathcal M(S)\rVert^2/\lVert S\rVert_F^2` follows the chi-square law with n degrees of freedom exactly.

    Parameters
    ----------
    m, n : int
        Side and number of measurements.
    rng : numpy.random.Generator
    dtype : float32 or float64
        Memory is n m(m+1)/2 numbers of this type, while it is drawn and afterwards; nothing is copied.

    Raises
    ------
    ValueError
        For sizes below 1 or another dtype.
    """
    m = validate.integer("m", m, low=1)
    n = validate.integer("n", n, low=1)
    validate.generator("rng", rng)
    dtype = np.dtype(dtype)
    if dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise ValueError(f"dtype is {dtype}; expected float32 or float64")
    rows = np.empty((n, packed_size(m)), dtype)
    rng.standard_normal(out=rows, dtype=dtype.type)
    rows *= dtype.type(1 / np.sqrt(n))
    return Packed(rows)


def rank_one_gaussian(m: int, n: int, rng: np.random.Generator) -> RankOne:
    r"""Rank-one Gaussian measurements :math:`a_i^\top Sa_i/\sqrt{2n}`, a_i standard normal.

    Their second moment is :math:`\lVert S\rVert_F^2+\tfrac12(\mathrm{tr}\,S)^2`: no scale makes it :math:`\lVert S\rVert_F^2` for every S. The one
    here does so for traceless S; that of the least restricted isometry constant is smaller (`wnsense.rip.best_scale`).
    """
    m = validate.integer("m", m, low=1)
    n = validate.integer("n", n, low=1)
    validate.generator("rng", rng)
    return RankOne(rng.standard_normal((n, m)), float(1 / np.sqrt(2 * n)))


def from_matrices(measurements: np.ndarray) -> Packed:
    """The operator of given matrices: (n, m, m) symmetric, or (n, m(m+1)/2) packed as in `wnsense.packing`.

    Raises
    ------
    ValueError
        If the shape is neither, an entry is not finite, or a matrix is not symmetric.
    """
    shape = np.shape(measurements)
    if len(shape) == 2:
        rows = validate.array("measurements", measurements, ("n", "d"))
        try:
            side(shape[1])
        except ValueError as error:
            raise ValueError(f"measurements has shape {shape}; expected (n, m, m) or (n, m(m+1)/2): {error}") from None
    else:
        M = validate.array("measurements", measurements, ("n", "m", "m"))
        # the same tolerance as validate.symmetric, on all matrices at once
        gap = np.abs(M - M.transpose(0, 2, 1)).max(axis=(1, 2), initial=0.0)
        wrong = np.flatnonzero(gap > 1e-8 * np.abs(M).max(axis=(1, 2), initial=0.0))
        if wrong.size:
            raise ValueError(
                f"measurements[{wrong[0]}] is not symmetric: it differs from its transpose by {gap[wrong[0]]:.3g}; "
                f"expected symmetric matrices ({wrong.size} of {len(M)} are not)"
            )
        rows = pack(M)
    if rows.shape[0] < 1 or rows.shape[1] < 1:
        raise ValueError(f"measurements has shape {shape}; expected at least one measurement of at least a 1 x 1 matrix")
    if rows.dtype not in (np.float32, np.float64):
        rows = rows.astype(np.float64)
    return Packed(np.ascontiguousarray(rows))


def compress(operator: Packed, y: np.ndarray) -> tuple[Packed, np.ndarray, float]:
    r"""The same least-squares problem with only m(m+1)/2 measurements, by a QR factorization.

    With [rows | y] = QR, R has the blocks R_1, r_2 and rho in its last column, and for every S
    :math:`\lVert\mathcal M(S)-y\rVert^2=\lVert R_1S-r_2\rVert^2+\rho^2`. Exact, and worth its 2 n d^2 flops (d = m(m+1)/2) once when n is
    well above d: every later pass costs d/n of what it did.

    Parameters
    ----------
    operator : Packed
    y : ndarray (n,)

    Returns
    -------
    compressed : Packed
        With min(n, d) measurements.
    r_2 : ndarray
        The measurements that go with it.
    rho : float
        The distance of y from the range of the operator: rounding if y = M(A).

    Raises
    ------
    ValueError
        If y has not one entry a measurement.
    """
    y = validate.array("y", y, (operator.n,))
    d = operator.rows.shape[1]
    R = np.empty((0, d + 1))
    block = 4 * (d + 1)  # tall blocks one after the other: the factorization needs no second copy of the rows
    for i in range(0, operator.n, block):
        chunk = np.column_stack([operator.rows[i : i + block], y[i : i + block]])
        R = scipy.linalg.qr(np.vstack([R, chunk]), mode="r", overwrite_a=True, check_finite=False)[0][: d + 1]
    kept = min(len(R), d)
    rho = float(abs(R[d, d])) if len(R) > d else 0.0
    return Packed(np.ascontiguousarray(R[:kept, :d]).astype(operator.rows.dtype)), R[:kept, d].copy(), rho


@dataclass
class Counted(_Normal):
    """An operator that counts its passes; it is not frozen, for that is its one purpose."""

    operator: Operator
    passes: int = 0

    @property
    def m(self) -> int:
        """The side of the measured matrices."""
        return self.operator.m

    @property
    def n(self) -> int:
        """The number of measurements."""
        return self.operator.n

    def forward(self, S):
        """One pass of the operator."""
        self.passes += 1
        return self.operator.forward(S)

    def adjoint(self, v):
        """One pass of the operator."""
        self.passes += 1
        return self.operator.adjoint(v)
