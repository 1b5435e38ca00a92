"""The scalar model of imbalance, and what it says about every matrix: the dependence on the start is unavoidable."""

from __future__ import annotations

from functools import lru_cache

import flint
import mpmath
import numpy as np
import sympy
import z3

from wnsense import asymmetric_bounds, imbalance_rate
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.claims.two_factor_rate import CHAPTER
from wnsense.proof import ball, smt, symbolic
from wnsense.proof.step import classical
from wnsense.rectangular import random_rectangular_truth


def flow_steps(*, factor=2, sign=1):
    """The closed form solves the flow and starts where it should; `factor` and `sign` sabotage it."""
    t = sympy.Symbol("t", nonnegative=True)
    Delta, f_0, g_0, R_0 = sympy.symbols("Delta f_0 g_0 R_0", positive=True)
    c = sympy.Symbol("c", positive=True)
    u = Delta * t + c
    grow = sympy.exp(2 * u)
    f_squared, g_squared = Delta * grow / (grow - 1), Delta / (grow - 1)
    R = Delta / (factor * sympy.sinh(sign * u).rewrite(sympy.exp))
    start = (f_0**2 - g_0**2) / (factor * sympy.sinh(sympy.log(f_0 / g_0)).rewrite(sympy.exp))
    # the balanced limit, in the form without the logarithm: its denominator is f_0^2 e^x - g_0^2 e^-x, x = Delta t
    g = sympy.Symbol("g", positive=True)
    ratio = Delta / ((Delta + g**2) * sympy.exp(Delta * t) - g**2 * sympy.exp(-Delta * t))
    balanced = sympy.limit(ratio * g * sympy.sqrt(Delta + g**2), Delta, 0)
    return (
        symbolic.scalar_identity("1 f^2 - g^2 = Delta for ever", f_squared - g_squared, Delta),
        symbolic.scalar_identity("2 (f/g)^2 = e^(2u), u = Delta t + log(f_0/g_0)", f_squared / g_squared, grow),
        symbolic.scalar_identity("3 fg = Delta/(2 sinh u), squared", f_squared * g_squared, R**2),
        symbolic.scalar_identity("4 df/dt = -Rg, times 2f", sympy.diff(f_squared, t), -2 * R**2),
        symbolic.scalar_identity("4 dg/dt = -Rf, times 2g", sympy.diff(g_squared, t), -2 * R**2),
        symbolic.scalar_identity("5 R(0) = f_0 g_0", start, f_0 * g_0),
        symbolic.scalar_identity(
            "6 Delta -> 0: 1/(2t + 1/R_0)", balanced.subs(g, sympy.sqrt(R_0)), 1 / (2 * t + 1 / R_0)
        ),
    )


def descent_steps(*, keep=1, total=1):
    """The discrete bounds; `keep` and `total` sabotage the law of the imbalance and the lower bound."""
    f, g, eta = sympy.symbols("f g eta", positive=True)
    f_next, g_next = f * (1 - eta * g**2), g * (1 - eta * f**2)
    x, y, before = z3.Reals("x y S")  # x = eta f^2, y = eta g^2
    return (
        symbolic.scalar_identity(
            "7 GD: Delta_+ = Delta(1 - eta^2 R^2)",
            f_next**2 - g_next**2,
            (f**2 - g**2) * (1 - keep * eta**2 * f**2 * g**2),
        ),
        symbolic.scalar_identity(
            "8 GD: R_+ = R(1 - eta f^2)(1 - eta g^2)", f_next * g_next, f * g * (1 - eta * f**2) * (1 - eta * g**2)
        ),
        smt.inequality(
            "9 lower: (1-x)(1-y) >= 1 - S for x + y <= S",
            (1 - x) * (1 - y) >= 1 - z3.RealVal(str(total)) * before,
            x >= 0,
            y >= 0,
            x + y <= before,
            before <= 1,
        ),
        smt.inequality(
            "10 upper: (1-x)(1-y) <= 1 - (x - y) for 0 <= y <= x <= 1",
            (1 - x) * (1 - y) <= 1 - (x - y),
            0 <= y,
            y <= x,
            x <= 1,
        ),
        smt.inequality(
            "11 1 - (1-x)(1-y) >= sqrt(xy), through its square, for x, y <= 1",
            (x + y - x * y) * (x + y - x * y) >= x * y,
            0 <= y,
            y <= x,
            x <= 1,
        ),
    )


