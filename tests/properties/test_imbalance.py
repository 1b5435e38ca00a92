"""Laws of imbalance: the bounds hold for random factors, and do not depend on the coordinates."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wnsense import asymmetric, asymmetric_bounds, imbalance_instances, imbalance_rate, imbalance_runs, stiefel
from wnsense.rectangular import RectangularTruth, random_rectangular_truth
from wnsense.rectangular_objective import Population

SEEDS = st.integers(0, 2**32)
ROUNDING = 1e-9  # eigenvalues and norms of matrices of order 1 to 100 in float64


@st.composite
def instances(draw):
    """A truth with factors: near a fit or far from one, global or narrow."""
    rng = np.random.default_rng(draw(SEEDS))
    size = 10.0 ** draw(st.floats(-5, 0.5))
    return imbalance_instances.fitted(rng, is_global=draw(st.booleans()), size=size)


@pytest.mark.claim("lem-two-factor-pl")
@settings(deadline=None)
@given(instances())
def test_the_gradient_is_as_large_as_the_rate_says(instance):
    truth, F, G = instance
    known = asymmetric_bounds.start(truth, F, G)
    assume(known.beta_squared > 0)
    R = F @ G.T - truth.A
    gradient = np.sum((R @ G) ** 2) + np.sum((R.T @ F) ** 2)
    # the error is known to rounding of FG' - A only, absolute
    assert gradient >= known.rate() * (np.linalg.norm(R) - 1e-12) ** 2 * (1 - ROUNDING) - 1e-20


@pytest.mark.claim("lem-two-factor-norms")
@given(SEEDS, st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), st.floats(-3, 3))
def test_both_factors_are_bounded_by_product_and_imbalance(seed, n_1, n_2, r, power):
    rng = np.random.default_rng(seed)
    F, G = 10.0**power * rng.standard_normal((n_1, r)), rng.standard_normal((n_2, r))
    product = np.linalg.svd(F @ G.T, compute_uv=False)[0]
    eigenvalues = np.linalg.eigvalsh(F.T @ F - G.T @ G)
    for factor, top in ((F, eigenvalues[-1]), (G, -eigenvalues[0])):
        bound = asymmetric_bounds.factor_norm_squared(top, product)
        # ||F|| may be a thousand times ||G||: the rounding of the eigenvalues is relative to the larger
        slack = ROUNDING * bound + 1e-13 * np.abs(eigenvalues).max()
        assert np.linalg.svd(factor, compute_uv=False)[0] ** 2 <= bound + slack


@settings(deadline=None)
@given(instances(), SEEDS)
def test_the_bounds_do_not_depend_on_the_coordinates(instance, seed):
    truth, F, G = instance
    rng = np.random.default_rng(seed)
    left, right, columns = (stiefel.random_point(k, k, rng) for k in (*truth.shape, F.shape[1]))
    turned = RectangularTruth(left @ truth.U, truth.sigma, right @ truth.V)
    here = asymmetric_bounds.start(truth, F, G)
    there = asymmetric_bounds.start(turned, left @ F @ columns, right @ G @ columns)
    for name in ("beta_squared", "delta", "delta_minus", "rho"):
        assert getattr(there, name) == pytest.approx(getattr(here, name), rel=1e-8, abs=1e-10)


@pytest.mark.claim("thm-asymmetric-rate")
@settings(deadline=None, max_examples=40)
@given(instances(), st.floats(0.05, 1.0))
def test_descent_keeps_what_the_theorem_promises(instance, fraction):
    truth, F, G = instance
    known = asymmetric_bounds.start(truth, F, G)
    assume(known.beta_squared > 0 and known.rho > 1e-6)
    stiff = known.delta + known.delta_minus + 2 + known.rho
    eta = fraction * min(0.5 * known.beta_squared / known.rho**2, 0.25 / stiff)
    assume(known.allows(eta))
    state, Delta_0 = asymmetric.at(Population(truth), F, G), asymmetric.imbalance(F, G)
    for _ in range(5):
        before = np.linalg.norm(state.F @ state.G.T - truth.A)
        state = asymmetric.step(Population(truth), asymmetric.Parameters(eta), state)
        after = np.linalg.norm(state.F @ state.G.T - truth.A)
        assert after**2 <= (1 - known.decrease(eta)) * before**2 * (1 + 1e-8) + 1e-26
        drift = np.linalg.norm(asymmetric.imbalance(state.F, state.G) - Delta_0, 2)
        assert drift <= eta * known.rho**2 * (1 + 1e-8) + 1e-12


@given(st.floats(-5, 0.3), SEEDS)
def test_the_theorem_gets_weaker_with_distance_and_with_drift(power, seed):
    rng = np.random.default_rng(seed)
    sigma = np.sort(rng.uniform(0.1, 1.0, 3))[::-1]
    delta, rho = 10.0 ** rng.uniform(-3, 2), 10.0**power
    here = asymmetric_bounds.second_factor_squared(sigma, delta, rho)
    assert here >= 0
    assert asymmetric_bounds.second_factor_squared(sigma, delta, 1.1 * rho) <= here + ROUNDING
    assert asymmetric_bounds.second_factor_squared(sigma, 1.1 * delta, rho) <= here + ROUNDING


@pytest.mark.claim("thm-scalar-imbalance")
@given(st.floats(0.01, 3), st.floats(0.01, 3), st.floats(0, 5), st.floats(0, 5))
def test_the_scalar_flow_is_a_flow(f_0, g_0, s, t):
    """Running for s and then for t is running for s + t; the factors at s follow from product and imbalance."""
    Delta, R = f_0**2 - g_0**2, float(imbalance_rate.scalar_flow(f_0, g_0, s))
    f = np.sqrt(Delta / 2 + np.hypot(Delta / 2, R)) if Delta >= 0 else R / np.sqrt(-Delta / 2 + np.hypot(Delta / 2, R))
    assume(f > 1e-6 and R / f > 1e-6)  # the smaller factor underflows late in a run
    twice = float(imbalance_rate.scalar_flow(f, R / f, t))
    assert twice == pytest.approx(float(imbalance_rate.scalar_flow(f_0, g_0, s + t)), rel=1e-6)


@given(st.floats(0.01, 3), st.floats(0.01, 3), st.floats(0, 20))
def test_the_scalar_flow_does_not_know_the_names_of_its_factors(f_0, g_0, t):
    assert imbalance_rate.scalar_flow(f_0, g_0, t) == imbalance_rate.scalar_flow(g_0, f_0, t)


@pytest.mark.claim("prop-imbalance-unavoidable")
@settings(deadline=None, max_examples=30)
@given(SEEDS, st.floats(0.05, 2), st.floats(1e-4, 0.3))
def test_matched_factors_have_the_imbalance_and_the_error_asked_for(seed, Delta, surplus):
    rng = np.random.default_rng(seed)
    rank = int(rng.integers(1, 4))
    r = rank + int(rng.integers(1, 3))
    n_1, n_2 = (r + int(k) for k in rng.integers(0, 4, 2))
    truth = random_rectangular_truth(n_1, n_2, rank, sigma=rng.uniform(0.2, 1, rank), rng=rng)
    F, G = imbalance_rate.matched_factors(truth, r, Delta, surplus)
    np.testing.assert_allclose(F.T @ F - G.T @ G, Delta * np.eye(r), atol=1e-12)
    assert np.linalg.norm(F @ G.T - truth.A) == pytest.approx(surplus, rel=1e-9)


@pytest.mark.claim("prop-imbalance-unavoidable")
@settings(deadline=None, max_examples=20)
@given(SEEDS, st.floats(0.05, 1), st.floats(0.05, 0.4))
def test_from_a_small_aligned_start_every_column_runs_alone(seed, alpha, eta):
    """The matrix method on all columns against scalar gradient descent on each of them."""
    rng = np.random.default_rng(seed)
    sigma = np.sort(rng.uniform(0.2, 1, 2))[::-1]
    truth = random_rectangular_truth(5, 4, 2, sigma=sigma, rng=rng)
    F, G = imbalance_rate.aligned_factors(truth, 4, alpha)
    np.testing.assert_allclose(F.T @ F - G.T @ G, 8 / 9 * alpha**2 * np.eye(4), atol=1e-13)
    targets = np.append(sigma, [0.0, 0.0])
    f, g, expected = np.full(4, alpha), np.full(4, alpha / 3), []
    for _ in range(31):
        miss = f * g - targets
        expected.append(np.linalg.norm(miss))
        f, g = f - eta * miss * g, g - eta * miss * f
    found = imbalance_rate.errors_from(truth, F, G, eta, 30)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12)


@settings(deadline=None, max_examples=20)
@given(SEEDS, st.integers(1, 3), st.integers(1, 2))
def test_reduced_coordinates_follow_the_literal_run(seed, rank, extra):
    """`decay` works in r_A + r rows; its rates are those of the algorithm itself."""
    shape = imbalance_runs.Shape(9, 8, rank + extra, rank, 1.0)
    start = shape.start(0.3, seed)
    unit = (rank + extra) / (0.1 * np.sum(start[1] ** 2))
    marks = 10 + np.rint(unit * np.array([0.5, 0.75, 1.0])).astype(int)
    assume(len(set(marks)) == 3)
    found = imbalance_runs.decay([start], 0.1, fit=10, wait=0.5, window=0.5)
    state, errors = asymmetric.at(Population(start[0]), *start[1:]), []
    for t in range(marks[-1] + 1):
        if t in marks:
            errors.append(state.residual.norm)
        state = asymmetric.step(Population(start[0]), asymmetric.Parameters(0.1), state)
    kept = (errors[2] / errors[0]) ** (1 / (marks[2] - marks[0]))  # per step
    assert found.rate[0] == pytest.approx((1 - kept) / 0.1, rel=1e-6, abs=1e-9)
