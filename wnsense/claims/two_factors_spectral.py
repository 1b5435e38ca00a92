"""Claims of "Two factors": the spectral phase, in which gradient descent is a power iteration."""

from __future__ import annotations

import numpy as np
import sympy
import z3

from wnsense import asymmetric, spectral_phase
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.claims.two_factors import CHAPTER, ETA, random_problem
from wnsense.proof import smt
from wnsense.proof.step import classical
from wnsense.proof.symbolic import identity, matrices, trace_identity


def spectral_steps(cubic: float, limit: float, root: float) -> list:
    """The steps of the proof; K is claimed `cubic` times too large, eta s_1 up to `limit` in part 2, to `root` in 3."""
    F, Ft, G, Gt, T, Tt, A, At, B, J = matrices("F Ft G Gt T Tt A At B J")
    eps, x, q, k = z3.Reals("epsilon x q k")
    grow = (eps > 0, x > 0, q == 1 + eps, (q * q - 1) * x < 1)
    times = z3.Q(1000, round(1000 * cubic))
    return [
        identity("1 F+ = F + eta A'G - eta T G, with R = T - A'", F - ETA * (T - A) * G, F + ETA * A * G - ETA * T * G),
        identity("1 G+ = G + eta A''F - eta T'F", G - ETA * (Tt - At) * F, G + ETA * At * F - ETA * Tt * F),
        identity("2a off-diagonal block of YY' - (JY)(JY)' is 2FG'", F * Gt - F * (-Gt), 2 * F * Gt),
        trace_identity("2b |Y'Y|_F^2 - 4 |FG'|_F^2 = |F'F - G'G|_F^2", (Ft * F + Gt * G) ** 2 - 4 * Gt * G * Ft * F,
                       (Ft * F - Gt * G) ** 2),
        smt.inequality(
            "3 nu_{t+1} >= q nu_t + eta K nu_t^3, squared",
            (q + times * eps * x) * (q + times * eps * x) * (1 - (q * q - 1) * x) <= q * q, *grow,
        ),
        classical("4 induction on t", "induction"),
        smt.inequality("5 |1 - eta s| <= 1 where 0 <= eta s <= 2", z3.And(1 - k <= 1, 1 - k >= -1), 0 <= k,
                       k <= z3.Q(round(1000 * limit), 1000)),
        classical("6 sigma_i(W'Y) <= sigma_i(Y); |Y - Y'| >= sigma_{k+1}(Y) for rank Y' <= k", "Eckart-Young-Mirsky"),
        identity("7 (I + eta B) J (I + eta B) = J (I - eta^2 B^2)",
                 (1 + ETA * B) * J * (1 + ETA * B), J - ETA**2 * J * B * B, {B * J: -J * B}),
        smt.inequality("8 |1 - eta^2 s^2| <= 1 where (eta s)^2 <= 2",
                       z3.And(1 - k * k <= 1, 1 - k * k >= -1), 0 <= k, k * k <= z3.Q(round(1000 * root**2), 1000)),
    ]


def aligned_state(problem, alpha: float):
    """F = alpha u_1, G = alpha v_1: the start for which the first-order bound is an equality in the limit."""
    truth = problem.truth
    return asymmetric.at(problem, alpha * truth.U[:, :1], alpha * truth.V[:, :1])


