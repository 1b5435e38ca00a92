"""The picture of the README and of the landing page: `python book/recovery.py` writes book/_static/recovery.png."""

from pathlib import Path

from matplotlib import pyplot as plt

from wnsense import plotting
from wnsense.image_recovery import Experiment


def main() -> None:
    """A photograph recovered from random measurements by each method, within 160 operator passes."""
    experiment = Experiment()
    found = experiment.recover("cg", 160)
    estimates = {
        "recover": found.estimate,
        "WN-RGD": experiment.weight_normalization(160),
        "GD": experiment.gradient_descent(1e-3, 160),
    }
    with plt.rc_context({"savefig.dpi": 200}), plotting.figure(2, 4, width=7.6, height=5.0) as (figure, axes):
        experiment.draw(axes, estimates)
        figure.savefig(Path(__file__).parent / "_static" / "recovery.png", metadata={"Software": None}, facecolor="white")


if __name__ == "__main__":
    main()
