r"""The practical solver: A from :math:`y=\mathcal M(A)`, with neither its rank nor :math:`\sigma_1` known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from wnsense import calibration, conjugate_gradients, step_sizes, stiefel, validate, weight_normalization
from wnsense.iterate import Run, StopReason, iterate
from wnsense.objective import Measured
from wnsense.sensing import Counted, Operator

METHODS = ("cg", "rgd")


@dataclass(frozen=True)
class Recovery:
    r"""What `recover` returns.

    Attributes
    ----------
    X : ndarray (m, a)
        Direction, orthonormal columns; a is the active rank for "cg", the rank bound for "rgd".
    Theta : ndarray (a, a)
        Magnitude, symmetric; diagonal, positive and sorted for "cg".
    stop_reason : StopReason
        Converged: the relative residual is at most the tolerance (noisy: or it has settled). Stalled: it has stopped
        falling above the tolerance, for the measurements are noisy, of a matrix outside the rank bound, or rounded to
        float32. Budget: `max_passes` came first. Interrupted: Ctrl-C.
    history : ndarray (iterations + 1,)
        The relative residual ||M(Z) - y|| / ||y|| at the start and after each iteration.
    passes : int
        Operator passes spent, those of the preparation included.
    """

    X: np.ndarray
    Theta: np.ndarray
    stop_reason: StopReason
    history: np.ndarray
    passes: int

    @property
    def estimate(self) -> np.ndarray:
        """The estimate X Theta X^T, shape (m, m), symmetric to the last bit."""
        return stiefel.sym((self.X @ self.Theta) @ self.X.T)

    @property
    def rank(self) -> int:
        """The number of eigenvalues of Theta above the relative residual times the largest: those the data resolve."""
        theta = np.linalg.eigvalsh(self.Theta)
        level = max(self.history[-1], len(theta) * np.finfo(float).eps)
        return int(np.sum(theta > level * theta.max(initial=0.0)))


def largest_determined_rank(m: int, n: int) -> int:
    """The largest r <= m whose r(2m-r+1)/2 parameters n measurements outnumber or equal; at least 1."""
    r = np.arange(1, m + 1)
    return max(1, int(np.sum(r * (2 * m - r + 1) // 2 <= n)))


def recover(
    operator: Operator,
    y: np.ndarray,
    *,
    rank_bound: int | None = None,
    method: str = "cg",
    tolerance: float = 1e-10,
    max_passes: int = 5000,
    noisy: bool = False,
    rng: np.random.Generator | None = None,
    progress: bool = False,
) -> Recovery:
    r"""Find a positive semidefinite low-rank Z with :math:`\mathcal M(Z)=y`.

    The result does not depend on the scale of the operator or of y, and is the same on every run.

    Parameters
    ----------
    operator : Operator
        Any of `wnsense.sensing`, or your own with `m`, `n`, `forward` and `adjoint`.
    y : ndarray (n,)
    rank_bound : int, optional
        The rank is at most this; the largest that n measurements determine by default.
    method : {"cg", "rgd"}
        Rank-adaptive Riemannian conjugate gradients (`conjugate_gradients`), or Algorithm 1 (`weight_normalization`)
        with step sizes from `step_sizes`, halved whenever the residual rises.
    tolerance : float
        Converged when ||M(Z) - y|| <= tolerance ||y||. float32 measurements resolve about 1e-7.
    max_passes : int
        Budget of operator passes; never exceeded.
    noisy : bool
        y carries noise (only "cg"): the rank grows for eigenvalues above the edge of the noise only, and a residual
        that has settled counts as converged.
    rng : numpy.random.Generator, optional
        For the start of "rgd"; a fixed seed by default. "cg" starts from zero.
    progress : bool
        Show a progress bar on stderr.

    Returns
    -------
    Recovery
        After Ctrl-C, what was found so far.

    Raises
    ------
    ValueError
        For arguments out of range, before any work is done.
    """
    y = validate.array("y", y, (operator.n,)).astype(np.float64, copy=False)
    if rank_bound is None:
        rank_bound = largest_determined_rank(operator.m, operator.n)
    rank_bound = validate.integer("rank_bound", rank_bound, low=1, high=operator.m)
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; expected one of {', '.join(map(repr, METHODS))}")
    tolerance = validate.positive("tolerance", tolerance)
    if tolerance >= 1:
        raise ValueError(f"tolerance is {tolerance}; expected less than 1, the relative residual of the zero matrix")
    max_passes = validate.integer("max_passes", max_passes, low=1)
    if not isinstance(noisy, (bool, np.bool_)):
        raise ValueError(f"noisy is {noisy!r}; expected True or False")
    if noisy and method != "cg":
        raise ValueError(
            f"noisy is True with method {method!r}; expected method 'cg', the only one that tells signal from noise"
        )
    rng = np.random.default_rng(0) if rng is None else validate.generator("rng", rng)

    counted = Counted(operator)
    size = float(np.abs(y).max(initial=0.0)) or 1.0  # divided out, so that no norm over- or underflows
    preparation = calibration.PASSES + 1 if method == "cg" else step_sizes.PASSES + 3
    if not y.any() or max_passes < preparation + 4:  # y = 0 has the solution 0; a smaller budget has no room for a step
        stop = StopReason.BUDGET if y.any() else StopReason.CONVERGED
        return Recovery(np.zeros((operator.m, 0)), np.zeros((0, 0)), stop, np.array([float(y.any())]), 0)
    with tqdm(total=max_passes, disable=not progress, unit="pass") as bar:
        run = _Segments(counted, tolerance, max_passes, bar)
        try:
            if method == "cg":
                stop = _conjugate_gradients(run, y / size, rank_bound, noisy)
            else:
                stop = _gradient_descent(run, y / size, rank_bound, rng)
        except KeyboardInterrupt:  # `iterate` returns what it has; this one came before it or between two segments
            stop = StopReason.INTERRUPTED
    return Recovery(run.X, size * run.Theta, stop, np.array(run.history or [1.0]), counted.passes)


class _Segments:
    """Runs a method through `iterate`, a few iterations at a time, within the budget of passes."""

    def __init__(self, operator: Counted, tolerance: float, max_passes: int, bar: tqdm):
        self.operator, self.tolerance, self.max_passes, self.bar = operator, tolerance, max_passes, bar
        self.history: list[float] = []
        self.X, self.Theta = np.zeros((operator.m, 0)), np.zeros((0, 0))

    def __call__(self, method, objective, parameters, state, length: int) -> Run:
        # one pass is kept for the gradient norm that `iterate` records at the end; it is the first of the next step
        left = (self.max_passes - self.operator.passes - 1) // method.PASSES_PER_STEP
        run = iterate(method, objective, parameters, state, max_iterations=min(length, left), tolerance=self.tolerance)
        self.bar.update(self.operator.passes - self.bar.n)
        self.bar.set_postfix_str(f"residual {run.history['residual'][-1]:.1e}")
        return run

    def accept(self, run: Run) -> None:
        """Add a run to the history, and take its last point for the result."""
        self.history += run.history["residual"][1 if self.history else 0 :].tolist()
        self.X, self.Theta = run.state.X, run.state.Theta

    def spent(self, method) -> bool:
        """Whether the budget has no room for another step."""
        return self.max_passes - self.operator.passes - 1 < method.PASSES_PER_STEP

    def settled(self, window: int, fall: float) -> bool:
        """Whether the least residual has fallen by less than this fraction in so many iterations."""
        return len(self.history) > window and min(self.history[-window:]) > (1 - fall) * min(self.history[:-window])


def _conjugate_gradients(segment: _Segments, y, rank_bound, noisy):
    objective = calibration.calibrate(segment.operator, y)
    parameters = conjugate_gradients.Parameters(rank_bound, **({"force": 0.0} if noisy else {}))
    state = conjugate_gradients.init(objective)
    while True:
        run = segment(conjugate_gradients, objective, parameters, state, 10)
        segment.accept(run)
        state = run.state
        if run.stop_reason is not StopReason.BUDGET:
            return run.stop_reason
        if noisy and segment.settled(10, 1e-6):
            return StopReason.CONVERGED
        if segment.settled(50, 1e-3):
            return StopReason.STALLED
        if segment.spent(conjugate_gradients):
            return StopReason.BUDGET


def _gradient_descent(segment: _Segments, y, rank_bound, rng):
    objective = Measured(segment.operator, y)
    X = stiefel.random_point(objective.m, rank_bound, rng)
    eta, mu = step_sizes.estimate(objective, X)
    # one magnitude step from zero, as in `weight_normalization.init`, with the step size that suits the scale
    state = weight_normalization.at(objective, X, mu / 2 * objective.backprojection(X))
    halvings = 0
    while True:
        run = segment(weight_normalization, objective, weight_normalization.Parameters(eta, mu), state, 50)
        residual = run.history["residual"]
        # 1e-9: a rise by rounding is smaller in float64; in float32 it says that the attainable accuracy is reached
        rises = run.stop_reason is StopReason.DIVERGED or (residual[1:] > (1 + 1e-9) * residual[:-1]).any()
        if rises and run.stop_reason is not StopReason.CONVERGED:
            eta, mu, halvings = eta / 2, mu / 2, halvings + 1
        else:
            segment.accept(run)
            state, halvings = run.state, 0
        if run.stop_reason in (StopReason.CONVERGED, StopReason.INTERRUPTED):
            return run.stop_reason
        if halvings > 20:
            return StopReason.STALLED
        if segment.spent(weight_normalization):
            return StopReason.BUDGET
