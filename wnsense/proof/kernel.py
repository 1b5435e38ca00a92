"""Theorems that the kernel of a proof assistant checked, read from the committed record of `make formal`.

The record formal/verified.json names every theorem of formal/Theorems.v with the axioms it rests on, and the hash of every
source it was made from. A theorem counts only if it rests on none and no source has changed since; so an edited proof or
statement, an admitted theorem and an unknown name give a step that does not hold.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from wnsense.proof.step import Step

FORMAL = Path(__file__).resolve().parents[2] / "formal"


def theorem(label: str, name: str, folder: Path | None = None) -> Step:
    """The step that the theorem `name` of formal/Theorems.v is checked by the kernel and rests on no axiom.

    `folder` is the folder of the sources and of their record; `objection` says why a step does not hold.
    """
    return Step(label, "kernel", "Coq", not objection(name, folder))


def objection(name: str, folder: Path | None = None) -> str:
    """Why the theorem does not count as checked; empty if it does."""
    folder = FORMAL if folder is None else Path(folder)
    try:
        record = json.loads((folder / "verified.json").read_text(encoding="utf-8"))
        recorded, entry = dict(record["sources"]), record["theorems"].get(name)
        accepted = [control for control, outcome in record["controls"].items() if outcome["fate"] != "rejected"]
    except FileNotFoundError:
        return "formal/verified.json is missing"
    except (ValueError, KeyError, TypeError, AttributeError):
        return "formal/verified.json is no record of make formal"
    present = {path.relative_to(folder).as_posix(): path for path in [*folder.glob("*.v"), *folder.glob("controls/*.v")]}
    for path in sorted(recorded.keys() | present.keys()):
        if path not in present:
            return f"formal/{path} is in the record and missing"
        if path not in recorded:
            return f"formal/{path} is not in the record"
        if hashlib.sha256(present[path].read_bytes()).hexdigest() != recorded[path]:
            return f"formal/{path} has changed since the record was made: run make formal"
    if accepted:
        return f"the control {accepted[0]} was not rejected"
    if not isinstance(entry, dict):
        return f"{name} is no theorem of the record"
    if entry.get("assumptions") != "closed":
        return f"{name} rests on {entry.get('assumptions')}"
    return ""


def describe(folder: Path | None = None) -> str:
    """The record as text: every theorem with what it rests on, every control with its fate."""
    folder = FORMAL if folder is None else Path(folder)
    record = json.loads((folder / "verified.json").read_text(encoding="utf-8"))
    lines = [f"{'no axioms' if not objection(name, folder) else objection(name, folder)}  {name}" for name in record["theorems"]]
    lines += [f"{control['fate']:<9}  control {name.removesuffix('.v')}" for name, control in record["controls"].items()]
    return "\n".join([f"Coq {record['coq']}", *lines])
