"""The driver and the methods at their edges: stop reasons, checkpoints, refused arguments, progress."""

import numpy as np
import pytest

from wnsense import gradient_descent as gd
from wnsense import sensing, storage
from wnsense import weight_normalization as wn
from wnsense.iterate import StopReason, alignment, iterate
from wnsense.objective import Measured, Population
from wnsense.problem import random_ground_truth

TRUTH = random_ground_truth(6, 2, kappa=2, rng=np.random.default_rng(0))
OBJECTIVE = Population(TRUTH)
START = wn.init(OBJECTIVE, 3, np.random.default_rng(1))
RIGHT = wn.Parameters(0.5)


def go(objective=OBJECTIVE, parameters=RIGHT, state=START, method=wn, **options):
    return iterate(method, objective, parameters, state, **{"max_iterations": 20, **options})


def test_converged():
    run = go(max_iterations=5000, tolerance=1e-8)
    assert run.stop_reason is StopReason.CONVERGED
    assert run.history["residual"][-1] <= 1e-8 < run.history["residual"][-2]
    assert run.iterations == run.history["iteration"][-1] < 5000


def test_budget():
    assert go().stop_reason is StopReason.BUDGET
    assert go(max_iterations=0).iterations == 0


def test_diverged():
    start = gd.init(OBJECTIVE, 3, 1.0, np.random.default_rng(2))
    run = go(parameters=gd.Parameters(50.0), state=start, method=gd, truth=TRUTH, max_iterations=100)
    assert run.stop_reason is StopReason.DIVERGED and run.iterations < 100
    assert list(run.history["iteration"]) == list(range(run.iterations + 1))


def test_a_residual_that_is_not_a_number_diverges():
    class Broken:
        PASSES_PER_STEP, __name__, gradient_norm = 4, "broken", staticmethod(wn.gradient_norm)

        @staticmethod
        def step(objective, parameters, state):
            return wn.State(state.X * np.nan, state.Theta, objective.residual(state.X * np.nan, state.Theta))

    run = go(method=Broken(), truth=TRUTH)
    assert run.stop_reason is StopReason.DIVERGED and run.iterations == 1
    unknown = "loss", "residual", "gradient_norm", "error", "alignment"
    assert all(np.isnan(run.history[column][-1]) for column in unknown)


def test_an_exact_start_converges_at_once():
    exact = wn.at(OBJECTIVE, np.linalg.qr(np.hstack([TRUTH.U, np.eye(6)[:, :1]]))[0], np.diag([*TRUTH.sigma, 0.0]))
    assert go(state=exact, tolerance=1e-12).iterations == 0


def test_zero_data_have_scale_one():
    operator = sensing.gaussian(3, 8, np.random.default_rng(0))
    objective = Measured(operator, np.zeros(8))
    run = go(objective, gd.Parameters(0.1), gd.at(objective, np.eye(3)), gd)
    assert run.history["residual"][0] == pytest.approx(np.linalg.norm(operator.forward(np.eye(3))))


def test_without_truth_error_and_alignment_are_unknown():
    history = go().history
    assert np.isnan(history["error"]).all() and np.isnan(history["alignment"]).all()
    assert np.isfinite(history["loss"]).all()


def test_alignment_by_hand():
    angle = 0.3
    outside = np.linalg.svd(TRUTH.U)[0][:, 5]
    B = 5 * np.column_stack([TRUTH.U[:, 0], np.cos(angle) * TRUTH.U[:, 1] + np.sin(angle) * outside])
    assert alignment(TRUTH, B) == pytest.approx(np.cos(angle) ** 2, abs=1e-14)
    assert alignment(TRUTH, B[:, :1]) == 0
    assert np.isnan(alignment(TRUTH, B * np.nan))


def test_progress_goes_to_stderr_only(capsys):
    go(progress=True)
    out, err = capsys.readouterr()
    assert out == "" and "20/20" in err
    go()
    assert capsys.readouterr() == ("", "")


