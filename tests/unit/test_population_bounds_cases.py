"""Cases of the population rate: values worked out by hand, arguments that are refused, adversarial instances."""

from fractions import Fraction

import flint
import numpy as np
import pytest

from wnsense import population, population_bounds, population_worst
from wnsense.population_worst import Instance
from wnsense.proof import ball


def test_one_step_worked_out_by_hand():
    # sigma = (2, 1), eta = 1/8: eta sigma_k^2 = 1/8, lambda = 1/2: (1/16)/(1 + 1/32) = 2/33
    assert population_bounds.shrinkage(1.0, [2.0, 1.0], 0.125) == pytest.approx(2 / 33, rel=1e-14)
    assert population_bounds.gain(1.0, [2.0, 1.0], 0.125) == pytest.approx(float(1 - Fraction(31, 33) ** 2), rel=1e-13)
    # eta = 7/16: eta sigma_1^2 = 7/4, and 2 - 7/4 = 1/4 is the larger term for lambda = 1/2: (7/32)/(1 + 7/64) = 14/71
    assert population_bounds.shrinkage(1.0, [2.0, 1.0], 7 / 16) == pytest.approx(14 / 71, rel=1e-14)
    # for lambda = 1 it is the smaller one of 7/16 and 1/4
    assert population_bounds.shrinkage(0.0, [2.0, 1.0], 7 / 16) == 0.25


def test_counts_worked_out_by_hand():
    # effective step 1/8, a = (1/8)(2 - 9/64) = 119/512; (1 - 1/e) + 1 over it is 7.02
    assert population_bounds.iterations(1.0, np.exp(-1), [2.0, 1.0], 0.125) == 8
    # (1 - 1/4)/(1/4) times the same 1.632 is 4.9
    assert population_bounds.fewest_iterations(1.0, np.exp(-1), [2.0, 1.0], 0.125) == 5
    assert population_bounds.iterations(1.0, 2.0, [2.0, 1.0], 0.125) == 0
    assert population_bounds.fewest_iterations(1.0, 2.0, [2.0, 1.0], 0.125) == 0
    assert population_bounds.iterations(1.0, 0.1, [2.0, 1.0], 0.5) == np.inf
    assert population_bounds.rate([1.0], 1.0) == 1.0


def test_error_and_its_inverse():
    assert population_bounds.error(1.0) == 1.0
    assert population_bounds.error(population_bounds.q_for_error(1e-3)) == pytest.approx(1e-3, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: population_bounds.effective_step([1.0, 0.0], 1.0), "sigma is .* expected positive numbers"),
        (lambda: population_bounds.effective_step([1.0], 2.01), "eta is 2.01, .* expected at most 2/sigma_1"),
        (lambda: population_bounds.shrinkage(1.0, [1.0], 2.01), "eta is 2.01"),
        (lambda: population_bounds.gain(1.0, [1.0], -1.0), "eta is -1.0; expected a positive"),
        (lambda: population_bounds.q_sequence(0.0, [1.0], 1.0, 3), "q0 is 0.0; expected a positive"),
        (lambda: population_bounds.q_sequence(1.0, [1.0], 1.0, -1), "steps is -1"),
        (lambda: population_bounds.iterations(1.0, 0.0, [1.0], 1.0), "tolerance is 0.0"),
        (lambda: population_bounds.q_for_error(1.5), "epsilon is 1.5; expected a relative error below"),
        (lambda: population_bounds.fewest_iterations(1.0, 0.1, [1.0], 0.5), "expected a number below 1/2"),
    ],
)
def test_refused_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_enclosed_gain_is_that_of_the_reduced_step():
    instance = Instance((1.0, 0.5), 1.3, (0.7, 0.2), (0.4,))
    with ball.precision(120):
        Q = instance.rotation()
        Q = np.array([[float(Q[i, j]) for j in range(2)] for i in range(2)])
        gains = population_worst.gain_matrix(instance)
        gains = np.array([[float(gains[i, j]) for j in range(2)] for i in range(2)])
    start = population.from_squared_cosines((Q * instance.s) @ Q.T)
    after = population.step(np.array(instance.sigma), instance.eta, start)
    np.testing.assert_allclose(Q @ Q.T, np.eye(2), atol=1e-15)
    np.testing.assert_allclose(gains, start.q * np.eye(2) - after.W, rtol=1e-12)


def test_the_ratio_is_one_for_a_diagonal_instance_and_finds_a_wrong_bound():
    instance = Instance((1.0, 0.5), 1.0, (1.0, 0.3))
    with ball.precision(120):
        assert population_worst.ratio(instance) == pytest.approx(1.0, rel=1e-12)
        exact = flint.arb(float(population_bounds.gain(instance.q, instance.sigma, instance.eta)))
        assert population_worst.ratio(instance, exact * 2) == pytest.approx(0.5, rel=1e-12)


def test_positive_definiteness_is_certain_or_not_claimed():
    with ball.precision(100):
        assert population_worst.certainly_positive(ball.matrix(np.array([[2.0, 1.0], [1.0, 1.0]])))
        assert not population_worst.certainly_positive(ball.matrix(np.array([[1.0, 2.0], [2.0, 1.0]])))
        assert not population_worst.certainly_positive(ball.matrix(np.array([[1.0, 1.0], [1.0, 1.0]])))  # singular


def test_random_instances_are_what_they_say():
    rng = np.random.default_rng(0)
    instances = [population_worst.random_instance(rng) for _ in range(200)]
    assert all(max(i.sigma) == 1.0 and min(i.s) > 0 and max(i.s) <= 1 and 0 < i.eta <= 2 for i in instances)
    assert (
        any(i.eta == 2.0 for i in instances)
        and any(i.q > 1e4 for i in instances)
        and any(i.q < 1e-4 for i in instances)
    )
    assert any(len(set(i.sigma)) < len(i.sigma) for i in instances)
