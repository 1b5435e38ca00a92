"""Claims of the chapter "Restricted isometry": the bracket of the constant, and what it measures."""

from __future__ import annotations

import numpy as np
import sympy
import z3

from wnsense import bounds, rip, sensing
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.claims.restricted_isometry import CHAPTER, rational
from wnsense.claims.restricted_isometry_consequences import known_operators
from wnsense.proof import smt, symbolic
from wnsense.proof.moments import expectation
from wnsense.proof.step import classical
from wnsense.rip_circle import certified_constant


@claim(
    id="prop-rip-bracket",
    title="A bracket for the restricted isometry constant",
    statement=(
        r"Let $(\mu_j,V_j)$ be the eigenpairs of $\mathcal E=\mathcal M^*\mathcal M-I$, $c_j$ the sum of the $k$"
        r" largest squared eigenvalues of $V_j$. Then"
        r" $|\langle Z,\mathcal E(Z)\rangle|\le\delta_k\le\max_\pm\max_w\sum_j\pm\mu_jw_j\le\max_j|\mu_j|=\delta_m$"
        r" for every unit $Z$ with $\operatorname{rank}Z\le k$, where $0\le w_j\le c_j$ and $\sum_jw_j=1$."
    ),
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    controls={
        "search among matrices of rank k + 1": dict(searched=1),
        "upper end 10 % lower": dict(shrink=0.9),
        "weights capped by the largest square alone": dict(capped=1),
        "lower end 10 % higher": dict(stretch=1.1),
    },
)
def rip_bracket(effort, *, searched=0, shrink=1.0, capped=0, stretch=1.0):
    mu, last, w, full = z3.Reals("mu last w full")
    steps = [
        classical(
            "(1) <Z, E(Z)> = sum mu_j w_j, sum w_j = 1",
            by="spectral theorem, Parseval",
        ),
        classical("(2) <V_j, Z>^2 <= c_j", by="von Neumann's trace inequality"),
        smt.inequality(
            "(3) filling is optimal: mu above the last filled",
            (mu - last) * (w - full) <= 0,
            mu >= last,
            w <= full,
        ),
        smt.inequality(
            "(3) filling is optimal: mu below it", (mu - last) * (w - full) <= 0, mu <= last, w >= 0, full == 0
        ),
    ]
    rng = np.random.default_rng(9)
    low, high, sharp = [], [], []
    for _ in range(effort.pick(10, 60)):
        E = rip.deviation(sensing.gaussian(2, int(rng.integers(2, 200)), rng))
        certain = certified_constant(E)
        found = rip.bracket(E, 1 + searched, rng, restarts=3)
        low.append(stretch * found.lower / certain[1])
        high.append(certain[0] / (shrink * rip.upper_bound(E, 1)))
        sharp.append(found.lower / certain[0])
    rows = [
        Row("m = 2: lower end / certified delta_1, worst", max(low), "upper", 1.0, 1e-12, "rounding"),
        Row("the same, least: the search misses nothing", min(sharp), "lower", 0.999),
        Row("m = 2: certified delta_1 / upper end, worst", max(high), "upper", 1.0, 1e-12, "rounding"),
    ]
    low, high = [], []
    for E, m, K, constant in known_operators(rng, 0):
        for k in range(1, m + 1) if K == m else ():  # each operator comes with several K
            found = rip.bracket(E, k, rng, restarts=2, steps=40)
            upper = shrink * (rip.upper_bound(E, k) if not capped else _one_eigenvalue_cap(E))
            low.append(stretch * found.lower / constant(k) if constant(k) else stretch * found.lower)
            high.append(constant(k) / upper)
    rows += [
        Row(
            f"{len(low)} known delta_k: lower end / delta_k, worst",
            max(low),
            "upper",
            1.0,
            1e-9,
            "rounding",
        ),
        Row("the same: delta_k / upper end, worst", max(high), "upper", 1.0, 1e-9, "rounding"),
    ]
    E = rip.deviation(sensing.gaussian(12, 3000, rng))
    for k in (1, 12):
        found = rip.bracket(E, k, rng, restarts=5, steps=60)
        rows.append(
            Row(
                f"m = 12, n = 3000, k = {k}: upper / lower end",
                found.upper / found.lower,
                "upper",
                {1: 4.0, 12: 1.0}[k],
                1e-9,
                "rounding",
            )
        )
    return Evidence(rows, steps)


def _one_eigenvalue_cap(E):
    """The upper bound as it would be if a matrix of any rank could see only one eigenvalue of each V_j."""
    return rip.upper_bound(E, 1)


