r"""What the imbalance :math:`\Delta=F^\top F-G^\top G` guarantees: explicit rates for two factors, in the population.

Notation of the chapter "Imbalance drives the rate": A has shape (n_1, n_2), rank k and singular values
:math:`\sigma_1\ge\dots\ge\sigma_k`; :math:`R=FG^\top-A`; F has r columns, and s = min(r, n_1). Source: ours,
`lem-two-factor-norms`, `lem-two-factor-pl`, `thm-asymmetric-rate` and `lem-imbalance-at-random-start` of the book.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import validate
from wnsense.asymmetric import imbalance
from wnsense.rectangular import RectangularTruth


def factor_norm_squared(largest_imbalance: float, product: float) -> float:
    r"""The bound :math:`\lVert F\rVert^2\le\tfrac\delta2+\sqrt{\tfrac{\delta^2}4+p^2}`.

    :math:`\delta=\lambda_{\max}(\Delta)_+` and :math:`p=\lVert FG^\top\rVert`. With
    :math:`\lambda_{\max}(-\Delta)_+` it bounds :math:`\lVert G\rVert^2`.
    """
    half = max(largest_imbalance, 0.0) / 2
    return float(half + np.hypot(half, product))


def second_factor_squared(sigma: np.ndarray, delta: float, rho: float) -> float:
    r"""The lower bound :math:`\gamma^2(\delta,\rho)` of :math:`\sigma_{\min}(V^\top G)^2`.

    .. math:: \gamma^2(\delta,\rho)=\max\Big\{\frac{(\sigma_k-\rho)_+^2}{\delta+\sigma_1+\rho},\
       \sqrt{\sigma_k^2+\tfrac14\delta^2}-\tfrac12\delta-\sqrt2\rho\Big\},

    where :math:`\delta\ge\lambda_{\max}(\Delta)_+` and :math:`\rho\ge\lVert R\rVert_F`.

    Parameters
    ----------
    sigma : ndarray (k,)
        The singular values of A, largest first, k at least 1.
    delta, rho : float
        Not negative.
    """
    top, low = float(sigma[0]), float(sigma[-1])
    far = max(low - rho, 0.0) ** 2 / (delta + top + rho)
    near = low**2 / (np.hypot(low, delta / 2) + delta / 2) - np.sqrt(2) * rho  # the root, without cancellation
    return float(max(far, near))


@dataclass(frozen=True)
class Start:
    r"""All that the theorem asks of a start :math:`(F_0,G_0)`.

    Attributes
    ----------
    sigma : ndarray (k,)
        The singular values of A, largest first; empty for A = 0.
    beta_squared : float
        :math:`\lambda_s(\Delta_0)`; the theorem needs it positive.
    delta, delta_minus : float
        :math:`\lambda_{\max}(\Delta_0)_+` and :math:`\lambda_{\max}(-\Delta_0)_+`.
    rho : float
        :math:`\lVert R_0\rVert_F`.
    r, n_1 : int
        The global case is r >= n_1.
    """

    sigma: np.ndarray
    beta_squared: float
    delta: float
    delta_minus: float
    rho: float
    r: int
    n_1: int

    @property
    def is_global(self) -> bool:
        """Whether F has at least as many columns as rows."""
        return self.r >= self.n_1

    @property
    def _top(self) -> float:
        return float(self.sigma[0]) if len(self.sigma) else 0.0

    def rate(self, theta: float = 0.0) -> float:
        r"""The constant :math:`c_\theta`; :math:`\lVert R(t)\rVert_F\le e^{-c_0t}\lVert R_0\rVert_F` under the flow."""
        held = (1 - theta) * self.beta_squared
        if self.is_global or not len(self.sigma):
            return held
        return min(held, second_factor_squared(self.sigma, self.delta + theta * self.beta_squared, self.rho))

    def drift(self, eta: float) -> float:
        r""":math:`\theta=\eta\rho^2/\beta^2`: the part of :math:`\beta^2` that the imbalance can lose in all steps."""
        return eta * self.rho**2 / self.beta_squared

    def stiffness(self, eta: float) -> float:
        r"""h, a bound of :math:`\eta(\lVert F_t\rVert^2+\lVert G_t\rVert^2)` for all t."""
        drift = self.drift(eta) * self.beta_squared
        other = self.delta_minus + drift if self.r > self.n_1 else 0.0
        return eta * (self.delta + drift + other + 2 * self._top + 2 * self.rho)

    def allows(self, eta: float) -> bool:
        r"""Whether the theorem for gradient descent covers this step size."""
        near = self.is_global or not len(self.sigma) or self.rho < self.sigma[-1]
        return bool(self.beta_squared > 0 and near and self.drift(eta) <= 0.5 and self.stiffness(eta) <= 0.5)

    def step_constant(self, eta: float) -> float:
        r""":math:`\omega=2-h-\epsilon-h\epsilon-\tfrac12h\epsilon^2`, :math:`\epsilon=\eta\rho`."""
        h, e = self.stiffness(eta), eta * self.rho
        return 2 - h - e - h * e - h * e**2 / 2

    def decrease(self, eta: float) -> float:
        r"""The part of :math:`\lVert R_t\rVert_F^2` that every step removes at least, :math:`\omega\eta c_\theta`."""
        return self.step_constant(eta) * eta * self.rate(self.drift(eta))


def start(truth: RectangularTruth, F: np.ndarray, G: np.ndarray) -> Start:
    """What the theorem needs to know of (F, G); ValueError for shapes that do not fit the truth."""
    F = validate.array("F", F, (truth.shape[0], "r"))
    G = validate.array("G", G, (truth.shape[1], F.shape[1]))
    eigenvalues = np.linalg.eigvalsh(imbalance(F, G))[::-1]
    n_1, r = F.shape
    return Start(
        sigma=truth.sigma,
        beta_squared=float(eigenvalues[min(r, n_1) - 1]),
        delta=float(max(eigenvalues[0], 0.0)),
        delta_minus=float(max(-eigenvalues[-1], 0.0)),
        rho=truth.error(F, G),
        r=r,
        n_1=n_1,
    )


def random_start_imbalance(n_1: int, n_2: int, r: int, tau: float, ratio: float = 1 / 3) -> float:
    r"""The c with :math:`\lambda_s(\Delta_0)\ge c\,\alpha^2` with probability at least :math:`1-2e^{-\tau^2/2}`.

    For independent :math:`N(0,\alpha^2)` entries of :math:`F_0` and :math:`N(0,\nu^2\alpha^2)` entries of :math:`G_0`,
    :math:`\nu` the ratio, s = min(r, n_1) and :math:`\ell=\max(r,n_1)`,

    .. math:: c=(\sqrt\ell-\sqrt s-\tau)_+^2-\nu^2(\sqrt{n_2}+\sqrt s+\tau)^2 .

    It says something where it is positive.

    Raises
    ------
    ValueError
        For sizes below 1, tau negative or ratio not positive.
    """
    sizes = [validate.integer(name, size, low=1) for name, size in (("n_1", n_1), ("n_2", n_2), ("r", r))]
    if not (np.isfinite(tau) and tau >= 0):
        raise ValueError(f"tau is {tau}; expected a finite number of at least 0")
    short, long = np.sqrt(min(sizes[0], sizes[2])), np.sqrt(max(sizes[0], sizes[2]))
    smallest = max(long - short - tau, 0.0)
    return float(smallest**2 - (validate.positive("ratio", ratio) * (np.sqrt(sizes[1]) + short + tau)) ** 2)
