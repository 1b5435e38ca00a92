"""The law of the worst initial alignment: against other formulas for it, against counting, refusals."""

import mpmath
import numpy as np
import pytest
import scipy.stats

from wnsense import alignment_bounds as ab
from wnsense import population


@pytest.mark.claim("prop-smallest-alignment-law")
@pytest.mark.parametrize("x", [1e-9, 1e-4, 0.03, 0.4, 0.95])
@pytest.mark.parametrize("m, k", [(4, 2), (9, 3), (60, 5), (300, 2)])
def test_equal_columns_against_the_hypergeometric_form(m, k, x):
    # the same mean by Euler's integral, in 15 digits or more
    half = mpmath.mpf(1) / 2
    constant = mpmath.beta((m - k) * half, (k + 1) * half) / mpmath.beta(half, (m - k) * half)
    mean = constant * mpmath.hyp2f1(k * half, (m - k) * half, (m + 1) * half, 1 - mpmath.mpf(x))
    exact = float((1 - mpmath.mpf(x)) ** (k * (m - k) * half) * mean)
    assert ab.survival(x, m, k, k) == pytest.approx(exact, rel=1e-9)  # quadrature


@pytest.mark.parametrize("m, r, k", [(6, 2, 2), (7, 3, 2), (9, 5, 2), (8, 4, 3), (9, 6, 3)])
def test_closed_forms_against_the_density_of_the_eigenvalues(m, r, k):
    # another classical route: integrate prod s^p (1-s)^b prod |s_i - s_j| over (x, 1)^k, for k = 2, 3
    p, b, x = (r - k - 1) / 2, (m - r - k - 1) / 2, 0.15

    def mass(low):
        # substitute s = low + (1-low)(1 - cos t)/2, which removes end-point singularities of order -1/2
        t, w = np.polynomial.legendre.leggauss(120)
        t, w = np.pi * (t + 1) / 2, np.pi * w / 2
        s, ds = low + (1 - low) * (1 - np.cos(t)) / 2, (1 - low) * np.sin(t) / 2
        f = w * ds * s**p * (1 - s) ** b
        grids = np.meshgrid(*[np.arange(120)] * k, indexing="ij")
        value = np.prod([f[g] for g in grids], axis=0)
        for i in range(k):
            for j in range(i):
                value = value * np.abs(s[grids[i]] - s[grids[j]])
        return value.sum()

    assert ab.survival(x, m, r, k) == pytest.approx(
        mass(x) / mass(0.0), rel=2e-3
    )  # quadrature across the kink s_i = s_j


def test_one_dimensional_range_is_a_beta_law():
    for r in (1, 2, 4, 7):
        assert ab.survival(0.3, 9, r, 1) == pytest.approx(scipy.stats.beta(r / 2, (9 - r) / 2).sf(0.3), rel=1e-12)
    # and the general forms agree with it at r = k + 1 and k + 3
    assert ab.survival(0.3, 9, 2, 1) == pytest.approx(0.7**3.5, rel=1e-12)
    assert ab.survival(0.3, 9, 4, 1) == pytest.approx(0.7**2.5 * (1 + 5 * 0.3 / 2), rel=1e-12)


def test_edges():
    assert ab.survival(0.0, 12, 4, 3) == 1 and ab.survival(1.0, 12, 4, 3) == 0
    assert ab.survival(0.0, 12, 3, 3) == pytest.approx(1, abs=1e-10)  # quadrature
    assert ab.survival(0.5, 3, 3, 1) == 1  # r = m: all of the space
    assert ab.quantile(0.5, 3, 3, 1) == 1  # there lambda_0 = 1 for certain


@pytest.mark.parametrize("m, r, k", [(20, 4, 4), (20, 5, 4), (20, 7, 4), (10**12, 5, 5), (30, 11, 1)])
@pytest.mark.parametrize("p", [1e-6, 0.05, 0.5, 0.999])
def test_quantiles_invert(m, r, k, p):
    assert ab.survival(ab.quantile(p, m, r, k), m, r, k) == pytest.approx(1 - p, abs=1e-9)


@pytest.mark.claim("prop-alignment-grows")
def test_lower_bound_by_hand_and_by_counting():
    # a = 6 - 2 - 1 = 3, b = 8 + 2 + 1 = 11
    assert ab.lower_bound(100, 36, 4, 1.0) == pytest.approx(9 / (9 + 121), rel=1e-14)
    assert ab.lower_bound(100, 9, 4, 1.0) == 0
    rng = np.random.default_rng(0)
    bound = ab.lower_bound(200, 80, 2, 1.5)
    below = np.mean([population.random_alignment(200, 80, 2, rng).smallest < bound for _ in range(300)])
    assert below <= ab.failure(1.5)


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: ab.survival(0.1, 12, 5, 3),
            r"\(m, r, k\) is \(12, 5, 3\); expected k = 1, or r = k, k \+ 1 or k \+ 3",
        ),
        (lambda: ab.survival(0.1, 5, 4, 3), r"with r <= m - k"),
        (lambda: ab.survival(1.5, 12, 4, 3), "x is 1.5; expected a number between 0 and 1"),
        (lambda: ab.survival(0.1, 12, 2, 3), "k is 3; expected an integer between 1 and 2"),
        (lambda: ab.quantile(1.0, 12, 4, 3), "p is 1.0; expected a probability strictly between 0 and 1"),
        (lambda: ab.quantile(0.5, 12, 5, 3), "expected k = 1"),
        (lambda: ab.lower_bound(12, 13, 3, 1.0), "r is 13; expected an integer between 1 and 12"),
        (lambda: ab.lower_bound(12, 5, 3, 0.0), "tau is 0.0; expected a positive finite number"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
