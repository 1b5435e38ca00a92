"""Spectral starts and compressed Gaussian operators, over generated problems."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from wnsense import iterate, rip, sensing, start_bounds
from wnsense.objective import Measured
from wnsense.packing import pack, packed_size
from wnsense.problem import random_ground_truth
from wnsense.spectral_start import compressed_gaussian, spectral_start

seeds = st.integers(0, 2**32)


@given(seeds, st.integers(2, 7), st.data())
@pytest.mark.claim("cor-spectral-start")
def test_alignment_obeys_the_bound_for_every_distortion(seed, m, data):
    rng = np.random.default_rng(seed)
    r = data.draw(st.integers(1, m))
    k = data.draw(st.integers(1, r))
    truth = random_ground_truth(m, k, sigma=rng.uniform(0.2, 1.0, k), rng=rng)
    E = rng.standard_normal((packed_size(m),) * 2)
    E = (E + E.T) / np.linalg.norm(E + E.T, 2) * data.draw(st.floats(1e-3, 0.9))
    operator = rip.with_deviation(E)
    start = spectral_start(Measured(operator, operator.forward(truth.A)), r)
    omega = np.linalg.norm(operator.normal(truth.A) - truth.A, 2) / truth.sigma[-1]
    if omega < 0.49:
        assert (
            iterate.alignment(truth, start.X) >= start_bounds.spectral_alignment(omega) - 1e-9
        )  # rounding of an eigenvector
    assert np.abs(start.Theta - np.diag(np.diag(start.Theta))).max() <= 1e-12
    assert (np.diff(np.diag(start.Theta)) <= 1e-12).all()


@given(seeds, st.integers(1, 5), st.data())
@settings(max_examples=20)
def test_exact_measurements_give_the_range(seed, k, data):
    m = data.draw(st.integers(k, 8))
    rng = np.random.default_rng(seed)
    truth = random_ground_truth(m, k, kappa=2.0 if k > 1 else 1.0, rng=rng)
    operator = sensing.Identity(m)
    start = spectral_start(Measured(operator, operator.forward(truth.A)), data.draw(st.integers(k, m)))
    assert iterate.alignment(truth, start.X) == pytest.approx(1.0, abs=1e-12)
    assert start.residual.norm <= 1e-12


def test_negative_eigenvalues_are_not_leading():
    """M*(y) with a large negative eigenvalue: by modulus it would lead, by value it comes last."""
    m = 4
    y = pack(np.diag([1.0, 0.5, 0.0, -3.0]))
    start = spectral_start(Measured(sensing.Identity(m), y), 2)
    assert np.abs(start.X[3]).max() < 1e-12


def test_compressed_operator_has_the_law_of_gaussian_measurements():
    m, n, count, rng = 3, 40, 400, np.random.default_rng(0)
    Z = np.diag([1.0, 0.0, -1.0]) / np.sqrt(2)
    values = [n * np.sum(compressed_gaussian(m, n, rng).forward(Z) ** 2) for _ in range(count)]
    assert scipy.stats.kstest(values, scipy.stats.chi2(n).cdf).pvalue > 1e-3  # false alarms; the seed is fixed


def test_compressed_operator_with_few_measurements_keeps_its_rank():
    operator = compressed_gaussian(4, 6, np.random.default_rng(0))
    assert np.linalg.matrix_rank(operator.rows, tol=1e-6) == 6


def test_huge_numbers_of_measurements_are_isometries():
    E = rip.deviation(compressed_gaussian(4, 10**12, np.random.default_rng(0)))
    assert np.abs(np.linalg.eigvalsh(E)).max() < 1e-5


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: spectral_start(Measured(sensing.Identity(3), np.zeros(6)), 4), "r is 4"),
        (lambda: compressed_gaussian(0, 5, np.random.default_rng(0)), "m is 0"),
        (lambda: compressed_gaussian(3, 0, np.random.default_rng(0)), "n is 0"),
        (lambda: compressed_gaussian(3, 5, 7), "rng is int"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
