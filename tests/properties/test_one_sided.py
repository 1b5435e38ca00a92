"""Laws of one-sided weight normalization: its step, its reduced dynamics, its bounds."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wnsense import one_sided, one_sided_bounds, one_sided_population, population, stiefel
from wnsense.rectangular import RectangularTruth, gaussian, random_rectangular_truth
from wnsense.rectangular_objective import Measured, Population

ROUNDING = 1e-11  # a few steps on numbers of order one


@st.composite
def problems(draw):
    """A truth of any shape with sigma_1 = 1, a direction X of at least as many columns, a step size, a generator."""
    n_1, n_2 = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    r = draw(st.integers(1, n_1))
    k = draw(st.integers(1, min(r, n_2)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sigma = np.append(rng.uniform(0.05, 1, k - 1), 1.0)
    truth = random_rectangular_truth(n_1, n_2, k, sigma=sigma, rng=rng)
    return truth, stiefel.random_point(n_1, r, rng), rng.uniform(0.05, 1.9), rng


@st.composite
def alignments(draw):
    """A spectrum and a W whose eigenvalues spread over up to 12 orders of magnitude."""
    k = draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sigma = np.sort(np.append(rng.uniform(0.05, 1, k - 1), 1.0))[::-1]
    V = stiefel.random_point(k, k, rng)
    center = rng.uniform(-6, 6)
    return sigma, population.Alignment(stiefel.sym((V * 10.0 ** rng.uniform(center - 2, center + 2, k)) @ V.T)), rng


def run(truth, X, eta, steps, retraction=stiefel.polar):
    problem = Population(truth)
    state = one_sided.start_from(problem, X)
    for _ in range(steps):
        state = one_sided.step(problem, one_sided.Parameters(eta, retraction=retraction), state)
    return state


@pytest.mark.claim("thm-one-sided-reduction")
@pytest.mark.parametrize("retraction", [stiefel.polar, stiefel.qr], ids=["polar", "QR"])
@given(case=problems())
def test_reduced_step_is_the_full_step(retraction, case):
    truth, X, eta, _ = case
    reduced = population.of_point(truth, X)
    rounding = ROUNDING + 1e-14 * reduced.q  # an entry of W is as accurate as the largest is large
    for steps in range(1, 5):
        reduced = one_sided_population.step(truth.sigma, eta, reduced)
        state = run(truth, X, eta, steps, retraction)
        Phi = truth.U.T @ state.X
        assert np.abs(Phi @ Phi.T - reduced.S).max() <= rounding
        assert abs(state.residual.norm - one_sided_population.error(truth.sigma, reduced)) <= rounding


@pytest.mark.claim("lem-one-sided-steps")
@given(case=problems())
def test_free_step_is_exact_and_the_direction_stays_orthonormal(case):
    truth, X, eta, rng = case
    state = one_sided.at(Population(truth), X, rng.standard_normal((truth.shape[1], X.shape[1])))
    after = one_sided.step(Population(truth), one_sided.Parameters(eta), state)
    assert np.abs(after.X.T @ after.X - np.eye(X.shape[1])).max() <= 1e-13  # rounding
    assert np.abs(after.G - truth.A.T @ after.X).max() <= ROUNDING


@given(case=problems())
def test_bases_of_the_columns_and_of_the_spaces_do_not_count(case):
    truth, X, eta, rng = case
    r, (n_1, n_2) = X.shape[1], truth.shape
    Q, O, H = stiefel.random_point(r, r, rng), stiefel.random_point(n_1, n_1, rng), stiefel.random_point(n_2, n_2, rng)
    turned = RectangularTruth(O @ truth.U, truth.sigma, H @ truth.V)
    one, other = run(truth, X, eta, 3), run(turned, O @ X @ Q, eta, 3)
    assert np.abs(O @ one.X @ one.G.T @ H.T - other.X @ other.G.T).max() <= 1e-9  # three steps from any start


@given(case=problems())
def test_the_limit_of_many_samples_is_the_population(case):
    truth, X, eta, _ = case
    n_1, n_2 = truth.shape

    class Orthonormal:  # M*M = I exactly
        shape, n = (n_1, n_2), n_1 * n_2

        def forward(self, Z):
            return Z.ravel()

        def adjoint(self, v):
            return v.reshape(n_1, n_2)

    problem = Measured(Orthonormal(), truth.A.ravel())
    state = one_sided.step(problem, one_sided.Parameters(eta), one_sided.start_from(problem, X))
    assert np.abs(state.X - run(truth, X, eta, 1).X).max() <= ROUNDING


@given(seed=st.integers(0, 2**32))
def test_inputs_of_a_step_stay_as_they_are(seed):
    rng = np.random.default_rng(seed)
    operator = gaussian(6, 5, 20, rng)
    state = one_sided.init(Measured(operator, rng.standard_normal(20)), 3, rng)
    before = state.X.copy(), state.G.copy(), state.residual.e.copy()
    one_sided.step(Measured(operator, rng.standard_normal(20)), one_sided.Parameters(0.1), state)
    assert all((a == b).all() for a, b in zip(before, (state.X, state.G, state.residual.e)))


@pytest.mark.claim("thm-one-sided-sharp-rate")
@given(case=alignments())
def test_q_falls_at_least_as_promised(case):
    sigma, start, rng = case
    eta = rng.uniform(0.01, 2.0)
    bound = (1 - one_sided_bounds.shrinkage(start.q, sigma, eta)) ** 2 * start.q
    assert one_sided_population.step(sigma, eta, start).q <= bound * (1 + 1e-9)  # rounding


@given(case=alignments())
def test_reduced_step_to_the_digits_of_a_long_arithmetic(case):
    sigma, start, rng = case
    eta, k = rng.uniform(0.05, 1.9), len(sigma)
    with mpmath.workdps(60):
        W, one = mpmath.matrix(start.W.tolist()), mpmath.eye(k)
        M = mpmath.diag([mpmath.mpf(s) ** 2 for s in sigma])
        S = (one + W) ** -1
        D = one - S
        L, K = one + eta * D * M, M * D * M
        new = (L * S * (one + eta**2 * K * S) ** -1 * L.T) ** -1 - one
        exact = np.array(new.tolist(), dtype=float)
    after = one_sided_population.step(sigma, eta, start).W
    assert np.abs(after - exact).max() <= 1e-9 * np.abs(start.W).max()  # relative to W, at both ends


@pytest.mark.claim("prop-one-sided-flow")
@given(case=alignments())
def test_short_steps_follow_the_flow(case):
    sigma, start, _ = case
    steps, time = 400, 0.2
    now = start
    for _ in range(steps):
        now = one_sided_population.step(sigma, time / steps, now)
    exact = one_sided_population.flow(sigma, start, time)
    assert np.abs(now.W - exact.W).max() <= 2e-3 * np.abs(start.W).max()  # first order in the step size


@given(case=alignments())
def test_best_step_contracts_most(case):
    sigma, _, rng = case
    best = one_sided_bounds.best_step(sigma)
    for eta in (0.99 * best, min(1.01 * best, 2.0), rng.uniform(0.01, 2.0)):
        assert one_sided_bounds.contraction(sigma, best) <= one_sided_bounds.contraction(sigma, eta) + 1e-12  # rounding
