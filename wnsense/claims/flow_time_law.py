"""The time law of the gradient flow: scalar, as a bound on q, exact where alignments commute, and as a forecast of RGD."""

from __future__ import annotations

import functools

import numpy as np
import scipy.integrate
import sympy
import z3

from wnsense import ensemble, flow, objective, population, stiefel, weight_normalization
from wnsense.claims.gradient_flow import full_gradient, point_of, random_spectrum, random_start
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.problem import GroundTruth
from wnsense.proof import smt, symbolic
from wnsense.proof.step import classical

CHAPTER = "gradient_flow"
q, s, sigma, tau = sympy.symbols("q s sigma tau", positive=True)


def velocity_of_q(power):
    r"""dq/dtau for :math:`\dot s=2\sigma^2s^{\text{power}}(1-s)`, q = 1/s - 1."""
    return sympy.simplify(-((1 + q) ** 2) * (2 * sigma**2 * s**power * (1 - s)).subs(s, 1 / (1 + q)))


def clock(power):
    r"""psi(q) with :math:`\psi(q_0)-\psi(q)=2\sigma^2\tau`, integrated by SymPy: q + log q for power 2, log q for power 1."""
    return sympy.integrate(sympy.expand(sympy.simplify(-2 * sigma**2 / velocity_of_q(power))), q)


@claim(
    id="lem-scalar-time-law",
    title="The scalar time law",
    statement=r"\dot s=2\sigma^2s^2(1-s),\ q=\tfrac1s-1:\quad 2\sigma^2\tau=q_0-q+\log\frac{q_0}q"
    r"=\frac1{s_0}-\frac1s+\log\frac{s(1-s_0)}{s_0(1-s)},\qquad q(\tau)=W_0\big(q_0e^{q_0-2\sigma^2\tau}\big)",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    controls={
        "s in place of s^2 (logistic growth)": dict(power=1),
        "the rate 10 % too large": dict(constant=1.1),
        "the law without its logarithm": dict(logarithm=0),
    },
)
def scalar_time_law(effort, *, power=2, constant=1.0, logarithm=1):
    """SymPy integrates and inverts; an integrator, and the literal algorithm at rank one, are the oracles for the numbers."""
    q_0, s_0 = sympy.symbols("q_0 s_0", positive=True)
    c, in_q = sympy.nsimplify(constant), velocity_of_q(power)
    law = q + logarithm * sympy.log(q)
    in_s = 1 / s_0 - 1 / s + logarithm * (sympy.log(s) - sympy.log(1 - s) + sympy.log(1 - s_0) - sympy.log(s_0))
    inverse = sympy.LambertW(q_0 * sympy.exp(q_0 - 2 * sigma**2 * tau))
    steps = [
        symbolic.scalar_identity("1 dq/dtau = -2 sigma^2 q/(1 + q)", in_q, -2 * c * sigma**2 * q / (1 + q)),
        symbolic.scalar_identity("2a SymPy's primitive psi of -2 sigma^2/(dq/dtau) is q + log q", clock(power), law),
        symbolic.scalar_identity("2b psi falls at the rate 2 sigma^2", -sympy.diff(law, q) * in_q, 2 * c * sigma**2),
        symbolic.scalar_identity(
            "2c the law in s: its derivative", sympy.diff(in_s, s) * 2 * sigma**2 * s**power * (1 - s),
            2 * c * sigma**2,
        ),
        symbolic.scalar_identity("2d the law in s: zero at s_0", in_s.subs(s, s_0), 0),
        symbolic.scalar_identity("3 q = W_0(...) solves the equation", sympy.diff(inverse, tau), in_q.subs(q, inverse)),
        classical("3 W_0(q_0 e^{q_0}) = q_0, as w -> w e^w is increasing on w > 0", "definition of Lambert's function"),
    ]
    errors, width = [], 0.7
    for q_start, level in ((30.0, 1.0), (2.0, 1e-3), (1e3, 500.0)):
        T = float((law.subs(q, q_start) - law.subs(q, level)).evalf() / (2 * constant * width**2))
        # independent of every formula above: the equation in log q, as a Runge-Kutta method has it
        right = lambda _, y: [-2 * width**2 / (1 + np.exp(y[0])) ** (power - 1)]
        end = scipy.integrate.solve_ivp(right, (0, T), [np.log(q_start)], "DOP853", rtol=1e-12, atol=1e-12).y[0, -1]
        errors += [abs(end - np.log(level)), abs(end - np.log(flow.squared_tangent(q_start, constant * T, width)))]
        errors.append(abs(flow.time(q_start, level, width) / (constant * T) - 1))
    # the literal algorithm at rank one, X in R^2
    problem, eta, q_start, level = objective.Population(GroundTruth(np.eye(2)[:, :1], np.ones(1))), 0.01, 20.0, 0.1
    X = np.array([[1.0], [np.sqrt(q_start)]]) / np.sqrt(1 + q_start)
    state, count = weight_normalization.at(problem, X, problem.backprojection(X)), 0
    while (state.X[1, 0] / state.X[0, 0]) ** 2 > level:
        state, count = weight_normalization.step(problem, weight_normalization.Parameters(eta), state), count + 1
    predicted = float((law.subs(q, q_start) - law.subs(q, level)).evalf() / (2 * constant * eta))
    return Evidence(
        (
            Row(
                "RGD at rank one, eta = 0.01: iterations from q = 20 to 0.1, over the law's", count / predicted,
                "tight", 1.0, 5e-3, "steps of finite length",
            ),
            Row(
                "largest error of log q and of the time, against integration", max(errors), "tight", 0.0, 1e-8,
                "integration",
            ),
        ),
        steps,
    )


