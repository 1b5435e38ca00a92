"""Claims of the chapter on saddles: what the plateaus are made of, how long they last, and how saddles are left."""

from __future__ import annotations

import functools

import numpy as np
import scipy.stats
import sympy

from wnsense import objective, plateaus, population, saddles, stiefel, weight_normalization
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.problem import GroundTruth, random_ground_truth
from wnsense.proof import symbolic
from wnsense.proof.step import classical

CHAPTER = "saddles"


def frozen_identities():
    """That the columns orthogonal to the learned directions stand still, for matrices of any size."""
    X, Xt, U, Ut, Sg, v, vt, Ri = symbolic.matrices("X Xt U Ut Sigma v vt Ri")  # Ri = (Phi Phi')^{-1}
    u, ut = symbolic.matrices("u ut")
    zero, one = sympy.Integer(0), sympy.Integer(1)
    eta = sympy.Symbol("eta")
    rules = {Xt * X: one, Ut * X * v: zero}
    P, Theta = X * Xt, Xt * U * Sg * Ut * X
    G = -(1 - P) * U * Sg * Ut * X * Theta
    Gt = -Theta * Xt * U * Sg * Ut * (1 - P)
    W = X * (1 - Xt * U * Ri * Ut * X) * Xt  # the projection on what of span(X) is orthogonal to range(U)
    inverse = {Xt * X: one, Ut * X * Xt * U * Ri: one, Ri * Ut * X * Xt * U: one}
    return [
        symbolic.identity("1a G v = 0 if U_l'Xv = 0", G * v, zero, rules),
        symbolic.identity("1b (I + eta^2 G'G)v = v", (1 + eta**2 * Gt * G) * v, v, rules),
        symbolic.identity("3a the projection on span(X) less U_l: idempotent", W * W, W, inverse),
        symbolic.identity("3b and orthogonal to U_l", Ut * W, zero, inverse),
        symbolic.identity(
            "3c u'Wu is the Schur complement", ut * W * u, ut * P * u - ut * P * U * Ri * Ut * P * u, {Xt * X: one},
        ),
    ]


