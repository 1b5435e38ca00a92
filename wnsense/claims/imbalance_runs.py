"""Experiments of the chapter on imbalance, and the largest start of the model A = 0."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy
import z3

from wnsense import asymmetric, asymmetry_comparison, exponents, imbalance_runs
from wnsense.claims.registry import Effort, Evidence, Level, Row, claim
from wnsense.claims.two_factor_rate import CHAPTER
from wnsense.imbalance_instances import axis_truth
from wnsense.imbalance_runs import Shape
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical
from wnsense.rectangular_objective import Population

TWO_DECADES = tuple(float(f"{alpha:.3g}") for alpha in np.geomspace(7e-4, 7e-2, 7))
DECAY = Shape(100, 100, 3, 2)
DECAY_ETA = 0.5
NARROW, WIDE = Shape(20, 20, 5, 2, 2.0), Shape(4, 4, 80, 2, 2.0)
ACCURACY, FIXED_ETA = 1e-8, 0.05


@lru_cache(maxsize=None)
def decays(alphas=TWO_DECADES, repetitions: int = 5, balanced: bool = False) -> tuple[imbalance_runs.Decay, ...]:
    """Late decay from independent starts of each scale."""
    found = []
    for i, alpha in enumerate(alphas):
        start = DECAY.balanced_start if balanced else DECAY.start
        starts = [start(alpha, 1000 * i + k) for k in range(repetitions)]
        fit = 60 + int(6 * np.log(1 / alpha))
        found.append(imbalance_runs.decay(starts, DECAY_ETA, fit=fit, wait=1.0, window=2.0))
    return tuple(found)


def fitted_exponent(alphas=TWO_DECADES, repetitions: int = 5) -> exponents.Exponents:
    """The exponent of the median rate in alpha, with a nominal 95 % bootstrap interval."""
    samples = [found.rate for found in decays(alphas, repetitions)]
    return exponents.fit(np.array(alphas)[:, None], np.array(samples), np.random.default_rng(61))


@claim(
    id="exp-imbalance-exponent",
    title="The rate is proportional to the square of the scale",
    statement=r"\text{entries of }F_0\text{ at scale }\alpha,\ G_0\text{ at }\tfrac\alpha3,\ "
    r"100\times100,\ r=3,\ r_A=2,\ "
    r"\alpha\text{ over two decades: late rate}\sim\alpha^p\text{ with }|p-2|\le0.1,\ "
    r"\text{between }0.99\,\lambda_r(\Delta_0)\text{ and }1.01\,\lambda_{r-r_A}(\Delta_0),"
    r"\text{ steady within a tenth}",
    level=Level.REPRODUCED,
    source="ours; the rate is that of xiong2024",
    uses=("thm-asymmetric-rate", "lem-imbalance-at-random-start"),
    chapter=CHAPTER,
    controls={
        "exponent 1.8 claimed": dict(power=1.8),
        "balanced starts, F_0'F_0 = G_0'G_0": dict(balanced=True),
        "the larger eigenvalue of Delta_0 as a lower bound": dict(swapped=True),
    },
)
def imbalance_exponent(effort, *, power=2.0, balanced=False, swapped=False):
    """Rates of |R_t|_F per eta t, after A is fitted."""
    if balanced:
        found = decays((0.003, 0.006), 3, True)
        evenness = min(d.evenness.min() for d in found)
        return Evidence((Row("slope, second half over first, smallest", evenness, "lower", 0.9),))
    repetitions = effort.pick(5, 25)
    found, fit = decays(TWO_DECADES, repetitions), fitted_exponent(TWO_DECADES, repetitions)
    low, high = (np.concatenate([d.rate / getattr(d, name) for d in found]) for name in ("low", "high"))
    if swapped:
        low, high = high, low
    return Evidence(
        (
            Row("exponent of alpha", fit.value[0], "tight", power, 0.1, "random starts, finite alpha"),
            Row("half width of its nominal 95 % bootstrap interval", (fit.high[0] - fit.low[0]) / 2, "upper", 0.1),
            Row(f"rate over lambda_r(Delta_0), smallest of {len(low)}", low.min(), "lower", 0.99),
            Row("the same, median", np.median(low), "upper", 2.0),
            Row("rate over lambda_(r-r_A)(Delta_0), largest", high.max(), "upper", 1.01),
            Row("slope, second half over first, smallest", min(d.evenness.min() for d in found), "lower", 0.9),
        )
    )


def largest_start_steps(*, four=4):
    """How the squared size of the factors moves for A = 0."""
    F, Ft, G, Gt = symbolic.matrices("F Ft G Gt")
    f, g, eta = sympy.symbols("f g eta", positive=True)
    R, Rt = F * Gt, G * Ft
    e = sympy.Symbol("eta", positive=True)
    F_next, G_next = F - e * R * G, G - e * Rt * F
    transposes = {F: Ft, Ft: F, G: Gt, Gt: G}
    left = symbolic.transpose(F_next, transposes) * F_next + symbolic.transpose(G_next, transposes) * G_next
    right = Ft * F + Gt * G - four * e * Rt * R + e**2 * (Gt * Rt * R * G + Ft * R * Rt * F)
    Q = f**2 + g**2
    q, x, y = z3.Reals("q x y")
    return (
        symbolic.trace_identity(
            "1 Q_+ = Q - 4 eta |R|_F^2 + eta^2 (|RG|_F^2 + |R'F|_F^2)", left, right, transposes=transposes
        ),
        classical("2 |RG|_F^2 + |R'F|_F^2 <= (|F|^2 + |G|^2)|R|_F^2 <= Q |R|_F^2", "norms of a product"),
        symbolic.scalar_identity(
            "3 scalars: Q_+ = Q - eta R^2 (4 - eta Q)",
            (f * (1 - eta * g**2)) ** 2 + (g * (1 - eta * f**2)) ** 2,
            Q - eta * (f * g) ** 2 * (four - eta * Q),
        ),
        smt.inequality(
            "4 x + y = q > 4, xy <= 1: (1-x)(1-y) <= -(q - 2) < -2",
            z3.And((1 - x) * (1 - y) <= 2 - q, q - 2 > 2),
            x + y == q,
            x * y <= 1,
            q > 4,
        ),
    )


def scalar_fate(alpha: float, ratio: float, eta: float, steps: int) -> float:
    """log10 of the size Q_t over Q_0 after so many steps; 12 as soon as it has grown 10^12-fold; A = 0."""
    problem, parameters = Population(axis_truth(1, 1, [])), asymmetric.Parameters(eta)
    state = asymmetric.at(problem, np.array([[alpha]]), np.array([[ratio * alpha]]))
    growth = 1.0
    for _ in range(steps):
        state = asymmetric.step(problem, parameters, state)
        growth = (np.sum(state.F**2) + np.sum(state.G**2)) / (alpha**2 * (1 + ratio**2))
        if growth > 1e12:
            return 12.0
    return float(np.log10(growth))


@claim(
    id="prop-imbalance-largest-start",
    title="How large the start may be, for A = 0",
    statement=r"A=0,\ Q=\lVert F\rVert_F^2+\lVert G\rVert_F^2:\quad"
    r"Q_{t+1}\le Q_t-\eta\lVert R_t\rVert_F^2(4-\eta Q_t);\ "
    r"\eta Q_0<4\ \Longrightarrow\ Q_t\text{ falls and }R_t\to0;\quad"
    r"\text{scalars, }\eta Q_0>4:\ Q_t\to\infty\text{ unless }R_t=0\text{ for some }t",
    level=Level.PROVED,
    source="ours",
    uses=("lem-two-factor-gradient",),
    chapter=CHAPTER,
    controls={
        "limit 4.4: stable up to there": dict(stable=4.4),
        "limit 3.6: unstable from there on": dict(unstable=3.6),
        "3 eta R^2 for 4 eta R^2": dict(four=3),
    },
)
def largest_start(effort, *, stable=4.0, unstable=4.0, four=4):
    """The steps; scalar runs just below and just above the limit, for many ratios of the two factors."""
    rng = np.random.default_rng(62)
    below, above = [], []
    for _ in range(effort.pick(20, 1000)):
        ratio, eta = rng.uniform(0.01, 0.99), 10.0 ** rng.uniform(-2, 1)
        for limit, found in ((stable * 0.999, below), (unstable * 1.001, above)):
            alpha = np.sqrt(limit / (eta * (1 + ratio**2)))
            found.append(scalar_fate(alpha, ratio, eta, 3000 if limit > 4 else 300))
    rows = (
        Row("eta Q_0 = 0.999 of the limit: log10(Q_t/Q_0), largest", max(below), "upper", 0.0, 1e-9, "rounding"),
        Row("eta Q_0 = 1.001 of the limit: log10(Q_t/Q_0), smallest", min(above), "lower", 12.0),
    )
    return Evidence(rows, largest_start_steps(four=four))


@lru_cache(maxsize=None)
def bounded(stiffness: float, seeds: int, eta: float = FIXED_ETA) -> int:
    """How many of the runs from starts of this stiffness, `seeds` of each shape, stay bounded for 300 steps."""
    return sum(
        imbalance_runs.stays_bounded(
            shape.start(imbalance_runs.scale_of_stiffness(shape, seed, eta, stiffness), seed), eta, 300
        )
        for shape in (NARROW, WIDE)
        for seed in range(seeds)
    )


@lru_cache(maxsize=None)
def scales_over_proved(seeds: int, eta: float = FIXED_ETA) -> tuple[float, ...]:
    """For r > n_1: alpha of stiffness 3.5 over the largest alpha that the theorem covers."""
    return tuple(
        imbalance_runs.scale_of_stiffness(WIDE, seed, eta, 3.5) / imbalance_runs.largest_proved_scale(WIDE, seed, eta)
        for seed in range(seeds)
    )


@lru_cache(maxsize=None)
def _iterations(shape: Shape, alpha: float, budget: int) -> tuple[float, float]:
    start = shape.start(alpha, 0)
    eta = imbalance_runs.adapted_step(start)
    return (
        imbalance_runs.iterations(start, eta, ACCURACY, budget),
        imbalance_runs.predicted_iterations(start, eta, ACCURACY),
    )


def iterations_by_scale(shape: Shape, alphas: tuple[float, ...], budget: int = 10000) -> np.ndarray:
    """Rows: steps to ACCURACY, and predicted steps, for each alpha at the adapted step size; shape (2, len(alphas))."""
    return np.array([_iterations(shape, alpha, budget) for alpha in alphas]).T


@claim(
    id="exp-imbalance-largest-start",
    title="How large the start may be, measured",
    statement=r"\eta=0.05:\ \text{gradient descent stays bounded from }"
    r"\eta(\lVert F_0\rVert^2+\lVert G_0\rVert^2)=3.5\text{ and diverges from }5;\ \text{the theorem's largest }\alpha"
    r"\text{ is 2 to 5 times smaller. With }\eta\sim1/\alpha^2:\ r<n_1\text{ has a best }\alpha,\ "
    r"r>n_1\text{ does not lose by a larger one}",
    level=Level.REPRODUCED,
    source="ours",
    uses=("thm-asymmetric-rate", "prop-imbalance-largest-start"),
    chapter=CHAPTER,
    controls={
        "bounded claimed from 5 as well": dict(low=5.0),
        "divergence claimed from 3.5 on": dict(high=3.5),
        "r > n_1 claimed to have a best alpha as well": dict(narrow=WIDE),
        "r < n_1 claimed not to lose by a larger one": dict(wide=NARROW),
    },
)
def largest_start_measured(effort, *, low=3.5, high=5.0, narrow=NARROW, wide=WIDE):
    """Bounded or not, on both sides of 4; iteration counts at the adapted step size around the best alpha."""
    seeds = effort.pick(3, 20)
    factors = scales_over_proved(seeds)
    around, _ = iterations_by_scale(narrow, (0.04, 0.2, 0.7), effort.pick(10000, 30000))
    beyond, _ = iterations_by_scale(wide, (0.3, 3.0), effort.pick(2000, 30000))
    return Evidence(
        (
            Row(f"bounded from stiffness 3.5, of {2 * seeds} runs", bounded(low, seeds), "tight", 2 * seeds),
            Row(f"bounded from stiffness 5, of {2 * seeds} runs", bounded(high, seeds), "tight", 0),
            Row("r > n_1: alpha of stiffness 3.5 over the largest proved, least", min(factors), "lower", 2.0),
            Row("the same, largest", max(factors), "upper", 5.0),
            Row("r < n_1: steps from alpha = 0.04 over those from 0.2", around[0] / around[1], "lower", 4.0),
            Row("r < n_1: steps from alpha = 0.7 over those from 0.2", around[2] / around[1], "lower", 4.0),
            Row("r > n_1: steps from alpha = 3 over those from 0.3", beyond[1] / beyond[0], "upper", 1.5),
        )
    )


@claim(
    id="exp-symmetric-against-asymmetric",
    title="Symmetric against asymmetric, from one start",
    statement=r"20\times20,\ r_A=2,\ r=4,\ Y_0\text{ with entries at scale }0.1,\ 1500\text{ steps: }"
    r"(Y_0,\tfrac13Y_0)\text{ reaches }10^{-10}\text{, in the population at a late rate between }"
    r"\lambda_r(\Delta_0)\text{ and }1.25\,\lambda_r(\Delta_0);\ "
    r"YY^\top\text{ and balanced pairs stay above }10^{-4},\ YY^\top\text{ with a power of }t\text{ within }0.05"
    r"\text{ of }-1;\ (Y_0,Y_0)\text{ is the symmetric run}",
    level=Level.REPRODUCED,
    source="ours; after xiong2024",
    uses=("thm-asymmetric-rate",),
    chapter=CHAPTER,
    controls={
        "G_0 = Y_0/1.01, hardly unequal": dict(divisor=1.01),
        "G_0 = -Y_0: equal factors but for a sign": dict(divisor=-1.0),
        "late rate claimed to be 15 % larger": dict(factor=1.15),
        "balanced claimed for (Y_0, Y_0/3)": dict(balanced="unequal"),
    },
)
def symmetric_against_asymmetric(effort, *, divisor=3.0, factor=1.0, balanced="balanced"):
    """Errors after 1500 iterations, in the population and from 320 measurements."""
    steps = effort.pick(1500, 30000)
    rows = []
    for n in (None, asymmetry_comparison.MEASUREMENTS):
        place = "population" if n is None else f"n = {n}"
        unequal = asymmetry_comparison.run("unequal", n, steps=steps, divisor=divisor)
        crawling = [asymmetry_comparison.run(name, n, steps=steps) for name in ("symmetric", balanced)]
        rows.append(Row(f"{place}: error of (Y_0, Y_0/3)", unequal.history["error"].min(), "upper", 1e-10))
        for name, crawl in zip(("symmetric", "balanced"), crawling):
            last = crawl.history["error"][-1]
            rows.append(Row(f"{place}: error of the {name} run", last, "lower", 1e-4 * 1500 / steps))
    Y = asymmetry_comparison.first_factor(asymmetry_comparison.ALPHA)
    smallest = factor * np.linalg.eigvalsh(Y.T @ Y)[0] * 8 / 9
    rate = asymmetry_comparison.late_rate(asymmetry_comparison.run("unequal", divisor=divisor, steps=steps))
    power = asymmetry_comparison.late_power(asymmetry_comparison.run("symmetric", steps=steps))
    same = [asymmetry_comparison.run(name, steps=steps).history["error"] for name in ("symmetric", "equal")]
    apart = np.abs(same[1] / same[0] - 1).max()
    rows += [
        Row("population: late rate over lambda_r(Delta_0)", rate / smallest, "lower", 1.0),
        Row("the same", rate / smallest, "upper", 1.25),
        Row("population: power of t, symmetric", power, "tight", -1.0, 0.05, "finite t"),
        Row("population: (Y_0, Y_0) against symmetric", apart, "tight", 0.0, 1e-8, "rounding"),
    ]
    return Evidence(rows)
