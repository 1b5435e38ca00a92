"""Claims of "Two factors": one step lowers the loss, and what that leaves for the imbalance to drift."""

from __future__ import annotations

import numpy as np
import sympy
import z3

from wnsense import asymmetric, rectangular, rectangular_objective, two_factor_bounds
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.claims.two_factors import CHAPTER, ETA, random_problem, random_state
from wnsense.proof import smt
from wnsense.proof.step import classical
from wnsense.proof.symbolic import identity, matrices, scalar_identity, trace_identity


def descent_steps(*, square=1, inner=1, limit=0.5, constant=1.0):
    """The steps of lem-two-factor-descent; the arguments leave out terms."""
    F, Ft, G, Gt, R, Rt = matrices("F Ft G Gt R Rt")
    transposes = {F: Ft, Ft: F, G: Gt, Gt: G, R: Rt, Rt: R}
    linear, quadratic = R * G * Gt + F * Ft * R, R * G * Ft * R
    a, b, u, v, w = sympy.symbols("a b u v w")
    L, ell, e, g, root, norm = sympy.symbols("L ell e g root norm", positive=True)
    h, eps = ETA * L * ell, ETA * norm
    # what step 2 adds to |e|^2, with the bounds of steps 3 to 6 in the place of the terms
    total = (
        -2 * ETA * g + square * ETA**2 * L * ell * g + inner * ETA**2 * norm * g
        + 2 * ETA**3 * L * norm * ell * g / root + ETA**4 * L * norm**2 * ell * g / 2
    )
    x1, x2, y1, y2 = z3.Reals("x1 x2 y1 y2")
    zh, ze, s = z3.Reals("h epsilon s")
    domain = (0 <= zh, zh <= z3.RealVal(str(limit)), 0 <= ze, ze <= z3.Q(1, 4), s * s == 2, s > 0)
    bracket = 2 - square * zh - inner * ze - s * zh * ze - zh * ze * ze / 2
    return [
        identity("1 F+G+' - FG' = -eta L(R) + eta^2 Q",
                 (F - ETA * R * G) * (Gt - ETA * Ft * R) - F * Gt, -ETA * linear + ETA**2 * quadratic),
        scalar_identity("2 the square of a - eta b + eta^2 v, expanded", (a - ETA * b + ETA**2 * v) ** 2,
                        a**2 - 2 * ETA * a * b + ETA**2 * (b**2 + 2 * a * v) - 2 * ETA**3 * b * v + ETA**4 * v**2),
        trace_identity("3 <R, L(R)> = g", Rt * linear, Gt * Rt * R * G + Ft * R * Rt * F, None, transposes),
        smt.inequality(
            "4 |L(R)|^2 <= ell g: (x1 y1 + x2 y2)^2", (x1 * y1 + x2 * y2) ** 2 <= (x1**2 + x2**2) * (y1**2 + y2**2)
        ),
        trace_identity("5a <R, Q> = <R'F, R'RG>", Rt * quadratic, Ft * R * Rt * R * G, None, transposes),
        smt.inequality("5b <R, Q> <= |R| g / 2: 2 x1 y1", 2 * x1 * y1 <= x1**2 + y1**2),
        smt.inequality(
            "6 |Q|^2 <= |R|^2 ell g / 2: the smaller of two",
            z3.Or(2 * x1 * y1 <= (x1 + x2) * (y1 + y2), 2 * x2 * y2 <= (x1 + x2) * (y1 + y2)),
            x1 >= 0, x2 >= 0, y1 >= 0, y2 >= 0,
        ),
        scalar_identity(
            "7 the bounds together: -c eta g",
            (total + ETA * g * (2 - h - eps - root * h * eps - h * eps**2 / 2)).subs(root, sympy.sqrt(2)), 0,
        ),
        smt.inequality("8 c >= 1 where h <= 1/2, epsilon <= 1/4", bracket >= z3.RealVal(str(constant)), *domain),
        classical("9 Cauchy-Schwarz; |BC|_F <= |B| |C|_F", "norm inequalities"),
    ]


def scaled_instances(rng, count, limit):
    """States and steps with h or epsilon at or below its limit: random ones, and 1 x 1 where the lemma is tight."""
    for k in range(count):
        if k % 4 == 0:  # 1 x 1, FG > A
            truth = rectangular.RectangularTruth(np.ones((1, 1)), np.ones(1), np.ones((1, 1)))
            problem = rectangular_objective.Population(truth)
            f = 1 + 10.0 ** rng.uniform(-3, 1)
            state = asymmetric.at(problem, np.array([[f]]), np.array([[f * 10.0 ** rng.uniform(-0.3, 0.3)]]))
        else:
            _, problem = random_problem(rng, population=k % 4 == 1)
            state = random_state(rng, problem, 10.0 ** rng.uniform(-1, 1))
        L = two_factor_bounds.upper_isometry(problem)
        sizes = np.linalg.norm(state.F, 2) ** 2 + np.linalg.norm(state.G, 2) ** 2
        norm = np.linalg.norm(state.residual.R, 2)
        largest = min(limit / (L * sizes), 0.25 / norm)
        eta = largest * (1.0 if k % 3 == 0 else 10.0 ** rng.uniform(-3, 0))
        yield problem, state, eta, eta * L * sizes, eta * norm


