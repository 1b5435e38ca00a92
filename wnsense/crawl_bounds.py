r"""How slowly gradient descent must be when it has superfluous columns: bounds, each with its source.

Throughout :math:`0<\eta\max\{\lVert A\rVert,\lVert Y_0\rVert^2\}\le\tfrac13`,
:math:`w_0=\lambda_{\min}(Y_0^\top Y_0)>0`, and the rank of A is at most :math:`r_A<r`. A *level* is a lower bound of
:math:`\lambda_{\min}(Y_t^\top Y_t)`; `error` turns it into one of the error.
"""

from __future__ import annotations

import numpy as np

from wnsense import validate

GROWTH = 15 / 4  # the most that 1/w gains in a step, in units of eta: (2 - h) / (1 - h)^2 at h = 1/3
CHORD = 21 / 4  # the slope of the chord of (2 - h) / (1 - h)^2 over [0, 1/3]


def largest_step(norm: float, Y: np.ndarray) -> float:
    """The step limit of `thm-gd-lower-bound`: one third over the larger of the norm of A and the squared norm of Y."""
    return 1 / (3 * max(norm, float(np.linalg.norm(Y, 2)) ** 2))


def level(w_0, eta, t, growth: float = GROWTH):
    r""":math:`1/(1/w_0+\tfrac{15}4\eta t)`, `thm-gd-lower-bound`; with growth 2 that of the flow, eta t the time."""
    return 1 / (1 / np.asarray(w_0, float) + growth * np.asarray(eta, float) * np.asarray(t, float))


def sharp_level(w_0, eta, t, chord: float = CHORD):
    r""":math:`1/(1/w_0+2\eta t+\tfrac{21}4\eta\omega_t)` for t >= 1.

    Here :math:`\omega_t=\eta w_0+\tfrac12\log(1+2\eta w_0(t-1))`.

    References
    ----------
    `cor-gd-crawl-constant`, `prop-scalar-crawl` of the book.
    """
    w_0, eta, t = (np.asarray(x, float) for x in (w_0, eta, t))
    omega = eta * w_0 + np.log1p(2 * eta * w_0 * (t - 1)) / 2
    return 1 / (1 / w_0 + 2 * eta * t + chord * eta * omega)


def recursion(start, eta: float, iterations) -> np.ndarray:
    r"""The solution of :math:`u_{t+1}=u_t(1-\eta u_t)^2`, :math:`u_0=` start, at increasing iterations.

    Parameters
    ----------
    start : float or array_like (n,)
        Numbers with :math:`0\le\eta u_0\le\tfrac13`.
    eta : float
    iterations : array_like of int

    Returns
    -------
    ndarray (..., len(iterations))
    """
    u = np.asarray(start, float)
    if (u < 0).any() or (eta * u > 1 / 3 + 1e-12).any():  # 1e-12: rounding of a start at the limit
        raise ValueError(f"start is {start} at eta = {eta}; expected numbers between 0 and 1/(3 eta)")
    values, t = [], 0
    for recorded in iterations:
        for _ in range(recorded - t):
            u = u * (1 - eta * u) ** 2
        t = recorded
        values.append(u)
    return np.stack(values, axis=-1)


def error(level, r: int, r_A: int):
    r"""The error :math:`\sqrt{r-r_A}` times the level, by Eckart and Young; ValueError unless r > r_A."""
    r = validate.integer("r", r, low=1)
    r_A = validate.integer("r_A", r_A, low=0)
    if r <= r_A:
        raise ValueError(f"r is {r}, r_A is {r_A}; expected r > r_A, the bound is for superfluous columns alone")
    return np.sqrt(r - r_A) * level


def law(eta, t, r: int, r_A: int):
    r"""What the error tends to, :math:`\sqrt{r-r_A}/(2\eta t)`."""
    return error(1 / (2 * np.asarray(eta, float) * np.asarray(t, float)), r, r_A)


def crossover(w_0, eta):
    r"""The iteration :math:`1/(2\eta w_0)` at which a superfluous eigenvalue that starts at w_0 is about halved."""
    return 1 / (2 * np.asarray(eta, float) * np.asarray(w_0, float))
