"""Claims of the chapter on weight normalization: what a diagonal magnitude represents, and what it costs."""

from __future__ import annotations

import itertools

import numpy as np
import sympy
import z3
from scipy.integrate import solve_ivp

from wnsense import diagonal_magnitude, sensing, stiefel, weight_normalization
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.objective import Population
from wnsense.packing import pack
from wnsense.problem import GroundTruth, random_ground_truth
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical

CHAPTER = "weight_normalization"


def _off_diagonal(N):
    return N - np.diag(np.diag(N))


def _riemannian_gradient(A, X, Theta):
    """The gradient of the population loss, from the definition and dense."""
    return stiefel.tangent_projection(X, (X @ Theta @ X.T - A) @ X @ Theta)


def _flow(A, X, times, magnitude):
    """X' = -grad with the magnitude kept at `magnitude(X'AX)`: the points at the given times."""

    def velocity(t, x):
        P, _, Qt = np.linalg.svd(x.reshape(X.shape), full_matrices=False)
        point = P @ Qt  # back on the manifold, so that what the integrator drifts is not amplified
        return -_riemannian_gradient(A, point, magnitude(point.T @ A @ point)).ravel()

    path = solve_ivp(velocity, (0, times[-1]), X.ravel(), t_eval=times, method="DOP853", rtol=1e-10, atol=1e-12)
    return [x.reshape(X.shape) for x in path.y.T]


@claim(
    id="prop-diagonal-magnitude",
    title="A diagonal magnitude loses no minimiser, but leaves the off-diagonal part",
    statement=r"$\{X\Lambda X^\top:X\in\mathrm{St}(m,r),\Lambda\ge0\text{ diagonal}\}=\{Z\succeq0:\mathrm{rank}\,Z\le"
    r" r\}$. With $N=X^\top AX$ the best diagonal $\Lambda$ is $\mathrm{diag}(N)$, its loss exceeds that of"
    r" $\Theta=N$ by $\tfrac14\lVert N-\mathrm{diag}N\rVert_F^2$, and the gradient's part inside the span is"
    r" $\tfrac12X[\Lambda,N]$.",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    uses=("lem-magnitude-merge",),
    controls={
        "rank r + 1 claimed reachable": dict(excess=1),
        "excess a half, not a quarter": dict(excess_factor=2),
        "commutator 10 % too large": dict(commutator=1.1),
        "any rotation claimed to keep Lambda diagonal": dict(group="rotations"),
    },
)
def diagonal_magnitude_proposition(effort, *, excess=0, excess_factor=1, commutator=1, group="signed permutations"):
    X, Xt, Q, Qt, L, D, A = symbolic.matrices("X X' Q Q' L Lambda A")
    rules, N = {Xt * X: 1, Qt * Q: 1}, Xt * A * X
    slope, slope_t = (X * D * Xt - A) * X * D, D * Xt * (X * D * Xt - A)
    d, n, a, t = sympy.symbols("d n a t", real=True)
    R = sympy.Matrix([[sympy.cos(t), -sympy.sin(t)], [sympy.sin(t), sympy.cos(t)]])
    pair = R.T * sympy.Matrix([[a, n], [n, a]]) * R
    steps = (
        classical("1. Theta = Q L Q', Q orthogonal, L >= 0 diagonal", by="spectral theorem"),
        symbolic.identity("1. X (Q L Q') X' = (XQ) L (XQ)'", X * (Q * L * Qt) * Xt, (X * Q) * L * (Qt * Xt)),
        symbolic.identity("1. (XQ)'(XQ) = I", (Qt * Xt) * (X * Q), 1, rules),
        symbolic.scalar_identity("2. d^2 - 2 d n_ii = (d - n_ii)^2 - n_ii^2", d**2 - 2 * d * n, (d - n) ** 2 - n**2),
        symbolic.identity(
            "3. the part of the gradient inside the span is X [Lambda, N] / 2",
            X * (Xt * slope - slope_t * X) / 2,
            sympy.nsimplify(commutator) * X * (D * N - N * D) / 2,
            rules,
        ),
        symbolic.scalar_identity(
            "4. n_ii = n_jj: second derivative 16 n_ij^2 of n_ii^2 + n_jj^2 under rotation",
            sympy.diff(pair[0, 0] ** 2 + pair[1, 1] ** 2, t, 2).subs(t, 0),
            16 * n**2,
        ),
    )
    reach = worst_d = worst_excess = worst_in = kept = 0.0
    moved = np.inf
    for seed in range(effort.pick(20, 300)):
        rng = np.random.default_rng(seed)
        m = int(rng.integers(3, 8))
        r = int(rng.integers(2, m))
        r_A = int(rng.integers(1, r + 1))
        B = rng.standard_normal((m, min(r + excess, m))) / np.sqrt(m)
        w, V = np.linalg.eigh(B @ B.T)
        reach = max(reach, np.linalg.norm(V[:, -r:] * w[-r:] @ V[:, -r:].T - B @ B.T))
        A_ = random_ground_truth(m, r_A, sigma=rng.uniform(0.2, 1, r_A), rng=rng).A
        X_ = stiefel.random_point(m, r, rng)
        N_ = X_.T @ A_ @ X_
        columns = np.array([pack(np.outer(x, x)) for x in X_.T]).T
        best = np.linalg.lstsq(columns, pack(A_), rcond=None)[0]
        worst_d = max(worst_d, np.max(np.abs(best - np.diag(N_))))
        gap = np.linalg.norm((X_ * best) @ X_.T - A_) ** 2 / 4 - np.linalg.norm(X_ @ N_ @ X_.T - A_) ** 2 / 4
        worst_excess = max(worst_excess, abs(gap - excess_factor * np.sum(_off_diagonal(N_) ** 2) / 4))
        G = _riemannian_gradient(A_, X_, np.diag(best))
        inside = X_ @ (X_.T @ G)
        worst_in = max(
            worst_in, np.linalg.norm(inside - commutator * X_ @ (np.diag(best) @ N_ - N_ @ np.diag(best)) / 2)
        )
        D_ = np.diag(np.arange(1.0, 4.0))
        for order in itertools.permutations(range(3)):
            Q_ = np.eye(3)[:, list(order)] * rng.choice([-1.0, 1.0], 3)
            kept = max(kept, np.linalg.norm(_off_diagonal(Q_.T @ D_ @ Q_)))
        Q_ = stiefel.random_point(3, 3, rng)
        turned = np.linalg.norm(_off_diagonal(Q_.T @ D_ @ Q_))
        if group == "rotations":
            kept = max(kept, turned)
        moved = min(moved, turned)
    rows = (
        Row("worst distance of a PSD matrix of rank <= r from the set", reach, "tight", 0, 1e-12, "rounding"),
        Row("worst |least-squares d - diag(X'AX)|", worst_d, "tight", 0, 1e-11, "rounding"),
        Row("worst error of the excess of the loss", worst_excess, "tight", 0, 1e-12, "rounding"),
        Row("worst error of the part of the gradient inside the span", worst_in, "tight", 0, 1e-12, "rounding"),
        Row("signed permutations: worst off-diagonal part of Q' Lambda Q", kept, "tight", 0, 1e-12, "rounding"),
        Row("random rotations: least off-diagonal part of Q' Lambda Q", moved, "lower", 0.01),
    )
    return Evidence(rows, steps)


