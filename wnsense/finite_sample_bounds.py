r"""The finite-sample bounds of weight normalization: what distortion is allowed, and what it then guarantees.

Throughout :math:`A=U\Sigma U^\top` has rank k, smallest positive eigenvalue :math:`\sigma_k` and Frobenius norm a;
:math:`\lambda_0=\lambda_{\min}(S_0)` is the alignment of the start and :math:`l_0=\min(\lambda_0,\tfrac{15}{16})`.
The step size enters only
through :math:`\eta\sigma_k^2`, which is :math:`1/(2\kappa^2)` at the largest step :math:`\eta=1/(2\sigma_1^2)`.

Source: ours; `thm-finite-sample-rate` and `cor-finite-sample-iterations` of the book.
"""

from __future__ import annotations

import numpy as np

from wnsense import validate
from wnsense.finite_sample_constants import PROVED

LARGEST_START = PROVED.value("largest_start")  # where a start is counted as aligned: above it only this much is used
GAIN = PROVED.value("gain")  # the constant of the recursion
MARGIN = PROVED.value("margin")  # delta ||A||_F is at most l_0 sigma_k over this
ERROR_CONSTANT = PROVED.value("residual")
MAGNITUDE_CONSTANT = PROVED.value("magnitude")


def usable_alignment(lambda_0: float) -> float:
    r""":math:`l_0=\min(\lambda_0,\tfrac{15}{16})`; ValueError unless :math:`0<\lambda_0\le1`."""
    lambda_0 = validate.positive("lambda_0", lambda_0)
    if lambda_0 > 1:
        raise ValueError(f"lambda_0 is {lambda_0}; expected a squared cosine in (0, 1]")
    return min(lambda_0, LARGEST_START)


def allowed_delta(lambda_0: float, sigma) -> float:
    r"""The distortion allowed, :math:`\delta\le l_0\sigma_k/(32\,\lVert A\rVert_F)`, at the order r + k + 1.

    Parameters
    ----------
    lambda_0 : float
        Alignment of the start, in (0, 1].
    sigma : array_like (k,)
        The positive eigenvalues of A.

    Raises
    ------
    ValueError
        For an argument out of range.
    """
    sigma = validate.array("sigma", sigma, ("k",))
    if len(sigma) == 0 or (sigma <= 0).any():
        raise ValueError(f"sigma is {sigma}; expected positive numbers, at least one")
    return usable_alignment(lambda_0) * float(sigma.min()) / (MARGIN * float(np.linalg.norm(sigma)))


def sufficient_delta(lambda_0: float, kappa: float, k: int) -> float:
    r"""The simpler and smaller :math:`\lambda_0/(35\,\kappa\sqrt k)`, which implies `allowed_delta`."""
    usable_alignment(lambda_0)
    kappa = validate.positive("kappa", kappa)
    return lambda_0 / (PROVED.value("simple") * kappa * np.sqrt(validate.integer("k", k, low=1)))


def guaranteed_alignment(lambda_0: float, eta_sigma_k_squared: float, steps: int) -> np.ndarray:
    r"""The lower bounds :math:`l_0,\dots,l_{\text{steps}}` of the alignment, part (a).

    .. math:: \frac1{l_{t+1}}=\frac1{l_t}-\tfrac13\eta\sigma_k^2(1-l_t).

    Computed from `guaranteed_gap`, so that :math:`1-l_t=g_t/(1+g_t)` keeps its relative accuracy to the end.
    """
    return 1 / (1 + guaranteed_gap(lambda_0, eta_sigma_k_squared, steps))


def guaranteed_gap(lambda_0: float, eta_sigma_k_squared: float, steps: int, gain: float = GAIN) -> np.ndarray:
    r"""The same bounds as :math:`g_t=1/l_t-1`, which obey :math:`g_{t+1}=g_t(1-\tfrac13\eta\sigma_k^2l_t)`, part (d).

    Parameters
    ----------
    lambda_0 : float
        In (0, 1].
    eta_sigma_k_squared : float
        :math:`\eta\sigma_k^2`, in (0, 1/2].
    steps : int
        At least 0.
    gain : float
        In place of the constant 1/3.

    Returns
    -------
    ndarray (steps + 1,)

    Raises
    ------
    ValueError
        For an argument out of range.
    """
    rate = validate.positive("gain", gain) * _step(eta_sigma_k_squared)
    g = np.empty(validate.integer("steps", steps, low=0) + 1)
    g[0] = 1 / usable_alignment(lambda_0) - 1
    for t in range(steps):
        g[t + 1] = g[t] * (1 - rate / (1 + g[t]))
    return g


