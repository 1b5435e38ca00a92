"""The bounds of exact rank against gradient descent itself, on generated problems with any range."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wnsense import exact_rank_bounds as bounds
from wnsense import gradient_descent as gd
from wnsense.objective import Population
from wnsense.problem import random_ground_truth

seeds = st.integers(0, 2**32 - 1)


def problem(seed, below):
    """A truth, and a state of exactly as many columns with rho below a number."""
    rng = np.random.default_rng(seed)
    rank = int(rng.integers(1, 5))
    m = rank + int(rng.integers(0, 5))
    sigma = rng.uniform(0.5, 3.0) * 10.0 ** -rng.uniform(0, 1, rank)
    truth = random_ground_truth(m, rank, sigma=sigma, rng=rng)
    direction = rng.standard_normal((m, rank)) * 10.0 ** rng.uniform(-2, 0, rank)
    scale = 1.0
    while True:
        state = gd.at(Population(truth), truth.U * np.sqrt(truth.sigma) + scale * direction)
        rho = state.residual.norm / truth.sigma[-1]
        if rho < below:
            return truth, state, rho
        scale *= 0.7


@settings(max_examples=80, deadline=None)
@given(seeds)
def test_the_gradient_is_at_least_its_share(seed):
    truth, state, rho = problem(seed, 1.0)
    squared = gd.gradient_norm(Population(truth), state) ** 2
    # 1e-9: R is a difference of matrices of norm 1, of size 1e-4 or more here
    assert squared >= bounds.gradient_share(rho) * truth.sigma[-1] * state.residual.norm**2 * (1 - 1e-9)


@settings(max_examples=40, deadline=None)
@given(seeds, st.floats(0.01, 1.0))
def test_runs_near_a_solution_stay_below_both_bounds(seed, fraction):
    truth, state, rho0 = problem(seed, 0.5)
    eta = fraction * 2 / 3 / (truth.sigma[0] + rho0 * truth.sigma[-1])
    sequence = bounds.near_sequence(rho0, truth.sigma, eta, 40)
    for t in range(41):
        rho = state.residual.norm / truth.sigma[-1]
        # rounding, 1e-13 in rho at the condition numbers of here
        assert rho <= sequence[t] * (1 + 1e-9) + 1e-12
        assert sequence[t] <= bounds.near_bound(rho0, truth.sigma, eta, t) * (1 + 1e-12)
        state = gd.step(Population(truth), gd.Parameters(eta), state)


@settings(max_examples=40, deadline=None)
@given(seeds, st.floats(0.01, 1.0))
def test_runs_in_the_region_stay_below_the_bound(seed, fraction):
    truth, state, rho0 = problem(seed, 1.0)
    eta = fraction * bounds.LARGEST_STEP / truth.sigma[0]
    for t in range(41):
        assert state.residual.norm / truth.sigma[-1] <= bounds.region_bound(rho0, truth.sigma, eta, t) + 1e-12
        state = gd.step(Population(truth), gd.Parameters(eta), state)


@settings(max_examples=40, deadline=None)
@given(seeds, st.floats(0.01, 0.3))
def test_one_step_with_the_coefficient(seed, x):
    truth, state, rho = problem(seed, 1.0)
    eta = x / truth.sigma[0]
    after = gd.step(Population(truth), gd.Parameters(eta), state).residual.norm / truth.sigma[-1]
    factor = 1 - bounds.step_coefficient(x) * eta * truth.sigma[-1] * (1 - rho**2) / 2
    assert after**2 <= factor * rho**2 * (1 + 1e-9)
