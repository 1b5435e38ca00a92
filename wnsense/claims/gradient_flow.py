"""The gradient flow of the population: the equation of the alignment, and the flow as the limit of short steps."""

from __future__ import annotations

import numpy as np
import scipy.integrate
import sympy
import z3

from wnsense import flow, objective, population, stiefel, weight_normalization
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.problem import GroundTruth, random_ground_truth
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical

CHAPTER = "gradient_flow"


def dense_gradient(truth, X):
    r"""The Riemannian gradient of F(X) = f(X, X'AX) from its values alone: complex steps, then the tangent part."""
    A, step = truth.A, 1e-30
    gradient = np.empty(X.shape)
    for i in np.ndindex(X.shape):
        Z = X.astype(complex)
        Z[i] += 1j * step
        R = Z @ (Z.T @ A @ Z) @ Z.T - A
        gradient[i] = np.sum(R * R).imag / (4 * step)
    return gradient - X @ stiefel.sym(X.T @ gradient)


def random_start(rng, k, low=-3.0, high=1.3):
    """An alignment with squared tangents between 10^low and 10^high in random directions, at times two equal, at times diagonal."""
    q = 10.0 ** rng.uniform(low, high, k)
    kind = rng.integers(4)
    if kind == 0 and k > 1:
        q[1] = q[0] = q.max()
    Q = np.eye(k) if kind == 1 else stiefel.random_point(k, k, rng)
    return population.Alignment(stiefel.sym((Q * q) @ Q.T))


def random_spectrum(rng, k):
    """Eigenvalues of A, largest 1, at times all but the last equal."""
    sigma = np.sort(np.append(1.0, rng.uniform(0.3, 1.0, k - 1)))[::-1]
    if k > 2 and rng.random() < 0.3:
        sigma[1:-1] = 1.0
    return sigma


def point_of(alignment, extra, rng):
    """A truth's range and a direction X with the given alignment, with `extra` columns and rows that hold nothing of the range."""
    k = len(alignment.W)
    w, V = np.linalg.eigh(alignment.S)
    cos, sin = np.sqrt(w), np.sqrt(np.maximum(1 - w, 0.0))
    X = np.zeros((2 * k + 2 * extra, k + extra))
    X[:k, :k], X[k : 2 * k, :k] = V * cos, np.diag(sin)
    X[2 * k : 2 * k + extra, k:] = np.eye(extra)
    Q = stiefel.random_point(len(X), len(X), rng)
    return Q[:, :k], Q @ X @ stiefel.random_point(k + extra, k + extra, rng)


def flow_identities(*, middle=True, both=True):
    """The noncommutative steps of `lem-flow-equation`; `middle` keeps the S in M = Sigma S Sigma, `both` the second term."""
    X, Xt, U, Ut, Sg, S, Si = symbolic.matrices("X Xt U Ut Sigma S Si")
    eta = sympy.Symbol("eta")
    one = sympy.Integer(1)
    rules = {Xt * X: one, Ut * U: one}
    A, Phi, Phit = U * Sg * Ut, Ut * X, Xt * U
    s = Phi * Phit
    m = Sg * s * Sg if middle else Sg * Sg
    gradient = -(1 - X * Xt) * A * X * Xt * A * X
    gradient_t = -Xt * A * X * Xt * A * (1 - X * Xt)
    velocity = (1 - s) * m * s + (s * m * (1 - s) if both else 0)
    words, D, W = {S * Si: one, Si * S: one}, 1 - S, Si - 1
    M = Sg * S * Sg if middle else Sg * Sg
    Sdot = D * M * S + (S * M * D if both else 0)
    K, R, m_ = symbolic.matrices("K R M")  # R = inv(1 + eta^2 K S)
    L, Lt = 1 + eta * D * m_, 1 + eta * m_ * D
    first = D * m_ * S + (S * m_ * D if both else 0)
    return [
        symbolic.identity("2 -U'G = DM Phi", -Ut * gradient, (1 - s) * m * Phi, rules),
        symbolic.identity("3 S' = DMS + SMD", -Ut * gradient * Phit - Phi * gradient_t * U, velocity, rules),
        symbolic.identity("4 -inv(S) S' inv(S) = -(WM + MW)", Si * Sdot * Si, W * Sg * S * Sg + Sg * S * Sg * W, words),
        symbolic.identity(
            "6a S+ = S + eta(DMS + SMD) + eta^2(DMSMD - LSKSRL'), R = inv(I + eta^2 KS)",
            L * S * R * Lt, S + eta * first + eta**2 * (D * m_ * S * m_ * D - L * S * K * S * R * Lt), {K * S * R: (1 - R) / eta**2},
        ),
    ]


