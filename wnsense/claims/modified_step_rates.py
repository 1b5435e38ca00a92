"""Claims of the chapter on the modified step: the rates after either rewriting, and the spectrum that limits them."""

from __future__ import annotations

import flint
import numpy as np
import sympy
import z3

from wnsense import modified_step_bounds as bounds
from wnsense import modified_step_instances as instances
from wnsense.asymmetric_bounds import factor_norm_squared
from wnsense.claims.modified_step import CHAPTER, ROUNDING
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.modified_step import modified_step, rebalanced_step
from wnsense.proof import ball, smt, symbolic
from wnsense.proof.step import classical


def number(value) -> z3.RatNumRef:
    """A decimal, exactly as it is written."""
    return z3.RealVal(str(value))


@claim(
    id="lem-smaller-factor",
    title="The smaller factor",
    statement=r"\Delta=F^\top F-G^\top G\succeq cI,\ c\ge0,\ p\ge\lVert FG^\top\rVert:\quad"
    r"\lVert G\rVert^2\le\sqrt{\tfrac{c^2}4+p^2}-\tfrac c2",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    controls={
        "the bound 10 % smaller": dict(scale=0.9),
        "the imbalance counted twice": dict(counted=2),
        "G Delta G' with the other sign": dict(sign=-1),
    },
)
def smaller_factor(effort, *, scale=1, counted=1, sign=1):
    """The identity, the quadratic inequality; random factors, and pairs of vectors, where it is an equality."""
    F, Ft, G, Gt = symbolic.matrices("F Ft G Gt")
    x, p, c, root = z3.Reals("x p c root")
    used = counted * c
    steps = (
        symbolic.identity(
            "1 (GG')^2 = (FG')'(FG') - G Delta G'", G * Gt * G * Gt, G * Ft * F * Gt - sign * G * (Ft * F - Gt * G) * Gt
        ),
        smt.inequality(
            "2 x^2 <= p^2 - c x gives x <= sqrt(c^2/4 + p^2) - c/2",
            x <= number(scale) * (root - used / 2),
            *(x >= 0, c >= 0, p >= 0, root >= 0, root * root == used * used / 4 + p * p, x * x <= p * p - c * x),
        ),
    )
    rng, ratios = np.random.default_rng(54), []
    for trial in range(effort.pick(400, 20000)):
        n_1, n_2, r = (1, 1, 1) if trial % 4 == 0 else (int(size) for size in rng.integers(1, 5, 3))
        G_ = rng.standard_normal((n_2, r))
        F_ = 10.0 ** rng.uniform(0, 1) * rng.standard_normal((max(n_1, r), r))
        least = np.linalg.eigvalsh(sign * (F_.T @ F_ - G_.T @ G_))[0]
        if least > 0:
            limit = scale * bounds.smaller_factor(counted * least, np.linalg.norm(F_ @ G_.T, 2))
            ratios.append(np.linalg.norm(G_, 2) ** 2 / limit)
    row = Row(
        f"largest |G|^2 over its bound, {len(ratios)} pairs", max(ratios, default=np.inf), "upper", 1.0, 1e-9, ROUNDING
    )
    return Evidence((row,), steps)


