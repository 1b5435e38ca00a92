"""Lemmas of the chapter on imbalance: norms of the factors, the absolute value of a matrix, and the PL inequality."""

from __future__ import annotations

import numpy as np
import sympy
import z3

from wnsense import asymmetric, asymmetric_bounds, imbalance_instances
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical
from wnsense.rectangular_objective import Population

CHAPTER = "imbalance"
ROUNDING = "rounding of norms and eigenvalues"


@claim(
    id="lem-two-factor-norms",
    title="Product and imbalance bound both factors",
    statement=r"p=\lVert FG^\top\rVert,\ \delta_\pm=\lambda_{\max}(\pm\Delta)_+:\quad"
    r"\lVert F\rVert^2\le\tfrac{\delta_+}2+\sqrt{\tfrac{\delta_+^2}4+p^2}\le\delta_++p,\qquad"
    r"\lVert G\rVert^2\le\tfrac{\delta_-}2+\sqrt{\tfrac{\delta_-^2}4+p^2}\le\delta_-+p",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    controls={
        "the bound 10 % smaller": dict(scale=sympy.Rational(9, 10)),
        "the imbalance left out": dict(imbalance=0),
        "the product left out": dict(product=0),
        "Delta with the other sign": dict(sign=-1),
    },
)
def two_factor_norms(effort, *, scale=1, imbalance=1, product=1, sign=1):
    """The identity, the quadratic inequality; random factors, and pairs of vectors, where it is an equality."""
    F, Ft, G, Gt = symbolic.matrices("F Ft G Gt")
    Delta = sign * (Ft * F - Gt * G)
    s, p, d, root = z3.Reals("s p delta root")
    used = imbalance * d
    factor = z3.RealVal(str(scale))
    bound = (p >= 0, d >= 0, s >= 0, root >= 0, root * root == used * used / 4 + product * p * p)
    steps = (
        symbolic.identity(
            "1 (FF')^2 = (FG')(FG')' + F Delta F'", F * Ft * F * Ft, F * Gt * G * Ft + F * Delta * Ft
        ),
        smt.inequality(
            "2 s^2 <= p^2 + delta s gives s <= delta/2 + sqrt(delta^2/4 + p^2)",
            s <= factor * (used / 2 + root),
            *bound,
            s * s <= p * p + d * s,
        ),
        smt.inequality("3 delta/2 + sqrt(delta^2/4 + p^2) <= delta + p", d / 2 + root <= d + p, *bound),
    )
    rng = np.random.default_rng(31)
    ratios = []
    for trial in range(effort.pick(400, 20000)):
        n_1, n_2, r = (int(size) for size in rng.integers(1, 5, 3))
        sizes = 10.0 ** rng.uniform(-2, 1, 2)
        if trial % 4 == 0:
            n_1 = n_2 = r = 1
        A, B = sizes[0] * rng.standard_normal((n_1, r)), sizes[1] * rng.standard_normal((n_2, r))
        top = float(np.linalg.eigvalsh(sign * asymmetric.imbalance(A, B))[-1])
        p_norm = float(np.linalg.norm(A @ B.T, 2))
        limit = float(scale) * asymmetric_bounds.factor_norm_squared(imbalance * top, product * p_norm)
        ratios.append(np.linalg.norm(A, 2) ** 2 / limit if limit > 0 else np.inf)
    row = Row(f"largest |F|^2 over its bound, {len(ratios)} pairs", max(ratios), "upper", 1.0, 1e-9, ROUNDING)
    return Evidence((row,), steps)


