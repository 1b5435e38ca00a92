"""Claims of the chapter "Restricted isometry": the three consequences that later proofs use."""

from __future__ import annotations

import numpy as np
import sympy
import z3

from wnsense import rip
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.claims.restricted_isometry import CHAPTER, rational
from wnsense.packing import pack, packed_size, unpack
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical
from wnsense.stiefel import random_point


def known_operators(rng, count):
    """Deviations E whose constants are known at the order K: tuples (E, m, K, function order -> delta at that order).

    Random ones at the full order K = m, where delta is the spectral norm; the trace family and dyads at every order.
    """
    for _ in range(count):
        m = int(rng.integers(2, 5))
        E = rng.standard_normal((packed_size(m),) * 2)
        E = 0.5 * (E + E.T) / np.linalg.norm(E + E.T, 2)
        yield E, m, m, lambda order, E=E, m=m: np.linalg.norm(E, 2) if order == m else np.nan
    for m in (2, 3, 5):
        for a, b in ((1, -1), (1, -0.9), (0, 0.5), (0.3, 0.2), (-0.2, 0.5)):
            for K in range(2, m + 1):
                yield (
                    0.2 * rip.trace_deviation(m, a, b),
                    m,
                    K,
                    lambda order, a=a, b=b: 0.2 * rip.trace_constant(order, a, b),
                )
        B = rng.standard_normal((m, m))
        B = pack(B + B.T)
        B /= np.linalg.norm(B)
        for K in range(2, m + 1):
            yield 0.5 * np.outer(B, B), m, K, lambda order, B=B: 0.5 * float(rip.head_norm_squared(unpack(B), order))


def _nearest_unit(S, k):
    """The unit matrix of rank at most k with the largest inner product with the packed S, packed."""
    Z = pack(rip.best_low_rank(unpack(S), k))
    return Z / max(np.linalg.norm(Z), np.finfo(float).tiny)


def _worst_ratio(pairs):
    """The largest measured / bound; a bound of 0 is exceeded by anything measured."""
    return max(value / max(bound, 1e-300) for value, bound in pairs if np.isfinite(bound))


def _polarisation_steps(factor, weight=sympy.Integer(4)):
    """Steps of the inner-product lemma for unit Z and W."""
    p, pt, q, qt = symbolic.matrices("p pt q qt")
    transposes = {p: pt, pt: p, q: qt, qt: q}
    plus, minus, inner, delta = z3.Reals("plus minus inner delta")
    given = (
        plus <= (1 + delta) * (2 + 2 * inner),
        minus >= (1 - delta) * (2 - 2 * inner),
        delta >= 0,
        inner >= -1,
        inner <= 1,
    )
    return [
        symbolic.trace_identity(
            "(1) 4<p, q> = |p + q|^2 - |p - q|^2",
            weight * pt * q,
            (pt + qt) * (p + q) - (pt - qt) * (p - q),
            None,
            transposes,
        ),
        symbolic.trace_identity(
            "(2) unit Z, W: ||Z +- W||^2 = 2 +- 2<Z, W>",
            (pt + qt) * (p + q) - pt * p - qt * q,
            2 * pt * q,
            None,
            transposes,
        ),
        smt.inequality(
            "(3) RIP at Z + W, Z - W: excess <= delta",
            (plus - minus) / 4 - inner <= rational(factor) * delta,
            *given,
        ),
    ]


