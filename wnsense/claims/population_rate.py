"""The claim of the chapter on the population rate: one step, for every alignment."""

from __future__ import annotations

import flint
import numpy as np
import sympy
import z3

from wnsense import objective, population, population_bounds, population_worst, weight_normalization
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.population_worst import Instance
from wnsense.problem import random_ground_truth
from wnsense.proof import ball, kernel, smt, symbolic
from wnsense.proof.step import classical

CHAPTER = "linear_rate"


def rate_steps(*, constant=1, damping=1, second_half=True, limit=2.0, overlap=1):
    """Steps of the proof, in its notation; the arguments sabotage them."""
    S, Si, M, Mi, N = symbolic.matrices("S Si M Mi N")
    eta = sympy.Symbol("eta", positive=True)
    D, W, one = 1 - S, Si - 1, sympy.Integer(1)
    rules = {S * Si: one, Si * S: one, M * Mi: one, Mi * M: one}
    L, Lt = 1 + eta * D * M, 1 + eta * M * D
    l, z = sympy.symbols("l z", positive=True)
    inverse = 1 / (l * z) + damping * (1 - l)  # the upper end of N^-1
    zl, zz, zx, low, rho = z3.Reals("l z x low rho")
    domain = (0 < zl, zl <= 1, 0 < zz, zz <= zx, zx <= z3.RealVal(str(limit)))
    first = (low * (1 + damping * zl * zz * (1 - zl)) == z3.RealVal(str(constant)) * zl * zz,)
    minimum = first + (rho == (z3.If(low <= 2 - zx, low, 2 - zx) if second_half else low),)
    return [
        symbolic.identity(
            "1a S^-1 + eta^2 MDM - L'L = (I - eta MS) W (I - eta SM)",
            Si + eta**2 * M * D * M - Lt * L,
            (1 - eta * M * S) * W * (1 - overlap * eta * S * M),
            rules,
        ),
        symbolic.identity("1b (M^-1/eta + D) eta M = L, so N L = eta M", (Mi / eta + D) * eta * M, L, rules),
        symbolic.identity("1c I - eta SM = L - eta M = (I - N)L", 1 - eta * S * M, L - eta * M),
        classical("2 l sigma_k^2 I <= M <= sigma_1^2 I, 0 <= D <= (1 - l)I", "congruence with Sigma"),
        classical("3a 0 < B <= C implies C^-1 <= B^-1", "spectral theorem"),
        symbolic.scalar_identity("3b lower end of N", constant / inverse, l * z / (1 + l * z * (1 - l))),
        smt.inequality("4a rho <= lower end of N", rho * (1 + zl * zz * (1 - zl)) <= zl * zz, *domain, *minimum),
        smt.inequality("4b x <= 2 - rho: the spectrum of N lies in [rho, 2 - rho]", zx <= 2 - rho, *domain, *minimum),
        smt.inequality("5a 0 <= rho <= 1", z3.And(0 <= rho, rho <= 1), *domain, *minimum),
        classical("5b |FWF| <= |F|^2 |W|", "the operator norm is submultiplicative"),
        smt.inequality("6a x <= 1: the first term is the smaller one", low <= 2 - zx, *domain, zx <= 1, *first),
        symbolic.scalar_identity(
            "6b 1 - rho where rho is the first term", 1 - constant / inverse, (1 - z * l**2) / (1 + z * l * (1 - l))
        ),
        classical("7 induction on t", "induction"),
    ]


def enclosed_gain(instance, *, constant=1, damping=1, second_half=True):
    """The guaranteed gain rho(2 - rho)q as an enclosure, or a sabotaged one."""
    level, eta = flint.arb(min(instance.s)), flint.arb(instance.eta)
    low = level * eta * flint.arb(min(instance.sigma)) ** 2
    rho = flint.arb(str(constant)) * low / (1 + damping * low * (1 - level))
    if second_half:
        rho = min(rho, 2 - eta * flint.arb(max(instance.sigma)) ** 2, key=float)
    return rho * (2 - rho) * (1 / level - 1)


def adversarial_instances(rng, count, limit):
    """Diagonal ones over a grid of levels and steps, then random ones."""
    grid = [
        (level, x) for level in (1e-6, 0.1, 0.5, 0.75, 0.9, 1 - 1e-6) for x in (1e-3, 0.3, 1.0, 1.9, 0.5 * limit + 0.99)
    ]
    diagonal = [Instance((1.0, 0.9), x, (1.0, level)) for level, x in grid] + [
        Instance((1.0,), x, (level,)) for level, x in grid
    ]
    return diagonal + [population_worst.random_instance(rng, limit=limit) for _ in range(count)]


