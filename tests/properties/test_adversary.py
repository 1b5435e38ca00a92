"""The adversary: its steps are those of the algorithm, its gradients derivatives, its distortions allowed and
harmful.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wnsense import adversary, objective, stiefel, weight_normalization
from wnsense.problem import GroundTruth

seeds = st.integers(0, 2**32 - 1)
shapes = st.tuples(st.integers(1, 3), st.integers(0, 2), st.integers(0, 2))  # k, r - k, m - (k + r)


def instance(seed, shape):
    """A point with a random alignment and magnitude error, a small symmetric E, and a generator to go on with."""
    rng = np.random.default_rng(seed)
    k, extra, outside = shape
    r = k + extra
    m = k + r + outside
    Q = stiefel.random_point(k, k, rng)
    X = adversary.aligned_direction(stiefel.sym(Q * rng.uniform(0.05, 0.95, k) @ Q.T), r, m) @ stiefel.random_point(
        r, r, rng
    )
    sigma = np.sort(np.append(1.0, rng.uniform(0.3, 0.9, k - 1)))[::-1]
    A = np.diag(np.append(sigma, np.zeros(m - k)))
    Theta = stiefel.sym(X.T @ A @ X + 0.02 * rng.standard_normal((r, r)))
    E = 0.02 * stiefel.sym(rng.standard_normal((m, m)))
    return adversary.Point(sigma, X, Theta), E, rng


@given(seeds, shapes)
def test_a_direction_has_the_alignment_asked_for(seed, shape):
    rng = np.random.default_rng(seed)
    k, extra, outside = shape
    Q = stiefel.random_point(k, k, rng)
    S = stiefel.sym(Q * rng.uniform(0, 1, k) @ Q.T)
    X = adversary.aligned_direction(S, k + extra, 2 * k + extra + outside)
    assert np.abs(X.T @ X - np.eye(k + extra)).max() < 1e-12
    assert np.abs(X[:k] @ X[:k].T - S).max() < 1e-12


@given(seeds, shapes)
def test_the_gap_is_that_of_the_smallest_eigenvalue(seed, shape):
    point, _, _ = instance(seed, shape)
    k = len(point.sigma)
    smallest = np.linalg.eigvalsh(point.X[:k] @ point.X[:k].T)[0]
    assert abs(point.q - (1 / smallest - 1)) < 1e-9 * (1 + point.q)  # rounding: 1/smallest is at most 20


@given(seeds, shapes)
def test_without_distortion_a_step_is_one_of_the_algorithm(seed, shape):
    point, _, _ = instance(seed, shape)
    k, m = len(point.sigma), len(point.X)
    problem = objective.Population(GroundTruth(np.eye(m)[:, :k], point.sigma))
    state = weight_normalization.step(
        problem, weight_normalization.Parameters(0.5), weight_normalization.at(problem, point.X, point.Theta)
    )
    assert np.abs(adversary.direction_step(point, np.zeros((m, m)), 0.5) - state.X).max() < 1e-12
    after = adversary.step(point, 0.0, 0.5)
    assert np.abs(after.Theta - state.Theta).max() < 1e-12


@given(seeds, shapes)
def test_sensitivities_are_derivatives(seed, shape):
    point, E, rng = instance(seed, shape)
    k, h = len(point.sigma), 1e-5

    def smallest(Theta, E):
        X = adversary.direction_step(adversary.Point(point.sigma, point.X, Theta), E, 0.5)
        return np.linalg.eigvalsh(X[:k] @ X[:k].T)

    spectrum = smallest(point.Theta, E)
    if k > 1 and spectrum[1] - spectrum[0] < 0.05:  # near a double eigenvalue the smallest one is not smooth
        return
    in_E, in_Theta = adversary.sensitivity(point, E, 0.5)
    dE = stiefel.sym(rng.standard_normal(E.shape))
    dTheta = stiefel.sym(rng.standard_normal(point.Theta.shape))
    slope_E = (smallest(point.Theta, E + h * dE)[0] - smallest(point.Theta, E - h * dE)[0]) / (2 * h)
    slope_Theta = (smallest(point.Theta + h * dTheta, E)[0] - smallest(point.Theta - h * dTheta, E)[0]) / (2 * h)
    # central differences: error of order h^2 times third derivatives, and 1e-16/h from rounding
    assert abs(np.sum(in_E * dE) - slope_E) < 1e-6
    assert abs(np.sum(in_Theta * dTheta) - slope_Theta) < 1e-6


@given(seeds, st.integers(1, 6))
def test_the_matrix_sign_maximises_over_the_ball(seed, n):
    rng = np.random.default_rng(seed)
    C = stiefel.sym(rng.standard_normal((n, n)))
    sign = adversary.matrix_sign(C)
    assert np.linalg.norm(sign, 2) < 1 + 1e-12
    assert abs(np.sum(sign * C) - np.linalg.norm(C, "nuc")) < 1e-9
    assert np.abs(adversary.matrix_sign(np.outer(C[0], C[0])) @ C[0] - C[0]).max() < 1e-9  # 0 outside the range


@given(seeds, shapes)
def test_the_worst_distortion_is_allowed_and_does_more_harm_than_chance(seed, shape):
    point, _, rng = instance(seed, shape)
    k, m, size = len(point.sigma), len(point.X), 0.01
    worst = adversary.worst_distortion(point, size, 0.5)
    assert np.linalg.norm(worst, 2) <= size * (1 + 1e-12)
    harm = adversary.gap(k, adversary.direction_step(point, worst, 0.5))
    for _ in range(5):
        E = stiefel.sym(rng.standard_normal((m, m)))
        chance = adversary.gap(k, adversary.direction_step(point, size * E / np.linalg.norm(E, 2), 0.5))
        assert chance <= harm * (1 + 1e-3)  # the linearisation is not exact: second order in size


@given(seeds, shapes)
def test_the_magnitude_stays_within_what_the_distortion_allows(seed, shape):
    point, _, _ = instance(seed, shape)
    after = adversary.step(point, 0.01, 0.5)
    seen = np.linalg.norm(adversary.Point(point.sigma, after.X, point.Theta).R)
    assert np.linalg.norm(after.Xi) <= 0.01 * seen * (1 + 1e-9)
    assert np.abs(after.Theta - after.Theta.T).max() < 1e-12
