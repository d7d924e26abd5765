"""The test for trend against a published example, the formula written out, and an ordinary regression."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from jobs.methods.trend import cochran_armitage

# A. Agresti, An Introduction to Categorical Data Analysis, 2007, table 2.7: malformations by drinks a day.
MALFORMED = np.array([48, 38, 5, 1, 1])
BORN = np.array([17114, 14502, 793, 127, 38])
DRINKS = np.array([0, 0.5, 1.5, 4, 7])


def test_p_is_that_of_the_published_example():
    # M² = 6.57, p = 0.01 in the book.
    assert cochran_armitage(MALFORMED, BORN, DRINKS).p == pytest.approx(chi2.sf(6.5699, 1), abs=1e-5)


def test_p_is_cochrans_but_for_one_degree_of_freedom_and_effective_counts_need_not_be_whole():
    x, n, t = np.array([3.5, 7.25, 14.5]), np.array([90.5, 101.25, 99.0]), np.arange(3)
    p = x.sum() / n.sum()
    away = t - (n * t).sum() / n.sum()
    squared = (x * away).sum() ** 2 / (p * (1 - p) * (n * away**2).sum())
    assert cochran_armitage(x, n, t).p == pytest.approx(
        chi2.sf(squared * (n.sum() - 1) / n.sum(), 1), rel=1e-9
    )


def test_the_slope_is_the_weighted_line_and_lies_between_its_limits():
    x, n, t = np.array([5, 12, 9]), np.array([100, 60, 90]), np.array([0, 1, 2])
    found = cochran_armitage(x, n, t)
    assert found.slope == pytest.approx(np.polyfit(t, x / n, 1, w=np.sqrt(n))[0], rel=1e-9)
    assert found.low < found.slope < found.high
    assert cochran_armitage(n - x, n, t).slope == pytest.approx(-found.slope)


def test_limits_of_the_slope_hold_a_true_trend_about_as_often_as_they_say():
    rng, rates, n = np.random.default_rng(5), np.array([0.06, 0.08, 0.10]), np.array([60, 80, 100])
    drawn = [cochran_armitage(rng.binomial(n, rates), n, range(3)) for _ in range(2000)]
    assert np.mean([d.low <= 0.02 <= d.high for d in drawn]) >= 0.945


def test_without_events_there_is_nothing_to_compare_and_what_cannot_be_counts_is_refused():
    none = cochran_armitage([0, 0], [50, 60], [0, 1])
    assert np.isnan(none.p) and none.slope == 0 and none.low < 0 < none.high
    for x, n, t in (
        ([1], [2], [0]),
        ([3, 1], [2, 2], [0, 1]),
        ([1, 1], [2, 0], [0, 1]),
        ([1, 1], [2, 2], [1, 1]),
    ):
        with pytest.raises(ValueError):
            cochran_armitage(x, n, t)


@pytest.mark.parametrize("level", [0, 1, 1.5, 95, float("nan")])
def test_a_level_outside_zero_to_one_is_refused(level):
    with pytest.raises(ValueError, match="level"):
        cochran_armitage([3, 1], [20, 20], [0, 1], level=level)
