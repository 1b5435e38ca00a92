"""Bad input of weight normalization and its relatives, and cases small enough to do by hand."""

import re

import numpy as np
import pytest

from wnsense import column_normalization, diagonal_magnitude, sensing, weight_normalization
from wnsense import vector_normalization as vn
from wnsense.magnitude import best_magnitude, best_semidefinite_magnitude, confused_pair, traceless, with_kernel
from wnsense.objective import Measured, Population
from wnsense.polar_decomposition import polar_decomposition
from wnsense.problem import GroundTruth

TRUTH = GroundTruth(np.eye(3)[:, :1], np.ones(1))
POPULATION = Population(TRUTH)


@pytest.mark.parametrize("method", [weight_normalization, diagonal_magnitude, column_normalization])
@pytest.mark.parametrize("name", ["eta", "mu"])
@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf"), "1", True])
def test_step_sizes_must_be_positive_and_finite(method, name, value):
    with pytest.raises(ValueError, match=f"{name} is .*expected a positive finite number"):
        method.Parameters(**{"eta": 0.1, "mu": 2.0, name: value})


@pytest.mark.parametrize(
    "X, Theta, message",
    [
        (np.eye(4)[:, :2], np.eye(2), "X has shape (4, 2); expected (3, r)"),
        (2 * np.eye(3)[:, :2], np.eye(2), "X has columns that are not orthonormal"),
        (np.eye(3)[:, :2], np.eye(3), "Theta has shape (3, 3); expected (2, 2)"),
        (np.eye(3)[:, :2], np.array([[0.0, 1.0], [0.0, 0.0]]), "Theta is not symmetric"),
        (np.full((3, 2), np.nan), np.eye(2), "X has 6 entries that are not finite"),
        (np.eye(3)[:, :0], np.eye(0), "the number of columns of X is 0; expected an integer between 1 and 3"),
    ],
)
def test_a_state_off_the_manifold_is_refused(X, Theta, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        weight_normalization.at(POPULATION, X, Theta)


@pytest.mark.parametrize("method", [weight_normalization, diagonal_magnitude])
def test_more_columns_than_rows_are_refused(method):
    with pytest.raises(ValueError, match="r is 4; expected an integer between 1 and 3"):
        method.init(POPULATION, 4, np.random.default_rng(0))


def test_one_step_by_hand():
    # A = e1 e1', X = (cos a, sin a, 0)', Theta = cos^2 a: G = -cos^3(a) sin(a) (sin a, -cos a, 0)', turning a to zero
    a, eta = 0.7, 0.5
    X = np.array([[np.cos(a)], [np.sin(a)], [0.0]])
    state = weight_normalization.at(POPULATION, X, np.array([[np.cos(a) ** 2]]))
    after = weight_normalization.step(POPULATION, weight_normalization.Parameters(eta), state)
    turned = a - np.arctan(eta * np.cos(a) ** 3 * np.sin(a))
    np.testing.assert_allclose(after.X[:, 0], [np.cos(turned), np.sin(turned), 0], atol=1e-15)
    np.testing.assert_allclose(after.Theta, [[np.cos(turned) ** 2]], atol=1e-15)


def test_diagonal_magnitude_stays_diagonal_and_exact():
    rng = np.random.default_rng(0)
    state = diagonal_magnitude.init(POPULATION, 2, rng)
    for _ in range(3):
        state = diagonal_magnitude.step(POPULATION, diagonal_magnitude.Parameters(0.5), state)
        assert np.array_equal(state.Theta, np.diag(np.diag(state.Theta)))
        np.testing.assert_allclose(np.diag(state.Theta), state.X[0] ** 2, atol=1e-15)  # x_i' A x_i


@pytest.mark.parametrize(
    "V, g, message",
    [
        (np.ones((4, 2)), np.ones(2), "V has shape (4, 2); expected (3, r)"),
        (np.ones((3, 2)), np.ones(3), "g has shape (3,); expected (2,)"),
        (np.eye(3)[:, :2] * [1, 0], np.ones(2), "V has a column of zeros"),
    ],
)
def test_columns_that_cannot_be_normalised_are_refused(V, g, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        column_normalization.at(POPULATION, V, g)


def test_column_gradients_agree_with_the_complex_step():
    rng = np.random.default_rng(1)
    V, g, A = rng.standard_normal((3, 2)), rng.standard_normal(2), TRUTH.A
    in_V, in_g = column_normalization.gradients(column_normalization.at(POPULATION, V, g))

    def f(V, g):
        Y = V / np.sqrt(np.sum(V * V, axis=0)) * g
        return np.sum((Y @ Y.T - A) ** 2) / 4

    h = 1e-120
    for i, j in np.ndindex(3, 2):
        bump = np.zeros((3, 2))
        bump[i, j] = h
        assert abs(f(V + 1j * bump, g).imag / h - in_V[i, j]) < 1e-12  # rounding
    for j in range(2):
        assert abs(f(V, g + 1j * h * np.eye(2)[j]).imag / h - in_g[j]) < 1e-12


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: vn.descend(lambda w: w, 0.0, np.ones(2), 1.0, 3), "eta is 0.0; expected a positive finite number"),
        (lambda: vn.descend(lambda w: w, 0.1, np.ones(2), 1.0, -1), "steps is -1; expected an integer of at least 0"),
        (lambda: vn.descend(lambda w: w, 0.1, np.zeros(2), 1.0, 1), "v is zero; expected a vector with a direction"),
        (lambda: vn.descend(lambda w: w, 0.1, np.ones((2, 2)), 1.0, 1), "v has shape (2, 2); expected (m,)"),
        (lambda: vn.Quadratic(np.array([[0.0, 1.0], [0.0, 0.0]]), np.ones(2)), "H is not symmetric"),
        (lambda: vn.Quadratic(np.eye(2), np.ones(3)), "b has shape (3,); expected (2,)"),
        (lambda: polar_decomposition(np.ones((2, 3))), "Y has shape (2, 3); expected between 1 and as many columns"),
        (lambda: with_kernel(np.zeros((2, 2))), "N is zero; expected a matrix that spans a kernel"),
        (lambda: confused_pair(np.eye(4), 2, 1), "N has rank 4; expected between 1 and r + r_A = 3"),
        (lambda: traceless(0), "m is 0; expected an integer of at least 1"),
        (lambda: best_magnitude(traceless(3), np.ones(5), np.eye(3)), "y has shape (5,); expected (6,)"),
        (lambda: best_semidefinite_magnitude(traceless(3), np.ones(6), np.eye(4)), "X has shape (4, 4); expected (3"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_traceless_removes_the_trace_and_nothing_else():
    operator, S = traceless(3), np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 5.0], [0.0, 5.0, 7.0]])
    np.testing.assert_allclose(operator.normal(S), S - 4 * np.eye(3), atol=1e-14)


def test_best_semidefinite_magnitude_of_an_indefinite_target():
    # the best positive semidefinite matrix is the positive part, when everything is measured
    operator = sensing.Identity(2)
    Theta = best_semidefinite_magnitude(operator, operator.forward(np.diag([2.0, -1.0])), np.eye(2))
    np.testing.assert_allclose(Theta, np.diag([2.0, 0.0]), atol=1e-12)


def test_the_false_solution_is_a_fixed_point_of_the_step():
    operator = traceless(3)
    objective = Measured(operator, operator.forward(TRUTH.A))
    state = weight_normalization.at(objective, np.eye(3)[:, 1:], -np.eye(2))
    after = weight_normalization.step(objective, weight_normalization.Parameters(0.5), state)
    np.testing.assert_allclose(after.X @ after.Theta @ after.X.T, np.diag([0.0, -1.0, -1.0]), atol=1e-14)
