r"""The polar decomposition :math:`Y=X\tilde\Theta` of a factor into direction and magnitude (Higham 2008, ch. 8)."""

from __future__ import annotations

import numpy as np

from wnsense import validate
from wnsense.stiefel import sym


def polar_decomposition(Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""X on the Stiefel manifold and :math:`\tilde\Theta\succeq0` with :math:`Y=X\tilde\Theta`.

    With singular values and vectors :math:`Y=V\Omega Q^\top`: :math:`X=VQ^\top`, :math:`\tilde\Theta=Q\Omega Q^\top`.

    Parameters
    ----------
    Y : ndarray (m, r)
        r at most m.

    Returns
    -------
    X : ndarray (m, r)
        Orthonormal columns; unique exactly if Y has rank r, else one of the possible directions.
    Theta_tilde : ndarray (r, r)
        :math:`(Y^\top Y)^{1/2}`, always unique.

    Raises
    ------
    ValueError
        If Y is no finite matrix or has more columns than rows.
    """
    Y = validate.array("Y", Y, ("m", "r"))
    if not 1 <= Y.shape[1] <= Y.shape[0]:
        raise ValueError(f"Y has shape {Y.shape}; expected between 1 and as many columns as rows")
    V, omega, Qt = np.linalg.svd(Y, full_matrices=False)
    return V @ Qt, sym((Qt.T * omega) @ Qt)


def merge(Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""X in St(m, r) and :math:`\Theta=\tilde\Theta\tilde\Theta^\top` with :math:`YY^\top=X\Theta X^\top`."""
    X, Theta_tilde = polar_decomposition(Y)
    return X, sym(Theta_tilde @ Theta_tilde)