@claim(
    id="lem-absolute-value",
    title="The absolute value of a matrix is Lipschitz",
    statement=r"|M|=(M^\top M)^{1/2}:\quad\lVert\,|M|-|M'|\,\rVert_F\le\sqrt2\,\lVert M-M'\rVert_F"
    r"\text{ for all real }M,M'\text{ of one shape; the constant is the best}",
    level=Level.PROVED,
    source="araki1981",
    chapter=CHAPTER,
    controls={
        "10 % less than sqrt 2": dict(constant=0.9 * np.sqrt(2)),
        "constant 1, which is right for symmetric matrices": dict(constant=1.0),
        "a sign lost in the identity": dict(cross=-1),
    },
)
def absolute_value(effort, *, constant=np.sqrt(2), cross=1):
    """The identity behind the symmetric case, the dilation; random pairs, and rows that approach the constant."""
    P, N, P2, N2, M, Mt, X, Xt = symbolic.matrices("P N Q R M Mt X Xt")
    steps = (
        classical("1 B = P - N, |B| = P + N with P, N >= 0, PN = 0, for symmetric B", "spectral theorem"),
        symbolic.identity(
            "2 |B||B'| - BB' = 2PN' + 2NP'",
            (P + N) * (P2 + N2) - (P - N) * (P2 - N2),
            2 * P * N2 + cross * 2 * N * P2,
        ),
        classical("3 tr PN' >= 0 for P, N' >= 0; so | |B| - |B'| |_F <= |B - B'|_F", "tr PN' = |P^(1/2) N'^(1/2)|_F^2"),
        symbolic.trace_identity(
            "4 |[0 Z; Z' 0]|_F^2 = 2|Z|_F^2, Z = M - M'",
            (M - X) * (Mt - Xt) + (Mt - Xt) * (M - X),
            2 * (Mt - Xt) * (M - X),
        ),
    )
    rng = np.random.default_rng(32)
    ratios = [0.0]

    def absolute(matrix):
        _, s, Vt = np.linalg.svd(matrix, full_matrices=False)
        return (Vt.T * s) @ Vt

    for trial in range(effort.pick(400, 20000)):
        shape = (int(rng.integers(1, 4)), int(rng.integers(1, 4)))
        one, size = rng.standard_normal(shape), 10.0 ** rng.uniform(-4, 1)
        if trial % 4 == 0:
            one = np.array([[1.0, 0.0]])
        other = one + size * rng.standard_normal(one.shape)
        if trial % 4 == 0:
            other /= np.linalg.norm(other)
        ratios.append(np.linalg.norm(absolute(one) - absolute(other)) / np.linalg.norm(one - other))
    row = Row(f"largest ratio, {len(ratios) - 1} pairs", max(ratios), "upper", constant, 1e-9, ROUNDING)
    near = Row("the same: approached by rows that are nearly parallel", max(ratios), "lower", 0.999 * np.sqrt(2))
    return Evidence((row, near), steps)


def pl_steps(*, tilt=1, half=1):
    """Steps of the PL inequality; the arguments sabotage two of them."""
    F, Ft, G, Gt, A, At, R, Rt, U, Ut, V, Vt, S, Q = symbolic.matrices("F Ft G Gt A At R Rt U Ut V Vt Sigma Q")
    X, Y = symbolic.matrices("X Y")
    delta = sympy.Symbol("delta", nonnegative=True)
    sigma, d = sympy.symbols("sigma d", positive=True)
    b, c, x, y, m = z3.Reals("b c x y m")
    H = G * Gt
    return (
        classical("1 F'F >= Delta: s-th eigenvalue at least beta^2, FF' >= beta^2 Pi", "Weyl's monotonicity"),
        symbolic.identity("2 QR = -QA, because QF = 0", Q * (F * Gt - A), -Q * A, {Q * F: 0}),
        classical("3 |RG|_F >= |QU Sigma V'G|_F >= sigma_min(V'G) |QR|_F", "singular values of a product"),
        symbolic.identity(
            "4 V'GF' = Sigma U' + V'R'", Vt * (V * S * Ut + Rt), tilt * S * Ut + Vt * Rt, {Vt * V: 1}
        ),
        classical("4 sigma_k(V'GF') >= sigma_k - |R| and <= sigma_min(V'G) |F|", "Weyl; singular values of a product"),
        symbolic.identity(
            "5 (FG')'(FG') = H^2 + G Delta G', H = GG'",
            G * Ft * F * Gt,
            H * H + G * (Ft * F - Gt * G) * Gt,
        ),
        symbolic.identity(
            "5 H^2 + delta H = (H + delta/2)^2 - delta^2/4",
            H * H + delta * H,
            (H + sympy.Rational(half, 2) * delta) * (H + delta / 2) - delta**2 / 4,
        ),
        symbolic.identity(
            "6 X^2 - Y^2 is half of (X-Y)(X+Y) + (X+Y)(X-Y)",
            X * X - Y * Y,
            ((X - Y) * (X + Y) + (X + Y) * (X - Y)) / 2,
        ),
        symbolic.scalar_identity(
            "7 sqrt(sigma^2 + d^2/4) - d/2 = sigma^2/(sqrt(sigma^2 + d^2/4) + d/2)",
            sympy.sqrt(sigma**2 + d**2 / 4) - d / 2,
            sympy.simplify(sigma**2 / (sympy.sqrt(sigma**2 + d**2 / 4) + d / 2)),
        ),
        smt.inequality(
            "8 b x + c y >= min(b, c)(x + y)", b * x + c * y >= m * (x + y), x >= 0, y >= 0, m <= b, m <= c
        ),
    )


