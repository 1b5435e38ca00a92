"""The energy test: its statistic by brute force, its level, its power, refusals."""

import numpy as np
import pytest
import scipy.stats

from wnsense.two_sample import energy_statistic, energy_test


def test_statistic_by_brute_force():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((5, 2)), rng.standard_normal((5, 2)) + 1
    pooled = np.concatenate([x, y])

    def mean(a, b):
        return np.mean([[np.linalg.norm(p - q) for q in b] for p in a])

    distances = np.array([[np.linalg.norm(p - q) for q in pooled] for p in pooled])
    signs = np.repeat([1.0, -1.0], 5)[:, None]
    assert energy_statistic(distances, signs)[0] == pytest.approx(2 * mean(x, y) - mean(x, x) - mean(y, y), rel=1e-12)


def test_level_is_kept():
    rng = np.random.default_rng(1)
    p = [energy_test(rng.standard_normal((20, 2)), rng.standard_normal((20, 2)), 49, rng) for _ in range(200)]
    assert scipy.stats.binomtest(int(np.sum(np.array(p) <= 0.1)), 200, 0.1).pvalue > 1e-3  # sampling
    assert min(p) >= 1 / 50


@pytest.mark.parametrize(
    "change",
    [lambda z: z + 0.8, lambda z: 2 * z, lambda z: z @ np.array([[1, 0.9], [0, 0.44]])],
    ids=["shift", "scale", "correlation"],
)
def test_power(change):
    rng = np.random.default_rng(2)
    assert energy_test(rng.standard_normal((150, 2)), change(rng.standard_normal((150, 2))), 99, rng) <= 0.03


def test_equal_samples_are_not_significant():
    x = np.arange(12.0).reshape(6, 2)
    assert energy_test(x, x, 99, np.random.default_rng(3)) == 1


def test_refusals():
    rng, x = np.random.default_rng(0), np.zeros((4, 2))
    with pytest.raises(ValueError, match=r"other has shape \(3, 2\); expected \(4, 2\)"):
        energy_test(x, np.zeros((3, 2)), 9, rng)
    with pytest.raises(ValueError, match="permutations is 0; expected an integer of at least 1"):
        energy_test(x, x, 0, rng)
    with pytest.raises(ValueError, match="rng is"):
        energy_test(x, x, 9, np.random)
