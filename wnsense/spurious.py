r"""Measurements that defeat weight normalization: almost isometric, and yet the run never leaves its bad start.

For :math:`A_k=u_ku_k^\top`, a start :math:`x_0` with :math:`\langle x_0,u_k\rangle^2=\lambda_0` and
:math:`B=x_0x_0^\top`,

.. math:: T(Z)=Z-\tau\big(\langle B,Z\rangle A_k+\langle A_k,Z\rangle B\big)

is :math:`\mathcal M^*\mathcal M` of an operator with restricted isometry constant :math:`\tau(1+\lambda_0)` at every
order from 2 on. For
:math:`\tau>\lambda_0/(1+\lambda_0^2)` it shows the algorithm a *negative* magnitude at the start, and the direction
is then pushed away from :math:`u_k`.

Source: ours; `prop-alignment-exponent-is-sharp` of the book.
"""

from __future__ import annotations

from dataclasses import dataclass

import flint
import numpy as np

from wnsense import objective, rip, validate, weight_normalization
from wnsense.iterate import StopReason, iterate
from wnsense.packing import pack
from wnsense.problem import GroundTruth
from wnsense.proof import ball


def threshold(lambda_0):
    r"""The least :math:`\tau` that defeats the algorithm, :math:`\lambda_0/(1+\lambda_0^2)`; below 1/2 for
    :math:`\lambda_0<1`."""
    return lambda_0 / (1 + lambda_0**2)


@dataclass(frozen=True)
class Instance:
    """A problem of this family.

    Attributes
    ----------
    truth : GroundTruth
        In the standard basis.
    deviation : ndarray (d, d)
        T - I on packed matrices.
    problem : objective.Measured
    start : weight_normalization.State
        X_0 = [u_1, ..., u_{k-1}, x_0, columns orthogonal to all of it], Theta_0 = X_0' T(A) X_0.
    """

    truth: GroundTruth
    deviation: np.ndarray
    problem: objective.Measured
    start: weight_normalization.State

    @property
    def distance(self) -> float:
        r"""The distance :math:`\lVert X_0\Theta_0X_0^\top-A\rVert_F` of the start."""
        return self.truth.error(*self.start.factors)


def instance(lambda_0: float, tau: float, sigma=(1.0,), *, m: int, r: int) -> Instance:
    r"""The instance with eigenvalues sigma (k,), largest first, and r columns.

    Raises
    ------
    ValueError
        Unless 0 < lambda_0 < 1, 0 < tau(1 + lambda_0) < 1 and k <= r < m.
    """
    sigma = validate.array("sigma", sigma, ("k",))
    k = len(sigma)
    lambda_0, tau = validate.positive("lambda_0", lambda_0), validate.positive("tau", tau)
    if lambda_0 >= 1:
        raise ValueError(f"lambda_0 is {lambda_0}; expected a squared cosine below 1")
    if tau * (1 + lambda_0) >= 1:
        raise ValueError(f"tau is {tau}; expected less than 1/(1 + lambda_0), for T is to be positive definite")
    m = validate.integer("m", m, low=2)
    r = validate.integer("r", r, low=k, high=m - 1)
    e = np.eye(m)
    u, x0 = e[k - 1], np.sqrt(lambda_0) * e[k - 1] + np.sqrt(1 - lambda_0) * e[k]
    a, b = pack(np.outer(u, u)), pack(np.outer(x0, x0))
    deviation = -tau * (np.outer(a, b) + np.outer(b, a))
    truth = GroundTruth(e[:, :k], sigma)
    operator = rip.with_deviation(deviation)
    problem = objective.Measured(operator, operator.forward(truth.A))
    X = np.column_stack([e[:, : k - 1], x0, e[:, k + 1 : r + 1]])
    return Instance(truth, deviation, problem, weight_normalization.at(problem, X, problem.backprojection(X)))


def caught(made: Instance, X: np.ndarray, *, tolerance: float = 1e-8, steps: int = 300) -> bool:
    r"""Whether a run from the direction X (m, r), with :math:`\Theta_0=X^\top T(A)X` and :math:`\eta=\tfrac12`, has not come
    to the relative residual `tolerance` within so many steps."""
    start = weight_normalization.at(made.problem, X, made.problem.backprojection(X))
    parameters = weight_normalization.Parameters(0.5)
    run = iterate(
        weight_normalization,
        made.problem,
        parameters,
        start,
        max_iterations=steps,
        tolerance=tolerance,
        record_every=steps,
    )
    return run.stop_reason is not StopReason.CONVERGED


@dataclass(frozen=True)
class Enclosed:
    """A point of an enclosed run in the plane of u = (1, 0) and x_0, k = r = 1: direction, magnitude, squared error."""

    x: flint.arb_mat
    theta: flint.arb
    squared_error: flint.arb

    @property
    def cosine(self) -> flint.arb:
        """The cosine <x, u>."""
        return self.x[0, 0]


def enclosed_run(lambda_0: flint.arb, tau: flint.arb, eta: flint.arb, steps: int) -> list[Enclosed]:
    """The literal algorithm in ball arithmetic, k = r = 1, sigma_1 = 1: `steps` + 1 points, at the precision set by
    the caller."""
    A = flint.arb_mat([[1, 0], [0, 0]])
    x = flint.arb_mat([[lambda_0.sqrt()], [(1 - lambda_0).sqrt()]])
    B = x * x.transpose()

    def T(Z):
        return Z - A * (tau * (B * Z).trace()) - B * (tau * (A * Z).trace())

    def residual(x, theta):
        return x * x.transpose() * theta - A

    theta = (x.transpose() * T(A) * x)[0, 0]
    points = [Enclosed(x, theta, ball.frobenius_squared(residual(x, theta)))]
    for _ in range(steps):
        Gt = T(residual(x, theta)) * x * theta
        G = Gt - x * (x.transpose() * Gt)
        x = (x - G * eta) * (1 / (1 + eta * eta * ball.frobenius_squared(G)).sqrt())
        theta = theta - (x.transpose() * T(residual(x, theta)) * x)[0, 0]
        points.append(Enclosed(x, theta, ball.frobenius_squared(residual(x, theta))))
    return points
