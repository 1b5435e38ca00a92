r"""The spectral start: :math:`X_0` from the leading eigenvectors of :math:`\mathcal M^*(y)`.

Source: the idea is standard in nonconvex recovery; the bound for weight normalization is ours, `cor-spectral-start`
of the book.
"""

from __future__ import annotations

import numpy as np

from wnsense import rip, validate, weight_normalization
from wnsense.objective import Measured
from wnsense.packing import packed_size
from wnsense.population import wishart
from wnsense.sensing import Packed


def spectral_start(problem: Measured, r: int) -> weight_normalization.State:
    r"""The start whose columns are eigenvectors of :math:`\mathcal M^*(y)` for its r largest eigenvalues, and
    :math:`\Theta_0=X_0^\top\mathcal M^*(y)X_0`.

    "Largest" counts the sign: A is positive semidefinite. :math:`\Theta_0` is then the diagonal matrix of these
    eigenvalues.

    Raises
    ------
    ValueError
        Unless 1 <= r <= m.
    """
    r = validate.integer("r", r, low=1, high=problem.m)
    X = np.linalg.eigh(problem.operator.adjoint(problem.y))[1][:, ::-1][:, :r]
    return weight_normalization.at(problem, X, problem.backprojection(X))


def compressed_gaussian(m: int, n: int, rng: np.random.Generator) -> Packed:
    r"""An operator with m(m+1)/2 measurements and the law of :math:`\mathcal M^*\mathcal M` of n Gaussian ones, at a
    cost free of n.

    On packed matrices :math:`\mathcal M^*\mathcal M` of `wnsense.sensing.gaussian` is 1/n times a Wishart matrix with
    n degrees of freedom.
    All iterations of weight normalization depend on :math:`\mathcal M` only through :math:`\mathcal M^*\mathcal M`,
    so n = 10^12 can be run.

    Raises
    ------
    ValueError
        For sizes below 1.
    """
    d = packed_size(validate.integer("m", m, low=1))
    n = validate.integer("n", n, low=1)
    W = wishart(n, d, validate.generator("rng", rng)) / n
    return rip.with_deviation((W + W.T) / 2 - np.eye(d))
