"""Claims of the chapter on weight normalization: the magnitude relaxed from positive semidefinite to symmetric."""

from __future__ import annotations

import numpy as np
import sympy
import z3

from wnsense import sensing, stiefel, weight_normalization
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.iterate import iterate
from wnsense.magnitude import best_magnitude, best_semidefinite_magnitude, confused_pair, traceless, with_kernel
from wnsense.objective import Measured
from wnsense.packing import pack, packed_size
from wnsense.problem import random_ground_truth
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical
from wnsense.stiefel import sym

CHAPTER = "weight_normalization"


@claim(
    id="lem-symmetric-relaxation",
    title="Relaxing the magnitude to symmetric loses no minimiser",
    statement=r"If $\mathcal M$ is injective on symmetric matrices of rank at most $r+r_A$, $f(X,\Theta)=0$ with"
    r" symmetric $\Theta$ implies $X\Theta X^\top=A$, $\Theta=X^\top AX\succeq0$; no smaller order does. In"
    r" the population $X^\top AX\succeq0$ is the minimiser of $f(X,\cdot)$ over $\mathbb S^r$ for every $X$.",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    controls={
        "8 measurements, not injective": dict(n=8),
        "the order raised to r + r_A + 1": dict(excess=1),
        "X without orthonormal columns": dict(orthonormal=False),
        "Pythagoras 10 % off": dict(pythagoras=1.1),
    },
)
def symmetric_relaxation(effort, *, n=42, excess=0, orthonormal=True, pythagoras=1):
    X, Xt, Th, A = symbolic.matrices("X X' Theta A")
    rules = {Xt * X: 1} if orthonormal else {}
    N = Xt * A * X
    own = {X: Xt, Xt: X, Th: Th, A: A}
    steps = (
        classical("1. rank(X Theta X' - A) <= r + r_A, so f = 0 forces it to vanish", by="subadditivity of the rank"),
        symbolic.identity("2. X'(X Theta X')X = Theta", Xt * (X * Th * Xt) * X, Th, rules),
        symbolic.trace_identity(
            "4. |X Theta X' - A|^2 = |Theta - X'AX|^2 + |A|^2 - |X'AX|^2",
            (X * Th * Xt - A) ** 2,
            (Th - N) ** 2 + A * A - sympy.nsimplify(pythagoras) * N * N,
            rules,
            own,
        ),
    )
    m, r, r_A = 6, 3, 1
    worst_error, least, attempts = 0.0, np.inf, 0
    for seed in range(effort.pick(4, 30)):
        rng = np.random.default_rng(seed)
        truth = random_ground_truth(m, r_A, rng=rng)
        operator = sensing.gaussian(m, n, rng)
        objective = Measured(operator, operator.forward(truth.A))
        start = weight_normalization.at(objective, stiefel.random_point(m, r, rng), sym(rng.standard_normal((r, r))))
        run = iterate(
            weight_normalization,
            objective,
            weight_normalization.Parameters(eta=0.2, mu=0.5),
            start,
            max_iterations=4000,
            tolerance=1e-9,
            record_every=10**6,
        )
        if run.state.residual.norm <= 1e-9 * objective.scale:  # a zero of f, found from an indefinite start
            attempts += 1
            worst_error = max(worst_error, truth.error(*run.state.factors))
            least = min(least, np.linalg.eigvalsh(run.state.Theta)[0])
    confused, ranks, few, worst_ls, worst_loss, least_ls = 0.0, -np.inf, 0, 0.0, 0.0, np.inf
    for seed in range(effort.pick(30, 500)):
        rng = np.random.default_rng(seed)
        m = int(rng.integers(3, 9))
        r_A = int(rng.integers(1, (m + 1) // 2))
        r = int(rng.integers(r_A, m - r_A))
        rank = int(rng.integers(1, r + r_A + excess + 1))
        inertia = rng.choice([-1.0, 1.0], rank) * rng.uniform(0.5, 1, rank)
        few += max(np.sum(inertia < 0), np.sum(inertia > 0)) < r_A
        V = stiefel.random_point(m, rank, rng)
        kernel = (V * inertia) @ V.T
        truth, other = confused_pair(kernel, r + excess, r_A)
        operator = with_kernel(kernel)
        confused = max(confused, np.linalg.norm(operator.forward(other - truth)))
        ranks = max(
            ranks, np.linalg.matrix_rank(other, tol=1e-8) - r, abs(np.linalg.matrix_rank(truth, tol=1e-8) - r_A)
        )
        X_ = stiefel.random_point(m, r, rng) if orthonormal else rng.standard_normal((m, r))
        A_ = random_ground_truth(m, r_A, sigma=rng.uniform(0.1, 1, r_A), rng=rng).A
        best = best_magnitude(sensing.Identity(m), pack(A_), X_)
        worst_ls = max(worst_ls, np.linalg.norm(best - X_.T @ A_ @ X_))
        least_ls = min(least_ls, np.linalg.eigvalsh(best)[0])
        loss = np.linalg.norm(X_ @ best @ X_.T - A_) ** 2
        worst_loss = max(worst_loss, abs(loss - np.sum(A_**2) + pythagoras * np.sum((X_.T @ A_ @ X_) ** 2)))
    rows = (
        Row("zeros of f found from indefinite starts", attempts, "lower", 3),
        Row(
            "worst |X Theta X' - A| at a zero of f", worst_error, "tight", 0, 1e-6, "discretisation, |M(Z) - y| <= 1e-9"
        ),
        Row(
            "most negative eigenvalue of Theta there",
            min(round(least, 7), 0.0) + 0.0,
            "lower",
            0,
            1e-6,
            "discretisation, the same",
        ),
        Row(
            "kernel of rank <= r + r_A: worst |M(Z) - M(A)| of two confused matrices",
            confused,
            "tight",
            0,
            1e-12,
            "rounding",
        ),
        Row("worst excess of their ranks over r and r_A", ranks, "upper", 0),
        Row("kernels with fewer than r_A eigenvalues of either sign", few, "lower", 3),
        Row("population: worst |least-squares Theta - X'AX|", worst_ls, "tight", 0, 1e-10, "rounding"),
        Row(
            "population: most negative eigenvalue of it",
            min(round(least_ls, 11), 0.0) + 0.0,
            "lower",
            0,
            1e-10,
            "rounding",
        ),
        Row("population: worst error of the least loss", worst_loss, "tight", 0, 1e-10, "rounding"),
    )
    return Evidence(rows, steps)


def _spread_operator(m, delta, rng):
    """An operator with the spectrum of M*M in [1 - delta, 1 + delta], ends attained: (k, delta)-RIP for every k."""
    d = packed_size(m)
    V = stiefel.random_point(d, d, rng)
    w = 1 + delta * np.concatenate([[-1.0, 1.0], rng.uniform(-1, 1, d - 2)])
    return sensing.Packed(np.sqrt(w)[:, None] * V.T)


def _adversarial_operator(off, inside, delta):
    """RIP constant delta, and the worst pairing of two orthonormal matrices: what is off the span, what is inside."""
    e, d = pack(off)[:, None], pack(inside)[:, None]
    normal = np.eye(len(e)) + delta**2 * (e @ e.T - d @ d.T) + delta * np.sqrt(1 - delta**2) * (e @ d.T + d @ e.T)
    return sensing.Packed(np.linalg.cholesky(normal).T)


@claim(
    id="prop-finite-sample-magnitude",
    title="How indefinite the best magnitude can be",
    statement=r"Under $(r+r_A,\delta)$-RIP, $\delta<1$, the minimiser $\Theta^*$ of $f(X,\cdot)$ over $\mathbb S^r$ has"
    r" $\lVert\Theta^*-X^\top AX\rVert_F\le\frac\delta{\sqrt{1-\delta^2}}\lVert A-XX^\top AXX^\top\rVert_F$,"
    r" hence $\lambda_{\min}(\Theta^*)$ at least minus that; both are sharp.",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    uses=("lem-symmetric-relaxation",),
    controls={
        "constant 10 % smaller": dict(constant=0.9),
        "delta, without the root": dict(power=0),
        "orthogonality of the two parts dropped": dict(orthogonal=False),
    },
)
def finite_sample_magnitude(effort, *, constant=1.0, power=0.5, orthogonal=True):
    X, Xt, A, D = symbolic.matrices("X X' A Delta")
    b, c, delta, bound = z3.Reals("b c delta bound")
    P = X * Xt if orthogonal else 0
    # the bound squared times (1 - delta^2); power 0 drops the denominator
    denominator = 1 - delta * delta if power else z3.RealVal(1)
    steps = (
        symbolic.trace_identity(
            "1. <A - PAP, X Delta X'> = 0", (A - P * A * P) * X * D * Xt, 0, {Xt * X: 1}, {X: Xt, Xt: X, A: A, D: D}
        ),
        classical("2. |M(z)|^2 = <M(e), M(z)> for e = A - PAP, z = X Theta* X' - PAP", by="normal equations"),
        classical(
            "3. the Gram matrix I + [[a, b], [b, c]] of M on span(e, z) has b^2 + c^2 <= delta^2",
            by="RIP of order r + r_A, diagonal of a squared matrix",
        ),
        smt.inequality(
            "4. b^2 + c^2 <= delta^2 < 1 implies b^2 (1 - delta^2) <= delta^2 (1 + c)^2",
            b * b * denominator <= z3.RealVal(constant**2) * delta * delta * (1 + c) * (1 + c),
            b * b + c * c <= delta * delta,
            delta > 0,
            delta < 1,
        ),
    )
    worst, attained, most_negative = 0.0, 0.0, 0.0
    for seed in range(effort.pick(30, 500)):
        rng = np.random.default_rng(seed)
        m = int(rng.integers(4, 7))
        r_A, r = 1, int(rng.integers(2, m))
        delta_ = rng.uniform(0.05, 0.95)
        truth = random_ground_truth(m, r_A, rng=rng)
        X_ = stiefel.random_point(m, r, rng)
        A_, N_ = truth.A, X_.T @ truth.A @ X_
        e = A_ - X_ @ N_ @ X_.T
        q = np.linalg.svd(truth.U.T @ X_)[2][-1]  # X q is orthogonal to the range of A: N q = 0
        limit = constant * delta_ / (1 - delta_**2) ** power * np.linalg.norm(e)
        for operator, adversarial in (
            (_spread_operator(m, delta_, rng), False),
            (_adversarial_operator(e / np.linalg.norm(e), -np.outer(X_ @ q, X_ @ q), delta_), True),
        ):
            Theta = best_magnitude(operator, operator.forward(A_), X_)
            ratio = np.linalg.norm(Theta - N_) / limit
            worst = max(worst, ratio)
            if adversarial:
                attained = max(attained, abs(ratio - 1))
                most_negative = max(most_negative, -np.linalg.eigvalsh(Theta)[0] / limit)
    rows = (
        Row("worst |Theta* - X'AX| / bound", worst, "upper", 1, 1e-10, "rounding"),
        Row("worst -lambda_min(Theta*) / bound", most_negative, "upper", 1, 1e-10, "rounding"),
        Row("adversarial operators: |ratio - 1|, the bound is attained", attained, "tight", 0, 1e-10, "rounding"),
    )
    return Evidence(rows, steps)


@claim(
    id="prop-indefinite-minimiser",
    title="Without injectivity the relaxation can lose",
    statement=r"For $m=3$, $r=2$, $\mathcal M(S)=S-\tfrac13(\mathrm{tr}\,S)I$: with $\Theta\succeq0$ every $A\succeq0$"
    r" of rank at most 2 is the only zero of $f$; with symmetric $\Theta$ and $A=e_1e_1^\top$, $X=[e_2\;e_3]$,"
    r" $\Theta=-I_2$ has $f=0$ too, and $4\min_\Theta f=2s(1-s)$, $s=\lVert X^\top e_1\rVert^2$.",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    controls={
        "the trace measured too, with weight 0.1": dict(trace_weight=0.9),
        "the wrong point with the sign of Theta turned": dict(sign=1),
        "r = 3: a definite matrix allowed": dict(rank_bound=3),
        "landscape 10 % off": dict(landscape=1.1),
    },
)
def indefinite_minimiser(effort, *, trace_weight=1, sign=-1, rank_bound=2, landscape=1):
    omega, s = sympy.nsimplify(trace_weight), sympy.Symbol("s", positive=True)
    I3 = sympy.eye(3)
    A = sympy.diag(1, 0, 0)
    X = sympy.Matrix([[sympy.sqrt(s), 0], [0, 1], [sympy.sqrt(1 - s), 0]])

    def measure(S):
        return S - omega * S.trace() / 3 * I3

    def loss(Theta):  # 4 f
        E = measure(X * Theta * X.T - A)
        return sympy.expand((E.T * E).trace())

    p, q, o = sympy.symbols("p q o")
    best = sympy.diag(2 * s - 1, s - 1)
    slopes = [
        sympy.diff(loss(sympy.Matrix([[p, o], [o, q]])), x).subs({p: best[0, 0], q: best[1, 1], o: 0})
        for x in (p, q, o)
    ]
    wrong = sign * sympy.diag(0, 1, 1)
    a1, a2, c = z3.Reals("a1 a2 c")
    singular = [(a1 + c) * (a2 + c) * c == 0] if rank_bound == 2 else []
    steps = (
        symbolic.scalar_identity("1. M(-e_2e_2' - e_3e_3') = M(e_1e_1')", sum(x**2 for x in measure(wrong - A)), 0),
        smt.inequality(
            "2. A + cI >= 0 with a zero eigenvalue, A >= 0 of rank at most 2, forces c = 0",
            c == 0,
            a1 >= 0,
            a2 >= 0,
            a1 + c >= 0,
            a2 + c >= 0,
            c >= 0,
            *singular,
        ),
        symbolic.scalar_identity(
            "3. the slope of f(X, .) vanishes at Theta = diag(2s - 1, s - 1)", sum(x**2 for x in slopes), 0
        ),
        symbolic.scalar_identity(
            "3. there 4 f = 2 s (1 - s)", loss(best), sympy.nsimplify(landscape) * 2 * s * (1 - s)
        ),
    )
    operator = sensing.Packed(traceless(3).rows + (1 - trace_weight) * np.outer(pack(np.eye(3)), pack(np.eye(3))) / 3)
    A_ = np.diag([1.0, 0.0, 0.0])
    objective = Measured(operator, operator.forward(A_))
    at_wrong = weight_normalization.at(objective, np.eye(3)[:, 1:], sign * np.eye(2))
    worst, worst_psd, wrong_ends, other_ends = 0.0, 0.0, 0, 0
    starts = effort.pick(20, 400)
    for seed in range(starts):
        rng = np.random.default_rng(seed)
        start = weight_normalization.init(objective, 2, rng)
        X_ = start.X
        s_ = float(np.sum(X_[0] ** 2))
        least = (
            4
            * np.linalg.norm(operator.forward(X_ @ best_magnitude(operator, objective.y, X_) @ X_.T) - objective.y) ** 2
            / 4
        )
        worst = max(worst, abs(least - landscape * 2 * s_ * (1 - s_)))
        if seed < effort.pick(5, 40):
            Theta = best_semidefinite_magnitude(operator, objective.y, X_, steps=300)
            constrained = np.linalg.norm(operator.forward(X_ @ Theta @ X_.T) - objective.y) ** 2
            worst_psd = max(worst_psd, abs(constrained - ((1 - s_) * (1 + 3 * s_) / 2 if s_ >= 1 / 3 else 2 / 3)))
        run = iterate(
            weight_normalization,
            objective,
            weight_normalization.Parameters(eta=0.5),
            start,
            max_iterations=400,
            tolerance=1e-8,
            record_every=10**6,
        )
        Z = run.state.X @ run.state.Theta @ run.state.X.T
        wrong_ends += np.linalg.norm(Z - A_ + np.eye(3)) < 1e-6
        other_ends += min(np.linalg.norm(Z - A_ + np.eye(3)), np.linalg.norm(Z - A_)) >= 1e-6
    rows = (
        Row("|M(X Theta X') - y| at X = [e_2 e_3], Theta = -I", at_wrong.residual.norm, "tight", 0, 1e-14, "rounding"),
        Row(
            "|X Theta X' - A| there",
            np.linalg.norm(at_wrong.X @ at_wrong.Theta @ at_wrong.X.T - A_),
            "tight",
            np.sqrt(3),
            1e-12,
            "rounding",
        ),
        Row("worst |4 min f - 2 s (1 - s)| over random X", worst, "tight", 0, 1e-12, "rounding"),
        Row(
            "worst error of the constrained landscape",
            worst_psd,
            "tight",
            0,
            1e-6,
            "discretisation, 300 projected steps",
        ),
        Row("share of random starts that end at A - I", wrong_ends / starts, "lower", 0.1),
        Row("runs that end neither at A nor at A - I", other_ends, "tight", 0),
    )
    return Evidence(rows, steps)
