"""Claims of "Finite samples, sharper": the exponent of the alignment in the distortion allowed cannot be improved."""

from __future__ import annotations

import functools

import flint
import numpy as np
import sympy
import z3

from wnsense import iterate, rip, spurious
from wnsense import weight_normalization as wn
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import ball, smt, symbolic
from wnsense.proof.step import Step, classical

CHAPTER = "finite_samples_sharp"


def rotation(t):
    """Cosine and sine as rational functions of the tangent t of half the angle."""
    return (1 - t**2) / (1 + t**2), 2 * t / (1 + t**2)


@functools.cache
def plane_identities(share=sympy.Integer(1)):
    """Steps 1 to 7 as far as they are identities: the literal algorithm in the plane; `share` scales one term of the
    gradient."""
    v, w, tau, theta = sympy.symbols("v w tau Theta", real=True)
    (c, s), (p, q) = rotation(v), rotation(w)  # of the angles phi and phi_0
    b, d = c * p + s * q, s * p - c * q  # cosine and sine of phi - phi_0
    lam = p**2
    A = sympy.diag(1, 0)
    B = sympy.Matrix([p, q]) * sympy.Matrix([[p, q]])
    x, normal = sympy.Matrix([c, s]), sympy.Matrix([-s, c])

    def T(Z):
        return Z - tau * ((B * Z).trace() * A + (A * Z).trace() * B)

    def zero(label, expression):
        return Step(label, "identity", "SymPy", sympy.cancel(sympy.together(expression)) == 0)

    def zero_matrix(label, M):
        return zero(
            label, sum(entry * tau**n for n, entry in enumerate(M, 7))
        )  # independent powers: all entries vanish

    R = theta * x * x.T - A
    Gt = T(R) * x * theta
    G = Gt - x * (x.T * Gt)
    h = -theta  # |Theta|
    K = s * c * (1 - tau * (h * b**2 + lam)) - share * tau * (1 + h * c**2) * b * d
    F = c**2 * (1 - tau * lam) - tau * b**2
    return [
        zero_matrix("1 (T - I)(A + B) = -tau(1 + lambda_0)(A + B)", T(A + B) - (A + B) + tau * (1 + lam) * (A + B)),
        zero_matrix("1 (T - I)(A - B) = tau(1 - lambda_0)(A - B)", T(A - B) - (A - B) - tau * (1 - lam) * (A - B)),
        zero("2 the gradient is normal to x", (x.T * G)[0]),
        zero("2 G = -|Theta| K n", (normal.T * G)[0] + h * K),
        zero("2 Theta_+ = 2 tau b^2c^2 Theta + F(x)", theta - (x.T * T(R) * x)[0] - 2 * tau * b**2 * c**2 * theta - F),
        zero("3 F(x_0) = lambda_0 - tau(1 + lambda_0^2)", F.subs(v, w) - lam + tau * (1 + lam**2)),
        zero("5 sqrt(lambda_0) b - c = sin(phi_0) sin(phi - phi_0)", p * b - c - q * d),
        zero("7 ||R||_F^2 = Theta^2 - 2 Theta c^2 + 1", (R * R).trace() - theta**2 + 2 * theta * c**2 - 1),
    ]