def _draw(kind, m, rng):
    """The function n -> operator of a named ensemble."""
    if kind == "repeated":  # 100 matrices, measured over and over
        return lambda n: sensing.Packed(
            np.repeat(sensing.gaussian(m, 100, rng).rows, n // 100, axis=0) * np.sqrt(100 / n)
        )
    return lambda n: {"gaussian": sensing.gaussian, "rank-one": sensing.rank_one_gaussian}[kind](m, n, rng)


@claim(
    id="exp-rip-sample-size",
    title="The constant falls like one over the root of n",
    statement=(
        r"For Gaussian operators with $m=8$, $n=400\cdot2^j$ up to $25600$, $k=1,4$: both ends of the bracket of"
        r" $\delta_k$ fall like $g_l=(1+w_l/\sqrt n)^2-1$, with $l=k$ for the lower and $l=m$ for the upper end. The"
        r" logarithm of the quotient has the slope 0 in $\log n$, up to $|\text{slope of }\log g_l+\frac12|$ and three"
        r" standard errors."
    ),
    level=Level.REPRODUCED,
    source="ours; the curve: davidson2001",
    uses=("prop-rip-bracket", "thm-gaussian-rip"),
    chapter=CHAPTER,
    controls={
        "rank-one measurements": dict(kind="rank-one"),
        "100 measurements over and over": dict(kind="repeated"),
        "exponent -1/3 expected": dict(exponent=-1 / 3),
        "exponent -0.55 expected": dict(exponent=-0.55),
    },
)
def rip_sample_size(effort, *, kind="gaussian", exponent=-0.5):
    m, sizes, rng = 8, 400 * 2 ** np.arange(7), np.random.default_rng(10)
    rows, orders, draw = [], (1, 4), _draw(kind, m, rng)
    search = dict(repeats=1, restarts=effort.pick(2, 5), steps=effort.pick(20, 60))
    measured = np.array(
        [rip.measured_brackets(draw, sizes, orders, rng, **search) for _ in range(effort.pick(16, 40))]
    )
    for j, k in enumerate(orders):
        for end, (name, order) in enumerate((("lower", k), ("upper", m))):
            gauge = bounds.gordon_constant(rip.gaussian_width(m, order, rng), sizes)
            slopes = [rip.fitted_exponent(sizes, values / gauge) for values in measured[:, :, j, end]]
            # delta_k has some term of second order in w / sqrt(n), between none and that of the gauge, which is an
            # upper bound for one of its two sides; so the slopes may differ by the gauge's own distance from -1/2
            second_order = abs(rip.fitted_exponent(sizes, gauge) + 0.5)
            rows.append(
                Row(
                    f"k = {k}: slope of {name} end / gauge",
                    np.mean(slopes),
                    "tight",
                    exponent + 0.5,
                    second_order + 3 * np.std(slopes, ddof=1) / np.sqrt(len(slopes)),
                    "w^2/n in the gauge, and sampling, 3 standard errors",
                )
            )
        ends = measured[:, :, j, 1].mean(axis=0)
        reached = float(np.exp(np.interp(-np.log(0.25), -np.log(ends), np.log(sizes))))
        proved = bounds.rip_sample_size(m, k, 0.25, 0.01)
        rows.append(Row(f"k = {k}: n for delta = 1/4, upper end and theorem", reached, "upper", proved))
    return Evidence(rows)


@claim(
    id="prop-rank-one-bias",
    title="Rank-one measurements are biased by the trace",
    statement=(
        r"For $\mathcal M(S)_i=a_i^\top Sa_i/\sqrt{2n}$, $a_i$ standard normal,"
        r" $\mathbb E\lVert\mathcal M(S)\rVert^2=\lVert S\rVert_F^2+\tfrac12(\operatorname{tr}S)^2$. Hence for"
        r" $2\le k\le m$ and any scales $s_n\ge0$, almost surely $\liminf_n\delta_k(s_n\mathcal M)\ge\frac k{k+4}$."
        r" Moreover $\delta_1(\mathcal M)\ge\max_i|a_i|^4/(2n)-1$, and $\delta_1(s\mathcal M)\le\frac12$ for some"
        r" scale $s$ only if $n\ge\frac{m(m+2)}9$."
    ),
    level=Level.PROVED,
    source="ours; the moment is Isserlis' theorem",
    chapter=CHAPTER,
    controls={
        "bias forgotten": dict(weight=sympy.Integer(0)),
        "bias 0.45 (tr S)^2": dict(weight=sympy.Rational(45, 100)),
        "fourth moment of a Gaussian 2 instead of 3": dict(pairings=2),
        "floor 10 % higher": dict(floor=sympy.Rational(11, 10)),
        "scaled by 1/sqrt(n)": dict(scale=sympy.Integer(1)),
    },
)
def rank_one_bias(
    effort, *, weight=sympy.Rational(1, 2), pairings=3, floor=sympy.Integer(1), scale=sympy.Rational(1, 2)
):
    steps = []
    for m in (2, 3, 4):
        a = sympy.symbols(f"a:{m}")
        S = sympy.Matrix(m, m, lambda i, j: sympy.Symbol(f"s{min(i, j)}{max(i, j)}"))
        form = sum(a[i] * S[i, j] * a[j] for i in range(m) for j in range(m))
        claimed = sum(S[i, j] ** 2 for i in range(m) for j in range(m)) + weight * S.trace() ** 2
        steps.append(
            symbolic.scalar_identity(
                f"(1) E (a'Sa)^2 / 2 = ||S||^2 + (tr S)^2 / 2, side {m}",
                scale * expectation(form**2, dict.fromkeys(a, 1)),
                claimed,
            )
        )
    s, t, q = sympy.symbols("sigma tau q", positive=True)
    # diagonal S: the sum over i and j of s_i s_j E a_i^2 a_j^2, with power sums tau = sum s_i^2, sigma = sum s_i
    steps.append(
        symbolic.scalar_identity(
            "(1) the same for any m, in eigenvectors",
            scale * (pairings * t + s**2 - t),
            t + weight * s**2,
        )
    )
    c, low, high, k = z3.Reals("c low high k")
    off = z3.Or(
        (1 - c * low) * (low + high) >= rational(floor) * (high - low),
        (c * high - 1) * (low + high) >= rational(floor) * (high - low),
    )
    steps += [
        classical("(2) ||M(Z)||^2 tends to its mean", by="strong law of large numbers"),
        smt.inequality("(2) 1 - cx or cy - 1 is >= (y - x)/(y + x)", off, low > 0, low <= high, c >= 0),
        smt.inequality(
            "(2) k/(k + 4) at x = 1, y = 1 + k/2",
            (high - low) * (k + 4) >= rational(floor) * k * (high + low),
            low == 1,
            2 * high == 2 + k,
            k >= 2,
        ),
        symbolic.scalar_identity("(3) (a'Za)^2 = |a|^4 at Z = aa'/|a|^2", scale * (q**2 / q) ** 2, q**2 / 2),
    ]
    for m in (2, 3, 4):
        a, g = sympy.symbols(f"a:{m}"), sympy.symbols(f"g:{m}")
        length, inner = sum(x * x for x in g), sum(x * y for x, y in zip(a, g))
        unit = dict.fromkeys(g, 1)
        steps.append(
            symbolic.scalar_identity(
                f"(4) E (a'g)^4 / E |g|^4 = 3 |a|^4 / (m(m + 2)), side {m}",
                expectation(inner**4, unit) / expectation(length**2, unit),
                sympy.Rational(pairings, m * (m + 2)) * sum(x * x for x in a) ** 2,
            )
        )
    d = z3.Real("delta")
    steps.append(smt.inequality("(4) 1 + delta <= 3(1 - delta)", 1 + d <= 3 * (1 - d), d >= 0, 2 * d <= 1))
    rng = np.random.default_rng(11)
    m, size = 6, effort.pick(60_000, 600_000)
    B = rng.standard_normal((m, m))
    rows = []
    for label, Z in (("random", B + B.T), ("identity", np.eye(m)), ("traceless", np.diag([1.0, -1, 0, 0, 0, 0]))):
        squares = sensing.rank_one_gaussian(m, size, rng).forward(Z) ** 2 * size
        mean, error = squares.mean() * 2 * float(scale), squares.std() / np.sqrt(size)
        theory = np.sum(Z**2) + float(weight) * np.trace(Z) ** 2
        rows.append(
            Row(
                f"second moment / claimed one, {label} S",
                mean / theory,
                "tight",
                1.0,
                5 * error / theory,
                "sampling, 5 standard errors",
            )
        )
    E = rip.deviation(sensing.rank_one_gaussian(m, size, rng))
    for k in (2, 4, 6):
        c = rip.best_scale(k, 0.5)
        found = rip.bracket(c * (E + np.eye(len(E))) - np.eye(len(E)), k, rng, restarts=3, steps=40)
        rows.append(
            Row(
                f"m = 6, n = {size}, best scale: delta_{k}",
                found.lower,
                "lower",
                float(floor) * k / (k + 4),
            )
        )
    few = sensing.rank_one_gaussian(20, 60, rng)
    E = rip.deviation(few)
    longest, shortest = (1 + Z @ E @ Z for Z in (rip.search(E, 1, s, rng, restarts=2, steps=20) for s in (1, -1)))
    rows.append(
        Row("m = 20, n = 60: quotient of the ends, order 1", longest / shortest, "lower", 20 * 22 / (3 * few.n))
    )
    spike = float(scale) * (np.sum(few.vectors**2, axis=1) ** 2).max() / few.n - 1
    rows.append(
        Row(
            "m = 20, n = 60: delta_1, lower end",
            rip.bracket(E, 1, rng, restarts=2, steps=20).lower,
            "lower",
            spike,
        )
    )
    return Evidence(rows, steps)
