"""Lags with open ends against published data and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from jobs.methods.survival import median_lag

# Remission of leukaemia (weeks; Freireich et al., Blood 21, 1963; Gehan 1965): under 6-MP, + still in
# remission, and under placebo.
TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def lags(text: str) -> tuple[list[float], list[bool]]:
    return [float(word.rstrip("+")) for word in text.split()], [
        not word.endswith("+") for word in text.split()
    ]


def test_medians_are_the_published_ones():
    treated, placebo = median_lag(*lags(TREATED)), median_lag(*lags(PLACEBO))
    assert (treated.median, placebo.median) == (23, 8)
    assert (placebo.low, placebo.high) == (4, 11)  # as SAS PROC LIFETEST prints them
    assert np.isnan(treated.p90) and placebo.p90 == 17


def test_an_open_case_counts_as_longer_than_its_age():
    assert median_lag([1, 2, 3], [True, True, True]).median == 2
    assert median_lag([1, 2, 3], [True, False, True]).median == 3
    assert np.isnan(median_lag([1, 2, 30], [False, False, False]).median)


def test_the_median_is_where_half_have_ended():
    assert median_lag([1, 2, 3, 4], [True] * 4).median == 2  # SAS and R would say between 2 and 3
    assert median_lag(list(range(1, 11)), [True] * 10).p90 == 9


def test_no_case_is_no_lag():
    assert np.isnan(median_lag([], [])).all()


@pytest.mark.parametrize(
    ("lag", "ended", "level", "reason"),
    [
        ([-1], [True], 0.95, "not be negative"),
        ([None], [True], 0.95, "missing"),
        ([1], [2], 0.95, "true or false"),
        ([1], [None], 0.95, "true or false"),
        ([1, 2], [True], 0.95, "lengths"),
        ([1], [True], 0, "level"),
    ],
)
def test_what_is_no_lag_is_refused(lag, ended, level, reason):
    with pytest.raises(ValueError, match=reason):
        median_lag(lag, ended, level=level)


def test_where_most_end_on_one_day_the_limits_of_the_median_are_that_day():
    """Of 1,000 that end on days 3 to 5, day 4 is the only one that the test does not reject; R's survfit
    gives 4 and 4 too."""
    lag = median_lag(np.repeat([3, 4, 5], [200, 600, 200]), np.ones(1000, dtype=bool))
    assert (lag.low, lag.median, lag.high) == (4, 4, 4)


def test_limits_of_the_ninth_decile_lie_around_it_and_are_missing_where_it_is():
    lag = median_lag(*lags(PLACEBO))
    assert 8 <= lag.p90_low <= 17 <= lag.p90_high
    treated = median_lag(*lags(TREATED))  # fewer than nine tenths have ended
    assert np.isnan([treated.p90, treated.p90_high]).all()
    assert np.isnan(median_lag([], np.array([], dtype=bool))).all()
    lag = median_lag(np.arange(1, 201), np.ones(200, dtype=bool))
    assert lag.p90 == 180 and 165 < lag.p90_low < 180 < lag.p90_high < 192


def test_limits_are_those_of_statsmodels():
    rng, compared = np.random.default_rng(2), 0
    for size in np.repeat([12, 40, 300], 20):
        days, ended = rng.integers(0, 30, size).astype(float), rng.random(size) < 0.8
        lag, curve = median_lag(days, ended), SurvfuncRight(days, ended.astype(int))
        for share, value, limits in ((0.5, lag.median, lag[1:3]), (0.9, lag.p90, lag[4:])):
            with np.errstate(all="ignore"):
                low, high = curve.quantile_ci(share)
            if not np.isnan([low, value]).any():
                assert limits == (min(low, value), max(high, value))
                compared += 1
    assert compared > 90


def test_limits_of_the_ninth_decile_cover_the_true_one():
    """Exponential lags with a tenth of them open: at least 90 % at a nominal 95 %."""
    rng, covered = np.random.default_rng(5), []
    for _ in range(300):
        true = rng.exponential(10, 80)
        open_from = rng.exponential(90, 80)
        lag = median_lag(np.minimum(true, open_from), true <= open_from)
        covered.append(lag.p90_low <= 10 * np.log(10) and not lag.p90_high < 10 * np.log(10))
    assert np.mean(covered) >= 0.9
