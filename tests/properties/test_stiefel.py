"""Laws of the Stiefel manifold, over generated points: projection, gradient, and every retraction."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from wnsense import geodesic, objective, sensing, stiefel
from wnsense.problem import random_ground_truth

RETRACTIONS = {"polar": stiefel.polar, "qr": stiefel.qr, "cayley": stiefel.cayley}
each_retraction = pytest.mark.parametrize("retract", RETRACTIONS.values(), ids=RETRACTIONS)
laws = settings(deadline=None, max_examples=50)  # no deadline: time depends on what else the machine does
ROUNDING = 1e-12  # a few hundred float64 operations on numbers of order one


@st.composite
def points(draw):
    """A point of St(m, r), 1 <= r <= m <= 9, and the generator that made it; scipy's QR is not the code's."""
    m = draw(st.integers(1, 9))
    r = draw(st.integers(1, m))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return scipy.linalg.qr(rng.standard_normal((m, r)), mode="economic")[0], rng


def tangent(X, rng):
    """X Omega + X_perp K of Frobenius norm 1 (zero if the tangent space is), made without any projection."""
    m, r = X.shape
    Omega = rng.standard_normal((r, r))
    xi = X @ (Omega - Omega.T) + scipy.linalg.null_space(X.T) @ rng.standard_normal((m - r, r))
    return xi / np.linalg.norm(xi) if xi.any() else xi


def close(actual, expected, tolerance=ROUNDING):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance)


@laws
@given(points())
def test_projection_is_idempotent_self_adjoint_and_onto(case):
    X, rng = case
    Y, Z = rng.standard_normal((2, *X.shape))
    PY, PZ = stiefel.tangent_projection(X, Y), stiefel.tangent_projection(X, Z)
    close(X.T @ PZ + PZ.T @ X, 0)
    close(stiefel.tangent_projection(X, PZ), PZ)
    close(np.sum(Y * PZ), np.sum(PY * Z))
    xi = tangent(X, rng)
    close(stiefel.tangent_projection(X, xi), xi)
    B = rng.standard_normal((X.shape[1],) * 2)
    close(stiefel.tangent_projection(X, X @ (B + B.T)), 0)


@laws
@given(points())
def test_projection_is_the_nearest_tangent_vector(case):
    X, rng = case
    Z = rng.standard_normal(X.shape)
    P = stiefel.tangent_projection(X, Z)
    other = P + tangent(X, rng)
    close(np.sum((Z - other) ** 2), np.sum((Z - P) ** 2) + np.sum((P - other) ** 2))


@each_retraction
@laws
@given(case=points(), exponent=st.floats(-3, 3))
def test_every_retraction_stays_on_the_manifold(retract, case, exponent):
    X, rng = case
    size = 10.0**exponent
    Y = retract(X, size * tangent(X, rng))
    # polar takes an inverse root of I + xi'xi, which magnifies rounding by its condition number, at most 1 + size^2
    close(Y.T @ Y, np.eye(X.shape[1]), ROUNDING * (1 + size**2))
    close(np.linalg.norm(Y, axis=0), 1, ROUNDING * (1 + size**2))


@each_retraction
@laws
@given(case=points())
def test_every_retraction_keeps_the_point_at_zero(retract, case):
    X, _ = case
    close(retract(X, np.zeros_like(X)), X)


@each_retraction
@laws
@given(case=points())
def test_every_retraction_is_of_first_order(retract, case):
    X, rng = case
    xi = tangent(X, rng)
    if not xi.any():
        return
    times = 2.0 ** -np.arange(5, 10)
    distances = [np.linalg.norm(retract(X, t * xi) - X - t * xi) for t in times]
    # exactly 2: the normal part of the second derivative is -X xi'xi for every curve on the manifold
    slope = np.polyfit(np.log(times), np.log(distances), 1)[0]
    assert abs(slope - 2) < 0.1  # the next order in t, at t = 1/32


@laws
@given(points())
def test_polar_is_of_second_order(case):
    X, rng = case
    xi = tangent(X, rng)
    for t in (0.1, 0.01):
        # the bound t^3 |xi|^3: its constant is 1/3 on horizontal directions, and no direction tried came near 1
        assert np.linalg.norm(stiefel.polar(X, t * xi) - geodesic.embedded(X, xi, t)) <= t**3 + ROUNDING


@laws
@given(points())
def test_cayley_is_of_second_order_for_the_canonical_metric(case):
    X, rng = case
    xi = tangent(X, rng)
    for t in (0.1, 0.01):
        # 2 arctan(s/2) - s is -s^3/12 + ..., for every eigenvalue is of the generator, |s| <= t
        assert (
            np.linalg.norm(stiefel.cayley(X, t * xi) - geodesic.canonical(X, xi, t))
            <= t**3 / 12 * np.sqrt(2 * len(X)) + ROUNDING
        )


@pytest.mark.parametrize("line", [geodesic.embedded, geodesic.canonical])
@laws
@given(case=points(), s=st.floats(0, 2), t=st.floats(0, 2))
def test_geodesics_stay_on_the_manifold_and_go_on_from_where_they_are(line, case, s, t):
    X, rng = case
    xi = tangent(X, rng)
    Y = line(X, xi, s)
    close(Y.T @ Y, np.eye(X.shape[1]))
    step = 1e-4
    velocity = (line(X, xi, s + step) - line(X, xi, s - step)) / (2 * step)
    close(line(Y, velocity, t), line(X, xi, s + t), 1e-6)  # step^2 of the difference, carried along


@laws
@given(points())
def test_embedded_geodesic_has_no_tangential_acceleration(case):
    X, rng = case
    xi, step = tangent(X, rng), 1e-3
    acceleration = (geodesic.embedded(X, xi, step) - 2 * X + geodesic.embedded(X, xi, -step)) / step**2
    close(acceleration, -X @ xi.T @ xi, 1e-6)  # step^2 of the difference


@laws
@given(points())
def test_polar_is_nearest(case):
    X, rng = case
    Y = X + rng.standard_normal(X.shape) / 3
    near, s = stiefel.polar(X, Y - X), np.linalg.svd(Y, compute_uv=False)
    if s[-1] < 1e-3:
        return  # the nearest point is hardly unique, and the Gram matrix loses its digits
    close(np.linalg.norm(Y - near), np.linalg.norm(s - 1), 1e-9)
    for size in (1e-3, 1.0):
        other = np.linalg.qr(near + size * rng.standard_normal(X.shape))[0]
        assert np.linalg.norm(Y - near) <= np.linalg.norm(Y - other) + ROUNDING


@laws
@given(points())
def test_qr_and_polar_span_the_same_subspace(case):
    X, rng = case
    xi = 3 * tangent(X, rng)
    P, Q = stiefel.polar(X, xi), stiefel.qr(X, xi)
    close(P @ P.T, Q @ Q.T, 10 * ROUNDING)
    R = Q.T @ (X + xi)
    close(np.tril(R, -1), 0, 10 * ROUNDING)
    assert (np.diag(R) > 0).all()


@pytest.mark.parametrize("retract", [stiefel.polar, stiefel.cayley], ids=["polar", "cayley"])
@laws
@given(case=points())
def test_polar_and_cayley_turn_with_the_basis(retract, case):
    X, rng = case
    xi = tangent(X, rng)
    Q = scipy.linalg.qr(rng.standard_normal((X.shape[1],) * 2))[0]
    close(retract(X @ Q, xi @ Q), retract(X, xi) @ Q)


@each_retraction
@laws
@given(case=points())
def test_every_retraction_turns_with_the_surrounding_space(retract, case):
    X, rng = case
    xi = tangent(X, rng)
    O = scipy.linalg.qr(rng.standard_normal((len(X),) * 2))[0]
    close(retract(O @ X, O @ xi), O @ retract(X, xi))


@each_retraction
@laws
@given(case=points())
def test_every_retraction_leaves_its_inputs_as_they_are(retract, case):
    X, rng = case
    xi = tangent(X, rng)
    X_before, xi_before = X.copy(), xi.copy()
    retract(X, xi)
    assert np.array_equal(X, X_before) and np.array_equal(xi, xi_before)


@each_retraction
@laws
@given(case=points(), k=st.integers(1, 3))
def test_every_retraction_takes_a_thin_tangent_vector(retract, case, k):
    X, rng = case
    normal = scipy.linalg.null_space(X.T)
    thin = stiefel.LowRankTangent(
        normal @ rng.standard_normal((normal.shape[1], k)), rng.standard_normal((X.shape[1], k))
    )
    dense = thin.left @ thin.right.T
    close(thin.norm, np.linalg.norm(dense))
    close(np.asarray(-0.5 * thin), -0.5 * dense)
    close(retract(X, thin), retract(X, dense), ROUNDING * (1 + np.sum(dense**2)))


def test_the_norm_of_a_thin_tangent_vector_survives_cancellation():
    # two columns that cancel to one part in 1e10: rounding, 1e-16 of each, is 1e-6 of what is left
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal(30), rng.standard_normal(5)
    thin = stiefel.LowRankTangent(np.column_stack([a, -a * (1 + 1e-10)]), np.column_stack([b, b]))
    assert thin.norm == pytest.approx(1e-10 * np.linalg.norm(a) * np.linalg.norm(b), rel=1e-4)


@laws
@given(points(), st.sampled_from(["population", "gaussian", "rank one"]))
def test_riemannian_gradient_is_tangent_and_gives_the_slope_of_f(case, kind):
    X, rng = case
    m, r = X.shape
    Theta = rng.standard_normal((r, r))
    Theta += Theta.T
    truth = random_ground_truth(m, min(2, m), rng=rng)
    operator = {
        "population": sensing.Identity(m),
        "gaussian": sensing.gaussian(m, 6, rng),
        "rank one": sensing.rank_one_gaussian(m, 6, rng),
    }[kind]
    y = operator.forward(truth.A)
    problem = objective.Population(truth) if kind == "population" else objective.Measured(operator, y)
    G = np.asarray(problem.riemannian_gradient(X, Theta, problem.residual(X, Theta)))
    W = rng.standard_normal((m, m))
    W -= W.T
    # f along the curve e^{tW} X, which stays on the manifold: a fourth-order difference
    step = 1e-3
    f = {}
    for k in (-2, -1, 1, 2):
        Xt = scipy.linalg.expm(k * step * W) @ X
        f[k] = np.sum((operator.forward(Xt @ Theta @ Xt.T) - y) ** 2) / 4
    slope = (f[-2] - 8 * f[-1] + 8 * f[1] - f[2]) / (12 * step)
    scale = 1 + np.linalg.norm(Theta) ** 2 * (1 + np.linalg.norm(W)) ** 5
    close(X.T @ G + G.T @ X, 0, ROUNDING * scale)
    close(np.sum(G * (W @ X)), slope, 1e-9 * scale)  # step^4 times the fifth derivative
