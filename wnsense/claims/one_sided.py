"""Claims of the chapter on one-sided weight normalization: its steps, the modified step, and the reduction."""

from __future__ import annotations

import functools

import flint
import numpy as np
import sympy

from wnsense import asymmetric, one_sided, one_sided_population, population, stiefel
from wnsense.claims.population_reduction import block, diagonal, projection, rational_instance
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.modified_step import modified_step
from wnsense.proof import symbolic
from wnsense.proof.step import classical
from wnsense.rectangular import random_rectangular_truth
from wnsense.rectangular_objective import Population

CHAPTER = "one_sided"
ROUNDING = "rounding"
SHAPES = ((9, 6, 4, 3), (6, 9, 5, 2), (1, 5, 1, 1), (7, 1, 3, 1), (12, 12, 12, 4), (30, 8, 5, 3))  # n_1, n_2, r, r_A


def instances(rng, count):
    """Random truths of all shapes, with a direction and an arbitrary free factor."""
    for n_1, n_2, r, k in SHAPES * count:
        truth = random_rectangular_truth(n_1, n_2, k, sigma=np.append(rng.uniform(0.1, 1, k - 1), 1.0), rng=rng)
        yield truth, stiefel.random_point(n_1, r, rng), rng.standard_normal((n_2, r))


def complex_step(weight, A, X, G, V, W):
    """The derivative of weight |X G' - A|_F^2 in the direction (V, W), to rounding."""
    h = 1e-20
    Z = (X + 1j * h * V) @ (G + 1j * h * W).T - A
    return float(weight * np.imag(np.sum(Z * Z)) / h)


@functools.cache
def deviations(effort, mu, weight, projected):
    """Largest deviations of the code: gradients, free step, direction, norms; and the largest error over its bound."""
    rng, worst = np.random.default_rng(41), np.zeros(5)
    for truth, X, G in instances(rng, effort.pick(2, 20)):
        A, problem, P = truth.A, Population(truth), X @ X.T
        V, W = rng.standard_normal(X.shape), rng.standard_normal(G.shape)
        R = problem.residual(X, G)
        slope = np.sum(R.right(G) * V) + np.sum(R.left(X) * W)
        # eta so small that X stays where it is: what is left of the step is that of G
        free = one_sided.step(problem, one_sided.Parameters(1e-300, mu), one_sided.at(problem, X, G)).G
        state = one_sided.at(problem, X, A.T @ X)
        S = truth.U.T @ P @ truth.U
        Sg2, D = np.diag(truth.sigma**2), np.eye(truth.rank) - S
        gradient = -(np.eye(len(X)) - projected * P) @ A @ A.T @ X
        error = np.linalg.norm(A - P @ A) ** 2
        gaps = (
            slope - complex_step(weight, A, X, G, V, W),
            np.abs(free - A.T @ X).max(),
            np.abs(stiefel.tangent_projection(X, state.residual.right(state.G)) - gradient).max(),
            np.abs(
                (error - np.trace(Sg2 @ D), one_sided.gradient_norm(problem, state) ** 2 - np.trace(Sg2 @ D @ Sg2 @ S))
            ).max(),
        )
        bound = np.linalg.eigvalsh(D)[-1] * truth.norm**2
        worst = np.maximum(worst, (*np.abs(gaps), error / bound if bound > 1e-12 else 0.0))
    return worst


