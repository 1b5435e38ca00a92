"""The practical solver on problems whose answer is known."""

import numpy as np
import pytest

from wnsense import calibration, conjugate_gradients, problem, sensing, step_sizes, stiefel
from wnsense.iterate import StopReason, iterate
from wnsense.recover import largest_determined_rank, recover


def measured(m, rank, n, seed, kappa=1, family=sensing.gaussian):
    rng = np.random.default_rng(seed)
    truth = problem.random_ground_truth(m, rank, kappa=kappa if rank > 1 else None, rng=rng)
    operator = family(m, n, rng)
    return truth, operator, operator.forward(truth.A)


def error(result, truth):
    return truth.error(result.X, result.Theta) / truth.norm


@pytest.mark.parametrize("kappa", [1, 10, 100, 1000])
def test_target_of_four_hundred_passes(kappa):
    """m=40, rank 3, n=240, bound 15: error 1e-8 in under 400 passes (195 at most) on every one of 20 seeds."""
    for seed in range(20):
        truth, operator, y = measured(40, 3, 240, seed, kappa)
        counted = sensing.Counted(operator)
        result = recover(counted, y, rank_bound=15)
        # the target's own numbers; a residual of 1e-10 is an error of about 1e-10 / sqrt(1 - delta)
        assert result.stop_reason is StopReason.CONVERGED and error(result, truth) <= 1e-8, seed
        assert result.passes == counted.passes < 400, seed
        assert result.rank == 3, seed


@pytest.mark.parametrize(
    "m, rank, n", [(10, 1, 30), (10, 5, 110), (25, 2, 100), (25, 5, 190), (60, 2, 240), (100, 1, 300)]
)
def test_other_sizes(m, rank, n):
    """From 1.5 m r_A measurements on; the error is the tolerance, 1e-10, times ten for the operator's conditioning."""
    for seed in range(3):
        truth, operator, y = measured(m, rank, n, seed, kappa=30)
        result = recover(operator, y)
        assert result.stop_reason is StopReason.CONVERGED and error(result, truth) <= 1e-9 and result.rank == rank, seed


def test_rank_one_measurements_of_positive_trace():
    """The matrices a a^T weigh the trace sqrt(m) times as hard; without the weight, 400 passes do not do."""
    for seed in range(4):
        truth, operator, y = measured(30, 3, 450, seed, family=sensing.rank_one_gaussian)
        result = recover(operator, y, max_passes=400)
        assert result.stop_reason is StopReason.CONVERGED and error(result, truth) <= 1e-9, seed


def test_more_measurements_than_unknowns_and_their_compression():
    """n > m(m+1)/2; the exact compression has the same solution, to the tolerance."""
    truth, operator, y = measured(12, 2, 200, 0, kappa=5)
    compressed, r_2, _ = sensing.compress(operator, y)
    for result in (recover(operator, y), recover(compressed, r_2)):
        assert result.stop_reason is StopReason.CONVERGED and error(result, truth) <= 1e-9


@pytest.mark.parametrize("rank", [1, 4, 9])
def test_population(rank):
    """The identity operator: no noise, so that even full rank is found."""
    truth = problem.random_ground_truth(9, rank, kappa=10 if rank > 1 else None, rng=np.random.default_rng(rank))
    operator = sensing.Identity(9)
    result = recover(operator, operator.forward(truth.A), rank_bound=9)
    assert result.stop_reason is StopReason.CONVERGED and result.rank == rank and error(result, truth) <= 1e-9


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("method", ["cg", "rgd"])
def test_numbers(n, method):
    """m = 1: a number from its multiples."""
    operator = sensing.gaussian(1, n, np.random.default_rng(0))
    result = recover(operator, operator.forward(np.array([[2.0]])), method=method)
    assert result.stop_reason is StopReason.CONVERGED and abs(result.estimate[0, 0] - 2) <= 1e-9


@pytest.mark.parametrize("method", ["cg", "rgd"])
def test_zero_is_recovered_as_zero(method):
    operator = sensing.gaussian(5, 12, np.random.default_rng(0))
    result = recover(operator, np.zeros(12), method=method)
    assert result.stop_reason is StopReason.CONVERGED and result.rank == 0 and not result.estimate.any()
    assert result.history.tolist() == [0.0]


def test_rank_bound_equal_to_the_side():
    truth, operator, y = measured(15, 2, 90, 1)
    assert error(recover(operator, y, rank_bound=15), truth) <= 1e-9


