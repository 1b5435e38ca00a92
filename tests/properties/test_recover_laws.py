"""Laws of the practical solver on random problems."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wnsense import problem, sensing, stiefel
from wnsense.iterate import StopReason
from wnsense.packing import pack, unpack
from wnsense.recover import recover


@st.composite
def problems(draw):
    """Sides 4 to 14, ranks 1 to 3, and at least twice as many measurements as a matrix of that rank has parameters."""
    m = draw(st.integers(4, 14))
    rank = draw(st.integers(1, min(3, m)))
    n = int(np.ceil(draw(st.floats(2.5, 6)) * (m * rank + 4)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sigma = 10 ** -rng.uniform(0, 2, rank)
    truth = problem.random_ground_truth(m, rank, sigma=sigma, rng=rng)
    operator = sensing.gaussian(m, n, rng)
    return truth, operator, operator.forward(truth.A), rng


@given(problems())
def test_the_truth_is_found_and_the_result_is_consistent(case):
    truth, operator, y, _ = case
    counted = sensing.Counted(operator)
    result = recover(counted, y)
    assert result.stop_reason is StopReason.CONVERGED
    # the tolerance 1e-10, times ten for the conditioning of the operator on low-rank matrices
    assert truth.error(result.X, result.Theta) <= 1e-9 * truth.norm
    assert result.passes == counted.passes <= 5000
    # the history is of the returned matrix: to rounding in y, 1e-16, beside the residual of 1e-10
    residual = np.linalg.norm(operator.forward(result.estimate) - y) / np.linalg.norm(y)
    assert abs(residual - result.history[-1]) <= 1e-14 and result.history[0] == 1
    a = result.X.shape[1]
    assert np.abs(result.X.T @ result.X - np.eye(a)).max() <= 1e-13  # rounding
    assert np.array_equal(result.estimate, result.estimate.T)


@given(problems(), st.integers(-40, 40), st.integers(-40, 40))
@settings(max_examples=30)
def test_scales_of_operator_and_measurements_do_not_matter(case, i, j):
    """Powers of two change no rounding, so that 2^i M and 2^j y give 2^(j-i) Z bitwise, pass for pass."""
    _, operator, y, _ = case
    result = recover(operator, y)
    scaled = recover(sensing.Packed(2.0**i * operator.rows), 2.0**j * y)
    assert scaled.passes == result.passes
    assert np.array_equal(2.0 ** (i - j) * scaled.estimate, result.estimate)


@given(problems())
@settings(max_examples=20)
def test_the_same_input_gives_the_same_result_bitwise(case):
    _, operator, y, _ = case
    first, second = recover(operator, y), recover(operator, y)
    assert np.array_equal(first.estimate, second.estimate) and np.array_equal(first.history, second.history)


@given(problems())
@settings(max_examples=20)
def test_a_rotation_of_space_rotates_the_result(case):
    """<Q M Q^T, Q A Q^T> = <M, A>: the estimate of the rotated problem is the rotated estimate.

    Only the probe of the scale is not rotated with it, so the two agree to the tolerance of either, times the
    conditioning.
    """
    truth, operator, y, rng = case
    Q = stiefel.random_point(operator.m, operator.m, rng)
    rotated = sensing.Packed(pack(Q @ unpack(operator.rows) @ Q.T))
    assert np.linalg.norm(recover(rotated, y).estimate - Q @ recover(operator, y).estimate @ Q.T) <= 2e-9 * truth.norm


@given(problems())
@settings(max_examples=20)
def test_inputs_stay_as_they_are(case):
    _, operator, y, _ = case
    rows, before = operator.rows.copy(), y.copy()
    recover(operator, y, max_passes=60)
    assert np.array_equal(operator.rows, rows) and np.array_equal(y, before)