@claim(
    id="lem-one-sided-steps",
    title="The free step is exact and the direction is horizontal",
    statement=r"\mathcal M^*\mathcal M=I,\ X^\top X=I,\ \mu=1:\ G_+=A^\top X;\quad G=A^\top X:\ "
    r"\operatorname{grad}_Xf=-(I-XX^\top)AA^\top X,\ "
    r"\lVert XG^\top-A\rVert_F^2=\operatorname{tr}(\Sigma^2D)\le(1-\lambda)\lVert A\rVert_F^2",
    level=Level.PROVED,
    source="ours",
    uses=("thm-riemannian-gradient",),
    chapter=CHAPTER,
    controls={
        "mu = 0.9": dict(mu=0.9),
        "the loss without its half": dict(weight=1.0),
        "the direction not projected": dict(projected=0),
        "a tenth less error claimed": dict(constant=0.9),
    },
)
def steps_of_the_method(effort, *, mu=1.0, weight=0.5, projected=1, constant=1.0):
    """Words for matrices of any size; then the code against dense matrices and complex steps."""
    X, Xt, A, At, G, U, Ut, V, Vt, Sg = symbolic.matrices("X Xt A At G U Ut V Vt Sigma")
    one = sympy.Integer(1)
    rules = {Xt * X: one, Ut * U: one, Vt * V: one}
    P, full, transposed = X * Xt, U * Sg * Vt, V * Sg * Ut
    S = Ut * P * U
    D = 1 - S
    steps = (
        symbolic.identity("2 G - mu (XG' - A)'X = A'X", G - sympy.nsimplify(mu) * (G * Xt - At) * X, At * X, rules),
        symbolic.identity(
            "3 (XG' - A)G = -(I - P)AA'X at G = A'X", (P * A - A) * At * X, -(1 - projected * P) * A * At * X, rules
        ),
        symbolic.identity("3 X'(I - P) = 0: horizontal", Xt * (1 - projected * P), 0 * X, rules),
        symbolic.trace_identity(
            "4 |A - PA|^2 = tr(Sigma^2 D)", transposed * (1 - P) * (1 - P) * full, Sg * Sg * D, rules
        ),
        symbolic.trace_identity(
            "4 |grad|^2 = tr(Sigma^2 D Sigma^2 S)",
            Xt * full * transposed * (1 - P) * (1 - P) * full * transposed * X,
            Sg**2 * D * Sg**2 * S,
            rules,
        ),
        classical("4 tr(Sigma^2 D) <= (1 - lambda)tr(Sigma^2)", "tr(BC) >= 0 for psd B, C"),
    )
    slope, free, direction, norms, loosest = deviations(effort, mu, weight, projected)
    rows = (
        Row("largest squared error over (1 - lambda)|A|^2", loosest, "upper", constant, 1e-12, ROUNDING),
        Row("gradients against complex steps", slope, "tight", 0, 1e-12, ROUNDING),
        Row("G after a step of the code, against A'X", free, "tight", 0, 1e-12, ROUNDING),
        Row("tangent part in the code, against -(I - P)AA'X", direction, "tight", 0, 1e-12, ROUNDING),
        Row("squared error and squared gradient, against dense norms", norms, "tight", 0, 1e-12, ROUNDING),
    )
    return Evidence(rows, steps)


@functools.cache
def after_modified_step(effort, power, drift):
    """Deviations after the modified step: the free step, the direction of F, the drift of F'F, two identical steps."""
    rng, worst = np.random.default_rng(43), np.zeros(4)
    for truth, X, G in instances(rng, effort.pick(2, 20)):
        r = min(X.shape[1], truth.shape[0])
        F, G = modified_step(rng.standard_normal(X.shape), G)
        beta2 = np.linalg.norm(F, 2) ** 2
        P, problem, A = F / np.sqrt(beta2), Population(truth), truth.A
        exact = G - beta2**-power * problem.residual(F, G).left(F)
        G = A.T @ F / beta2
        H = problem.residual(F, G).right(G)
        horizontal = -(A @ A.T @ P - P @ (P.T @ A @ A.T @ P)) / np.sqrt(beta2)
        eta = 0.1
        state = asymmetric.step(problem, asymmetric.Parameters(eta), asymmetric.at(problem, F, G))
        direct = one_sided.step(
            problem, one_sided.Parameters(eta / beta2), one_sided.at(problem, P, np.sqrt(beta2) * G)
        )
        gaps = (
            np.abs(exact - A.T @ F / beta2).max(),
            np.abs(H - horizontal).max(),
            np.abs(state.F.T @ state.F - beta2 * np.eye(r) - drift * eta**2 * H.T @ H).max(),
            np.abs(direct.X - stiefel.polar(P, (state.F - F) / np.sqrt(beta2))).max(),
        )
        worst = np.maximum(worst, gaps)
    return worst


