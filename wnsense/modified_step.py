r"""Two rewritings of :math:`FG^\top` that leave the product alone and make the two factors unequal.

Gradient descent on :math:`f(F,G)=\tfrac12\lVert\mathcal M(FG^\top)-y\rVert^2` is as fast as the *imbalance*
:math:`\Delta=F^\top F-G^\top G` is large. Neither rewriting needs to know A: the product is all they look at.
"""

from __future__ import annotations

import numpy as np

from wnsense import validate


def singular_values(F: np.ndarray, G: np.ndarray) -> np.ndarray:
    r"""The min(n_1, n_2, r) largest singular values of :math:`FG^\top`, largest first, through two QR factorizations.

    F has shape (n_1, r), G (n_2, r); no n_1 x n_2 matrix is formed.

    Raises
    ------
    ValueError
        For factors of different widths.
    """
    F, G = _factors(F, G)
    return np.linalg.svd(np.linalg.qr(F, mode="r") @ np.linalg.qr(G, mode="r").T, compute_uv=False)


def modified_step(F: np.ndarray, G: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""The modified step: :math:`F'=\beta P`, :math:`G'=GQ\Sigma_F/\beta` with :math:`F=P\Sigma_FQ^\top`.

    The square :math:`\beta^2=2\lVert FG^\top\rVert` is known. The product stays and :math:`F'^\top F'=\beta^2I`.

    Parameters
    ----------
    F, G : ndarray (n_1, r), (n_2, r)
        F may be rank deficient: the singular value decomposition then completes P to orthonormal columns.

    Returns
    -------
    F', G' : ndarray (n_1, k), (n_2, k)
        With k = min(r, n_1): the surplus columns of r > n_1 are dropped, for P has no more than n_1.

    Raises
    ------
    ValueError
        For factors of different widths, and where :math:`FG^\top=0`, so that beta would be zero.

    References
    ----------
    Xiong, Ding and Du (2024), the modified step; `lem-modified-step-invariance` of the book.
    """
    F, G = _factors(F, G)
    P, lengths, Qt = np.linalg.svd(F, full_matrices=False)
    M = (G @ Qt.T) * lengths  # F G^T = P M^T
    beta = np.sqrt(2 * np.linalg.norm(M, 2))
    if not beta > 0:
        raise ValueError(
            "F and G have the product zero; expected a product with a norm above zero, from which beta is taken"
        )
    return beta * P, M / beta


def rebalanced_step(F: np.ndarray, G: np.ndarray, beta2: float) -> tuple[np.ndarray, np.ndarray]:
    r"""The rebalanced step: the same product with the imbalance :math:`\Delta=\beta^2I` exactly.

    From the singular value decomposition :math:`FG^\top=P\,\mathrm{diag}(s)\,W^\top`,
    :math:`F'=P\,\mathrm{diag}(f)` and :math:`G'=W\,\mathrm{diag}(s/f)`, where
    :math:`f^2=\tfrac12(\beta^2+\sqrt{\beta^4+4s^2})`. The columns of P are in the range of F as long as that lasts;
    columns of W beyond the n_2-th are zero.

    Parameters
    ----------
    F, G : ndarray (n_1, r), (n_2, r)
    beta2 : float
        The imbalance :math:`\beta^2>0` that is asked for; the least singular value of A is a good one.

    Returns
    -------
    F', G' : ndarray (n_1, k), (n_2, k)
        With k = min(r, n_1).

    Raises
    ------
    ValueError
        For factors of different widths or a beta2 that is not positive.

    References
    ----------
    `lem-rebalanced-step-invariance` of the book.
    """
    F, G = _factors(F, G)
    beta2 = validate.positive("beta2", beta2)
    (Q_F, R_F), (Q_G, R_G) = np.linalg.qr(F), np.linalg.qr(G)
    P, s, Wt = np.linalg.svd(R_F @ R_G.T)
    k = P.shape[0]
    lengths, W = np.zeros(k), np.zeros((G.shape[0], k))  # beyond n_2 singular values are zero and so are columns of G'
    lengths[: len(s)] = s
    W[:, : min(k, len(Wt))] = (Q_G @ Wt.T)[:, :k]
    f = np.sqrt((beta2 + np.hypot(beta2, 2 * lengths)) / 2)
    return Q_F @ P * f, W * (lengths / f)


def _factors(F, G) -> tuple[np.ndarray, np.ndarray]:
    F = validate.array("F", F, ("n_1", "r"))
    G = validate.array("G", G, ("n_2", F.shape[1]))
    if F.size == 0 or G.size == 0:
        raise ValueError(f"F has shape {F.shape}, G has shape {G.shape}; expected at least one row and one column each")
    return F, G
