"""Claims of the chapter on geometry: the polar, QR and Cayley retractions and their order."""

from __future__ import annotations

import numpy as np
import scipy.linalg
import sympy
import z3

from wnsense import geodesic, stiefel
from wnsense.claims.geometry import FLIP, HALF, ON, ROUNDING, SHAPES, SKEW, S, X, Xt, Y, Yt, Z, Zt, random_tangent
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof.smt import inequality
from wnsense.proof.step import classical
from wnsense.proof.symbolic import identity, matrices, scalar_identity, trace_identity, transpose

RETRACTIONS = {"polar": stiefel.polar, "QR": stiefel.qr, "Cayley": stiefel.cayley}
TANGENT = {**ON, Xt * Y: SKEW, Yt * X: -SKEW}  # Y stands for a tangent vector xi, B - B' for X'xi
TENTH_MORE = sympy.Rational(11, 10)


@claim(
    id="lem-polar-nearest",
    title="The polar factor is the nearest point",
    statement=r"Y\in\mathbb R^{m\times r},\ \mathrm{rank}\,Y=r,\ H=(Y^\top Y)^{1/2},\ Y_0=YH^{-1}:\quad"
    r"\lVert Y-Z\rVert_F^2\ge\lVert Y-Y_0\rVert_F^2+\lambda_{\min}(H)\lVert Z-Y_0\rVert_F^2"
    r"\text{ for all }Z\in\mathrm{St}(m,r)",
    level=Level.PROVED,
    source="higham2008, thm. 8.4",
    chapter="geometry",
    uses=("lem-stiefel-manifold",),
    controls={
        "the QR factor in place of the polar one": dict(nearest=stiefel.qr),
        "columns divided by their norms": dict(nearest=lambda X, xi: (X + xi) / np.linalg.norm(X + xi, axis=0)),
        "constant 10 % too large": dict(constant=TENTH_MORE),
        "Gram matrix in place of its root": dict(root=False),
    },
)
def polar_nearest(effort, *, nearest=stiefel.polar, constant=sympy.Integer(1), root=True):
    """An exact expansion of the distance; the code against singular values and against the worst points found."""
    Y0, Y0t, H, J = matrices("Y0 Y0t H J")  # J = H^{-1}
    flip = FLIP | {Y0: Y0t, Y0t: Y0, H: H, J: J}
    gram = {Yt * Y: H * H if root else H, H * J: 1, J * H: 1}
    steps = (
        identity("(1) Y_0'Y_0 = I", J * Yt * Y * J, 1, gram),
        trace_identity(
            "(2) |Y-Z|^2 = |Y-Y_0|^2 + tr H (Z-Y_0)'(Z-Y_0)",
            (H * Y0t - Zt) * (Y0 * H - Z) - (H * Y0t - Y0t) * (Y0 * H - Y0),
            constant * H * (Zt - Y0t) * (Z - Y0),
            {Zt * Z: 1, Y0t * Y0: 1},
            flip,
        ),
        classical("(3) tr HC >= lambda_min(H) tr C, C >= 0", "spectral theorem"),
    )
    rng = np.random.default_rng(21)
    gap, worst = 0.0, np.inf
    for k, (m, r) in enumerate(SHAPES * effort.pick(5, 50)):
        P, s, Qt = np.linalg.svd(rng.standard_normal((m, r)), full_matrices=False)
        s = np.sort(rng.uniform(0.05, 3, r))[::-1]
        y = (P * s) @ Qt
        x = stiefel.random_point(m, r, rng)
        near = nearest(x, y - x)
        distance = np.sum((y - near) ** 2)
        gap = max(gap, abs(np.sqrt(distance) - np.linalg.norm(s - 1)))
        if k % 2 or r == m:
            other = nearest(x, y - x + rng.standard_normal((m, r)) / 3)
        else:  # turn the direction of the smallest singular value out of the range of Y: there the bound is an equality
            normal = scipy.linalg.null_space(P.T)[:, 0]
            other = P @ Qt + np.outer(np.cos(0.7) * P[:, -1] + np.sin(0.7) * normal - P[:, -1], Qt[-1])
        gain = float(constant) * s[-1] * np.sum((other - near) ** 2)
        worst = min(worst, (np.sum((y - other) ** 2) - distance) / gain)
    rows = (
        Row("|Y-Y_0| minus |singular values - 1|", gap, "tight", 0, 1e-12, ROUNDING),
        Row("least gain over lambda_min(H) |Z-Y_0|^2", worst, "lower", 1, 1e-12, ROUNDING),
    )
    return Evidence(rows, steps)


