"""Claims of the chapter on weight normalization: a single vector."""

from __future__ import annotations

import numpy as np
import sympy
import z3
from scipy.integrate import solve_ivp

from wnsense import vector_normalization as vn
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical

CHAPTER = "weight_normalization"


def _smooth_loss(m, rng):
    """A loss that is neither quadratic nor convex, and its gradient; both accept complex arguments."""
    B, c = rng.standard_normal((m + 1, m)), rng.standard_normal(m + 1)
    return (lambda w: np.sum(np.sin(B @ w + c)) + np.sum((B @ w) ** 4) / 9), (
        lambda w: B.T @ (np.cos(B @ w + c) + 4 * (B @ w) ** 3 / 9)
    )


def _complex_step(function, x):
    """The gradient of an analytic function to the last bits: no difference is taken, so nothing cancels."""
    h = 1e-150
    return np.array([function(x + 1j * h * e).imag / h for e in np.eye(len(x))])


def _random_quadratic(rng):
    m = int(rng.integers(2, 7))
    H = rng.standard_normal((m, m))
    return vn.Quadratic((H + H.T) / 2, rng.standard_normal(m) * rng.choice([0.0, 1.0]))


@claim(
    id="lem-vector-gradient-orthogonal",
    title="The gradient in the direction parameter is orthogonal to it",
    statement=r"$\nabla_g=\langle\nabla L,\tfrac v{\lVert v\rVert}\rangle$, $\nabla_v=\frac g{\lVert"
    r" v\rVert}\big(I-\frac{vv^\top}{\lVert v\rVert^2}\big)\nabla L$ and $v^\top\nabla_v=0$.",
    level=Level.PROVED,
    source="salimans2016, sec. 2",
    chapter=CHAPTER,
    controls={
        "projection dropped": dict(projection=0),
        "10 % too little projected away": dict(projection=0.9),
        "factor 1/|v| dropped": dict(power=1),
        "factor g 10 % too large": dict(factor=1.1),
    },
)
def vector_gradient_orthogonal(effort, *, projection=1, power=2, factor=1):
    v, vt, gradient = symbolic.matrices("v v' dL")
    nu = sympy.Symbol("nu", positive=True)  # |v|^2
    rules = {vt * v: nu}
    P = 1 - sympy.nsimplify(projection) * v * vt / nu
    a, b, q = sympy.symbols("a b q", positive=True)  # v_i, v_j, and the sum of the other squares
    norm = sympy.sqrt(a**2 + b**2 + q)
    of_power = sympy.nsimplify(factor) / norm ** (power - 1)
    steps = (
        symbolic.scalar_identity(
            "1. d(v_i/|v|)/dv_i is the (i, i) entry of (I - vv'/|v|^2)/|v|",
            sympy.diff(a / norm, a),
            of_power * (1 - sympy.nsimplify(projection) * a**2 / norm**2),
        ),
        symbolic.scalar_identity(
            "1. d(v_i/|v|)/dv_j is its (i, j) entry, i != j",
            sympy.diff(a / norm, b),
            of_power * (-sympy.nsimplify(projection) * a * b / norm**2),
        ),
        symbolic.identity("2. v'(I - vv'/|v|^2) = 0", vt * P * gradient, 0, rules),
        symbolic.identity("2. I - vv'/|v|^2 is idempotent", P * P, P, rules),
    )
    worst_g = worst_v = worst_angle = 0.0
    for seed in range(effort.pick(40, 1000)):
        rng = np.random.default_rng(seed)
        m, g = int(rng.integers(1, 9)), rng.standard_normal() * 10 ** rng.uniform(-1, 0.5)
        v = rng.standard_normal(m) * 10 ** rng.uniform(-3, 3)
        L, slope = _smooth_loss(m, rng)
        norm, dL = np.linalg.norm(v), slope(vn.weight(v, g))
        if (projection, power, factor) == (1, 2, 1):
            in_g, in_v = vn.gradients(slope, v, g)
        else:
            in_g, in_v = dL @ v / norm, factor * g / norm ** (power - 1) * (dL - projection * (v @ dL) * v / norm**2)
        oracle_g = _complex_step(lambda x: L(x[0] * v / norm), np.array([g]))[0]
        oracle_v = _complex_step(lambda x: L(g * x / np.sqrt(np.sum(x * x))), v)
        scale = abs(g) * np.linalg.norm(dL) / norm  # the size of the terms that cancel
        worst_g = max(worst_g, abs(in_g - oracle_g) / np.linalg.norm(dL))
        worst_v = max(worst_v, np.linalg.norm(in_v - oracle_v) / scale)
        worst_angle = max(worst_angle, abs(v @ in_v) / (norm * scale))
    rounding = dict(relation="tight", theory=0, tolerance=1e-12, because="rounding of the sums of squares, 1e-16 each")
    rows = (
        Row("worst error of grad_g against the complex step, relative", worst_g, **rounding),
        Row("worst error of grad_v against the complex step, relative", worst_v, **rounding),
        Row("worst |v'grad_v|, relative", worst_angle, **rounding),
    )
    return Evidence(rows, steps)


