"""`python -m wnsense verify`: exit codes, the table, the JSON."""

import json

import pytest

from wnsense import command_verify
from wnsense.__main__ import main
from wnsense.claims import report
from wnsense.claims.registry import Claim, Evidence, Level, Row


def check(effort, *, factor=1.0):
    return Evidence([Row("twice one", 2 * factor, "tight", 2.0)])


def sample(id="lem-sample", controls=None):
    return Claim(id, "t", "s", Level.TESTED, "ours", "c", (), check, {"factor 1.1": {"factor": 1.1}} if controls is None else controls)


@pytest.fixture
def book(monkeypatch):
    """The registry replaced by given claims (and one process, so that it is seen by the workers)."""

    def use(*claims):
        monkeypatch.setattr(command_verify, "all_claims", lambda: {claim.id: claim for claim in claims})

    return use


def test_holds(book, tmp_path, capsys):
    book(sample(), Claim("thm-cited", "t", "s", Level.CITED, "them", "c"))
    assert main(["verify", "--jobs", "1", "--json", str(tmp_path / "v.json")]) == 0
    out = capsys.readouterr().out
    assert "lem-sample" in out and "1/1 rejected" in out and out.split("\n")[1].split()[-5:] == ["2", "=", "2", "twice", "one"]
    stored = json.loads((tmp_path / "v.json").read_text())
    assert [c["verdict"] for c in stored] == ["holds", "cited"]
    assert set(stored[0]) >= {"id", "title", "level", "source", "uses", "chapter", "verdict", "controls", "steps", "evidence"}
    assert stored[0]["controls"] == [{"name": "factor 1.1", "fate": "rejected"}]


def test_accepted_control_is_trouble(book, capsys):
    book(sample(controls={"nothing": {}}))
    assert main(["verify", "--jobs", "1"]) == 1
    assert "accepted" in capsys.readouterr().out


def test_failing_claim_is_trouble(book, capsys):
    wrong = Claim("lem-wrong", "t", "s", Level.TESTED, "ours", "c", (), lambda effort, **k: Evidence([Row("one", 1, "tight", 2)]), {"c": {}})
    book(sample(), wrong)
    assert main(["verify", "--jobs", "1"]) == 1
    assert "FAILS" in capsys.readouterr().out


def test_only(book, capsys):
    book(sample("lem-a"), sample("thm-b"))
    assert main(["verify", "--jobs", "1", "--only", "thm-*"]) == 0
    out = capsys.readouterr().out
    assert "thm-b" in out and "lem-a" not in out


@pytest.mark.parametrize("arguments", [["--only", "xyz-*"], ["--jobs", "0"], ["--effort", "heroic"], ["--json", "/no/such/folder/v.json"]])
def test_bad_usage(book, arguments, capsys):
    book(sample())
    with pytest.raises(SystemExit) as stop:
        main(["verify", *arguments])
    assert stop.value.code == 2
    assert arguments[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    "row, text",
    [
        (Row("x", 387, "upper", 412), "0.94"),
        (Row("x", 3, "lower", 2), "1.5"),
        (Row("x", 2, "tight", 2), ""),
        (Row("x", 1, "lower", 0), ""),
        (Row("x", float("nan"), "upper", 1), ""),
    ],
)
def test_ratio(row, text):
    assert report.ratio(row) == text
