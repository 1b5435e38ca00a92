"""Laws of the gradient flow and of ensembles of reduced runs, over generated spectra and starts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wnsense import ensemble, flow, population, stiefel

INTEGRATION = 1e-8  # relative; the integrator is asked for 1e-11 a step


@st.composite
def starts(draw, high=2.0):
    """A spectrum with largest eigenvalue 1, and an alignment with squared tangents between 1e-3 and 10^high."""
    k = draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sigma = np.sort(np.append(1.0, rng.uniform(0.3, 1.0, k - 1)))[::-1]
    Q = stiefel.random_point(k, k, rng)
    return sigma, population.Alignment(stiefel.sym((Q * 10.0 ** rng.uniform(-3, high, k)) @ Q.T))


@pytest.mark.claim("lem-flow-equation")
@given(starts())
def test_velocities_of_S_and_of_W_are_one(case):
    sigma, at = case
    S_inverse = np.eye(len(at.W)) + at.W
    DMS = at.D @ np.diag(sigma) @ at.S @ np.diag(sigma) @ at.S
    through_S = -S_inverse @ (DMS + DMS.T) @ S_inverse
    scale = np.abs(S_inverse).max() ** 2  # the product on the left cancels down from there
    np.testing.assert_allclose(through_S, flow.velocity(sigma, at.W), rtol=0, atol=1e-13 * scale)


@pytest.mark.claim("lem-flow-equation")
@given(starts())
def test_short_steps_of_the_algorithm_have_the_velocity_of_the_flow(case):
    sigma, at = case
    eta = 1e-6
    difference = (population.step(sigma, eta, at).W - at.W) / eta
    scale = 1 + np.abs(at.W).max()
    # 1e-5: the second order in eta, and rounding divided by eta
    np.testing.assert_allclose(difference, flow.velocity(sigma, at.W), rtol=0, atol=1e-5 * scale)


@pytest.mark.claim("thm-flow-time-law")
@settings(deadline=None, max_examples=30)
@given(starts(high=1.0), st.floats(0.1, 0.9))
def test_largest_squared_tangent_stays_below_the_time_law(case, part):
    sigma, start = case
    time = part * float(flow.time(start.q, 1e-3 * start.q, sigma[-1]))
    at = flow.integrate(sigma, start, [time])[0]
    assert at.q <= flow.squared_tangent(start.q, time, sigma[-1]) * (1 + INTEGRATION)
    # and no direction is faster than the rate 2 sigma_1^2 on q alone
    assert at.q >= start.q * np.exp(-2 * sigma[0] ** 2 * time) * (1 - INTEGRATION)


@settings(deadline=None, max_examples=30)
@given(starts(high=1.0))
def test_integration_in_two_parts_gives_the_same(case):
    sigma, start = case
    half, whole = flow.integrate(sigma, start, [1.5, 3.0])
    again = flow.integrate(sigma, half, [1.5])[0]
    np.testing.assert_allclose(again.W, whole.W, rtol=0, atol=INTEGRATION * (1 + np.abs(whole.W).max()))


@pytest.mark.claim("lem-scalar-time-law")
@given(st.floats(-6, 6), st.floats(1e-3, 1.0), st.floats(0.1, 3.0))
def test_time_and_squared_tangent_are_inverse(exponent, part, sigma):
    q_0 = 10.0**exponent
    time = flow.time(q_0, part * q_0, sigma)
    # 1e-9: rounding of q_0 up to 1e6 in the exponent of the inverse
    np.testing.assert_allclose(flow.squared_tangent(q_0, time, sigma), part * q_0, rtol=1e-9)


@settings(deadline=None, max_examples=20)
@given(st.lists(starts(high=1.0), min_size=1, max_size=5), st.floats(0.1, 1.0))
def test_an_ensemble_counts_like_single_runs(cases, eta):
    k = len(cases[0][0])
    cases = [case for case in cases if len(case[0]) == k]
    sigmas, W = np.array([sigma for sigma, _ in cases]), np.array([start.W for _, start in cases])
    counts = ensemble.iterations(sigmas, eta, W, tolerance=1e-6, max_iterations=2000)
    single = [population.run(
        sigma, eta, start, tolerance=1e-6, max_iterations=2000, record_every=10**6,
    ) for sigma, start in cases]
    # one iteration: the tolerance may be met by a margin below rounding
    assert np.abs(counts - [run.iterations for run in single]).max() <= 1
