"""The figure of the README and of the landing page: `python book/headline.py` writes book/_static/headline.png."""

from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

from wnsense import gradient_descent as gd, plotting, weight_normalization as wn
from wnsense.iterate import iterate
from wnsense.objective import Population
from wnsense.problem import random_ground_truth


def main() -> None:
    """Error against iterations on one problem: GD and WN, with the exact number of columns and with more."""
    truth = random_ground_truth(40, 3, kappa=3, rng=np.random.default_rng(1))
    f, budget = Population(truth), 10_000
    with plt.rc_context({"savefig.dpi": 200}), plotting.figure(width=7.6, height=4.2) as (figure, axes):
        for method, parameters, colour, name in ((gd, gd.Parameters(0.3), plotting.GD, "GD"), (wn, wn.Parameters(0.5), plotting.WN, "WN")):
            for r, style in ((3, ":"), (6, "--"), (12, "-")):
                rng = np.random.default_rng(2)
                start = gd.init(f, r, 1.0, rng) if method is gd else wn.init(f, r, rng)
                history = iterate(method, f, parameters, start, max_iterations=budget, tolerance=1e-12, truth=truth).history
                label = f"{name}, r = {r}" + (r" = $r_A$" if r == 3 else "")
                axes.loglog(1 + history["iteration"], history["error"], color=colour, linestyle=style, label=label)
        t = np.geomspace(300, budget, 50)
        plotting.theory(axes, t, 10 / t, r"$\propto 1/t$")
        axes.set(xlabel="iteration $t$", ylabel=r"relative error $\Vert Z_t-A\Vert_F/\Vert A\Vert_F$", ylim=(1e-12, 5))
        axes.legend(fontsize=9, loc="lower left")
        figure.savefig(Path(__file__).parent / "_static" / "headline.png", metadata={"Software": None}, facecolor="white")


if __name__ == "__main__":
    main()
