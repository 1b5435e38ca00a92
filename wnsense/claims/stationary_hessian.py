"""Claims of the chapter on saddles: the Hessian at a stationary point, and differences in 400 bits beside it."""

from __future__ import annotations

import flint
import numpy as np
import sympy

from wnsense import saddles
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import ball, symbolic
from wnsense.proof.step import classical

CHAPTER = "saddles"


def _skew(Upsilon, Omega):
    """The skew matrix of side m that moves X in the direction X Omega + X_perp Upsilon, in the frame (X, X_perp)."""
    r = Omega.shape[0]
    W = np.zeros((r + len(Upsilon), r + len(Upsilon)))
    W[:r, :r], W[r:, :r], W[:r, r:] = Omega, Upsilon, -Upsilon.T
    return W


def tangent_basis(m, r):
    """An orthonormal basis of the tangent space of St(m, r) x Sym(r), as pairs (skew, symmetric)."""
    basis, none = [], np.zeros((r, r))
    for b in range(m - r):
        for a in range(r):
            Upsilon = np.zeros((m - r, r))
            Upsilon[b, a] = 1.0
            basis.append((_skew(Upsilon, none), none))
    flat = np.zeros((m - r, r))
    for a in range(r):
        for b in range(a, r):
            E = np.zeros((r, r))
            E[a, b] = 1.0
            if a < b:
                basis.append((_skew(flat, (E - E.T) / np.sqrt(2)), none))
            basis.append((np.zeros((m, m)), (E + E.T) / np.linalg.norm(E + E.T)))
    return basis


def numerical_hessian(spectrum, columns, rotation):
    """The Hessian of the joint f at X = the given columns of I, rotated, with the best magnitude, by differences in
    400 bits.

    Independent of any derivation: f is evaluated from its definition along Cayley curves, with steps of 2^-80.
    """
    m, r = len(spectrum), len(columns)
    others = np.setdiff1d(np.arange(m), columns)
    with ball.precision(400):
        one, A = ball.matrix(np.eye(m)), ball.matrix(np.diag(spectrum))
        R = ball.matrix(rotation)
        R = (ball.matrix(np.eye(r)) - R).solve(ball.matrix(np.eye(r)) + R)  # orthogonal, from a skew matrix
        X0 = ball.matrix(np.eye(m)[:, columns]) * R
        Q = flint.arb_mat([X0.tolist()[i] + [flint.arb(float(x)) for x in np.eye(m)[i, others]] for i in range(m)])
        Theta0, h = X0.transpose() * A * X0, flint.arb(2) ** -80

        def f(direction):
            W = Q * ball.matrix(direction[0]) * Q.transpose() * (h / 2)
            X = (one - W).solve((one + W) * X0)
            return ball.frobenius_squared(X * (Theta0 + ball.matrix(direction[1]) * h) * X.transpose() - A) / 4

        basis = tangent_basis(m, r)
        f0, single = f((np.zeros((m, m)), np.zeros((r, r)))), [f(d) for d in basis]
        H = np.zeros((len(basis), len(basis)))
        for i, p in enumerate(basis):
            for j, q in enumerate(basis[: i + 1]):
                H[i, j] = H[j, i] = float((f((p[0] + q[0], p[1] + q[1])) - single[i] - single[j] + f0) / h**2)
    return H


def hessian_instance(rng):
    """A spectrum (ties and zeros occur), the columns of a stationary direction, and a skew matrix that rotates them."""
    m = int(rng.integers(3, 6))
    r, rank = int(rng.integers(1, min(m, 3) + 1)), int(rng.integers(2, m + 1))
    spectrum = np.zeros(m)
    spectrum[:rank] = np.sort(rng.choice([0.25, 0.5, 0.75, 1.0, 1.5], rank))[::-1]
    columns = np.sort(rng.permutation(m)[:r])
    upper = np.triu(rng.standard_normal((r, r)), 1)
    return spectrum, rank, columns, upper - upper.T


def series_identities(*, keep_normalization=True):
    """The pull-back along the polar retraction, expanded; the argument forgets that columns stay orthonormal."""
    letters = "X Xt X_perp X_perpt A Upsilon Upsilont Theta Theta_perp H C"
    X, Xt, V, Vt, A, Upsilon, Upsilont, Th, Tp, H, C = symbolic.matrices(letters)
    h, one = sympy.Symbol("h"), sympy.Integer(1)
    frame = {Xt * X: one, Xt * V: sympy.Integer(0), Vt * X: sympy.Integer(0), Vt * V: one}
    invariant = {**frame, A * X: X * Th, A * V: V * Tp}
    Y, Yt = X + h * V * Upsilon, Xt + h * Upsilont * Vt
    inverse = 1 - h**2 * H + h**4 * H * H
    J = sympy.expand((inverse if keep_normalization else 1) * (Th + h**2 * C))
    square = sympy.expand(J * J)
    symmetric = {letter: letter for letter in (Th, H, C)}
    return [
        symbolic.identity("1a Y'Y = I + h^2 Upsilon'Upsilon", Yt * Y, 1 + h**2 * Upsilont * Upsilon, frame),
        symbolic.identity(
            "1b Y'AY = Theta + h^2 Upsilon'Theta_perp Upsilon",
            Yt * A * Y, Th + h**2 * Upsilont * Tp * Upsilon, invariant,
        ),
        symbolic.identity("2a (I + h^2H)(I - h^2H + h^4H^2) = I + h^6H^3", (1 + h**2 * H) * inverse, 1 + h**6 * H**3),
        symbolic.trace_identity(
            "2b coefficient of h^2 is 2tr(Theta C - Theta^2 H)", square.coeff(h, 2), 2 * (Th * C - Th * Th * H),
            None, symmetric,
        ),
        symbolic.trace_identity(
            "2c coefficient of h^4",
            square.coeff(h, 4), (C - H * Th) * (C - H * Th) + 2 * Th * (H * H * Th - H * C), None, symmetric,
        ),
    ]


