"""The claims engine: what it accepts, what it refuses, and that a check which cannot fail is caught."""

import math

import pytest

from wnsense.claims.registry import Claim, Effort, Evidence, Level, Row, topological_order, verify
from wnsense.proof.step import Step, classical


def claim(id="lem-sample", check=None, controls=None, level=Level.TESTED, uses=()):
    if level is not Level.CITED:
        check = check or (lambda effort, *, factor=1.0: Evidence([Row("twice one", 2 * factor, "tight", 2.0)]))
        controls = {"factor 1.1": dict(factor=1.1)} if controls is None else controls
    return Claim(id=id, title="t", statement="s", level=level, source="ours", chapter="c", uses=uses, check=check, controls=controls or {})


def test_claim_holds_and_control_is_rejected():
    verdict = verify(claim())
    assert (verdict.verdict, verdict.controls, verdict.sound) == ("holds", {"factor 1.1": "rejected"}, True)


def test_control_that_passes_makes_the_claim_unsound():
    verdict = verify(claim(controls={"no sabotage at all": {}}))
    assert (verdict.verdict, verdict.controls, verdict.sound) == ("holds", {"no sabotage at all": "accepted"}, False)


def test_control_that_raises_counts_as_accepted():
    def check(effort, *, broken=False):
        if broken:
            raise RuntimeError("an accident is no verdict")
        return Evidence([Row("one", 1, "tight", 1)])

    verdict = verify(claim(check=check, controls={"raises": dict(broken=True)}))
    assert verdict.controls == {"raises": "accepted"} and "an accident" in verdict.error and not verdict.sound


def test_check_that_raises_fails():
    def check(effort, *, factor=1):
        raise RuntimeError("no evidence")

    verdict = verify(claim(check=check))
    assert verdict.verdict == "fails" and "no evidence" in verdict.error


def test_empty_evidence_does_not_hold():
    assert not Evidence().holds


def test_classical_steps_alone_do_not_hold():
    assert not Evidence(steps=[classical("spectral theorem", by="spectral theorem")]).holds
    assert not Evidence([Row("one", 1, "tight", 2)], [Step("1 = 1", "identity", "SymPy")]).holds
    assert not Evidence([Row("one", 1, "tight", 1)], [Step("1 = 2", "identity", "SymPy", False)]).holds


@pytest.mark.parametrize(
    "relation, measured, theory, holds",
    [
        ("upper", 1.0, 1.0, True), ("upper", 1.01, 1.0, False), ("lower", 1.0, 1.0, True), ("lower", 0.99, 1.0, False),
        ("tight", 1.0, 1.0, True), ("tight", 1.01, 1.0, False), ("upper", math.nan, 1.0, False),
        ("lower", math.nan, 1.0, False), ("tight", math.nan, math.nan, False),
    ],
)  # fmt: skip
def test_row(relation, measured, theory, holds):
    assert Row("x", measured, relation, theory).holds is holds


def test_tolerance_needs_its_reason():
    assert Row("x", 1.01, "tight", 1.0, tolerance=0.1, because="sampling").holds
    with pytest.raises(ValueError, match="because"):
        Row("x", 1.01, "tight", 1.0, tolerance=0.1)
    with pytest.raises(ValueError, match="relation is 'about'"):
        Row("x", 1.0, "about", 1.0)


@pytest.mark.parametrize("id", ["theorem", "thm_rate", "thm-", "xyz-rate", "thm-Rate", "Thm-rate"])
def test_bad_id(id):
    with pytest.raises(ValueError, match="id is"):
        claim(id=id)


def test_check_and_controls_go_with_the_level():
    with pytest.raises(ValueError, match="no control"):
        claim(controls={})
    with pytest.raises(ValueError, match="expected a check"):
        Claim("lem-x", "t", "s", Level.PROVED, "ours", "c")
    with pytest.raises(ValueError, match="expected no check"):
        Claim("lem-x", "t", "s", Level.CITED, "ours", "c", check=lambda effort: Evidence())
    assert verify(claim(level=Level.CITED)).verdict == "cited"


def test_order_follows_uses_and_names_cycles():
    claims = {c.id: c for c in (claim("lem-a", uses=("lem-b",)), claim("lem-b", uses=("lem-c",)), claim("lem-c"))}
    assert topological_order(claims) == ["lem-c", "lem-b", "lem-a"]
    claims["lem-c"] = claim("lem-c", uses=("lem-a",))
    with pytest.raises(ValueError, match="lem-a -> lem-b -> lem-c -> lem-a"):
        topological_order(claims)
    with pytest.raises(ValueError, match="lem-d uses 'lem-missing'"):
        topological_order({"lem-d": claim("lem-d", uses=("lem-missing",))})


def test_effort_picks():
    assert (Effort.QUICK.pick(1, 2), Effort.THOROUGH.pick(1, 2)) == (1, 2)
