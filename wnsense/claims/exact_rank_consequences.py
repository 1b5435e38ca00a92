"""Claims of "Exact rank: gradient descent is fast": what one more column takes away."""

from __future__ import annotations

import flint
import numpy as np
import sympy

from wnsense import exact_rank_runs as runs
from wnsense import exact_rank_worst as worst
from wnsense.claims.exact_rank import BITS, CHAPTER
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import ball, symbolic


def broken_identity(d, empty):
    """Step 7 of `lem-exact-rank-pl` for A = diag(1, 0) and Y = diag(1, d): what an eigenvalue 0 of Lambda costs."""
    A, Y = sympy.diag(1, 0), sympy.diag(1, d)
    a = R = Y * Y.T - A
    H, Gamma, Omega = Y * Y.T - a, sympy.zeros(2), a * a
    # the true Lambda is H + Gamma; with empty = 1 its second eigenvalue is 1, as if Lambda >= I still held
    last = 2 * ((H + Gamma + sympy.diag(0, empty) - sympy.eye(2)) * Omega).trace()
    kept = (R * R).trace() - ((Gamma + Omega) ** 2).trace() + ((a + Omega) ** 2).trace()
    return [
        symbolic.scalar_identity("4a the last term of the lemma's identity is -2 delta^4", last, -2 * d**4),
        symbolic.scalar_identity("4b and with it the identity holds", 2 * ((R * Y).T * (R * Y)).trace(), kept + last),
    ]


@claim(
    id="prop-extra-column-no-pl",
    title="One more column, and the inequality is gone",
    statement=r"r=r_A+1,\ v\perp\operatorname{range}(A),\ \lVert v\rVert=1,\ Y=[U\Sigma^{1/2},\ \delta v]:\ "
    r"\lVert RY\rVert_F^2=\delta^2\lVert R\rVert_F^2,\ \lVert R\rVert_F=\delta^2;\ "
    r"\text{and }\delta_{t+1}=\delta_t(1-\eta\delta_t^2)",
    level=Level.PROVED,
    source="ours",
    uses=("lem-factor-gradient", "prop-scalar-crawl"),
    chapter=CHAPTER,
    controls={
        "a share proportional to delta claimed": dict(power=1),
        "delta^3 replaced by delta^2 in step 2": dict(cube=2),
        "the column within the range of A": dict(overlap=1),
        "exact rank in its place": dict(exact=True),
        "Lambda >= I claimed as before: no negative term": dict(empty=1),
    },
)
def extra_column(effort, *, power=2, cube=3, overlap=0, exact=False, empty=0):
    """The identities as words that do not commute; the share in ball arithmetic; the crawl of a run."""
    U, Ut, Q, v, vt = symbolic.matrices("U Ut Q v vt")  # Q = Sigma^{1/2}
    d, eta = sympy.symbols("delta eta", positive=True)
    one = sympy.Integer(1)
    cross = sympy.Integer(0) if not overlap else one
    rules = {Ut * U: one, Ut * v: cross, vt * U: cross, vt * v: one}
    R = U * Q * Q * Ut + d**2 * v * vt - U * Q * Q * Ut
    steps = [
        symbolic.identity("1 R U Sigma^1/2 = 0: the fitted columns rest", R * U * Q, sympy.Integer(0), rules),
        symbolic.identity("2 R delta v = delta^3 v", R * d * v, d**cube * v, rules),
        symbolic.identity(
            "3 delta v - eta R delta v = delta(1 - eta delta^2)v",
            d * v - eta * R * d * v,
            d * (1 - eta * d**2) * v,
            rules,
        ),
        *broken_identity(d, empty),
    ]
    shares = []
    with ball.precision(BITS):
        for delta in (0.3, 1e-2, 1e-4):
            Y = (
                np.diag([np.sqrt(2.0), 1.0, delta])
                if not exact
                else np.array([[np.sqrt(2.0), 0], [0, 1.0], [0, delta]])
            )
            instance = worst.Instance(np.array([2.0, 1.0]), Y)
            shares.append(float(instance.share / flint.arb(delta) ** power))
    run = runs.experiment(3.0, extra=1, budget=500)
    rho = runs.rho_history(run, 3.0)
    crawl = rho[-1] * 2 * run.iterations * runs.LONG_STEP / 3.0
    return Evidence(
        (
            Row(
                "share/delta^2 - 1, delta from 0.3 to 1e-4",
                max(abs(s - 1) for s in shares),
                "tight",
                0.0,
                1e-6,
                "rounding",
            ),
            Row("share at delta = 1e-4", 1e-4**power * shares[-1], "upper", 1e-7),
            Row("2ht rho_t late in a generic run, r = r_A + 1", crawl, "tight", 1.0, 0.05, "finite t"),
        ),
        steps,
    )
