r"""Runs of weight normalization from measurements whose restricted isometry constant is known, to be held against
the bounds.

The constant is known because the whole spectrum of :math:`\mathcal E=\mathcal M^*\mathcal M-I` is: at the full order,
and so at every order,
:math:`\delta\le\lVert\mathcal E\rVert`, with equality at the full one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import adversary, objective, population, rip, stiefel, weight_normalization
from wnsense.packing import pack, packed_size
from wnsense.problem import GroundTruth


def random_deviation(m: int, delta: float, rng: np.random.Generator) -> np.ndarray:
    r"""A deviation of norm delta, every eigenvalue :math:`\pm\delta`: a random mirror of the space of
    symmetric matrices.
    """
    d = packed_size(m)
    V = stiefel.random_point(d, (d + 1) // 2, rng)
    return delta * (np.eye(d) - 2 * V @ V.T)


def opposing_deviation(sigma: np.ndarray, X: np.ndarray, delta: float) -> np.ndarray:
    r"""A deviation of norm delta that works against the start X: :math:`-\tau(B\otimes A_k+A_k\otimes B)`.

    :math:`A_k=u_ku_k^\top`, and :math:`B=xx^\top` for the unit vector x of span(X) nearest to :math:`u_k`: measurements
    in which the weakest direction of A looks like what the start already has. Its eigenvalues are
    :math:`-\tau(\langle A_k,B\rangle\pm1)` and 0.
    """
    k = len(sigma)
    x = X @ X[k - 1]
    x = x / np.linalg.norm(x)
    a, b = pack(np.diag(np.eye(len(X))[k - 1])), pack(np.outer(x, x))
    return -delta / (1 + a @ b) * (np.outer(a, b) + np.outer(b, a))


def gaussian_deviation(m: int, delta: float, rng: np.random.Generator) -> np.ndarray:
    r"""The deviation of so many Gaussian measurements that its norm is at most delta, and most often somewhat less.

    The norm is about :math:`2\sqrt{d/n}`, d = m(m+1)/2; n is chosen as :math:`d\,(2.5/\delta)^2`, and the n
    measurements are sampled through one Wishart matrix, at a cost that does not grow with n. A sample above delta, a
    few in a hundred, is drawn again.

    Raises
    ------
    ValueError
        If delta is not in (0, 1).
    """
    if not 0 < delta < 1:
        raise ValueError(f"delta is {delta}; expected a number in (0, 1)")
    d = packed_size(m)
    n = int(d * (2.5 / delta) ** 2)
    while True:
        E = population.wishart(n, d, rng) / n - np.eye(d)
        if np.linalg.norm(E, 2) <= delta:
            return E


@dataclass(frozen=True)
class History:
    r"""A run, one entry an iterate.

    Attributes
    ----------
    q : ndarray
        :math:`1/\lambda_t-1`.
    magnitude : ndarray
        :math:`\lVert\Theta_t-X_t^\top AX_t\rVert_F`.
    error : ndarray
        :math:`\lVert X_t\Theta_tX_t^\top-A\rVert_F`.
    """

    q: np.ndarray
    magnitude: np.ndarray
    error: np.ndarray

    @property
    def steps(self) -> int:
        """The number of steps taken."""
        return len(self.q) - 1


def measured(
    sigma: np.ndarray, X: np.ndarray, E: np.ndarray, eta: float, *, tolerance: float, max_steps: int
) -> History:
    r"""Algorithm 1 with mu = 2 from X and :math:`\Theta_0=X^\top\mathcal M^*(y)X`, for A = diag(sigma, 0, ..., 0)
    and the deviation E.

    Parameters
    ----------
    sigma : ndarray (k,)
    X : ndarray (m, r)
    E : ndarray (d, d)
        With d = m(m+1)/2, norm below 1.
    eta : float
    tolerance : float
        Stop when the error is at most this part of :math:`\lVert A\rVert_F`.
    max_steps : int
    """
    truth = GroundTruth(np.eye(len(X))[:, : len(sigma)], sigma)
    operator = rip.with_deviation(E)
    problem = objective.Measured(operator, operator.forward(truth.A))
    parameters = weight_normalization.Parameters(eta)
    state = weight_normalization.at(problem, X, problem.backprojection(X))
    rows = [_row(sigma, state.X, state.Theta)]
    while _goes_on(rows, tolerance, truth.norm, max_steps):
        state = weight_normalization.step(problem, parameters, state)
        rows.append(_row(sigma, state.X, state.Theta))
    return History(*np.array(rows).T)


def opposed(sigma: np.ndarray, X: np.ndarray, delta: float, eta: float, *, tolerance: float, max_steps: int) -> History:
    """The same run when an adversary chooses both distortions at every step, of relative size delta: no
    operator at all.
    """
    A = np.diag(np.append(sigma, np.zeros(len(X) - len(sigma))))
    norm = np.linalg.norm(sigma)
    point = adversary.Point(sigma, X, adversary.worst_magnitude(sigma, X, delta * np.linalg.norm(A), eta))
    rows = [_row(sigma, point.X, point.Theta)]
    while _goes_on(rows, tolerance, norm, max_steps):
        point = adversary.step(point, delta, eta)
        rows.append(_row(sigma, point.X, point.Theta))
    return History(*np.array(rows).T)


def _goes_on(rows, tolerance, norm, max_steps) -> bool:
    """Neither converged, nor diverged (an error ten times that of the zero matrix), nor out of budget."""
    return tolerance * norm < rows[-1][2] <= 10 * norm and len(rows) <= max_steps


def _row(sigma, X, Theta) -> tuple[float, float, float]:
    point = adversary.Point(sigma, X, Theta)
    return point.q, float(np.linalg.norm(point.Xi)), float(np.linalg.norm(point.R))
