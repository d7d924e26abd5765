"""EARS and Farrington against R's surveillance; Farrington also against the method written out anew."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from jobs.methods import surveillance


@pytest.fixture(scope="module")
def newport(shared) -> pd.Series:
    """Salmonella Newport, Germany, by week 2004 to 2014."""
    return pd.read_csv(shared / "anchors/surv_ears/input.csv").set_index("t").observed


@pytest.mark.parametrize(
    ("block", "arguments"),
    [
        ("C1_default", {}),
        ("C2_default", {"method": "C2"}),
        ("C3_default", {"method": "C3"}),
        ("C1_alpha05", {"alpha": 0.05}),
    ],
)
def test_ears_thresholds_and_alarms_are_those_of_the_reference(shared, newport, block, arguments):
    expected = json.loads((shared / "anchors/surv_ears/expected.json").read_text())
    first, last = expected["range_t"]
    got = surveillance.ears(newport, **arguments).loc[first:last]
    assert got.threshold.to_numpy() == pytest.approx(expected[block]["upperbound"], rel=1e-6, abs=1e-8)
    assert got.index[got.alarm].tolist() == expected[block]["alarm_t"]
    assert (got.alarm == (got.p < expected[block]["alpha"])).all()


@pytest.fixture(scope="module")
def by_r() -> pd.DataFrame:
    """Weekly counts drawn for this test (negative binomial with a season, a trend and two outbreaks), with
    the limits of R 4.2's surveillance 1.20.3: `earsC` with a baseline of 7; `farrington` and
    `farringtonFlexible` with four years, half a window of 3, alpha 0.01 (the latter with weightsThreshold
    2.58, pThresholdTrend 1, ten periods, nbPlugin)."""
    return pd.read_csv(Path(__file__).with_name("weekly_counts_by_r.csv"))


@pytest.mark.parametrize("method", ["C1", "C2", "C3"])
def test_ears_limits_are_those_of_rs_surveillance_week_by_week(by_r, method):
    got = surveillance.ears(by_r["count"], method=method)["threshold"]
    assert got.to_numpy() == pytest.approx(by_r[method.lower()].to_numpy(), abs=2e-6, nan_ok=True)


@pytest.mark.parametrize(("flexible", "column"), [(False, "farrington_1996"), (True, "noufaily_2013")])
def test_farrington_limits_and_alarms_are_those_of_rs_surveillance_week_by_week(by_r, flexible, column):
    got = surveillance.farrington(by_r["count"], years=4, flexible=flexible)
    there = by_r[column].notna()  # R's rests on 8 places of the deviance, ours on 10
    assert there.sum() > 75 and got.threshold[there].to_numpy() == pytest.approx(
        by_r[column][there], rel=1e-4
    )
    alarms = by_r["alarm_2013" if flexible else "alarm_1996"] == 1
    assert (got.alarm == alarms).all() and alarms.sum() >= 2


def test_the_expected_counts_of_the_flexible_method_are_those_of_rs_surveillance(by_r):
    got = surveillance.farrington(by_r["count"], years=4)
    there = by_r["expected_2013"].notna()
    assert got.expected[there].to_numpy() == pytest.approx(by_r["expected_2013"][there], rel=1e-4)


@pytest.mark.parametrize(("method", "needed"), [("C1", 7), ("C2", 9), ("C3", 11)])
def test_without_enough_history_there_is_neither_threshold_nor_alarm(method, needed):
    got = surveillance.ears([1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 99], method=method)
    assert got.threshold.isna().sum() == needed and not got.alarm[:needed].any()
    assert len(surveillance.ears([1, 2], method=method)) == 2


def test_a_missing_week_silences_those_that_need_it():
    counts = pd.Series([1.0, 2, 1, 2, 1, 2, 1, np.nan, 50, 1, 2, 1, 2, 1, 2, 50])
    got = surveillance.ears(counts)
    assert got.threshold.isna().tolist() == [True] * 7 + [False] + [True] * 7 + [False]
    assert got.alarm.tolist() == [False] * 15 + [False]  # the 50 of week 8 is in the baseline of week 15
    assert not surveillance.ears(counts).alarm[7]


def test_a_flat_baseline_alarms_at_anything_above():
    got = surveillance.ears([2] * 8 + [3])
    assert got.threshold[7] == 2 and not got.alarm[7] and got.p[7] == 1
    assert got.threshold[8] == 2 and got.alarm[8] and got.p[8] == 0


def test_twice_the_orders_and_twice_the_reports_are_no_signal():
    counts = np.array([4, 5, 6, 5, 4, 5, 6, 5, 11, 10])
    orders = np.array([1, 1, 1, 1, 1, 1, 1, 1, 2, 2]) * 1e6
    assert surveillance.ears(counts).alarm[8]
    scaled = surveillance.ears(counts, exposure=orders)
    assert not scaled.alarm[8]
    assert scaled.threshold[8] == pytest.approx(
        2 * surveillance.ears([4, 5, 6, 5, 4, 5, 6, 5, 5, 5]).threshold[8]
    )


def regression(
    y: np.ndarray, design: np.ndarray, shift: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Poisson coefficients by maximising the weighted likelihood, covariance without and dispersion."""
    found = optimize.minimize(
        lambda b: -(weight * (y * (design @ b + shift) - np.exp(design @ b + shift))).sum(),
        np.append(np.log(y.mean()), np.zeros(design.shape[1] - 1)),
        jac=lambda b: -design.T @ (weight * (y - np.exp(design @ b + shift))),
        method="BFGS",
        options={"gtol": 1e-9},
    )
    mu = np.exp(design @ found.x + shift)
    for _ in range(5):  # Newton to rounding
        found.x = found.x + np.linalg.solve(design.T * (weight * mu) @ design, design.T @ (weight * (y - mu)))
        mu = np.exp(design @ found.x + shift)
    return (
        found.x,
        np.linalg.inv(design.T * (weight * mu) @ design),
        (weight * (y - mu) ** 2 / mu).sum() / (len(y) - design.shape[1]),
    )


