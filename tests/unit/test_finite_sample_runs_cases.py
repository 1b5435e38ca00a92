"""Runs from measurements of known distortion: the operators are what they claim, the runs those of the algorithm."""

import numpy as np
import pytest

from wnsense import adversary, finite_sample_runs as runs, population, rip
from wnsense.packing import pack, unpack

SIGMA = np.array([1.0, 0.6])
X = adversary.aligned_direction(np.diag([0.5, 0.2]), 3, 5)


def test_random_deviation_has_all_eigenvalues_of_the_size_asked_for():
    w = np.linalg.eigvalsh(runs.random_deviation(4, 0.03, np.random.default_rng(0)))
    assert np.allclose(np.abs(w), 0.03, atol=1e-12) and w[0] < 0 < w[-1]


def test_opposing_deviation_is_the_two_dyads():
    delta = 0.05
    E = runs.opposing_deviation(SIGMA, X, delta)
    assert np.linalg.norm(E, 2) == pytest.approx(delta)
    u = np.eye(5)[1]
    x = X @ X.T @ u
    x /= np.linalg.norm(x)
    Z = np.random.default_rng(1).standard_normal((5, 5))
    Z += Z.T
    tau = delta / (1 + (u @ x) ** 2)
    expected = -tau * ((x @ Z @ x) * np.outer(u, u) + (u @ Z @ u) * np.outer(x, x))
    assert np.allclose(unpack(E @ pack(Z)), expected)


def test_gaussian_deviation_is_never_larger_than_asked_for():
    # a single draw exceeds delta in about 3 of 100 at m = 2
    norms = [np.linalg.norm(runs.gaussian_deviation(2, 0.02, np.random.default_rng(seed)), 2) for seed in range(200)]
    assert 0.4 * 0.02 < np.median(norms) and max(norms) <= 0.02


@pytest.mark.parametrize("delta", [0.0, 1.0, float("nan")])
def test_gaussian_deviation_refuses_a_size_out_of_range(delta):
    with pytest.raises(ValueError, match="delta is .*; expected a number in"):
        runs.gaussian_deviation(4, delta, np.random.default_rng(0))


def test_a_run_without_distortion_is_the_population_run():
    history = runs.measured(SIGMA, X, np.zeros((15, 15)), 0.5, tolerance=1e-6, max_steps=200)
    reduced = population.run(
        SIGMA, 0.5, population.from_squared_cosines(np.diag([0.5, 0.2])), tolerance=1e-16, max_iterations=history.steps
    )
    assert np.allclose(history.q, reduced.q, rtol=1e-6)  # rounding of the larger computation, amplified over the run
    assert np.allclose(history.error, reduced.error * np.linalg.norm(SIGMA), rtol=1e-6)
    assert history.magnitude.max() < 1e-14


def test_the_run_stops_at_the_tolerance_at_the_budget_and_when_it_diverges():
    E = runs.random_deviation(5, 0.005, np.random.default_rng(2))
    done = runs.measured(SIGMA, X, E, 0.5, tolerance=1e-3, max_steps=500)
    norm = np.linalg.norm(SIGMA)
    assert done.error[-1] <= 1e-3 * norm < done.error[-2]
    assert runs.measured(SIGMA, X, E, 0.5, tolerance=1e-3, max_steps=7).steps == 7
    wild = runs.opposed(SIGMA, X, 3.0, 0.5, tolerance=1e-3, max_steps=500)
    assert wild.error[-2] <= 10 * norm < wild.error[-1]


def test_the_adversary_is_slower_than_any_operator_tried():
    delta = 0.01
    budget = dict(tolerance=1e-6, max_steps=500)
    slow = runs.opposed(SIGMA, X, delta, 0.5, **budget).steps
    for seed in range(3):
        assert (
            runs.measured(SIGMA, X, runs.random_deviation(5, delta, np.random.default_rng(seed)), 0.5, **budget).steps
            <= slow
        )


def test_the_constant_of_the_operator_is_the_norm_of_its_deviation():
    E = runs.random_deviation(3, 0.1, np.random.default_rng(3))
    found = rip.bracket(E, 3, np.random.default_rng(4))
    assert found.upper == pytest.approx(0.1) and found.lower == pytest.approx(0.1, rel=1e-6)