def law_steps(power, constant, which):
    """The steps of the comparison for the largest squared tangent."""
    vt, W, M, v, S, Sg, D = symbolic.matrices("vt W M v S Sigma D")
    top = sympy.Symbol("q")
    x, p, last, first = z3.Reals("s p sigma_k sigma_1")
    used = last if which == -1 else first
    return [
        classical("1 unit eigenvectors of W(tau + h) have a limit point as h -> 0", "compactness of the sphere"),
        symbolic.identity(
            "2 v'(-(WM + MW))v = -2q v'Mv where Wv = qv", -vt * (W * M + M * W) * v, -2 * top * vt * M * v, {W * v: top * v, vt * W: top * vt}
        ),
        smt.inequality(
            "3 v'Mv >= s sigma_k^2 gives 2s(1 - s)v'Mv >= 2 sigma_k^2 s^2(1 - s)",
            2 * x * (1 - x) * p >= z3.RealVal(str(constant)) * 2 * used * used * (x * x if power == 2 else x) * (1 - x),
            0 < x, x < 1, last > 0, first >= last, p >= x * last * last,
        ),
        symbolic.scalar_identity(
            "4 psi'(q) times the bound on D^+q is -2 sigma_k^2", sympy.diff(clock(power), q) * velocity_of_q(power),
            -2 * sigma**2,
        ),
        classical("5 D^+g <= -c everywhere gives g(tau) <= g(0) - c tau", "Dini's lemma, proved in the text"),
        symbolic.trace_identity(
            "6 tr(Sigma^2) - tr(Sigma S Sigma S) = 2tr(Sigma^2 D) - tr(Sigma D Sigma D)",
            Sg * Sg - Sg * (1 - D) * Sg * (1 - D), 2 * Sg * Sg * D - Sg * D * Sg * D, None, {Sg: Sg, D: D},
        ),
        classical(
            "6 tr(Sigma D Sigma D) >= 0 and tr(Sigma^2 D) <= (1 - lambda)tr(Sigma^2)", "tr(PQ) >= 0 for psd P, Q",
        ),
    ]