@claim(
    id="lem-norm-growth",
    title="Norm growth under steps, conservation under the flow",
    statement=r"$\lVert v_{t+1}\rVert^2=\lVert v_t\rVert^2+\eta^2\lVert\nabla_v(v_t)\rVert^2$ exactly; under the flow"
    r" $\dot v=-\nabla_v$ the norm is conserved.",
    level=Level.PROVED,
    source="salimans2016, sec. 2.1",
    chapter=CHAPTER,
    uses=("lem-vector-gradient-orthogonal",),
    controls={
        "growth 10 % too large": dict(growth=1.1),
        "eta in place of eta^2": dict(power=1),
        "a gradient that is not projected": dict(projected=False),
        "Euler steps in place of the flow": dict(flow="euler"),
    },
)
def norm_growth(effort, *, growth=1, power=2, projected=True, flow="exact"):
    v, vt, d, dt = symbolic.matrices("v v' d d'")
    eta = sympy.Symbol("eta", positive=True)
    orthogonal = {vt * d: 0, dt * v: 0} if projected else {}
    steps = (
        symbolic.identity(
            "1. (v - eta d)'(v - eta d) = v'v + eta^2 d'd when v'd = 0",
            (vt - eta * dt) * (v - eta * d),
            vt * v + sympy.nsimplify(growth) * eta**power * dt * d,
            orthogonal,
        ),
        symbolic.identity("2. d(v'v)/dt = -(d'v + v'd) = 0 along the flow", -(dt * v + vt * d), 0, orthogonal),
    )
    worst, summed, drift, shrunk = 0.0, 0.0, 0.0, 0
    for seed in range(effort.pick(12, 200)):
        rng = np.random.default_rng(seed)
        m, g, eta_ = int(rng.integers(2, 9)), rng.standard_normal(), 10 ** rng.uniform(-3, 3)
        L, slope = _smooth_loss(m, rng)

        def in_v(x):
            return vn.gradients(slope, x, g)[1] if projected else slope(vn.weight(x, g)) * g / np.linalg.norm(x)

        path = [rng.standard_normal(m)]
        for _ in range(40):
            path.append(path[-1] - eta_ * in_v(path[-1]))
        squares = np.sum(np.array(path) ** 2, axis=1)
        added = growth * np.array([eta_**power * np.sum(in_v(x) ** 2) for x in path[:-1]])
        worst = max(worst, np.max(np.abs(squares[1:] - squares[:-1] - added) / squares[1:]))
        summed = max(summed, abs(squares[-1] - squares[0] - added.sum()) / squares[-1])
        shrunk += int(np.sum(np.diff(squares) < -1e-13 * squares[1:]))  # 1e-13: rounding
        if seed < effort.pick(4, 20):
            if flow == "exact":
                end = solve_ivp(lambda t, x: -in_v(x), (0, 1), path[0], method="DOP853", rtol=1e-11, atol=1e-13).y[
                    :, -1
                ]
            else:
                end = vn.descend(slope, 0.01, path[0], g, 100)[-1]
            drift = max(drift, abs(np.linalg.norm(end) / np.linalg.norm(path[0]) - 1))
    because = "rounding of steps much longer than v"
    rows = (
        Row("worst error of the identity over one step, relative to |v|^2", worst, "tight", 0, 1e-12, because),
        Row("worst error summed over 40 steps, relative", summed, "tight", 0, 1e-12, because),
        Row("steps in which |v| shrank", shrunk, "tight", 0),
        Row(
            "worst drift of |v| along the flow, relative",
            drift,
            "tight",
            0,
            1e-8,
            "discretisation, relative tolerance 1e-11 a step",
        ),
    )
    return Evidence(rows, steps)