def plane_inequalities(*, factor=1.0, delta=1.0, step=1.0):
    """Steps 1, 3 to 7 that are inequalities, with h = |Theta|; the threshold, the constant and the step limit
    scaled."""
    lam, tau, h, eta, c, s, b, d, p, q, K, beta = z3.Reals("lambda_0 tau h eta c s b d p q K beta")
    C, Bq, cross = z3.Reals("C B cross")  # c^2, b^2
    scale = z3.RealVal(str(factor))
    above = (0 < lam, lam < 1, 0 < tau, 2 * tau < 1, tau * (1 + lam * lam) > scale * lam)
    magnitude = (0 < h, h <= 1)
    plane = (0 <= c, c <= 1, 0 <= s, s <= 1, 0 <= b, b <= 1, 0 <= d, d <= 1)
    limit = (0 < eta, eta <= z3.RealVal(str(step)))
    F = C * (1 - tau * lam) - tau * Bq
    new = F - 2 * tau * Bq * C * h
    squares = (0 <= C, C <= lam * Bq, 0 < Bq, Bq <= 1)
    ours = z3.RealVal(str(delta)) * tau * (1 + lam)
    return [
        smt.inequality(
            "1 |spec(T - I)| <= delta = tau(1 + lambda_0) < 1",
            z3.And(tau * (1 + lam) <= ours, tau * (1 - lam) <= ours, ours < 1),
            *above,
        ),
        smt.inequality(
            "3 -1 <= Theta_0 < 0", z3.And(lam - tau * (1 + lam * lam) < 0, lam - tau * (1 + lam * lam) >= -1), *above
        ),
        smt.inequality(
            "4a 0 <= 1 - tau(|Theta|b^2 + lambda_0) <= 1",
            z3.And(0 <= 1 - tau * (h * Bq + lam), 1 - tau * (h * Bq + lam) <= 1),
            *above,
            *magnitude,
            0 <= Bq,
            Bq <= 1,
        ),
        smt.inequality(
            "4b K <= sin phi cos phi", K <= s * c, *plane, cross >= 0, 0 <= beta, beta <= 1, K == s * c * beta - cross
        ),
        smt.inequality("4b upwards: eta|Theta|K <= cos phi", eta * h * K <= c, *plane, *limit, *magnitude, K <= s * c),
        smt.inequality(
            "4c downwards: -K <= sin(phi - phi_0)",
            -K <= d,
            *plane,
            *magnitude,
            0 < tau,
            2 * tau < 1,
            0 <= beta,
            K == s * c * beta - tau * (1 + h * C) * b * d,
            0 <= C,
            C <= 1,
        ),
        smt.inequality(
            "4c downwards: -eta|Theta|K <= sin(phi - phi_0)", -eta * h * K <= d, *plane, *limit, *magnitude, -K <= d
        ),
        classical("4 arctan y <= y and sin y <= y for y >= 0", "calculus"),
        smt.inequality("5 c^2 <= lambda_0 b^2", c * c <= p * p * b * b, *plane, 0 < p, 0 < q, p * b - c == q * d),
        smt.inequality("6a F(x) < 0", F < 0, *above, *squares),
        smt.inequality("6b Theta_+ < 0", new < 0, *above, *squares, *magnitude, F < 0),
        smt.inequality("6c Theta_+ > -1", new > -1, *above, *squares, *magnitude),
        smt.inequality("7 ||R||_F^2 >= 1 for Theta < 0", h * h + 2 * h * C + 1 >= 1, 0 < h, 0 <= C),
    ]


def block_identities(*, orthogonal=True):
    """Step 9: for X = [V, x, W], V and W orthogonal to x, x_0 and u, the operator leaves all but the column x alone."""
    V, Vt, W, Wt, x, xt, y, yt, u, ut, Si = symbolic.matrices("V Vt W Wt x xt y yt u ut Si")  # y is x_0
    theta, sigma, alpha, beta = sympy.symbols("theta sigma alpha beta")
    transposes = {V: Vt, Vt: V, W: Wt, Wt: W, x: xt, xt: x, y: yt, yt: y, u: ut, ut: u, Si: Si}
    zero = sympy.Integer(0)
    rules = {left * right: zero for left in (xt, ut, *((yt,) if orthogonal else ())) for right in (V, W)}
    rules |= {left * right: zero for left in (Vt, Wt) for right in (x, u, *((y,) if orthogonal else ()))}
    A1 = V * Si * Vt
    R = theta * x * xt - sigma * u * ut
    TR = R - beta * u * ut - alpha * y * yt  # beta = tau <B, R>, alpha = tau <A_k, R>
    TA = A1 + sigma * u * ut - beta * u * ut - alpha * y * yt
    return [
        symbolic.trace_identity("9 <B, A - sigma_k A_k> = 0", y * yt * A1, zero, rules, transposes),
        symbolic.identity("9 T(A) agrees with A on V: Theta_0 is diagonal there", Vt * TA * V, Vt * A1 * V, rules),
        symbolic.identity("9 T(R)V = 0", TR * V, zero, rules),
        symbolic.identity("9 T(R)W = 0", TR * W, zero, rules),
        symbolic.identity("9 x'T(A)V = 0", xt * TA * V, zero, rules | {xt * V: zero}),
        symbolic.identity("9 V'T(R)x = 0", Vt * TR * x, zero, rules),
        symbolic.identity("9 W'T(R)x = 0", Wt * TR * x, zero, rules),
    ]


