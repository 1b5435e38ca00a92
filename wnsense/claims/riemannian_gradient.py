r"""Claims of the chapter on geometry: the Riemannian gradient of f, in general and in the population."""

from __future__ import annotations

import mpmath
import numpy as np
import scipy.linalg
import sympy
from sympy import QQ
from sympy.polys.rings import ring

from wnsense import sensing, stiefel
from wnsense.claims.geometry import FLIP, HALF, ON, SHAPES, SKEW, X, Xt, Y, Yt
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.objective import Measured, Population
from wnsense.problem import random_ground_truth
from wnsense.proof.step import Step, classical
from wnsense.proof.symbolic import identity, matrices, trace_identity, transpose


def form(commutator=HALF, sign=-1, times_theta=True, projected=1):
    r"""The gradient as Algorithm 1 writes it, a function of arrays of numbers or polynomials.

    It is :math:`(I-pXX^\top)\tilde G+cX(X^\top\tilde G+s\,\tilde G^\top X)`, :math:`\tilde G=EX\Theta`;
    p = 1, c = 1/2 and s = -1 in truth.
    """

    def gradient(E, X, Theta):
        Gt = E @ X @ Theta if times_theta else E @ X
        c = QQ(commutator.p, commutator.q) if X.dtype == object else float(commutator)
        return Gt - X @ (X.T @ Gt) * projected + X @ (X.T @ Gt + sign * (Gt.T @ X)) * c

    return gradient


def euler_chart_steps(gradient) -> list[Step]:
    r"""grad f on all of St(3, 1) and St(3, 2), in Euler angles, entry by entry, with a free symmetric A and Theta.

    X is the first r columns of a rotation. Sines and cosines are symbols, reduced by sin^2 + cos^2 = 1, and D is the
    derivative by one angle. The gradient G must be tangent, and in each angle Df the inner product of G and DX.
    """
    R, *symbols = ring("s1,s2,s3,c1,c2,c3,t1,t2,t3,a1,a2,a3,a4,a5,a6", QQ)
    s, c, t, a = symbols[:3], symbols[3:6], symbols[6:9], symbols[9:]
    circle = [s[i] ** 2 + c[i] ** 2 - 1 for i in range(3)]

    def array(rows):
        return np.array([[R(entry) for entry in row] for row in rows], dtype=object)

    reduced = np.vectorize(lambda p: p.rem(circle), otypes=[object])
    spin = [array([[c[i], -s[i], 0], [s[i], c[i], 0], [0, 0, 1]]) for i in (0, 2)]
    tilt = array([[c[1], 0, s[1]], [0, 1, 0], [-s[1], 0, c[1]]])
    rotation = reduced(spin[0] @ tilt @ spin[1])
    A = array([[a[0], a[1], a[2]], [a[1], a[3], a[4]], [a[2], a[4], a[5]]])
    steps = []
    for r in (1, 2):
        X, Theta = rotation[:, :r], array([[t[0], t[1]], [t[1], t[2]]])[:r, :r]
        E = reduced(X @ Theta @ X.T - A)
        f, G = (E * E).sum() * QQ(1, 4), reduced(gradient(E, X, Theta))
        holds = all(entry == 0 for entry in reduced(X.T @ G + G.T @ X).flat)
        for i in range(3):
            D = np.vectorize(lambda p: c[i] * p.diff(s[i]) - s[i] * p.diff(c[i]), otypes=[object])
            holds &= (D(np.array(f)).item() - (G * D(X)).sum()).rem(circle) == 0
        label = f"({4 + r}) all of St(3,{r}) by entries: G tangent, Df = <G, DX>"
        steps.append(Step(label, "identity", "SymPy", bool(holds)))
    return steps