def twice(
    y: np.ndarray, design: np.ndarray, shift: np.ndarray, limit: float
) -> tuple[np.ndarray, np.ndarray, float]:
    b, covariance, phi = regression(y, design, shift, np.ones(len(y)))
    mu = np.exp(design @ b + shift)
    hat = mu * np.diag(design @ covariance @ design.T)
    s = 1.5 * (y ** (2 / 3) * mu ** (-1 / 6) - np.sqrt(mu)) / np.sqrt(max(phi, 1) * (1 - hat))
    weight = np.where(s > limit, 1 / s**2, 1.0)
    return regression(y, design, shift, weight * len(y) / weight.sum())


def latest(counts: pd.Series, week: int, **arguments: bool) -> pd.Series:
    """The row of one week; it needs 5 years and 3 weeks before it, no more."""
    return surveillance.farrington(counts.iloc[week - 263 : week + 1], **arguments).iloc[-1]


@pytest.mark.parametrize("week", [300, 410, 500])
def test_the_method_of_1996_is_a_reweighted_regression_on_the_same_weeks(newport, week):
    count = newport.to_numpy(float)
    past = np.concatenate([np.arange(week - 52 * year - 3, week - 52 * year + 4) for year in range(5, 0, -1)])
    y, shift = count[past], np.zeros(35)
    design = np.column_stack([np.ones(35), past - week])
    b, covariance, phi = twice(y, design, shift, 1.0)
    significant = 2 * stats.t.sf(abs(b[1]) / np.sqrt(covariance[1, 1] * phi), 33) < 0.05
    if not significant or np.exp(b[0]) > y.max():
        b, covariance, phi = twice(y, design[:, :1], shift, 1.0)
    mu, phi = np.exp(b[0]), max(phi, 1)
    spread = np.sqrt(4 / 9 * mu ** (1 / 3) * (phi + mu * covariance[0, 0] * phi))
    got = latest(newport, week, flexible=False)
    assert got.expected == pytest.approx(mu, rel=1e-6)
    assert got.threshold == pytest.approx((mu ** (2 / 3) + stats.norm.ppf(0.995) * spread) ** 1.5, rel=1e-6)
    assert got.p == pytest.approx(stats.norm.sf((count[week] ** (2 / 3) - mu ** (2 / 3)) / spread), rel=1e-5)


