"""Laws of the driver, the objectives and the steps, for both methods and both kinds of objective."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wnsense import gradient_descent as gd
from wnsense import sensing, stiefel
from wnsense import weight_normalization as wn
from wnsense.iterate import COLUMNS, iterate
from wnsense.objective import Measured, Population
from wnsense.problem import random_ground_truth

METHODS = [gd, wn]
every_method = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__name__.rpartition(".")[2])
every_objective = pytest.mark.parametrize("measured", [False, True], ids=["population", "measured"])
ROUNDING = 1e-12  # relative to the sizes involved: a few hundred operations in float64
seeds = st.integers(0, 2**32)


def problem(m, rank, n, measured, rng):
    """A truth with sigma_1 = 1 and its objective."""
    truth = random_ground_truth(m, rank, kappa=1 if rank == 1 else 3, rng=rng)
    if not measured:
        return truth, Population(truth)
    operator = sensing.gaussian(m, n, rng)
    return truth, Measured(operator, operator.forward(truth.A))


def start(method, objective, r, rng):
    return gd.init(objective, r, 0.5, rng) if method is gd else wn.init(objective, r, rng)


def parameters(method):
    return gd.Parameters(0.1) if method is gd else wn.Parameters(0.2)


def same_bits(a, b):
    """Equal to the last bit, the sign of zero and the places of NaN included."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


@st.composite
def settings_of_a_run(draw):
    m = draw(st.integers(2, 9))
    return m, draw(st.integers(1, m)), draw(st.integers(1, m)), draw(st.integers(m, 60)), draw(seeds)


@every_method
@every_objective
@given(settings_of_a_run(), st.sampled_from([stiefel.polar, stiefel.qr, stiefel.cayley]))
def test_a_step_leaves_its_inputs_as_they_are(method, measured, drawn, retraction):
    m, rank, r, n, seed = drawn
    rng = np.random.default_rng(seed)
    truth, objective = problem(m, rank, n, measured, rng)
    state = start(method, objective, r, rng)
    chosen = parameters(method) if method is gd else wn.Parameters(0.2, retraction=retraction)
    inputs = [getattr(state, name) for name in state.arrays] + [truth.U, truth.sigma]
    if measured:
        inputs += [state.residual.e, objective.y, objective.operator.rows]
    copies = [array.copy() for array in inputs]
    once = method.step(objective, chosen, state)
    for array, copy in zip(inputs, copies):
        assert same_bits(array, copy)
    again = method.step(objective, chosen, state)  # and a step is a function of its inputs
    assert all(same_bits(getattr(once, name), getattr(again, name)) for name in state.arrays)
    assert once.residual.norm == again.residual.norm


@every_method
@every_objective
@settings(max_examples=25)
@given(settings_of_a_run(), st.integers(0, 20), st.integers(1, 15), st.integers(1, 7), st.integers(1, 9))
def test_resume_equals_an_uninterrupted_run_bitwise(
    method, measured, drawn, first, more, record_every, checkpoint_every
):
    m, rank, r, n, seed = drawn
    rng = np.random.default_rng(seed)
    truth, objective = problem(m, rank, n, measured, rng)
    state = start(method, objective, r, rng)
    options = dict(truth=truth, record_every=record_every)
    whole = iterate(method, objective, parameters(method), state, max_iterations=first + more, **options)
    with tempfile.TemporaryDirectory() as folder:
        options |= dict(checkpoint=Path(folder, "run"), checkpoint_every=checkpoint_every)
        iterate(method, objective, parameters(method), state, max_iterations=first, **options)
        resumed = iterate(method, objective, parameters(method), state, max_iterations=first + more, **options)
        assert sorted(path.name for path in Path(folder).iterdir()) == ["run"]
    assert resumed.stop_reason == whole.stop_reason
    assert all(same_bits(getattr(resumed.state, name), getattr(whole.state, name)) for name in state.arrays)
    assert all(same_bits(np.asarray(resumed.history[c], float), np.asarray(whole.history[c], float)) for c in COLUMNS)


class Interrupted:
    """A method that is interrupted at the beginning of a given step, as by Ctrl-C."""

    def __init__(self, method, at_step):
        self.method, self.left = method, at_step
        self.__name__, self.PASSES_PER_STEP, self.at = method.__name__, method.PASSES_PER_STEP, method.at
        self.gradient_norm = method.gradient_norm

    def step(self, objective, parameters, state):
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        return self.method.step(objective, parameters, state)


