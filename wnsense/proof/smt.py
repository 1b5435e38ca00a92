"""Polynomial inequalities over the reals by Z3: the negation is shown to have no solution.

>>> import z3
>>> x, y = z3.Reals("x y")
>>> inequality("arithmetic and geometric mean", 2 * x * y <= x * x + y * y).holds
True
"""

from __future__ import annotations

import z3

from wnsense.proof.step import Step


def inequality(label: str, claim, *given, seconds: float = 20.0) -> Step:
    """The step that `claim` follows from `given` for all real values of the variables.

    It holds only if Z3 proves the negation unsatisfiable; a counterexample and "unknown" (time) both fail. Assumptions
    that contradict each other would prove everything: they raise ValueError.
    """
    solver = z3.Solver()
    solver.set("timeout", int(1000 * seconds))
    solver.add(*given)
    if solver.check() == z3.unsat:
        raise ValueError(f"assumptions of {label!r} contradict each other; expected some that can be met")
    solver.add(z3.Not(claim))
    return Step(label, "inequality", "Z3", solver.check() == z3.unsat)


def counterexample(claim, *given, seconds: float = 20.0) -> dict[str, str] | None:
    """Values of the variables that meet `given` but not `claim`, as Z3 prints them; None if it finds none."""
    solver = z3.Solver()
    solver.set("timeout", int(1000 * seconds))
    solver.add(*given, z3.Not(claim))
    if solver.check() != z3.sat:
        return None
    model = solver.model()
    return {str(variable): str(model[variable]) for variable in model.decls()}