def _wrong_cayley(half: float):
    """The Cayley transform with P = I - half X X^T, and W formed: half = 1/2 is the truth."""

    def retract(X, xi):
        Pxi = xi - half * X @ (X.T @ xi)
        W = Pxi @ X.T - X @ Pxi.T
        I = np.eye(len(X))
        return np.linalg.solve(I - W / 2, (I + W / 2) @ X)

    return retract


def up(B: np.ndarray) -> np.ndarray:
    """Strictly upper part plus half the diagonal: the upper triangular T with T + T^T = B."""
    return np.triu(B, 1) + np.diag(np.diag(B)) / 2


def cayley_generator(X: np.ndarray, xi: np.ndarray) -> np.ndarray:
    """W, blockwise in the basis (X, X_perp): [[Omega, -K'], [K, 0]]; skew, and W X = xi."""
    Q = np.hstack([X, scipy.linalg.null_space(X.T)])
    r = X.shape[1]
    W = np.zeros((len(X), len(X)))
    W[:, :r] = Q.T @ xi
    W[:r, r:] = -W[r:, :r].T
    return Q @ W @ Q.T


def fitted_slope(distance, times=2.0 ** -np.arange(6, 11)) -> float:
    """The slope of log distance(t) against log t."""
    return float(np.polyfit(np.log(times), np.log([distance(t) for t in times]), 1)[0])


def second_derivative(retract, X, xi, t=2.0**-6) -> np.ndarray:
    """c''(0) of c(t) = Retr_X(t xi) by central differences, extrapolated twice: error of order t^6."""

    def central(h):
        return (retract(X, h * xi) - 2 * X + retract(X, -h * xi)) / h**2

    return (64 * central(t) - 20 * central(2 * t) + central(4 * t)) / 45


# half the norm of c''(0), the leading term of c(1) - X - xi, from the formulas of the chapter
LEADING = {
    "polar": lambda X, xi: np.linalg.norm(xi.T @ xi) / 2,
    "QR": lambda X, xi: np.linalg.norm(up(xi.T @ xi)),
    "Cayley": lambda X, xi: np.linalg.norm(cayley_generator(X, xi) @ xi) / 2,
}
CONSTANT = {"polar": 0.5, "QR": np.sqrt(0.5), "Cayley": 0.5}


def _wrong_root(X, xi):
    """The polar retraction with I + 1.1 xi'xi in place of I + xi'xi."""
    w, Q = np.linalg.eigh(np.eye(X.shape[1]) + 1.1 * xi.T @ xi)
    return (X + xi) @ (Q / np.sqrt(w)) @ Q.T


