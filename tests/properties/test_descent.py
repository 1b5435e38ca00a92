"""Laws of the descent methods, over generated problems: monotone loss and its limit, exact magnitude, invariances."""

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from wnsense import gradient_descent, objective, sensing, stiefel, weight_normalization
from wnsense.problem import GroundTruth, random_ground_truth

ROUNDING = 1e-12  # a few hundred float64 operations on numbers of order one


@st.composite
def population_starts(draw):
    """A population problem with sigma_1 = 1 and a start with exact magnitude, from generic to nearly stationary."""
    m = draw(st.integers(2, 12))
    r = draw(st.integers(1, m))
    rank = draw(st.integers(1, m))
    spectrum = [1.0] + draw(st.lists(st.floats(1e-3, 1.0), min_size=rank - 1, max_size=rank - 1))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    truth = random_ground_truth(m, rank, sigma=spectrum, rng=rng)
    problem = objective.Population(truth)
    aligned = np.linalg.qr(np.hstack([truth.U, rng.standard_normal((m, m))]))[0][:, :r]
    X = np.linalg.qr(aligned + 10.0 ** draw(st.integers(-6, 1)) * rng.standard_normal((m, r)))[0]
    return problem, weight_normalization.at(problem, X, problem.backprojection(X))


def loss(state):
    return state.residual.norm**2 / 4


@settings(deadline=None, max_examples=200)
@given(population_starts(), st.floats(1e-3, 2.0), st.sampled_from([stiefel.polar, stiefel.qr]))
def test_loss_falls_by_the_bound_for_steps_up_to_the_limit(start, eta, retraction):
    problem, state = start
    f, squared = loss(state), weight_normalization.gradient_norm(problem, state) ** 2
    after = weight_normalization.step(problem, weight_normalization.Parameters(eta, retraction=retraction), state)
    assert loss(after) <= f - eta * (1 - eta / 2) * squared + ROUNDING * problem.scale**2


def increase(eta, tilt):
    """f_+ - f of one step at m = 3, A = u u^T, X turned away from u by the angle `tilt`."""
    problem = objective.Population(GroundTruth(np.eye(3)[:, :1], np.ones(1)))
    X = np.array([[np.cos(tilt)], [np.sin(tilt)], [0.0]])
    state = weight_normalization.at(problem, X, problem.backprojection(X))
    return loss(weight_normalization.step(problem, weight_normalization.Parameters(eta), state)) - loss(state)


def test_failure_above_the_limit_is_found():
    cases = st.tuples(st.floats(2.01, 3.0), st.floats(0.0, 1.5))
    eta, tilt = find(cases, lambda case: increase(*case) > 1e-9, settings=settings(max_examples=5000, database=None))
    assert eta > 2 and tilt > 0


def test_no_failure_is_found_up_to_the_limit():
    cases = st.tuples(st.floats(0.01, 2.0), st.floats(0.0, 1.5))
    with pytest.raises(NoSuchExample):
        find(cases, lambda case: increase(*case) > ROUNDING, settings=settings(max_examples=2000, database=None))


@given(st.floats(2.05, 6.0), st.floats(0.05, 0.95))
def test_rank_one_loss_grows_exactly_above_the_threshold(eta, part):
    threshold = (1 + np.sqrt(1 + 16 / eta)) / 4  # the squared cosine s with eta s (2s - 1) = 2
    above = threshold + part * (1 - threshold)
    below = part * threshold
    assert increase(eta, np.arccos(np.sqrt(above))) > 0
    assert increase(eta, np.arccos(np.sqrt(below))) < 0


@settings(deadline=None)
@given(population_starts(), st.floats(0.01, 2.0), st.integers(0, 2**32))
def test_one_magnitude_step_of_size_two_is_exact(start, eta, seed):
    problem, state = start
    r = state.Theta.shape[0]
    Theta = stiefel.sym(np.random.default_rng(seed).standard_normal((r, r)))
    before = weight_normalization.at(problem, state.X, Theta)
    after = weight_normalization.step(problem, weight_normalization.Parameters(eta), before)
    np.testing.assert_allclose(after.Theta, after.X.T @ problem.truth.A @ after.X, rtol=0, atol=ROUNDING)


@settings(deadline=None)
@given(population_starts(), st.floats(0.1, 1.0))
def test_qr_and_polar_retractions_span_the_same_subspaces(start, eta):
    problem, polar = start
    qr = polar
    for _ in range(5):
        polar = weight_normalization.step(problem, weight_normalization.Parameters(eta), polar)
        qr = weight_normalization.step(problem, weight_normalization.Parameters(eta, retraction=stiefel.qr), qr)
    # 100 times: a step that tears nearly stationary columns apart stretches a difference, by at most 1 + eta each
    np.testing.assert_allclose(polar.X @ polar.X.T, qr.X @ qr.X.T, rtol=0, atol=100 * ROUNDING)


@st.composite
def measured_problems(draw):
    """A problem with Gaussian measurements, its number of columns, and a generator for the start."""
    m = draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    truth = random_ground_truth(m, draw(st.integers(1, m)), rng=rng)
    # fewer measurements make M*M large and a trajectory chaotic: rounding would grow, not cancel
    operator = sensing.gaussian(m, draw(st.integers(40, 120)), rng)
    return objective.Measured(operator, operator.forward(truth.A)), draw(st.integers(1, m)), rng


def trajectory(method, problem, parameters, state, steps=4):
    for _ in range(steps):
        state = method.step(problem, parameters, state)
    return state


@settings(deadline=None)
@given(measured_problems(), st.sampled_from([stiefel.polar, stiefel.cayley]))
def test_trajectories_of_weight_normalization_turn_with_the_start(case, retraction):
    problem, r, rng = case
    parameters = weight_normalization.Parameters(0.1, 0.5, retraction)
    start = weight_normalization.init(problem, r, rng)
    Q = stiefel.random_point(r, r, rng)
    turned = weight_normalization.at(problem, start.X @ Q, stiefel.sym(Q.T @ start.Theta @ Q))
    one, other = (trajectory(weight_normalization, problem, parameters, state) for state in (start, turned))
    np.testing.assert_allclose(one.X @ Q, other.X, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(Q.T @ one.Theta @ Q, other.Theta, rtol=0, atol=ROUNDING)


@settings(deadline=None)
@given(measured_problems())
def test_trajectories_of_gradient_descent_turn_with_the_start(case):
    problem, r, rng = case
    start = gradient_descent.init(problem, r, 0.5, rng)
    Q = stiefel.random_point(r, r, rng)
    parameters = gradient_descent.Parameters(0.05)
    one = trajectory(gradient_descent, problem, parameters, start)
    other = trajectory(gradient_descent, problem, parameters, gradient_descent.at(problem, start.Y @ Q))
    np.testing.assert_allclose(one.Y @ Q, other.Y, rtol=0, atol=ROUNDING)


@settings(deadline=None, max_examples=30)
@given(measured_problems())
def test_steps_leave_their_inputs_bitwise_unchanged(case):
    problem, r, rng = case
    for method, parameters, state in (
        (weight_normalization, weight_normalization.Parameters(0.1), weight_normalization.init(problem, r, rng)),
        (gradient_descent, gradient_descent.Parameters(0.1), gradient_descent.init(problem, r, 1.0, rng)),
    ):
        arrays = [*(getattr(state, name) for name in state.arrays), state.residual.e, problem.y, problem.operator.rows]
        before = [a.tobytes() for a in arrays]
        method.step(problem, parameters, state)
        assert [a.tobytes() for a in arrays] == before
