"""Robustness of an index: shares of variance, consistency and ranks against closed forms and published
cases."""

from __future__ import annotations

import numpy as np
import pytest

from jobs.methods.robustness import (
    benefit_of_the_doubt,
    copeland,
    cronbach_alpha,
    principal_components,
    sobol,
)


def test_sobol_shares_are_those_of_the_ishigami_function():
    """T. Ishigami & T. Homma, 1990, with a = 7, b = 0.1; the shares in closed form."""

    def ishigami(rows: np.ndarray) -> np.ndarray:
        x = np.pi * (2 * rows - 1)
        return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])

    got = sobol(ishigami, ("one", "two", "three"), base=4096, seed=1)
    assert got.first[:, 0] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert got.total[:, 0] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)
    assert got.variance[0] == pytest.approx(13.845, rel=0.02)


def test_sobol_shares_are_those_of_the_g_function():
    """A. Saltelli & I. M. Sobol', 1995: V_i = 1 / (3 (1 + a_i)^2), V + 1 = the product of 1 + V_i."""
    a = np.array([0.0, 1.0, 4.5, 9.0])
    own = 1 / (3 * (1 + a) ** 2)
    whole = np.prod(1 + own) - 1
    got = sobol(lambda rows: np.prod((np.abs(4 * rows - 2) + a) / (1 + a), axis=1), "abcd", base=4096, seed=2)
    assert got.first[:, 0] == pytest.approx(own / whole, abs=0.02)
    assert got.total[:, 0] == pytest.approx(own * np.prod(1 + own) / (1 + own) / whole, abs=0.02)


def test_shares_of_several_outputs_are_pooled_by_their_variance_and_what_does_not_vary_has_none():
    def model(rows: np.ndarray) -> np.ndarray:
        return np.stack([3 * rows[:, 0], rows[:, 1], np.ones(len(rows))], axis=1)

    got = sobol(model, ("x", "y"), base=1024, seed=3)
    first, total = got.pooled()
    assert first == pytest.approx([0.9, 0.1], abs=0.01) and total == pytest.approx([0.9, 0.1], abs=0.01)
    assert got.first[:, 2].tolist() == [0, 0]
    still = sobol(lambda rows: np.ones(len(rows)), ("x",), base=2, seed=1)
    assert np.isnan(still.pooled()[0]).all() and still.total.tolist() == [[0.0]]


@pytest.mark.parametrize(("sources", "base"), [((), 4), (("x",), 3), (("x",), 1)])
def test_a_design_that_cannot_be_is_refused(sources: tuple[str, ...], base: int):
    with pytest.raises(ValueError, match="power of two"):
        sobol(lambda rows: rows[:, 0], sources, base=base, seed=1)


def test_alpha_is_one_of_items_that_differ_by_a_constant_and_nought_of_unrelated_ones():
    x = np.array([1.0, 2, 3, 4])
    assert cronbach_alpha(np.stack([x, x + 5, x - 1], axis=1)) == pytest.approx(1)
    crossed = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]], float)
    assert cronbach_alpha(crossed) == pytest.approx(0)
    # Two items of equal variance with correlation r: 2r / (1 + r), Spearman and Brown.
    r = 0.6
    pair = crossed @ np.linalg.cholesky([[1, r], [r, 1]]).T
    assert cronbach_alpha(pair) == pytest.approx(2 * r / (1 + r))
    assert cronbach_alpha(np.vstack([pair, [np.nan, 9]])) == pytest.approx(2 * r / (1 + r))
    assert np.isnan(cronbach_alpha(x[:, None])) and np.isnan(cronbach_alpha(np.ones((4, 2))))


def test_components_of_two_columns_are_their_sum_and_difference():
    """Eigenvalues 1 + r and 1 - r of a correlation r; loadings are roots of half of them."""
    r = 0.6
    crossed = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]], float)
    got = principal_components(crossed @ np.linalg.cholesky([[1, r], [r, 1]]).T)
    assert got.share == pytest.approx([0.8, 0.2])
    assert got.loadings[:, 0] == pytest.approx([np.sqrt(0.8)] * 2)
    assert np.abs(got.loadings[:, 1]) == pytest.approx([np.sqrt(0.2)] * 2)
    assert (got.loadings**2).sum(axis=1) == pytest.approx([1, 1])
    with pytest.raises(ValueError, match="vary"):
        principal_components(np.ones((5, 2)))


def test_how_much_better_does_not_count_where_nothing_makes_up_for_anything():
    """A is a little better in two of three indicators and far worse in the third; D has the first only."""
    values = np.array([[51.0, 51, 1], [50, 50, 100], [10, 10, 0], [60, np.nan, np.nan]])
    assert copeland(values, [1, 1, 1]).tolist() == [1, -1, -3, 3]
    assert copeland(values[:2], [1, 1, 3]).tolist() == [-1, 1]
    assert copeland(np.array([[1.0, 2], [2, 1]]), [1, 1]).tolist() == [0, 0]
    tied = np.array([[2.0, 2, 1], [1, 1, 2]])  # 0.1 + 0.2 against 0.3, which floats do not hold equal
    assert copeland(tied, [0.1, 0.2, 0.3]).tolist() == [0, 0]
    # Condorcet's circle: each beats one and loses to one.
    assert copeland(np.array([[3.0, 2, 1], [2, 1, 3], [1, 3, 2]]), [1, 1, 1]).tolist() == [0, 0, 0]


def test_a_unit_on_the_frontier_has_one_and_one_behind_it_the_distance():
    """Two outputs, one input: A and B span the frontier, C lies on it, D at half of it, E under A alone."""
    values = np.array([[4.0, 0], [0, 4], [2, 2], [1, 1], [3, 0]])
    assert benefit_of_the_doubt(values) == pytest.approx([1, 1, 1, 0.5, 0.75])
    assert benefit_of_the_doubt(values * [10, 0.1]) == pytest.approx([1, 1, 1, 0.5, 0.75]), (
        "units do not matter"
    )


def test_with_shares_held_fast_no_one_may_put_all_weight_on_what_it_does_best():
    """Contributions must be half each. A lone unit has 1. Beside one twice as good in all, it has a half."""
    lone = np.array([[3.0, 5.0]])
    assert benefit_of_the_doubt(lone, shares=[1, 1]) == pytest.approx([1])
    assert benefit_of_the_doubt(np.vstack([lone, 2 * lone]), shares=[1, 1]) == pytest.approx([0.5, 1])
    # Of (1, 4) with half each: weights (s/2, s/8), and (4, 1) is then 2s + s/8, at most 1.
    assert benefit_of_the_doubt(np.array([[1.0, 4], [4, 1]]), shares=[1, 1]) == pytest.approx([8 / 17] * 2)
    free = benefit_of_the_doubt(np.array([[1.0, 4], [4, 1]]), shares=[1, 1], slack=1.0)
    assert free == pytest.approx([1, 1])
    # What a unit lacks counts for nothing, and its share goes to what it has.
    assert benefit_of_the_doubt(np.array([[4.0, np.nan], [8, 1]]), shares=[1, 1]) == pytest.approx([0.5, 1])


def test_what_has_no_value_at_all_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        benefit_of_the_doubt(np.array([[1.0, 2], [0, 0]]))
    with pytest.raises(ValueError, match="shares"):
        benefit_of_the_doubt(np.array([[1.0, 2]]), shares=[1, 0])
    with pytest.raises(ValueError, match="weights"):
        copeland(np.ones((2, 2)), [1, -1])
