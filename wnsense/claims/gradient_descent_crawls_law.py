"""Claim of "Gradient descent crawls": the law of the total error, from every start that finds A at all."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy
import z3

from wnsense import crawl_law
from wnsense.claims.gradient_descent_crawls import CHAPTER
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof.smt import inequality
from wnsense.proof.step import Step, classical
from wnsense.proof.symbolic import identity, matrices, scalar_identity


def law_steps(*, damp=1, inner=1, limit=Fraction(1, 3)) -> list[Step]:
    """Steps of the proof, in its notation; the arguments sabotage them."""
    F, Ft, B, Bt, S, one = *matrices("F Ft B Bt S"), sympy.Integer(1)
    eta, s, sigma = sympy.symbols("eta s sigma", positive=True)
    W, G, C, Ct, H = Ft * F + Bt * B, F * Ft, F * Bt, B * Ft, B * Bt
    D, N = G - S, one - eta * (G - S)
    new, new_t = (one + eta * S) * F - eta * F * W, Ft * (one + eta * S) - eta * W * Ft
    outer, outer_t = B - eta * B * W, Bt - eta * W * Bt
    cross = N * (C * (one - eta * H) - damp * eta * G * C) - eta * C * (H * (one - eta * H) - eta * Ct * C)
    signal = N * G * N - eta * (N * C * Ct + C * Ct * N) + eta**2 * C * H * Ct
    linear = D - eta * (D * S + S * D) - 2 * eta * D * D + eta**2 * D * G * D
    x, y, a = z3.Reals("x y a")
    top = z3.Q(limit.numerator, limit.denominator)
    Y, Yt, u, ut, v, vt, A = matrices("Y Yt u ut v vt A")
    killed = {Y * v: sympy.Integer(0), vt * Yt: sympy.Integer(0), vt * v: one}
    return [
        identity("1a Phi+ = N Phi - eta C B", new, N * F - eta * C * B),
        identity("1b B+ = (I - eta H)B - eta C' Phi", outer, (one - eta * H) * B - eta * Ct * F),
        identity("2 C+ = N(C(I - eta H) - eta G C) - eta C(..)", new * outer_t, cross),
        identity("3a G+ = N G N + terms of second order in C", new * new_t, signal),
        identity("3b N G N - Sigma = D - eta(D Sigma + Sigma D) + ..", N * G * N - S, linear),
        inequality("4 |1 - x| <= 1 - a and |1 - x - y| <= 1 - 2a on the spectrum of eta Sigma",
                   z3.And(a - 1 <= 1 - x, 1 - x <= 1 - a, 2 * a - 1 <= 1 - x - y, 1 - x - y <= 1 - 2 * a),
                   0 < a, a <= x, x <= top, a <= y, y <= top),
        classical("5 rank(B(I - Pi)) <= r - r_A, so s_j(B) <= |B Pi| beyond", by="Weyl"),
        scalar_identity("7 Hessian <= 3|Y|^2, attained at r = 1, A = 0", sympy.diff(s**4 / 4, s, 2), 3 * s**2),
        inequality("7 the loss falls by (eta/2)|grad|^2", 1 - 3 * a / 2 >= z3.Q(1, 2), 0 < a, a <= top),
        classical("7 bounded iterates of an analytic loss converge", by="Lojasiewicz; Absil, Mahony and Andrews"),
        identity("8 E along u v' is E + s^2 u u'", (Y + s * u * vt) * (Yt + inner * s * v * ut) - A,
                 Y * Yt - A + s**2 * u * ut, killed),
        scalar_identity("8 u'Eu = -sigma: second derivative -sigma at s = 0",
                        sympy.diff((-2 * sigma * s**2 + s**4) / 4, s, 2).subs(s, 0), -inner * sigma),
        classical("9 almost no start ends in a strict saddle", by="center-stable manifolds; Lee et al."),
    ]  # fmt: skip


@claim(
    id="thm-crawl-law",
    title="The law of the crawl",
    statement=r"\text{in the situation of the lower bound: if }Y_tY_t^\top\to A\text{, then }"
    r"2\eta t\,\lVert Y_tY_t^\top-A\rVert_F\to\sqrt{r-r_A}\text{, and the blocks }\Phi\Phi^\top-\Sigma,\ \Phi B^\top"
    r"\text{ are }O(q^t)\text{ for each }q>1-\eta\sigma_{r_A};\ \text{and }Y_tY_t^\top\to A\text{ for almost every }Y_0"
    r"\text{ with }3\eta\max\{\lVert A\rVert,\lVert Y_0\rVert^2\}<1",
    level=Level.PROVED,
    source="ours, resting on absil2005 and lee2019",
    uses=("thm-gd-lower-bound", "thm-extra-columns", "cor-gd-crawl-constant", "lem-factor-gradient"),
    chapter=CHAPTER,
    controls={
        "law 10 % larger": dict(constant=1.1),
        "r - r_A counted 10 % too large": dict(count=1.1),
        "cross block faster: 1 - 1.1 eta sigma": dict(rate=1.1),
        "a start orthogonal to an eigenvector of A": dict(rank=-1),
        "G C with 1.1 in place of 1 in the identity": dict(damp=sympy.Rational(11, 10)),
        "curvature of the saddle 10 % larger": dict(inner=sympy.Rational(11, 10)),
        "step sizes up to 0.7 / |A|": dict(limit=Fraction(7, 10)),
    },
)
def crawl_law_holds(effort, *, constant=1.0, count=1.0, rate=1.0, rank=2, damp=1, inner=1, limit=Fraction(1, 3)):
    """The proof's steps; generic starts, and starts whose part in range(A) has rank 1 in place of 2."""
    t = effort.pick(10_000, 100_000)
    full, thin = (crawl_law.ratios(t, k) / (constant * np.sqrt(count)) for k in (rank, 1))
    cross, q = crawl_law.cross_rates(), 1 - rate * crawl_law.ETA * crawl_law.SIGMA[-1]
    rows = (
        Row(f"error over limit law, t = {t}, furthest", max(full, key=lambda x: abs(x - 1)), "tight", 1.0, 0.01,
            "1/w_0 beside 2 eta t"),
        Row("the same, U'Y_0 of rank 1, r_A = 2", max(thin, key=lambda x: abs(x - 1)), "tight", 1.0, 0.01,
            "1/w_0 beside 2 eta t"),
        Row("decay of |Phi B'| a step, t = 100 to 140", cross.max(), "upper", q),
        Row("the same, slowest allowed", cross.min(), "lower", q - 0.01),
        Row("curvature of the loss at a saddle, sigma = 1/2", crawl_law.curvature(), "tight",
            -float(inner) / 2, 1e-5, "difference quotient"),
    )  # fmt: skip
    return Evidence(rows, law_steps(damp=damp, inner=inner, limit=limit))