def limit_steps(bracket, lipschitz, factor):
    """The constants of Step 6, in units with sigma_1 = 1: 5 for the bracket, 6 for the field, 2 for their sum."""
    a, b, c, a_, b_, c_ = symbolic.matrices("D M S D' M' S'")
    l, h, d = z3.Reals("L eta delta")
    x, x_, y, z, p_, q_, r_ = z3.Reals("d d' m s first second third")
    number = lambda value: z3.RealVal(str(value))  # noqa: E731
    H, E = sympy.symbols("eta E", positive=True)  # E = (1 + 6 eta)^t
    p, total = sympy.nsimplify(lipschitz), sympy.nsimplify(bracket) + sympy.nsimplify(lipschitz)
    bound = total / p * H * (E - 1)
    unit = [z3.And(0 <= v, v <= 1) for v in (y, z)]
    return [
        smt.inequality(
            "6b |bracket| <= 1 + |L|^2, |L| <= 1 + eta <= 2", 1 + l * l <= number(bracket),
            0 <= l, l <= 1 + h, 0 < h, h <= 1,
        ),
        symbolic.identity(
            "6c DMS - D'M'S' in three differences", a * b * c - a_ * b_ * c_,
            (a - a_) * b * c + a_ * (b - b_) * c + a_ * b_ * (c - c_),
        ),
        smt.inequality("6c one of them is at most |S - S'|", (x - x_) * y * z <= d, *unit, x - x_ <= d, d > 0),
        smt.inequality(
            "6c the field has two such terms of three", 2 * (p_ + q_ + r_) <= number(lipschitz) * d,
            p_ <= d, q_ <= d, r_ <= d, d > 0,
        ),
        symbolic.scalar_identity(
            "6d e_t = (11/6) eta ((1 + 6 eta)^t - 1) solves the recursion", (1 + p * H) * bound + total * H**2,
            total / p * H * ((1 + p * H) * E - 1),
        ),
        smt.inequality("6d 11/6 <= 2", number(bracket) + number(lipschitz) <= number(factor) * number(lipschitz)),
    ]


def step_six_ratios(count):
    """The largest norm of the bracket, and of V(S) - V(S') over |S - S'|, over many alignments with sigma_1 = 1."""
    rng, bracket, lipschitz = np.random.default_rng(27), 0.0, 0.0
    norm = lambda B: np.linalg.norm(B, 2)  # noqa: E731
    for _ in range(count):
        k = int(rng.integers(1, 4))
        Sigma, one, eta = np.diag(random_spectrum(rng, k)), np.eye(k), 10.0 ** rng.uniform(-3, 0)
        V = stiefel.random_point(k, k, rng)
        S = stiefel.sym((V * rng.beta(0.5, 0.5, k)) @ V.T)
        D, M = one - S, Sigma @ S @ Sigma
        exact = (L := one + eta * D @ M) @ S @ np.linalg.inv(one + eta**2 * M @ D @ M @ S) @ L.T
        bracket = max(bracket, norm(exact - S - eta * (D @ M @ S + S @ M @ D)) / eta**2)
        T = stiefel.sym(S + 1e-4 * stiefel.sym(rng.standard_normal((k, k))))
        w, Q = np.linalg.eigh(T)
        T = (Q * np.clip(w, 0, 1)) @ Q.T
        N = Sigma @ T @ Sigma
        change = D @ M @ S - (one - T) @ N @ T
        lipschitz = max(lipschitz, norm(change + change.T) / norm(S - T))
    return bracket, lipschitz


