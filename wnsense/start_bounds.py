r"""What the finite-sample theorem promises from a random and from a spectral start, with every constant.

k is the rank of A, :math:`\kappa=\sigma_1/\sigma_k`; Gaussian measurements; step size :math:`\eta=1/(2\sigma_1^2)`.
Source: ours; `cor-random-start`,
`cor-spectral-start`, `lem-smallest-singular-value` and `lem-rip-growth` of the book. `wnsense.finite_sample_bounds`
has the theorem itself.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from wnsense import bounds, validate
from wnsense import finite_sample_bounds as finite

SPECTRAL_DELTA = 35  # delta ||A||_F is at most sigma_k over this


def _sizes(m: int, r: int, k: int) -> tuple[int, int, int]:
    m = validate.integer("m", m, low=1)
    r = validate.integer("r", r, low=1, high=m)
    return m, r, validate.integer("k", k, low=1, high=r)


def singular_value_tail(k: int, r: int, epsilon):
    r"""Upper bound of :math:`\Pr(\sigma_{\min}(N)\le\epsilon)` for a Gaussian N (k, r), k <= r.

    With :math:`\ell=r-k+1` it is
    :math:`\frac{2^{\ell/2}\,\Gamma(\frac{r+1}2)}{\Gamma(\frac k2)\,\ell!}\,\epsilon^\ell`.

    Raises
    ------
    ValueError
        Unless 1 <= k <= r.

    References
    ----------
    `lem-smallest-singular-value` of the book; Edelman (1988), Chen and Dongarra (2005).
    """
    r = validate.integer("r", r, low=1)
    ell = r - validate.integer("k", k, low=1, high=r) + 1
    log_constant = ell / 2 * np.log(2) + gammaln((r + 1) / 2) - gammaln(k / 2) - gammaln(ell + 1)
    return np.exp(log_constant) * np.asarray(epsilon, float) ** ell


def alignment(m: int, r: int, k: int, c: float) -> float:
    r"""The bound :math:`\lambda_0\ge\frac{c^2(r-k+1)^2}{18\,m\,r}` for a uniform start, which fails with probability
    `alignment_failure`."""
    m, r, k = _sizes(m, r, k)
    return validate.positive("c", c) ** 2 * (r - k + 1) ** 2 / (18 * m * r)


def alignment_failure(m: int, r: int, k: int, c: float) -> float:
    r"""The probability :math:`(ec)^{r-k+1}+e^{-m/2}` that `alignment` is allowed to fail."""
    m, r, k = _sizes(m, r, k)
    return float((np.e * validate.positive("c", c)) ** (r - k + 1) + np.exp(-m / 2))


def constant_for(m: int, r: int, k: int, failure: float) -> float:
    r"""The c at which `alignment_failure` is the given probability.

    Raises
    ------
    ValueError
        If failure is not above :math:`e^{-m/2}`, or not below 1.
    """
    m, r, k = _sizes(m, r, k)
    failure = validate.positive("failure", failure)
    if not np.exp(-m / 2) < failure < 1:
        raise ValueError(f"failure is {failure}; expected a probability between exp(-m/2) = {np.exp(-m / 2):.2g} and 1")
    return float((failure - np.exp(-m / 2)) ** (1 / (r - k + 1)) / np.e)


def random_start_delta(m: int, r: int, k: int, kappa: float, failure: float) -> float:
    r"""The distortion allowed from a random start, :math:`\delta=\frac{c^2(r-k+1)^2}{630\,\kappa\sqrt k\,m\,r}`, c
    for the given failure."""
    return finite.sufficient_delta(alignment(m, r, k, constant_for(m, r, k, failure)), kappa, k)


def random_start_samples(m: int, r: int, k: int, kappa: float, failure: float) -> int:
    r"""Gaussian measurements proved to suffice from a random start; half of `failure` is for the start, half for the
    isometry.

    References
    ----------
    `thm-gaussian-rip` at the order min(r + k + 1, m), at `random_start_delta`.
    """
    return bounds.rip_sample_size(m, min(r + k + 1, m), random_start_delta(m, r, k, kappa, failure / 2), failure / 2)


def random_start_iterations(m: int, r: int, k: int, kappa: float, failure: float, epsilon: float) -> int:
    r"""Iterations to a relative error of epsilon from a random start, at :math:`\eta=1/(2\sigma_1^2)`."""
    lambda_0 = alignment(m, r, k, constant_for(m, r, k, failure))
    return finite.iterations(lambda_0, 1 / (2 * validate.positive("kappa", kappa) ** 2), epsilon)


def random_start_growth(m: int, r: int, k: int, kappa: float) -> tuple[float, float, float]:
    r"""How distortion, Gaussian measurements and iterations of a random start grow: exponents with every constant set
    to 1, no bounds.

    :math:`\delta\sim\frac{\ell^2}{\kappa\sqrt k\,mr}`,
    :math:`n\sim\frac{mr}{\delta^2}=\frac{\kappa^2k\,m^3r^3}{\ell^4}` up to a logarithm, and
    :math:`\frac{\kappa^2mr}{\ell^2}` iterations before the local phase, :math:`\ell=r-k+1`. To be set beside
    `wnsense.published_bounds`.
    """
    m, r, k = _sizes(m, r, k)
    kappa, ell = validate.positive("kappa", kappa), r - k + 1
    delta = ell**2 / (kappa * np.sqrt(k) * m * r)
    return float(delta), float(m * r / delta**2), float(kappa**2 * m * r / ell**2)


def spectral_start_delta(kappa: float, k: int) -> float:
    r"""The distortion allowed from a spectral start,
    :math:`\delta=\frac1{35\,\kappa\sqrt k}\le\frac{\sigma_k}{35\lVert A\rVert_F}`."""
    kappa = validate.positive("kappa", kappa)
    return float(1 / (SPECTRAL_DELTA * kappa * np.sqrt(validate.integer("k", k, low=1))))


def spectral_alignment(omega: float) -> float:
    r"""The bound :math:`\lambda_0\ge1-\big(\frac\omega{1-\omega}\big)^2`, where
    :math:`\omega=\delta\lVert A\rVert_F/\sigma_k<\tfrac12`."""
    omega = validate.positive("omega", omega)
    if omega >= 0.5:
        raise ValueError(f"omega is {omega}; expected less than 1/2, above it the bound is empty")
    return 1 - (omega / (1 - omega)) ** 2


def spectral_start_samples(m: int, r: int, k: int, kappa: float, failure: float) -> int:
    r"""Gaussian measurements proved to suffice from a spectral start: `thm-gaussian-rip` at `spectral_start_delta`."""
    m, r, k = _sizes(m, r, k)
    return bounds.rip_sample_size(m, min(r + k + 1, m), spectral_start_delta(kappa, k), failure)


def spectral_start_iterations(kappa: float, epsilon: float) -> int:
    r"""Iterations to a relative error of epsilon from a spectral start, :math:`12\kappa^2\ln(1.42/\epsilon)`, at
    :math:`\eta=1/(2\sigma_1^2)`."""
    kappa, accuracy = validate.positive("kappa", kappa), validate.positive("epsilon", epsilon)
    return max(0, int(np.ceil(12 * kappa**2 * np.log(finite.ERROR_CONSTANT / accuracy))))


def rip_growth(m: int, K: int) -> float:
    r"""The factor :math:`\frac{2(m-1)}{K-1}-1` by which the constant of full order can exceed that of order K:
    :math:`\delta_m\le\cdot\,\delta_K`.

    A :math:`\delta_K` below its inverse makes :math:`\mathcal M` injective on all symmetric matrices: n is then at
    least m(m+1)/2.

    Raises
    ------
    ValueError
        Unless 2 <= K <= m.
    """
    m = validate.integer("m", m, low=2)
    return 2 * (m - 1) / (validate.integer("K", K, low=2, high=m) - 1) - 1
