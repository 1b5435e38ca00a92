r"""Gradient descent on two factors that rewrites them, modified or rebalanced, when the trigger says so.

A method for `wnsense.iterate`: a step is that of `wnsense.asymmetric`; before it, `wnsense.step_trigger` is asked. The
rewriting is repeated if later a larger count is due, so at most r times.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from wnsense import asymmetric, validate
from wnsense.asymmetric import PASSES_PER_STEP, gradient_norm
from wnsense.modified_step import modified_step, rebalanced_step, singular_values
from wnsense.step_trigger import certified_count, due, residual_bound

__all__ = ["PASSES_PER_STEP", "Parameters", "State", "at", "gradient_norm", "init", "step"]

RULES = ("modified", "rebalanced", "never")


@dataclass(frozen=True)
class Parameters:
    r"""The step size eta, in units of :math:`1/\sigma_1`; which rewriting; what is known of the measurements.

    Attributes
    ----------
    eta : float
    rule : {"modified", "rebalanced", "never"}
        The rebalanced step takes :math:`\beta^2=s_j`, the last singular value of :math:`FG^\top` that is counted.
    delta, noise : float
        As in `wnsense.step_trigger.residual_bound`.
    every : int
        The trigger is asked every so many iterations.
    gap_only : bool
        Step as soon as the gap is certified, though a signal may still grow: what the other two conditions prevent.
    """

    eta: float
    rule: str = "modified"
    delta: float = 0.0
    noise: float = 0.0
    every: int = 1
    gap_only: bool = False

    def __post_init__(self):
        validate.positive("eta", self.eta)
        validate.integer("every", self.every, low=1)
        if self.rule not in RULES:
            raise ValueError(f"rule is {self.rule!r}; expected one of {', '.join(RULES)}")
        residual_bound(0.0, delta=self.delta, noise=self.noise)


@dataclass(frozen=True)
class State(asymmetric.State):
    r"""Factors with their residual; iterations made; singular values of :math:`FG^\top` at the last look; rewritings.

    `rewritten` holds one pair (iteration, count of singular values) a rewriting.
    """

    iteration: int = 0
    seen: np.ndarray | None = None
    rewritten: tuple[tuple[int, int], ...] = ()

    @property
    def count(self) -> int:
        """How many singular values the last rewriting counted, 0 if there was none."""
        return self.rewritten[-1][1] if self.rewritten else 0


def at(objective, F: np.ndarray, G: np.ndarray) -> State:
    """The state at (F, G), nothing rewritten yet: one pass."""
    return State(**vars(asymmetric.at(objective, F, G)))


def init(objective, r: int, alpha: float, rng: np.random.Generator, ratio: float = 1.0) -> State:
    """The start of `wnsense.asymmetric.init`."""
    return State(**vars(asymmetric.init(objective, r, alpha, rng, ratio)))


def step(objective, parameters: Parameters, state: State) -> State:
    """One step: rewrite the factors if a larger count than before is due, then descend; pure."""
    if parameters.rule != "never" and state.iteration % parameters.every == 0:
        state = _look(objective, parameters, state)
    after = asymmetric.step(objective, parameters, state)
    return replace(state, F=after.F, G=after.G, residual=after.residual, iteration=state.iteration + 1)


def _look(objective, parameters: Parameters, state: State) -> State:
    s, before = singular_values(state.F, state.G), state.seen
    state = replace(state, seen=s)
    if before is None:
        return state
    epsilon = residual_bound(state.residual.norm, delta=parameters.delta, noise=parameters.noise)
    count = certified_count(s, epsilon) if parameters.gap_only else due(s, epsilon, before)
    return rewrite(objective, parameters, state, count) if count > state.count else state


def rewrite(objective, parameters: Parameters, state: State, count: int) -> State:
    r"""The factors rewritten by the rule, the product the same; rebalanced with :math:`\beta^2=s_j`, j = count."""
    if parameters.rule == "modified":
        F, G = modified_step(state.F, state.G)
    else:
        F, G = rebalanced_step(state.F, state.G, singular_values(state.F, state.G)[count - 1])
    rewritten = (*state.rewritten, (state.iteration, count))
    # the residual is the same, but that of the population knows its factors and is made anew
    return replace(state, F=F, G=G, residual=objective.residual(F, G), rewritten=rewritten)
