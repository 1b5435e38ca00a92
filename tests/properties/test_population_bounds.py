"""The bounds of the population rate against the reduced dynamics itself, on generated spectra, starts and steps."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wnsense import population, population_bounds

seeds = st.integers(0, 2**32 - 1)
steps = st.floats(0.01, 2.0)


def spectrum_and_start(seed, ranks=(1, 5)):
    """A spectrum with sigma_1 = 1 and an alignment with eigenvalues between 1e-3 and 1."""
    rng = np.random.default_rng(seed)
    k = int(rng.integers(*ranks))
    sigma = np.sort(np.append(1.0, rng.uniform(0.1, 1.0, k - 1)))[::-1]
    Q, _ = np.linalg.qr(np.eye(k) + 10.0 ** rng.uniform(-3, 1) * rng.standard_normal((k, k)))
    return sigma, population.from_squared_cosines((Q * 10.0 ** rng.uniform(-3, 0, k)) @ Q.T)


@settings(max_examples=40, deadline=None)
@given(seeds, steps)
def test_no_step_gains_less_than_guaranteed(seed, eta):
    sigma, start = spectrum_and_start(seed)
    after = population.step(sigma, eta, start)
    # 1e-9: the step is accurate to rounding relative to W, whose condition number is up to 1e3 here
    assert after.q <= (start.q - population_bounds.gain(start.q, sigma, eta)) * (1 + 1e-9)


@settings(max_examples=20, deadline=None)
@given(seeds, steps)
def test_the_sequence_stays_above_a_whole_run(seed, eta):
    sigma, start = spectrum_and_start(seed)
    run = population.run(sigma, eta, start, tolerance=1e-8, max_iterations=60)
    bound = population_bounds.q_sequence(start.q, sigma, eta, run.iterations)
    assert (run.q <= bound * (1 + 1e-7)).all()  # rounding of 60 steps


@settings(max_examples=40, deadline=None)
@given(st.floats(1e-3, 0.999), st.floats(0.05, 1.0), st.floats(0.1, 1.0))
def test_a_diagonal_start_attains_it(smallest, last, eta):
    start = population.from_squared_cosines(np.diag([1.0, smallest]))
    after = population.step(np.array([1.0, last]), eta, start)
    bound = population_bounds.q_sequence(start.q, [1.0, last], eta, 1)[1]
    # rounding of a step, and of 1 - n near 0 where eta = sigma = 1
    assert abs(after.q - bound) <= 1e-9 * start.q


@settings(max_examples=15, deadline=None)
@given(st.floats(1e-2, 20.0), st.floats(1e-8, 1e-2), st.floats(0.4, 1.0), st.floats(0.5, 1.8))
def test_iterations_suffice_and_a_diagonal_start_needs_the_fewest(q0, tolerance, last, eta):
    sigma = np.array([1.0, last])
    allowed = population_bounds.iterations(q0, tolerance, sigma, eta)
    start = population.from_squared_cosines(np.diag([1.0, 1 / (1 + q0)]))
    run = population.run(sigma, eta, start, tolerance=tolerance * (1 + 1e-6), max_iterations=int(allowed))
    assert run.converged
    if eta * last**2 < 0.5:
        assert population_bounds.fewest_iterations(start.q, tolerance * (1 + 1e-6), sigma, eta) <= run.iterations


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_the_error_is_bounded(seed):
    sigma, start = spectrum_and_start(seed)
    S = np.linalg.inv(np.eye(len(sigma)) + start.W)
    squared = np.sum(sigma**2) - np.trace(np.diag(sigma) @ S @ np.diag(sigma) @ S)
    assert squared <= population_bounds.error(start.q) ** 2 * np.sum(sigma**2) * (1 + 1e-9)  # rounding


@settings(max_examples=40, deadline=None)
@given(seeds, steps)
def test_no_step_size_beats_the_best(seed, eta):
    sigma, _ = spectrum_and_start(seed)
    best = population_bounds.best_step(sigma)
    # 1e-12: rounding of the two equal terms at the best step
    assert population_bounds.effective_step(sigma, eta) <= population_bounds.effective_step(sigma, best) + 1e-12
