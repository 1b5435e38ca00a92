"""Claims of the chapter on the population dynamics: the worst initial alignment, and what more columns do to it."""

from __future__ import annotations

import functools

import numpy as np
import scipy.integrate
import scipy.special
import scipy.stats
import sympy
import z3

from wnsense import alignment_bounds, population, stiefel
from wnsense.claims.initial_alignment import LEVEL
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical

CHAPTER = "population_dynamics"


@functools.cache  # controls share the samples they leave as they are
def tangents(m, r, k, count, seed):
    """A sample of W_0: ndarray (count, k, k)."""
    rng = np.random.default_rng(seed)
    return np.array([population.random_alignment(m, r, k, rng).W for _ in range(count)])


def worst_alignments(m, r, k, count, seed):
    """A sample of lambda_0, sorted."""
    return np.sort(1 / (1 + np.linalg.eigvalsh(tangents(m, r, k, count, seed))[:, -1]))


@functools.cache
def exponent_steps(shift):
    """The powers of 1 - x in the substitution, and the determinant inside the mean."""
    m, r, k, x = sympy.symbols("m r k x", positive=True)
    b = (m - r - k - 1) / 2 + shift
    T, Ti = symbolic.matrices("T Ti")
    f, t = sympy.symbols("f t", positive=True)
    return (
        classical(
            "1 density c det(S)^((r-k-1)/2) det(I-S)^((m-r-k-1)/2)",
            by="Muirhead, 3.3",
        ),
        classical("2 S = xI + (1-x)T: volume (1-x)^{k(k+1)/2}", by="Jacobian"),
        symbolic.identity("2 I - S = (1-x)(I - T)", 1 - (x + (1 - x) * T), (1 - x) * (1 - T)),
        symbolic.identity(
            "2 S = T (I + x(T^-1 - I))", x + (1 - x) * T, T * (1 + x * (Ti - 1)), {T * Ti: sympy.Integer(1)}
        ),
        symbolic.scalar_identity("2 k(k+1)/2 + k b = k(m-r)/2", k * (k + 1) / 2 + k * b, k * (m - r) / 2),
        symbolic.scalar_identity(
            "3 E exp(-x f g^2/2) = (1 + x f)^{-1/2} for g ~ N(0,1)",
            sympy.integrate(sympy.exp(-x * f * t**2 / 2 - t**2 / 2), (t, -sympy.oo, sympy.oo))
            / sympy.sqrt(2 * sympy.pi),
            (1 + x * f) ** sympy.Rational(-1, 2),
        ),
        classical(
            "3, 4 (G_1^-1)_11 = 1/chi^2_{r-k+1}; E det = n!/(n-j)!",
            by="Bartlett",
        ),
        *(
            symbolic.scalar_identity(
                f"4 product of 1/(j+1-i), i < j, is 1/(j+1)!, j = {j}",
                sympy.prod([sympy.Rational(1, j + 1 - i) for i in range(j)]),
                1 / sympy.factorial(j + 1),
            )
            for j in (1, 2, 3)
        ),
    )


def claimed_law(x, m, r, k):
    """Pr(lambda_0 > x) as the proposition has it; for k = 1 from its formulas, not from the Beta law."""
    if k > 1:
        return alignment_bounds.survival(x, m, r, k)
    if r == 1:  # E(1 + xw)^{-1/2}: w = cot^2 of an angle with density proportional to cos^(m-2)
        value = lambda t: np.cos(t) ** (m - 2) / np.sqrt(1 + x / np.tan(t) ** 2)  # noqa: E731
        mass = lambda t: np.cos(t) ** (m - 2)  # noqa: E731
        mean = np.divide(*(scipy.integrate.quad(f, 0, np.pi / 2, epsabs=1e-12, limit=200)[0] for f in (value, mass)))
    else:
        mean = {2: 1.0, 4: 1 + (m - 4) * x / 2}.get(r, np.nan)
    return (1 - x) ** ((m - r) / 2) * mean


@functools.cache
def exact_laws(surplus):
    """(m, k, x, Pr(lambda_0 > x)) from the density of the eigenvalues: an incomplete Beta integral, or a nested one."""
    cases = []
    for m, x in ((8, 0.02), (9, 0.2), (30, 0.05)):
        cases.append((m, 1, x, 1 - scipy.special.betainc((1 + surplus) / 2, (m - 1 - surplus) / 2, x)))
        cases.append((m, 2, x, two_eigenvalues(x, m, 2 + surplus) / two_eigenvalues(0.0, m, 2 + surplus)))
    return cases


