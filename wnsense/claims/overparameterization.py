"""Iterations and work against the number of columns, by the reduced dynamics of the population."""

from __future__ import annotations

import functools

import numpy as np
import sympy
import z3

from wnsense import columns, ensemble, exponents, flow, population, population_bounds
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical

CHAPTER = "overparameterization"
K = 3  # the rank of A in all experiments of this file


@functools.cache
def counts(cells, repetitions, tolerance, budget, scaled=None):
    """Iterations (cells, repetitions) of RGD at eta = 1/(2 sigma_1^2) from random starts; a cell is (m, r, kappa).

    With `scaled` every start is rescaled to that q_0.
    """
    W, spectra = [], []
    for m, r, kappa in cells:
        for seed in range(repetitions):
            start = population.random_alignment(m, r, K, np.random.default_rng([m, r, seed]))
            W.append(start.W if scaled is None else start.W * scaled / start.q)
            spectra.append(kappa ** -np.linspace(0.0, 1.0, K))
    found = ensemble.iterations(np.array(spectra), 0.5, np.array(W), tolerance=tolerance, max_iterations=budget)
    return found.reshape(len(cells), repetitions)


@claim(
    id="cor-expected-iterations",
    title="Expected number of iterations from a random start",
    statement=r"X_0\text{ uniform},\ k=r_A,\ r\ge k+2,\ a\text{ the rate of the population}:\quad"
    r"\mathbb ET_\varepsilon\le1+\frac1a\Big(Q+\log\big(1+\tfrac Q\varepsilon\big)\Big),\qquad Q=\frac{k(m-k-1)}{r-k-1}-1",
    level=Level.PROVED,
    source="ours",
    uses=("cor-population-iterations", "prop-alignment-grows"),
    chapter=CHAPTER,
    controls={
        "r - k in place of r - k - 1": dict(one=0),
        "log(Q/eps) with the factor 0.9": dict(logarithm=0.9),
        "a rate 10 % larger": dict(faster=1.1),
    },
)
def expected_iterations(effort, *, one=1, logarithm=1.0, faster=1.0):
    """The inequalities under the expectation; then means over random starts, for k = 1, where E q_0 = Q, and for k = 3."""
    x, L = z3.Reals("q_0 epsilon")
    m_, r_, k_ = sympy.symbols("m r k", positive=True)
    steps = [
        classical("1 T <= 1 + (q_0 - eps + log(q_0/eps))/a, or T = 0 where q_0 <= eps", "cor-population-iterations"),
        smt.inequality("2 max(1, x) <= 1 + x for x = q_0/eps", z3.If(x > 1, x, 1) <= 1 + x, x >= 0),
        smt.inequality("2 max(0, q_0 - eps) <= q_0", z3.If(x > L, x - L, 0) <= x, x >= 0, L > 0),
        classical("3 E log(1 + q_0/eps) <= log(1 + E q_0/eps)", "Jensen, the logarithm is concave"),
        symbolic.scalar_identity(
            "4 for k = 1: (m - 2)/(r - 2) - 1 = (m - r)/(r - 2)",
            (k_ * (m_ - k_ - 1) / (r_ - k_ - one) - 1).subs(k_, 1), (m_ - r_) / (r_ - 2),
        ),
    ]
    rng, n = np.random.default_rng(33), effort.pick(300, 4000)
    rows = []
    for m, r, k, kappa, eta in ((40, 20, 1, 1, 0.05), (400, 12, 1, 1, 0.05), (200, 12, 3, 2, 0.5), (200, 40, 3, 2, 0.5)):
        spectrum = np.ones(1) if k == 1 else kappa ** -np.linspace(0.0, 1.0, k)
        W = np.array([population.random_alignment(m, r, k, rng).W for _ in range(n if k == 1 else n // 5)])
        T = ensemble.iterations(np.tile(spectrum, (len(W), 1)), eta, W, tolerance=1e-6, max_iterations=20_000)
        Q = k * (m - k - 1) / (r - k - one) - 1
        bound = 1 + (Q + logarithm * np.log1p(Q / 1e-6)) / (faster * population_bounds.rate(spectrum, eta))
        rows.append(
            Row(f"mean iterations to q = 1e-6, m = {m}, r = {r}, k = {k}, kappa = {kappa}, eta = {eta}", T.mean(), "upper", bound),
        )
        if k == 1:
            rows.append(
                Row(f"k = 1, m = {m}, r = {r}: mean of q_0 over Q", W.mean() / Q, "tight", 1.0, 4 * W.std() / np.sqrt(len(W)) / Q, "sampling, 4 standard errors"),
            )
    return Evidence(rows, steps)


ESCAPE = tuple((m, r, 2) for m in (200, 400, 800) for r in (8, 16, 32))
DECAY = tuple((m, r, 2) for m in (40, 60, 80) for r in (16, 24, 32))
CONDITION = tuple((200, 20, kappa) for kappa in (2, 4, 8))


def fits(repetitions, scaled=None, ignored=False):
    """Exponents in the three regimes: of m and r/(r-k+1)^2; of m and r; of kappa; the first again, of m and r.

    With `ignored` every run has 8 columns.
    """
    rng = np.random.default_rng(31)
    found = []
    regimes = ((ESCAPE, 1.0, "m, law"), (DECAY, 1e-10, "m, r"), (CONDITION, 1e-10, "kappa"), (ESCAPE, 1.0, "m, r"))
    for cells, tolerance, predictors in regimes:
        run = tuple((m, 8, kappa) for m, r, kappa in cells) if ignored and cells != CONDITION else cells
        m, r, kappa = np.array(cells, float).T
        x = {"m, law": [m, r / (r - K + 1) ** 2], "m, r": [m, r], "kappa": [kappa]}[predictors]
        found.append(exponents.fit(np.column_stack(x), counts(run, repetitions, tolerance, 3000, scaled), rng))
    return found


@claim(
    id="exp-iteration-exponents",
    title="Exponents of the number of iterations",
    statement=r"r_A=3,\ \eta=\tfrac1{2\sigma_1^2}:\quad \text{until }q=1,\ m\gg r:\ m^{1\pm0.15}\Big(\tfrac r{(r-r_A+1)^2}\Big)^{1\pm0.25};\quad"
    r"\text{until }q=10^{-10}:\ \kappa^{2\pm0.15};\quad \tfrac54\le\tfrac mr\le5:\ m^{\le0.4},\ r^{\ge-0.4}",
    level=Level.REPRODUCED,
    source="ours",
    uses=("thm-population-reduction", "thm-flow-time-law"),
    chapter=CHAPTER,
    controls={
        "starts rescaled to q_0 = 5, whatever m and r": dict(scaled=5.0),
        "8 columns, whatever r is said to be": dict(ignored=True),
    },
)
def iteration_exponents(effort, *, scaled=None, ignored=False):
    """Medians over random starts (11 a cell quickly, 60 thoroughly), log-log least squares, bootstrap intervals."""
    escape, decay, condition, _ = fits(effort.pick(11, 60), scaled, ignored)
    noise = "sampling, and a law that is a power only in the limit"
    return Evidence(
        (
            Row("escape: exponent of m", escape.value[0], "tight", 1.0, 0.15, noise),
            Row("escape: exponent of r/(r - r_A + 1)^2", escape.value[1], "tight", 1.0, 0.25, noise),
            Row("exponent of kappa, to q = 1e-10", condition.value[0], "tight", 2.0, 0.15, noise),
            Row("decay: exponent of m", decay.value[0], "upper", 0.4),
            Row("decay: exponent of r", decay.value[1], "lower", -0.4),
            Row("widest 95 % interval of the escape", np.max(escape.high - escape.low), "upper", 0.6),
        )
    )


@claim(
    id="prop-best-columns",
    title="The best number of columns, if work grows with r",
    statement=r"C(r)=r\Big(\frac m{(\sqrt r-\sqrt k)^2}+L\Big)\ (r>k):\quad r_*=k(1+\rho)^2,\ C(r_*)=kL(1+\rho)^3,\ \rho=\Big(\frac m{kL}\Big)^{1/3}",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    controls={
        "rho the square root of m/(kL)": dict(root=2),
        "a minimum claimed 10 % higher": dict(constant=1.1),
        "a minimum claimed 10 % lower": dict(constant=0.9),
    },
)
def best_columns(effort, *, root=3, constant=1.0):
    """The substitution and the factorisation by SymPy, the sign by Z3; then a fine search."""
    v, rho, k, L = sympy.symbols("v rho k L", positive=True)
    m, r = k * L * rho**root, k * (1 + v) ** 2
    c = sympy.nsimplify(constant)
    work = r * (m / (sympy.sqrt(r) - sympy.sqrt(k)) ** 2 + L)
    scaled = (1 + v) ** 2 * (rho**3 + v**2)
    factor = v**2 + 2 * (1 + rho) * v + rho
    zv, zr = z3.Reals("v rho")
    left = (1 + zv) * (1 + zv) * (zr * zr * zr + zv * zv)
    right = z3.RealVal(str(constant)) * (1 + zr) * (1 + zr) * (1 + zr) * zv * zv
    steps = [
        symbolic.scalar_identity(
            "1 C = kL (1 + v)^2 (rho^3 + v^2)/v^2 for r = k(1 + v)^2", work, k * L * scaled / v**2,
        ),
        symbolic.scalar_identity(
            "2 the difference to the minimum is (v - rho)^2 (v^2 + 2(1 + rho)v + rho)",
            scaled - c * (1 + rho) ** 3 * v**2, (v - rho) ** 2 * factor,
        ),
        smt.inequality("3 it is nonnegative", left >= right, zv > 0, zr > 0),
        smt.inequality("4 and zero at v = rho alone", z3.Implies(left == right, zv == zr), zv > 0, zr > 0),
        symbolic.scalar_identity("5 the value at v = rho", (scaled / v**2).subs(v, rho), c * (1 + rho) ** 3),
    ]
    rng, places, values = np.random.default_rng(32), [], []
    for _ in range(effort.pick(50, 2000)):
        k_, m_, L_ = rng.integers(1, 20), 10.0 ** rng.uniform(1, 9), rng.uniform(1, 50)
        r_ = k_ * (1 + np.geomspace(1e-3, 1e4, 20001)) ** 2
        found = columns.model_work(r_, m_, k_, L_)
        ratio = (m_ / (k_ * L_)) ** (1 / root)
        places.append(r_[found.argmin()] / (k_ * (1 + ratio) ** 2))
        values.append(found.min() / (constant * k_ * L_ * (1 + ratio) ** 3))
        places.append(columns.best_columns(m_, k_, L_) / (k_ * (1 + ratio) ** 2))
        values.append(columns.least_work(m_, k_, L_) / (constant * k_ * L_ * (1 + ratio) ** 3))
    far = lambda x: max(x, key=lambda y: abs(y - 1))
    return Evidence(
        (
            Row(
                "least C found by search, over kL(1 + rho)^3, farthest from 1", far(values), "tight", 1.0, 1e-5,
                "grid of the search",
            ),
            Row("its place over k(1 + rho)^2, farthest from 1", far(places), "tight", 1.0, 2e-3, "grid of the search"),
        ),
        steps,
    )


def work_counts(m, epsilon, repetitions=13, budget=1500):
    """Numbers of columns r, and iterations (r, repetitions) to q = epsilon, at kappa = 2."""
    r = np.unique(np.round(np.geomspace(K + 2, m // 2, 14)).astype(int))
    return r, counts(tuple((m, int(c), 2) for c in r), repetitions, epsilon, budget)


REGIMES = {"m/r dominates": (2000, 1e-2), "log(1/eps) dominates": (200, 1e-12)}


@claim(
    id="exp-best-columns",
    title="When more columns stop paying",
    statement=r"\text{work }r\cdot(\text{iterations to }q\le\varepsilon),\ r_A=3,\ \kappa=2,\ (m,\varepsilon)\in\{(2000,10^{-2}),(200,10^{-12})\}:\ "
    r"\text{at }r_*\text{ within }1.35\text{ of the least; at }r=\tfrac m2\text{ at least }1.5\text{ times the least; }"
    r"r_*\text{ at most }8\text{ times the measured optimum; "
    r"iterations at }r_*\text{ at most }1.25\text{ of the flow's}",
    level=Level.REPRODUCED,
    source="ours",
    uses=("prop-best-columns", "thm-flow-time-law"),
    chapter=CHAPTER,
    controls={
        "r_* = r_A + 2, hardly overparameterized": dict(choice="few"),
        "r_* = m/2": dict(choice="many"),
        "work that does not grow with r": dict(power=0),
    },
)
def best_columns_measured(effort, *, choice="model", power=1):
    """Medians over random starts (13 quickly, 60 thoroughly) on a grid of 14 numbers of columns."""
    rows = []
    for name, (m, epsilon) in REGIMES.items():
        r, found = work_counts(m, epsilon, effort.pick(13, 60))
        iterations = np.median(found, axis=1)
        work = r.astype(float) ** power * iterations
        best = {"model": columns.best_columns(m, K, np.log(1 / epsilon)), "few": K + 2, "many": m / 2}[choice]
        at = np.abs(np.log(r / best)).argmin()
        rows += [
            Row(f"{name}: work at r_* = {best:.0f} over the least", work[at] / work.min(), "upper", 1.35),
            Row(f"{name}: work at r = m/2 over the least", work[-1] / work.min(), "lower", 1.5),
            Row(f"{name}: r_* = {best:.0f} over the grid point of least work", best / r[work.argmin()], "upper", 8.0),
            Row(f"{name}: iterations at r_* over the flow's for 1/lambda_0 = m/(sqrt r - sqrt k)^2",
                iterations[at] / flow.iterations(
                    m / (np.sqrt(r[at]) - np.sqrt(K)) ** 2, epsilon, 0.5, 0.5,
                ), "upper", 1.25),
        ]
    return Evidence(rows)