@claim(
    id="lem-flow-equation",
    title="The flow of the alignment",
    statement=r"\dot X=-\operatorname{grad}f(X,X^\top AX)\ \Longrightarrow\ \dot S=DMS+SMD,\ \dot W=-(WM+MW),\ W=S^{-1}-I;\quad"
    r"\eta\le1/\sigma_1^2:\ \lVert S_t-S(\eta t)\rVert\le2\eta\sigma_1^2e^{6\sigma_1^2\eta t}\text{ for RGD}",
    level=Level.PROVED,
    source="ours",
    uses=("thm-population-reduction", "lem-magnitude-step-is-exact"),
    chapter=CHAPTER,
    controls={
        "M = Sigma^2, without the S between": dict(middle=False),
        "the velocity without its second term": dict(both=False),
        "a velocity 10 % too large": dict(constant=1.1),
        "4.5 sigma^4 for the bracket": dict(bracket=4.5),
        "5.4 sigma^2 for the change of the field": dict(lipschitz=5.4),
        "1.8 in the place of 2": dict(factor=1.8),
        "a hundredth of 5, a quarter of 6": dict(bracket=0.05, lipschitz=1.5),
    },
)
def flow_equation(effort, *, middle=True, both=True, constant=1.0, bracket=5, lipschitz=6, factor=2):
    """Identities; then the velocity against complex steps through the loss, the flow in X against that in W, RGD against the flow."""
    rng = np.random.default_rng(21)
    steps = [
        classical("1 existence: a smooth vector field on a compact manifold", "Picard-Lindeloef theorem"),
        *flow_identities(middle=middle, both=both),
        classical("5 rank and definiteness: congruence by a fundamental solution", "linear differential equations"),
        *limit_steps(bracket, lipschitz, factor),
        classical("6e (1 + 6 eta)^t <= e^{6 eta t}", "convexity of the exponential"),
    ]
    steps.sort(key=lambda step: step.label)

    def velocity(sigma, S):
        M = np.diag(sigma) @ (S if middle else np.eye(len(S))) @ np.diag(sigma)
        DMS = (np.eye(len(S)) - S) @ M @ S
        return constant * (DMS + (DMS.T if both else 0))

    worst = 0.0
    for _ in range(effort.pick(8, 200)):
        k = int(rng.integers(1, 4))
        U, X = point_of(random_start(rng, k), int(rng.integers(0, 3)), rng)
        truth = GroundTruth(U, random_spectrum(rng, k))
        dPhi = -truth.U.T @ dense_gradient(truth, X)
        Phi = truth.U.T @ X
        worst = max(worst, np.abs(dPhi @ Phi.T + Phi @ dPhi.T - velocity(truth.sigma, Phi @ Phi.T)).max())
    difference = 0.0
    for _ in range(effort.pick(2, 20)):
        truth = random_ground_truth(7, 2, kappa=2, rng=rng)
        X = stiefel.random_point(7, 3, rng)
        start = population.of_point(truth, X)
        T = 2.0 + start.q
        end = scipy.integrate.solve_ivp(
            lambda _, x: -full_gradient(truth, x.reshape(7, 3)).ravel(), (0, T), X.ravel(), "DOP853", rtol=1e-10, atol=1e-12
        ).y[:, -1].reshape(7, 3)
        expected = scipy.integrate.solve_ivp(
            lambda _, s: velocity(truth.sigma, s.reshape(2, 2)).ravel(), (0, T), start.S.ravel(), "DOP853", rtol=1e-10, atol=1e-12
        ).y[:, -1].reshape(2, 2)
        Phi = truth.U.T @ end
        difference = max(
            difference, np.abs(Phi @ Phi.T - expected).max(),
            np.abs(flow.integrate(truth.sigma, start, [T])[0].S - expected).max(),
        )
    slope, share = limit(effort, velocity)
    norm, ratio = step_six_ratios(effort.pick(400, 20000))
    return Evidence(
        (
            Row(
                "exponent of eta in max |S_t - S(eta t)|, eta from 0.1 down to 0.0125", slope, "tight", 1.0, 0.06,
                "terms of higher order in eta",
            ),
            Row("largest |S_t - S(eta t)| over 2 eta e^{6 eta t}", share, "upper", 1.0),
            Row("largest norm of the bracket in Step 6, sigma_1 = 1", norm, "upper", bracket),
            Row("largest |V(S) - V(S')|/|S - S'|, sigma_1 = 1", ratio, "upper", lipschitz),
            Row(
                "largest |U'X'X'U + transpose - velocity|, complex steps through the loss", worst, "tight", 0.0,
                1e-12, "rounding",
            ),
            Row("largest difference of S: flow of X, of S, of W", difference, "tight", 0.0, 1e-7, "integration"),
        ),
        steps,
    )


def full_gradient(truth, X):
    """The Riemannian gradient at (X, X'AX) from the dense definition."""
    Theta = X.T @ truth.A @ X
    return stiefel.tangent_projection(X, (X @ Theta @ X.T - truth.A) @ X @ Theta)


def limit(effort, velocity):
    """The exponent of eta in the distance between RGD, by the literal algorithm, and the flow, and the largest part of its bound."""
    rng = np.random.default_rng(22)
    truth = random_ground_truth(8, 2, kappa=2, rng=rng)
    problem = objective.Population(truth)
    start = weight_normalization.init(problem, 3, rng)
    Phi, T = truth.U.T @ start.X, 8.0
    etas = 0.1 / 2.0 ** np.arange(effort.pick(4, 6))
    right = lambda _, s: velocity(truth.sigma, s.reshape(2, 2)).ravel()
    solution = scipy.integrate.solve_ivp(
        right, (0, T + 1), (Phi @ Phi.T).ravel(), "DOP853", rtol=1e-10, atol=1e-12, dense_output=True,
    ).sol
    gaps, share = [], 0.0
    for eta in etas:
        state, gap = start, 0.0
        for t in range(1, round(T / eta) + 1):
            state = weight_normalization.step(problem, weight_normalization.Parameters(float(eta)), state)
            Phi = truth.U.T @ state.X
            now = np.linalg.norm(Phi @ Phi.T - solution(eta * t).reshape(2, 2), 2)
            gap, share = max(gap, now), max(share, now / (2 * eta * np.exp(6 * eta * t)))
        gaps.append(gap)
    return np.polyfit(np.log(etas), np.log(gaps), 1)[0], share
