"""How runs are compared: starts that do not depend on each other, slopes, passes."""

import numpy as np
import pytest

from wnsense import descent_comparison as compare
from wnsense import iterate


def run_with(errors, passes_per_step=2):
    t = np.arange(len(errors))
    history = {"iteration": t, "passes": passes_per_step * t, "error": np.asarray(errors)}
    return iterate.Run(None, iterate.StopReason.BUDGET, history)


def test_tail_slope_of_a_power_law_is_its_exponent():
    t = np.arange(1000)
    assert compare.tail_slope(run_with(3.0 / (1 + t) ** 2)) == pytest.approx(-2, abs=0.01)  # 1 + t is not t


def test_passes_until_counts_to_the_first_record_below():
    run = run_with([1.0, 0.1, 0.2, 0.01])
    assert compare.passes_until(run, 0.1) == 2
    assert compare.passes_until(run, 0.05) == 6
    assert compare.passes_until(run, 1e-3) == float("inf")


def test_budget_is_in_passes_for_both_methods():
    setting = compare.Setting(n=None, m=10, r=4, rank=2, kappa=1.5)
    assert compare.weight_normalization_run(setting, passes=40).history["passes"][-1] <= 40
    assert compare.gradient_descent_run(setting, 1.0, passes=40).history["passes"][-1] == 40


def test_scale_is_relative_to_the_truth():
    setting = compare.Setting(n=None, m=400, r=50, rank=2, kappa=1.5)
    start = compare.gradient_descent_run(setting, 0.1, passes=1).state.Y
    # a chi-square with 20000 degrees of freedom: 4 standard deviations are 4 %
    assert np.linalg.norm(start) ** 2 == pytest.approx(50 * 0.01, rel=0.04)


@pytest.mark.parametrize("count, text", [(1364.0, "1400"), (80.0, "80"), (7.0, "7"), (float("inf"), "-")])
def test_counts_are_shown_to_two_digits(count, text):
    assert compare.two_digits(count) == text


def test_error_after_is_the_last_record_within_the_passes():
    run = run_with([1.0, 0.1, 0.02, 0.01])
    assert [compare.error_after(run, passes) for passes in (0, 1, 2, 5, 100)] == [1.0, 1.0, 0.1, 0.02, 0.01]


def test_given_truth_and_setting_run_alike():
    setting = compare.Setting(n=None, m=12, r=5, rank=2, kappa=1.5)
    one = compare.weight_normalization_run(setting, passes=80)
    other = compare.weight_normalization_run(compare.Given(setting.truth, r=5), passes=80)
    np.testing.assert_array_equal(one.history["error"], other.history["error"])