def test_initial_magnitude_is_one_step_of_size_two():
    operator = sensing.gaussian(6, 30, np.random.default_rng(3))
    objective = Measured(operator, operator.forward(TRUTH.A))
    state = wn.init(objective, 3, np.random.default_rng(4))
    zero = np.zeros((3, 3))
    stepped = zero - 2 * objective.magnitude_gradient(state.X, zero, objective.residual(state.X, zero))
    assert np.allclose(state.Theta, stepped, rtol=0, atol=1e-14)


def test_scale_of_the_start_of_gradient_descent():
    squares = [np.sum(gd.init(OBJECTIVE, 3, 0.1, np.random.default_rng(seed)).Y ** 2) for seed in range(400)]
    # mean r scale^2; chi-square with 18 degrees of freedom, 400 draws, 5 standard deviations
    assert abs(np.mean(squares) / 0.03 - 1) < 5 * np.sqrt(2 / 18 / 400)


def test_checkpoint_of_another_run_is_refused(tmp_path):
    go(checkpoint=tmp_path / "c")
    other = wn.init(OBJECTIVE, 3, np.random.default_rng(9))
    gd_start = gd.init(OBJECTIVE, 3, 1.0, np.random.default_rng(1))
    for change in (
        dict(parameters=wn.Parameters(0.4)),
        dict(parameters=wn.Parameters(0.5, mu=1.9)),
        dict(state=other),
        dict(record_every=2),
        dict(method=gd, parameters=gd.Parameters(0.5), state=gd_start),
    ):
        with pytest.raises(ValueError, match="belongs to another run: it says .*; expected"):
            go(checkpoint=tmp_path / "c", **change)
    assert go(checkpoint=tmp_path / "c", max_iterations=25).iterations == 25  # still usable


