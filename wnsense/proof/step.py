"""One discharged step of a proof."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("identity", "inequality", "enclosure", "kernel", "classical")


@dataclass(frozen=True)
class Step:
    """One step of a proof.

    Attributes
    ----------
    label : str
        The step as the chapter numbers and words it.
    kind : str
        "identity" (exact), "inequality" (polynomial), "enclosure" (ball arithmetic), "kernel" (proof assistant), or
        "classical" (a named result, not rechecked).
    by : str
        "SymPy", "Z3", "Arb", "Coq", or the name of the classical result.
    holds : bool
        What the machine said; True for a classical step.
    """

    label: str
    kind: str
    by: str
    holds: bool = True

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"kind is {self.kind!r}; expected one of {', '.join(KINDS)}")


def classical(label: str, by: str) -> Step:
    """A step that rests on a named classical result, which is not rechecked."""
    return Step(label, "classical", by)
