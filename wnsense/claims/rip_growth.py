"""Claims of "Finite samples, sharper": how fast restricted isometry constants grow, and what a small one costs."""

from __future__ import annotations

import numpy as np
import sympy
import z3

from wnsense import finite_sample_bounds as finite
from wnsense import population, published_bounds, rip, start_bounds
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.claims.published_rates import CHAPTER
from wnsense.packing import packed_size
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical


def growth_steps(scale):
    """Averages over random sets of K of m eigenvectors; `scale` multiplies the factor claimed."""
    m, K = sympy.symbols("m K", positive=True)
    mean, diagonal, rest = sympy.symbols("mean diagonal rest")
    one, two = K / m, K * (K - 1) / (m * (m - 1))
    solved = (mean - one * diagonal) / two  # the off-diagonal sum, from mean = one * diagonal + two * rest
    M, k, delta, avg, diag, form = z3.Reals("m K delta mean diagonal form")
    factor = z3.RealVal(str(scale)) * (2 * (M - 1) / (k - 1) - 1)
    return [
        symbolic.scalar_identity(
            "1 a set of K holds a given index with probability K/m",
            sympy.gammasimp(
                sympy.binomial(m - 1, K - 1).rewrite(sympy.gamma) / sympy.binomial(m, K).rewrite(sympy.gamma)
            ),
            one,
        ),
        symbolic.scalar_identity(
            "1 and a given pair with probability K(K-1)/(m(m-1))",
            sympy.gammasimp(
                sympy.binomial(m - 2, K - 2).rewrite(sympy.gamma) / sympy.binomial(m, K).rewrite(sympy.gamma)
            ),
            two,
        ),
        classical("2 Z_I has rank at most K, and E||Z_I||_F^2 = (K/m)||Z||_F^2", "spectral theorem"),
        symbolic.scalar_identity(
            "3 <Z, EZ> = (m/K) p mean - (p - 1) diagonal, p = (m-1)/(K-1)",
            solved + diagonal,
            m / K * (m - 1) / (K - 1) * mean - ((m - 1) / (K - 1) - 1) * diagonal,
        ),
        smt.inequality(
            "4 |<Z, EZ>| <= (2(m-1)/(K-1) - 1) delta",
            z3.And(form <= factor * delta, -form <= factor * delta),
            k >= 2,
            M >= k,
            delta > 0,
            -delta <= avg,
            avg <= delta,
            -delta <= diag,
            diag <= delta,
            form * (k - 1) == (M - 1) * avg - (M - k) * diag,  # avg stands for (m/K) times the mean
        ),
        classical("5 factor times delta_K below 1: M*M is positive definite, so n >= dim S^m", "rank-nullity theorem"),
    ]


@claim(
    id="lem-rip-growth",
    title="Restricted isometry constants grow slowly",
    statement=r"2\le K\le m:\quad\delta_m\le\Big(\tfrac{2(m-1)}{K-1}-1\Big)\delta_K;\quad"
    r"\text{if the right side is below }1,\ \mathcal M\text{ is injective on }\mathbb S^m,\text{ and "
    r"}n\ge\tfrac{m(m+1)}2",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    controls={
        "the factor 10 % smaller": dict(scale=0.9),
        "growth by the square root of it": dict(power=0.5),
    },
)
def growth(effort, *, scale=1.0, power=1.0):
    """The averages; then families with known constants, and operators with fewer measurements than unknowns."""
    steps = growth_steps(scale)
    known = []
    for m in range(3, effort.pick(24, 80)):
        for K in range(2, m):
            for a, b in ((-1, 2 / K), (0, 1), (-1, 1.5 / K), (0.5, 0.3)):
                known.append(
                    rip.trace_constant(m, a, b)
                    / (scale * start_bounds.rip_growth(m, K) ** power * rip.trace_constant(K, a, b))
                )
    rng = np.random.default_rng(41)
    few, below = [], []
    for _ in range(effort.pick(12, 200)):
        m = int(rng.integers(3, 7))
        d = packed_size(m)
        K = int(rng.integers(2, m))
        factor = scale * start_bounds.rip_growth(m, K) ** power

        def deviation(n):
            rows = rng.standard_normal((n, d)) / np.sqrt(n)
            return rows.T @ rows - np.eye(d)

        E = deviation(int(rng.integers(d, 4 * d)))
        below.append(np.linalg.norm(E, 2) / (factor * rip.bracket(E, K, rng, restarts=4, steps=40).lower))
        # upwards only: below d measurements the lowest eigenvalue is multiple, and where a search from its
        # eigenvectors ends is arbitrary
        E = deviation(int(rng.integers(1, d)))
        Z = rip.search(E, K, 1, rng, restarts=4, steps=40)
        few.append(factor * abs(Z @ E @ Z))
    return Evidence(
        (
            Row(
                f"largest delta_m / bound, {len(known)} operators with known constants",
                max(known),
                "upper",
                1.0,
                1e-12,
                "rounding",
            ),
            Row("the same: how sharp the factor is", max(known), "lower", 0.98),
            Row(
                f"largest delta_m / bound, {len(below)} random operators, delta_K found by search",
                max(below),
                "upper",
                1.0,
            ),
            Row("n < m(m+1)/2: least factor times delta_K found by search", min(few), "lower", 1.0),
        ),
        steps,
    )


