"""Complaints per 10,000 orders: the mart's own figures, units without orders, and nothing where nothing was
handed in."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import country
import pandas as pd
import pytest

from jobs.reports.complaints import COLUMNS, cells, interval_text, lines, newest_year, rate_text, series
from jobs.reports.names import Names
from jobs.reports.wording import inside


@pytest.fixture(scope="module")
def page(site: Path) -> str:
    return (site / "complaints.html").read_text(encoding="utf-8")


def row(complaints: int, orders: int, rate: float | None, low: float | None, high: float | None) -> dict:
    return {
        "n_quality_complaints": complaints,
        "n_without_orders": 0 if orders else complaints,
        "n_orders": orders,
        "rate_per_10000": rate,
        "low": low,
        "high": high,
        "confidential": False,
    }


def test_a_rate_is_shown_with_its_exact_limits_and_no_complaint_as_below_the_upper_one() -> None:
    some, none, unknown = (
        row(12, 10_000, 12.25, 6.2, 20.96),
        row(0, 10_000, 0.0, 0.0, 3.689),
        row(7, 0, None, None, None),
    )
    assert (rate_text(some).en, interval_text(some)) == ("12.3", "6.2–21.0")
    assert (rate_text(none).en, interval_text(none)) == ("below 3.7", "–")
    assert (rate_text(unknown).zh, interval_text(unknown)) == ("未报送订单", "–")


def test_the_headline_is_the_marts_own_figure(page: str) -> None:
    rate = country.tables()["gold.complaint_rate"]
    nation = rate[(rate["dimension_type"] == "nation") & (rate["period_type"] == "year")].iloc[0]
    card = re.search(r'<section class="card complaint">.*?</section>', page, flags=re.S)[0]
    assert (
        f'<p class="big">{rate_text(nation.to_dict()).en}</p>' in card
        and f"{nation['n_quality_complaints']:,}" in card
        and "480,000" in card
    )
    assert "2026年1—6月" in card


def test_a_platform_without_orders_is_listed_and_not_ranked(page: str) -> None:
    line = next(r for r in re.findall(r"<tr>.*?</tr>", page, flags=re.S) if "platforms/P03.html" in r)
    assert line.startswith('<tr><td class="n">–</td>') and "未报送订单" in line


def test_a_platform_without_complaints_is_below_a_limit(page: str) -> None:
    line = next(r for r in re.findall(r"<tr>.*?</tr>", page, flags=re.S) if "platforms/P02.html" in r)
    assert "低于0.2" in line and line.startswith('<tr><td class="n">1</td>')


def test_a_platforms_own_page_says_its_rate_or_that_no_orders_came(site: Path) -> None:
    said = {
        code: (site / "platforms" / f"{code}.html").read_text(encoding="utf-8")
        for code in ("P01", "P02", "P03")
    }
    assert "低于0.2" in said["P02"] and "未报送订单" in said["P03"] and "240,000" in said["P01"]


def test_without_orders_there_is_no_year_to_show() -> None:
    rate = pd.DataFrame(
        [
            {
                "period_type": "year",
                "period_start": date(2026, 1, 1),
                "dimension_type": "nation",
                "dimension_code": "CN",
                **row(5, 0, None, None, None),
            }
        ]
    )
    assert newest_year(rate) is None
    assert newest_year(pd.DataFrame(columns=COLUMNS)) is None


def test_a_unit_with_fewer_than_three_complaints_to_expect_is_listed_unranked_whatever_its_rate() -> None:
    base = {"period_type": "year", "period_start": date(2026, 1, 1), "dimension_type": "platform"}
    rate = pd.DataFrame(
        [
            base | {"dimension_code": "few", **row(2, 299, 66.9, 8.1, 241.6)},
            base | {"dimension_code": "enough", **row(0, 300, 0.0, 0.0, 123.0)},
        ]
    )
    found = lines(rate, "platform", date(2026, 1, 1), Names({"platform": {}}, {}), nation=100.0)
    assert [(x.code, x.compared) for x in found] == [("enough", True), ("few", False)]
    assert list(cells(found, 100.0)[1]) == ["enough"]


def test_a_unit_whose_limits_hold_the_nations_rate_has_no_rank_and_goods_without_a_platform_none() -> None:
    base = {"period_type": "year", "period_start": date(2026, 1, 1), "dimension_type": "platform"}
    rate = pd.DataFrame(
        [
            base | {"dimension_code": "above", **row(300, 10_000, 300.0, 267.0, 336.0)},
            base | {"dimension_code": "alike", **row(100, 10_000, 100.0, 81.4, 121.6)},
            base | {"dimension_code": "below", **row(20, 10_000, 20.0, 12.2, 30.9)},
            base | {"dimension_code": "unknown", **row(0, 10_000, 0.0, 0.0, 3.7)},
        ]
    )
    found = lines(rate, "platform", date(2026, 1, 1), Names({"platform": {}}, {}), nation=100.0)
    assert {x.code: x.rank for x in found} == {"above": 3, "alike": None, "below": 1, "unknown": None}
    assert len(cells(found, 100.0)[1]) == 4  # all of them are drawn


def test_a_units_page_says_its_rank_by_complaints_among_those_of_its_level(site: Path) -> None:
    page = (site / "platforms" / "P02.html").read_text(encoding="utf-8")
    opening = page[page.index('id="verdict"') : page.index('class="cards"')]
    assert "complaint rate per 10,000 orders below 0.2" in opening and "rank 1 of 2" in opening


def test_a_year_whose_december_has_orders_is_whole() -> None:
    base = {"dimension_type": "nation", "dimension_code": "CN", **row(5, 10, 5000.0, 1.0, 9000.0)}
    rate = pd.DataFrame(
        [
            base | {"period_type": "year", "period_start": date(2025, 1, 1)},
            base | {"period_type": "month", "period_start": date(2025, 12, 1)},
        ]
    )
    assert newest_year(rate)[1].zh == newest_year(rate, date(2026, 1, 3))[1].zh == "2025年"
    said = newest_year(rate, date(2025, 12, 1))[1]  # the month has begun: the year has not ended
    assert said == ("2025年（截至12月1日）", "2025 (up to 1 December)")
    assert inside(said) == ("2025年，截至12月1日", "2025, up to 1 December")


def test_a_quarter_is_drawn_at_its_last_month_and_a_period_without_orders_not_at_all() -> None:
    base = {"dimension_type": "nation", "dimension_code": "CN"}
    rate = pd.DataFrame(
        [
            base
            | {"period_type": "quarter", "period_start": date(2026, 1, 1), **row(5, 10, 5000.0, 1.0, 9000.0)},
            base | {"period_type": "month", "period_start": date(2026, 2, 1), **row(5, 0, None, None, None)},
        ]
    )
    assert [(p.window, p.month) for p in series(rate, "nation", "CN")] == [(True, date(2026, 3, 1))]
