"""Exact rank: values worked out by hand, arguments that are refused, instances that are what they say."""

import flint
import numpy as np
import pytest

from wnsense import exact_rank_bounds as bounds
from wnsense import exact_rank_runs as runs
from wnsense import exact_rank_worst as worst
from wnsense.proof import ball


def test_bounds_worked_out_by_hand():
    assert bounds.gradient_share(0.5) == 0.375
    assert bounds.step_coefficient(0.1) == pytest.approx(4 - 1 - 0.08 - 0.002, rel=1e-14)
    # sigma = (2, 1), eta = 1/5: eta (2 + 1/4) = 0.45; h = 1/5
    assert bounds.near_factor(0.25, 0.25, [2.0, 1.0], 0.2) == pytest.approx(0.9, rel=1e-14)
    assert bounds.near_sequence(0.25, [2.0, 1.0], 0.2, 1)[1] == pytest.approx(0.225, rel=1e-14)
    assert bounds.near_bound(0.25, [2.0, 1.0], 0.2, 2) == pytest.approx(0.5 / 1.44, rel=1e-14)
    # rho_0^2/(1 - rho_0^2) = 0.64/0.36; h = 1/12
    assert bounds.region_bound(0.8, [2.0, 1.0], 1 / 12, 1) == pytest.approx(np.sqrt(0.64 / 0.36 * 12 / 13), rel=1e-14)
    # odds 16/9 e^-2 at t = 1: rho^2 = odds/(1 + odds)
    odds = 16 / 9 * np.exp(-2.0)
    assert bounds.flow_bound(0.8, 1.0, 1.0) == pytest.approx(np.sqrt(odds / (1 + odds)), rel=1e-14)


def test_counts_worked_out_by_hand():
    # 0.5 * 1.2^-t <= 0.1: t >= log 5/log 1.2 = 8.83
    assert bounds.near_iterations(0.25, 0.1, [2.0, 1.0], 0.2) == 9
    assert bounds.near_iterations(0.25, 0.3, [2.0, 1.0], 0.2) == 0
    # log(15 * 16/9)/log(13/12) = 41.02; log 5/log(13/12) = 20.1
    assert bounds.region_iterations(0.8, 0.1, [2.0, 1.0], 1 / 12) == 42 + 21
    assert bounds.region_iterations(0.2, 0.1, [2.0, 1.0], 1 / 12) == 21


@pytest.mark.parametrize("kappa", [1.0, 3.0, 40.0])
@pytest.mark.parametrize("rho0", [0.1, 0.3, 0.8, 0.999])
@pytest.mark.parametrize("tolerance", [0.4, 1e-3, 1e-12])
def test_the_count_of_the_region_is_within_the_stated_one(kappa, rho0, tolerance):
    found = bounds.region_iterations(rho0, tolerance, [1.0, 1 / kappa], 1 / 6)
    first = max(np.log(15 * rho0**2 / (1 - rho0**2)), 0.0)
    # the statement is about every T at least this large, so about the integer above it
    assert found <= np.ceil((6 * kappa + 0.5) * (first + np.log(1 / (2 * tolerance))) + 1)


@pytest.mark.parametrize("seed", range(8))
def test_with_spare_columns_the_lemma_loses_nothing_but_the_sign_of_its_last_term(seed):
    rng = np.random.default_rng(seed)
    rank, m = int(rng.integers(1, 4)), 7
    r = rank + int(rng.integers(1, 3))
    sigma = np.sort(np.append(rng.uniform(1, 3, rank - 1), 1.0))[::-1]
    A = np.diag(np.append(sigma, np.zeros(m - rank)))
    Y = 0.01 * rng.standard_normal((m, r))
    Y[:r] += np.diag(np.append(np.sqrt(sigma), np.full(r - rank, 0.4)))
    basis, R = np.linalg.qr(Y, mode="complete")[0], Y @ Y.T - A
    blocks, H = basis.T @ R @ basis, (basis.T @ A @ basis)[:r, :r]
    a, b, c = blocks[:r, :r], blocks[r:, :r], blocks[r:, r:]
    assert np.linalg.norm(R) < 1
    # 1e-9: eigenvalues of H are 1e-16 or near sigma; 1e-12 below: rounding in matrices of norm 3
    inverse = np.linalg.pinv(H, rcond=1e-9, hermitian=True)
    np.testing.assert_allclose(c, -b @ inverse @ b.T, atol=1e-12)
    values, vectors = np.linalg.eigh(inverse)
    omega = b @ (vectors * np.sqrt(values.clip(0))) @ vectors.T
    Gamma, Omega = omega.T @ omega, a @ a + b.T @ b
    np.testing.assert_allclose(
        np.linalg.eigvalsh(H + Gamma)[::-1], np.append(sigma, np.zeros(r - rank)), atol=1e-12
    )
    last = 2 * np.trace((H + Gamma - np.eye(r)) @ Omega)
    rest = np.sum(R**2) - np.sum((Gamma + Omega) ** 2) + np.sum((a + Omega) ** 2)
    assert last < 0
    assert 2 * np.sum((R @ Y) ** 2) == pytest.approx(rest + last, abs=1e-12)


