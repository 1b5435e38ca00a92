"""Claims of the chapter on Riemannian gradient descent: the monotone loss, its sharpness, its corollary."""

from __future__ import annotations

import functools

import flint
import numpy as np
import sympy
import z3

from wnsense import iterate, objective, stiefel, weight_normalization
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.problem import random_ground_truth
from wnsense.proof import ball, kernel, smt, symbolic
from wnsense.proof.step import classical

CHAPTER = "riemannian_gradient_descent"


def exact_instance(rng):
    """A random A and an X with exactly orthonormal columns, as enclosures: a Cayley transform of a random skew matrix.

    X starts at columns of the identity, that is at a stationary point, and is turned away from it by an angle of
    between 1e-8 and 1, so that near-saddles, near-solutions and generic points all occur.
    """
    m = int(rng.integers(2, 7))
    r, rank = int(rng.integers(1, m)), int(rng.integers(1, m + 1))  # r = m would leave nothing to turn into
    sigma = np.zeros(m)
    sigma[:rank] = np.sort(np.append(rng.uniform(0.0, 1.0, rank - 1), 1.0))[::-1]
    K = np.triu(rng.standard_normal((m, m)), 1) * 10.0 ** rng.uniform(-8, 0)
    K = ball.matrix(K - K.T)
    one = ball.matrix(np.eye(m))
    columns = rng.permutation(m)[:r] if rng.random() < 0.5 else np.arange(r)
    return ball.matrix(np.diag(sigma)), (one - K).solve(one + K) * ball.matrix(np.eye(m)[:, columns])


def enclosed_decrease(A, X, eta):
    """Enclosures of f(X) - f(X_+) and of |G|^2 for one step with exact magnitude, from the definitions.

    X_+ enters f only through the projection on its span, W (W'W)^{-1} W' with W = X - eta G.
    """

    def loss(P):
        return ball.frobenius_squared(P * A * P - A) / 4

    Xt = X.transpose()
    P, T = X * Xt, Xt * A * X
    Gt = (X * T * Xt - A) * X * T
    G = Gt - X * (Xt * Gt + (Xt * Gt).transpose()) * flint.arb(0.5)
    W = X - G * eta
    Wt = W.transpose()
    return loss(P) - loss(W * (Wt * W).solve(Wt)), ball.frobenius_squared(G)


def monotone_identities(*, keep_H=True, keep_J=True):
    """Steps 1 to 6 of the proof that are identities, in its notation; the arguments drop a term."""
    X, Xt, A, Th, C, H, Om, R, Ri = symbolic.matrices("X Xt A Theta C H Omega R Ri")  # R = N^{1/2}, Ri its inverse
    eta, s1, x, eps = sympy.symbols("eta sigma_1 x epsilon", positive=True)
    one = sympy.Integer(1)
    rules = {Xt * X: one}
    theta = Xt * A * X
    B, Bt = (1 - X * Xt) * A * X, Xt * A * (1 - X * Xt)
    W, Wt = X + eta * B * theta, Xt + eta * theta * Bt
    c, h = Bt * B, Bt * A * B
    symmetric = {letter: letter for letter in (Th, C, H, Om, R, Ri)}
    J = R * Th * R - Ri * Om * Ri
    N = 1 + eta**2 * Th * C * Th
    omega = Th + eta * (C * Th + Th * C) + eta**2 * Th * H * Th
    kept = 2 * eta**2 * Th**3 * H if keep_H else 0
    step3 = 4 * eta * Th**2 * C + kept - 2 * eta**2 * Th**4 * C - eta**4 * Th * C * Th * Th**2 * C * Th**2
    gap = s1 * Th - Th**2 - C
    p = 4 * eta - 2 * eta**2 * Th**2 - eta**4 * (s1 * Th**5 - Th**6)
    scalar_p = 4 - 2 * eps * x**2 - eps**3 * x**5 * (1 - x)
    return [
        symbolic.identity("1a C = X'A^2X - Theta^2", c, Xt * A * A * X - theta * theta, rules),
        symbolic.identity("1b N = I + eta^2 Theta C Theta", Wt * W, 1 + eta**2 * theta * c * theta, rules),
        symbolic.identity(
            "1c Omega = Theta + eta(C Theta + Theta C) + eta^2 Theta H Theta",
            Wt * A * W, theta + eta * (c * theta + theta * c) + eta**2 * theta * h * theta, rules,
        ),
        symbolic.trace_identity(
            "2 phi_+ = 2tr(Theta Omega) - tr(Theta N Theta N) + |J|^2",
            (Ri * Om * Ri) ** 2, 2 * Th * Om - Th * R * R * Th * R * R + (J * J if keep_J else 0),
            {R * Ri: one, Ri * R: one}, symmetric,
        ),
        symbolic.trace_identity(
            "3 phi_+ - phi - |J|^2, all terms",
            2 * Th * omega - Th * N * Th * N - Th * Th, step3, None, symmetric,
        ),
        symbolic.identity(
            "4a sigma_1 Theta - Theta^2 - C = X'(sigma_1 A - A^2)X",
            s1 * theta - theta * theta - c, Xt * (s1 * A - A * A) * X, rules,
        ),
        symbolic.trace_identity(
            "5 step 3 = tr(Theta C Theta p(Theta)) + terms of one sign",
            step3, Th * C * Th * p + kept + eta**4 * Th * C * Th * Th**2 * gap * Th**2, None, symmetric,
        ),
        symbolic.scalar_identity(
            "6a p/eta = 4 - 2e + e(1 - x)(2(1 + x) - e^2x^5)",
            scalar_p, 4 - 2 * eps + eps * (1 - x) * (2 * (1 + x) - eps**2 * x**5),
        ),
    ]