@pytest.mark.parametrize("damage", ["empty", "truncated", "text", "another archive", "a folder"])
def test_damaged_checkpoints_are_refused(tmp_path, damage):
    path = tmp_path / "c"
    go(checkpoint=path)
    content = path.read_bytes()
    path.unlink()
    if damage == "a folder":
        path.mkdir()
    elif damage == "another archive":
        storage.write_npz(path, x=np.ones(3))
    else:
        path.write_bytes({"empty": b"", "truncated": content[: len(content) // 2], "text": b"not an archive"}[damage])
    with pytest.raises(ValueError, match="checkpoint .*c cannot be read: .*; expected a file written by iterate"):
        go(checkpoint=path)


def test_a_finished_run_is_not_run_again(tmp_path):
    first = go(checkpoint=tmp_path / "c", truth=TRUTH)
    again = go(checkpoint=tmp_path / "c", truth=TRUTH)
    assert all(np.array_equal(first.history[c], again.history[c]) for c in first.history)
    assert np.array_equal(first.state.X, again.state.X)


@pytest.mark.parametrize("eta", [50.0, 1e308])  # out of bounds, and out of the range of float64
def test_a_diverged_run_can_be_run_again(tmp_path, eta):
    start = gd.init(OBJECTIVE, 3, 10.0, np.random.default_rng(2))
    options = dict(parameters=gd.Parameters(eta), state=start, method=gd, max_iterations=100, checkpoint=tmp_path / "c")
    with np.errstate(all="ignore"):
        first, again = go(**options, checkpoint_every=1), go(**options)
    assert first.stop_reason is again.stop_reason is StopReason.DIVERGED
    assert all(np.array_equal(first.history[c], again.history[c], equal_nan=True) for c in first.history)


def test_the_direction_stays_on_the_manifold_while_a_run_diverges():
    """Nine measurements of a 9 x 9 matrix: the magnitude grows without bound, and steps become huge."""
    rng = np.random.default_rng(0)
    truth = random_ground_truth(9, 1, rng=rng)
    operator = sensing.gaussian(9, 9, rng)
    objective = Measured(operator, operator.forward(truth.A))
    state, worst = wn.init(objective, 9, rng), 0.0
    for _ in range(7):
        state = wn.step(objective, wn.Parameters(0.2), state)
        worst = max(worst, np.abs(state.X.T @ state.X - np.eye(9)).max())
    assert np.linalg.norm(state.Theta) > 1e3 and worst < 1e-11  # rounding, with a Gram matrix of condition up to 1e4


def test_checkpoints_are_written_on_the_way(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(storage, "write_npz", lambda path, **arrays: written.append(arrays["iteration"]))
    go(checkpoint=tmp_path / "c", checkpoint_every=8)
    assert written == [8, 16, 20]


WIDE = random_ground_truth(7, 2, rng=np.random.default_rng(0))
X = np.eye(6)[:, :2]
RNG = np.random.default_rng(0)
BAD = {
    "max_iterations is -1; expected an integer of at least 0": lambda: go(max_iterations=-1),
    "max_iterations is 2.0; expected an integer": lambda: go(max_iterations=2.0),
    "record_every is 0; expected an integer of at least 1": lambda: go(record_every=0),
    "checkpoint_every is 0; expected an integer of at least 1": lambda: go(checkpoint_every=0),
    "tolerance is -1; expected a finite number of at least 0": lambda: go(tolerance=-1),
    "tolerance is nan; expected a finite number": lambda: go(tolerance=float("nan")),
    "truth has side 7; expected 6, the side of the objective": lambda: go(truth=WIDE),
    "eta is 0.0; expected a positive finite number": lambda: wn.Parameters(0),
    "eta is nan; expected a positive finite number": lambda: gd.Parameters(float("nan")),
    "eta is '1'; expected a positive finite number": lambda: gd.Parameters("1"),
    "mu is -2.0; expected a positive finite number": lambda: wn.Parameters(0.1, mu=-2),
    "r is 7; expected an integer between 1 and 6": lambda: wn.init(OBJECTIVE, 7, np.random.default_rng()),
    "r is 0; expected an integer of at least 1": lambda: gd.init(OBJECTIVE, 0, 1.0, np.random.default_rng()),
    "scale is 0.0; expected a positive": lambda: gd.init(OBJECTIVE, 2, 0, np.random.default_rng()),
    "rng is int; expected a numpy.random.Generator": lambda: gd.init(OBJECTIVE, 2, 1.0, 7),
    "rng is NoneType; expected a numpy.random.Generator": lambda: wn.init(OBJECTIVE, 2, None),
    r"Y has shape \(5, 2\); expected \(6, r\)": lambda: gd.at(OBJECTIVE, np.ones((5, 2))),
    "Y has 1 entries that are not finite": lambda: gd.at(OBJECTIVE, np.array([[np.inf]] + 5 * [[1.0]])),
    r"X has shape \(5, 2\); expected \(6, r\)": lambda: wn.at(OBJECTIVE, np.eye(5)[:, :2], np.eye(2)),
    "X has columns that are not orthonormal": lambda: wn.at(OBJECTIVE, 2 * X, np.eye(2)),
    "Theta is not symmetric": lambda: wn.at(OBJECTIVE, X, [[1.0, 1.0], [0.0, 1.0]]),
    r"Theta has shape \(3, 3\); expected \(2, 2\)": lambda: wn.at(OBJECTIVE, X, np.eye(3)),
    "the number of columns of X is 0; expected": lambda: wn.at(OBJECTIVE, np.ones((6, 0)), np.ones((0, 0))),
    r"y has shape \(4,\); expected \(5,\)": lambda: Measured(sensing.rank_one_gaussian(3, 5, RNG), np.ones(4)),
    "y has dtype complex128": lambda: Measured(sensing.Identity(2), np.ones(3, complex)),
}


@pytest.mark.parametrize("message", BAD)
def test_refused(message):
    with pytest.raises(ValueError, match=message):
        BAD[message]()
