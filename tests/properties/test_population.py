"""Laws of the reduced population dynamics: it is the full algorithm, seen from the range of the truth."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wnsense import objective, population, population_bounds, prescribed_alignment, stiefel, weight_normalization
from wnsense.problem import random_ground_truth

ROUNDING = 1e-11  # a few steps on numbers of order one


@st.composite
def problems(draw):
    """A truth with sigma_1 = 1, a direction X of at least as many columns, a step size, a generator."""
    m = draw(st.integers(1, 12))
    r = draw(st.integers(1, m))
    k = draw(st.integers(1, r))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sigma = np.append(rng.uniform(0.05, 1, k - 1), 1.0)
    return random_ground_truth(m, k, sigma=sigma, rng=rng), stiefel.random_point(m, r, rng), rng.uniform(0.05, 1.9), rng


@st.composite
def alignments(draw, smallest=-8.0):
    """A spectrum and a W whose eigenvalues spread over up to 16 orders of magnitude."""
    k = draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sigma = np.sort(np.append(rng.uniform(0.05, 1, k - 1), 1.0))[::-1]
    V = stiefel.random_point(k, k, rng)
    center = rng.uniform(smallest, -smallest)
    spread = 10.0 ** rng.uniform(max(center - 3, smallest), min(center + 3, -smallest), k)
    return sigma, population.Alignment(stiefel.sym((V * spread) @ V.T)), rng


def full_run(truth, X, eta, steps, retraction=stiefel.polar):
    problem = objective.Population(truth)
    state = weight_normalization.at(problem, X, problem.backprojection(X))
    for _ in range(steps):
        state = weight_normalization.step(problem, weight_normalization.Parameters(eta, retraction=retraction), state)
    return state


def squared_cosines(truth, X):
    return truth.U.T @ X @ X.T @ truth.U


@pytest.mark.claim("thm-population-reduction")
@pytest.mark.parametrize("retraction", [stiefel.polar, stiefel.qr], ids=["polar", "QR"])
@given(case=problems())
def test_reduced_step_is_the_full_step(retraction, case):
    truth, X, eta, _ = case
    reduced = population.of_point(truth, X)
    rounding = ROUNDING + 1e-14 * reduced.q  # an entry of W is as accurate as the largest is large
    for steps in range(1, 5):
        reduced = population.step(truth.sigma, eta, reduced)
        state = full_run(truth, X, eta, steps, retraction)
        assert np.abs(squared_cosines(truth, state.X) - reduced.S).max() <= rounding
        assert abs(state.residual.norm - reduced.error(truth.sigma)) <= rounding


@pytest.mark.claim("prop-only-alignment")
@given(case=problems())
def test_only_the_span_counts(case):
    truth, X, eta, rng = case
    Q = stiefel.random_point(X.shape[1], X.shape[1], rng)
    one, other = population.of_point(truth, X), population.of_point(truth, X @ Q)
    scale = 1 + one.q
    assert np.abs(one.W - other.W).max() <= 1e-12 * scale**1.5  # rounding of X, amplified by the tangents
    assert np.abs(one.S - squared_cosines(truth, X)).max() <= ROUNDING + 1e-14 * one.q


@given(case=alignments())
def test_steps_keep_W_symmetric_and_semidefinite_and_its_parts_consistent(case):
    sigma, start, rng = case
    after = population.step(sigma, rng.uniform(0.05, 1.9), start)
    for alignment in (start, after):
        scale = np.abs(alignment.W).max()
        assert np.array_equal(alignment.W, alignment.W.T)
        assert np.linalg.eigvalsh(alignment.W)[0] >= -1e-14 * scale  # rounding
        assert np.abs(alignment.S + alignment.D - np.eye(len(sigma))).max() <= 1e-9  # rounding of two solves
        assert alignment.smallest == pytest.approx(1 / (1 + alignment.q), rel=1e-12)


def exact_step(sigma, eta, W):
    """W_+ in many digits, through the recursion of S: S_+ = L S (I + eta^2 K S)^{-1} L'."""
    one, Sigma, eta = mpmath.eye(len(sigma)), mpmath.diag([mpmath.mpf(float(s)) for s in sigma]), mpmath.mpf(float(eta))
    S = (one + W) ** -1
    D, M = one - S, Sigma * S * Sigma
    L, K = one + eta * D * M, M * D * M
    return (L * S * (one + eta**2 * K * S) ** -1 * L.T) ** -1 - one


@pytest.mark.claim("thm-population-reduction")
@given(case=alignments(smallest=-12.0))
def test_relative_accuracy_at_both_ends(case):
    sigma, start, rng = case
    eta = rng.choice([0.3, 1.0, rng.uniform(0.05, 1.9)])
    with mpmath.workdps(250):
        exact, alignment = mpmath.matrix(start.W.tolist()), start
        for _ in range(3):
            exact, alignment = exact_step(sigma, eta, exact), population.step(sigma, eta, alignment)
        reference = np.array(exact.tolist(), dtype=float)
    # relative to the largest entry, tiny or huge; 1e-9: rounding, where F is small (eta sigma_1^2 = 1) or W is of
    # mixed scale
    assert np.abs(alignment.W - reference).max() <= 1e-9 * np.abs(reference).max()


@pytest.mark.claim("thm-population-rate")
@given(case=alignments())
def test_the_largest_tangent_contracts(case):
    sigma, start, rng = case
    eta = rng.uniform(0.01, 2.0)
    bound = (1 - float(population_bounds.shrinkage(start.q, sigma, eta))) ** 2 * start.q
    assert population.step(sigma, eta, start).q <= bound * (1 + 1e-9)  # rounding


@given(case=problems())
def test_prescribed_alignment_is_met(case):
    truth, X, _, rng = case
    S = squared_cosines(truth, X)
    if X.shape[1] <= truth.m - truth.rank:
        Z = prescribed_alignment.direction(truth, S, X.shape[1], rng)
        assert np.abs(Z.T @ Z - np.eye(Z.shape[1])).max() <= ROUNDING
        assert np.abs(squared_cosines(truth, Z) - S).max() <= ROUNDING


@given(seed=st.integers(0, 2**32))
def test_random_alignments_are_alignments(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(1, 6))
    r = int(rng.integers(k, 10**6))
    alignment = population.random_alignment(r + int(rng.integers(0, 10**12)), r, k, rng)
    assert alignment.W.shape == (k, k) and np.array_equal(alignment.W, alignment.W.T)
    assert np.linalg.eigvalsh(alignment.W)[0] >= -1e-12 * (1 + alignment.q)  # rounding
    assert 0 < alignment.smallest <= 1
