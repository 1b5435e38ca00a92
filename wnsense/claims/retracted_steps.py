r"""Claims of the chapter on geometry, last part: what the choice of the retraction changes in a step of Algorithm 1."""

from __future__ import annotations

import numpy as np
import scipy.linalg
import sympy

from wnsense import geodesic, sensing, stiefel
from wnsense.claims.geometry import FLIP, HALF, ON, ROUNDING, X, Xt, Y, Yt
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.claims.retractions import RETRACTIONS, TANGENT, TENTH_MORE
from wnsense.objective import Measured, Population
from wnsense.problem import random_ground_truth
from wnsense.proof.symbolic import identity, matrices, scalar_identity, transpose
from wnsense.weight_normalization import Parameters, at, step


def paper_form(X, G, eta, power=2, constant=1.0):
    """The formula of Algorithm 1, (X - eta G)(I + eta^2 G'G)^{-1/2}; other powers and constants are for controls."""
    gram = np.eye(X.shape[1]) + constant * eta**power * G.T @ G
    return (X - eta * G) @ np.linalg.inv(scipy.linalg.sqrtm(gram).real)


@claim(
    id="lem-polar-paper-form",
    title="The polar step as Algorithm 1 writes it",
    statement=r"X^\top G+G^\top X=0\ \Rightarrow\ (X-\eta G)(I+\eta^2G^\top G)^{-1/2}"
    r"=\mathrm{Retr}^{\mathrm{polar}}_X(-\eta G);"
    r"\text{ otherwise the formula leaves }\mathrm{St}(m,r)",
    level=Level.PROVED,
    source="wei2025, Algorithm 1",
    chapter="geometry",
    uses=("lem-polar-nearest", "lem-tangent-projection"),
    controls={
        "eta in place of eta^2": dict(power=1),
        "1.1 eta^2": dict(constant=TENTH_MORE),
        "the Euclidean gradient in place of the Riemannian": dict(tangent=False),
    },
)
def polar_paper_form(effort, *, power=2, constant=sympy.Integer(1), tangent=True):
    """The Gram matrix of X - eta G; the formula against the code, dense and thin; its failure off tangency."""
    eta = sympy.Symbol("eta")
    K, Kt, Q, Qt, H, J, F = matrices("K Kt Q Qt H J F")  # J = H^{-1}; F = (I + eta^2 G'G)^{-1/2}
    flip = FLIP | {K: Kt, Kt: K, Q: Qt, Qt: Q, H: H, J: J}
    thin = {Qt * Q: 1, H * J: 1, J * H: 1}
    gram = (Xt - eta * Yt) * (X - eta * Y)
    candidate = (X * Q + K) * J * Qt + X * (1 - Q * Qt)
    root = Q * H * Qt + 1 - Q * Qt
    steps = (
        identity(
            "(1) tangent G: (X-eta G)'(X-eta G) = I + eta^2 G'G",
            gram,
            1 + constant * eta**power * Yt * Y,
            TANGENT if tangent else ON,
        ),
        identity(
            "(2) any G: Gram matrix I - 2 eta F sym(X'G) F",
            F * gram * F,
            1 - eta * F * (Xt * Y + Yt * X) * F,
            {**ON, F * F: 1 - eta**2 * F * Yt * Y * F},
        ),
        identity(
            "(3) G = KQ': Y_0 (Q H Q' + I - QQ') = X + KQ'",
            candidate * root,
            X + K * Qt,
            thin,
        ),
        identity("(4) (Q H Q' + I - QQ')^2 = I + Q (H^2-I) Q'", root * root, 1 + Q * (H * H - 1) * Qt, thin),
        identity(
            "(5) H^2 = I + K'K + Q'(X'G+G'X)Q",
            transpose(X * Q + K, flip) * (X * Q + K),
            1 + Kt * K + Qt * (Xt * K * Qt + Q * Kt * X) * Q,
            {**ON, **thin},
        ),
    )
    rng = np.random.default_rng(31)
    gap, gap_thin, leaves = 0.0, 0.0, 0.0
    for m, r, r_A in ((8, 3, 2), (20, 12, 2), (5, 5, 3)) * effort.pick(2, 20):
        truth = random_ground_truth(m, r_A, kappa=4.0, rng=rng)
        x, theta, eta_ = stiefel.random_point(m, r, rng), stiefel.sym(rng.standard_normal((r, r))), rng.uniform(0.1, 2)
        objective = Population(truth)
        thin_g = objective.riemannian_gradient(x, theta, objective.residual(x, theta))
        euclidean = (x @ theta @ x.T - truth.A) @ x @ theta
        g = np.asarray(thin_g) if tangent else euclidean
        formula = paper_form(x, g, eta_, power, float(constant))
        gap = max(gap, np.linalg.norm(formula - stiefel.polar(x, -eta_ * g)))
        gap_thin = max(
            gap_thin, np.linalg.norm(stiefel.polar(x, -eta_ * thin_g) - stiefel.polar(x, -eta_ * np.asarray(thin_g)))
        )
        off = paper_form(x, euclidean, eta_)
        n = np.linalg.inv(scipy.linalg.sqrtm(np.eye(r) + eta_**2 * euclidean.T @ euclidean).real)
        leaves = max(leaves, np.linalg.norm(off.T @ off - np.eye(r) + 2 * eta_ * n @ stiefel.sym(x.T @ euclidean) @ n))
    rows = (
        Row("formula of Algorithm 1 minus the code", gap, "tight", 0, 1e-11, ROUNDING),
        Row("code for few columns minus dense code", gap_thin, "tight", 0, 1e-11, ROUNDING),
        Row("formula at the Euclidean gradient, against (2)", leaves, "tight", 0, 1e-10, ROUNDING),
    )
    return Evidence(rows, steps)


