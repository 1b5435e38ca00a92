"""Claims of the chapter on saddles: strict and degenerate ones, what follows for minima, the trace as a signpost."""

from __future__ import annotations

import flint
import numpy as np
import sympy
import z3

from wnsense import saddles, stiefel
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.claims.stationary_hessian import hessian_instance, numerical_hessian
from wnsense.problem import random_ground_truth
from wnsense.proof import ball, smt, symbolic
from wnsense.proof.step import classical

CHAPTER = "saddles"


def eliminated_loss(A, X):
    """F(X) = min over Theta of f, from its definition with the best magnitude, for dense arrays."""
    return np.sum((X @ (X.T @ A @ X) @ X.T - A) ** 2) / 4


def turned(X, start, end, angle):
    """X with the unit vector `start` of its span turned towards `end`, a unit vector orthogonal to it, by the angle."""
    v = X.T @ start
    return X + np.outer((np.cos(angle) - 1) * start + np.sin(angle) * end, v)


def enclosed_turn_difference(sigma, kept, d, angle):
    """The change of F in 300 bits, and the sine: at A_d one of the `kept` kernel columns turns towards u_{d+1}."""
    m, r = len(sigma) + kept, d + kept
    with ball.precision(300):
        c, s = flint.arb(float(angle)).cos(), flint.arb(float(angle)).sin()
        A = ball.matrix(np.diag(np.concatenate([sigma, np.zeros(kept)])))

        def loss(cosine, sine):
            X = [[flint.arb(0)] * r for _ in range(m)]
            for i in range(d):
                X[i][i] = flint.arb(1)
            for i in range(1, kept):
                X[len(sigma) + i][d + i] = flint.arb(1)
            X[len(sigma)][d], X[d][d] = cosine, sine
            X = flint.arb_mat(X)
            return ball.frobenius_squared(X * (X.transpose() * A * X) * X.transpose() - A) / 4

        return loss(c, s) - loss(flint.arb(1), flint.arb(0)), s


def floor_ratio(rng, exponent):
    """(F(A_d) - F(X)) over the quartic bound, X near a degenerate saddle or far away; and |Phi_>| over |X - X_d|."""
    m = int(rng.integers(3, 8))
    rank = int(rng.integers(1, m))
    r = int(rng.integers(rank, m))
    d = int(rng.integers(max(0, r - (m - rank)), rank))
    truth = random_ground_truth(m, rank, sigma=rng.choice([0.3, 0.6, 0.9, 1.0, 1.5], rank), rng=rng)
    saddle = saddles.stationary_point(truth, range(d), r, rng)
    direction = rng.standard_normal((m, r))
    if rng.random() < 0.7:  # the kernel columns alone move, and mostly towards what is missing
        kernel = saddle - truth.U @ (truth.U.T @ saddle)
        towards = truth.U[:, d:] @ rng.standard_normal((rank - d, m)) @ kernel
        direction = rng.uniform(0, 0.3) * direction + rng.uniform(0, 10) * towards
    xi = stiefel.tangent_projection(saddle, direction) / np.linalg.norm(direction)
    X = stiefel.polar(saddle, 10.0 ** rng.uniform(-1.5, 1) * xi)
    drop = eliminated_loss(truth.A, saddle) - eliminated_loss(truth.A, X)
    Phi = truth.U[:, d:].T @ X
    bound = -saddles.quartic_floor(truth.sigma, d, Phi) * np.linalg.norm(Phi) ** (exponent - 4)
    ratio = drop / bound if bound > 1e-6 else 0.0  # rounding of F, of order 1e-15, would spoil the ratio
    return ratio, np.linalg.norm(Phi) / np.linalg.norm(X - saddle)


