r"""The gradient flow of weight normalization in the population, and its time law in closed form.

With the magnitude slaved to the direction, :math:`\Theta=X^\top AX`, the flow :math:`\dot X=-\mathrm{grad}\,f` moves the alignment by

.. math:: \dot S=DMS+SMD,\qquad\dot W=-(WM+MW),\qquad W=S^{-1}-I,\quad M=\Sigma S\Sigma .

Time is :math:`\tau=\eta t`. A *squared tangent* is an eigenvalue of W, q the largest of them, so that :math:`\lambda=1/(1+q)`. Source: ours,
`lem-flow-equation` and `thm-flow-time-law` of the book.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import wrightomega

from wnsense import population, stiefel, validate


def velocity(sigma: np.ndarray, W: np.ndarray) -> np.ndarray:
    r""":math:`\dot W=-(WM+MW)`, symmetric, for W positive semidefinite."""
    WM = W @ (sigma[:, None] * np.linalg.inv(np.eye(len(W)) + W) * sigma)
    return -(WM + WM.T)


def integrate(sigma, start: population.Alignment, times) -> list[population.Alignment]:
    """The flow at the given times, by the Runge-Kutta method of order 8 of Dormand and Prince.

    Parameters
    ----------
    sigma : ndarray (r_A,)
        The eigenvalues of A.
    start : Alignment
        At time 0.
    times : array_like
        Not negative, increasing.

    Returns
    -------
    list of Alignment
        With a relative accuracy of about 1e-9 while q is above 1e-6.

    Raises
    ------
    ValueError
        If sigma does not fit the start, the times do not increase from 0, or the solver gives up.
    """
    k = len(start.W)
    sigma = validate.array("sigma", sigma, (k,))
    times = validate.array("times", times, ("n",))
    if len(times) == 0 or times[0] < 0 or (np.diff(times) <= 0).any():
        raise ValueError(f"times is {times}; expected increasing numbers of at least 0")

    def right(_, w):
        return velocity(sigma, stiefel.sym(w.reshape(k, k))).ravel()

    solution = solve_ivp(right, (0.0, times[-1]), start.W.ravel(), "DOP853", times, rtol=1e-11, atol=1e-16)
    if not solution.success:
        raise ValueError(f"the flow cannot be integrated: {solution.message}; expected a start and times of moderate size")
    return [population.Alignment(stiefel.sym(w.reshape(k, k))) for w in solution.y.T]


def time(q_0, q, sigma: float):
    r"""The exact time :math:`\frac{1}{2\sigma^2}(q_0-q+\log\frac{q_0}q)` in which a squared tangent falls from :math:`q_0` to q.

    For a single direction with eigenvalue :math:`\sigma`; with :math:`\sigma=\sigma_{r_A}` an upper bound for the largest squared tangent.

    Parameters
    ----------
    q_0, q : float or ndarray
        Positive.
    sigma : float

    References
    ----------
    `lem-scalar-time-law`, `thm-flow-time-law` of the book.
    """
    q_0, q = np.asarray(q_0, float), np.asarray(q, float)
    return (q_0 - q + np.log(q_0) - np.log(q)) / (2 * sigma**2)


def squared_tangent(q_0, time, sigma: float):
    r"""The inverse of `time`: :math:`q(\tau)=W_0\big(q_0e^{q_0-2\sigma^2\tau}\big)`, :math:`W_0` the principal branch of Lambert's function.

    Evaluated as Wright's omega function of the logarithm of the argument, which cannot overflow.
    """
    q_0 = np.asarray(q_0, float)
    return np.real(wrightomega(q_0 + np.log(q_0) - 2 * sigma**2 * np.asarray(time, float)))


def iterations(q_0, q, sigma: float, eta: float):
    r"""The number of steps of size :math:`\eta` that the flow predicts for a fall from :math:`q_0` to q: its time, divided by :math:`\eta`.

    Between the flow and the algorithm lie factors near 1: a prediction and no bound (`exp-flow-predicts-iterations`).
    """
    return time(q_0, q, sigma) / eta
