"""A certified run of the chapter on finite samples: measured, and enclosed from start to end."""

from __future__ import annotations

import functools

import flint
import numpy as np

from wnsense import enclosed_run, finite_sample_bounds
from wnsense.claims.finite_sample_step import CHAPTER
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import ball
from wnsense.proof.step import Step

Q = flint.fmpq
SIGMA, ETA, DELTA, LEVEL = (Q(1), Q(1, 2)), Q(1, 2), Q(1, 2200), Q(1, 30)
TURN = Q(1, 22)
STEPS, BITS = 160, 1200


def mirror_is_exact(instance, weight=1):
    """The step that E/delta is a symmetric involution, on a basis, in rationals: its eigenvalues are 1 and -1."""
    m = instance.X.nrows()
    unit = [
        [flint.fmpq_mat([[int({a, b} == {i, j}) for b in range(m)] for a in range(m)]) for j in range(m)]
        for i in range(m)
    ]
    basis = [unit[i][j] for i in range(m) for j in range(i, m)]
    images = [(enclosed_run.normal(instance, B) - B) * (weight / instance.delta) for B in basis]
    twice = [(enclosed_run.normal(instance, B) - B) * (weight / instance.delta) for B in images]
    inner = enclosed_run.inner
    exact = twice == basis and all(
        inner(B, c) == inner(b, C) for b, B in zip(basis, images) for c, C in zip(basis, images)
    )
    return Step("RIP: (M*M - I)/delta is symmetric and its own inverse, in rationals", "identity", "FLINT", exact)


@functools.cache
def enclosed_history(delta=DELTA):
    """Per iterate to STEPS + 1: enclosures of lambda, of the magnitude error squared and of the error squared."""
    instance = enclosed_run.random_instance(SIGMA, 3, 5, TURN, delta, ETA, np.random.default_rng(3))
    A = flint.arb_mat(instance.A)
    rows = []
    with ball.precision(BITS):
        for _, (X, Theta) in zip(range(STEPS + 2), enclosed_run.trajectory(instance)):
            P = X * X.transpose()
            S = flint.arb_mat([[P[i, j] for j in range(2)] for i in range(2)])
            lag = X.transpose() * A * X - Theta
            rows.append(
                (
                    enclosed_run.smallest_eigenvalue(S),
                    ball.frobenius_squared(lag),
                    ball.frobenius_squared(X * Theta * X.transpose() - A),
                )
            )
    return instance, rows


def certain(label, pairs):
    """The step that left <= right for certain in every pair of enclosures."""
    return Step(label, "enclosure", "Arb", all(bool(left <= right) for left, right in pairs))


