r"""A photograph as a positive semidefinite matrix of low rank.

An image is a rectangular matrix B, so it is lifted: with the best rank-k approximation :math:`B_k=PSQ^\top`,

.. math:: A=\begin{pmatrix}P\\Q\end{pmatrix}S\begin{pmatrix}P\\Q\end{pmatrix}^\top
          =\begin{pmatrix}PSP^\top&B_k\\B_k^\top&QSQ^\top\end{pmatrix}\succeq0

has rank k, eigenvalues 2S, and the image as its upper right block. (The eigenvectors are the columns of
:math:`[P;Q]/\sqrt2`; compare the Jordan-Wielandt matrix, Horn and Johnson 2013, sec. 7.3, which has the same block but
is indefinite.)
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.cbook
import matplotlib.image
import numpy as np

from wnsense import plotting, validate
from wnsense.problem import GroundTruth

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601: the gray value of a red, green, blue triple


def photograph(block: int = 12) -> np.ndarray:
    """The portrait of Grace Hopper that Matplotlib ships (US Navy, public domain), gray values in [0, 1].

    Parameters
    ----------
    block : int
        Each gray value is the mean over a square of so many pixels; what is left over of the 600 x 512 pixels on the
        right and at the bottom is cut off. 12 gives 50 x 42.

    Raises
    ------
    ValueError
        If block is no integer between 1 and 512.
    """
    block = validate.integer("block", block, low=1, high=512)
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        gray = matplotlib.image.imread(file, format="jpg") @ np.array(LUMA) / 255
    h, w = (side // block for side in gray.shape)
    return gray[: h * block, : w * block].reshape(h, block, w, block).mean(axis=(1, 3))


def lift(B: np.ndarray, rank: int) -> GroundTruth:
    """The PSD matrix of side h + w and rank k whose upper right block is the best rank-k approximation of B (h, w).

    Raises
    ------
    ValueError
        If B is no finite matrix, or rank is not between 1 and the rank of B.
    """
    B = validate.array("B", B, ("h", "w"))
    P, s, Qt = np.linalg.svd(B, full_matrices=False)
    # singular values below rounding, eps times the size, are those of a matrix of lower rank
    numerical_rank = int(np.sum(s > max(B.shape) * np.finfo(float).eps * s.max(initial=0.0)))
    k = validate.integer("rank", rank, low=1, high=numerical_rank)
    return GroundTruth(np.vstack([P[:, :k], Qt[:k].T]) / np.sqrt(2), 2 * s[:k])


def read_off(Z: np.ndarray, height: int) -> np.ndarray:
    """The image in a lifted matrix Z (m, m): its upper right block, shape (height, m - height)."""
    Z = validate.array("Z", Z, ("m", "m"))
    height = validate.integer("height", height, low=1, high=len(Z) - 1)
    return Z[:height, height:]
