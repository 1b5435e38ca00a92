r"""The published finite-sample theorem as functions of its exponents, to be set beside the bounds of this book.

Theorem 3.2 of Wei, Zhang, Li and He (2025) is stated in O-notation, with :math:`\sigma_1=1`: it says how each
quantity scales with m, r,
k (the rank of A, there :math:`r_A`) and :math:`\kappa`, and leaves the constants open. **Every function here sets
these constants to 1.** What it
returns is therefore an exponent made into a number, no bound; compare how the numbers grow, not what they are. The
theorem
is quoted at second hand and is not proved in this book (`thm-published-two-phase`).

All of it needs r > k: at r = k each expression degenerates, and the theorem says nothing.
"""

from __future__ import annotations

import numpy as np

from wnsense import validate


def _checked(m: int, r: int, k: int, kappa: float) -> tuple[float, float, float, float]:
    m = validate.integer("m", m, low=2)
    r = validate.integer("r", r, low=1, high=m)
    if not 1 <= validate.integer("k", k, low=1) < r:
        raise ValueError(f"k is {k}, r is {r}; expected k < r, the published theorem is for overparameterization alone")
    kappa = validate.positive("kappa", kappa)
    if kappa < 1:
        raise ValueError(f"kappa is {kappa}; expected a condition number of at least 1")
    return float(m), float(r), float(k), kappa


def delta(m: int, r: int, k: int, kappa: float) -> float:
    r"""The distortion allowed, :math:`\delta=\frac{(r-k)^6}{\kappa^2m^3r^4k}`, constant 1.

    References
    ----------
    wei2025, Theorem 3.2: :math:`\delta=O(\cdot)`, constant not given.
    """
    m, r, k, kappa = _checked(m, r, k, kappa)
    return (r - k) ** 6 / (kappa**2 * m**3 * r**4 * k)


def step_size(m: int, r: int, k: int, kappa: float) -> float:
    r"""The step of the direction, :math:`\eta\sigma_1^2=\frac{(r-k)^4}{\kappa^2m^2r^2k}`, constant 1.

    References
    ----------
    wei2025, Theorem 3.2: :math:`\eta=O(\cdot)`, constant not given.
    """
    m, r, k, kappa = _checked(m, r, k, kappa)
    return (r - k) ** 4 / (kappa**2 * m**2 * r**2 * k)


def saddle_phase(m: int, r: int, k: int, kappa: float) -> float:
    r"""The iterations until :math:`\mathrm{tr}\,S_t\ge k-\tfrac12`, :math:`t_0=\frac{\kappa^4m^4r^4k^2}{(r-k)^8}`,
    constant 1.

    References
    ----------
    wei2025, Theorem 3.2: :math:`t_0=O(\cdot)`, constant not given.
    """
    m, r, k, kappa = _checked(m, r, k, kappa)
    return kappa**4 * m**4 * r**4 * k**2 / (r - k) ** 8


def rate(m: int, r: int, k: int, kappa: float) -> float:
    r"""What the error loses an iteration afterwards, :math:`\frac{(r-k)^4}{\kappa^4m^2r^2k}`, constant 1.

    The theorem: :math:`\lVert X_t\Theta_tX_t^\top-A\rVert_F\le3(1-c\,\cdot)^{t-t_0}` for :math:`t\ge t_0`.

    References
    ----------
    wei2025, Theorem 3.2: constant c not given.
    """
    m, r, k, kappa = _checked(m, r, k, kappa)
    return (r - k) ** 4 / (kappa**4 * m**2 * r**2 * k)


def iterations(m: int, r: int, k: int, kappa: float, epsilon: float) -> float:
    r"""Both phases, :math:`t_0+\ln(3/\epsilon)/\text{rate}`, to an error of epsilon (with :math:`\sigma_1=1`),
    constants 1."""
    accuracy = validate.positive("epsilon", epsilon)
    return saddle_phase(m, r, k, kappa) + max(0.0, float(np.log(3 / accuracy))) / rate(m, r, k, kappa)


def samples(m: int, r: int, k: int, kappa: float) -> float:
    r"""The Gaussian measurements that suffice, :math:`n=\frac{\kappa^4m^7r^9k^2}{(r-k)^{12}}`, constant 1.

    It is :math:`mr/\delta^2`, the number of measurements for `delta` at an order proportional to r.

    References
    ----------
    wei2025, after Theorem 3.2: :math:`n=O(\cdot)`, constant not given.
    """
    m, r, k, kappa = _checked(m, r, k, kappa)
    return kappa**4 * m**7 * r**9 * k**2 / (r - k) ** 12
