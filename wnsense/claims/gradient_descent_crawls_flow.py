"""Claim of "Gradient descent crawls" on the gradient flow, against its closed form in 40 digits."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import sympy
import z3

from wnsense import crawl_flow, crawl_worst
from wnsense.claims.gradient_descent_crawls import CHAPTER
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof.smt import inequality
from wnsense.proof.step import Step, classical
from wnsense.proof.symbolic import identity, matrices


def flow_steps(*, growth=Fraction(2), tied=True) -> list[Step]:
    """Steps of the proof; the arguments sabotage them."""
    Y, Yt, A, W, Wi, U, Ut, Sigma = matrices("Y Yt A W Wi U Ut Sigma")
    n, g = z3.Real("n"), z3.Q(growth.numerator, growth.denominator)
    one, N, P = sympy.Integer(1), Yt * A * Y, 1 - U * Ut
    rules = {W * Wi: one, Wi * W: one}
    velocity = -(Y * Yt - A) * Y
    velocity_t = -Yt * (Y * Yt - A)
    return [
        identity("1 dW/dtau = -2W^2 + 2N", velocity_t * Y + Yt * velocity, -2 * Yt * Y * Yt * Y + 2 * N),
        identity("2 dW^-1/dtau = 2I - 2W^-1 N W^-1", -Wi * (-2 * W * W + 2 * N) * Wi, 2 - 2 * Wi * N * Wi, rules),
        inequality("3 which is at most 2I, as N >= 0", 2 - 2 * n <= g, n >= 0),
        identity("4 dB/dtau = -BW", P * (-(Y * Yt - U * Sigma * Ut) * Y), -P * Y * Yt * Y, {Ut * U: one}),
        identity("5 W = Y'UU'Y + B'B", Yt * Y, Yt * U * Ut * Y + (1 if tied else 2) * Yt * P * P * Y, {Ut * U: one}),
        classical("6 the flow exists for all times", by="Picard and Lindelof"),
        classical("7 derivative of the largest eigenvalue", by="Rademacher"),
        classical("8 |Z - A|_F^2 >= sum of lambda_i(Z)^2, i > r_A", by="Eckart and Young"),
    ]


@claim(
    id="thm-gd-flow-lower-bound",
    title="The flow crawls, and exactly so",
    statement=r"\dot Y=-(YY^\top-A)Y,\ \mathrm{rank}\,A\le r_A<r,\ w_0>0:\ "
    r"\frac1{1/w_0+2\tau}\le\lambda_i(YY^\top)\le\frac1{1/\beta_0+2\tau}\ (r_A<i\le r),\ "
    r"\lVert YY^\top-A\rVert_F\ge\frac{\sqrt{r-r_A}}{1/w_0+2\tau};\ \text{equality for }A=0,\ Y_0^\top Y_0=w_0I",
    level=Level.PROVED,
    source="ours",
    uses=("lem-factor-gradient", "lem-parameterizations"),
    chapter=CHAPTER,
    controls={
        "1.8 tau in place of 2 tau": dict(growth=Fraction(9, 5)),
        "2.2 tau in place of 2 tau in the upper bound": dict(upper=2.2),
        "starts 10 % larger in the lower bound": dict(smaller=1.1),
        "r - r_A counted 10 % too large": dict(count=1.1),
        "B'B counted twice in W": dict(tied=False),
    },
)
def gd_flow_lower_bound(effort, *, growth=Fraction(2), upper=2.0, smaller=1.0, count=1.0, tied=True):
    """The proof's steps; the bounds against the closed form of the flow, which is itself put into the equation."""
    rng = np.random.default_rng(36)
    sabotaged = (growth, upper, smaller, count, tied) != (2, 2.0, 1.0, 1.0, True)
    instances = effort.pick(5 if sabotaged else 12, 200)
    least, low, high, solves = mpmath.inf, mpmath.inf, mpmath.mpf(0), mpmath.mpf(0)
    with mpmath.workdps(40):
        g, c = mpmath.mpf(growth.numerator) / growth.denominator, mpmath.sqrt(count)
        for _ in range(instances):
            sigma, Y, _ = crawl_worst.random_instance(rng, 1.0)
            k, r = len(sigma), Y.shape[1]
            start = crawl_flow.estimate(sigma, Y, 0)
            w_0, beta_0 = smaller * crawl_flow.eigenvalues(start)[r - 1], crawl_flow.outside(sigma, start)
            for tau in (mpmath.mpf(10) ** rng.uniform(-2, 0), mpmath.mpf(10) ** rng.uniform(0, 1.5)):
                Z = crawl_flow.estimate(sigma, Y, tau)
                lower, spare = 1 / (1 / w_0 + g * tau), crawl_flow.eigenvalues(Z)[k:r]
                least = min(least, crawl_flow.error(sigma, Z) / (c * mpmath.sqrt(r - k) * lower))
                low = min(low, spare[-1] / lower)
                high = max(high, crawl_flow.outside(sigma, Z) * (1 / beta_0 + upper * tau))
                solves = max(solves, _defect(sigma, Y, tau))
        identical = crawl_flow.error([], crawl_flow.estimate([], 3 * mpmath.eye(4)[:, :2], 10))
        bound = c * mpmath.sqrt(2) / (mpmath.mpf(1) / 9 + 10 * g)
    rounding = dict(tolerance=1e-25, because="rounding at equality")
    rows = (
        Row(f"least error over bound, {2 * instances} points", least, "lower", 1.0, **rounding),
        Row("least lambda_i over its lower bound", low, "lower", 1.0, **rounding),
        Row("greatest |B|^2 over its upper bound", high, "upper", 1.0, **rounding),
        Row("error / bound - 1, A = 0, tau = 10", identical / bound - 1, "tight", 0.0, **rounding),
        Row("closed form: defect in the equation", solves, "tight", 0.0, 1e-15, "difference quotient"),
    )
    return Evidence(rows, flow_steps(growth=growth, tied=tied))


def _defect(sigma, Y, tau):
    """The largest entry of dZ/dtau - (AZ + ZA - 2Z^2), by a central difference quotient."""
    h = mpmath.mpf(10) ** -10
    Z = crawl_flow.estimate(sigma, Y, tau)
    A = mpmath.diag([mpmath.mpf(s) for s in sigma] + [mpmath.mpf(0)] * (Z.rows - len(sigma)))
    slope = (crawl_flow.estimate(sigma, Y, tau + h) - crawl_flow.estimate(sigma, Y, tau - h)) / (2 * h)
    return mpmath.mnorm(slope - (A * Z + Z * A - 2 * Z * Z), mpmath.inf)
