r"""Adversarial instances of exact-rank gradient descent: A diagonal, Y anything, evaluated in ball arithmetic.

That A is diagonal is no restriction: :math:`Y\mapsto OY,\ A\mapsto OAO^\top` with an orthogonal O changes none of the
quantities here. Its entries and those of Y are floats, taken exactly; so the enclosures are as narrow as the precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import flint
import numpy as np
import scipy.optimize

from wnsense.proof import ball


@dataclass(frozen=True)
class Instance:
    r"""A point Y beside :math:`A=\mathrm{diag}(\sigma_1,\dots,\sigma_{r_A},0,\dots,0)`.

    Attributes
    ----------
    sigma : ndarray (r_A,)
        Positive, largest first.
    Y : ndarray (m, r)
        The factor; r = r_A in all theorems of the chapter.
    """

    sigma: np.ndarray
    Y: np.ndarray

    @property
    def A(self) -> np.ndarray:
        """A as a dense (m, m) array."""
        A = np.zeros((len(self.Y), len(self.Y)))
        A[: len(self.sigma), : len(self.sigma)] = np.diag(self.sigma)
        return A

    @cached_property
    def R(self) -> flint.arb_mat:
        """Enclosure of the residual Y Y^T - A."""
        Y = ball.matrix(self.Y)
        return Y * Y.transpose() - ball.matrix(self.A)

    @cached_property
    def squared_rho(self) -> flint.arb:
        r"""Enclosure of :math:`\rho^2=\lVert R\rVert_F^2/\sigma_{r_A}^2`."""
        return ball.frobenius_squared(self.R) / flint.arb(float(self.sigma[-1])) ** 2

    @property
    def share(self) -> flint.arb:
        r"""Enclosure of :math:`\lVert RY\rVert_F^2/(\sigma_{r_A}\lVert R\rVert_F^2)`."""
        squared = ball.frobenius_squared(self.R * ball.matrix(self.Y))
        return squared / (flint.arb(float(self.sigma[-1])) * ball.frobenius_squared(self.R))

    def squared_factor(self, eta: float) -> flint.arb:
        r"""Enclosure of :math:`\rho_+^2/\rho^2` for one step of size eta."""
        Y = ball.matrix(self.Y)
        after = Y - self.R * Y * flint.arb(eta)
        residual = after * after.transpose() - ball.matrix(self.A)
        return ball.frobenius_squared(residual) / ball.frobenius_squared(self.R)


def rho(sigma: np.ndarray, Y: np.ndarray) -> float:
    r""":math:`\lVert YY^\top-A\rVert_F/\sigma_{r_A}` in floats."""
    return float(np.linalg.norm(Y @ Y.T - Instance(sigma, Y).A) / sigma[-1])


def at_distance(sigma: np.ndarray, direction: np.ndarray, target: float) -> Instance:
    r"""The first point with rho = target on the ray from the solution :math:`Y=U\Sigma^{1/2}` in a direction."""
    sigma = np.asarray(sigma, float)
    solution = np.zeros_like(direction)
    solution[: len(sigma), : len(sigma)] = np.diag(np.sqrt(sigma))
    direction = direction / np.linalg.norm(direction)
    far = 1e-3 * target
    while rho(sigma, solution + far * direction) < target:
        far *= 1.5
    s = scipy.optimize.brentq(lambda s: rho(sigma, solution + s * direction) - target, 0.0, far, xtol=1e-15)
    return Instance(sigma, solution + s * direction)


def random_instance(rng: np.random.Generator, *, highest: float = 1.0) -> Instance:
    r"""An instance with :math:`r_A\le3`, :math:`\sigma_1=1`, :math:`\kappa\le30` and rho below `highest`, down to 1e-4.

    The deviation from a solution is generic, or in the last column alone, or outside the range of A alone, or radial.
    """
    r = int(rng.integers(1, 4))
    m = r + int(rng.integers(0, 3))
    spread = float(rng.choice([0.0, 0.5, 1.5]))
    sigma = np.sort(np.append(1.0, 10.0 ** (-spread * rng.random(r - 1))))[::-1]
    direction = rng.standard_normal((m, r))
    kind = int(rng.integers(5))
    if kind in (1, 2):  # the last column alone, from mixed to nearly outside the range of A
        direction[:, :-1] = 0.0
        direction[:r] *= 10.0 ** rng.uniform(-4, 0)
    elif kind == 3 and m > r:
        direction[:r] = 0.0
    elif kind == 4:
        direction[:] = 0.0
        direction[r - 1, r - 1] = float(rng.choice([-1.0, 1.0]))
    target = highest * float(rng.choice([rng.uniform(0.01, 0.9999), 10.0 ** rng.uniform(-4, -1), 0.999]))
    return at_distance(sigma, direction, target)


def tight_instance(rho: float, others: tuple[float, ...] = ()) -> Instance:
    r"""An instance at which `lem-exact-rank-pl` is an equality, for a rho in (0, 1), with :math:`\sigma_{r_A}=1`.

    All columns but the last are fitted; the last has squared length :math:`1-\rho^2` and makes the squared cosine
    :math:`1-\rho^2/2` with :math:`u_{r_A}`. `others` are the other eigenvalues, at least 1.
    """
    sigma = np.array([*others, 1.0])
    r, length, cosine = len(sigma), 1 - rho**2, 1 - rho**2 / 2
    Y = np.zeros((r + 1, r))
    Y[:r] = np.diag(np.sqrt(sigma))
    Y[r - 1 :, r - 1] = np.sqrt([length * cosine, length * (1 - cosine)])
    return Instance(sigma, Y)


def correction(sigma: np.ndarray, Y: np.ndarray, fraction: float) -> float:
    r"""The C with :math:`\rho_+=(1-h(1-C\rho))\rho` for one step, in floats.

    The step is the given fraction of the longest of `thm-gd-exact-rank-rate`,
    :math:`\eta=\tfrac23/(\sigma_1+\rho\,\sigma_{r_A})`.
    """
    A, before = Instance(sigma, Y).A, rho(sigma, Y)
    eta = fraction * 2 / 3 / (sigma[0] + before * sigma[-1])
    after = rho(sigma, Y - eta * (Y @ Y.T - A) @ Y)
    h = eta * sigma[-1]
    return float((after / before - 1 + h) / (h * before))


def largest_correction(starts: int, rng: np.random.Generator) -> float:
    r"""The largest `correction` that a local search finds for rho between 0.05 and 0.49: what sharpens "2".

    The search moves the direction in which Y deviates from a solution, at fixed rho and step.
    """
    largest = -np.inf
    for k in range(starts):
        r = 1 + k % 2
        sigma, target, fraction = np.array([1.0, 0.4])[-r:], (0.05, 0.25, 0.49)[k % 3], (0.1, 1.0)[k // 3 % 2]
        shape = (r + 1, r)

        def loss(v, sigma=sigma, shape=shape, target=target, fraction=fraction):
            return -correction(sigma, at_distance(sigma, v.reshape(shape), target).Y, fraction)

        found = scipy.optimize.minimize(loss, rng.standard_normal(r * (r + 1)), method="BFGS", options={"maxiter": 15})
        largest = max(largest, -float(found.fun))
    return largest


def share_cloud(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    r"""Data of a figure: rho and :math:`\lVert RY\rVert_F^2/(\sigma_{r_A}\lVert R\rVert_F^2)` of random instances."""
    rng = np.random.default_rng(seed)
    instances = []
    while len(instances) < count:
        drawn = random_instance(rng)
        solution = np.zeros_like(drawn.Y)
        solution[: len(drawn.sigma)] = np.diag(np.sqrt(drawn.sigma))
        instances.append(at_distance(drawn.sigma, drawn.Y - solution, float(rng.uniform(0.02, 0.999))))
    return tuple(np.array([[float(i.squared_rho) ** 0.5, float(i.share)] for i in instances]).T)


def saddle_line(count: int) -> tuple[np.ndarray, np.ndarray]:
    r"""The same for :math:`Y=\sqrt{1-\rho}\,u` beside :math:`A=uu^\top`, on the way to the saddle Y = 0."""
    rho = np.linspace(0.01, 0.999, count)
    return rho, np.array([float(Instance(np.ones(1), np.sqrt([[1 - p]])).share) for p in rho])
