r"""What noise leaves of the error after a modified step, and how far few measurements are from an isometry.

Least squares on sets that contain A, beside which the ends of runs are put; the draws are those of
`wnsense.modified_step_runs`.
"""

from __future__ import annotations

import functools

import numpy as np

from wnsense import asymmetric
from wnsense.iterate import iterate
from wnsense.modified_step_runs import RATIO, measurements, rewritten
from wnsense.rectangular import Dense, RectangularTruth
from wnsense.rectangular_objective import Measured


def held_error(truth: RectangularTruth, operator: Dense, xi: np.ndarray, F: np.ndarray) -> float:
    r"""Error of least squares over the matrices :math:`FB^\top+CV^\top`, with F, shape (n_1, r), held.

    V is that of A, so A is among them; they make a linear space of dimension :math:`rn_2+r_A(n_1-r)` if F has rank r.
    """
    Q = np.linalg.qr(F, mode="complete")[0]
    r = F.shape[1]
    full = np.einsum("ai,bj->ijab", Q[:, :r], np.eye(truth.shape[1])).reshape(-1, truth.A.size)
    signal = np.einsum("ai,bj->ijab", Q[:, r:], truth.V).reshape(-1, truth.A.size)
    basis = np.vstack([full, signal])  # orthonormal
    return float(np.linalg.norm(np.linalg.lstsq(operator.rows @ basis.T, xi, rcond=None)[0]))


def width_error(truth: RectangularTruth, operator: Dense, xi: np.ndarray, r: int, sweeps: int = 15) -> float:
    r"""Error of least squares over all matrices of rank at most r, as alternating least squares finds it.

    The start is U with r - r_A random columns beside it.
    """
    rows, y = operator.rows.reshape(-1, *truth.shape), operator.forward(truth.A) + xi
    more = np.random.default_rng(0).standard_normal((truth.shape[0], r - truth.rank))
    F = np.linalg.qr(np.hstack([truth.U, more]))[0]
    for _ in range(sweeps):
        G = np.linalg.lstsq((rows.transpose(0, 2, 1) @ F).reshape(len(y), -1), y, rcond=None)[0].reshape(-1, r)
        G = np.linalg.qr(G)[0]
        fitted = np.linalg.lstsq((rows @ G).reshape(len(y), -1), y, rcond=None)[0].reshape(-1, r)
        F = np.linalg.qr(fitted)[0]
    return truth.error(fitted, G)


@functools.cache
def forced(
    alpha: float, noise: float, at: int, *, looks=(2000, 9000), n: int = 600, seed: int = 3
) -> tuple[tuple[float, float], ...]:
    r"""Errors :math:`\lVert FG^\top-A\rVert_F` after each of the `looks` at a run on noisy measurements.

    A pair a look: without the modified step, and with one at iteration `at`.
    """
    truth, operator, xi, rng = measurements(seed, noise, n)
    Q, compressed = np.linalg.qr(operator.rows)  # the same gradients from min(n, n_1 n_2) measurements
    measured = Measured(Dense(compressed, truth.shape), Q.T @ (operator.forward(truth.A) + xi))
    start, parameters = asymmetric.init(measured, 4, alpha, rng, RATIO), asymmetric.Parameters(0.2)
    before = iterate(asymmetric, measured, parameters, start, max_iterations=at, record_every=at).state
    ends = []
    for rule in ("never", "modified"):
        state, now = asymmetric.at(measured, *rewritten(truth, before.F, before.G, rule)), at
        ends.append([])
        for look in looks:
            going = dict(max_iterations=look - now, record_every=max(look - now, 1))
            state, now = iterate(asymmetric, measured, parameters, state, **going).state, look
            ends[-1].append(truth.error(state.F, state.G))
    return tuple(zip(*ends))


def isometry_at_least(operator: Dense, rank: int, iterations: int = 200) -> float:
    r"""A lower bound of the restricted isometry constant of order `rank`: :math:`1-\lVert\mathcal M(Z)\rVert^2`.

    Z of that rank and of norm 1, found by projected gradient descent from the least singular vector of the operator.
    """
    Z = np.linalg.svd(operator.rows)[2][-1].reshape(operator.shape)
    for _ in range(iterations):
        U, s, Vt = np.linalg.svd(Z - 0.3 * operator.normal(Z), full_matrices=False)
        Z = (U[:, :rank] * s[:rank]) @ Vt[:rank]
        Z /= np.linalg.norm(Z)
    return float(1 - np.linalg.norm(operator.forward(Z)) ** 2)
