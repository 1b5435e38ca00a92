"""Claims of the chapter on one-sided weight normalization: its flow, its saddles, and subspace iteration beside it."""

from __future__ import annotations

import functools

import flint
import numpy as np
import scipy.linalg
import sympy
import z3

from wnsense import one_sided, one_sided_population, population, stiefel
from wnsense.claims.one_sided import CHAPTER, ROUNDING, dense_step, instances, rational
from wnsense.claims.population_reduction import block, diagonal, projection, rational_instance
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical
from wnsense.rectangular import random_rectangular_truth
from wnsense.rectangular_objective import Population

DIFFERENCES = "discretisation"


@functools.cache
def flow_deviations(effort, speed):
    """The flow of X integrated, beside the closed form: W, the span, and the largest q(tau) over its bound."""
    rng, worst = np.random.default_rng(61), np.zeros(3)
    for truth, X, _ in instances(rng, effort.pick(1, 5)):
        if X.shape[1] < truth.rank:
            continue
        B, start, time = truth.A @ truth.A.T, population.of_point(truth, X), 1.5
        steps = effort.pick(200, 1000)
        Y = X
        for _ in range(steps):  # classical Runge-Kutta for X' = (I - XX')BX
            Y = runge_kutta(B, Y, time / steps)
        exact = one_sided_population.flow(truth.sigma, start, speed * time)
        spanned = np.linalg.qr(scipy.linalg.expm(speed * time * B) @ X)[0]
        growth = np.exp(-2 * speed * truth.sigma[-1] ** 2 * time)
        at = population.of_point(truth, np.linalg.qr(Y)[0])
        gaps = (
            np.abs(at.W - exact.W).max() / (1 + np.abs(exact.W).max()),
            np.linalg.norm(Y - spanned @ (spanned.T @ Y)),
            at.q / (growth * start.q) if start.q > 1e-20 else 0.0,
        )
        worst = np.maximum(worst, gaps)
    return worst


def runge_kutta(B, X, h):
    """One step of order four."""

    def velocity(X):
        return B @ X - X @ (X.T @ B @ X)

    a = velocity(X)
    b = velocity(X + h / 2 * a)
    c = velocity(X + h / 2 * b)
    return X + h / 6 * (a + 2 * b + 2 * c + velocity(X + h * c))