@claim(
    id="lem-rip-inner-product",
    title="Restricted isometries almost keep inner products",
    statement=(
        r"Under the $(K,\delta)$-RIP, $|\langle\mathcal M(Z),\mathcal M(W)\rangle-\langle Z,W\rangle|\le\delta\lVert"
        r" Z\rVert_F\lVert W\rVert_F$ whenever "
        r"$\operatorname{rank}(Z+cW)\le K$ for all $c$, in particular if"
        r" $\operatorname{rank}Z+\operatorname{rank}W\le K$."
    ),
    level=Level.PROVED,
    source="candes2011, there for orthogonal Z and W",
    chapter=CHAPTER,
    controls={
        "0.9 delta": dict(factor=sympy.Rational(9, 10)),
        "order one less": dict(lost=1),
        "polarisation with 3.6 for 4": dict(weight=sympy.Rational(36, 10)),
    },
)
def rip_inner_product(effort, *, factor=sympy.Integer(1), lost=0, weight=sympy.Integer(4)):
    steps = _polarisation_steps(factor, weight)
    rng = np.random.default_rng(6)
    pairs = []
    for E, m, K, constant in known_operators(rng, effort.pick(30, 100)):
        for rank in range(1, K):
            for _ in range(effort.pick(1, 3)):
                W = _nearest_unit(rng.standard_normal(packed_size(m)), K - rank)
                for _ in range(10):
                    Z = _nearest_unit(E @ W, rank)
                    W = _nearest_unit(E @ Z, K - rank)
                pairs.append((abs(Z @ E @ W), float(factor) * constant(K - lost)))
    rows = [
        Row(
            f"excess / delta, worst of {len(pairs)} climbs",
            _worst_ratio(pairs),
            "upper",
            1.0,
            1e-9,
            "rounding",
        ),
        Row("the same: the constant is sharp", _worst_ratio(pairs), "lower", 0.999),
    ]
    return Evidence(rows, steps)


@claim(
    id="lem-rip-operator-norm",
    title="The deviation in the operator norm",
    statement=(
        r"Under the $(\operatorname{rank}Z+1,\delta)$-RIP, $\lVert(\mathcal M^*\mathcal M-I)(Z)\rVert\le\delta\lVert"
        r" Z\rVert_F$."
    ),
    level=Level.PROVED,
    source="ours in this form; candes2011 for the idea",
    uses=("lem-rip-inner-product",),
    chapter=CHAPTER,
    controls={
        "0.9 delta": dict(factor=sympy.Rational(9, 10)),
        "order rank Z": dict(lost=1),
        "dyad of norm 1.1": dict(dyad=sympy.Rational(11, 10)),
    },
)
def rip_operator_norm(effort, *, factor=sympy.Integer(1), lost=0, dyad=sympy.Integer(1)):
    v, vt, E = symbolic.matrices("v vt E")
    transposes = {v: vt, vt: v, E: E}
    steps = [
        classical("(1) ||E|| is the largest |v'Ev|, |v| = 1", by="spectral theorem"),
        symbolic.trace_identity("(2) v'Ev = <vv', E>", vt * E * v, v * vt * E, None, transposes),
        symbolic.trace_identity("(2) ||vv'||_F = 1", dyad * v * vt * v * vt, vt * v, {vt * v: 1}, transposes),
        *_polarisation_steps(factor)[2:],
    ]
    rng = np.random.default_rng(7)
    pairs = []
    for E, m, K, constant in known_operators(rng, effort.pick(30, 100)):
        for _ in range(effort.pick(2, 5)):
            w = _nearest_unit(rng.standard_normal(packed_size(m)), 1)
            for _ in range(10):
                Z = _nearest_unit(E @ w, K - 1)
                w = _nearest_unit(E @ Z, 1)
            pairs.append((np.linalg.norm(unpack(E @ Z), 2), float(factor) * constant(K - lost)))
    rows = [
        Row(
            f"||E(Z)|| / (delta ||Z||_F), worst of {len(pairs)} climbs",
            _worst_ratio(pairs),
            "upper",
            1.0,
            1e-9,
            "rounding",
        ),
        Row("the same: the constant is sharp", _worst_ratio(pairs), "lower", 0.999),
    ]
    return Evidence(rows, steps)