def test_truth_outside_the_rank_bound_stalls_near_the_best_approximation():
    """kappa = 100: the best rank-2 matrix misses sigma_3 = 0.01; the fit at most twice that."""
    truth, operator, y = measured(20, 3, 400, 0, kappa=100)
    result = recover(operator, y, rank_bound=2)
    assert result.stop_reason is StopReason.STALLED and result.rank == 2
    assert 0.01 <= error(result, truth) * truth.norm <= 0.02


def test_float32_stalls_at_what_rounding_leaves():
    """float32 has a spacing of 1.2e-7: the error ends below ten times that and is not called converged."""
    truth, operator, _ = measured(20, 3, 200, 0, kappa=10)
    rounded = sensing.Packed(operator.rows.astype(np.float32))
    y = rounded.forward(truth.A)
    result = recover(rounded, y)
    assert result.stop_reason is StopReason.STALLED and error(result, truth) <= 1.2e-6
    assert recover(rounded, y, tolerance=1e-5).stop_reason is StopReason.CONVERGED


def test_what_no_positive_semidefinite_matrix_explains():
    """Measurements of -A, and an operator that is zero: stalled, for nothing converges and nothing is left to do."""
    _, operator, y = measured(10, 2, 60, 0)
    nothing = sensing.Packed(np.zeros((4, 55)))
    with np.errstate(all="raise"):
        assert recover(operator, -y).stop_reason is StopReason.STALLED
        assert recover(nothing, np.ones(4)).stop_reason is StopReason.STALLED


def test_noise_is_not_fitted():
    """At 1 % noise the rank is right and the error within 1.5 times that of least squares that knows range and rank.

    Without `noisy` the rank grows into the noise; the error is then more than twice as large.
    """
    truth, operator, y = measured(20, 3, 150, 3, kappa=10)
    z = np.random.default_rng(7).standard_normal(150)
    y = y + 0.01 * np.linalg.norm(y) / np.linalg.norm(z) * z
    result, overfitted = recover(operator, y, noisy=True), recover(operator, y)
    U = truth.U
    tangent = [U @ np.outer(a, b) + np.outer(a, b).T @ U.T for a in np.eye(3) for b in np.eye(20)]
    rows = np.array([operator.forward(T) for T in tangent]).T
    fit = np.linalg.lstsq(rows, y, rcond=1e-10)[0]  # the cutoff: directions counted twice in `tangent`
    oracle = np.linalg.norm(np.tensordot(fit, tangent, 1) - truth.A)
    assert result.stop_reason is StopReason.CONVERGED and result.rank == 3
    assert error(result, truth) * truth.norm <= 1.5 * oracle
    assert error(overfitted, truth) > 2 * error(result, truth)


@pytest.mark.parametrize("method, n, bound", [("cg", 120, None), ("rgd", 600, 20)])
@pytest.mark.parametrize("max_passes", [1, 7, 40, 61])
def test_the_budget_is_never_exceeded(method, n, bound, max_passes):
    _, operator, y = measured(20, 2, n, 0)
    counted = sensing.Counted(operator)
    result = recover(counted, y, method=method, rank_bound=bound, max_passes=max_passes)
    assert result.stop_reason is StopReason.BUDGET and counted.passes == result.passes <= max_passes
    assert np.isfinite(result.estimate).all()


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_algorithm_1_with_estimated_steps(scale):
    """RGD on an operator of any scale; the paper's steps would diverge at 1e3 and not move at 1e-3."""
    truth, operator, y = measured(15, 2, 240, 0, kappa=2)
    scaled = sensing.Packed(scale * operator.rows)
    result = recover(scaled, scale * y, method="rgd", rank_bound=6, max_passes=8000, tolerance=1e-8)
    assert result.stop_reason is StopReason.CONVERGED and result.rank == 2 and error(result, truth) <= 1e-7
    # what the driver accepts falls, to the 1e-9 it leaves for rounding
    assert (result.history[1:] <= (1 + 1e-9) * result.history[:-1]).all()


def test_steps_that_are_too_long_are_halved(monkeypatch):
    """Algorithm 1 recovers from an estimate of the scale that is 16 times too small."""
    truth, operator, y = measured(10, 1, 100, 0)
    honest = step_sizes.estimate
    monkeypatch.setattr(step_sizes, "estimate", lambda *a: tuple(16 * s for s in honest(*a)))
    result = recover(operator, y, method="rgd", rank_bound=4, max_passes=20000, tolerance=1e-6)
    assert result.stop_reason is StopReason.CONVERGED and error(result, truth) <= 1e-5


