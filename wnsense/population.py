r"""The population dynamics of weight normalization, reduced to :math:`r_A\times r_A`.

With :math:`\mathcal M^*\mathcal M=I` and :math:`\mu=2` a magnitude step is exact, :math:`\Theta=X^\top AX`, and Riemannian gradient descent depends
on X only through the alignment :math:`S=U^\top XX^\top U`. The state kept here is

.. math:: W=S^{-1}-I,

whose eigenvalues are the squared *tangents* of the principal angles between range(A) and span(X); the largest is
:math:`q=1/\lambda-1`. In it both ends are resolved to rounding *relative* to W: a start with :math:`\lambda_0=10^{-12}`, and the last iterations, where
:math:`I-S` would cancel. With :math:`S=(I+W)^{-1}`, :math:`D=I-S=WS` and :math:`M=\Sigma S\Sigma`,

.. math:: W_+=FWF,\qquad F=I-\eta(M^{-1}+\eta D)^{-1}=F^\top,\qquad M^{-1}=\Sigma^{-1}(I+W)\Sigma^{-1}.

Source: ours; `thm-population-reduction` of the book.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import stiefel, validate


@dataclass(frozen=True)
class Alignment:
    r"""The alignment of a direction X with range(A), of full rank.

    Attributes
    ----------
    W : ndarray (r_A, r_A)
        :math:`S^{-1}-I`, symmetric positive semidefinite.
    """

    W: np.ndarray

    @property
    def S(self) -> np.ndarray:
        r""":math:`S=\Phi\Phi^\top=(I+W)^{-1}`, squared cosines."""
        return stiefel.sym(np.linalg.inv(np.eye(len(self.W)) + self.W))

    @property
    def D(self) -> np.ndarray:
        r""":math:`D=I-S=W(I+W)^{-1}`, squared sines, without cancellation."""
        return stiefel.sym(np.linalg.solve(np.eye(len(self.W)) + self.W, self.W))

    @property
    def q(self) -> float:
        r"""The largest squared tangent, :math:`q=1/\lambda-1`."""
        return float(max(np.linalg.eigvalsh(self.W)[-1], 0.0))

    @property
    def smallest(self) -> float:
        r"""The smallest squared cosine :math:`\lambda=\lambda_{\min}(S)=1/(1+q)`."""
        return 1 / (1 + self.q)

    def error(self, sigma: np.ndarray) -> float:
        r"""The error :math:`\lVert X\Theta X^\top-A\rVert_F=\sqrt{4f}`, where :math:`4f=2\,\mathrm{tr}(\Sigma^2D)-\mathrm{tr}(\Sigma D\Sigma D)`."""
        sigma = np.asarray(sigma, float)
        SD = sigma[:, None] * self.D
        return float(np.sqrt(max(2 * np.sum(sigma * np.diag(SD)) - np.sum(SD * SD.T), 0.0)))


def from_squared_cosines(S: np.ndarray) -> Alignment:
    r"""The alignment with matrix S (r_A, r_A), :math:`0\prec S\preceq I`; ValueError if it is not."""
    S = validate.array("S", S, ("r_A", "r_A"))
    S = validate.symmetric("S", S, len(S))
    w, Q = np.linalg.eigh(S)
    # 1e-12: what rounding adds to an eigenvalue 1
    if len(S) == 0 or w[0] <= 0 or w[-1] > 1 + 1e-12:
        raise ValueError(f"S has eigenvalues {w}; expected all of them in (0, 1]")
    return Alignment(stiefel.sym((Q * np.maximum(1 / w - 1, 0.0)) @ Q.T))


def of_point(truth, X: np.ndarray) -> Alignment:
    r"""The alignment of a direction X (m, r) with the range of a truth.

    With the thin decomposition :math:`\Phi=U^\top X=Q\,\mathrm{diag}(\cos)\,R^\top` the squared sines are those of the columns of
    :math:`(I-XX^\top)UQ`, so that small angles are not lost in :math:`1-\cos^2`.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a direction of range(A) is orthogonal to span(X).
    """
    X = validate.array("X", X, (truth.m, "r"))
    Phi = truth.U.T @ X
    Q, cosines, _ = np.linalg.svd(Phi)
    if X.shape[1] < truth.rank or cosines[-1] == 0:
        raise ValueError("X has a span that is orthogonal to a direction of range(A); expected an alignment of full rank")
    V = truth.U - X @ Phi.T  # (I - XX') U
    F = (V @ Q) / cosines
    return Alignment(stiefel.sym(Q @ (F.T @ F) @ Q.T))


def wishart(degrees: int, k: int, rng: np.random.Generator) -> np.ndarray:
    r"""A Wishart matrix :math:`ZZ^\top`, Z Gaussian (k, degrees), at a cost that does not grow with degrees (Bartlett 1933)."""
    if degrees < k:
        Z = rng.standard_normal((k, degrees))
        return Z @ Z.T
    L = np.tril(rng.standard_normal((k, k)), -1)
    L[np.diag_indices(k)] = np.sqrt(rng.chisquare(float(degrees) - np.arange(k)))
    return L @ L.T


def random_alignment(m: int, r: int, k: int, rng: np.random.Generator) -> Alignment:
    r"""The alignment of a uniform direction of St(m, r) with a k-dimensional range.

    S has the matrix-variate law :math:`\mathrm{Beta}_k(\tfrac r2,\tfrac{m-r}2)`: for independent Wishart matrices
    :math:`G_1\sim\mathcal W_k(r)`, :math:`G_2\sim\mathcal W_k(m-r)`, one has :math:`W=G_1^{-1/2}G_2G_1^{-1/2}` with the symmetric square root.

    Raises
    ------
    ValueError
        Unless 1 <= k <= r <= m.

    References
    ----------
    `thm-initial-alignment-law` of the book.
    """
    m = validate.integer("m", m, low=1)
    r = validate.integer("r", r, low=1, high=m)
    k = validate.integer("k", k, low=1, high=r)
    validate.generator("rng", rng)
    w, Q = np.linalg.eigh(wishart(r, k, rng))
    root = (Q / np.sqrt(w)) @ Q.T
    return Alignment(stiefel.sym(root @ wishart(m - r, k, rng) @ root))


def step(sigma: np.ndarray, eta: float, alignment: Alignment) -> Alignment:
    r"""One iteration of population RGD with :math:`\mu=2`, in :math:`O(r_A^3)`.

    It is exact for :math:`\Theta=X^\top AX` and every retraction that spans :math:`\mathrm{range}(X-\eta G)`: polar and QR.

    Parameters
    ----------
    sigma : ndarray (r_A,)
        The eigenvalues of A.
    eta : float
        Step size of the direction.
    alignment : Alignment
    """
    return Alignment(congruence(np.asarray(sigma, float), eta, alignment.W))


def congruence(sigma: np.ndarray, eta: float | np.ndarray, W: np.ndarray) -> np.ndarray:
    r"""The matrix :math:`W_+=FWF` of `step`, for W (..., k, k), sigma (..., k) and eta a number or (...)."""
    I = np.eye(W.shape[-1])
    inverse, eta = sigma**-2.0, np.asarray(eta, float)[..., None]
    rest = W / (sigma[..., :, None] * sigma[..., None, :]) + eta[..., None] * np.linalg.solve(I + W, W)
    # F = C^{-1} (C - eta I), C = M^{-1} + eta D; subtracted from the diagonal: nothing cancels at eta sigma_i^2 = 1
    F = np.linalg.solve(inverse[..., None] * I + rest, (inverse - eta)[..., None] * I + rest)
    W = np.swapaxes(F, -1, -2) @ W @ F
    return (W + np.swapaxes(W, -1, -2)) / 2


@dataclass(frozen=True)
class Trajectory:
    """A reduced run.

    Attributes
    ----------
    iteration, q, error : ndarray
        For each recorded iteration its number, q = 1/lambda - 1, and the relative error ||Z - A||_F / ||A||_F.
    last : Alignment
    converged : bool
        Whether q came down to the tolerance within the budget.
    """

    iteration: np.ndarray
    q: np.ndarray
    error: np.ndarray
    last: Alignment
    converged: bool

    @property
    def iterations(self) -> int:
        """The number of steps taken."""
        return int(self.iteration[-1])


def run(sigma, eta: float, start: Alignment, *, tolerance: float, max_iterations: int, record_every: int = 1) -> Trajectory:
    """Steps until q <= tolerance, or the budget is spent; recorded every so many iterations, and the first and the last always.

    Raises
    ------
    ValueError
        If sigma does not fit the start or is not positive, or eta is not positive.
    """
    sigma = validate.array("sigma", sigma, (len(start.W),))
    if (sigma <= 0).any():
        raise ValueError(f"sigma is {sigma}; expected positive numbers")
    eta = validate.positive("eta", eta)
    tolerance = validate.positive("tolerance", tolerance)
    validate.integer("max_iterations", max_iterations, low=0)
    validate.integer("record_every", record_every, low=1)
    scale = np.linalg.norm(sigma)
    rows, alignment, t = [], start, 0
    while True:
        q = alignment.q
        done = q <= tolerance
        if done or t == max_iterations or t % record_every == 0:
            rows.append((t, q, alignment.error(sigma) / scale))
        if done or t == max_iterations:
            break
        alignment = step(sigma, eta, alignment)
        t += 1
    iteration, q, error = map(np.array, zip(*rows))
    return Trajectory(iteration, q, error, alignment, bool(done))