@claim(
    id="lem-rip-compression",
    title="The deviation compressed to the frame",
    statement=(
        r"Let $Z=XBX^\top-A$ with $X\in\mathrm{St}(m,r)$, $B\in\mathbb S^r$, $\operatorname{rank}A\le k$. Under the"
        r" $(r+k,\delta)$-RIP "
        r"$\lVert X^\top(\mathcal M^*\mathcal M-I)(Z)X\rVert_F\le\delta\lVert Z\rVert_F$, without a factor $\sqrt r$."
    ),
    level=Level.PROVED,
    source="ours",
    uses=("lem-rip-inner-product",),
    chapter=CHAPTER,
    controls={
        "0.9 delta": dict(factor=sympy.Rational(9, 10)),
        "order r + k - 1": dict(lost=1),
        "Z of the same rank that does not contain the frame": dict(contained=False),
        "frame that is not orthonormal": dict(orthonormal=False),
    },
)
def rip_compression(effort, *, factor=sympy.Integer(1), lost=0, contained=True, orthonormal=True):
    X, Xt, B, C, A, E = symbolic.matrices("X Xt B C A E")
    c = sympy.Symbol("c")
    transposes = {X: Xt, Xt: X, B: B, C: C, A: A, E: E}
    rules = {Xt * X: 1} if orthonormal else None
    steps = [
        classical("(1) ||F||_F is the largest <C, F> over ||C||_F = 1", by="Cauchy-Schwarz"),
        symbolic.trace_identity("(2) <C, X'EX> = <XCX', E>", C * Xt * E * X, X * C * Xt * E, None, transposes),
        symbolic.trace_identity("(2) ||XCX'||_F = ||C||_F", X * C * Xt * X * C * Xt, C * C, rules, transposes),
        symbolic.identity(
            "(3) Z + cXCX' = X(B + cC)X' - A",
            X * B * Xt - A + c * X * C * Xt,
            X * (B + c * C) * Xt - A,
        ),
        *_polarisation_steps(factor)[2:],
    ]
    rng = np.random.default_rng(8)
    pairs = []

    def add(E, X, Z, bound):
        pairs.append((np.linalg.norm(X.T @ unpack(E @ pack(Z)) @ X), float(factor) * bound * np.linalg.norm(Z)))

    for _ in range(
        effort.pick(40, 200)
    ):  # full order m = r + k, delta the spectral norm: random, and a form made to be worst
        r, k = (int(i) for i in rng.integers(1, 4, 2))
        X, A = _frame_and_target(r + k, r, k, rng)
        E = rng.standard_normal((packed_size(r + k),) * 2)
        E += E.T
        Z0 = X @ _symmetric(r, rng) @ X.T - A
        add(E, X, _climb(E, X, Z0, k), np.linalg.norm(E, 2) if not lost else np.nan)
        for C in (_symmetric(r, rng), np.eye(r)):  # Z1, orthogonal to W = XCX', is mapped to W; C = I: ex-rip-sqrt-r
            W = pack(X @ C @ X.T) / np.linalg.norm(C)
            Z1 = pack(Z0) - (W @ pack(Z0)) * W
            Z1 /= np.linalg.norm(Z1)
            form = np.outer(W, Z1) + np.outer(Z1, W)
            add(form, X, unpack(Z1), np.linalg.norm(form, 2) if not lost else np.nan)
    for a, b in ((1, -1), (1, -0.9), (0.3, 0.2)):  # the trace family, smaller orders than m: r = 1, k = 0 and 1
        E = 0.2 * rip.trace_deviation(4, a, b)
        X, e = np.eye(4)[:, :1], np.eye(4)
        if not lost and a + b:
            add(E, X, X @ X.T if contained else np.diag(e[1]), 0.2 * rip.trace_constant(1, a, b))
        add(E, X, -np.diag(e[1]), 0.2 * rip.trace_constant(2 - lost, a, b))
    rows = [
        Row(
            f"||X'E(Z)X||_F / (delta ||Z||_F), worst of {len(pairs)}",
            _worst_ratio(pairs),
            "upper",
            1.0,
            1e-9,
            "rounding",
        ),
        Row("the same: the constant is sharp", _worst_ratio(pairs), "lower", 0.999),
    ]
    return Evidence(rows, steps)


def _symmetric(r, rng):
    B = rng.standard_normal((r, r))
    return B + B.T


def _frame_and_target(m, r, k, rng):
    """A random point of St(m, r) and a random symmetric matrix of rank k."""
    U = random_point(m, k, rng)
    return random_point(m, r, rng), (U * rng.standard_normal(k)) @ U.T


def _climb(E, X, Z, k):
    """Raise ||X'E(Z)X||_F over unit matrices Z = XBX' - A, rank A <= k, alternately with the matrix it is tested by."""
    P = X @ X.T
    for _ in range(20):
        W = P @ unpack(E @ pack(Z)) @ P
        W = unpack(E @ pack(W))  # the gradient in Z; outside the frame's block keep rank k
        A = -rip.best_low_rank(W - P @ W @ P, k)
        Z = P @ (W + A) @ P - A
        Z /= np.linalg.norm(Z)
    return Z
