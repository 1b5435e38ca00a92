"""Data of a figure: what single steps of the reduced dynamics gain, beside what `thm-population-rate` guarantees."""

from __future__ import annotations

import numpy as np

from wnsense import population, population_bounds

SIGMA = np.array([1.0, 0.6, 1 / 3])


def _ratio(eta: float, start: population.Alignment) -> tuple[float, float]:
    after = population.step(SIGMA, eta, start)
    return start.smallest, (start.q - after.q) / float(population_bounds.gain(start.q, SIGMA, eta))


def random_gains(eta: float, *, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    r""":math:`\lambda` and the gain over its bound, for alignments from nearly diagonal to generic."""
    rng = np.random.default_rng(seed)
    pairs = []
    for _ in range(count):
        smallest = 10.0 ** rng.uniform(-3, 0) * 0.999
        s = np.append(smallest + (1 - smallest) * rng.random(2) ** 2, smallest)
        Q, _ = np.linalg.qr(np.eye(3) + 10.0 ** rng.uniform(-2, 1) * rng.standard_normal((3, 3)))
        pairs.append(_ratio(eta, population.from_squared_cosines((Q * s) @ Q.T)))
    return tuple(np.array(pairs).T)


def diagonal_gains(eta: float) -> tuple[np.ndarray, np.ndarray]:
    r"""The same for diagonal alignments with one misaligned direction, of :math:`\sigma_1` or :math:`\sigma_3`: what gains less."""
    pairs = []
    for smallest in np.append(np.geomspace(1e-3, 0.9, 10), [0.97, 0.995]):
        both = [
            _ratio(eta, population.from_squared_cosines(np.diag(np.where(np.arange(3) == i, smallest, 1.0))))
            for i in (0, 2)
        ]
        pairs.append(min(both, key=lambda pair: pair[1]))
    return tuple(np.array(pairs).T)