@claim(
    id="lem-degenerate-saddles",
    title="Degenerate and strict saddles",
    statement=r"\min_\Upsilon\tfrac{\operatorname{Hess}F[X_\perp\Upsilon,X_\perp\Upsilon]}{\lVert\Upsilon\rVert_F^2}<0\iff"
    r"\exists\,i\in\mathcal I,\,j\notin\mathcal I:\sigma_j>\sigma_i,"
    r"\text{ and then it is }-\max\sigma_i(\sigma_j-\sigma_i);\quad"
    r"\mathcal I=\{1..d\},\ d<r_A:\ F(X')\ge F(X)-"
    r"\tfrac14\sigma_{d+1}^2\lVert U_>^\top X'\rVert_F^4,\text{ attained if }d<r",
    level=Level.PROVED,
    source="ours",
    uses=("lem-stationary-hessian",),
    chapter=CHAPTER,
    controls={
        "a quarter replaced by 0.9/4": dict(constant=0.9),
        "fourth power replaced by the fifth": dict(exponent=5),
        "curvature 10 % too large": dict(curvature=1.1),
        "ties counted as strict": dict(ties_strict=True),
    },
)
def degenerate_saddles(effort, *, constant=1.0, exponent=4, curvature=1.0, ties_strict=False):
    """Signs by Z3; the smallest eigenvalue against differences in 400 bits; the fourth-order drop and its bound."""
    X, Xt, A1, U, Ut, Sg = symbolic.matrices("X Xt A1 U Ut Sigma")
    s, t, c = sympy.symbols("sigma theta c", positive=True)
    a, b, phi, top, rest, e = z3.Reals("sigma_i sigma_j phi top rest e")
    drop = ((s * (1 - sympy.cos(t) ** 2)) ** 2) / 4
    smaller = a <= b if ties_strict else a < b
    steps = [
        smt.inequality(
            "1 sigma_i(sigma_i - theta_perp) >= 0 if theta_perp <= sigma_i", a * (a - b) >= 0, a > 0, b >= 0, b <= a,
        ),
        smt.inequality("2 sigma_i(sigma_i - sigma_j) < 0 if sigma_j > sigma_i", a * (a - b) < 0, a > 0, smaller),
        smt.inequality("3 it is never below -sigma_1^2/4", a * (a - b) >= -e * e / 4, a > 0, b >= 0, b <= e),
        symbolic.identity(
            "4 X'AX = X'A_dX + Phi_>' Sigma_> Phi_>", Xt * (A1 + U * Sg * Ut) * X,
            Xt * A1 * X + (Xt * U) * Sg * (Ut * X),
        ),
        classical("5a k-th eigenvalue of X'AX at most sigma_k", "Cauchy interlacing"),
        classical("5b (d + k)-th eigenvalue at most the k-th of Phi_>' Sigma_> Phi_>", "Weyl"),
        smt.inequality(
            "6 sums: 4F = tr A^2 - phi >= (tr A^2 - top) - rest", e - phi >= (e - top) - rest, phi <= top + rest,
        ),
        classical("7 |Phi' Sigma Phi|_F <= sigma |Phi'Phi|_F <= sigma |Phi|_F^2", "submultiplicativity"),
        symbolic.scalar_identity(
            "8 the turn: tr(Theta^2) grows by (sigma sin^2)^2", drop * 4, s**2 * sympy.sin(t) ** 4,
        ),
    ]
    rng = np.random.default_rng(3)
    gap, negative = 0.0, 0
    count = effort.pick(25, 300)
    for _ in range(count):
        spectrum, rank, columns, skew = hessian_instance(rng)
        learned = columns[columns < rank]
        smallest = np.linalg.eigvalsh(numerical_hessian(spectrum, columns, skew))[0]
        claimed = curvature * saddles.most_negative_curvature(spectrum[:rank], learned)
        negative += claimed < 0
        gap = max(gap, abs(min(smallest, 0.0) - claimed))
    quartic = []
    for _ in range(effort.pick(20, 300)):
        sigma = np.sort(rng.choice([0.3, 0.6, 0.9, 1.0, 1.5], int(rng.integers(1, 4))))[::-1]
        d = int(rng.integers(0, len(sigma)))
        difference, sine = enclosed_turn_difference(sigma, int(rng.integers(1, 4)), d, 10.0 ** rng.uniform(-8, 0))
        quartic.append(abs(float(difference / (flint.arb(float(sigma[d])) ** 2 * sine**exponent) * -4) / constant - 1))
    ratios = np.array([floor_ratio(rng, exponent) for _ in range(effort.pick(500, 40000))])
    rows = (
        Row(
            f"largest F(A_d) - F(X) over its bound, {len(ratios)} directions", ratios[:, 0].max(), "upper",
            constant, 1e-8, "rounding",
        ),
        Row("largest |U_>'X|_F/|X - X_d|_F", ratios[:, 1].max(), "upper", 1.0),
        Row(
            "one kernel column turned: |drop/bound - 1|", max(quartic), "tight", 0.0, 1e-12,
            "rounding",
        ),
        Row(
            f"smallest curvature, {negative} of {count} strict: largest gap", gap, "tight", 0.0,
            1e-13, "rounding",
        ),
    )
    return Evidence(rows, steps)