@claim(
    id="prop-effective-step",
    title="A Euclidean step on v is a Riemannian step on the sphere",
    statement=r"With $u=v/\lVert v\rVert$: $u_{t+1}=\dfrac{u_t-\eta_t\,\mathrm{grad}(u_t)}{\lVert"
    r" u_t-\eta_t\,\mathrm{grad}(u_t)\rVert}$, $\eta_t=\eta/\lVert v_t\rVert^2$.",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    uses=("lem-vector-gradient-orthogonal", "lem-norm-growth"),
    controls={
        "effective step eta / |v|": dict(power=1),
        "constant step eta": dict(power=0),
        "effective step 10 % too long": dict(factor=1.1),
    },
)
def effective_step(effort, *, power=2, factor=1.0):
    u, slope = symbolic.matrices("u dL")
    (ut,) = symbolic.matrices("u'")
    c, eta, g = sympy.symbols("c eta g", positive=True)  # v = c u
    tangent = (1 - u * ut) * slope
    steps = (
        symbolic.identity(
            "1. c u - eta (g/c)(I - uu')dL = c (u - (eta/c^2) g (I - uu')dL)",
            c * u - eta * g / c * tangent,
            c * (u - sympy.nsimplify(factor) * eta / c**power * g * tangent),
        ),
    )
    worst, errors = 0.0, []
    for seed in range(effort.pick(20, 500)):
        rng = np.random.default_rng(seed)
        m, g_ = int(rng.integers(2, 9)), rng.standard_normal()
        loss = _random_quadratic(rng)
        v = rng.standard_normal(len(loss.b)) * 10 ** rng.uniform(-1, 1)
        eta_ = rng.uniform(0.1, 1) * (v @ v) / max(loss.curvature(g_), 1e-3)
        path = vn.descend(loss.gradient, eta_, v, g_, 50)
        w = v / np.linalg.norm(v)
        for x in path:
            worst = max(worst, np.linalg.norm(x / np.linalg.norm(x) - w))
            w = vn.riemannian_step(loss.gradient, factor * eta_ / np.linalg.norm(x) ** power, w, g_)
    loss = vn.Quadratic(np.diag([1.0, 2.0, 4.0]), np.ones(3))
    v = np.ones(3) / np.sqrt(3)
    for eta_ in (0.02, 0.01):  # from |v| = 1 two steps of either method, the step on the sphere being constant
        w = v
        for _ in range(2):
            w = vn.riemannian_step(loss.gradient, eta_, w, 1.0)
        x = vn.descend(loss.gradient, eta_, v, 1.0, 2)[-1]
        errors.append(np.linalg.norm(x / np.linalg.norm(x) - w))
    rows = (
        Row(
            "worst distance of the two paths over 50 steps",
            worst,
            "tight",
            0,
            1e-9,
            "rounding, amplified along the path",
        ),
        Row(
            "order in eta at which two steps differ from two of constant length",
            np.log2(errors[0] / errors[1]),
            "tight",
            3,
            0.1,
            "discretisation, terms of order 4",
        ),
    )
    return Evidence(rows, steps)