@claim(
    id="prop-diagonal-rotation",
    title="Sorting inside the span costs the gap squared",
    statement=r"$r=r_A=2$, $\gamma=\sigma_1-\sigma_2$, $X=UR(\theta)$, $\Lambda=\mathrm{diag}(X^\top AX)$: the step is"
    r" $\theta_+=\theta-\arctan(\tfrac18\eta\gamma^2\sin4\theta)$, the flow"
    r" $\tan2\theta(t)=e^{-\gamma^2t/2}\tan2\theta_0$, the loss $\tfrac18\gamma^2\sin^22\theta$.",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    uses=("prop-diagonal-magnitude",),
    controls={
        "gap not squared": dict(power=1),
        "1/8 taken 10 % too large": dict(factor=1.1),
        "rate of the flow 10 % too fast": dict(rate=1.1),
        "a symmetric magnitude": dict(diagonal=False),
    },
)
def diagonal_rotation(effort, *, power=2, factor=1.0, rate=1.0, diagonal=True):
    theta, s1, s2, eta = sympy.symbols("theta sigma1 sigma2 eta", positive=True)
    R = sympy.Matrix([[sympy.cos(theta), -sympy.sin(theta)], [sympy.sin(theta), sympy.cos(theta)]])
    N = R.T * sympy.diag(s1, s2) * R
    D = sympy.diag(N[0, 0], N[1, 1]) if diagonal else N
    K, gap = (D * N - N * D) / 2, s1 - s2
    slope = sympy.nsimplify(factor) * eta * gap**power / 8 * sympy.sin(4 * theta)
    speed = -(gap**2) / 8 * sympy.sin(4 * theta)
    steps = (
        symbolic.scalar_identity(
            "1. -eta K_21 = -(eta/8) gamma^2 sin 4 theta, K = [Lambda, N]/2", -eta * K[1, 0], -slope
        ),
        symbolic.identity(
            "2. I - eta K is a multiple of a rotation: (I - eta K)'(I - eta K) = I + eta^2 K'K", *_skew_square()
        ),
        symbolic.scalar_identity(
            "3. the loss is gamma^2 sin^2(2 theta)/8",
            ((N - D).T * (N - D)).trace() / 4,
            gap**2 * sympy.sin(2 * theta) ** 2 / 8,
        ),
        symbolic.scalar_identity(
            "4. d tan(2 theta)/dt = -(gamma^2/2) tan(2 theta)",
            sympy.diff(sympy.tan(2 * theta), theta) * speed,
            -sympy.nsimplify(rate) * gap**2 / 2 * sympy.tan(2 * theta),
        ),
    )
    method = diagonal_magnitude if diagonal else weight_normalization
    worst_map = worst_loss = worst_flow = 0.0
    for seed in range(effort.pick(6, 60)):
        rng = np.random.default_rng(seed)
        sigma = np.cumsum(rng.uniform(0.3, 1.0, 2))[::-1]
        truth, Delta = random_ground_truth(6, 2, sigma=sigma, rng=rng), sigma[0] - sigma[1]
        angle = rng.uniform(-np.pi, np.pi)
        eta_ = rng.uniform(0.1, 1) / sigma[0] ** 2  # beyond 2 / sigma_1^2 rounding would leave the span
        X = truth.U @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        objective = Population(truth)
        state = diagonal_magnitude.start(objective, X)
        turned = angle
        for _ in range(effort.pick(40, 200)):
            worst_loss = max(worst_loss, abs(state.residual.norm**2 / 4 - Delta**2 * np.sin(2 * turned) ** 2 / 8))
            state = method.step(objective, method.Parameters(eta_), state)
            turned -= np.arctan(factor * eta_ * Delta**power / 8 * np.sin(4 * turned))
            first = truth.U.T @ state.X[:, 0]
            worst_map = max(worst_map, np.linalg.norm(first - [np.cos(turned), np.sin(turned)]))
        time = 2.0 / Delta**2
        end = truth.U.T @ _flow(truth.A, X, [time], (lambda N: np.diag(np.diag(N))) if diagonal else (lambda N: N))[-1]
        measured = np.arctan2(end[1, 0], end[0, 0])
        predicted = np.tan(2 * angle) * np.exp(-rate * Delta**2 * time / 2)
        worst_flow = max(
            worst_flow, abs(np.sin(2 * measured) - predicted * np.cos(2 * measured)) / np.hypot(1, predicted)
        )
    rows = (
        Row(
            "worst distance of the first column from the scalar map",
            worst_map,
            "tight",
            0,
            1e-10,
            "rounding along the path",
        ),
        Row("worst error of the loss", worst_loss, "tight", 0, 1e-10, "rounding along the path"),
        Row(
            "worst error of the flow's angle 2 theta at t = 2/gamma^2",
            worst_flow,
            "tight",
            0,
            1e-7,
            "discretisation, relative tolerance 1e-10 a step",
        ),
    )
    return Evidence(rows, steps)