def relative_descent(truth, learned, r, rng, angle):
    """How much F falls along the way out that the proof names, over what the proof predicts; at a stationary point
    that is no solution.

    Where no column is left for a way out (r < r_A) the best single turn of a learned eigenvector towards a missing
    one is tried.
    """
    X = saddles.stationary_point(truth, learned, r, rng)
    learned = list(learned)
    missing = np.setdiff1d(np.arange(truth.rank), learned)
    pairs = [(truth.sigma[j] - truth.sigma[i], i, j) for i in learned for j in missing]
    if pairs and (max(pairs)[0] > 0 or len(learned) == r):
        _, i, j = max(pairs)
        start, (si, sj) = truth.U[:, i], truth.sigma[[i, j]]
        after = si * np.cos(angle) ** 2 + sj * np.sin(angle) ** 2
        predicted = abs(after**2 - si**2) / 4
    else:
        j = missing[0]
        kernel = X - truth.U @ (truth.U.T @ X)
        start = np.linalg.svd(kernel)[0][:, 0]
        predicted = truth.sigma[j] ** 2 * np.sin(angle) ** 4 / 4
    new = turned(X, start, truth.U[:, j], angle)
    return (eliminated_loss(truth.A, X) - eliminated_loss(truth.A, new)) / predicted


@claim(
    id="cor-no-spurious-minima",
    title="Every local minimum is the solution",
    statement=r"r\ge r_A:\ \text{every local minimiser of }F\text{ (of }f\text{) has }X\Theta X^\top=A",
    level=Level.PROVED,
    source="ours",
    uses=("thm-stationary-points", "lem-degenerate-saddles"),
    chapter=CHAPTER,
    controls={
        "one column too few, r = r_A - 1": dict(columns_missing=1),
        "10 % more descent claimed": dict(constant=1.1),
    },
)
def no_spurious_minima(effort, *, columns_missing=0, constant=1.0):
    """At every stationary point but the solutions F falls along the way out of the proof, by the amount it says."""
    si, sj, s2 = sympy.symbols("sigma_i sigma_j x", positive=True)
    a, b, x = z3.Reals("sigma_i sigma_j x")
    after = a * (1 - x) + b * x
    steps = [
        symbolic.scalar_identity("1 turn of u_i: u'Au", si * (1 - s2) + sj * s2, si + (sj - si) * s2),
        smt.inequality("2 tr(Theta^2) grows if sigma_j > sigma_i", after * after > a * a, 0 < a, a < b, 0 < x, x <= 1),
        smt.inequality("3 kernel column: (sigma_j x)^2 > 0", b * x * b * x > 0, b > 0, 0 < x),
    ]
    rng, worst, count = np.random.default_rng(4), np.inf, 0
    for _ in range(effort.pick(12, 200)):
        m = int(rng.integers(3, 8))
        rank = int(rng.integers(2, m))
        r = rank - columns_missing if columns_missing else int(rng.integers(rank, m))
        truth = random_ground_truth(m, rank, sigma=rng.permutation([0.2, 0.3, 0.6, 0.9, 1.0, 1.2, 1.5])[:rank], rng=rng)
        for learned in saddles.learned_sets(rank, m, r):
            if len(learned) < rank:
                angle = rng.uniform(0.02, 1.5)
                worst, count = min(worst, relative_descent(truth, learned, r, rng, angle)), count + 1
    label = f"smallest descent over the predicted, {count} stationary points"
    return Evidence((Row(label, worst, "lower", constant, 1e-6, "rounding of F"),), steps)


