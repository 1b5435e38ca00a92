"""The measurements that defeat the algorithm: the operator, the trap, and the threshold, over generated instances."""

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wnsense import spurious, stiefel
from wnsense import weight_normalization as wn
from wnsense.packing import unpack
from wnsense.proof import ball

ROUNDING = 1e-12
unit = st.floats(0.0, 1.0)


@st.composite
def instances(draw, low=1.0, high=None):
    """An instance whose tau lies between `low` and `high` times the threshold, and below 1/2."""
    k = draw(st.integers(1, 3))
    r = draw(st.integers(k, 4))
    m = draw(st.integers(r + 1, 6))
    lam = draw(st.floats(0.01, 0.9))
    sigma = np.sort([1.0, *(draw(st.floats(0.2, 1.0)) for _ in range(k - 1))])[::-1]
    least = low * spurious.threshold(lam)
    most = min(0.499, (high or np.inf) * spurious.threshold(lam))
    tau = least + max(most - least, 0) * draw(st.floats(0.01, 1.0))
    return spurious.instance(lam, tau, sigma, m=m, r=r), lam, tau


@given(instances())
@pytest.mark.claim("prop-alignment-exponent-is-sharp")
def test_operator_is_what_the_text_says(case):
    made, lam, tau = case
    u = made.truth.U[:, -1]
    x0 = made.start.X[:, made.truth.rank - 1]
    A, B = np.outer(u, u), np.outer(x0, x0)
    rng = np.random.default_rng(0)
    Z = rng.standard_normal(A.shape)
    Z += Z.T
    expected = Z - tau * (np.sum(B * Z) * A + np.sum(A * Z) * B)
    assert np.abs(made.problem.operator.normal(Z) - expected).max() <= 1e-11
    spectrum = np.linalg.eigvalsh(made.deviation)
    assert spectrum[0] == pytest.approx(-tau * (1 + lam))
    assert spectrum[-1] == pytest.approx(tau * (1 - lam))
    witness = unpack(np.linalg.eigh(made.deviation)[1][:, 0])
    assert np.linalg.matrix_rank(witness, tol=1e-8) <= 2


@given(instances(), st.floats(0.05, 1.0))
@settings(max_examples=25)
@pytest.mark.claim("prop-alignment-exponent-is-sharp")
def test_nobody_leaves_the_trap(case, eta):
    made, lam, _ = case
    state, k = made.start, made.truth.rank
    for _ in range(60):
        cosines = np.linalg.svd(made.truth.U.T @ state.X, compute_uv=False)
        assert cosines[k - 1] ** 2 <= lam * (1 + ROUNDING)
        assert made.truth.error(*state.factors) >= made.truth.sigma[-1] * (1 - ROUNDING)
        assert state.Theta[k - 1, k - 1] < 0
        state = wn.step(made.problem, wn.Parameters(eta), state)


@given(st.floats(0.05, 0.9), st.floats(1.001, 1.5), unit, st.floats(0.001, 0.999), st.floats(0.05, 1.0))
@pytest.mark.claim("prop-alignment-exponent-is-sharp")
def test_one_step_from_anywhere_in_the_box_stays_in_it(lam, factor, place, magnitude, eta):
    tau = min(factor * spurious.threshold(lam), 0.4999)
    if tau <= spurious.threshold(lam):
        return
    made = spurious.instance(lam, tau, m=2, r=1)
    first = np.arccos(np.sqrt(lam))
    angle = first + place * (np.pi / 2 - first)
    state = wn.at(made.problem, np.array([[np.cos(angle)], [np.sin(angle)]]), np.array([[-magnitude]]))
    new = wn.step(made.problem, wn.Parameters(eta), state)
    turned = np.arctan2(new.X[1, 0], new.X[0, 0])
    assert first - ROUNDING <= turned <= np.pi / 2 + ROUNDING
    assert -1 < new.Theta[0, 0] < 0


@given(instances(low=0.3, high=0.9))
@settings(max_examples=10)
@pytest.mark.claim("exp-alignment-threshold")
def test_below_the_threshold_the_first_magnitude_is_positive_and_the_alignment_grows(case):
    made, lam, _ = case
    k = made.truth.rank
    assert made.start.Theta[k - 1, k - 1] > 0
    state = made.start
    for _ in range(5):
        state = wn.step(made.problem, wn.Parameters(0.5), state)
    assert np.linalg.svd(made.truth.U.T @ state.X, compute_uv=False)[k - 1] ** 2 > lam


@given(st.floats(0.05, 0.8), st.floats(0.5, 1.2))
@settings(max_examples=10)
def test_enclosed_run_contains_the_floating_point_run(lam, factor):
    tau = min(factor * spurious.threshold(lam), 0.49)
    made = spurious.instance(lam, tau, m=2, r=1)
    with ball.precision(300):
        points = spurious.enclosed_run(flint.arb(lam), flint.arb(tau), flint.arb(0.5), 20)
    state = made.start
    for point in points:
        assert float(point.cosine) == pytest.approx(state.X[0, 0], abs=1e-9)  # 20 steps of rounding
        assert float(point.theta) == pytest.approx(state.Theta[0, 0], abs=1e-9)
        assert float(point.squared_error) == pytest.approx(made.truth.error(*state.factors) ** 2, abs=1e-9)
        state = wn.step(made.problem, wn.Parameters(0.5), state)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(lambda_0=1.0, tau=0.1, m=3, r=1), "lambda_0 is 1.0"),
        (dict(lambda_0=0.0, tau=0.1, m=3, r=1), "lambda_0 is 0.0"),
        (dict(lambda_0=0.5, tau=0.7, m=3, r=1), "tau is 0.7"),
        (dict(lambda_0=0.5, tau=0.1, m=3, r=3), "r is 3"),
        (dict(lambda_0=0.5, tau=0.1, sigma=(1.0, 0.5), m=4, r=1), "r is 1"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        spurious.instance(**arguments)


def test_start_is_a_point_with_the_alignment_asked_for():
    made = spurious.instance(0.3, 0.35, (2.0, 1.0), m=7, r=4)
    assert np.abs(made.start.X.T @ made.start.X - np.eye(4)).max() < ROUNDING
    assert np.linalg.svd(made.truth.U.T @ made.start.X, compute_uv=False)[1] ** 2 == pytest.approx(0.3)
    assert made.distance == pytest.approx(
        np.linalg.norm(made.start.X @ made.start.Theta @ made.start.X.T - made.truth.A)
    )
    assert np.array_equal(made.start.Theta, stiefel.sym(made.start.Theta))


@pytest.mark.claim("exp-alignment-threshold")
@pytest.mark.parametrize("factor, trapped", [(0.9, False), (1.1, True)])
def test_caught_above_the_threshold_only(factor, trapped):
    made = spurious.instance(0.2, factor * spurious.threshold(0.2), m=3, r=1)
    assert spurious.caught(made, made.start.X, steps=500) is trapped