def modified_rate_steps(*, divisor, worst, step, start, flow, drift):
    """Steps of the rate after the modified step, sigma_1 = 1; the arguments are its constants."""
    p, top, phi, psi, w, h, e, b, s, rho = z3.Reals("p p_bar phi psi omega h e b sigma rho")
    half = number(start)
    near = (p > 0, p <= top, p >= 1 - half, top >= 1, top <= 1 + half)
    larger = (phi >= 0, phi * phi <= top * top + (2 * p + w) * phi)
    smaller = (psi >= 0, psi * psi <= top * top - (3 * p / 2 - w) * psi)
    small = (w >= 0, w <= number("0.038"))
    bracket = b == 2 - h - e - h * e - h * e * e / 2
    sizes = (h >= 0, h <= number("4.415") * number(step), e >= 0, e <= half * number(step))
    constant, log2 = flint.arb(str(drift)), flint.arb(2).log()
    return [
        classical(
            "1 |p - sigma_1| <= |R_0|, and |FG^T| <= sigma_1 + |R_0| as long as |R| does not grow", "Weyl's inequality"
        ),
        smt.inequality("2a |F|^2 <= 3.66", phi <= number("3.66"), *near, *larger, *small),
        smt.inequality("2b |F|^2 + |G|^2 <= 4.415", phi + psi <= number("4.415"), *near, *larger, *smaller, *small),
        smt.inequality("3 bracket b >= 1.116", b >= number("1.116"), bracket, *sizes),
        smt.inequality(
            "4 drift eta |R_0|^2 / b <= 0.038", number(step) * half * half <= number("0.038") * number("1.11")
        ),
        smt.inequality(
            "5 b (1 - rho)^2 s^2/|F|^2 >= (1 - rho)^2 s^2/3.3",
            b * number(divisor) >= phi,
            *(bracket, phi <= number("3.66"), *sizes),
        ),
        smt.inequality(
            "6 b (1.5 p - 0.038) >= (1 - rho)^2 s^2/3.3: range(F) is no bottleneck",
            number("1.11") * (3 * p / 2 - w) * number(divisor) >= (1 - rho) * (1 - rho) * s * s,
            *(*near, *small, rho >= 0, rho <= half, s > 0, s <= 1),
        ),
        smt.inequality(
            "7 (1 - rho)^2/3.3 >= 1/13.2",
            (1 - rho) * (1 - rho) * number(worst) >= number(divisor),
            rho >= 0,
            rho <= half,
        ),
        smt.inequality("8 flow: (1 - rho)^2/|F|^2 >= 1/14.5", 4 * phi <= number(flow), *near, *larger, w == 0),
        smt.inequality(
            "9 flow: 4 |F|^2 |G|^2 <= 3.3^2",
            4 * phi * psi <= number(drift) * number(drift),
            *(p > 0, p <= top, top <= 1 + half, w == 0, phi >= 0, psi >= 0),
            *(phi * phi <= top * top + 2 * p * phi, psi * psi <= top * top - 3 * p / 2 * psi),
        ),
        classical(
            "10 the square roots of g over all time: sqrt(|F|^2) log(1/(1 - rho_0))", "integration of d rho/(1 - rho)"
        ),
        ball.below(
            "11 3.3 log(1/(1 - rho)) <= 4.6 rho at rho = 1/2, so by convexity below", 2 * constant * log2, "4.6"
        ),
    ]


