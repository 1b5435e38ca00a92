r"""Bounds for gradient descent on :math:`YY^\top` with exactly :math:`r=r_A` columns, in the population.

The error is measured by :math:`\rho=\lVert YY^\top-A\rVert_F/\sigma_{r_A}`; the step size without units is
:math:`h=\eta\sigma_{r_A}`, and :math:`x=\eta\sigma_1`.
"""

from __future__ import annotations

import numpy as np

from wnsense import validate

NEAR = 0.5  # the near bound holds for rho below it
REGION = 1.0  # the bound of the whole region for rho below it
LARGEST_STEP = 1 / 6  # of the whole region, in units of 1/sigma_1


def gradient_share(rho):
    r"""The share :math:`\tfrac12(1-\rho^2)` of the gradient inequality.

    It says :math:`\lVert RY\rVert_F^2\ge\tfrac12(1-\rho^2)\,\sigma_{r_A}\lVert R\rVert_F^2`. Here
    :math:`R=YY^\top-A` and :math:`\rho=\lVert R\rVert_F/\sigma_{r_A}`; attained for every rho in (0, 1).

    References
    ----------
    Ours; `lem-exact-rank-pl` of the book.
    """
    return (1 - np.asarray(rho, float) ** 2) / 2


def step_coefficient(x):
    r"""The number :math:`\beta(x)=4-10x-8x^2-2x^3`, which a step keeps of the 4 of the flow.

    It is positive for :math:`x\le3/10` and at least 2 for :math:`x\le1/6`.

    References
    ----------
    Ours; `thm-gd-exact-rank-region` of the book.
    """
    x = np.asarray(x, float)
    return 4 - 10 * x - 8 * x**2 - 2 * x**3


def near_factor(rho0: float, rho, sigma, eta: float):
    r"""The factor :math:`1-h(1-2\rho)` with :math:`\rho_+\le(1-h(1-2\rho))\rho`, on a run that starts at rho0.

    Raises
    ------
    ValueError
        Unless :math:`\rho_0<\tfrac12` and :math:`\eta(\sigma_1+\rho_0\sigma_{r_A})\le\tfrac23`.

    References
    ----------
    Ours; `thm-gd-exact-rank-rate` of the book.
    """
    return 1 - _near_step(rho0, sigma, eta) * (1 - 2 * np.asarray(rho, float))


def near_sequence(rho0: float, sigma, eta: float, steps: int) -> np.ndarray:
    r"""The bounds :math:`\bar\rho_0=\rho_0,\ \bar\rho_{t+1}=(1-h(1-2\bar\rho_t))\bar\rho_t`.

    They have shape (steps + 1,), and :math:`\rho_t\le\bar\rho_t`. Arguments and errors as in `near_factor`.

    References
    ----------
    Ours; `thm-gd-exact-rank-rate` of the book.
    """
    steps = validate.integer("steps", steps, low=0)
    h = _near_step(rho0, sigma, eta)
    sequence = np.empty(steps + 1)
    sequence[0] = rho0
    for t in range(steps):
        sequence[t + 1] = (1 - h * (1 - 2 * sequence[t])) * sequence[t]
    return sequence


def near_bound(rho0: float, sigma, eta: float, t):
    r"""The bound :math:`\rho_t\le\frac{\rho_0}{1-2\rho_0}(1+h)^{-t}`; arguments and errors as in `near_factor`.

    References
    ----------
    Ours; `cor-exact-rank-iterations` of the book.
    """
    h = _near_step(rho0, sigma, eta)
    return rho0 / (1 - 2 * rho0) * (1 + h) ** -np.asarray(t, float)


def region_bound(rho0: float, sigma, eta: float, t):
    r"""The bound :math:`\rho_t^2\le\frac{\rho_0^2}{1-\rho_0^2}(1+h)^{-t}`.

    Raises
    ------
    ValueError
        Unless :math:`\rho_0<1` and :math:`\eta\le1/(6\sigma_1)`.

    References
    ----------
    Ours; `cor-exact-rank-iterations` of the book.
    """
    h = _region_step(rho0, sigma, eta)
    return np.sqrt(rho0**2 / (1 - rho0**2) * (1 + h) ** -np.asarray(t, float))


