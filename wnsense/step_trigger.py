r"""When to make the modified step: a rule that is computed from the iterate and a bound of the residual.

Weyl's inequality turns a gap in the spectrum of :math:`FG^\top` that is wide beside the residual into a statement on
the unknown singular values of A (`lem-step-trigger` of the book). Whether the step is of use is another question: it is
when the residual sits in the surplus columns, and these no longer grow.
"""

from __future__ import annotations

import functools

import numpy as np
from scipy.stats import chi2

from wnsense import validate

GAP = 3.0  # s_j >= GAP * epsilon: then epsilon is at most half of the j-th singular value of A
SHARE = 0.5  # of epsilon: the surplus is what is left to be fitted, not a signal that has yet to grow


def residual_bound(norm: float, *, delta: float = 0.0, noise: float = 0.0) -> float:
    r"""A bound :math:`\epsilon` of :math:`\lVert FG^\top-A\rVert_F` from :math:`\lVert\mathcal M(FG^\top)-y\rVert`.

    Parameters
    ----------
    norm : float
        The norm of the residual; in the population it is :math:`\lVert FG^\top-A\rVert_F` itself.
    delta : float
        Restricted isometry constant, of an order at least :math:`r+r_A`, in [0, 1).
    noise : float
        A bound of the norm of the noise in y.

    Raises
    ------
    ValueError
        For a number out of range.
    """
    if not (np.isfinite(delta) and 0 <= delta < 1):
        raise ValueError(f"delta is {delta}; expected a number in [0, 1)")
    for name, value in (("norm", norm), ("noise", noise)):
        if not (np.isfinite(value) and value >= 0):
            raise ValueError(f"{name} is {value}; expected a finite number of at least 0")
    return float((norm + noise) / np.sqrt(1 - delta))


def held_out_bound(residual: np.ndarray, failure: float = 1e-6) -> float:
    r"""A bound of :math:`\lVert FG^\top-A\rVert_F` from fresh Gaussian measurements, with failure probability.

    With N(0, 1/n) entries independent of F, G, and Gaussian noise of variance :math:`s^2`, known or not, the squared
    norm of `residual`, shape (n,), is :math:`(\lVert FG^\top-A\rVert_F^2/n+s^2)\chi^2_n`. So no restricted isometry
    constant is needed; noise makes the bound cautious, not wrong. `lem-held-out-residual` of the book.

    Raises
    ------
    ValueError
        If `residual` is empty, or `failure` not in (0, 1).
    """
    residual = validate.array("residual", residual, ("n",))
    if not 0 < failure < 1:
        raise ValueError(f"failure is {failure}; expected a probability in (0, 1)")
    n = validate.integer("the length of residual", len(residual), low=1)
    return float(np.linalg.norm(residual) / np.sqrt(_quantile(failure, n) / n))


@functools.lru_cache
def _quantile(probability: float, n: int) -> float:
    return float(chi2.ppf(probability, n))


def certified_count(s: np.ndarray, epsilon: float, gap: float = GAP) -> int:
    r"""The largest j with :math:`s_j\ge3\epsilon` and :math:`s_{j+1}\le\epsilon`; 0 if there is none.

    If :math:`\lVert FG^\top-A\rVert_F\le\epsilon`, then :math:`\sigma_j(A)\ge2\epsilon` and
    :math:`\sigma_{j+1}(A)\le2\epsilon`. s holds the singular values of :math:`FG^\top`, largest first; beyond its end
    they are zero. Another `gap` than 3 promises another multiple than 2.

    Raises
    ------
    ValueError
        If s is not sorted or has negative entries, or epsilon is negative or not finite.
    """
    s = validate.array("s", s, ("k",))
    if (s < 0).any() or (np.diff(s) > 0).any():
        raise ValueError(f"s is {s}; expected singular values, largest first")
    if not (np.isfinite(epsilon) and epsilon >= 0):
        raise ValueError(f"epsilon is {epsilon}; expected a finite number of at least 0")
    following = np.append(s[1:], 0.0)
    passing = np.flatnonzero((s >= gap * epsilon) & (following <= epsilon) & (s > 0))
    return int(passing[-1]) + 1 if passing.size else 0


def surplus(s: np.ndarray, j: int) -> float:
    r"""The norm :math:`(\sum_{i>j}s_i^2)^{1/2}` of the singular values after the j-th.

    At most :math:`\lVert FG^\top-A\rVert_F` if A has rank j.
    """
    return float(np.linalg.norm(s[j:]))


def due(s: np.ndarray, epsilon: float, previous: np.ndarray) -> int:
    r"""How many singular values to count in a step that is due now; 0 if none is due.

    Three conditions on the certified count j: the gap itself, :math:`s_j\ge3\epsilon\ge3s_{j+1}`; the surplus is at
    least half of :math:`\epsilon`; and it has not grown since the look before.

    Parameters
    ----------
    s, previous : ndarray (k,)
        Singular values of :math:`FG^\top` now, and at the look before.
    epsilon : float
        Bound of the norm of the residual now.

    Raises
    ------
    ValueError
        As `certified_count`, and if `previous` has another length than s.
    """
    j = certified_count(s, epsilon)
    previous = validate.array("previous", previous, (len(s),))
    left = surplus(s, j)
    return j if SHARE * epsilon <= left <= surplus(previous, j) else 0