@lru_cache(maxsize=None)
def integrated(f_0: float, g_0: float) -> tuple[tuple[float, float], ...]:
    """(t, R(t)) of the flow, by the Taylor series method of mpmath in 30 digits."""
    with mpmath.workdps(30):
        start = [mpmath.mpf(f_0), mpmath.mpf(g_0)]
        flow = mpmath.odefun(lambda _, z: [-z[0] * z[1] ** 2, -z[1] * z[0] ** 2], 0, start)
        return tuple((t, float(flow(t)[0] * flow(t)[1])) for t in (0.1, 1.0, 3.0))


def flow_rows(*, factor=2, sign=1):
    """The closed form beside the flow integrated in 30 digits, and the rate beside Delta."""
    worst, rate = 0.0, []
    for f_0, g_0 in ((1.0, 1 / 3), (0.3, 0.29), (2.0, 1e-3), (0.5, 0.5)):
        for t, product in integrated(f_0, g_0):
            worst = max(worst, abs(float(imbalance_rate.scalar_flow(f_0, g_0, t)) * 2 / factor / product - 1))
        if f_0 != g_0:
            Delta = f_0**2 - g_0**2
            late = imbalance_rate.scalar_flow(f_0, g_0, np.array([30.0, 31.0]) / Delta)
            rate.append(np.log(late[0] / late[1]) * sign)
    crawl = 2 * 1e6 * imbalance_rate.scalar_flow(0.5, 0.5, 1e6)
    return [
        Row("closed form over the flow in 30 digits, off 1 by", worst, "tight", 0.0, 1e-12, "double precision"),
        Row("flow: late rate over Delta, smallest", min(rate), "tight", 1.0, 1e-6, "finite time"),
        Row("balanced: 2tR at t = 1e6", float(crawl), "tight", 1.0, 1e-5, "finite time"),
    ]


def enclosed_ratios(f_0: str, g_0: str, eta: str, steps: int, total: float, held: float):
    """Smallest R_t over the lower bound, largest over the upper, as enclosures, t = 1..steps."""
    f, g, eta = flint.arb(f_0), flint.arb(g_0), flint.arb(eta)
    R_0 = f * g
    low = 1 - flint.arb(str(total)) * eta * (f * f + g * g)
    high = 1 - flint.arb(str(held)) * eta * (f * f - g * g) * (1 - eta * R_0)
    least, most, under, over = flint.arb(10), flint.arb(0), R_0, R_0
    for _ in range(steps):
        f, g = f * (1 - eta * g * g), g * (1 - eta * f * f)
        under, over = under * low, over * high
        least, most = min(least, f * g / under, key=float), max(most, f * g / over, key=float)
    return least, most


