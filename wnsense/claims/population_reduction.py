"""Claims of the chapter on the population dynamics: the reduction to the alignment, for three retractions."""

from __future__ import annotations

import functools

import flint
import numpy as np
import sympy

from wnsense import objective, population, stiefel, weight_normalization
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.prescribed_alignment import direction
from wnsense.problem import random_ground_truth
from wnsense.proof import symbolic
from wnsense.proof.step import classical

CHAPTER = "population_dynamics"
ROUNDING = "rounding"


# --- the recursions, over any ring: floats, exact rationals --------


def reduced_step(S, Sg, one, eta, *, k_factor=1, exchange=False):
    """S_+ = L S (I + eta^2 K S)^{-1} L', as the theorem has it, in the arithmetic of the arguments."""
    D, M = one - S, Sg * S * Sg
    K = M * D * M * k_factor
    L = one + (M * D if exchange else D * M) * eta
    return L * S * (one + K * S * (eta * eta)).inv() * L.transpose()


def reduced_step_of_W(W, Sg, one, eta, *, damped=1):
    """W_+ = F W F, F = I - N, N = eta (M^{-1} + eta D)^{-1}, with all of S, M, D taken from W."""
    D = one - (one + W).inv()
    F = one - (Sg.inv() * (one + W) * Sg.inv() + D * eta * damped).inv() * eta
    return F * W * F


# --- exact instances: A = diag(sigma, 0), any basis B of the span, all entries rational --------


def rational_matrix(rng, rows, columns):
    """Random fractions with small numerators and denominators."""
    return flint.fmpq_mat(
        [[flint.fmpq(int(rng.integers(-4, 5)), int(rng.integers(1, 5))) for _ in range(columns)] for _ in range(rows)]
    )


def diagonal(entries):
    """A diagonal matrix of fractions."""
    return flint.fmpq_mat([[x if i == j else 0 for j in range(len(entries))] for i, x in enumerate(entries)])


def block(M, rows, columns):
    """The leading block."""
    return flint.fmpq_mat([[M[i, j] for j in range(columns)] for i in range(rows)])


def rational_instance(rng, kind="generic"):
    """A, a basis B (m, r) of full rank, Sigma, eta, k.

    "deficient": a direction of range(A) is orthogonal to the span; "aligned": the span holds one, no eigenvector of A.
    """
    while True:
        m = int(rng.integers(2, 6))
        k = int(rng.integers(1 if kind == "generic" else 2, m + 1))
        r = int(rng.integers(1, k if kind == "deficient" and rng.random() < 0.5 else m + 1))
        sigma = [flint.fmpq(int(rng.integers(1, 9)), int(rng.integers(1, 5))) for _ in range(k)]
        B = rational_matrix(rng, m, r)
        u = rational_matrix(rng, k, 1)
        u = flint.fmpq_mat([[u[i, 0] if i < k else 0] for i in range(m)])
        length = (u.transpose() * u)[0, 0]
        if kind == "deficient" and r >= k and length != 0:
            B = B - u * (u.transpose() * B) / length
        if kind == "aligned":
            B = flint.fmpq_mat([[u[i, 0], *(B[i, j] for j in range(1, r))] for i in range(m)])
        if B.rank() == r and (kind != "deficient" or block(projection(B), k, k).rank() < k):
            break
    eta = flint.fmpq(int(rng.integers(1, 50)), 8) / max(sigma) ** 2  # far beyond 2/sigma_1^2, too: any step will do
    return diagonal(sigma + [0] * (m - k)), B, diagonal(sigma), eta, k


def projection(B):
    """The projection on the range of B."""
    return B * (B.transpose() * B).inv() * B.transpose()


def dense_step(A, B, eta):
    """A basis of range(X - eta G), from the definition: X Theta = PAX, G = (PAP - A)PAX, and X may be any basis."""
    P = projection(B)
    return B - (P * A * P - A) * P * A * B * eta


