"""`python -m wnsense recover`: files in, files out, exit codes, and one line for each way an input can be bad."""

import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from wnsense import problem, sensing
from wnsense.__main__ import main
from wnsense.packing import unpack

M, N = 8, 40


@pytest.fixture
def case(tmp_path):
    """A folder with good measurements of a rank-1 truth."""
    rng = np.random.default_rng(0)
    truth = problem.random_ground_truth(M, 1, rng=rng)
    operator = sensing.gaussian(M, N, rng)
    arrays = {"y": operator.forward(truth.A), "measurements": operator.rows}
    np.savez(tmp_path / "in.npz", **arrays)
    return tmp_path, truth, arrays


def recover(folder, *options, source="in.npz"):
    try:
        return main(["recover", str(folder / source), "-o", str(folder / "out.npz"), *options])
    except SystemExit as stop:
        return stop.code


@pytest.mark.parametrize("form", ["packed", "matrices", "float32", "integers"])
@pytest.mark.parametrize("options", [[], ["--method", "rgd", "--rank-bound", "3", "--tol", "1e-5"]], ids=["cg", "rgd"])
def test_files_in_and_out(case, capsys, form, options):
    folder, truth, arrays = case
    A = truth.A
    rows = arrays["measurements"]
    tolerance = 1e-9
    if form == "matrices":
        arrays["measurements"] = unpack(rows)
    if form == "float32":
        arrays["measurements"] = rows.astype(np.float32)
        options, tolerance = [*options, "--tol", "1e-5"], 1e-4  # above the spacing of float32, 1.2e-7
    if form == "integers":
        arrays["measurements"] = np.round(100 * unpack(rows)).astype(int)
        arrays["y"] = np.einsum("nij,ij->n", arrays["measurements"], A)
    np.savez(folder / "in.npz", **arrays)
    assert recover(folder, *options) == 0
    out = capsys.readouterr()
    assert out.out.startswith("converged: rank 1, relative residual") and out.err == ""
    with np.load(folder / "out.npz", allow_pickle=False) as file:
        result = dict(file)
    assert set(result) == {"estimate", "X", "Theta", "rank", "stop_reason", "history"}
    # the tolerance, times ten for the conditioning of the operator
    assert np.linalg.norm(result["estimate"] - A) <= (1e-4 if options else tolerance) * truth.norm
    assert np.allclose(result["X"] @ result["Theta"] @ result["X"].T, result["estimate"], rtol=0, atol=1e-14)
    assert result["rank"] == 1 and str(result["stop_reason"]) == "converged" and result["history"].ndim == 1
    assert sorted(p.name for p in folder.iterdir()) == ["in.npz", "out.npz"]


def test_out_of_budget_is_exit_code_3_and_the_result_is_written(case, capsys):
    folder, *_ = case
    assert recover(folder, "--max-passes", "20") == 3
    assert capsys.readouterr().out.startswith("budget: ")
    with np.load(folder / "out.npz") as file:
        assert str(file["stop_reason"]) == "budget" and len(file["history"]) > 3


def test_noise_converges_when_it_is_announced(case):
    folder, _, arrays = case
    noise = np.random.default_rng(1).standard_normal(N)
    arrays["y"] = arrays["y"] + 0.01 * np.linalg.norm(arrays["y"]) / np.linalg.norm(noise) * noise
    np.savez(folder / "in.npz", **arrays)
    assert recover(folder) == 3
    assert recover(folder, "--noisy") == 0
    with np.load(folder / "out.npz") as file:
        assert file["rank"] == 1


def changed(**change):
    def write(folder, arrays):
        np.savez(folder / "in.npz", **{k: v for k, v in (arrays | change).items() if v is not None})

    return write


def damaged(change):
    def write(folder, arrays):
        path = folder / "in.npz"
        path.write_bytes(change(path.read_bytes()))

    return write


def asymmetric(folder, arrays):
    matrices = unpack(arrays["measurements"])
    matrices[3, 0, 1] += 0.1
    np.savez(folder / "in.npz", y=arrays["y"], measurements=matrices)


def with_nan(folder, arrays):
    arrays["measurements"][2, 5] = np.nan
    np.savez(folder / "in.npz", **arrays)


def no_array_inside(folder, arrays):
    with zipfile.ZipFile(folder / "in.npz", "w") as file:
        file.writestr("y.npy", b"no array")
        file.writestr("measurements.npy", b"no array")


def single_array(folder, arrays):
    with open(folder / "in.npz", "wb") as file:
        np.save(file, arrays["y"])


def a_folder(folder, arrays):
    (folder / "in.npz").unlink()
    (folder / "in.npz").mkdir()


