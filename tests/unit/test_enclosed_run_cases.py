"""The run in ball arithmetic: exact where it says so, and around the run in floating point."""

import flint
import numpy as np
import pytest
import scipy.linalg

from wnsense import enclosed_run, objective, rip, weight_normalization
from wnsense.packing import pack, unpack
from wnsense.problem import GroundTruth
from wnsense.proof import ball

Q = flint.fmpq


def instance(seed=0):
    return enclosed_run.random_instance(
        (Q(1), Q(1, 2)), 3, 5, Q(1, 15), Q(1, 300), Q(1, 2), np.random.default_rng(seed)
    )


def floats(M):
    return np.array([[float(M[i, j]) for j in range(M.ncols())] for i in range(M.nrows())])


def rational_floats(M):
    return floats(flint.arb_mat(M))


def test_start_and_mirrors_are_exactly_orthogonal():
    it = instance()
    assert it.X.transpose() * it.X == flint.fmpq_mat([[int(i == j) for j in range(3)] for i in range(3)])
    for i, V in enumerate(it.mirrors):
        assert V == V.transpose()
        assert all(enclosed_run.inner(V, W) == 0 for W in it.mirrors[:i])
        assert enclosed_run.inner(V, V) > 0


def test_normal_is_the_identity_plus_delta_times_a_mirror():
    it = instance()
    B = np.array([pack(rational_floats(V)) for V in it.mirrors])
    B /= np.linalg.norm(B, axis=1, keepdims=True)
    E = float(1 / 300) * (np.eye(15) - 2 * B.T @ B)
    Z = flint.fmpq_mat([[(i + 2 * j) % 5 + (j + 2 * i) % 5 for j in range(5)] for i in range(5)])
    expected = rational_floats(Z) + unpack(E @ pack(rational_floats(Z)))
    assert np.allclose(rational_floats(enclosed_run.normal(it, Z)), expected)
    assert np.allclose(floats(enclosed_run.normal(it, flint.arb_mat(Z))), expected)


def test_inverse_square_root_contains_the_true_one():
    rng = np.random.default_rng(0)
    B = rng.standard_normal((3, 3))
    B = B @ B.T
    B *= 0.4 / np.linalg.norm(B)
    with ball.precision(200):
        Y = enclosed_run.inverse_square_root_of_one_plus(ball.matrix(B))
        one = Y * (ball.matrix(np.eye(3)) + ball.matrix(B)) * Y
        assert all(one[i, j].contains(int(i == j)) for i in range(3) for j in range(3))
        assert max(float(x.rad()) for x in Y.entries()) < 1e-50
    assert np.allclose(floats(Y), np.linalg.inv(scipy.linalg.sqrtm(np.eye(3) + B)))


def test_inverse_square_root_refuses_what_the_series_does_not_cover():
    with pytest.raises(ValueError, match="B has norm .*; expected less than 1/2"):
        enclosed_run.inverse_square_root_of_one_plus(ball.matrix(np.eye(2)))


def test_trajectory_encloses_the_run_in_floating_point():
    it = instance()
    B = np.array([pack(rational_floats(V)) for V in it.mirrors])
    B /= np.linalg.norm(B, axis=1, keepdims=True)
    operator = rip.with_deviation((np.eye(15) - 2 * B.T @ B) / 300)
    truth = GroundTruth(np.eye(5)[:, :2], np.array([1.0, 0.5]))
    problem = objective.Measured(operator, operator.forward(truth.A))
    X = rational_floats(it.X)
    state = weight_normalization.at(problem, X, problem.backprojection(X))
    with ball.precision(400):
        for t, (X, Theta) in zip(range(12), enclosed_run.trajectory(it)):
            assert np.abs(floats(X) - state.X).max() < 1e-12, t  # rounding of the floating-point run
            assert np.abs(floats(Theta) - state.Theta).max() < 1e-12, t
            assert max(float(x.rad()) for x in X.entries()) < 1e-60
            state = weight_normalization.step(problem, weight_normalization.Parameters(0.5), state)


def test_smallest_eigenvalue_of_a_known_matrix():
    S = flint.arb_mat([[2, 1], [1, 2]])
    assert enclosed_run.smallest_eigenvalue(S).contains(1)
    assert enclosed_run.smallest_eigenvalue(flint.arb_mat([[3, 0], [0, 3]])).contains(3)
