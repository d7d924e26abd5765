"""The exact test of recurrence: against enumeration, a library and its own level."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import fisher_exact

from jobs.methods.recurrence import expected, upper_tail


def enumerated(sizes, failing, own, observed):
    """The share of all ways to place the failures within strata that give the unit ``observed`` or more."""
    ways = [np.array([1.0])]
    for size, bad, mine in zip(sizes, failing, own, strict=True):
        counts = np.zeros(mine + 1)
        for chosen in combinations(range(size), bad):
            counts[sum(place < mine for place in chosen)] += 1
        ways.append(counts / counts.sum())
    whole = ways[0]
    for part in ways[1:]:
        whole = np.convolve(whole, part)
    return whole[observed:].sum()


@pytest.mark.parametrize(
    ("sizes", "failing", "own", "observed"),
    [([6, 5], [2, 3], [3, 2], 3), ([8], [4], [4], 4), ([4, 4, 3], [1, 0, 3], [2, 4, 1], 1)],
)
def test_the_chance_is_that_of_all_ways_to_place_the_failures(sizes, failing, own, observed):
    assert upper_tail(sizes, failing, own, observed) == pytest.approx(
        enumerated(sizes, failing, own, observed), abs=1e-12
    )


def test_one_stratum_is_fishers_test():
    table = [[5, 1], [8, 39]]
    assert upper_tail([53], [13], [6], 5) == pytest.approx(
        fisher_exact(table, alternative="greater").pvalue, rel=1e-9
    )


def test_a_stratum_that_is_the_units_alone_says_nothing():
    assert upper_tail([4], [4], [4], 4) == 1.0 and expected([4], [4], [4]) == 4.0
    assert expected([4, 10], [4, 5], [[4, 0], [1, 2]]).tolist() == [4.0, 2.0]


def test_random_results_are_rarely_found_at_the_stated_level():
    rng, found = np.random.default_rng(5), 0
    for _ in range(2000):
        bad = rng.random(60) < 0.15
        found += upper_tail([60], [int(bad.sum())], [8], int(bad[:8].sum())) <= 0.05
    assert found / 2000 <= 0.055


@pytest.mark.parametrize(
    "wrong", [([3], [4], [1], 0), ([3], [1], [4], 0), ([3], [1], [1], 2), ([3], [1], [-1], 0)]
)
def test_counts_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        upper_tail(*wrong)
