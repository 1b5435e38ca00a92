"""Rigorous enclosures by Arb (python-flint): every number is an interval that contains the exact value.

A comparison of enclosures is true only if it holds for every point in them, so "not above" is no proof of "below".
"""

from __future__ import annotations

from contextlib import contextmanager

import flint
import numpy as np

from wnsense.proof.step import Step


@contextmanager
def precision(bits: int):
    """Work with this many bits inside the block."""
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def matrix(entries) -> flint.arb_mat:
    """An exact enclosure of a float (or fmpq, or arb) matrix: binary fractions are taken as they are."""
    rows = np.asarray(entries, dtype=object) if not isinstance(entries, np.ndarray) else entries
    return flint.arb_mat([[flint.arb(float(x)) if isinstance(x, (float, np.floating, int, np.integer)) else flint.arb(x) for x in row] for row in rows])


def frobenius_squared(M: flint.arb_mat) -> flint.arb:
    """The squared Frobenius norm."""
    return sum((x * x for x in M.entries()), flint.arb(0))


def below(label: str, value: flint.arb, bound) -> Step:
    """The step that the enclosed value is at most the bound, for certain."""
    return Step(label, "enclosure", "Arb", bool(value <= flint.arb(bound)))


def above(label: str, value: flint.arb, bound) -> Step:
    """The step that the enclosed value is at least the bound, for certain."""
    return Step(label, "enclosure", "Arb", bool(value >= flint.arb(bound)))