@functools.cache  # controls share what they leave as it is
def identities(mu, k_factor, exchange, damped):
    """The identities of the proof in words of matrices of any size; the arguments carry the sabotage."""
    X, Xt, U, Ut, Sg, Th, Y, Yt = symbolic.matrices("X Xt U Ut Sigma Theta Phi Phit")
    S, M, Si, Mi = symbolic.matrices("S M Si Mi")
    eta, one = sympy.Symbol("eta"), sympy.Integer(1)
    rules = {Xt * X: one, Ut * U: one}
    A, Phi, Phit = U * Sg * Ut, Ut * X, Xt * U
    s = Phi * Phit
    D_, M_ = 1 - s, Sg * s * Sg
    theta, P = Xt * A * X, X * Xt
    G = -(1 - P) * A * X * theta
    Gt = -theta * Xt * A * (1 - P)
    L_ = 1 + eta * (M_ * D_ if exchange else D_ * M_)
    K_ = k_factor * M_ * D_ * M_
    D = 1 - S
    K, L, Lt = k_factor * M * D * M, 1 + eta * D * M, 1 + eta * M * D
    both = {S * Si: one, Si * S: one}
    W, F = Si - 1, 1 - eta * S * M  # F = (I - eta S M) L^{-1}
    given = symbolic.matrices("k")[0]  # K as a letter, where only its symmetry counts
    return (
        symbolic.identity("1 mu = 2: Theta - mu(Theta - X'AX)/2 = X'AX", Th - mu * (Th - Xt * A * X) / 2, Xt * A * X),
        symbolic.identity("2 X'G~ = 0, and G~ = -(I - P)AX Theta", (X * theta * Xt - A) * X * theta, G, rules),
        symbolic.identity("3 U'(X - eta G) = L Phi", Ut * (X - eta * G), L_ * Phi, rules),
        symbolic.identity(
            "4 (X - eta G)'(X - eta G) = I + eta^2 Phi'K Phi",
            (Xt - eta * Gt) * (X - eta * G),
            1 + eta**2 * Phit * K_ * Phi,
            rules,
        ),
        symbolic.identity(
            "5 Phi'(I + eta^2 K S) = (I + eta^2 Phi'K Phi)Phi'",
            Yt * (1 + eta**2 * given * Y * Yt),
            (1 + eta**2 * Yt * given * Y) * Yt,
        ),
        classical("5 det(I + eta^2 K S) = det(I + eta^2 Phi'K Phi) >= 1", by="Sylvester"),
        symbolic.identity("6 ML = M + eta M D M", M * L, M + eta * M * D * M),
        classical("7 factors L and (I + Gamma)^-1 that are invertible keep the rank", by="linear algebra"),
        symbolic.identity("8 (S^-1 + eta^2 K)S = I + eta^2 K S", (Si + eta**2 * K) * S, 1 + eta**2 * K * S, both),
        symbolic.identity(
            "9 S^-1 + eta^2 K - L'L = (I - eta M S) W (I - eta S M)",
            Si + eta**2 * K - Lt * L,
            (1 - eta * M * S) * W * F,
            both,
        ),
        symbolic.identity("10 I - eta S M = L - eta M", F, L - eta * M),
        symbolic.identity(
            "10 (M^-1/eta + D) eta M = L, so eta M L^-1 = N",
            (Mi / eta + damped * D) * eta * M,
            L,
            {Mi * M: one},
        ),
    )


@functools.cache
def exact_mismatches(effort, k_factor, exchange, damped, gained):
    """Exact rational instances: how many break the recursion of S, of W, or the rank of S; of how many."""
    rng = np.random.default_rng(31)
    wrong = wrong_W = moved = regular = total = 0
    factor = flint.fmpq(int(k_factor.p), int(k_factor.q))
    for i in range(effort.pick(60, 600)):
        A, B, Sg, eta, k = rational_instance(rng, ("generic", "deficient", "aligned")[i % 3])
        one = diagonal([flint.fmpq(1)] * k)
        S = block(projection(B), k, k)
        new = block(projection(dense_step(A, B, eta)), k, k)
        total += 1
        wrong += reduced_step(S, Sg, one, eta, k_factor=factor, exchange=exchange) != new
        moved += new.rank() != min(S.rank() + gained, k)
        if S.rank() == k:
            regular += 1
            wrong_W += (
                reduced_step_of_W(S.inv() - one, Sg, one, eta, damped=flint.fmpq(int(damped.p), int(damped.q)))
                != new.inv() - one
            )
    return wrong, wrong_W, moved, regular, total


@functools.cache
def stuck_error(effort, steps=300):
    """The least |Z_t - A|_F / (sigma_{rho+1}^2 + ..)^{1/2} along full runs from S_0 of rank rho < r_A."""
    rng, least = np.random.default_rng(35), np.inf
    cases = (10, 4, 3, 2), (9, 2, 3, 2), (12, 6, 2, 1), (12, 1, 3, 1), (14, 5, 4, 2)
    for m, r, k, rank in cases * effort.pick(1, 5):
        truth = random_ground_truth(m, k, kappa=1.5, rng=rng)
        if r < k:
            X = stiefel.random_point(m, r, rng)
        else:
            V, cosines = stiefel.random_point(k, k, rng), np.append(np.zeros(k - rank), rng.uniform(0.5, 1, rank))
            X = direction(truth, stiefel.sym((V * cosines) @ V.T), r, rng)
        problem = objective.Population(truth)
        state = weight_normalization.at(problem, X, problem.backprojection(X))
        for _ in range(steps):
            state = weight_normalization.step(problem, weight_normalization.Parameters(0.8), state)
            least = min(least, state.residual.norm / np.linalg.norm(truth.sigma[rank:]))
    return least


