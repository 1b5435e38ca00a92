"""Laws of the weight normalization of a vector, over generated losses, directions and magnitudes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wnsense import vector_normalization as vn

ROUNDING = 1e-11  # some hundred operations on numbers of order one, after scaling


@st.composite
def cases(draw):
    """A quadratic, a direction of any length and a magnitude of either sign."""
    m = draw(st.integers(2, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    H = rng.standard_normal((m, m))
    loss = vn.Quadratic((H + H.T) / 2, rng.standard_normal(m))
    v = rng.standard_normal(m)
    length = 10.0 ** draw(st.floats(-3, 3))
    g = draw(st.sampled_from([-1.0, 1.0])) * 10.0 ** draw(st.floats(-1, 1))
    return loss, length * v / np.linalg.norm(v), g


def seen_from_v(loss, g):
    """h as a function of v alone, also for complex v: the oracle that knows no gradient."""

    def h(v):
        w = g * v / np.sqrt(np.sum(v * v))
        return w @ loss.H @ w / 2 - loss.b @ w

    return h


@given(cases())
@settings(deadline=None)
def test_gradients_agree_with_the_complex_step(case):
    loss, v, g = case
    in_g, in_v = vn.gradients(loss.gradient, v, g)
    norm, slope = np.linalg.norm(v), np.linalg.norm(loss.gradient(vn.weight(v, g)))
    h = seen_from_v(loss, g)
    step = 1e-120 * norm
    by_complex_step = np.array([h(v + 1j * step * e).imag / step for e in np.eye(len(v))])
    u = v / norm
    w = (g + 1e-120j) * u
    along_g = (w @ loss.H @ w / 2 - loss.b @ w).imag / 1e-120
    assert np.linalg.norm(in_v - by_complex_step) <= ROUNDING * abs(g) * max(slope, 1) / norm
    assert abs(in_g - along_g) <= ROUNDING * max(slope, 1)


@given(cases(), st.floats(-3, 3))
@settings(deadline=None)
def test_a_step_never_shortens_v_and_adds_the_square_of_what_it_adds(case, exponent):
    loss, v, g = case
    after = vn.euclidean_step(loss.gradient, 10.0**exponent, v, g)
    moved = after - v
    assert after @ after >= (v @ v) * (1 - ROUNDING)
    # Pythagoras for the displacement itself, whatever its formula
    assert abs(after @ after - v @ v - moved @ moved) <= ROUNDING * (v @ v + moved @ moved)


@given(cases(), st.floats(0.1, 10))
@settings(deadline=None)
def test_scaling_v_by_c_and_eta_by_c_squared_keeps_the_directions(case, c):
    loss, v, g = case
    eta = (v @ v) / max(loss.curvature(g), 1e-3)
    one, other = (vn.descend(loss.gradient, step, start, g, 10) for step, start in ((eta, v), (c**2 * eta, c * v)))
    directions = [path / np.linalg.norm(path, axis=1, keepdims=True) for path in (one, other)]
    assert np.abs(directions[0] - directions[1]).max() <= 1e-8  # rounding, amplified over ten steps


@given(cases())
@settings(deadline=None)
def test_curvature_and_slope_bound_the_second_and_first_derivative(case):
    loss, v, g = case
    u = v / np.linalg.norm(v)
    step = 1e-4

    def gradient(x):
        return np.array([seen_from_v(loss, g)(x + 1e-120j * e).imag / 1e-120 for e in np.eye(len(x))])

    Hessian = np.array([(gradient(u + step * e) - gradient(u - step * e)) / (2 * step) for e in np.eye(len(u))])
    scale = g**2 * np.linalg.norm(loss.H) + abs(g) * np.linalg.norm(loss.b)
    assert np.linalg.norm(Hessian, 2) <= loss.curvature(g) + 1e-5 * scale  # 1e-5: the central difference
    assert np.linalg.norm(gradient(u)) <= loss.slope(g) + ROUNDING * scale
