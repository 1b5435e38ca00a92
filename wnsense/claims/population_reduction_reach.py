"""Claims of the chapter on the population dynamics: what the reduction means, for Cayley steps and across sizes."""

from __future__ import annotations

import numpy as np
import sympy

from wnsense import objective, stiefel, weight_normalization
from wnsense.claims.population_reduction import ROUNDING, SIZES
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.prescribed_alignment import direction
from wnsense.problem import GroundTruth, random_ground_truth
from wnsense.proof import symbolic
from wnsense.proof.step import classical

CHAPTER = "population_dynamics"


@claim(
    id="prop-cayley-reduction",
    title="Cayley steps reduce too, to another map",
    statement=r"\text{With Cayley's retraction }S_{t+1}=C_tS_tC_t^\top,"
    r"\ C=\big(L-\tfrac14\eta^2SK\big)\big(I+\tfrac14\eta^2SK\big)^{-1};"
    r"\text{ it differs from the polar }S_{t+1}\text{ by }O(\eta^3)",
    level=Level.PROVED,
    source="ours",
    uses=("thm-population-reduction",),
    chapter=CHAPTER,
    controls={
        "one third for one quarter": dict(quarter=3),
        "the polar step, same recursion": dict(retraction=stiefel.polar),
        "a difference of second order claimed": dict(order=2),
    },
)
def cayley_reduction(effort, *, quarter=4, retraction=stiefel.cayley, order=3):
    """Wen and Yin's formula solved in words; the recursion against the code's step; the order of the difference."""
    X, Xt, V, Vt, C, J, Y, K, Sg = symbolic.matrices("X Xt xi xit C J Phi K Sigma")
    q = sympy.Integer(quarter)
    half, one, eta = sympy.Rational(1, 2), sympy.Integer(1), sympy.Symbol("eta")
    # horizontal: X'xi = 0, C = xi'xi, and J = (I + C/4)^{-1} commutes with C
    rules = {Xt * X: one, Xt * V: 0, Vt * X: 0, Vt * V: C, C * J: q * (1 - J), J * C: q * (1 - J)}
    skew = V * Xt - X * Vt
    new = X * (1 - C / q) * J + V * J
    Yt = symbolic.matrices("Phit")[0]
    steps = (
        symbolic.identity("1 W X = xi for W = xi X' - X xi'", skew * X, V, rules),
        symbolic.identity("2 (I - W/2) X_+ = (I + W/2) X", new - half * skew * new, X + half * V, rules),
        symbolic.identity("3 Phi (Phi'K Phi) = (SK) Phi", Y * (Yt * K * Y), (Y * Yt * K) * Y),
        classical("3 det(I + eta^2 SK/4) = det(I + eta^2 Phi'K Phi/4) >= 1", by="Sylvester"),
        symbolic.identity(
            "3 Phi (I + eta^2 Phi'K Phi / 4) = (I + eta^2 SK/4) Phi",
            Y * (1 + eta**2 * Yt * K * Y / q),
            (1 + eta**2 * Y * Yt * K / q) * Y,
        ),
        *taylor_steps(q, order),
    )
    rng = np.random.default_rng(33)
    gap, slopes = 0.0, []
    for m, r, k in SIZES[:6] * effort.pick(2, 20):
        truth = random_ground_truth(m, k, sigma=np.append(rng.uniform(0.3, 1, k - 1), 1.0), rng=rng)
        problem = objective.Population(truth)
        X = stiefel.random_point(m, r, rng)
        state = weight_normalization.at(problem, X, problem.backprojection(X))
        eta = rng.uniform(0.1, 1.5)
        S = alignment(truth, X)
        for _ in range(10):
            state = weight_normalization.step(problem, weight_normalization.Parameters(eta, 2.0, retraction), state)
            S = dense_cayley(S, truth.sigma, eta, quarter)
            gap = max(gap, np.abs(alignment(truth, state.X) - S).max())
        if r < m:
            slopes.append(difference_order(truth, X))
    rows = (
        Row("S, full Cayley run minus the recursion", gap, "tight", 0, 1e-12, ROUNDING),
        Row(
            "order in eta of Cayley - polar",
            np.median(slopes),
            "tight",
            order,
            0.05,
            "discretisation",
        ),
    )
    return Evidence(rows, steps)


def alignment(truth, X):
    """S = U'XX'U, plainly."""
    Phi = truth.U.T @ X
    return Phi @ Phi.T


def dense_cayley(S, sigma, eta, quarter=4):
    """The recursion of the proposition in floating point."""
    one = np.eye(len(S))
    M = sigma[:, None] * S * sigma
    half = eta**2 / quarter * S @ M @ (one - S) @ M
    C = (one + eta * (one - S) @ M - half) @ np.linalg.inv(one + half)
    return C @ S @ C.T


def difference_order(truth, X):
    """The exponent p of |S_cayley - S_polar| ~ eta^p at small eta, after one step."""
    etas, gaps = np.array([0.02, 0.01]), []
    problem = objective.Population(truth)
    state = weight_normalization.at(problem, X, problem.backprojection(X))
    for eta in etas:
        both = [
            weight_normalization.step(problem, weight_normalization.Parameters(eta, 2.0, turn), state).X
            for turn in (stiefel.polar, stiefel.cayley)
        ]
        gaps.append(np.abs(alignment(truth, both[0]) - alignment(truth, both[1])).max())
    return np.log(gaps[0] / gaps[1]) / np.log(etas[0] / etas[1])


