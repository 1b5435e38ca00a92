"""Claims of the chapter "Restricted isometry": the law of one Gaussian measurement and its tail."""

from __future__ import annotations

import flint
import numpy as np
import scipy.stats
import sympy
import z3

from wnsense import bounds, sensing
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import ball, smt, symbolic
from wnsense.proof.moments import expectation
from wnsense.proof.step import Step, classical

CHAPTER = "restricted_isometry"
FALSE_ALARM = 1e-3  # of one goodness-of-fit test; six of them: 0.6 % in all, before the seed was fixed


def rational(number) -> z3.RatNumRef:
    """An exact rational of SymPy as one of Z3."""
    number = sympy.Rational(number)
    return z3.Q(int(number.p), int(number.q))


def _entrywise_operator(m, n, rng, off_diagonal, scale, signs):
    """n symmetric matrices drawn entry by entry, dense: no packing is involved."""
    draw = (lambda shape: rng.choice([-1.0, 1.0], shape)) if signs else rng.standard_normal
    upper = np.triu(draw((n, m, m)) * np.sqrt(off_diagonal * scale / n), 1)
    diagonal = draw((n, m)) * np.sqrt(scale / n)
    return upper + upper.transpose(0, 2, 1) + diagonal[:, :, None] * np.eye(m)