@claim(
    id="lem-retraction-order",
    title="Polar, QR and Cayley are retractions",
    statement=r"\mathrm{Retr}_X(\xi)\in\mathrm{St}(m,r),\quad"
    r"\lVert\mathrm{Retr}_X(\xi)-X-\xi\rVert_F\le\tfrac12\lVert c''(0)\rVert_F\le\gamma\lVert\xi\rVert_F^2,"
    r"\ c(t)=\mathrm{Retr}_X(t\xi),\quad"
    r"\gamma_{\mathrm{polar}}=\gamma_{\mathrm{Cayley}}=\tfrac12,\ \gamma_{\mathrm{QR}}=\tfrac1{\sqrt2}",
    level=Level.PROVED,
    source="absil2008, sec. 4.1.1; the constants: ours",
    chapter="geometry",
    uses=("lem-stiefel-manifold",),
    controls={
        "X + xi left as it is": dict(retractions={"polar": lambda X, xi: X + xi}, normalized=False),
        "inverse root of I + 1.1 xi'xi": dict(retractions={"polar": _wrong_root}, gram=TENTH_MORE),
        "triangular factor of the other sign": dict(retractions={"QR": lambda X, xi: -stiefel.qr(X, xi)}),
        "Cayley with W = xi X' - X xi'": dict(retractions={"Cayley": _wrong_cayley(0.0)}, half=sympy.Integer(0)),
        "Cayley with P = I - 0.55 XX'": dict(retractions={"Cayley": _wrong_cayley(0.55)}, half=HALF * TENTH_MORE),
        "bounds 10 % smaller": dict(shrink=0.9),
    },
)
def retraction_order(effort, *, retractions=None, normalized=True, gram=sympy.Integer(1), half=HALF, shrink=1.0):
    """On the manifold, tangent to first order with the constants of the statement; slopes fitted."""
    retractions = RETRACTIONS | (retractions or {})
    J, K, W, H, Hi, L, Rt, T, Tt, Ti, Tit = matrices("J K W H Hi L Rt T Tt Ti Tit")
    u, p = z3.Reals("u p")
    P = Y - half * X * Xt * Y
    generator = P * Xt - X * transpose(P, FLIP)
    root = Hi if normalized else sympy.Integer(1)
    steps = (
        identity("(1) tangent xi: (X+xi)'(X+xi) = I + xi'xi", (Xt + Yt) * (X + Y), 1 + Yt * Y, TANGENT),
        identity(
            "(2) polar: c'c = I",
            root * (Xt + Yt) * (X + Y) * root,
            1,
            {**TANGENT, Yt * Y: (H * H - 1) / gram, H * Hi: 1, Hi * H: 1},
        ),
        inequality("(3) polar, QR: sqrt(1+p) - 1 <= p/2", u - 1 <= shrink * p / 2, u >= 1, u * u == 1 + p),
        identity(
            "(4) QR: Q'Q = I",
            Tit * (Xt + Yt) * (X + Y) * Ti,
            1,
            {**TANGENT, Yt * Y: Tt * T - 1, T * Ti: 1, Tit * Tt: 1},
        ),
        identity("(5) Cayley: W X = xi", generator * X, Y, TANGENT),
        identity(
            "(6) Cayley: C'C = I, C = (I-W/2)^{-1}(I+W/2)",
            (1 - W / 2) * K * J * (1 + W / 2),
            1,
            {K * J: J * K, W * J: 2 * J - 2, J * W: 2 * J - 2, W * K: 2 - 2 * K, K * W: 2 - 2 * K},
        ),
        identity(
            "(7) Cayley as coded, by a 2r x 2r system",
            (1 - L * Rt / 2) * (1 + L * J * Rt),
            1 + L * Rt / 2,
            {Rt * L * J: 2 * J - 2},
        ),
        identity("(8) Cayley: C-I-W = (I-W/2)^{-1} W^2/2", J * (1 + W / 2) - 1 - W, J * W * W / 2, {J * W: 2 * J - 2}),
        trace_identity(
            "(9) Cayley: |W|^2 = 2 |xi|^2 - |X'xi|^2",
            transpose(generator, FLIP) * generator,
            2 * Yt * Y + SKEW * SKEW,
            TANGENT,
            FLIP,
        ),
        classical("(10) skew: singular values in pairs", "spectral theorem"),
    )
    rng = np.random.default_rng(22)
    off, worst, worst_c = 0.0, dict.fromkeys(retractions, 0.0), dict.fromkeys(retractions, 0.0)
    for k, (m, r) in enumerate((*SHAPES, (16, 8)) * effort.pick(4, 40)):
        x = stiefel.random_point(m, r, rng)
        xi = random_tangent(x, rng)
        if k % 2 and m > r:  # of rank one and horizontal: the worst case for polar and QR
            xi = np.outer(scipy.linalg.null_space(x.T)[:, 0], rng.choice([-1.0, 1.0], r))
        for size in (0.03, 1.0, 10.0):
            xi *= size / np.linalg.norm(xi)
            for name, retract in retractions.items():
                y = retract(x, xi)
                off = max(off, np.linalg.norm(y.T @ y - np.eye(r)))
                distance = np.linalg.norm(y - x - xi)
                worst[name] = max(worst[name], distance / (shrink * LEADING[name](x, xi)))
                worst_c[name] = max(worst_c[name], distance / (shrink * CONSTANT[name] * size**2))
    x = stiefel.random_point(9, 3, rng)
    xi = random_tangent(x, rng)
    rows = [Row("|c'c - I|, |xi| up to 10", off, "tight", 0, 1e-12, ROUNDING)]
    for name, retract in retractions.items():

        def distance(t):
            return np.linalg.norm(retract(x, t * xi) - x - t * xi)

        # X + xi itself leaves no distance but rounding, hence no slope
        slope = fitted_slope(distance, 2.0 ** -np.arange(9, 14)) if distance(0.1) > 1e-12 else np.inf
        rows.append(Row(f"{name}: slope of |c(t) - X - t xi|", slope, "tight", 2, 0.02, "higher orders in t"))
    for name in retractions:
        rows += [
            Row(f"{name}: it over its leading term, worst", worst[name], "upper", 1, 1e-10, ROUNDING),
            Row(f"{name}: it over gamma |xi|^2, worst", worst_c[name], "upper", 1, 1e-10, ROUNDING),
        ]
    return Evidence(rows, steps)