def dense_instances(rng: np.random.Generator, count: int):
    """Objectives with the matrices M_i and numbers y_i that define them: population, Gaussian, rank one, in turn."""
    for k in range(count):
        m, r = SHAPES[k % len(SHAPES)]
        if k % 3 == 0:
            truth = random_ground_truth(m, min(2, m), kappa=7.0, rng=rng)
            units = np.eye(m)
            M = np.array(
                [
                    (
                        units[[i]].T @ units[[i]]
                        if i == j
                        else (np.outer(units[i], units[j]) + np.outer(units[j], units[i])) / np.sqrt(2)
                    )
                    for i in range(m)
                    for j in range(i + 1)
                ]
            )
            objective, y = Population(truth), np.einsum("nij,ij->n", M, truth.A)
        else:
            y = rng.standard_normal(7)
            if k % 3 == 1:
                M = rng.standard_normal((7, m, m))
                M += M.transpose(0, 2, 1)
                operator = sensing.from_matrices(M)
            else:
                operator = sensing.RankOne(rng.standard_normal((7, m)), 0.3)
                M = 0.3 * np.einsum("ni,nj->nij", operator.vectors, operator.vectors)
            objective = Measured(operator, y)
        yield objective, M, y, stiefel.random_point(m, r, rng), stiefel.sym(rng.standard_normal((r, r)))


def slope_along(W: np.ndarray, M, y, X, Theta) -> float:
    """d/dt of f at e^{tW} X, W skew, t = 0: a complex step along a curve that stays on the manifold."""
    step = 1e-30
    Xc = scipy.linalg.expm(1j * step * W) @ X
    e = np.einsum("nij,ij->n", M, Xc @ Theta @ Xc.T) - y
    return float((e @ e).imag / (4 * step))


def slope_along_mpmath(W: np.ndarray, M, y, X, Theta) -> float:
    """The same by a central difference in 40 digits: no complex numbers, no derivative of anything."""
    with mpmath.workdps(40):
        step = mpmath.mpf("1e-12")
        values = []
        for t in (step, -step):
            Xt = mpmath.expm(t * mpmath.matrix(W.tolist())) * mpmath.matrix(X.tolist())
            Z = Xt * mpmath.matrix(Theta.tolist()) * Xt.T
            e = [
                sum(mpmath.mpf(Mi[i, j]) * Z[i, j] for i in range(len(X)) for j in range(len(X))) - mpmath.mpf(yi)
                for Mi, yi in zip(M, y)
            ]
            values.append(sum(x * x for x in e) / 4)
        return float((values[0] - values[1]) / (2 * step))


def skew_basis(m: int) -> list[np.ndarray]:
    """Skew (m, m) matrices W; the vectors W X span the tangent space at X."""
    units = np.eye(m)
    return [np.outer(units[i], units[j]) - np.outer(units[j], units[i]) for i in range(m) for j in range(i)]


