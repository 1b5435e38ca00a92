"""The script behind `make formal`, without Coq: what it reads out of the sources and out of what Coq prints."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

FORMAL = Path(__file__).parents[2] / "formal"
specification = importlib.util.spec_from_file_location("formal_check", FORMAL / "check.py")
check = importlib.util.module_from_spec(specification)
specification.loader.exec_module(check)


@pytest.mark.parametrize(
    "printed, expected",
    [
        ("Closed under the global context\n", "closed"),
        ("Axioms:\nassumed : forall n : nat,\n          n = n\nclassic : forall P : Prop, P \\/ ~ P\n", ["assumed", "classic"]),
        ("Axioms:\nSection.very_long_name\n  : forall n : nat, n = n\n", ["Section.very_long_name"]),
        ("Axioms:\nf is assumed to be guarded.\n", ["f is assumed to be guarded"]),
        ("", ["what Coq did not print as expected"]),
    ],
)
def test_what_print_assumptions_says(printed, expected):
    assert check.rests_on(printed) == expected


def test_marked_passages_are_mended():
    text = "x <= (* wrong: *) 11 (* instead of: 10 *) * y. (* wrong: *)\nAdmitted.\n(* instead of:\nProof. auto. Qed. *)"
    assert check.MARKED.sub(r"\2", text).split() == "x <= 10 * y. Proof. auto. Qed.".split()


@pytest.mark.parametrize("path", sorted(FORMAL.glob("controls/*.v")), ids=lambda path: path.stem)
def test_control_says_what_it_is_and_marks_it(path):
    text = path.read_text()
    assert text.startswith("(* Control: ") and check.MARKED.search(text) and check.DECLARED.search(text)


def test_every_source_is_built_and_explained():
    listed = {line for line in (FORMAL / "_CoqProject").read_text().split("\n") if line.endswith(".v")}
    readme = (FORMAL / "README.md").read_text()
    for path in FORMAL.glob("*.v"):
        assert path.name in listed and path.name in readme and path.read_text().startswith("(* ")
    assert {path.name for path in FORMAL.glob("*.v")} == listed


def test_sources_admit_nothing():
    for path in FORMAL.glob("*.v"):
        words = path.read_text().replace("(", " ").replace(".", " ").split()
        assert not {"Admitted", "admit", "Axiom", "Parameter", "Conjecture"} & set(words), path.name


def test_statements_use_only_the_page_of_definitions():
    """Every definition named in a statement is on the page of definitions, and the page holds no other."""
    page = set(check.re.findall(r"^(?:Definition|Fixpoint) (\w+)", (FORMAL / "Definitions.v").read_text(), check.re.M))
    others = set()
    for path in FORMAL.glob("*.v"):
        if path.name not in ("Definitions.v", "Theorems.v"):
            others |= set(check.re.findall(r"^(?:Definition|Fixpoint) (\w+)", path.read_text(), check.re.M))
    text = check.re.sub(r"Proof\..*?Qed\.", "", (FORMAL / "Theorems.v").read_text(), flags=check.re.S)
    text = check.re.sub(r"\(\*.*?\*\)", "", text, flags=check.re.S)
    used = set(check.re.findall(r"\w+", text))
    assert not used & (others - page)
    definitions = check.re.findall(r"\w+", (FORMAL / "Definitions.v").read_text())
    assert all(name in used or definitions.count(name) > 1 for name in page)


def test_without_coq_it_says_so_and_fails(tmp_path):
    run = subprocess.run([sys.executable, str(FORMAL / "check.py")], env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert run.returncode == 1 and "coqc is not installed" in run.stderr
