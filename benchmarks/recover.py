"""Operator passes to a relative residual of 1e-8: `recover` beside Algorithm 1, plain gradient descent and LSQR.

LSQR (Paige and Saunders 1982, `scipy.sparse.linalg.lsqr`) is the peer that knows nothing of rank: it solves the
linear system for all m(m+1)/2 entries, and finds A only where there are as many measurements as entries. Gradient
descent is told the step size 1/(4 sigma_1) that it cannot know.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse.linalg import lsqr

from wnsense import gradient_descent, objective, problem, sensing
from wnsense.iterate import iterate
from wnsense.packing import unpack
from wnsense.recover import recover

TOLERANCE, BUDGET, SIDE, RANK, BOUND = 1e-8, 20_000, 20, 2, 6


def solve(name: str, operator: sensing.Packed, y: np.ndarray, truth: problem.GroundTruth) -> tuple[int, np.ndarray]:
    """The passes one method spends, and its estimate (m, m)."""
    rng = np.random.default_rng(0)
    if name in ("cg", "rgd"):
        result = recover(operator, y, rank_bound=BOUND, method=name, tolerance=TOLERANCE, max_passes=BUDGET, rng=rng)
        return result.passes, result.estimate
    if name == "gd":
        measured = objective.Measured(operator, y)
        start = gradient_descent.init(measured, BOUND, 1e-2, rng)
        parameters = gradient_descent.Parameters(0.25 / truth.sigma[0])
        steps = BUDGET // gradient_descent.PASSES_PER_STEP
        run = iterate(gradient_descent, measured, parameters, start, max_iterations=steps, tolerance=TOLERANCE)
        return gradient_descent.PASSES_PER_STEP * run.iterations, run.state.Y @ run.state.Y.T
    entries, _, iterations, *_ = lsqr(operator.rows, y, atol=TOLERANCE, btol=TOLERANCE, iter_lim=BUDGET // 2)
    return 2 * iterations, unpack(entries)


def main() -> None:
    """Print a row per number of measurements, condition number and method; the ratio is to "cg"."""
    print(
        f"passes to relative residual {TOLERANCE:.0e} (m={SIDE}, rank {RANK}, bound {BOUND}; m(m+1)/2 = 210 unknowns)"
    )
    print(f"{'n':>5}  {'kappa':>5}  {'method':6}  {'passes':>7}  {'ratio':>6}  {'error':>8}")
    for n in (80, 160, 420):
        for kappa in (1, 30):
            rng = np.random.default_rng(1)
            truth = problem.random_ground_truth(SIDE, RANK, kappa=kappa, rng=rng)
            operator = sensing.gaussian(SIDE, n, rng)
            y = operator.forward(truth.A)
            reference = None
            for name in ("cg", "rgd", "gd", "lsqr"):
                passes, estimate = solve(name, operator, y, truth)
                reference = reference or passes
                error = np.linalg.norm(estimate - truth.A) / truth.norm
                shown = f"{passes:7d}" if passes < BUDGET - 4 else f">{BUDGET:6d}"
                print(f"{n:5d}  {kappa:5d}  {name:6}  {shown}  {passes / reference:6.1f}  {error:8.0e}")


if __name__ == "__main__":
    main()
