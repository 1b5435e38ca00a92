"""Claims of "Matrix sensing and overparameterization": the gradients, and the crawl they lead to."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import sympy
import z3
from sympy import QQ
from sympy.polys.rings import ring

from wnsense import gradient_descent, sensing
from wnsense.claims.matrix_sensing import CHAPTER
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.objective import Measured, Population
from wnsense.problem import random_ground_truth
from wnsense.proof.smt import inequality
from wnsense.proof.step import Step, classical
from wnsense.proof.symbolic import matrices, scalar_identity, trace_identity

HALF = sympy.Rational(1, 2)


def _integers(rng, *shape):
    """Small integers as exact Python numbers."""
    return rng.integers(-3, 4, shape).astype(object)


def _symmetric_integers(rng, *shape):
    B = _integers(rng, *shape)
    return B + B.swapaxes(-1, -2)


def _four_f(Z, M, y):
    """4 f at Z, exact for integers."""
    return sum((np.sum(Mi * Z) - yi) ** 2 for Mi, yi in zip(M, y))


def _line_derivative(four_f):
    """48 times the derivative of f at 0 along a line: on a quartic the five-point formula has no error."""
    return 8 * (four_f(1) - four_f(-1)) - (four_f(2) - four_f(-2))


def _size(M, y, Z, *factors) -> float:
    """What rounding in <E, B C^T> is relative to: the sizes of all that is multiplied, whatever cancels."""
    M, y, Z, *factors = (np.linalg.norm(array.astype(float)) for array in (M, y, Z, *factors))
    return 1 + M * (M * Z + y) * np.prod(factors)


class _Entries:
    """Matrices whose entries are variables of one polynomial ring over the rationals, as object arrays."""

    def __init__(self, names: str):
        self._ring, *variables = ring(names, QQ)
        self._by_name = dict(zip(names.split(), variables))

    def matrix(self, name: str, symmetric: bool = False) -> np.ndarray:
        """The 2 x 2 matrix of the variables name00, name01, ..."""
        places = [["00", "01"], ["01" if symmetric else "10", "11"]]
        return np.array([[self[name + place] for place in row] for row in places], object)

    def __getitem__(self, name: str):
        return self._by_name[name]


def _vanish(label: str, polynomials) -> Step:
    """The step that all these polynomials are zero; elements of a ring are in normal form, so comparing is exact."""
    return Step(label, "identity", "SymPy", all(p == 0 for p in polynomials))


def _times(scalar, factor: sympy.Rational):
    return scalar * QQ(factor.p, factor.q)


@claim(
    id="lem-factor-gradient",
    title="Gradient without weight normalization",
    statement=r"$f(Y)=\frac14\lVert\mathcal M(YY^\top)-y\rVert^2$ has the gradient "
    r"$\nabla f(Y)=\mathcal M^*(\mathcal M(YY^\top)-y)\,Y$.",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    uses=("lem-adjoint-consistency",),
    controls={
        "gradient halved": dict(factor=HALF),
        "gradient 10 % too long": dict(factor=sympy.Rational(11, 10)),
        "the data y dropped": dict(data=0),
        "measurement matrices that are not symmetric": dict(symmetric=False),
    },
)
def factor_gradient(effort, *, factor=sympy.Integer(1), data=1, symmetric=True):
    """The first-order term in words, all entries for m = r = 2, and exact derivatives in integers."""
    E, Et, Y, Yt, H, Ht = matrices("E Et Y Yt H Ht")
    transposes = {Y: Yt, Yt: Y, H: Ht, Ht: H, **({E: E} if symmetric else {E: Et, Et: E})}
    e, L, Q = (sympy.Matrix(sympy.symbols(f"{x}0:3")) for x in "eLQ")
    eps = sympy.Symbol("eps")
    moved = e + eps * L + eps**2 * Q
    first = (moved.dot(moved) / 4).diff(eps).subs(eps, 0)
    # one measurement is enough for the brute force: both sides are sums over the measurements
    entries = _Entries("Y00 Y01 Y10 Y11 M00 M01 M10 M11 y")
    Y2, M2, y = entries.matrix("Y"), entries.matrix("M", symmetric), entries["y"]
    value = np.sum(M2 * (Y2 @ Y2.T))
    gradient = (M2 @ Y2) * _times(value - data * y, factor)
    entrywise = [((value - y) ** 2).diff(x) - 4 * g for x, g in zip(Y2.flat, gradient.flat)]
    words = HALF * E * (Y * Ht + H * Yt), factor * E * Y * Ht
    steps = [
        scalar_identity("(1) first-order term of f(Y + eps H): <e, L> / 2", first, HALF * e.dot(L)),
        trace_identity("(2) <E, YH' + HY'> / 2 = <EY, H>", *words, transposes=transposes),
        _vanish("(3) m = r = 2: every partial derivative", entrywise),
    ]
    rng = np.random.default_rng(22)
    worst, worst_code = 0, 0.0
    for _ in range(effort.pick(100, 2000)):
        m, r, n = (int(k) for k in rng.integers(1, 6, 3))
        M = _symmetric_integers(rng, n, m, m) if symmetric else _integers(rng, n, m, m)
        y, Y, H = _integers(rng, n), _integers(rng, m, r), _integers(rng, m, r)
        E = sum((np.sum(Mi * (Y @ Y.T)) - data * yi) * Mi for Mi, yi in zip(M, y))
        exact = _line_derivative(lambda t: _four_f((Y + t * H) @ (Y + t * H).T, M, y))
        worst = max(worst, abs(48 * factor * int(np.sum((E @ Y) * H)) - exact))
        objective = Measured(sensing.from_matrices((M + M.swapaxes(1, 2)).astype(float) / 2), y.astype(float))
        state = gradient_descent.at(objective, Y.astype(float))
        stepped = state.Y - gradient_descent.step(objective, gradient_descent.Parameters(eta=1.0), state).Y
        gap = abs(float(factor) * np.sum(stepped * H) - exact / 48)
        worst_code = max(worst_code, gap / _size(M, y, Y @ Y.T, Y, H))
    rows = [
        Row("exact: 48 |<gradient, H> - slope|", float(worst), "tight", 0),
        Row("code: relative gap to the slope", worst_code, "tight", 0, 1e-14, "rounding"),
    ]
    return Evidence(rows, steps)


@claim(
    id="lem-magnitude-gradient",
    title="Gradients in direction and magnitude",
    statement=r"$f(X,\Theta)=\frac14\lVert\mathcal M(X\Theta X^\top)-y\rVert^2$ has $\nabla_Xf=E\,X\Theta$ and "
    r"$\nabla_\Theta f=\frac12X^\top EX$ with $E=\mathcal M^*(\mathcal M(X\Theta X^\top)-y)$.",
    level=Level.PROVED,
    source="wei2025, Algorithm 1",
    chapter=CHAPTER,
    uses=("lem-adjoint-consistency",),
    controls={
        "gradient in Theta without its 1/2": dict(magnitude=sympy.Integer(1)),
        "gradient in Theta 10 % too long": dict(magnitude=sympy.Rational(11, 20)),
        "gradient in X 10 % too long": dict(direction=sympy.Rational(11, 10)),
        "gradient in X forgets Theta": dict(with_theta=False),
    },
)
def magnitude_gradient(effort, *, magnitude=HALF, direction=sympy.Integer(1), with_theta=True):
    """The first-order terms in words, all entries for m = r = 2, and exact derivatives in integers."""
    E, X, Xt, T, H, Ht, K = matrices("E X Xt Theta H Ht K")
    transposes = {E: E, T: T, K: K, X: Xt, Xt: X, H: Ht, Ht: H}
    in_words = HALF * E * (H * T * Xt + X * T * Ht), direction * E * X * (T if with_theta else 1) * Ht
    entries = _Entries("X00 X01 X10 X11 T00 T01 T11 M00 M01 M11 y")
    X2, T2, M2 = entries.matrix("X"), entries.matrix("T", True), entries.matrix("M", True)
    e = np.sum(M2 * (X2 @ T2 @ X2.T)) - entries["y"]
    in_x = (M2 @ X2 @ T2 if with_theta else M2 @ X2) * _times(e, direction)
    in_theta = (X2.T @ M2 @ X2) * _times(e, magnitude)
    by_x = [(e**2).diff(x) - 4 * g for x, g in zip(X2.flat, in_x.flat)]
    # T01 stands in two places: its partial derivative is <gradient, K> for K with ones in both
    places = ((0, 0, 1), (0, 1, 2), (1, 1, 1))
    by_theta = [(e**2).diff(T2[i, j]) - 4 * times * in_theta[i, j] for i, j, times in places]
    steps = [
        trace_identity("(1) <E, HTX' + XTH'> / 2 = <EXT, H>", *in_words, transposes=transposes),
        trace_identity("(2) <E, XKX'> / 2 = <X'EX / 2, K>", HALF * E * X * K * Xt, magnitude * Xt * E * X * K),
        _vanish("(3) m = r = 2: every partial derivative in X", by_x),
        _vanish("(4) m = r = 2: every partial derivative in Theta", by_theta),
    ]
    rng = np.random.default_rng(23)
    worst, worst_code = [0, 0], 0.0
    for _ in range(effort.pick(100, 2000)):
        m, r, n = (int(k) for k in rng.integers(1, 6, 3))
        y, X, H = _integers(rng, n), _integers(rng, m, r), _integers(rng, m, r)
        M, T, K = _symmetric_integers(rng, n, m, m), _symmetric_integers(rng, r, r), _symmetric_integers(rng, r, r)
        E = sum((np.sum(Mi * (X @ T @ X.T)) - yi) * Mi for Mi, yi in zip(M, y))
        exact_x = _line_derivative(lambda t: _four_f((X + t * H) @ T @ (X + t * H).T, M, y))
        exact_t = _line_derivative(lambda t: _four_f(X @ (T + t * K) @ X.T, M, y))
        product = int(np.sum((E @ X @ (T if with_theta else np.eye(r, dtype=int))) * H))
        worst[0] = max(worst[0], abs(48 * direction * product - exact_x))
        worst[1] = max(worst[1], abs(48 * magnitude * int(np.sum((X.T @ E @ X) * K)) - exact_t))
        objective = Measured(sensing.from_matrices(M.astype(float)), y.astype(float))
        X, T = X.astype(float), T.astype(float)
        residual = objective.residual(X, T)
        gap_x = abs(float(direction) * np.sum((residual @ (X @ T)) * H) - exact_x / 48)
        gap_t = abs(float(2 * magnitude) * np.sum(objective.magnitude_gradient(X, T, residual) * K) - exact_t / 48)
        size = _size(M, y, X @ T @ X.T, X @ T, H), _size(M, y, X @ T @ X.T, X, X @ K)
        worst_code = max(worst_code, gap_x / size[0], gap_t / size[1])
    rows = [
        Row("X, exact: 48 |<gradient, H> - slope|", float(worst[0]), "tight", 0),
        Row("Theta, exact: 48 |<gradient, K> - slope|", float(worst[1]), "tight", 0),
        Row("code: relative gap to the slopes", worst_code, "tight", 0, 1e-14, "rounding"),
    ]
    return Evidence(rows, steps)


@claim(
    id="prop-scalar-crawl",
    title="The crawl, and its absence at exact rank",
    statement=r"$z_t=y_t^2$ under $y_{t+1}=y_t-\eta y_t^3$, $0<\eta z_0\le\frac13$: "
    r"$\frac1{z_0}+2\eta t\le\frac1{z_t}\le\frac1{z_0}+2\eta t+\frac{21}4\eta\omega_t$ for $t\ge1$, where "
    r"$\omega_t=\eta z_0+\frac12\log(1+2\eta z_0(t-1))$. "
    r"With $y_{t+1}=y_t-\eta(y_t^2-\sigma)y_t$, $\eta\sigma\le\frac13$ and $|y_0^2-\sigma|\le\frac\sigma2$: "
    r"$|y_{t+1}^2-\sigma|\le(1-\eta\sigma)|y_t^2-\sigma|$.",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    uses=("lem-factor-gradient",),
    controls={
        "growth 2.2 eta a step claimed": dict(growth=Fraction(22, 10)),
        "growth 1.8 eta a step claimed": dict(growth=Fraction(18, 10)),
        "constant 21/4 reduced by 10 %": dict(constant=Fraction(189, 40)),
        "starts up to eta z = 1/2": dict(start=Fraction(1, 2)),
        "a fitted direction in place of an empty one": dict(empty=False),
        "factor 1 - 1.1 eta sigma claimed at exact rank": dict(rate=Fraction(11, 10)),
    },
)
def scalar_crawl(
    effort, *, growth=Fraction(2), constant=Fraction(21, 4), start=Fraction(1, 3), empty=True, rate=Fraction(1)
):
    """Both recursions by polynomial inequalities and in 40 digits; the 2 x 2 matrix run that contains them."""
    rng = np.random.default_rng(24)
    below, above, (late, promised) = _crawls(effort, growth, constant, start, empty, rng)
    worst_factor = 0.0
    for _ in range(effort.pick(2000, 50000)):
        sigma, u = rng.uniform(0.1, 10), rng.uniform(-0.5, 0.5)
        h = rng.choice([1 / 3, 10 ** rng.uniform(-3, np.log10(1 / 3))])
        y = np.sqrt(sigma * (1 + u))
        y_next = y - h / sigma * (y**2 - sigma) * y
        worst_factor = max(worst_factor, abs((y_next**2 - sigma) / (y**2 - sigma)) / (1 - float(rate) * h))
    rows = [
        Row("1/z_t / lower bound, least", below, "lower", 1),
        Row("1/z_t / upper bound, greatest", above, "upper", 1),
        Row("|2 eta t z_t - 1| at the end", late, "upper", promised),
        Row("|e+ / e| / (1 - h), greatest", worst_factor, "upper", 1),
        Row("2 x 2 matrix run - scalar runs", _diagonal_gap(empty), "tight", 0, 1e-12, "rounding"),
    ]
    return Evidence(rows, _crawl_steps(growth, constant, start, rate))


def _crawl_steps(growth, constant, start, rate) -> list[Step]:
    g, c, a0, k = (z3.Q(q.numerator, q.denominator) for q in (growth, constant, start, rate))
    a, h, u = z3.Reals("a h u")
    small = a > 0, a <= a0
    near = h > 0, h <= z3.Q(1, 3), u <= z3.Q(1, 2), u >= -z3.Q(1, 2)
    z, eta, y, sigma = sympy.symbols("z eta y sigma", positive=True)
    increase = 1 / (z * (1 - eta * z) ** 2) - 1 / z, eta * (2 - eta * z) / (1 - eta * z) ** 2
    after = a * (1 - a) ** 2
    e = y**2 - sigma
    shrink = 1 - h * (1 + u) * (2 - h * u)
    exact_rank = (y - eta * e * y) ** 2 - sigma, e * (1 - eta * y**2 * (2 - eta * e))
    return [
        scalar_identity("(1) 1/z+ - 1/z = eta (2 - a) / (1 - a)^2", *increase),
        inequality("(2) the increase is at least 2 eta", g * (1 - a) ** 2 <= 2 - a, *small),
        inequality("(3) and at most eta (2 + 21 a / 4)", 2 - a <= (g + c * a) * (1 - a) ** 2, *small),
        inequality("(4) 0 < a+ <= a", z3.And(after > 0, after <= a), *small),
        classical("(5) the sum of 1/(c + 2s) over s < t", by="x <= -log(1 - x)"),
        scalar_identity("(6) exact rank: the recursion of e", *exact_rank),
        inequality("(7) exact rank: factor at most 1 - h", shrink <= 1 - k * h, *near),
        inequality("(8) exact rank: factor at least -(1 - h)", shrink >= -(1 - k * h), *near),
    ]


def _crawls(effort, growth, constant, start, empty, rng) -> tuple[float, float, tuple[float, float]]:
    """1/z_t over its bounds, worst of random starts and the largest one allowed.

    And at the end |2 eta t z_t - 1|, worst, beside what the upper bound makes of it: 1 - 2 eta t / upper.
    """
    below, above, late = mpmath.inf, mpmath.mpf(0), (0.0, 0.0)
    with mpmath.workdps(40):
        g, c, largest = (mpmath.mpf(q.numerator) / q.denominator for q in (growth, constant, start))
        steps = effort.pick(300, 3000)
        for k in range(effort.pick(5, 20)):
            eta, a = mpmath.mpf(10) ** rng.uniform(-3, 0), largest * (1 if k == 0 else rng.uniform(0.15, 1))
            z0 = a / eta
            sigma = 0 if empty else z0 / 2
            y = mpmath.sqrt(z0)
            for t in range(1, steps + 1):
                y -= eta * (y**2 - sigma) * y
                z = abs(y**2 - sigma)
                lower = 1 / z0 + g * eta * t
                upper = lower + c * eta * (a + mpmath.log(1 + 2 * a * (t - 1)) / 2)
                below, above = min(below, 1 / (z * lower)), max(above, 1 / (z * upper))
            late = max(late, (float(abs(2 * eta * steps * z - 1)), float(1 - 2 * eta * steps / upper)))
    return float(below), float(above), late


def _diagonal_gap(empty: bool) -> float:
    """How far gradient descent with r = 2, r_A = 1 from a diagonal start is from the two scalar recursions."""
    truth = random_ground_truth(2, 1, rng=np.random.default_rng(25))
    frame = np.column_stack([truth.U[:, 0], [-truth.U[1, 0], truth.U[0, 0]]])
    a, b, gap = 0.8, 0.5, 0.0
    state = gradient_descent.at(Population(truth), frame * [a, b])
    for _ in range(500):
        state = gradient_descent.step(Population(truth), gradient_descent.Parameters(0.3), state)
        a, b = a - 0.3 * (a**2 - 1) * a, b - 0.3 * (b**2 - (0 if empty else 1)) * b
        gap = max(gap, np.abs(state.Y - frame * [a, b]).max())
    return gap
