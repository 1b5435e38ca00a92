r"""A run of weight normalization from measurements in ball arithmetic: every printed digit is proved.

The operator has a restricted isometry constant that is known exactly. With symmetric rational :math:`V_1,\dots,V_p`
that are orthogonal to each other and :math:`\Pi` the projection on their span, put

.. math:: \mathcal M^*\mathcal M=I+\delta(I-2\Pi).

As :math:`I-2\Pi` is a symmetric involution, :math:`|\lVert\mathcal M(Z)\rVert^2-\lVert Z\rVert_F^2|\le\delta\lVert
Z\rVert_F^2` for *every* symmetric Z, of whatever rank.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import flint
import numpy as np

_SERIES_TERMS = 500  # of (1 + z)^{-1/2}: enough for |z| <= 1/2 and 500 bits, and the rest is bounded anyway


@dataclass(frozen=True)
class Instance:
    """A rational problem with a rational start.

    Attributes
    ----------
    sigma : tuple of fmpq
        The positive eigenvalues of A = diag(sigma, 0, ..., 0), largest first.
    X : fmpq_mat (m, r)
        The start, exactly orthonormal columns.
    mirrors : tuple of fmpq_mat (m, m)
        The V_i, symmetric and orthogonal to each other.
    delta, eta : fmpq
    """

    sigma: tuple
    X: flint.fmpq_mat
    mirrors: tuple
    delta: flint.fmpq
    eta: flint.fmpq

    @property
    def A(self) -> flint.fmpq_mat:
        """The truth."""
        m = self.X.nrows()
        return flint.fmpq_mat([[self.sigma[i] if i == j < len(self.sigma) else 0 for j in range(m)] for i in range(m)])


def inner(B, C):
    """The inner product tr(B'C) of two matrices of one kind."""
    return sum((b * c for b, c in zip(B.entries(), C.entries())), start=0 * B[0, 0])


def normal(instance: Instance, Z):
    """M*M(Z), for a rational or an enclosed matrix Z."""
    scalar, lift = (flint.fmpq, lambda V: V) if isinstance(Z, flint.fmpq_mat) else (flint.arb, flint.arb_mat)
    reflected = Z
    for V in instance.mirrors:
        reflected = reflected - lift(V) * (inner(lift(V), Z) * scalar(2 / inner(V, V)))
    return Z + reflected * scalar(instance.delta)


def random_instance(sigma, r: int, m: int, angle, delta, eta, rng: np.random.Generator) -> Instance:
    """An instance with small random integers behind it, whose start is turned by about `angle` from the last
    columns of the identity.

    Parameters
    ----------
    sigma : sequence of fmpq
    r, m : int
        Columns of the start, side.
    angle : fmpq
        Size of the skew matrix whose Cayley transform turns the start: the smaller, the closer to orthogonal to
        range(A).
    delta, eta : fmpq
    """

    def integers(low, high):
        return flint.fmpq_mat([[int(rng.integers(low, high)) for _ in range(m)] for _ in range(m)])

    one = flint.fmpq_mat([[int(i == j) for j in range(m)] for i in range(m)])
    K = integers(-3, 4)
    K = (K - K.transpose()) * angle
    rotation = (one - K).solve(one + K)
    X = rotation * flint.fmpq_mat([[int(i == m - r + j) for j in range(r)] for i in range(m)])
    mirrors = []
    for _ in range(m * (m + 1) // 4):
        V = integers(-2, 3)
        V = V + V.transpose()
        for B in mirrors:  # Gram and Schmidt, in rationals
            V = V - B * (inner(V, B) / inner(B, B))
        mirrors.append(V)
    return Instance(tuple(sigma), X, tuple(mirrors), delta, eta)


def inverse_square_root_of_one_plus(B: flint.arb_mat) -> flint.arb_mat:
    r""":math:`(I+B)^{-1/2}` for symmetric B with :math:`\lVert B\rVert_F<1/2`, by the binomial series with its
    remainder.

    The coefficients are at most 1 in modulus, so what is left out after J terms is at most :math:`\lVert
    B\rVert_F^J/(1-\lVert B\rVert_F)` in every entry.

    Raises
    ------
    ValueError
        If the norm is not certainly below 1/2.
    """
    size = sum((x * x for x in B.entries()), flint.arb(0)).sqrt()
    if not size < 0.5:
        raise ValueError(f"B has norm {size}; expected less than 1/2")
    n = B.nrows()
    term = total = flint.arb_mat([[int(i == j) for j in range(n)] for i in range(n)])
    power, floor = flint.arb(1), flint.arb(2) ** -(flint.ctx.prec + 10)
    for j in range(1, _SERIES_TERMS):
        term = term * B * (flint.arb(1 - 2 * j) / (2 * j))
        total += term
        power *= size
        if power < floor:
            break
    rest = power * size / (1 - size)
    ball = flint.arb(0, rest.upper())
    return flint.arb_mat([[total[i, k] + ball for k in range(n)] for i in range(n)])


def trajectory(instance: Instance) -> Iterator[tuple[flint.arb_mat, flint.arb_mat]]:
    r"""Enclosures of :math:`(X_t,\Theta_t)`, t = 0, 1, ...: Algorithm 1 with mu = 2 from
    :math:`\Theta_0=X_0^\top\mathcal M^*(y)X_0`.
    """
    A, eta = flint.arb_mat(instance.A), flint.arb(instance.eta)
    X = flint.arb_mat(instance.X)
    Theta = X.transpose() * normal(instance, A) * X
    while True:
        yield X, Theta
        Gt = normal(instance, X * Theta * X.transpose() - A) * X * Theta
        inside = X.transpose() * Gt
        G = Gt - X * (inside + inside.transpose()) * flint.arb(0.5)
        X = (X - G * eta) * inverse_square_root_of_one_plus(G.transpose() * G * (eta * eta))
        Theta = Theta - X.transpose() * normal(instance, X * Theta * X.transpose() - A) * X


def smallest_eigenvalue(S: flint.arb_mat) -> flint.arb:
    """The smaller eigenvalue of an enclosed symmetric 2 x 2 matrix."""
    half, difference = (S[0, 0] + S[1, 1]) / 2, (S[0, 0] - S[1, 1]) / 2
    squared = difference * difference + S[0, 1] * S[0, 1]
    return half - squared.max(flint.arb(0)).sqrt()