@claim(
    id="thm-monotone-loss",
    title="Monotone loss",
    statement=r"0<\eta\le2/\sigma_1^2\ \Longrightarrow\ "
    r"f(X_{t+1})\le f(X_t)-\eta\big(1-\tfrac12\eta\sigma_1^2\big)\lVert G_t\rVert_F^2,"
    r"\text{ with equality only where }G_t=0",
    level=Level.FORMAL,
    source="ours",
    uses=("lem-population-loss", "lem-magnitude-step-is-exact"),
    chapter=CHAPTER,
    controls={
        "a name that is not in the record": dict(formal="population_loss_falls_faster"),
        "steps up to 2.002/sigma_1^2": dict(limit=2.002),
        "the constant 10 % larger": dict(constant=1.1),
        "step 3 without the term tr(Theta^3 H)": dict(keep_H=False),
        "step 2 without the remainder |J|^2": dict(keep_J=False),
    },
)
def monotone_loss(effort, *, limit=2.0, constant=1.0, keep_H=True, keep_J=True, formal="population_monotone_loss"):
    """The kernel's verdict; the proof's steps; then rigorous enclosures, random and near-stationary instances."""
    x, eps = z3.Reals("x epsilon")
    domain = (0 < eps, eps <= z3.RealVal(str(limit)), 0 <= x, x <= 1)
    p = 4 - 2 * eps * x**2 - eps**3 * x**5 * (1 - x)
    steps = monotone_identities(keep_H=keep_H, keep_J=keep_J)
    steps += [
        classical("4b A^2 <= sigma_1 A; tr(PQ) >= 0 for psd P, Q", "spectral theorem"),
        smt.inequality("6b e^2x^5 < 2(1 + x) where x < 1", eps * eps * x**5 < 2 * (1 + x), *domain, x < 1),
        smt.inequality("6c p/eta >= 4 - 2e", p >= z3.RealVal(str(constant)) * (4 - 2 * eps), *domain),
        smt.inequality("7a equality: p/eta > 4 - 2e where x < 1", p > 4 - 2 * eps, *domain, x < 1),
        classical("7b tr(PQ) = 0 for psd P, Q only if PQ = 0", "square root of a psd matrix"),
    ]
    steps.sort(key=lambda step: step.label)
    steps = [
        kernel.theorem("the theorem: the inequality", formal),
        kernel.theorem("the theorem: strict where G is not 0", "population_strict_loss"),
        *steps,
    ]
    rng = np.random.default_rng(5)
    count, ratios, at_limit = effort.pick(250, 4000), [], []
    with ball.precision(300):
        for _ in range(count):
            A, X = exact_instance(rng)
            eta = float(limit) * (1.0 if rng.random() < 0.3 else rng.uniform(0.001, 1.0))
            decrease, squared = enclosed_decrease(A, X, flint.arb(eta))
            if not squared > 1e-60:  # a stationary point: the span is invariant, 0 = 0
                continue
            # the lower ends of the enclosures: what is certain
            if eta < limit:
                bound = eta * (1 - flint.arb(eta) / 2) * squared * flint.arb(constant)
                ratios.append((decrease / bound).lower())
            else:
                at_limit.append((decrease / squared).lower())
    rows = (
        Row(f"smallest (f - f_+)/bound, {len(ratios)} steps below the limit", min(ratios), "lower", 1.0),
        Row("the same less 1, enclosed with 300 bits", min(ratio - 1 for ratio in ratios), "lower", 0.0),
        Row(f"smallest (f - f_+)/|G|^2, {len(at_limit)} steps at the limit", min(at_limit), "lower", 0.0),
    )
    return Evidence(rows, steps)