@claim(
    id="thm-population-reduction",
    title="The population dynamics is r_A x r_A",
    statement=r"\mathcal M^*\mathcal M=I,\ \mu=2:\quad S_{t+1}=L_tS_t(I+\eta^2K_tS_t)^{-1}L_t^\top,\quad"
    r" L=I+\eta DM,\ K=MDM,\ M=\Sigma S\Sigma,\ D=I-S;"
    r"\quad\operatorname{rank}S_{t+1}=\operatorname{rank}S_t;\quad W=S^{-1}-I:\ W_{t+1}=F_tW_tF_t,"
    r"\ F=I-N,\ N=\big(\tfrac1\eta M^{-1}+D\big)^{-1}",
    level=Level.PROVED,
    source="ours",
    uses=("lem-magnitude-step-is-exact", "lem-population-loss", "lem-polar-paper-form", "lem-qr-polar-same-span"),
    chapter=CHAPTER,
    controls={
        "K 10 % too large": dict(k_factor=sympy.Rational(11, 10)),
        "L = I + eta M D, factors exchanged": dict(exchange=True),
        "F = I - eta M, the damping eta D dropped": dict(damped=sympy.Integer(0)),
        "damping 10 % too large": dict(damped=sympy.Rational(11, 10)),
        "mu = 1.9": dict(mu=sympy.Rational(19, 10)),
        "the Cayley retraction, same recursion": dict(retraction=stiefel.cayley),
        "a singular S claimed to gain a rank in each step": dict(gained=1),
        "an error 10 % larger claimed for singular starts": dict(floor=1.1),
    },
)
def population_reduction(
    effort,
    *,
    k_factor=sympy.Integer(1),
    exchange=False,
    damped=sympy.Integer(1),
    mu=sympy.Integer(2),
    retraction=None,
    gained=0,
    floor=1.0,
):
    """Words; exact rational steps from the definitions; the code's reduced run beside the code's full run."""
    sigma, D = symbolic.matrices("Sigma D")
    steps = (
        *identities(mu, k_factor, exchange, damped),
        classical("11 rank rho: at least sqrt(sigma_{rho+1}^2 + ...) from A", by="Eckart-Young"),
        symbolic.trace_identity(
            "12 tr Sigma^2 - tr(Sigma S)^2 = 2 tr(Sigma^2 D) - tr(Sigma D)^2",
            sigma**2 - (sigma * (1 - D)) ** 2,
            2 * sigma**2 * D - (sigma * D) ** 2,
            None,
            {sigma: sigma, D: D},
        ),
    )
    wrong, wrong_W, moved, regular, total = exact_mismatches(effort, k_factor, exchange, damped, gained)
    gap, angle_gap, error_gap = full_against_reduced(effort, retraction, float(mu))
    rows = (
        Row("S, full minus reduced run, 40 steps", gap, "tight", 0, 1e-12, ROUNDING),
        Row("largest principal angle, the same", angle_gap, "tight", 0, 1e-12, ROUNDING),
        Row("relative error of Z, the same", error_gap, "tight", 0, 1e-12, ROUNDING),
        Row(f"exact steps that break the recursion of S, of {total}", wrong, "tight", 0),
        Row(f"exact steps that break the recursion of W, of {regular}", wrong_W, "tight", 0),
        Row(f"exact steps that change the rank of S, of {total}", moved, "tight", 0),
        Row("steps from a singular S among them", total - regular, "lower", 20),
        Row("S_0 of rank rho < r_A: least error / bound", stuck_error(effort), "lower", floor, 1e-12, ROUNDING),
    )
    return Evidence(rows, steps)


SIZES = ((12, 5, 3), (30, 3, 3), (8, 8, 3), (20, 4, 1), (7, 1, 1), (9, 7, 4), (400, 12, 5))


@functools.cache
def full_against_reduced(effort, retraction, mu, steps=40):
    """The code's full algorithm beside its reduced recursion: worst gaps of S, of the largest angle, of the error."""
    rng = np.random.default_rng(32)
    worst = np.zeros(3)
    for m, r, k in SIZES * effort.pick(1, 10):
        truth = random_ground_truth(m, k, sigma=np.append(rng.uniform(0.1, 1, k - 1), 1.0), rng=rng)
        problem = objective.Population(truth)
        X = stiefel.random_point(m, r, rng)
        state = weight_normalization.at(problem, X, problem.backprojection(X))
        reduced = population.of_point(truth, X)
        eta = rng.uniform(0.1, 1.9)
        for t in range(steps):
            turn = (stiefel.polar, stiefel.qr)[t % 2] if retraction is None else retraction
            state = weight_normalization.step(problem, weight_normalization.Parameters(eta, mu, turn), state)
            reduced = population.step(truth.sigma, eta, reduced)
            Phi = truth.U.T @ state.X
            gaps = (
                np.abs(Phi @ Phi.T - reduced.S).max(),
                abs(np.arctan(np.sqrt(population.of_point(truth, state.X).q)) - np.arctan(np.sqrt(reduced.q))),
                abs(state.residual.norm - reduced.error(truth.sigma)) / truth.norm,
            )
            worst = np.maximum(worst, gaps)
    return worst
