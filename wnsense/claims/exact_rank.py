"""Claims of "Exact rank: gradient descent is fast": the gradient inequality, and the whole region."""

from __future__ import annotations

import flint
import numpy as np
import sympy
import z3

from wnsense import exact_rank_bounds as bounds
from wnsense import exact_rank_runs as runs
from wnsense import exact_rank_worst as worst
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import ball, smt, symbolic
from wnsense.proof.step import classical

CHAPTER = "exact_rank"
BITS = 300


def rational(value) -> flint.arb:
    """A float, integer or decimal fraction such as "1.1" as an enclosure."""
    return flint.arb(str(value))


def gradient_steps(*, share="0.5", subtract=1, keep_square=True, second=1):
    """Steps of the proof of the gradient inequality, in its notation and its units, sigma_r = 1."""
    a, h, hi, w, wt = symbolic.matrices("a h hi w wt")  # h = H^{1/2}, b = w h, Gamma = w'w
    symmetric = {a: a, h: h, hi: hi, w: wt, wt: w}
    one = sympy.Integer(1)
    rules = {h * hi: one, hi * h: one}
    H, b, bt, c, Gamma = h * h, w * h, h * wt, -w * wt, wt * w
    Omega, Lambda = a * a + bt * b, H + Gamma
    size = a * a + 2 * bt * b + c_squared(w, wt)
    square = (a + Omega) * (a + Omega) if keep_square else 0
    U1, U1i, U1t, U1it, U2, U2t, S, Si = symbolic.matrices("U1 U1i U1t U1it U2 U2t S Si")
    inverse = {U1i * U1: one, U1t * U1it: one, Si * S: one, S * Si: one, U1 * U1i: one, U1it * U1t: one}
    s, c2 = sympy.symbols("s c", positive=True)
    y = sympy.Matrix([sympy.sqrt(s * c2), sympy.sqrt(s * (1 - c2))])
    R = y * y.T - sympy.diag(1, 0)
    rho2, length = (R * R).trace(), (y.T * y)[0]
    v, W, g = z3.Reals("v w g")
    return [
        classical("2 H > 0: else R has an eigenvalue <= -1, and rho >= 1", "Rayleigh"),
        symbolic.identity(
            "3a b H^-1 b' = U2 Sigma U2' = -c",
            (U2 * S * U1t) * (U1it * Si * U1i) * (U1 * S * U2t),
            U2 * S * U2t,
            inverse,
        ),
        symbolic.identity("3b with w = b H^-1/2: c = -ww'", -(b * hi) * (hi * bt), c, rules),
        symbolic.identity("4a A = FF' with F = [H^1/2; -w], side block", h * (-wt), -bt, rules),
        classical("4b FF' and F'F = Lambda have the same positive eigenvalues", "algebra"),
        symbolic.trace_identity("5a tr c^2 = tr Gamma^2", c * c, Gamma * Gamma, None, symmetric),
        symbolic.trace_identity(
            "5b |R|^2 = tr(a^2 + 2b'b + Gamma^2)", a * a + bt * b + b * bt + c * c, size, None, symmetric
        ),
        symbolic.trace_identity(
            "6 |RY|^2 = tr(z Omega)", a * (H + a) * a + b * (H + a) * bt, (H + a) * Omega, None, symmetric
        ),
        symbolic.trace_identity(
            "7 2|RY|^2 - |R|^2 + |Gamma + Omega|^2: a square and a trace",
            2 * (H + a) * Omega,
            size - (Gamma + Omega) ** 2 + square + 2 * (Lambda - second) * Omega,
            None,
            symmetric,
        ),
        symbolic.trace_identity(
            "8 |R|^2 - tr(Gamma + Omega) = tr((Lambda - I)Gamma)",
            size - Gamma - Omega,
            (Lambda - 1) * Gamma,
            None,
            symmetric,
        ),
        classical("9 tr(PQ) >= 0 and |P|_F <= tr P for psd P, Q", "spectral theorem"),
        smt.inequality(
            "10 so 2|RY|^2 >= |R|^2 - |R|^4",
            g >= z3.RealVal(share) * (W - z3.RealVal(str(subtract)) * W * W),
            2 * g >= W - v * v,
            0 <= v,
            v <= W,
            W <= 1,
        ),
        symbolic.scalar_identity(
            "11 r = 1: 2|Ry|^2 - rho^2(1 - rho^2) = (s - 1 + rho^2)^2",
            sympy.expand(2 * ((R * y).T * (R * y))[0]),
            sympy.expand(rho2 * (1 - rho2) + (length - 1 + rho2) ** 2),
        ),
    ]