def two_eigenvalues(x, m, r, nodes=80):
    """The integral of (s_1 - s_2) prod s_i^p (1 - s_i)^b over x < s_2 < s_1 < 1, by Gauss's rule in s = sin^2."""
    t, w = np.polynomial.legendre.leggauss(nodes)
    t, w, low = (t + 1) / 2, w / 2, np.arcsin(np.sqrt(x))
    first = low + (np.pi / 2 - low) * t
    second = low + (first[:, None] - low) * t  # between x and the first
    weights = (np.pi / 2 - low) * w[:, None] * (first[:, None] - low) * w

    def density(angle):
        return 2 * np.sin(angle) ** (r - 2) * np.cos(angle) ** (m - r - 2)

    difference = np.sin(first)[:, None] ** 2 - np.sin(second) ** 2
    return np.sum(weights * difference * density(first)[:, None] * density(second))


@claim(
    id="prop-smallest-alignment-law",
    title="The law of the worst initial alignment",
    statement=r"k=r_A\le r\le m-k:\ \Pr(\lambda_0>x)=(1-x)^{k(m-r)/2}\,\mathbb E\det(I+xW_0)^{(r-k-1)/2};\quad"
    r"r=k+1:\ (1-x)^{k(m-k-1)/2};\quad r=k:\ (1-x)^{k(m-k)/2}\,\mathbb E(1+xw)^{-k/2},\ w=\chi^2_{m-k}/\chi^2_1;\quad"
    r"r=k+3:\ (1-x)^{k(m-r)/2}\sum_j\tbinom kj\tbinom{m-r}j\tfrac{x^j}{j+1}",
    level=Level.PROVED,
    source="ours",
    uses=("thm-initial-alignment-law",),
    chapter=CHAPTER,
    controls={
        "one degree of freedom more": dict(extra=1),
        "m 10 % larger in the formula": dict(size=1.1),
        "b off by one half": dict(shift=sympy.Rational(1, 2)),
        "x 10 % larger in the law at r = r_A": dict(stretched=0),
        "x 10 % larger in the law at r = r_A + 1": dict(stretched=1),
        "x 10 % larger in the law at r = r_A + 3": dict(stretched=3),
    },
)
def smallest_alignment_law(effort, *, extra=0, size=1.0, shift=0, stretched=None):
    """The substitution; the laws against quadrature for k <= 2, against samples for all k; the formula by its mean."""
    rows = []
    for surplus in (0, 1, 3):
        gaps = [
            abs(claimed_law(x * (1.1 if stretched == surplus else 1.0), round(size * m), k + surplus, k) - exact)
            for m, k, x, exact in exact_laws(surplus)
        ]
        name = f"r = r_A + {surplus}" if surplus else "r = r_A"
        rows.append(Row(f"largest error, {name}, r_A = 1, 2, quadrature", max(gaps), "tight", 0, 1e-9, "quadrature"))
    for m, r, k in ((12, 3, 3), (12, 4, 3), (12, 6, 3), (1000, 5, 5), (1000, 6, 5)):
        sample = worst_alignments(m, r + extra, k, effort.pick(300, 6000), 51)
        claimed = [1 - alignment_bounds.survival(x, round(size * m), r, k) for x in sample]
        p = scipy.stats.kstest(claimed, "uniform").pvalue
        rows.append(Row(f"p-value, law at m = {m}, r = {r}, r_A = {k}", p, "lower", LEVEL))
    m, r, k, x = 14, 5, 3, 0.1
    count = effort.pick(1000, 30000)
    hits = np.mean(worst_alignments(m, r + extra, k, count, 52) > x)
    W = tangents(m, r, k, count, 53)
    values = (1 - x) ** (k * (round(size * m) - r) / 2) * np.linalg.det(np.eye(k) + x * W) ** ((r - k - 1) / 2)
    error = np.hypot(values.std(), np.sqrt(hits * (1 - hits))) / count**0.5
    rows.append(
        Row(
            "Pr(lambda_0 > 0.1), m = 14, r = r_A + 2 = 5",
            hits,
            "tight",
            values.mean(),
            4 * error,
            "sampling",
        )
    )
    return Evidence(rows, exponent_steps(shift))