@claim(
    id="lem-two-factor-descent",
    title="One step lowers the loss",
    statement=r"h=\eta L(\lVert F\rVert^2+\lVert G\rVert^2),\ \epsilon=\eta\lVert R\rVert,\ "
    r"\lVert\mathcal M(Z)\rVert^2\le L\lVert Z\rVert_F^2\ (\operatorname{rank}Z\le2r):\ "
    r"\lVert e_+\rVert^2\le\lVert e\rVert^2-\big(2-h-\epsilon-\sqrt2h\epsilon-\tfrac12h\epsilon^2\big)\eta g"
    r"\ \le\lVert e\rVert^2-\eta g\text{ if }h\le\tfrac12,\epsilon\le\tfrac14;\text{ population: }L=1,\ "
    r"h\epsilon\text{ without }\sqrt2",
    level=Level.PROVED,
    source="ours",
    uses=("lem-two-factor-gradient",),
    chapter=CHAPTER,
    controls={
        "the term h dropped": dict(square=0),
        "the term epsilon dropped": dict(inner=0),
        "the constant 2 replaced by 2.2": dict(two=2.2),
        "h up to 1, still c >= 1": dict(limit=1.0),
        "c >= 1.11 where h <= 1/2": dict(constant=1.11),
    },
)
def two_factor_descent(effort, *, square=1, inner=1, two=2.0, limit=0.5, constant=1.0):
    """The steps of the proof; one step from random states, with h and epsilon up to their limits."""
    steps = descent_steps(square=square, inner=inner, limit=limit, constant=constant)
    rng = np.random.default_rng(35)
    ratios, least = [], np.inf
    for problem, state, eta, h, eps in scaled_instances(rng, effort.pick(240, 20000), limit):
        g = asymmetric.gradient_norm(problem, state) ** 2
        before = state.residual.norm
        if eta * g < 1e-7 * before**2:  # the decrease would be lost in rounding
            continue
        decrease = before**2 - asymmetric.step(problem, asymmetric.Parameters(eta), state).residual.norm ** 2
        population = isinstance(problem, rectangular_objective.Population)
        c = two_factor_bounds.descent_constant(h, eps, population=population)
        c += two - 2 + (1 - square) * h + (1 - inner) * eps
        ratios.append(decrease / (c * eta * g))
        least = min(least, decrease / (eta * g))
    return Evidence(
        (
            Row(
                f"smallest (|e|^2 - |e+|^2) / (c eta g), {len(ratios)} steps",
                min(ratios), "lower", 1, 1e-7, "rounding",
            ),
            Row("smallest (|e|^2 - |e+|^2) / (eta g)", least, "lower", constant),
        ),
        steps,
    )


def certified_problem(rng, population: bool):
    """A problem and its isometry constant: the population, or enough measurements for the spectrum to tell."""
    while True:
        truth, problem = random_problem(rng, population=True)
        n_1, n_2 = truth.shape
        if population:
            return truth, problem, 0.0
        operator = rectangular.gaussian(n_1, n_2, 40 * n_1 * n_2, rng)
        delta = np.abs(np.linalg.svd(operator.rows, compute_uv=False) ** 2 - 1).max()
        if delta < 0.6:
            return truth, rectangular_objective.Measured(operator, operator.forward(truth.A)), float(delta)


def lopsided_budget(constant_h: float, smaller: float, steps: int):
    """A = 0, 1 x 1, F_0 = 1, G_0 small: the run whose drift the bound meets in the limit."""
    truth = rectangular.RectangularTruth(np.zeros((1, 0)), np.zeros(0), np.zeros((1, 0)))
    problem = rectangular_objective.Population(truth)
    state = asymmetric.at(problem, np.ones((1, 1)), np.array([[smaller]]))
    return two_factor_bounds.budget(problem, constant_h, state, steps)