def flow_bound(rho0: float, smallest: float, t):
    r"""The solution at time t of the logistic equation that bounds the flow.

    With :math:`\ell_t=\frac{\rho_0^2}{1-\rho_0^2}e^{-2\sigma_{r_A}t}`, :math:`\rho_t^2\le\ell_t/(1+\ell_t)`.

    Raises
    ------
    ValueError
        Unless :math:`0<\rho_0<1` and the smallest eigenvalue is positive.

    References
    ----------
    Ours; `thm-gd-exact-rank-region` of the book.
    """
    rho0, smallest = _below(rho0, REGION), validate.positive("smallest", smallest)
    odds = rho0**2 / (1 - rho0**2) * np.exp(-2 * smallest * np.asarray(t, float))
    return np.sqrt(odds / (1 + odds))


def near_iterations(rho0: float, tolerance: float, sigma, eta: float) -> float:
    r"""A number of steps after which :math:`\rho\le` tolerance, from :math:`\rho_0<\tfrac12`.

    It is :math:`\log\frac{\rho_0}{(1-2\rho_0)\,\varepsilon}/\log(1+h)`, rounded up.

    References
    ----------
    Ours; `cor-exact-rank-iterations` of the book.
    """
    tolerance, h = validate.positive("tolerance", tolerance), _near_step(rho0, sigma, eta)
    return 0.0 if rho0 <= tolerance else float(np.ceil(np.log(rho0 / ((1 - 2 * rho0) * tolerance)) / np.log1p(h)))


def region_iterations(rho0: float, tolerance: float, sigma, eta: float) -> float:
    r"""A number of steps after which :math:`\rho\le` tolerance, from :math:`\rho_0<1`.

    Those until :math:`\rho\le\tfrac14` by `region_bound`, then those from there by `near_bound`:
    :math:`\log(15\,\rho_0^2/(1-\rho_0^2))/\log(1+h)` and :math:`\log(1/(2\varepsilon))/\log(1+h)`, each rounded up.

    References
    ----------
    Ours; `cor-exact-rank-iterations` of the book.
    """
    tolerance, h = validate.positive("tolerance", tolerance), _region_step(rho0, sigma, eta)
    if rho0 <= tolerance:
        return 0.0
    first = max(np.ceil(np.log(15 * rho0**2 / (1 - rho0**2)) / np.log1p(h)), 0.0)
    return float(first + max(np.ceil(np.log(1 / (2 * tolerance)) / np.log1p(h)), 0.0))


def _below(rho0: float, limit: float) -> float:
    rho0 = validate.positive("rho0", rho0)
    if rho0 >= limit:
        raise ValueError(f"rho0 is {rho0:.6g}; expected a number below {limit:g}")
    return rho0


def _near_step(rho0: float, sigma, eta: float) -> float:
    """h, after the checks of the near bound."""
    rho0, eta, sigma = _below(rho0, NEAR), validate.positive("eta", eta), _spectrum(sigma)
    # 1e-12: the limit itself is allowed, and dividing by it rounds
    if eta * (sigma.max() + rho0 * sigma.min()) > 2 / 3 * (1 + 1e-12):
        raise ValueError(f"eta is {eta:.6g}; expected eta (sigma_1 + rho0 sigma_r) to be at most 2/3")
    return eta * float(sigma.min())


def _region_step(rho0: float, sigma, eta: float) -> float:
    """h, after the checks of the bound of the whole region."""
    _below(rho0, REGION)
    eta, sigma = validate.positive("eta", eta), _spectrum(sigma)
    if eta * sigma.max() > LARGEST_STEP * (1 + 1e-12):
        raise ValueError(f"eta is {eta:.6g}; expected at most 1/(6 sigma_1)")
    return eta * float(sigma.min())


def _spectrum(sigma) -> np.ndarray:
    sigma = validate.array("sigma", sigma, ("r_A",))
    if not len(sigma) or (sigma <= 0).any():
        raise ValueError(f"sigma is {sigma}; expected positive numbers")
    return sigma
