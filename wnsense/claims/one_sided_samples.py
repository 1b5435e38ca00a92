"""Claims of the chapter on one-sided weight normalization: the free step with samples."""

from __future__ import annotations

import functools

import numpy as np
import sympy
import z3

from wnsense import rectangular, stiefel
from wnsense.claims.one_sided import CHAPTER
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical


def free_operator(n_1, n_2, r, n, rng):
    """The n x (n_2 r) matrix of G -> M(XG') for a random X: column by column, from the operator itself."""
    operator, X = rectangular.gaussian(n_1, n_2, n, rng), stiefel.random_point(n_1, r, rng)
    units = np.eye(n_2 * r).reshape(-1, n_2, r)
    return np.stack([operator.forward(X @ unit.T) for unit in units], axis=1)


@functools.cache
def free_spectra(effort):
    """Extreme singular values of drawn free operators, with n_2 r, r(r + 1)/2 and n, several sizes."""
    rng, found = np.random.default_rng(71), []
    for n_1, n_2, r, n in ((10, 6, 3, 60), (6, 10, 2, 100), (12, 12, 4, 150)):
        for _ in range(effort.pick(12, 100)):
            s = np.linalg.svd(free_operator(n_1, n_2, r, n, rng), compute_uv=False)
            found.append((s[0], s[-1], n_2 * r, r * (r + 1) / 2, n))
    return np.array(found)


def growth(mu_over_limit, steps=600):
    """How far the slowest free steps with mu = mu_over_limit * 2/beta^2 come: the last distance over the first."""
    rng = np.random.default_rng(72)
    B = free_operator(8, 5, 2, 40, rng)
    G, beta = rng.standard_normal(10), np.linalg.norm(B, 2)
    first = np.linalg.norm(G)
    for _ in range(steps):
        G = G - 2 * mu_over_limit / beta**2 * (B.T @ (B @ G))
    return float(np.linalg.norm(G) / first)


@claim(
    id="prop-free-step-stability",
    title="Which free steps are stable",
    statement=r"X\text{ fixed},\ \beta=\max_{\lVert G\rVert_F=1}\lVert\mathcal M(XG^\top)\rVert:\ "
    r"\text{free steps converge}\iff0<\mu<\tfrac2{\beta^2};\ "
    r"\mathcal M\text{ Gaussian},\ u=\sqrt{\tfrac{n_2r}n}+\tfrac\tau{\sqrt n}:\ \Pr(\beta\ge1+u)\le e^{-\tau^2/2};\ "
    r"u<1,\ \mu=\tfrac1{1+u^2}:\ \text{factor}\le\tfrac{2u}{1+u^2}\text{ with probability}\ge1-2e^{-\tau^2/2}",
    level=Level.PROVED,
    source="ours; davidson2001, Theorem II.13",
    uses=(),
    chapter=CHAPTER,
    controls={
        "a limit 10 % larger": dict(stretch=1.1),
        "r(r + 1)/2 unknowns, as in the symmetric method": dict(symmetric=True),
        "a factor 10 % smaller": dict(share=sympy.Rational(9, 10)),
    },
)
def free_step(effort, *, stretch=1.0, symmetric=False, share=1):
    """The scalar steps; then spectra of drawn operators, and free steps on both sides of the limit."""
    s, u, mu, b, beta2 = z3.Reals("s u mu b beta2")
    spread = 2 * z3.RealVal(str(share)) * u
    U = sympy.Symbol("u", positive=True)
    inside = (0 < u, u < 1, 1 - u <= s, s <= 1 + u)
    steps = (
        smt.inequality(
            "2 0 < mu beta^2 < 2: -1 < 1 - mu b < 1 for 0 < b <= beta^2",
            z3.And(-1 < 1 - mu * b, 1 - mu * b < 1),
            *(0 < mu, mu * beta2 < z3.RealVal(str(2 * stretch)), 0 < b, b <= beta2),
        ),
        classical("4 the rows of a Gaussian operator in orthonormal coordinates", "rotation invariance"),
        classical("4 singular values between 1 - u and 1 + u", "Davidson-Szarek II.13"),
        smt.inequality(
            "5 |1 - s^2/(1 + u^2)| <= 2u/(1 + u^2)",
            z3.And(1 + u * u - s * s <= spread, s * s - 1 - u * u <= spread),
            *inside,
        ),
        symbolic.scalar_identity(
            "5 1 - 2u/(1 + u^2) = (1 - u)^2/(1 + u^2) > 0", 1 - 2 * U / (1 + U**2), (1 - U) ** 2 / (1 + U**2)
        ),
    )
    high, low, unknowns, fewer, n = free_spectra(effort).T
    root = np.sqrt((fewer if symmetric else unknowns) / n)
    outside = np.mean((high >= 1 + root + 2 / np.sqrt(n)) | (low <= 1 - root - 2 / np.sqrt(n)))
    mu_best, factor = 1 / (1 + root**2), 2 * float(share) * root / (1 + root**2)
    measured = np.maximum(np.abs(1 - mu_best * high**2), np.abs(1 - mu_best * low**2))
    rows = (
        Row("mean beta over 1 + (n_2 r/n)^(1/2)", np.mean(high / (1 + root)), "upper", 1.0),
        Row(
            "mean factor of a free step over 2u/(1 + u^2), tau = 0",
            np.mean(measured / factor),
            "tight",
            1.0,
            0.05,
            "finite size",
        ),
        Row("share of draws outside for tau = 2", outside, "upper", 2 * np.exp(-2.0)),
        Row("600 steps with mu = 0.99 of the limit: distance left", growth(0.99 * stretch), "upper", 1e-3),
        Row("600 steps with mu = 1.01 of the limit: distance gained", growth(1.01), "lower", 1e3),
    )
    return Evidence(rows, steps)