@claim(
    id="cor-certified-sensing-run",
    title="A measured run certified from start to end",
    statement=r"m=5,\ r=3,\ \Sigma=\operatorname{diag}(1,\tfrac12),\ \delta=\tfrac1{2200}\text{ at every"
    r" order},\ \eta=\tfrac12,\ l_0=\tfrac1{30}\le\lambda_0:\quad"
    r"\text{(a), (b), (c), (f) hold for all }t\le160,\ \lVert"
    r" X_{160}\Theta_{160}X_{160}^\top-A\rVert_F\le10^{-7}\lVert A\rVert_F",
    level=Level.CERTIFIED,
    source="ours",
    uses=("thm-finite-sample-rate", "cor-finite-sample-iterations"),
    chapter=CHAPTER,
    controls={
        "a gain of 6 for 1/3 in (a)": dict(gain=Q(6)),
        "a gain of 1.9 for 1/3 in (f)": dict(every=Q(19, 10)),
        "1/2 for 4 in (b)": dict(lag=Q(1, 2)),
        "0.6 for 1.42 in (c)": dict(error=Q(3, 5)),
        "a start said to be at 1/29": dict(level=Q(1, 29)),
        "a distortion of 1/100": dict(delta=Q(1, 100)),
        "a deviation said to be 10 % smaller": dict(weight=Q(10, 9)),
    },
)
def certified_sensing_run(
    effort, *, gain=Q(1, 3), every=Q(1, 3), lag=Q(4), error=Q(71, 50), level=LEVEL, delta=DELTA, weight=Q(1)
):
    """Every number an enclosure: operator and start are rational, the only irrational operation is the
    inverse square root.
    """
    instance, rows = enclosed_history(delta)
    with ball.precision(BITS):
        a2 = sum(flint.arb(s * s) for s in SIGMA)
        smallest, step = flint.arb(SIGMA[-1]), flint.arb(ETA * SIGMA[-1] ** 2)
        levels = [flint.arb(level)]
        for _ in rows[1:]:
            levels.append(1 / (1 / levels[-1] - flint.arb(gain) * step * (1 - levels[-1])))
        both = list(zip(rows, levels))[: STEPS + 1]  # the last iterate serves (f) alone
        contraction = 1 - flint.arb(gain) * step * levels[0]
        scale = flint.arb(error) ** 2 * a2
        lambdas = [row[0] for row in rows]
        steps = [
            mirror_is_exact(instance, weight),
            ball.below("delta |A|_F <= l_0 sigma_k/32", flint.arb(delta) * a2.sqrt() * 32, flint.arb(level) * smallest),
            certain(f"(a) l_t <= lambda_t, t = 0..{STEPS}, as all that follow", ((l, row[0]) for row, l in both)),
            certain(
                "(b) |Theta_t - X_t'AX_t|_F <= 4 delta a sqrt(1 - l_t)",
                ((row[1], flint.arb(lag * delta) ** 2 * a2 * (1 - l)) for row, l in both),
            ),
            certain(
                "(c) |X_t Theta_t X_t' - A|_F <= 1.42 a sqrt(1 - l_t)",
                ((row[2], scale * (1 - l)) for row, l in both),
            ),
            certain(
                "(c) the same <= 1.42 a sqrt(1/l_0 - 1)(1 - (1/3) eta sigma_k^2 l_0)^(t/2)",
                ((row[2], scale * (1 / levels[0] - 1) * contraction**t) for t, (row, _) in enumerate(both)),
            ),
            certain(
                "(f) 1/lambda_{t+1} <= 1/lambda_t - (1/3) eta sigma_k^2(1 - lambda_t)",
                ((1 / new, 1 / old - flint.arb(every) * step * (1 - old)) for old, new in zip(lambdas, lambdas[1:])),
            ),
            ball.below(f"error at most 1e-7 |A|_F at t = {STEPS}", rows[STEPS][2], flint.arb("1e-14") * a2),
        ]
        worst_b = max(float((row[1] / (flint.arb(delta) ** 2 * a2 * (1 - l))).sqrt()) for row, l in both)
        worst_c = max(float((row[2] / (a2 * (1 - l))).sqrt()) for row, l in both)
        least_f = min(float((1 / old - 1 / new) / (step * (1 - old))) for old, new in zip(lambdas, lambdas[1:]))
        width = float(max(row[0].rad() for row in rows))
        start = float(lambdas[0])
    return Evidence(
        (
            Row(
                "iterations to an error of 1e-7 |A|_F",
                STEPS,
                "upper",
                finite_sample_bounds.iterations(float(LEVEL), float(ETA * SIGMA[-1] ** 2), 1e-7),
            ),
            Row("(c) largest |X_t Theta_t X_t' - A|_F/(a sqrt(1 - l_t))", worst_c, "upper", float(error)),
            Row("(b) largest |Theta_t - X_t'AX_t|_F/(delta a sqrt(1 - l_t))", worst_b, "upper", float(lag)),
            Row("(f) least gain/(eta sigma_k^2(1 - lambda_t)) of a step", least_f, "lower", float(every)),
            Row("lambda_0", start, "lower", float(level)),
            Row("largest radius of an enclosure of lambda_t", width, "upper", 1e-20),
        ),
        steps,
    )