@claim(
    id="thm-riemannian-gradient",
    title="The Riemannian gradient of the objective",
    statement=r"\mathrm{grad}_Xf=P_X(\tilde G)=(I-XX^\top)\tilde G+\tfrac12X(X^\top\tilde G-\tilde G^\top X),\quad"
    r"\tilde G=\mathcal M^*(\mathcal M(X\Theta X^\top)-y)X\Theta",
    level=Level.PROVED,
    source="wei2025, Algorithm 1",
    chapter="geometry",
    uses=("lem-tangent-projection",),
    controls={
        "without the term X (X'G - G'X) / 2": dict(commutator=sympy.Integer(0)),
        "that term with the wrong sign": dict(commutator=-HALF),
        "that term 10 % too large": dict(commutator=HALF * sympy.Rational(11, 10)),
        "symmetric part in place of the skew one": dict(sign=1),
        "Theta forgotten in the Euclidean gradient": dict(times_theta=False),
        "Euclidean gradient in place of the Riemannian": dict(projected=0, commutator=sympy.Integer(0)),
    },
)
def riemannian_gradient(effort, *, commutator=HALF, sign=-1, times_theta=True, projected=1):
    """Both forms from the definition, small manifolds entry by entry, and the code against slopes along curves."""
    variant = commutator, sign, times_theta, projected
    E, Th = matrices("E Th")
    flip = FLIP | {E: E, Th: Th}
    t = sympy.Symbol("t")
    Gt = E * X * Th if times_theta else E * X
    G = Gt - projected * X * Xt * Gt + commutator * X * (Xt * Gt + sign * transpose(Gt, flip) * X)
    tangent = {**ON, Xt * Y: SKEW, Yt * X: -SKEW}
    steps = [
        identity(
            "(1) (X+tY)Theta(X+tY)' to first order",
            (X + t * Y) * Th * (Xt + t * Yt) - X * Th * Xt - t**2 * Y * Th * Yt,
            t * (Y * Th * Xt + X * Th * Yt),
        ),
        trace_identity(
            "(2) Df = <E X Theta, Y>",
            E * (Y * Th * Xt + X * Th * Yt) / 2,
            transpose(Gt, flip) * Y,
            None,
            flip,
        ),
        trace_identity(
            "(3) <G, Y> = <E X Theta, Y> for tangent Y", transpose(G, flip) * Y, Th * Xt * E * Y, tangent, flip
        ),
        identity(
            "(4) the paper's form = the projection", G, E * X * Th - X * (Xt * E * X * Th + Th * Xt * E * X) / 2, ON
        ),
        *euler_chart_steps(form(*variant)),
    ]
    sabotage = None if variant == (HALF, -1, True, 1) else form(*variant)
    rng = np.random.default_rng(13)
    not_tangent, gap, gap_mpmath = 0.0, 0.0, 0.0
    for k, (objective, M, y, x, theta) in enumerate(dense_instances(rng, effort.pick(12, 120))):
        E_ = np.einsum("n,nij->ij", np.einsum("nij,ij->n", M, x @ theta @ x.T) - y, M)
        if sabotage is None:
            g = np.asarray(objective.riemannian_gradient(x, theta, objective.residual(x, theta)))
        else:
            g = sabotage(E_, x, theta)
        scale = np.linalg.norm(E_ @ x @ theta)
        not_tangent = max(not_tangent, np.linalg.norm(x.T @ g + g.T @ x) / scale)
        for W in skew_basis(len(x)):
            gap = max(gap, abs(slope_along(W, M, y, x, theta) - np.sum(g * (W @ x))) / scale)
        if k < 3:
            W = sum(rng.standard_normal() * W for W in skew_basis(len(x)))
            gap_mpmath = max(gap_mpmath, abs(slope_along_mpmath(W, M, y, x, theta) - np.sum(g * (W @ x))) / scale)
    because = "rounding, relative"
    rows = (
        Row("code: X'G + G'X", not_tangent, "tight", 0, 1e-12, because),
        Row("slope of f along e^{tW}X minus <G, WX>", gap, "tight", 0, 1e-12, because),
        Row("the same, differences in 40 digits", gap_mpmath, "tight", 0, 1e-12, because),
    )
    return Evidence(rows, steps)