def c_squared(w, wt):
    """Gamma^2 with Gamma = w'w."""
    return (wt * w) * (wt * w)


@claim(
    id="lem-exact-rank-pl",
    title="The gradient is large where the error is small",
    statement=r"r=r_A,\ R=YY^\top-A,\ \rho=\lVert R\rVert_F/\sigma_{r_A}\le1:\ "
    r"\lVert RY\rVert_F^2\ge\tfrac12(1-\rho^2)\,\sigma_{r_A}\lVert R\rVert_F^2,"
    r"\text{ with equality for some }Y\text{ at every }"
    r"\rho\in(0,1)\text{ if }m>r_A",
    level=Level.PROVED,
    source="ours",
    uses=("lem-factor-gradient",),
    chapter=CHAPTER,
    controls={
        "1/2 replaced by 0.55": dict(share="0.55"),
        "rho^2 replaced by 0.9 rho^2": dict(subtract="0.9"),
        "step 7 without the square |a + Omega|^2": dict(keep_square=False),
        "step 7 with sigma_r 10 % larger": dict(second=sympy.Rational(11, 10)),
        "one column more than the rank": dict(extra=1),
    },
)
def gradient_inequality(effort, *, share="0.5", subtract=1, keep_square=True, second=1, extra=0):
    """The proof's steps; the ratio of the two sides in ball arithmetic; the instances that attain it."""
    steps = gradient_steps(share=share, subtract=subtract, keep_square=keep_square, second=second)
    rng = np.random.default_rng(21)
    with ball.precision(BITS):

        def excess(instance):
            if extra:  # an empty column of length 0.01 to the right of Y
                Y = np.zeros((len(instance.Y) + 1, instance.Y.shape[1] + 1))
                Y[:-1, :-1], Y[-1, -1] = instance.Y, 0.01
                instance = worst.Instance(instance.sigma, Y)
            return instance.share / (rational(share) * (1 - rational(subtract) * instance.squared_rho))

        found = [excess(worst.random_instance(rng)) for _ in range(effort.pick(300, 20000))]
        tight = [excess(worst.tight_instance(rho, (3.0, 2.0))) for rho in (1e-3, 0.1, 0.5, 0.9, 0.999)]
        rows = (
            Row(
                f"smallest |RY|^2 over its bound, {len(found)} instances",
                min(float(x.lower()) for x in found),
                "lower",
                1.0,
            ),
            Row("the same less 1, enclosed with 300 bits", min(float((x - 1).lower()) for x in found), "lower", 0.0),
            Row(
                "the ratio less 1, 5 tight instances",
                max(float(abs(x - 1)) for x in tight),
                "tight",
                0.0,
                1e-20,
                "rounded entries",
            ),
        )
    return Evidence(rows, steps)


def region_steps(*, scale="1", linear=10, limit="1/6", twice=1):
    """Steps of the proof for the flow and for one step, in its notation."""
    R, Z = symbolic.matrices("R Z")
    eta = sympy.Symbol("eta", positive=True)
    symmetric = {R: R, Z: Z}
    step = 1 - eta * R
    after = R - twice * eta * (R * Z + Z * R) + eta**2 * R * Z * R
    x, p, t, w, h, g = z3.Reals("x zeta tau w h g")
    beta = 4 - linear * x - 8 * x**2 - 2 * x**3
    bracket = 4 - 4 * p - 2 * t - 4 * p * t - p * t * t
    domain = (0 < x, x <= z3.Q(3, 10), 0 <= p, p <= 2 * x, 0 <= t, t <= x)
    claimed = z3.RealVal(scale) * beta
    inside = (0 < w, w < 1, 0 < h, h <= 1)
    return [
        symbolic.identity("1 R_+ = R - eta(RZ + ZR) + eta^2 RZR", step * Z * step - (Z - R), after),
        symbolic.trace_identity(
            "2 |R_+|^2 expanded: six terms",
            after * after,
            R * R
            - 4 * eta * R * Z * R
            + eta**2 * (R * Z + Z * R) ** 2
            + 2 * eta**2 * R * R * Z * R
            - 2 * eta**3 * (R * Z + Z * R) * R * Z * R
            + eta**4 * (R * Z * R) ** 2,
            None,
            symmetric,
        ),
        classical("3 four terms are at most multiples of eta |RY|^2", "Cauchy-Schwarz"),
        smt.inequality("4a the bracket is at least beta(x)", bracket >= claimed, *domain),
        smt.inequality(
            "4b beta >= 2 for x <= 1/6, > 0 for x <= 3/10",
            z3.And(z3.Implies(x <= z3.RealVal(limit), beta >= 2), beta > 0),
            *domain,
        ),
        smt.inequality(
            "5 rho_+^2 <= (1 - beta h(1 - rho^2)/2) rho^2",
            w - g * beta <= w * (1 - beta * h * (1 - w) / 2),
            g >= h * (1 - w) * w / 2,
            beta > 0,
            *inside,
        ),
        smt.inequality(
            "6a rho_+ <= rho: the region is not left", w * (1 - beta * h * (1 - w) / 2) <= w, beta > 0, *inside
        ),
        classical("6b flow: d/dt log(rho^2/(1 - rho^2)) <= -2 sigma_r", "calculus"),
        classical("7 induction on t", "induction"),
    ]