@claim(
    id="prop-modified-step-rate",
    title="The rate after one modified step",
    statement=r"r_A\le r\le n_1,\ \rho_t=\lVert R_t\rVert_F/\sigma_{r_A}:\ "
    r"\rho_0\le\tfrac12,\ \eta\le\tfrac1{6\sigma_1}"
    r"\Rightarrow\lVert R_{t+1}\rVert_F^2\le\Big(1-\eta\tfrac{(1-\rho_t)^2\sigma_{r_A}^2}{3.3\,\sigma_1}\Big)"
    r"\lVert R_t\rVert_F^2"
    r"\le\Big(1-\tfrac{\eta\sigma_{r_A}^2}{13.2\,\sigma_1}\Big)\lVert R_t\rVert_F^2;\quad"
    r"\text{flow: }\lVert R(t)\rVert_F\le e^{-\sigma_{r_A}^2t/(14.5\sigma_1)}\lVert R_0\rVert_F,\ "
    r"\lVert F^\top F-\beta^2I\rVert\le3.3\,\sigma_1\log\tfrac1{1-\rho_0}",
    level=Level.PROVED,
    source="ours; the step is that of xiong2024",
    uses=(
        "lem-modified-step-invariance",
        "lem-smaller-factor",
        "lem-two-factor-norms",
        "lem-two-factor-pl",
        "lem-two-factor-descent",
        "lem-imbalance-drift",
    ),
    chapter=CHAPTER,
    controls={
        "3.0 for 3.3": dict(divisor="3.0"),
        "11.9 for 13.2": dict(worst="11.9"),
        "steps up to 1/(5.4 sigma_1)": dict(step="5/27"),
        "starts up to 0.55 sigma": dict(start="0.55"),
        "13 for 14.5": dict(flow="13"),
        "drift 3.0 for 3.3": dict(drift="3.0"),
        "the step left out": dict(made=False),
        "a rate in kappa for the rate in kappa^2": dict(power=1),
    },
)
def modified_step_rate(
    effort, *, divisor="3.3", worst="13.2", step="1/6", start="1/2", flow="14.5", drift="3.3", made=True, power=2
):
    """The scalar steps; then runs and flows from strained points, each step beside its bound."""
    steps = modified_rate_steps(divisor=divisor, worst=worst, step=step, start=start, flow=flow, drift=drift)
    rng, parts, far, decay, drifts = np.random.default_rng(55), [], [], [], []
    truthful = all(step.holds for step in steps)  # else the verdict is known: a few runs will do
    for trial in range(effort.pick(40 if truthful else 11, 1500)):
        kind, rho = instances.KINDS[trial % 6], (0.5, 0.1)[trial // 6 % 2]
        truth, F, G = instances.near_point(rng, rho, kind, kappa=4.0 if kind == "turned" else None)
        if made:
            F, G = modified_step(F, G)
        size = float(sympy.Rational(step)) * (1.0, 0.2)[trial // 12 % 2]
        rhos, taken = instances.decreases(truth, F, G, size / truth.sigma[0], 40)
        promised = bounds.modified_shrinkage(rhos, truth.kappa, size) * truth.kappa ** (2 - power)
        (parts if rho == 0.5 else far).append(np.min(taken / promised))
        if trial % 5 == 0:  # every kind in its turn
            times = np.linspace(0, 20 * truth.kappa / truth.sigma[0], 9)
            factors = instances.flow(truth, F, G, times)
            errors = np.array([truth.error(*pair) for pair in zip(*factors)])
            rate = truth.sigma[-1] ** 2 / (float(flow) * truth.sigma[0])
            keep = errors[1:] > 1e-6 * truth.norm  # beyond: the tolerance of the integration
            decay += list((np.log(errors[0] / errors[1:]) / (rate * times[1:]))[keep])
            gram = [np.linalg.norm(A.T @ A - F.T @ F, 2) for A in factors[0]]
            drifts.append(max(gram) / (truth.sigma[0] * bounds.flow_drift(rho)))
    rows = (
        Row(
            f"smallest decrease over bound, {len(parts)} runs from rho = 1/2",
            min(parts),
            "lower",
            1.0,
            1e-6,
            "rounding of residuals",
        ),
        Row(f"the same, {len(far)} runs from rho = 1/10", min(far), "lower", 1.0, 1e-6, "rounding of residuals"),
        Row(f"smallest log(|R(0)|/|R(t)|) over its bound, {len(decay)} points of flows", min(decay), "lower", 1.0),
        Row("largest |F^T F - beta^2 I| over its bound, flows", max(drifts), "upper", 1.0),
    )
    return Evidence(rows, steps)


def rebalanced_rate_steps(*, rate, step, start, width):
    """Steps of the rate after the rebalanced step, sigma_1 = 1; the arguments are its constants."""
    top, phi, psi, h, e, b, s, d, c, q, root = z3.Reals("p_bar phi psi h e b sigma d c q root")
    far, slack = number(start), number("0.002")
    near = (s > 0, s <= 1, top >= 0, top <= 1 + far * s, d >= c, d <= (1 + number(width)) * s + slack * s)
    near += (c >= (1 - number(width)) * s - slack * s, d - c <= 2 * slack * s)
    bracket = b == 2 - h - e - h * e - h * e * e / 2
    sizes = (h >= 0, h <= number("2.465") * number(step), e >= 0, e <= far * number(step))
    unit = (d >= 0, d <= 1 + number(width) + slack, q > 0, q * q + d * q == 1, root * root == 2, root > 0)
    return [
        smt.inequality(
            "1 |F|^2 + |G|^2 <= 2.465",
            phi + psi <= number("2.465"),
            *(*near, phi >= 0, phi * phi <= top * top + d * phi, psi >= 0, psi * psi <= top * top - c * psi),
        ),
        smt.inequality("2 bracket b >= 1.343", b >= number("1.343"), bracket, *sizes),
        smt.inequality("3 drift eta |R_0|^2 / b <= 0.002 s", number(step) * far * far <= slack * number("1.343")),
        smt.inequality(
            "4 gamma^2/s = sqrt(1 + d^2/4) - d/2 - sqrt(2) rho >= 0.449", q - root * far >= number("0.449"), *unit
        ),
        smt.inequality("5 b gamma^2 >= 0.6 s", b * (q - root * far) >= number(rate), *unit, bracket, *sizes),
        smt.inequality("6 b (beta^2 - 0.002 s) >= 0.6 s", number("1.343") * c >= number(rate) * s, *near),
    ]


@claim(
    id="prop-rebalanced-step-rate",
    title="The rate after one rebalanced step",
    statement=r"r_A\le r\le n_1,\ 0.9\,\sigma_{r_A}\le\beta^2\le1.1\,\sigma_{r_A},\ "
    r"\lVert R_0\rVert_F\le\tfrac1{10}\sigma_{r_A},\ "
    r"\eta\le\tfrac1{4\sigma_1}:\quad\lVert R_{t+1}\rVert_F^2\le(1-0.6\,\eta\sigma_{r_A})\lVert R_t\rVert_F^2",
    level=Level.PROVED,
    source="ours",
    uses=(
        "lem-rebalanced-step-invariance",
        "lem-smaller-factor",
        "lem-two-factor-norms",
        "lem-two-factor-pl",
        "lem-two-factor-descent",
        "lem-imbalance-drift",
    ),
    chapter=CHAPTER,
    controls={
        "0.66 for 0.6": dict(rate="0.66"),
        "steps up to 1/(3.6 sigma_1)": dict(step="5/18"),
        "starts up to 0.11 sigma": dict(start="0.11"),
        "beta^2 within 20 %": dict(width="0.2"),
        "the modified step in its place": dict(rule="modified"),
        "beta^2 = 10 sigma": dict(factor=10.0),
    },
)
def rebalanced_step_rate(effort, *, rate="0.6", step="1/4", start="0.1", width="0.1", rule="rebalanced", factor=1.0):
    """The scalar steps; then runs from strained points, each step beside its bound."""
    steps = rebalanced_rate_steps(rate=rate, step=step, start=start, width=width)
    rng, parts, late = np.random.default_rng(56), [], []
    truthful = all(step.holds for step in steps)  # else the verdict is known: a few runs will do
    for trial in range(effort.pick(36 if truthful else 6, 1500)):
        kind, theta = instances.KINDS[trial % 6], (0.9, 1.0, 1.1)[trial // 6 % 3]
        truth, F, G = instances.near_point(rng, float(start), kind)
        if rule == "rebalanced":
            F, G = rebalanced_step(F, G, factor * theta * truth.sigma[-1])
        else:
            F, G = modified_step(F, G)
        size = float(sympy.Rational(step))
        _, taken = instances.decreases(truth, F, G, size / truth.sigma[0], 40)
        ratio = taken / (float(rate) / 0.6 * bounds.rebalanced_shrinkage(truth.kappa, size))
        parts.append(np.min(ratio))
        late.append(ratio[-1])
    rows = (
        Row(
            f"smallest decrease over bound, {len(parts)} runs", min(parts), "lower", 1.0, 1e-6, "rounding of residuals"
        ),
        Row("the same after 40 steps", min(late), "lower", 1.0, 1e-6, "rounding of residuals"),
    )
    return Evidence(rows, steps)


@claim(
    id="prop-condition-after-the-step",
    title="What no step size can mend",
    statement=r"FG^\top=A,\ r_A<r<n_1,\ r_A<n_2,\ \chi=\frac{\lambda_{\max}}{\lambda_{\min}}\text{ of }"
    r"Z\mapsto FF^\top Z+ZGG^\top\text{ on its range}:\quad "
    r"F^\top F=\beta^2I\Rightarrow\chi\ge1+\kappa^2,\ =\text{ iff }\beta^2=\sigma_{r_A};\quad"
    r"\Delta=\beta^2I\Rightarrow\chi\ge\sqrt{1+8\kappa^2},\ =\text{ iff }\beta^2=\sigma_{r_A}/\sqrt2",
    level=Level.PROVED,
    source="ours",
    uses=("lem-modified-step-invariance", "lem-rebalanced-step-invariance"),
    chapter=CHAPTER,
    controls={
        "1.1 kappa^2 for kappa^2": dict(square="1.1"),
        "8.8 kappa^2 for 8 kappa^2": dict(eight="8.8"),
        "7.2 kappa^2 under the root: true, but not attained": dict(eight="7.2"),
        "the pairs of a surplus column left out": dict(surplus=False),
    },
)
def condition_after_the_step(effort, *, square="1", eight="8", surplus=True):
    """The eigenvalues as words; the scalar inequalities; dense Jacobians, the best beta, and the end of a run."""
    P, Pt, V, Vt, E, W, Q = symbolic.matrices("P Pt V Vt E W Q")
    f2, g2 = symbolic.matrices("f2 g2")
    FF, GG = P * f2 * Pt, V * g2 * Vt
    rules = {Pt * P: 1, Vt * V: 1, W * V: 0, Pt * Q: 0}
    x, k2, u, z, low = z3.Reals("x kappa2 u z low")
    many, eights = number(square), number(eight)
    least = (low <= 1, low <= x, z3.Or(low == 1, low == x)) if surplus else (low == 1,)
    steps = (
        symbolic.identity(
            "1a P E V^T: f^2 + g^2", FF * P * E * Vt + P * E * Vt * GG, P * f2 * E * Vt + P * E * g2 * Vt, rules
        ),
        symbolic.identity("1b P E W, WV = 0: f^2 alone", FF * P * E * W + P * E * W * GG, P * f2 * E * W, rules),
        symbolic.identity(
            "1c Q E V^T, P^T Q = 0: g^2 alone", FF * Q * E * Vt + Q * E * Vt * GG, Q * E * g2 * Vt, rules
        ),
        smt.inequality(
            "2 (x + kappa^2)/min(x, 1) >= 1 + kappa^2, x = beta^4/sigma^2",
            x + k2 >= (1 + many * k2) * low,
            *(x > 0, k2 >= 1, *least),
        ),
        smt.inequality(
            "3 u^2 + 4 kappa^2 >= (1 + 8 kappa^2) min(u, z)^2, z^2 + uz = 1",
            u * u + 4 * k2 >= (1 + eights * k2) * low * low,
            *(u > 0, z > 0, z * z + u * z == 1, k2 >= 1, low > 0, low <= u, low <= z, z3.Or(low == u, low == z)),
        ),
    )
    rng, gaps, best, excess = np.random.default_rng(57), [], [], []
    for kappa in (1.0, 3.0, 10.0):
        truth, F, G = instances.at_solution(rng, kappa)
        low_sigma = truth.sigma[-1]
        for rule, spectrum in (("modified", bounds.modified_spectrum), ("rebalanced", bounds.rebalanced_spectrum)):
            limit = 1 + float(square) * kappa**2 if rule == "modified" else np.sqrt(1 + float(eight) * kappa**2)
            attained = low_sigma if rule == "modified" else low_sigma / np.sqrt(2)
            for factor in (0.3, 0.9, 1.0, 1.1, 3.0):
                beta2 = factor * attained
                one, two = rebalanced_step(F, G, beta2)
                if rule == "modified":
                    one, two = modified_step(F, G)
                    scale = np.sqrt(beta2 / (2 * truth.sigma[0]))
                    one, two = one * scale, two / scale
                values = instances.residual_operator(one, two)
                chi = values[-1] / values[0]
                gaps.append(chi / bounds.condition(spectrum(truth.sigma, beta2), beta2 if surplus else np.inf) - 1)
                (best if factor == 1.0 else excess).append(chi / limit)
    truth, F, G = instances.at_solution(rng, 3.0)
    F, G = modified_step(F + 1e-4 * rng.standard_normal(F.shape), G + 1e-4 * rng.standard_normal(G.shape))
    _, taken = instances.decreases(truth, F, G, 0.25 / truth.sigma[0], 150)
    slowest = 1 - (1 - 0.25 / truth.sigma[0] * truth.sigma[-1] ** 2 / (2 * truth.sigma[0])) ** 2
    gap = max(gaps, key=abs)
    rows = (
        Row("condition over its bound at the best beta, smallest", min(best), "tight", 1.0, 1e-8, ROUNDING),
        Row("the same, largest", max(best), "tight", 1.0, 1e-8, ROUNDING),
        Row("condition over its bound at other beta, smallest", min(excess), "lower", 1.0, 1e-8, ROUNDING),
        Row(
            f"condition of {len(gaps)} Jacobians over the formula, minus 1: largest", gap, "tight", 0.0, 1e-8, ROUNDING
        ),
        Row(
            "what a run takes after 150 steps over what the least eigenvalue says",
            taken[-1] / slowest,
            "tight",
            1.0,
            0.01,
            "the run ends near A, not at it",
        ),
    )
    return Evidence(rows, steps)