@pytest.mark.parametrize("method", ["cg", "rgd"])
def test_an_interrupt_returns_what_was_found(method):
    """Ctrl-C in the first forward pass after the 58th: the result so far, consistent with its history to rounding."""
    _, operator, y = measured(20, 2, 120, 0)

    class Interrupted(sensing.Counted):
        armed = True

        def forward(self, S):
            if self.passes >= 58 and self.armed:
                self.armed = False
                raise KeyboardInterrupt
            return super().forward(S)

    result = recover(Interrupted(operator), y, method=method, rank_bound=5)
    assert result.stop_reason is StopReason.INTERRUPTED and 58 <= result.passes < 63
    residual = np.linalg.norm(operator.forward(result.estimate) - y) / np.linalg.norm(y)
    assert residual == pytest.approx(result.history[-1], rel=1e-9)


@pytest.mark.parametrize("method", ["cg", "rgd"])
def test_an_interrupt_before_the_first_step_returns_zero(method):
    class Interrupted(sensing.Identity):
        def forward(self, S):
            raise KeyboardInterrupt

    result = recover(Interrupted(4), np.ones(10), method=method)
    assert result.stop_reason is StopReason.INTERRUPTED and not result.estimate.any() and result.history.tolist() == [1]


def test_only_the_four_attributes_of_an_operator_are_needed():
    """A user's operator with m, n, forward and adjoint alone."""
    truth, operator, y = measured(10, 1, 40, 0)

    class Own:
        m, n = 10, 40
        forward, adjoint = operator.forward, operator.adjoint

    assert error(recover(Own(), y), truth) <= 1e-9


@pytest.mark.parametrize(
    "m, n, r",
    [(10, 1, 1), (10, 9, 1), (10, 10, 1), (10, 19, 2), (10, 55, 10), (10, 900, 10), (1, 1, 1), (40, 240, 6)],
)
def test_default_rank_bound(m, n, r):
    """r(2m-r+1)/2 <= n, counted by hand; never below 1 or above m."""
    assert largest_determined_rank(m, n) == r


BAD = [
    ({"y": np.zeros(39)}, r"y has shape \(39,\); expected \(40,\)"),
    ({"y": np.full(40, np.nan)}, "y has 40 entries that are not finite"),
    ({"y": np.zeros(40, complex)}, "y has dtype complex128"),
    ({"rank_bound": 0}, "rank_bound is 0; expected an integer between 1 and 10"),
    ({"rank_bound": 11}, "rank_bound is 11; expected an integer between 1 and 10"),
    ({"rank_bound": 2.0}, "rank_bound is 2.0; expected an integer"),
    ({"method": "gd"}, "method is 'gd'; expected one of 'cg', 'rgd'"),
    ({"tolerance": 0.0}, "tolerance is 0.0; expected a positive"),
    ({"tolerance": 1.0}, "tolerance is 1.0; expected less than 1"),
    ({"tolerance": float("nan")}, "tolerance is nan"),
    ({"max_passes": 0}, "max_passes is 0; expected an integer of at least 1"),
    ({"noisy": 0.1}, "noisy is 0.1; expected True or False"),
    ({"noisy": True, "method": "rgd"}, "noisy is True with method 'rgd'"),
    ({"rng": 3}, "rng is int; expected a numpy.random.Generator"),
]


@pytest.mark.parametrize("argument, message", BAD, ids=[f"{list(a)[0]}-{i}" for i, (a, _) in enumerate(BAD)])
def test_bad_arguments_are_named_before_any_work(argument, message):
    operator = sensing.Counted(sensing.gaussian(10, 40, np.random.default_rng(0)))
    with pytest.raises(ValueError, match=message):
        recover(operator, **({"y": np.ones(40)} | argument))
    assert operator.passes == 0


def test_an_operator_that_returns_no_numbers_is_refused():
    with pytest.raises(ValueError, match="not finite"):
        recover(sensing.Packed(np.full((4, 55), np.nan)), np.ones(4))


def test_progress_is_shown_only_when_asked_for(capfd):
    _, operator, y = measured(10, 1, 40, 0)
    recover(operator, y)
    assert capfd.readouterr().err == ""
    recover(operator, y, progress=True)
    assert "residual" in capfd.readouterr().err


def test_calibration_finds_gain_and_weight():
    """Gain: ||M(S)|| spreads by 1/sqrt(2n) = 1.6 % at n = 2000, three of them allowed; also for seed 0."""
    rng = np.random.default_rng(0)
    operator = sensing.gaussian(20, 2000, rng)
    found = calibration.calibrate(sensing.Packed(50 * operator.rows), operator.forward(np.eye(20)))
    assert found.gain == pytest.approx(50, rel=0.05) and found.gamma == pytest.approx(1, rel=0.1)
    dyads = sensing.rank_one_gaussian(20, 2000, rng)
    found = calibration.calibrate(dyads, dyads.forward(np.eye(20)))
    # ||M(I)||^2 / m = 1 + m/2, ||M(S)||^2 = 1 + tr(S)^2/2 and tr(S)^2 of order 2/m
    assert found.gamma == pytest.approx(1 / np.sqrt(11), rel=0.1)


