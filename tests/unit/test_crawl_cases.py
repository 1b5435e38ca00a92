"""Reduced runs and bounds of the crawl: against the method itself and exact rationals, and their errors."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from wnsense import crawl, crawl_bounds, crawl_flow, crawl_runs, gradient_descent, objective
from wnsense.problem import GroundTruth, random_ground_truth


def test_recursion_in_exact_arithmetic():
    u, eta = Fraction(1), Fraction(1, 3)
    computed = crawl_bounds.recursion(1.0, 1 / 3, range(8))
    for t in range(8):
        assert computed[t] == pytest.approx(float(u), rel=1e-14)  # rounding of 8 steps
        u = u * (1 - eta * u) ** 2


def test_bounds_meet_where_the_theorem_is_tight():
    # eta w_0 = 1/3, one step: u_1 = 4/27/eta; both reciprocals are 27/4 eta
    assert 1 / crawl_bounds.level(1.0, 1 / 3, 1) == pytest.approx(27 / 12, rel=1e-14)
    assert crawl_bounds.sharp_level(1.0, 1 / 3, 1) == pytest.approx(crawl_bounds.level(1.0, 1 / 3, 1), rel=1e-14)
    assert crawl_bounds.error(2.0, 6, 2) == 4.0
    assert crawl_bounds.crossover(1e-4, 0.25) == pytest.approx(2e4)


def test_largest_step_sees_the_larger_of_both():
    assert crawl_bounds.largest_step(2.0, np.eye(3)) == pytest.approx(1 / 6)
    assert crawl_bounds.largest_step(0.0, 2 * np.eye(3)) == pytest.approx(1 / 12)


def test_log_spaced_iterations():
    t = crawl.log_spaced(1000, 10)
    assert t[0] == 0 and t[1] == 1 and t[-1] == 1000
    assert (np.diff(t) > 0).all() and len(t) < 35


def test_a_fitted_start_has_the_error_of_its_spare_columns():
    sigma = np.array([1.0, 0.5])
    ended = crawl.run(sigma, [crawl.fitted_start(sigma, np.array([0.3, 0.4]))], 0.1, [0])
    assert ended.error[0, 0] == pytest.approx(0.5, rel=1e-14)
    assert ended.outside[0, 0] == pytest.approx(0.4, rel=1e-14)


def test_runs_in_a_batch_are_the_runs_one_by_one():
    truth = random_ground_truth(7, 2, kappa=3, rng=np.random.default_rng(0))
    starts = np.array([crawl.coordinates(truth, scale * np.eye(7)[:, :4]) for scale in (0.3, 0.8)])
    both = crawl.run(truth.sigma, starts, [0.2, 0.1], [0, 5, 50])
    for i, eta in enumerate((0.2, 0.1)):
        alone = crawl.run(truth.sigma, starts[i : i + 1], eta, [0, 5, 50])
        np.testing.assert_allclose(both.error[i], alone.error[0], rtol=1e-12)


def test_flow_is_the_limit_of_short_steps():
    truth = GroundTruth(np.eye(4)[:, :2], np.array([1.0, 0.4]))
    Y = 0.5 * np.random.default_rng(1).standard_normal((4, 3))
    problem, state = objective.Population(truth), None
    gaps = []
    Z = np.array(crawl_flow.estimate([1.0, 0.4], Y, 2).tolist(), float)
    for steps in (200, 400):
        state = gradient_descent.at(problem, Y)
        for _ in range(steps):
            state = gradient_descent.step(problem, gradient_descent.Parameters(2 / steps), state)
        gaps.append(np.abs(state.Y @ state.Y.T - Z).max())
    assert gaps[0] < 1e-2 and gaps[0] / gaps[1] == pytest.approx(2, rel=0.1)  # Euler's method is of first order


def test_flow_at_time_zero_and_its_parts():
    Y = np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
    Z = crawl_flow.estimate([1.0], Y, 0)
    assert crawl_flow.eigenvalues(Z)[:2] == [4, 1]
    assert crawl_flow.outside([1.0], Z) == 4
    assert crawl_flow.error([1.0], Z) == 4
    assert crawl_flow.outside([1.0, 1.0, 1.0], Z) == mpmath.mpf(0)


def test_first_below():
    t, values = np.array([1, 10, 100]), np.array([1.0, 0.1, 0.2])
    assert crawl_runs.first_below(t, values, 0.15) == 10
    assert crawl_runs.first_below(t, values, 0.01) == np.inf


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: crawl_bounds.error(1.0, 3, 3), "r is 3, r_A is 3; expected r > r_A"),
        (lambda: crawl_bounds.recursion(2.0, 0.3, [1]), "start is 2.0 at eta = 0.3"),
        (lambda: crawl.run([-1.0], [np.eye(2)], 0.1, [1]), "sigma is"),
        (lambda: crawl.run([1.0, 1.0, 1.0], [np.eye(2)], 0.1, [1]), "at most one for each of the 2 rows"),
        (lambda: crawl.run([1.0], [np.eye(2)], -0.1, [1]), "eta is"),
        (lambda: crawl.run([1.0], [np.eye(2)], 0.1, [3, 1]), "expected increasing integers"),
        (lambda: crawl.run([1.0], np.eye(2), 0.1, [1]), "starts has shape"),
        (lambda: crawl.log_spaced(0), "steps is 0"),
        (lambda: crawl.orthogonal_start(3, 2, 0.0, np.random.default_rng(0)), "scale is 0.0"),
        (lambda: crawl_flow.estimate([1.0], np.eye(2), -1), "time is -1"),
        (lambda: crawl_flow.estimate([1.0, 1.0, 1.0], np.eye(2), 1), "at most 2 of them"),
    ],
)
def test_errors_name_the_argument(call, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        call()


@pytest.mark.claim("thm-crawl-law")
def test_the_law_and_its_exception_in_dense_arithmetic():
    # the method itself, not the reduced runs of the claim; a start orthogonal to u_2 keeps an error of sigma_2
    truth = GroundTruth(np.eye(6)[:, :2], np.array([1.0, 0.5]))
    problem, eta, t = objective.Population(truth), 0.3, 4000
    Y = 0.3 * np.random.default_rng(7).standard_normal((6, 4))
    blind = Y.copy()
    blind[1] = 0
    ends = []
    for start in (Y, blind):
        state = gradient_descent.at(problem, start)
        for _ in range(t):
            state = gradient_descent.step(problem, gradient_descent.Parameters(eta), state)
        ends.append(state.Y)
    errors = [np.linalg.norm(Z @ Z.T - truth.A) for Z in ends]
    assert errors[0] * 2 * eta * t == pytest.approx(np.sqrt(2), rel=0.03)  # 1 / w_0 beside 2 eta t
    assert np.linalg.norm(ends[0][:2] @ ends[0][2:].T) < 1e-14  # q^t is far below rounding
    assert not ends[1][1].any() and errors[1] >= 0.5


def test_combinations_that_range_of_A_does_not_see_follow_the_recursion_exactly():
    truth = random_ground_truth(9, 3, kappa=20, rng=np.random.default_rng(8))
    T = crawl.coordinates(truth, crawl.orthogonal_start(9, 5, 0.1, np.random.default_rng(9)))
    ended = crawl.run(truth.sigma, [T], 0.3, [10, 1000]).eigenvalues[0, :, -2:]
    u = crawl_bounds.recursion(0.01, 0.3, [10, 1000])
    np.testing.assert_allclose(ended, np.column_stack([u, u]), rtol=1e-9)  # rounding of squared singular values
