"""Claims of the chapter on geometry: the Stiefel manifold and the projection onto its tangent spaces."""

from __future__ import annotations

import numpy as np
import scipy.linalg
import sympy

from wnsense import stiefel
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.packing import pack
from wnsense.proof.step import classical
from wnsense.proof.symbolic import identity, matrices, scalar_identity, trace_identity, transpose

HALF = sympy.Rational(1, 2)
SHAPES = ((3, 1), (5, 2), (4, 4), (9, 3))  # a sphere, the generic case, the orthogonal group, more columns
ROUNDING = "rounding"  # in sums of fewer than 200 terms of order 1

X, Xt, Z, Zt, Y, Yt, B, Bt, S = matrices("X Xt Z Zt Y Yt B Bt S")
ON = {Xt * X: 1}  # X is on the manifold
FLIP = {X: Xt, Xt: X, Z: Zt, Zt: Z, Y: Yt, Yt: Y, B: Bt, Bt: B, S: S}
SKEW = B - Bt  # every skew matrix is one of these


def constraint_jacobian(X: np.ndarray) -> np.ndarray:
    """Jacobian of X -> X^T X, (r(r+1)/2, m r): complex steps, exact for a quadratic, no formula for its derivative."""
    step = 1e-100
    columns = []
    for k in range(X.size):
        E = np.zeros(X.size, complex)
        E[k] = 1j * step
        Xc = X + E.reshape(X.shape)
        columns.append(pack((Xc.T @ Xc).imag) / step)
    return np.array(columns).T


def tangent_basis(X: np.ndarray) -> np.ndarray:
    """Orthonormal basis of the tangent space as the kernel of that Jacobian, (dimension, m, r)."""
    return scipy.linalg.null_space(constraint_jacobian(X)).T.reshape(-1, *X.shape)