@every_method
@every_objective
@settings(max_examples=20)
@given(settings_of_a_run(), st.integers(0, 20), st.integers(1, 5))
def test_an_interrupted_run_returns_and_can_be_continued(method, measured, drawn, at_step, record_every):
    m, rank, r, n, seed = drawn
    rng = np.random.default_rng(seed)
    truth, objective = problem(m, rank, n, measured, rng)
    state = start(method, objective, r, rng)
    options = dict(max_iterations=25, truth=truth, record_every=record_every)
    whole = iterate(method, objective, parameters(method), state, **options)
    assume(whole.iterations == 25)  # it may end before: a residual of exactly zero, or divergence for lack of data
    with tempfile.TemporaryDirectory() as folder:
        options |= dict(checkpoint=Path(folder, "run"), checkpoint_every=7)
        stopped = iterate(Interrupted(method, at_step), objective, parameters(method), state, **options)
        assert stopped.stop_reason.value == "interrupted"
        assert stopped.iterations == at_step
        with np.load(options["checkpoint"]) as written:
            assert written["iteration"] == at_step  # not only that of the last multiple of 7
        prefix = iterate(method, objective, parameters(method), state, max_iterations=at_step)
        assert all(same_bits(getattr(stopped.state, name), getattr(prefix.state, name)) for name in state.arrays)
        resumed = iterate(method, objective, parameters(method), state, **options)
    assert all(same_bits(getattr(resumed.state, name), getattr(whole.state, name)) for name in state.arrays)
    assert all(same_bits(np.asarray(resumed.history[c], float), np.asarray(whole.history[c], float)) for c in COLUMNS)


@every_method
@every_objective
@settings(max_examples=25)
@given(settings_of_a_run(), st.integers(0, 15), st.integers(1, 4))
def test_history_is_truthful(method, measured, drawn, steps, record_every):
    m, rank, r, n, seed = drawn
    rng = np.random.default_rng(seed)
    truth, objective = problem(m, rank, n, measured, rng)
    state = start(method, objective, r, rng)
    options = dict(max_iterations=steps, truth=truth, record_every=record_every)
    run = iterate(method, objective, parameters(method), state, **options)
    last = run.iterations  # fewer than the budget if the residual became exactly zero, or the run diverged
    assert last == steps or run.stop_reason.value in ("converged", "diverged")
    expected = sorted({*range(0, last + 1, record_every), last})
    assert list(run.history["iteration"]) == expected
    for k, t in enumerate(expected):
        at = state
        for _ in range(t):
            at = method.step(objective, parameters(method), at)
        Z = at.Y @ at.Y.T if method is gd else at.X @ at.Theta @ at.X.T
        e = objective.operator.forward(Z - truth.A) if measured else Z - truth.A
        row = {column: run.history[column][k] for column in COLUMNS}
        size = ROUNDING * (1 + np.linalg.norm(Z))
        assert row["passes"] == t * method.PASSES_PER_STEP
        assert abs(np.sqrt(4 * row["loss"]) - np.linalg.norm(e)) <= 10 * size
        assert abs(row["residual"] * objective.scale - np.linalg.norm(e)) <= 10 * size
        assert abs(row["error"] * truth.norm - np.linalg.norm(Z - truth.A)) <= 10 * size
        B = at.Y if method is gd else at.X
        cosines = np.linalg.svd(truth.U.T @ np.linalg.svd(B, full_matrices=False)[0], compute_uv=False)
        smallest = cosines[-1] ** 2 if r >= rank else 0.0
        assert abs(row["alignment"] - smallest) <= 1e-9  # the span of B to rounding times its condition


@every_method
@settings(max_examples=25)
@given(settings_of_a_run(), st.integers(0, 12))
def test_passes_are_those_that_an_operator_counts(method, drawn, steps):
    m, rank, r, n, seed = drawn
    rng = np.random.default_rng(seed)
    truth, objective = problem(m, rank, n, True, rng)
    counted = sensing.Counted(objective.operator)
    objective = Measured(counted, objective.y)
    state = start(method, objective, r, rng)
    counted.passes = 0
    for _ in range(steps):
        state = method.step(objective, parameters(method), state)
    assert counted.passes == steps * method.PASSES_PER_STEP
    # in a run the record at the end asks for one gradient more, and those before it for none: the next step uses them
    state = start(method, objective, r, rng)
    counted.passes = 0
    run = iterate(method, objective, parameters(method), state, max_iterations=steps)
    assert counted.passes == run.history["passes"][-1] + 1


