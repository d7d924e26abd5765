"""What fails most, what became of failers and the trend of the years: pages show the marts' own figures."""

from __future__ import annotations

import re
from datetime import date
from types import SimpleNamespace

import country
import pandas as pd
import pytest
from reading_pages import text_of

from jobs.reports.failing import next_year, trend
from jobs.reports.numbers import percent, points
from jobs.reports.trends import OF_TREND, as_stated

YEAR = date(2025, 1, 1)  # the newest whole year of the country


def items(dimension: str, code: str) -> pd.DataFrame:
    rows = country.tables()["gold.failing_item"]
    return rows[
        (rows["dimension_type"] == dimension)
        & (rows["dimension_code"] == code)
        & (rows["period_type"] == "year")
        & (rows["period_start"] == YEAR)
        & (rows["design"] == "probability")
    ]


def sections(html: str) -> dict[str, list[str]]:
    """Rows of the probability samples' tables by their heading."""
    found = re.findall(r'<div class="probability"><h3>(.*?)</h3>(.*?)</table>', html, flags=re.S)
    tables: dict[str, list[str]] = {}
    for title, table in found:  # the nation's stand before those of the categories
        tables.setdefault(text_of(title).split("(")[0], re.findall(r"<tr>.*?</tr>", table, flags=re.S)[1:])
    return tables


def test_items_stand_by_the_share_of_units_sold_that_fail_with_their_limits(html: dict[str, str]) -> None:
    for path, dimension, code in (("items.html", "nation", "CN"), ("categories/HA.html", "category", "HA")):
        rows = items(dimension, code)
        wanted = rows[(rows["cut"] == "item") & (rows["n_failed"] > 0)]
        wanted = wanted.sort_values("exposure_rate", ascending=False).to_dict("records")
        shown = next(r for t, r in sections(html[path]).items() if "Tested items" in t)
        assert len(shown) == len(wanted) == 3
        for line, row in zip(shown, wanted, strict=True):
            assert f'<code class="small">{row["code"]}</code>' in line
            assert f">{percent(row['exposure_rate'])}<" in line and f">{row['n_judged']:,}<" in line
            assert f"{percent(row['exposure_low'])[:-1]}–{percent(row['exposure_high'])}" in line


def test_hazards_are_named_in_both_languages_and_a_standard_that_is_not_cited_says_so(
    html: dict[str, str],
) -> None:
    found = sections(html["items.html"])
    hazards = " ".join(next(r for t, r in found.items() if "Hazards" in t))
    standards = " ".join(next(r for t, r in found.items() if "Standards" in t))
    assert "触电" in hazards and "Electric shock" in hazards and "Chemical" in hazards
    assert "GB 4706.1-2005" in standards and "not cited" in standards and ">unknown<" not in standards


@pytest.mark.drill(
    fault="a formula as the name of an item",
    invariant="text on the page, harmless in the download",
)
def test_a_name_of_an_item_that_is_a_formula_is_text_on_the_page_and_harmless_in_the_download(
    site, html: dict[str, str]
) -> None:
    assert "=HYPERLINK(&#34;http" in html["items.html"]
    content = (site / "data" / "failing_item.csv").read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK" in content and ",=HYPERLINK" not in content and ',"=HYPERLINK' not in content


def test_failers_stand_beside_others_with_both_counts_and_the_difference(html: dict[str, str]) -> None:
    rows = country.tables()["gold.failer_follow_up"]
    row = rows[
        (rows["dimension_type"] == "nation")
        & (rows["party"] == "producer")
        & (rows["design"] == "all")
        & (rows["period_start"] == date(2024, 1, 1))
    ].iloc[0]
    assert row["n_sampled_again"] > 30 and row["n_others_next"] > 30
    for page in (html["items.html"], html["index.html"]):
        part = page[page.index("Follow-up of parties that failed") :]
        line = next(r for r in re.findall(r"<tr>.*?</tr>", part, flags=re.S) if ">2024<" in r)
        assert f"{row['n_sampled_again']:,} / {row['n_followed']:,}" in line
        assert percent(row["failed_again_rate"]) in line and percent(row["others_next_rate"]) in line
        assert points(row["difference_pp"]) in line


def test_a_next_year_that_has_not_begun_is_not_called_one_of_which_no_month_has_passed() -> None:
    assert next_year(12, 2024, date(2026, 1, 5)) is None
    assert next_year(0, 2025, date(2025, 12, 31)) == ("次年尚未开始", "the next year has not begun")
    assert next_year(0, 2025, date(2026, 1, 20)) == ("次年已过0个月", "next year, ended: 0 months")
    assert next_year(1, 2025, date(2026, 2, 1)) == ("次年已过1个月", "next year, ended: 1 month")


def test_two_periods_state_no_slope_beside_the_comparison_with_a_year_earlier(html: dict[str, str]) -> None:
    rows = country.tables()["gold.rate_trend"].set_index(["dimension_type", "dimension_code"])
    for path, key in (("index.html", ("nation", "CN")), ("platforms/P01.html", ("platform", "P01"))):
        row, text = rows.loc[key], text_of(html[path])
        assert row["status"] == "tested" and row["n_years"] == 2
        assert "points a year (" not in text and "adjusted p" not in text
        assert "A trend needs three periods" in text and "Compared with a year earlier:" in text
        assert "Twelve months to June 2025, June 2026 (up to 20 June):" in text
        assert "2024年7月至2025年6月、2025年7月至2026年6月（截至6月20日）：" in text
    assert rows.loc[("region", "540000"), "status"] == "insufficient"
    assert "At least one year has too few batches: the trend is not tested." in text_of(
        html["regions/540000.html"]
    )


def test_a_trend_of_three_periods_says_its_slope_limits_and_adjusted_p() -> None:
    row = {
        "n_years": 3,
        "status": "tested",
        "last_start": date(2025, 7, 1),
        "rates": "0.1 0.09 0.05",
        "slope_pp": -4.1,
        "slope_low": -15.9,
        "slope_high": 7.7,
        "p_value": 0.4,
        "p_adjusted": 0.5,
        "verdict": "none_shown",
    }
    known = SimpleNamespace(rows=lambda *_: pd.DataFrame([row]), rates=SimpleNamespace(through=None))
    said = trend(known, "nation", "CN")
    assert (
        said is not None and "−4.1 points a year (95% interval −15.9 to +7.7; adjusted p = 0.500)" in said.en
    )
    assert as_stated(pd.DataFrame([row])).equals(pd.DataFrame([row]))
    two = as_stated(pd.DataFrame([row | {"n_years": 2}])).iloc[0]
    assert two[list(OF_TREND)].isna().all() and two["rates"] == row["rates"]