def trapped_runs(rng, count, *, factor, steps):
    """Literal runs on random instances above `factor` times the threshold: worst lambda_t/lambda_0,
    ||R_t||_F/sigma_k, gaps of delta."""
    alignment, distance, gaps = [], [], []
    for _ in range(count):
        k = int(rng.integers(1, 4))
        r = int(rng.integers(k, 5))
        m = int(rng.integers(r + 1, 7))
        lam = float(10 ** rng.uniform(-2, -0.1))
        least = factor * spurious.threshold(lam)
        tau = float(least + (0.499 - least) * (rng.uniform(0, 1) ** 3 if factor >= 1 else 0))
        sigma = np.sort(rng.uniform(0.3, 1.0, k))[::-1]
        made = spurious.instance(lam, tau, sigma, m=m, r=r)
        eta = float(rng.uniform(0.1, 1.0)) / sigma[0] ** 2
        run = iterate.iterate(wn, made.problem, wn.Parameters(eta), made.start, max_iterations=steps, truth=made.truth)
        alignment.append(run.history["alignment"].max() / lam)
        distance.append(run.history["error"].min() * made.truth.norm / sigma[-1])
        found = rip.bracket(made.deviation, min(r + k + 1, m), rng, restarts=2, steps=20)
        gaps += [(found.lower, found.upper, tau * (1 + lam))]
    return max(alignment), min(distance), gaps