@claim(
    id="prop-self-tuning",
    title="Every step size finds a stationary point",
    statement=r"For every $\eta>0$: $\lVert v_t\rVert^2\le\max\big(\lVert v_0\rVert^2,\eta K+\eta^2\Gamma^2/\lVert"
    r" v_0\rVert^2\big)+2\eta(\max h-\min h)$ and $\mathrm{grad}(u_t)\to0$; on a quadratic $K\le"
    r" g^2(\lambda_{\max}-\lambda_{\min})+\tfrac2{\sqrt3}|g|\lVert b\rVert$.",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    uses=("lem-norm-growth",),
    controls={
        "curvature bound 10 % too small": dict(curvature=0.9),
        "slope bound 10 % too small": dict(slope=0.9),
        "descent claimed at half the norm": dict(threshold=0.5),
        "length of v reset to 1 after each step": dict(reset=True),
    },
)
def self_tuning(effort, *, curvature=1.0, slope=1.0, threshold=1.0, reset=False):
    rho, p, etaK, b, c, s, L = z3.Reals("rho p etaK b c s L")
    v, vt, d, dt = symbolic.matrices("v v' d d'")
    steps = (
        # [[., c], [c, . + b]] is H compressed to a plane: its eigenvalues lie L = sqrt(b^2 + 4 c^2) apart
        smt.inequality(
            "1. curvature of the Rayleigh part: |b| + sqrt(b^2 + 4 c^2) <= 2 s",
            z3.And(b + L <= 2 * curvature * s, L - b <= 2 * curvature * s),
            L >= 0,
            L * L == b * b + 4 * c * c,
            L <= s,
            s > 0,
        ),
        smt.inequality(
            "1. curvature of the linear part: |b| + sqrt(b^2 + 4 c^2) <= 4/sqrt(3) when b^2 + c^2 = 1",
            z3.And(3 * (b + L) * (b + L) <= 16 * curvature**2, 3 * (L - b) * (L - b) <= 16 * curvature**2),
            L >= 0,
            L * L == b * b + 4 * c * c,
            b * b + c * c == 1,
        ),
        smt.inequality(
            "1. slope: |c| <= s/2", z3.And(2 * c <= slope * s, -2 * c <= slope * s), b * b + 4 * c * c <= s * s, s > 0
        ),
        symbolic.identity(
            "2. |v - x d|^2 = |v|^2 + x^2 |d|^2 along the step",
            (vt - sympy.Symbol("x") * dt) * (v - sympy.Symbol("x") * d),
            vt * v + sympy.Symbol("x") ** 2 * dt * d,
            {vt * d: 0, dt * v: 0},
        ),
        classical(
            "2. h(v+) <= h(v) - p (1 - eta K / (2 rho)), p = eta |d|^2", by="Taylor's theorem with Lagrange remainder"
        ),
        smt.inequality(
            "3. once rho >= eta K the loss falls by at least p/2",
            p * (1 - etaK / (2 * rho)) >= p / 2,
            rho >= z3.RealVal(threshold) * etaK,
            etaK > 0,
            p >= 0,
            rho > 0,
        ),
        classical(
            "4. a sum of nonnegative terms with bounded partial sums has terms that tend to zero",
            by="monotone convergence",
        ),
    )
    tight_K, tight_slope, worst, longest, stuck = 0.0, 0.0, 0.0, 0.0, 0
    count = effort.pick(12, 200)
    for seed in range(count):
        rng = np.random.default_rng(seed)
        loss = _random_quadratic(rng)
        m = len(loss.b)
        for part in (vn.Quadratic(loss.H, 0 * loss.b), vn.Quadratic(0 * loss.H, loss.b + (np.arange(m) == 0))):
            eigenvectors = np.linalg.eigh(part.H)[1]
            b_unit = part.b / max(np.linalg.norm(part.b), 1e-300)
            x = rng.standard_normal(m)
            x -= (x @ b_unit) * b_unit
            x /= np.linalg.norm(x)
            adversarial = [
                eigenvectors[:, 0],
                (eigenvectors[:, 0] + eigenvectors[:, -1]) / np.sqrt(2),
                b_unit / np.sqrt(3) + np.sqrt(2 / 3) * x,
                x,
            ]
            for u in [u / np.linalg.norm(u) for u in adversarial if np.any(u)]:
                Hessian = np.array(
                    [
                        (
                            vn.gradients(part.gradient, u + 1e-5 * e, 1.0)[1]
                            - vn.gradients(part.gradient, u - 1e-5 * e, 1.0)[1]
                        )
                        / 2e-5
                        for e in np.eye(m)
                    ]
                )
                tight_K = max(tight_K, np.linalg.norm(Hessian, 2) / (curvature * part.curvature(1.0)))
                tight_slope = max(
                    tight_slope, np.linalg.norm(vn.gradients(part.gradient, u, 1.0)[1]) / (slope * part.slope(1.0))
                )
        K, Gamma = curvature * loss.curvature(1.0), slope * loss.slope(1.0)
        v = rng.standard_normal(m)
        eta = 10 ** (-1 + 3 * seed / (count - 1)) / K * (v @ v)
        # bounds of max h - min h that need no optimisation: the range of each term
        eigenvalues = np.linalg.eigvalsh(loss.H)
        variation = (eigenvalues[-1] - eigenvalues[0]) / 2 + 2 * np.linalg.norm(loss.b)
        bound = max(v @ v, eta * K + eta**2 * Gamma**2 / (v @ v)) + 2 * eta * variation
        first = np.linalg.norm(vn.gradients(loss.gradient, v, 1.0)[1]) * np.linalg.norm(v)
        x = v
        for _ in range(effort.pick(1000, 5000)):
            x = vn.euclidean_step(loss.gradient, eta, x / np.linalg.norm(x) if reset else x, 1.0)
        worst = max(worst, (x @ x) / bound)
        stuck += np.linalg.norm(vn.gradients(loss.gradient, x, 1.0)[1]) * np.linalg.norm(x) > first / 1000
        longest = max(longest, eta * K / (v @ v))
    rows = (
        Row("worst |Hessian of h| / K on unit vectors", tight_K, "upper", 1, 1e-8, "rounding of a central difference"),
        Row("worst |gradient of h| / Gamma on unit vectors", tight_slope, "upper", 1, 1e-12, "rounding"),
        Row("worst |v_t|^2 / bound at the end of a run", worst, "upper", 1),
        Row("runs whose gradient on the sphere has not fallen 1000-fold", stuck, "tight", 0),
        Row("longest first step tried, in units of |v_0|^2 / K", longest, "lower", 50),
    )
    return Evidence(rows, steps)
