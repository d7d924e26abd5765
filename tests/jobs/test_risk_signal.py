"""gold.risk_signal: when a signal opens, what closes it, and what does not make one."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from risk_frames import CALM, FIRST, burst, counts, hazards, nothing, signals, steady, texts, week_of

from jobs.marts.risk import alarms as alarms_of
from jobs.marts.risk.alarms import alarms, exact, history, pairs
from jobs.marts.risk.series import Series, monday, named, pair_code, trailing, week_number
from jobs.methods.multiplicity import adjust
from jobs.methods.surveillance import ears, farrington


def test_a_week_that_its_past_does_not_explain_opens_a_signal_on_the_monday_after():
    found = signals(counts({"A": (burst(20, 20), steady()), "B": (CALM, steady())}))
    assert found[["key_code", "opened_on", "state"]].to_numpy().tolist() == [["A", week_of(21), "open"]]
    assert "ears_c1_complaint" in found["reasons"][0]


def test_more_orders_explain_more_reports():
    orders = steady()
    orders[20] = 6000
    reports = CALM.copy()
    reports[20:24] = [8, 9, 10, 9]  # reports trail their orders evenly over four weeks
    assert signals(counts({"A": (reports, orders)})).empty
    assert len(signals(counts({"A": (reports, steady())}))) == 1


def by_platform(*, missing: slice) -> pd.DataFrame:
    """gold.risk_count of three platforms with a thousand orders and about twenty complaints a week, of
    which P0 files no orders in the weeks ``missing``."""
    rng, weeks = np.random.default_rng(3), 41  # of which no week is an alarm when all is filed
    parts = []
    for platform in ("P0", "P1", "P2"):
        orders, reports = np.full(weeks, 1000), np.append(rng.poisson(20, weeks - 1), 0)
        if platform == "P0":
            orders[missing] = 0
        for stream, values in (("order", orders), ("complaint", reports)):
            rows = {"week": [week_of(n) for n in range(weeks)], "stream": stream, "n": values}
            parts.append(pd.DataFrame(rows).assign(key_code=f"{platform}/CL"))
    rows = pd.concat(parts, ignore_index=True).assign(key_type="platform_category", lag_weeks=0)
    whole = rows[rows["stream"] == "order"].groupby("week", as_index=False)["n"].sum()
    whole = whole.assign(key_type="category", key_code="CL", stream="order", lag_weeks=0)
    table = pd.concat([rows, whole], ignore_index=True).query("n > 0")
    return table.assign(month=[d.replace(day=1) for d in table["week"]])


@pytest.mark.parametrize("missing", [slice(20, 24), slice(36, None)])
def test_complaints_of_weeks_whose_orders_the_platform_has_not_filed_are_no_outbreak(missing: slice):
    assert signals(by_platform(missing=missing)).empty


def brand_by_platform(*, silent_from: int, burst_in: int) -> pd.DataFrame:
    """`by_platform` with P0, a third of all orders, silent from a week on, and a brand sold on all three with
    about twenty complaints a week, 70 in one."""
    rows = by_platform(missing=slice(silent_from, None))
    rows = rows[(rows["key_type"] == "category") | (rows["stream"] == "order")]
    weeks = [week_of(n) for n in range(41)]
    orders = [2000 if n >= silent_from else 3000 for n in range(41)]
    reports = [*np.random.default_rng(4).poisson(20, 40), 0]
    reports[burst_in] = 70
    brand = [
        pd.DataFrame({"week": weeks, "stream": stream, "n": values})
        for stream, values in (("order", orders), ("complaint", reports))
    ]
    own = pd.concat(brand).assign(key_type="brand", key_code="A", lag_weeks=0)
    return pd.concat([rows, own.assign(month=[d.replace(day=1) for d in own["week"]])], ignore_index=True)


@pytest.mark.parametrize(("silent_from", "found"), [(41, ["A"]), (29, []), (28, ["A"])])
def test_a_brands_weeks_count_again_once_a_silent_platform_has_been_gone_for_eight_weeks(silent_from, found):
    """While it may file late, its orders are missing from what the brand's complaints are counted against;
    of the four weeks that reports trail their orders two must be whole."""
    signal = signals(brand_by_platform(silent_from=silent_from, burst_in=37))
    assert signal["key_code"].tolist() == found


def test_an_outbreak_after_a_gap_in_the_filing_is_still_found():
    rows = by_platform(missing=slice(20, 24))
    mine = (rows["key_code"] == "P0/CL") & (rows["stream"] == "complaint") & (rows["week"] == week_of(33))
    found = signals(rows.assign(n=rows["n"].mask(mine, 70)))
    assert found["key_code"].tolist() == ["P0/CL"] and found["opened_on"].tolist() == [week_of(34)]


def test_reports_that_come_in_after_the_newest_orders_are_no_outbreak():
    """Texts of complaints are there day by day, orders a month at a time."""
    rows = counts({"A": (CALM * 5, steady()), "B": (CALM * 5, steady())})
    late = rows[(rows["stream"] != "order") | (rows["week"] < week_of(len(CALM) - 3))]
    texts = [
        {"week": week_of(n), "category_code": "CL", "hazard_code": "burns", "stream": "text", "n": 5}
        for n in range(len(CALM) + 1)
    ]
    named = pd.DataFrame(texts).assign(n_home=5, n_judged=1000, n_random=0, n_random_judged=0)
    assert signals(late, hazard_count=named).empty


def test_reports_trail_orders_as_returns_say():
    rows = pd.DataFrame(
        {"key_type": "category", "stream": "return", "lag_weeks": [0, 1, 1, 3], "n": [10, 20, 5, 5]}
    )
    assert trailing(rows).tolist() == [0.25, 0.625, 0, 0.125, 0, 0, 0, 0, 0]
    assert trailing(rows.assign(n=1)).tolist() == [0.25] * 4, "four returns say nothing"


def test_fewer_than_five_reports_in_four_weeks_make_no_signal():
    rare = np.zeros(32, int)
    rare[[1, 9, 20]] = [1, 1, 4]
    assert signals(counts({"A": (rare, steady())})).empty
    rare[20] = 6
    assert len(signals(counts({"A": (rare, steady())}))) == 1


def test_many_tests_of_a_week_raise_the_bar():
    alone = {"A": (burst(20, 11), steady())}
    many = alone | {f"B{i:03}": (CALM, steady()) for i in range(300)}
    assert len(signals(counts(alone))) == 1
    assert signals(counts(many)).empty


def test_what_is_left_out_beforehand_changes_no_alarm():
    """All of EARS' tests judged, and their p adjusted week by week, give the alarms of the short way."""
    rng = np.random.default_rng(5)
    reports = rng.poisson(6, (25, 40)).astype(float)
    reports[3, 30], reports[7, 25:28] = 25, 18
    keys = pd.DataFrame({"key_type": "brand", "key_code": [f"{i:02}" for i in range(25)], "stream": "review"})
    series = Series(keys, FIRST, reports, np.full(reports.shape, 100.0), np.zeros(25, np.int64))
    slow = set()
    every = {m: exact(reports, series.exposure, m)[2] for m in ("C1", "C2", "C3")}
    judged = {
        (m, i): ears(reports[i], method=m, exposure=series.exposure[i]) for m in every for i in range(25)
    }
    for week in range(40):
        tests = [
            (m, i)
            for m in every
            for i in range(25)
            if week >= history(m) and reports[i, max(week - 3, 0) : week + 1].sum() >= 5
        ]
        if not tests:
            continue
        p = [max(every[m][i, week], judged[m, i]["p"].fillna(0)[week]) for m, i in tests]
        for (m, i), adjusted in zip(tests, np.asarray(adjust(p)), strict=True):
            if adjusted <= 0.05 and judged[m, i]["alarm"][week]:
                slow.add((f"{i:02}", f"ears_{m.lower()}", FIRST + week))
    found = alarms(series)
    assert slow == set(zip(found["key_code"], found["method"], found["week"], strict=True))
    assert {"03", "07"} <= {key for key, _, _ in slow}


