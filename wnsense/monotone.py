r"""How much one exact step of Riemannian gradient descent lowers the loss in the population, and when it does not.

Throughout :math:`\varepsilon=\eta\sigma_1^2` is the step size without units, in the theorem :math:`0<\varepsilon\le2`.
"""

from __future__ import annotations

import numpy as np

from wnsense import objective, weight_normalization
from wnsense.problem import GroundTruth


def guaranteed_decrease(epsilon, gradient_norm, sigma_1: float = 1.0):
    r"""The lower bound :math:`\eta(1-\tfrac12\eta\sigma_1^2)\lVert G\rVert_F^2` of :math:`f(X)-f(X_+)`.

    `thm-monotone-loss` of the book.
    """
    return epsilon / sigma_1**2 * (1 - epsilon / 2) * np.square(gradient_norm)


def step_polynomial(x, epsilon):
    r"""The polynomial :math:`p(\tau)/\eta=4-2\varepsilon x^2-\varepsilon^3x^5(1-x)`, :math:`x=\tau/\sigma_1`.

    It is at least :math:`4-2\varepsilon` on [0, 1].
    """
    return 4 - 2 * epsilon * x**2 - epsilon**3 * x**5 * (1 - x)


def rank_one_misalignment(misalignment, epsilon):
    r"""The next :math:`1-s` of a truth of rank one, :math:`\frac{(1-s)(1-\varepsilon s^2)^2}{1+\varepsilon^2s^3(1-s)}`.

    s is the squared cosine of the angle between the eigenvector and span(X); `prop-monotone-range-sharp` of the book.
    """
    s = 1 - misalignment
    return misalignment * (1 - epsilon * s**2) ** 2 / (1 + epsilon**2 * s**3 * misalignment)


def rank_one_decrease(misalignment, epsilon):
    r"""The exact ratio :math:`\sigma_1^2(f-f_+)/\lVert G\rVert_F^2` of a truth of rank one, r = 1.

    With :math:`4f=\sigma_1^2(1-s^2)` and :math:`\lVert G\rVert_F^2=\sigma_1^4s^3(1-s)`.
    """
    s, after = 1 - misalignment, rank_one_misalignment(misalignment, epsilon)
    return (misalignment - after) * (2 - misalignment - after) / (4 * s**3 * misalignment)


def increase_threshold(epsilon):
    r"""The s above which a step with :math:`\varepsilon>2` raises the loss, :math:`\tfrac14(1+\sqrt{1+16/\varepsilon})`.

    For a truth of rank one; `prop-monotone-range-sharp` of the book.
    """
    return (1 + np.sqrt(1 + 16 / np.asarray(epsilon))) / 4


def run_rank_one_step(misalignment: float, epsilon: float) -> float:
    r"""The same ratio from one step of the algorithm itself, m = 2: rounding spoils it for misalignments below 1e-8."""
    problem = objective.Population(GroundTruth(np.eye(2)[:, :1], np.ones(1)))
    X = np.sqrt([[1 - misalignment], [misalignment]])
    state = weight_normalization.at(problem, X, problem.backprojection(X))
    after = weight_normalization.step(problem, weight_normalization.Parameters(epsilon), state)
    decrease = (state.residual.norm**2 - after.residual.norm**2) / 4
    return decrease / weight_normalization.gradient_norm(problem, state) ** 2
