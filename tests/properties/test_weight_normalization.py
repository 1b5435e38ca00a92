"""Laws of the step of generalized weight normalization, over generated problems, starts and retractions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wnsense import diagonal_magnitude, sensing, stiefel, weight_normalization
from wnsense.magnitude import best_magnitude, confused_pair, with_kernel
from wnsense.objective import Measured, Population
from wnsense.packing import pack
from wnsense.polar_decomposition import merge, polar_decomposition
from wnsense.problem import random_ground_truth

ROUNDING = 1e-10  # a few steps on numbers of order one
RETRACTIONS = {"polar": stiefel.polar, "QR": stiefel.qr, "Cayley": stiefel.cayley}


@st.composite
def cases(draw):
    """A truth with sigma_1 = 1, an operator, a symmetric start, definite or not, and a random generator."""
    m = draw(st.integers(2, 8))
    r = draw(st.integers(1, m))
    rank = draw(st.integers(1, r))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    truth = random_ground_truth(m, rank, sigma=np.sort(rng.uniform(0.1, 1, rank))[::-1], rng=rng)
    operator = sensing.gaussian(m, 3 * m * (m + 1), rng)
    Theta = rng.standard_normal((r, r))
    return truth, operator, stiefel.random_point(m, r, rng), (Theta + Theta.T) / 4, rng


def measured(truth, operator):
    return Measured(operator, operator.forward(truth.A))


def product(state):
    return state.X @ state.Theta @ state.X.T


def path(objective, retraction, X, Theta, *, mu=1.5, eta=0.3, steps=6):
    parameters = weight_normalization.Parameters(eta, mu=mu, retraction=retraction)
    states = [weight_normalization.at(objective, X, Theta)]
    for _ in range(steps):
        states.append(weight_normalization.step(objective, parameters, states[-1]))
    return states


@pytest.mark.parametrize("retraction", RETRACTIONS.values(), ids=RETRACTIONS)
@given(case=cases())
@settings(deadline=None, max_examples=30)
def test_columns_stay_orthonormal_and_the_magnitude_symmetric_to_the_last_bit(retraction, case):
    truth, operator, X, Theta, _ = case
    for objective in (measured(truth, operator), Population(truth)):
        for state in path(objective, retraction, X, Theta):
            assert np.abs(state.X.T @ state.X - np.eye(X.shape[1])).max() <= 1e-13
            assert np.array_equal(state.Theta, state.Theta.T)


@pytest.mark.claim("prop-orthogonal-invariance")
@pytest.mark.parametrize("retraction", [stiefel.polar, stiefel.cayley], ids=["polar", "Cayley"])
@given(case=cases())
@settings(deadline=None, max_examples=30)
def test_every_trajectory_turns_with_its_start(retraction, case):
    truth, operator, X, Theta, rng = case
    Q = stiefel.random_point(X.shape[1], X.shape[1], rng)
    for objective in (measured(truth, operator), Population(truth)):
        turned = path(objective, retraction, X @ Q, (Q.T @ Theta @ Q + (Q.T @ Theta @ Q).T) / 2)
        for one, other in zip(path(objective, retraction, X, Theta), turned):
            assert np.abs(other.X - one.X @ Q).max() <= ROUNDING
            assert np.abs(product(other) - product(one)).max() <= ROUNDING


@pytest.mark.claim("prop-orthogonal-invariance")
@given(case=cases())
@settings(deadline=None, max_examples=30)
def test_qr_commutes_with_signs_and_keeps_the_population_product(case):
    truth, operator, X, Theta, rng = case
    r = X.shape[1]
    signs = np.diag(rng.choice([-1.0, 1.0], r))
    for one, other in zip(
        path(measured(truth, operator), stiefel.qr, X, Theta),
        path(measured(truth, operator), stiefel.qr, X @ signs, signs @ Theta @ signs),
    ):
        assert np.abs(other.X - one.X @ signs).max() <= ROUNDING
    Q = stiefel.random_point(r, r, rng)
    start = X.T @ truth.A @ X  # the magnitude that belongs to X, so that the polar path is the same too
    start = (start + start.T) / 2
    population = Population(truth)
    reference = path(population, stiefel.polar, X, start, mu=2.0)
    turned = path(population, stiefel.qr, X @ Q, (Q.T @ start @ Q + (Q.T @ start @ Q).T) / 2, mu=2.0)
    for one, other in zip(reference, turned):
        assert np.abs(product(one) - product(other)).max() <= ROUNDING


def test_qr_does_not_commute_with_rotations():
    rng = np.random.default_rng(0)
    truth = random_ground_truth(6, 2, kappa=2.0, rng=rng)
    objective = measured(truth, sensing.gaussian(6, 60, rng))
    X, Q = stiefel.random_point(6, 3, rng), stiefel.random_point(3, 3, rng)
    Theta = np.diag([1.0, -0.5, 0.3])
    one, other = path(objective, stiefel.qr, X, Theta), path(objective, stiefel.qr, X @ Q, Q.T @ Theta @ Q)
    assert max(np.abs(product(a) - product(b)).max() for a, b in zip(one, other)) > 1e-5  # rounding is below 1e-10


@pytest.mark.parametrize("retraction", RETRACTIONS.values(), ids=RETRACTIONS)
@given(case=cases())
@settings(deadline=None, max_examples=30)
def test_factored_population_step_equals_the_dense_one(retraction, case):
    truth, _, X, Theta, _ = case
    dense = Measured(sensing.Identity(truth.m), pack(truth.A))
    for fast, slow in zip(path(Population(truth), retraction, X, Theta), path(dense, retraction, X, Theta)):
        assert np.abs(fast.X - slow.X).max() <= ROUNDING
        assert np.abs(fast.Theta - slow.Theta).max() <= ROUNDING
        assert abs(fast.residual.norm - slow.residual.norm) <= ROUNDING


@given(case=cases())
@settings(deadline=None, max_examples=50)
def test_a_definite_magnitude_stays_definite_in_the_population(case):
    truth, _, X, Theta, rng = case
    for state in path(Population(truth), stiefel.polar, X, Theta @ Theta, mu=rng.uniform(0.1, 2.0)):
        assert np.linalg.eigvalsh(state.Theta)[0] >= -1e-13  # rounding


@given(case=cases())
@settings(deadline=None, max_examples=50)
def test_steps_leave_their_inputs_bitwise_unchanged(case):
    truth, operator, X, Theta, _ = case
    for method in (weight_normalization, diagonal_magnitude):
        state = method.at(measured(truth, operator), X, Theta)
        before = state.X.copy(), state.Theta.copy()
        method.step(measured(truth, operator), method.Parameters(0.3), state)
        assert np.array_equal(state.X, before[0]) and np.array_equal(state.Theta, before[1])


@given(case=cases())
@settings(deadline=None, max_examples=50)
def test_polar_decomposition_and_merge_reproduce_the_factor(case):
    *_, rng = case
    r = int(rng.integers(1, 6))
    m = int(rng.integers(r, 9))
    Y = rng.standard_normal((m, r)) @ np.diag(10.0 ** rng.uniform(-6, 0, r) * rng.choice([0.0, 1.0], r))
    X, Theta_tilde = polar_decomposition(Y)
    assert np.abs(X.T @ X - np.eye(r)).max() <= 1e-13
    assert np.abs(X @ Theta_tilde - Y).max() <= 1e-13 * max(1, np.abs(Y).max())
    assert np.linalg.eigvalsh(Theta_tilde)[0] >= -1e-13
    X, Theta = merge(Y)
    assert np.abs(X @ Theta @ X.T - Y @ Y.T).max() <= 1e-12 * max(1, np.abs(Y @ Y.T).max())


@pytest.mark.claim("lem-symmetric-relaxation")
@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=100)
def test_every_kernel_of_admissible_rank_confuses_two_matrices(seed):
    rng = np.random.default_rng(seed)
    m = int(rng.integers(2, 8))
    r_A = int(rng.integers(1, m + 1))
    r = int(rng.integers(r_A, m + 1))
    rank = int(rng.integers(1, min(r + r_A, m) + 1))
    V = stiefel.random_point(m, rank, rng)
    N = (V * (rng.choice([-1.0, 1.0], rank) * rng.uniform(0.1, 1, rank))) @ V.T
    N = (N + N.T) / 2
    A, Z = confused_pair(N, r, r_A)
    assert np.linalg.eigvalsh(A)[0] >= -1e-12 and np.linalg.matrix_rank(A, tol=1e-8) == r_A
    assert np.linalg.matrix_rank(Z, tol=1e-8) <= r
    assert min(np.abs(Z - A - N).max(), np.abs(Z - A + N).max()) <= 1e-12
    assert np.abs(with_kernel(N).forward(Z - A)).max() <= 1e-12


@given(case=cases())
@settings(deadline=None, max_examples=30)
def test_best_magnitude_leaves_no_slope(case):
    truth, operator, X, *_ = case
    objective = measured(truth, operator)
    Theta = best_magnitude(operator, objective.y, X)
    residual = objective.residual(X, Theta)
    assert np.abs(objective.magnitude_gradient(X, Theta, residual)).max() <= ROUNDING
