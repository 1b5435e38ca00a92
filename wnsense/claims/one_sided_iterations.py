"""Claims of the chapter on one-sided weight normalization: the number of iterations, and that the rate is attained."""

from __future__ import annotations

import functools

import numpy as np
import sympy
import z3

from wnsense import one_sided_bounds, one_sided_population, population
from wnsense.claims.one_sided import CHAPTER, ROUNDING
from wnsense.claims.population_rate_consequences import last_diagonal
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.columns import expected_squared_tangent
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical


def starts(count):
    """(sigma, eta, start): diagonal starts and random directions in turn, n_1 up to 1e12; eta from 0.3 to the best."""
    rng = np.random.default_rng(53)
    for i in range(count):
        k = 1 + i % 3
        sigma = np.geomspace(1.0, 1.0 if k == 1 else 1 / (1.5, 4.0)[i % 2], k)
        eta = (1.0, 0.3, one_sided_bounds.best_step(sigma), 1.5)[(i // 3) % 4]
        if i % 2:
            yield sigma, eta, last_diagonal(sigma, (1e-9, 0.3)[(i // 2) % 2])
        else:
            size = (50, 10**3, 10**6, 10**12)[(i // 2) % 4]
            yield sigma, eta, population.random_alignment(size, max(3, size // 20), k, rng)


@functools.cache
def counted_runs(count):
    """Spectrum, eta, the iterations that are allowed to q = 1e-8, and the run, for every one of the starts."""
    found = []
    for sigma, eta, start in starts(count):
        allowed = one_sided_bounds.iterations(start.q, 1e-8, sigma, eta)
        run = one_sided_population.run(sigma, eta, start, tolerance=1e-8, max_iterations=int(1.2 * allowed) + 1)
        found.append((sigma, eta, allowed, run))
    return found


@claim(
    id="cor-one-sided-iterations",
    title="Number of iterations",
    statement=r"c=\max\{\tfrac1{1+z},\eta\sigma_1^2-1\}<1:\ q_t\le c^{2t}q_0;\ "
    r"T\ge\frac{\log(q_0/\varepsilon)}{2\log(1/c)}\Rightarrow q_T\le\varepsilon;\ "
    r"\lVert XG^\top-A\rVert_F^2\le\frac{q}{1+q}\lVert A\rVert_F^2;\ "
    r"\eta=\tfrac1{\sigma_1^2}:\ \tfrac1{2\log(1/c)}\le\tfrac12\kappa^2+\tfrac14;\ "
    r"\mathbb ET_\varepsilon\le1+\frac{\log(1+Q/\varepsilon)}{2\log(1/c)},\ Q=\tfrac{r_A(n_1-r_A-1)}{r-r_A-1}-1",
    level=Level.PROVED,
    source="ours",
    uses=("thm-one-sided-sharp-rate", "lem-one-sided-steps", "prop-alignment-grows"),
    chapter=CHAPTER,
    controls={
        "a tenth fewer iterations": dict(constant=0.9),
        "a larger z: c = 1/(1 + 1.1 z)": dict(stretch=sympy.Rational(11, 10)),
        "without 1/4": dict(quarter=0),
        "a tenth less error": dict(share=0.9),
        "beyond 1/sigma_1^2 without eta sigma_1^2 - 1": dict(long_steps=False),
        "Q a hundredth as large": dict(tail=0.01),
    },
)
def iterations(effort, *, constant=1.0, stretch=1, quarter=1, share=1.0, long_steps=True, tail=1.0):
    """The scalar steps; then counted iterations, contraction, error and mean count beside their bounds."""
    l, z, x, rho, low = z3.Reals("l z x rho low")
    c = z3.Real("c")
    given = (0 < l, l <= 1, 0 < z, z <= x, x <= 2, low * (1 + z * (1 - l)) == z, rho == z3.If(low <= 2 - x, low, 2 - x))
    inverse = 1 + z3.RealVal(str(stretch)) * z
    top = z3.If(inverse * (x - 1) <= 1, 1 / inverse, x - 1) if long_steps else 1 / inverse
    Z = sympy.Symbol("z", positive=True)
    slope = sympy.diff(sympy.log(1 + Z) - 2 * Z / (2 + Z), Z)
    steps = [
        smt.inequality("1 1 - rho <= c", 1 - rho <= c, *given, c == top),
        symbolic.scalar_identity("3 log(1 + z) - 2z/(2 + z) grows", slope, Z**2 / ((1 + Z) * (2 + Z) ** 2)),
        symbolic.scalar_identity(
            "3 (2 + z)/(4z) = kappa^2/2 + 1/4, z = kappa^-2", (2 + Z) / (4 * Z), 1 / Z / 2 + sympy.Rational(quarter, 4)
        ),
        classical("4 max(1, x) <= 1 + x, Jensen's inequality", "concavity of the logarithm"),
    ]
    ratios, tight, errors = [], [], []
    for sigma, eta, allowed, run in counted_runs(effort.pick(24, 240)):
        c = one_sided_bounds.contraction(sigma, eta)
        if not long_steps:
            c = 1 / (1 + eta * sigma.min() ** 2)
        ratios.append(run.iterations / (constant * allowed) if run.converged else np.inf)
        tight.append(np.max(run.q[1:] / run.q[:-1]) ** 0.5 / c ** float(stretch))
        errors.append(np.max(run.error**2 / (share * run.q / (1 + run.q))))
    mean, bound = mean_count(effort, tail)
    kappa = np.geomspace(1, 100, 50)
    per_log = np.max(1 / (2 * np.log1p(kappa**-2)) / (kappa**2 / 2 + quarter / 4))
    return Evidence(
        (
            Row(f"largest iterations over bound, {len(ratios)} runs to q = 1e-8", max(ratios), "upper", 1.0),
            Row("largest sqrt(q_+/q) over c", max(tight), "upper", 1.0, 1e-9, ROUNDING),
            Row("largest squared error over q/(1 + q)|A|^2", max(errors), "upper", 1.0, 1e-9, ROUNDING),
            Row("largest 1/(2 log(1 + 1/kappa^2)) over kappa^2/2 + 1/4, kappa = 1 to 100", per_log, "upper", 1.0),
            Row("mean iterations from 60 random starts over the bound of the mean", mean / bound, "upper", 1.0),
        ),
        steps,
    )


@functools.cache
def mean_count(effort, tail):
    """Mean iterations to q <= 1e-2 from random starts of 5 columns in St(1000, 5), r_A = 2, and its bound."""
    rng, sigma, eta, count = np.random.default_rng(54), np.array([1.0, 0.5]), 1.0, effort.pick(60, 600)
    found = [
        one_sided_population.run(
            sigma, eta, population.random_alignment(1000, 5, 2, rng), tolerance=1e-2, max_iterations=10**4
        ).iterations
        for _ in range(count)
    ]
    Q = tail * expected_squared_tangent(1000, 5, 2)
    return float(np.mean(found)), 1 + np.log1p(Q / 1e-2) / (-2 * np.log(one_sided_bounds.contraction(sigma, eta)))


@functools.cache
def diagonal_runs():
    """Spectrum, eta and run to q = 1e-8 from diagonal starts, the last entry the worst."""
    found = []
    for kappa, x, smallest in ((2.0, 0.5, 1e-9), (3.0, 1.0, 0.02), (5.0, 1.0, 1e-4), (5.0, 1.0, 0.9), (20.0, 1.0, 0.5)):
        sigma, start = np.array([1.0, 1 / kappa]), population.from_squared_cosines(np.diag([0.95, smallest]))
        found.append((sigma, x, one_sided_population.run(sigma, x, start, tolerance=1e-8, max_iterations=10**5)))
    return found


@claim(
    id="prop-one-sided-attained",
    title="The one-sided rate is attained",
    statement=r"r<n_1,\ \eta\le1/\sigma_1^2,\ z=\eta\sigma_{r_A}^2,\ "
    r"S_0=\operatorname{diag}(s_1,\dots,s_{r_A}),\ s_i\ge s_{r_A}=\lambda_0\in(0,1):\quad "
    r"q_{t+1}=\Big(\frac{1-z\lambda_t}{1+z(1-\lambda_t)}\Big)^2q_t;\qquad "
    r"z<1,\ q_T\le\varepsilon\le q_0\ \Rightarrow\ T\ge\frac{\log(q_0/\varepsilon)}{-2\log(1-z)}",
    level=Level.PROVED,
    source="ours",
    uses=("thm-one-sided-sharp-rate",),
    chapter=CHAPTER,
    controls={
        "q_+ without the square": dict(power=1),
        "rho 1 % smaller": dict(factor=sympy.Rational(99, 100)),
        "a tenth more iterations asked for": dict(constant=1.1),
        "1 - 0.9z in the place of 1 - z": dict(short=sympy.Rational(9, 10)),
    },
)
def attained(effort, *, power=2, factor=1, constant=1.0, short=1):
    """The closed form from the reduced step; the two scalar inequalities; runs beside both."""
    s, z = sympy.symbols("s z", positive=True)
    L, new_inverse = 1 + z * (1 - s), 1 / s + z**2 * (1 - s)  # one diagonal entry, M = sigma^2, z = eta sigma^2
    rho = factor * z / L
    zs, zt, zz, zb = z3.Reals("s t z b")
    steps = [
        symbolic.scalar_identity("1 q_+ = (1 - rho)^2 q", new_inverse / L**2 - 1, (1 - rho) ** power * (1 / s - 1)),
        smt.inequality(
            "1 b/(1 + b(1 - s)) grows with b and s: the last entry stays the smallest",
            z3.And(zz * (1 + zb * (1 - zt)) <= zb * (1 + zz * (1 - zs)), zb <= 1 + zb * (1 - zt)),
            *(0 < zs, zs <= zt, zt <= 1, 0 < zz, zz <= zb, zb <= 1),
        ),
        smt.inequality(
            "2 (1 - zs)/(1 + z(1 - s)) >= 1 - z",
            1 - zz * zs >= (1 - z3.RealVal(str(short)) * zz) * (1 + zz * (1 - zs)),
            *(0 < zs, zs <= 1, 0 < zz, zz < 1),
        ),
    ]
    fewest, gap = [], 0.0
    for sigma, x, run in diagonal_runs():
        least = np.ceil(np.log(run.q[0] / 1e-8) / (-2 * np.log1p(-float(short) * x * sigma[-1] ** 2)))
        fewest.append(run.iterations / (constant * least))
        rho_t = float(factor) * one_sided_bounds.shrinkage(run.q[:-1], sigma, x)
        gap = max(gap, np.max(np.abs(run.q[1:] / ((1 - rho_t) ** power * run.q[:-1]) - 1)))
    return Evidence(
        (
            Row("smallest iterations over the lower bound, 5 diagonal runs", min(fewest), "lower", 1.0),
            Row("largest relative gap between q_+ and (1 - rho)^2 q, diagonal S", gap, "tight", 0.0, 1e-9, ROUNDING),
        ),
        steps,
    )
