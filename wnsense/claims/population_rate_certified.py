"""A certified run of the chapter on the population rate: enclosures of Algorithm 1 from start to end."""

from __future__ import annotations

import flint
import numpy as np

from wnsense import population_bounds, population_worst
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import ball

CHAPTER = "linear_rate"
SIGMA = ("1", "1/2", "1/3")  # kappa = 3
LEVEL = flint.fmpq(1, 50)  # lambda_0


def rational_start(m, r, turn=flint.fmpq(1, 40)):
    """A basis (m, r) of a span whose alignment with the first three coordinates is Q diag(4/5, 1/5, 1/50) Q', exactly.

    The columns e_1 + e_6/2, e_2 + 2e_7, e_3 + 7e_4 are orthogonal, with squared cosines 1/(1 + 1/4), 1/(1 + 4) and
    1/(1 + 49); e_5, if r = 4, is orthogonal to range(A). Q, the Cayley transform of a small rational skew matrix, turns the
    coordinates 1 to 3.
    """
    B = [[flint.fmpq(0)] * r for _ in range(m)]
    B[0][0], B[5][0] = flint.fmpq(1), flint.fmpq(1, 2)
    B[1][1], B[6][1] = flint.fmpq(1), flint.fmpq(2)
    B[2][2], B[3][2] = flint.fmpq(1), flint.fmpq(7)
    if r == 4:
        B[4][3] = flint.fmpq(1)
    K = flint.fmpq_mat([[0, turn, -turn], [-turn, 0, turn * 2], [turn, -turn * 2, 0]])
    one = flint.fmpq_mat(3, 3, [int(i == j) for i in range(3) for j in range(3)])
    Q = (one - K).inv() * (one + K)
    top = Q * flint.fmpq_mat([row[:] for row in B[:3]])
    return flint.arb_mat(flint.fmpq_mat([[top[i, j] for j in range(r)] for i in range(3)] + B[3:]))


def enclosed_run(m, r, eta, tolerance, max_iterations):
    """Enclosures of S_t and of the squared error of Algorithm 1, until that is certainly below the tolerance.

    A step keeps a basis B of span(X_t), since only the span matters: X - eta G spans what (I + eta (I - P)APA) B spans.
    """
    A = flint.arb_mat(
        flint.fmpq_mat(
            [
                [flint.fmpq(*map(int, SIGMA[i].split("/"))) if i == j and i < 3 else flint.fmpq(0) for j in range(m)]
                for i in range(m)
            ]
        )
    )
    one, B = ball.matrix(np.eye(m)), rational_start(m, r)
    for t in range(max_iterations + 1):
        Bt = B.transpose()
        P = B * (Bt * B).solve(Bt)
        error = ball.frobenius_squared(P * A * P - A)
        S = flint.arb_mat([[P[i, j] for j in range(3)] for i in range(3)])
        yield t, S, error
        if error < tolerance:
            return
        B = B + (one - P) * A * P * A * B * eta


def enclosed_level(level, eta, constant):
    """The next level of `thm-population-rate`, as an enclosure; eta <= 1/sigma_1^2, so rho is its first term."""
    low = level * eta * flint.arb(flint.fmpq(1, 3)) ** 2
    rho = flint.arb(str(constant)) * low / (1 + low * (1 - level))
    return 1 / (1 + (1 - rho) ** 2 * (1 / level - 1))


@claim(
    id="cor-certified-population-run",
    title="A run certified from start to end",
    statement=r"m=7,\ r=4,\ \Sigma=\operatorname{diag}(1,\tfrac12,\tfrac13),\ \lambda_0=\tfrac1{50},\ \eta=1:\quad "
    r"\lambda_t\ge l_t\text{ for all }t\le T,\ "
    r"\lVert X_T\Theta_TX_T^\top-A\rVert_F\le10^{-3}\lVert A\rVert_F\text{ at a }T\text{ below the bound}",
    level=Level.CERTIFIED,
    source="ours",
    uses=("lem-magnitude-step-is-exact",),
    chapter=CHAPTER,
    controls={
        "rho 10 % larger": dict(constant=1.1),
        "a start said to be at 1/48": dict(level=flint.fmpq(1, 48)),
        "an eighth fewer iterations": dict(fewer=0.875),
    },
)
def certified_run(effort, *, constant=1.0, level=LEVEL, fewer=1.0):
    """Every number an enclosure: the start is rational, the step a rational function of it."""
    m, r, epsilon = 7, 4, effort.pick(1e-3, 1e-6)
    bits = effort.pick(800, 1600)
    steps, uncertain, closest = [], 0, np.inf
    with ball.precision(bits):
        sigma = [1.0, 0.5, 1 / 3]
        eta, l = flint.arb(1), flint.arb(level)
        total = sum(
            flint.arb(flint.fmpq(*map(int, x.split("/"))) if "/" in x else flint.fmpq(int(x))) ** 2 for x in SIGMA
        )
        q0 = float(1 / l - 1)
        allowed = fewer * population_bounds.iterations(q0, population_bounds.q_for_error(epsilon), sigma, 1.0)
        for t, S, squared_error in enclosed_run(m, r, eta, flint.arb(epsilon) ** 2 * total, int(allowed) + 60):
            if t:
                l = enclosed_level(l, eta, constant)
                gap = S - ball.matrix(np.eye(3)) * l
                uncertain += not population_worst.certainly_positive(gap)
                closest = min(closest, float((1 / l - 1) / smallest_q(S)))
        width = max(float(x.rad()) for x in S.entries())
    steps.append(
        ball.below(f"error below {epsilon:g} |A|_F after {t} steps", squared_error, flint.arb(epsilon) ** 2 * total)
    )
    return Evidence(
        (
            Row("steps until the error is certainly below the tolerance", t, "upper", allowed),
            Row(f"steps t = 1..{t} at which S_t > l_t I is not certain", uncertain, "tight", 0.0),
            Row("smallest bound of q_t over q_t along the run", closest, "lower", 1.0),
            Row("largest radius of an entry of the last S", width, "upper", 1e-20),
        ),
        steps,
    )


def smallest_q(S):
    """q = 1/lambda - 1 of an enclosed alignment, in floating point: the largest eigenvalue of S^-1 - I."""
    W = S.inv() - ball.matrix(np.eye(3))
    return np.linalg.eigvalsh(np.array([[float(W[i, j].mid()) for j in range(3)] for i in range(3)]))[-1]