@claim(
    id="thm-flow-time-law",
    title="Gradient flow: time law of the worst alignment",
    statement=r"D_+\lambda\ge2\sigma_{r_A}^2\lambda^2(1-\lambda),\quad q=\tfrac1\lambda-1:\ "
    r"q(\tau)\le W_0\big(q_0e^{q_0-2\sigma_{r_A}^2\tau}\big),\quad"
    r"\lVert X\Theta X^\top-A\rVert_F\le\sqrt{2(1-\lambda)}\,\lVert A\rVert_F",
    level=Level.PROVED,
    source="ours",
    uses=("lem-flow-equation", "lem-scalar-time-law", "lem-population-loss"),
    chapter=CHAPTER,
    controls={
        "lambda in place of lambda^2": dict(power=1),
        "the rate 10 % larger": dict(constant=1.1),
        "sigma_1 in place of sigma_k": dict(which=0),
        "the error bound with 1.8 in place of 2": dict(two=1.8),
    },
)
def flow_time_law(effort, *, power=2, constant=1.0, which=-1, two=2.0):
    """The steps; then psi(q) along trajectories, single small steps of the literal algorithm, and the error of the estimate."""
    psi, rng = sympy.lambdify(q, clock(power)), np.random.default_rng(23)
    progress, single, errors = [], [], []
    for _ in range(effort.pick(12, 400)):
        k = int(rng.integers(1, 5))
        spectrum, start = random_spectrum(rng, k), random_start(rng, k)
        times = np.linspace(0, flow.time(start.q, 0.01 * min(start.q, 1.0), spectrum[-1]), 5)[1:]
        for time, at in zip(times, flow.integrate(spectrum, start, times)):
            progress.append((psi(start.q) - psi(at.q)) / (2 * constant * spectrum[which] ** 2 * time))
            errors.append(at.error(spectrum) / np.linalg.norm(spectrum) / np.sqrt(two * at.q / (1 + at.q)))
        U, X = point_of(start, 1, rng)
        problem, eta = objective.Population(GroundTruth(U, spectrum)), 1e-6
        before = weight_normalization.at(problem, X, problem.backprojection(X))
        after = weight_normalization.step(problem, weight_normalization.Parameters(eta), before)
        q_0, q_1 = (population.of_point(problem.truth, state.X).q for state in (before, after))
        single.append((q_0 - q_1) / (eta * 2 * constant * spectrum[which] ** 2 * q_0 * (1 + q_0) ** (1 - power)))
    # where the error bound is nearly met: the worst direction carries nearly all of A, and is nearly aligned
    heavy = population.Alignment(np.diag([1e-4, 0.0]))
    errors.append(heavy.error(np.array([1.0, 1e-3])) / np.sqrt(two * 1e-4 / (1 + 1e-4)))
    return Evidence(
        (
            Row(
                f"smallest (psi(q_0) - psi(q))/(2 sigma_k^2 tau), {len(progress)} times on {len(single)} trajectories",
                np.min(progress), "lower", 1.0, 1e-7, "integration",
            ),
            Row(
                "smallest -D^+q over its bound, a step of the algorithm with eta = 1e-6", np.min(single), "lower",
                1.0, 1e-4, "finite step and rounding",
            ),
            Row("largest error over sqrt(2(1 - lambda))|A|", np.max(errors), "upper", 1.0),
        ),
        law_steps(power, constant, which),
    )


