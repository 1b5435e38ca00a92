"""Two factors, values known by hand: spread, step limit, descent constant, dilation, angles, phase, watched runs."""

from dataclasses import replace

import numpy as np
import pytest

from wnsense import asymmetric, rectangular, rectangular_objective, spectral_phase, two_factor_bounds
from wnsense.two_factor_runs import Setting, outcome, watch

SMALL = Setting(n=60, n_1=5, n_2=4, r=3, alpha=1e-3, eta=0.1)


def test_spread_counts_both_signs():
    assert two_factor_bounds.spread(np.diag([3.0, 1.0, -2.0])) == pytest.approx(5)
    assert two_factor_bounds.spread(np.diag([3.0, 1.0])) == pytest.approx(3)
    assert two_factor_bounds.spread(np.zeros((2, 2))) == 0


def test_largest_step_by_hand():
    assert two_factor_bounds.largest_step(1.0, 2.0, 4.0) == pytest.approx(1 / (2 * (1 + 4 + 9)))
    assert two_factor_bounds.largest_step(1.0, 2.0, 4.0, delta=0.75) == pytest.approx(1 / (3.5 * (1 + 4 + 18)))


@pytest.mark.parametrize("delta", [-0.1, 1.0, 2.0, float("nan")])
def test_largest_step_refuses_other_constants(delta):
    with pytest.raises(ValueError, match=r"delta is .*; expected a number in \[0, 1\)"):
        two_factor_bounds.largest_step(1.0, 1.0, 1.0, delta)


def test_spread_refuses_what_is_not_symmetric():
    with pytest.raises(ValueError, match="Delta is not symmetric"):
        two_factor_bounds.spread(np.array([[0.0, 1.0], [0.0, 0.0]]))


def test_descent_constant_is_two_at_rest_and_above_one_at_the_limits():
    assert two_factor_bounds.descent_constant(0, 0) == 2
    assert two_factor_bounds.descent_constant(0.5, 0.25) == pytest.approx(1.25 - np.sqrt(2) / 8 - 1 / 64)
    assert two_factor_bounds.descent_constant(0.5, 0.25, population=True) == pytest.approx(1.25 - 1 / 8 - 1 / 64)


def test_upper_isometry_is_attained():
    objective = SMALL.objective
    L = two_factor_bounds.upper_isometry(objective)
    worst = np.linalg.svd(objective.operator.rows)[2][0].reshape(5, 4)
    assert np.linalg.norm(objective.operator.forward(worst)) ** 2 == pytest.approx(L)
    assert two_factor_bounds.upper_isometry(replace(SMALL, n=None).objective) == 1


def test_budget_of_one_step():
    truth = rectangular.RectangularTruth(np.ones((1, 1)), np.array([2.0]), np.ones((1, 1)))
    problem = rectangular_objective.Population(truth)
    run = two_factor_bounds.budget(problem, 0.1, asymmetric.at(problem, np.array([[1.0]]), np.array([[0.5]])), 1)
    # R = 0.5 - 2 = -1.5; f_+ = 1 + 0.1 * 1.5 * 0.5 = 1.075, g_+ = 0.5 + 0.1 * 1.5 = 0.65
    assert run.drift[1] == pytest.approx(abs((1.075**2 - 0.65**2) - 0.75))
    assert run.residual == pytest.approx([1.5, 2 - 1.075 * 0.65])
    assert run.spent[1] == pytest.approx(0.1 * (0.75**2 + 1.5**2))
    assert (run.h, run.epsilon) == pytest.approx((0.125, 0.15))
    assert run.drift[1] <= run.bound[1]


def test_budget_stops_when_the_run_diverges():
    problem = replace(SMALL, alpha=1.0).objective
    state = asymmetric.init(problem, 3, 1.0, np.random.default_rng(0))
    run = two_factor_bounds.budget(problem, 10.0, state, 100)
    assert len(run.drift) < 10 and np.isfinite(run.drift).all()


def test_dilation_has_the_singular_values_and_their_negatives():
    A = np.array([[3.0, 0.0, 0.0], [0.0, 4.0, 0.0]])
    assert np.linalg.eigvalsh(spectral_phase.dilation(A)) == pytest.approx([-4, -3, 0, 3, 4])
    W = spectral_phase.leading(A, 1)
    np.testing.assert_allclose(spectral_phase.dilation(A) @ W, 4 * W, atol=1e-14)


@pytest.mark.parametrize("k", [0, 3, 1.5])
def test_leading_refuses_other_numbers_of_directions(k):
    with pytest.raises(ValueError, match="k is .*; expected an integer between 1 and 2"):
        spectral_phase.leading(np.ones((2, 3)), k)


def test_dilation_refuses_a_vector():
    with pytest.raises(ValueError, match=r"A has shape \(3,\); expected \(n_1, n_2\)"):
        spectral_phase.dilation(np.ones(3))


def test_sine_of_a_known_angle():
    W = np.array([[1.0], [0.0], [0.0]])
    Y = np.array([[np.cos(0.3)], [np.sin(0.3)], [0.0]]) @ np.array([[2.0, 1.0]])
    assert spectral_phase.sine(Y, W) == pytest.approx(np.sin(0.3))


def test_phase_ends_where_w_reaches_one():
    phase = spectral_phase.Phase(np.array([1.0, 0.5]), 0.1, 0.5, 1e-3)
    assert phase.w(phase.end - 1) < 1 <= phase.w(phase.end)
    assert phase.w(0) == pytest.approx(0.5e-6)
    assert phase.deviation(0) == pytest.approx(1e-3 * (1 / np.sqrt(1 - 0.5e-6) - 1), rel=1e-6)  # the right side cancels
    assert np.isinf(phase.misalignment(0, 1, 1e-12))
    assert spectral_phase.Phase(np.array([1.0]), 0.1, 0.5, 10.0).end == 0


def test_phase_refuses_a_step_of_no_length():
    with pytest.raises(ValueError, match="eta is 0.0; expected a positive finite number"):
        spectral_phase.phase(SMALL.objective, 0, SMALL.start)


def test_settings_are_reproducible_and_the_start_is_independent_of_the_data():
    again = Setting(n=60, n_1=5, n_2=4, r=3, alpha=1e-3, eta=0.1)
    np.testing.assert_array_equal(SMALL.objective.y, again.objective.y)
    np.testing.assert_array_equal(SMALL.start.F, replace(SMALL, n=30).start.F)


def test_watched_run_converges_and_says_so():
    run = watch(SMALL, 600, 50)
    assert list(run.t) == list(range(0, 601, 50))
    assert run.error[-1] < 0.01 < run.error[0]
    assert ((run.coupling >= 0) & (run.coupling <= 1 + 1e-12)).all()
    assert 0 < run.first(0, 0.5) <= run.first(1, 0.5)
    assert run.first(0, 10.0) == -1
    found = outcome(SMALL, 600)
    assert found[2] == pytest.approx(run.error[-1])
    assert found[1] == pytest.approx(found[2], rel=0.2)  # sampling: 1000 fresh measurements of a matrix of 20 entries
