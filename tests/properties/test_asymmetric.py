"""Laws of gradient descent on two factors: gradients, drift, invariances, and the symmetric case inside it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wnsense import asymmetric, gradient_descent, iterate, objective, rectangular, rectangular_objective
from wnsense.problem import random_ground_truth

ROUNDING = 1e-11  # a few thousand float64 operations on numbers of order one to ten


@st.composite
def problems(draw):
    """A measured or population problem of small sides, a truth of norm about one, and factors."""
    n_1, n_2, r = draw(st.integers(1, 7)), draw(st.integers(1, 7)), draw(st.integers(1, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    truth = rectangular.random_rectangular_truth(n_1, n_2, draw(st.integers(1, min(n_1, n_2))), rng=rng)
    if draw(st.booleans()):
        problem = rectangular_objective.Population(truth)
    else:
        operator = rectangular.gaussian(n_1, n_2, draw(st.integers(1, 40)), rng)
        problem = rectangular_objective.Measured(operator, operator.forward(truth.A))
    return problem, truth, rng.standard_normal((n_1, r)), rng.standard_normal((n_2, r)), rng


def loss(problem, F, G):
    """f from its definition; complex arguments pass through."""
    if isinstance(problem, rectangular_objective.Population):
        e = F @ G.T - problem.truth.A
    else:
        e = problem.operator.rows @ (F @ G.T).ravel() - problem.y
    return np.sum(e**2) / 2


@settings(deadline=None)
@given(problems())
def test_a_step_goes_along_the_gradient_of_the_loss(case):
    problem, _, F, G, rng = case
    state = asymmetric.at(problem, F, G)
    after = asymmetric.step(problem, asymmetric.Parameters(0.25), state)
    H, K = rng.standard_normal(F.shape), rng.standard_normal(G.shape)
    # complex step: the derivative along (H, K) without cancellation
    derivative = np.imag(loss(problem, F + 1e-20j * H, G + 1e-20j * K)) / 1e-20
    along = (np.sum((state.F - after.F) * H) + np.sum((state.G - after.G) * K)) / 0.25
    scale = 1 + np.linalg.norm(F) ** 3 + np.linalg.norm(G) ** 3
    assert abs(derivative - along) <= ROUNDING * scale * (1 + np.linalg.norm(problem.scale))


@settings(deadline=None)
@given(problems(), st.integers(0, 2**32))
def test_rotating_the_columns_of_both_factors_commutes_with_a_step(case, seed):
    problem, _, F, G, _ = case
    r = F.shape[1]
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((r, r)))[0]
    parameters = asymmetric.Parameters(0.01)
    one = asymmetric.step(problem, parameters, asymmetric.at(problem, F @ Q, G @ Q))
    two = asymmetric.step(problem, parameters, asymmetric.at(problem, F, G))
    scale = 1 + np.linalg.norm(F) ** 3 + np.linalg.norm(G) ** 3
    np.testing.assert_allclose(one.F, two.F @ Q, rtol=0, atol=ROUNDING * scale)
    np.testing.assert_allclose(one.G, two.G @ Q, rtol=0, atol=ROUNDING * scale)


@settings(deadline=None)
@given(problems())
def test_inputs_stay_as_they_are_and_the_recorded_loss_is_f(case):
    problem, truth, F, G, _ = case
    before = F.copy(), G.copy()
    run = iterate.iterate(
        asymmetric, problem, asymmetric.Parameters(0.01), asymmetric.at(problem, F, G), max_iterations=2, truth=truth
    )
    np.testing.assert_array_equal(F, before[0])
    np.testing.assert_array_equal(G, before[1])
    f = loss(problem, F, G)
    assert abs(run.history["loss"][0] - f) <= ROUNDING * (1 + f)
    error = np.linalg.norm(F @ G.T - truth.A) / truth.norm
    assert abs(run.history["error"][0] - error) <= ROUNDING * (1 + error)
    assert run.history["passes"][-1] == 2 * run.iterations


@settings(deadline=None)
@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 2**32))
def test_equal_factors_stay_equal_and_are_symmetric_gradient_descent(m, r, seed):
    rng = np.random.default_rng(seed)
    truth = random_ground_truth(m, 1, rng=rng)
    Y = rng.standard_normal((m, r)) / np.sqrt(m)
    two = rectangular_objective.Population(rectangular.RectangularTruth.of_symmetric(truth))
    one = objective.Population(truth)
    pair, single = asymmetric.at(two, Y, Y), gradient_descent.at(one, Y)
    for _ in range(5):
        pair = asymmetric.step(two, asymmetric.Parameters(0.1), pair)
        single = gradient_descent.step(one, gradient_descent.Parameters(0.1), single)
    np.testing.assert_allclose(pair.F, pair.G, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(pair.F, single.Y, rtol=0, atol=ROUNDING)