def gap_envelope(lambda_0: float, eta_sigma_k_squared: float, t) -> np.ndarray:
    r"""The closed form above it, :math:`g_t\le g_0\exp(g_0-\tfrac13\eta\sigma_k^2t)`, part (d)."""
    g = 1 / usable_alignment(lambda_0) - 1
    return g * np.exp(g - GAIN * _step(eta_sigma_k_squared) * np.asarray(t, float))


def linear_envelope(lambda_0: float, eta_sigma_k_squared: float, t, gain: float = GAIN) -> np.ndarray:
    r"""The geometric bound :math:`g_t\le g_0(1-\tfrac13\eta\sigma_k^2l_0)^t`, which holds because
    :math:`l_t\ge l_0`.
    """
    l = usable_alignment(lambda_0)
    return (1 / l - 1) * (1 - gain * _step(eta_sigma_k_squared) * l) ** np.asarray(t, float)


def error_bound(g, norm: float = 1.0) -> np.ndarray:
    r"""Part (c): :math:`\lVert X_t\Theta_tX_t^\top-A\rVert_F\le1.42\,a\sqrt{1-l_t}`, from :math:`g_t` and a =
    `norm`.
    """
    g = np.asarray(g, float)
    return ERROR_CONSTANT * norm * np.sqrt(g / (1 + g))


def magnitude_bound(g, delta: float, norm: float = 1.0) -> np.ndarray:
    r"""Part (b): :math:`\lVert\Theta_t-X_t^\top AX_t\rVert_F\le4\delta a\sqrt{1-l_t}`, from :math:`g_t` and a
    = `norm`.
    """
    g = np.asarray(g, float)
    return MAGNITUDE_CONSTANT * delta * norm * np.sqrt(g / (1 + g))


def iterations(lambda_0: float, eta_sigma_k_squared: float, epsilon: float) -> int:
    r"""The iterations after which :math:`\lVert X_t\Theta_tX_t^\top-A\rVert_F\le\epsilon a` for certain, part (e).

    The least integer :math:`t\ge\frac3{\eta\sigma_k^2}\big(g_0+\ln g_0+2\ln\frac{1.42}\epsilon\big)`, and at least 0.

    Raises
    ------
    ValueError
        For an argument out of range.
    """
    g = 1 / usable_alignment(lambda_0) - 1
    accuracy = validate.positive("epsilon", epsilon)
    bracket = g + np.log(g) + 2 * np.log(ERROR_CONSTANT / accuracy)
    return max(0, int(np.ceil(bracket / (GAIN * _step(eta_sigma_k_squared)))))


def step_bracket(nu, x):
    r"""The quotient :math:`\mathrm{br}/\mathrm{den}^2` of Step 10, which the proof bounds below by 1/3 for
    :math:`x\le\tfrac12`.

    Parameters
    ----------
    nu : float or ndarray
        :math:`\sqrt{1-l}` in [0, 1].
    x : float
        :math:`\eta\sigma_1^2`.
    """
    nu = np.asarray(nu, float)
    l, theta = 1 - nu**2, PROVED.value("theta") * nu
    phi, psi = PROVED.value("phi") * np.sqrt(l), PROVED.value("phi") * l
    bracket = 2 * (1 - theta - phi * (1 + theta)) - x * (1 + theta) ** 2 * (1 + l * (1 + psi) ** 2)
    return bracket / (1 + x * nu**2 * (1 + psi) * (1 + theta)) ** 2


def _step(eta_sigma_k_squared: float) -> float:
    value = validate.positive("eta_sigma_k_squared", eta_sigma_k_squared)
    if value > 0.5:
        raise ValueError(f"eta_sigma_k_squared is {value}; expected at most 1/2, for eta is at most 1/(2 sigma_1^2)")
    return value
