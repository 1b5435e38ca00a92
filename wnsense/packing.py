r"""Symmetric matrices stored once.

:math:`S\in\mathbb S^m` is stored as the vector of its upper triangle, row by row,

.. math:: (S_{11},\sqrt2 S_{12},\dots,\sqrt2 S_{1m},\,S_{22},\sqrt2 S_{23},\dots,S_{mm})\in\mathbb R^{m(m+1)/2},

off-diagonal entries scaled by :math:`\sqrt2`, so that :math:`\langle S,T\rangle=\mathrm{tr}(ST)` is the ordinary inner
product of the packed vectors.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np


def packed_size(m: int) -> int:
    """The dimension m(m+1)/2 of the space of symmetric m x m matrices."""
    return m * (m + 1) // 2


def side(d: int) -> int:
    """The m with m(m+1)/2 = d; ValueError if there is none."""
    m = (math.isqrt(8 * max(d, 0) + 1) - 1) // 2
    if d < 1 or packed_size(m) != d:
        raise ValueError(f"packed length is {d}; expected m(m+1)/2 for some m, such as 1, 3, 6, 10, 15")
    return m


@lru_cache(maxsize=8)
def _layout(m: int) -> tuple[np.ndarray, np.ndarray]:
    """Flat positions of the upper triangle in an m x m array, and the weight of each entry."""
    i, j = np.triu_indices(m)
    return i * m + j, np.where(i == j, 1.0, np.sqrt(2.0))


def pack(S: np.ndarray) -> np.ndarray:
    """Packed upper triangle of S, shape (..., m, m) to (..., m(m+1)/2), same dtype. The lower triangle is not read."""
    m = S.shape[-1]
    position, weight = _layout(m)
    return S.reshape(*S.shape[:-2], m * m)[..., position] * weight.astype(S.dtype, copy=False)


def unpack(s: np.ndarray) -> np.ndarray:
    """The symmetric matrices whose packed upper triangles are s, shape (..., m(m+1)/2) to (..., m, m)."""
    m = side(s.shape[-1])
    position, weight = _layout(m)
    entries = s / weight.astype(s.dtype, copy=False)
    S = np.empty((*s.shape[:-1], m * m), s.dtype)
    S[..., position] = entries
    S[..., position % m * m + position // m] = entries
    return S.reshape(*s.shape[:-1], m, m)
