"""The two pictures of the README and of the landing page: `python book/pictures.py` writes them to book/_static."""

from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
import numpy as np

from wnsense import gradient_descent as gd, plotting, weight_normalization as wn
from wnsense.image_recovery import Experiment
from wnsense.iterate import iterate
from wnsense.objective import Population
from wnsense.problem import random_ground_truth


@contextmanager
def picture(name: str, *arguments, **keywords):
    """A figure of the book, saved when the block ends; on white, for a README has no dark mode of ours."""
    with plotting.figure(*arguments, **keywords) as (figure, axes), mpl.rc_context({"savefig.dpi": 200}):
        yield axes
        figure.savefig(Path(__file__).parent / "_static" / name, metadata={"Software": None}, facecolor="white")


def headline() -> None:
    """Error against iterations on one problem: GD and WN, with the exact number of columns and with more."""
    truth = random_ground_truth(40, 3, kappa=3, rng=np.random.default_rng(1))
    f, budget = Population(truth), 10_000
    with picture("headline.png", width=7.6, height=4.2) as axes:
        for method, parameters, colour, name in ((gd, gd.Parameters(0.3), plotting.GD, "GD"), (wn, wn.Parameters(0.5), plotting.WN, "WN")):
            for r, style in ((3, ":"), (6, "--"), (12, "-")):
                rng = np.random.default_rng(2)
                start = gd.init(f, r, 1.0, rng) if method is gd else wn.init(f, r, rng)
                history = iterate(method, f, parameters, start, max_iterations=budget, tolerance=1e-12, truth=truth).history
                label = f"{name}, r = {r}" + (r" = $r_A$" if r == 3 else "")
                axes.loglog(1 + history["iteration"], history["error"], color=colour, linestyle=style, label=label)
        t = np.geomspace(300, budget, 50)
        plotting.theory(axes, t, 10 / t, r"$\propto 1/t$")
        axes.set(xlabel="iteration $1+t$", ylabel=r"relative error $\Vert Z_t-A\Vert_F/\Vert A\Vert_F$", ylim=(1e-12, 5))
        axes.legend(fontsize=9, loc="lower left")


def recovery() -> None:
    """A photograph recovered from random measurements by each method, within 160 operator passes."""
    experiment = Experiment()
    estimates = {
        "recover": experiment.recover("cg", 160).estimate,
        "WN-RGD": experiment.weight_normalization(160),
        "GD": experiment.gradient_descent(1e-3, 160),
    }
    with picture("recovery.png", 2, 4, width=7.6, height=5.0) as axes:
        experiment.draw(axes, estimates)


if __name__ == "__main__":
    headline()
    recovery()
