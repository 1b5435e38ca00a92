"""Claims of "Exact rank: gradient descent is fast": long steps near a solution, and the rate that no proof can beat."""

from __future__ import annotations

import flint
import numpy as np
import sympy
import z3

from wnsense import exact_rank_runs as runs
from wnsense import exact_rank_worst as worst
from wnsense.claims.exact_rank import BITS, CHAPTER, rational
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import ball, smt, symbolic
from wnsense.proof.step import classical

TWO_THIRDS = "2/3"


def near_steps(*, rate="1", correction="2", limit=TWO_THIRDS, hidden=1, twice=1):
    """Steps of the proof, in its notation; the arguments sabotage them."""
    R, Z, Q, U, Ut, S, Si = symbolic.matrices("R Z Q U Ut S Si")
    eta, one = sympy.Symbol("eta", positive=True), sympy.Integer(1)
    rules = {Q * Z: sympy.Integer(0), Ut * U: one, S * Si: one, Si * S: one}
    A = U * S * Ut
    step = 1 - eta * R
    u, v, low, high, q, nu, rho, h = z3.Reals("u v low high q nu rho h")
    c2, b2, all2 = z3.Reals("c2 b2 all2")
    top = z3.RealVal(limit)
    q_domain = (q == 1 - low, 0 < low, low <= high, high <= top)
    r_domain = (0 < rho, rho < z3.RealVal("1/2"))
    kept = z3.RealVal(hidden) * nu
    promise = z3.RealVal(rate) - z3.RealVal(correction) * rho
    return [
        symbolic.identity(
            "1 R_+ = R - eta(RZ + ZR) + eta^2 RZR",
            step * Z * step - (Z - R),
            R - twice * eta * (R * Z + Z * R) + eta**2 * R * Z * R,
        ),
        smt.inequality(
            "2a block a: |1 - (u + v)| <= q",
            z3.And(1 - u - v <= q, u + v - 1 <= q),
            *q_domain,
            low <= u,
            u <= high,
            low <= v,
            v <= high,
        ),
        smt.inequality("2b block b: 0 <= 1 - u <= q", z3.And(0 <= 1 - u, 1 - u <= q), *q_domain, low <= u, u <= high),
        symbolic.identity("2c QU = -QRU Sigma^-1", Q * U, -Q * (Z - A) * U * Si, rules),
        symbolic.identity("2d c = QRQ = -(QU Sigma)(QU)'", Q * (Z - A) * Q, -Q * U * S * Ut * Q, rules),
        classical("2e |QU| <= rho, so |c|_F <= rho |QR|_F", "norms of products"),
        smt.inequality(
            "2f |c|^2 <= nu |R|^2",
            (2 - rho**2) * c2 <= rho**2 * all2,
            c2 <= rho**2 * (b2 + c2),
            2 * b2 + c2 <= all2,
            0 <= b2,
            0 <= c2,
            *r_domain,
        ),
        smt.inequality(
            "3a q^2 + (1 - q^2)nu <= (q + 2(1 - q)nu)^2",
            q**2 + (1 - q**2) * nu <= (q + 2 * (1 - q) * kept) ** 2,
            1 - top <= q,
            q <= 1,
            0 <= nu,
            nu <= 1,
        ),
        classical("3b |eta^2 RZR|_F <= (2/3) h rho |R|_F", "norms of products"),
        classical("3c 1 - q >= h(1 - rho)", "Weyl's inequality"),
        smt.inequality(
            "4 q + 2(1 - q)nu + (2/3)h rho <= 1 - h(1 - 2 rho)",
            q + 2 * (1 - q) * nu + z3.RealVal(TWO_THIRDS) * h * rho <= 1 - h * promise,
            1 - q >= h * (1 - rho),
            0 < h,
            nu * (2 - rho**2) == rho**2,
            *r_domain,
        ),
        smt.inequality(
            "5 rho_+ <= rho: the hypotheses are kept", rho * (1 - h * (1 - 2 * rho)) <= rho, 0 < h, h <= 1, *r_domain
        ),
        classical("6 induction on t", "induction"),
    ]


