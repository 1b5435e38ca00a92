r"""What one step of one-sided weight normalization guarantees in the population, and how many steps suffice.

Everything depends on :math:`x=\eta\sigma_1^2` and :math:`z=\eta\sigma_{r_A}^2`; the sizes and the number of columns
enter only through the start. Throughout :math:`\mu=1`, :math:`\lambda=\lambda_{\min}(S)` and :math:`q=1/\lambda-1`. The
last two functions are about the free step with samples.
"""

from __future__ import annotations

import numpy as np

from wnsense import population_bounds, validate


def _steps(sigma, eta: float) -> tuple[float, float]:
    """eta sigma_k^2 and 2 - eta sigma_1^2; ValueError for singular values or a step out of range."""
    population_bounds.effective_step(sigma, eta)
    sigma = np.asarray(sigma, float)
    return eta * sigma.min() ** 2, max(2 - eta * sigma.max() ** 2, 0.0)


def shrinkage(q, sigma, eta: float):
    r"""The number :math:`\varrho` with :math:`q_+\le(1-\varrho)^2q` after one step, :math:`q=1/\lambda-1`.

    .. math:: \varrho=\min\Big\{\frac{z}{1+z(1-\lambda)},\ 2-\eta\sigma_1^2\Big\},
        \qquad z=\eta\sigma_{r_A}^2,\quad\lambda=\frac1{1+q} .

    Parameters
    ----------
    q : float or ndarray
        Nonnegative.
    sigma : array_like (r_A,)
        The positive singular values of A, in any order.
    eta : float
        Step size of the direction, :math:`0<\eta\le2/\sigma_1^2`.

    Raises
    ------
    ValueError
        For singular values that are not positive, or a step out of range.

    References
    ----------
    Ours; `thm-one-sided-sharp-rate` of the book.
    """
    z, high = _steps(sigma, eta)
    q = np.asarray(q, float)
    return np.minimum(z / (1 + z * (q / (1 + q))), high)


def q_sequence(q0: float, sigma, eta: float, steps: int) -> np.ndarray:
    r"""The bounds :math:`\bar q_0=q_0`, :math:`\bar q_{t+1}=(1-\varrho(\bar q_t))^2\bar q_t`, shape (steps + 1,)."""
    steps = validate.integer("steps", steps, low=0)
    bounds = np.empty(steps + 1)
    bounds[0] = q = validate.positive("q0", q0)
    for t in range(1, steps + 1):
        bounds[t] = q = (1 - float(shrinkage(q, sigma, eta))) ** 2 * q
    return bounds


def contraction(sigma, eta: float) -> float:
    r"""The number :math:`c=\max\{1/(1+z),\ \eta\sigma_1^2-1\}\le1` with :math:`q_{t+1}\le c^2q_t` at every step.

    References
    ----------
    Ours; `cor-one-sided-iterations` of the book.
    """
    z, high = _steps(sigma, eta)
    return float(max(1 / (1 + z), 1 - high))


def iterations(q0: float, tolerance: float, sigma, eta: float) -> float:
    r"""A number of steps after which q is at most the tolerance, :math:`\log(q_0/\varepsilon)/(2\log(1/c))` rounded up.

    Returns
    -------
    float
        A whole number; infinite where :math:`\eta=2/\sigma_1^2`, where nothing is guaranteed.
    """
    tolerance = validate.positive("tolerance", tolerance)
    speed = -2 * np.log(contraction(sigma, eta))
    if q0 <= tolerance:
        return 0.0
    return float(np.ceil(np.log(q0 / tolerance) / speed)) if speed > 0 else np.inf


def fewest_iterations(q0: float, tolerance: float, sigma, eta: float) -> float:
    r"""What diagonal starts, worst entry last, need at least: :math:`\log(q_0/\varepsilon)/(-2\log(1-z))` rounded up.

    Raises
    ------
    ValueError
        Unless :math:`\eta\le1/\sigma_1^2` and :math:`\eta\sigma_{r_A}^2<1`.

    References
    ----------
    Ours; `prop-one-sided-attained` of the book.
    """
    tolerance = validate.positive("tolerance", tolerance)
    z, high = _steps(sigma, eta)
    if z >= 1 or high < 1 - 1e-12:  # 1e-12: eta = 1 / sigma_1**2 may round up
        raise ValueError(f"eta sigma_1^2 is {2 - high:.4g} and eta sigma_k^2 {z:.4g}; expected at most 1, and below 1")
    return float(np.ceil(max(np.log(q0 / tolerance), 0.0) / (-2 * np.log1p(-z))))


def best_step(sigma) -> float:
    r"""The step size :math:`x/\sigma_1^2` with the smallest `contraction`, :math:`(x-1)(1+x/\kappa^2)=1`."""
    sigma = np.asarray(sigma, float)
    inverse = (sigma.min() / sigma.max()) ** 2
    x = 4 / ((1 - inverse) + np.sqrt((1 - inverse) ** 2 + 8 * inverse))
    return float(x / sigma.max() ** 2)


def error(q):
    r"""Upper bound :math:`\sqrt{1-\lambda}=\sqrt{q/(1+q)}` of :math:`\lVert XG^\top-A\rVert_F/\lVert A\rVert_F`."""
    q = np.asarray(q, float)
    return np.sqrt(q / (1 + q))


def q_for_error(epsilon: float) -> float:
    r"""The q at which `error` is epsilon: :math:`\epsilon^2/(1-\epsilon^2)`, ValueError unless :math:`0<\epsilon<1`."""
    epsilon = validate.positive("epsilon", epsilon)
    if epsilon >= 1:
        raise ValueError(f"epsilon is {epsilon}; expected a relative error below 1")
    return epsilon**2 / (1 - epsilon**2)


def formal_factor(q, sigma, eta: float):
    r"""The factor :math:`1-2z\,\frac{1-\frac12x(1+\lambda)}{(1+x(1-\lambda))^2}` on q, for :math:`\eta\le1/\sigma_1^2`.

    References
    ----------
    Ours; `thm-one-sided-rate` of the book.
    """
    z, high = _steps(sigma, eta)
    x, level = 2 - high, 1 / (1 + np.asarray(q, float))
    return 1 - 2 * z * (1 - x * (1 + level) / 2) / (1 + x * (1 - level)) ** 2


def free_step_size(n_2: int, r: int, n: int) -> float:
    r"""The step size :math:`\mu=1/(1+c)`, :math:`c=n_2r/n`, of the free factor for n Gaussian measurements.

    References
    ----------
    `prop-free-step-stability` of the book.
    """
    return 1 / (1 + _load(n_2, r, n))


def free_step_factor(n_2: int, r: int, n: int, mu: float) -> float:
    r"""How much of the error of G a free step leaves at a fixed X, at most, in the limit of large sizes.

    The squared singular values of :math:`G\mapsto\mathcal M(XG^\top)` fill :math:`[(1-\sqrt c)^2,(1+\sqrt c)^2]`,
    :math:`c=n_2r/n`, and some are 0 if :math:`c>1`.
    """
    mu, root = validate.positive("mu", mu), np.sqrt(_load(n_2, r, n))
    low = (1 - root) ** 2 if root < 1 else 0.0
    return float(max(abs(1 - mu * low), abs(1 - mu * (1 + root) ** 2)))


def _load(n_2: int, r: int, n: int) -> float:
    n_2, r, n = (validate.integer(name, value, low=1) for name, value in (("n_2", n_2), ("r", r), ("n", n)))
    return n_2 * r / n