@given(settings_of_a_run())
def test_population_agrees_with_the_identity_operator(drawn):
    m, rank, r, _, seed = drawn
    rng = np.random.default_rng(seed)
    truth, population = problem(m, rank, None, False, rng)
    dense = Measured(sensing.Identity(m), sensing.Identity(m).forward(truth.A))
    assert population.m == dense.m and abs(population.scale - dense.scale) <= ROUNDING
    X, T = stiefel.random_point(m, r, rng), stiefel.sym(rng.standard_normal((r, r)))
    B = rng.standard_normal((m, 2))
    ours, theirs = population.residual(X, T), dense.residual(X, T)
    size = ROUNDING * (1 + np.linalg.norm(T)) ** 2
    assert abs(ours.norm - theirs.norm) <= size
    assert np.abs(ours @ B - theirs @ B).max() <= size * np.linalg.norm(B)
    in_x = np.asarray(population.riemannian_gradient(X, T, ours))
    assert np.abs(in_x - dense.riemannian_gradient(X, T, theirs)).max() <= size
    assert abs(population.riemannian_gradient(X, T, ours).norm - np.linalg.norm(in_x)) <= np.sqrt(size)
    gap = population.magnitude_gradient(X, T, ours) - dense.magnitude_gradient(X, T, theirs)
    assert np.abs(gap).max() <= size
    assert np.abs(population.backprojection(X) - dense.backprojection(X)).max() <= size
    Y = rng.standard_normal((m, r))
    ours, theirs = population.residual_of_factor(Y), dense.residual_of_factor(Y)
    size = ROUNDING * (1 + np.linalg.norm(Y) ** 2)
    assert abs(ours.norm - theirs.norm) <= size
    assert np.abs(ours @ B - theirs @ B).max() <= size * np.linalg.norm(B)


@every_method
@given(settings_of_a_run(), st.sampled_from([stiefel.polar, stiefel.qr, stiefel.cayley]))
def test_population_steps_agree_with_the_identity_operator(method, drawn, retraction):
    m, rank, r, _, seed = drawn
    rng = np.random.default_rng(seed)
    truth, population = problem(m, rank, None, False, rng)
    dense = Measured(sensing.Identity(m), sensing.Identity(m).forward(truth.A))
    chosen = parameters(method) if method is gd else wn.Parameters(0.3, mu=1.3, retraction=retraction)
    state = start(method, population, r, rng)
    other = method.at(dense, *(getattr(state, name) for name in state.arrays))
    for _ in range(4):
        assert abs(method.gradient_norm(population, state) - method.gradient_norm(dense, other)) <= 1e-7
        state, other = method.step(population, chosen, state), method.step(dense, chosen, other)
    for name in state.arrays:
        assert np.abs(getattr(state, name) - getattr(other, name)).max() <= 100 * ROUNDING
    assert abs(state.residual.norm - other.residual.norm) <= 100 * ROUNDING


@every_method
@given(settings_of_a_run())
def test_compressed_and_full_data_give_the_same_run(method, drawn):
    m, rank, r, _, seed = drawn
    rng = np.random.default_rng(seed)
    truth, full = problem(m, rank, 4 * m * m, True, rng)
    small, y, rho = sensing.compress(full.operator, full.y)
    compressed = Measured(small, y)
    state = start(method, full, r, rng)
    other = method.at(compressed, *(getattr(state, name) for name in state.arrays))
    for _ in range(5):
        state, other = method.step(full, parameters(method), state), method.step(compressed, parameters(method), other)
    assert all(np.abs(getattr(state, name) - getattr(other, name)).max() <= 1e-10 for name in state.arrays)
    assert rho <= 1e-12


@settings(max_examples=20)
@given(st.integers(3, 8), seeds)
def test_float32_operators_resolve_what_float32_can(m, seed):
    rng = np.random.default_rng(seed)
    truth = random_ground_truth(m, 1, rng=rng)
    double = sensing.gaussian(m, 6 * m * m, rng)
    single = sensing.Packed(double.rows.astype(np.float32))
    states = []
    for operator in (double, single):
        objective = Measured(operator, operator.forward(truth.A))
        state = gd.at(objective, truth.U + 0.1)
        for _ in range(5):
            state = gd.step(objective, gd.Parameters(0.1), state)
        states.append(state)
    assert states[1].Y.dtype == np.float64
    assert 0 < np.abs(states[0].Y - states[1].Y).max() <= 1e-4
