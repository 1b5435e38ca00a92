"""How much imbalance a random start has: entries at scale alpha in one factor, at alpha/3 in the other."""

from __future__ import annotations

import numpy as np
import z3

from wnsense import asymmetric_bounds, validate
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.claims.two_factor_rate import CHAPTER
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical

NARROW, WIDE = (20000, 20000, 2), (2, 2, 20000)  # n_1, n_2, r: so large that the bound is close
TAU = 2.0


def imbalance_eigenvalue(F: np.ndarray, G: np.ndarray, s: int) -> float:
    r"""The s-th largest eigenvalue of :math:`F^\top F-G^\top G`, also where r is large and n_1 + n_2 small.

    With :math:`[F;G]^\top=QT` (QR) and J = diag(I, -I), :math:`\Delta=QTJT^\top Q^\top`: it has the eigenvalues of
    :math:`TJT^\top`, and 0.
    """
    n_1, r = validate.array("F", F, ("n_1", "r")).shape
    if r <= n_1:
        return float(np.linalg.eigvalsh(F.T @ F - G.T @ G)[-s])
    T = np.linalg.qr(np.vstack([F, G]).T, mode="r")
    signs = np.repeat([1.0, -1.0], [n_1, len(G)])
    eigenvalues = np.linalg.eigvalsh((T * signs) @ T.T)
    padded = np.append(eigenvalues, np.zeros(r - len(eigenvalues)))
    return float(np.sort(padded)[-s])


def smallest_imbalances(sizes, draws: int, seed: int, ratio: float = 1 / 3) -> np.ndarray:
    """The s-th eigenvalues of Delta_0 for alpha = 1, s = min(r, n_1), of independent starts."""
    rng, (n_1, n_2, r) = np.random.default_rng(seed), sizes
    return np.array(
        [
            imbalance_eigenvalue(rng.standard_normal((n_1, r)), ratio * rng.standard_normal((n_2, r)), min(r, n_1))
            for _ in range(draws)
        ]
    )


def start_steps(*, four=4):
    """Steps of the lemma; `four` sabotages the condition on n."""
    F, Ft, G, Gt, P = symbolic.matrices("F Ft G Gt P")
    a, b, t, n = z3.Reals("a b tau n")
    return (
        classical("1 sigma_min(F_0) >= alpha(sqrt l - sqrt s - tau), up to e^(-tau^2/2)", "Davidson-Szarek"),
        classical("2 |G_0 P| <= (alpha/3)(sqrt n_2 + sqrt s + tau), up to e^(-tau^2/2)", "Davidson-Szarek"),
        symbolic.identity(
            "3 P Delta P = F'F - (GP)'(GP) for the projection P on range(F')",
            P * (Ft * F - Gt * G) * P,
            Ft * F - P * Gt * G * P,
            {F * P: F, P * Ft: Ft},
        ),
        classical("4 lambda_s(Delta) >= least value of v'Delta v, |v| = 1, v in range(F')", "Courant-Fischer"),
        smt.inequality(
            "5 n_1 = n_2 = n, sqrt n >= 4(sqrt r + tau): c >= 7n/18",
            (a - b - t) * (a - b - t) - (a + b + t) * (a + b + t) / 9 >= 7 * n / 18,
            n == a * a,
            a >= four * (b + t),
            b > 0,
            t >= 0,
        ),
        smt.inequality(
            "6 n_1 = n_2 = n <= r: c > 0 where 3 sqrt r > 5 sqrt n + 4 tau",
            3 * (a - b - t) > b + b + t,
            3 * a > 5 * b + four * t,
            b > 0,
            t >= 0,
        ),
    )


@claim(
    id="lem-imbalance-at-random-start",
    title="Imbalance of a random start",
    statement=r"F_0\text{ with entries }N(0,\alpha^2),\ G_0\text{ with entries }N(0,\alpha^2/9),\ s=\min(r,n_1),\ "
    r"\ell=\max(r,n_1):\quad\lambda_s(\Delta_0)\ge c\,\alpha^2,\ "
    r"c=(\sqrt\ell-\sqrt s-\tau)_+^2-\tfrac19(\sqrt{n_2}+\sqrt s+\tau)^2,\ "
    r"\text{with probability at least }1-2e^{-\tau^2/2}",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    controls={
        "c 10 % larger": dict(scale=1.1),
        "both factors at the same scale": dict(ratio=1.0),
        "sqrt l + sqrt s for sqrt l - sqrt s": dict(sign=-1),
        "3(sqrt r + tau) suffices in steps 5 and 6": dict(four=3),
    },
)
def imbalance_at_random_start(effort, *, scale=1.0, ratio=1 / 3, sign=1, four=4):
    """The steps, and how often starts have less imbalance than promised."""
    rows, allowed, draws = [], 2 * np.exp(-(TAU**2) / 2), effort.pick(60, 2000)
    for name, sizes, seed in (("r < n_1", NARROW, 51), ("r > n_1", WIDE, 52)):
        found = smallest_imbalances(sizes, draws, seed, ratio)
        c = asymmetric_bounds.random_start_imbalance(*sizes, TAU)
        if sign < 0:
            n_1, _, r = sizes
            c += 4 * np.sqrt(n_1) * np.sqrt(r)  # (a + b)^2 - (a - b)^2
        failed = np.mean(found < scale * c)
        rows.append(Row(f"{name}: starts with less than c alpha^2, part of {draws}", failed, "upper", allowed))
        rows.append(Row(f"{name}: median of lambda_s/(c alpha^2)", np.median(found) / c, "upper", 1.06))
    return Evidence(rows, start_steps(four=four))