@claim(
    id="prop-imbalance-along-run",
    title="The imbalance along a run",
    statement=r"\eta\le\frac1{2(1+\delta)\big(s(\Delta_0)+2\sigma_1+\frac94\lVert e_0\rVert/\sqrt{1-\delta}\big)}"
    r"\text{ with the restricted isometry constant }\delta\text{ of order }2r\ (\text{population: }0),\ "
    r"r\ge r_A:\ "
    r"\lVert e_t\rVert\text{ does not grow, }\lVert\Delta_t-\Delta_0\rVert_*\le"
    r"\frac\eta c\big(\lVert e_0\rVert^2-\lVert e_t\rVert^2\big)\le\eta\lVert e_0\rVert^2",
    level=Level.PROVED,
    source="ours",
    uses=("lem-imbalance-drift", "lem-two-factor-descent"),
    chapter=CHAPTER,
    controls={
        "the bound 10 % smaller": dict(factor=0.9),
        "steps three times as long": dict(longer=3.0),
        "s(Delta_0) left out of the condition on the step": dict(keep_spread=0.0),
        "||F||^2 <= lambda_max(Delta)_+ + 0.9 p": dict(product=0.9),
    },
)
def imbalance_along_run(effort, *, factor=1.0, longer=1.0, keep_spread=1.0, product=1.0):
    """The steps; runs from random starts at the largest step allowed; the scalar run in which nothing is lost."""
    F, Ft, G, Gt = matrices("F Ft G Gt")
    x, zeta, p, s0, s1, e0, eta, dl, q = z3.Reals("x zeta p s_0 sigma_1 e_0 eta delta q")
    # q = sqrt(1 - delta)
    given = (0 <= dl, dl < 1, q > 0, q * q == 1 - dl, s0 >= 0, s1 >= 0, e0 > 0, eta > 0)
    sizes = (s0 if keep_spread else 0) * q + 2 * s1 * q + 2.25 * e0
    allowed = 2 * eta * (1 + dl) * sizes <= z3.Q(*_fraction(longer)) * q
    h_after = eta * (1 + dl) * ((s0 + eta * e0 * e0) * q + 2 * s1 * q + 2 * e0)
    steps = [
        identity("1 (FF')^2 = F Delta F' + ZZ'", F * Ft * F * Ft, F * (Ft * F - Gt * G) * Ft + F * Gt * G * Ft),
        smt.inequality("2 x^2 <= zeta x + p^2 gives x <= zeta + p",
                       x <= zeta + z3.Q(*_fraction(product)) * p, x * x <= zeta * x + p * p, x >= 0, zeta >= 0, p >= 0),
        smt.inequality("3 the step allowed keeps eta |e_0| <= 2/9", 9 * eta * e0 <= 2, *given, allowed),
        smt.inequality("4 and h <= 1/2 as long as s(Delta) <= s_0 + eta |e_0|^2", 2 * h_after <= q, *given, allowed),
        smt.inequality("5 and epsilon <= 1/4: eta^2 (1 + delta) |e_0|^2 <= 1/16",
                       16 * eta * eta * (1 + dl) * e0 * e0 <= 1, *given, allowed),
        classical("6 induction on t; the sum telescopes", "induction"),
    ]
    rng = np.random.default_rng(36)
    drift, rise, h, epsilon = 0.0, 0.0, 0.0, 0.0
    for k in range(effort.pick(16, 600)):
        truth, problem, delta = certified_problem(rng, population=k % 2 == 0)
        state = random_state(rng, problem, 10.0 ** rng.uniform(-2, 0.5))
        spread = keep_spread * two_factor_bounds.spread(asymmetric.imbalance(state.F, state.G))
        eta = longer * two_factor_bounds.largest_step(spread, truth.sigma[0], state.residual.norm, delta)
        run = two_factor_bounds.budget(problem, eta, state, effort.pick(60, 300))
        h, epsilon = max(h, run.h), max(epsilon, run.epsilon)
        rise = max(rise, np.max(run.residual[1:] / run.residual[:-1]) - 1) if run.residual[-1] > 1e-6 else rise
        some = run.bound > 1e-9 * (1 + spread)
        drift = max(drift, np.max(run.drift[some] / (factor * run.bound[some]), initial=0.0))
    close = []
    for size in (0.01, 0.25, 0.49):
        run = lopsided_budget(size, 1e-4, int(12 / size))
        close.append(run.drift[-1] / (factor * run.bound[-1]))
    return Evidence(
        (
            Row("largest |Delta_t - Delta_0|_* over its bound, random runs", drift, "upper", 1, 1e-6, "rounding"),
            Row("the same, 1 x 1, F_0 = 1, G_0 = 1e-4, h = .01, .25, .49", max(close), "upper", 1, 1e-6, "rounding"),
            Row("and the smallest of these three", min(close), "lower", 0.99),
            Row("largest h of the random runs", h, "upper", 0.5, 1e-12, "rounding"),
            Row("largest epsilon", epsilon, "upper", 0.25),
            Row("largest increase of |e_t|, relative", max(rise, 0.0), "upper", 0, 1e-9, "rounding"),
        ),
        steps,
    )


def _fraction(number: float) -> tuple[int, int]:
    """A float with few decimals as an exact fraction."""
    return round(1000 * number), 1000
