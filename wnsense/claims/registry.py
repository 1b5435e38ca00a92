"""Claims as data plus a check, and controls that the same check must reject.

A claim is declared once, by decorating its check::

    @claim(
        id="thm-monotone-loss", title="Monotone loss", level=Level.PROVED, source="ours", uses=("thm-riemannian-gradient",),
        chapter="riemannian_gradient_descent", statement=r"...",
        controls={"step 1 % past the limit": dict(limit=2.02)},
    )
    def monotone_loss(effort, *, limit=2.0): ... return Evidence(rows=..., steps=...)

The keyword arguments of the check default to the truth; a control overrides some of them, so that claim and control
run through the same code. A control is *rejected*, as it must be, when its evidence fails; an exception is no verdict
and counts as not rejected.
"""

from __future__ import annotations

import enum
import importlib
import math
import pkgutil
import re
import traceback
from dataclasses import dataclass, field
from typing import Callable, Mapping

from wnsense.proof.step import Step

KINDS = ("def", "lem", "thm", "prop", "cor", "alg", "fig", "exp")


class Level(enum.Enum):
    """How far a statement can be trusted, strongest first."""

    FORMAL = "formal"
    PROVED = "proved"
    CERTIFIED = "certified"
    TESTED = "tested"
    REPRODUCED = "reproduced"
    CITED = "cited"
    CONJECTURED = "conjectured"


LEVEL_MEANING = {
    Level.FORMAL: "checked by the kernel of a proof assistant, without axioms",
    Level.PROVED: "complete argument in the book; its algebra discharged by machine, classical results named",
    Level.CERTIFIED: "a rigorous enclosure of a concrete number",
    Level.TESTED: "a search for a counterexample found none",
    Level.REPRODUCED: "an experiment that met its stated criterion",
    Level.CITED: "published elsewhere, not checked here",
    Level.CONJECTURED: "believed, neither proved nor published",
}


class Effort(enum.Enum):
    """How long a check may look: sizes and counts are chosen by `effort.pick`."""

    QUICK = "quick"
    THOROUGH = "thorough"

    def pick(self, quick, thorough):
        """The one of two values that goes with this effort."""
        return quick if self is Effort.QUICK else thorough


@dataclass(frozen=True)
class Row:
    """Measurement beside theory.

    Attributes
    ----------
    label : str
        What is measured.
    measured, theory : float
    relation : str
        "upper": measured <= theory must hold; "lower": measured >= theory; "tight": measured and theory differ by at most tolerance.
    tolerance : float
        Slack granted on top of the relation, absolute; 0 unless `because` says where it comes from.
    because : str
        What sets the tolerance: "rounding ...", "sampling ...", "discretisation ...". Required when it is not 0.
    """

    label: str
    measured: float
    relation: str
    theory: float
    tolerance: float = 0.0
    because: str = ""

    def __post_init__(self):
        if self.relation not in ("upper", "lower", "tight"):
            raise ValueError(f"relation is {self.relation!r}; expected upper, lower or tight")
        if not (math.isfinite(self.tolerance) and self.tolerance >= 0) or (self.tolerance > 0 and not self.because):
            raise ValueError(f"tolerance of {self.label!r} is {self.tolerance}; expected a number >= 0, with `because` when above 0")
        object.__setattr__(self, "measured", float(self.measured))
        object.__setattr__(self, "theory", float(self.theory))
        object.__setattr__(self, "tolerance", float(self.tolerance))  # a NumPy float would make `holds` a NumPy bool

    @property
    def holds(self) -> bool:
        """Whether the relation is met; never for NaN."""
        if self.relation == "upper":
            return self.measured <= self.theory + self.tolerance
        if self.relation == "lower":
            return self.measured >= self.theory - self.tolerance
        return abs(self.measured - self.theory) <= self.tolerance

    @property
    def sign(self) -> str:
        """The relation as a sign between measured and theory."""
        return {"upper": "<=", "lower": ">=", "tight": "=" if self.tolerance == 0 else "~"}[self.relation]


@dataclass(frozen=True)
class Evidence:
    """What a check found: rows of numbers and discharged steps. It holds when it is not empty and all of it holds."""

    rows: tuple[Row, ...] = ()
    steps: tuple[Step, ...] = ()

    def __post_init__(self):
        object.__setattr__(self, "rows", tuple(self.rows))
        object.__setattr__(self, "steps", tuple(self.steps))

    @property
    def holds(self) -> bool:
        """Whether every row and every step holds, and there is at least one that a machine decided."""
        decided = [row.holds for row in self.rows] + [step.holds for step in self.steps if step.kind != "classical"]
        return bool(decided) and all(decided)


