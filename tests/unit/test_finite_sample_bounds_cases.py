"""The finite-sample bounds: against exact rationals, against each other, and their errors."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wnsense import finite_sample_bounds as bounds

starts = st.floats(1e-4, 1.0)
steps = st.floats(1e-4, 0.5)


def test_levels_follow_the_recursion_in_exact_arithmetic():
    level, rate = Fraction(1, 10), Fraction(1, 8)
    computed = bounds.guaranteed_alignment(0.1, 0.125, 30)
    for t in range(31):
        assert computed[t] == pytest.approx(float(level), rel=1e-12)  # rounding of 30 steps
        level = 1 / (1 / level - rate * (1 - level) / 3)
        level = level.limit_denominator(10**40)  # keeps the fractions short, far below the tolerance


@given(starts, steps)
def test_both_envelopes_lie_above_the_gap(lambda_0, step):
    t = np.arange(200)
    g = bounds.guaranteed_gap(lambda_0, step, 199)
    rounding = 1 + 1e-9
    assert (g <= bounds.linear_envelope(lambda_0, step, t) * rounding).all()
    assert (
        np.log(g) <= np.log(g[0]) + g[0] - step * t / 3 + 1e-9
    ).all()  # in logarithms: e^g_0 overflows for small starts
    assert (np.diff(g) < 0).all() and (g > 0).all()


@given(st.floats(0.05, 1.0), st.floats(0.02, 0.5), st.floats(1e-8, 0.5))
def test_after_the_iterations_of_the_bound_the_error_is_small(lambda_0, step, epsilon):
    t = bounds.iterations(lambda_0, step, epsilon)
    assert bounds.error_bound(bounds.guaranteed_gap(lambda_0, step, t))[-1] <= epsilon


@given(starts, st.lists(st.floats(0.01, 1.0), min_size=1, max_size=6))
def test_the_simple_condition_implies_the_sharper_one(lambda_0, sigma):
    kappa = max(sigma) / min(sigma)
    assert bounds.sufficient_delta(lambda_0, kappa, len(sigma)) <= bounds.allowed_delta(lambda_0, sigma)


def test_allowed_distortion_of_a_case_by_hand():
    # sigma = (4, 3): norm 5; l_0 sigma_k / (32 * 5)
    assert bounds.allowed_delta(0.5, [4.0, 3.0]) == pytest.approx(0.5 * 3 / 160)
    assert bounds.allowed_delta(1.0, [4.0, 3.0]) == pytest.approx(15 / 16 * 3 / 160)


def test_magnitude_and_error_bounds_at_a_level_of_one_half():
    assert bounds.error_bound(1.0, 5.0) == pytest.approx(7.1 * np.sqrt(0.5))
    assert bounds.magnitude_bound(1.0, 0.01, 5.0) == pytest.approx(0.2 * np.sqrt(0.5))


def test_the_bracket_at_both_ends_by_hand():
    # nu = 0: l = 1, theta = 0; nu = 1: l = 0, theta = .175
    assert bounds.step_bracket(0.0, 0.5) == pytest.approx(2 * 0.955 - 0.5 * (1 + 1.045**2))
    assert bounds.step_bracket(1.0, 0.5) == pytest.approx((2 * 0.825 - 0.5 * 1.175**2) / 1.5875**2)
    assert bounds.step_bracket(np.linspace(0, 1, 2001), 0.5).min() > 0.377


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: bounds.usable_alignment(1.5), r"lambda_0 is 1\.5; expected a squared cosine"),
        (lambda: bounds.usable_alignment(0.0), "lambda_0 is 0.0; expected a positive"),
        (lambda: bounds.allowed_delta(0.5, []), r"sigma is \[\]; expected positive numbers, at least one"),
        (lambda: bounds.allowed_delta(0.5, [1.0, -1.0]), "sigma is .*; expected positive numbers"),
        (lambda: bounds.sufficient_delta(0.5, 2.0, 0), "k is 0; expected an integer"),
        (lambda: bounds.guaranteed_gap(0.5, 0.6, 3), "eta_sigma_k_squared is 0.6; expected at most 1/2"),
        (lambda: bounds.guaranteed_gap(0.5, 0.5, -1), "steps is -1; expected an integer"),
        (lambda: bounds.iterations(0.5, 0.5, -1.0), "epsilon is -1.0; expected a positive"),
    ],
)
def test_arguments_out_of_range_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
