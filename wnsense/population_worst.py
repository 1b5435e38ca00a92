r"""Adversarial instances of the population rate: where one step gains least compared with what the theorem guarantees.

An instance is a spectrum, a step size and an alignment S. Its *ratio* is the gain :math:`1/\lambda-1/\lambda_+` of one step
over the guaranteed gain (`wnsense.population_bounds.gain`); the theorem says that it is at least 1, and it is 1 for diagonal
S. The step is evaluated in ball arithmetic, since the gain is a small difference of numbers that may be large.
"""

from __future__ import annotations

from dataclasses import dataclass

import flint
import numpy as np

from wnsense import population_bounds
from wnsense.proof import ball


@dataclass(frozen=True)
class Instance:
    r"""One step of the reduced dynamics, :math:`S=Q\,\mathrm{diag}(s)\,Q^\top`, Q the Cayley transform of a skew matrix.

    Attributes
    ----------
    sigma : tuple of float
        Eigenvalues of A, largest first.
    eta : float
        Step size of the direction.
    s : tuple of float
        Eigenvalues of S, in (0, 1].
    turn : tuple of float
        Upper triangle, by rows, of the skew matrix K with :math:`Q=(I-K)^{-1}(I+K)`; zeros make S diagonal.
    """

    sigma: tuple[float, ...]
    eta: float
    s: tuple[float, ...]
    turn: tuple[float, ...] = ()

    @property
    def q(self) -> float:
        r""":math:`1/\lambda-1`."""
        smallest = min(self.s)
        return (1 - smallest) / smallest

    def rotation(self) -> flint.arb_mat:
        """Enclosure of Q, exactly orthogonal."""
        k = len(self.s)
        K = np.zeros((k, k))
        K[np.triu_indices(k, 1)] = self.turn if self.turn else 0.0
        K = ball.matrix(K - K.T)
        one = ball.matrix(np.eye(k))
        return (one - K).solve(one + K)


def gain_matrix(instance: Instance) -> flint.arb_mat:
    r"""Enclosure of :math:`\tfrac1\lambda I-S_+^{-1}`; its smallest eigenvalue is the gain :math:`1/\lambda-1/\lambda_+`."""
    Q, s = instance.rotation(), [flint.arb(x) for x in instance.s]
    k, eta = len(s), flint.arb(instance.eta)
    one, Sigma = ball.matrix(np.eye(k)), ball.matrix(np.diag(instance.sigma))

    def with_eigenvalues(values):
        return Q * flint.arb_mat(k, k, [values[i] if i == j else 0 for i in range(k) for j in range(k)]) * Q.transpose()

    D, M = with_eigenvalues([1 - x for x in s]), Sigma * with_eigenvalues(s) * Sigma
    L = one + D * M * eta
    middle = with_eigenvalues([1 / x for x in s]) + M * D * M * eta**2
    half = L.transpose().solve(middle)  # L^-T (S^-1 + eta^2 K)
    inverse = L.transpose().solve(half.transpose())
    return one * (1 / min(s, key=float)) - inverse


def certainly_positive(B: flint.arb_mat) -> bool:
    """Whether the enclosed symmetric matrix is positive definite for certain: all pivots of the elimination are."""
    k = B.nrows()
    rows = [[B[i, j] for j in range(k)] for i in range(k)]
    for i in range(k):
        if not rows[i][i] > 0:
            return False
        for j in range(i + 1, k):
            factor = rows[j][i] / rows[i][i]
            rows[j] = [a - factor * b for a, b in zip(rows[j], rows[i])]
    return True


def ratio(instance: Instance, gain: flint.arb | None = None) -> float:
    r"""The gain of the step over the guaranteed gain, or over the one given, to the accuracy of a float.

    Nan where the gain is not positive. The smallest eigenvalue is taken from the inverse, which it dominates, so that
    rounding stays relative to it.
    """
    bound = (
        gain if gain is not None else flint.arb(float(population_bounds.gain(instance.q, instance.sigma, instance.eta)))
    )
    inverse = (gain_matrix(instance) * (1 / bound)).inv()
    as_float = np.array([[float(inverse[i, j].mid()) for j in range(inverse.ncols())] for i in range(inverse.nrows())])
    w = np.linalg.eigvalsh((as_float + as_float.T) / 2)
    return float(1 / w[-1]) if w[0] > 0 else float("nan")


def random_instance(rng: np.random.Generator, *, limit: float = 2.0) -> Instance:
    r"""An adversarial instance with :math:`r_A\le4` and :math:`\sigma_1=1`.

    :math:`\lambda` and :math:`1-\lambda` go down to 1e-6, spectra are repeated or ill-conditioned, S is anything from
    diagonal to generic, and the step size is at most the limit, often the limit itself.
    """
    k = int(rng.integers(1, 5))
    spread = rng.choice([0.0, 0.3, 2.0])
    sigma = np.sort(np.append(1.0, 10.0 ** (-spread * rng.random(k - 1))))[::-1]
    if k > 1 and rng.random() < 0.3:
        sigma[1] = sigma[0]
    if k > 2 and rng.random() < 0.3:
        sigma[-2] = sigma[-1]
    smallest = float(rng.choice([10.0 ** rng.uniform(-6, 0), 1 - 10.0 ** rng.uniform(-6, 0), rng.random()]))
    smallest = min(max(smallest, 1e-6), 1 - 1e-6)
    others = rng.choice([0.0, 1.0, rng.random(), 1e-6], k - 1)
    s = np.append(1 - (1 - smallest) * (1 - others), smallest)
    turn = rng.standard_normal(k * (k - 1) // 2) * 10.0 ** rng.uniform(-8, 0.5) * (rng.random() < 0.8)
    eta = limit * float(rng.choice([1.0, 0.5, rng.random()]))
    return Instance(tuple(map(float, sigma)), eta, tuple(map(float, s)), tuple(map(float, turn)))