@claim(
    id="prop-one-sided-flow",
    title="The flow in closed form, logistic escape",
    statement=r"\dot X=(I-XX^\top)AA^\top X:\quad \dot S=D\Sigma^2S+S\Sigma^2D,\quad "
    r"W(\tau)=e^{-\tau\Sigma^2}W(0)\,e^{-\tau\Sigma^2},\quad q(\tau)\le e^{-2\sigma_{r_A}^2\tau}q(0),\quad "
    r"\operatorname{span}X(\tau)=e^{\tau AA^\top}\operatorname{span}X(0);\quad "
    r"S\text{ diagonal: }\dot s=2\sigma^2s(1-s)",
    level=Level.PROVED,
    source="ours; the flow is that of oja1982, a matrix version of which is solved in yan1994",
    uses=("lem-one-sided-steps",),
    chapter=CHAPTER,
    controls={
        "time runs 10 % faster": dict(speed=1.1),
        "the equation of the symmetric flow": dict(power=2),
        "the symmetric time from s to 1/2": dict(logistic=False),
    },
)
def flow(effort, *, speed=1.0, power=1, logistic=True):
    """Words and the scalar solution; then the flow of X integrated, beside the closed form."""
    S, Si, M, P, B = symbolic.matrices("S Si M P B")
    both = {S * Si: sympy.Integer(1), Si * S: sympy.Integer(1)}
    D, W = 1 - S, Si - 1
    tau, sigma, s0 = sympy.symbols("tau sigma s0", positive=True)
    s = 1 / (1 + (1 / s0 - 1) * sympy.exp(-2 * sigma**2 * tau))
    rate = 2 * sigma**2 * s**power * (1 - s)
    half = sympy.log((1 - s0) / s0) / (2 * sigma**2)
    if not logistic:
        half += (1 / s0 - 2) / (2 * sigma**2)
    projection_ = {P * P: P}
    velocity = (1 - P) * B * P + P * B * (1 - P)
    X, Xt = symbolic.matrices("X Xt")
    gradient, transposed = (1 - X * Xt) * B * X, Xt * B * (1 - X * Xt)
    steps = (
        symbolic.identity(
            "2 W' = -S^-1(D M S + S M D)S^-1 = -(W M + M W)", -Si * (D * M * S + S * M * D) * Si, -(W * M + M * W), both
        ),
        classical("3 a linear equation with constant coefficients", "uniqueness of solutions"),
        symbolic.identity(
            "4 (XX')' = (I - P)BP + PB(I - P)",
            gradient * Xt + X * transposed,
            (1 - X * Xt) * B * X * Xt + X * Xt * B * (1 - X * Xt),
            {Xt * X: sympy.Integer(1)},
        ),
        symbolic.identity(
            "4 P of span(Y), Y' = BY: P'P = (I - P)BP",
            velocity * P,
            (1 - P) * B * P,
            projection_,
        ),
        symbolic.scalar_identity("5 s' = 2 sigma^2 s(1 - s)", sympy.diff(s, tau), rate),
        symbolic.scalar_identity("5 s = 1/2 at log(1/s_0 - 1)/(2 sigma^2)", s.subs(tau, half), sympy.Rational(1, 2)),
    )
    W_gap, span_gap, over = flow_deviations(effort, speed)
    rows = (
        Row("largest q(tau) over exp(-2 sigma_k^2 tau)q(0)", over, "upper", 1.0, 1e-6, "discretisation"),
        Row("W of the integrated flow, against the closed form", W_gap, "tight", 0, 1e-6, "discretisation"),
        Row("its span, against exp(tau AA')X(0)", span_gap, "tight", 0, 1e-6, "discretisation"),
    )
    return Evidence(rows, steps)


def eliminated(A, X):
    """F(X), the least of |XG' - A|_F^2 / 2 over G, by a dense least-squares solution."""
    G = np.linalg.lstsq(X, A, rcond=None)[0].T
    return 0.5 * np.linalg.norm(X @ G.T - A) ** 2


@functools.cache
def stationary_points(effort):
    """Stationary spans that miss something, with ties, and one of nothing learned.

    Truth, X, learned and missing indices, least eigenvalue of the Hessian.
    """
    rng, found = np.random.default_rng(62), []
    cases = (((5, 3, 2), 0, 1), ((6, 3, 3), 0, 1), ((6, 4, 3), 0, 1), ((6, 3, 3), 2, 1), ((5, 2, 2), 0, 0))
    for (n_1, r, k), tied, fewest in cases * effort.pick(1, 6):
        sigma = rng.uniform(0.3, 1.5, k)
        sigma[:tied] = sigma[0]
        truth = random_rectangular_truth(n_1, 5, k, sigma=sigma, rng=rng)
        most = k if fewest else 1  # nothing is learned in the last case
        learned = rng.permutation(k)[: int(rng.integers(max(fewest, r + k - n_1), most))]
        kernel = scipy.linalg.null_space(truth.U.T)
        X = np.hstack([truth.U[:, learned], kernel[:, : r - len(learned)]]) @ stiefel.random_point(r, r, rng)
        found.append((truth, X, learned, np.delete(np.arange(k), learned), least_curvature(truth.A, X)))
    return found


