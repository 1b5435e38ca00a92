"""Every claim of the book: its check holds, its evidence is of the kind its level promises, each control is rejected."""

import pytest

from wnsense.claims.registry import Level, all_claims, verify
from wnsense.claims.report import detail

CLAIMS = all_claims()


@pytest.mark.parametrize("id", CLAIMS)
def test_claim(id):
    verdict = verify(CLAIMS[id])
    assert verdict.sound, "\n" + detail(verdict)
    level, evidence = CLAIMS[id].level, verdict.evidence
    kinds = {step.kind for step in evidence.steps}
    if level is Level.PROVED:
        assert kinds - {"classical"}, f"{id} is called proved, but no step of its proof is discharged by a machine"
    if level is Level.CERTIFIED:
        assert "enclosure" in kinds, f"{id} is called certified, but has no rigorous enclosure"
    if level in (Level.TESTED, Level.REPRODUCED):
        assert evidence.rows, f"{id} is called {level.value}, but shows no measurement"


def test_the_book_claims_something():
    assert len(CLAIMS) >= 25
