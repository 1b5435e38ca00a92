r"""The stationary points of weight normalization in the population, and how fast they are left.

With the magnitude eliminated, :math:`F(X)=\min_\Theta f(X,\Theta)=\tfrac14(\mathrm{tr}A^2-\mathrm{tr}(X^\top AX)^2)`,
X is stationary exactly if span(X) is invariant under A. Then it is the sum of an invariant subspace of range(A), of
dimension d, and of :math:`r-d` directions of the kernel. A set of *learned* eigenvectors, indices from 0, names such a
subspace; if eigenvalues coincide there are others, with the same curvatures.

Source: ours; `thm-stationary-points`, `lem-stationary-hessian` and `lem-degenerate-saddles` of the book.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from wnsense import stiefel, validate
from wnsense.problem import GroundTruth


def learned_sets(rank: int, m: int, r: int) -> list[tuple[int, ...]]:
    r"""Every set of eigenvectors that a stationary direction of St(m, r) can have learned, smallest sets first.

    The sets :math:`\mathcal I` with :math:`r-(m-r_A)\le|\mathcal I|\le\min(r,r_A)`: the :math:`r-|\mathcal I|` other
    columns have to fit into the kernel of A.
    """
    m = validate.integer("m", m, low=1)
    rank = validate.integer("rank", rank, low=1, high=m)
    r = validate.integer("r", r, low=1, high=m)
    sizes = range(max(0, r - (m - rank)), min(r, rank) + 1)
    return [learned for size in sizes for learned in combinations(range(rank), size)]


def _validated(learned: Sequence[int], rank: int, m: int, r: int) -> list[int]:
    """The learned indices, sorted; ValueError if they are no set, or no stationary direction has learned just them."""
    chosen = sorted(validate.integer("an index in learned", i, low=0, high=rank - 1) for i in learned)
    low, high = max(0, r - (m - rank)), min(r, rank)
    if len(set(chosen)) < len(chosen) or not low <= len(chosen) <= high:
        raise ValueError(
            f"learned is {tuple(learned)}; expected between {low} and {high} different indices "
            f"(m = {m}, r = {r}, r_A = {rank})"
        )
    return chosen


def stationary_point(truth: GroundTruth, learned: Sequence[int], r: int, rng: np.random.Generator) -> np.ndarray:
    """A random stationary direction of St(m, r) whose span contains just the learned eigenvectors of A.

    Parameters
    ----------
    truth : GroundTruth
    learned : sequence of int
        Columns of `truth.U`.
    r : int
        Columns of X; those not needed for the learned eigenvectors span random directions of the kernel.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray (m, r)

    Raises
    ------
    ValueError
        If there is no such direction: see `learned_sets`.
    """
    r = validate.integer("r", r, low=1, high=truth.m)
    chosen = _validated(learned, truth.rank, truth.m, r)
    validate.generator("rng", rng)
    kernel = rng.standard_normal((truth.m, r - len(chosen)))
    for _ in range(2):  # once leaves rounding that is large where the kernel is small
        kernel = np.linalg.qr(kernel - truth.U @ (truth.U.T @ kernel))[0]
    return np.hstack([truth.U[:, chosen], kernel]) @ stiefel.random_point(r, r, rng)


def curvatures(sigma, learned: Sequence[int], m: int, r: int) -> np.ndarray:
    r"""The r(m - r) eigenvalues :math:`\theta_a(\theta_a-\theta^\perp_b)` of the Hessian of F on horizontal
    directions, in increasing order.

    :math:`\theta_a` are the eigenvalues of A on span(X), :math:`\theta^\perp_b` those on its complement.
    `lem-stationary-hessian` of the book.
    """
    theta, theta_perp = _split(sigma, learned, m, r)
    return np.sort((theta[:, None] * (theta[:, None] - theta_perp)).ravel())


def joint_curvatures(sigma, learned: Sequence[int], m: int, r: int) -> np.ndarray:
    r"""All eigenvalues of the Hessian of f in :math:`(X,\Theta)`, in increasing order.

    Those of F; :math:`\tfrac12` for every diagonal entry of the magnitude; and for every pair a < b of columns 0,
    since rotating X and
    :math:`\Theta` together changes nothing, and :math:`\tfrac12(1+(\theta_a-\theta_b)^2)`.
    """
    theta, _ = _split(sigma, learned, m, r)
    a, b = np.triu_indices(r, 1)
    pairs = (1 + (theta[a] - theta[b]) ** 2) / 2
    return np.sort(np.concatenate([curvatures(sigma, learned, m, r), np.full(r, 0.5), np.zeros(len(a)), pairs]))


def _split(sigma, learned, m, r):
    sigma = validate.array("sigma", sigma, ("r_A",))
    r = validate.integer("r", r, low=1, high=m)
    chosen = _validated(learned, len(sigma), m, r)
    missing = np.delete(sigma, chosen)
    theta = np.concatenate([sigma[chosen], np.zeros(r - len(chosen))])
    return theta, np.concatenate([missing, np.zeros(m - r - len(missing))])


def most_negative_curvature(sigma, learned: Sequence[int]) -> float:
    r"""The smallest of :math:`-\sigma_i(\sigma_j-\sigma_i)`, i learned, j missing, and of 0.

    It is 0 exactly where the learned eigenvalues are the largest ones: a minimum or a degenerate saddle.
    `lem-degenerate-saddles` of the book.
    """
    sigma = validate.array("sigma", sigma, ("r_A",))
    learned = list(learned)
    missing = np.delete(sigma, learned)
    return float(min((sigma[learned][:, None] * (sigma[learned][:, None] - missing)).min(initial=0.0), 0.0))


def quartic_floor(sigma, d: int, Phi_missing: np.ndarray) -> float:
    r"""The lower bound :math:`-\tfrac14\sigma_{d+1}^2\lVert\Phi_>\rVert_F^4` of :math:`F(X)-F(A_d)`, for every X.

    :math:`F(A_d)` is the value of F at the degenerate saddle of rank d, and :math:`\Phi_>=U_>^\top X` (r_A - d, r)
    the part of X along the
    eigenvectors that are missing there. `lem-degenerate-saddles` of the book.
    """
    sigma = validate.array("sigma", sigma, ("r_A",))
    d = validate.integer("d", d, low=0, high=len(sigma) - 1)
    return float(-(sigma[d] ** 2) * np.sum(Phi_missing**2) ** 2 / 4)