@pytest.mark.parametrize("week", [300, 410])
def test_the_method_of_2013_uses_all_weeks_but_the_last_26_in_ten_seasons(newport, week):
    count = newport.to_numpy(float)
    season = {}
    for year in range(1, 6):
        centre = week - 52 * year
        season |= dict.fromkeys(range(centre - 3, centre + 4), 0)
        season |= {centre + 4 + step: 1 + step // 5 for step in range(45)}
    past = np.array(sorted(t for t in season if t < week - 26))
    y, own = count[past], np.array([season[t] for t in past])
    design = np.column_stack(
        [np.ones(len(y)), (past - week) / 100, *(own == group for group in range(1, 10))]
    ).astype(float)
    b, _, phi = twice(y, design, np.zeros(len(y)), 2.58)
    if np.exp(b[0]) > y.max():
        b, _, phi = twice(y, np.delete(design, 1, axis=1), np.zeros(len(y)), 2.58)
    mu = np.exp(b[0])
    law = stats.nbinom(mu / (phi - 1), 1 / phi) if phi > 1 else stats.poisson(mu)
    got = latest(newport, week)
    assert got.expected == pytest.approx(mu, rel=1e-6)
    assert got.threshold == law.ppf(0.99)
    assert got.p == pytest.approx(law.sf(count[week] - 1), rel=1e-5)


@pytest.mark.parametrize("flexible", [True, False])
def test_the_outbreak_of_2011_is_found_and_no_week_before_it(newport, flexible):
    got = surveillance.farrington(newport.iloc[:412], flexible=flexible)
    assert {410, 411, 412} <= set(got.index[got.alarm]) <= {409, 410, 411, 412}


def history(weeks: int, level: float = 6.0) -> np.ndarray:
    return np.random.default_rng(5).poisson(level, weeks)


def test_rows_without_history_are_empty_and_few_reports_make_no_alarm():
    counts = np.zeros(300)
    counts[[280, 290, 291, 299]] = [1, 4, 0, 6]
    for flexible in (True, False):
        got = surveillance.farrington(counts, flexible=flexible)
        assert (
            got.iloc[:263][["expected", "threshold", "p"]].isna().all(axis=None) and not got.alarm[:263].any()
        )
        assert got.threshold[263:].notna().all()
        assert got.alarm.to_numpy().nonzero()[0].tolist() == [299]  # 1 and 4 are fewer than 5 in 4 weeks


@pytest.mark.parametrize("flexible", [True, False])
@pytest.mark.parametrize("past", [0.0, 2.0])
def test_a_week_whose_count_is_missing_has_no_p(flexible, past):
    counts = np.full(266, past)
    counts[-3:] = [0, np.nan, 6]
    got = surveillance.farrington(counts, flexible=flexible).iloc[-3:]
    assert got.p.isna().tolist() == [False, True, False] and got.threshold.notna().all()
    assert got.p.iloc[0] > 0.05 > got.p.iloc[2] and not got.alarm.iloc[1]


def test_orders_in_the_offset_explain_more_reports():
    orders = np.where(np.arange(320) < 319, 1e6, 3e6)
    counts = history(320)
    counts[319] = 20
    plain, explained = (
        surveillance.farrington(counts, offset=offset, trend=False).iloc[319]
        for offset in (None, np.log(orders))
    )
    assert plain.alarm and not explained.alarm
    assert explained.expected == pytest.approx(3 * plain.expected, rel=1e-6)
    moved = surveillance.farrington(counts, offset=np.log(orders) + 5, trend=False).iloc[319]
    assert moved.threshold == explained.threshold


def test_trend_may_be_left_out_and_other_periods_are_allowed():
    falling = np.random.default_rng(2).poisson(np.linspace(60, 12, 72))
    with_trend, without = (
        surveillance.farrington(falling, period=12, years=4, half_window=1, flexible=False, trend=t).iloc[-1]
        for t in (True, False)
    )
    assert with_trend.expected < without.expected
    gap = falling.astype(float)
    gap[40] = np.nan
    assert (
        surveillance.farrington(gap, period=12, years=4, half_window=1, flexible=False).expected.notna().sum()
        == 72 - 49
    )


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: surveillance.ears([-1] * 9), "negative"),
        (lambda: surveillance.ears([1] * 9, baseline=2), "baseline"),
        (lambda: surveillance.ears([1] * 9, method="C4"), "known are"),
        (lambda: surveillance.ears([1] * 9, exposure=[0] * 9), "positive"),
        (lambda: surveillance.ears([1] * 9, alpha=0), "alpha"),
        (lambda: surveillance.farrington([-1]), "negative"),
        (lambda: surveillance.farrington([1], offset=[None]), "offset"),
        (lambda: surveillance.farrington([1], alpha=1), "alpha"),
        (lambda: surveillance.farrington([1], period=12), "windows within"),
        (lambda: surveillance.farrington([1], years=0), "whole numbers"),
    ],
)
def test_series_that_cannot_be_watched_are_refused(call, reason):
    with pytest.raises(ValueError, match=reason):
        call()