@claim(
    id="lem-retraction-second-order",
    title="Which retractions are of second order",
    statement=r"c(t)=\mathrm{Retr}_X(t\xi):\ P_X(c''(0))=0\text{ for polar};\ X(T^\top-T)\text{ for QR, }"
    r"T\text{ upper triangular, }T+T^\top=\xi^\top\xi;\ (I-XX^\top)\xi X^\top\xi\text{ for Cayley,}"
    r"\text{ which is of second order for the canonical metric}",
    level=Level.PROVED,
    source="absil2008, sec. 5.5 and edelman1998, sec. 2.2; the exact terms: ours",
    chapter="geometry",
    uses=("lem-retraction-order", "lem-tangent-projection"),
    controls={
        "QR claimed to be of second order": dict(orders={"QR": 3}),
        "Cayley claimed to be of second order, embedded metric": dict(orders={"Cayley": 3}),
        "geodesics of the canonical metric in place of the embedded": dict(embedded=geodesic.canonical),
        "Cayley with W = xi X' - X xi'": dict(retractions={"Cayley": _wrong_cayley(0.0)}, half=sympy.Integer(0)),
        "polar with I + 1.1 xi'xi": dict(retractions={"polar": _wrong_root}, gram=TENTH_MORE),
        "tangential accelerations 10 % larger": dict(scale=TENTH_MORE),
    },
)
def retraction_second_order(
    effort,
    *,
    retractions=None,
    orders=None,
    embedded=geodesic.embedded,
    half=HALF,
    gram=sympy.Integer(1),
    scale=sympy.Integer(1),
):
    """Tangential accelerations in closed form, and the distance to independent geodesics."""
    retractions = RETRACTIONS | (retractions or {})
    orders = {"polar": 3, "QR": 2, "Cayley": 2} | (orders or {})
    t, w, tau = sympy.symbols("t w tau")
    C, Ct, T, Tt, Z1, Z1t, Z2, Z2t, M, Mi = matrices("C Ct T Tt Z1 Z1t Z2 Z2t M Mi")
    flip = FLIP | {Z1: Z1t, Z1t: Z1, Z2: Z2t, Z2t: Z2, T: Tt, Tt: T, C: Ct, Ct: C}
    kept = {Z1t * Z1: 1, Z1t * Z2: SKEW, Z2t * Z1: -SKEW, Z2t * Z2: S}  # along a geodesic
    dZ1, dZ2 = Z1 * SKEW + Z2, Z2 * SKEW - Z1 * S
    c = X + t * Y + t**2 * C / 2
    P = Y - half * X * Xt * Y
    root = (1 + gram * t**2 * tau) ** -HALF

    def project(V):
        return V - X * (Xt * V + transpose(V, flip) * X) / 2

    steps = (
        identity(
            "(1) a curve on St: X'c'' + c''^T X = -2 xi'xi",
            sympy.diff(sympy.expand(transpose(sympy.expand(c), flip) * c), t, 2).subs(t, 0),
            Xt * C + Ct * X + 2 * Yt * Y,
            ON,
        ),
        identity("(2) geodesic formula keeps Z_1'Z_1", transpose(dZ1, flip) * Z1 + Z1t * dZ1, 0, kept),
        identity("(3) geodesic formula keeps Z_1'Z_2", transpose(dZ1, flip) * Z2 + Z1t * dZ2, 0, kept),
        identity("(4) geodesic formula keeps Z_2'Z_2", transpose(dZ2, flip) * Z2 + Z2t * dZ2, 0, kept),
        identity(
            "(5) its acceleration is normal, -c c_dot'c_dot",
            dZ2 * M - Z2 * SKEW * M,
            -(Z1 * M) * (Mi * Z2t * Z2 * M),
            {M * Mi: 1, **kept},
        ),
        scalar_identity(
            "(6) polar: (1+p)^{-1/2} = 1 - p/2 + O(p^2)",
            sympy.series(root, t, 0, 4).removeO(),
            1 - t**2 * tau / 2,
        ),
        identity("(7) polar: P_X(-X xi'xi) = 0", project(-X * Yt * Y), 0, ON),
        identity("(8) QR: P_X(-2XT) = X(T'-T)", project(-2 * X * T), scale * X * (Tt - T), ON),
        identity(
            "(9) Cayley: P_X(W xi) = (I-XX') xi X'xi",
            project((P * Xt - X * transpose(P, FLIP)) * Y),
            scale * (Y - X * SKEW) * SKEW,
            TANGENT,
        ),
        scalar_identity(
            "(10) Cayley: (1+w/2)/(1-w/2) = e^w + O(w^3)",
            sympy.series((1 + w / 2) / (1 - w / 2), w, 0, 3).removeO(),
            sympy.series(sympy.exp(w), w, 0, 3).removeO(),
        ),
        classical("(11) canonical geodesic e^{tW}X", "Edelman, Arias and Smith (1998)"),
    )
    rng = np.random.default_rng(23)
    x = stiefel.random_point(9, 3, rng)
    generic = random_tangent(x, rng) / 3
    vertical = x @ (x.T @ generic)
    horizontal = generic - vertical
    turn = np.linalg.svd(generic)[2].T  # generic turn is tangent at x turn, and its columns are orthogonal
    cases = [
        ("polar", "polar", orders["polar"], x, generic, embedded),
        ("QR", "QR", orders["QR"], x, generic, embedded),
        ("QR, xi'xi diagonal", "QR", 3, x @ turn, generic @ turn, embedded),
        ("Cayley", "Cayley", orders["Cayley"], x, generic, embedded),
        ("Cayley, xi horizontal", "Cayley", 3, x, horizontal, embedded),
        ("Cayley, xi vertical", "Cayley", 3, x, vertical, embedded),
        ("Cayley, canonical", "Cayley", 3, x, generic, geodesic.canonical),
    ]
    rows = []
    for label, name, order, point, xi, line in cases:
        slope = fitted_slope(lambda t: np.linalg.norm(retractions[name](point, t * xi) - line(point, xi, t)))
        rows.append(Row(f"{label}: order of distance to geodesic", slope, "tight", order, 0.05, "higher orders in t"))
    worst = dict.fromkeys([*RETRACTIONS, "geodesic"], 0.0)
    for m, r in ((5, 2), (9, 3), (6, 5)) * effort.pick(2, 20):
        x = stiefel.random_point(m, r, rng)
        xi = random_tangent(x, rng)
        xi /= np.linalg.norm(xi)
        T = up(xi.T @ xi)
        tangential = {"polar": 0 * x, "QR": x @ (T.T - T), "Cayley": (xi - x @ (x.T @ xi)) @ (x.T @ xi)}
        for name, value in tangential.items():
            acceleration = stiefel.tangent_projection(x, second_derivative(retractions[name], x, xi))
            worst[name] = max(worst[name], np.linalg.norm(acceleration - float(scale) * value))
        acceleration = second_derivative(embedded, x, xi)
        worst["geodesic"] = max(worst["geodesic"], np.linalg.norm(acceleration + x @ (xi.T @ xi)))
    because = "differences"
    rows += [Row(f"{name}: P_X(c'') minus its formula", worst[name], "tight", 0, 1e-6, because) for name in RETRACTIONS]
    rows.append(Row("geodesic: c'' + c c_dot'c_dot", worst["geodesic"], "tight", 0, 1e-6, because))
    return Evidence(rows, steps)
