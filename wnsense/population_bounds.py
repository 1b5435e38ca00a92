r"""Rates of the population dynamics as functions: what one step guarantees, and how many steps suffice.

Everything depends on the spectrum of A and the step size through :math:`\eta\sigma_{r_A}^2` and :math:`2-\eta\sigma_1^2`, and
counts of iterations through the smaller of the two, the *effective step* :math:`\underline z`. The size m and the number of columns r enter
only through the start. Throughout :math:`\mu=2`, :math:`\lambda=\lambda_{\min}(S)` and :math:`q=1/\lambda-1`.
"""

from __future__ import annotations

import numpy as np

from wnsense import validate


def effective_step(sigma, eta: float) -> float:
    r"""The number :math:`\underline z=\min\{\eta\sigma_{r_A}^2,2-\eta\sigma_1^2\}\in[0,1]`.

    For :math:`\eta\le1/\sigma_1^2` it is :math:`\eta\sigma_{r_A}^2`.

    Parameters
    ----------
    sigma : array_like (r_A,)
        The positive eigenvalues of A, in any order.
    eta : float
        Step size of the direction, :math:`0<\eta\le2/\sigma_1^2`.

    Raises
    ------
    ValueError
        For eigenvalues that are not positive, or a step out of range.
    """
    sigma = validate.array("sigma", sigma, ("r_A",))
    if sigma.size == 0 or (sigma <= 0).any():
        raise ValueError(f"sigma is {sigma}; expected positive numbers")
    eta = validate.positive("eta", eta)
    x = eta * sigma.max() ** 2
    if x > 2 * (1 + 1e-12):  # 1e-12: eta = 2 / sigma_1**2 may round up
        raise ValueError(f"eta is {eta}, that is {x:.4g}/sigma_1^2; expected at most 2/sigma_1^2")
    return float(max(min(eta * sigma.min() ** 2, 2 - x), 0.0))


def best_step(sigma) -> float:
    r"""The step size with the largest effective step, :math:`2/(\sigma_1^2+\sigma_{r_A}^2)`; there :math:`\underline z=2/(\kappa^2+1)`."""
    sigma = np.asarray(sigma, float)
    return float(2 / (sigma.max() ** 2 + sigma.min() ** 2))


def shrinkage(q, sigma, eta: float):
    r"""The number :math:`\varrho` with :math:`q_+\le(1-\varrho)^2q` after one step from an alignment with :math:`1/\lambda-1=q`.

    .. math:: \varrho=\min\Big\{\frac{\eta\sigma_{r_A}^2\lambda}{1+\eta\sigma_{r_A}^2\lambda(1-\lambda)},\ 2-\eta\sigma_1^2\Big\},
        \qquad\lambda=\frac1{1+q} .

    Parameters
    ----------
    q : float or ndarray
        Nonnegative.
    sigma : array_like (r_A,)
        The positive eigenvalues of A, in any order.
    eta : float
        Step size of the direction, :math:`0<\eta\le2/\sigma_1^2`.

    Raises
    ------
    ValueError
        As `effective_step`.

    References
    ----------
    Ours; `thm-population-rate` of the book.
    """
    effective_step(sigma, eta)  # for its checks
    return _shrinkage(np.asarray(q, float), *_ends(sigma, eta))


def _ends(sigma, eta: float) -> tuple[float, float]:
    """eta sigma_k^2 and 2 - eta sigma_1^2."""
    sigma = np.asarray(sigma, float)
    return eta * sigma.min() ** 2, max(2 - eta * sigma.max() ** 2, 0.0)


def _shrinkage(q, low: float, high: float):
    level = 1 / (1 + q)
    return np.minimum(low * level / (1 + low * level * (q * level)), high)


def gain(q, sigma, eta: float):
    r"""The decrease of q that one step guarantees, :math:`q-(1-\varrho)^2q=\varrho(2-\varrho)\,q`; arguments and :math:`\varrho` as in `shrinkage`."""
    rho = shrinkage(q, sigma, eta)
    return rho * (2 - rho) * np.asarray(q, float)


