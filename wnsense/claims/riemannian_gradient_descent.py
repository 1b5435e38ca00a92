"""Claims of the chapter on Riemannian gradient descent: the algorithm, the magnitude step, loss and alignment.

Its theorem is in `monotone_loss`, its experiments in `descent_experiments`.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
import sympy

from wnsense import objective, sensing, stiefel, weight_normalization
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.packing import unpack
from wnsense.problem import random_ground_truth
from wnsense.proof import symbolic

CHAPTER = "riemannian_gradient_descent"
ROUNDING = "rounding of a few hundred float64 operations"


def literal_step(M, y, X, Theta, eta, mu=2.0, tangent=0.5):
    """Algorithm 1 as printed, with dense (n, m, m) matrices and `scipy.linalg`: it shares no code with the package."""
    E = np.tensordot(np.array([np.trace(Mi @ X @ Theta @ X.T) for Mi in M]) - y, M, axes=1)
    Gt = E @ X @ Theta
    G = (np.eye(len(X)) - X @ X.T) @ Gt + tangent * X @ (X.T @ Gt - Gt.T @ X)
    X_new = (X - eta * G) @ scipy.linalg.inv(scipy.linalg.sqrtm(np.eye(X.shape[1]) + eta**2 * G.T @ G))
    E = np.tensordot(np.array([np.trace(Mi @ X_new @ Theta @ X_new.T) for Mi in M]) - y, M, axes=1)
    return X_new, Theta - mu * X_new.T @ E @ X_new / 2, Gt


def literal_gradients(M, y, X, Theta):
    """The gradients of f in X and in Theta by complex-step differentiation of the sum of squares: exact to rounding."""

    def f(X, Theta):
        e = np.einsum("iab,ab->i", M, X @ Theta @ X.T) - y
        return np.sum(e * e) / 4

    h, gradients = 1e-30, []
    for which, B in enumerate((X, Theta)):
        gradient = np.zeros(B.shape)
        for index in np.ndindex(B.shape):
            shifted = [X.astype(complex), Theta.astype(complex)]
            shifted[which][index] += 1j * h
            gradient[index] = f(*shifted).imag / h
        gradients.append(gradient)
    return gradients


@claim(
    id="alg-rgd",
    title="Riemannian gradient descent",
    statement=r"X_{t+1}=(X_t-\eta G_t)(I_r+\eta^2G_t^\top G_t)^{-1/2},\quad"
    r"\Theta_{t+1}=\Theta_t-\mu\nabla_\Theta f(X_{t+1},\Theta_t)",
    level=Level.TESTED,
    source="wei2025, Algorithm 1",
    uses=("thm-riemannian-gradient", "lem-tangent-projection", "lem-polar-paper-form"),
    chapter=CHAPTER,
    controls={
        "mu = 1.9 for 2": dict(mu=1.9),
        "the skew tangent term X skew(X'G) dropped": dict(tangent=0.0),
        "the skew tangent term 10 % too large": dict(tangent=0.55),
        "the step 1 % too long": dict(stretch=1.01),
    },
)
def algorithm(effort, *, mu=2.0, tangent=0.5, stretch=1.0):
    """`weight_normalization.step` against the literal algorithm over random problems; the gradients."""
    rng = np.random.default_rng(1175)
    worst = gradient_gap = 0.0
    for _ in range(effort.pick(20, 400)):
        m = int(rng.integers(2, 9))
        r, rank = int(rng.integers(1, m + 1)), int(rng.integers(1, m + 1))
        n = int(rng.integers(m * m, 3 * m * m))  # with fewer, M*M is large and rounding with it
        truth = random_ground_truth(m, rank, sigma=rng.uniform(0.1, 1.0, rank), rng=rng)
        operator = sensing.gaussian(m, n, rng)
        M, y = unpack(operator.rows), operator.forward(truth.A)
        problem = objective.Measured(operator, y)
        X = stiefel.random_point(m, r, rng)
        # a magnitude far from exact, so that the skew term counts
        Theta = stiefel.sym(rng.standard_normal((r, r))) / np.sqrt(r)
        eta = rng.uniform(0.01, 0.3)
        state = weight_normalization.at(problem, X, Theta)
        by_X, by_Theta = literal_gradients(M, y, X, Theta)
        Gt = literal_step(M, y, X, Theta, eta)[2]
        mine = problem.magnitude_gradient(X, Theta, state.residual)
        for exact, found in ((by_X, Gt), (by_Theta, mine)):
            gradient_gap = max(gradient_gap, np.abs(exact - found).max() / (1 + np.abs(found).max()))
        for _ in range(5):
            expected = literal_step(M, y, state.X, state.Theta, stretch * eta, mu, tangent)
            state = weight_normalization.step(problem, weight_normalization.Parameters(eta), state)
            size = 1 + np.abs(expected[1]).max()
            worst = max(worst, np.abs(state.X - expected[0]).max(), np.abs(state.Theta - expected[1]).max() / size)
    return Evidence(
        rows=(
            Row("largest difference of X or Theta from the literal algorithm", worst, "tight", 0.0, 1e-11, ROUNDING),
            Row("largest difference from complex-step differentiation", gradient_gap, "tight", 0.0, 1e-11, ROUNDING),
        )
    )


@claim(
    id="lem-magnitude-step-is-exact",
    title="The magnitude step with step size 2 is exact",
    statement=r"\Theta_{t+1}-X_{t+1}^\top AX_{t+1}="
    r"\big(1-\tfrac\mu2\big)\big(\Theta_t-X_{t+1}^\top AX_{t+1}\big),\qquad"
    r"\mu=2:\ \Theta_{t+1}=X_{t+1}^\top AX_{t+1},\ G_{t+1}=-(I-P)AX\Theta",
    level=Level.PROVED,
    source="ours",
    uses=("alg-rgd",),
    chapter=CHAPTER,
    controls={"mu = 2.2 taken for exact": dict(exact_mu=2.2), "contraction 1 - mu instead of 1 - mu/2": dict(half=1)},
)
def magnitude_step(effort, *, exact_mu=2, half=sympy.Rational(1, 2)):
    """The identity in words of matrices of any size; the algorithm's own magnitude against a dense X'AX."""
    exact_mu = sympy.Rational(str(exact_mu))
    X, Xt, A, Th = symbolic.matrices("X Xt A Theta")
    mu, rules = sympy.Symbol("mu"), {Xt * X: sympy.Integer(1)}
    T, P = Xt * A * X, X * Xt
    new = Th - mu * Xt * (X * Th * Xt - A) * X / 2
    at_exact = Th - exact_mu * Xt * (X * Th * Xt - A) * X / 2
    Gt = (X * T * Xt - A) * X * T  # the Euclidean gradient at the exact magnitude; T and A are symmetric
    Gtt = T * Xt * (X * T * Xt - A)
    steps = [
        symbolic.identity("1 the magnitude error contracts by 1 - mu/2", new - T, (1 - half * mu) * (Th - T), rules),
        symbolic.identity("2 with mu = 2 it is zero", at_exact, T, rules),
        symbolic.identity("3 X'G~ = 0 at the exact magnitude", Xt * Gt, 0, rules),
        symbolic.identity(
            "4 so G = -(I - P)AX Theta, horizontal",
            (1 - P) * Gt + X * (Xt * Gt - Gtt * X) / 2, -(1 - P) * A * X * T, rules,
        ),
        symbolic.trace_identity(
            "5 4f(X, Theta) = 4f(X, X'AX) + |Theta - X'AX|^2",
            (X * Th * Xt - A) ** 2, (X * T * Xt - A) ** 2 + (Th - T) ** 2, rules, {X: Xt, Xt: X, A: A, Th: Th},
        ),
    ]
    rng = np.random.default_rng(2)
    gap = ratio_gap = 0.0
    for _ in range(effort.pick(60, 1000)):
        m = int(rng.integers(2, 12))
        r, rank, step = int(rng.integers(1, m + 1)), int(rng.integers(1, m + 1)), rng.uniform(0.1, 3.9)
        truth = random_ground_truth(m, rank, sigma=rng.uniform(0.1, 1.0, rank), rng=rng)
        problem, Theta = objective.Population(truth), stiefel.sym(rng.standard_normal((r, r)))
        start = weight_normalization.at(problem, stiefel.random_point(m, r, rng), Theta)
        eta = rng.uniform(0.01, 0.5)
        exact = weight_normalization.step(problem, weight_normalization.Parameters(eta, float(exact_mu)), start)
        gap = max(gap, np.abs(exact.Theta - exact.X.T @ truth.A @ exact.X).max())
        other = weight_normalization.step(problem, weight_normalization.Parameters(eta, step), start)
        T_new = other.X.T @ truth.A @ other.X
        before, after = np.linalg.norm(Theta - T_new), np.linalg.norm(other.Theta - T_new)
        ratio_gap = max(ratio_gap, abs(after / before - abs(1 - float(half) * step)))
    rows = (
        Row("largest entry of Theta - X'AX after one step, any start", gap, "tight", 0.0, 1e-12, ROUNDING),
        Row("other mu: largest gap of the contraction from |1 - mu/2|", ratio_gap, "tight", 0.0, 1e-12, ROUNDING),
    )
    return Evidence(rows, steps)


@claim(
    id="lem-population-loss",
    title="Loss and gradient through the alignment",
    statement=r"4f=\operatorname{tr}\Sigma^2-\operatorname{tr}\Sigma S\Sigma S,\qquad"
    r"\lVert G\rVert_F^2=\operatorname{tr}(MDMS),\quad M=\Sigma S\Sigma,\ D=I-S",
    level=Level.PROVED,
    source="ours",
    uses=("lem-magnitude-step-is-exact",),
    chapter=CHAPTER,
    controls={
        "tr(Sigma S Sigma) in place of tr(Sigma S Sigma S)": dict(quadratic=False),
        "loss 10 % off": dict(factor=1.1),
        "the factor D of the gradient dropped": dict(keep_D=False),
    },
)
def population_loss(effort, *, quadratic=True, factor=1.0, keep_D=True):
    """Both identities as traces of words; then dense matrices in place of the reduced ones."""
    U, Ut, X, Xt, Sg = symbolic.matrices("U Ut X Xt Sigma")
    rules = {Xt * X: sympy.Integer(1), Ut * U: sympy.Integer(1)}
    transposes = {U: Ut, Ut: U, X: Xt, Xt: X, Sg: Sg}
    A, S = U * Sg * Ut, Ut * X * Xt * U
    T, M, D = Xt * A * X, Sg * S * Sg, 1 - S if keep_D else sympy.Integer(1)
    G, Gt = -(1 - X * Xt) * A * X * T, -T * Xt * A * (1 - X * Xt)
    number = sympy.nsimplify(factor)
    claimed = number * (Sg**2 - (Sg * S * Sg * S if quadratic else Sg * S * Sg))
    steps = [
        symbolic.trace_identity(
            "4f = tr Sigma^2 - tr(Sigma S Sigma S)", (X * T * Xt - A) ** 2, claimed, rules, transposes
        ),
        symbolic.trace_identity("|G|^2 = tr(M D M S)", Gt * G, M * D * M * S, rules, transposes),
    ]
    rng, worst = np.random.default_rng(3), np.zeros(2)
    for _ in range(effort.pick(60, 1000)):
        m = int(rng.integers(2, 15))
        r, rank = int(rng.integers(1, m + 1)), int(rng.integers(1, m + 1))
        truth = random_ground_truth(m, rank, sigma=rng.uniform(0.1, 1.0, rank), rng=rng)
        X = stiefel.random_point(m, r, rng)
        A, s = truth.A, np.diag(truth.sigma)
        S = truth.U.T @ X @ X.T @ truth.U
        M, D = s @ S @ s, np.eye(rank) - S if keep_D else np.eye(rank)
        dense_loss = np.linalg.norm(X @ (X.T @ A @ X) @ X.T - A) ** 2
        problem = objective.Population(truth)
        state = weight_normalization.at(problem, X, X.T @ A @ X)
        reduced = factor * (np.trace(s @ s) - np.trace(s @ S @ s @ (S if quadratic else np.eye(rank))))
        gradient = weight_normalization.gradient_norm(problem, state) ** 2
        worst = np.maximum(worst, [abs(reduced - dense_loss), abs(np.trace(M @ D @ M @ S) - gradient)])
    return Evidence(
        (
            Row("largest difference of the formula from a dense |XTX' - A|^2", worst[0], "tight", 0.0, 1e-12, ROUNDING),
            Row("largest difference of tr(M D M S) from the code's |G|^2", worst[1], "tight", 0.0, 1e-12, ROUNDING),
        ),
        steps,
    )