@functools.cache
def rank_one_symbols(s, u):
    """s_+, |G|^2 and lim (f - f_+)/|G|^2 of the literal step, eta = u, X = (sqrt s, sqrt(1 - s)), A = diag(1, 0)."""
    X, A = sympy.Matrix([sympy.sqrt(s), sympy.sqrt(1 - s)]), sympy.diag(1, 0)
    Theta = X.T * A * X
    Gt = (X * Theta * X.T - A) * X * Theta
    G = (Gt - X * (X.T * Gt + Gt.T * X) / 2).applyfunc(sympy.simplify)
    W = X - u * G
    s_new, squared = sympy.simplify(W[0] ** 2 / (W.T * W)[0]), sympy.simplify((G.T * G)[0])
    decrease = (s_new**2 - s**2) / 4  # 4f = 1 - Theta^2, lem-population-loss
    return s_new, squared, sympy.limit(sympy.factor(decrease / squared), s, 1)


def rank_one_instance(s_parameter, extra=0):
    """A with eigenvalues 1, 1/2, 0 and X whose first column makes the squared cosine s with u_1, in exact rationals.

    s = ((1 - t^2)/(1 + t^2))^2 with t the given fraction; `extra` = 1 adds the second eigenvector as a column of X.
    """
    t = flint.fmpq(*s_parameter)
    c, d = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
    A = flint.arb_mat(flint.fmpq_mat([[1, 0, 0], [0, flint.fmpq(1, 2), 0], [0, 0, 0]]))
    rows = [[c], [0], [d]] if not extra else [[c, 0], [0, 1], [d, 0]]
    return A, flint.arb_mat(flint.fmpq_mat(rows)), c * c


@claim(
    id="prop-monotone-range-sharp",
    title="Range and constant are sharp",
    statement=r"r_A=1:\ 1-s_+=\frac{(1-s)(1-\eta\sigma_1^2s^2)^2}{1+\eta^2\sigma_1^4s^3(1-s)};\quad\eta>2/\sigma_1^2:\ "
    r"f_+>f\text{ for }s>\tfrac14\Big(1+\sqrt{1+\tfrac{16}{\eta\sigma_1^2}}\Big);\quad"
    r"\frac{f-f_+}{\lVert G\rVert_F^2}\to\eta\big(1-\tfrac12\eta\sigma_1^2\big)\ (s\to1)",
    level=Level.PROVED,
    source="ours",
    uses=("thm-monotone-loss",),
    chapter=CHAPTER,
    controls={
        "a step of 1.998/sigma_1^2 taken for too long": dict(past=1.998),
        "numerator (1 - eta s^2) not squared": dict(power=1),
        "limit constant 10 % larger": dict(constant=1.1),
        "16 in the threshold replaced by 15": dict(sixteen=15),
    },
)
def range_sharp(effort, *, past=2.002, power=2, constant=1.0, sixteen=16):
    """The closed form by SymPy, the sign by Z3, and certified steps that increase the loss just above the limit."""
    s, u = sympy.symbols("s u", positive=True)
    s_new, squared, limit = rank_one_symbols(s, u)
    closed = (1 - s) * (1 - u * s**2) ** power / (1 + u**2 * s**3 * (1 - s))
    zs, zu = z3.Reals("s u")
    inside = (0 < zs, zs < 1, 0 < zu)
    rise = (1 - zu * zs**2) ** 2 > 1 + zu**2 * zs**3 * (1 - zs)
    steps = [
        symbolic.scalar_identity("1a |G|^2 = s^3(1 - s)", squared, s**3 * (1 - s)),
        symbolic.scalar_identity("1b closed form of 1 - s_+", 1 - s_new, closed),
        smt.inequality("2 s_+ < s exactly where u s(2s - 1) > 2", rise == (zu * zs * (2 * zs - 1) > 2), *inside),
        smt.inequality("3 never for u <= 2", z3.Not(rise), *inside, zu <= 2),
        smt.inequality(
            "4 for u > 2: wherever 4s > 1 + sqrt(1 + 16/u)",
            rise, *inside, zu > 2, 4 * zs > 1, (4 * zs - 1) ** 2 * zu > zu + sixteen,
        ),
        symbolic.scalar_identity(
            "5 the ratio tends to eta(1 - eta/2)", limit, sympy.nsimplify(constant) * u * (1 - u / 2)
        ),
    ]
    rows = []
    with ball.precision(200):
        for extra in (0, 1):
            A, X, squared_cosine = rank_one_instance((1, 200), extra)
            decrease, squared = enclosed_decrease(A, X, flint.arb(str(past)))
            label = f"f_+ - f > 0 at eta = {past}/sigma_1^2, 1 - s = {float(1 - squared_cosine):.1e}, r = {1 + extra}"
            steps.append(ball.above(label, -decrease, flint.arb("1e-12")))
            label = f"increase (f_+ - f)/|G|^2 at eta = {past}/sigma_1^2, r = {1 + extra}"
            rows.append(Row(label, float(-decrease / squared), "lower", 0.0))
        for eta in ("0.1", "1", "1.9"):
            A, X, _ = rank_one_instance((1, 10**6))
            decrease, squared = enclosed_decrease(A, X, flint.arb(eta))
            exact = flint.arb(eta) * (1 - flint.arb(eta) / 2) * squared * flint.arb(str(constant))
            label = f"decrease over bound at 1 - s = 4e-12, eta = {eta}/sigma_1^2"
            rows.append(Row(label, float(decrease / exact), "tight", 1.0, 1e-9, "1 - s is not yet 0"))
    return Evidence(rows, steps)