def trajectory(objective, start, retraction, mu: float, steps: int):
    """X Theta X^T along a run of Algorithm 1 with eta = 1/2, (steps, m, m)."""
    parameters, state, products = Parameters(eta=0.5, mu=mu, retraction=retraction), start, []
    for _ in range(steps):
        state = step(objective, parameters, state)
        products.append(state.X @ state.Theta @ state.X.T)
    return np.array(products)


@claim(
    id="lem-qr-polar-same-span",
    title="QR and polar steps span the same subspace",
    statement=r"X_{\mathrm{qr}}=X_{\mathrm{polar}}Q,\ Q\in O(r);"
    r"\text{ hence in the population with }\mu=2\text{, from the same }(X_0,\Theta_0),\ "
    r"X_t\Theta_tX_t^\top\text{ is the same for both at every }t\ge1",
    level=Level.PROVED,
    source="ours",
    chapter="geometry",
    uses=("lem-polar-paper-form", "lem-population-gradient-rank", "lem-magnitude-step-is-exact"),
    controls={
        "Cayley in place of QR": dict(retraction=stiefel.cayley),
        "mu = 1.8, an inexact magnitude step": dict(mu=sympy.Rational(9, 5)),
        "200 Gaussian measurements in place of the population": dict(measurements=200),
    },
)
def qr_polar_same_span(effort, *, retraction=stiefel.qr, mu=sympy.Integer(2), measurements=None):
    """The algebra of one step and of the induction; two runs of the code beside each other."""
    H, Hi, R, Rt, Ri, Rit, A, Th, Q, Qt = matrices("H Hi R Rt Ri Rit A Th Q Qt")
    flip = FLIP | {H: H, Hi: Hi, R: Rt, Rt: R, Ri: Rit, Rit: Ri, A: A, Q: Qt, Qt: Q, Th: Th}
    turn, factors = H * Ri, {H * H: Rt * R, R * Ri: 1, Rit * Rt: 1, Hi * H: 1}
    orthogonal = {**ON, Qt * Q: 1, Q * Qt: 1}

    def gradient(x, theta):
        xt = transpose(x, flip)
        g = (x * theta * xt - A) * x * theta
        return g - x * (xt * g + transpose(g, flip) * x) / 2

    steps = (
        identity("(1) Q = H R^{-1} is orthogonal", transpose(turn, flip) * turn, 1, factors),
        identity("(2) Y R^{-1} = (Y H^{-1}) Q", Y * Ri, Y * Hi * turn, factors),
        identity("(3) mu = 2: Theta - mu (Theta - X'AX)/2 = X'AX", Th - mu * (Th - Xt * A * X) / 2, Xt * A * X),
        identity(
            "(4) (XQ)(XQ)'A(XQ)(XQ)' = XX'AXX'", X * Q * Qt * Xt * A * X * Q * Qt * Xt, X * Xt * A * X * Xt, orthogonal
        ),
        identity("(5) G(XQ, Q'Theta Q) = G(X, Theta) Q", gradient(X * Q, Qt * Th * Q), gradient(X, Th) * Q, orthogonal),
    )
    rng = np.random.default_rng(32)
    gap, others = 0.0, 0.0
    for m, r, r_A in ((12, 5, 3), (8, 8, 2), (9, 2, 4)) * effort.pick(1, 5):
        truth = random_ground_truth(m, r_A, kappa=2.0, rng=rng)
        if measurements is None:
            objective = Population(truth)
        else:
            operator = sensing.gaussian(m, measurements, rng)
            objective = Measured(operator, operator.forward(truth.A))
        start = at(objective, stiefel.random_point(m, r, rng), stiefel.sym(rng.standard_normal((r, r))))
        polar = trajectory(objective, start, stiefel.polar, float(mu), 30)
        gap = max(gap, np.abs(polar - trajectory(objective, start, retraction, float(mu), 30)).max())
        others = max(others, np.abs(polar - trajectory(objective, start, stiefel.cayley, float(mu), 30)).max())
    rows = (
        Row("X Theta X' in 30 steps, polar minus QR", gap, "tight", 0, 1e-11, ROUNDING),
        Row("the same, polar minus Cayley", others, "lower", 1e-3),
    )
    return Evidence(rows, steps)


