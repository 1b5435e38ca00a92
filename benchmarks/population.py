"""The population: seconds an iteration at large m, beside one read and one write of X, and its growth with m and r.

Nothing of size m x m is formed, so the cost grows like m r r_A: ten times m, ten times the time; four times r, four
times the time.
"""

from __future__ import annotations

import numpy as np

from benchmarks.timing import paired
from wnsense import objective, problem, weight_normalization as wn


def main() -> None:
    """Print a row per size."""
    print("one RGD iteration in the population (r_A=3) / one copy of X; growth against the row above")
    print(f"{'m':>8}  {'r':>4}  {'iteration':>10}  {'copy of X':>10}  {'ratio':>6}  {'growth':>6}  {'of m r':>6}")
    rng = np.random.default_rng(0)
    last = None
    for m, r in ((10_000, 20), (100_000, 20), (100_000, 80)):
        f = objective.Population(problem.random_ground_truth(m, 3, kappa=10, rng=rng))
        state = wn.step(f, wn.Parameters(0.5), wn.init(f, r, rng))

        def iteration():
            fresh = wn.State(state.X, state.Theta, f.residual(state.X, state.Theta))  # nothing kept from the last call
            wn.step(f, wn.Parameters(0.5), fresh).residual.norm

        a, b, ratio = paired(iteration, state.X.copy, 5)
        growth = f"{a / last[0]:6.1f}  {m * r / last[1]:6.1f}" if last else f"{'':6}  {'':6}"
        print(f"{m:8d}  {r:4d}  {1e3 * a:8.1f}ms  {1e3 * b:8.1f}ms  {ratio:6.1f}  {growth}")
        last = a, m * r


if __name__ == "__main__":
    main()