@claim(
    id="prop-flow-commuting",
    title="Commuting alignments: the law is exact",
    statement=r"S_0\text{ diagonal}\ \Longrightarrow\ q_i(\tau)=W_0\big(q_i(0)\,e^{q_i(0)-2\sigma_i^2\tau}\big)\text{ for each }i;\quad"
    r"q_{r_A}(0)=\max_iq_i(0)\ \Longrightarrow\ \text{equality in the time law for all }\tau",
    level=Level.PROVED,
    source="ours",
    uses=("thm-flow-time-law",),
    chapter=CHAPTER,
    controls={
        "every direction at the rate of sigma_k": dict(own=False),
        "rates 10 % larger": dict(constant=1.1),
        "a start turned by half a radian": dict(turn=0.5),
    },
)
def flow_commuting(effort, *, own=True, constant=1.0, turn=0.0):
    """Each diagonal entry against the flow of the literal X; that the largest stays the largest, by Z3."""
    f, g, c, d, t = z3.Reals("psi_i psi_k c_i c_k tau")
    width = sigma if own else sympy.Symbol("sigma_k", positive=True)
    steps = [
        symbolic.scalar_identity(
            "1 the diagonal entry of -(WM + MW)", -2 * q * sigma * (1 / (1 + q)) * sigma, -2 * sympy.nsimplify(constant) * width**2 * q / (1 + q)
        ),
        classical("2 the diagonal solution is the only one", "uniqueness (Picard-Lindeloef)"),
        smt.inequality(
            "3 the last entry, when largest, stays the largest", f - c * t <= g - d * t, f <= g, c >= d, d > 0,
            t >= 0,
        ),
    ]
    rng, worst, off_diagonal, attained = np.random.default_rng(24), 0.0, 0.0, []
    for _ in range(effort.pick(4, 60)):
        k = int(rng.integers(2, 4))
        spectrum, entries = random_spectrum(rng, k), np.sort(rng.uniform(0.1, 20.0, k))
        Q = np.eye(k)
        Q[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
        U, X = point_of(population.Alignment(stiefel.sym((Q * entries) @ Q.T)), 1, rng)
        truth, T = GroundTruth(U, spectrum), rng.uniform(1.0, 20.0)
        right = lambda _, x: -full_gradient(truth, x.reshape(X.shape)).ravel()
        end = scipy.integrate.solve_ivp(
            right, (0, T), X.ravel(), "DOP853", rtol=1e-10, atol=1e-12,
        ).y[:, -1].reshape(X.shape)
        found = population.of_point(truth, np.linalg.qr(end)[0])
        law = [flow.squared_tangent(entries[i], constant * T, spectrum[i if own else -1]) for i in range(k)]
        worst = max(worst, np.abs(np.diag(found.W) - law).max() / (1 + np.max(law)))
        off_diagonal = max(off_diagonal, np.abs(found.W - np.diag(np.diag(found.W))).max())
        attained.append(
            (entries[-1] - found.q + np.log(entries[-1] / found.q)) / (2 * constant * spectrum[-1] ** 2 * T),
        )
    return Evidence(
        (
            Row(
                "(psi(q_0) - psi(q))/(2 sigma_k^2 tau), flow of X, the farthest from 1",
                max(attained, key=lambda x: abs(x - 1)), "tight", 1.0, 1e-6, "integration",
            ),
            Row("largest |q_i - W_0(...)|/(1 + q)", worst, "tight", 0.0, 1e-7, "integration"),
            Row("largest entry of W off the diagonal", off_diagonal, "tight", 0.0, 1e-7, "integration"),
        ),
        steps,
    )


@functools.cache
def forecast_grid(seeds, eta=0.5, limit=8000):
    """q_0, sigma_k, and the iterations of RGD to q = 1e-10, over m, r, kappa and seeds; r_A = 3, sigma_1 = 1."""
    spectra, starts = [], []
    for m, r in ((m, r) for m in (100, 1000, 10_000) for r in (5, 10, 30, 100, 300, 1000) if 2 * r <= m):
        for kappa, seed in ((kappa, seed) for kappa in (3, 10, 30) for seed in range(seeds)):
            start = population.random_alignment(m, r, 3, np.random.default_rng([m, r, kappa, seed]))
            if flow.iterations(start.q, 1e-10, 1 / kappa, eta) <= limit:
                spectra.append(kappa ** -np.linspace(0.0, 1.0, 3))
                starts.append(start.W)
    starts, spectra = np.array(starts), np.array(spectra)
    counts = ensemble.iterations(spectra, eta, starts, tolerance=1e-10, max_iterations=2 * limit)
    return np.linalg.eigvalsh(starts)[:, -1], spectra[:, -1], counts


@claim(
    id="exp-flow-predicts-iterations",
    title="The flow forecasts the iterations of RGD",
    statement=r"r_A=3,\ m\in\{10^2,10^3,10^4\},\ 5\le r\le m/2,\ \kappa\in\{3,10,30\},\ \eta=\tfrac1{2\sigma_1^2},\text{ to }q=10^{-10}:\ "
    r"\frac{\text{forecast}}{\text{counted}}\in[0.99,5],\text{ median in }[1,1.1]",
    level=Level.REPRODUCED,
    source="ours",
    uses=("thm-flow-time-law",),
    chapter=CHAPTER,
    controls={
        "the law of logistic growth": dict(linear=0),
        "forecasts 10 % smaller": dict(constant=0.9),
        "forecasts 10 % larger": dict(constant=1.1),
        "without the logarithm": dict(logarithm=0),
    },
)
def flow_forecasts(effort, *, linear=1, logarithm=1, constant=1.0):
    """Forecast over counted iterations, where the forecast is at most 8000: three seeds a setting quickly, twenty thoroughly."""
    q_0, sigma_k, counts = forecast_grid(effort.pick(3, 20))
    ratio = constant * (linear * (q_0 - 1e-10) + logarithm * np.log(q_0 / 1e-10)) / (2 * 0.5 * sigma_k**2) / counts
    return Evidence(
        (
            Row(f"median of forecast/counted, {len(ratio)} runs", np.median(ratio), "upper", 1.1),
            Row("the same", np.median(ratio), "lower", 1.0),
            Row("smallest", ratio.min(), "lower", 0.99),
            Row("largest", ratio.max(), "upper", 5.0),
        )
    )
