r"""Ground truths: the positive semidefinite matrix :math:`A=U\Sigma U^\top` that is to be found.

A is kept in factored form, so that a truth with m = 100 000 costs :math:`m\,r_A` numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import stiefel, validate


def freeze(instance, **arrays: np.ndarray) -> None:
    """Set copies of the arrays, not writeable, as attributes of a frozen dataclass."""
    for name, array in arrays.items():
        array = array.copy()
        array.flags.writeable = False
        object.__setattr__(instance, name, array)


def chosen_spectrum(rank: int, kappa: float | None, sigma) -> np.ndarray:
    """`sigma` sorted, largest first; where it is None, the geometric spectrum from 1 to 1/kappa, all ones without kappa.

    Raises
    ------
    ValueError
        If both are given, kappa is below 1 (or above 1 at rank 1), or sigma has another length than rank.
    """
    if sigma is not None and kappa is not None:
        raise ValueError("kappa and sigma are both given; expected one of them: a spectrum fixes its condition number")
    if sigma is None:
        kappa = validate.positive("kappa", 1.0 if kappa is None else kappa)
        if kappa < 1 or (rank == 1 and kappa != 1):
            raise ValueError(f"kappa is {kappa}; expected at least 1, and exactly 1 at rank 1")
        sigma = kappa ** -np.linspace(0.0, 1.0, rank)
    return np.sort(validate.array("sigma", sigma, (rank,)))[::-1]


class Factored:
    """What truths of any shape share: they have `U` (m, r_A) with orthonormal columns and `sigma` (r_A,)."""

    @property
    def m(self) -> int:
        """The number of rows of A: its side, where it is symmetric."""
        return self.U.shape[0]

    @property
    def rank(self) -> int:
        """The rank r_A of A."""
        return self.U.shape[1]

    @property
    def kappa(self) -> float:
        """The condition number sigma_1 / sigma_{r_A} on the range of A."""
        return float(self.sigma[0] / self.sigma[-1])

    @property
    def norm(self) -> float:
        """The Frobenius norm of A."""
        return float(np.linalg.norm(self.sigma))


@dataclass(frozen=True)
class GroundTruth(Factored):
    r"""A positive semidefinite matrix :math:`A=U\Sigma U^\top` of rank :math:`r_A`.

    Attributes
    ----------
    U : ndarray (m, r_A)
        Orthonormal columns.
    sigma : ndarray (r_A,)
        Positive eigenvalues, largest first.
    """

    U: np.ndarray
    sigma: np.ndarray

    def __post_init__(self):
        U = validate.orthonormal("U", self.U, ("m", "r_A"))
        freeze(self, U=U, sigma=validate.spectrum("sigma", self.sigma, U.shape[1]))

    @property
    def A(self) -> np.ndarray:
        """A as a dense (m, m) array, symmetric to the last bit."""
        F = self.U * np.sqrt(self.sigma)
        return F @ F.T

    def best_approximation(self, ell: int) -> "GroundTruth":
        r"""The best rank-ell approximation :math:`A_\ell` in every unitarily invariant norm (Eckart-Young-Mirsky)."""
        ell = validate.integer("ell", ell, low=0, high=self.rank)
        return GroundTruth(self.U[:, :ell], self.sigma[:ell])

    def error(self, B: np.ndarray, C: np.ndarray | None = None) -> float:
        r"""The error :math:`\lVert BCB^\top-A\rVert_F` of a factored estimate, without forming an m x m matrix.

        B has shape (m, r), C (r, r) symmetric, the identity if None. With :math:`B=UB_1+QR`, :math:`U^\top Q=0`, the
        four blocks :math:`B_1CB_1^\top-\Sigma`, :math:`B_1CR^\top`, its transpose and :math:`RCR^\top` are orthogonal, and
        none is a difference of large numbers, so that errors down to rounding are resolved.
        """
        B1 = self.U.T @ B
        R = np.linalg.qr(B - self.U @ B1, mode="r")
        CB1, CR = (B1.T, R.T) if C is None else (C @ B1.T, C @ R.T)
        parts = (B1 @ CB1 - np.diag(self.sigma), R @ CB1, R @ CB1, R @ CR)
        return float(np.sqrt(sum(np.sum(part**2) for part in parts)))


def random_ground_truth(m: int, rank: int, *, kappa: float | None = None, sigma=None, rng: np.random.Generator) -> GroundTruth:
    r"""A truth with uniformly random range and a chosen spectrum.

    Parameters
    ----------
    m, rank : int
        Side and rank, 1 <= rank <= m.
    kappa : float, optional
        Condition number: the spectrum falls geometrically from 1 to 1/kappa. 1 if neither kappa nor sigma is given.
    sigma : array_like (rank,), optional
        The spectrum itself, positive, in any order; instead of kappa.
    rng : numpy.random.Generator

    Raises
    ------
    ValueError
        For sizes out of range, kappa below 1 (or above 1 at rank 1), a spectrum of wrong length or sign.
    """
    m = validate.integer("m", m, low=1)
    rank = validate.integer("rank", rank, low=1, high=m)
    validate.generator("rng", rng)
    sigma = chosen_spectrum(rank, kappa, sigma)
    return GroundTruth(stiefel.random_point(m, rank, rng), sigma)
