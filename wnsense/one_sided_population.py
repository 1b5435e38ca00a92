r"""The population dynamics of one-sided weight normalization, reduced to :math:`r_A\times r_A`.

With :math:`\mathcal M^*\mathcal M=I` and :math:`\mu=1` the free factor is exact, :math:`G=A^\top X`, and a step depends
on X only through :math:`W=S^{-1}-I`, :math:`S=U^\top XX^\top U`, the state `wnsense.population.Alignment`. It is that
of the symmetric method with the constant :math:`\Sigma^2` in the place of :math:`\Sigma S\Sigma`:

.. math:: W_+=CWC,\qquad C=I-\eta(\Sigma^{-2}+\eta D)^{-1}=C^\top,\qquad D=I-S=W(I+W)^{-1}.

Source: ours; `thm-one-sided-reduction` of the book.
"""

from __future__ import annotations

import numpy as np

from wnsense import validate
from wnsense.population import Alignment, Trajectory


def congruence(sigma: np.ndarray, eta: float, W: np.ndarray) -> np.ndarray:
    r"""The matrix :math:`W_+=CWC` for W (r_A, r_A); large and small W keep their relative accuracy."""
    I = np.eye(len(W))
    damping = eta * np.linalg.solve(I + W, W)
    inverse = sigma**-2.0
    # C = B^{-1} (B - eta I), B = Sigma^{-2} + eta D; subtracted from the diagonal: nothing cancels at eta sigma_i^2 = 1
    C = np.linalg.solve(np.diag(inverse) + damping, np.diag(inverse - eta) + damping)
    W = C.T @ W @ C
    return (W + W.T) / 2


def step(sigma: np.ndarray, eta: float, alignment: Alignment) -> Alignment:
    r"""One iteration in the population with :math:`\mu=1`, in :math:`O(r_A^3)`; exact for polar and QR retractions.

    Parameters
    ----------
    sigma : ndarray (r_A,)
        The singular values of A.
    eta : float
        Step size of the direction.
    alignment : Alignment
    """
    return Alignment(congruence(np.asarray(sigma, float), eta, alignment.W))


def error(sigma: np.ndarray, alignment: Alignment) -> float:
    r"""The error :math:`\lVert XG^\top-A\rVert_F=\sqrt{\mathrm{tr}(\Sigma^2D)}` at :math:`G=A^\top X`."""
    return float(np.sqrt(max(np.sum(np.asarray(sigma, float) ** 2 * np.diag(alignment.D)), 0.0)))


def run(sigma, eta: float, start: Alignment, *, tolerance: float, max_iterations: int) -> Trajectory:
    """Steps until q <= tolerance, or the budget is spent; every iteration is recorded.

    Raises
    ------
    ValueError
        If sigma does not fit the start or is not positive, or eta or the tolerance is not positive.
    """
    sigma = validate.array("sigma", sigma, (len(start.W),))
    if (sigma <= 0).any():
        raise ValueError(f"sigma is {sigma}; expected positive numbers")
    eta, tolerance = validate.positive("eta", eta), validate.positive("tolerance", tolerance)
    validate.integer("max_iterations", max_iterations, low=0)
    alignment, scale = start, np.linalg.norm(sigma)
    q, errors = [start.q], [error(sigma, start) / scale]
    while q[-1] > tolerance and len(q) <= max_iterations:
        alignment = step(sigma, eta, alignment)
        q.append(alignment.q)
        errors.append(error(sigma, alignment) / scale)
    return Trajectory(np.arange(len(q)), np.array(q), np.array(errors), alignment, bool(q[-1] <= tolerance))


def flow(sigma, start: Alignment, time: float) -> Alignment:
    r"""The alignment of the flow at time :math:`\tau`, :math:`W(\tau)=e^{-\tau\Sigma^2}W(0)\,e^{-\tau\Sigma^2}`.

    References
    ----------
    `prop-one-sided-flow` of the book.
    """
    decay = np.exp(-time * np.asarray(sigma, float) ** 2)
    return Alignment(decay[:, None] * start.W * decay)
