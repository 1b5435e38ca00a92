"""Claims of the chapter "Restricted isometry": from one matrix to all of low rank, by a net."""

from __future__ import annotations

import numpy as np
import sympy
import z3

from wnsense import bounds, rip, sensing, stiefel
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.claims.restricted_isometry import CHAPTER, rational
from wnsense.packing import pack
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical
from wnsense.rip_circle import certified_constant
from wnsense.stiefel import random_point


def _column_norm(D: np.ndarray) -> np.ndarray:
    """The largest Euclidean norm of a column, shape (..., m, k) to (...)."""
    return np.sqrt((D**2).sum(axis=-2)).max(axis=-1)


def _separated(candidates: np.ndarray, gap: float, norm) -> np.ndarray:
    """A subset of points more than `gap` apart that no candidate can join."""
    chosen = candidates[:1]
    for candidate in candidates[1:]:
        if norm(chosen - candidate).min() > gap:
            chosen = np.concatenate([chosen, candidate[None]])
    return chosen


@claim(
    id="lem-low-rank-net",
    title="A net of low-rank matrices",
    statement=(
        r"$\{Z\in\mathbb S^m:\operatorname{rank}Z\le k,\lVert Z\rVert_F=1\}$ has an $\varepsilon$-net of at most"
        r" $(1+6/\varepsilon)^{k(m+1)}$ of its own points."
    ),
    level=Level.PROVED,
    source="ours, after candes2011 (rectangular matrices)",
    chapter=CHAPTER,
    controls={
        "one dimension fewer": dict(lost=1),
        "volume ratio 1 + 1.8/t": dict(volume=1.8),
        "factor 1.8 for the frames": dict(frames=sympy.Rational(18, 10)),
        "finer nets of radius epsilon/2.7 only": dict(parts=sympy.Rational(27, 10)),
        "a term of the splitting dropped": dict(cross=0),
    },
)
def low_rank_net(effort, *, lost=0, volume=2.0, frames=sympy.Integer(2), parts=sympy.Integer(3), cross=1):
    Q, Qt, P, Pt, L, N = symbolic.matrices("Q Qt P Pt L N")
    transposes = {Q: Qt, Qt: Q, P: Pt, Pt: P, L: L, N: N}
    orthonormal = {Qt * Q: 1, Pt * P: 1}
    first, middle, last = (Q - P) * L * Qt, P * (L - N) * Qt, P * N * (Qt - Pt)

    def square(word):
        return symbolic.transpose(word, transposes) * word

    t = z3.Real("epsilon")
    steps = [
        classical("(1) Z = Q diag(lambda) Q', |lambda| = 1", by="spectral theorem"),
        symbolic.identity(
            "(2) QLQ' - PNP' = (Q-P)LQ' + P(L-N)Q' + PN(Q-P)'", Q * L * Qt - P * N * Pt, first + cross * middle + last
        ),
        symbolic.trace_identity(
            "(3) ||(Q-P)LQ'||_F = ||(Q-P)L||_F", square(first), square((Q - P) * L), orthonormal, transposes
        ),
        symbolic.trace_identity(
            "(3) ||P(L-N)Q'||_F = ||L-N||_F", square(middle), square(L - N), orthonormal, transposes
        ),
        symbolic.trace_identity(
            "(3) ||PN(Q-P)'||_F = ||(Q-P)N||_F", square(last), square((Q - P) * N), orthonormal, transposes
        ),
        smt.inequality(
            "(4) radius epsilon/3: at most epsilon in all",
            rational(frames + 1) * t / rational(parts) <= t,
            t > 0,
        ),
        classical("(5) size of a largest t-separated set", by="volume comparison"),
    ]

    rng = np.random.default_rng(3)
    # splitting: random pairs, and the rotation of diag(1, -1) in its own plane, for which the factor 2 is attained
    ratios = []
    for _ in range(effort.pick(300, 5000)):
        m = int(rng.integers(2, 7))
        k = int(rng.integers(1, m + 1))
        A, B = random_point(m, k, rng), random_point(m, k, rng)
        B = stiefel.qr(A, 10 ** rng.uniform(-3, 1) * B)  # near A, or far
        x, y = (v / np.linalg.norm(v) for v in rng.standard_normal((2, k)))
        ratios.append(
            np.linalg.norm((A * x) @ A.T - (B * y) @ B.T)
            / (float(frames) * _column_norm(A - B) + np.linalg.norm(x - y))
        )
    for angle in np.logspace(-3, 0, 10):
        A, x = np.eye(2), np.array([1, -1]) / np.sqrt(2)
        B = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        ratios.append(np.linalg.norm((A * x) @ A.T - (B * x) @ B.T) / (float(frames) * _column_norm(A - B)))
    rows = [
        Row("distance / bound by the factors, worst", max(ratios), "upper", 1.0, 1e-12, "rounding"),
        Row("the same: the factor 2 is sharp", max(ratios), "lower", 0.999),
    ]

    def bound(t, dimension):
        return (1 + volume / t) ** (dimension - lost)

    interval = np.linspace(-1, 1, 2001)[:, None, None]
    frames_2 = np.array([random_point(2, 2, rng) for _ in range(800)])
    vectors_3 = np.array([random_point(3, 1, rng) for _ in range(800)])
    for label, points, t, dimension in (
        ("[-1, 1], t = 0.499", interval, 0.499, 1),
        ("St(3, 1), t = 0.5", vectors_3, 0.5, 3),
        ("St(2, 2), t = 1/6", frames_2, 1 / 6, 4),
    ):
        rows.append(
            Row(f"separated points, {label}", len(_separated(points, t, _column_norm)), "upper", bound(t, dimension))
        )

    epsilon = 0.5
    Q_net = _separated(frames_2, epsilon / float(parts), _column_norm)
    x_net = _separated(
        vectors_3[:, :2] / np.linalg.norm(vectors_3[:, :2], axis=1, keepdims=True), epsilon / float(parts), _column_norm
    )[..., 0]
    net = np.array([pack((A * x) @ A.T) for A in Q_net for x in x_net])
    Z = rng.standard_normal((effort.pick(1000, 20000), 3))
    Z /= np.linalg.norm(Z, axis=1, keepdims=True)
    furthest = np.sqrt(np.maximum(2 - 2 * (Z @ net.T).max(axis=1), 0)).max()
    rows += [
        Row("m = k = 2, epsilon = 1/2: furthest sampled Z", furthest, "upper", epsilon),
        Row("the same: size of the net", len(net), "upper", (1 + 3 * volume / epsilon) ** (2 * 3 - lost)),
    ]
    return Evidence(rows, steps)


