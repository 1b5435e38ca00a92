"""Cases of the gradient flow: closed forms by hand, extreme arguments, and errors that name the argument."""

import mpmath
import numpy as np
import pytest

from wnsense import ensemble, flow, population


def test_the_time_from_one_half_to_one_tenth_by_hand():
    # q from 1 to 9 at s = 1/2 and s = 1/10; 1/s falls from 10 to 2
    assert flow.time(9.0, 1.0, 2.0) == pytest.approx((8 + np.log(9)) / 8, rel=1e-15)


@pytest.mark.parametrize("q_0, time", [(1e-8, 3.0), (5.0, 0.0), (1e3, 499.0), (1e6, 5e5)])
def test_squared_tangent_against_lambert_in_forty_digits(q_0, time):
    with mpmath.workdps(40):
        argument = mpmath.mpf(q_0) * mpmath.exp(mpmath.mpf(q_0) - 2 * mpmath.mpf(time))
        expected = float(mpmath.lambertw(argument))
    # q_0 - 2 time is exact to 1e-16 q_0, and moves q by at most that
    assert flow.squared_tangent(q_0, time, 1.0) == pytest.approx(expected, rel=1e-9)


def test_a_start_with_q_of_a_trillion_does_not_overflow():
    assert flow.squared_tangent(1e12, 1.0, 1.0) == pytest.approx(1e12 - 2, rel=1e-15)


def test_iterations_are_time_over_step():
    assert flow.iterations(100.0, 1e-6, 0.5, 0.25) == pytest.approx(4 * flow.time(100.0, 1e-6, 0.5))


def test_the_flow_at_time_zero_is_the_start():
    start = population.Alignment(np.diag([3.0, 1.0]))
    np.testing.assert_array_equal(flow.integrate([1.0, 0.5], start, [0.0, 1.0])[0].W, start.W)


@pytest.mark.parametrize("times", [[], [-1.0], [1.0, 1.0], [2.0, 1.0]])
def test_times_must_increase(times):
    with pytest.raises(ValueError, match="times is .*; expected increasing numbers"):
        flow.integrate([1.0], population.Alignment(np.ones((1, 1))), times)


def test_the_spectrum_must_fit():
    with pytest.raises(ValueError, match=r"sigma has shape \(2,\); expected \(1,\)"):
        flow.integrate([1.0, 0.5], population.Alignment(np.ones((1, 1))), [1.0])


def test_a_run_that_does_not_converge_counts_as_infinite():
    W = np.array([[[1e-3]], [[1e3]], [[1.0]]])
    counts = ensemble.iterations(np.ones((3, 1)), 0.5, W, tolerance=1e-2, max_iterations=50)
    assert counts[0] == 0 and np.isinf(counts[1]) and 0 < counts[2] < 50


def test_the_start_of_an_ensemble_stays_as_it_is():
    W = np.full((2, 1, 1), 5.0)
    ensemble.iterations(np.ones((2, 1)), 0.5, W, tolerance=1e-3, max_iterations=100)
    assert (W == 5.0).all()


@pytest.mark.parametrize("sigma, eta", [(-1.0, 0.5), (1.0, -0.5)])
def test_ensembles_need_positive_numbers(sigma, eta):
    with pytest.raises(ValueError, match="sigma or eta has entries that are not positive"):
        ensemble.iterations([[sigma]], eta, np.ones((1, 1, 1)), tolerance=1e-3, max_iterations=10)


def test_ensembles_need_shapes_that_fit():
    with pytest.raises(ValueError, match=r"sigma has shape \(1, 2\); expected \(1, 1\)"):
        ensemble.iterations([[1.0, 0.5]], 0.5, np.ones((1, 1, 1)), tolerance=1e-3, max_iterations=10)
