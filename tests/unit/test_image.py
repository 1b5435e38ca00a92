"""The photograph and its lifting to a positive semidefinite matrix."""

import numpy as np
import pytest

from wnsense import image


def test_photograph_is_a_gray_image_of_the_documented_size():
    B = image.photograph()
    assert B.shape == (50, 42)
    assert 0 <= B.min() < 0.1 and 0.9 < B.max() <= 1


def test_coarser_blocks_average_finer_ones():
    fine, coarse = image.photograph(8), image.photograph(16)
    h, w = coarse.shape
    means = (fine[0 : 2 * h : 2] + fine[1 : 2 * h : 2])[:, : 2 * w]
    np.testing.assert_allclose(coarse, (means[:, 0::2] + means[:, 1::2]) / 4, atol=1e-12)  # rounding of a mean


@pytest.mark.parametrize("shape, rank", [((7, 5), 3), ((4, 9), 4), ((6, 6), 1)])
def test_lifted_matrix_is_psd_of_the_rank_and_holds_the_best_approximation(shape, rank):
    B = np.random.default_rng(0).standard_normal(shape)
    truth = image.lift(B, rank)
    eigenvalues = np.linalg.eigvalsh(truth.A)
    assert truth.m == sum(shape) and truth.rank == rank
    assert eigenvalues.min() > -1e-12 and np.sum(eigenvalues > 1e-9) == rank
    Bk = image.read_off(truth.A, shape[0])
    assert Bk.shape == shape and np.linalg.matrix_rank(Bk) == rank
    # Eckart-Young-Mirsky: the error of the best approximation is the norm of the singular values left out
    left_out = np.sqrt(np.maximum(np.sort(np.linalg.eigvalsh(B.T @ B))[::-1][rank:], 0))
    assert np.linalg.norm(B - Bk) == pytest.approx(np.linalg.norm(left_out), abs=1e-7)  # square roots of rounding


def test_full_rank_gives_the_image_back():
    B = np.random.default_rng(1).uniform(size=(5, 4))
    np.testing.assert_allclose(image.read_off(image.lift(B, 4).A, 5), B, atol=1e-13)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: image.photograph(0), "block is 0; expected an integer between 1 and 512"),
        (lambda: image.photograph(2.5), "block is 2.5; expected an integer between 1 and 512"),
        (lambda: image.lift(np.ones(3), 1), r"B has shape \(3,\); expected \(h, w\)"),
        (lambda: image.lift(np.array([[np.nan]]), 1), "B has 1 entries that are not finite"),
        (lambda: image.lift(np.ones((3, 2)), 2), "rank is 2; expected an integer between 1 and 1"),
        (lambda: image.read_off(np.ones((3, 4)), 1), r"Z has shape \(3, 4\); expected \(m, m\)"),
        (lambda: image.read_off(np.eye(3), 3), "height is 3; expected an integer between 1 and 2"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
