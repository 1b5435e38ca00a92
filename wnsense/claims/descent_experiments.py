"""Experiments of the chapter on Riemannian gradient descent: against GD, on a photograph, passes of `recover`."""

from __future__ import annotations

import numpy as np

from wnsense import descent_comparison, image_recovery, sensing
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.problem import random_ground_truth
from wnsense.recover import recover

CHAPTER = "riemannian_gradient_descent"


@claim(
    id="exp-wn-against-gd",
    title="Weight normalization against gradient descent",
    statement=r"m=40,\ r=8,\ r_A=3,\ \kappa=2,\ 1200\text{ passes each, }n=700\text{ and population: WN}\le10^{-10};\ "
    r"\text{GD from scale 1}\ge10^{-3}\text{ and like }1/t;\ \text{GD from scale }10^{-3}\ge10^{-7};\ "
    r"\text{GD from scale }10^{-6}\le10^{-5}",
    level=Level.REPRODUCED,
    source="ours; after wei2025, fig. 2a",
    uses=("alg-rgd",),
    chapter=CHAPTER,
    controls={
        "GD with the exact rank, r = r_A": dict(gd_rank=3),
        "the magnitude step 100 times too short": dict(mu=0.02),
    },
)
def against_gradient_descent(effort, *, gd_rank=8, mu=2.0):
    """The worst over the seeds (one quickly, ten thoroughly) of the errors after the same number of passes."""
    finals, slopes = [], []
    for seed in range(effort.pick(1, 10)):
        for n in (700, None):
            setting = descent_comparison.Setting(n=n, seed=seed)
            gd = [descent_comparison.gradient_descent_run(setting, scale, r=gd_rank) for scale in (1.0, 1e-3, 1e-6)]
            wn = descent_comparison.weight_normalization_run(setting, mu=mu)
            finals.append([run.history["error"][-1] for run in (wn, *gd)])
            if n is None:
                slopes.append(descent_comparison.tail_slope(gd[0]))
    finals, slope = np.array(finals), max(slopes, key=lambda s: abs(s + 1))
    return Evidence(
        (
            Row("largest error of WN", finals[:, 0].max(), "upper", 1e-10),
            Row("smallest error of GD, Y_0 of scale 1", finals[:, 1].min(), "lower", 1e-3),
            Row("its slope in log-log, population", slope, "tight", -1.0, 0.1, "1/t is the limit for large t"),
            Row("smallest error of GD, scale 1e-3", finals[:, 2].min(), "lower", 1e-7),
            Row("largest error of GD, scale 1e-6", finals[:, 3].max(), "upper", 1e-5),
        )
    )


@claim(
    id="exp-image-recovery",
    title="A photograph recovered",
    statement=r"\text{lifted photograph of rank }k=10,\ n=3mk\text{ Gaussian measurements, 160 passes: }"
    r"\text{recover (cg)}\le10^{-6};\ "
    r"\text{WN-RGD and GD: }\ge0.1",
    level=Level.REPRODUCED,
    source="ours; after the image reconstruction of wei2025",
    uses=("alg-rgd",),
    chapter=CHAPTER,
    controls={
        "n = m k measurements": dict(oversampling=1.0),
        "rank bound one below the rank": dict(rank_bound=9),
        "40 passes": dict(passes=40),
    },
)
def image_recovery_passes(effort, *, oversampling=3.0, rank_bound=20, passes=160):
    """Quickly on the coarser image of 30 x 25 gray values, thoroughly on that of the chapter, 50 x 42."""
    block = effort.pick(20, 12)
    experiment = image_recovery.Experiment(block=block, oversampling=oversampling, rank_bound=rank_bound)
    found = experiment.recover("cg", passes)
    others = [experiment.weight_normalization(passes), experiment.recover("rgd", passes).estimate]
    others += [experiment.gradient_descent(scale, passes) for scale in (1.0, 1e-3, 1e-6)]
    others = [experiment.error(estimate) for estimate in others]
    (h, w), n = experiment.image.shape, experiment.problem.operator.n
    return Evidence(
        (
            Row(f"relative error of recover (cg), {h} x {w}, n = {n}", experiment.error(found.estimate), "upper", 1e-6),
            Row("passes it took", found.passes, "upper", 160),
            Row("distance of the rank found from 10", abs(found.rank - 10), "tight", 0),
            Row("smaller error of WN-RGD, told sigma_1 or not", min(others[:2]), "lower", 0.1),
            Row("smallest error of GD, told sigma_1, three scales", min(others[2:]), "lower", 0.1),
        )
    )


@claim(
    id="exp-recover-passes",
    title="Passes of the practical solver",
    statement=r"m=40,\ r_A=3,\ n=240,\ \text{rank bound }15,\ \kappa\in\{1,10,100,1000\}:\ "
    r"\text{relative error}\le10^{-8}\text{ in fewer than 400 passes}",
    level=Level.REPRODUCED,
    source="ours; the machinery is that of vandereycken2013",
    uses=("alg-rgd",),
    chapter=CHAPTER,
    controls={
        "n = 120 measurements": dict(n=120),
        "Algorithm 1 in place of conjugate gradients": dict(method="rgd"),
        "rank bound 2": dict(rank_bound=2),
    },
)
def recover_passes(effort, *, n=240, method="cg", rank_bound=15):
    """The worst over condition numbers and seeds (one quickly, 20 thoroughly)."""
    passes, errors, ranks = [], [], []
    for seed in range(effort.pick(1, 20)):
        for kappa in (1, 10, 100, 1000):
            rng = np.random.default_rng([seed, kappa])
            truth = random_ground_truth(40, 3, kappa=kappa, rng=rng)
            operator = sensing.gaussian(40, n, rng)
            keywords = dict(rank_bound=rank_bound, method=method, tolerance=1e-9, max_passes=400)
            found = recover(operator, operator.forward(truth.A), **keywords)
            passes.append(found.passes)
            errors.append(np.linalg.norm(found.estimate - truth.A) / truth.norm)
            ranks.append(abs(found.rank - 3))
    return Evidence(
        (
            Row(f"largest relative error of {len(errors)} recoveries", max(errors), "upper", 1e-8),
            Row("largest number of passes", max(passes), "upper", 399),
            Row("largest distance of the rank found from 3", max(ranks), "tight", 0),
        )
    )
