"""Claims of "Matrix sensing and overparameterization": the operator, and what the parameterizations reach."""

from __future__ import annotations

import numpy as np
import sympy
import z3

from wnsense import sensing
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.packing import pack
from wnsense.problem import random_ground_truth
from wnsense.proof.smt import inequality
from wnsense.proof.step import classical
from wnsense.proof.symbolic import identity, matrices, scalar_identity, trace_identity
from wnsense.stiefel import random_point

CHAPTER = "matrix_sensing"


class _Reweighted(sensing.Packed):
    """A packed operator whose forward pass gives off-diagonal entries another weight than sqrt(2)."""

    def weighted(self, weight_squared: float) -> "_Reweighted":
        """Set the squared weight; returns self."""
        correction = np.full(self.rows.shape[1], np.sqrt(weight_squared / 2))
        correction[np.flatnonzero(pack(np.eye(self.m)))] = 1.0
        object.__setattr__(self, "correction", correction)
        return self

    def forward(self, S):
        """The measurements of S, entries reweighted."""
        return self.rows @ (pack(S) * self.correction).astype(self.rows.dtype)


def _dense(rows: np.ndarray) -> np.ndarray:
    """Packed rows as dense matrices, entry by entry."""
    n, d = rows.shape
    m = int((np.sqrt(8 * d + 1) - 1) / 2)
    M, column = np.zeros((n, m, m)), 0
    for i in range(m):
        for j in range(i, m):
            M[:, i, j] = M[:, j, i] = rows[:, column] / (1 if i == j else np.sqrt(2))
            column += 1
    return M