def test_the_step_decomposes_few_columns_only(monkeypatch):
    """With the rank bound reached there is no candidate to look for, and nothing of side m is decomposed."""
    _, operator, y = measured(30, 2, 240, 0)
    objective, parameters = calibration.calibrate(operator, y), conjugate_gradients.Parameters(rank_bound=2)
    state = conjugate_gradients.init(objective)
    while state.X.shape[1] < 2:
        state = conjugate_gradients.step(objective, parameters, state)
    sides = []
    eigh, qr = np.linalg.eigh, np.linalg.qr
    monkeypatch.setattr(np.linalg, "eigh", lambda a: (sides.append(a.shape), eigh(a))[1])
    monkeypatch.setattr(np.linalg, "qr", lambda a: (sides.append(a.shape), qr(a))[1])
    conjugate_gradients.step(objective, parameters, state)
    assert sides == [(30, 4), (4, 4)]


def test_the_step_is_pure_and_stays_on_the_manifold():
    _, operator, y = measured(15, 3, 120, 0, kappa=10)
    objective, parameters = calibration.calibrate(operator, y), conjugate_gradients.Parameters(rank_bound=5)
    state = conjugate_gradients.init(objective)
    for _ in range(30):
        before = [getattr(state, name).copy() for name in state.arrays]
        new = conjugate_gradients.step(objective, parameters, state)
        assert all(np.array_equal(a, getattr(state, name)) for a, name in zip(before, state.arrays))
        # rounding: a QR factor and one product of side 15
        assert np.abs(new.X.T @ new.X - np.eye(new.X.shape[1])).max(initial=0) <= 1e-13
        assert (np.diag(new.Theta) > 0).all() and np.array_equal(new.Theta, np.diag(np.diag(new.Theta)))
        state = new


def test_directions_are_tangent_and_transported_by_projection():
    """L stands for the tangent part of B: compared with the m x m projection B - (I-P) B (I-P), to rounding."""
    rng = np.random.default_rng(0)
    X, B = stiefel.random_point(8, 3, rng), stiefel.sym(rng.standard_normal((8, 8)))
    N = np.eye(8) - X @ X.T
    L = conjugate_gradients._tangent(X, B @ X)
    T = B - N @ B @ N
    assert np.abs(L @ X.T + X @ L.T - T).max() <= 1e-14
    assert conjugate_gradients._inner(X, L, L) == pytest.approx(np.sum(T**2), rel=1e-13)


def test_a_resumed_run_equals_an_uninterrupted_one_bitwise(tmp_path):
    truth, operator, y = measured(15, 2, 90, 0, kappa=10)
    objective, parameters = calibration.calibrate(operator, y), conjugate_gradients.Parameters(rank_bound=5)

    def run(budget, **kw):
        start = conjugate_gradients.init(objective)
        return iterate(conjugate_gradients, objective, parameters, start, max_iterations=budget, truth=truth, **kw)

    run(13, checkpoint=tmp_path / "c.npz")
    resumed, whole = run(25, checkpoint=tmp_path / "c.npz"), run(25)
    assert all(np.array_equal(getattr(resumed.state, name), getattr(whole.state, name)) for name in whole.state.arrays)


def test_columns_that_noise_brought_in_are_dropped():
    """Eigenvalues up to `smallest` go, the others stay as they are to rounding; and dropping them saves passes.

    In the problem below 471 passes are needed, 1872 when nothing is dropped.
    """
    X = stiefel.random_point(6, 3, np.random.default_rng(0))
    kept, theta = conjugate_gradients._retract(X, np.diag([4.0, 1.0, 0.1]), 0 * X, np.zeros(0), np.zeros((6, 0)), 0.5)
    assert np.diag(theta) == pytest.approx([4, 1], rel=1e-14)
    assert np.abs(kept @ kept.T - X[:, :2] @ X[:, :2].T).max() <= 1e-14

    truth, operator, y = measured(40, 1, 120, 2, family=sensing.rank_one_gaussian)
    result = recover(operator, y, max_passes=1000)
    assert result.stop_reason is StopReason.CONVERGED and result.rank == 1 and error(result, truth) <= 1e-9