def one_step_rows(count, *, limit, **sabotage):
    """The one-step inequality in ball arithmetic: the smallest ratio, and how many instances are not certain."""
    rng = np.random.default_rng(11)
    ratios, uncertain, falls = [], 0, 0
    instances = adversarial_instances(rng, count, limit)
    with ball.precision(300):
        almost = 1 - flint.arb("1e-40")  # diagonal instances attain the bound, and equality is never certain
        for instance in instances:
            gains, bound = population_worst.gain_matrix(instance), enclosed_gain(instance, **sabotage)
            if bound > 0:
                one = ball.matrix(np.eye(gains.nrows()))
                uncertain += not population_worst.certainly_positive(gains * (1 / bound) - one * almost)
                ratios.append(population_worst.ratio(instance, bound))
            else:  # eta = 2/sigma_1^2: the theorem says that lambda does not fall
                falls += not population_worst.certainly_positive(gains)
    ratios = np.nan_to_num(ratios, nan=-1.0)
    at_limit = len(instances) - len(ratios)
    return (
        Row(
            f"smallest gain over bound, {len(ratios)} adversarial steps",
            min(ratios),
            "lower",
            1.0,
            1e-9,
            "float rounding of an eigenvalue",
        ),
        Row("of these, gain >= (1 - 1e-40) bound not certain", uncertain, "tight", 0.0),
        Row(f"gain > 0 not certain, {at_limit} steps at eta = {limit:g}/sigma_1^2", falls, "tight", 0.0),
    )


def literal_row(runs, *, constant=1.0):
    """Algorithm 1 itself, from random directions: q_t of the run over the bound's recursion, the largest."""
    rng = np.random.default_rng(12)
    worst = 0.0
    for run in range(runs):
        m, rank = int(rng.integers(6, 20)), int(rng.integers(1, 4))
        truth = random_ground_truth(m, rank, kappa=1.0 if rank == 1 else float(rng.choice([1.0, 2.0, 4.0])), rng=rng)
        problem, eta = objective.Population(truth), (0.3, 1.0, 1.6)[run % 3] / truth.sigma[0] ** 2
        state = weight_normalization.init(problem, int(rng.integers(rank, m)), rng)
        bound = population.of_point(truth, state.X).q
        for _ in range(60):
            state = weight_normalization.step(problem, weight_normalization.Parameters(eta), state)
            bound = (1 - float(constant) * float(population_bounds.shrinkage(bound, truth.sigma, eta))) ** 2 * bound
            if bound < 1e-12:  # below, X itself is known to rounding only
                break
            worst = max(worst, population.of_point(truth, state.X).q / bound)
    return Row(
        f"largest q_t over its bound, {runs} runs of Algorithm 1 of 60 steps",
        worst,
        "upper",
        1.0,
        1e-9,
        "rounding over 60 steps",
    )


@claim(
    id="thm-population-rate",
    title="One step of weight normalization, without m and without r",
    statement=r"0<\eta\le\frac2{\sigma_1^2},\ q_t=\frac1{\lambda_t}-1,\ "
    r"z=\eta\sigma_{r_A}^2,\ \varrho_t=\min\Big\{\frac{z\lambda_t}{1+z\lambda_t(1-\lambda_t)},\,2-\eta\sigma_1^2\Big\}"
    r"\ \Longrightarrow\ q_{t+1}\le(1-\varrho_t)^2q_t",
    level=Level.FORMAL,
    source="ours",
    uses=("thm-population-reduction",),
    chapter=CHAPTER,
    controls={
        "rho 10 % larger": dict(constant=sympy.Rational(11, 10)),
        "rho 1 % larger": dict(constant=sympy.Rational(101, 100)),
        "the damping lambda(1 - lambda) dropped": dict(damping=0),
        "rho without its second half": dict(second_half=False),
        "steps up to 2.02/sigma_1^2": dict(limit=2.02),
        "half of SM in the identity": dict(overlap=sympy.Rational(1, 2)),
        "not in the record: rho 10 % larger, a wrong proof that the build rejected": dict(formal="sharper_rate"),
    },
)
def population_rate(
    effort, *, constant=1, damping=1, second_half=True, limit=2.0, overlap=1, formal="population_sharp_rate"
):
    """The proof's steps and the kernel's verdict; adversarial steps in ball arithmetic; runs of the algorithm itself."""
    steps = rate_steps(constant=constant, damping=damping, second_half=second_half, limit=limit, overlap=overlap)
    steps += [
        kernel.theorem("the theorem: one step", formal),
        kernel.theorem("the theorem: all steps, in (X, Theta)", "population_sharp_trajectory"),
        kernel.theorem("the loss tends to zero linearly", "population_sharp_convergence"),
    ]
    rows = one_step_rows(
        effort.pick(150, 6000), limit=limit, constant=float(constant), damping=damping, second_half=second_half
    )
    return Evidence((*rows, literal_row(effort.pick(9, 150), constant=constant)), steps)