BAD_FILES = {
    "missing y": (changed(y=None), "has no array 'y'; expected an .npz file with the arrays 'y' and 'measurements'"),
    "missing measurements": (changed(measurements=None), "has no array 'measurements'"),
    "missing both": (changed(y=None, measurements=None, z=1), "has no array 'y' and no array 'measurements'"),
    "short y": (changed(y=np.zeros(N - 1)), "y has shape (39,); expected (40,)"),
    "y a column": (changed(y=np.zeros((N, 1))), "y has shape (40, 1); expected (40,)"),
    "y not finite": (changed(y=np.full(N, np.inf)), "y has 40 entries that are not finite"),
    "y text": (changed(y=np.full(N, "a")), "y has dtype <U1; expected real numbers"),
    "y complex": (changed(y=np.zeros(N, complex)), "y has dtype complex128"),
    "y pickled": (changed(y=np.array([{}] * N)), "Object arrays cannot be loaded"),
    "measurements pickled": (changed(measurements=np.array([[None]])), "Object arrays cannot be loaded"),
    "measurements not finite": (with_nan, "measurements has 1 entries that are not finite"),
    "measurements a vector": (changed(measurements=np.zeros(N)), "measurements has shape (40,); expected"),
    "measurements not square": (
        changed(measurements=np.zeros((N, 3, 4))),
        "measurements has shape (40, 3, 4); expected",
    ),
    "measurements of no packed length": (
        changed(measurements=np.zeros((N, 35))),
        "measurements has shape (40, 35); expected (n, m, m) or (n, m(m+1)/2)",
    ),
    "measurements not symmetric": (asymmetric, "measurements[3] is not symmetric"),
    "no measurements": (changed(y=np.zeros(0), measurements=np.zeros((0, 36))), "expected at least one measurement"),
    "empty": (damaged(lambda b: b""), "cannot be read"),
    "truncated": (damaged(lambda b: b[: len(b) // 2]), "cannot be read"),
    "flipped bytes": (damaged(lambda b: b[:5000] + bytes(255 - x for x in b[5000:5100]) + b[5100:]), "cannot be read"),
    "no npz": (damaged(lambda b: b"y,measurements\n1,2\n"), "cannot be read"),
    "no arrays inside": (no_array_inside, "expected"),
    "one array, no archive": (single_array, "cannot be read"),
    "missing file": (lambda folder, arrays: (folder / "in.npz").unlink(), "in.npz does not exist; expected an .npz"),
    "a folder": (a_folder, "cannot be read"),
}


def refused(folder, capsys, code):
    """One line on stderr, nothing on stdout, nothing written, exit code 2; returns the line."""
    out = capsys.readouterr()
    assert code == 2 and out.out == "" and out.err.count("\n") == 1 and out.err.startswith("wnsense recover: "), out
    assert not (folder / "out.npz").exists() and not list(folder.glob("*.part"))
    return out.err


@pytest.mark.parametrize("kind", BAD_FILES)
def test_bad_files_are_refused_in_one_line(case, capsys, kind):
    folder, _, arrays = case
    spoil, message = BAD_FILES[kind]
    spoil(folder, arrays)
    assert message in refused(folder, capsys, recover(folder))


BAD_OPTIONS = [
    (["--rank-bound", "0"], "rank_bound is 0; expected an integer between 1 and 8"),
    (["--rank-bound", "9"], "rank_bound is 9; expected an integer between 1 and 8"),
    (["--rank-bound", "two"], "--rank-bound: invalid int value: 'two'"),
    (["--tol", "0"], "tolerance is 0.0; expected a positive finite number"),
    (["--tol", "nan"], "tolerance is nan"),
    (["--tol", "2"], "tolerance is 2.0; expected less than 1"),
    (["--max-passes", "0"], "max_passes is 0; expected an integer of at least 1"),
    (["--max-passes", "1e3"], "--max-passes: invalid int value"),
    (["--method", "gd"], "method is 'gd'; expected one of 'cg', 'rgd'"),
    (["--method", "rgd", "--noisy"], "noisy is True with method 'rgd'"),
    (["--depth", "3"], "--depth"),
]


@pytest.mark.parametrize("options, message", BAD_OPTIONS, ids=[" ".join(o) for o, _ in BAD_OPTIONS])
def test_bad_options_are_refused_in_one_line(case, capsys, options, message):
    folder, *_ = case
    line = refused(folder, capsys, recover(folder, *options)) if options[0] != "--depth" else None
    if line is None:  # an unknown option is refused by the parser above this command, which also prints its usage
        assert recover(folder, *options) == 2
        line = capsys.readouterr().err
        assert not (folder / "out.npz").exists()
    assert message in line


@pytest.mark.parametrize(
    "output, message",
    [
        ("nowhere/out.npz", "does not exist; expected a folder"),
        (".", "is a folder; expected the name of a file"),
        ("in.npz", "is the input file"),
        ("link.npz", "is the input file"),
    ],
)
def test_bad_outputs_are_refused_before_the_input_is_read(case, capsys, monkeypatch, output, message):
    folder, *_ = case
    before = (folder / "in.npz").read_bytes()
    (folder / "link.npz").symlink_to(folder / "in.npz")
    monkeypatch.setattr("wnsense.measurement_file.read", lambda path: pytest.fail("read"))
    with pytest.raises(SystemExit) as stop:
        main(["recover", str(folder / "in.npz"), "-o", str(folder / output)])
    assert message in refused(folder, capsys, stop.value.code)
    assert (folder / "in.npz").read_bytes() == before


def test_a_folder_without_write_permission_is_refused(case, capsys, monkeypatch):
    folder, *_ = case
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere, so it is told otherwise
    assert "cannot be written to" in refused(folder, capsys, recover(folder))


def test_a_full_disk_leaves_the_old_result(case, capsys, monkeypatch):
    folder, *_ = case
    (folder / "out.npz").write_bytes(b"old")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert recover(folder) == 1
    assert (folder / "out.npz").read_bytes() == b"old" and not list(folder.glob("*.part"))
    assert capsys.readouterr().err.count("\n") == 1


def test_as_a_program(case):
    """Through the interpreter: exit codes reach the shell, no progress bar without a terminal, no traceback."""
    folder, *_ = case
    command = [sys.executable, "-m", "wnsense", "recover", "in.npz", "-o", "out.npz"]
    good = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert good.returncode == 0 and good.stderr == "" and good.stdout.startswith("converged")
    bad = subprocess.run([*command, "--rank-bound", "99"], cwd=folder, capture_output=True, text=True)
    assert bad.returncode == 2 and bad.stderr.count("\n") == 1 and "Traceback" not in bad.stderr


def test_help_documents_the_packing(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["recover", "--help"])
    text = capsys.readouterr().out
    assert stop.value.code == 0 and "M11, sqrt(2) M12, .., sqrt(2) M1m, M22" in text and "exit code" in text
