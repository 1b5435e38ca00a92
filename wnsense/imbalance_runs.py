r"""Runs of the chapter on imbalance: decay rates from random starts of scale alpha, and how large alpha may be.

Everything in the population; the entries of :math:`F_0` are :math:`N(0,\alpha^2)`, those of :math:`G_0`
:math:`N(0,\alpha^2/9)`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from wnsense import asymmetric, asymmetric_bounds, validate
from wnsense.asymmetric import imbalance
from wnsense.rectangular import RectangularTruth, random_rectangular_truth
from wnsense.rectangular_objective import Population


@dataclass(frozen=True)
class Shape:
    """Sizes of a random problem with sigma_1 = 1: A is (n_1, n_2) of this rank, factors have r columns."""

    n_1: int
    n_2: int
    r: int
    rank: int
    kappa: float = 1.0

    def start(self, alpha: float, seed: int, ratio: float = 1 / 3) -> tuple[RectangularTruth, np.ndarray, np.ndarray]:
        """A truth and factors; for one seed the same up to the scale alpha."""
        rng = np.random.default_rng(seed)
        truth = random_rectangular_truth(self.n_1, self.n_2, self.rank, kappa=self.kappa, rng=rng)
        state = asymmetric.init(Population(truth), self.r, alpha, rng, ratio)
        return truth, state.F, state.G

    def balanced_start(self, alpha: float, seed: int) -> tuple[RectangularTruth, np.ndarray, np.ndarray]:
        """The same with G_0 = F_0 turned by a rotation of the rows, so that Delta_0 = 0; n_1 = n_2."""
        truth, F, _ = self.start(alpha, seed)
        Q, _ = np.linalg.qr(np.random.default_rng([seed, 1]).standard_normal((self.n_2, self.n_1)))
        return truth, F, Q @ F


@dataclass(frozen=True)
class Decay:
    r"""Late decay of :math:`\lVert R_t\rVert_F`, for several starts of one scale.

    Attributes
    ----------
    rate : ndarray (starts,)
        :math:`(1-q)/\eta` with q the factor per step, the geometric mean over the window.
    evenness : ndarray (starts,)
        Slope of the logarithm in the second half of the window over that in the first.
    low, high : ndarray (starts,)
        :math:`\lambda_r` and :math:`\lambda_{r-r_A}` of :math:`\Delta_0`.
    """

    rate: np.ndarray
    evenness: np.ndarray
    low: np.ndarray
    high: np.ndarray


def _reduced(truth: RectangularTruth, F: np.ndarray, G: np.ndarray):
    """The same start in coordinates of span[U, F_0] and span[V, G_0], in which population gradient descent stays."""
    left, right = (np.linalg.qr(np.hstack(pair))[0] for pair in ((truth.U, F), (truth.V, G)))
    return RectangularTruth(left.T @ truth.U, truth.sigma, right.T @ truth.V), left.T @ F, right.T @ G


def decay(starts, eta: float, *, fit: int, wait: float, window: float) -> Decay:
    r"""Run gradient descent from all starts at once, and measure slopes.

    Rows are reduced first to the r_A + r dimensions in which the run takes place: a change of coordinates, no more.

    Parameters
    ----------
    starts : list of (truth, F, G)
        Of equal shapes and ranks, rank < r <= n_1.
    eta : float
    fit : int
        Steps in which A is fitted, before anything is measured.
    wait, window : float
        The window begins `wait` units after that and lasts `window` units. A unit is
        :math:`r/(\eta\lVert F_0\rVert_F^2)` steps: one over the step size and the mean eigenvalue of
        :math:`F_0^\top F_0`.
    """
    reduced = [_reduced(*start) for start in starts]
    truths = [truth for truth, _, _ in reduced]
    F, G = np.array([A for _, A, _ in reduced]), np.array([B for _, _, B in reduced])
    A, At = np.array([truth.A for truth in truths]), np.array([truth.A.T for truth in truths])
    spectra = np.array([np.linalg.eigvalsh(imbalance(*pair)) for pair in zip(F, G)])
    unit = F.shape[2] / (eta * np.mean(np.sum(F**2, axis=(1, 2))))
    marks = fit + np.rint(unit * (wait + window * np.array([0.0, 0.5, 1.0]))).astype(int)
    errors = []
    for steps in np.diff(marks, prepend=0):
        for _ in range(steps):
            R, Rt = F @ G.transpose(0, 2, 1) - A, G @ F.transpose(0, 2, 1) - At
            F, G = F - eta * (R @ G), G - eta * (Rt @ F)
        errors.append([truth.error(*pair) for truth, *pair in zip(truths, F, G)])
    slopes = -np.diff(np.log(errors), axis=0) / (eta * np.diff(marks)[:, None])
    rank = truths[0].rank
    factor = (np.array(errors[2]) / errors[0]) ** (1 / (marks[2] - marks[0]))
    return Decay((1 - factor) / eta, slopes[1] / slopes[0], spectra[:, 0], spectra[:, rank])


def sizes(F: np.ndarray, G: np.ndarray) -> float:
    r""":math:`\lVert F\rVert^2+\lVert G\rVert^2`."""
    return float(np.linalg.norm(F, 2) ** 2 + np.linalg.norm(G, 2) ** 2)


def iterations(start, eta: float, accuracy: float, budget: int, *, every: int = 5) -> float:
    r"""Steps of gradient descent to :math:`\lVert R\rVert_F\le` accuracy :math:`\lVert A\rVert_F`.

    Looked at after every so many steps, so that the count is a multiple of `every`.
    Infinite if the run diverges (the error grows 10^6-fold) or the budget is spent.
    """
    truth, F, G = start
    problem, parameters = Population(truth), asymmetric.Parameters(eta)
    state = asymmetric.at(problem, F, G)
    first = max(state.residual.norm, truth.norm)
    for t in range(validate.integer("budget", budget, low=0) + 1):
        if t % every == 0:
            norm = state.residual.norm
            if norm <= accuracy * truth.norm:
                return float(t)
            if not norm <= 1e6 * first:
                break
        state = asymmetric.step(problem, parameters, state)
    return float("inf")


def predicted_iterations(start, eta: float, accuracy: float) -> float:
    r"""The count :math:`\log\big(\lVert R_0\rVert_F/(\text{accuracy}\,\lVert A\rVert_F)\big)/(\eta c)`, c the late rate
    :math:`\min\{\beta^2,\gamma^2(\delta,0)\}` of the start's imbalance: a prediction, no bound.
    """
    known = asymmetric_bounds.start(*start)
    late = replace(known, rho=0.0).rate()
    return float(np.log(known.rho / (accuracy * start[0].norm)) / (eta * late))


def stays_bounded(start, eta: float, steps: int) -> bool:
    """Whether the error stays below 10^6 times what it was for so many steps."""
    truth, F, G = start
    problem, parameters = Population(truth), asymmetric.Parameters(eta)
    state = asymmetric.at(problem, F, G)
    first = max(state.residual.norm, truth.norm)
    with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges ends in infinities
        for _ in range(steps):
            state = asymmetric.step(problem, parameters, state)
            if not np.abs(state.F).max() + np.abs(state.G).max() < 1e6 * max(first, 1.0):
                return False
    return True


def scale_of_stiffness(shape: Shape, seed: int, eta: float, stiffness: float) -> float:
    r"""The alpha with :math:`\eta(\lVert F_0\rVert^2+\lVert G_0\rVert^2)` equal to `stiffness`."""
    return float(np.sqrt(stiffness / (eta * sizes(*shape.start(1.0, seed)[1:]))))


def largest_proved_scale(shape: Shape, seed: int, eta: float) -> float:
    """The largest alpha, of a grid with steps of 5 %, that `thm-asymmetric-rate` covers at this step size, or NaN."""
    grid = 0.01 * 1.05 ** np.arange(110, -1, -1)  # from 2.1 down to 0.01
    covered = (alpha for alpha in grid if asymmetric_bounds.start(*shape.start(alpha, seed)).allows(eta))
    return float(next(covered, np.nan))


def adapted_step(start, safety: float = 0.5) -> float:
    r"""The step size :math:`\eta=\tfrac12/(\sigma_1+\lVert F_0\rVert^2+\lVert G_0\rVert^2)`, which falls like
    :math:`1/\alpha^2` for large alpha."""
    truth, F, G = start
    return safety / (float(truth.sigma[0]) + sizes(F, G))
