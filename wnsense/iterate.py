"""The one driver: loop, stopping, history, progress bar, checkpoint and resume.

A *method* is a module with `step(objective, parameters, state)`, `gradient_norm(objective, state)` and
`PASSES_PER_STEP`; a *state* has `factors`, `residual` and the names of its `arrays`. Steps never print, time or plot.
"""

from __future__ import annotations

import enum
import zipfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from tqdm import tqdm

from wnsense import storage, validate
from wnsense.problem import GroundTruth

COLUMNS = ("iteration", "passes", "loss", "residual", "gradient_norm", "error", "alignment")


class StopReason(enum.Enum):
    """Why a run ended."""

    CONVERGED = "converged"
    BUDGET = "budget"
    DIVERGED = "diverged"
    INTERRUPTED = "interrupted"
    STALLED = "stalled"


@dataclass(frozen=True)
class Run:
    """What `iterate` returns.

    Attributes
    ----------
    state
        The last state.
    stop_reason : StopReason
    history : dict of ndarray
        One entry a recorded iteration: `iteration`; `passes`, operator passes spent on steps so far; `loss`, f;
        `residual`, relative, ||M(Z) - y|| / ||y||; `gradient_norm`, Frobenius norm of the (Riemannian) gradient; and where the
        truth is known (else NaN) `error`, ||Z - A||_F / ||A||_F, and `alignment`, the smallest squared cosine of
        the principal angles between range(A) and the span of the factor.
    """

    state: object
    stop_reason: StopReason
    history: dict[str, np.ndarray]

    @property
    def iterations(self) -> int:
        """The number of steps taken."""
        return int(self.history["iteration"][-1])


def iterate(
    method: ModuleType,
    objective,
    parameters,
    state,
    *,
    max_iterations: int,
    tolerance: float = 0.0,
    truth: GroundTruth | None = None,
    record_every: int = 1,
    progress: bool = False,
    checkpoint: str | Path | None = None,
    checkpoint_every: int = 1000,
) -> Run:
    """Repeat `method.step` until the relative residual is at most `tolerance`, or the budget is spent.

    Parameters
    ----------
    method : module
        `weight_normalization`, `gradient_descent`, ...
    objective, parameters, state
        What its `step` takes.
    max_iterations : int
        Budget.
    tolerance : float
        Stop when ||M(Z) - y|| <= tolerance ||y||; 0 runs the whole budget (unless Z becomes exact).
    truth : GroundTruth, optional
        To record error and alignment.
    record_every : int
        Record every so many iterations, and the first and the last always.
    progress : bool
        Show a progress bar on stderr.
    checkpoint : path, optional
        Written atomically every `checkpoint_every` iterations and at the end, an interrupt included (but not when the run
        diverged); if it is there already, the run resumes from it, bitwise as if it had never stopped. A checkpoint of other parameters or
        another problem is refused.

    Returns
    -------
    Run
        Diverged when the residual is not finite or has grown 10^6-fold; interrupted after Ctrl-C, nothing lost.

    Raises
    ------
    ValueError
        For arguments out of range or a checkpoint that does not fit.
    """
    validate.integer("max_iterations", max_iterations, low=0)
    validate.integer("record_every", record_every, low=1)
    validate.integer("checkpoint_every", checkpoint_every, low=1)
    if not (np.isfinite(tolerance) and tolerance >= 0):
        raise ValueError(f"tolerance is {tolerance}; expected a finite number of at least 0")
    if truth is not None and truth.m != objective.m:
        raise ValueError(f"truth has side {truth.m}; expected {objective.m}, the side of the objective")
    scale = objective.scale or 1.0
    start = state.residual.norm
    t, rows = 0, []
    if checkpoint is not None:
        identity = _identity(method, objective, parameters, state, record_every)
        if Path(checkpoint).exists():
            state, t, rows = _load(Path(checkpoint), identity, method, objective, state)

    def record():
        if not rows or rows[-1][0] < t:
            rows.append((t, t * method.PASSES_PER_STEP, *_measure(method, objective, state, truth, scale)))

    def save():
        if checkpoint is not None:
            arrays = {name: getattr(state, name) for name in state.arrays}
            storage.write_npz(checkpoint, identity=identity, iteration=t, rows=np.array(rows), **arrays)

    stop = None
    bar = tqdm(total=max_iterations, initial=t, disable=not progress, unit="it", desc=method.__name__.rpartition(".")[2])
    try:
        while True:
            norm = state.residual.norm
            if norm <= tolerance * scale:
                stop = StopReason.CONVERGED
            elif not norm <= 1e6 * start:
                stop = StopReason.DIVERGED
            elif t >= max_iterations:
                stop = StopReason.BUDGET
            if stop is not None:
                break
            if t % record_every == 0:
                record()
            if t and t % checkpoint_every == 0:
                save()
            state = method.step(objective, parameters, state)
            t += 1
            bar.update()
            if progress and t % record_every == 0:
                bar.set_postfix_str(f"residual {norm / scale:.1e}")
    except KeyboardInterrupt:
        stop = StopReason.INTERRUPTED
    finally:
        bar.close()
    if stop is not StopReason.DIVERGED:  # what has diverged cannot be continued: the last good checkpoint stays
        save()  # before the last point is recorded: a longer budget then continues as if this end had not been
    record()
    return Run(state, stop, {name: np.array([row[k] for row in rows]) for k, name in enumerate(COLUMNS)})


def alignment(truth: GroundTruth, B: np.ndarray) -> float:
    """The smallest eigenvalue of S: the least squared cosine of the principal angles between range(A) and span(B)."""
    if not np.isfinite(B).all():
        return float("nan")
    return float(np.linalg.svd(truth.U.T @ np.linalg.qr(B)[0], compute_uv=False)[truth.rank - 1] ** 2) if B.shape[1] >= truth.rank else 0.0


def _measure(method, objective, state, truth, scale):
    norm = state.residual.norm
    known = truth is not None and truth.rank > 0 and np.isfinite(norm)
    return (
        objective.WEIGHT * norm**2,
        norm / scale,
        method.gradient_norm(objective, state) if np.isfinite(norm) else float("nan"),
        truth.error(*state.factors) / truth.norm if known else float("nan"),
        alignment(truth, state.factors[0]) if known else float("nan"),
    )


def _identity(method, objective, parameters, state, record_every) -> str:
    """What a checkpoint must agree with: the method, its parameters, and the start, through its residual."""
    named = {k: getattr(v, "__name__", v) for k, v in vars(parameters).items()}
    return f"{method.__name__} {named} record_every={record_every} m={objective.m} scale={objective.scale!r} start={state.residual.norm!r}"


def _load(path, identity, method, objective, state):
    try:
        with np.load(path, allow_pickle=False) as file:
            stored = {name: file[name] for name in file.files}
        found, t, rows = str(stored["identity"]), int(stored["iteration"]), [tuple(row) for row in stored["rows"]]
        arrays = [stored[name] for name in state.arrays] if found == identity else []
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"checkpoint {path} cannot be read: {error}; expected a file written by iterate, or none") from None
    if found != identity:
        raise ValueError(f"checkpoint {path} belongs to another run: it says {found!r}; expected {identity!r}")
    return method.at(objective, *arrays), t, rows
