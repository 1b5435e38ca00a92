"""Claims of "Two factors": gradients, the drift of the imbalance, the symmetric start, the published theorem."""

from __future__ import annotations

import numpy as np
import scipy.integrate
import sympy

from wnsense import asymmetric, gradient_descent, objective, rectangular, rectangular_objective, sensing
from wnsense.asymmetric import imbalance
from wnsense.claims.registry import Claim, Evidence, Level, Row, add, claim
from wnsense.proof import kernel
from wnsense.proof.step import classical
from wnsense.proof.symbolic import identity, matrices, scalar_identity, trace_identity

CHAPTER = "two_factors"
ETA = sympy.Symbol("eta", positive=True)


def integers(rng, *shape) -> np.ndarray:
    """Small integers as exact Python numbers."""
    return rng.integers(-3, 4, shape).astype(object)


def twice_f(F, G, M, y):
    """2 f = ||M(FG^T) - y||^2, exact for integers; M of shape (n, n_1, n_2)."""
    return sum((np.sum(Mi * (F @ G.T)) - yi) ** 2 for Mi, yi in zip(M, y))


def measured(M, y) -> rectangular_objective.Measured:
    """The objective of integer measurement matrices."""
    rows = M.astype(float).reshape(len(M), -1)
    return rectangular_objective.Measured(rectangular.Dense(rows, M.shape[1:]), y.astype(float))


@claim(
    id="lem-two-factor-gradient",
    title="Gradients of two factors",
    statement=r"f(F,G)=\tfrac12\lVert\mathcal M(FG^\top)-y\rVert^2:\ \nabla_Ff=RG,\ \nabla_Gf=R^\top F,\ "
    r"R=\mathcal M^*(\mathcal M(FG^\top)-y)",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    controls={
        "gradient in G halved": dict(in_second=sympy.Rational(1, 2)),
        "gradient 10 % too long": dict(factor=sympy.Rational(11, 10)),
        "the data y dropped": dict(data=0),
    },
)
def two_factor_gradient(effort, *, factor=sympy.Integer(1), data=1, in_second=sympy.Integer(1)):
    """The first-order term in words; exact slopes of integer problems by the five-point formula; the code's step."""
    F, Ft, G, Gt, R, Rt, H, Ht, J, Jt = matrices("F Ft G Gt R Rt H Ht J Jt")
    transposes = {F: Ft, Ft: F, G: Gt, Gt: G, R: Rt, Rt: R, H: Ht, Ht: H, J: Jt, Jt: J}
    eps = sympy.Symbol("eps")
    e, first, second = (sympy.Matrix(sympy.symbols(f"{x}0:3")) for x in "eLQ")
    moved = e + eps * first + eps**2 * second
    in_words = factor * (R * G * Ht + in_second * Rt * F * Jt)
    steps = [
        identity("(1) (F + eps H)(G + eps J)' in powers of eps",
                 (F + eps * H) * (Gt + eps * Jt), F * Gt + eps * (H * Gt + F * Jt) + eps**2 * H * Jt),
        scalar_identity(
            "(2) first-order term of f: <e, L>", (moved.dot(moved) / 2).diff(eps).subs(eps, 0), e.dot(first)
        ),
        trace_identity("(3) <R, HG' + FJ'> = <RG, H> + <R'F, J>", Rt * (H * Gt + F * Jt), in_words, None, transposes),
    ]
    rng = np.random.default_rng(31)
    worst, worst_code = 0, 0.0
    for _ in range(effort.pick(60, 3000)):
        n_1, n_2, r, n = (int(k) for k in rng.integers(1, 5, 4))
        M, y = integers(rng, n, n_1, n_2), integers(rng, n)
        F, G, H, J = (integers(rng, side, r) for side in (n_1, n_2, n_1, n_2))
        values = {t: twice_f(F + t * H, G + t * J, M, y) for t in (-2, -1, 1, 2)}
        slope = 8 * (values[1] - values[-1]) - (values[2] - values[-2])  # 24 f', exact: 2f is of degree four
        R = sum((np.sum(Mi * (F @ G.T)) - data * yi) * Mi for Mi, yi in zip(M, y))
        claimed = factor * (int(np.sum((R @ G) * H)) + in_second * int(np.sum((R.T @ F) * J)))
        worst = max(worst, abs(24 * claimed - slope))
        problem = measured(M, y)
        state = asymmetric.at(problem, F.astype(float), G.astype(float))
        new = asymmetric.step(problem, asymmetric.Parameters(1.0), state)
        code = np.sum((state.F - new.F) * H.astype(float)) + np.sum((state.G - new.G) * J.astype(float))
        worst_code = max(worst_code, abs(float(factor) * code - slope / 24) / (1 + abs(slope)))
    return Evidence(
        (
            Row("exact, in integers: 24 |<gradient, (H, J)> - slope|", float(worst), "tight", 0),
            Row("code: relative gap to the slope", worst_code, "tight", 0, 1e-12, "rounding"),
        ),
        steps,
    )


