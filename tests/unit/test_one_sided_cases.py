"""One-sided weight normalization: values known by hand, refusals."""

import numpy as np
import pytest

from wnsense import one_sided, one_sided_bounds, one_sided_population, population
from wnsense.iterate import StopReason, iterate
from wnsense.rectangular import RectangularTruth, gaussian, random_rectangular_truth
from wnsense.rectangular_objective import Measured, Population


def rng():
    return np.random.default_rng(0)


def test_one_direction_by_hand():
    # A = 2 u v', u and x in the plane with cos^2 = 0.36: G = A'x = 2 * 0.6 v, and x moves along 4 * 0.6 (u - 0.6 x)
    truth = RectangularTruth(np.eye(3)[:, :1], np.array([2.0]), np.eye(2)[:, :1])
    problem = Population(truth)
    state = one_sided.start_from(problem, np.array([[0.6], [0.8], [0.0]]))
    assert state.G == pytest.approx(np.array([[1.2], [0.0]]))
    after = one_sided.step(problem, one_sided.Parameters(0.1), state)
    y = np.array([0.6 + 0.24 * (1 - 0.36), 0.8 - 0.24 * 0.6 * 0.8, 0.0])
    assert after.X[:, 0] == pytest.approx(y / np.linalg.norm(y), rel=1e-14)
    assert after.residual.norm == pytest.approx(2 * np.sqrt(1 - after.X[0, 0] ** 2), rel=1e-13)


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (8, 5)])
def test_runs_under_iterate_for_any_shape(shape):
    truth = random_rectangular_truth(*shape, 1, rng=rng())
    problem = Population(truth)
    start = one_sided.init(problem, min(2, shape[0]), rng())
    run = iterate(one_sided, problem, one_sided.Parameters(1.0), start, max_iterations=99, tolerance=1e-9, truth=truth)
    assert run.stop_reason is StopReason.CONVERGED and run.history["error"][-1] <= 1e-9
    assert (run.history["passes"] == 4 * run.history["iteration"]).all()


def test_start_is_one_free_step_from_zero():
    operator = gaussian(6, 4, 50, rng())
    problem = Measured(operator, rng().standard_normal(50))
    state = one_sided.init(problem, 2, rng())
    assert state.G == pytest.approx(operator.adjoint(problem.y).T @ state.X, rel=1e-12)


def test_refusals():
    problem = Population(random_rectangular_truth(5, 4, 2, rng=rng()))
    X = np.eye(5)[:, :2]
    with pytest.raises(ValueError, match="X has columns that are not orthonormal"):
        one_sided.at(problem, 2 * X, np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"X has shape \(4, 2\); expected \(5, r\)"):
        one_sided.at(problem, np.eye(4)[:, :2], np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"G has shape \(4, 3\); expected \(4, 2\)"):
        one_sided.at(problem, X, np.zeros((4, 3)))
    with pytest.raises(ValueError, match="r is 6; expected an integer between 1 and 5"):
        one_sided.init(problem, 6, rng())
    for name in ("eta", "mu"):
        with pytest.raises(ValueError, match=f"{name} is -1.0; expected a positive finite number"):
            one_sided.Parameters(**{"eta": 1.0, "mu": 1.0, name: -1.0})


def test_reduced_run_stops_and_refuses():
    start = population.from_squared_cosines(np.diag([0.5, 0.2]))
    run = one_sided_population.run([1.0, 0.5], 0.5, start, tolerance=1e-6, max_iterations=1000)
    assert run.converged and run.q[-1] <= 1e-6 < run.q[-2] and run.iterations == len(run.q) - 1
    short = one_sided_population.run([1.0, 0.5], 0.5, start, tolerance=1e-6, max_iterations=3)
    assert not short.converged and short.iterations == 3
    none = one_sided_population.run(
        [1.0], 0.5, population.from_squared_cosines([[1.0]]), tolerance=1e-6, max_iterations=9
    )
    assert none.converged and none.iterations == 0
    with pytest.raises(ValueError, match=r"sigma has shape \(1,\); expected \(2,\)"):
        one_sided_population.run([1.0], 0.5, start, tolerance=1e-6, max_iterations=3)
    with pytest.raises(ValueError, match="expected positive numbers"):
        one_sided_population.run([1.0, 0.0], 0.5, start, tolerance=1e-6, max_iterations=3)
    with pytest.raises(ValueError, match="tolerance is 0.0"):
        one_sided_population.run([1.0, 0.5], 0.5, start, tolerance=0.0, max_iterations=3)