@claim(
    id="thm-scalar-imbalance",
    title="Imbalance in one dimension",
    statement=r"\dot f=-Rg,\ \dot g=-Rf,\ R=fg,\ \Delta=f_0^2-g_0^2:\quad"
    r"R(t)=\frac\Delta{2\sinh(\Delta t+\log(f_0/g_0))},\quad \frac1{2t+1/R_0}\text{ if }\Delta=0;\qquad"
    r"\text{GD},\ \eta(f_0^2+g_0^2)\le1,\ f_0\ge g_0:\ "
    r"R_0\big(1-\eta(f_0^2+g_0^2)\big)^t\le R_t\le R_0\big(1-\eta\Delta_0(1-\eta R_0)\big)^t",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    controls={
        "1.8 sinh for 2 sinh": dict(factor=sympy.Rational(9, 5)),
        "sinh(-u): the product grows": dict(sign=-1),
        "the imbalance conserved by GD": dict(keep=0),
        "lower bound with 0.9 (f_0^2 + g_0^2)": dict(total=sympy.Rational(9, 10)),
        "upper bound with 1.1 Delta": dict(held=1.1),
    },
)
def scalar_imbalance(effort, *, factor=2, sign=1, keep=1, total=1, held=1.0):
    """The steps; the flow in 30 digits; both bounds of gradient descent in ball arithmetic."""
    rows = flow_rows(factor=float(factor), sign=sign)
    pairs = ("1", "0.3333333333"), ("0.7", "0.699"), ("1", "0.001")
    cases = [(*pair, eta) for pair in pairs for eta in ("0.05", "0.5")]
    with ball.precision(400):
        found = [enclosed_ratios(*case, effort.pick(200, 2000), float(total), held) for case in cases]
        least, most = min((low for low, _ in found), key=float), max((high for _, high in found), key=float)
        steps = (
            ball.above(f"12 R_t over its lower bound, {len(cases)} runs of GD", least, 1),
            ball.below(f"12 R_t over its upper bound, {len(cases)} runs of GD", most, 1),
        )
    rows += [
        Row("smallest R_t over its lower bound", float(least), "lower", 1.0),
        Row("largest R_t over its upper bound", float(most), "upper", 1.0),
    ]
    return Evidence(rows, (*flow_steps(factor=factor, sign=sign), *descent_steps(keep=keep, total=total), *steps))