@claim(
    id="prop-once-or-for-ever",
    title="Once or for ever",
    statement=r"\mathcal M^*\mathcal M=I,\ F^\top F=\beta^2I,\ P=F/\beta:\ \ "
    r"G-\beta^{-2}R^\top F=\beta^{-2}A^\top F,\ \text{there }"
    r"RG=-\tfrac1\beta(I-PP^\top)AA^\top P,\ "
    r"F_+^\top F_+=\beta^2I+\eta^2(RG)^\top RG;\ "
    r"\beta\operatorname{Retr}_P(-\tfrac\eta\beta RG)\text{ is one-sided weight normalization with step }\eta/\beta^2",
    level=Level.PROVED,
    source="ours",
    uses=("lem-one-sided-steps",),
    chapter=CHAPTER,
    controls={
        "the free step of size 1/beta": dict(power=0.5),
        "a drift 10 % larger": dict(drift=1.1),
        "no drift": dict(drift=0.0),
    },
)
def once_or_for_ever(effort, *, power=1.0, drift=1.0):
    """Words, F = beta P; then the two methods from the same point after a modified step."""
    P, Pt, A, At, G = symbolic.matrices("P Pt A At G")
    beta, eta = sympy.symbols("beta eta", positive=True)
    rules = {Pt * P: sympy.Integer(1)}
    H, Ht = -(1 - P * Pt) * A * At * P / beta, -Pt * A * At * (1 - P * Pt) / beta
    new, new_t = beta * P - eta * H, beta * Pt - eta * Ht
    exact = At * P / beta
    steps = (
        symbolic.identity(
            "1 G - (FG' - A)'F/beta^2 = A'F/beta^2",
            G - beta ** (-2 * sympy.nsimplify(power)) * (beta * G * Pt - At) * beta * P,
            exact,
            rules,
        ),
        symbolic.identity("2 (FG' - A)G = -(I - PP')AA'P/beta", (P * Pt * A - A) * exact, H, rules),
        symbolic.identity(
            "3 F_+'F_+ = beta^2 I + eta^2 (RG)'RG",
            new_t * new,
            beta**2 + sympy.nsimplify(drift) * eta**2 * Ht * H,
            rules,
        ),
        symbolic.identity(
            "4 F_+/beta = P + (eta/beta^2)(I - PP')AA'P",
            new / beta,
            P + eta / beta**2 * (1 - P * Pt) * A * At * P,
            rules,
        ),
    )
    labels = (
        "free step of size 1/beta^2, against A'F/beta^2",
        "gradient in F, against its horizontal form",
        "F'F after a step of gradient descent, against beta^2 I + eta^2 (RG)'RG",
        "F_+ retracted, against a one-sided step of size eta/beta^2",
    )
    gaps = after_modified_step(effort, power, drift)
    return Evidence([Row(text, gap, "tight", 0, 1e-9, ROUNDING) for text, gap in zip(labels, gaps)], steps)


# --- the reduction --------


def dense_step(A, B, eta):
    """A basis of range(X - eta grad) from the definition: (XG' - A)G with XG' = PA; B is X times a regular matrix."""
    return B - (projection(B) * A - A) * (A.transpose() * B) * eta


def reduced_step(S, M, one, eta, *, k_factor=1, exchange=False):
    """S_+ = L S (I + eta^2 K S)^{-1} L' with a given M."""
    D = one - S
    K = M * D * M * k_factor
    L = one + (M * D if exchange else D * M) * eta
    return L * S * (one + K * S * (eta * eta)).inv() * L.transpose()


def tangent_step(W, M, one, eta, *, damped=1):
    """W_+ = CWC with C = I - (M^-1/eta + D)^-1."""
    D = one - (one + W).inv()
    C = one - (M.inv() + D * eta * damped).inv() * eta
    return C * W * C


