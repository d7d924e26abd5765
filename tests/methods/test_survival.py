"""Lags with open ends against published data and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jobs.methods.survival import median_lag

# Remission of leukaemia (weeks; Freireich et al., Blood 21, 1963; Gehan 1965): under 6-MP, + still in remission, and under placebo.
TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def lags(text: str) -> tuple[list[float], list[bool]]:
    return [float(word.rstrip("+")) for word in text.split()], [not word.endswith("+") for word in text.split()]


def test_medians_are_the_published_ones():
    treated, placebo = median_lag(*lags(TREATED)), median_lag(*lags(PLACEBO))
    assert (treated.median, placebo.median) == (23, 8)
    assert (placebo.low, placebo.high) == (4, 11)  # as SAS PROC LIFETEST prints them
    assert (treated.n, treated.n_open) == (21, 12)
    assert np.isnan(treated.p90) and placebo.p90 == 17


def test_an_open_case_counts_as_longer_than_its_age():
    assert median_lag([1, 2, 3], [True, True, True]).median == 2
    assert median_lag([1, 2, 3], [True, False, True]).median == 3
    assert median_lag([1, 2, 30], [False, False, False]).n_open == 3
    assert np.isnan(median_lag([1, 2, 30], [False, False, False]).median)


def test_the_median_is_where_half_have_ended():
    assert median_lag([1, 2, 3, 4], [True] * 4).median == 2  # SAS and R would say between 2 and 3
    assert median_lag(list(range(1, 11)), [True] * 10).p90 == 9


def test_on_time_counts_what_fell_due_and_open_ones_late():
    """Ended in time, ended late, open within its time (not counted), open beyond it (late), no deadline (not counted)."""
    got = median_lag([3, 9, 4, 20, 5], [True, True, False, False, True], due=[5, 5, 5, 5, None])
    assert got.on_time == pytest.approx(1 / 3)
    assert median_lag([5, 6], [True, True], due=5).on_time == 0.5  # the last day is in time
    assert np.isnan(median_lag([3], [True]).on_time)


def test_open_cases_are_classed_by_age():
    got = median_lag(pd.Series([7, 8, 15, 100, 3]), pd.Series([False, False, False, False, True]))
    assert got.ageing.to_dict() == {"0–7": 1, "> 7–15": 2, "> 15–30": 0, "> 30–60": 0, "> 60–90": 0, "> 90": 1}
    assert median_lag([1, 5], [False, False], bands=[3]).ageing.to_dict() == {"0–3": 1, "> 3": 1}


def test_no_case_is_no_lag():
    got = median_lag([], [])
    assert (got.n, got.n_open) == (0, 0) and np.isnan([got.median, got.p90, got.on_time]).all()


@pytest.mark.parametrize(("lag", "ended", "arguments", "reason"), [
    ([-1], [True], {}, "not be negative"), ([1], [2], {}, "true or false"), ([None], [True], {}, "lag has missing"), ([1], [None], {}, "ended has missing"),
    ([1, 2], [True], {}, "lengths"), ([1], [True], {"bands": [5, 5]}, "rise"), ([1], [True], {"level": 0}, "level"),
])  # fmt: skip
def test_what_is_no_lag_is_refused(lag, ended, arguments, reason):
    with pytest.raises(ValueError, match=reason):
        median_lag(lag, ended, **arguments)


def test_where_most_end_on_one_day_the_limits_of_the_median_are_that_day():
    """Of 1,000 that end on days 3 to 5, day 4 is the only one that the test does not reject; R's survfit gives 4 and 4 too."""
    lag = median_lag(np.repeat([3, 4, 5], [200, 600, 200]), np.ones(1000, dtype=bool))
    assert (lag.low, lag.median, lag.high) == (4, 4, 4)