@claim(
    id="lem-stationary-hessian",
    title="The Hessian at a stationary point",
    statement=r"\operatorname{Hess}F[X_\perp\Upsilon,X_\perp\Upsilon]="
    r"\sum_{a,b}\theta_a(\theta_a-\theta^\perp_b)\Upsilon_{ba}^2,\qquad"
    r"\operatorname{Hess}f:\ \theta_a(\theta_a-\theta^\perp_b),\ \tfrac12,\ 0,\ "
    r"\tfrac12\big(1+(\theta_a-\theta_b)^2\big)",
    level=Level.PROVED,
    source="ours",
    uses=("thm-stationary-points",),
    chapter=CHAPTER,
    controls={
        "eigenvalues 10 % larger": dict(constant=1.1),
        "sign of theta_a - theta_perp_b turned": dict(swap=True),
        "columns not kept orthonormal": dict(keep_normalization=False),
        "no zero eigenvalue for the rotations": dict(gauge=False),
    },
)
def stationary_hessian(effort, *, constant=1.0, swap=False, keep_normalization=True, gauge=True):
    """The expansion by SymPy; then all eigenvalues of the joint Hessian against differences of f in 400 bits."""
    theta, theta_perp, k = sympy.symbols("theta0:2"), sympy.symbols("perp0:3"), sympy.symbols("k0:6")
    Upsilon = sympy.Matrix(3, 2, k)
    Th, Tp = sympy.diag(*theta), sympy.diag(*theta_perp)
    form = -(Th * Upsilon.T * Tp * Upsilon - Th * Th * Upsilon.T * Upsilon).trace()
    sign = -1 if swap else 1
    claimed = sum(sign * theta[a] * (theta[a] - theta_perp[b]) * Upsilon[b, a] ** 2 for a in range(2) for b in range(3))
    letters = "X Xt X_perp X_perpt A Upsilon Upsilont Omega Theta"
    X, Xt, V, Vt, A, Upsilon_, Upsilont, Om, Th_ = symbolic.matrices(letters)
    zero, one = sympy.Integer(0), sympy.Integer(1)
    frame = {A * X: X * Th_, Xt * A: Th_ * Xt, Xt * X: one, Xt * V: zero, Vt * X: zero}
    velocity, transposed = X * Om + V * Upsilon_, -Om * Xt + Upsilont * Vt
    w, z, gap = sympy.symbols("omega z Delta", real=True)
    block = sympy.hessian((z - w * gap) ** 2 / 4, (w, z))
    steps = series_identities(keep_normalization=keep_normalization)
    steps += [
        symbolic.scalar_identity(
            "3 sum of theta_a(theta_a - theta_perp_b) Upsilon_ba^2", form,
            sympy.nsimplify(constant) * claimed,
        ),
        classical("4 at a stationary point any curve gives the Hessian", "chain rule"),
        symbolic.identity(
            "5 derivative of X'AX: Theta Omega - Omega Theta", transposed * A * X + Xt * A * velocity,
            Th_ * Om - Om * Th_, frame,
        ),
        symbolic.scalar_identity("6a rotations and magnitudes: determinant 0", block.det(), 0),
        symbolic.scalar_identity("6b and trace (1 + Delta^2)/2", block.trace(), (1 + gap**2) / 2),
    ]
    rng, difference, count = np.random.default_rng(1), 0.0, 0
    for _ in range(effort.pick(14, 300)):
        spectrum, rank, columns, skew = hessian_instance(rng)
        measured = np.linalg.eigvalsh(numerical_hessian(spectrum, columns, skew))
        theory = constant * saddles.joint_curvatures(
            spectrum[:rank], columns[columns < rank], len(spectrum), len(columns),
        )
        if swap:
            theory = np.sort(-theory)
        if not gauge:
            theory = theory[theory != 0]
        count += len(measured)
        difference = max(difference, np.abs(measured - theory).max() if len(measured) == len(theory) else np.inf)
    rows = (
        Row(
            f"largest gap from the closed form, {count} eigenvalues", difference, "tight", 0.0, 1e-13,
            "rounding",
        ),
    )
    return Evidence(rows, steps)