@functools.cache
def exact_mismatches(effort, k_factor, exchange, damped, power):
    """Exact rational instances: how many break the recursion of S, of W, or the rank of S; of how many."""
    rng = np.random.default_rng(44)
    wrong = wrong_W = moved = regular = total = 0
    for i in range(effort.pick(60, 600)):
        A, B, Sg, eta, k = rational_instance(rng, ("generic", "deficient", "aligned")[i % 3])
        # rectangular: surplus columns of A, which is zero there, are cut off or added
        columns = int(rng.integers(k, A.ncols() + 3))
        A = flint.fmpq_mat([[A[a, b] if b < A.ncols() else 0 for b in range(columns)] for a in range(A.nrows())])
        one, M = diagonal([flint.fmpq(1)] * k), Sg**power
        S = block(projection(B), k, k)
        new = block(projection(dense_step(A, B, eta)), k, k)
        total += 1
        wrong += reduced_step(S, M, one, eta, k_factor=rational(k_factor), exchange=exchange) != new
        moved += new.rank() != S.rank()
        if S.rank() == k:
            regular += 1
            wrong_W += tangent_step(S.inv() - one, M, one, eta, damped=rational(damped)) != new.inv() - one
    return wrong, wrong_W, moved, regular, total


def rational(x):
    """A SymPy rational as FLINT's."""
    return flint.fmpq(int(x.p), int(x.q))


@functools.cache
def full_against_reduced(effort, mu, retraction, steps=40):
    """The code's full method beside its reduced recursion: worst gaps of S, of the largest angle, of the error."""
    rng, worst = np.random.default_rng(45), np.zeros(3)
    for truth, X, _ in instances(rng, effort.pick(1, 10)):
        problem, eta = Population(truth), rng.uniform(0.1, 1.9)
        if X.shape[1] < truth.rank:
            continue
        state, reduced = one_sided.start_from(problem, X), population.of_point(truth, X)
        for t in range(steps):
            turn = (stiefel.polar, stiefel.qr)[t % 2] if retraction is None else retraction
            state = one_sided.step(problem, one_sided.Parameters(eta, mu, turn), state)
            reduced = one_sided_population.step(truth.sigma, eta, reduced)
            Phi = truth.U.T @ state.X
            gaps = (
                np.abs(Phi @ Phi.T - reduced.S).max(),
                abs(np.arctan(np.sqrt(population.of_point(truth, state.X).q)) - np.arctan(np.sqrt(reduced.q))),
                abs(state.residual.norm - one_sided_population.error(truth.sigma, reduced)) / truth.norm,
            )
            worst = np.maximum(worst, gaps)
    return worst


@claim(
    id="thm-one-sided-reduction",
    title="The one-sided dynamics is r_A x r_A",
    statement=r"\mathcal M^*\mathcal M=I,\ \mu=1:\quad S_{t+1}=L_tS_t(I+\eta^2K_tS_t)^{-1}L_t^\top,\quad"
    r" L=I+\eta D\Sigma^2,\ K=\Sigma^2D\Sigma^2;"
    r"\quad\operatorname{rank}S_{t+1}=\operatorname{rank}S_t;\quad W=S^{-1}-I:\ W_{t+1}=C_tW_tC_t,"
    r"\ C=I-N,\ N=\big(\tfrac1\eta\Sigma^{-2}+D\big)^{-1}",
    level=Level.PROVED,
    source="ours",
    uses=("lem-one-sided-steps", "lem-qr-polar-same-span", "lem-polar-paper-form"),
    chapter=CHAPTER,
    controls={
        "K 10 % too large": dict(k_factor=sympy.Rational(11, 10)),
        "L = I + eta Sigma^2 D, factors exchanged": dict(exchange=True),
        "damping 10 % too large": dict(damped=sympy.Rational(11, 10)),
        "Sigma in the place of Sigma^2": dict(power=1),
        "mu = 0.9": dict(mu=0.9),
        "the Cayley retraction, same recursion": dict(retraction=stiefel.cayley),
    },
)
def reduction(
    effort, *, k_factor=sympy.Integer(1), exchange=False, damped=sympy.Integer(1), power=2, mu=1.0, retraction=None
):
    """Words; exact rational steps from the definition; the code's reduced run beside the code's full run."""
    wrong, wrong_W, moved, regular, total = exact_mismatches(effort, k_factor, exchange, damped, power)
    gap, angle_gap, error_gap = full_against_reduced(effort, mu, retraction)
    rows = (
        Row("S, full minus reduced run, 40 steps", gap, "tight", 0, 1e-12, ROUNDING),
        Row("largest principal angle, the same", angle_gap, "tight", 0, 1e-12, ROUNDING),
        Row("relative error, the same", error_gap, "tight", 0, 1e-12, ROUNDING),
        Row(f"exact steps that break the recursion of S, of {total}", wrong, "tight", 0),
        Row(f"exact steps that break the recursion of W, of {regular}", wrong_W, "tight", 0),
        Row(f"exact steps that change the rank of S, of {total}", moved, "tight", 0),
        Row("steps from a singular S among them", total - regular, "lower", 10),
    )
    return Evidence(rows, reduction_identities(k_factor, exchange, damped, power))


