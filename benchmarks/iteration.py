"""One RGD iteration beside its four passes over the packed operator: everything else should be under 10 %.

The limit is the bare matrix-vector products on the stored rows: an iteration cannot cost less.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.timing import paired
from wnsense import objective, problem, sensing, stiefel, weight_normalization as wn


def main() -> None:
    """Print a row per dtype and retraction, at m=100, r=20, n=6000."""
    print("one RGD iteration / its four bare matrix-vector products (m=100, r=20, n=6000)")
    print(f"{'dtype':8}  {'retraction':10}  {'iteration':>10}  {'products':>10}  {'ratio':>6}")
    rng = np.random.default_rng(0)
    truth = problem.random_ground_truth(100, 5, kappa=10, rng=rng)
    for dtype in (np.float64, np.float32):
        operator = sensing.gaussian(100, 6000, rng, dtype)
        f = objective.Measured(operator, operator.forward(truth.A))
        state = wn.init(f, 20, rng)
        s, v = rng.standard_normal(operator.rows.shape[1]).astype(dtype), rng.standard_normal(6000).astype(dtype)

        def products():
            for _ in range(2):
                operator.rows @ s
                v @ operator.rows

        for retraction in (stiefel.polar, stiefel.qr, stiefel.cayley):
            parameters = wn.Parameters(eta=0.5, retraction=retraction)

            def iteration():
                # a residual keeps its gradient once formed: with a fresh one the step makes all of its four passes
                fresh = replace(state, residual=objective.MeasuredResidual(operator, state.residual.e))
                wn.step(f, parameters, fresh)

            a, b, ratio = paired(iteration, products, 15)
            print(f"{dtype.__name__:8}  {retraction.__name__:10}  {1e3 * a:8.1f}ms  {1e3 * b:8.1f}ms  {ratio:6.2f}")


if __name__ == "__main__":
    main()
