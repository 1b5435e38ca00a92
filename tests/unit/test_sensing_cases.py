"""Measurement operators: scaling, memory, counting, and the arguments they refuse."""

import tracemalloc

import numpy as np
import pytest

from wnsense import sensing
from wnsense.packing import packed_size

rng = np.random.default_rng


def test_gaussian_rows_have_variance_one_over_n():
    operator = sensing.gaussian(20, 500, rng(0))
    # 105 000 entries: the sample variance has standard deviation sqrt(2 / 105 000) = 0.0044 of itself; 5 of them
    assert abs(operator.rows.var() * 500 - 1) < 0.022
    assert abs(operator.rows.mean()) < 5 / np.sqrt(500 * 105_000)


def test_gaussian_matrices_have_half_the_variance_off_the_diagonal():
    operator = sensing.gaussian(8, 4000, rng(1))
    M = np.array([operator.adjoint(unit) for unit in np.eye(4000)[:1000]])
    diagonal, off = M[:, np.arange(8), np.arange(8)], M[:, np.triu_indices(8, 1)[0], np.triu_indices(8, 1)[1]]
    # 8000 and 28 000 entries: 5 standard deviations of their sample variances are 8 % and 4.3 %
    assert abs(diagonal.var() * 4000 - 1) < 0.08
    assert abs(off.var() * 8000 - 1) < 0.043


def test_rank_one_second_moment():
    S = np.diag([2.0, -1.0, 0.5])
    measured = np.sum(sensing.rank_one_gaussian(3, 400_000, rng(2)).forward(S) ** 2)
    theory = np.sum(S**2) + np.trace(S) ** 2 / 2
    assert abs(measured / theory - 1) < 0.03  # sampling: fourth moments of Gaussian quadratic forms, 400 000 of them


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gaussian_is_drawn_in_place(dtype):
    m, n = 60, 400
    size = n * packed_size(m) * np.dtype(dtype).itemsize
    tracemalloc.start()
    operator = sensing.gaussian(m, n, rng(3), dtype)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert operator.rows.nbytes == size and operator.rows.dtype == dtype
    assert peak < 1.1 * size  # a second copy would double it


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_pass_makes_no_copy_of_the_operator(dtype):
    operator = sensing.gaussian(60, 400, rng(4), dtype)
    S, v = np.eye(60), np.ones(400)
    operator.adjoint(operator.forward(S))  # the layout is cached at the first pass
    tracemalloc.start()
    operator.forward(S)
    operator.adjoint(v)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.1 * operator.rows.nbytes


def test_equal_seeds_give_equal_operators_and_the_global_generator_stays():
    before = np.random.get_state()[1].copy()
    a, b = sensing.gaussian(4, 9, rng(5)), sensing.gaussian(4, 9, rng(5))
    sensing.rank_one_gaussian(4, 9, rng(5))
    assert np.array_equal(a.rows, b.rows)
    assert np.array_equal(np.random.get_state()[1], before)


def test_counting():
    counted = sensing.Counted(sensing.Identity(3))
    counted.forward(np.eye(3))
    counted.adjoint(np.ones(6))
    counted.normal(np.eye(3))
    assert counted.passes == 4
    assert (counted.m, counted.n) == (3, 6)


def test_from_matrices_keeps_float32_and_takes_integers():
    assert sensing.from_matrices(np.eye(3, dtype=np.float32)[None]).rows.dtype == np.float32
    operator = sensing.from_matrices(np.array([[[1, 2], [2, 3]]]))
    assert operator.rows.dtype == np.float64
    assert operator.forward(np.array([[1.0, 1.0], [1.0, 1.0]])) == pytest.approx(8, abs=1e-14)


def test_slight_asymmetry_of_rounding_is_accepted():
    M = np.array([[[1.0, 2.0], [2.0 + 1e-12, 3.0]]])
    assert sensing.from_matrices(M).n == 1


BAD = {
    "m is 0; expected an integer of at least 1": lambda: sensing.gaussian(0, 5, rng()),
    "n is 0; expected an integer of at least 1": lambda: sensing.gaussian(5, 0, rng()),
    "n is 2.5; expected an integer": lambda: sensing.gaussian(5, 2.5, rng()),
    "rng is RandomState; expected a numpy.random.Generator": lambda: sensing.gaussian(5, 5, np.random.RandomState(0)),
    "dtype is float16; expected float32 or float64": lambda: sensing.gaussian(5, 5, rng(), np.float16),
    "dtype is int64; expected float32 or float64": lambda: sensing.gaussian(5, 5, rng(), int),
    "m is -1; expected an integer of at least 1": lambda: sensing.rank_one_gaussian(-1, 5, rng()),
    "n is True; expected an integer of at least 1": lambda: sensing.rank_one_gaussian(5, True, rng()),
    "rng is int; expected a numpy.random.Generator": lambda: sensing.rank_one_gaussian(5, 5, 0),
    r"has shape \(4, 5\); expected \(n, m, m\) or \(n, m\(m\+1\)/2\)": lambda: sensing.from_matrices(np.ones((4, 5))),
    r"measurements has shape \(4, 2, 3\); expected \(n, m, m\)": lambda: sensing.from_matrices(np.ones((4, 2, 3))),
    r"measurements has shape \(3,\); expected \(n, m, m\)": lambda: sensing.from_matrices(np.ones(3)),
    "measurements has 1 entries that are not finite": lambda: sensing.from_matrices(np.array([[[np.nan]]])),
    "measurements has dtype complex128; expected real": lambda: sensing.from_matrices(np.ones((2, 3, 3), complex)),
    r"has shape \(0, 3, 3\); expected at least one measurement": lambda: sensing.from_matrices(np.ones((0, 3, 3))),
    r"has shape \(3, 0, 0\); expected at least one measurement": lambda: sensing.from_matrices(np.ones((3, 0, 0))),
    r"y has shape \(4,\); expected \(9,\)": lambda: sensing.compress(sensing.gaussian(3, 9, rng(0)), np.ones(4)),
    "y has 1 entries that are not finite": lambda: sensing.compress(sensing.gaussian(3, 2, rng(0)), [1, np.inf]),
    "packed length is 4; expected": lambda: sensing.Packed(np.ones((2, 4))),
}


@pytest.mark.parametrize("message", BAD)
def test_refused(message):
    with pytest.raises(ValueError, match=message):
        BAD[message]()


def test_the_matrix_that_is_not_symmetric_is_named():
    M = np.stack([np.eye(2), np.array([[1.0, 2.0], [0.0, 1.0]])])
    with pytest.raises(ValueError, match=r"measurements\[1\] is not symmetric: .* by 2; expected .*\(1 of 2 are not\)"):
        sensing.from_matrices(M)


def test_compress_keeps_the_precision_of_the_operator():
    operator = sensing.gaussian(4, 50, rng(6), np.float32)
    assert sensing.compress(operator, operator.forward(np.eye(4)))[0].rows.dtype == np.float32