def _skew_square():
    """The two sides of (I + eta K)(I - eta K) = I - eta^2 K^2, K' = -K, so that K'K = -K^2."""
    (K,) = symbolic.matrices("K")
    eta = sympy.Symbol("eta")
    return (1 + eta * K) * (1 - eta * K), 1 - eta**2 * K * K


@claim(
    id="prop-diagonal-escape",
    title="With a diagonal magnitude only the best column escapes",
    statement=r"$r_A=1$, flow with $\Lambda=\mathrm{diag}(X^\top AX)$, $c_i=(u^\top x_i)^2$, $s=\sum c_i$,"
    r" $p=\max c_i$:"
    r" $2\sigma^2p^2(1-s)\le\dot p\le2\sigma^2p^2$, so $p(t)\le(1/p_0-2\sigma^2t)^{-1}$ for $p_0>0$,"
    r" $2\sigma^2p_0t<1$, while"
    r" $4f\ge\sigma^2(1-p)$; for symmetric $\Theta$, $\dot s=2\sigma^2s^2(1-s)$.",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    uses=("prop-diagonal-magnitude",),
    controls={
        "upper speed 10 % too small": dict(upper=1.8),
        "lower speed 10 % too large": dict(lower=2.2),
        "a symmetric magnitude": dict(diagonal=False),
        "loss bound 10 % too large": dict(loss=1.1),
    },
)
def diagonal_escape(effort, *, upper=2.0, lower=2.0, diagonal=True, loss=1.0):
    phi = sympy.Matrix(sympy.symbols("phi1:4", real=True))
    sigma = sympy.Symbol("sigma", positive=True)
    s = sum(x**2 for x in phi)
    N = sigma * phi * phi.T
    D = sympy.diag(*[N[i, i] for i in range(3)]) if diagonal else N
    speed = sigma * (1 - s) * D * phi - (D * N - N * D).T * phi / 2  # X' = (I - P)AXD - X[D, N]/2, phi = X'u
    quartic = sum(x**4 for x in phi)
    x, S, q, p = z3.Reals("x s q p")
    up, low = z3.RealVal(upper), z3.RealVal(lower)
    steps = (
        symbolic.scalar_identity(
            "1. d(phi_1^2)/dt = sigma^2 c_1 ((2 - s) c_1 - sum c_k^2)",
            2 * phi[0] * speed[0],
            sigma**2 * phi[0] ** 2 * ((2 - s) * phi[0] ** 2 - quartic),
        ),
        smt.inequality(
            "2. c((2 - s)c - q) <= 2c^2 for s, q >= 0", x * ((2 - S) * x - q) <= up * x * x, x >= 0, S >= 0, q >= 0
        ),
        smt.inequality(
            "2. p((2 - s)p - q) >= 2p^2 (1 - s) for q <= p s",
            p * ((2 - S) * p - q) >= low * p * p * (1 - S),
            p >= 0,
            q <= p * S,
            S <= 1,
        ),
        classical(
            "3. p' <= 2 sigma^2 p^2 integrates to 1/p >= 1/p_0 - 2 sigma^2 t, p the maximum of smooth functions",
            by="comparison of differential inequalities",
        ),
        smt.inequality(
            "4. 1 - q >= 1 - p for q <= p s, s <= 1",
            1 - q >= z3.RealVal(loss) * (1 - p),
            q <= p * S,
            S <= 1,
            p >= 0,
            p <= 1,
            S >= p,
        ),
    )
    worst_p = worst_up = worst_low = worst_loss = worst_s = 0.0
    for seed in range(effort.pick(4, 30)):
        rng = np.random.default_rng(seed)
        m, r, sigma_ = 60, 4, rng.uniform(0.5, 2)
        truth = GroundTruth(np.eye(m)[:, :1], np.array([sigma_]))
        X = stiefel.random_point(m, r, rng)
        p0, s0 = np.max(X[0] ** 2), np.sum(X[0] ** 2)
        times = np.linspace(0, 0.98, 25) / (2 * sigma_**2 * p0)
        keep = (lambda N: np.diag(np.diag(N))) if diagonal else (lambda N: N)
        for t, point in zip(times, _flow(truth.A, X, times, keep)):
            squares = point[0] ** 2
            p_t, s_t = squares.max(), squares.sum()
            worst_p = max(worst_p, p_t * (1 / p0 - upper * sigma_**2 * t))
            residual = (point * (sigma_ * squares)) @ point.T - truth.A
            worst_loss = max(worst_loss, loss * sigma_**2 * (1 - p_t) / np.sum(residual**2))
            velocity = -_riemannian_gradient(truth.A, point, keep(point.T @ truth.A @ point))[0]
            largest = np.argmax(squares)
            speed_p = 2 * point[0, largest] * velocity[largest]
            worst_up = max(worst_up, speed_p / (upper * sigma_**2 * p_t**2))
            worst_low = max(worst_low, lower * sigma_**2 * p_t**2 * (1 - s_t) / speed_p)
        t = (1 / s0 - 2 + np.log((1 - s0) / s0)) / (2 * sigma_**2)  # the symmetric flow is at s = 1/2
        if t > 0:
            worst_s = max(worst_s, abs(np.sum(_flow(truth.A, X, [t], lambda N: N)[-1][0] ** 2) - 0.5))
    rows = (
        Row(
            "worst p(t) (1/p_0 - 2 sigma^2 t)",
            worst_p,
            "upper",
            1,
            1e-7,
            "discretisation, relative tolerance 1e-10 a step",
        ),
        Row("worst p' / its upper bound", worst_up, "upper", 1, 1e-9, "rounding"),
        Row("worst lower bound of p' / p'", worst_low, "upper", 1, 1e-9, "rounding"),
        Row("worst sigma^2 (1 - p) / 4f", worst_loss, "upper", 1, 1e-9, "rounding"),
        Row(
            "symmetric: worst |s - 1/2| at the time the closed form gives",
            worst_s,
            "tight",
            0,
            1e-7,
            "discretisation, the same",
        ),
    )
    return Evidence(rows, steps)