def q_sequence(q0: float, sigma, eta: float, steps: int) -> np.ndarray:
    r"""The bounds :math:`\bar q_0=q_0,\ \bar q_{t+1}=(1-\varrho(\bar q_t))^2\bar q_t`, with :math:`q_t\le\bar q_t`.

    Returns
    -------
    ndarray (steps + 1,)

    References
    ----------
    Ours; `thm-population-rate` of the book.
    """
    steps = validate.integer("steps", steps, low=0)
    effective_step(sigma, eta)
    low, high = _ends(sigma, eta)
    bounds = np.empty(steps + 1)
    bounds[0] = q = validate.positive("q0", q0)
    for t in range(1, steps + 1):
        bounds[t] = q = (1 - float(_shrinkage(q, low, high))) ** 2 * q
    return bounds


def rate(sigma, eta: float) -> float:
    r"""The number :math:`a=\underline z\max\{1,2-\tfrac98\underline z\}`: one step lowers q by at least :math:`a\,q/(1+q)`, for all q.

    References
    ----------
    Ours; `cor-population-iterations` of the book.
    """
    z = effective_step(sigma, eta)
    return z * max(1.0, 2 - 9 * z / 8)


def iterations(q0: float, tolerance: float, sigma, eta: float) -> float:
    r"""A number of steps after which q is at most the tolerance :math:`\varepsilon`.

    It is :math:`\big(q_0-\varepsilon+\log(q_0/\varepsilon)\big)/a`, rounded up, with a as in `rate`.

    Returns
    -------
    float
        A whole number; infinite where :math:`\eta=2/\sigma_1^2`, where nothing is guaranteed.

    References
    ----------
    Ours; `cor-population-iterations` of the book.
    """
    tolerance = validate.positive("tolerance", tolerance)
    a = rate(sigma, eta)
    if q0 <= tolerance:
        return 0.0
    return float(np.ceil((q0 - tolerance + np.log(q0 / tolerance)) / a)) if a > 0 else np.inf


def error(q):
    r"""Upper bound :math:`\sqrt{2(1-\lambda)}=\sqrt{2q/(1+q)}` of :math:`\lVert X\Theta X^\top-A\rVert_F/\lVert A\rVert_F`.

    References
    ----------
    Ours; `cor-population-iterations` of the book.
    """
    q = np.asarray(q, float)
    return np.sqrt(2 * q / (1 + q))


def q_for_error(epsilon: float) -> float:
    r"""The q at which `error` is epsilon: :math:`\epsilon^2/(2-\epsilon^2)`, ValueError unless :math:`0<\epsilon^2<2`."""
    epsilon = validate.positive("epsilon", epsilon)
    if epsilon**2 >= 2:
        raise ValueError(f"epsilon is {epsilon}; expected a relative error below sqrt(2)")
    return epsilon**2 / (2 - epsilon**2)


def fewest_iterations(q0: float, tolerance: float, sigma, eta: float) -> float:
    r"""A number of steps that *no* rate can beat: :math:`S_0=\mathrm{diag}(1,\dots,1,\lambda_0)` needs at least as many.

    It is :math:`\frac{1-2z}{2z}\big(q_0-\varepsilon+\log(q_0/\varepsilon)\big)`, rounded up, with :math:`z=\eta\sigma_{r_A}^2`.

    Raises
    ------
    ValueError
        Unless :math:`\eta\sigma_{r_A}^2<\tfrac12`.

    References
    ----------
    Ours; `prop-population-rate-sharp` of the book.
    """
    tolerance = validate.positive("tolerance", tolerance)
    z = validate.positive("eta", eta) * np.min(np.asarray(sigma, float)) ** 2
    if z >= 0.5:
        raise ValueError(f"eta sigma_k^2 is {z:.4g}; expected a number below 1/2")
    if q0 <= tolerance:
        return 0.0
    return float(np.ceil((1 - 2 * z) / (2 * z) * (q0 - tolerance + np.log(q0 / tolerance))))