def _operators(m: int, n: int, rng: np.random.Generator) -> dict:
    """Every kind of operator, with its matrices M_i written out."""
    M = rng.standard_normal((n, m, m))
    M = M + M.transpose(0, 2, 1)
    double, single = sensing.gaussian(m, n, rng), sensing.gaussian(m, n, rng, np.float32)
    dyads = sensing.rank_one_gaussian(m, n, rng)
    return {
        "given matrices": (sensing.from_matrices(M), M),
        "Gaussian, float64": (double, _dense(double.rows)),
        "Gaussian, float32": (single, _dense(single.rows)),
        "population": (sensing.Identity(m), _dense(np.eye(m * (m + 1) // 2))),
        "rank one": (dyads, dyads.scale * np.einsum("ni,nj->nij", dyads.vectors, dyads.vectors)),
    }


@claim(
    id="lem-adjoint-consistency",
    title="Adjoint and packed storage",
    statement=r"$\langle\mathcal M(S),v\rangle=\langle S,\mathcal M^*(v)\rangle$ with $\mathcal M^*(v)=\sum_iv_iM_i$, "
    r"and packing with weight $\sqrt2$ off the diagonal keeps inner products.",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    controls={
        "the packing forgets the weight sqrt(2)": dict(weight_squared=1),
        "squared weight 2.2": dict(weight_squared=sympy.Rational(11, 5)),
        "the adjoint of the rank-one operator is 10 % too large": dict(dyads=sympy.Rational(11, 10)),
    },
)
def adjoint_consistency(effort, *, weight_squared=2, dyads=1):
    """Exact packing identity, and every operator against sums over its dense matrices."""
    rng = np.random.default_rng(20)
    steps = []
    for m in (2, 3, 4):
        S, T = (sympy.Matrix(m, m, lambda i, j, x=x: sympy.Symbol(f"{x}{min(i, j)}{max(i, j)}")) for x in "st")
        packed = sum(S[i, j] * T[i, j] * (1 if i == j else weight_squared) for i in range(m) for j in range(i, m))
        steps.append(scalar_identity(f"(1) packed inner product = tr(ST), m = {m}", packed, (S * T).trace()))
    a, at, S = matrices("a at S")
    steps.append(trace_identity("(2) a'Sa = <S, aa'>", at * S * a, dyads * S * a * at))
    m, n, rows = 6, 15, []
    for name, (operator, dense) in _operators(m, n, rng).items():
        if weight_squared != 2 and isinstance(operator, sensing.Packed):
            operator = _Reweighted(operator.rows).weighted(float(weight_squared))
        factor = float(dyads) if name == "rank one" else 1.0
        gaps = []
        for _ in range(effort.pick(100, 2000)):
            S, v = rng.standard_normal((m, m)), rng.standard_normal(operator.n)
            S, size = S + S.T, np.linalg.norm(dense) * np.linalg.norm(v)
            y, B = operator.forward(S), factor * operator.adjoint(v)
            gaps += [
                abs(y @ v - np.sum(S * B)) / (size * np.linalg.norm(S)),
                np.linalg.norm(y - np.tensordot(dense, S)) / (np.linalg.norm(dense) * np.linalg.norm(S)),
                np.linalg.norm(B - np.tensordot(v, dense, 1)) / size,
            ]
        tolerance = 1e-6 if "32" in name else 1e-14
        label = f"{name}: relative gap"
        rows.append(Row(label, max(gaps), "tight", 0, tolerance, "rounding"))
    return Evidence(rows, steps)


@claim(
    id="lem-parameterizations",
    title="What the two parameterizations describe",
    statement=r"$\{YY^\top\}=\{X\Theta X^\top:\Theta\succeq0\}=\{Z\succeq0:\mathrm{rank}\,Z\le r\}$, with any "
    r"symmetric $\Theta$ all symmetric $Z$ of rank at most $r$; none of these comes closer to $A$ than "
    r"$(\sum_{i>r}\sigma_i^2)^{1/2}$, which $A_r$ attains.",
    level=Level.PROVED,
    source="ours; the bound is that of eckart1936",
    chapter=CHAPTER,
    controls={
        "one column fewer than the rank": dict(columns_lost=1),
        "symmetric Z asked of a positive semidefinite magnitude": dict(relaxed=False),
        "tail that begins one eigenvalue early": dict(early=1),
        "squared tail 10 % too large": dict(factor=1.1),
    },
)
def parameterizations(effort, *, columns_lost=0, relaxed=True, early=0, factor=1.0):
    """Both inclusions on random matrices of every rank, and the best error against adversarial competitors."""
    rng = np.random.default_rng(21)
    excess, missed_psd, missed_symmetric, closest, attained = 0.0, 0.0, 0.0, np.inf, 0.0
    for _ in range(effort.pick(150, 3000)):
        m = int(rng.integers(2, 9))
        r = int(rng.integers(1, m + 1))
        excess = max(excess, _excess(m, r, rng))
        signed = rng.standard_normal(r) * (rng.random(r) < 0.8)  # often of lower rank
        for spectrum in (np.abs(signed), signed):
            V = random_point(m, r, rng)
            target = (V * spectrum) @ V.T
            psd, symmetric = _written_with(r - columns_lost, target)
            missed_symmetric = max(missed_symmetric, np.abs((symmetric if relaxed else psd) - target).max())
            if spectrum is not signed:
                missed_psd = max(missed_psd, np.abs(psd - target).max())
        if r < m:
            truth = random_ground_truth(m, m, sigma=rng.random(m) + 0.01, rng=rng)
            tail = np.sqrt(factor * np.sum(truth.sigma[r - early :] ** 2))
            best = truth.best_approximation(r)
            attained = max(attained, abs(np.linalg.norm(best.A - truth.A) / tail - 1))
            for size in (1e-3, 1e-1, 1.0):  # competitors close by and far away
                F = best.U * np.sqrt(best.sigma) + size * rng.standard_normal((m, r))
                closest = min(closest, np.linalg.norm(F @ F.T - truth.A) / tail)
    rows = [
        Row("YY': rank, sign, gap to X Theta X'", excess, "tight", 0, 1e-12, "rounding"),
        Row("Z >= 0 missed by YY'", missed_psd, "tight", 0, 1e-12, "rounding"),
        Row("symmetric Z missed by X Theta X'", missed_symmetric, "tight", 0, 1e-12, "rounding"),
        Row("||Z - A|| / tail, least", closest, "lower", 1),
        Row("| ||A_r - A|| / tail - 1 |", attained, "tight", 0, 1e-11, "rounding"),
    ]
    return Evidence(rows, _tail_steps(early, factor))


def _tail_steps(early: int, factor: float) -> list:
    X, Xt, Theta, A, Z, P = matrices("X Xt Theta A Z P")
    s, p = z3.Reals("s1 s2 s3"), z3.Reals("p1 p2 p3")
    ordered = [s[0] >= s[1], s[1] >= s[2], s[2] >= 0, *(q >= 0 for q in p), *(q <= 1 for q in p)]
    x, c, q = z3.Reals("x c q")
    unit = x >= 0, c >= 0, q >= 0, q <= 1
    return [
        identity("(1) X'(X Theta X')X = Theta", Xt * (X * Theta * Xt) * X, Theta, {Xt * X: 1}),
        trace_identity(
            "(2) Pythagoras: A - Z = (I-P)A + P(A-Z)",
            (A - Z) * (A - Z),
            A * (1 - P) * A + (A - Z) * P * (A - Z),
            {P * P: P, P * Z: Z, Z * P: Z},
        ),
        classical("(3) ||(I-P)A||^2 = sum of s_i (1 - p_i)", by="spectral theorem"),
        inequality("(4) i <= r: s_i (1 - p_i) >= s_r (1 - p_i)", x * (1 - q) >= c * (1 - q), x >= c, *unit),
        inequality("(5) i > r: s_i p_i <= s_r p_i", x * q <= c * q, x <= c, *unit),
        inequality(
            "(6) the whole bound for m = 3, r = 1",
            sum(a * (1 - b) for a, b in zip(s, p)) >= factor * sum(s[1 - early :]),
            *ordered,
            sum(p) <= 1,
        ),
    ]


def _excess(m: int, r: int, rng: np.random.Generator) -> float:
    """How far Y Y^T is from positive semidefinite, from rank r, and from X Theta X^T by a QR factorization of Y."""
    Y = rng.standard_normal((m, r)) @ (rng.standard_normal((r, r)) * (rng.random(r) < 0.7))  # often of lower rank
    Q, R = np.linalg.qr(Y)
    w = np.linalg.eigvalsh(Y @ Y.T)
    gaps = (*np.abs(w[: m - r]), -w[0], np.abs(Q @ (R @ R.T) @ Q.T - Y @ Y.T).max())
    return max(gaps) / (1 + w[-1])


def _written_with(columns: int, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Y Y^T and X Theta X^T from the eigenpairs of largest modulus, this many."""
    w, V = np.linalg.eigh(target)
    largest = np.argsort(-np.abs(w))[:columns]
    w, V = w[largest], V[:, largest]
    Y = V * np.sqrt(np.maximum(w, 0))
    return Y @ Y.T, (V * w) @ V.T
