"""The Stiefel manifold: cases that can be worked out by hand, the law of random points, and bad arguments."""

import numpy as np
import pytest
import scipy.stats

from wnsense import geodesic, stiefel
from wnsense.claims.riemannian_gradient import euler_chart_steps, form

CIRCLE_POINT, CIRCLE_STEP = np.array([[1.0], [0.0]]), np.array([[0.0], [1.2]])
LAWS = {
    "polar": (stiefel.polar, np.arctan(1.2)),
    "qr": (stiefel.qr, np.arctan(1.2)),
    "cayley": (stiefel.cayley, 2 * np.arctan(0.6)),
    "embedded geodesic": (geodesic.embedded, 1.2),
    "canonical geodesic": (geodesic.canonical, 1.2),
}


@pytest.mark.parametrize("move, angle", LAWS.values(), ids=LAWS)
def test_on_the_circle_a_step_turns_by_a_known_angle(move, angle):
    np.testing.assert_allclose(move(CIRCLE_POINT, CIRCLE_STEP), [[np.cos(angle)], [np.sin(angle)]], rtol=0, atol=1e-15)


def test_projection_at_the_identity_is_the_skew_part():
    Z = np.array([[1.0, 2.0], [5.0, 3.0]])
    np.testing.assert_array_equal(stiefel.tangent_projection(np.eye(2), Z), [[0.0, -1.5], [1.5, 0.0]])


@pytest.mark.parametrize("gradient, holds", [(form(), True), (lambda E, X, Theta: E @ X @ Theta, False)], ids=["Riemannian", "Euclidean"])
def test_euler_charts_tell_the_riemannian_gradient_from_the_euclidean(gradient, holds):
    assert [step.holds for step in euler_chart_steps(gradient)] == [holds, holds]


def test_sym_is_the_symmetric_part():
    np.testing.assert_array_equal(stiefel.sym(np.array([[1.0, 2.0], [4.0, 3.0]])), [[1.0, 3.0], [3.0, 3.0]])


def test_qr_is_gram_schmidt():
    X = np.eye(3)[:, :2]
    Y = np.array([[3.0, 1.0], [4.0, 0.0], [0.0, 2.0]])
    second = np.array([1.0, 0.0, 2.0]) - 0.6 * np.array([0.6, 0.8, 0.0])
    expected = np.column_stack([[0.6, 0.8, 0.0], second / np.linalg.norm(second)])
    np.testing.assert_allclose(stiefel.qr(X, Y - X), expected, rtol=0, atol=1e-15)


def test_cayley_solves_the_large_system_it_avoids():
    rng = np.random.default_rng(0)
    X = np.linalg.qr(rng.standard_normal((7, 3)))[0]
    W = rng.standard_normal((7, 7))
    W -= W.T
    # W itself is not the generator of the retraction at W X: that one has no part that leaves X in its place
    Q = np.linalg.qr(np.hstack([X, rng.standard_normal((7, 4))]))[0]
    blocks = Q.T @ W @ Q
    blocks[3:, 3:] = 0
    W = Q @ blocks @ Q.T
    expected = np.linalg.solve(np.eye(7) - W / 2, (np.eye(7) + W / 2) @ X)
    np.testing.assert_allclose(stiefel.cayley(X, W @ X), expected, rtol=0, atol=1e-13)  # rounding


@pytest.mark.parametrize("m, r", [(1, 1), (4, 1), (6, 6), (200, 3)])
def test_random_point_is_orthonormal(m, r):
    X = stiefel.random_point(m, r, np.random.default_rng(1))
    assert X.shape == (m, r)
    np.testing.assert_allclose(X.T @ X, np.eye(r), rtol=0, atol=1e-14)


def test_random_point_is_uniform():
    rng = np.random.default_rng(2)
    points = np.array([stiefel.random_point(3, 2, rng) for _ in range(2000)])
    # Archimedes: each coordinate of a uniform point of the sphere in three dimensions is uniform on [-1, 1]; so is the
    # third coordinate of the cross product of the columns. The seed is fixed: p-values above 0.001 are no accident.
    cross = np.cross(points[:, :, 0], points[:, :, 1])
    for sample in (points[:, 0, 0], points[:, 2, 0], points[:, 1, 1], cross[:, 2]):
        assert scipy.stats.kstest(sample, "uniform", args=(-1, 2)).pvalue > 1e-3


def test_random_point_repeats_with_its_seed():
    first, second = (stiefel.random_point(5, 2, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize(
    "m, r, rng, message",
    [
        (0, 1, np.random.default_rng(0), "m is 0; expected an integer of at least 1"),
        (3, 4, np.random.default_rng(0), "r is 4; expected an integer between 1 and 3"),
        (3, 0, np.random.default_rng(0), "r is 0; expected an integer between 1 and 3"),
        (3.0, 1, np.random.default_rng(0), "m is 3.0; expected an integer"),
        (3, 1, 0, "rng is int; expected a numpy.random.Generator"),
    ],
)
def test_random_point_names_a_bad_argument(m, r, rng, message):
    with pytest.raises(ValueError) as error:
        stiefel.random_point(m, r, rng)
    assert message in str(error.value)
