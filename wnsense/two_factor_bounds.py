r"""What one step and a whole run of gradient descent on two factors guarantee: descent, and a bound of the imbalance.

Symbols: e = M(FG^T) - y, R = M*(e), g = ||RG||_F^2 + ||R^T F||_F^2, Delta = F^T F - G^T G, and
:math:`h=\eta L(\lVert F\rVert^2+\lVert G\rVert^2)`, :math:`\epsilon=\eta\lVert R\rVert` (spectral norms), where L is a
number with :math:`\lVert\mathcal M(Z)\rVert^2\le L\lVert Z\rVert_F^2` for rank Z <= 2r: 1 in the population.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import asymmetric, validate
from wnsense.rectangular import Dense
from wnsense.rectangular_objective import Measured


def descent_constant(h: float, epsilon: float, *, population: bool = False) -> float:
    r"""The c of :math:`\lVert e_+\rVert^2\le\lVert e\rVert^2-c\,\eta g` (lem-two-factor-descent).

    :math:`2-h-\epsilon-\sqrt2h\epsilon-\tfrac12h\epsilon^2`; in the population 1 takes the place of the root.
    At least 1 where h <= 1/2 and epsilon <= 1/4.
    """
    return 2 - h - epsilon - (1.0 if population else np.sqrt(2)) * h * epsilon - h * epsilon**2 / 2


def spread(Delta: np.ndarray) -> float:
    r""":math:`s(\Delta)=\lambda_{\max}(\Delta)_++\lambda_{\max}(-\Delta)_+` of a symmetric matrix."""
    values = np.linalg.eigvalsh(validate.symmetric("Delta", Delta))
    return float(max(values[-1], 0.0) + max(-values[0], 0.0))


def largest_step(spread_0: float, sigma_1: float, residual_norm: float, delta: float = 0.0) -> float:
    r"""The step size below which the imbalance is bounded along the whole run (prop-imbalance-along-run).

    .. math:: \frac1{2(1+\delta)\big(s_0+2\sigma_1+\frac94\lVert e_0\rVert/\sqrt{1-\delta}\big)}

    Parameters
    ----------
    spread_0 : float
        s(Delta_0).
    sigma_1, residual_norm : float
        The largest singular value of A, and the norm of e_0.
    delta : float
        Restricted isometry constant of order 2r, in [0, 1); 0 in the population.

    Raises
    ------
    ValueError
        For a delta outside [0, 1).
    """
    if not 0 <= delta < 1:
        raise ValueError(f"delta is {delta}; expected a number in [0, 1)")
    return 1 / (2 * (1 + delta) * (spread_0 + 2 * sigma_1 + 9 / 4 * residual_norm / np.sqrt(1 - delta)))


def upper_isometry(objective) -> float:
    """An L as in the module docstring: 1 in the population, else the largest eigenvalue of M*M."""
    if isinstance(objective, Measured):
        operator: Dense = objective.operator
        return float(np.linalg.norm(operator.rows, 2) ** 2)
    return 1.0


@dataclass(frozen=True)
class Budget:
    """A run of gradient descent on two factors, its drift of the imbalance, and what bounds it.

    Attributes
    ----------
    drift : ndarray (T + 1,)
        Nuclear norm of Delta_t - Delta_0.
    residual : ndarray (T + 1,)
        The norm of e_t.
    spent : ndarray (T + 1,)
        Sum of eta g_s over s < t.
    h, epsilon : float
        The largest of the run.
    eta : float
    """

    drift: np.ndarray
    residual: np.ndarray
    spent: np.ndarray
    h: float
    epsilon: float
    eta: float
    population: bool

    @property
    def constant(self) -> float:
        """The c of the run, from its largest h and epsilon."""
        return float(descent_constant(self.h, self.epsilon, population=self.population))

    @property
    def bound(self) -> np.ndarray:
        r""":math:`\tfrac\eta c(\lVert e_0\rVert^2-\lVert e_t\rVert^2)`, shape (T + 1,)."""
        return self.eta / self.constant * (self.residual[0] ** 2 - self.residual**2)


def budget(objective, eta: float, state: asymmetric.State, steps: int) -> Budget:
    """Run gradient descent for so many steps, fewer if the residual grows 1000-fold, and keep the accounts."""
    parameters, L = asymmetric.Parameters(eta), upper_isometry(objective)
    Delta_0 = asymmetric.imbalance(state.F, state.G)
    FF, GG = state.F.T @ state.F, state.G.T @ state.G
    drift, residual, spent, h, epsilon = [0.0], [state.residual.norm], [0.0], 0.0, 0.0
    for _ in range(steps):
        h = max(h, eta * L * (np.linalg.eigvalsh(FF)[-1] + np.linalg.eigvalsh(GG)[-1]))
        epsilon = max(epsilon, eta * np.linalg.norm(state.residual.R, 2))
        spent.append(spent[-1] + eta * asymmetric.gradient_norm(objective, state) ** 2)
        state = asymmetric.step(objective, parameters, state)
        residual.append(state.residual.norm)
        FF, GG = state.F.T @ state.F, state.G.T @ state.G
        drift.append(np.abs(np.linalg.eigvalsh(FF - GG - Delta_0)).sum())
        if residual[-1] > 1000 * residual[0]:
            break
    population = not isinstance(objective, Measured)
    return Budget(np.array(drift), np.array(residual), np.array(spent), h, epsilon, eta, population)
