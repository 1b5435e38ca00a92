r"""Long population runs of gradient descent in few coordinates, several starts at a time.

In the population a step :math:`Y_+=Y-\eta(YY^\top-A)Y` changes Y only within the sum of range(A) and range(Y_0). In an
orthonormal basis of it that begins with U, the factor is a matrix T with :math:`r_A` + min(m, r) rows: the first
:math:`r_A` rows are :math:`U^\top Y`, the others hold :math:`B=(I-UU^\top)Y`. So m does not matter for the time of a
step, and the block :math:`BB^\top` of the error is no difference of larger numbers.

*Superfluous eigenvalues* are :math:`\lambda_i(YY^\top)` with :math:`r_A<i\le r`.
Source: ours, `thm-extra-columns` of the book.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import stiefel, validate
from wnsense.problem import GroundTruth


def coordinates(truth: GroundTruth, Y: np.ndarray) -> np.ndarray:
    """Y (m, r) in a basis that begins with U, shape (r_A + min(m, r), r); ValueError for another number of rows."""
    Y = validate.array("Y", Y, (truth.m, "r"))
    Phi = truth.U.T @ Y
    return np.vstack([Phi, np.linalg.qr(Y - truth.U @ Phi, mode="r")])


def orthogonal_start(m: int, r: int, scale: float, rng: np.random.Generator) -> np.ndarray:
    r"""A start :math:`Y_0=\text{scale}\,X_0`, uniform :math:`X_0\in\mathrm{St}(m,r)`: equal singular values."""
    return validate.positive("scale", scale) * stiefel.random_point(m, r, rng)


def fitted_start(sigma: np.ndarray, extra: np.ndarray) -> np.ndarray:
    r"""Coordinates of :math:`[U\Sigma^{1/2}\;\;Q\,\mathrm{diag}(\text{extra})^{1/2}]`, :math:`U^\top Q=0`."""
    return np.diag(np.sqrt(np.append(sigma, extra)))


def log_spaced(steps: int, per_decade: int = 20) -> np.ndarray:
    """Iterations 0, 1, ..., steps, so many to a decade, without repetition."""
    steps = validate.integer("steps", steps, low=1)
    count = int(np.ceil(per_decade * np.log10(max(steps, 10)))) + 1
    return np.unique(np.append(0, np.rint(np.geomspace(1, steps, count)).astype(int)))


@dataclass(frozen=True)
class Trajectory:
    r"""Recorded quantities of several runs, the last of them in `T`.

    Attributes
    ----------
    iteration : ndarray (n,)
    error : ndarray (runs, n)
        :math:`\lVert YY^\top-A\rVert_F`.
    eigenvalues : ndarray (runs, n, r)
        The r largest eigenvalues of :math:`YY^\top`, largest first.
    outside : ndarray (runs, n)
        :math:`\beta=\lVert B\rVert^2`.
    T : ndarray (runs, rows, r)
        The last factors, in coordinates.
    """

    iteration: np.ndarray
    error: np.ndarray
    eigenvalues: np.ndarray
    outside: np.ndarray
    T: np.ndarray


def _growth(sigma: np.ndarray, eta: np.ndarray, rows: int) -> np.ndarray:
    r"""What :math:`I+\eta A` multiplies each row with, (runs, rows, 1): :math:`1+\eta\sigma_i`, or 1 outside."""
    growth = np.ones((len(sigma), rows, 1))
    growth[:, : sigma.shape[1], 0] += eta[:, None] * sigma
    return growth


def run(sigma, starts, eta, iterations) -> Trajectory:
    """Gradient descent from several starts at a time, recorded at the given iterations.

    Parameters
    ----------
    sigma : array_like (r_A,) or (runs, r_A)
        The positive eigenvalues of A; empty for A = 0.
    starts : array_like (runs, rows, r)
        Coordinates of the starts.
    eta : float or array_like (runs,)
        Step size, in units of 1 over an eigenvalue.
    iterations : array_like of int
        Increasing, not negative; the last one ends the run.

    Raises
    ------
    ValueError
        For shapes that do not fit, a step size that is not positive, iterations that do not increase.
    """
    T = validate.array("starts", starts, ("runs", "rows", "r")).astype(float)
    sigma = np.asarray(sigma, float)
    sigma = np.broadcast_to(sigma, (len(T), sigma.shape[-1]))
    eta = np.broadcast_to(validate.array("eta", np.atleast_1d(eta), ("runs",)), (len(T),))
    iterations = np.asarray(iterations)
    if sigma.shape[1] > T.shape[1] or (sigma <= 0).any():
        raise ValueError(f"sigma is {sigma}; expected positive numbers, at most one for each of the {T.shape[1]} rows")
    if (eta <= 0).any():
        raise ValueError(f"eta is {eta}; expected positive numbers")
    if iterations.ndim != 1 or len(iterations) == 0 or iterations[0] < 0 or (np.diff(iterations) <= 0).any():
        raise ValueError(f"iterations is {iterations}; expected increasing integers of at least 0")
    growth, column = _growth(sigma, eta, T.shape[1]), eta[:, None, None]
    rows, t = [], 0
    for recorded in iterations:
        for _ in range(recorded - t):
            T = growth * T - T @ (column * (T.transpose(0, 2, 1) @ T))
        t = recorded
        rows.append(_measure(sigma, T))
    error, eigenvalues, outside = (np.stack(column, axis=1) for column in zip(*rows))
    return Trajectory(iterations, error, eigenvalues, outside, T)


def _measure(sigma: np.ndarray, T: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Error, eigenvalues of Y Y^T and the squared norm of B for each run."""
    k = sigma.shape[1]
    Phi, B = T[:, :k], T[:, k:]
    signal = Phi @ Phi.transpose(0, 2, 1) - sigma[:, :, None] * np.eye(k)
    blocks = (signal, Phi @ B.transpose(0, 2, 1), B @ B.transpose(0, 2, 1))
    squares = [np.sum(block**2, axis=(1, 2)) for block in blocks]
    outside = np.linalg.norm(B, 2, axis=(1, 2)) ** 2 if B.shape[1] else np.zeros(len(T))
    return np.sqrt(squares[0] + 2 * squares[1] + squares[2]), np.linalg.svd(T, compute_uv=False) ** 2, outside
