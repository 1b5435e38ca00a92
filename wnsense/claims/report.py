"""Verdicts as text and as JSON: what `python -m wnsense verify`, the chapters and the ledger page show."""

from __future__ import annotations

import math
from collections.abc import Iterable

from wnsense.claims.registry import Effort, Row, Verdict, all_claims, verify


def number(x: float) -> str:
    """Three significant digits; what the last bits of another machine's arithmetic cannot change."""
    return f"{x:.3g}"


def measured(row: Row) -> str:
    """A measured value: to three digits, or, beside a tolerance, to the digits that the tolerance leaves."""
    if row.relation == "tight" and row.tolerance > 0 and math.isfinite(row.measured):
        digits = math.ceil(-math.log10(row.tolerance))
        return number(round(row.measured, digits) + 0.0)
    return number(row.measured)


def ratio(row: Row) -> str:
    """Measured over theory, to two digits: how far from tight a one-sided row is; empty where that says nothing."""
    if row.relation == "tight" or row.theory == 0 or not (math.isfinite(row.measured) and math.isfinite(row.theory)):
        return ""
    return f"{row.measured / row.theory:.2g}"


def as_dict(verdict: Verdict) -> dict:
    """One claim as the JSON of `verify --json` has it."""
    claim = verdict.claim
    return {
        "id": claim.id,
        "title": claim.title,
        "level": claim.level.value,
        "source": claim.source,
        "uses": list(claim.uses),
        "chapter": claim.chapter,
        "verdict": verdict.verdict,
        "controls": [{"name": name, "fate": fate} for name, fate in verdict.controls.items()],
        "steps": [{"label": s.label, "kind": s.kind, "by": s.by, "holds": s.holds} for s in verdict.evidence.steps],
        "evidence": [
            {
                "label": r.label,
                "measured": r.measured if math.isfinite(r.measured) else str(r.measured),
                "relation": r.relation,
                "theory": r.theory if math.isfinite(r.theory) else str(r.theory),
                "tolerance": r.tolerance,
                "because": r.because,
                "holds": r.holds,
            }
            for r in verdict.evidence.rows
        ],
        "error": verdict.error,
    }


def table(lines: Iterable[Iterable[str]], indent: str = "") -> str:
    """Aligned columns, the last one ragged."""
    lines = [list(line) for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join((indent + "  ".join(cell.ljust(width) for cell, width in zip(line, widths))).rstrip() for line in lines)


def summary(verdict: Verdict) -> list[str]:
    """One claim as a line of the table of `verify`: id, level, verdict, controls, and its first row, or the first that fails."""
    rejected = sum(fate == "rejected" for fate in verdict.controls.values())
    rows = verdict.evidence.rows
    failing = [row for row in rows if not row.holds]
    row = (failing or list(rows) or [None])[0]
    shown = ["", "", "", _count_steps(verdict)] if row is None else [measured(row), f"{row.sign} {number(row.theory)}", ratio(row), row.label]
    return [
        verdict.claim.id,
        verdict.claim.level.value,
        verdict.verdict,
        f"{rejected}/{len(verdict.controls)} rejected" if verdict.controls else "none",
        *shown,
    ]


def _count_steps(verdict: Verdict) -> str:
    decided = [step for step in verdict.evidence.steps if step.kind != "classical"]
    return f"{sum(step.holds for step in decided)}/{len(decided)} steps hold" if decided else ""


def detail(verdict: Verdict) -> str:
    """Everything about one claim: steps, measurement beside theory, controls."""
    claim, evidence = verdict.claim, verdict.evidence
    text = [f"{claim.id}: {claim.title} [{claim.level.value}]"]
    if evidence.steps:
        text.append("steps")
        text.append(table((["holds" if s.holds else "FAILS", f"{s.kind} ({s.by})", s.label] for s in evidence.steps), "  "))
    if evidence.rows:
        text.append("measured beside theory")
        header = ["", "measured", "theory", "ratio", ""]
        lines = (["holds" if r.holds else "FAILS", measured(r), f"{r.sign} {number(r.theory)}", ratio(r), r.label + _slack(r)] for r in evidence.rows)
        text.append(table([header, *lines], "  "))
    if verdict.controls:
        text.append("controls")
        text.append(table(([fate, name] for name, fate in verdict.controls.items()), "  "))
    if verdict.error:
        text.append(verdict.error.rstrip())
    text.append(f"verdict: {verdict.verdict}")
    return "\n".join(text)


def _slack(row: Row) -> str:
    return f" (within {number(row.tolerance)}: {row.because})" if row.tolerance else ""


def show(id: str) -> None:
    """Verify one claim, quickly, and print everything about it: the cell beside a statement."""
    print(detail(verify(all_claims()[id], Effort.QUICK)))
