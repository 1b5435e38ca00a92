r"""Algorithm 1 from a uniform start on few Gaussian measurements that know nothing of the start."""

from __future__ import annotations

import numpy as np

from wnsense import sensing, weight_normalization
from wnsense.iterate import Run, iterate
from wnsense.objective import Measured
from wnsense.problem import random_ground_truth


def random_start_run(
    m: int, r: int, k: int, kappa: float, n: int, seed: int, *, budget: int = 4000
) -> tuple[Measured, weight_normalization.State, Run]:
    r"""The problem, a uniform start, and the run from it with :math:`\eta=1/(2\sigma_1^2)`, :math:`\mu=2` to a
    relative residual of 1e-7; every 20th iteration is recorded.

    Parameters
    ----------
    m, r, k : int
        Side, columns, rank of the truth, whose eigenvalues fall geometrically from 1 to 1/kappa.
    kappa : float
    n : int
        Number of measurements.
    seed : int
        Of truth, operator and start, in this order, from one generator.
    budget : int
        Most iterations.
    """
    rng = np.random.default_rng(seed)
    truth = random_ground_truth(m, k, kappa=kappa, rng=rng)
    operator = sensing.gaussian(m, n, rng)
    problem = Measured(operator, operator.forward(truth.A))
    start = weight_normalization.init(problem, r, rng)
    parameters = weight_normalization.Parameters(0.5)
    run = iterate(
        weight_normalization,
        problem,
        parameters,
        start,
        max_iterations=budget,
        tolerance=1e-7,
        truth=truth,
        record_every=20,
    )
    return problem, start, run