def taylor_steps(q, order):
    """Expansions to third order in eta: they agree up to eta^2; the coefficient of eta^3 is not zero."""
    S, M, D = symbolic.matrices("S M D")
    eta = sympy.Symbol("eta")
    K = M * D * M
    L, Lt = 1 + eta * D * M, 1 + eta * M * D
    # (I + eta^2 KS)^{-1} = I - eta^2 KS + O(eta^4), and likewise for Cayley
    polar = L * S * (1 - eta**2 * K * S) * Lt
    C = (L - eta**2 * S * K / q) * (1 - eta**2 * S * K / q)
    Ct = (1 - eta**2 * K * S / q) * (Lt - eta**2 * K * S / q)
    difference = sympy.expand(C * S * Ct - polar)
    low = sum(difference.coeff(eta, j) * eta**j for j in range(order))
    third = (D * M * S * K * S + S * K * S * M * D) * eta**3 / 4
    return (
        symbolic.identity(f"4 Cayley and polar agree up to eta^{order - 1}", low, 0),
        symbolic.identity(f"4 they differ at eta^{order}", difference.coeff(eta, order) * eta**order, third),
    )


@claim(
    id="prop-only-alignment",
    title="m and r enter through the start alone",
    statement=r"\text{Runs of any }(m,r)\text{ with the same }(\Sigma,S_0,\eta)\text{ have the same }S_t,"
    r"\ \lVert Z_t-A\rVert_F,\ \lVert G_t\rVert_F"
    r"\text{ and nonzero spectrum of }\Theta_t;\quad Q\text{ orthogonal},\ Q\Sigma=\Sigma Q:"
    r"\text{ the start }QS_0Q^\top\text{ leads to }QS_tQ^\top",
    level=Level.PROVED,
    source="ours",
    uses=("thm-population-reduction",),
    chapter=CHAPTER,
    controls={
        "eigenvalues of S_0 alone kept, eigenvectors turned": dict(turned=True),
        "S_0 changed by 1 %": dict(change=0.01),
    },
)
def only_alignment(effort, *, turned=False, change=0.0):
    """Full runs of three sizes from one S_0; nonzero eigenvalues of Theta from those of Sigma S."""
    Y, Yt, Sg = symbolic.matrices("Phi Phit Sigma")
    Q, Qt, S, D = symbolic.matrices("Q Qt S D")
    unit = {Q * Qt: sympy.Integer(1), Qt * Q: sympy.Integer(1)}
    turn = lambda B: Q * B * Qt  # noqa: E731
    steps = (
        symbolic.trace_identity(
            "1 tr Theta^3 = tr (Sigma S)^3, and so each power", (Yt * Sg * Y) ** 3, (Sg * Y * Yt) ** 3
        ),
        classical("1 products BC and CB have the same nonzero eigenvalues", by="Sylvester"),
        symbolic.identity(
            "2 D M turns with Sigma and S", turn(D) * turn(Sg) * turn(S) * turn(Sg), turn(D * Sg * S * Sg), unit
        ),
    )
    rng = np.random.default_rng(34)
    gaps = np.zeros(4)
    for _ in range(effort.pick(4, 40)):
        k = int(rng.integers(2, 4))
        sigma = np.sort(rng.uniform(0.3, 1, k))[::-1]
        V = stiefel.random_point(k, k, rng)
        S = stiefel.sym((V * rng.uniform(0.05, 0.95, k)) @ V.T)
        runs = []
        for m, r in ((2 * k, k), (12, 5), (60, 20)):
            start = S
            if m == 60:
                R = stiefel.random_point(k, k, rng) if turned else np.eye(k)
                start = stiefel.sym(R @ S @ R.T) * (1 - change)
            runs.append(record(random_ground_truth(m, k, sigma=sigma, rng=rng), start, r, rng))
        for other in runs[1:]:
            gaps = np.maximum(gaps, [np.abs(a - b).max() for a, b in zip(runs[0], other)])
    names = ("entry of S_t", "|Z_t - A|", "|G_t|", "nonzero eigenvalues of Theta_t")
    return Evidence(
        [Row(f"{name}, three sizes", gap, "tight", 0, 1e-12, ROUNDING) for name, gap in zip(names, gaps)],
        steps,
    )


def record(truth: GroundTruth, S, r, rng, steps=25):
    """S_t, error, gradient norm and leading eigenvalues of the magnitude along a full run from alignment S."""
    problem = objective.Population(truth)
    X = direction(truth, S, r, rng)
    state = weight_normalization.at(problem, X, problem.backprojection(X))
    parameters, rows = weight_normalization.Parameters(0.5), []
    for _ in range(steps):
        rows.append(
            (
                alignment(truth, state.X),
                state.residual.norm,
                weight_normalization.gradient_norm(problem, state),
                np.linalg.eigvalsh(state.Theta)[-truth.rank :],
            )
        )
        state = weight_normalization.step(problem, parameters, state)
    return [np.array(column) for column in zip(*rows)]