@claim(
    id="prop-plateau-pivots",
    title="What is left for the next plateau",
    statement=r"A=A_\ell:\ U_\ell^\top X_0v=0\Rightarrow X_tv=X_0v;\quad"
    r"\mathrm{span}(X_t)\to\mathrm{span}(U_\ell)\oplus\mathcal W:\ "
    r"\lVert P_{\mathcal W}u_{\ell+1}\rVert^2=p_{\ell+1}=\frac{\det S_{1..\ell+1}}{\det S_{1..\ell}};\quad "
    r"X_0\text{ uniform},\ r<m,\ 1\le\ell\le\min(r,r_A):\ p_\ell\sim\mathrm{Beta}\big(\tfrac{r-\ell+1}2,\tfrac{m-r}2\big)",
    level=Level.PROVED,
    source="ours",
    uses=("alg-rgd", "lem-magnitude-step-is-exact", "thm-population-rate"),
    chapter=CHAPTER,
    controls={
        "diagonal entries of S for its pivots": dict(diagonal=True),
        "mu = 1.5, from a wrong magnitude": dict(mu=1.5),
        "Beta((r - l + 2)/2, (m - r)/2)": dict(shift=2),
        "a first Beta parameter 10 % larger": dict(larger=1.1),
    },
)
def plateau_pivots(effort, *, diagonal=False, mu=2.0, shift=1, larger=1.0):
    """Identities for any size; whole runs with truth A_l; the law of the pivots by a Kolmogorov-Smirnov test."""
    a, b = sympy.symbols("a b", positive=True)
    m, r, ell = sympy.symbols("m r ell")
    mean = sympy.gammasimp(sympy.gamma(a - 1) / sympy.gamma(a + b - 1) * sympy.gamma(a + b) / sympy.gamma(a))
    mean = mean.subs({a: (r - ell + shift) / 2, b: (m - r) / 2})
    steps = frozen_identities()
    steps += [
        classical(
            "2 Nv = v gives N^{-1/2}v = v; induction on t", "spectral theorem",
        ),
        classical("4 Schur complement = ratio of determinants", "Schur"),
        classical(
            "5 span(X_0) cut with U_l-perp is uniform; squared cosine Beta",
            "invariance",
        ),
        symbolic.scalar_identity("6 mean of 1/p_l is (m - l - 1)/(r - l - 1)", mean, (m - ell - 1) / (r - ell - 1)),
    ]
    steps.sort(key=lambda step: step.label)
    rng = np.random.default_rng(0)
    moved = pivot_gap = 0.0
    for _ in range(effort.pick(3, 100)):
        side, rank = int(rng.integers(6, 12)), int(rng.integers(2, 5))
        columns, ell_value = int(rng.integers(rank, side)), int(rng.integers(1, rank))
        truth = random_ground_truth(side, rank, sigma=rng.uniform(0.6, 1.0, rank), rng=rng)
        leading = objective.Population(truth.best_approximation(ell_value))
        start = weight_normalization.init(leading, columns, rng)
        Phi = truth.U.T @ start.X
        v = np.linalg.svd(Phi[:ell_value])[2][ell_value:].T
        Theta = start.Theta if mu == 2.0 else start.Theta + stiefel.sym(rng.standard_normal((columns, columns)))
        state = weight_normalization.at(leading, start.X, Theta)
        for _ in range(300):
            state = weight_normalization.step(leading, weight_normalization.Parameters(0.9, mu), state)
        moved = max(moved, np.abs(state.X @ v - start.X @ v).max())
        S = Phi @ Phi.T
        expected = S[ell_value, ell_value] if diagonal else plateaus.pivots(S)[ell_value]
        pivot_gap = max(pivot_gap, abs(np.sum((truth.U[:, ell_value] @ state.X) ** 2) - expected))
    count, distance = effort.pick(20000, 200000), 0.0
    rows_of_X = np.linalg.qr(rng.standard_normal((count, 9, 4)))[0][:, :3]  # the span of a Gaussian matrix is uniform
    S = rows_of_X @ rows_of_X.swapaxes(1, 2)
    for k in range(3):
        law = scipy.stats.beta(larger * (4 - k - 1 + shift) / 2, (9 - 4) / 2)
        distance = max(distance, scipy.stats.kstest(plateaus.pivots(S)[:, k], law.cdf).statistic)
    rows = (
        Row(
            "after 300 steps: |squared cosine of u_{l+1} - p_{l+1}|", pivot_gap, "tight", 0.0, 1e-6,
            "not quite converged",
        ),
        Row("largest entry of X_t v - X_0 v", moved, "tight", 0.0, 1e-11, "rounding over 300 steps"),
        Row(
            f"pivots of {count} uniform starts: Kolmogorov-Smirnov distance, worst of 3; sampling exceeds it once in 3000", distance, "upper",
            2.23 / np.sqrt(count),
        ),
    )
    return Evidence(rows, steps)


M, R, ETA = 60, 8, 0.5


@functools.cache
def many_runs(count, spectrum):
    """Alignments S (count, k, k) of uniform starts, and the iterations at which each direction is learned."""
    rng = np.random.default_rng(1)
    k = len(spectrum)
    W = np.array([population.random_alignment(M, R, k, rng).W for _ in range(count)])
    return np.linalg.inv(np.eye(k) + W), plateaus.measured(spectrum, ETA, W, max_iterations=10000)


@functools.cache
def one_full_run(spectrum):
    """A run of the algorithm itself, and the iterations at which its reduction learns each direction."""
    rng = np.random.default_rng(7)
    problem = objective.Population(random_ground_truth(M, 3, sigma=spectrum, rng=rng))
    start = weight_normalization.init(problem, R, rng)
    full = plateaus.passage(problem, weight_normalization.Parameters(ETA), start, tolerance=1e-3, max_iterations=10000)
    W = population.of_point(problem.truth, start.X).W
    return full, plateaus.measured(spectrum, ETA, W[None], max_iterations=10000)[0]