def one_step_rows(count, *, scale, linear):
    """1 - rho_+^2/rho^2 over its bound, in ball arithmetic, for step sizes from nearly zero to 3/10."""
    rng = np.random.default_rng(22)
    found, near_flow = [], []
    with ball.precision(BITS):
        for k in range(count):
            tight = k % 5 == 0
            rho = float(rng.uniform(0.01, 0.99))
            instance = worst.tight_instance(rho, (1.0,)) if tight else worst.random_instance(rng, highest=bounds.REGION)
            x = (1e-5, 1e-2, 1 / 6, 0.3)[k % 4] if tight or k % 3 else float(rng.uniform(1e-3, 0.3))
            X = flint.arb(x)
            beta = rational(scale) * (4 - linear * X - 8 * X**2 - 2 * X**3)
            eta = x / float(instance.sigma[0])
            bound = beta * flint.arb(eta) * flint.arb(float(instance.sigma[-1])) * (1 - instance.squared_rho) / 2
            ratio = float(((1 - instance.squared_factor(eta)) / bound).lower())
            found.append(ratio)
            if tight and x == 1e-5:
                near_flow.append(ratio)
    return (
        Row(f"smallest 1 - rho_+^2/rho^2 over its bound, {count} steps", min(found), "lower", 1.0),
        Row("its distance from 1, tight instances, x = 1e-5", max(abs(r - 1) for r in near_flow), "upper", 1e-3),
    )


@claim(
    id="thm-gd-exact-rank-region",
    title="Exact rank: linear convergence in a whole region",
    statement=r"r=r_A,\ \rho_0<1,\ h=\eta\sigma_{r_A}:\ \text{flow: }"
    r"\frac{\rho_t^2}{1-\rho_t^2}\le e^{-2\sigma_{r_A}t}\frac{\rho_0^2}{1-\rho_0^2};\quad"
    r"x=\eta\sigma_1\le\tfrac3{10}:\ \rho_{t+1}^2\le\big(1-\tfrac12\beta(x)h(1-\rho_t^2)\big)\rho_t^2,\ "
    r"\beta(x)=4-10x-8x^2-2x^3,\ \beta\ge2\text{ for }x\le\tfrac16",
    level=Level.PROVED,
    source="ours",
    uses=("lem-exact-rank-pl",),
    chapter=CHAPTER,
    controls={
        "beta 10 % larger": dict(scale="1.1"),
        "10x replaced by 9x in beta": dict(linear=9),
        "beta >= 2 claimed for x <= 1/5.4": dict(limit="10/54"),
        "the cross term eta(RZ + ZR) halved": dict(twice=sympy.Rational(1, 2)),
        "the region rho_0 < 1.1": dict(region=1.1),
        "the flow 10 % faster": dict(speed=1.1),
    },
)
def whole_region(effort, *, scale="1", linear=10, limit="1/6", twice=1, region=1.0, speed=1.0):
    """The proof's steps; single steps in ball arithmetic; the flow; runs to the end from all over the region."""
    full = (scale, linear, limit, twice) == ("1", 10, "1/6", 1)
    steps = region_steps(scale=scale, linear=linear, limit=limit, twice=twice)
    rows = one_step_rows(effort.pick(240, 8000) if full else 120, scale=scale, linear=linear)
    excess = max(runs.flow_excess(seed, speed=speed) for seed in range(effort.pick(4, 40)))
    last = max(runs.final_rho(seed, region=region) for seed in range(effort.pick(6, 60)))
    return Evidence(
        (
            *rows,
            Row("largest odds of the flow over their bound", excess, "upper", 1.0, 1e-6, "integrator"),
            Row(f"largest rho after 400 kappa steps, rho_0 up to {0.999 * region:.3g}", last, "upper", 1e-6),
        ),
        steps,
    )