def long_series() -> Series:
    """220 weeks: even, falling by season, falling at once and rising series with planted outbreaks."""
    rng, weeks = np.random.default_rng(8), np.arange(220)
    season = 1 + 0.6 * np.sin(2 * np.pi * weeks / 52)
    means = [20 + 0 * weeks, 30 * season, 60 * np.exp(-weeks / 60), 40 * season * np.exp(-weeks / 90)]
    means += [np.where(weeks < 104, 20, 5), 3 + weeks / 20, 1.5 + 0 * weeks]
    reports = rng.poisson(np.array(means)).astype(float)
    reports[:, 212] += np.ceil(2 * reports[:, 190:210].mean(axis=1))
    reports[4, 206:210] = 15, 16, 15, 17
    keys = pd.DataFrame({"key_type": "brand", "key_code": list("ABCDEFG"), "stream": "review"})
    return Series(keys, FIRST, reports, np.full(reports.shape, 1000.0), np.zeros(7, np.int64))


@pytest.mark.slow  # quick: the test after, of single weeks
def test_after_three_years_each_week_is_judged_by_farrington_and_nothing_is_left_out():
    """All of Farrington's tests, their p adjusted week by week, give the alarms."""
    series, slow = long_series(), set()
    for week in range(159, 220):
        tests = [i for i in range(7) if series.counts[i, week - 3 : week + 1].sum() >= 5]
        cut = slice(week - (week - 3) // 52 * 52 - 3, week + 1)
        judged = [
            farrington(
                series.counts[i, cut],
                years=(week - 3) // 52,
                half_window=3,
                offset=np.log(series.exposure[i, cut]),
            ).iloc[-1]
            for i in tests
        ]
        adjusted = np.asarray(adjust([float(row["p"]) for row in judged]))
        slow |= {
            ("ABCDEFG"[i], FIRST + week)
            for i, row, p in zip(tests, judged, adjusted, strict=True)
            if row["alarm"] and p <= 0.05
        }
    found = alarms(series)
    found = found[found["method"] == "farrington"]
    assert slow == set(zip(found["key_code"], found["week"], strict=True))
    assert {("E", FIRST + week) for week in range(206, 210)} <= slow
    assert {key for key, week in slow if week == FIRST + 212} >= set("BC")


def test_the_order_of_rows_changes_nothing():
    rows = counts({"A": (burst(20, 20), steady()), "B": (burst(11, 25), steady())})
    pd.testing.assert_frame_equal(signals(rows), signals(rows.sample(frac=1, random_state=1)))


def test_a_signal_is_replayed_alike_when_weeks_follow():
    long = {"A": (burst(20, 20, 30), steady(weeks=30))}
    longer = {"A": (burst(20, 20, 31), steady(weeks=31))}
    assert signals(counts(long)).iloc[0].equals(signals(counts(longer)).iloc[0])


def test_no_orders_and_no_reports_make_an_empty_table():
    assert signals(counts({"A": (CALM, steady())}).iloc[:0]).empty


def test_three_years_of_history_are_judged_by_season():
    season = np.tile(np.where(np.arange(52) % 52 < 6, 40, 5), 4)[:190]
    found = signals(counts({"A": (season, steady(weeks=190))}))
    late = found[found["opened_on"] > week_of(170)]
    assert late.empty, "the peak of every year is no signal after three of them"
    assert len(found), "the first peak cannot be known"
    season[180] = 40
    again = signals(counts({"A": (season, steady(weeks=190))}))
    assert again["opened_on"].max() == week_of(181)
    assert again["reasons"].iloc[-1].count("farrington_complaint") == 1


def test_alerts_that_name_a_pair_more_than_others_explain_open_a_signal_with_the_hazard_s_severity():
    rows = [(w, c, h, "alert", 4) for w in range(30) for c in "XYZUV" for h in ("fire", "cuts")]
    few = [(w, "Y", "choking", "alert", 0) for w in range(30)]
    rows += few + [(w, "X", "choking", "alert", 6) for w in range(30)]
    severity = pd.DataFrame({"hazard_code": ["choking", "fire", "cuts"], "severity": [3, 4, 2]})
    found = signals(counts({"A": (CALM, steady())}), hazard_count=hazards(rows), hazard=severity)
    gps = found[[any(r.startswith("gps") for r in reasons) for reasons in found["reasons"]]]
    assert gps["key_code"].unique().tolist() == ["X/choking"]
    assert (gps["severity"] == 3).all() and (gps["eb05"] > 2).all()
    assert gps[["news", "serious"]].to_numpy().tolist() == [["first", True], ["usual", False]]


@pytest.mark.parametrize("hazard", ["adulteration and fraud", "adulteration / fraud", "gmo / novel food"])
def test_a_stroke_in_a_feeds_own_words_makes_no_pair(hazard: str) -> None:
    """Counts that are nearly even over four categories are no signal, with any words."""
    categories = ("honey", "other food product / mixed", "nuts", "fish")
    rows = [
        (w, c, hazard, "alert", n) for w in range(30) for c, n in zip(categories, (4, 5, 4, 5), strict=True)
    ]
    rows += [(w, c, "migration", "alert", 9) for w in range(30) for c in categories]
    assert signals(counts({"A": (CALM, steady())}), hazard_count=hazards(rows)).empty


@pytest.mark.slow  # quick: alerts that name a pair, without spaces
def test_a_signal_has_category_and_hazard_as_they_were_written() -> None:
    words = ("other food product / mixed", "adulteration / fraud")
    rows = [(w, c, h, "alert", 4) for w in range(30) for c in "XYZUV" for h in ("fire", "cuts")]
    rows += [(w, "Y", words[1], "alert", 0) for w in range(30)] + [(w, *words, "alert", 6) for w in range(30)]
    found = signals(counts({"A": (CALM, steady())}), hazard_count=hazards(rows))
    mine = found[found["hazard_code"] == words[1]]
    assert set(zip(mine["category_code"], mine["hazard_code"], strict=True)) == {words}


def test_two_pairs_never_share_a_key() -> None:
    pairs_ = [("a/b", "c"), ("a", "b/c"), ("a\\", "/c"), ("a\\/", "c"), ("a", "/c"), ("a/", "c")]
    assert pair_code(*(pd.Series(part) for part in zip(*pairs_, strict=True))).is_unique


@pytest.mark.parametrize(
    "every", [FIRST + 79, pytest.param(alarms_of.PAIR_EVERY, marks=pytest.mark.slow)], ids=["once", "all"]
)
def test_pairs_are_counted_over_a_year(monkeypatch, every: int):
    """Looked at once, in the last week, and once a quarter."""
    monkeypatch.setattr(alarms_of, "PAIR_EVERY", every)
    rows = [(w, c, h, "alert", 4) for w in range(80) for c in "XYZUV" for h in ("fire", "cuts")]
    rows += [(w, "Y", "choking", "alert", 0) for w in range(80)]
    rows += [(w, "X", "choking", "alert", 6) for w in range(80)]
    found = pairs(named(hazards(rows), FIRST + 79), ("alert",))
    assert set(found["key_code"]) == {"X/choking"} and found["n"].max() == 52 * 6


def test_weeks_are_mondays():
    days = pd.Series([monday(FIRST), monday(FIRST) + timedelta(days=6), monday(FIRST) + timedelta(days=7)])
    assert week_number(days).tolist() == [FIRST, FIRST, FIRST + 1]
    assert monday(FIRST).weekday() == 0


def test_a_hazard_that_more_texts_name_opens_a_signal_unless_there_are_more_texts() -> None:
    usual, worse = [6] * 40, [6] * 36 + [30, 30, 30, 30]
    many = [500] * 36 + [2500] * 4
    nothing_sold = nothing("risk_count")
    found = signals(nothing_sold, hazard_count=texts(worse, [500] * 40))
    assert found["key_code"].tolist() == ["TY/fire"]
    assert any(reason.endswith("_text") for reason in found["reasons"].iloc[0])
    assert signals(nothing_sold, hazard_count=texts(worse, many)).empty
    assert signals(nothing_sold, hazard_count=texts(usual, [500] * 40)).empty
