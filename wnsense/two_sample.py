"""Do two samples come from one law? The energy test, with its level kept exactly by permutation."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from wnsense import validate


def energy_statistic(distances: np.ndarray, signs: np.ndarray) -> np.ndarray:
    r"""Energy distances of two halves of a pooled sample, for each of several ways of halving it.

    :math:`2\,\overline{|x-y|}-\overline{|x-x'|}-\overline{|y-y'|}`, averages over all pairs; it is the quadratic form
    :math:`-s^\top\mathcal Ds/n^2` of the signs that say who belongs to which half.

    Parameters
    ----------
    distances : ndarray (2n, 2n)
    signs : ndarray (2n, ways)
        +1 or -1, each column with sum zero.
    """
    n = len(distances) / 2
    return -np.einsum("ij,ij->j", signs, distances @ signs) / n**2


def energy_test(one: np.ndarray, other: np.ndarray, permutations: int, rng: np.random.Generator) -> float:
    """The p-value of the energy test that two samples of equal size have one law.

    The statistic is compared with its values when the pooled sample is halved at random. If the laws agree, the
    p-value is at
    most p with probability at most p, for every sample size; if they differ, it goes to its least value 1 /
    (permutations + 1).

    Parameters
    ----------
    one, other : ndarray (n, d)
        Observations in rows.
    permutations : int
    rng : numpy.random.Generator

    Raises
    ------
    ValueError
        If the shapes differ or permutations is below 1.

    References
    ----------
    Szekely and Rizzo (2013).
    """
    one = validate.array("one", one, ("n", "d"))
    other = validate.array("other", other, one.shape)
    permutations = validate.integer("permutations", permutations, low=1)
    validate.generator("rng", rng)
    pooled = np.concatenate([one, other])
    signs = np.repeat([1.0, -1.0], len(one))
    ways = np.stack([signs, *(rng.permutation(signs) for _ in range(permutations))], axis=1)
    statistic = energy_statistic(cdist(pooled, pooled), ways)
    # rounding must not decide between equal halvings: a tie counts against significance
    return float(np.mean(statistic >= statistic[0] * (1 - 1e-12)))
