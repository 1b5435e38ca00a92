"""Cases of the two rewritings, of the trigger and of their bounds: arguments out of range, corners, known values."""

import numpy as np
import pytest

from wnsense import asymmetric, modified_descent, step_trigger
from wnsense import modified_step_bounds as bounds
from wnsense import modified_step_instances as instances
from wnsense import modified_step_noise as noises
from wnsense import modified_step_runs as runs
from wnsense.modified_step import modified_step, rebalanced_step, singular_values
from wnsense.rectangular import Dense, random_rectangular_truth
from wnsense.rectangular_objective import Measured, Population

F, G = np.diag([2.0, 0.0])[:, :2], np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 3.0]])


@pytest.mark.parametrize(
    "call, message",
    {
        "widths": (lambda: modified_step(F, G[:, :1]), r"G has shape \(3, 1\); expected \(n_2, 2\)"),
        "product zero": (
            lambda: modified_step(F, np.zeros((3, 2))),
            "the product zero; expected a product with a norm",
        ),
        "not finite": (lambda: modified_step(F * np.nan, G), "F has .* not finite"),
        "no rows": (lambda: modified_step(np.zeros((0, 2)), G), "expected at least one row and one column"),
        "beta2 zero": (lambda: rebalanced_step(F, G, 0.0), "beta2 is 0.0; expected a positive finite number"),
        "beta2 text": (lambda: rebalanced_step(F, G, "1"), "beta2 is '1'"),
        "delta": (lambda: step_trigger.residual_bound(1.0, delta=1.0), r"delta is 1.0; expected a number in \[0, 1\)"),
        "noise": (lambda: step_trigger.residual_bound(1.0, noise=-1.0), "noise is -1.0; expected a finite number"),
        "failure": (lambda: step_trigger.held_out_bound(np.ones(3), 1.0), "failure is 1.0; expected a probability"),
        "no measurements": (lambda: step_trigger.held_out_bound(np.ones(0)), "the length of residual is 0"),
        "unsorted": (lambda: step_trigger.certified_count(np.array([1.0, 2.0]), 0.1), "expected singular values"),
        "negative": (lambda: step_trigger.certified_count(np.array([1.0, -2.0]), 0.1), "expected singular values"),
        "epsilon": (lambda: step_trigger.certified_count(np.ones(1), np.inf), "epsilon is inf; expected a finite"),
        "previous": (
            lambda: step_trigger.due(np.ones(2), 0.1, np.ones(3)),
            r"previous has shape \(3,\); expected \(2,\)",
        ),
        "rule": (lambda: modified_descent.Parameters(0.1, "often"), "rule is 'often'; expected one of modified"),
        "every": (lambda: modified_descent.Parameters(0.1, every=0), "every is 0; expected an integer of at least 1"),
        "rho": (lambda: bounds.modified_iterations(0.6, 1e-3, 2.0, 0.1), "rho is 0.6; expected at most 0.5"),
        "step": (lambda: bounds.rebalanced_iterations(0.1, 1e-3, 2.0, 0.3), "step is 0.3; expected at most 0.25"),
        "kappa": (lambda: bounds.modified_iterations(0.5, 1e-3, 0.5, 0.1), "kappa is 0.5; expected a condition number"),
    }.values(),
)
def test_arguments_out_of_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_modified_step_of_a_known_pair():
    # F G^T = [[2, 0, 0], [0, 0, 0]], p = 2, beta = 2; the second column of F is zero and is completed
    one, two = modified_step(F, G)
    np.testing.assert_allclose(one.T @ one, 4 * np.eye(2), atol=1e-14)
    np.testing.assert_allclose(np.linalg.norm(two, axis=0), [1.0, 0.0], atol=1e-14)
    np.testing.assert_allclose(one @ two.T, [[2, 0, 0], [0, 0, 0]], atol=1e-14)


def test_rebalanced_step_of_a_known_scalar():
    # f^2 - g^2 = 3 and fg = 2: f = 2, g = 1
    one, two = rebalanced_step(np.array([[0.5]]), np.array([[4.0]]), 3.0)
    np.testing.assert_allclose([abs(one[0, 0]), abs(two[0, 0])], [2.0, 1.0], rtol=1e-14)


@pytest.mark.parametrize("n_1, n_2, r, width", [(1, 5, 3, 1), (5, 1, 3, 3), (4, 4, 9, 4), (6, 2, 3, 3)])
def test_width_is_at_most_n_1(n_1, n_2, r, width):
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((n_1, r)), rng.standard_normal((n_2, r))
    for one, two in (modified_step(left, right), rebalanced_step(left, right, 0.7)):
        assert one.shape == (n_1, width) and two.shape == (n_2, width)
        np.testing.assert_allclose(one @ two.T, left @ right.T, atol=1e-12)


def test_rebalanced_step_of_the_zero_product():
    one, two = rebalanced_step(F, np.zeros((3, 2)), 0.25)
    np.testing.assert_allclose(one.T @ one, 0.25 * np.eye(2), atol=1e-15)
    assert not two.any()


@pytest.mark.parametrize(
    "s, epsilon, count",
    [
        ([3.0, 1.0, 0.01], 0.1, 2),
        ([3.0, 1.0, 0.2], 0.1, 0),  # the third value is neither large nor small
        ([3.0, 0.05, 0.01], 0.1, 1),
        ([3.0, 1.0, 0.31], 0.1, 3),  # nothing follows: no surplus column
        ([0.0, 0.0], 0.0, 0),
        ([1.0, 0.0], 0.0, 1),
    ],
)
def test_certified_count(s, epsilon, count):
    assert step_trigger.certified_count(np.array(s), epsilon) == count