@claim(
    id="exp-saddle-to-saddle",
    title="From saddle to saddle",
    statement=r"m=60,\ r=8,\ \Sigma=\operatorname{diag}(1,0.4,0.16),\ "
    r"\eta=\tfrac12\text{, uniform starts: }A_0,A_1,A_2,A\text{ in this order from at least }"
    r"95\%;\ \text{over those starts, plateau lengths over predicted: median within 0.15 of 1, nine in ten within a "
    r"factor 1.5; }\Sigma=\operatorname{diag}(1,0.1):\text{ median within 0.02 of 1}",
    level=Level.REPRODUCED,
    source="ours; after wei2025, fig. 1",
    uses=("prop-plateau-pivots", "lem-degenerate-saddles", "lem-scalar-time-law"),
    chapter=CHAPTER,
    controls={
        "escape at half the rate, sigma^2 for 2 sigma^2": dict(rate=0.5),
        "logarithmic escape, log(1/p) for 1/p": dict(logarithmic=True),
        "diagonal entries of S for its pivots": dict(diagonal=True),
        "predictions 11 % longer": dict(rate=0.9),
        "equal eigenvalues": dict(spectrum=(1.0, 1.0, 1.0)),
    },
)
def saddle_to_saddle(effort, *, rate=1.0, logarithmic=False, diagonal=False, spectrum=(1.0, 0.4, 0.16)):
    """Reduced runs from many starts; and one full run, which agrees with its reduction and shows the plateaus."""

    def lengths(spectrum, count):
        """Plateau lengths over predicted where the directions are learned in order (runs, k), and where that is."""
        S, when = many_runs(count, spectrum)
        sigma = np.array(spectrum)
        if diagonal:
            S = S * np.eye(len(sigma))
        predicted = plateaus.predicted(sigma, S, ETA) / rate
        if logarithmic:
            predicted = np.log(1 / plateaus.pivots(S)) / (2 * ETA * sigma**2)
        in_order = (np.diff(when, axis=1) > 0).all(axis=1) & np.isfinite(when[:, -1])
        return np.diff(when[in_order], axis=1, prepend=0) / np.diff(predicted[in_order], axis=1, prepend=0), in_order

    ratio, in_order = lengths(spectrum, effort.pick(40, 1000))
    # the prediction is a limit: with one eigenvalue a tenth of the other it has to be nearly exact
    separated, _ = lengths((1.0, 0.1), effort.pick(40, 400))
    near = np.mean((ratio > 1 / 1.5) & (ratio < 1.5))
    full, reduced = one_full_run(spectrum)
    shift = np.abs(full.learned - reduced).max()
    closest = full.distances.min(axis=0)[1:-1] / np.array(spectrum[1:])
    rows = (
        Row(
            "runs in order: median of plateau length over predicted", np.median(ratio), "tight", 1.0, 0.15,
            "a limit",
        ),
        Row("runs in order: part of the plateau lengths within a factor 1.5", near, "lower", 0.9),
        Row(
            "Sigma = diag(1, 0.1), runs in order: median for the plateau at A_1", np.median(separated[:, 1]), "tight", 1.0,
            0.02, "a limit",
        ),
        Row(f"part of {len(in_order)} starts that learn in order", in_order.mean(), "lower", 0.95),
        Row("one full run against its reduction: largest shift of an escape", shift, "upper", 1),
        Row("full run: least |Z - A_l|_F/sigma_{l+1}, the larger of l = 1, 2", closest.max(), "upper", 0.5),
    )
    return Evidence(rows)


def perturbed(truth, learned, epsilon, rng):
    """A direction near the saddle: |U_>'X|_F is epsilon, to first order, U_> the missing eigenvectors."""
    learned = list(learned)
    X = saddles.stationary_point(truth, learned, truth.rank + 1, rng)
    xi = rng.standard_normal(X.shape)
    xi -= X @ (X.T @ xi)
    xi *= epsilon / np.linalg.norm(np.delete(truth.U, learned, axis=1).T @ xi)
    return stiefel.polar(X, xi)