@dataclass(frozen=True)
class Claim:
    """A statement of the book; see the module docstring.

    Attributes
    ----------
    id, title, statement, source, chapter : str
        The id is the label in the text; `chapter` the file in book/ without its ending; the statement is TeX.
    level : Level
    uses : tuple of str
        Ids of the claims it rests on.
    check : callable or None
        None exactly for cited and conjectured claims.
    controls : dict
        Name to keyword arguments of the check.
    """

    id: str
    title: str
    statement: str
    level: Level
    source: str
    chapter: str
    uses: tuple[str, ...] = ()
    check: Callable[..., Evidence] | None = None
    controls: Mapping[str, Mapping] = field(default_factory=dict)

    def __post_init__(self):
        if not re.fullmatch(rf"(?:{'|'.join(KINDS)})(?:-[a-z0-9]+)+", self.id):
            raise ValueError(f"id is {self.id!r}; expected kebab-case with its kind first, one of {', '.join(KINDS)}")
        unchecked = self.level in (Level.CITED, Level.CONJECTURED)
        if unchecked != (self.check is None):
            raise ValueError(f"{self.id} is {self.level.value}; expected {'no check' if unchecked else 'a check'}")
        if not unchecked and not self.controls:
            raise ValueError(f"{self.id} has no control; expected at least one sabotaged variant that its check rejects")
        for name, value in (("title", self.title), ("statement", self.statement), ("source", self.source), ("chapter", self.chapter)):
            if not value.strip():
                raise ValueError(f"{name} of {self.id} is empty; expected text")


@dataclass(frozen=True)
class Verdict:
    """What verifying one claim gave: "holds", "fails" or "cited", the evidence, and each control's fate."""

    claim: Claim
    verdict: str
    evidence: Evidence
    controls: dict[str, str]
    error: str = ""

    @property
    def sound(self) -> bool:
        """Whether the claim does not fail and every control was rejected."""
        return self.verdict != "fails" and all(fate == "rejected" for fate in self.controls.values())


_registry: dict[str, Claim] = {}


def claim(*, controls: Mapping[str, Mapping] | None = None, **data) -> Callable:
    """Register the decorated check as a claim; the arguments are the attributes of `Claim`."""

    def register(check: Callable[..., Evidence]) -> Callable[..., Evidence]:
        add(Claim(check=check, controls=dict(controls or {}), **data))
        return check

    return register


def add(new: Claim) -> Claim:
    """Register a claim; ValueError if its id is taken."""
    if new.id in _registry:
        raise ValueError(f"id {new.id!r} is registered twice; expected ids unique in the whole book")
    _registry[new.id] = new
    return new


def all_claims() -> dict[str, Claim]:
    """Every claim of the book by id, in the order of the files and of the text within them; uses and cycles checked."""
    import wnsense.claims as package

    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        importlib.import_module(f"wnsense.claims.{module.name}")
    topological_order(_registry)
    return dict(_registry)


def topological_order(claims: Mapping[str, Claim]) -> list[str]:
    """Ids so that each comes after all it uses; ValueError for an unknown id or a cycle, which it names."""
    done: list[str] = []
    path: list[str] = []

    def visit(id: str, user: str | None) -> None:
        if id not in claims:
            raise ValueError(f"{user} uses {id!r}, which is no claim; expected a registered id")
        if id in path:
            raise ValueError(f"claims use each other in a cycle: {' -> '.join([*path[path.index(id):], id])}")
        if id not in done:
            path.append(id)
            for used in claims[id].uses:
                visit(used, id)
            path.pop()
            done.append(id)

    for id in claims:
        visit(id, None)
    return done


def verify(subject: Claim, effort: Effort = Effort.QUICK) -> Verdict:
    """Run a claim's check and its controls."""
    if subject.check is None:
        return Verdict(subject, "cited", Evidence(), {})
    try:
        evidence, error = subject.check(effort), ""
    except Exception:
        evidence, error = Evidence(), traceback.format_exc(limit=-3)
    fates = {}
    for name, sabotage in subject.controls.items():
        try:
            fates[name] = "accepted" if subject.check(effort, **sabotage).holds else "rejected"
        except Exception:
            fates[name] = "accepted"
            error += f"control {name!r} raised instead of failing:\n" + traceback.format_exc(limit=-3)
    return Verdict(subject, "holds" if evidence.holds else "fails", evidence, fates, error)
