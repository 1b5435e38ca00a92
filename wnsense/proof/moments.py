r"""Exact expectations of polynomials in independent centred Gaussians, by SymPy.

>>> import sympy
>>> g, h, s = sympy.symbols("g h s")
>>> expectation((g + s * h) ** 4, {g: 1, h: 1})
3*s**4 + 6*s**2 + 3
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy


def expectation(polynomial, variances: Mapping[sympy.Symbol, sympy.Expr]) -> sympy.Expr:
    r"""The expectation over the independent :math:`g\sim N(0,\text{variances}[g])`; other symbols are constants.

    Uses :math:`\mathbb Eg^{2q}=(2q-1)!!\,\sigma^{2q}` and that odd moments vanish.
    """
    gaussians = list(variances)
    total = sympy.Integer(0)
    for powers, coefficient in sympy.Poly(polynomial, *gaussians).terms():
        if all(power % 2 == 0 for power in powers):
            moments = (
                sympy.factorial2(p - 1) * sympy.sympify(variances[g]) ** (p // 2)
                for g, p in zip(gaussians, powers)
                if p
            )
            total += coefficient * sympy.Mul(*moments)
    return sympy.expand(total)