def test_tiny_and_huge_tangents_keep_their_digits():
    shape = np.array([[2.0, 1.0], [1.0, 3.0]])
    sigma, eta = np.array([1.0, 0.5]), 0.5
    near = one_sided_population.step(sigma, eta, population.Alignment(1e-200 * shape))
    C = 1 - eta * sigma**2  # the limit of C as W -> 0
    assert near.W == pytest.approx(1e-200 * shape * np.outer(C, C), rel=1e-14, abs=0)
    far = one_sided_population.step(sigma, eta, population.Alignment(1e100 * shape))
    C = 1 / (1 + eta * sigma**2)  # the limit of C as D -> I
    assert far.W == pytest.approx(1e100 * shape * np.outer(C, C), rel=1e-14, abs=0)


def test_nothing_cancels_where_a_step_is_exact_to_first_order():
    # eta sigma^2 = 1: C = D/(1 + D), and D is about W
    after = one_sided_population.step(np.ones(1), 1.0, population.Alignment(np.array([[1e-20]])))
    assert after.W[0, 0] == pytest.approx(1e-60, rel=1e-12, abs=0)


def test_bounds_by_hand():
    sigma = [1.0, 0.5]
    assert one_sided_bounds.shrinkage(0.0, sigma, 1.0) == 0.25  # z at the solution
    assert one_sided_bounds.shrinkage(1.0, sigma, 1.0) == pytest.approx(0.25 / 1.125)
    assert one_sided_bounds.shrinkage(1.0, sigma, 1.9) == pytest.approx(0.1)  # the second term, 2 - x
    assert one_sided_bounds.contraction(sigma, 1.0) == pytest.approx(0.8)
    assert one_sided_bounds.contraction(sigma, 1.9) == pytest.approx(0.9)
    assert one_sided_bounds.iterations(1.0, 0.8**2 * 1.0001, sigma, 1.0) == 1
    assert one_sided_bounds.iterations(1.0, 2.0, sigma, 1.0) == 0
    assert one_sided_bounds.iterations(1.0, 0.5, sigma, 2.0) == np.inf
    assert one_sided_bounds.fewest_iterations(1.0, 0.75**6 * 1.0001, sigma, 1.0) == 3
    assert one_sided_bounds.error(one_sided_bounds.q_for_error(1e-3)) == pytest.approx(1e-3, rel=1e-12)
    assert one_sided_bounds.formal_factor(1.0, sigma, 1.0) == pytest.approx(1 - 0.5 * 0.25 / 1.5**2)
    assert one_sided_bounds.free_step_size(20, 6, 300) == pytest.approx(1 / 1.4)
    assert one_sided_bounds.free_step_factor(25, 1, 100, 1.0) == pytest.approx(1.25)  # |1 - 1.5^2|
    assert one_sided_bounds.free_step_factor(200, 1, 100, 0.1) == 1.0  # more unknowns than samples: some stay


def test_bounds_refuse():
    with pytest.raises(ValueError, match="expected at most 2/sigma_1"):
        one_sided_bounds.shrinkage(1.0, [1.0, 0.5], 2.1)
    with pytest.raises(ValueError, match="expected positive numbers"):
        one_sided_bounds.contraction([1.0, -0.5], 1.0)
    with pytest.raises(ValueError, match="expected at most 1, and below 1"):
        one_sided_bounds.fewest_iterations(1.0, 1e-3, [1.0, 0.5], 1.2)
    with pytest.raises(ValueError, match="expected at most 1, and below 1"):
        one_sided_bounds.fewest_iterations(1.0, 1e-3, [1.0], 1.0)
    with pytest.raises(ValueError, match="expected a relative error below 1"):
        one_sided_bounds.q_for_error(1.0)
    with pytest.raises(ValueError, match="n is 0"):
        one_sided_bounds.free_step_size(20, 6, 0)
