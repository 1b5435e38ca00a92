r"""Rectangular truths :math:`A=U\Sigma V^\top` and operators that measure matrices of any shape (n_1, n_2).

The rectangular counterpart of `wnsense.problem` and `wnsense.sensing`. An operator has `shape`, `n`,
`forward(Z)` -> (n,), `adjoint(v)` -> (n_1, n_2) and `normal(Z)` = adjoint(forward(Z)); one call of `forward` or of
`adjoint` is one pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import packing, sensing, stiefel, validate
from wnsense.problem import Factored, GroundTruth, chosen_spectrum, freeze


@dataclass(frozen=True)
class RectangularTruth(Factored):
    r"""A matrix :math:`A=U\Sigma V^\top` of rank :math:`r_A`, kept in factored form.

    Attributes
    ----------
    U, V : ndarray (n_1, r_A), (n_2, r_A)
        Orthonormal columns: left and right singular vectors.
    sigma : ndarray (r_A,)
        Positive singular values, largest first.
    """

    U: np.ndarray
    sigma: np.ndarray
    V: np.ndarray

    def __post_init__(self):
        U = validate.orthonormal("U", self.U, ("n_1", "r_A"))
        V = validate.orthonormal("V", self.V, ("n_2", U.shape[1]))
        freeze(self, U=U, sigma=validate.spectrum("sigma", self.sigma, U.shape[1]), V=V)

    @classmethod
    def of_symmetric(cls, truth: GroundTruth) -> "RectangularTruth":
        """The same matrix, V = U."""
        return cls(truth.U, truth.sigma, truth.U)

    @property
    def shape(self) -> tuple[int, int]:
        """(n_1, n_2)."""
        return self.U.shape[0], self.V.shape[0]

    @property
    def A(self) -> np.ndarray:
        """A as a dense (n_1, n_2) array."""
        return (self.U * self.sigma) @ self.V.T

    @property
    def transpose(self) -> "RectangularTruth":
        """The truth A^T."""
        return RectangularTruth(self.V, self.sigma, self.U)

    def error(self, F: np.ndarray, G: np.ndarray) -> float:
        r"""The error :math:`\lVert FG^\top-A\rVert_F`, F (n_1, r), G (n_2, r), without forming an n_1 x n_2 matrix.

        With :math:`F=UF_1+F_2`, :math:`G=VG_1+G_2`, :math:`U^\top F_2=0` and :math:`V^\top G_2=0`, the blocks
        :math:`F_1G_1^\top-\Sigma`, :math:`F_1G_2^\top`, :math:`F_2G_1^\top`, :math:`F_2G_2^\top` are orthogonal:
        errors down to rounding are resolved.
        """
        F1, G1 = self.U.T @ F, self.V.T @ G
        F2 = np.linalg.qr(F - self.U @ F1, mode="r")
        G2 = np.linalg.qr(G - self.V @ G1, mode="r")
        parts = (F1 @ G1.T - np.diag(self.sigma), F1 @ G2.T, F2 @ G1.T, F2 @ G2.T)
        return float(np.sqrt(sum(np.sum(part**2) for part in parts)))


def random_rectangular_truth(
    n_1: int, n_2: int, rank: int, *, kappa: float | None = None, sigma=None, rng: np.random.Generator
) -> RectangularTruth:
    r"""A truth with independent uniformly random singular subspaces and a chosen spectrum.

    Parameters
    ----------
    n_1, n_2, rank : int
        Shape and rank, 1 <= rank <= min(n_1, n_2).
    kappa : float, optional
        Condition number: the singular values fall geometrically from 1 to 1/kappa. 1 if neither it nor sigma is given.
    sigma : array_like (rank,), optional
        The singular values themselves, positive, in any order; instead of kappa.
    rng : numpy.random.Generator

    Raises
    ------
    ValueError
        For sizes out of range, kappa below 1 (or above 1 at rank 1), a spectrum of wrong length or sign.
    """
    n_1 = validate.integer("n_1", n_1, low=1)
    n_2 = validate.integer("n_2", n_2, low=1)
    rank = validate.integer("rank", rank, low=1, high=min(n_1, n_2))
    validate.generator("rng", rng)
    sigma = chosen_spectrum(rank, kappa, sigma)
    return RectangularTruth(stiefel.random_point(n_1, rank, rng), sigma, stiefel.random_point(n_2, rank, rng))


@dataclass(frozen=True)
class Dense:
    """A measurement operator as the matrices M_i themselves.

    Attributes
    ----------
    rows : ndarray (n, n_1 n_2)
        Row i is M_i, row by row.
    shape : (n_1, n_2)
    """

    rows: np.ndarray
    shape: tuple[int, int]

    def __post_init__(self):
        n_1, n_2 = (validate.integer("an entry of shape", side, low=1) for side in self.shape)
        object.__setattr__(self, "rows", validate.array("rows", self.rows, ("n", n_1 * n_2)))

    @property
    def n(self) -> int:
        """The number of measurements."""
        return self.rows.shape[0]

    def forward(self, Z: np.ndarray) -> np.ndarray:
        r"""The n measurements :math:`\langle M_i,Z\rangle` of Z, shape (n_1, n_2)."""
        return self.rows @ Z.ravel()

    def adjoint(self, v: np.ndarray) -> np.ndarray:
        r"""The matrix :math:`\mathcal M^*(v)=\sum_iv_iM_i`, shape (n_1, n_2)."""
        return (v @ self.rows).reshape(self.shape)

    def normal(self, Z: np.ndarray) -> np.ndarray:
        """adjoint(forward(Z)): two passes."""
        return self.adjoint(self.forward(Z))


def gaussian(n_1: int, n_2: int, n: int, rng: np.random.Generator) -> Dense:
    r"""Gaussian measurements: n matrices with independent :math:`N(0,1/n)` entries.

    So :math:`\mathbb E\lVert\mathcal M(Z)\rVert^2=\lVert Z\rVert_F^2` for every Z, shape (n_1, n_2).

    Raises
    ------
    ValueError
        For sizes below 1.
    """
    n_1 = validate.integer("n_1", n_1, low=1)
    n_2 = validate.integer("n_2", n_2, low=1)
    n = validate.integer("n", n, low=1)
    validate.generator("rng", rng)
    return Dense(rng.standard_normal((n, n_1 * n_2)) / np.sqrt(n), (n_1, n_2))


def symmetric_part(operator: Dense) -> sensing.Packed:
    r"""The operator on symmetric matrices with :math:`\tfrac12(M_i+M_i^\top)`: it takes the same measurements of them.

    Its scale is the same, too: for the operator of `gaussian` the packed rows have independent N(0, 1/n) entries.

    Raises
    ------
    ValueError
        If the matrices M_i are not square.
    """
    n_1, n_2 = operator.shape
    if n_1 != n_2:
        raise ValueError(f"operator has shape {operator.shape}; expected square matrices")
    M = operator.rows.reshape(-1, n_1, n_1)
    return sensing.Packed(np.ascontiguousarray(packing.pack((M + M.transpose(0, 2, 1)) / 2)))
