"""Laws of restricted isometry that hold for every operator, on operators generated from a seed and dimensions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wnsense import rip, sensing
from wnsense.packing import pack, packed_size, unpack
from wnsense.rip_circle import certified_constant
from wnsense.stiefel import random_point

law = settings(deadline=None, max_examples=30)  # eigenvalue problems take longer under load than a deadline allows
seeds = st.integers(0, 2**32 - 1)
ROUNDING = 1e-9  # of sums of at most a few hundred products of numbers of size 1


@st.composite
def operators(draw, low=2, high=5):
    """An operator of one of the ensembles, and a generator to go on with."""
    rng = np.random.default_rng(draw(seeds))
    m, n = draw(st.integers(low, high)), draw(st.integers(1, 60))
    ensemble = draw(st.sampled_from([sensing.gaussian, sensing.rank_one_gaussian]))
    return ensemble(m, n, rng), rng


def low_rank_unit(m, k, rng):
    U = random_point(m, k, rng)
    x = rng.standard_normal(k)
    return (U * (x / np.linalg.norm(x))) @ U.T


@law
@given(operators())
def test_form_is_the_excess_of_the_squared_length(case):
    operator, rng = case
    Z = unpack(rng.standard_normal(packed_size(operator.m)))
    expected = np.sum(operator.forward(Z) ** 2) - np.sum(Z**2)
    scale = np.sum(operator.forward(Z) ** 2) + np.sum(Z**2)
    assert abs(rip.form(rip.deviation(operator), Z) - expected) <= ROUNDING * scale


@law
@given(operators())
def test_with_deviation_returns_an_operator_with_that_deviation(case):
    E = rip.deviation(case[0])
    np.testing.assert_allclose(rip.deviation(rip.with_deviation(E)), E, atol=ROUNDING * (1 + np.abs(E).max()))


@law
@given(operators(), st.data())
def test_no_low_rank_matrix_leaves_the_bracket(case, data):
    operator, rng = case
    k = data.draw(st.integers(1, operator.m))
    E = rip.deviation(operator)
    upper = rip.upper_bound(E, k)
    for _ in range(50):
        assert abs(rip.form(E, low_rank_unit(operator.m, k, rng))) <= upper * (1 + ROUNDING)


@law
@given(operators())
def test_bracket_is_one_nested_in_k_and_exact_at_full_order(case):
    operator, rng = case
    E = rip.deviation(operator)
    found = [rip.bracket(E, k, rng, restarts=3, steps=50) for k in range(1, operator.m + 1)]
    for b in found:
        assert b.lower <= b.upper * (1 + ROUNDING)
    assert all(a.upper <= b.upper * (1 + ROUNDING) for a, b in zip(found, found[1:]))
    largest = np.abs(np.linalg.eigvalsh(E)).max()
    assert found[-1].upper == pytest.approx(largest, rel=ROUNDING)
    assert found[-1].lower == pytest.approx(largest, rel=1e-6)  # the search starts at the eigenvectors


@law
@given(operators(), st.data())
def test_witness_attains_the_lower_end(case, data):
    operator, rng = case
    k = data.draw(st.integers(1, operator.m))
    found = rip.bracket(rip.deviation(operator), k, rng, restarts=3, steps=50)
    eigenvalues = np.sort(np.abs(np.linalg.eigvalsh(found.witness)))
    assert np.linalg.norm(found.witness) == pytest.approx(1.0)
    assert eigenvalues[: operator.m - k].max(initial=0.0) < 1e-12  # rank at most k, to rounding
    excess = np.sum(operator.forward(found.witness) ** 2) - 1
    assert abs(abs(excess) - found.lower) <= ROUNDING * (2 + found.lower)


@law
@given(operators(high=2))
def test_bracket_holds_the_certified_constant(case):
    operator, rng = case
    E = rip.deviation(operator)
    low, high = certified_constant(E)
    found = rip.bracket(E, 1, rng, restarts=5)
    assert found.lower <= high * (1 + ROUNDING)
    assert low <= found.upper * (1 + ROUNDING)
    assert found.lower >= 0.99 * low


@law
@given(seeds, st.integers(2, 6), st.data())
def test_constants_do_not_depend_on_the_basis(seed, m, data):
    """Rotating every measurement matrix, M_i -> Q M_i Q', leaves the spectrum of E and the caps alone."""
    rng = np.random.default_rng(seed)
    k = data.draw(st.integers(1, m))
    M = unpack(rng.standard_normal((30, packed_size(m)))) / np.sqrt(30)
    Q = random_point(m, m, rng)
    E, F = (rip.deviation(sensing.from_matrices(A)) for A in (M, Q @ ((M + M.transpose(0, 2, 1)) / 2) @ Q.T))
    spectrum = np.linalg.eigvalsh(E)
    if np.diff(spectrum).min() > 1e-6:  # with a multiple eigenvalue the eigenvectors, and so the caps, are arbitrary
        assert rip.upper_bound(E, k) == pytest.approx(rip.upper_bound(F, k), rel=1e-6)


@law
@given(seeds, st.integers(2, 6), st.data())
def test_best_low_rank_is_nearer_than_any_other(seed, m, data):
    rng = np.random.default_rng(seed)
    k = data.draw(st.integers(1, m))
    S = unpack(rng.standard_normal(packed_size(m)))
    P = rip.best_low_rank(S, k)
    assert np.linalg.matrix_rank(P, tol=1e-10) <= k
    for _ in range(20):
        W = low_rank_unit(m, k, rng) * np.linalg.norm(P)
        assert np.linalg.norm(S - P) <= np.linalg.norm(S - W) + ROUNDING
        assert np.sum(S * W) ** 2 <= rip.head_norm_squared(S, k) * np.sum(W**2) * (1 + ROUNDING)


@law
@given(seeds, st.integers(2, 5), st.sampled_from([1, -1]), st.data())
def test_search_never_falls_below_its_eigenvector_start(seed, m, sign, data):
    rng = np.random.default_rng(seed)
    k = data.draw(st.integers(1, m))
    E = rng.standard_normal((packed_size(m),) * 2)
    E += E.T
    start = rip.best_low_rank(unpack(np.linalg.eigh(sign * E)[1][:, -1]), k)
    start = pack(start / np.linalg.norm(start))
    Z = rip.search(E, k, sign, rng, restarts=2, steps=30)
    assert sign * (Z @ E @ Z) >= sign * (start @ E @ start) - ROUNDING * np.abs(E).sum()