@functools.cache  # controls share what they leave as it is
def reduction_identities(k_factor, exchange, damped, power):
    """The identities of the proof in words of matrices of any size; the arguments carry the sabotage."""
    X, Xt, U, Ut, V, Vt, Sg, Y, Yt = symbolic.matrices("X Xt U Ut V Vt Sigma Phi Phit")
    S, Si, M, Mi, given = symbolic.matrices("S Si M Mi k")
    eta, one = sympy.Symbol("eta"), sympy.Integer(1)
    rules = {Xt * X: one, Ut * U: one, Vt * V: one}
    Phi, Phit, P, squares = Ut * X, Xt * U, X * Xt, U * Sg**2 * Ut
    D_, M_ = 1 - Phi * Phit, Sg**power
    L_ = 1 + eta * (M_ * D_ if exchange else D_ * M_)
    D, W, both = 1 - S, Si - 1, {S * Si: one, Si * S: one, M * Mi: one, Mi * M: one}
    K, L, Lt = k_factor * M * D * M, 1 + eta * D * M, 1 + eta * M * D
    return (
        symbolic.identity("1 AA' = U Sigma^2 U'", U * Sg * Vt * V * Sg * Ut, squares, rules),
        symbolic.identity("2 U'(X - eta grad) = L Phi", Ut * (X + eta * (1 - P) * squares * X), L_ * Phi, rules),
        symbolic.identity(
            "3 (X - eta grad)'(X - eta grad) = I + eta^2 Phi'K Phi",
            (Xt + eta * Xt * squares * (1 - P)) * (X + eta * (1 - P) * squares * X),
            1 + eta**2 * Phit * (k_factor * M_ * D_ * M_) * Phi,
            rules,
        ),
        symbolic.identity(
            "4 Phi'(I + eta^2 K S) = (I + eta^2 Phi'K Phi)Phi'",
            Yt * (1 + eta**2 * given * Y * Yt),
            (1 + eta**2 * Yt * given * Y) * Yt,
        ),
        classical("4 det(I + eta^2 K S) = det(I + eta^2 Phi'K Phi) >= 1", "Sylvester"),
        symbolic.identity("5 L = (M^-1 + eta D)M is invertible", L, (Mi + eta * damped * D) * M, both),
        classical("5 invertible factors keep the rank", "linear algebra"),
        symbolic.identity(
            "6 S^-1 + eta^2 K - L'L = (I - eta MS) W (I - eta SM)",
            Si + eta**2 * K - Lt * L,
            (1 - eta * M * S) * W * (1 - eta * S * M),
            both,
        ),
        symbolic.identity("7 I - eta SM = L - eta M", 1 - eta * S * M, L - eta * M),
        symbolic.identity("7 (M^-1/eta + D) eta M = L, so eta M L^-1 = N", (Mi / eta + damped * D) * eta * M, L, both),
    )
