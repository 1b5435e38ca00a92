r"""The gradient flow :math:`\dot Y=-(YY^\top-A)Y` in closed form, to any number of digits.

:math:`Z=YY^\top` obeys the Riccati equation :math:`\dot Z=AZ+ZA-2Z^2`, whose solution is

.. math:: Z(\tau)=e^{A\tau}Y_0\,C(\tau)^{-1}\,Y_0^\top e^{A\tau},\qquad C(\tau)=I+2\int_0^\tau Y_0^\top e^{2As}Y_0\,ds ;

the derivative of :math:`C^{-1}` is :math:`-2C^{-1}Y_0^\top e^{2A\tau}Y_0C^{-1}`. Here A = diag(sigma, 0, ..., 0), and
the numbers are those of mpmath, at its working precision.
"""

from __future__ import annotations

import mpmath


def estimate(sigma, Y_0, time) -> mpmath.matrix:
    r"""The matrix :math:`Z(\tau)`, (m, m).

    Parameters
    ----------
    sigma : sequence of length r_A <= m
        The positive eigenvalues of A.
    Y_0 : array_like (m, r)
    time : number
        Not negative.
    """
    Y_0, tau = mpmath.matrix(Y_0), mpmath.mpf(time)
    m, r = Y_0.rows, Y_0.cols
    if len(sigma) > m or any(s <= 0 for s in sigma):
        raise ValueError(f"sigma is {list(sigma)}; expected positive numbers, at most {m} of them")
    if tau < 0:
        raise ValueError(f"time is {time}; expected a number of at least 0")
    rates = [mpmath.mpf(s) for s in sigma] + [mpmath.mpf(0)] * (m - len(sigma))
    grown = mpmath.diag([mpmath.exp(s * tau) for s in rates]) * Y_0
    integral = mpmath.diag([mpmath.expm1(2 * s * tau) / (2 * s) if s else tau for s in rates])
    C = mpmath.eye(r) + 2 * (Y_0.T * integral * Y_0)
    Z = grown * mpmath.inverse(C) * grown.T
    return (Z + Z.T) / 2


def eigenvalues(Z: mpmath.matrix) -> list:
    """The eigenvalues of a symmetric matrix, largest first."""
    return sorted(mpmath.eigsy(Z, eigvals_only=True), reverse=True)


def error(sigma, Z: mpmath.matrix):
    """The Frobenius norm of Z - A."""
    A = mpmath.diag([mpmath.mpf(s) for s in sigma] + [mpmath.mpf(0)] * (Z.rows - len(sigma)))
    return mpmath.mnorm(Z - A, "f")


def outside(sigma, Z: mpmath.matrix):
    r"""The squared norm of :math:`B=(I-UU^\top)Y`, the norm of the lower right block of Z; 0 if there is none."""
    k = len(sigma)
    return eigenvalues(Z[k:, k:])[0] if k < Z.rows else mpmath.mpf(0)
