"""Laws of the two rewritings of F G^T and of gradient descent that makes them, for factors of any shape."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wnsense import asymmetric, iterate, modified_descent, stiefel
from wnsense import modified_step_instances as instances
from wnsense.modified_step import modified_step, rebalanced_step, singular_values
from wnsense.rectangular_objective import Population

ROUNDING = 1e-11  # relative to |F'|^2, which bounds |G'|^2 too: products of matrices of at most 8 columns

REWRITINGS = {
    "modified": lambda F, G: modified_step(F, G),
    "rebalanced": lambda F, G: rebalanced_step(F, G, 0.3),
}
seeds = st.integers(0, 2**32 - 1)
sides = st.integers(1, 8)
sizes = st.floats(-3, 3)


def pair(seed, n_1, n_2, r, a, b):
    rng = np.random.default_rng(seed)
    return 10**a * rng.standard_normal((n_1, r)), 10**b * rng.standard_normal((n_2, r))


@pytest.mark.parametrize("rewriting", REWRITINGS.values(), ids=REWRITINGS)
@given(seeds, sides, sides, sides, sizes, sizes)
def test_product_is_kept(rewriting, seed, n_1, n_2, r, a, b):
    F, G = pair(seed, n_1, n_2, r, a, b)
    one, two = rewriting(F, G)
    assert one.shape[1] == min(r, n_1)
    np.testing.assert_allclose(one @ two.T, F @ G.T, rtol=0, atol=ROUNDING * np.linalg.norm(one, 2) ** 2)


@given(seeds, sides, sides, sides, sizes, sizes)
def test_modified_columns_are_orthogonal_and_long(seed, n_1, n_2, r, a, b):
    F, G = pair(seed, n_1, n_2, r, a, b)
    one, two = modified_step(F, G)
    p = np.linalg.norm(F @ G.T, 2)
    np.testing.assert_allclose(one.T @ one, 2 * p * np.eye(one.shape[1]), rtol=0, atol=ROUNDING * p)
    values = np.linalg.eigvalsh(asymmetric.imbalance(one, two)) / p
    assert values[0] == pytest.approx(1.5, abs=1e-9) and values[-1] <= 2 + 1e-9


@given(seeds, sides, sides, sides, sizes, sizes, sizes)
def test_rebalanced_imbalance_is_a_multiple_of_the_identity(seed, n_1, n_2, r, a, b, c):
    F, G = pair(seed, n_1, n_2, r, a, b)
    one, two = rebalanced_step(F, G, 10**c)
    wanted = 10**c * np.eye(one.shape[1])
    np.testing.assert_allclose(
        asymmetric.imbalance(one, two), wanted, rtol=0, atol=ROUNDING * np.linalg.norm(one, 2) ** 2
    )


@pytest.mark.parametrize("rewriting", REWRITINGS.values(), ids=REWRITINGS)
@given(seeds, sides, sides, sides)
def test_the_basis_of_the_columns_does_not_matter(rewriting, seed, n_1, n_2, r):
    F, G = pair(seed, n_1, n_2, r, 0, 0)
    Q = stiefel.random_point(r, r, np.random.default_rng(seed))
    (one, two), (other, another) = rewriting(F, G), rewriting(F @ Q, G @ Q)
    size = np.linalg.norm(one, 2) ** 2
    np.testing.assert_allclose(one @ one.T, other @ other.T, rtol=0, atol=1e-8 * size)  # a gap of F may be small
    np.testing.assert_allclose(one @ two.T, other @ another.T, rtol=0, atol=ROUNDING * size)


@given(seeds, sides, sides, sides)
def test_a_second_modified_step_changes_nothing(seed, n_1, n_2, r):
    one, two = modified_step(*pair(seed, n_1, n_2, r, 0, 0))
    again, twice = modified_step(one, two)
    np.testing.assert_allclose(again @ again.T, one @ one.T, rtol=0, atol=ROUNDING * np.linalg.norm(one, 2) ** 2)


@settings(max_examples=10, deadline=None)
@pytest.mark.parametrize("rule", ["modified", "rebalanced"])
@given(seed=seeds)
def test_triggered_descent_never_counts_beyond_the_rank(rule, seed):
    rng = np.random.default_rng(seed)
    truth, F, G = instances.near_point(rng, 0.2, "surplus", kappa=2.0)
    problem = Population(truth)
    parameters = modified_descent.Parameters(0.2, rule, every=5)
    run = iterate.iterate(modified_descent, problem, parameters, modified_descent.at(problem, F, G), max_iterations=60)
    counts = [count for _, count in run.state.rewritten]
    assert counts == sorted(set(counts)) and all(count <= truth.rank for count in counts)
    assert (np.diff(run.history["residual"]) <= 1e-15).all()


@pytest.mark.parametrize("rule", ["modified", "rebalanced"])
@given(seeds)
def test_rewriting_keeps_the_residual(rule, seed):
    truth, F, G = instances.near_point(np.random.default_rng(seed), 0.2, "random", kappa=2.0)
    problem = Population(truth)
    state = modified_descent.at(problem, F, G)
    after = modified_descent.rewrite(problem, modified_descent.Parameters(0.2, rule), state, truth.rank)
    assert after.residual.norm == pytest.approx(state.residual.norm, rel=1e-9)
    assert after.count == truth.rank and state.count == 0


@given(seeds, sides, sides, sides)
def test_singular_values_are_those_of_the_product(seed, n_1, n_2, r):
    F, G = pair(seed, n_1, n_2, r, 0, 0)
    s = singular_values(F, G)
    wanted = np.linalg.svd(F @ G.T, compute_uv=False)[: len(s)]
    np.testing.assert_allclose(s, wanted, rtol=0, atol=1e-12 * np.linalg.norm(F) * np.linalg.norm(G))
