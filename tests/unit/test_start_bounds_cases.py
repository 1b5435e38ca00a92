"""Bounds for random and spectral starts: closed laws, inverses, sizes, refusals."""

import numpy as np
import pytest
import scipy.integrate
import scipy.stats

from wnsense import bounds
from wnsense import finite_sample_bounds as finite
from wnsense import start_bounds as starts


@pytest.mark.claim("lem-smallest-singular-value")
@pytest.mark.parametrize("r", [1, 2, 5, 9])
def test_tail_for_one_row_against_the_chi_law(r):
    for epsilon in (1e-3, 0.1, 0.5):
        exact = scipy.stats.chi2.cdf(epsilon**2, r)
        assert (
            exact <= starts.singular_value_tail(1, r, epsilon) <= exact * np.exp(epsilon**2 / 2)
        )  # what dropping e^{-x/2} costs at most


@pytest.mark.claim("lem-smallest-singular-value")
def test_tail_of_a_square_matrix_of_two_rows_against_its_law():
    # 2 x 2: the density of the least eigenvalue integrates to the mean over t of an explicit function; by quadrature
    # of the joint density
    def joint(x, y):
        return (x * y) ** -0.5 * np.exp(-(x + y) / 2) * (y - x) / 4

    low = 1e-3
    value = scipy.integrate.dblquad(lambda y, s: 2 * s * joint(s**2, y + s**2), 0, np.sqrt(low), 0, 80, epsabs=1e-10)[0]
    assert starts.singular_value_tail(2, 2, np.sqrt(low)) == pytest.approx(value, rel=0.02)  # epsilon is not yet 0


def test_constant_and_failure_are_inverse():
    for m, r, k, p in ((30, 1, 1, 0.1), (30, 6, 3, 0.01), (100, 50, 5, 0.3)):
        c = starts.constant_for(m, r, k, p)
        assert starts.alignment_failure(m, r, k, c) == pytest.approx(p)
        assert c < 1 / np.e


def test_delta_is_the_alignment_through_the_theorem():
    delta = starts.random_start_delta(30, 6, 3, 2.0, 0.1)
    lambda_0 = starts.alignment(30, 6, 3, starts.constant_for(30, 6, 3, 0.1))
    sigma = np.array([2.0, 1.0, 1.0])
    assert delta <= finite.allowed_delta(lambda_0, sigma)
    assert delta * 630 * 2 * np.sqrt(3) * 30 * 6 == pytest.approx(starts.constant_for(30, 6, 3, 0.1) ** 2 * 16)


@pytest.mark.claim("cor-spectral-start")
def test_spectral_numbers():
    assert starts.spectral_alignment(1 / starts.SPECTRAL_DELTA) >= 0.999
    assert starts.spectral_alignment(1 / 35) == pytest.approx(1 - 1 / 1156)
    assert starts.spectral_start_delta(2.0, 4) == pytest.approx(1 / 140)
    assert starts.spectral_start_samples(50, 5, 2, 3.0, 0.01) == bounds.rip_sample_size(
        50, 8, starts.spectral_start_delta(3.0, 2), 0.01
    )
    assert starts.spectral_start_samples(6, 5, 2, 3.0, 0.01) == bounds.rip_sample_size(
        6, 6, starts.spectral_start_delta(3.0, 2), 0.01
    )
    # the theorem's own count from lambda_0 = 15/16 is smaller
    assert starts.spectral_start_iterations(3.0, 1e-6) >= finite.iterations(15 / 16, 1 / 18, 1e-6)


@pytest.mark.claim("cor-random-start")
def test_random_start_needs_more_than_all_unknowns():
    for m, r, k, kappa in ((10, 1, 1, 1.0), (40, 40, 1, 1.0), (300, 100, 5, 10.0)):
        assert starts.random_start_samples(m, r, k, kappa, 0.1) > m * (m + 1) / 2
        assert starts.random_start_growth(m, r, k, kappa)[1] >= m**2


def test_growth_by_hand():
    delta, n, iterations = starts.random_start_growth(20, 4, 1, 2.0)
    assert (delta, n, iterations) == pytest.approx((16 / 160, 8000 * 64 * 4 / 256, 4 * 80 / 16))


@pytest.mark.claim("lem-rip-growth")
def test_rip_growth_ends():
    assert starts.rip_growth(7, 7) == 1
    assert starts.rip_growth(7, 2) == 11


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: starts.singular_value_tail(3, 2, 0.1), "k is 3"),
        (lambda: starts.alignment(5, 6, 1, 0.1), "r is 6"),
        (lambda: starts.alignment(5, 4, 1, 0.0), "c is 0.0"),
        (lambda: starts.constant_for(4, 2, 1, 0.1), "failure is 0.1; expected a probability between"),
        (lambda: starts.constant_for(40, 2, 1, 1.0), "failure is 1.0"),
        (lambda: starts.spectral_alignment(0.5), "omega is 0.5"),
        (lambda: starts.spectral_start_delta(-1.0, 1), "kappa is -1.0"),
        (lambda: starts.rip_growth(5, 1), "K is 1"),
        (lambda: starts.rip_growth(5, 6), "K is 6"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