def least_curvature(A, X, h=1e-2):
    """The smallest eigenvalue of the Hessian of F at a stationary X, by mixed differences along polar curves."""
    basis = [
        np.outer(a, b) for a in scipy.linalg.null_space(X.T).T for b in np.eye(X.shape[1])
    ]  # horizontal directions
    H = np.zeros((len(basis), len(basis)))
    for i, v in enumerate(basis):
        for j, w in enumerate(basis[: i + 1]):
            corners = [eliminated(A, stiefel.polar(X, h * (a * v + b * w))) for a in (1, -1) for b in (1, -1)]
            H[i, j] = H[j, i] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * h * h)
    return float(np.linalg.eigvalsh(H)[0])


def plane_curvature(truth, X, j, w, h=1e-2):
    """The smaller eigenvalue of the Hessian of f at (X, A'X), turning w towards u_j and moving G along v_j w'X."""
    b = X.T @ w
    values = {}
    for turn in (-1, 0, 1):
        for move in (-1, 0, 1):
            Y = stiefel.polar(X, h * turn * np.outer(truth.U[:, j], b))
            G = truth.A.T @ X + h * move * np.outer(truth.V[:, j], b)
            values[turn, move] = 0.5 * np.linalg.norm(Y @ G.T - truth.A) ** 2
    centre = 2 * values[0, 0]
    mixed = (values[1, 1] - values[1, -1] - values[-1, 1] + values[-1, -1]) / 4
    H = np.array([[values[1, 0] + values[-1, 0] - centre, mixed], [mixed, values[0, 1] + values[0, -1] - centre]])
    return float(np.linalg.eigvalsh(H / h**2)[0])


