"""Laws of the measurement operators, one time for all of them: adjoint, symmetry, storage, compression."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wnsense import sensing
from wnsense.packing import pack, packed_size, side, unpack

DOUBLE, SINGLE = 1e-13, 2e-5  # a sum of some hundred products in float64, in float32, relative to the norms involved
sizes = dict(m=st.integers(1, 7), n=st.integers(1, 40), seed=st.integers(0, 2**32))


def symmetric(m, rng, n=()):
    B = rng.standard_normal((*n, m, m))
    return B + B.swapaxes(-1, -2)


def given_matrices(m, n, rng):
    M = symmetric(m, rng, (n,))
    return sensing.from_matrices(M), M


def given_packed(m, n, rng):
    M = symmetric(m, rng, (n,))
    i, j = np.triu_indices(m)  # the packing, written from its definition
    return sensing.from_matrices(M[:, i, j] * np.where(i == j, 1, np.sqrt(2))), M


def gaussian(m, n, rng, dtype=np.float64):
    operator = sensing.gaussian(m, n, rng, dtype)
    basis = np.eye(m)
    units = [np.outer(a, b) + np.outer(b, a) for a in basis for b in basis]
    entries = [np.array([row @ pack(unit) / 2 for unit in units]) for row in operator.rows.astype(float)]
    return operator, np.array(entries).reshape(n, m, m)  # <M_i, sym(e_j e_k')> is entry jk of M_i


def gaussian_single(m, n, rng):
    return gaussian(m, n, rng, np.float32)


def rank_one(m, n, rng):
    operator = sensing.rank_one_gaussian(m, n, rng)
    return operator, operator.scale * operator.vectors[:, :, None] * operator.vectors[:, None, :]


def identity(m, n, rng):
    i, j = np.triu_indices(m)
    M = np.zeros((packed_size(m), m, m))
    M[np.arange(len(i)), i, j] = M[np.arange(len(i)), j, i] = np.where(i == j, 1, np.sqrt(0.5))
    return sensing.Identity(m), M


KINDS = [given_matrices, given_packed, gaussian, gaussian_single, rank_one, identity]
every_operator = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def tolerance(kind):
    return SINGLE if kind is gaussian_single else DOUBLE


@pytest.mark.claim("lem-adjoint-consistency")
@every_operator
@given(**sizes)
def test_adjoint_is_consistent_with_forward(kind, m, n, seed):
    rng = np.random.default_rng(seed)
    operator, M = kind(m, n, rng)
    S, v = symmetric(m, rng), rng.standard_normal(operator.n)
    size = np.linalg.norm(M) * np.linalg.norm(S) * np.linalg.norm(v)
    assert abs(operator.forward(S) @ v - np.sum(S * operator.adjoint(v))) <= tolerance(kind) * size


@every_operator
@given(**sizes)
def test_packed_and_dense_agree(kind, m, n, seed):
    rng = np.random.default_rng(seed)
    operator, M = kind(m, n, rng)
    S, v = symmetric(m, rng), rng.standard_normal(operator.n)
    forward, adjoint = np.einsum("nij,ij->n", M, S), np.einsum("n,nij->ij", v, M)
    scale = np.linalg.norm(M) * max(np.linalg.norm(S), 1)
    assert np.abs(operator.forward(S) - forward).max() <= tolerance(kind) * scale
    assert np.abs(operator.adjoint(v) - adjoint).max() <= tolerance(kind) * np.linalg.norm(M) * np.linalg.norm(v)
    normal = np.einsum("n,nij->ij", forward, M)
    assert np.abs(operator.normal(S) - normal).max() <= tolerance(kind) * np.linalg.norm(M) * scale
    assert (operator.m, operator.n) == (m, len(M))


@every_operator
@given(**sizes)
def test_results_are_float64_symmetric_and_inputs_stay(kind, m, n, seed):
    rng = np.random.default_rng(seed)
    operator, _ = kind(m, n, rng)
    S, v = symmetric(m, rng), rng.standard_normal(operator.n)
    before = S.copy(), v.copy()
    y, B = operator.forward(S), operator.adjoint(v)
    assert y.dtype == B.dtype == np.float64
    assert np.array_equal(B, B.T)
    assert np.array_equal(S, before[0]) and np.array_equal(v, before[1])


@given(m=st.integers(1, 20), seed=st.integers(0, 2**32))
def test_packing_is_an_isometry_and_has_an_inverse(m, seed):
    rng = np.random.default_rng(seed)
    S, T = symmetric(m, rng), symmetric(m, rng)
    inner = np.trace(S @ T)
    assert abs(pack(S) @ pack(T) - inner) <= DOUBLE * np.linalg.norm(S) * np.linalg.norm(T)
    assert np.allclose(unpack(pack(S)), S, rtol=1e-15, atol=0)  # one multiplication and one division by sqrt(2)
    assert side(pack(S).size) == m


@given(m=st.integers(1, 6), surplus=st.integers(-10, 60), seed=st.integers(0, 2**32), noise=st.booleans())
def test_compression_changes_the_loss_by_a_constant_only(m, surplus, seed, noise):
    rng = np.random.default_rng(seed)
    n = max(packed_size(m) + surplus, 1)
    operator = sensing.gaussian(m, n, rng)
    y = operator.forward(symmetric(m, rng)) + noise * rng.standard_normal(n)
    before = operator.rows.copy(), y.copy()
    small, r_2, rho = sensing.compress(operator, y)
    assert small.n == len(r_2) == min(n, packed_size(m)) and small.m == m
    assert np.array_equal(operator.rows, before[0]) and np.array_equal(y, before[1])
    for _ in range(3):
        S = rng.standard_normal() * 10 * symmetric(m, rng)
        full = np.sum((operator.forward(S) - y) ** 2)
        assert abs(np.sum((small.forward(S) - r_2) ** 2) + rho**2 - full) <= 1e-12 * (full + y @ y)
    # so the least loss of all is rho^2: what no S explains
    least = np.linalg.lstsq(operator.rows, y, rcond=None)[0]
    assert abs(np.linalg.norm(operator.rows @ least - y) - rho) <= 1e-12 * np.linalg.norm(y)


@given(m=st.integers(1, 6), seed=st.integers(0, 2**32))
def test_compression_of_consistent_data_leaves_nothing_over(m, seed):
    rng = np.random.default_rng(seed)
    operator = sensing.gaussian(m, 5 * packed_size(m) + 7, rng)
    y = operator.forward(symmetric(m, rng))
    assert sensing.compress(operator, y)[2] <= 1e-13 * np.linalg.norm(y)


@given(**sizes)
def test_single_precision_is_the_same_operator_to_its_precision(m, n, seed):
    double = sensing.from_matrices(symmetric(m, np.random.default_rng(seed), (n,)))
    single = sensing.Packed(double.rows.astype(np.float32))
    S = symmetric(m, np.random.default_rng(seed + 1))
    size = np.linalg.norm(double.rows) * np.linalg.norm(S)  # absolute: a single measurement can cancel
    assert np.abs(single.forward(S) - double.forward(S)).max() <= SINGLE * size
