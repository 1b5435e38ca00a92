"""Laws of gradient descent on two factors, over generated problems of any shape, 1 x n and n x 1 included."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wnsense import asymmetric, rectangular, rectangular_objective, spectral_phase, stiefel, two_factor_bounds
from wnsense.asymmetric import Parameters, imbalance

ROUNDING = 1e-11  # some hundred operations on numbers of order one to ten


@st.composite
def problems(draw):
    """A problem, population or measured, the width r, and a generator."""
    n_1, n_2, r = draw(st.integers(1, 6)), draw(st.integers(1, 6)), draw(st.integers(1, 5))
    rank = draw(st.integers(1, min(n_1, n_2)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sigma = np.append(1.0, rng.uniform(0.05, 1.0, rank - 1))
    truth = rectangular.random_rectangular_truth(n_1, n_2, rank, sigma=sigma, rng=rng)
    if draw(st.booleans()):
        return rectangular_objective.Population(truth), r, rng
    operator = rectangular.gaussian(n_1, n_2, draw(st.integers(1, 40)), rng)
    return rectangular_objective.Measured(operator, operator.forward(truth.A)), r, rng


def exact(array) -> mpmath.matrix:
    """The same numbers with 40 digits behind them."""
    return mpmath.matrix(array.tolist())


@pytest.mark.claim("lem-imbalance-drift")
@given(problems(), st.floats(1e-4, 0.5), st.floats(0.01, 2.0))
def test_drift_of_the_imbalance_in_forty_digits(case, eta, ratio):
    problem, r, rng = case
    state = asymmetric.init(problem, r, 1.0, rng, ratio)
    after = asymmetric.step(problem, Parameters(eta), state)
    with mpmath.workdps(40):
        F, G, R, step = exact(state.F), exact(state.G), exact(state.residual.R), mpmath.mpf(eta)
        F_new, G_new = F - step * R * G, G - step * R.T * F
        drift = (F_new.T * F_new - G_new.T * G_new) - (F.T * F - G.T * G)
        said = step**2 * (G.T * R.T * R * G - F.T * R * R.T * F)
        assert mpmath.norm(drift - said, mpmath.inf) <= mpmath.mpf(10) ** -30 * (1 + mpmath.norm(said))
        by_code = np.array(drift.tolist(), float)
    size = np.sum(after.F**2) + np.sum(after.G**2) + np.sum(state.F**2) + np.sum(state.G**2)
    np.testing.assert_allclose(imbalance(after.F, after.G) - imbalance(state.F, state.G), by_code, atol=1e-13 * size)


@given(problems())
def test_balance_and_runs_turn_with_the_columns(case):
    problem, r, rng = case
    Q = stiefel.random_point(r, r, rng)
    one = asymmetric.init(problem, r, 0.4, rng)
    other = asymmetric.at(problem, one.F @ Q, one.G @ Q)
    for _ in range(20):
        one, other = (asymmetric.step(problem, Parameters(0.01), state) for state in (one, other))
    np.testing.assert_allclose(one.F @ Q, other.F, atol=ROUNDING)
    turned = Q.T @ imbalance(one.F, one.G) @ Q
    np.testing.assert_allclose(turned, imbalance(other.F, other.G), atol=ROUNDING)


@pytest.mark.claim("lem-two-factor-descent")
@given(problems(), st.floats(0.01, 1.0), st.floats(-2, 2), st.floats(0.01, 2.0))
def test_one_step_lowers_the_loss_by_the_bound(case, part, scale, ratio):
    problem, r, rng = case
    state = asymmetric.init(problem, r, 10.0**scale, rng, ratio)
    L = two_factor_bounds.upper_isometry(problem)
    sizes = np.linalg.norm(state.F, 2) ** 2 + np.linalg.norm(state.G, 2) ** 2
    eta = part * min(0.5 / (L * sizes), 0.25 / max(np.linalg.norm(state.residual.R, 2), 1e-12))
    g = asymmetric.gradient_norm(problem, state) ** 2
    h, epsilon = eta * L * sizes, eta * np.linalg.norm(state.residual.R, 2)
    after = asymmetric.step(problem, Parameters(eta), state)
    before = state.residual.norm**2
    c = two_factor_bounds.descent_constant(h, epsilon)
    assert c >= 1
    assert after.residual.norm**2 <= before - c * eta * g + 1e-12 * before  # rounding of the squares


@pytest.mark.claim("prop-imbalance-along-run")
@given(problems(), st.floats(-3, 0), st.floats(0.01, 2.0))
def test_sizes_of_the_factors_follow_from_product_and_imbalance(case, scale, ratio):
    problem, r, rng = case
    state = asymmetric.init(problem, r, 10.0**scale, rng, ratio)
    F, G = state.factors
    bound = two_factor_bounds.spread(imbalance(F, G)) + 2 * np.linalg.norm(F @ G.T, 2)
    assert np.linalg.norm(F, 2) ** 2 + np.linalg.norm(G, 2) ** 2 <= bound * (1 + 1e-12)


@pytest.mark.claim("lem-spectral-phase")
@given(problems(), st.floats(0.02, 1.4), st.floats(-4, -1))
def test_iterates_stay_near_the_power_iteration(case, eta, scale):
    problem, r, rng = case
    data = spectral_phase.backprojection(problem)
    eta = eta / np.linalg.norm(data, 2)
    state = asymmetric.init(problem, r, 10.0**scale, rng)
    phase = spectral_phase.phase(problem, eta, state)
    linear = spectral_phase.stack(state.F, state.G)
    one_step = np.eye(len(linear)) + eta * spectral_phase.dilation(data)
    for t in range(1, min(phase.end, 60)):
        state, linear = asymmetric.step(problem, Parameters(eta), state), one_step @ linear
        Y = spectral_phase.stack(state.F, state.G)
        assert np.linalg.norm(Y - linear, 2) <= phase.deviation(t) + 1e-12 * phase.mu(t)  # rounding of Y
        bound = phase.imbalance(t)
        assert np.linalg.norm(imbalance(state.F, state.G), 2) <= bound * (1 + 1e-9)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32))
def test_cubic_term_is_bounded_by_half_the_cube(n_1, n_2, r, seed):
    rng = np.random.default_rng(seed)
    F, G = rng.standard_normal((n_1, r)), rng.standard_normal((n_2, r)) * rng.uniform(0, 3)
    size = np.linalg.norm(spectral_phase.stack(F, G), 2)
    assert np.linalg.norm(F @ G.T, 2) <= size**2 / 2 * (1 + 1e-12)
    gram = np.linalg.norm(F.T @ F + G.T @ G)
    assert np.linalg.norm(F @ G.T) <= gram / 2 * (1 + 1e-12)


@given(problems(), st.integers(0, 2**32))
def test_sine_is_that_of_the_principal_angles(case, seed):
    problem, r, rng = case
    data = spectral_phase.backprojection(problem)
    k = min(2, r, *data.shape)
    W = spectral_phase.leading(data, k)
    Y = np.random.default_rng(seed).standard_normal((sum(data.shape), r))
    Q = np.linalg.svd(Y, full_matrices=False)[0][:, :k]
    cosines = np.linalg.svd(W.T @ Q, compute_uv=False) if Q.shape[1] == k else np.zeros(1)
    expected = np.sqrt(max(0.0, 1 - cosines[-1] ** 2))
    assert spectral_phase.sine(Y, W) == pytest.approx(expected, abs=1e-7)  # the root loses half of the digits