@claim(
    id="prop-alignment-exponent-is-sharp",
    title="The exponent of the alignment is sharp",
    statement=r"k\le r<m,\ 0<\lambda_0<1,\ \tfrac{\lambda_0}{1+\lambda_0^2}<\tau<\tfrac12,\ 0<\eta\sigma_k^2\le1:\ "
    r"\text{there are }\mathcal M\text{ with }\mathcal M^*\mathcal M\succ0\text{ and RIP constant "
    r"}\delta=\tau(1+\lambda_0)\text{ at every order}\ge2,"
    r"\text{ and a start with }\lambda_{\min}(S_0)=\lambda_0,\text{ from which }\lambda_t\le\lambda_0,\ \lVert "
    r"X_t\Theta_tX_t^\top-A\rVert_F\ge\sigma_k"
    r"\text{ for all }t",
    level=Level.PROVED,
    source="ours",
    uses=("alg-rgd",),
    chapter=CHAPTER,
    controls={
        "tau 1 % below the threshold": dict(factor=0.99),
        "delta claimed 10 % smaller": dict(delta=0.9),
        "delta claimed 10 % larger": dict(delta=1.1),
        "one term of the gradient 10 % too small": dict(share=sympy.Rational(9, 10)),
        "steps up to 1.1/sigma_k^2 in the proof": dict(step=1.1),
        "surplus columns not orthogonal to x_0": dict(orthogonal=False),
        "distance 10 % larger claimed": dict(distance=1.1),
    },
)
def alignment_exponent_is_sharp(
    effort, *, factor=1.0, delta=1.0, share=sympy.Integer(1), step=1.0, orthogonal=True, distance=1.0
):
    """The proof's steps; literal runs of random instances; the invariant set in ball arithmetic just above the
    threshold."""
    steps = [
        *plane_identities(share),
        *plane_inequalities(factor=factor, delta=delta, step=step),
        *block_identities(orthogonal=orthogonal),
    ]
    with ball.precision(600):
        lam = flint.arb(1) / 5
        tau = flint.arb(str(factor)) * flint.arb("1.0001") * spurious.threshold(lam)
        points = spurious.enclosed_run(lam, tau, flint.arb(1), effort.pick(100, 400))
        later = points[1:]
        steps += [
            ball.below(
                f"8 enclosed: c_t < sqrt(lambda_0), {len(later)} steps",
                max(p.cosine.upper() for p in later),
                lam.sqrt().lower(),
            ),
            ball.above("8 enclosed: c_t > 0", min(p.cosine.lower() for p in later), 0),
            ball.above("8 enclosed: sin phi_t > 0", min(p.x[1, 0].lower() for p in points), 0),
            ball.below("8 enclosed: Theta_t < 0", max(p.theta.upper() for p in points), 0),
            ball.above("8 enclosed: Theta_t > -1", min(p.theta.lower() for p in points), -1),
            ball.above("8 enclosed: ||R_t||_F^2 > 1", min(p.squared_error.lower() for p in points), 1),
        ]
    steps.sort(key=lambda s: s.label)
    sound = factor == delta == distance == 1.0
    worst, least, gaps = trapped_runs(
        np.random.default_rng(31),
        effort.pick(12 if sound else 3, 80 if sound else 5),
        factor=factor,
        steps=effort.pick(80, 500),
    )
    found = [low / (delta * claimed) for low, _, claimed in gaps]
    rows = [
        Row(
            f"least ||R_t||_F / sigma_k, {len(gaps)} random (k, r, m, eta)", least, "lower", distance, 1e-12, "rounding"
        ),
        Row("largest lambda_t / lambda_0 of these runs", worst, "upper", 1.0, 1e-12, "rounding"),
        Row(
            "delta found by search / tau(1 + lambda_0), least",
            min(found),
            "tight",
            1.0,
            1e-6,
            "a search that stops early",
        ),
        Row(
            "upper end of the bracket / tau(1 + lambda_0), largest",
            max(high / (delta * claimed) for _, high, claimed in gaps),
            "upper",
            1.0,
            1e-12,
            "rounding",
        ),
    ]
    return Evidence(rows, steps)


def fate(lambda_0, factor, *, sigma, m, r, steps):
    """The relative error at the end of a literal run at `factor` times the threshold, eta = 1/(2 sigma_1^2)."""
    made = spurious.instance(lambda_0, factor * spurious.threshold(lambda_0), sigma, m=m, r=r)
    parameters = wn.Parameters(1 / (2 * sigma[0] ** 2))
    run = iterate.iterate(
        wn,
        made.problem,
        parameters,
        made.start,
        max_iterations=steps,
        tolerance=1e-9,
        truth=made.truth,
        record_every=50,
    )
    return float(run.history["error"][-1] * made.truth.norm / sigma[-1])


@claim(
    id="exp-alignment-threshold",
    title="Both sides of the threshold",
    statement=r"On the operators of prop-alignment-exponent-is-sharp RGD from the start given there converges to "
    r"$A$ at 0.9 (and 0.99) of the "
    r"threshold $\tau=\lambda_0/(1+\lambda_0^2)$ and never comes nearer than $\sigma_k$ at 1.1 (and 1.01), for "
    r"$\lambda_0$ from 0.01 to 0.6, and with $k=3$, $r=5$.",
    level=Level.REPRODUCED,
    source="ours",
    uses=("prop-alignment-exponent-is-sharp",),
    chapter=CHAPTER,
    controls={
        "threshold taken 15 % too small": dict(scale=0.85),
        "threshold taken 15 % too large": dict(scale=1.15),
        "the law lambda_0^2 for the threshold": dict(power=2),
    },
)
def alignment_threshold(effort, *, scale=1.0, power=1):
    """Worst error below and least error above the threshold; a law with another exponent must fail."""
    factors = effort.pick((0.9, 1.1), (0.9, 0.99, 1.01, 1.1))
    cases = [(lam, (1.0,), 3, 1) for lam in effort.pick((0.01, 0.1, 0.4), (0.01, 0.03, 0.1, 0.3, 0.5, 0.6))]
    cases += [(0.1, (1.0, 0.8, 0.6), 7, 5)]
    below, above = [], []
    for lam, sigma, m, r in cases:
        for f in factors:
            claimed = f * scale * lam ** (power - 1)
            if f > 1 and claimed * spurious.threshold(lam) * (1 + lam) >= 1:
                continue
            (below if f < 1 else above).append(fate(lam, claimed, sigma=sigma, m=m, r=r, steps=effort.pick(900, 3000)))
    return Evidence(
        (
            Row(f"below: largest final ||R||_F/sigma_k, {len(below)} runs", max(below), "upper", 1e-7),
            Row(f"above: least final ||R||_F/sigma_k, {len(above)} runs", min(above), "lower", 1.0),
        )
    )