@claim(
    id="prop-one-sided-saddles",
    title="Every saddle is strict",
    statement=r"r\ge r_A,\ F(X)=\min_G\tfrac12\lVert XG^\top-A\rVert_F^2:\ X\text{ stationary}\iff "
    r"AA^\top\operatorname{span}X\subseteq\operatorname{span}X;\ "
    r"\text{if }F(X)>0,\ \lambda_{\min}(\nabla^2F)=-\sigma_j^2\le-\sigma_{r_A}^2,\ "
    r"\sigma_j\text{ the largest missing, and }F(X)-F(X(\alpha))=\tfrac12\sigma_j^2\sin^2\alpha;\ "
    r"(X,G)\text{ stationary for }f\iff G=A^\top X,\ X\text{ stationary for }F;\ "
    r"\lambda_{\min}(\nabla^2f)\le\tfrac12\big(1-\sqrt{1+4\sigma_j^2}\big)",
    level=Level.PROVED,
    source="ours; F is the objective of principal component analysis",
    uses=("lem-one-sided-steps", "lem-degenerate-saddles"),
    chapter=CHAPTER,
    controls={
        "a curvature 10 % larger": dict(constant=1.1),
        "the drop of the symmetric method, of fourth order": dict(power=4),
        "a learned direction turned instead": dict(from_kernel=False),
        "a curvature of f 10 % larger": dict(steeper=1.1),
        "f lowered by c sigma_j sin, without the 1/2 at c^2": dict(half=0),
    },
)
def saddles(effort, *, constant=1.0, power=2, from_kernel=True, steeper=1.0, half=1):
    """Words; then Hessians by differences of a brute-force loss, and the drop along a turn."""
    X, Xt, A, At, B, T, C, E, w, wt, u, ut = symbolic.matrices("X Xt A At B T C E w wt u ut")
    a, c, s, sigma, learned = sympy.symbols("a c s sigma tau", positive=True)
    one = sympy.Integer(1)
    kept = 0 * w if from_kernel else learned**2 * w
    turn = {B * w: kept, B * u: sigma**2 * u, wt * w: one, ut * u: one, wt * u: 0 * w, ut * w: 0 * w}
    b, theta, missing = z3.Reals("b theta s_j")
    least = (1 - sympy.sqrt(1 + 4 * sigma**2)) / 2
    steps = (
        symbolic.trace_identity(
            "1 2F = tr(AA') - tr(X'AA'X)", At * (1 - X * Xt) * (1 - X * Xt) * A, A * At - Xt * A * At * X, {Xt * X: one}
        ),
        classical("2 an invariant subspace is spanned by eigenvectors", "spectral theorem"),
        symbolic.identity(
            "3 x = c w + s u_j: x'AA'x = sigma_j^2 s^2",
            (c * wt + s * ut) * B * (c * w + s * u),
            sigma**2 * s**power,
            turn,
        ),
        symbolic.identity(
            "4 X(a)'AA'X(a) to second order",
            (1 - a**2 * E / 2) * (T + a**2 * C) * (1 - a**2 * E / 2),
            T + a**2 * (C - (E * T + T * E) / 2) + a**4 * (E * T * E / 4 - (E * C + C * E) / 2) + a**6 * E * C * E / 4,
        ),
        symbolic.trace_identity("4 its trace", C - (E * T + T * E) / 2, C - E * T),
        smt.inequality(
            "5 theta - b >= -sigma_j^2", theta - b >= -missing * missing, b <= missing * missing, theta >= 0
        ),
        symbolic.scalar_identity(
            "7 f along turn and free step",
            ((c * sympy.cos(a)) ** 2 + (c * sympy.sin(a) - sigma) ** 2 - sigma**2) / 2,
            half * c**2 / 2 - c * sigma * sympy.sin(a),
        ),
        symbolic.scalar_identity("7 the eigenvalue: e^2 - e = sigma_j^2", least**2 - half * least, sigma**2),
    )
    curvature = drop = bent = 0.0
    for truth, X, known, absent, lowest in stationary_points(effort):
        j = absent[0]  # singular values are sorted, indices are not removed out of order
        curvature = max(curvature, abs(lowest / (constant * truth.sigma[j] ** 2) + 1))
        kernel = X @ np.linalg.svd(truth.U.T @ X)[2][-1]
        expected = steeper * (half - np.sqrt(half + 4 * truth.sigma[j] ** 2)) / 2
        bent = max(bent, abs(plane_curvature(truth, X, j, kernel) / expected - 1))
        start = kernel if from_kernel or not len(known) else truth.U[:, known[-1]]
        for angle in (0.1, 0.7, 1.5):
            turned = X + np.outer((np.cos(angle) - 1) * start + np.sin(angle) * truth.U[:, j], start @ X)
            change = eliminated(truth.A, X) - eliminated(truth.A, turned)
            drop = max(drop, abs(change - truth.sigma[j] ** 2 * np.sin(angle) ** power / 2))
    rows = (
        Row("least eigenvalue of the Hessian over -sigma_j^2, minus 1", curvature, "tight", 0, 1e-3, DIFFERENCES),
        Row("drop of turns by 0.1, 0.7, 1.5, against (sigma_j^2/2)sin^2", drop, "tight", 0, 1e-12, ROUNDING),
        Row("eigenvalue of the Hessian of f, over its value, minus 1", bent, "tight", 0, 1e-3, DIFFERENCES),
    )
    return Evidence(rows, steps)


@functools.cache
def subspace_mismatches(effort, damped):
    """Exact rational instances: how many break the two statements about one step of subspace iteration; of how many."""
    rng, wrong_span, wrong_W, total = np.random.default_rng(63), 0, 0, 0
    for _ in range(effort.pick(40, 400)):
        A, B, Sg, eta, k = rational_instance(rng)
        one, r = diagonal([flint.fmpq(1)] * k), B.ncols()
        m = A.nrows()
        gram = (B.transpose() * B).inv()
        T = gram * (B.transpose() * (A * (A * B)))  # X'AA'X in the basis B
        whole = diagonal([flint.fmpq(1)] * r) + T * (eta * rational(damped))
        power = B + A * (A * B) * eta
        # the one-sided step with its direction damped from the right
        step = B + (dense_step(A, B, eta) - B) * whole.inv()
        total += 1
        wrong_span += projection(power) != projection(step)
        S = block(projection(B), k, k)
        if m > k and S.rank() == k:
            H = (one + Sg * Sg * eta * rational(damped)).inv()
            new = block(projection(power), k, k)
            wrong_W += new.inv() - one != H * (S.inv() - one) * H
    return wrong_span, wrong_W, total


