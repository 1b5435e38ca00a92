r"""Two-factor instances made to come close to the bounds of `wnsense.asymmetric_bounds`.

Every instance is a truth A with factors (F, G). Rotations of rows and columns change nothing in the bounds; the columns
are rotated, so that the code under test cannot profit from zeros.
"""

from __future__ import annotations

import numpy as np

from wnsense import stiefel
from wnsense.rectangular import RectangularTruth

Instance = tuple[RectangularTruth, np.ndarray, np.ndarray]


def axis_truth(n_1: int, n_2: int, sigma) -> RectangularTruth:
    """The truth with singular values sigma on the first coordinate axes; rank 0 if there are none."""
    k = len(sigma)
    return RectangularTruth(np.eye(n_1)[:, :k], np.asarray(sigma, float), np.eye(n_2)[:, :k])


def imbalanced(product, Delta):
    r"""The f > 0 with :math:`f^2-g^2=\Delta` for fg = product."""
    half = np.asarray(Delta, float) / 2
    return np.sqrt(half + np.hypot(half, product))


def fitted(rng: np.random.Generator, *, is_global: bool, size: float) -> Instance:
    r"""Factors near a fit of A, with random imbalances, moved by Gaussian matrices of the given size.

    Global means r >= n_1, else k <= r <= n_1. With size of order 1 or above nothing is near a fit any more.
    """
    k = int(rng.integers(1, 4))
    n_1, r = sorted(rng.integers(k, k + 4, 2), reverse=not is_global)
    n_2 = int(rng.integers(k, k + 4))
    sigma = np.sort(10.0 ** rng.uniform(-1, 0, k))[::-1]
    s = min(n_1, r)
    Delta = 10.0 ** rng.uniform(-2, 1) * np.where(rng.random(s) < 0.5, 1.0, rng.uniform(1, 3, s))
    products = np.append(sigma, np.zeros(s - k))
    f = imbalanced(products, Delta)
    F, G = np.zeros((n_1, r)), np.zeros((n_2, r))
    F[np.arange(s), np.arange(s)] = f
    G[np.arange(k), np.arange(k)] = sigma / f[:k]
    G[:, n_1:] = rng.standard_normal((n_2, max(r - n_1, 0)))  # columns that F, with n_1 < r rows, does not use
    Q = stiefel.random_point(r, r, rng)
    F, G = ((B + size * rng.standard_normal(B.shape)) @ Q for B in (F, G))
    return axis_truth(n_1, n_2, sigma), F, G


def tilted(sigma: float, Delta: float, angle: float) -> Instance:
    r"""Rank one in two rows: F is turned away from u by an angle, and fits A as well as its direction allows.

    :math:`f^2-g^2=\Delta`, :math:`fg=\sigma\cos(\text{angle})`, :math:`\lVert R\rVert_F=\sigma\sin(\text{angle})`,
    :math:`R^\top F=0`: all descent comes from G, :math:`\lVert RG\rVert_F=g\lVert R\rVert_F`.
    """
    product = sigma * np.cos(angle)
    f = float(imbalanced(product, Delta))
    F = f * np.array([[np.cos(angle)], [np.sin(angle)]])
    return axis_truth(2, 1, [sigma]), F, np.array([[product / f]])


def superfluous(sigma, Delta: float, g: float, n_1: int | None = None) -> Instance:
    r"""A fitted, every :math:`f_i^2-g_i^2=\Delta`, and one superfluous direction with a small g: its descent is at the
    rate :math:`\Delta+2g^2`.

    Rows n_1: by default as many as columns, where the theorem is global.
    """
    products = np.append(np.asarray(sigma, float), g * np.sqrt(Delta + g * g))
    f, r = imbalanced(products, Delta), len(products)
    F = np.zeros((r if n_1 is None else n_1, r))
    F[np.arange(r), np.arange(r)] = f
    return axis_truth(len(F), r, sigma), F, np.diag(products / f)