def random_tangent(X: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A Gaussian tangent vector, from the basis above."""
    basis = tangent_basis(X)
    return np.tensordot(rng.standard_normal(len(basis)), basis, 1)


@claim(
    id="lem-stiefel-manifold",
    title="The Stiefel manifold, its tangent and normal spaces",
    statement=r"X\mapsto X^\top X-I\text{ is a submersion at }\mathrm{St}(m,r)"
    r"\text{, a compact manifold of dimension }mr-\tfrac12r(r+1)"
    r"\text{ with }T_X=\{\xi:X^\top\xi+\xi^\top X=0\}=\{X\Omega+X_\perp K\},\ N_X=\{XS:S=S^\top\}",
    level=Level.PROVED,
    source="absil2008, sec. 3.3.2",
    chapter="geometry",
    controls={
        "lift XS without the half": dict(lift=1),
        "symmetric block in place of a skew one": dict(skew=-1),
        "dimension m r - r(r-1)/2": dict(dimension=lambda m, r: m * r - r * (r - 1) * HALF),
        "a point with dependent columns": dict(point=lambda m, r, rng: np.ones((m, r)) / np.sqrt(m)),
        "normal vectors X K, K not symmetric": dict(normal=B),
    },
)
def stiefel_manifold(
    effort,
    *,
    lift=HALF,
    skew=1,
    normal=S,
    dimension=lambda m, r: m * r - r * (r + 1) * HALF,
    point=stiefel.random_point,
):
    """Submersion, both descriptions of the tangent space, and the dimension."""
    t = sympy.Symbol("t")
    Q, Qt, K = matrices("Q Qt K")  # Q is X_perp, columns completing those of X to an orthonormal basis
    m, r = sympy.symbols("m r")
    flip = FLIP | {Q: Qt, Qt: Q}
    omega = B - skew * Bt
    complete = {**ON, Xt * Q: 0, Qt * X: 0, Q * Qt: 1 - X * Xt}
    steps = (
        identity(
            "(1) (X+tZ)'(X+tZ) - I = t (X'Z+Z'X) + t^2 Z'Z",
            (Xt + t * Zt) * (X + t * Z) - 1,
            t * (Xt * Z + Zt * X) + t**2 * Zt * Z,
            ON,
        ),
        identity("(2) the lift Z = XS/2 hits every symmetric S", Xt * (lift * X * S) + (lift * S * Xt) * X, S, ON),
        identity(
            "(3) X Omega + X_perp K is tangent", Xt * (X * omega + Q * K) + transpose(X * omega, flip) * X, 0, complete
        ),
        identity("(4) Z = X (X'Z) + X_perp (X_perp'Z)", Z, X * (Xt * Z) + Q * (Qt * Z), complete),
        trace_identity(
            "(5) X S is orthogonal to X Omega + X_perp K",
            transpose(X * normal, flip) * (X * omega + Q * K),
            0,
            complete,
            FLIP | {Q: Qt, Qt: Q},
        ),
        scalar_identity("(6) dimension + r(r+1)/2 = m r", dimension(m, r) + r * (r + 1) / 2, m * r),
        classical("(7) regular level sets are manifolds", "regular value theorem"),
    )
    rng = np.random.default_rng(11)
    smallest, largest, wrong_dimension, gap = np.inf, 0.0, 0, 0.0
    for m_, r_ in SHAPES * effort.pick(1, 10):
        P = point(m_, r_, rng)
        J = constraint_jacobian(P)
        s = np.linalg.svd(J, compute_uv=False)
        smallest, largest = min(smallest, s[-1]), max(largest, s[0])
        kernel = scipy.linalg.null_space(J)
        wrong_dimension = max(wrong_dimension, abs(kernel.shape[1] - int(dimension(m_, r_))))
        omegas = [
            np.outer(e, f) - skew * np.outer(f, e)
            for i, e in enumerate(np.eye(r_))
            for f in np.eye(r_)[: i + (skew < 0)]
        ]
        perp = scipy.linalg.null_space(P.T)
        spanning = [P @ W for W in omegas] + [np.outer(p, e) for p in perp.T for e in np.eye(r_)]
        if spanning:
            F = scipy.linalg.orth(np.array([xi.ravel() for xi in spanning]).T)
            gap = max(gap, np.linalg.norm(kernel @ kernel.T - F @ F.T, 2))
    rows = (
        Row("smallest singular value of Dh(X)", smallest, "tight", 2, 1e-12, ROUNDING),
        Row("largest singular value of Dh(X)", largest, "tight", 2, 1e-12, ROUNDING),
        Row("dimension of its kernel, largest error", wrong_dimension, "tight", 0),
        Row("its kernel against {X Omega + X_perp K}", gap, "tight", 0, 1e-11, ROUNDING),
    )
    return Evidence(rows, steps)


def _projection(a, b) -> dict:
    """Arguments of the check below for the map Z -> Z - a X X'Z - b X Z'X."""
    return dict(a=a, b=b, project=lambda X, Z: Z - float(a) * X @ (X.T @ Z) - float(b) * X @ (Z.T @ X))


@claim(
    id="lem-tangent-projection",
    title="Orthogonal projection onto the tangent space",
    statement=r"P_X(Z)=Z-X\,\mathrm{sym}(X^\top Z)\text{ is the orthogonal projection of }"
    r"\mathbb R^{m\times r}\text{ onto }T_X\mathrm{St}(m,r)",
    level=Level.PROVED,
    source="absil2008, sec. 3.6.1",
    chapter="geometry",
    uses=("lem-stiefel-manifold",),
    controls={
        "without the half": _projection(1, 1),
        "without the symmetrisation, Z - X X'Z": _projection(1, 0),
        "skew part in place of the symmetric one": _projection(HALF, -HALF),
        "one half 10 % too large": _projection(HALF * sympy.Rational(11, 10), HALF),
        "both halves 10 % too large": _projection(HALF * sympy.Rational(11, 10), HALF * sympy.Rational(11, 10)),
    },
)
def tangent_projection(effort, *, a=HALF, b=HALF, project=stiefel.tangent_projection):
    """Tangent, identity on tangent vectors, zero on normal ones, self-adjoint, nearest; code against least squares."""

    def P(V):
        return V - a * X * Xt * V - b * X * transpose(V, FLIP) * X

    tangent = {**ON, Xt * Y: SKEW, Yt * X: -SKEW}  # Y stands for a tangent vector
    difference, remainder = P(Z) - Y, Z - P(Z)
    steps = (
        identity("(1) P(Z) is tangent", Xt * P(Z) + transpose(P(Z), FLIP) * X, 0, ON),
        identity("(2) P(xi) = xi for tangent xi", P(Y), Y, tangent),
        identity("(3) P(XS) = 0 for symmetric S", P(X * S), 0, ON),
        identity("(4) P(P(Z)) = P(Z)", P(P(Z)), P(Z), ON),
        trace_identity("(5) <Y, P(Z)> = <P(Y), Z>", Yt * P(Z), transpose(P(Y), FLIP) * Z, ON, FLIP),
        trace_identity(
            "(6) |Z-xi|^2 = |Z-P(Z)|^2 + |P(Z)-xi|^2",
            transpose(Z - Y, FLIP) * (Z - Y),
            transpose(remainder, FLIP) * remainder + transpose(difference, FLIP) * difference,
            tangent,
            FLIP,
        ),
        identity("(7) P(Z) = (I-XX')Z + X skew(X'Z)", P(Z), Z - X * Xt * Z + X * (Xt * Z - Zt * X) / 2),
    )
    rng = np.random.default_rng(12)
    gap, nearest = 0.0, 0.0
    for m, r in SHAPES * effort.pick(2, 20):
        x, z = stiefel.random_point(m, r, rng), rng.standard_normal((m, r))
        basis = tangent_basis(x)
        flat = basis.reshape(len(basis), m * r)
        # least squares over the basis: knows nothing of the formula
        oracle = (np.linalg.lstsq(flat.T, z.ravel(), rcond=None)[0] @ flat).reshape(m, r)
        gap = max(gap, np.linalg.norm(project(x, z) - oracle))
        for distance in (1e-2, 1.0):
            other = oracle + distance * np.tensordot(rng.standard_normal(len(basis)), basis, 1)
            nearest = max(nearest, np.linalg.norm(z - project(x, z)) / np.linalg.norm(z - other))
    rows = (
        Row("code against least squares over a basis", gap, "tight", 0, 1e-12, ROUNDING),
        Row("|Z - P(Z)| over |Z - xi|, worst tangent xi tried", nearest, "upper", 1),
    )
    return Evidence(rows, steps)
