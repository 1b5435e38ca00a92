"""SymPy, Z3 and Arb say yes to what is true and no to what is nearly true."""

import doctest

import flint
import numpy as np
import pytest
import sympy
import z3

from wnsense.proof import ball, smt, symbolic
from wnsense.proof.step import Step


@pytest.mark.parametrize("module", [symbolic, smt, ball])
def test_docstrings(module):
    assert doctest.testmod(module).failed == 0


class TestSymbolic:
    X, Xt, A, B = symbolic.matrices("X Xt A B")
    rules = {Xt * X: 1}

    def test_projection(self):
        P = self.X * self.Xt
        assert symbolic.identity("P² = P", P * P, P, self.rules).holds
        assert not symbolic.identity("without the rule", P * P, P).holds
        assert not symbolic.identity("P² = 2P", P * P, 2 * P, self.rules).holds

    def test_products_do_not_commute(self):
        assert not symbolic.identity("AB = BA", self.A * self.B, self.B * self.A).holds
        assert symbolic.identity("square", (self.A + self.B) ** 2, self.A**2 + self.A * self.B + self.B * self.A + self.B**2).holds

    def test_trace_is_cyclic_and_invariant_under_transposition(self):
        A, B, X, Xt = self.A, self.B, self.X, self.Xt
        assert symbolic.trace_identity("tr AB = tr BA", A * B, B * A).holds
        assert not symbolic.trace_identity("tr AAB = tr AB", A * A * B, A * B).holds
        assert not symbolic.trace_identity("tr A = tr A^T needs transposes", X, Xt).holds
        assert symbolic.trace_identity("tr A = tr A^T", X, Xt, transposes={X: Xt, Xt: X}).holds
        C, D = symbolic.matrices("C D")
        flip = {A: A, C: C, D: D}
        assert not symbolic.trace_identity("rotations only", A * C * D, A * D * C).holds
        assert symbolic.trace_identity("reversal", A * C * D, A * D * C, transposes=flip).holds

    def test_rules_apply_across_the_seam_of_a_trace(self):
        assert symbolic.trace_identity("tr X A Xt = tr A", self.X * self.A * self.Xt, self.A, self.rules).holds
        assert not symbolic.trace_identity("tr X A Xt = 2 tr A", self.X * self.A * self.Xt, 2 * self.A, self.rules).holds

    def test_scalar_coefficients(self):
        eta = sympy.Symbol("eta")
        left = (1 - eta * self.A) * (1 - eta * self.A)
        assert symbolic.identity("expand", left, 1 - 2 * eta * self.A + eta**2 * self.A**2).holds
        assert not symbolic.identity("wrong power", left, 1 - 2 * eta * self.A + eta * self.A**2).holds

    def test_scalar_identity(self):
        x = sympy.Symbol("x", positive=True)
        assert symbolic.scalar_identity("log", sympy.log(x**2), 2 * sympy.log(x)).holds
        assert not symbolic.scalar_identity("log", sympy.log(x**2), 3 * sympy.log(x)).holds

    def test_transpose(self):
        flip = {self.X: self.Xt, self.Xt: self.X, self.A: self.A}
        assert symbolic.transpose(self.X * self.A, flip) == self.A * self.Xt

    def test_bad_rules(self):
        with pytest.raises(ValueError, match="did not end"):
            symbolic.identity("grows", self.A, self.B, {self.A: self.A * self.A})
        with pytest.raises(ValueError, match="no word"):
            symbolic.identity("scaled", self.A, self.B, {2 * self.A: self.B})
        with pytest.raises(ValueError, match="no power of a symbol"):
            symbolic.identity("inverse", self.A**-1, self.B)


class TestSmt:
    x, y = z3.Reals("x y")

    def test_inequality(self):
        assert smt.inequality("AM-GM", 2 * self.x * self.y <= self.x**2 + self.y**2).holds
        assert not smt.inequality("1 % too much", 2.02 * self.x * self.y <= self.x**2 + self.y**2).holds
        assert smt.inequality("given x >= 1", self.x**2 >= self.x, self.x >= 1).holds
        assert not smt.inequality("given x >= 0.99", self.x**2 >= self.x, self.x >= z3.Q(99, 100)).holds

    def test_contradictory_assumptions_prove_nothing(self):
        with pytest.raises(ValueError, match="contradict"):
            smt.inequality("ex falso", self.x < 0, self.x > 1, self.x < 1)

    def test_counterexample(self):
        assert smt.counterexample(self.x**2 >= 0) is None
        assert smt.counterexample(self.x >= 0, self.x >= -2, self.x <= -2) == {"x": "-2"}


class TestBall:
    def test_comparison_is_certain(self):
        third = flint.arb(1) / 3
        assert ball.below("1/3 <= 0.34", third, 0.34).holds
        assert not ball.below("1/3 <= 0.33", third, 0.33).holds
        assert not ball.below("1/3 <= 1/3 is not decided by an enclosure", third, third).holds
        assert ball.above("1/3 >= 0.33", third, 0.33).holds

    def test_precision_is_restored(self):
        before = flint.ctx.prec
        with pytest.raises(RuntimeError), ball.precision(300):
            assert flint.ctx.prec == 300
            raise RuntimeError
        assert flint.ctx.prec == before

    def test_matrix_is_exact(self):
        M = ball.matrix(np.array([[0.1, 2.0], [3.0, 4.0]]))
        assert all(entry.is_exact() for entry in M.entries())
        assert ball.frobenius_squared(ball.matrix([[3.0, 4.0]])) == 25


def test_step_kind():
    with pytest.raises(ValueError, match="kind is 'guess'"):
        Step("x", "guess", "me")
