"""What columns cost and bring: counts by hand, the work model against search, runs on either side of their limits, exponents."""

import numpy as np
import pytest

from wnsense import columns, exponents
from wnsense.column_runs import Data


@pytest.mark.parametrize("m, r", [(1, 1), (5, 2), (6, 6), (9, 0)])
def test_parameters_are_the_dimension_of_the_matrices_of_that_rank(m, r):
    # symmetric m x m less the symmetric block that a matrix of rank r leaves free to vanish
    assert columns.parameters(m, r) == m * (m + 1) // 2 - (m - r) * (m - r + 1) // 2


def test_work_of_an_iteration_by_hand():
    # m = 10, r = 2, n = 100: passes 4*100*110, products 8*100*2, thin ones 16*10*4
    assert columns.iteration_flops(10, 2, 100) == 44000 + 1600 + 640


@pytest.mark.claim("prop-best-columns")
@pytest.mark.parametrize("m, k, L", [(2000, 3, 4.6), (200, 3, 27.6), (1e6, 1, 10.0), (10, 5, 40.0)])
def test_best_columns_against_search(m, k, L):
    r = k * (1 + np.geomspace(1e-2, 1e3, 100_001)) ** 2
    work = columns.model_work(r, m, k, L)
    # the grid is fine to 1e-4, and the work quadratic around its minimum
    assert columns.best_columns(m, k, L) == pytest.approx(r[work.argmin()], rel=3e-4)
    assert columns.least_work(m, k, L) == pytest.approx(work.min(), rel=1e-7)


def test_stable_magnitude_step_by_hand():
    # d = 6 and n = 24: (1 + 1/2)^2 in the denominator; tau = 24^(1/2) adds one
    assert columns.stable_magnitude_step(3, 24) == pytest.approx(16 / 9, rel=1e-15)
    assert columns.stable_magnitude_step(3, 24, tau=np.sqrt(24)) == pytest.approx(0.64, rel=1e-15)


@pytest.mark.claim("cor-expected-iterations")
def test_expected_squared_tangent_at_rank_one_against_the_quotient_of_chi_squares():
    rng = np.random.default_rng(0)
    m, r, n = 30, 12, 200_000
    q = rng.chisquare(m - r, n) / rng.chisquare(r, n)
    assert columns.expected_squared_tangent(m, r, 1) == pytest.approx(q.mean(), abs=5 * q.std() / np.sqrt(n))


def test_expected_iterations_by_hand():
    # Q = 1 * (22 - 2)/(12 - 2) - 1 = 1
    assert columns.expected_iterations(22, 12, 1, 0.5, 0.25) == pytest.approx(1 + 4 * (1 + np.log(3)), rel=1e-15)


@pytest.mark.parametrize("r", [3, 4, 11])
def test_expectations_need_two_surplus_columns(r):
    with pytest.raises(ValueError, match=f"r is {r}; expected an integer between 5 and 10"):
        columns.expected_squared_tangent(10, r, 3)


@pytest.mark.claim("prop-magnitude-stability")
def test_a_magnitude_step_beyond_its_limit_diverges_and_one_below_does_not():
    data = Data(m=8, k=2, n=108, seed=3)  # three measurements for each of the 36 unknowns
    assert data.weight_normalization(8, mu=2.4, eta=0.05, max_iterations=500).residual > 0.1
    assert data.weight_normalization(8, mu=1.2, eta=0.05, max_iterations=500).converged


def test_runs_are_reproducible_and_say_when_the_budget_ended():
    data = Data(m=8, k=2, n=60, seed=0)
    one, other = (data.weight_normalization(2, max_iterations=5) for _ in range(2))
    assert one == other and one.iterations == 5 and not one.converged


def test_exponents_of_an_exact_power_law():
    rng = np.random.default_rng(1)
    x = rng.uniform(1, 10, (12, 2))
    y = 3 * x[:, :1] ** 2 * x[:, 1:] ** -0.5 * np.ones((1, 5))
    found = exponents.fit(x, y, rng)
    for values in (found.value, found.low, found.high):
        np.testing.assert_allclose(values, [2, -0.5], rtol=0, atol=1e-12)
    assert found.text(0) == "2.00 [2.00, 2.00]"


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng, hits = np.random.default_rng(2), 0
    x = 2.0 ** np.arange(6)[:, None]
    for _ in range(60):
        found = exponents.fit(x, x**1.5 * np.exp(rng.standard_normal((6, 15))), rng, draws=200)
        hits += found.low[0] <= 1.5 <= found.high[0]
    # 95 % of 60 is 57; the bootstrap of a median of 15 is a little off, and chance adds its part
    assert hits >= 48


def test_a_minority_of_runs_without_end_does_not_matter():
    x = np.array([[1.0], [2.0], [4.0]])
    y = np.column_stack([x, x, x, np.full(3, np.inf)])
    assert exponents.fit(x, y, np.random.default_rng(3)).value[0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    "predictors, samples, message",
    [
        (np.ones((2, 1)), np.ones((3, 4)), r"samples has shape \(3, 4\); expected \(2, repetitions\)"),
        (np.zeros((2, 1)), np.ones((2, 4)), "entries that are not positive"),
        (np.ones((2, 1)), np.full((2, 4), np.inf), "a cell whose median is infinite"),
    ],
)
def test_fits_say_what_is_wrong(predictors, samples, message):
    with pytest.raises(ValueError, match=message):
        exponents.fit(predictors, samples, np.random.default_rng(0))