def pl_ratio(instance, *, scale=1.0, root=np.sqrt(2), wide=False, largest=False) -> float | None:
    """g over its bound for one instance; None where the lemma promises nothing."""
    truth, F, G = instance
    known = asymmetric_bounds.start(truth, F, G)
    beta_squared = known.delta if largest else known.beta_squared
    if known.beta_squared <= 0:
        return None
    bound = beta_squared
    if not (known.is_global or wide or truth.rank == 0):
        gamma_squared = asymmetric_bounds.second_factor_squared(truth.sigma, known.delta, known.rho)
        low, half = truth.sigma[-1], known.delta / 2
        bound = min(bound, max(gamma_squared, np.hypot(low, half) - half - root * known.rho))
    residual = Population(truth).residual(F, G)
    g = np.linalg.norm(residual.right(G)) ** 2 + np.linalg.norm(residual.left(F)) ** 2
    return float(g / (scale * bound * known.rho**2)) if bound > 0 and known.rho > 0 else None


def pl_instances(count: int, seed: int):
    """Global and narrow instances, from fits moved by 1e-5 to far ones; then families that approach the bound."""
    rng = np.random.default_rng(seed)
    for trial in range(count):
        yield imbalance_instances.fitted(rng, is_global=trial % 2 == 0, size=10.0 ** rng.uniform(-5, 0.5))
    for Delta in (0.1, 1.0, 10.0):
        for angle in (1e-6, 1e-2, 0.1, 0.3):
            yield imbalance_instances.tilted(0.7, Delta, angle)
        yield imbalance_instances.superfluous([1.0, 0.5], Delta, 1e-6)
    yield imbalance_instances.superfluous([1.0, 0.5], 0.1, 1e-6, n_1=5)


@claim(
    id="lem-two-factor-pl",
    title="Imbalance makes the gradient large",
    statement=r"s=\min(r,n_1),\ \lambda_s(\Delta)\ge\beta^2>0,\ \rho=\lVert R\rVert_F,\ "
    r"\delta=\lambda_{\max}(\Delta):\quad"
    r"\lVert RG\rVert_F^2+\lVert R^\top F\rVert_F^2\ge\beta^2\rho^2\ (r\ge n_1),\quad"
    r"\ge\min\{\beta^2,\gamma^2(\delta,\rho)\}\,\rho^2\ (r_A\le r\le n_1),\quad"
    r"\gamma^2=\max\Big\{\tfrac{(\sigma_{r_A}-\rho)_+^2}{\delta+\sigma_1+\rho},"
    r"\sqrt{\sigma_{r_A}^2+\tfrac{\delta^2}4}-\tfrac\delta2-\sqrt2\,\rho\Big\}",
    level=Level.PROVED,
    source="ours",
    uses=("lem-two-factor-norms", "lem-absolute-value"),
    chapter=CHAPTER,
    controls={
        "the bound 10 % larger": dict(scale=1.1),
        "beta^2 alone, also for r < n_1": dict(wide=True),
        "the term sqrt(2) rho dropped": dict(root=0.0),
        "largest eigenvalue of Delta for the s-th": dict(largest=True),
        "Sigma U' counted 1.1 times in step 4": dict(tilt=sympy.Rational(11, 10)),
        "delta for delta/2 in step 5": dict(half=2),
    },
)
def two_factor_pl(effort, *, tilt=1, half=1, **sabotage):
    """The steps, and g over its bound for instances far from and close to equality."""
    count = effort.pick(600 if not sabotage else 200, 40000)
    instances = list(pl_instances(count, 33))
    wide, narrow = [], []
    for instance in instances:
        n_1, r = instance[1].shape
        ratio = pl_ratio(instance, **sabotage)
        if ratio is not None:
            (wide if r >= n_1 else narrow).append(ratio)
    rows = [
        Row(f"smallest |grad|^2 over its bound, {len(found)} {name}", min(found), "lower", 1.0, 1e-9, ROUNDING)
        for name, found in (("global, r >= n_1", wide), ("narrow, r < n_1", narrow))
    ]
    rows.append(Row("median of the latter: how loose it is on typical points", np.median(narrow), "lower", 1.0))
    return Evidence(rows, pl_steps(tilt=tilt, half=half))