def test_no_method_imports_all_of_statsmodels():
    """It takes a second, in each of a night's processes that counts something."""
    code = (
        "import importlib, json, pkgutil, sys, jobs.methods as m\n"
        "for one in pkgutil.iter_modules(m.__path__): importlib.import_module(f'jobs.methods.{one.name}')\n"
        "print(json.dumps([name for name in sys.modules if name.startswith('statsmodels.')]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout)
    assert "statsmodels.stats.proportion" in loaded and "statsmodels.api" not in loaded


@pytest.mark.parametrize("trend", [True, False])
def test_regressions_are_those_of_statsmodels(trend: bool):
    from statsmodels.api import GLM, families

    rng = np.random.default_rng(11)
    for size in (0.3, 2.0, 40.0):
        exposure = rng.uniform(500, 2000, 200)
        y = rng.poisson(size * exposure / 1000 * (1 + np.arange(200) / 150)).astype(float)
        seasons = (np.arange(200)[:, None] % 10 == np.arange(1, 10)).astype(float)
        design = np.column_stack([np.ones(200), seasons, *([np.arange(-200, 0) / 52] if trend else [])])
        weight = rng.uniform(0.1, 1, 200)
        weight *= 200 / weight.sum()
        theirs = GLM(y, design, family=families.Poisson(), offset=np.log(exposure), var_weights=weight)
        there = theirs.fit(scale="X2", tol=1e-10, maxiter=100)
        mine = surveillance._regression(y, design, np.log(exposure), weight)
        assert mine.params == pytest.approx(there.params, rel=1e-7, abs=1e-9)
        assert mine.fitted == pytest.approx(there.fittedvalues, rel=1e-7)
        assert mine.scale == pytest.approx(there.scale, rel=1e-7)
        assert mine.free == there.df_resid
        assert mine.covariance == pytest.approx(there.normalized_cov_params, rel=1e-5, abs=1e-12)


def test_the_last_week_alone_has_the_figures_of_the_whole_table(by_r):
    counts = by_r["count"].to_numpy(float)[:230]
    offset = np.linspace(6, 7, len(counts))
    whole = surveillance.farrington(counts, years=4, offset=offset).iloc[-1]
    alone = surveillance.farrington_last(counts, offset, years=4)
    assert alone == pytest.approx(tuple(whole[["expected", "threshold", "p"]].astype(float)), rel=1e-12)
