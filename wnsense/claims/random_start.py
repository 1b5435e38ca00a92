"""Claims of "Finite samples, sharper": the least singular value of a Gaussian matrix, and the uniform start."""

from __future__ import annotations

import functools

import numpy as np
import sympy
import z3

from wnsense import alignment_bounds, start_bounds, stiefel
from wnsense import finite_sample_bounds as finite
from wnsense.claims.published_rates import CHAPTER
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import smt, symbolic
from wnsense.proof.step import Step, classical


def multivariate_gamma(k, x):
    """The multivariate gamma function of order k as a product of gamma functions."""
    return sympy.pi ** sympy.Rational(k * (k - 1), 4) * sympy.Mul(
        *(sympy.gamma(x - sympy.Rational(j, 2)) for j in range(k))
    )


def normalisation(k, r):
    """The constant in front of the joint density of the ordered eigenvalues of a k x k Wishart matrix with r degrees
    of freedom."""
    half = sympy.Rational(1, 2)
    return sympy.pi ** sympy.Rational(k**2, 2) / (
        2 ** (k * r * half) * multivariate_gamma(k, sympy.Rational(k, 2)) * multivariate_gamma(k, r * half)
    )


@functools.cache
def tail_steps(power, base):
    """Steps of the tail; `power` is the exponent of 2 in the constant over l/2, `base` stands for e."""
    r, ell, c, eps = sympy.symbols("r l c epsilon", positive=True)
    x, low, high = z3.Reals("x lambda exponent")
    constant = sympy.sqrt(sympy.pi) / (2 ** (ell / 2) * sympy.gamma(ell / 2) * sympy.gamma((ell + 1) / 2))
    short = 2 ** (power * ell / 2 - 1) / sympy.gamma(ell)
    found = []
    for k in range(2, 7):
        ratio = normalisation(k, r) / normalisation(k - 1, r + 1)
        claimed = constant.subs(ell, r - k + 1) * sympy.gamma((r + 1) / 2) / sympy.gamma(sympy.Rational(k, 2))
        found.append(sympy.simplify(sympy.gammasimp(ratio / claimed)) == 1)
    assembled = 2 ** (ell / 2) * ((r + 1) / 2) ** (ell / 2) * (c * ell / sympy.sqrt(r + 1)) ** ell / (ell / base) ** ell
    logarithm = sympy.expand_log(sympy.log(assembled), force=True)
    return [
        classical(
            "1 joint density of the eigenvalues of NN'", "Fisher, Hsu and Roy (1939); Muirhead (1982), theorem 3.2.18"
        ),
        smt.inequality("2 0 <= lambda_i - lambda <= lambda_i", z3.And(0 <= x - low, x - low <= x), 0 <= low, low <= x),
        Step("3 quotient of the normalisations, k = 2, ..., 6, every r", "identity", "SymPy", all(found)),
        symbolic.scalar_identity("4 Legendre's duplication formula", sympy.gammasimp(constant / short), 1),
        symbolic.scalar_identity(
            "5 integral of lambda^(l/2 - 1) to epsilon^2",
            sympy.integrate(
                sympy.Symbol("s", positive=True) ** (ell / 2 - 1), (sympy.Symbol("s", positive=True), 0, eps**2)
            ),
            2 / ell * eps**ell,
        ),
        classical(
            "6 Gamma(x + s) <= (x + s)^s Gamma(x): (log Gamma)' increases and is at most log", "Jensen's inequality"
        ),
        classical("7 l! >= (l/e)^l", "power series of e^l"),
        symbolic.scalar_identity(
            "8 (r + 1)^(l/2) (c l/sqrt(r + 1))^l (e/l)^l = (ec)^l, in logarithms", logarithm, ell * (1 + sympy.log(c))
        ),
    ]


@functools.cache
def least_singular_values(k, r, count):
    """Samples of sigma_min of Gaussian matrices (k, r)."""
    N = np.random.default_rng((47, k, r)).standard_normal((count, k, r))
    return np.sqrt(np.maximum(np.linalg.eigvalsh(N @ N.transpose(0, 2, 1))[:, 0], 0))


