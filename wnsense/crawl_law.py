r"""Runs beside the law of the crawl, `thm-crawl-law`: the error over its limit, and how fast all else vanishes.

A factor has the parts :math:`\Phi=U^\top Y` and :math:`B=(I-UU^\top)Y`; the error has the blocks
:math:`\Phi\Phi^\top-\Sigma`, :math:`\Phi B^\top` and :math:`BB^\top`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from wnsense import crawl

SIGMA, ETA, COLUMNS = np.array([1.0, 0.5]), 0.3, 4


def starts(rank: int = 2, scale: float = 0.5) -> np.ndarray:
    r"""Three Gaussian starts (3, 6, 4) in coordinates, :math:`U^\top Y_0` replaced by a random one of the given rank.

    With rank -1 its last row, that of :math:`\sigma_{r_A}`, is zero.
    """
    rng = np.random.default_rng(41)
    T = scale * rng.standard_normal((3, 2 + COLUMNS, COLUMNS)) / np.sqrt(2 + COLUMNS)
    if rank == 1:
        T[:, :2] = scale * rng.standard_normal((3, 2, 1)) * rng.standard_normal((3, 1, COLUMNS)) / 4
    if rank == -1:
        T[:, 1] = 0.0
    return T


@lru_cache(maxsize=None)
def ratios(steps: int, rank: int = 2) -> np.ndarray:
    r"""The error times :math:`2\eta t/\sqrt{r-r_A}` at t = steps, for each of the starts."""
    error = crawl.run(SIGMA, starts(rank), ETA, [steps]).error[:, -1]
    return error * 2 * ETA * steps / np.sqrt(COLUMNS - len(SIGMA))


@lru_cache(maxsize=None)
def cross_rates(first: int = 100, last: int = 140) -> np.ndarray:
    r"""The mean factor by which :math:`\lVert\Phi B^\top\rVert_F` shrinks in a step between two iterations."""
    norms = []
    for t in (first, last):
        T = crawl.run(SIGMA, starts(), ETA, [t]).T
        norms.append(np.linalg.norm(T[:, :2] @ T[:, 2:].transpose(0, 2, 1), axis=(1, 2)))
    return (norms[1] / norms[0]) ** (1 / (last - first))


def curvature(step: float = 1e-3) -> float:
    r"""Second difference of the loss at :math:`[u_1\;0]` along :math:`u_2e_2^\top`.

    :math:`A=\mathrm{diag}(1,\frac12,0)`, so this point is a strict saddle.
    """
    A, Y, V = np.diag([1.0, 0.5, 0.0]), np.zeros((3, 2)), np.zeros((3, 2))
    Y[0, 0] = V[1, 1] = 1.0
    loss = [np.sum(((Y + s * V) @ (Y + s * V).T - A) ** 2) / 4 for s in (-step, 0.0, step)]
    return (loss[0] - 2 * loss[1] + loss[2]) / step**2