def alternating_step(problem, eta, state):
    """What the lemma is not about: G moves with the residual at the new F."""
    F = state.F - eta * state.residual.right(state.G)
    between = asymmetric.at(problem, F, state.G)
    return asymmetric.at(problem, F, state.G - eta * between.residual.left(F))


def random_problem(rng, *, population: bool, largest: int = 6):
    """A random rectangular problem, n_1 = 1 and n_2 = 1 included, with fewer or more measurements than entries."""
    n_1, n_2 = (int(k) for k in rng.integers(1, largest + 1, 2))
    rank = int(rng.integers(1, min(n_1, n_2) + 1))
    sigma = np.sort(np.append(rng.uniform(0.05, 1.0, rank - 1), 1.0))[::-1]
    truth = rectangular.random_rectangular_truth(n_1, n_2, rank, sigma=sigma, rng=rng)
    if population:
        return truth, rectangular_objective.Population(truth)
    operator = rectangular.gaussian(n_1, n_2, int(rng.integers(1, 2 * n_1 * n_2 + 1)), rng)
    return truth, rectangular_objective.Measured(operator, operator.forward(truth.A))


def random_state(rng, problem, scale: float):
    """A Gaussian state with factors of unequal size: G up to 1000 times smaller, sometimes zero."""
    n_1, n_2 = problem.shape
    r = int(rng.integers(1, 6))
    smaller = 0.0 if rng.random() < 0.1 else 10.0 ** rng.uniform(-3, 0)
    F, G = scale * rng.standard_normal((n_1, r)), scale * smaller * rng.standard_normal((n_2, r))
    if rng.random() < 0.5 and n_1 == n_2:
        F, G = G, F
    return asymmetric.at(problem, F, G)


