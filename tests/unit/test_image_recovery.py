"""The experiment on the photograph, on a picture small enough for a test."""

import numpy as np

from wnsense.image_recovery import Experiment

SMALL = Experiment(rank=3, block=40, rank_bound=6, oversampling=4.0)


def test_problem_measures_the_lifted_image():
    assert SMALL.image.shape == (15, 12)
    assert (SMALL.problem.m, SMALL.problem.operator.n) == (27, 4 * 27 * 3)
    np.testing.assert_allclose(SMALL.image_of(SMALL.truth.A), SMALL.target)


def test_recovered_image_is_the_target():
    found = SMALL.recover("cg", 600)
    assert SMALL.error(found.estimate) < 1e-7
    np.testing.assert_allclose(SMALL.image_of(found.estimate), SMALL.target, atol=1e-6)


def test_passes_are_kept_to_by_every_method():
    assert SMALL.recover("rgd", 50).passes <= 50
    one, more = (SMALL.error(SMALL.gradient_descent(1.0, passes)) for passes in (2, 200))
    assert more < one
    assert SMALL.error(SMALL.weight_normalization(400)) < SMALL.error(SMALL.weight_normalization(40))
    np.testing.assert_array_equal(SMALL.weight_normalization(7), SMALL.weight_normalization(4))
    np.testing.assert_array_equal(SMALL.gradient_descent(1.0, 3), SMALL.gradient_descent(1.0, 2))