@claim(
    id="prop-alignment-grows",
    title="More columns, better aligned",
    statement=r"\lambda_0\text{ grows stochastically with }r;\quad\mathbb E\lambda_0\le\tfrac rm;\quad"
    r"\mathbb E\tfrac1{\lambda_0}\le\frac{r_A(m-r_A-1)}{r-r_A-1}\ (r\ge r_A+2,\text{ else infinite});\quad"
    r"\lambda_0\ge\frac{a^2}{a^2+b^2},\ a=(\sqrt r-\sqrt{r_A}-\tau)_+,\ b=\sqrt{m-r}+\sqrt{r_A}+\tau,"
    r"\text{ with probability at least }1-2e^{-\tau^2/2}",
    level=Level.PROVED,
    source="ours, from davidson2001, Theorem II.13",
    uses=("thm-initial-alignment-law",),
    chapter=CHAPTER,
    controls={
        "a = sqrt(r) - tau, b = sqrt(m - r) + tau, r_A forgotten": dict(forget="r_A"),
        "a = sqrt(r), b = sqrt(m - r): r/m itself": dict(forget="r_A and tau"),
        "mean of lambda_0 at most r/(2m)": dict(mean=0.5),
        "r - r_A in place of r - r_A - 1": dict(one=0),
    },
)
def alignment_grows(effort, *, forget="", mean=1.0, one=1):
    """Nested spans; means; the quantile of level 2 exp(-tau^2/2) against the bound; the older bound is never better."""
    g, h, s, t = z3.Reals("g h s t")  # sqrt m, sqrt(m - r), sqrt r, sqrt(r_A) + tau
    z, c = z3.Reals("alpha beta")
    sm, sr, sk = sympy.symbols("m r k")
    U, Ut, X, Xt, x, xt = symbolic.matrices("U Ut X Xt x xt")
    steps = (
        symbolic.identity(
            "1 one more column: S_{r+1} - S_r = (U'x)(U'x)'",
            Ut * (X * Xt + x * xt) * U - Ut * X * Xt * U,
            (Ut * x) * (xt * U),
        ),
        classical("2 E lambda_min(S) <= lambda_min(E S)", by="Jensen"),
        classical(
            "4 singular values in sqrt n +- (sqrt k + tau)",
            by="Davidson-Szarek",
        ),
        classical(
            "3 W_11 = chi^2_{m-r} / chi^2_{r-k+1}; E 1/chi^2_n = 1/(n-2)",
            by="Bartlett",
        ),
        symbolic.scalar_identity(
            "3 1 + (m-r)/(r-k-1) = (m-k-1)/(r-k-1)", 1 + (sm - sr) / (sr - sk - 1), (sm - sk - 1) / (sr - sk - one)
        ),
        classical("4 |G_1^{-1/2} G_2 G_1^{-1/2}| <= |G_2| / lambda_min(G_1)", by="submultiplicativity"),
        smt.inequality(
            "4 1/(1 + b^2/a^2) = a^2/(a^2 + b^2)", 1 / (1 + c * c / (z * z)) == z * z / (z * z + c * c), z > 0, c > 0
        ),
        smt.inequality(
            "5 a^2 + b^2 <= (sqrt m + sqrt r)^2",
            (s - t) * (s - t) + (h + t) * (h + t) <= (g + s) * (g + s),
            g > 0,
            h >= 0,
            s > 0,
            t > 0,
            t < s,
            g * g == h * h + s * s,
            h <= g,
        ),
    )
    rows, tau = [], 2.5
    q = alignment_bounds.failure(tau)
    for m, r, k in ((100, 40, 2), (400, 60, 4), (1000, 100, 10), (10**12, 10**10, 3)):
        sample = worst_alignments(m, r, k, effort.pick(300, 10000), 54)
        bound = alignment_bounds.lower_bound(m, r, k, tau)
        if forget:
            shift = tau if forget == "r_A" else 0.0
            bound = (a := np.sqrt(r) - shift) ** 2 / (a**2 + (np.sqrt(m - r) + shift) ** 2)
        rows.append(
            Row(
                f"m = {m:.0e}, r = {r:.0e}, r_A = {k}: {q:.1%} quantile",
                np.quantile(sample, q),
                "lower",
                bound,
            )
        )
        rows.append(Row("  its mean against r/m", sample.mean(), "upper", mean * r / m))
    rows += inverse_moments(effort, one)
    rows.append(
        Row(
            "least gain of lambda_0 per column, nested",
            nested(effort.pick(10, 200)),
            "lower",
            0,
            1e-14,
            "rounding",
        )
    )
    rows.append(Row("new bound / older bound, least", against_older(), "lower", 1))
    return Evidence(rows, steps)


