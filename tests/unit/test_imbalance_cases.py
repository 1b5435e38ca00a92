"""Imbalance: values known by hand, and refusals."""

import numpy as np
import pytest

from wnsense import asymmetric_bounds, asymmetry_comparison, imbalance_instances, imbalance_rate, imbalance_runs
from wnsense.claims.imbalance_start import imbalance_eigenvalue
from wnsense.rectangular import random_rectangular_truth


def test_scalar_flow_by_hand():
    # f = 2, g = 1: Delta = 3, R = 3/(4 e^(3t) - e^(-3t)) * 2
    t = np.log(2) / 3
    assert imbalance_rate.scalar_flow(2.0, 1.0, t) == pytest.approx(6 / (8 - 0.5), rel=1e-14)
    assert imbalance_rate.scalar_flow(1.0, 1.0, 3.0) == pytest.approx(1 / 7, rel=1e-14)


def test_scalar_flow_at_tiny_imbalance_is_near_the_balanced_one():
    near, balanced = (imbalance_rate.scalar_flow(1.0, g, 10.0) for g in (1 - 1e-12, 1.0))
    assert near == pytest.approx(balanced, rel=1e-10)


def test_scalar_descent_by_hand():
    # f = 1, g = 1/2, eta = 1: f -> 3/4, g -> 0
    assert imbalance_rate.scalar_descent(1.0, 0.5, 1.0, 1) == pytest.approx([0.5, 0.0])


def test_second_factor_by_hand():
    # near a fit, delta = 3/2, sigma = 1: sqrt(1 + 9/16) - 3/4 = 1/2; f^2 = 2, g^2 = 1/2, fg = 1
    assert asymmetric_bounds.second_factor_squared(np.array([1.0]), 1.5, 0.0) == pytest.approx(0.5)
    # far: (1 - 1/2)^2/(3/2 + 1 + 1/2) = 1/12
    assert asymmetric_bounds.second_factor_squared(np.array([1.0]), 1.5, 0.5) == pytest.approx(1 / 12)


def test_start_by_hand():
    truth = imbalance_instances.axis_truth(2, 2, [1.0])
    known = asymmetric_bounds.start(truth, np.diag([2.0, 1.0]), np.diag([0.5, 0.25]))
    assert (known.beta_squared, known.delta, known.delta_minus) == pytest.approx((1 - 1 / 16, 4 - 1 / 4, 0.0))
    assert known.rho == pytest.approx(0.25) and known.is_global
    assert known.drift(0.1) == pytest.approx(0.1 / 16 / (15 / 16))
    assert known.stiffness(0.1) == pytest.approx(0.1 * (3.75 + 0.1 / 16 + 2.0 + 0.5))
    assert known.allows(0.05) and not known.allows(0.2)


def test_random_start_by_hand():
    # sqrt l = 10, sqrt s = 2, tau = 1: (10 - 2 - 1)^2 - (10 + 2 + 1)^2/9
    assert asymmetric_bounds.random_start_imbalance(100, 100, 4, 1.0) == pytest.approx(49 - 169 / 9)
    assert asymmetric_bounds.random_start_imbalance(4, 4, 100, 1.0) == pytest.approx(49 - 25 / 9)


def test_imbalance_eigenvalue_of_wide_factors_is_that_of_the_matrix():
    rng = np.random.default_rng(0)
    for r in (2, 5, 9):
        F, G = rng.standard_normal((3, r)), rng.standard_normal((4, r))
        expected = np.sort(np.linalg.eigvalsh(F.T @ F - G.T @ G))[::-1]
        s = min(3, r)
        assert imbalance_eigenvalue(F, G, s) == pytest.approx(expected[s - 1], abs=1e-12)


def test_balanced_start_is_balanced_and_not_symmetric():
    _, F, G = imbalance_runs.Shape(6, 6, 3, 2).balanced_start(0.5, 1)
    np.testing.assert_allclose(F.T @ F, G.T @ G, atol=1e-13)
    assert np.linalg.norm(F - G) > 0.1


def test_iterations_end_at_divergence_and_at_the_budget():
    shape = imbalance_runs.Shape(5, 5, 3, 2)
    start = shape.start(0.3, 0)
    assert imbalance_runs.iterations(start, 20.0, 1e-8, 1000) == np.inf
    assert imbalance_runs.iterations(start, 0.1, 1e-8, 3) == np.inf
    assert not imbalance_runs.stays_bounded(start, 20.0, 100)
    assert imbalance_runs.stays_bounded(start, 0.1, 100)


TRUTH = random_rectangular_truth(4, 3, 2, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: imbalance_rate.scalar_flow(0.0, 1.0, 1.0), "f_0"),
        (lambda: imbalance_rate.scalar_flow(1.0, 1.0, [-1.0]), "times"),
        (lambda: imbalance_rate.scalar_descent(1.0, -1.0, 0.1, 3), "g_0"),
        (lambda: imbalance_rate.scalar_descent(1.0, 1.0, 0.1, -3), "steps"),
        (lambda: imbalance_rate.matched_factors(TRUTH, 2, 1.0, 0.1), "r is 2"),
        (lambda: imbalance_rate.matched_factors(TRUTH, 4, 1.0, 0.1), "r is 4"),
        (lambda: imbalance_rate.matched_factors(TRUTH, 3, 0.0, 0.1), "Delta"),
        (lambda: imbalance_rate.aligned_factors(TRUTH, 2, 0.1), "r is 2"),
        (lambda: imbalance_rate.aligned_factors(TRUTH, 3, 0.0), "alpha"),
        (lambda: asymmetric_bounds.start(TRUTH, np.ones((3, 2)), np.ones((3, 2))), "F has shape"),
        (lambda: asymmetric_bounds.start(TRUTH, np.ones((4, 2)), np.ones((3, 3))), "G has shape"),
        (lambda: asymmetric_bounds.random_start_imbalance(0, 3, 2, 1.0), "n_1"),
        (lambda: asymmetric_bounds.random_start_imbalance(3, 3, 2, -1.0), "tau"),
        (lambda: asymmetric_bounds.random_start_imbalance(3, 3, 2, 1.0, ratio=0.0), "ratio"),
        (lambda: asymmetry_comparison.run("lopsided"), "method"),
    ],
)
def test_refusals_name_the_argument(call, words):
    with pytest.raises(ValueError, match=words):
        call()
