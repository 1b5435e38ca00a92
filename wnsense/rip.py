r"""Restricted isometry: how far :math:`\lVert\mathcal M(Z)\rVert^2` is from :math:`\lVert Z\rVert_F^2` at low rank.

Everything is said through the *deviation* :math:`E=\mathcal M^*\mathcal M-I` on packed symmetric matrices, a
symmetric (d, d) array with :math:`d=m(m+1)/2`. The restricted isometry constant is

.. math:: \delta_k=\max\{|\langle Z,E(Z)\rangle|:\mathrm{rank}\,Z\le k,\ \lVert Z\rVert_F=1\},

nondecreasing in k. Its exact value is out of reach in general; `bracket` encloses it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import validate
from wnsense.packing import pack, packed_size, side, unpack
from wnsense.sensing import Operator, Packed


def deviation(operator: Operator) -> np.ndarray:
    r"""The deviation :math:`E=\mathcal M^*\mathcal M-I` as a symmetric (d, d) array acting on packed matrices."""
    d = packed_size(operator.m)
    if isinstance(operator, Packed):
        rows = operator.rows.astype(np.float64, copy=False)
        E = rows.T @ rows
    else:
        E = np.array([pack(operator.normal(B)) for B in unpack(np.eye(d))])
    return (E + E.T) / 2 - np.eye(d)


def form(E: np.ndarray, Z: np.ndarray) -> np.ndarray:
    r""":math:`\langle Z,E(Z)\rangle=\lVert\mathcal M(Z)\rVert^2-\lVert Z\rVert_F^2`, shape (..., m, m) to (...)."""
    packed = pack(Z)
    return np.sum(packed @ E * packed, axis=-1)


def with_deviation(E: np.ndarray) -> Packed:
    r"""An operator with m(m+1)/2 measurements and the given deviation: :math:`\mathcal M=(I+E)^{1/2}`.

    Raises
    ------
    ValueError
        If E is not a symmetric (d, d) array with d = m(m+1)/2, or has an eigenvalue below -1.
    """
    E = validate.symmetric("E", E)
    side(len(E))
    mu, V = np.linalg.eigh(E)
    if mu[0] < -1 - 1e-12:  # rounding of an eigenvalue that is -1 exactly
        raise ValueError(
            f"E has the eigenvalue {mu[0]:.3g}; expected none below -1, for M*M = I + E is positive semidefinite"
        )
    return Packed((V * np.sqrt(np.maximum(1 + mu, 0))) @ V.T)


def trace_deviation(m: int, a: float, b: float) -> np.ndarray:
    r"""The deviation :math:`E(Z)=aZ+b\,\mathrm{tr}(Z)\,I`, whose constants are known for every order."""
    one = pack(np.eye(m))
    return a * np.eye(packed_size(m)) + b * np.outer(one, one)


def trace_constant(k: int, a: float, b: float) -> float:
    r""":math:`\delta_k` of `trace_deviation`, exactly, for 1 <= k <= m and m >= 2.

    :math:`\langle Z,E(Z)\rangle=a+b(\mathrm{tr}\,Z)^2`, and :math:`(\mathrm{tr}\,Z)^2` is 1 on rank one and takes
    every value in [0, k] on rank at most k >= 2.
    """
    return abs(a + b) if k == 1 else max(abs(a), abs(a + b * k))


def best_low_rank(Z: np.ndarray, k: int) -> np.ndarray:
    """The k eigenvalues of largest modulus kept, shape (..., m, m): the nearest of rank at most k (Eckart-Young)."""
    w, Q = np.linalg.eigh(Z)
    order = np.argsort(-np.abs(w), axis=-1)[..., :k]
    w = np.take_along_axis(w, order, -1)
    Q = np.take_along_axis(Q, order[..., None, :], -1)
    return (Q * w[..., None, :]) @ np.swapaxes(Q, -1, -2)


def head_norm_squared(Z: np.ndarray, k: int) -> np.ndarray:
    r"""The sum of the k largest squared eigenvalues: :math:`\max\langle W,Z\rangle^2` over unit W of rank at most k."""
    return np.sort(np.linalg.eigvalsh(Z) ** 2, axis=-1)[..., -k:].sum(axis=-1)


def search(
    E: np.ndarray, k: int, sign: int, rng: np.random.Generator, *, restarts: int = 20, steps: int = 200
) -> np.ndarray:
    r"""A unit matrix of rank at most k at which :math:`\pm\langle Z,E(Z)\rangle` is large; packed, shape (d,).

    Alternates between the linearisation of the form at Z and the best matrix of rank at most k for it,
    :math:`Z\leftarrow P_k(\pm E(Z)+cZ)/\lVert\cdot\rVert_F`. With c so large that :math:`\pm E+cI\succeq0` the form
    is convex, so it never decreases. Starts: random ones, and the eigenvectors of E that promise most.
    """
    d = len(E)
    mu, V = np.linalg.eigh(sign * E)
    H = sign * E + max(0.0, -mu[0]) * np.eye(d)
    starts = np.vstack([V[:, ::-1].T[:restarts], rng.standard_normal((restarts, d))])
    Z = pack(best_low_rank(unpack(starts), k))
    Z /= np.linalg.norm(Z, axis=1, keepdims=True)
    values = np.full(len(Z), -np.inf)
    for _ in range(steps):
        step = pack(best_low_rank(unpack(Z @ H), k))
        length = np.linalg.norm(step, axis=1, keepdims=True)
        Z = np.where(length > 0, step / np.maximum(length, np.finfo(float).tiny), Z)  # where HZ = 0, Z stays
        before, values = values, np.einsum("ij,ij->i", Z @ H, Z)
        if (values - before).max() <= 1e-8 * values.max():  # no run climbs; stopping early costs sharpness only
            break
    return Z[values.argmax()]


def upper_bound(E: np.ndarray, k: int) -> float:
    r"""An upper bound of :math:`\delta_k` from the full spectrum of E, at most :math:`\max|\mathrm{spec}(E)|=\delta_m`.

    With unit eigenvectors V_j, :math:`\langle Z,E(Z)\rangle=\sum_j\mu_j\langle V_j,Z\rangle^2`. The weights add up to
    1, and each is at most the sum of the k largest squared eigenvalues of V_j: fill the weights of the largest
    :math:`\mu_j` first.
    """
    mu, V = np.linalg.eigh(E)
    caps = np.minimum(head_norm_squared(unpack(V.T), k), 1.0)
    return max(_fill(mu[::-1], caps[::-1]), _fill(-mu, caps))


def _fill(mu: np.ndarray, caps: np.ndarray) -> float:
    """The largest sum of mu times weights, 0 <= weights <= caps, of total 1, for mu in falling order."""
    weights = np.diff(np.minimum(np.cumsum(caps), 1.0), prepend=0.0)
    return float(mu @ weights)


@dataclass(frozen=True)
class Bracket:
    r"""An enclosure :math:`\mathtt{lower}\le\delta_k\le\mathtt{upper}`.

    Attributes
    ----------
    lower, upper : float
    witness : ndarray (m, m)
        The unit matrix of rank at most k at which the lower bound is attained.
    """

    lower: float
    upper: float
    witness: np.ndarray


def bracket(E: np.ndarray, k: int, rng: np.random.Generator, *, restarts: int = 20, steps: int = 200) -> Bracket:
    r"""Enclose :math:`\delta_k`: from below by `search` on both signs, from above by `upper_bound`.

    Up to rounding the lower bound is one whatever the search finds; that it is near the truth is not proved.

    Parameters
    ----------
    E : ndarray (d, d)
        The deviation of the operator.
    k : int
        The order, 1 <= k <= m; at k = m both sides are the exact value.
    rng : numpy.random.Generator
        For the random starts.
    restarts, steps : int
        Random starts a sign (as many eigenvector starts besides), and the longest run of each.

    Raises
    ------
    ValueError
        If E is not symmetric (d, d) with d = m(m+1)/2, or k is out of range.
    """
    E = validate.symmetric("E", E)
    m = side(len(E))
    k = validate.integer("k", k, low=1, high=m)
    validate.generator("rng", rng)
    found = [search(E, k, sign, rng, restarts=restarts, steps=steps) for sign in (1, -1)]
    values = [abs(Z @ E @ Z) for Z in found]
    best = int(np.argmax(values))
    return Bracket(float(values[best]), upper_bound(E, k), unpack(found[best]))


def gaussian_width(m: int, k: int, rng: np.random.Generator, samples: int = 400) -> float:
    r"""Monte Carlo estimate of the width :math:`\mathbb E\max\langle G,Z\rangle`, over unit Z of rank at most k.

    G is the symmetric matrix with standard normal packed entries, and the maximum is the root of `head_norm_squared`.
    """
    k = validate.integer("k", k, low=1, high=validate.integer("m", m, low=1))
    validate.generator("rng", rng)
    G = unpack(rng.standard_normal((samples, packed_size(m))))
    return float(np.sqrt(head_norm_squared(G, k)).mean())


def best_scale(k: int, b: float) -> float:
    r"""The c at which :math:`\mathcal M^*\mathcal M=c(I+b\,\mathrm{tr}(\cdot)I)` has its least :math:`\delta_k`.

    For k >= 2 the form takes the values from c to c(1 + bk): they lie symmetrically about 1 at c = 2/(2 + bk).
    """
    return 2 / (2 + b * k)


def measured_brackets(
    draw, sizes, orders, rng: np.random.Generator, *, repeats: int = 2, restarts: int = 10, steps: int = 50
) -> np.ndarray:
    r"""Ends of the brackets of :math:`\delta_k`, averaged over operators, for each number of measurements and order.

    Parameters
    ----------
    draw : callable
        ``draw(n)`` is a random operator with n measurements.
    sizes, orders : sequence of int
        The numbers n and the orders k.
    rng : numpy.random.Generator
        For the searches.
    repeats, restarts, steps : int
        Operators a size; random starts a search and its longest run.

    Returns
    -------
    ndarray (len(sizes), len(orders), 2)
    """
    ends = np.empty((repeats, len(sizes), len(orders), 2))
    for i, n in enumerate(sizes):
        for repeat in range(repeats):
            E = deviation(draw(n))
            for j, k in enumerate(orders):
                found = bracket(E, k, rng, restarts=restarts, steps=steps)
                ends[repeat, i, j] = found.lower, found.upper
    return ends.mean(axis=0)


def fitted_exponent(sizes, values) -> float:
    """The least-squares slope of log values against log sizes."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
