"""Ground truths: spectra, best approximations, the error without an m x m matrix, refused arguments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wnsense.problem import GroundTruth, random_ground_truth

rng = np.random.default_rng


def test_geometric_spectrum():
    truth = random_ground_truth(7, 3, kappa=16, rng=rng(0))
    assert truth.sigma == pytest.approx([1, 0.25, 0.0625], rel=1e-15)
    assert (truth.m, truth.rank) == (7, 3)
    assert truth.kappa == pytest.approx(16, rel=1e-15)


def test_spectrum_in_any_order():
    truth = random_ground_truth(5, 3, sigma=[1, 4, 2], rng=rng(0))
    assert list(truth.sigma) == [4, 2, 1]
    assert np.linalg.eigvalsh(truth.A)[::-1] == pytest.approx([4, 2, 1, 0, 0], abs=1e-14)
    assert truth.norm == pytest.approx(np.linalg.norm(truth.A), rel=1e-14)


def test_dense_matrix_is_symmetric_to_the_last_bit():
    A = random_ground_truth(30, 4, kappa=100, rng=rng(1)).A
    assert np.array_equal(A, A.T)


def test_equal_condition_number_one_by_default():
    assert list(random_ground_truth(4, 2, rng=rng(0)).sigma) == [1, 1]


def test_range_is_uniform():
    """The projection onto a uniform line in the plane has mean I/2; 2000 of them, 5 standard deviations."""
    mean = np.mean([u @ u.T for u in (random_ground_truth(2, 1, rng=g).U for g in map(rng, range(2000)))], axis=0)
    assert np.abs(mean - np.eye(2) / 2).max() < 5 * np.sqrt(1 / 8 / 2000)


def test_truths_are_frozen():
    truth = random_ground_truth(4, 2, rng=rng(0))
    for array in (truth.U, truth.sigma):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    U = np.eye(3)[:, :1]
    truth = GroundTruth(U, np.ones(1))
    U[:] = 7
    assert truth.U[0, 0] == 1


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32))
def test_error_agrees_with_the_dense_difference(m, r, seed):
    g = rng(seed)
    truth = random_ground_truth(m, int(g.integers(1, m + 1)), sigma=None, rng=g)
    B, C = g.standard_normal((m, r)), g.standard_normal((r, r))
    C = C + C.T
    size = 1e-13 * (1 + np.linalg.norm(B) ** 2) * (1 + np.linalg.norm(C))
    assert abs(truth.error(B) - np.linalg.norm(B @ B.T - truth.A)) <= size
    assert abs(truth.error(B, C) - np.linalg.norm(B @ C @ B.T - truth.A)) <= size


@pytest.mark.parametrize("tiny", [1e-6, 1e-10, 1e-14])
def test_error_resolves_what_a_dense_difference_loses(tiny):
    truth = GroundTruth(np.eye(50)[:, :2], np.array([1.0, 0.5]))
    B = np.eye(50)[:, :3] * np.sqrt([1.0, 0.5, tiny])
    assert truth.error(B) == pytest.approx(tiny, rel=1e-2, abs=3e-16)


@pytest.mark.claim("lem-parameterizations")
@given(st.integers(1, 8), st.integers(0, 2**32))
def test_best_approximation_drops_the_tail(m, seed):
    g = rng(seed)
    truth = random_ground_truth(m, m, sigma=g.random(m) + 0.1, rng=g)
    for ell in range(m + 1):
        best = truth.best_approximation(ell)
        assert best.rank == ell
        tail = np.sqrt(np.sum(np.sort(np.linalg.eigvalsh(truth.A))[: m - ell] ** 2))
        assert np.linalg.norm(best.A - truth.A) == pytest.approx(tail, abs=1e-13)


U2 = np.eye(4)[:, :2]
BAD = {
    "m is 0; expected an integer of at least 1": lambda: random_ground_truth(0, 1, rng=rng()),
    "rank is 5; expected an integer between 1 and 4": lambda: random_ground_truth(4, 5, rng=rng()),
    "rank is 0; expected an integer between 1 and 4": lambda: random_ground_truth(4, 0, rng=rng()),
    "kappa is 0.5; expected at least 1": lambda: random_ground_truth(4, 2, kappa=0.5, rng=rng()),
    "kappa is 2.0; expected at least 1, and exactly 1 at rank 1": lambda: random_ground_truth(4, 1, kappa=2, rng=rng()),
    "kappa is inf; expected a positive finite": lambda: random_ground_truth(4, 2, kappa=np.inf, rng=rng()),
    "kappa and sigma are both given": lambda: random_ground_truth(4, 2, kappa=2, sigma=[2, 1], rng=rng()),
    r"sigma has shape \(3,\); expected \(2,\)": lambda: random_ground_truth(4, 2, sigma=[3, 2, 1], rng=rng()),
    "sigma is .*expected positive numbers": lambda: random_ground_truth(4, 2, sigma=[1, -1], rng=rng()),
    "rng is NoneType": lambda: random_ground_truth(4, 2, rng=None),
    "sigma is .*largest first": lambda: GroundTruth(U2, np.array([1.0, 2.0])),
    "U has columns that are not orthonormal": lambda: GroundTruth(2 * U2, np.array([2.0, 1.0])),
    r"sigma has shape \(1,\); expected \(2,\)": lambda: GroundTruth(U2, np.ones(1)),
    "U has 1 entries that are not finite": lambda: GroundTruth(np.array([[np.nan]]), np.ones(1)),
    "ell is 3; expected an integer between 0 and 2": lambda: GroundTruth(U2, np.ones(2)).best_approximation(3),
    "ell is -1; expected an integer between 0 and 2": lambda: GroundTruth(U2, np.ones(2)).best_approximation(-1),
}


@pytest.mark.parametrize("message", BAD)
def test_refused(message):
    with pytest.raises(ValueError, match=message):
        BAD[message]()