@claim(
    id="prop-random-start-costs-least-squares",
    title="A random start under restricted isometry alone costs as much as least squares",
    statement=r"X_0\text{ uniform: with probability at least }\tfrac{15}{16}\text{ an operator whose isometry "
    r"constant of order }\min(r+k+1,m)\text{ is }\delta\le"
    r"\tfrac{l_0\sigma_k}{32\lVert A\rVert_F}\text{ has }n\ge\tfrac{m(m+1)}2\text{ measurements}",
    level=Level.PROVED,
    source="ours",
    uses=("lem-rip-growth", "lem-alignment-moments", "thm-finite-sample-rate"),
    chapter=CHAPTER,
    controls={
        "delta <= lambda_0, with the constant 1 for 1/32": dict(margin=1),
        "the expectation of lambda_0 taken 32 times as large": dict(mean=32),
    },
)
def costs_least_squares(effort, *, margin=32, mean=1):
    """Markov's inequality and the growth lemma; then sampled starts, and the published condition with constant 1."""
    m, r, K, lam, delta = z3.Reals("m r K lambda_0 delta")
    steps = [
        classical("1 E X_0X_0' = (r/m) I, so that k E lambda_0 <= E tr S_0 = k r/m", "invariance of the uniform law"),
        classical("1 P(lambda_0 >= 16 r/m) <= 1/16", "Markov's inequality"),
        smt.inequality(
            "2 delta (2(m-1)/(K-1) - 1) < 1",
            delta * (2 * (m - 1) - (K - 1)) < K - 1,
            m >= K,
            K >= r + 2,
            r >= 1,
            delta * margin <= lam,
            lam * m <= 16 * mean * r,
            delta > 0,
        ),
        (
            smt.inequality("2 delta < 1, where r + k + 1 >= m", delta < 1, delta * margin <= lam, lam <= 1, lam > 0)
            if margin > 1
            else smt.inequality("2 delta < 1, where r + k + 1 >= m", delta < 1, delta <= lam, lam <= 1, lam > 0)
        ),
    ]
    rng = np.random.default_rng(43)
    sizes = ((10, 1, 1), (30, 3, 3), (40, 12, 2), (200, 60, 5), (1000, 30, 3), (10**5, 100, 10))
    forced, products, published, means, traces = [], [], [], [], []
    for size, columns, k in sizes:
        order = min(columns + k + 1, size)
        starts = [population.random_alignment(size, columns, k, rng) for _ in range(effort.pick(100, 1000))]
        draws = [start.smallest for start in starts]
        factor = start_bounds.rip_growth(size, order)
        product = [finite.allowed_delta(value, np.ones(k)) * np.sqrt(k) * 32 / margin * factor for value in draws]
        forced.append(np.mean(np.array(product) < 1))
        products.append(max(product))
        means.append(np.mean(draws) * size / columns)
        sampled = np.array([np.trace(start.S) for start in starts]) * size / (columns * k)
        traces.append((np.mean(sampled) - 1) / (np.std(sampled) / np.sqrt(len(sampled))))
        if columns > k:
            published.append(published_bounds.delta(size, columns, k, 1.0) * factor)
    rows = (
        Row(f"least share of starts that force n >= m(m+1)/2, {len(sizes)} sizes", min(forced), "lower", 15 / 16),
        Row("largest delta (2(m-1)/(K-1) - 1) met", max(products), "upper", 1.0),
        Row("largest mean of lambda_0, over r/m", max(means), "upper", float(mean)),
        Row(
            "E tr S_0 = k r/m: largest deviation of a sampled mean, in standard errors",
            np.abs(traces).max(),
            "upper",
            4.0,
        ),
        Row("the published delta with constant 1, times the factor", max(published), "upper", 1.0),
    )
    return Evidence(rows, steps)