@claim(
    id="prop-imbalance-unavoidable",
    title="The dependence on the start is unavoidable",
    statement=r"r_A<r\le\min(n_1,n_2),\ \text{every }A,\ \Delta>0,\ R_0>0:\ "
    r"\text{there are }F_0,G_0\text{ with }F_0^\top F_0-G_0^\top G_0=\Delta I,\ \lVert F_0G_0^\top-A\rVert_F=R_0,\ "
    r"\lVert R(t)\rVert_F=\tfrac{\Delta}{2\sinh(\Delta t+c)};\ "
    r"\text{from }F_0=\alpha[u_1\dots u_r],\ G_0=\tfrac\alpha3[v_1\dots v_r],\ \tfrac{10}9\eta\alpha^2<1:\ "
    r"\lVert R_t\rVert_F\ge\tfrac{\alpha^2}3\big(1-\tfrac{10}9\eta\alpha^2\big)^t",
    level=Level.PROVED,
    source="ours; the phenomenon is that of xiong2024",
    uses=("thm-scalar-imbalance", "thm-asymmetric-rate"),
    chapter=CHAPTER,
    controls={
        "9/9 for 10/9": dict(total=sympy.Integer(1)),
        "R_0 = alpha^2/2.7": dict(third=sympy.Rational(10, 27)),
        "the superfluous pair ten times larger": dict(stretch=np.sqrt(10)),
        "the signal left out of the columns": dict(signal=0),
    },
)
def imbalance_unavoidable(effort, *, total=sympy.Rational(10, 9), third=sympy.Rational(1, 3), stretch=1.0, signal=1):
    """The block structure by symbols; runs of the matrix method against the scalar law and the lower bound."""
    a, x = sympy.symbols("alpha x", positive=True)
    u, ut, v, vt, U, Ut, V, Vt, P, Q = symbolic.matrices("u ut v vt U Ut V Vt P Q")
    f, g = sympy.symbols("f g", positive=True)
    w, wt, z, zt = symbolic.matrices("w wt z zt")
    p, q, sigma = sympy.symbols("p q sigma", positive=True)
    rules = {Ut * u: 0, ut * U: 0, vt * V: 0, Vt * v: 0, Ut * U: 1, Vt * V: 1, ut * u: 1, vt * v: 1}
    apart = {ut * w: 0, wt * u: 0, vt * z: 0, zt * v: 0, ut * u: 1, wt * w: 1, vt * v: 1, zt * z: 1}
    R, Rt = (f * g * a1 * b1 + (p * q - sigma) * a2 * b2 for a1, b1, a2, b2 in ((u, vt, w, zt), (v, ut, z, wt)))
    F, G, residual = [U * P, f * u], [V * Q, g * v], f * g * u * vt  # columns of F, of G; U P Q' V' = A
    gradient_F, gradient_G = [residual * B for B in G], [(f * g * v * ut) * B for B in F]
    zero, log_ratio = sympy.Integer(0), sympy.Symbol("L", positive=True)
    steps = (
        symbolic.identity("1 RG on the fitted columns is 0", gradient_F[0], zero, rules),
        symbolic.identity("1 RG on the superfluous column is f g^2 u", gradient_F[1], f * g**2 * u, rules),
        symbolic.identity("1 R'F on the fitted columns is 0", gradient_G[0], zero, rules),
        symbolic.identity("1 R'F on the superfluous column is f^2 g v", gradient_G[1], f**2 * g * v, rules),
        symbolic.identity(
            "1 RG on a column (pw, qz) is q(pq - sigma)w", R * q * z, q * (p * q - signal * sigma) * w, apart
        ),
        symbolic.identity("1 R'F on it is p(pq - sigma)z", Rt * p * w, p * (p * q - signal * sigma) * z, apart),
        symbolic.identity("1 RG beside it, on (fu, gv), is f g^2 u", R * g * v, f * g**2 * u, apart),
        symbolic.scalar_identity("2 f_0^2 + g_0^2 of (alpha, alpha/3)", a**2 + (a / 3) ** 2, total * a**2),
        symbolic.scalar_identity("2 R_0 of (alpha, alpha/3)", a * a / 3, third * a**2),
        symbolic.scalar_identity("2 Delta of (alpha, alpha/3)", a**2 - (a / 3) ** 2, sympy.Rational(8, 9) * a**2),
        symbolic.scalar_identity("3 1/(x/(1-x)) = 1/x - 1", log_ratio / (x / (1 - x)), log_ratio * (1 / x - 1)),
        classical("3 -log(1-x) <= x/(1-x)", "log(1+y) <= y"),
    )
    rng = np.random.default_rng(41)
    scalar, bound, small, rates = 0.0, [], [], []
    for alpha in (0.05, 0.15, 0.3):
        truth = random_rectangular_truth(6, 5, 2, kappa=2.0, rng=rng)
        eta, duration = 0.2, 400
        Delta, surplus = 8 / 9 * alpha**2, alpha**2 / 3
        matched = imbalance_rate.matched_factors(truth, 3, stretch**2 * Delta, stretch**2 * surplus)
        aligned = imbalance_rate.aligned_factors(truth, 3, stretch * alpha)
        used, fitting = (imbalance_rate.errors_from(truth, *pair, eta, duration) for pair in (matched, aligned))
        law = imbalance_rate.scalar_descent(alpha, alpha / 3, eta, duration)
        lower = float(third) * alpha**2 * (1 - float(total) * eta * alpha**2) ** np.arange(duration + 1)
        scalar = max(scalar, np.abs(used / law - 1).max())
        bound.append((used / lower).min())
        small.append((fitting / lower).min())
        known = asymmetric_bounds.start(truth, *imbalance_rate.matched_factors(truth, 3, Delta, 1e-9))
        rates.append(Delta / known.rate())
    rows = (
        Row("matrix run over scalar law, off 1 by", scalar, "tight", 0.0, 1e-9, "rounding over 400 steps"),
        Row("smallest error over its lower bound, 3 runs", min(bound), "lower", 1.0, 1e-9, "rounding: equal at t = 0"),
        Row("the same, all columns (alpha, alpha/3)", min(small), "lower", 1.0),
        Row("rate of this start over that of thm-asymmetric-rate", max(rates), "tight", 1.0, 1e-6, "R_0 = 1e-9 > 0"),
    )
    return Evidence(rows, steps)
