"""Every claim of the book: its check holds, its evidence is of the kind its level promises, each control is rejected.

`make verify` runs checks and controls and writes what it found. A test here reads that, if it is newer than every file
of the package; else it runs check and controls itself.
"""

import json
from pathlib import Path

import pytest

from wnsense.claims.registry import Level, all_claims, verify
from wnsense.claims.report import as_dict

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = all_claims()


def found_by_make_verify() -> dict[str, dict]:
    """The claims in _build/verify.json by id; empty if it is missing or older than the package."""
    path = ROOT / "_build" / "verify.json"
    changed = max(file.stat().st_mtime for file in (ROOT / "wnsense").rglob("*.py"))
    if not path.exists() or path.stat().st_mtime < changed:
        return {}
    return {claim["id"]: claim for claim in json.loads(path.read_text())}


FOUND = found_by_make_verify()


@pytest.mark.parametrize("id", CLAIMS)
def test_claim(id):
    found = FOUND.get(id) or as_dict(verify(CLAIMS[id]))
    level = CLAIMS[id].level
    shown = json.dumps(found, indent=1)
    assert found["verdict"] == ("cited" if CLAIMS[id].check is None else "holds"), shown
    assert {control["name"]: control["fate"] for control in found["controls"]} == dict.fromkeys(CLAIMS[id].controls, "rejected"), shown
    kinds = {step["kind"] for step in found["steps"]}
    if level is Level.PROVED:
        assert kinds - {"classical"}, f"{id} is called proved, but no step of its proof is discharged by a machine"
    if level is Level.CERTIFIED:
        assert "enclosure" in kinds, f"{id} is called certified, but has no rigorous enclosure"
    if level in (Level.TESTED, Level.REPRODUCED):
        assert found["evidence"], f"{id} is called {level.value}, but shows no measurement"


def test_the_book_claims_something():
    assert len(CLAIMS) >= 25