@claim(
    id="prop-subspace-iteration",
    title="Beside subspace iteration",
    statement=r"B=AA^\top,\ T=X^\top BX:\ (I+\eta B)X=\big[X+\eta(I-XX^\top)BX(I+\eta T)^{-1}\big](I+\eta T);\quad "
    r"W_+=(I+\eta\Sigma^2)^{-1}W(I+\eta\Sigma^2)^{-1},\ "
    r"(I+\eta\Sigma^2)^{-1}=I-\big(\tfrac1\eta\Sigma^{-2}+I\big)^{-1}\succeq C",
    level=Level.PROVED,
    source="ours",
    uses=("thm-one-sided-reduction",),
    chapter=CHAPTER,
    controls={
        "damped 10 % more": dict(damped=sympy.Rational(11, 10)),
        "not damped": dict(damped=sympy.Integer(0)),
        "C above (I + eta Sigma^2)^-1 by 1 %": dict(slack=0.99),
    },
)
def subspace_iteration(effort, *, damped=sympy.Integer(1), slack=1.0):
    """Words; exact rational steps; the order of the two contractions on random alignments."""
    X, Xt, B, Phi, Phit, M, Mi, S, Si = symbolic.matrices("X Xt B Phi Phit M Mi S Si")
    eta, one = sympy.Symbol("eta"), sympy.Integer(1)
    rules, both = {Xt * X: one}, {S * Si: one, Si * S: one, M * Mi: one, Mi * M: one}
    T, E = Xt * B * X, (1 + eta * M) ** 2 - 1
    steps = (
        symbolic.identity(
            "1 (I + eta B)X = X(I + eta T) + eta(I - P)BX",
            (1 + eta * B) * X,
            X * (1 + eta * damped * T) + eta * (1 - X * Xt) * B * X,
            rules,
        ),
        symbolic.identity("2 S^-1 + (I + eta M)^2 - I - (I + eta M)^2 = W", Si + E - (1 + eta * M) ** 2, Si - 1, both),
        symbolic.identity(
            "2 Phi'(I + E S) = (I + Phi'E Phi)Phi'", Phit * (1 + M * Phi * Phit), (1 + Phit * M * Phi) * Phit
        ),
        symbolic.identity("3 (M^-1/eta + I)eta M = I + eta M", (Mi / eta + damped) * eta * M, 1 + eta * M, both),
        classical("3 D <= I implies N >= (M^-1/eta + I)^-1", "Loewner order"),
    )
    wrong_span, wrong_W, total = subspace_mismatches(effort, damped)
    rng, least = np.random.default_rng(64), np.inf
    for _ in range(effort.pick(60, 600)):
        k = int(rng.integers(1, 5))
        sigma, eta = np.sort(np.append(1.0, rng.uniform(0.1, 1, k - 1)))[::-1], rng.uniform(0.1, 2)
        at = population.random_alignment(40, int(rng.integers(k, 30)), k, rng)
        N = np.linalg.inv(np.diag(sigma**-2.0) / eta + at.D)
        least = min(least, np.linalg.eigvalsh(N - np.diag(1 / (sigma**-2.0 / eta + 1)) / slack)[0])
    rows = (
        Row("least eigenvalue of (I + eta Sigma^2)^-1 - C, random alignments", least, "lower", 0.0, 1e-12, ROUNDING),
        Row(f"exact steps with another span, of {total}", wrong_span, "tight", 0),
        Row("of these, with another W", wrong_W, "tight", 0),
    )
    return Evidence(rows, steps)