@claim(
    id="lem-imbalance-drift",
    title="Drift of the imbalance",
    statement=r"\Delta=F^\top F-G^\top G:\ \Delta_+-\Delta=\eta^2\big(G^\top R^\top RG-F^\top RR^\top F\big),\ "
    r"\lVert\Delta_+-\Delta\rVert_*\le\eta^2g,\ g=\lVert RG\rVert_F^2+\lVert R^\top F\rVert_F^2;\quad"
    r"\text{flow: }\dot\Delta=0",
    level=Level.PROVED,
    source="ours",
    uses=("lem-two-factor-gradient",),
    chapter=CHAPTER,
    controls={
        "the second term dropped": dict(second=0),
        "eta^2 replaced by 1.1 eta^2": dict(constant=sympy.Rational(11, 10)),
        "G moved after F": dict(alternating=True),
        "the sum F'F + G'G in place of the difference": dict(sign=1),
        "nuclear norm of the drift at most 0.9 eta^2 g": dict(part=0.9),
        "a theorem that the kernel has not closed": dict(formal="admitted_drift"),
    },
)
def imbalance_drift(
    effort, *, second=1, constant=sympy.Integer(1), alternating=False, sign=-1, part=1.0, formal="imbalance_drift"
):
    """The identity in words for any R, and the kernel's verdict; the code's step against it; the flow, integrated."""
    F, Ft, G, Gt, R, Rt = matrices("F Ft G Gt R Rt")
    after_F, after_Ft = F - ETA * R * G, Ft - ETA * Gt * Rt
    after_G, after_Gt = G - ETA * Rt * F, Gt - ETA * Ft * R
    if alternating:  # with the same R, which is the case nearest to the lemma
        after_G, after_Gt = G - ETA * Rt * after_F, Gt - ETA * after_Ft * R
    drift = constant * ETA**2 * (Gt * Rt * R * G - second * Ft * R * Rt * F)
    left = after_Ft * after_F + sign * after_Gt * after_G - Ft * F - sign * Gt * G
    # derivatives along the flow: F' = -RG, G' = -R'F
    rate = -(Gt * Rt * F + Ft * R * G) + sign * -(Ft * R * G + Gt * Rt * F)
    steps = [
        identity("(1) F+'F+ = F'F - eta(G'R'F + F'RG) + eta^2 G'R'RG",
                 after_Ft * after_F, Ft * F - ETA * (Gt * Rt * F + Ft * R * G) + ETA**2 * Gt * Rt * R * G),
        identity("(2) the terms of first order cancel: the drift", left, drift),
        identity("(3) flow: d/dt (F'F - G'G) = 0", rate, sympy.Integer(0)),
        classical("(4) |P - Q|_* <= tr P + tr Q for psd P, Q", "triangle inequality"),
        kernel.theorem("formal/Theorems.v: imbalance_drift, the identity", formal),
    ]
    rng = np.random.default_rng(32)
    worst, largest = 0.0, 0.0
    for k in range(effort.pick(150, 6000)):
        _, problem = random_problem(rng, population=k % 2 == 0)
        state, eta = random_state(rng, problem, 10.0 ** rng.uniform(-1, 0.5)), 10.0 ** rng.uniform(-2, 0)
        R, F, G = state.residual.R, state.F, state.G
        stepped = asymmetric.step(problem, asymmetric.Parameters(eta), state)
        new = alternating_step(problem, eta, state) if alternating else stepped
        moved = new.F.T @ new.F + sign * new.G.T @ new.G - F.T @ F - sign * G.T @ G
        said = float(constant) * eta**2 * (G.T @ R.T @ R @ G - second * F.T @ R @ R.T @ F)
        worst = max(worst, np.abs(moved - said).max() / (1 + np.sum(F**2) + np.sum(G**2) + np.sum(new.F**2)))
        g = asymmetric.gradient_norm(problem, state) ** 2
        if eta**2 * g > 1e-9 * (np.sum(F**2) + np.sum(G**2)):  # else the drift is lost in the rounding of Delta
            largest = max(largest, np.linalg.norm(moved, "nuc") / (part * eta**2 * g))
    flow, ratio = _along_the_flow(effort, sign)
    return Evidence(
        (
            Row("largest |Delta_+ - Delta|_* / (eta^2 g)", largest, "upper", 1, 1e-6, "rounding of Delta"),
            Row("code: largest gap to the drift, relative", worst, "tight", 0, 1e-12, "rounding"),
            Row("flow: largest |Delta(5) - Delta(0)|", flow, "tight", 0, 1e-7, "tolerance of the integrator"),
            Row("GD to the same time: drift at eta over drift at eta/2", ratio, "tight", 2, 0.1, "eta is not yet 0"),
        ),
        steps,
    )


def _along_the_flow(effort, sign) -> tuple[float, float]:
    """Change of F'F - G'G along the integrated flow to time 5; and GD's drift at step 0.01 over that at step 0.005."""
    rng = np.random.default_rng(33)
    worst, ratios = 0.0, []
    for _ in range(effort.pick(2, 20)):
        truth = rectangular.random_rectangular_truth(4, 3, 2, kappa=2, rng=rng)
        operator = rectangular.gaussian(4, 3, 9, rng)
        problem = rectangular_objective.Measured(operator, operator.forward(truth.A))
        start = asymmetric.init(problem, 3, 0.5, rng)
        sizes = start.F.size

        def slope(_, z):
            state = asymmetric.at(problem, z[:sizes].reshape(4, 3), z[sizes:].reshape(3, 3))
            return -np.concatenate([state.residual.right(state.G).ravel(), state.residual.left(state.F).ravel()])

        z = np.concatenate([start.F.ravel(), start.G.ravel()])
        end = scipy.integrate.solve_ivp(slope, (0, 5), z, method="DOP853", rtol=1e-10, atol=1e-12).y[:, -1]
        F, G = end[:sizes].reshape(4, 3), end[sizes:].reshape(3, 3)
        change = F.T @ F + sign * G.T @ G - start.F.T @ start.F - sign * start.G.T @ start.G
        worst = max(worst, np.abs(change).max())
        drifts = []
        for eta in (0.01, 0.005):
            state = start
            for _ in range(round(5 / eta)):
                state = asymmetric.step(problem, asymmetric.Parameters(eta), state)
            drifts.append(np.linalg.norm(imbalance(state.F, state.G) - imbalance(start.F, start.G)))
        ratios.append(drifts[0] / drifts[1])
    return worst, float(max(ratios, key=lambda ratio: abs(ratio - 2)))