@claim(
    id="lem-spectral-phase",
    title="The spectral phase",
    statement=r"Y=\begin{bmatrix}F\\G\end{bmatrix},\ A'=\mathcal M^*(y)\text{ with singular values }s_i,\ "
    r"B=\begin{bmatrix}0&A'\\A'^\top&0\end{bmatrix},\ W\text{: its unit eigenvectors for }s_1,\dots,s_k,\ "
    r"\lVert\mathcal M^*\mathcal M(FG^\top)\rVert\le K\lVert Y\rVert^2\ (\text{population: }K=\tfrac12),\ "
    r"\mu_t=(1+\eta s_1)^t\lVert Y_0\rVert,\ w_t=K\mu_t^2/s_1<1:\quad"
    r"\lVert Y_t-(I+\eta B)^tY_0\rVert\le d_t=\mu_t\big((1-w_t)^{-1/2}-1\big);\quad"
    r"\eta s_1\le2,\ (1+\eta s_k)^t\sigma_k(W^\top Y_0)>d_t:\ "
    r"\frac{\sigma_{k+1}(Y_t)}{\sigma_k(Y_t)},\ \sin\angle\le\rho_t=\frac{(1+\eta s_{k+1})^t\lVert Y_0\rVert+d_t}"
    r"{(1+\eta s_k)^t\sigma_k(W^\top Y_0)-d_t};\quad\eta s_1\le\sqrt2:\ "
    r"\lVert\Delta_t\rVert\le\lVert Y_0\rVert^2+\frac{w_t\mu_t^2}{1-w_t}",
    level=Level.PROVED,
    source="ours; the phase is that of soltanolkotabi2023",
    uses=("lem-two-factor-gradient",),
    chapter=CHAPTER,
    controls={
        "K 10 % smaller": dict(cubic=0.9),
        "the deviation d_t left out of the alignment": dict(keep_deviation=0.0),
        "s_{k+1} replaced by s_{k+1}/2": dict(following=0.5),
        "alignment claimed for eta s_1 up to 3.5": dict(limit=3.5),
        "imbalance claimed for eta s_1 up to 2.4": dict(root=2.4),
    },
)
def spectral_phase_lemma(effort, *, cubic=1.0, keep_deviation=1.0, following=1.0, limit=2.0, root=float(np.sqrt(2))):
    """The steps; then random problems, with the bounds compared at every iteration until w_t reaches 1."""
    rng = np.random.default_rng(37)
    deviation, angle, ratio, imbalance, informative = 0.0, 0.0, 0.0, 0.0, 0
    for k in range(effort.pick(40, 1500)):
        _, problem = random_problem(rng, population=k % 2 == 0)
        s_1 = np.linalg.norm(spectral_phase.backprojection(problem), 2)
        eta = (limit if k % 3 else root) * rng.choice([1.0, 10.0 ** rng.uniform(-1.5, 0)]) / s_1
        alpha, ratio_0 = 10.0 ** rng.uniform(-5, -0.5), rng.uniform(0.2, 2)
        state = asymmetric.init(problem, int(rng.integers(1, 5)), alpha, rng, ratio_0)
        found = _compare(problem, eta, state, cubic, keep_deviation, following, limit, root)
        deviation, ratio = max(deviation, found[0]), max(ratio, found[1])
        angle, imbalance, informative = max(angle, found[2]), max(imbalance, found[3]), informative + found[4]
    tight = []
    for _ in range(3):
        problem = random_problem(rng, population=True)[1]
        aligned = aligned_state(problem, 0.01)
        tight.append(_compare(problem, 0.01, aligned, cubic, 1.0, 1.0, 2.0, 0.0, until=0.02)[0])
    return Evidence(
        (
            Row("largest deviation from the power iteration over d_t", max([deviation, *tight]), "upper", 1,
                1e-6, "rounding"),
            Row("the same, start along u_1, v_1, while w_t <= 0.02", min(tight), "lower", 0.95),
            Row("largest sine to the leading directions over rho_t", angle, "upper", 1, 1e-6, "rounding"),
            Row("largest sigma_{k+1} / sigma_k over rho_t", ratio, "upper", 1, 1e-6, "rounding"),
            Row("largest imbalance over its bound", imbalance, "upper", 1, 1e-6, "rounding"),
            Row("iterates compared for which rho_t < 1", informative, "lower", 100),
        ),
        spectral_steps(cubic, limit, root),
    )


def _compare(problem, eta, state, cubic, keep_deviation, following, limit, root, until=1.0):
    """Largest ratios, over the phase, of deviation, sigma_{k+1}/sigma_k, sine and imbalance to their bounds."""
    phase = spectral_phase.phase(problem, eta, state)
    phase = spectral_phase.Phase(phase.s, eta, cubic * phase.K, phase.start)
    s, n_1, reach = phase.s, problem.shape[0], eta * phase.s[0] * (1 - 1e-12)
    data = spectral_phase.backprojection(problem)
    values, vectors = np.linalg.eigh(spectral_phase.dilation(data))
    start = spectral_phase.stack(state.F, state.G)
    ks = range(1, min(len(s), start.shape[1]) + 1) if reach <= limit else ()
    leading = {k: spectral_phase.leading(data, k) for k in ks}
    captured = {k: np.linalg.svd(leading[k].T @ start, compute_uv=False)[k - 1] for k in ks}
    ahead = {k: following * (s[k] if k < len(s) else 0.0) for k in ks}
    worst, informative = np.zeros(4), 0
    for t in range(1, min(phase.end, 80 if until == 1.0 else 2000)):
        state = asymmetric.step(problem, asymmetric.Parameters(eta), state)
        if phase.w(t) > until:
            break
        Y = spectral_phase.stack(state.F, state.G)
        if phase.w(t) > 1e-8:  # below, d_t is lost in the rounding of Y_t
            linear = (vectors * (1 + eta * values) ** t) @ (vectors.T @ start)
            worst[0] = max(worst[0], np.linalg.norm(Y - linear, 2) / phase.deviation(t))
        if reach <= root:
            Delta = Y[:n_1].T @ Y[:n_1] - Y[n_1:].T @ Y[n_1:]
            worst[3] = max(worst[3], np.linalg.norm(Delta, 2) / phase.imbalance(t))
        sigma = np.append(np.linalg.svd(Y, compute_uv=False), 0.0)
        for k in ks:
            moved = keep_deviation * phase.deviation(t)
            signal = (1 + eta * s[k - 1]) ** t * captured[k] - moved
            rho = ((1 + eta * ahead[k]) ** t * phase.start + moved) / signal if signal > 0 else np.inf
            if rho < 1:
                informative += 1
                worst[1] = max(worst[1], sigma[k] / sigma[k - 1] / rho)
                worst[2] = max(worst[2], spectral_phase.sine(Y, leading[k]) / rho)
    return (*worst, informative)
