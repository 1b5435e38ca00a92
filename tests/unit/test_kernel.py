"""A formal step holds for a theorem of the record without axioms, and for nothing else."""

import json
import shutil

import pytest

from wnsense.proof import kernel

NAME = "finite_sample_linear_convergence"


@pytest.fixture
def folder(tmp_path):
    """A copy of the sources and of the record, to be spoiled."""
    shutil.copytree(kernel.FORMAL, tmp_path / "formal", ignore=shutil.ignore_patterns("*.vo*", "*.glob", ".*"))
    return tmp_path / "formal"


def rewrite(folder, change):
    record = json.loads((folder / "verified.json").read_text())
    change(record)
    (folder / "verified.json").write_text(json.dumps(record))


def test_theorem_of_the_record_holds(folder):
    for where in (None, folder):
        step = kernel.theorem("Theorem F", NAME, where)
        assert step.holds and (step.kind, step.by, step.label) == ("kernel", "Coq", "Theorem F")
        assert kernel.objection(NAME, where) == ""


HEADLINES = (
    "population_sharp_rate",
    "population_sharp_trajectory",
    "population_sharp_convergence",
    "population_monotone_loss",
    "population_strict_loss",
    "finite_sample_step",
    "finite_sample_trajectory",
    "finite_sample_linear_convergence",
    "rip_two_consequences",
    "gd_lower_bound_step",
    "gd_lower_bound",
    "one_sided_sharp_rate",
    "one_sided_sharp_convergence",
    "imbalance_drift",
    "modified_step_invariance",
    "step_exists",
)


@pytest.mark.parametrize("name", HEADLINES)
def test_headline_theorems_are_in_the_record(name):
    assert kernel.objection(name) == ""


def test_every_control_of_the_record_was_rejected():
    controls = json.loads((kernel.FORMAL / "verified.json").read_text())["controls"]
    assert {f"{name}" for name in controls} == {path.name for path in kernel.FORMAL.glob("controls/*.v")}
    assert controls and all(control["fate"] == "rejected" for control in controls.values())


SPOILED = {
    "has changed": lambda folder: (folder / "Definitions.v").write_text((folder / "Definitions.v").read_text() + "\n"),
    "controls/AdmittedRate.v has changed": lambda folder: (folder / "controls/AdmittedRate.v").write_text("(* nothing *)"),
    "Theorems.v is in the record and missing": lambda folder: (folder / "Theorems.v").unlink(),
    "More.v is not in the record": lambda folder: (folder / "More.v").write_text("Axiom more : False.\n"),
    "is no theorem of the record": lambda folder: rewrite(folder, lambda record: record["theorems"].pop(NAME)),
    "rests on ['admitted_lemma']": lambda folder: rewrite(folder, lambda record: record["theorems"][NAME].update(assumptions=["admitted_lemma"])),
    "rests on []": lambda folder: rewrite(folder, lambda record: record["theorems"][NAME].update(assumptions=[])),
    "control AdmittedRate.v was not rejected": lambda folder: rewrite(folder, lambda record: record["controls"]["AdmittedRate.v"].update(fate="accepted")),
    "verified.json is missing": lambda folder: (folder / "verified.json").unlink(),
    "no record of make formal": lambda folder: (folder / "verified.json").write_text("{"),
    "is no record of make": lambda folder: rewrite(folder, lambda record: record.pop("sources")),
}


@pytest.mark.parametrize("objection", SPOILED)
def test_spoiled_record_or_source_does_not_hold(folder, objection):
    SPOILED[objection](folder)
    assert not kernel.theorem("Theorem F", NAME, folder).holds
    assert objection in kernel.objection(NAME, folder)


def test_unknown_theorem_does_not_hold():
    assert not kernel.theorem("no such theorem", "riemann_hypothesis").holds
    assert "riemann_hypothesis is no theorem" in kernel.objection("riemann_hypothesis")


def test_description_names_every_theorem_and_control(folder):
    record = json.loads((folder / "verified.json").read_text())
    text = kernel.describe(folder)
    assert all(f"no axioms  {name}\n" in text for name in record["theorems"])
    assert all(f"control {name.removesuffix('.v')}" in text for name in record["controls"])
    (folder / "Definitions.v").write_text("")
    assert "no axioms" not in kernel.describe(folder)
