"""Open serious signals of the quality index."""

from __future__ import annotations

from datetime import date

import pandas as pd

from jobs.marts.quality_index.scoring import APPLIES
from jobs.marts.quality_index.standards_risk import open_signals
from jobs.marts.quality_index.units import Units

MONTHS = [date(2026, m, 1) for m in (1, 2, 3)]
CATEGORIES = pd.DataFrame({"category_code": ["TY", "TY01", "CL"], "parent_code": [None, "TY", None]})
UNITS = Units.of(
    platform=pd.DataFrame({"platform_code": ["P1"]}),
    region=pd.DataFrame({"region_code": [], "parent_code": [], "level": []}),
    product_category=CATEGORIES,
    industrial_cluster=pd.DataFrame({"cluster_code": [], "region_code": [], "category_codes": []}),
    months=pd.Series(MONTHS),
    due=pd.Series(MONTHS),
)
LISTINGS = pd.DataFrame(
    [(m, "P1", c, n) for m in MONTHS for c, n in (("TY01", 1000), ("CL", 4000))],
    columns=["month", "platform_code", "category_code", "n_listings"],
)


def found(
    *signals: tuple[date, date | None, str | None, bool], news_on: date | None = None
) -> dict[tuple[int, str], float]:
    """``news_on``: of all signals; else the day of the opening."""
    frame = pd.DataFrame(signals, columns=["opened_on", "closed_on", "category_code", "serious"])
    frame["news_on"] = news_on or frame["opened_on"]
    rows = open_signals(LISTINGS, frame, UNITS)
    assert set(rows["dimension_type"]) <= APPLIES["serious_signals"]
    rows = rows[rows["period_type"] == "month"]
    months = [day.month for day in rows["period_start"]]
    return dict(zip(zip(months, rows["dimension_code"], strict=True), rows["value"], strict=True))


def test_a_signal_counts_at_the_end_of_each_month_while_it_is_open():
    values = found((date(2026, 1, 5), date(2026, 3, 2), "TY01", True))
    assert values[1, "TY01"] == values[2, "TY01"] == values[2, "TY"] == 10.0
    assert values[2, "CN"] == 2.0
    assert values[3, "TY01"] == values[2, "CL"] == 0.0


def test_a_signal_counts_from_the_month_in_which_it_was_news():
    values = found((date(2026, 1, 5), None, "TY01", True), news_on=date(2026, 3, 2))
    assert values[1, "TY01"] == values[2, "TY01"] == 0.0 and values[3, "TY01"] == 10.0


def test_a_signal_opened_and_closed_in_one_month_is_open_at_the_end_of_none():
    assert set(found((date(2026, 2, 2), date(2026, 2, 23), "TY01", True)).values()) == {0.0}


def test_a_signal_that_is_not_serious_only_says_that_goods_are_watched():
    values = found((date(2026, 2, 2), None, "TY01", False), (date(2026, 2, 2), None, None, False))
    assert set(values.values()) == {0.0}
    assert {month for month, _ in values} == {2, 3}, "before the first signal nothing was watched"


def test_without_signals_there_is_no_indicator():
    assert found() == {}


def test_more_open_signals_never_mean_less():
    one = found((date(2026, 1, 5), None, "TY01", True))
    two = found((date(2026, 1, 5), None, "TY01", True), (date(2026, 2, 2), None, "CL", True))
    assert all(two[key] >= value for key, value in one.items()) and two[3, "CN"] > one[3, "CN"]