def inverse_moments(effort, one):
    """The mean of tr S^{-1} / k against its exact value, and of 1/lambda_0 against k times that."""
    m, r, k = 40, 9, 3
    inverse = 1 + np.linalg.eigvalsh(tangents(m, r, k, effort.pick(1500, 30000), 55))
    mean = (m - k - 1) / (r - k - one)
    traces, worst = inverse.mean(1), inverse[:, -1]
    return [
        Row(
            "m = 40, r = 9, r_A = 3: E tr(S^-1)/r_A",
            traces.mean(),
            "tight",
            mean,
            4 * traces.std() / len(traces) ** 0.5,
            "sampling",
        ),
        Row("  mean of 1/lambda_0 against r_A times that", worst.mean(), "upper", k * mean),
    ]


@functools.cache
def nested(count):
    """lambda_0 of the first r columns of one orthonormal matrix, r growing: the least increment."""
    rng, least = np.random.default_rng(56), np.inf
    for _ in range(count):
        m, k = int(rng.integers(4, 20)), int(rng.integers(1, 4))
        Phi = stiefel.random_point(m, k, rng).T @ stiefel.random_point(m, m, rng)
        values = [np.linalg.eigvalsh(Phi[:, :r] @ Phi[:, :r].T)[0] for r in range(k, m + 1)]
        least = min(least, np.diff(values).min())
    return least


@functools.cache
def against_older(tau=2.0):
    """a^2/(a^2+b^2) over (sqrt r - sqrt k - tau)^2 / (sqrt m + sqrt r + tau)^2, over a grid."""
    ratios = []
    for m in (50, 400, 10**4, 10**8):
        for r in {m // 10, m // 3, m - 1, m}:
            for k in (1, 3):
                if (a := np.sqrt(r) - np.sqrt(k) - tau) > 0:
                    ratios.append(
                        alignment_bounds.lower_bound(m, r, k, tau) * (np.sqrt(m) + np.sqrt(r) + tau) ** 2 / a**2
                    )
    return min(ratios)


@claim(
    id="exp-huge-dimensions",
    title="Runs in dimension up to a million million",
    statement=r"r=m/100,\ r_A=3,\ \kappa=3,\ \eta=\tfrac1{2\sigma_1^2}:\text{ iterations to }10^{-10}"
    r"\text{ from random starts are those from }S_0=\tfrac rmI"
    r"\text{ up to a relative gap of at most }\max\{10\,r_A/\sqrt r,10^{-3}\}",
    level=Level.REPRODUCED,
    source="ours",
    uses=("thm-population-reduction", "thm-initial-alignment-law"),
    chapter=CHAPTER,
    controls={
        "r = 1.1 m/100 at every size": dict(columns=1.1),
        "the start r_A/m I, no gain from r": dict(limit_start=0.1),
    },
)
def huge_dimensions(effort, *, columns=1.0, limit_start=1.0):
    """Criterion: the relative gap is at most 10 r_A / sqrt(r), and at most 1e-3 where that is smaller."""
    sigma, eta, share = 3.0 ** -np.linspace(0, 1, 3), 0.5, 0.01

    def iterations(start):
        return population.run(sigma, eta, start, tolerance=1e-10, max_iterations=10**5, record_every=10**6).iterations

    limit = iterations(population.from_squared_cosines(limit_start * share * np.eye(3)))
    rng, rows = np.random.default_rng(57), []
    for exponent in (12, 9, 6):
        m = 10**exponent
        r = round(share * m * columns)
        counts = [iterations(population.random_alignment(m, r, 3, rng)) for _ in range(effort.pick(1, 20))]
        gap = max(abs(c - limit) for c in counts) / limit
        allowed = max(10 * 3 / np.sqrt(r), 1e-3)  # one iteration more or less is 1e-3
        rows.append(Row(f"m = 1e{exponent}, r = m/100: relative gap from the limit", gap, "upper", allowed))
    rows.append(Row("iterations from S_0 = (r/m) I", limit, "upper", 2000))
    return Evidence(rows)
