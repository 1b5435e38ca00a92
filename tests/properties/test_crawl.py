"""Laws of gradient descent with superfluous columns, over generated truths and starts."""

import numpy as np
import pytest
from hypothesis import example, find, given, settings
from hypothesis import strategies as st

from wnsense import crawl, crawl_bounds, gradient_descent, objective
from wnsense.problem import GroundTruth, random_ground_truth

ROUNDING = 1e-10  # relative, of the smallest eigenvalue of a factor with condition number up to 1e3


@st.composite
def cases(draw, limit=1 / 3):
    """Truth, full-rank start with r > r_A, and a step size with eta max(|A|, |Y_0|^2) at most the limit."""
    m = draw(st.integers(2, 9))
    r = draw(st.integers(2, m))
    rank = draw(st.integers(1, r - 1))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    truth = random_ground_truth(m, rank, sigma=10.0 ** (-2 * rng.random(rank)), rng=rng)
    s = 10.0 ** (-draw(st.sampled_from([0.0, 0.3, 1.5])) * rng.random(r))
    Y = (np.linalg.qr(rng.standard_normal((m, r)))[0] * s) @ np.linalg.qr(rng.standard_normal((r, r)))[0]
    part = draw(st.sampled_from([1.0, 0.5, 0.05]))
    return truth, Y, limit * part / max(truth.sigma[0], s.max() ** 2)


def eigenvalues(Y):
    return np.linalg.svd(Y, compute_uv=False) ** 2


@pytest.mark.claim("thm-gd-lower-bound")
@settings(deadline=None, max_examples=80)
@given(cases())
def test_error_and_smallest_eigenvalue_stay_above_their_bounds(case):
    truth, Y, eta = case
    problem, w_0, excess = objective.Population(truth), eigenvalues(Y)[-1], Y.shape[1] - truth.rank
    b = max(truth.sigma[0], np.linalg.norm(Y, 2) ** 2)
    state = gradient_descent.at(problem, Y)
    for t in range(1, 40):
        w = eigenvalues(state.Y)[-1]
        state = gradient_descent.step(problem, gradient_descent.Parameters(eta), state)
        assert eigenvalues(state.Y)[-1] >= w * (1 - eta * w) ** 2 * (1 - ROUNDING)
        assert np.linalg.norm(state.Y, 2) ** 2 <= b * (1 + ROUNDING)
        # the error as a dense norm, not through the residual of the package
        error = np.linalg.norm(state.Y @ state.Y.T - truth.A)
        assert error**2 >= excess / (1 / w_0 + 15 / 4 * eta * t) ** 2 * (1 - ROUNDING)


@pytest.mark.claim("thm-extra-columns")
@settings(deadline=None, max_examples=80)
@given(cases())
def test_part_outside_the_range_shrinks_at_least_like_the_recursion(case):
    truth, Y, eta = case
    problem, state = objective.Population(truth), gradient_descent.at(objective.Population(truth), Y)
    P = np.eye(truth.m) - truth.U @ truth.U.T
    for _ in range(40):
        beta = np.linalg.norm(P @ state.Y, 2) ** 2
        state = gradient_descent.step(problem, gradient_descent.Parameters(eta), state)
        after = np.linalg.norm(P @ state.Y, 2) ** 2
        assert after <= beta * (1 - eta * beta) ** 2 * (1 + ROUNDING)
        assert eigenvalues(state.Y)[truth.rank] <= after * (1 + ROUNDING)


def test_violations_beyond_the_limit_are_found():
    def falls_too_far(case):
        truth, Y, eta = case
        w = eigenvalues(Y)[-1]
        problem = objective.Population(truth)
        after = gradient_descent.step(problem, gradient_descent.Parameters(eta), gradient_descent.at(problem, Y)).Y
        return eigenvalues(after)[-1] < 0.99 * w * (1 - eta * w) ** 2

    find(cases(limit=0.9), falls_too_far, settings=settings(max_examples=2000, database=None, deadline=None))


@settings(deadline=None, max_examples=40)
@given(cases())
def test_reduced_runs_are_those_of_the_method(case):
    truth, Y, eta = case
    reduced = crawl.run(truth.sigma, [crawl.coordinates(truth, Y)], eta, [0, 1, 30])
    problem = objective.Population(truth)
    state, k = gradient_descent.at(problem, Y), 0
    for t in range(31):
        if t in (0, 1, 30):
            # 1e-12 of the scale: rounding of 30 steps
            assert abs(reduced.error[0, k] - np.linalg.norm(state.Y @ state.Y.T - truth.A)) < 1e-12
            np.testing.assert_allclose(reduced.eigenvalues[0, k], eigenvalues(state.Y), rtol=0, atol=1e-12)
            k += 1
        state = gradient_descent.step(problem, gradient_descent.Parameters(eta), state)


@example(1 / 3, 1)  # where the constants are attained
@given(st.floats(1e-6, 1 / 3), st.integers(1, 300))
def test_closed_bounds_lie_below_the_recursion(h, t):
    u = crawl_bounds.recursion(h, 1.0, [t])[0]
    assert crawl_bounds.sharp_level(h, 1.0, t) <= u * (1 + 1e-12)
    assert crawl_bounds.level(h, 1.0, t) <= u * (1 + 1e-12)
    assert u <= crawl_bounds.level(h, 1.0, t, growth=2) * (1 + 1e-12)


@settings(deadline=None, max_examples=30)
@given(cases(), st.integers(1, 3))
def test_zero_columns_stay_exactly_zero(case, count):
    truth, Y, eta = case
    problem = objective.Population(truth)
    state = gradient_descent.at(problem, np.column_stack([Y, np.zeros((truth.m, count))]))
    for _ in range(5):
        state = gradient_descent.step(problem, gradient_descent.Parameters(eta), state)
    assert not state.Y[:, -count:].any()


def test_a_truth_of_rank_zero_is_allowed():
    truth = GroundTruth(np.zeros((5, 0)), np.zeros(0))
    Y = np.eye(5)[:, :2]
    reduced = crawl.run([], [crawl.coordinates(truth, Y)], 0.3, [10])
    u = crawl_bounds.recursion(1.0, 0.3, [10])[0]
    assert reduced.error[0, 0] == pytest.approx(np.sqrt(2) * u, rel=1e-12)