@claim(
    id="lem-net-to-all",
    title="From a net to all low-rank matrices",
    statement=(
        r"If $|\lVert\mathcal M(Z)\rVert^2-1|\le\delta'$ on an $\varepsilon$-net of the unit matrices of rank at most"
        r" $k$ and $s=2\sqrt2\,\varepsilon<1$, then $\delta_k\le\delta'+s(1+\delta')/(1-s)$."
    ),
    level=Level.PROVED,
    source="ours, after candes2011",
    chapter=CHAPTER,
    controls={
        "splitting costs 1.27 instead of sqrt(2)": dict(split=sympy.Rational(127, 100)),
        "the net's own constant taken for all": dict(slope=0),
        "orthogonality of the two parts forgotten": dict(orthogonal=False),
    },
)
def net_to_all(effort, *, split=None, slope=1, orthogonal=True):
    p, pt, q, qt = symbolic.matrices("p pt q qt")
    transposes = {p: pt, pt: p, q: qt, qt: q}
    a, b, c, root, beta, old, s, h = z3.Reals("a b c root beta delta1 s h")
    factor = root if split is None else rational(split)
    pythagoras = [a * a + b * b == c * c] if orthogonal else []
    steps = [
        symbolic.trace_identity(
            "(1) |p|^2 - |q|^2 = <p + q, p - q>", pt * p - qt * q, (pt + qt) * (p - q), None, transposes
        ),
        classical("(2) Z - Z0 = D1 + D2, orthogonal, of rank k", by="spectral theorem"),
        smt.inequality(
            "(2) ||D1|| + ||D2|| <= sqrt(2) ||Z - Z0||",
            a + b <= factor * c,
            a >= 0,
            b >= 0,
            c >= 0,
            root > 0,
            root * root == 2,
            *pythagoras,
        ),
        smt.inequality(
            "(3) b <= 1 + delta' + sb: b <= (1 + delta')/(1-s)",
            beta * (1 - s) <= 1 + old,
            beta <= 1 + old + s * beta,
            s >= 0,
            s < 1,
            old >= 0,
        ),
        smt.inequality(
            "(4) |h| <= delta' + sb gives the lemma",
            h * (1 - s) <= old * (1 - s) + slope * s * (1 + old),
            h <= old + s * beta,
            beta * (1 - s) <= 1 + old,
            s >= 0,
            s < 1,
            old >= 0,
        ),
    ]
    rng = np.random.default_rng(4)
    ratios = []
    for _ in range(effort.pick(12, 60)):
        E = rip.deviation(sensing.gaussian(2, int(rng.integers(3, 60)), rng))
        for spacing in (0.02, 0.1, 0.2):
            # ||vv' - ww'||_F = sqrt(2) sin of the angle; a grid point is at most half a spacing away
            angles = np.arange(0, np.pi, spacing) + rng.uniform(0, spacing)
            v = np.array([np.cos(angles), np.sin(angles)])
            on_net = np.abs([z @ E @ z for z in pack(np.einsum("it,jt->tij", v, v))]).max()
            s_net = 2 * np.sqrt(2) * np.sqrt(2) * np.sin(spacing / 2)
            ratios.append(certified_constant(E)[0] / (on_net + slope * s_net * (1 + on_net) / (1 - s_net)))
    rows = [Row("certified delta_1 / bound, m = 2, worst", max(ratios), "upper", 1.0)]
    return Evidence(rows, steps)


