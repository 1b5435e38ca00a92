"""The reduced population dynamics: values known by hand, refusals."""

import numpy as np
import pytest

from wnsense import population, prescribed_alignment, stiefel
from wnsense.monotone import rank_one_misalignment
from wnsense.problem import GroundTruth, random_ground_truth


def rng():
    return np.random.default_rng(0)


def test_of_point_by_hand():
    truth = GroundTruth(np.eye(3)[:, :1], np.ones(1))
    alignment = population.of_point(truth, np.array([[0.6], [0.8], [0.0]]))
    assert alignment.W[0, 0] == pytest.approx(0.64 / 0.36, rel=1e-14)  # rounding
    assert alignment.smallest == pytest.approx(0.36, rel=1e-14)
    assert alignment.error(truth.sigma) == pytest.approx(np.sqrt(1 - 0.36**2), rel=1e-14)


def test_full_span_is_aligned_and_stays_so():
    truth = random_ground_truth(4, 2, kappa=3.0, rng=rng())
    alignment = population.of_point(truth, stiefel.random_point(4, 4, rng()))
    for _ in range(3):
        assert alignment.q < 1e-28 and alignment.error(truth.sigma) < 1e-14  # rounding
        alignment = population.step(truth.sigma, 1.0, alignment)


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 1.9])
def test_rank_one_step_is_the_recursion_of_part_one(epsilon):
    start = population.from_squared_cosines(np.array([[0.3]]))
    after = population.step(np.ones(1), epsilon, start)
    assert 1 - after.smallest == pytest.approx(rank_one_misalignment(0.7, epsilon), rel=1e-13)


def test_tiny_tangents_keep_their_digits():
    sigma = np.array([1.0, 0.5])
    start = population.Alignment(1e-200 * np.array([[2.0, 1.0], [1.0, 3.0]]))
    after = population.step(sigma, 0.5, start)
    F = 1 - 0.5 * sigma**2  # the limit of F as W -> 0
    np.testing.assert_allclose(after.W, 1e-200 * np.array([[2.0, 1.0], [1.0, 3.0]]) * np.outer(F, F), rtol=1e-14, atol=0)


def test_run_stops_at_the_tolerance_and_records_first_and_last():
    start = population.from_squared_cosines(np.diag([0.5, 0.2]))
    run = population.run([1.0, 0.5], 0.5, start, tolerance=1e-6, max_iterations=1000, record_every=50)
    assert run.converged and run.q[-1] <= 1e-6 < run.q[-2]
    assert run.iteration[0] == 0 and run.iterations == run.iteration[-1] and (np.diff(run.iteration[:-1]) == 50).all()
    assert run.error[0] == pytest.approx(start.error(np.array([1.0, 0.5])) / np.linalg.norm([1.0, 0.5]))
    short = population.run([1.0, 0.5], 0.5, start, tolerance=1e-6, max_iterations=3)
    assert not short.converged and short.iterations == 3


def test_no_steps_where_the_start_is_good_enough():
    run = population.run([1.0], 0.5, population.from_squared_cosines([[1.0]]), tolerance=1e-6, max_iterations=10)
    assert run.converged and run.iterations == 0


def test_wishart_has_its_mean_below_and_above_full_rank():
    for degrees, k in ((2, 3), (3, 3), (1000, 2)):
        generator = rng()
        mean = np.mean([population.wishart(degrees, k, generator) for _ in range(4000)], axis=0)
        assert (
            np.abs(mean / degrees - np.eye(k)).max() < 6 / np.sqrt(4000 * degrees) * 2
        )  # sampling: six standard errors
    assert np.linalg.matrix_rank(population.wishart(2, 5, rng())) == 2
    assert not population.wishart(0, 2, rng()).any()


@pytest.mark.parametrize(
    "sizes, message",
    [
        ((5, 6, 2), r"r is 6; expected an integer between 1 and 5"),
        ((5, 2, 3), r"k is 3; expected an integer between 1 and 2"),
        ((0, 1, 1), r"m is 0; expected an integer of at least 1"),
        ((5.0, 2, 1), r"m is 5.0; expected an integer"),
    ],
)
def test_random_alignment_refuses(sizes, message):
    with pytest.raises(ValueError, match=message):
        population.random_alignment(*sizes, rng())


def test_random_alignment_refuses_the_global_generator():
    with pytest.raises(ValueError, match="rng is module; expected a numpy.random.Generator"):
        population.random_alignment(5, 3, 2, np.random)


@pytest.mark.parametrize("S", [np.diag([0.5, 0.0]), np.diag([0.5, 1.1]), np.diag([0.5, -0.1]), np.zeros((0, 0))])
def test_from_squared_cosines_refuses_spectra(S):
    with pytest.raises(ValueError, match=r"S has eigenvalues .*; expected all of them in \(0, 1\]"):
        population.from_squared_cosines(S)


def test_from_squared_cosines_refuses_what_is_not_symmetric():
    with pytest.raises(ValueError, match="S is not symmetric"):
        population.from_squared_cosines([[0.5, 0.1], [0.3, 0.5]])


def test_of_point_refuses_singular_alignments():
    truth = GroundTruth(np.eye(4)[:, :2], np.array([2.0, 1.0]))
    for X in (np.eye(4)[:, 1:3], np.eye(4)[:, :1]):
        with pytest.raises(
            ValueError, match=r"orthogonal to a direction of range\(A\); expected an alignment of full rank"
        ):
            population.of_point(truth, X)


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(sigma=[1.0, 0.0]), r"sigma is \[1. 0.\]; expected positive numbers"),
        (dict(sigma=[1.0]), r"sigma has shape \(1,\); expected \(2,\)"),
        (dict(eta=0.0), "eta is 0.0; expected a positive finite number"),
        (dict(tolerance=-1.0), "tolerance is -1.0; expected a positive finite number"),
        (dict(max_iterations=-1), "max_iterations is -1; expected an integer of at least 0"),
        (dict(record_every=0), "record_every is 0; expected an integer of at least 1"),
    ],
)
def test_run_refuses(change, message):
    arguments = dict(
        sigma=[1.0, 0.5],
        eta=0.5,
        start=population.from_squared_cosines(np.diag([0.5, 0.2])),
        tolerance=1e-6,
        max_iterations=5,
    )
    with pytest.raises(ValueError, match=message):
        population.run(**(arguments | change))


def test_prescribed_alignment_refuses():
    truth = random_ground_truth(6, 2, kappa=2.0, rng=rng())
    with pytest.raises(ValueError, match="r is 5; expected an integer between 2 and 4"):
        prescribed_alignment.direction(truth, np.eye(2), 5, rng())
    with pytest.raises(ValueError, match=r"S has eigenvalues .*; expected all of them in \[0, 1\]"):
        prescribed_alignment.direction(truth, 2 * np.eye(2), 3, rng())