@claim(
    id="lem-population-gradient-rank",
    title="In the population the gradient has low rank",
    statement=r"\mathcal M^*\mathcal M=I:\quad G=-V\Phi\Theta+\tfrac12X(\Theta N-N\Theta),\quad"
    r"V=(I-XX^\top)U\Sigma,\ N=X^\top AX,\quad"
    r"\mathrm{rank}\,G\le2r_A;\quad\Theta=N\Rightarrow G=-V\Phi N,\ X^\top G=0,\ \mathrm{rank}\,G\le r_A",
    level=Level.PROVED,
    source="ours",
    chapter="geometry",
    uses=("thm-riemannian-gradient",),
    controls={
        "without the commutator": dict(commutator=sympy.Integer(0)),
        "commutator 10 % too large": dict(commutator=HALF * sympy.Rational(11, 10)),
        "commutator with the wrong sign": dict(commutator=-HALF),
        "V = U Sigma, not projected": dict(projected=0),
        "rank at most r_A for every Theta": dict(multiple=1),
    },
)
def population_gradient_rank(effort, *, commutator=HALF, projected=1, multiple=2):
    """The low-rank form equals the dense one; its rank, and that it is horizontal after an exact magnitude step."""
    U, Ut, Sigma, Th = matrices("U Ut Sigma Th")
    rules = {**ON, Ut * U: 1}
    A = U * Sigma * Ut
    N, V = Xt * A * X, U * Sigma - projected * X * Xt * U * Sigma

    def low_rank(Theta):
        return -V * Ut * X * Theta + commutator * X * (Theta * N - N * Theta)

    Gt = (X * Th * Xt - A) * X * Th
    G = Gt - X * (Xt * Gt + Th * Xt * (X * Th * Xt - A) * X) / 2
    steps = (
        identity("(1) low-rank form = P_X of the dense gradient", low_rank(Th), G, rules),
        identity(
            "(2) = L_1 (Phi Theta) + L_2 Phi, r_A columns each",
            low_rank(Th),
            (-V - X * Xt * U * Sigma / 2) * (Ut * X * Th) + (X * Th * Xt * U * Sigma / 2) * (Ut * X),
            rules,
        ),
        identity("(3) X'G = (Theta N - N Theta) / 2", Xt * low_rank(Th), (Th * N - N * Th) / 2, rules),
        identity("(4) Theta = N: G = -V Phi N", low_rank(N), -V * Ut * X * N, rules),
        identity("(5) Theta = N: X'G = 0", Xt * low_rank(N), 0, rules),
        classical("(6) ranks of products and sums", "linear algebra"),
    )
    code = (commutator, projected) == (HALF, 1)
    rng = np.random.default_rng(14)
    gap, excess, columns, ranks = 0.0, -np.inf, -np.inf, {}
    for m, r, r_A in ((20, 8, 2), (6, 1, 1), (9, 3, 2), (12, 12, 3), (7, 4, 7)) * effort.pick(1, 10):
        truth = random_ground_truth(m, r_A, kappa=3.0 if r_A > 1 else 1.0, rng=rng)
        objective, x = Population(truth), stiefel.random_point(m, r, rng)
        n = x.T @ truth.A @ x
        for kind, theta in (("random", stiefel.sym(rng.standard_normal((r, r)))), ("exact", n)):
            factored = objective.riemannian_gradient(x, theta, objective.residual(x, theta))
            columns = max(columns, factored.left.shape[1] - multiple * r_A)
            if code:
                g = np.asarray(factored)
            else:
                v = (truth.U - projected * x @ (x.T @ truth.U)) * truth.sigma
                g = -v @ truth.U.T @ x @ theta + float(commutator) * x @ (theta @ n - n @ theta)
            # the derivative of f in the direction WX, from f(X) = |X Theta X' - A|^2 / 4 alone
            E = x @ theta @ x.T - truth.A
            for _ in range(3):
                W = rng.standard_normal((m, m))
                W -= W.T
                Xc = scipy.linalg.expm(1e-30j * W) @ x
                slope = np.sum((Xc @ theta @ Xc.T - truth.A) ** 2).imag / 4e-30
                gap = max(
                    gap, abs(slope - np.sum(g * (W @ x))) / max(np.linalg.norm(E @ x @ theta) * np.linalg.norm(W), 1e-3)
                )
            # 1e-10: far above rounding, far below the nonzero singular values of these instances
            rank = int((np.linalg.svd(g, compute_uv=False) > 1e-10).sum())
            excess = max(excess, rank - min((multiple if kind == "random" else 1) * r_A, r))
            ranks.setdefault((kind, m), rank)
    rows = (
        Row(
            "slope of f along e^{tW}X minus <G, WX>",
            gap,
            "tight",
            0,
            1e-12,
            "rounding, relative",
        ),
        Row("rank of G minus its bound, largest", excess, "upper", 0),
        Row("columns of the code's factors minus 2 r_A, largest", columns, "upper", 0),
        Row("rank of G, r_A = 2, random Theta", ranks["random", 20], "tight", 4),
        Row("rank of G, r_A = 2, Theta = X'AX", ranks["exact", 20], "tight", 2),
    )
    return Evidence(rows, steps)
