"""Claims of the chapter on finite samples: one step of the direction, Steps 1 to 10 of the proof."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import sympy
import z3

from wnsense import adversary, stiefel
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.finite_sample_constants import PROVED
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical

CHAPTER = "finite_samples"
number = z3.RealVal


def residual_steps(given, drop):
    """Steps 1 and 2: the size of the residual."""
    X, Xt, A, U, Ut, Th = symbolic.matrices("X Xt A U Ut Theta")
    rules, zero = {Xt * X: 1, Ut * U: 1}, sympy.Integer(0)
    P = X * Xt
    Q, Xi = 1 - P, Xt * A * X - Th
    second = zero if drop == "PAQ" else P * A * Q
    delta, l, nu, xi, alpha, s1, sk = z3.Reals("delta l nu xi alpha sigma_1 sigma_k")
    level = (0 < l, l < 1, 0 <= nu, nu * nu == 1 - l)
    peak, offset, ratio = number(given.peak), number(given.offset), number(given.magnitude) / number(given.margin)
    small = (0 <= alpha, number(given.margin) * alpha <= l * sk, 0 < sk, sk <= s1, l * nu <= peak, l > 0, nu >= 0)
    return [
        symbolic.identity("1a A - PAP = QA + PAQ", A - P * A * P, Q * A + second, rules),
        symbolic.trace_identity("1b QA and PAQ are orthogonal", A * Q * P * A * Q, zero, rules),
        symbolic.identity("1c J'J = I - S = D", Ut * Q * Q * U, 1 - Ut * X * Xt * U, rules),
        classical("1d ||J||^2 = ||D|| = 1 - lambda; ||MN||_F <= ||M|| ||N||_F", "spectral theorem"),
        symbolic.identity("1e R = (PAP - A) - X Xi X'", X * Th * Xt - A, P * A * P - A - X * Xi * Xt, rules),
        symbolic.trace_identity("1f its two parts are orthogonal", (P * A * P - A) * X * Xi * Xt, zero, rules),
        smt.inequality(
            f"1g 2 + ({given.magnitude} delta)^2 <= {given.residual}^2",
            2 + (number(given.magnitude) * delta) ** 2 <= number(given.residual) ** 2,
            0 <= delta,
            delta <= number(given.largest_delta),
        ),
        smt.inequality(f"2a l nu <= {given.peak}", l * nu <= peak, *level),
        smt.inequality(
            "2b |Xi| <= l nu sigma_1/8", xi <= ratio * l * nu * s1, xi <= number(given.magnitude) * alpha * nu, *small
        ),
        smt.inequality(f"2c |Xi| <= {given.offset} sigma_1", xi <= offset * s1, xi <= ratio * l * nu * s1, *small),
        smt.inequality(
            f"2d {given.residual} alpha nu <= {given.phi} l nu sigma_1",
            number(given.residual) * alpha * nu <= number(given.phi) * l * nu * s1,
            *small,
        ),
    ]


def gradient_steps(given, drop):
    """Step 3: the parts of the gradient."""
    X, Xt, A, Th, E, Y, Om, Omt = symbolic.matrices("X Xt A Theta E Y Omega Omegat")
    eta, c = sympy.symbols("eta c")
    rules = {Xt * X: 1}
    Q, Xi, R = 1 - X * Xt, Xt * A * X - Th, X * Th * Xt - A
    kept = sympy.Integer(0) if drop == "Xi" else Xi
    y = Xt * E * X - kept
    Gt, Gtt = (R + E) * X * Th, Th * Xt * (R + E)
    half = sympy.Rational(1, 2)
    s1, nu, alpha, xi, y_size, half_spread = z3.Reals("sigma_1 nu alpha xi Y c")
    offset, both = number(given.offset), number(given.residual) + number(given.magnitude)
    return [
        symbolic.identity("3a X'RX = -Xi", Xt * R * X, -Xi, rules),
        symbolic.identity("3b QRX = -QAX", Q * R * X, -Q * A * X, rules),
        symbolic.identity("3c X'Gt = Y Theta", Xt * Gt, y * Th, rules),
        symbolic.identity(
            "3d G = -V_0 + X Omega, V_0 = Q(A - Delta)X Theta",
            Gt - X * (Xt * Gt + Gtt * X) * half,
            -Q * (A - E) * X * Th + X * (y * Th - Th * y) * half,
            rules,
        ),
        symbolic.identity("3e [Y, Theta] = [Y, Theta - c]", Y * Th - Th * Y, Y * (Th - c) - (Th - c) * Y),
        classical("3f spec(Theta) within |Xi| of [0, sigma_1]", "Weyl"),
        smt.inequality(
            f"3g |Theta - sigma_1/2| <= (1/2 + {given.offset}) sigma_1, |Theta| <= (1 + {given.offset}) sigma_1",
            z3.And(s1 / 2 + xi <= (number("1/2") + offset) * s1, s1 + xi <= (1 + offset) * s1),
            xi <= offset * s1,
            s1 > 0,
        ),
        classical("3h |Y| <= |Delta| + |Xi|, |[Y, M]| <= 2|Y||M|", "submultiplicativity, triangle inequality"),
        smt.inequality(
            f"3i ({given.residual} + {given.magnitude})(1/2 + {given.offset}) <= {given.rotation}: "
            f"||Omega|| <= {given.rotation} sigma_1 alpha nu",
            y_size * half_spread <= number(given.rotation) * s1 * alpha * nu,
            y_size <= both * alpha * nu,
            half_spread <= (number("1/2") + offset) * s1,
            half_spread >= 0,
            s1 > 0,
            alpha >= 0,
            nu >= 0,
        ),
        symbolic.identity(
            "3j (I - eta Omega)'(I - eta Omega) = I + eta^2 Omega'Omega",
            (1 - eta * Omt) * (1 - eta * Om),
            1 + eta**2 * Omt * Om,
            {Omt: -Om},
        ),
    ]


def projection_steps(drop):
    """Steps 4 and 5: the new span, the trial vector, and what it meets."""
    X, Xt, A, U, Ut, Sg, E, Si = symbolic.matrices("X Xt A U Ut Sigma E Si")
    G, Gt, Om, K, V, Vt, V0, Phi, Phit, Xi = symbolic.matrices("G Gt Omega K V Vt V_0 Phi Phit Xi")
    eta = sympy.Symbol("eta")
    Q = 1 - X * Xt
    gram = {Xt * X: 1, Xt * G: Om, Gt * X: -Om}
    normal = {Xt * X: 1, Xt * V: 0, Vt * X: 0}
    aligned = {**normal, Ut * X * Xt * U * Si: 1}
    target = {Xt * X: 1}
    N, u, p, gain = z3.Reals("N u p Gamma")
    return [
        symbolic.identity(
            "4a X - eta G = (X + eta V)(I - eta Omega)",
            X - eta * (-V0 + X * Om),
            (X + eta * V0 * K) * (1 - eta * Om),
            {K * Om: (K - 1) / eta},
        ),
        symbolic.identity(
            "4b (X - eta G)'(X - eta G) = I + eta^2 G'G",
            (Xt - eta * Gt) * (X - eta * G),
            1 + (0 if drop == "G'G" else eta**2 * Gt * G),
            gram,
        ),
        symbolic.identity(
            "4c (X + eta V)'(X + eta V) = I + eta^2 V'V", (Xt + eta * Vt) * (X + eta * V), 1 + eta**2 * Vt * V, normal
        ),
        symbolic.identity(
            "4d U'(X + eta V)v = w + eta J'Vv for v = Phi'S^{-1}w",
            Ut * (X + eta * V) * Xt * U * Si,
            1 + eta * Ut * Q * V * Xt * U * Si,
            aligned,
        ),
        symbolic.identity("4e |v|^2 = w'S^{-1}w", Si * Ut * X * Xt * U * Si, Si, aligned),
        classical("4f u'S_+u >= (u'Lw)^2/(v'Hv)", "Cauchy-Schwarz"),
        smt.inequality(
            "4g u'S_+u >= 1/(p - N), N >= Gamma: u'S_+u >= 1/(p - Gamma)",
            z3.And(p - gain > 0, u * (p - gain) >= 1),
            u * (p - N) >= 1,
            p - N > 0,
            N >= gain,
            u >= 0,
        ),
        symbolic.identity(
            "5a Theta v = Phi'Sigma w - Xi v",
            (Phit * Sg * Phi - Xi) * Phit * Si,
            Phit * Sg - Xi * Phit * Si,
            {Phi * Phit * Si: 1},
        ),
        symbolic.identity(
            "5b (I - eta Omega)^{-1} = I + eta Omega (I - eta Omega)^{-1}", K, 1 + eta * Om * K, {Om * K: (K - 1) / eta}
        ),
        symbolic.identity(
            "5c Q(A - Delta)X = J Sigma Phi - Q Delta X",
            Q * (A - E) * X,
            Q * U * Sg * Ut * X - Q * E * X,
            {**target, A: U * Sg * Ut},
        ),
    ]


def size_steps(given):
    """Step 6: everything against tau."""
    x, l, alpha, sk = z3.Reals("x l alpha sigma_k")
    offset, both = number(given.offset), number(given.residual) + number(given.magnitude)
    small = (number(given.margin) * alpha <= l * sk, l > 0, sk > 0, alpha >= 0)
    return [
        classical("6a tau^2 >= l sigma_k^2|w|^2, tau <= sigma_1|w|, |v|^2 <= |w|^2/l", "spectral theorem"),
        classical("6b |h| <= (|Xi| + eta|Theta||Omega|)|v|", "triangle inequality, submultiplicativity, 3j"),
        smt.inequality(
            f"6c 4 + 1.05 .55 5.42 x <= {given.disturbance}",
            number(given.magnitude) + (1 + offset) * (number("1/2") + offset) * both * x <= number(given.disturbance),
            0 <= x,
            x <= number("1/2"),
        ),
        smt.inequality(
            f"6d {given.disturbance} alpha <= {given.theta} l sigma_k",
            number(given.disturbance) * alpha <= number(given.theta) * l * sk,
            *small,
        ),
        smt.inequality(
            f"6e {given.residual} alpha <= {given.phi} l sigma_k",
            number(given.residual) * alpha <= number(given.phi) * l * sk,
            *small,
        ),
    ]


def gain_steps(drop):
    """Steps 7 to 9: the gain, before its bracket is bounded."""
    X, Xt, U, Ut, Sg, E, S, Si = symbolic.matrices("X Xt U Ut Sigma E S Si")
    Q, rules = 1 - X * Xt, {Xt * X: 1}
    l, eta, th, ph, ps, tau, s1, e, chi, ww, inv, wJz, JzJz, zz = sympy.symbols(
        "l eta theta phi psi tau sigma_1 e chi ww inv wJz JzJz zz", positive=True
    )
    p = 1 / l
    x = eta * s1**2
    br = 2 * (1 - th - ph * (1 + th)) - x * (1 + th) ** 2 * ((0 if drop == "d" else 1) + l * (1 + ps) ** 2)
    s, zl = z3.Reals("s l")
    t, h, en, ew, nu, z1, zt, zp, size, psi = z3.Reals("tau h e ew nu sigma_1 theta phi Delta psi")
    inside = (0 < zl, zl <= s, s <= 1)
    signs = (t >= 0, h >= 0, en >= 0, ew >= 0, nu >= 0, z1 > 0, zt >= 0, zp >= 0, h <= zt * t, ew <= zp * nu * t)
    return [
        symbolic.identity("7a pI - S^{-1} = p S^{-1}(S - l)", p - Si, p * Si * (S - l), {Si * S: 1}),
        smt.inequality("7b (s - l)^2 s <= (1 - l)(s - l) on [l, 1]", (s - zl) ** 2 * s <= (1 - zl) * (s - zl), *inside),
        symbolic.identity(
            "8a J'(J Sigma Phi - Q Delta X) = D Sigma Phi - J'Delta X",
            Ut * Q * (Q * U * Sg * Ut * X - Q * E * X),
            (1 - Ut * X * Xt * U) * Sg * Ut * X - Ut * Q * E * X,
            {**rules, Ut * U: 1},
        ),
        smt.inequality(
            "8b nu |Delta||w|(tau + |h|) <= nu^2 phi (1 + theta) tau^2",
            nu * ew * (t + h) <= nu * nu * zp * (1 + zt) * t * t,
            *signs,
        ),
        smt.inequality("8c tau^2 - tau|h| >= (1 - theta) tau^2", t * t - t * h >= (1 - zt) * t * t, *signs),
        smt.inequality(
            "8d |d| sigma_1 (tau + |h|) <= |d| sigma_1 (1 + theta) tau",
            en * z1 * (t + h) <= en * z1 * (1 + zt) * t,
            *signs,
        ),
        classical("8e |z| <= (nu sigma_1 + |Delta|)(tau + |h|)", "triangle inequality, submultiplicativity"),
        smt.inequality(
            "8f |z| <= nu sigma_1 (1 + psi)(1 + theta) tau",
            (nu * z1 + size) * (t + h) <= nu * z1 * (1 + psi) * (1 + zt) * t,
            size >= 0,
            psi >= 0,
            size <= psi * nu * z1,
            *signs,
        ),
        symbolic.scalar_identity(
            "9a N = slack + 2 eta p (Jw)'z + eta^2 p|J'z|^2 - eta^2|z|^2",
            p * (ww + 2 * eta * wJz + eta**2 * JzJz) - inv - eta**2 * zz,
            (p * ww - inv) + 2 * eta * p * wJz + eta**2 * p * JzJz - eta**2 * zz,
        ),
        symbolic.scalar_identity(
            "9b (1 - l)(slack + eta^2p(1 - l)chi^2 - 2 eta p|d|chi) >= p(|d| - eta(1 - l)chi)^2",
            p * e**2 + (1 - l) * (eta**2 * p * (1 - l) * chi**2 - 2 * eta * p * e * chi),
            p * (e - eta * (1 - l) * chi) ** 2,
        ),
        symbolic.scalar_identity(
            "9c all terms: eta p(1 - l) tau^2 br",
            2 * eta * p * (1 - l) * tau**2 * (1 - th - ph * (1 + th))
            - eta**2 * p * (1 - l) * (s1 * (1 + th) * tau) ** 2
            - eta**2 * (1 - l) * (s1 * (1 + ps) * (1 + th) * tau) ** 2,
            eta * p * (1 - l) * tau**2 * br,
        ),
    ]


def bracket_steps(given):
    """Step 10: the bracket against the square of the norm of L, and the end."""
    x, th, ph, ps, K, l, y, v, root = z3.Reals("x theta phi psi K l y nu root")
    w, t, s1, eta, L, den, br, T, sk = z3.Reals("w tau sigma_1 eta L den br T sigma_k")

    def bracket(x, th, ph, ps, l):
        return 2 * (1 - th - ph * (1 + th)) - x * (1 + th) ** 2 * (1 + l * (1 + ps) ** 2)

    half = number("1/2")
    nonnegative = [letter >= 0 for letter in (x, th, ph, ps, K, l, y)]
    level = 1 - v * v
    theta = number(given.theta) * v
    phi, psi = number(given.phi) * (1 - v * v / 2), number(given.phi) * level
    reach = 1 + half * v * v * (1 + psi) * (1 + theta)
    goal = number(given.gain)
    return [
        smt.inequality(
            "10a |Lw| <= |w| + eta nu|z| <= |w| den",
            eta * s1 * K * t <= eta * s1 * s1 * K * w,
            t <= s1 * w,
            eta > 0,
            s1 > 0,
            K >= 0,
        ),
        smt.inequality(
            "10b br - y den^2 is least at x = 1/2, for every y >= 0",
            bracket(x, th, ph, ps, l) - y * (1 + x * K) ** 2 >= bracket(half, th, ph, ps, l) - y * (1 + half * K) ** 2,
            x <= half,
            *nonnegative,
        ),
        smt.inequality("10c sqrt(l) <= 1 - nu^2/2", root <= 1 - v * v / 2, root >= 0, root * root == level, v >= 0),
        smt.inequality(
            f"10d br >= {given.gain} den^2 at x = 1/2, for nu in [0, 1]",
            bracket(half, theta, phi, psi, level) >= goal * reach * reach,
            v >= 0,
            v <= 1,
        ),
        smt.inequality(
            f"10e p tau^2 br >= {given.gain} sigma_k^2|Lw|^2",
            T * br >= goal * sk * sk * L * L,
            T >= sk * sk * w * w,
            br >= goal * den * den,
            0 <= L,
            L <= w * den,
            w >= 0,
            den >= 1,
        ),
    ]


def proof_steps(given=PROVED, drop=None):
    """Steps 1 to 10 with the constants `given`, which later steps take from earlier ones."""
    return [
        *residual_steps(given, drop),
        *gradient_steps(given, drop),
        *projection_steps(drop),
        *size_steps(given),
        *gain_steps(drop),
        *bracket_steps(given),
    ]


def random_start(rng):
    """A start of one step: spectrum, alignment and step size drawn so that all ends are visited; sigma, X, eta."""
    k = int(rng.integers(1, 4))
    r = k + int(rng.integers(0, 3))
    sigma = np.sort(np.append(1.0, np.maximum(rng.uniform(0, 1, k - 1) ** rng.choice([0.02, 1.0, 3.0]), 0.02)))[::-1]
    cosines = 1 / (1 + np.exp(-rng.uniform(-7, 9, k)))
    if rng.random() < 0.3:
        cosines[:] = cosines[0]
    Q = stiefel.random_point(k, k, rng)
    X = adversary.aligned_direction(stiefel.sym(Q * cosines @ Q.T), r, k + r)
    return sigma, X, 0.5 if rng.random() < 0.7 else rng.uniform(0.01, 0.5)


def worst_gain(rng, margin, count):
    """The least (1/l - 1/lambda_+)/(eta sigma_k^2(1 - l)) over adversarial instances, alpha = l sigma_k/margin."""
    gains = []
    for _ in range(count):
        sigma, X, eta = random_start(rng)
        g = adversary.gap(len(sigma), X)
        if rng.random() < 0.2:  # a level below lambda
            g = (1 + g) / rng.uniform(0.3, 1.0) - 1
        l, missing = 1 / (1 + g), g / (1 + g)
        delta = min(
            l * sigma[-1] / (float(margin) * np.linalg.norm(sigma)),
            PROVED.value("largest_delta") * PROVED.value("margin") / float(margin),
        )
        lag = PROVED.value("magnitude") * delta * np.linalg.norm(sigma) * np.sqrt(missing)
        Theta = adversary.worst_magnitude(sigma, X, lag, eta)
        point = adversary.Point(sigma, X, Theta)
        E = adversary.worst_distortion(point, delta * np.linalg.norm(point.R), eta, sweeps=2)
        after = adversary.gap(len(sigma), adversary.direction_step(point, E, eta))
        gains.append((g - after) / (eta * sigma[-1] ** 2 * missing))
    return min(gains)


@claim(
    id="lem-finite-sample-step",
    title="One step",
    statement=r"0<l\le\lambda,\ l<1,\ 0<\eta\sigma_1^2\le\tfrac12,\ \alpha=\delta\lVert"
    r" A\rVert_F\le\tfrac1{32}l\sigma_{r_A},\ \delta\le\tfrac3{100},\ "
    r"\lVert\Xi\rVert_F\le4\alpha\sqrt{1-l},\ \lVert\mathcal E(R)\rVert\le\delta\lVert R\rVert_F"
    r"\ \Longrightarrow\ \frac1{\lambda_+}\le\frac1l-\tfrac13\eta\sigma_{r_A}^2(1-l)",
    level=Level.PROVED,
    source="ours",
    uses=("lem-polar-paper-form", "lem-rip-two-consequences"),
    chapter=CHAPTER,
    controls={
        "0.38 for 1/3 in Step 10": dict(given=replace(PROVED, gain="0.38"), count=20),
        "distortion of relative size 1/3 for 1/32": dict(given=replace(PROVED, margin="3"), count=120),
        "distortion 10 % larger": dict(given=replace(PROVED, margin="29.09"), count=20),
        "1.41 for 1.42 in Step 1": dict(given=replace(PROVED, residual="1.41"), count=20),
        "2.95 for 3 in Step 3": dict(given=replace(PROVED, rotation="2.95"), count=20),
        "5.5 for 5.6 in Step 6": dict(given=replace(PROVED, disturbance="5.5"), count=20),
        "0.21 for 0.175 in theta": dict(given=replace(PROVED, theta="0.21"), count=20),
        "0.044 for 0.045 in phi and psi": dict(given=replace(PROVED, phi="0.044"), count=20),
        "PAQ dropped in Step 1": dict(drop="PAQ", count=20),
        "the magnitude error dropped in Step 3": dict(drop="Xi", count=20),
        "eta^2 G'G dropped in Step 4": dict(drop="G'G", count=20),
        "the term of d dropped in Step 9": dict(drop="d", count=20),
    },
)
def finite_sample_step(effort, *, given=PROVED, drop=None, count=None):
    """Steps 1 to 10; then the worst distortion and the worst magnitude error that gradient ascent finds."""
    steps = proof_steps(given, drop)
    count = count or effort.pick(250, 20000)
    least = worst_gain(np.random.default_rng(31), given.margin, count)
    label = f"least gain/(eta sigma_k^2(1 - l)), {count} adversarial steps"
    return Evidence((Row(label, least, "lower", given.value("gain")),), steps)