@claim(
    id="thm-chi-square-law",
    title="The exact law of a Gaussian measurement",
    statement=(
        r"For the Gaussian operator and every fixed symmetric $Z\ne0$,"
        r" $n\lVert\mathcal M(Z)\rVert^2/\lVert Z\rVert_F^2\sim\chi^2_n$."
    ),
    level=Level.PROVED,
    source="recht2010, for Gaussian matrices without symmetry",
    chapter=CHAPTER,
    controls={
        "off-diagonal entries with variance 1/n": dict(off_diagonal=1),
        "off-diagonal variance 10 % too large": dict(off_diagonal=sympy.Rational(55, 100)),
        "all variances 10 % too large": dict(scale=sympy.Rational(11, 10)),
        "signs in the place of Gaussians": dict(signs=True),
        "one degree of freedom fewer": dict(lost=1),
    },
)
def chi_square_law(effort, *, off_diagonal=sympy.Rational(1, 2), scale=sympy.Integer(1), signs=False, lost=0):
    steps = []
    for m in (2, 3):
        M, Z, variances = _symbolic_pair(m, off_diagonal, scale)
        inner = sum(M[i, j] * Z[i, j] for i in range(m) for j in range(m))
        size = sum(Z[i, j] ** 2 for i in range(m) for j in range(m))
        for power, factor in ((2, 1), (4, 3)):
            steps.append(
                symbolic.scalar_identity(
                    f"(1) n^{power // 2} E <M_i, Z>^{power} = {factor} ||Z||_F^{power}, side {m}",
                    expectation(inner**power, variances),
                    factor * size ** (power // 2),
                )
            )
    steps.append(classical("(1) a sum of independent Gaussians is Gaussian", by="stability"))
    steps.append(classical("(2) sum of n squares of standard Gaussians", by="definition"))

    rng = np.random.default_rng(20)
    m, n, count = 4, 7, effort.pick(2000, 20000)
    v = rng.standard_normal(m)
    targets = {
        "random Z": (lambda B: B + B.T)(rng.standard_normal((m, m))),
        "rank-one Z": np.outer(v, v),
        "off-diagonal Z": np.eye(m)[[1, 0, 2, 3]] - np.diag([0.0, 0, 1, 1]),
    }
    rows = []
    for label, Z in targets.items():
        # `count` independent operators of n measurements each, drawn as one: its entries have variance 1/(n count)
        packed = (sensing.gaussian(m, n * count, rng).forward(Z) ** 2).reshape(count, n).sum(axis=1) * count
        dense = _entrywise_operator(m, n * count, rng, float(off_diagonal), float(scale) * count, signs)
        dense = ((dense * Z).sum(axis=(1, 2)) ** 2).reshape(count, n).sum(axis=1)
        for sampler, squares in (("packed", packed), ("entry by entry", dense)):
            p = scipy.stats.kstest(n * squares / np.sum(Z**2), scipy.stats.chi2(n - lost).cdf).pvalue
            rows.append(Row(f"KS p-value, {label}, {sampler}", p, "lower", FALSE_ALARM))
        # relative standard error of a variance: sqrt((kurtosis - 1)/count) = 0.043 at n = 7, count = 2000
        spread = np.var(dense) / np.sum(Z**2) ** 2 * n / 2
        rows.append(
            Row(f"variance over 2/n, {label}", spread, "tight", 1.0, 0.2, "sampling, 4.5 standard errors or more")
        )
    return Evidence(rows, steps)


def _symbolic_pair(m, off_diagonal, scale):
    """A symmetric matrix of Gaussian symbols sqrt(n) M_i, one of constants Z, and the variances of the first."""
    M, Z, variances = sympy.zeros(m, m), sympy.zeros(m, m), {}
    for i in range(m):
        for j in range(i, m):
            M[i, j] = M[j, i] = g = sympy.Symbol(f"g{i}{j}")
            Z[i, j] = Z[j, i] = sympy.Symbol(f"z{i}{j}")
            variances[g] = scale * (1 if i == j else off_diagonal)
    return M, Z, variances


# --- the tail ---


def _exact_tail(n: int, delta: flint.fmpq) -> flint.arb:
    """An enclosure of P(|chi2_n / n - 1| >= delta) with a relative error below 2^-50, however small it is."""
    half, bits = flint.fmpq(n, 2), 100
    while True:  # Arb may take a small tail as a difference from 1, which costs as many bits as the tail is small
        with ball.precision(bits):
            tail = flint.arb(half * (1 + delta)).gamma_upper(flint.arb(half), regularized=1)
            if delta < 1:
                tail += flint.arb(half * (1 - delta)).gamma_lower(flint.arb(half), regularized=1)
        if tail.rel_accuracy_bits() > 50:
            return tail
        bits *= 2


@claim(
    id="lem-chi-square-tail",
    title="Tail of the chi-square law",
    statement=(
        r"$\Pr\big(|\chi^2_n/n-1|\ge\delta\big)\le2\exp\big(-\tfrac n2(\tfrac{\delta^2}2-\tfrac{\delta^3}3)\big)$ for"
        r" all $n\ge1$, $\delta>0$."
    ),
    level=Level.PROVED,
    source="recht2010, where it is quoted",
    chapter=CHAPTER,
    controls={
        "0.6 delta^2 for delta^2/2": dict(square=sympy.Rational(6, 10)),
        "0.55 delta^2 for delta^2/2": dict(square=sympy.Rational(55, 100)),
        "cubic term dropped": dict(cube=sympy.Integer(0)),
        "cubic term 10 % too small": dict(cube=sympy.Rational(3, 10)),
        "factor 2 dropped and exponent kept": dict(factor=sympy.Rational(1, 2)),
    },
)
def chi_square_tail(effort, *, square=sympy.Rational(1, 2), cube=sympy.Rational(1, 3), factor=sympy.Integer(2)):
    d, s, x = sympy.symbols("delta s x", positive=True)
    gauss = sympy.exp(-(s**2) * x**2 / 2) / sympy.sqrt(2 * sympy.pi)  # density times exp(t x^2), with s^2 = 1 - 2t
    steps = [
        symbolic.scalar_identity(
            "(1) E exp(t g^2) = 1/s, s^2 = 1 - 2t > 0", sympy.integrate(gauss, (x, -sympy.oo, sympy.oo)), 1 / s
        )
    ]
    D = z3.Real("delta")
    exponent_slope = 2 * rational(square) * D - 3 * rational(cube) * D * D
    for number, tail, sign, given in (("2", "upper", 1, (D >= 0,)), ("3", "lower", -1, (D >= 0, D < 1))):
        u = sign * d  # the tail beyond n(1 + u); Chernoff's t makes 1 - 2t = 1/(1 + u)
        t, rate = u / (2 * (1 + u)), u - sympy.log(1 + u)
        steps += [
            symbolic.scalar_identity(f"({number}) {tail} tail, u = {u}: 1 - 2t = 1/(1 + u)", 1 - 2 * t, 1 / (1 + u)),
            symbolic.scalar_identity(
                f"({number}) 2t(1 + u) - log(1 + u) = u - log(1 + u)",
                2 * t * (1 + u) - sympy.log(1 + u),
                rate,
            ),
            symbolic.scalar_identity(
                f"({number}) u - log(1 + u) has the slope delta/(1 + u)", sympy.diff(rate, d), d / (1 + u)
            ),
            smt.inequality(
                f"({number}) delta >= (1 + u) times the bound's slope",
                D >= (1 + sign * D) * exponent_slope,
                *given,
            ),
        ]
    sizes = effort.pick(
        (1, 2, 3, 10, 50, 200, 1000, 8000), (1, 2, 3, 4, 5, 7, 10, 20, 50, 100, 200, 500, 1000, 3000, 8000, 20000)
    )
    deltas = [
        flint.fmpq(i, 100) for i in effort.pick((2, 5, 10, 20, 30, 50, 70, 90, 100, 120, 145, 200), range(2, 202, 4))
    ]
    worst, weakest = 0.0, np.inf
    a, b, c = (flint.fmpq(int(number.p), int(number.q)) for number in (square, cube, factor))
    with ball.precision(100):
        for n in sizes:
            below = True
            for delta in deltas:
                tail = _exact_tail(n, delta)
                bound = c * flint.arb(-flint.fmpq(n, 2) * (a * delta**2 - b * delta**3)).exp()
                below &= bool(tail <= bound)
                worst = max(worst, float((tail / bound).mid()))
                if delta <= flint.fmpq(1, 2) and tail < flint.arb("1e-6"):
                    weakest = min(weakest, float((bound.log() / tail.log()).mid()))
            label = f"n = {n}: tail <= bound at {len(deltas)} values of delta"
            steps.append(Step(label, "enclosure", "Arb", below))
    rows = [
        Row("largest exact tail / bound on the grid", worst, "upper", 1.0),
        Row("least log bound / log tail, tails below 1e-6", weakest, "upper", 1.0),
    ]
    for delta in (0.1, 0.5):
        needed = _sample_size_exact(delta, 1e-6)
        allowed = np.log(2e6) / (delta**2 / 4 - delta**3 / 6)
        rows.append(Row(f"n for a tail of 1e-6 at delta = {delta}, exact", needed, "upper", allowed))
    return Evidence(rows, steps)


def _sample_size_exact(delta, probability):
    """The least n at which the two-sided tail falls to the probability."""
    low, high = 1, 10**6
    while high - low > 1:
        n = (low + high) // 2
        low, high = (n, high) if bounds.chi_square_tail_exact(n, delta) > probability else (low, n)
    return high