@claim(
    id="lem-trace-threshold",
    title="The trace as a signpost",
    statement=r"\lambda\ge\operatorname{tr}S-(r_A-1)\text{ (attained)};\quad G=0\Rightarrow S^2=S,\ "
    r"\operatorname{tr}S=\dim\mathcal L\in\mathbb Z",
    level=Level.PROVED,
    source="ours",
    uses=("thm-stationary-points",),
    chapter=CHAPTER,
    controls={"trace less r_A - 1.1": dict(offset=1.1), "eigenvalues up to 1.1": dict(largest=1.1)},
)
def trace_threshold(effort, *, offset=1.0, largest=1.0):
    """Both inequalities by Z3 for three eigenvalues; random alignments; the traces at stationary points."""
    k = 3
    lam, *others = z3.Reals("lambda s_2 s_3")
    trace, bounded = lam + sum(others), [s <= z3.RealVal(str(largest)) for s in others]
    X, Xt, U, Ut = symbolic.matrices("X Xt U Ut")
    steps = [
        smt.inequality(
            "1 lambda >= tr S - (r_A - 1), here r_A = 3", lam >= trace - (k - z3.RealVal(str(offset))), *bounded,
        ),
        smt.inequality("2 so a trace of r_A - 1/2 gives lambda >= 1/2", lam >= 0.5, trace >= k - 0.5, *bounded),
        classical(
            "3 at a stationary point P commutes with UU'",
            "projections",
        ),
        symbolic.identity(
            "4 then S^2 = S", (Ut * X * Xt * U) * (Ut * X * Xt * U), Ut * X * Xt * U,
            {U * Ut * X * Xt: X * Xt * U * Ut, Xt * X: sympy.Integer(1), Ut * U: sympy.Integer(1)},
        ),
    ]
    rng, slack, attained, integer = np.random.default_rng(5), np.inf, np.inf, 0.0
    for _ in range(effort.pick(300, 5000)):
        m = int(rng.integers(2, 9))
        rank = int(rng.integers(1, m + 1))
        X = stiefel.random_point(m, int(rng.integers(1, m + 1)), rng)
        s = np.linalg.eigvalsh(X[:rank] @ X[:rank].T)
        slack = min(slack, np.round(s[0] - (s.sum() - (rank - offset)), 12) + 0.0)  # to the digits that are no rounding
    for _ in range(effort.pick(20, 300)):
        m = int(rng.integers(2, 9))
        rank, r = int(rng.integers(1, m + 1)), int(rng.integers(1, m + 1))
        truth = random_ground_truth(m, rank, sigma=rng.choice([0.5, 1.0], rank), rng=rng)
        for learned in saddles.learned_sets(rank, m, r):
            Phi = truth.U.T @ saddles.stationary_point(truth, learned, r, rng)
            trace = np.sum(Phi**2)
            integer = max(integer, abs(trace - len(learned)))
            if len(learned) == rank - 1:
                attained = min(attained, abs(np.linalg.eigvalsh(Phi @ Phi.T)[0] - (trace - (rank - offset))))
    rows = (
        Row("smallest lambda - (tr S - (r_A - 1)), random directions", slack, "lower", 0.0),
        Row("the same with r_A - 1 learned: attained", attained, "tight", 0.0, 1e-13, "rounding"),
        Row("largest |tr S - |I|| at stationary points", integer, "tight", 0.0, 1e-12, "rounding"),
    )
    return Evidence(rows, steps)
