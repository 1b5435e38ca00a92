r"""Many reduced runs of weight normalization at once, to count iterations over a grid of m, r and :math:`\kappa`.

The recursion of `wnsense.population` on stacks of :math:`r_A\times r_A` matrices: what a grid costs is the number of
iterations of its slowest run, hardly the number of its runs.
"""

from __future__ import annotations

import numpy as np

from wnsense import population, validate


def iterations(sigma, eta, W, *, tolerance: float, max_iterations: int) -> np.ndarray:
    r"""For each run the number of iterations until its largest squared tangent q is at most the tolerance.

    Parameters
    ----------
    sigma : ndarray (B, k)
        The eigenvalues of A in each run.
    eta : float or ndarray (B,)
        Step size of each run.
    W : ndarray (B, k, k)
        Where each run starts, :math:`W=S^{-1}-I`.
    tolerance : float
    max_iterations : int
        The budget; a run that has not come down by then counts as infinite.

    Returns
    -------
    ndarray (B,)
        Whole numbers, or infinity.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a number is not positive.
    """
    W = validate.array("W", W, ("B", "k", "k")).copy()
    sigma = validate.array("sigma", sigma, W.shape[:2])
    eta = validate.array("eta", np.broadcast_to(np.asarray(eta, float), W.shape[:1]), W.shape[:1])
    tolerance = validate.positive("tolerance", tolerance)
    validate.integer("max_iterations", max_iterations, low=0)
    if (sigma <= 0).any() or (eta <= 0).any():
        raise ValueError("sigma or eta has entries that are not positive; expected positive numbers")
    counts, active, k = np.full(len(W), np.inf), np.arange(len(W)), W.shape[1]
    for t in range(max_iterations + 1):
        # q <= tr W <= k q: eigenvalues are computed only for runs that may have ended
        near = np.flatnonzero(np.trace(W, axis1=1, axis2=2) <= k * tolerance)
        ended = near[np.linalg.eigvalsh(W[near])[:, -1] <= tolerance]
        if ended.size:
            counts[active[ended]] = t
            kept = np.setdiff1d(np.arange(len(W)), ended)
            W, sigma, eta, active = W[kept], sigma[kept], eta[kept], active[kept]
            if not active.size:
                break
        W = population.congruence(sigma, eta, W)
    return counts
