"""Exponents of a power law from repeated runs, with confidence intervals by the bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wnsense import validate


@dataclass(frozen=True)
class Exponents:
    """A fitted power law y = C x_1^a_1 x_2^a_2 ...

    Attributes
    ----------
    value : ndarray (p,)
        The exponents a_1, ..., a_p.
    low, high : ndarray (p,)
        Ends of the 95 % bootstrap intervals.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def text(self, i: int) -> str:
        """Exponent i with its interval, to two digits after the point, which the last bits of the arithmetic do not reach."""
        return f"{self.value[i]:.2f} [{self.low[i]:.2f}, {self.high[i]:.2f}]"


def fit(predictors, samples, rng: np.random.Generator, draws: int = 400) -> Exponents:
    """Least squares of the log median of each cell on the logs of the predictors; intervals from resampling within cells.

    Parameters
    ----------
    predictors : ndarray (cells, p)
        Positive.
    samples : ndarray (cells, repetitions)
        Positive; infinity where a run did not end, fewer than half of a cell.
    rng : numpy.random.Generator
        For the bootstrap.
    draws : int

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not positive, or a cell has no finite median.
    """
    predictors = validate.array("predictors", predictors, ("cells", "p"))
    samples = np.asarray(samples, float)
    if samples.ndim != 2 or len(samples) != len(predictors):
        raise ValueError(f"samples has shape {samples.shape}; expected ({len(predictors)}, repetitions)")
    if (predictors <= 0).any() or not (samples > 0).all():
        raise ValueError("predictors or samples has entries that are not positive; expected positive numbers")
    validate.generator("rng", rng)
    design = np.column_stack([np.ones(len(predictors)), np.log(predictors)])

    def exponents(y):
        return np.linalg.lstsq(design, np.log(y), rcond=None)[0][1:]

    medians = np.median(samples, axis=1)
    if not np.isfinite(medians).all():
        raise ValueError("samples has a cell whose median is infinite; expected a larger budget of iterations")
    repeated, n = [], samples.shape[1]
    for _ in range(draws):
        resampled = np.median(np.take_along_axis(samples, rng.integers(n, size=samples.shape), axis=1), axis=1)
        if np.isfinite(resampled).all():
            repeated.append(exponents(resampled))
    low, high = np.quantile(repeated, [0.025, 0.975], axis=0)
    return Exponents(exponents(medians), low, high)
