r"""What the practical solver asks of an operator before it starts: its scale, and how hard it weighs the trace.

Two properties that users' operators do not share with the Gaussian one of the theory, each found with one pass:

- the scale s, with :math:`\lVert\mathcal M(S)\rVert\approx s\lVert S\rVert_F`, is not 1;
- the identity matrix is measured with a gain far above s. Matrices :math:`M_i=a_ia_i^\top` do so by a factor of order
  :math:`\sqrt m`, for all their traces are positive. This one direction u of measurement space then rules the
  residual, slows every gradient method and lifts the whole spectrum of :math:`\mathcal M^*(e)`. Weighing it down to
  the gain s, :math:`H=I-(1-\gamma)uu^\top`, changes no solution of :math:`\mathcal M(Z)=y`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wnsense.objective import Measured, MeasuredResidual
from wnsense.packing import packed_size, unpack
from wnsense.sensing import Operator

PASSES = 2  # what `calibrate` costs
PROBE_SEED = 251001175202309  # an unlikely one: see `calibrate`


@dataclass(frozen=True)
class WeighedResidual(MeasuredResidual):
    r"""The residual :math:`e=\mathcal M(Z)-y`: `norm` is that of e itself, `E` is :math:`\mathcal M^*(H^2e)`."""

    objective: "Calibrated"

    @cached_property
    def weighed_norm(self) -> float:
        """The norm of He."""
        return float(np.linalg.norm(self.objective.weigh(self.e)))

    @cached_property
    def E(self) -> np.ndarray:
        """The (m, m) matrix M*(H²e): one pass."""
        return self.operator.adjoint(self.objective.weigh(self.objective.weigh(self.e)))


@dataclass(frozen=True)
class Calibrated(Measured):
    r"""The objective :math:`\tfrac14\lVert H(\mathcal M(Z)-y)\rVert^2`; made by `calibrate`.

    Attributes
    ----------
    gain : float
        The scale s of the operator.
    u : ndarray (n,)
        The direction of M(I), a unit vector, or zero where M(I) = 0.
    gamma : float
        The weight of u, in (0, 1]; 1 weighs nothing down.
    """

    gain: float
    u: np.ndarray
    gamma: float

    def weigh(self, v: np.ndarray) -> np.ndarray:
        """Hv."""
        return v - (1 - self.gamma) * (self.u @ v) * self.u

    def at_zero(self) -> WeighedResidual:
        """The residual at Z = 0, which costs no pass."""
        return WeighedResidual(self.operator, -self.y, self)

    def residual(self, X: np.ndarray, Theta: np.ndarray) -> WeighedResidual:
        """The residual at X Theta X^T: one pass."""
        return WeighedResidual(self.operator, super().residual(X, Theta).e, self)

    def curvature(self, D: np.ndarray) -> float:
        r""":math:`\lVert H\mathcal M(D)\rVert^2` for a symmetric D (m, m): one pass."""
        return float(np.sum(self.weigh(self.operator.forward(D)) ** 2))


def calibrate(operator: Operator, y: np.ndarray) -> Calibrated:
    r"""The objective of an operator of unknown scale: two passes.

    s is measured on one Gaussian matrix,
    :math:`\mathbb E\lVert\mathcal M(S)\rVert^2=\mathrm{tr}(\mathcal M^*\mathcal M)/d\cdot\lVert S\rVert_F^2` with d =
    m(m+1)/2. S comes from a generator of its own with a fixed seed, so that the same input gives the same result; the
    seed is an unlikely one, for S must be independent of an operator that was itself drawn from a seed such as 0.

    Parameters
    ----------
    operator : Operator
    y : ndarray (n,)

    Returns
    -------
    Calibrated

    Raises
    ------
    ValueError
        If y has not one finite entry a measurement, or the operator returns what is not finite.
    """
    m = operator.m
    probe = np.random.default_rng(PROBE_SEED).standard_normal(packed_size(m))
    gain = float(np.linalg.norm(operator.forward(unpack(probe / np.linalg.norm(probe))))) or 1.0  # M = 0 has no scale
    u = operator.forward(np.eye(m) / np.sqrt(m))
    stiffness = float(np.linalg.norm(u))
    if not np.isfinite(gain * stiffness):
        raise ValueError(
            "operator measures unit matrices by numbers that are not finite or overflow; expected finite measurements"
        )
    if stiffness <= gain:
        return Calibrated(operator, y, gain, np.zeros(operator.n), 1.0)
    return Calibrated(operator, y, gain, u / stiffness, gain / stiffness)
