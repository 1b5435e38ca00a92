r"""Rank-adaptive Riemannian conjugate gradients in the coordinates of weight normalization: the practical method.

The iterate is :math:`Z=X\Theta X^\top` with orthonormal X (m, a) and positive diagonal :math:`\Theta`; its active
rank a starts at 0 and adapts. A symmetric matrix is tangent to the matrices of rank a at Z when it is
:math:`LX^\top+XL^\top` for some L (m, a); L stands for it here. In terms of `weight_normalization`, the direction X
moves along its gradient times :math:`\Theta^{-1}` (the metric of the product Z in place of that of its factors), and
that is what removes the condition number.

Sources: LRGeomCG (Vandereycken 2013) for the conjugate gradients and the retraction, Riemannian pursuit (Tan et al.
2014) for the growth from rank 0. The rules for when to grow and when to drop are this book's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import validate
from wnsense.calibration import Calibrated, WeighedResidual

PASSES_PER_STEP = 3  # M*(e), M(D), M(Z_new)
FIRST_FALL = 30.0  # a fall of the residual since the rank last changed, after which columns may be dropped


@dataclass(frozen=True)
class Parameters:
    r"""When to change the rank.

    Attributes
    ----------
    rank_bound : int
        The active rank never exceeds it.
    edge : float
        An eigenvalue is a candidate when it exceeds this multiple of the edge :math:`s\sqrt{2m/n}\,\lVert e\rVert` of
        the spectrum of :math:`\mathcal M^*(e)` for a Gaussian operator of scale s and an independent e, and this
        multiple of the negative end of the spectrum in hand. Below 1.1 noise is taken for signal.
    force : float
        With no candidate, the top eigenvalue :math:`w_1` is taken once
        :math:`\lVert T\rVert_F<\mathrm{force}\cdot w_1`. Zero for noisy measurements, for there the tangent part T
        goes to zero while the noise keeps :math:`w_1` up.
    """

    rank_bound: int
    edge: float = 1.35
    force: float = 0.3

    def __post_init__(self):
        validate.integer("rank_bound", self.rank_bound, low=1)
        validate.positive("edge", self.edge)
        if not (np.isfinite(self.force) and self.force >= 0):
            raise ValueError(f"force is {self.force}; expected a finite number of at least 0")


@dataclass(frozen=True)
class State:
    r"""A point with what conjugate gradients remember.

    Attributes
    ----------
    X : ndarray (m, a)
        Orthonormal columns.
    Theta : ndarray (a, a)
        Diagonal, positive, largest first.
    residual : WeighedResidual
        At :math:`X\Theta X^\top`.
    L_gradient, L_direction : ndarray (m, a)
        The last gradient and direction, transported to X.
    memory : ndarray (3,)
        The squared norm of the last gradient (infinite: begin anew), the residual when the rank last changed, and the
        fall from there after which columns may be dropped.
    """

    X: np.ndarray
    Theta: np.ndarray
    residual: WeighedResidual
    L_gradient: np.ndarray
    L_direction: np.ndarray
    memory: np.ndarray

    arrays = ("X", "Theta", "L_gradient", "L_direction", "memory")

    @property
    def factors(self) -> tuple[np.ndarray, np.ndarray]:
        """B, C with Z = B C B^T."""
        return self.X, self.Theta


def init(objective: Calibrated) -> State:
    """Z = 0 with active rank 0: no pass."""
    X = np.zeros((objective.m, 0))
    residual = objective.at_zero()
    return State(X, np.zeros((0, 0)), residual, X, X, np.array([np.inf, residual.weighed_norm, FIRST_FALL]))


def at(objective: Calibrated, X, Theta, L_gradient, L_direction, memory) -> State:
    """The state with the given arrays: one pass."""
    return State(X, Theta, objective.residual(X, Theta), L_gradient, L_direction, memory)


def step(objective: Calibrated, parameters: Parameters, state: State) -> State:
    r"""One iteration: grow, choose a direction, go along it exactly, retract.

    .. math::
       G=\mathcal M^*(y-\mathcal M(Z)),\quad T=G-(I-P)G(I-P),\quad P=XX^\top,\qquad
       D=T+QwQ^\top\ \text{(growth)}\quad\text{or}\quad D=T+\beta_+\mathcal P(D_{\mathrm{old}}),\qquad
       \alpha=\frac{\langle T+QwQ^\top,D\rangle}{\lVert\mathcal M(D)\rVert^2},\qquad Z_+=\mathrm{Retr}(Z+\alpha D).

    Three passes; pure, the inputs stay as they are.
    """
    X, Theta = state.X, state.Theta
    last_square, before, fall = state.memory
    now = state.residual.weighed_norm
    G = -state.residual.E
    L = _tangent(X, G @ X)
    w, Q = _candidates(objective, parameters, state, G, L)

    square = _inner(X, L, L) + np.sum(w**2)
    beta = 0.0 if w.size else max(0.0, (square - _inner(X, L, state.L_gradient)) / last_square)
    L_D = L + beta * state.L_direction
    slope = _inner(X, L, L_D) + np.sum(w**2)
    if slope <= 0:  # the old direction leads upwards: leave it out
        L_D, slope = L, square

    curvature = objective.curvature(L_D @ X.T + X @ L_D.T + (Q * w) @ Q.T)
    alpha = slope / curvature if curvature > 0 else 0.0

    if w.size:
        before = now
    # a true eigenvalue below this would not have stood out of the noise when the rank last changed
    smallest = 0.25 * noise_edge(objective, before) / objective.gain**2 if before > fall * now else 0.0
    X_new, Theta_new = _retract(X, Theta, alpha * L_D, alpha * w, Q, smallest)
    if len(Theta_new) < len(Theta) and smallest:
        before, fall = now, 10 * fall

    residual = objective.residual(X_new, Theta_new)
    if residual.weighed_norm > now:
        square = np.inf  # the retraction has spoilt the step: begin anew
    L_gradient, L_direction = (
        _tangent(X_new, V @ (X.T @ X_new) + X @ (V.T @ X_new) + (Q * w) @ (Q.T @ X_new)) for V in (L, L_D)
    )
    return State(X_new, Theta_new, residual, L_gradient, L_direction, np.array([square or np.inf, before, fall]))


def gradient_norm(objective: Calibrated, state: State) -> float:
    """The Frobenius norm of T, the gradient along the matrices of rank a; the next step needs E too."""
    L = _tangent(state.X, state.residual.E @ state.X)
    return float(np.sqrt(_inner(state.X, L, L)))


def noise_edge(objective: Calibrated, norm: float) -> float:
    r"""The top of the spectrum of :math:`\mathcal M^*(e)` for Gaussian M, e independent of it and of this norm.

    It is :math:`s\sqrt{2m/n}\,\lVert e\rVert`: the entries of :math:`\mathcal M^*(e)` off the diagonal have variance
    :math:`s^2\lVert e\rVert^2/(2n)` (Wigner's semicircle law).
    """
    return objective.gain * float(np.sqrt(2 * objective.m / objective.operator.n)) * norm


def _tangent(X, BX):
    """The L of the tangent part of a symmetric B, from BX."""
    return BX - X @ (X.T @ BX) / 2


def _inner(X, L, K) -> float:
    """The inner product of the tangent matrices that L and K stand for."""
    return float(2 * np.sum(L * K) + 2 * np.sum((X.T @ L) * (X.T @ K).T))


def _candidates(objective, parameters, state, G, L):
    """Eigenpairs (w, Q) of the normal part (I - P) G (I - P) that are worth a column."""
    m, a = state.X.shape
    room = min(parameters.rank_bound, m) - a
    if room <= 0:
        return np.zeros(0), np.zeros((m, 0))
    N = G - L @ state.X.T - state.X @ L.T
    # with n >= m r_A measurements, one pass of a dense operator costs as much as this decomposition or more
    w, Q = np.linalg.eigh(N)
    # what is missing of A is positive semidefinite here: the lower end of the spectrum is noise, a second witness
    edge = parameters.edge * max(noise_edge(objective, state.residual.weighed_norm), -w[0])
    w, Q = w[-room:], Q[:, -room:]
    # where n is so large that the edge goes to zero, rounding in G takes its place
    chosen = w > max(edge, m * np.finfo(float).eps * np.linalg.norm(G))
    if not chosen.any() and np.sqrt(_inner(state.X, L, L)) < parameters.force * w[-1]:
        chosen[-1] = True
    return w[chosen], Q[:, chosen]


def _retract(X, Theta, L, w, Q, smallest):
    r"""The positive eigenpairs of :math:`X\Theta X^\top+LX^\top+XL^\top+QwQ^\top`, no more than X and Q have columns.

    All of it lies in the span of the few columns [X, L, Q]; nothing m x m is decomposed. Eigenvalues up to `smallest`
    are left out: columns that noise has brought in shrink with the residual for ever, and the iteration is slow while
    they do.
    """
    a, k = X.shape[1], len(w)
    C = np.zeros((2 * a + k, 2 * a + k))
    C[:a, :a] = Theta
    C[:a, a : 2 * a] = C[a : 2 * a, :a] = np.eye(a)
    C[2 * a :, 2 * a :] = np.diag(w)
    B, R = np.linalg.qr(np.hstack([X, L, Q]))
    theta, V = np.linalg.eigh(R @ C @ R.T)
    theta, V = theta[::-1][: a + k], V[:, ::-1][:, : a + k]
    keep = theta > np.maximum(smallest, np.finfo(float).eps * theta[:1])
    return B @ V[:, keep], np.diag(theta[keep])