@pytest.mark.parametrize(
    "s, previous, count",
    [
        ([1.0, 0.08], [1.0, 0.09], 1),
        ([1.0, 0.08], [1.0, 0.07], 0),  # it grows: a signal on its way
        ([1.0, 0.01], [1.0, 0.02], 0),  # the residual is elsewhere
        ([1.0], [1.0], 0),  # exact rank: nothing to gain
    ],
)
def test_due(s, previous, count):
    assert step_trigger.due(np.array(s), 0.1, np.array(previous)) == count


def test_singular_values_against_numpy():
    rng = np.random.default_rng(1)
    left, right = rng.standard_normal((7, 3)), rng.standard_normal((2, 3))
    np.testing.assert_allclose(
        singular_values(left, right), np.linalg.svd(left @ right.T, compute_uv=False)[:2], rtol=1e-12
    )


def test_bounds_of_the_spectrum_at_the_golden_ratio():
    # beta^2 = sigma = 1: g^2 = (sqrt 5 - 1)/2, f^2 = g^2 + 1
    f2, g2 = bounds.rebalanced_spectrum([1.0], 1.0)
    np.testing.assert_allclose([f2[0], g2[0]], [(np.sqrt(5) + 1) / 2, (np.sqrt(5) - 1) / 2], rtol=1e-14)
    assert bounds.condition(bounds.modified_spectrum([2.0, 1.0], 1.0), 1.0) == pytest.approx(1 + 4)


def test_flow_drift_is_below_its_chord():
    rho = np.linspace(0.01, 0.5, 50)
    assert (bounds.flow_drift(rho) <= 4.6 * rho).all() and bounds.flow_drift(0.0) == 0


@pytest.mark.parametrize("step, kappa", [(1 / 6, 2.0), (0.05, 7.0)])
def test_modified_iterations_follow_the_recursion(step, kappa):
    rho, count = 0.5, 0
    while rho > 1e-4:
        rho, count = rho * np.sqrt(1 - step * (1 - rho) ** 2 / (3.3 * kappa**2)), count + 1
    allowed = bounds.modified_iterations(0.5, 1e-4, kappa, step)
    assert count <= allowed <= 1.02 * count  # 1 % of rho at a time, and rounding up


def test_modified_descent_without_a_rule_is_gradient_descent():
    rng = np.random.default_rng(2)
    truth = random_rectangular_truth(6, 5, 2, kappa=2.0, rng=rng)
    problem = Population(truth)
    plain = asymmetric.init(problem, 3, 0.1, np.random.default_rng(3))
    state = modified_descent.init(problem, 3, 0.1, np.random.default_rng(3))
    for _ in range(20):
        plain = asymmetric.step(problem, asymmetric.Parameters(0.2), plain)
        state = modified_descent.step(problem, modified_descent.Parameters(0.2, "never"), state)
    np.testing.assert_array_equal(state.F, plain.F)
    np.testing.assert_array_equal(state.G, plain.G)
    assert state.iteration == 20 and state.count == 0


def test_steps_leave_their_inputs_alone():
    left, right = F.copy(), G.copy()
    modified_step(left, right)
    rebalanced_step(left, right, 1.0)
    singular_values(left, right)
    assert (left == F).all() and (right == G).all()


@pytest.mark.parametrize("kind", instances.KINDS)
def test_points_lie_at_the_distance_asked_for(kind):
    for seed in range(8):
        truth, left, right = instances.near_point(np.random.default_rng(seed), 0.4, kind)
        assert np.linalg.norm(left @ right.T - truth.A) == pytest.approx(0.4 * truth.sigma[-1], rel=1e-9)


def test_least_squares_with_every_entry_measured():
    # then least squares is projection of the noise: onto {F B' + C V'} by hand, onto low rank by Eckart and Young
    rng = np.random.default_rng(5)
    truth = random_rectangular_truth(5, 4, 1, kappa=1.0, rng=rng)
    operator, left = Dense(np.eye(20), (5, 4)), rng.standard_normal((5, 2))
    xi = 0.1 * rng.standard_normal((5, 4))
    onto, row = left @ np.linalg.pinv(left), truth.V @ truth.V.T
    wanted = np.linalg.norm(onto @ xi + (xi - onto @ xi) @ row)
    assert noises.held_error(truth, operator, xi.ravel(), left) == pytest.approx(wanted, rel=1e-12)
    U, s, Vt = np.linalg.svd(truth.A + xi)
    wanted = np.linalg.norm((U[:, :2] * s[:2]) @ Vt[:2] - truth.A)
    assert noises.width_error(truth, operator, xi.ravel(), 2, sweeps=200) == pytest.approx(wanted, rel=1e-6)


def test_forced_run_on_compressed_measurements_is_the_run():
    alpha, noise, seed = 1e-2, 1e-2, 5
    truth, operator, xi, rng = runs.measurements(seed, noise)
    measured = Measured(operator, operator.forward(truth.A) + xi)
    state = asymmetric.init(measured, 4, alpha, rng, runs.RATIO)
    for _ in range(60):
        state = asymmetric.step(measured, asymmetric.Parameters(0.2), state)
    ((plain, _),) = noises.forced(alpha, noise, 20, looks=(60,), seed=seed)
    assert plain == pytest.approx(truth.error(state.F, state.G), rel=1e-9)


def test_isometry_of_a_diagonal_operator():
    # rank 1 with one entry: the entry that is measured least
    weights = np.linspace(0.5, 1.0, 12)
    assert noises.isometry_at_least(Dense(np.diag(weights), (4, 3)), 1) == pytest.approx(0.75, abs=1e-9)
