"""The published exponents: values by hand in fractions, relations between them, refusals."""

from fractions import Fraction

import numpy as np
import pytest

from wnsense import published_bounds as published

FUNCTIONS = (published.delta, published.step_size, published.saddle_phase, published.rate, published.samples)
pytestmark = pytest.mark.claim("thm-published-two-phase")


@pytest.mark.parametrize(
    "function, expected",
    {
        published.delta: Fraction(2**6, 3**2 * 10**3 * 5**4 * 3),
        published.step_size: Fraction(2**4, 3**2 * 10**2 * 5**2 * 3),
        published.saddle_phase: Fraction(3**4 * 10**4 * 5**4 * 3**2, 2**8),
        published.rate: Fraction(2**4, 3**4 * 10**2 * 5**2 * 3),
        published.samples: Fraction(3**4 * 10**7 * 5**9 * 3**2, 2**12),
    }.items(),
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_value_by_hand(function, expected):
    assert function(10, 5, 3, 3.0) == pytest.approx(float(expected), rel=1e-13)  # rounding


@pytest.mark.parametrize(
    "function, in_m, in_kappa",
    [
        (published.delta, -3, -2),
        (published.step_size, -2, -2),
        (published.saddle_phase, 4, 4),
        (published.rate, -2, -4),
        (published.samples, 7, 4),
    ],
)
def test_exponents_of_m_and_kappa_are_fitted(function, in_m, in_kappa):
    fitted_m = np.log2(function(200, 50, 5, 10.0) / function(100, 50, 5, 10.0))
    fitted_kappa = np.log2(function(100, 50, 5, 20.0) / function(100, 50, 5, 10.0))
    assert (fitted_m, fitted_kappa) == pytest.approx((in_m, in_kappa), abs=1e-12)


@pytest.mark.parametrize("function, sign", list(zip(FUNCTIONS, (1, 1, -1, 1, -1))))
def test_all_improve_with_overparameterization(function, sign):
    values = [function(300, r, 5, 10.0) for r in (10, 20, 40, 80, 160)]
    assert all(sign * (after - before) > 0 for before, after in zip(values, values[1:]))


@pytest.mark.parametrize("m, r, k, kappa", [(10, 5, 3, 2.0), (300, 50, 5, 10.0), (40, 40, 1, 1.0)])
def test_all_are_powers_of_one_alignment(m, r, k, kappa):
    """What the chapter reads off: with a = (r-k)^2/(mr) the m-dependence is that of a, but for the factor m of n."""
    a = (r - k) ** 2 / (m * r)
    assert published.delta(m, r, k, kappa) == pytest.approx(a**3 / (kappa**2 * r * k))
    assert published.step_size(m, r, k, kappa) == pytest.approx(a**2 / (kappa**2 * k))
    assert published.saddle_phase(m, r, k, kappa) == pytest.approx(kappa**4 * k**2 / a**4)
    assert published.rate(m, r, k, kappa) == pytest.approx(a**2 / (kappa**4 * k))
    assert published.samples(m, r, k, kappa) == pytest.approx(m * r / published.delta(m, r, k, kappa) ** 2)


def test_iterations_add_up():
    short, long = (published.iterations(10, 5, 3, 2.0, epsilon) for epsilon in (1e-2, 1e-4))
    assert long - short == pytest.approx(np.log(100) / published.rate(10, 5, 3, 2.0))
    assert published.iterations(10, 5, 3, 2.0, 3.0) == published.saddle_phase(10, 5, 3, 2.0)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_exact_rank_is_refused(function):
    with pytest.raises(ValueError, match="k is 3, r is 3; expected k < r"):
        function(10, 3, 3, 1.0)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((1, 1, 1, 1.0), "m is 1"),
        ((10, 11, 3, 1.0), "r is 11"),
        ((10, 5, 0, 1.0), "k is 0"),
        ((10, 5, 3, 0.5), "kappa is 0.5"),
        ((10, 5, 3, np.nan), "kappa is nan"),
    ],
)
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        published.delta(*arguments)