@claim(
    id="thm-gd-exact-rank-rate",
    title="Exact rank: gradient descent converges linearly",
    statement=r"r=r_A,\ \rho_t=\lVert Y_tY_t^\top-A\rVert_F/\sigma_{r_A},\ \rho_0<\tfrac12,\ "
    r"\eta(\sigma_1+\rho_0\sigma_{r_A})\le\tfrac23\ \Longrightarrow\ "
    r"\rho_{t+1}\le\big(1-\eta\sigma_{r_A}(1-2\rho_t)\big)\rho_t",
    level=Level.PROVED,
    source="ours; local linear convergence of factored descent: tu2016",
    uses=("lem-factor-gradient",),
    chapter=CHAPTER,
    controls={
        "the rate eta sigma_r 10 % larger": dict(rate="1.1"),
        "2 rho replaced by 1.8 rho": dict(correction="1.8"),
        "steps 10 % past the limit": dict(limit="11/15"),
        "3a without the hidden block c": dict(hidden=0),
        "the cross term eta(RZ + ZR) halved": dict(twice=sympy.Rational(1, 2)),
    },
)
def near_rate(effort, *, rate="1", correction="2", limit=TWO_THIRDS, hidden=1, twice=1):
    """The proof's steps; single steps in ball arithmetic; a search for the largest correction."""
    steps = near_steps(rate=rate, correction=correction, limit=limit, hidden=hidden, twice=twice)
    rng, found = np.random.default_rng(23), []
    longest = float(sympy.Rational(limit))
    sharp = worst.tight_instance(1e-4, (1.5,)), worst.at_distance(np.ones(1), np.ones((1, 1)), 0.01)
    with ball.precision(BITS):
        for k in range(effort.pick(240, 8000)):
            instance = sharp[k % 2] if k % 5 == 0 else worst.random_instance(rng, highest=0.5)
            rho = instance.squared_rho.sqrt()
            eta = (
                longest * (1.0, 0.3, 0.01)[k % 3] / (float(instance.sigma[0]) + float(rho) * float(instance.sigma[-1]))
            )
            h = flint.arb(eta) * flint.arb(float(instance.sigma[-1]))
            promised = h * (rational(rate) - rational(correction) * rho)
            if promised > 0:
                found.append(float(((1 - instance.squared_factor(eta).sqrt()) / promised).lower()))
    largest = worst.largest_correction(effort.pick(12, 200), np.random.default_rng(24))
    return Evidence(
        (
            Row(f"smallest 1 - rho_+/rho over its bound, {len(found)} steps", min(found), "lower", 1.0),
            Row("largest C found with factor 1 - h(1 - C rho)", round(largest, 2), "upper", float(correction)),
        ),
        steps,
    )


@claim(
    id="prop-exact-rank-rate-sharp",
    title="The rate is attained",
    statement=r"r=r_A<m,\ 0<\eta\sigma_1<\tfrac23:\ \text{for every }A\text{ some }Y_0\text{ with }"
    r"\rho_0>0\text{ as small as one likes has }"
    r"C_1(1-\eta\sigma_{r_A})^t\le\rho_t\le C_2(1-\eta\sigma_{r_A})^t,\ 0<C_1\le C_2",
    level=Level.PROVED,
    source="ours",
    uses=("thm-gd-exact-rank-rate",),
    chapter=CHAPTER,
    controls={
        "h 10 % larger": dict(scale=1.1),
        "h 10 % smaller": dict(scale=0.9),
        "m = r_A: nothing outside the range": dict(outside=0.0),
        "step 1 with the sign of eta s turned": dict(sign=1),
    },
)
def rate_sharp(effort, *, scale=1.0, outside=1.0, sign=-1):
    """The two-dimensional recursion by SymPy; runs of the algorithm on the whole problem."""
    u, v, eta, s1 = sympy.symbols("xi psi eta sigma_1", positive=True)
    Y = sympy.Matrix([[sympy.sqrt(s1), 0], [0, u], [0, v]])
    R = Y * Y.T - sympy.diag(s1, 1, 0)
    after = Y - eta * R * Y
    s = u**2 + v**2
    closed = sympy.Matrix([[sympy.sqrt(s1), 0], [0, (1 - eta * (s - 1)) * u], [0, (1 + sign * eta * s) * v]])
    e, s_ = z3.Reals("e s")
    steps = [
        symbolic.scalar_identity(
            "1 only the last column moves, by these factors", sum(sympy.expand(d) ** 2 for d in after - closed), 0
        ),
        symbolic.scalar_identity("2 tr R = s - 1", R.trace(), s - 1),
        classical("3a |s_t - 1| <= sqrt(2) rho_t, summable by the theorem", "Cauchy-Schwarz"),
        smt.inequality("3b 1 - eta s_t >= 1/3", 1 - e * s_ >= z3.Q(1, 3), e * s_ <= z3.Q(2, 3)),
        classical("3c the product of (1 - eta s_t)/(1 - h) converges", "infinite products"),
        symbolic.scalar_identity("4 R_23 = xi psi, so rho^2 >= 2 xi^2 psi^2", R[1, 2] - u * v, 0),
        classical("5 the product of 1 + 2h rho_t/(1 - h) converges", "infinite products"),
    ]
    rows = []
    for kappa, fraction in ((1.0, 0.3), (3.0, 1.0), (10.0, 1.0)):
        measured = runs.last_ratio(kappa, fraction, outside=outside)
        rows.append(Row(f"(1 - rho_+/rho)/h late, kappa = {kappa:g}", measured, "tight", scale, 1e-5, "rho > 0"))
    return Evidence(rows, steps)
