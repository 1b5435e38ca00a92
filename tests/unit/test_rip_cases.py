"""Restricted isometry: values known in closed form, the certified oracle, the bounds, and the errors."""

import flint
import numpy as np
import pytest
import sympy

from wnsense import bounds, rip, sensing
from wnsense.packing import pack, unpack
from wnsense.proof.moments import expectation
from wnsense.rip_circle import certified_constant


def test_deviation_of_the_population_vanishes():
    E = rip.deviation(sensing.Identity(4))
    np.testing.assert_allclose(E, 0, atol=1e-15)  # 1/sqrt(2) times sqrt(2)


def test_deviation_is_that_of_the_passes():
    operator = sensing.rank_one_gaussian(4, 30, np.random.default_rng(0))
    packed = sensing.from_matrices(np.einsum("ni,nj->nij", operator.vectors, operator.vectors) * operator.scale)
    # rounding of 30 products of size |a|^4 / n
    np.testing.assert_allclose(rip.deviation(operator), rip.deviation(packed), atol=1e-12)


def test_trace_family_by_hand():
    E = rip.trace_deviation(3, 0.2, -0.1)
    Z = np.diag([1.0, 2.0, 0.0])
    assert rip.form(E, Z) == pytest.approx(0.2 * 5 - 0.1 * 9, abs=1e-14)
    assert [rip.trace_constant(k, 0.2, -0.1) for k in (1, 2, 3)] == pytest.approx([0.1, 0.2, 0.2])
    assert [rip.trace_constant(k, 0.0, 0.5) for k in (1, 2, 4)] == pytest.approx([0.5, 1.0, 2.0])


def test_no_scale_beats_the_best_one():
    """A dense scan of scales against the closed form, for M*M = I + tr(.) I / 2 of order 3."""
    k, b = 3, 0.5
    scales = np.linspace(0, 2, 20001)
    constants = np.maximum(np.abs(scales - 1), np.abs(scales * (1 + b * k) - 1))
    assert rip.best_scale(k, b) == pytest.approx(scales[constants.argmin()], abs=1e-4)  # the step of the scan
    assert constants.min() == pytest.approx(k / (k + 4), abs=1e-3)


def test_bracket_of_nothing_has_a_unit_witness():
    """E = 0 gives the search no direction: it keeps its start."""
    found = rip.bracket(np.zeros((6, 6)), 2, np.random.default_rng(0))
    assert (found.lower, found.upper) == (0.0, 0.0)
    assert np.linalg.norm(found.witness) == pytest.approx(1.0)
    assert np.linalg.matrix_rank(found.witness, tol=1e-12) <= 2


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_operator_norm_needs_one_more_than_the_rank(rank):
    """The example after lem-rip-operator-norm: ||E(Z0)|| = delta at the order rank + 1, above delta at the rank."""
    Z0, W = np.diag([1.0] * rank + [0.0] * (4 - rank)) / np.sqrt(rank), np.diag([0.0, 0.0, 0.0, 1.0])
    E = 0.3 * (np.outer(pack(Z0), pack(W)) + np.outer(pack(W), pack(Z0)))
    rng = np.random.default_rng(0)
    assert np.linalg.norm(unpack(E @ pack(Z0)), 2) == pytest.approx(0.3)
    assert rip.bracket(E, rank + 1, rng).lower == pytest.approx(0.3)
    # the eigenmatrices (Z0 +- W)/sqrt(2) lose one eigenvalue, the smallest: 1/(2 rank) of their squared norm
    assert rip.bracket(E, rank, rng).upper == pytest.approx(0.3 * (1 - 1 / (2 * rank)))


def test_certified_constant_of_a_known_form():
    """E = B B' with B = diag(1, -1)/sqrt 2 has h(t) = cos(2t)^2 / 2, hence delta_1 = 1/2, and delta_2 = 1."""
    B = pack(np.diag([1.0, -1.0]) / np.sqrt(2))
    low, high = certified_constant(np.outer(B, B))
    assert low <= 0.5 + 1e-15 and 0.5 - 1e-15 <= high  # B itself is rounded
    assert high - low < 1e-3
    assert rip.bracket(np.outer(B, B), 2, np.random.default_rng(0)).upper == pytest.approx(1.0)