@claim(
    id="cor-symmetric-start",
    title="A symmetric start stays symmetric",
    statement=r"M_i^\top=M_i,\ F_0=G_0=Y_0:\ F_t=G_t=Y_t,\ "
    r"\text{GD on }\tfrac14\lVert\mathcal M(YY^\top)-y\rVert^2\text{ from }Y_0",
    level=Level.PROVED,
    source="ours",
    uses=("lem-two-factor-gradient", "lem-factor-gradient"),
    chapter=CHAPTER,
    controls={
        "measurement matrices that are not symmetric": dict(symmetric=False),
        "G_0 larger than F_0 by 1 part in 1000": dict(unequal=1e-3),
        "the symmetric run with a step 10 % longer": dict(factor=1.1),
    },
)
def symmetric_start(effort, *, symmetric=True, unequal=0.0, factor=1.0):
    """The step in words; then fifty steps of both methods from one start."""
    G, R, Rt = matrices("G R Rt")
    start = G * (1 + sympy.nsimplify(unequal))
    steps = [
        identity(
            "(1) F = G = Y and R' = R: both factors move alike",
            (G - ETA * R * G), start - ETA * Rt * G, {Rt: R} if symmetric else None,
        )
    ]
    rng = np.random.default_rng(34)
    apart, gap = 0.0, 0.0
    for _ in range(effort.pick(20, 300)):
        m, r, n = int(rng.integers(1, 7)), int(rng.integers(1, 6)), int(rng.integers(1, 40))
        M = rng.standard_normal((n, m, m)) / np.sqrt(n)
        S = (M + M.swapaxes(1, 2)) / 2
        y = rng.standard_normal(n)
        two = rectangular_objective.Measured(rectangular.Dense((S if symmetric else M).reshape(n, -1), (m, m)), y)
        one = objective.Measured(sensing.from_matrices(S), y)
        Y, eta = 0.5 * rng.standard_normal((m, r)), 0.02
        pair, state = asymmetric.at(two, Y, (1 + unequal) * Y), gradient_descent.at(one, Y)
        for _ in range(50):
            pair = asymmetric.step(two, asymmetric.Parameters(eta), pair)
            state = gradient_descent.step(one, gradient_descent.Parameters(factor * eta), state)
        apart = max(apart, np.abs(pair.F - pair.G).max())
        gap = max(gap, np.abs(pair.F - state.Y).max())
    return Evidence(
        (
            Row("largest entry of F_t - G_t after 50 steps", apart, "tight", 0, 1e-12, "rounding"),
            Row("largest entry of F_t - Y_t, the symmetric method", gap, "tight", 0, 1e-12, "rounding"),
        ),
        steps,
    )


add(
    Claim(
        id="thm-published-coupling",
        title="Small random starts recover and generalize (published)",
        statement=r"GD on $\tfrac12\lVert\mathcal M(FG^\top)-y\rVert^2$, overparameterized, from a small random start "
        r"recovers the rectangular $A$ of rank $r_A$ up to an error that is small when the start is (and so "
        r"generalizes); $F^\top F-G^\top G$ stays small beside the "
        r"signal; the iterate keeps a low effective rank: a spectral phase aligns it with the leading singular "
        r"directions of $\mathcal M^*(y)$, then the signal grows while the rest stays small.",
        level=Level.CITED,
        source="soltanolkotabi2023, main theorem and its proof idea, in our words",
        uses=("lem-two-factor-gradient",),
        chapter=CHAPTER,
    )
)