@claim(
    id="exp-convergence-below-threshold",
    title="Below the threshold: a certified run",
    statement=r"$k=r=1$, $\lambda_0=\tfrac1{50}$, $\eta\sigma_1^2=\tfrac12$, $\tau=0.9\,\lambda_0/(1+\lambda_0^2)$: "
    r"within 200 iterations the run enters the hypotheses "
    r"of the finite-sample theorem, so that it converges to $A$; $\lVert "
    r"X_{200}\Theta_{200}X_{200}^\top-A\rVert_F\le10^{-15}\sigma_1$.",
    level=Level.CERTIFIED,
    source="ours",
    uses=("prop-alignment-exponent-is-sharp", "thm-finite-sample-rate"),
    chapter=CHAPTER,
    controls={
        "at 1.0001 times the threshold": dict(factor="1.0001"),
        "delta 75 % larger, so that the theorem never applies": dict(delta=1.75),
        "half the iterations": dict(steps=100),
    },
)
def convergence_below_threshold(effort, *, factor="0.9", delta=1.0, steps=200):
    """The literal algorithm in ball arithmetic, until the theorem takes over."""
    with ball.precision(effort.pick(400, 800)):
        lam = flint.arb(1) / 50
        tau = flint.arb(factor) * spurious.threshold(lam)
        constant = tau * (1 + lam) * flint.arb(str(delta))
        points = spurious.enclosed_run(lam, tau, flint.arb(1) / 2, steps)
        entered = [t for t, point in enumerate(points) if applies(point, constant)]
        first = points[entered[0]] if entered else points[-1]
        label = "delta <= l/32 and |Theta - x'Ax| <= 4 delta sqrt(1 - l), l = min(lambda_t, 15/16), at some t <= 200"
        found = [
            ball.above("the alignment has grown: lambda_t >= 32 delta", first.cosine**2, 32 * constant),
            ball.above(label, flint.arb(len(entered)), 1),
            ball.below("||X Theta X' - A||_F^2 <= 1e-30 at the end", points[-1].squared_error, flint.arb("1e-30")),
        ]
    rows = [
        Row("final ||R||_F / sigma_1, enclosed", float(points[-1].squared_error.upper()) ** 0.5, "upper", 1e-15),
        Row("first t at which the theorem applies", entered[0] if entered else np.nan, "upper", 200),
        Row("delta of the operator", float(constant.mid()), "upper", 1 / 32),
    ]
    return Evidence(rows, found)


def applies(point, delta) -> bool:
    """Whether the hypotheses of the finite-sample theorem hold for certain with this point as the start, sigma_1 =
    1."""
    squared = point.cosine**2
    level = squared if squared <= flint.arb(15) / 16 else flint.arb(15) / 16
    gap = abs(point.theta - squared)
    return (
        bool(0 < level)
        and bool(32 * delta <= level)
        and bool(level <= squared)
        and bool(gap <= 4 * delta * (1 - level).sqrt())
    )