def test_certified_constant_holds_between_its_points():
    """With three grid points the enclosure is wide, but still one: compared with a fine grid in floats."""
    rng = np.random.default_rng(1)
    t = np.linspace(0, np.pi, 5000)
    v = np.array([np.cos(t), np.sin(t)])
    for _ in range(20):
        E = rng.standard_normal((3, 3))
        E += E.T
        truth = np.abs(rip.form(E, np.einsum("it,jt->tij", v, v))).max()
        low, high = certified_constant(E, points=3)
        assert low <= truth * (1 + 1e-6) and truth <= high  # the fine grid itself misses 1e-6 of the maximum


def test_exact_tail_is_the_incomplete_gamma_function():
    n, delta = 30, 0.4
    upper = flint.arb(n * (1 + delta) / 2).gamma_upper(flint.arb(n / 2), regularized=1)
    lower = 1 - flint.arb(n * (1 - delta) / 2).gamma_upper(flint.arb(n / 2), regularized=1)
    assert float(bounds.chi_square_tail_exact(n, delta)) == pytest.approx(float(upper + lower), rel=1e-10)


def test_rip_sample_size_by_hand():
    # 24 * (3 log 69 + log 20) = 24 * (12.7023 + 2.9957) = 376.75
    assert bounds.rip_sample_size(2, 1, 1.0, 0.1) == 377
    assert bounds.low_rank_net_log_size(3, 2, 6.0) == pytest.approx(8 * np.log(2))


def test_gordon_constant_and_sample_size_are_inverse():
    for delta in (0.01, 0.5, 3.0):
        assert bounds.gordon_constant(4.0, bounds.gordon_sample_size(4.0, delta)) == pytest.approx(delta)


def test_gaussian_width_of_the_whole_sphere():
    """At k = m it is the mean length of a standard Gaussian vector in R^d, sqrt(2) Gamma((d+1)/2) / Gamma(d/2)."""
    d = 10
    mean = float(sympy.sqrt(2) * sympy.gamma(sympy.Rational(d + 1, 2)) / sympy.gamma(sympy.Rational(d, 2)))
    width = rip.gaussian_width(4, 4, np.random.default_rng(2), samples=4000)
    assert width == pytest.approx(mean, abs=5 * 0.7 / np.sqrt(4000))  # standard deviation of the length below 0.71


def test_expectation_against_integration():
    x, s = sympy.symbols("x s")
    density = sympy.exp(-(x**2) / 8) / sympy.sqrt(8 * sympy.pi)
    polynomial = s * x**6 + x**3 + 2 * x**2 + 5
    integral = sympy.integrate(sympy.expand(polynomial * density), (x, -sympy.oo, sympy.oo))
    assert sympy.simplify(expectation(polynomial, {x: 4}) - integral) == 0


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda rng: rip.bracket(np.eye(4), 1, rng), "packed length is 4; expected m"),
        (lambda rng: rip.bracket(np.triu(np.ones((3, 3))), 1, rng), "E is not symmetric"),
        (lambda rng: rip.bracket(np.eye(3), 3, rng), "k is 3; expected an integer between 1 and 2"),
        (lambda rng: rip.bracket(np.eye(3), 1, 0), "rng is int; expected a numpy.random.Generator"),
        (lambda rng: rip.with_deviation(-2 * np.eye(3)), "E has the eigenvalue -2; expected none below -1"),
        (lambda rng: rip.gaussian_width(3, 4, rng), "k is 4; expected an integer between 1 and 3"),
        (lambda rng: certified_constant(np.eye(6)), r"E has shape \(6, 6\); expected \(3, 3\)"),
        (lambda rng: certified_constant(np.eye(3), points=0), "points is 0; expected an integer of at least 1"),
        (lambda rng: bounds.rip_sample_size(4, 5, 0.5, 0.1), "k is 5; expected an integer between 1 and 4"),
        (lambda rng: bounds.rip_sample_size(4, 1, 1.5, 0.1), r"delta is 1.5; expected a number in \(0, 1\]"),
        (lambda rng: bounds.rip_sample_size(4, 1, 0.5, 1.0), r"failure is 1.0; expected a probability in \(0, 1\)"),
        (lambda rng: bounds.low_rank_net_log_size(4, 1, -0.5), "epsilon is -0.5; expected a positive finite number"),
    ],
)
def test_errors_name_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))