@claim(
    id="thm-gaussian-rip",
    title="Gaussian measurements are restricted isometries",
    statement=(
        r"Let $0<\delta\le1$, $0<p<1$. If $n\ge24\,\delta^{-2}\big(k(m+1)\log\tfrac{69}\delta+\log\tfrac2p\big)$, the"
        r" Gaussian operator has the "
        r"$(k,\delta)$-RIP with probability at least $1-p$."
    ),
    level=Level.PROVED,
    source="ours in these constants; recht2010 and candes2011 for the order of growth",
    uses=("thm-chi-square-law", "lem-chi-square-tail", "lem-low-rank-net", "lem-net-to-all"),
    chapter=CHAPTER,
    controls={
        "21.6 for 24": dict(constant=sympy.Rational(216, 10)),
        "62 for 69": dict(inside=sympy.Integer(62)),
        "net coarser by 10 %": dict(radius=sympy.Rational(11, 10)),
        "0.55 delta allowed on the net": dict(on_net=sympy.Rational(55, 100)),
        "200 times fewer measurements": dict(fewer=200),
    },
)
def gaussian_rip(
    effort,
    *,
    constant=sympy.Integer(24),
    inside=sympy.Integer(69),
    radius=sympy.Integer(1),
    on_net=sympy.Rational(1, 2),
    fewer=1,
):
    D, root = z3.Reals("delta root")
    s, part = rational(radius) * D / 4, rational(on_net) * D
    net, level, prob = sympy.symbols("L c p", positive=True)
    union = 2 * sympy.exp(net) * sympy.exp(-level * (net + sympy.log(2 / prob)) / level)
    steps = [
        smt.inequality(
            "(1) delta' + s(1 + delta')/(1 - s) <= delta",
            part * (1 - s) + s * (1 + part) <= D * (1 - s),
            D > 0,
            D <= 1,
        ),
        smt.inequality(
            "(2) exponent at delta/2 >= n delta^2/24",
            rational(constant) * (part * part / 4 - part * part * part / 6) >= D * D,
            D > 0,
            D <= 1,
        ),
        smt.inequality(
            "(3) 1 + 48 sqrt(2)/delta <= 69/delta",
            D + 48 * root <= rational(inside),
            D > 0,
            D <= 1,
            root > 0,
            root * root == 2,
        ),
        symbolic.scalar_identity(
            "(4) 2 exp(L) exp(-n delta^2/24) = p at the least n",
            sympy.powsimp(sympy.expand(union)),
            prob,
        ),
    ]
    rows = []
    rng = np.random.default_rng(5)
    for m, k, delta, failure in ((4, 1, 1.0, 0.05), (4, 2, 0.5, 0.05), (6, 2, 0.5, 0.01)):
        n = bounds.rip_sample_size(m, k, delta, failure) // fewer
        found = [
            rip.bracket(rip.deviation(sensing.gaussian(m, n, rng)), k, rng, restarts=2, steps=60)
            for _ in range(effort.pick(3, 10))
        ]
        case = f"m = {m}, k = {k}, n = {n}"
        rows.append(Row(f"{case}: largest upper end", max(b.upper for b in found), "upper", delta))
        rows.append(Row(f"{case}: largest lower end", max(b.lower for b in found), "upper", delta))
    return Evidence(rows, steps)
