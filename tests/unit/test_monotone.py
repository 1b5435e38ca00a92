"""The closed forms of the monotone-loss chapter against the algorithm, and against each other."""

import numpy as np
import pytest

from wnsense import monotone, objective, weight_normalization
from wnsense.problem import random_ground_truth


@pytest.mark.parametrize("epsilon", [0.3, 1.0, 2.0, 2.4])
@pytest.mark.parametrize("misalignment", [1e-4, 0.01, 0.3, 0.9])
def test_rank_one_decrease_is_that_of_the_algorithm(misalignment, epsilon):
    # rounding of f, of order 1e-16, is divided by |G|^2, which is no smaller than misalignment (1 - misalignment)^3
    tolerance = 1e-14 / (misalignment * (1 - misalignment) ** 3)
    measured = monotone.run_rank_one_step(misalignment, epsilon)
    assert monotone.rank_one_decrease(misalignment, epsilon) == pytest.approx(measured, abs=tolerance)


@pytest.mark.parametrize("epsilon", [2.01, 2.5, 7.0])
def test_decrease_changes_sign_at_the_threshold(epsilon):
    misalignment = 1 - monotone.increase_threshold(epsilon)
    assert monotone.rank_one_decrease(0.99 * misalignment, epsilon) < 0
    assert monotone.rank_one_decrease(1.01 * misalignment, epsilon) > 0


def test_threshold_leaves_no_room_at_the_limit():
    assert monotone.increase_threshold(2.0) == 1.0


def test_guaranteed_decrease_carries_the_units_of_the_spectrum():
    rng = np.random.default_rng(0)
    truth = random_ground_truth(8, 3, sigma=[5.0, 4.0, 1.0], rng=rng)
    problem = objective.Population(truth)
    state = weight_normalization.init(problem, 4, rng)
    after = weight_normalization.step(problem, weight_normalization.Parameters(1.5 / 25), state)
    bound = monotone.guaranteed_decrease(1.5, weight_normalization.gradient_norm(problem, state), 5.0)
    assert 0 < bound <= (state.residual.norm**2 - after.residual.norm**2) / 4


def test_step_polynomial_stays_above_its_floor_and_meets_it_at_one():
    x = np.linspace(0, 1, 1001)
    for epsilon in np.linspace(0.01, 2, 50):
        assert (monotone.step_polynomial(x, epsilon) >= 4 - 2 * epsilon - 1e-14).all()  # rounding at x = 1
        assert monotone.step_polynomial(1.0, epsilon) == pytest.approx(4 - 2 * epsilon)
    assert (monotone.step_polynomial(x, 2.2) < 4 - 4.4 - 1e-3).any()
