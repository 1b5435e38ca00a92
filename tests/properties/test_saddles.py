"""Laws of the stationary points, on random truths with repeated eigenvalues and any number of columns that fits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wnsense import objective, plateaus, population, saddles, stiefel, weight_normalization
from wnsense.problem import random_ground_truth

ROUNDING = 1e-12  # of quantities of order 1, a few products deep


@st.composite
def stationary(draw):
    """A truth, learned indices that fit, and a stationary direction that has learned just them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    m = int(rng.integers(2, 8))
    rank, r = int(rng.integers(1, m + 1)), int(rng.integers(1, m + 1))
    truth = random_ground_truth(m, rank, sigma=rng.choice([0.25, 0.5, 1.0, 1.5], rank), rng=rng)
    sets = saddles.learned_sets(rank, m, r)
    learned = sets[int(rng.integers(len(sets)))]
    return truth, learned, saddles.stationary_point(truth, learned, r, rng), rng


def loss(truth, X):
    """f with the best magnitude, from dense matrices."""
    P = X @ X.T
    return np.sum((P @ truth.A @ P - truth.A) ** 2) / 4


@pytest.mark.claim("thm-stationary-points")
@given(stationary())
@settings(deadline=None, max_examples=60)
def test_the_span_holds_what_is_learned_and_nothing_of_what_is_missing(case):
    truth, learned, X, _ = case
    inside = np.isin(np.arange(truth.rank), learned)
    assert np.abs(X.T @ X - np.eye(X.shape[1])).max() <= ROUNDING
    assert np.abs(np.sum((truth.U.T @ X) ** 2, axis=1) - inside).max() <= ROUNDING
    assert np.abs(truth.A @ X - X @ (X.T @ truth.A @ X)).max() <= ROUNDING


@pytest.mark.claim("thm-stationary-points")
@given(stationary())
@settings(deadline=None, max_examples=40)
def test_a_step_from_a_stationary_point_goes_nowhere(case):
    truth, _, X, _ = case
    problem = objective.Population(truth)
    state = weight_normalization.at(problem, X, problem.backprojection(X))
    after = weight_normalization.step(problem, weight_normalization.Parameters(0.3), state)
    assert np.abs(after.X - X).max() <= ROUNDING and np.abs(after.Theta - state.Theta).max() <= ROUNDING


@pytest.mark.claim("lem-stationary-hessian")
@given(stationary())
@settings(deadline=None, max_examples=60)
def test_second_differences_of_the_loss_span_the_curvatures(case):
    truth, learned, X, rng = case
    m, r = X.shape
    c = saddles.curvatures(truth.sigma, learned, m, r)
    assert len(c) == r * (m - r)
    V = np.linalg.svd(X)[0][:, r:]
    h, total, smallest = 1e-4, 0.0, np.inf
    for a, b in np.ndindex(r, m - r):
        xi = np.outer(V[:, b], np.eye(r)[a])
        second = 2 * (loss(truth, stiefel.polar(X, h * xi)) - loss(truth, X)) / h**2
        total, smallest = total + second, min(smallest, second)
    # rounding of the loss over h^2, 1e-16/1e-8, and the fourth order, h^2
    assert abs(total - c.sum()) <= 2e-6 * (1 + r * (m - r))  # the trace does not depend on the basis
    if len(c):
        assert smallest >= c[0] - 1e-6


@pytest.mark.claim("lem-degenerate-saddles")
@given(stationary())
@settings(deadline=None, max_examples=60)
def test_only_truncations_have_no_negative_curvature(case):
    truth, learned, _, _ = case
    best = np.sum(truth.sigma[: len(learned)] ** 2)
    truncation = abs(np.sum(truth.sigma[list(learned)] ** 2) - best) <= ROUNDING
    assert (saddles.most_negative_curvature(truth.sigma, learned) == 0) == truncation


@pytest.mark.claim("lem-degenerate-saddles")
@given(stationary())
@settings(deadline=None, max_examples=60)
def test_no_direction_is_below_the_quartic_floor(case):
    truth, learned, X, rng = case
    d = len(learned)
    if d == truth.rank:
        return
    floor_start = np.sum(truth.sigma[d:] ** 2) / 4
    Y = stiefel.polar(X, rng.uniform(0, 2) * stiefel.tangent_projection(X, rng.standard_normal(X.shape)))
    floor = saddles.quartic_floor(truth.sigma, d, truth.U[:, d:].T @ Y)
    assert loss(truth, Y) - floor_start >= floor - ROUNDING


@given(stationary())
@settings(deadline=None, max_examples=40)
def test_joint_curvatures_add_those_of_magnitude_and_rotations(case):
    truth, learned, X, _ = case
    m, r = X.shape
    joint = saddles.joint_curvatures(truth.sigma, learned, m, r)
    assert len(joint) == r * (m - r) + r * (r - 1) // 2 + r * (r + 1) // 2
    theta = np.linalg.eigvalsh(X.T @ truth.A @ X)
    commutator = np.sum((theta[:, None] - theta) ** 2) / 4  # trace of half the squared commutator, over pairs
    expected = saddles.curvatures(truth.sigma, learned, m, r).sum() + r / 2 + r * (r - 1) / 4 + commutator
    assert abs(joint.sum() - expected) <= 1e-10  # rounding of a sum of up to 60 terms


@pytest.mark.claim("prop-plateau-pivots")
@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=40)
def test_pivots_are_what_the_earlier_eigenvectors_leave(seed):
    rng = np.random.default_rng(seed)
    m = int(rng.integers(3, 12))
    r = int(rng.integers(2, m))
    k = int(rng.integers(1, r + 1))
    X = stiefel.random_point(m, r, rng)
    p = plateaus.pivots(X[:k] @ X[:k].T)
    for ell in range(k):
        rest = X @ np.linalg.svd(X[:ell])[2][ell:].T if ell else X  # of span(X), orthogonal to e_1..e_ell
        assert abs(p[ell] - np.sum(rest[ell] ** 2)) <= 1e-10  # rounding over the smallest pivot
    assert p[-1] >= np.linalg.eigvalsh(X[:k] @ X[:k].T)[0] - ROUNDING


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=8)
def test_reduced_and_full_runs_learn_at_the_same_iterations(seed):
    rng = np.random.default_rng(seed)
    truth = random_ground_truth(20, 2, sigma=[1.0, 0.6], rng=rng)
    problem = objective.Population(truth)
    start = weight_normalization.init(problem, 6, rng)
    parameters = weight_normalization.Parameters(0.5)
    full = plateaus.passage(problem, parameters, start, tolerance=1e-2, max_iterations=2000)
    W = population.of_point(truth, start.X).W[None]
    reduced = plateaus.measured(truth.sigma, 0.5, W, max_iterations=2000)[0]
    assert np.isfinite(full.learned).all()
    assert np.abs(full.learned - reduced).max() <= 1  # rounding can move a crossing by one iteration
