"""Rectangular truths and operators: scaling, exact small errors, and the arguments they refuse."""

import numpy as np
import pytest

from wnsense import asymmetric, rectangular, rectangular_objective, sensing
from wnsense.problem import random_ground_truth
from wnsense.rectangular import RectangularTruth, random_rectangular_truth

rng = np.random.default_rng


def test_truth_has_the_chosen_singular_values():
    truth = random_rectangular_truth(7, 5, 3, sigma=[0.5, 4.0, 2.0], rng=rng(0))
    np.testing.assert_allclose(np.linalg.svd(truth.A, compute_uv=False), [4, 2, 0.5, 0, 0], atol=1e-14)
    assert truth.shape == (7, 5) and truth.m == 7 and truth.rank == 3 and truth.kappa == 8
    assert truth.norm == pytest.approx(np.linalg.norm(truth.A), rel=1e-14)
    np.testing.assert_array_equal(truth.transpose.A, truth.A.T)


def test_symmetric_truth_is_the_same_matrix():
    truth = random_ground_truth(6, 2, kappa=3, rng=rng(1))
    np.testing.assert_allclose(RectangularTruth.of_symmetric(truth).A, truth.A, atol=1e-15)


def test_error_agrees_with_the_dense_one_and_resolves_tiny_ones():
    g = rng(2)
    truth = random_rectangular_truth(9, 6, 2, kappa=5, rng=g)
    F, G = g.standard_normal((9, 4)), g.standard_normal((6, 4))
    assert truth.error(F, G) == pytest.approx(np.linalg.norm(F @ G.T - truth.A), rel=1e-13)
    # A plus 1e-20 times a dyad orthogonal to it on both sides: far below the rounding of a dense difference
    Q1 = np.linalg.svd(truth.U)[0][:, 2:3]
    Q2 = np.linalg.svd(truth.V)[0][:, 2:3]
    root = np.sqrt(truth.sigma)
    F, G = np.hstack([truth.U * root, 1e-10 * Q1]), np.hstack([truth.V * root, 1e-10 * Q2])
    assert truth.error(F, G) < 1e-14  # rounding of the block F_1 G_1^T - Sigma
    one = RectangularTruth(np.eye(3)[:, :1], np.ones(1), np.eye(3)[:, :1])
    off = np.eye(3)[:, 1:2]
    tiny = one.error(np.hstack([one.U, 1e-10 * off]), np.hstack([one.V, 1e-10 * off]))
    assert tiny == pytest.approx(1e-20, rel=1e-12)


def test_gaussian_entries_have_variance_one_over_n():
    operator = rectangular.gaussian(20, 15, 500, rng(3))
    # 150 000 entries: the sample variance has standard deviation sqrt(2 / 150 000) = 0.0037 of itself; 5 of them
    assert abs(operator.rows.var() * 500 - 1) < 0.019


def test_symmetric_part_measures_the_same_and_keeps_the_scale():
    operator = rectangular.gaussian(8, 8, 4000, rng(4))
    symmetric = rectangular.symmetric_part(operator)
    assert isinstance(symmetric, sensing.Packed)
    S = random_ground_truth(8, 3, rng=rng(5)).A
    np.testing.assert_allclose(symmetric.forward(S), operator.forward(S), atol=1e-14)
    # 144 000 entries, as above: 5 standard deviations are 1.9 %
    assert abs(symmetric.rows.var() * 4000 - 1) < 0.019


def test_initial_scale_is_that_of_the_entries():
    problem = rectangular_objective.Population(random_rectangular_truth(300, 200, 1, rng=rng(6)))
    state = asymmetric.init(problem, 20, 0.1, rng(7), ratio=1 / 3)
    # 6000 and 4000 entries: 5 standard deviations of a sample deviation are 4.6 % and 5.6 %
    assert abs(state.F.std() / 0.1 - 1) < 0.046
    assert abs(state.G.std() / (0.1 / 3) - 1) < 0.056


U, V = np.eye(4)[:, :2], np.eye(3)[:, :2]
TRUTH = RectangularTruth(U, np.array([2.0, 1.0]), V)
PROBLEM = rectangular_objective.Population(TRUTH)
BAD = {
    "rank is 4; expected an integer between 1 and 3": lambda: random_rectangular_truth(5, 3, 4, rng=rng()),
    "n_2 is 0; expected an integer of at least 1": lambda: random_rectangular_truth(5, 0, 1, rng=rng()),
    "kappa and sigma are both given": lambda: random_rectangular_truth(5, 3, 2, kappa=2, sigma=[2, 1], rng=rng()),
    "rng is NoneType": lambda: random_rectangular_truth(5, 3, 2, rng=None),
    "V has columns that are not orthonormal": lambda: RectangularTruth(U, np.ones(2), 2 * V),
    r"V has shape \(3, 1\); expected \(n_2, 2\)": lambda: RectangularTruth(U, np.ones(2), V[:, :1]),
    "sigma is .*largest first": lambda: RectangularTruth(U, np.array([1.0, 2.0]), V),
    r"rows has shape \(5, 7\); expected \(n, 6\)": lambda: rectangular.Dense(np.ones((5, 7)), (3, 2)),
    "n is 0; expected an integer of at least 1": lambda: rectangular.gaussian(3, 2, 0, rng()),
    r"operator has shape \(3, 2\); expected square": lambda: rectangular.symmetric_part(
        rectangular.gaussian(3, 2, 4, rng())
    ),
    r"y has shape \(3,\); expected \(4,\)": lambda: rectangular_objective.Measured(
        rectangular.gaussian(3, 2, 4, rng()), np.ones(3)
    ),
    r"F has shape \(3, 2\); expected \(4, r\)": lambda: asymmetric.at(PROBLEM, np.ones((3, 2)), np.ones((3, 2))),
    r"G has shape \(3, 1\); expected \(3, 2\)": lambda: asymmetric.at(PROBLEM, np.ones((4, 2)), np.ones((3, 1))),
    "alpha is 0.0; expected a positive": lambda: asymmetric.init(PROBLEM, 2, 0, rng()),
    "ratio is -1.0; expected a positive": lambda: asymmetric.init(PROBLEM, 2, 1, rng(), ratio=-1),
    "r is 0; expected an integer": lambda: asymmetric.init(PROBLEM, 0, 1, rng()),
    "eta is nan; expected a positive": lambda: asymmetric.Parameters(np.nan),
}


@pytest.mark.parametrize("message", BAD)
def test_refused(message):
    with pytest.raises(ValueError, match=message):
        BAD[message]()
