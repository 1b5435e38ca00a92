"""Packed storage of symmetric matrices: the layout, by hand."""

import numpy as np
import pytest

from wnsense.packing import pack, packed_size, side, unpack


def test_layout():
    S = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 5.0], [3.0, 5.0, 6.0]])
    w = np.sqrt(2)
    assert np.array_equal(pack(S), [1, 2 * w, 3 * w, 4, 5 * w, 6])
    assert np.array_equal(unpack(np.array([1, 2 * w, 3 * w, 4, 5 * w, 6])), S)


def test_lower_triangle_is_not_read():
    S = np.array([[1.0, 2.0], [np.nan, 3.0]])
    assert np.isfinite(pack(S)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_stacks_and_types(dtype):
    S = np.arange(24, dtype=dtype).reshape(6, 2, 2)
    S = S + S.swapaxes(1, 2)
    packed = pack(S)
    assert packed.shape == (6, 3) and packed.dtype == dtype
    assert unpack(packed).shape == (6, 2, 2) and unpack(packed).dtype == dtype
    assert np.array_equal(packed[4], pack(S[4]))


def test_sizes():
    assert [packed_size(m) for m in (1, 2, 3, 100)] == [1, 3, 6, 5050]
    assert all(side(packed_size(m)) == m for m in (*range(1, 200), 10**6))


@pytest.mark.parametrize("d", [0, -1, 2, 4, 5, 5049])
def test_lengths_that_no_matrix_has(d):
    with pytest.raises(ValueError, match=rf"packed length is {d}; expected m\(m\+1\)/2"):
        side(d)
