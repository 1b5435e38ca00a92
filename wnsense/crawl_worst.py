r"""Adversarial starts against the bounds of the crawl: where a bound is tight, and single steps in ball arithmetic.

An instance is a truth :math:`A=\mathrm{diag}(\sigma,0)` and a factor Y whose columns may be nearly aligned with it, of
singular values that are repeated, spread over decades, or at the limit of the theorem.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import flint
import numpy as np

from wnsense import crawl, crawl_bounds, gradient_descent, objective
from wnsense.population_worst import certainly_positive
from wnsense.problem import GroundTruth
from wnsense.proof import ball


def random_instance(rng: np.random.Generator, limit: float) -> tuple[np.ndarray, np.ndarray, float]:
    r"""sigma (r_A,), Y (m, r), r_A < r <= m <= 8, eta with :math:`\eta\max\{\sigma_1,\lVert Y\rVert^2\}\le` limit."""
    m = int(rng.integers(1, 9))
    r = int(rng.integers(1, m + 1))
    k = int(rng.integers(0, r))
    sigma = np.sort(10.0 ** (-2 * rng.random(k)))[::-1]
    s = np.sqrt(10.0 ** (-rng.choice([0.05, 1.0, 3.0]) * rng.random(r)))
    if rng.random() < 0.3:
        s[:] = s[0]
    frame = np.eye(m)[:, rng.permutation(m)[:r]] if rng.random() < 0.5 else np.zeros((m, r))
    left = np.linalg.qr(frame + 10.0 ** rng.uniform(-6, 0) * rng.standard_normal((m, r)))[0]
    right = np.linalg.qr(rng.standard_normal((r, r)))[0]
    Y = (left * s) @ right
    largest = max(sigma.max(initial=0.0), np.linalg.norm(Y, 2) ** 2)
    return sigma, Y, float(limit * rng.choice([1.0, 0.7, 0.01 + 0.99 * rng.random()]) / largest)


def _start(sigma: np.ndarray, Y: np.ndarray) -> tuple[objective.Population, gradient_descent.State]:
    """The problem and the state of the method itself."""
    problem = objective.Population(GroundTruth(np.eye(len(Y))[:, : len(sigma)], sigma))
    return problem, gradient_descent.at(problem, Y)


def error_ratios(count: int, limit: float, growth: float, counted: float, spare: int) -> tuple[list[float], float]:
    """The error over the bound, smallest of each run; and at equality, A found and the spare columns equal.

    With spare = 0 runs have r = r_A columns, and the bound is taken with 1 in the place of r - r_A.
    """
    rng = np.random.default_rng(31)
    ratios = []
    for _ in range(count):
        sigma, Y, eta = random_instance(rng, limit)
        k, r = len(sigma), Y.shape[1]
        if not spare:
            if k == 0:
                continue
            Y, r = Y[:, :k], k
        w_0 = np.linalg.eigvalsh(Y.T @ Y)[0]
        problem, state = _start(sigma, Y)
        worst = np.inf
        for t in range(60 if spare else 400):
            bound = np.sqrt(counted * max(r - k, 1)) * crawl_bounds.level(w_0, eta, t, growth)
            worst = min(worst, state.residual.norm / bound)
            state = gradient_descent.step(problem, gradient_descent.Parameters(eta), state)
        ratios.append(float(worst))
    u = limit
    run = crawl.run([1.0], [crawl.fitted_start(np.ones(1), np.array([1.0, 1.0]))], u, [1])
    fitted = run.error[0, 0] / (np.sqrt(2 * counted) * crawl_bounds.level(1.0, u, 1, growth))
    return ratios, float(fitted)


def eigenvalue_ratios(
    count: int, limit: float, smaller: float, larger: float, shrink: float, power: int, first: int
) -> tuple[float, float]:
    r"""The least :math:`\lambda_i/u_t(w_0)` and the greatest :math:`\max(\lambda_i,\lVert B\rVert^2)/u_t(\beta_0)`."""
    rng = np.random.default_rng(32)
    low, high = np.inf, 0.0
    for _ in range(count):
        sigma, Y, eta = random_instance(rng, limit)
        k = len(sigma)
        problem, state = _start(sigma, Y)
        u = smaller * np.linalg.eigvalsh(Y.T @ Y)[0]
        v = larger * np.linalg.norm(Y[k:], 2) ** 2
        for _ in range(60):
            u, v = u * (1 - eta * u) ** 2, v * (1 - shrink * eta * v) ** power
            state = gradient_descent.step(problem, gradient_descent.Parameters(eta), state)
            spare = np.linalg.svd(state.Y, compute_uv=False)[max(k + first, 0) :] ** 2
            outside = np.linalg.norm(state.Y[k:], 2) ** 2
            low, high = min(low, spare.min() / u), max(high, outside / v, spare.max() / v)
    return float(low), float(high)


def constant_ratio(count: int, growth: float, chord: float, counted: float) -> float:
    """The smallest error over its sharp bound, random runs of 100 steps; growth replaces the 2 of 2 eta t."""
    rng = np.random.default_rng(33)
    worst = np.inf
    for _ in range(count):
        sigma, Y, eta = random_instance(rng, 1 / 3)
        spare = Y.shape[1] - len(sigma)
        w_0 = np.linalg.eigvalsh(Y.T @ Y)[0]
        problem, state = _start(sigma, Y)
        for t in range(1, 101):
            state = gradient_descent.step(problem, gradient_descent.Parameters(eta), state)
            reciprocal = 1 / crawl_bounds.sharp_level(w_0, eta, t, chord) + (growth - 2) * eta * t
            worst = min(worst, state.residual.norm * reciprocal / np.sqrt(counted * spare))
    return float(worst)


def attainment(steps: int, growth: float, counted: float) -> tuple[int, float, float]:
    r"""Runs in which A is found and the spare columns are equal.

    Returns the steps, the largest :math:`|\text{error}/(\sqrt{r-r_A}\,u_t)-1|` for t below 1000, and the error at the
    end times :math:`2\eta t/\sqrt{r-r_A}`, furthest from 1.
    """
    eta = 0.3
    error, u = _fitted_runs(steps, eta)
    gap = np.abs(error / (np.sqrt(2 * counted) * u) - 1)[:, :-1].max()
    ends = error[:, -1] * growth * eta * steps / np.sqrt(2 * counted)
    return steps, float(gap), float(max(ends, key=lambda end: abs(end - 1)))


@lru_cache(maxsize=None)
def _fitted_runs(steps: int, eta: float) -> tuple[np.ndarray, np.ndarray]:
    """The errors of two runs that have found A, and the recursion, at t = 0, ..., 999 and at the end."""
    sigmas, t = np.array([[1.0, 0.5, 0.1], [1.0, 1.0, 1.0]]), np.append(np.arange(1000), steps)
    starts = np.array([crawl.fitted_start(sigma, np.array([0.1, 0.1])) for sigma in sigmas])
    return crawl.run(sigmas, starts, eta, t).error, crawl_bounds.recursion(0.1, eta, t)


def one_step_failures(h: float, top: float) -> tuple[float, float, float]:
    """Beyond the limit: error over bound (A = 0, r = 1), w_1 over bound (A = 0, r = 2), error at eta sigma_1 = top."""
    single = crawl.run([], [[[1.0]]], h, [1]).error[0, 0] / crawl_bounds.level(1.0, h, 1)
    smaller = (1 / 3 + h) / 2 / h  # both eigenvalues of eta W between 1/3 and h
    w = crawl.run([], [np.diag([1.0, np.sqrt(smaller)])], h, [1]).eigenvalues[0, 0, -1]
    double = w / (smaller * (1 - h * smaller) ** 2)
    exact = crawl.run([1.0], [np.eye(2)], top, [1]).error[0, 0]
    return float(single), float(double), float(exact)


def _enclosed(rng: np.random.Generator, limit: Fraction):
    r"""One step in ball arithmetic.

    Returns k, the identity, a certain lower bound of :math:`\lambda_{\min}(W)`, a certain upper bound of
    :math:`\lVert B\rVert^2`, eta, and :math:`Y_+`.
    """
    sigma, Y, _ = random_instance(rng, 1.0)
    k, (m, r) = len(sigma), Y.shape
    A, exact = ball.matrix(np.diag(np.append(sigma, np.zeros(m - k)))), ball.matrix(Y)
    one, W = ball.matrix(np.eye(r)), exact.transpose() * exact
    spectrum = np.linalg.svd(Y, compute_uv=False) ** 2
    outside = ball.matrix(Y[k:]).transpose() * ball.matrix(Y[k:])
    l = flint.arb(float(spectrum[-1] * (1 - 1e-9)))  # 1e-9: above the rounding of the eigenvalue
    beta = flint.arb(float(np.linalg.norm(Y[k:], 2) ** 2 * (1 + 1e-9)))
    largest = flint.arb(max(float(spectrum[0] * (1 + 1e-9)), sigma.max(initial=0.0)))
    for B in (W - one * l, one * beta - outside, one * largest - W):
        if not certainly_positive(B):
            raise ValueError("the eigenvalues of an instance are not enclosed; expected a smallest one above 1e-9")
    share = flint.arb(float(rng.choice([1.0, 0.7, 0.01 + 0.99 * rng.random()])))
    eta = share * flint.arb(limit.numerator) / limit.denominator / largest
    Y_new = exact - (exact * W - A * exact) * eta
    return k, one, l, beta, eta, Y_new


def uncertain_lower_steps(count: int, limit: Fraction, shrink: Fraction) -> tuple[int, int]:
    r"""How many of so many steps do not certainly have :math:`W_+\succ(1-10^{-30})\,l(1-\text{shrink}\,\eta l)^2I`."""
    rng, uncertain = np.random.default_rng(34), 0
    with ball.precision(300):
        c, almost = flint.arb(shrink.numerator) / shrink.denominator, 1 - flint.arb("1e-30")
        for _ in range(count):
            _, one, l, _, eta, new = _enclosed(rng, limit)
            uncertain += not certainly_positive(new.transpose() * new - one * (almost * l * (1 - c * eta * l) ** 2))
    return uncertain, count


def uncertain_upper_steps(count: int, limit: Fraction, shrink: Fraction, power: int) -> tuple[int, int]:
    r"""How many of so many steps are not certain: :math:`\lVert B_+\rVert^2\le(1+10^{-30})\,\beta(1-c\,\eta\beta)^p`,
    c = shrink, p = power.
    """
    rng, uncertain = np.random.default_rng(35), 0
    with ball.precision(300):
        c, above = flint.arb(shrink.numerator) / shrink.denominator, 1 + flint.arb("1e-30")
        for _ in range(count):
            k, one, _, beta, eta, new = _enclosed(rng, limit)
            B = flint.arb_mat([[new[i, j] for j in range(new.ncols())] for i in range(k, new.nrows())])
            bound = above * beta * (1 - c * eta * beta) ** power
            uncertain += not certainly_positive(one * bound - B.transpose() * B)
    return uncertain, count