@claim(
    id="lem-smallest-singular-value",
    title="The least singular value of a Gaussian matrix",
    statement=r"N\in\mathbb R^{k\times r}\text{ Gaussian},\ k\le r,\ "
    r"\ell=r-k+1:\quad\Pr(\sigma_{\min}(N)\le\epsilon)\le"
    r"\frac{2^{\ell/2}\Gamma(\frac{r+1}2)}{\Gamma(\frac k2)\,\ell!}\,\epsilon^\ell,\qquad\Pr\Big(\sigma_{\min}(N)"
    r"\le\frac{c\,\ell}{\sqrt{r+1}}\Big)\le(ec)^\ell",
    level=Level.PROVED,
    source="edelman1988; chen2005 in this form",
    chapter=CHAPTER,
    controls={
        "the constant 10 % smaller": dict(scale=0.9),
        "the exponent l - 1": dict(less=1),
        "2^(0.45 l) for 2^(l/2)": dict(power=sympy.Rational(9, 10)),
        "2.45 for e": dict(base=sympy.Rational(245, 100)),
    },
)
def smallest_singular_value(effort, *, scale=1.0, less=0, power=sympy.Integer(1), base=sympy.E):
    """The steps; then sampled probabilities: the bound is attained as epsilon tends to 0, so there it is tested from
    both sides."""
    near, wide, simple = [], [], []
    for k, r in ((1, 1), (1, 2), (2, 2), (2, 3), (3, 3), (3, 4)):
        count = effort.pick(150_000, 2_000_000)
        ell = r - k + 1
        values = least_singular_values(k, r, count)
        constant = start_bounds.singular_value_tail(k, r, 1.0) * float(2 ** ((float(power) - 1) * ell / 2))
        for level, ratios in ((0.03, near), (0.3, wide)):
            epsilon = (level / constant) ** (1 / ell)
            bound = scale * constant * epsilon ** (ell + less)
            hits = np.mean(values <= epsilon)
            ratios.append((hits / bound, 3 * np.sqrt(hits / count) / bound))
    for k, r in ((1, 1), (3, 3), (2, 5), (4, 8), (10, 12)):
        values = least_singular_values(k, r, effort.pick(20_000, 500_000))
        for c in (0.1, 0.2, 0.3):
            simple.append(np.mean(values <= c * (r - k + 1) / np.sqrt(r + 1)) / float(base * c) ** (r - k + 1))
    slack = max(error for _, error in near)
    rows = (
        Row(
            "sampled probability / bound of 0.03, least of 6 (k, r)",
            min(ratio for ratio, _ in near),
            "tight",
            1.0,
            0.06,
            "sampling, and epsilon is not yet 0",
        ),
        Row(
            "the same, largest", max(ratio for ratio, _ in near), "upper", 1.0, slack, "sampling, three standard errors"
        ),
        Row(
            "sampled probability / bound of 0.3, largest",
            max(ratio for ratio, _ in wide),
            "upper",
            1.0,
            max(error for _, error in wide),
            "sampling, three standard errors",
        ),
        Row("sampled probability / (ec)^l, largest of 15", max(simple), "upper", 1.0),
    )
    return Evidence(rows, tail_steps(power, base))


