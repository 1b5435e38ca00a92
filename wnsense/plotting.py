"""The look of the book's figures: colours for the colour-blind, legible on a light and on a dark page."""

from __future__ import annotations

from contextlib import contextmanager

import matplotlib as mpl
import matplotlib.pyplot as plt

# Okabe and Ito (2008), each with a fixed meaning throughout the book
WN, GD, CG = "#0072B2", "#D55E00", "#009E73"
OTHER = "#CC79A7"
THEORY = "#888888"
COLOURS = (WN, GD, CG, OTHER, "#E69F00", "#56B4E9")
_INK = "#777777"  # contrast of at least 4 on white and on the dark theme's background

_STYLE = {
    "figure.dpi": 110,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "axes.prop_cycle": mpl.cycler(color=COLOURS),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.titlecolor": _INK,
    "axes.grid": True,
    "grid.color": _INK,
    "grid.alpha": 0.2,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "legend.frameon": False,
    "font.size": 11,
    "lines.linewidth": 2,
    "figure.constrained_layout.use": True,
}


@contextmanager
def figure(rows: int = 1, columns: int = 1, *, width: float = 7.2, height: float = 4.0, **keywords):
    """A figure in the style of the book, shown when the block ends; yields what `plt.subplots` returns."""
    with mpl.rc_context(_STYLE):
        fig, axes = plt.subplots(rows, columns, figsize=(width, height), **keywords)
        yield fig, axes
        plt.show()


def theory(axes, x, y, label: str) -> None:
    """The theoretical curve, drawn next to the measured one: grey and dashed."""
    axes.plot(x, y, color=THEORY, linestyle="--", linewidth=1.5, label=label)