def test_a_smaller_tolerance_takes_more_steps_at_the_rate_of_the_theorem():
    # h = 1/24: log(1e4)/log(24/23) = 216.4 steps between the two; the first ones are faster by a little
    assert runs.region_count(0.6) - runs.region_count(0.6, 1e-4) == pytest.approx(216.4, abs=2)
    # h = (2/3)/(2 + 1/4) for kappa = 2: 1/log(1/(1 - h)) = 2.85; counts are integers, so 1/9.2 is lost at most
    assert runs.sharp_price(2.0) == pytest.approx(-1 / np.log1p(-8 / 27), abs=0.12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bounds.near_factor(0.5, 0.1, [1.0], 0.1), "rho0 is 0.5; expected a number below 0.5"),
        (lambda: bounds.near_bound(0.25, [1.0], 0.6, 1), "eta is 0.6; expected eta .* at most 2/3"),
        (lambda: bounds.near_bound(0.25, [1.0, 0.0], 0.1, 1), "sigma is .* expected positive numbers"),
        (lambda: bounds.near_sequence(0.25, [1.0], 0.1, -1), "steps is -1"),
        (lambda: bounds.region_bound(1.0, [1.0], 0.1, 1), "rho0 is 1; expected a number below 1"),
        (lambda: bounds.region_bound(0.5, [1.0], 0.17, 1), "eta is 0.17; expected at most 1/"),
        (lambda: bounds.near_iterations(0.25, 0.0, [1.0], 0.1), "tolerance is 0.0"),
        (lambda: bounds.region_iterations(0.5, -1.0, [1.0], 0.1), "tolerance is -1.0"),
        (lambda: bounds.flow_bound(1.5, 1.0, 1.0), "rho0 is 1.5"),
        (lambda: bounds.flow_bound(0.5, 0.0, 1.0), "smallest is 0.0"),
    ],
)
def test_refused_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_limits_themselves_are_allowed():
    bounds.region_bound(0.5, [3.0, 1.0], bounds.LARGEST_STEP / 3.0, 1)
    bounds.near_bound(0.25, [3.0, 1.0], 2 / 3 / 3.25, 1)


def test_an_enclosed_instance_is_the_definition():
    instance = worst.Instance(np.array([2.0, 0.5]), np.array([[1.25, 0.5], [0.25, 1.0], [0.5, 0.0]]))
    R = instance.Y @ instance.Y.T - np.diag([2.0, 0.5, 0.0])
    after = instance.Y - 0.125 * R @ instance.Y
    R_plus = after @ after.T - np.diag([2.0, 0.5, 0.0])
    with ball.precision(100):
        assert float(instance.squared_rho) == pytest.approx(np.sum(R**2) / 0.25, rel=1e-14)
        assert float(instance.share) == pytest.approx(np.sum((R @ instance.Y) ** 2) / (0.5 * np.sum(R**2)), rel=1e-14)
        assert float(instance.squared_factor(0.125)) == pytest.approx(np.sum(R_plus**2) / np.sum(R**2), rel=1e-13)


@pytest.mark.parametrize("rho", [0.01, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("others", [(), (5.0,), (3.0, 1.0)])
def test_tight_instances_attain_the_inequality_at_the_rho_they_are_made_for(rho, others):
    instance = worst.tight_instance(rho, others)
    with ball.precision(200):
        assert float(instance.squared_rho.sqrt()) == pytest.approx(rho, rel=1e-12)  # rounding of entries, over rho
        excess = instance.share / ((1 - instance.squared_rho) / 2) - 1
        assert abs(excess) < flint.arb("1e-20")  # the square of that rounding


def test_random_instances_are_what_they_say():
    rng = np.random.default_rng(0)
    rhos = [float(worst.random_instance(rng).squared_rho) ** 0.5 for _ in range(200)]
    assert max(rhos) < 1 and min(rhos) < 1e-3 and max(rhos) > 0.99
    halves = [float(worst.random_instance(rng, highest=0.5).squared_rho) ** 0.5 for _ in range(100)]
    assert max(halves) < 0.5


def test_a_correction_is_that_of_one_step():
    # r = 1, m = 1, y^2 = 1 + rho: eta = fraction (2/3)/(1 + rho), R_+ = (1 + rho)(1 - eta rho)^2 - 1
    rho, fraction = 0.25, 0.5
    eta = fraction * 2 / 3 / 1.25
    factor = abs(1.25 * (1 - eta * rho) ** 2 - 1) / rho
    found = worst.correction(np.ones(1), np.sqrt([[1.25]]), fraction)
    assert factor == pytest.approx(1 - eta * (1 - found * rho), rel=1e-12)


def test_an_experiment_has_the_columns_and_the_start_it_is_asked_for():
    exact, more = runs.experiment(2.0, budget=1), runs.experiment(2.0, extra=1, budget=1)
    assert exact.state.Y.shape == (30, 3) and more.state.Y.shape == (30, 4)
    assert runs.rho_history(exact, 2.0)[0] == pytest.approx(0.25, rel=1e-9)
    assert runs.entry(exact, 2.0) == 0 and runs.tail_rate(exact, 2.0) == 0
    assert runs.iterations_to(exact, 2.0, 1e-9) == np.inf
    assert runs.excess_after_entry(runs.experiment(2.0, extra=-1, budget=1, scale=1.0), 2.0) == np.inf


@pytest.mark.parametrize("rho", [0.1, 0.5, 0.9])
def test_a_short_step_from_a_tight_instance_loses_only_the_price_of_its_length(rho):
    instance, x = worst.tight_instance(rho, (1.0,)), 1e-4
    with ball.precision(200):
        gain = 1 - float(instance.squared_factor(x))
    # 3 x: beta is 4 - 10 x, and one step of the flow has a second-order term of its own
    assert gain / (bounds.step_coefficient(x) * x * (1 - rho**2) / 2) == pytest.approx(1, abs=3 * x)
