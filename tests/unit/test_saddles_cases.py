"""Stationary points and plateaus: values known by hand, refusals, and records of a run against dense matrices."""

import numpy as np
import pytest

from wnsense import objective, plateaus, population, saddles, weight_normalization
from wnsense.problem import GroundTruth, random_ground_truth


def axes(m, sigma):
    return GroundTruth(np.eye(m)[:, : len(sigma)], np.array(sigma, float))


def test_learned_sets_with_room_and_without():
    assert saddles.learned_sets(2, 6, 3) == [(), (0,), (1,), (0, 1)]
    assert saddles.learned_sets(3, 6, 5) == [(0, 1), (0, 2), (1, 2), (0, 1, 2)]  # the kernel takes 3 of 5 columns
    assert saddles.learned_sets(3, 4, 4) == [(0, 1, 2)]
    assert saddles.learned_sets(3, 9, 1) == [(), (0,), (1,), (2,)]


def test_curvatures_by_hand():
    # theta = (0.5, 0), theta_perp = (1, 0): 0.5(0.5 - 1), 0.5(0.5 - 0), 0, 0
    assert saddles.curvatures([1.0, 0.5], [1], 4, 2) == pytest.approx([-0.25, 0.0, 0.0, 0.25])
    assert saddles.joint_curvatures([1.0, 0.5], [1], 4, 2) == pytest.approx([-0.25, 0, 0, 0, 0.25, 0.5, 0.5, 0.625])
    assert len(saddles.curvatures([1.0], [0], 3, 3)) == 0


@pytest.mark.parametrize(
    "learned, expected", [((), 0.0), ((0,), 0.0), ((1,), -0.24), ((2,), -0.21), ((0, 2), -0.09), ((0, 1, 2), 0.0)]
)
def test_most_negative_curvature_by_hand(learned, expected):
    assert saddles.most_negative_curvature([1.0, 0.6, 0.3], learned) == pytest.approx(expected)


def test_ties_are_not_strict():
    assert saddles.most_negative_curvature([1.0, 1.0], (1,)) == 0.0


def test_quartic_floor_by_hand():
    assert saddles.quartic_floor([1.0, 0.5], 1, np.array([[0.1, 0.0, 0.0]])) == pytest.approx(-0.25 * 0.25 * 1e-4)


@pytest.mark.parametrize("learned", [(0, 0), (), (0, 1, 2, 3)])
def test_learned_sets_that_do_not_fit_are_refused(learned):
    # m = 6, r = 5, r_A = 3: at least 2 eigenvectors, since the kernel takes 3 columns
    with pytest.raises(ValueError, match="learned"):
        saddles.stationary_point(axes(6, (3, 2, 1)), learned, 5, np.random.default_rng(0))


def test_other_refusals():
    with pytest.raises(ValueError, match="rng"):
        saddles.stationary_point(axes(6, (3, 2, 1)), (0,), 2, 0)
    with pytest.raises(ValueError, match="r is 7"):
        saddles.learned_sets(2, 6, 7)
    with pytest.raises(ValueError, match="d is 2"):
        saddles.quartic_floor([1.0, 0.5], 2, np.zeros((0, 3)))
    with pytest.raises(ValueError, match="W has shape"):
        plateaus.measured([1.0], 0.5, np.eye(1), max_iterations=5)
    with pytest.raises(ValueError, match="eta"):
        plateaus.measured([1.0], -0.5, np.eye(1)[None], max_iterations=5)
    with pytest.raises(ValueError, match="tolerance"):
        plateaus.passage(objective.Population(axes(3, (1,))), None, None, tolerance=0.0, max_iterations=5)


def test_pivots_of_a_known_matrix():
    S = np.array([[0.5, 0.1], [0.1, 0.3]])
    assert plateaus.pivots(S) == pytest.approx([0.5, np.linalg.det(S) / 0.5])


def test_prediction_tends_to_its_leading_term():
    for p in (1e-3, 1e-6):
        S = np.diag([p, p])
        ratio = plateaus.predicted([1.0, 0.5], S, 0.1) / plateaus.simple_estimate([1.0, 0.5], S, 0.1)
        # 1 + p log(1/p) + ..., from the logarithm in the time law
        assert ratio == pytest.approx(1.0, abs=2 * p * np.log(1 / p))
    assert plateaus.simple_estimate([1.0, 0.5], np.diag([0.01, 0.01]), 0.1) == pytest.approx([500.0, 2000.0])


def test_measured_counts_what_the_budget_does_not_reach_as_infinite():
    W = np.array([np.diag([99.0, 99.0])])
    when = plateaus.measured([1.0, 0.5], 0.5, W, max_iterations=150)
    assert np.isfinite(when[0, 0]) and np.isinf(when[0, 1])


def test_measured_agrees_with_single_reduced_steps():
    rng, sigma = np.random.default_rng(0), np.array([1.0, 0.6])
    starts = [population.random_alignment(30, 6, 2, rng) for _ in range(3)]
    when = plateaus.measured(sigma, 0.5, np.array([start.W for start in starts]), max_iterations=3000)
    for start, row in zip(starts, when):
        alignment = start
        for t in range(int(row.max()) + 1):
            learned = np.diag(alignment.S * sigma @ alignment.S) >= sigma / 2
            assert (learned == (t >= row)).all()
            alignment = population.step(sigma, 0.5, alignment)


def test_passage_records_what_dense_matrices_say():
    rng = np.random.default_rng(3)
    truth = random_ground_truth(12, 2, sigma=[1.0, 0.5], rng=rng)
    problem, parameters = objective.Population(truth), weight_normalization.Parameters(0.5)
    start = weight_normalization.init(problem, 4, rng)
    run = plateaus.passage(problem, parameters, start, tolerance=1e-4, max_iterations=2000)
    assert run.error[-1] <= 1e-4 * truth.norm < run.error[-2]
    state, A = start, truth.A
    smaller = [np.zeros_like(A), truth.best_approximation(1).A, A]
    for t in range(len(run.error)):
        Z = state.X @ state.Theta @ state.X.T
        distances = [np.linalg.norm(Z - B) for B in smaller]
        assert run.distances[t] == pytest.approx(distances, abs=1e-12)  # rounding
        assert run.error[t] == pytest.approx(distances[-1], abs=1e-12)
        assert run.nearest[t] == np.argmin(distances)
        # nearer to A_l than to A_(l-1) exactly from the iteration at which u_l counts as learned
        for ell in (1, 2):
            assert (distances[ell] <= distances[ell - 1]) == (t >= run.learned[ell - 1])
        G = (np.eye(12) - state.X @ state.X.T) @ A @ state.X @ state.Theta
        assert run.gradient_norm[t] == pytest.approx(np.linalg.norm(G), abs=1e-12)
        assert run.trace[t] == pytest.approx(np.trace(truth.U.T @ state.X @ state.X.T @ truth.U))
        assert run.magnitude[t] == pytest.approx(np.linalg.svd(Z, compute_uv=False)[:4], abs=1e-12)
        state = weight_normalization.step(problem, parameters, state)


def test_crossed_start_has_the_alignment_asked_for():
    X = plateaus.crossed_start(0.01, 0.2, 0.0, 9)
    assert np.allclose(X.T @ X, np.eye(3), atol=1e-14)
    assert np.allclose((X @ X.T)[:2, :2], np.diag([0.01, 0.2]), atol=1e-14)
    coupled = plateaus.crossed_start(0.01, 0.2, 1e-3, 9)
    assert (coupled @ coupled.T)[0, 1] > 1e-4
