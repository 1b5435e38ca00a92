r"""The spectral phase of gradient descent on two factors: while the stacked iterate is small it is a power iteration.

With Y = [F; G], A' = M*(y), B = [[0, A'], [A'^T, 0]] and T = M*M one step is

.. math:: Y_+=(I+\eta B)Y-\eta E(Y),\qquad E(Y)=\begin{bmatrix}T(FG^\top)\,G\\T(FG^\top)^\top F\end{bmatrix},

and :math:`\lVert E(Y)\rVert\le K\lVert Y\rVert^3` (lem-spectral-phase).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wnsense import validate
from wnsense.rectangular_objective import Measured


def stack(F: np.ndarray, G: np.ndarray) -> np.ndarray:
    """Y = [F; G], shape (n_1 + n_2, r)."""
    return np.vstack([F, G])


def backprojection(objective) -> np.ndarray:
    """A' = M*(y), shape (n_1, n_2); A itself in the population."""
    if isinstance(objective, Measured):
        return objective.operator.adjoint(objective.y)
    return objective.truth.A


def dilation(A: np.ndarray) -> np.ndarray:
    """B = [[0, A], [A^T, 0]], symmetric; its eigenvalues are plus and minus the singular values of A, and 0."""
    A = validate.array("A", A, ("n_1", "n_2"))
    n_1, n_2 = A.shape
    return np.block([[np.zeros((n_1, n_1)), A], [A.T, np.zeros((n_2, n_2))]])


def leading(A: np.ndarray, k: int) -> np.ndarray:
    """W = [U_k; V_k] / sqrt 2 of the k leading singular vectors of A: orthonormal eigenvectors of its dilation."""
    A = validate.array("A", A, ("n_1", "n_2"))
    k = validate.integer("k", k, low=1, high=min(A.shape))
    U, _, Vt = np.linalg.svd(A, full_matrices=False)
    return np.vstack([U[:, :k], Vt[:k].T]) / np.sqrt(2)


def sine(Y: np.ndarray, W: np.ndarray) -> float:
    """Sine of the largest angle between range(W) and the span of as many leading left singular vectors of Y."""
    Q = np.linalg.svd(Y, full_matrices=False)[0][:, : W.shape[1]]
    return float(np.linalg.norm(Q - W @ (W.T @ Q), 2))


def cubic_constant(objective, r: int) -> float:
    r"""A K with :math:`\lVert T(FG^\top)\rVert\le K\lVert Y\rVert^2`: 1/2 in the population, else :math:`L\sqrt r/2`.

    L is the largest eigenvalue of M*M, an upper isometry constant for matrices of any rank.
    """
    if isinstance(objective, Measured):
        return float(np.linalg.norm(objective.operator.rows, 2) ** 2 * np.sqrt(r) / 2)
    return 0.5


@dataclass(frozen=True)
class Phase:
    r"""The bounds of lem-spectral-phase for one A', step size, K and size of the start.

    Attributes
    ----------
    s : ndarray
        Singular values of A', largest first.
    eta, K : float
    start : float
        The norm of Y_0.
    """

    s: np.ndarray
    eta: float
    K: float
    start: float

    @cached_property
    def end(self) -> int:
        """The first t with w_t >= 1: from there on the lemma says nothing."""
        t = np.log(self.s[0] / (self.K * self.start**2)) / (2 * np.log1p(self.eta * self.s[0]))
        return max(int(np.ceil(t)), 0)

    def mu(self, t) -> np.ndarray:
        r""":math:`\mu_t=(1+\eta s_1)^t\lVert Y_0\rVert`: no iterate of the linear recursion is larger."""
        return (1 + self.eta * self.s[0]) ** np.asarray(t, float) * self.start

    def w(self, t) -> np.ndarray:
        r""":math:`w_t=K\mu_t^2/s_1`, the size of the cubic term beside the linear one."""
        return self.K * self.mu(t) ** 2 / self.s[0]

    def deviation(self, t) -> np.ndarray:
        r""":math:`d_t=\mu_t\big((1-w_t)^{-1/2}-1\big)`, a bound of :math:`\lVert Y_t-(I+\eta B)^tY_0\rVert`; t < end."""
        root = np.sqrt(1 - self.w(t))
        return self.mu(t) * self.w(t) / (root * (1 + root))  # (1 - root) / root, without cancellation for small w

    def misalignment(self, t, k: int, captured: float) -> np.ndarray:
        r""":math:`\rho_t`, a bound of :math:`\sigma_{k+1}(Y_t)/\sigma_k(Y_t)` and of the sine to W.

        `captured` is the k-th singular value of W^T Y_0; infinite where the lemma says nothing.
        """
        t = np.asarray(t, float)
        following = self.s[k] if k < len(self.s) else 0.0
        rest = (1 + self.eta * following) ** t * self.start + self.deviation(t)
        signal = (1 + self.eta * self.s[k - 1]) ** t * captured - self.deviation(t)
        return np.where(signal > 0, rest / np.where(signal > 0, signal, 1.0), np.inf)

    def imbalance(self, t) -> np.ndarray:
        r""":math:`\lVert Y_0\rVert^2+\mu_t^2w_t/(1-w_t)`, which bounds the norm of the imbalance."""
        w = self.w(t)
        return self.start**2 + self.mu(t) ** 2 * w / (1 - w)


def phase(objective, eta: float, state) -> Phase:
    """The bounds for a run of gradient descent with step size eta from this state."""
    s = np.linalg.svd(backprojection(objective), compute_uv=False)
    K = cubic_constant(objective, state.F.shape[1])
    return Phase(s, validate.positive("eta", eta), K, float(np.linalg.norm(stack(state.F, state.G), 2)))


def captured(objective, state, k: int) -> float:
    """The k-th singular value of W^T Y_0: how much of the k leading directions the start has."""
    W = leading(backprojection(objective), k)
    return float(np.linalg.svd(W.T @ stack(state.F, state.G), compute_uv=False)[k - 1])