@claim(
    id="cor-gradient-summable",
    title="Gradients are summable",
    statement=r"\sum_{t\ge0}\lVert G_t\rVert_F^2\le\frac{f_0}{\eta(1-\frac12\eta\sigma_1^2)},\qquad"
    r"\eta=1/\sigma_1^2:\ \min_{t<T}\lVert G_t\rVert_F^2\le\frac{\sigma_1^2\operatorname{tr}\Sigma^2}{2T}",
    level=Level.PROVED,
    source="ours",
    uses=("thm-monotone-loss", "lem-qr-polar-same-span"),
    chapter=CHAPTER,
    controls={
        "the sum bounded by 0.9 of it": dict(constant=0.9),
        "the best step taken at 1.2/sigma_1^2": dict(best=1.2),
    },
)
def gradient_summable(effort, *, constant=1.0, best=1.0):
    """Telescoping over whole runs, with the polar and the QR retraction."""
    f0, f1, f2, c = sympy.symbols("f0 f1 f2 c")
    e, a = z3.Reals("e a")
    steps = [
        symbolic.scalar_identity("1 telescoping", (f0 - f1) + (f1 - f2), f0 - f2),
        smt.inequality(
            "2 e(1 - e/2) is largest at e = 1",
            e * (1 - e / 2) <= a * (1 - a / 2), a == z3.RealVal(str(best)), 0 < e, e <= 2,
        ),
        classical("3 induction on the number of steps", "induction"),
    ]
    rng = np.random.default_rng(7)
    summed, smallest, difference = 0.0, 0.0, 0.0
    for run in range(effort.pick(4, 120)):
        m = int(rng.integers(3, 20))
        rank = int(rng.integers(1, min(m, 5)))
        r = int(rng.integers(rank, m))
        truth = random_ground_truth(m, rank, sigma=np.append(1.0, rng.uniform(0.3, 1.0, rank - 1)), rng=rng)
        problem, eta = objective.Population(truth), (0.05, 0.5, 1.0, 1.8)[run % 4]
        start = weight_normalization.init(problem, r, rng)
        runs = [
            iterate.iterate(weight_normalization, problem, parameters, start, max_iterations=150)
            for parameters in (
                weight_normalization.Parameters(eta, retraction=stiefel.polar),
                weight_normalization.Parameters(eta, retraction=stiefel.qr),
            )
        ]
        f, g = runs[0].history["loss"], runs[0].history["gradient_norm"] ** 2
        summed = max(summed, np.sum(g[:-1]) * eta * (1 - eta / 2) / (f[0] - f[-1]))
        if eta == 1.0:
            T = np.arange(1, len(g) + 1)
            smallest = max(smallest, np.max(np.minimum.accumulate(g) * 2 * T / np.sum(truth.sigma**2)))
        difference = max(difference, np.max(np.abs(f - runs[1].history["loss"])) / f[0])
    return Evidence(
        (
            Row("largest sum |G_t|^2 as a part of (f_0 - f_T)/(eta(1 - eta/2))", summed, "upper", constant),
            Row("largest min |G_t|^2 as a part of sigma_1^2 tr(Sigma^2)/(2T)", smallest, "upper", constant),
            Row("largest |f(QR) - f(polar)|/f_0", difference, "tight", 0.0, 1e-9, "rounding over 150 steps"),
        ),
        steps,
    )