def strict_escape(truth, learned, epsilon, eta, max_iterations=5000):
    """Iterations of the algorithm until the estimate has left the saddle by half the largest missing eigenvalue."""
    problem, learned = objective.Population(truth), list(learned)
    X = perturbed(truth, learned, epsilon, np.random.default_rng(0))
    state = weight_normalization.at(problem, X, problem.backprojection(X))
    saddle = GroundTruth(truth.U[:, learned], truth.sigma[learned])
    far = 0.5 * np.delete(truth.sigma, learned).max()
    for t in range(max_iterations):
        if saddle.error(*state.factors) >= far:
            return t
        state = weight_normalization.step(problem, weight_normalization.Parameters(eta), state)
    return np.inf


@functools.cache
def strict_slope(learned, eta, decades):
    """Iterations to escape per factor e of epsilon, by least squares."""
    truth = GroundTruth(np.eye(8)[:, :2], np.array([1.0, 0.5]))
    epsilons = 10.0 ** -np.array(decades)
    return np.polyfit(np.log(1 / epsilons), [strict_escape(truth, learned, e, eta) for e in epsilons], 1)[0]


@functools.cache
def degenerate_times(learned, eta, decades):
    """Iterations until all directions are learned, by the reduced algorithm, and the last pivots of the starts."""
    truth = GroundTruth(np.eye(8)[:, :2], np.array([1.0, 0.5]))
    W = [population.of_point(truth, perturbed(truth, learned, 10.0**-d, np.random.default_rng(1))).W for d in decades]
    when = plateaus.measured(truth.sigma, eta, np.array(W), max_iterations=200000)
    return when.max(axis=1), plateaus.pivots(np.linalg.inv(np.eye(2) + np.array(W)))[:, -1]


@claim(
    id="exp-escape-times",
    title="Strict saddles are left fast, degenerate ones slowly",
    statement=r"m=8,\ r_A=2,\ r=3,\ \Sigma=\operatorname{diag}(1,\tfrac12),\ "
    r"\eta=\tfrac12,\text{ start }\epsilon\text{ away: from }\mathcal I=\{2\}\ "
    r"\log(1/\epsilon)/\log(1+\eta\sigma_2(\sigma_1-\sigma_2))+O(1)\text{ iterations;"
    r" from }\mathcal I=\{1\}\ 1/(2\eta\sigma_2^2p)\propto\epsilon^{-2}",
    level=Level.REPRODUCED,
    source="ours",
    uses=("lem-degenerate-saddles", "prop-plateau-pivots"),
    chapter=CHAPTER,
    controls={
        "curvature 10 % larger": dict(curvature=1.1),
        "a degenerate escape 10 % slower": dict(slower=1.1),
        "the degenerate saddle taken for a strict one": dict(strict=(0,), decades=(0.5, 0.75, 1.0, 1.25)),
        "the strict saddle taken for a degenerate one": dict(degenerate=(1,)),
    },
)
def escape_times(effort, *, curvature=1.0, slower=1.0, strict=(1,), decades=(4, 5, 6, 7, 8), degenerate=(0,)):
    """Slopes by least squares: iterations per factor e of epsilon, and the exponent of epsilon."""
    eta, sigma = 0.5, np.array([1.0, 0.5])
    per_e = 1 / np.log(1 + eta * curvature * sigma[1] * (sigma[0] - sigma[1]))
    tens = effort.pick((0.75, 1.0, 1.25, 1.5), (1.0, 1.5, 2.0))
    when, pivot = degenerate_times(degenerate, eta, tens)
    exponent = np.polyfit(-np.log(10.0) * np.array(tens), np.log(when), 1)[0]
    rows = (
        Row(
            "strict: iterations per factor e of epsilon, over theory",
            strict_slope(strict, eta, decades) / per_e, "tight", 1.0, 0.03, "whole iterations",
        ),
        Row("degenerate: exponent of epsilon", exponent, "tight", -2.0, 0.1, "a limit"),
        Row(
            "degenerate: iterations over 1/(2 eta sigma_2^2 p)",
            when[-1] * 2 * eta * sigma[1] ** 2 * pivot[-1] / slower, "tight", 1.0, 0.02, "a limit",
        ),
    )
    return Evidence(rows)