@claim(
    id="cor-random-start",
    title="Random start",
    statement=r"X_0\text{ uniform},\ k=r_A\le r,\ \ell=r-k+1:\ \lambda_0\ge\frac{c^2\ell^2}{18\,m\,r}\text{ with "
    r"probability at least }1-(ec)^\ell-e^{-m/2};\ "
    r"\delta\le\frac{c^2\ell^2}{630\,\kappa\sqrt k\,m\,r},\ \eta=\tfrac1{2\sigma_1^2}\Rightarrow\lVert "
    r"X_t\Theta_tX_t^\top-A\rVert_F\le\epsilon\lVert A\rVert_F"
    r"\text{ for }t\ge6\kappa^2\Big[\frac{18\,m\,r}{c^2\ell^2}+2\ln\frac{1.42}\epsilon+\ln"
    r"\frac{18\,m\,r}{c^2\ell^2}\Big]",
    level=Level.PROVED,
    source="ours",
    uses=("lem-smallest-singular-value", "thm-finite-sample-rate", "thm-gaussian-rip"),
    chapter=CHAPTER,
    controls={
        "||Z|| <= 1.9 sqrt(m)": dict(norm=1.9),
        "16 for 18 in the bound of lambda_0": dict(eighteen=16),
        "570 for 630 in the bound of delta": dict(delta=570),
        "5 kappa^2 for 6 kappa^2 iterations": dict(six=5),
        "the bound of lambda_0 200 times larger": dict(alignment=200.0),
    },
)
def random_start(effort, *, norm=3.0, eighteen=18, delta=630, six=6, alignment=1.0):
    """The steps; then uniform starts against the bound, and against the exact law where there is one."""
    m, r, k, c, ell, lam = z3.Reals("m r k c l lambda_0")
    X, M = sympy.symbols("lambda_0 kappa", positive=True)
    N, Nt, R = symbolic.matrices("N Nt R")  # N is U'Z, k x r, and R = (Z'Z)^{-1/2}
    transposes = {N: Nt, Nt: N, R: R}
    phi = N * R
    square = z3.RealVal(str(norm)) ** 2
    steps = [
        symbolic.identity("1 S_0 = N(Z'Z)^{-1}N'", phi * symbolic.transpose(phi, transposes), N * R * R * Nt),
        classical("1 (Z'Z)^{-1} >= ||Z||^{-2} I, so lambda_0 >= sigma_min(N)^2/||Z||^2", "spectral theorem"),
        classical("2 P(||Z|| >= sqrt(m) + sqrt(r) + t) <= exp(-t^2/2)", "Davidson and Szarek (2001), theorem II.13"),
        smt.inequality(
            "2 t = sqrt(m): sqrt(m) + sqrt(r) + t <= 3 sqrt(m)", 2 * m + r <= z3.RealVal(str(norm)) * m, r <= m, r > 0
        ),
        smt.inequality(
            "3 c^2l^2/((r+1) 9m) >= c^2l^2/(18mr)", eighteen * m * r >= square * (r + 1) * m, r >= 1, m >= r
        ),
        symbolic.scalar_identity("4 35 * 18 = 630", sympy.Integer(35) * 18, delta),
        smt.inequality(
            "4 delta <= lambda_0/(35 kappa sqrt k) implies (ii): 35 * 15/16 >= 32",
            z3.RealVal("15/16") * lam * 35 >= 32 * lam,
            lam > 0,
        ),
        symbolic.scalar_identity(
            "5 3/(eta sigma_k^2) = 6 kappa^2 at eta = 1/(2 sigma_1^2)", 3 / (1 / (2 * M**2)), six * M**2
        ),
        smt.inequality(
            "5 g_0 = 1/l_0 - 1 <= 1/lambda_0, l_0 = 15/16 included",
            z3.And(1 / lam - 1 <= 1 / lam, z3.RealVal("1/15") <= 1 / lam),
            lam > 0,
            lam <= 1,
        ),
    ]
    rng = np.random.default_rng(53)
    sizes = ((20, 1, 1), (20, 3, 3), (30, 6, 3), (60, 20, 2), (40, 40, 3))
    p, count = 0.1, effort.pick(400, 5000)
    share, loose, chain, tall, late = [], [], [], [], []
    for size, columns, rank in sizes:
        bound = alignment * start_bounds.alignment(
            size, columns, rank, start_bounds.constant_for(size, columns, rank, p)
        )
        Z = rng.standard_normal((count, size, columns))
        top = np.linalg.norm(Z, 2, axis=(1, 2))
        least = np.linalg.norm(Z[:, :rank], -2, axis=(1, 2))
        smallest = np.array(
            [
                np.linalg.svd(stiefel.polar(np.zeros_like(z), z)[:rank], compute_uv=False)[-1] ** 2
                for z in Z[: count // 2]
            ]
        )
        chain.append((smallest / (least / top)[: count // 2] ** 2).min())
        tall.append(np.mean(top > norm * np.sqrt(size)) / np.exp(-size / 2))
        share.append(np.mean(smallest >= bound))
        if alignment_bounds.has_closed_form(size, columns, rank) and columns < size:
            loose.append(alignment_bounds.quantile(p, size, columns, rank) / bound)
        t = six * (1 / bound + 2 * np.log(1.42 / 1e-6) + np.log(1 / bound))
        late.append(finite.iterations(min(bound, 1.0), 0.5, 1e-6) / t)
    rows = (
        Row(f"least share of starts with lambda_0 >= bound for 0.9, {len(sizes)} sizes", min(share), "lower", 1 - p),
        Row("exact 0.1-quantile of lambda_0 / bound, least: how loose", min(loose), "lower", 1.0),
        Row("lambda_0 ||Z||^2/sigma_min(N)^2, least", min(chain), "lower", 1.0, 1e-9, "rounding"),
        Row("sampled P(||Z|| > 3 sqrt m) / e^(-m/2), largest", max(tall), "upper", 1.0),
        Row("iterations of the theorem / closed form, kappa = 1, largest", max(late), "upper", 1.0),
    )
    return Evidence(rows, steps)
