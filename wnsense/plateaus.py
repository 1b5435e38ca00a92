r"""Saddle-to-saddle: when weight normalization leaves each :math:`A_\ell` for the next, predicted and measured.

Direction :math:`u_\ell` counts as *learned* from the first iteration with :math:`u_\ell^\top
Zu_\ell\ge\tfrac12\sigma_\ell`, which is when the estimate
:math:`Z=X\Theta X^\top` comes nearer to :math:`A_\ell` than to :math:`A_{\ell-1}`. Between two such iterations the
run is on a plateau.

Source: ours; `prop-plateau-pivots` and `exp-saddle-to-saddle` of the book.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import flow, population, validate, weight_normalization
from wnsense.objective import Population

LEARNED = 0.5  # of sigma_l


def pivots(S: np.ndarray) -> np.ndarray:
    r"""The pivots :math:`p_\ell=\det S_{1..\ell}/\det S_{1..\ell-1}` of alignments S (..., r_A, r_A), positive
    definite.

    :math:`p_\ell` is the squared cosine between :math:`u_\ell` and the part of span(X) orthogonal to
    :math:`u_1,\dots,u_{\ell-1}`.
    """
    return np.diagonal(np.linalg.cholesky(S), axis1=-2, axis2=-1) ** 2


def predicted(sigma, S: np.ndarray, eta: float) -> np.ndarray:
    r"""The iterations at which the directions are learned, in the limit of well separated eigenvalues; shape (...,
    r_A).

    The flow's time law from squared cosine :math:`p_\ell`, the pivot, to :math:`1/\sqrt2`, where :math:`s^2=\tfrac12`.
    """
    return flow.iterations(1 / pivots(S) - 1, 1 / np.sqrt(LEARNED) - 1, np.asarray(sigma, float), eta)


def simple_estimate(sigma, S: np.ndarray, eta: float) -> np.ndarray:
    r"""The leading term :math:`1/(2\eta\sigma_\ell^2p_\ell)` of `predicted`."""
    return 1 / (2 * eta * np.asarray(sigma, float) ** 2 * pivots(S))


def measured(sigma, eta: float, W: np.ndarray, *, max_iterations: int) -> np.ndarray:
    r"""The iterations at which the directions are learned in reduced runs of the algorithm.

    Parameters
    ----------
    sigma : array_like (r_A,)
    eta : float
    W : ndarray (B, r_A, r_A)
        Starts, :math:`W=S^{-1}-I`.
    max_iterations : int

    Returns
    -------
    ndarray (B, r_A)
        Infinite for what is not learned within the budget.
    """
    W = validate.array("W", W, ("B", "k", "k"))
    sigma = validate.array("sigma", sigma, (W.shape[-1],))
    eta = validate.positive("eta", eta)
    validate.integer("max_iterations", max_iterations, low=0)
    when, I = np.full(W.shape[:2], np.inf), np.eye(len(sigma))
    active = np.arange(len(W))
    for t in range(max_iterations + 1):
        S = np.linalg.inv(I + W)
        diagonal = np.einsum("bij,j,bij->bi", S, sigma, S)  # u' Z u, of S Sigma S
        new = (diagonal >= LEARNED * sigma) & np.isinf(when[active])
        rows, columns = np.nonzero(new)
        when[active[rows], columns] = t
        left = np.isinf(when[active]).any(axis=1)
        active, W = active[left], W[left]
        if len(active) == 0:
            break
        W = population.congruence(sigma, eta, W)
    return when


def crossed_start(s1: float, s2: float, coupling: float, m: int) -> np.ndarray:
    r"""A direction of St(m, 3) whose first two columns have the squared cosines s1 and s2 with the first two axes, and whose
    only other contact with them is an entry `coupling` each, before the columns are made orthonormal."""
    X = np.zeros((m, 3))
    X[[0, 2], 0] = np.sqrt([s1, 1 - s1])
    X[[1, 3], 1] = np.sqrt([s2, 1 - s2])
    X[0, 1] = X[1, 0] = coupling
    X[4, 2] = 1
    return np.linalg.qr(X)[0]


@dataclass(frozen=True)
class Passage:
    r"""A full run, recorded at every iteration; one row an iteration.

    Attributes
    ----------
    error : ndarray (T,)
        :math:`\lVert Z-A\rVert_F`.
    gradient_norm : ndarray (T,)
    distances : ndarray (T, r_A + 1)
        :math:`\lVert Z-A_\ell\rVert_F`, :math:`\ell=0,\dots,r_A`.
    alignment : ndarray (T, r_A)
        The eigenvalues of :math:`\Phi\Phi^\top`, largest first.
    magnitude : ndarray (T, r)
        The singular values of :math:`\Theta`, largest first.
    learned : ndarray (r_A,)
        The iteration at which each direction was learned, infinite if it was not.
    """

    error: np.ndarray
    gradient_norm: np.ndarray
    distances: np.ndarray
    alignment: np.ndarray
    magnitude: np.ndarray
    learned: np.ndarray

    @property
    def trace(self) -> np.ndarray:
        r""":math:`\mathrm{tr}\,\Phi\Phi^\top`, shape (T,)."""
        return self.alignment.sum(axis=1)

    @property
    def nearest(self) -> np.ndarray:
        r"""For each iteration the :math:`\ell` with :math:`A_\ell` nearest to Z, shape (T,)."""
        return np.argmin(self.distances, axis=1)


def passage(objective: Population, parameters, state, *, tolerance: float, max_iterations: int) -> Passage:
    r"""A run until :math:`\lVert Z-A\rVert_F\le\text{tolerance}\lVert A\rVert_F`, or the budget is spent."""
    truth = objective.truth
    tolerance = validate.positive("tolerance", tolerance)
    validate.integer("max_iterations", max_iterations, low=0)
    smaller = [truth.best_approximation(ell) for ell in range(truth.rank + 1)]
    rows, learned = [], np.full(truth.rank, np.inf)
    for t in range(max_iterations + 1):
        Phi = truth.U.T @ state.X
        diagonal = np.einsum("ij,jk,ik->i", Phi, state.Theta, Phi)
        learned[(diagonal >= LEARNED * truth.sigma) & np.isinf(learned)] = t
        rows.append(
            (
                state.residual.norm,
                weight_normalization.gradient_norm(objective, state),
                [A_ell.error(*state.factors) for A_ell in smaller],
                np.linalg.svd(Phi, compute_uv=False)[: truth.rank] ** 2,
                np.linalg.svd(state.Theta, compute_uv=False),
            )
        )
        if state.residual.norm <= tolerance * truth.norm:
            break
        state = weight_normalization.step(objective, parameters, state)
    return Passage(*map(np.array, zip(*rows)), learned)