def principal_angles(X: np.ndarray, Z: np.ndarray) -> np.ndarray:
    """Principal angles between the spans of two points of St(m, r), largest first, small ones as accurate as large."""
    cosines = np.linalg.svd(X.T @ Z, compute_uv=False)
    sines = np.linalg.svd(Z - X @ (X.T @ Z), compute_uv=False)[::-1]
    return np.arctan2(sines, cosines)[::-1]


ANGLES = {
    "polar": np.arctan,
    "QR": np.arctan,
    "Cayley": lambda s: 2 * np.arctan(s / 2),
    "geodesic": lambda s: s,
}


@claim(
    id="prop-horizontal-angles",
    title="On horizontal directions a retraction is a law of angles",
    statement=r"X^\top\xi=0,\ \xi=BsQ^\top:\ "
    r"\text{the principal angles between }\mathrm{span}(X)\text{ and }\mathrm{span}(\mathrm{Retr}_X(\xi))\text{ are }"
    r"\arctan s_i\text{ (polar, QR)},\ 2\arctan\tfrac{s_i}2\text{ (Cayley)},\ s_i\text{ (geodesic)},\ s_i<\tfrac\pi2",
    level=Level.PROVED,
    source="ours",
    chapter="geometry",
    uses=("lem-retraction-order", "lem-retraction-second-order", "lem-qr-polar-same-span"),
    controls={
        "Cayley turns by arctan s too": dict(angles={"Cayley": np.arctan}, cayley=sympy.atan),
        "polar turns by s": dict(angles={"polar": lambda s: s}, polar=lambda s: s),
        "Cayley with half s 10 % larger": dict(
            angles={"Cayley": lambda s: 2 * np.arctan(0.55 * s)}, cayley=lambda s: 2 * sympy.atan(HALF * TENTH_MORE * s)
        ),
        "a direction with X'xi not zero": dict(vertical=0.5),
    },
)
def horizontal_angles(effort, *, angles=None, polar=sympy.atan, cayley=lambda s: 2 * sympy.atan(s / 2), vertical=0.0):
    """The plane of each singular pair turns as a whole; angles measured between the subspaces."""
    angles = ANGLES | (angles or {})
    s = sympy.Symbol("s", positive=True)
    horizontal = {**ON, Xt * Y: 0, Yt * X: 0}
    P = Y - X * Xt * Y / 2
    W = P * Xt - X * transpose(P, FLIP)
    J = sympy.Matrix([[0, -s], [s, 0]])
    turned = (sympy.eye(2) - J / 2).inv() * (sympy.eye(2) + J / 2)
    line = sympy.Matrix([[0, -(s**2)], [1, 0]]).exp()
    steps = (
        identity("(1) W X = xi", W * X, Y, horizontal),
        identity("(2) W xi = -X xi'xi", W * Y, -X * Yt * Y, horizontal),
        scalar_identity("(3) polar: cos of the angle is 1/sqrt(1+s^2)", sympy.cos(polar(s)), 1 / sympy.sqrt(1 + s**2)),
        scalar_identity("(4) polar: its sine is s/sqrt(1+s^2)", sympy.sin(polar(s)), s / sympy.sqrt(1 + s**2)),
        scalar_identity("(5) Cayley: cosine", sympy.expand_trig(sympy.cos(cayley(s))), turned[0, 0]),
        scalar_identity("(6) Cayley: sine", sympy.expand_trig(sympy.sin(cayley(s))), turned[1, 0]),
        scalar_identity("(7) geodesic: cosine", line[0, 0].rewrite(sympy.cos), sympy.cos(s)),
        scalar_identity("(8) geodesic: sine", (s * line[1, 0]).rewrite(sympy.cos), sympy.sin(s)),
    )
    rng = np.random.default_rng(33)
    retractions = RETRACTIONS | {"geodesic": geodesic.embedded}
    gap = dict.fromkeys(retractions, 0.0)
    for m, r, k in ((12, 4, 4), (9, 5, 2), (5, 4, 1), (4, 1, 1)) * effort.pick(2, 20):
        x = stiefel.random_point(m, r, rng)
        normal = scipy.linalg.null_space(x.T)
        values = np.sort(rng.uniform(0.1, 1.5, k))[::-1]
        xi = normal @ stiefel.random_point(m - r, k, rng) * values @ stiefel.random_point(r, k, rng).T
        skew = rng.standard_normal((r, r))
        xi += vertical * x @ (skew - skew.T)
        for name, retract in retractions.items():
            measured = principal_angles(x, retract(x, xi))
            expected = np.zeros(r)
            expected[:k] = angles[name](values)
            gap[name] = max(gap[name], np.abs(measured - expected).max())
    rows = [Row(f"{name}: angles minus theory", gap[name], "tight", 0, 1e-12, ROUNDING) for name in retractions]
    return Evidence(rows, steps)
