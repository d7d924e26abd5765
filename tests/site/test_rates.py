"""gold.detection_rate as pages ask for it: which window is shown, which rows are provisional, which year
pairs are read by."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import country
import pandas as pd
import pytest
from reading_pages import text_of

from jobs.lake.night import Snapshot
from jobs.lake.tables import Lake
from jobs.publish.periods import span
from jobs.publish.public_tables import PUBLIC_TABLES
from jobs.reports.failing import failing
from jobs.reports.figures import covered_text, quarter_text, window_text
from jobs.reports.gathered import Gathered, gather
from jobs.reports.numbers import percent
from jobs.reports.pages import morning
from jobs.reports.pages.trade import running_month
from jobs.reports.pages.unit import blocks
from jobs.reports.pages.verdict import known_window
from jobs.reports.rates import Rates, Window, until, windows
from jobs.reports.standards import failures
from jobs.reports.wording import Text, same

JANUARY = {year: date(year, 1, 1) for year in (2024, 2025, 2026)}


def periods(*rows: tuple[str, date]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["period_type", "period_start"])


@pytest.mark.parametrize(("given", "current", "year"), [
    ([], None, None),
    ([("all", date(1900, 1, 1))], None, None),
    # Six months: the newest year stands for all, and says that it is not whole.
    ([("month", date(2026, 3, 1)), ("year", JANUARY[2026])],
     Window("year", JANUARY[2026], False), Window("year", JANUARY[2026], False)),
    # Twelve months across two years: neither year is whole.
    ([("rolling12", date(2025, 7, 1)), ("year", JANUARY[2025]), ("year", JANUARY[2026])],
     Window("rolling12", date(2025, 7, 1)), Window("year", JANUARY[2026], False)),
    # 2025 is whole, 2026 has only begun.
    ([*(("year", JANUARY[y]) for y in (2025, 2026)), *(("rolling12", date(2025, m, 1)) for m in (1, 2, 3))],
     Window("rolling12", date(2025, 3, 1)), Window("year", JANUARY[2025])),
])  # fmt: skip
def test_units_are_shown_by_the_newest_twelve_months_and_pairs_by_the_newest_whole_year(given, current, year):
    assert windows(periods(*given)) == (current, year)


def test_a_window_says_which_months_it_holds_and_whether_it_is_whole():
    assert window_text(None) is None
    assert window_text(Window("rolling12", date(2025, 7, 1))).en == "July 2025 to June 2026"
    assert window_text(Window("year", JANUARY[2025])).zh == "2025年"
    assert window_text(Window("year", JANUARY[2026], False)).en == "2026 (fewer than twelve months of data)"


@pytest.mark.parametrize(("kind", "months", "zh", "en"), [
    ("year", 6, "2026（12个月中有6个月的数据）", "2026 (6 of 12 months in the data)"),
    ("quarter", 2, "2026（3个月中有2个月的数据）", "2026 (2 of 3 months in the data)"),
    ("year", 12, "2026", "2026"),
    ("all", 6, "2026", "2026"),  # as long as the data are
    ("year", None, "2026", "2026"),  # an older version of the table lacks it
])  # fmt: skip
def test_a_period_that_is_not_whole_says_how_many_of_its_months_lie_in_the_data(kind, months, zh, en):
    row = {"period_type": kind, "months_covered": months}
    assert covered_text(same("2026"), row) == Text(zh, en)
    window = Window("year", JANUARY[2026], False)
    if kind == "year" and months == 6:
        assert window_text(window, row).en == en


@pytest.mark.parametrize(("kind", "start", "months", "through", "zh", "en"), [
    # December has one day of data, which makes it a month of them.
    ("year", JANUARY[2026], 12, date(2026, 12, 1), "2026（截至12月1日）", "2026 (up to 1 December)"),
    ("year", JANUARY[2026], 12, date(2026, 12, 31), "2026", "2026"),
    ("quarter", date(2026, 4, 1), 3, date(2026, 6, 2), "2026（截至6月2日）", "2026 (up to 2 June)"),
    ("quarter", date(2026, 4, 1), 3, date(2026, 6, 30), "2026", "2026"),
    ("quarter", date(2026, 4, 1), 2, date(2026, 5, 9), "2026（3个月中有2个月的数据，截至5月9日）",
     "2026 (2 of 3 months in the data, up to 9 May)"),
    ("quarter", date(2026, 4, 1), 2, date(2026, 5, 31), "2026（3个月中有2个月的数据）",
     "2026 (2 of 3 months in the data)"),
    ("all", date(1900, 1, 1), 30, date(2026, 6, 2), "2026", "2026"),
])  # fmt: skip
def test_a_period_that_has_not_ended_says_up_to_which_day_there_are_data(
    kind: str, start: date, months: int, through: date, zh: str, en: str
) -> None:
    row = {"period_type": kind, "months_covered": months, "until": until(kind, start, through)}
    assert covered_text(same("2026"), row) == Text(zh, en)


def test_twelve_months_of_which_the_last_has_one_day_of_data_are_not_said_to_be_whole() -> None:
    given = periods(("rolling12", JANUARY[2026]), ("year", JANUARY[2026]))
    current, year = windows(given, date(2026, 12, 1))
    assert window_text(current) == Text(
        "2026年1月至2026年12月（截至12月1日）", "January 2026 to December 2026 (up to 1 December)"
    )
    assert window_text(year) == Text("2026年（截至12月1日）", "2026 (up to 1 December)")
    current, year = windows(given, date(2026, 12, 31))
    assert current == Window("rolling12", JANUARY[2026]) and year == Window("year", JANUARY[2026])


@pytest.mark.parametrize(("through", "newest"), [(30, date(2026, 4, 1)), (29, date(2026, 1, 1))])
def test_the_latest_complete_quarter_is_one_that_the_data_reach_the_end_of(
    known: Gathered, through: int, newest: date
) -> None:
    """Both quarters have all three months in the data, which a month has by one day."""
    rows = country.tables()["gold.detection_rate"].assign(months_covered=3)
    at = replace(known, rates=Rates(rows, country.DAY, date(2026, 6, through)))
    shown = blocks(at, "nation", "CN", same("x"))[0].quarter
    assert shown is not None and shown[0] == quarter_text(newest)


def test_the_running_year_says_how_many_months_it_covers_on_the_first_page_and_on_a_unit_s(html):
    rows = country.tables()["gold.detection_rate"]
    year = rows[(rows["period_type"] == "year") & (rows["period_start"] == JANUARY[2026])]
    nation = year[(year["dimension_type"] == "nation") & (year["design"] == "probability")]
    [months] = set(nation["months_covered"])
    assert 0 < months < 12
    for page in ("index.html", "platforms/P01.html"):
        tables = re.findall(r"<table>.*?</table>", html[page], re.S)
        of_rates = [t for t in tables if ">Period<" in t and ">Violation rate<" in t]
        said = [text_of(h) for t in of_rates for h in re.findall(r'<th scope="row">(.*?)</th>', t)]
        assert any(f"2026年（12个月中有{months}个月的数据" in text for text in said), page
        assert any(f"2026 ({months} of 12 months in the data" in text for text in said), page
        assert not any(re.fullmatch(r"\s*2026年?\s*(2026)?\s*", text) for text in said), page


def test_every_source_line_leads_to_how_to_cite(html):
    for name, page in html.items():
        for line in re.findall(r'<p class="source">.*?</p>', page, re.S):
            assert "about.html#cite" in line or "Source table" not in line, name
    entry = html["about.html"].split('id="cite"')[1].split("</dd>")[0]
    assert str(country.DAY) in entry and "运行日期" in entry and "run date" in entry


@pytest.mark.parametrize(("until", "provisional"), [
    (None, False), (country.DAY, True), (country.DAY - timedelta(days=1), False), (date(9999, 12, 31), True),
])  # fmt: skip
def test_a_row_is_provisional_up_to_its_day(until: date | None, provisional: bool):
    rows = country.tables()["gold.detection_rate"]
    nation = rows[(rows["dimension_type"] == "nation") & (rows["design"] == "probability")]
    found = Rates(nation.assign(provisional_until=until), country.DAY).newest("nation", "CN", "probability")
    assert found is not None and found["provisional"] is provisional and found["period_type"] == "rolling12"
    published = next(table for table in PUBLIC_TABLES if table.name == "detection_rates")
    year = nation[nation["period_type"] == "year"].assign(provisional_until=until)
    night = Snapshot(Lake(Path("unread")), "r", "nightly", country.DAY, {})
    bundled = published.rows(night, year, span(str(year["period_start"].iloc[-1].year)))
    assert len(bundled) and (bundled["provisional"] == provisional).all()


def test_the_first_month_of_a_design_says_whether_the_year_before_lies_in_the_data():
    rows = country.tables()["gold.detection_rate"]
    own = rows[(rows["period_type"] == "month") & (rows["design"] == "probability")]
    assert Rates(rows, country.DAY).first_month("probability") == min(own["period_start"])
    late = rows[[start.year > 2024 for start in rows["period_start"]]]
    assert Rates(late, country.DAY).first_month("probability") == date(2025, 1, 1)
    assert Rates(rows.iloc[:0], country.DAY).first_month("probability") is None


def test_a_units_categories_are_those_of_the_whole_year_and_say_so(html: dict[str, str]) -> None:
    rate = country.tables()["gold.detection_rate"]
    own = rate[
        (rate["dimension_type"] == "platform")
        & (rate["dimension_code"] == "P01")
        & (rate["dimension2_code"] == "HA")
    ]
    [row] = own[
        (own["period_start"] == JANUARY[2025])
        & (own["period_type"] == "year")
        & (own["design"] == "probability")
    ].to_dict("records")
    part = html["platforms/P01.html"].split('<h2 id="categories">')[1].split("<h2")[0]
    assert f'<td class="n rate">{percent(row["exposure_rate"])}</td>' in part
    assert "2025年 2025 · 数据截至" in re.sub(r"\s+", " ", text_of(part))
    assert "July 2025 to June 2026" in text_of(html["platforms/P01.html"].split('<h2 id="categories">')[0])


def test_prefectures_are_shown_by_the_same_year(html: dict[str, str]) -> None:
    part = html["regions/330000.html"].split('<h2 id="prefectures">')[1].split("<h2")[0]
    assert "2025年" in part and "July 2025" not in part


def test_all_periods_stand_on_the_nations_page_and_on_those_of_plans_only(html: dict[str, str]) -> None:
    assert "全部时期" in html["index.html"] and "全部时期" in html["plans/PROB.html"]
    for page in ("platforms/P01.html", "regions/440000.html", "categories/HA.html"):
        periods_of = html[page].split('<h2 id="periods">')[1]
        assert "全部时期" not in periods_of and "2025" in periods_of, page


def test_no_download_of_rates_pools_the_designs(site: Path) -> None:
    """The page says that they are never pooled; its first row of figures must not be both together."""
    for name in ("detection_rate_nation", "detection_rate_platform", "platform_P01", "detection_rate_brand"):
        with (site / "data" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            assert {row["design"] for row in csv.DictReader(file)} == {"probability", "targeted"}, name


def test_a_download_holds_the_last_day_of_objections_as_the_table_does(site: Path) -> None:
    header, *_ = (site / "data" / "detection_rate_nation.csv").read_text(encoding="utf-8-sig").splitlines()
    assert "provisional_until" in header.split(",") and "provisional" not in header.split(",")


@pytest.fixture(scope="module")
def running(known: Gathered) -> Gathered:
    """The country with rates of a year of which six months are there."""
    running = gather(known.night)
    running.rates.current = running.rates.year = Window("year", JANUARY[2026], False)
    return running


@pytest.mark.parametrize(
    "said",
    [
        lambda known: failing(known, "nation", "CN")["window"],
        lambda known: failures(known)["window"],
        morning.sentence,
    ],
    ids=["failing items", "standards that fail", "the sentence of the first page"],
)
def test_a_running_year_says_how_many_months_it_covers_wherever_it_is_named(running, said):
    words = said(running)
    assert "2026 (6 of 12 months in the data)" in words.en
    assert "2026年（12个月中有6个月的数据）" in words.zh


def test_the_newest_month_of_trade_and_the_two_years_of_guidance_say_up_to_which_day_they_have_data() -> None:
    assert running_month(date(2026, 12, 1), date(2026, 12, 1)).en == "December 2026 (up to 1 December)"
    assert running_month(date(2026, 11, 1), date(2026, 12, 1)) == ("2026年11月", "November 2026")
    for last, said in (
        (
            date(2026, 12, 1),
            ("2025-01至2026-12，截至12月1日", "January 2025 to December 2026, up to 1 December"),
        ),
        (date(2026, 11, 30), ("2025-01至2026-11", "January 2025 to November 2026")),
    ):
        rows = pd.DataFrame({"window_start": [date(2025, 1, 1)], "window_end": [last]})
        night = SimpleNamespace(frame=lambda table, rows=rows: rows)
        assert known_window(cast(Gathered, SimpleNamespace(night=night))) == said
