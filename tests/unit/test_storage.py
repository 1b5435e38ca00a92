"""Atomic writing, and the checks of arguments that everything else relies on."""

import os
import stat

import numpy as np
import pytest

from wnsense import storage, validate


def test_round_trip_under_the_given_name(tmp_path):
    path = storage.write_npz(tmp_path / "result", a=np.arange(3), text="name")
    assert path == tmp_path / "result" and [p.name for p in tmp_path.iterdir()] == ["result"]
    with np.load(path, allow_pickle=False) as file:
        assert list(file["a"]) == [0, 1, 2] and str(file["text"]) == "name"


class Halfway(Exception):
    pass


@pytest.mark.parametrize("error", [Halfway, KeyboardInterrupt, OSError])
@pytest.mark.parametrize("moment", ["savez", "fsync", "replace"])
def test_a_failure_on_the_way_leaves_the_old_file_alone(tmp_path, monkeypatch, error, moment):
    path = storage.write_npz(tmp_path / "result.npz", a=np.zeros(3))
    before = path.read_bytes()

    def fail(target, *arguments, **keywords):
        if moment == "savez":
            target.write(b"half of it")
        raise error

    monkeypatch.setattr(np if moment == "savez" else os, moment, fail)
    with pytest.raises(error):
        storage.write_npz(path, a=np.ones(1000))
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["result.npz"]


def test_permissions_are_those_of_an_ordinary_file(tmp_path):
    (tmp_path / "ordinary").write_text("")
    path = storage.write_npz(tmp_path / "result", a=1)
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "ordinary").stat().st_mode)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(OSError):
        storage.write_npz(tmp_path / "nowhere" / "result", a=1)


def test_integers():
    assert validate.integer("k", np.int64(3), low=1, high=3) == 3
    assert type(validate.integer("k", np.int64(3), low=1)) is int
    for value in (0, 4, 1.0, "1", None, True, np.True_):
        with pytest.raises(ValueError, match="^k is .*; expected an integer between 1 and 3$"):
            validate.integer("k", value, low=1, high=3)


def test_positive_numbers():
    assert validate.positive("s", np.float32(0.5)) == 0.5
    for value in (0, -1.0, np.nan, np.inf, "1", None, True, 1j):
        with pytest.raises(ValueError, match="^s is .*; expected a positive finite number$"):
            validate.positive("s", value)


def test_arrays():
    assert validate.array("a", [[1, 2]], (1, "k")).dtype == np.float64
    assert validate.array("a", np.ones(2, np.float32), ("k",)).dtype == np.float32
    same = np.ones((2, 2))
    assert validate.array("a", same, ("k", "k")) is same
    bad = [
        (np.ones((2, 3)), ("k", "k"), r"a has shape \(2, 3\); expected \(k, k\)"),
        (np.ones(3), (2,), r"a has shape \(3,\); expected \(2,\)"),
        (np.ones((1, 1)), (1,), r"a has shape \(1, 1\); expected \(1,\)"),
        ([[1, 2], [3]], ("m", "n"), r"a is not an array: .*; expected shape \(m, n\)"),
        (["x"], ("n",), "a has dtype <U1; expected real numbers"),
        (np.array([True]), ("n",), "a has dtype bool; expected real numbers"),
        (np.array([{}]), ("n",), "a has dtype object; expected real numbers"),
        ([np.nan, 1, np.inf], ("n",), "a has 2 entries that are not finite; expected finite numbers"),
    ]
    for value, shape, message in bad:
        with pytest.raises(ValueError, match=message):
            validate.array("a", value, shape)


def test_symmetric_matrices():
    S = np.array([[1.0, 2.0], [2.0, 1.0]])
    assert validate.symmetric("S", S) is S
    assert validate.symmetric("S", np.zeros((3, 3)), 3).shape == (3, 3)
    validate.symmetric("S", S + [[0, 1e-9], [0, 0]])
    with pytest.raises(ValueError, match="S is not symmetric: it differs from its transpose by 0.001; expected"):
        validate.symmetric("S", S + [[0, 1e-3], [0, 0]])
    with pytest.raises(ValueError, match=r"S has shape \(2, 2\); expected \(3, 3\)"):
        validate.symmetric("S", S, 3)


def test_generators():
    g = np.random.default_rng()
    assert validate.generator("rng", g) is g
    with pytest.raises(ValueError, match="rng is module; expected a numpy.random.Generator"):
        validate.generator("rng", np.random)
