"""The page on standards, and the part that units have of it."""

from __future__ import annotations

import re

import country
import pandas as pd
from reading_pages import text_of

from jobs.methods.intervals import binomial
from jobs.reports.numbers import percent


def section(html: dict[str, str], anchor: str) -> str:
    text = html["standards.html"]
    begin = text.index(f'<h2 id="{anchor}"')
    end = text.find("<h2 id=", begin + 5)
    return text[begin : None if end < 0 else end]


def rows(part: str) -> list[str]:
    return [text_of(r) for r in re.findall(r"<tr><th scope=\"row\">.*?</tr>", part, flags=re.S)]


def test_it_opens_with_what_is_to_be_done_today_and_by_whom(html: dict[str, str]) -> None:
    lead = html["standards.html"][html["standards.html"].index('<p class="lead">') :]
    # listings once each, of mandatory standards, platforms; editions to clear up; editions about to change
    assert re.findall(r"<strong>(\d+)</strong>", lead)[:5] == ["3", "3", "2", "2", "1"]
    tasks = [text_of(t) for t in re.findall(r"<li>.*?</li>", section(html, "today"), flags=re.S)]
    assert (
        "Cloud Market" in tasks[0] and "see that sellers correct" in tasks[0] and "督促销售者更正" in tasks[0]
    )
    assert re.findall(r"\d+", tasks[0].split("–")[1])[:4] == ["2", "1", "2", "2"]
    body = [t for t in tasks if "Standards body" in t]
    assert len(body) == 3 and "QB/T 5-1999" in body[0] and "cannot be read" in body[1]


def test_a_listing_that_cites_two_editions_counts_once_for_its_platform(html: dict[str, str]) -> None:
    part = section(html, "correct")
    lines = rows(part)
    assert any("GB 4706.1-2005" in r and "2026-05-01" in r and "GB 4706.1-2024" in r for r in lines)
    by_platform = [re.findall(r"\d+", r)[-4:] for r in lines if "Cloud Market" in r]
    assert by_platform == [["2", "1", "2", "2"]]


def test_an_edition_in_transition_is_announced_with_its_last_day(html: dict[str, str]) -> None:
    [line] = rows(section(html, "soon"))
    assert "GB 18401-2010" in line and "in transition" in line and "2026-09-30" in line
    assert re.findall(r"\d+", line)[-2:] == ["92", "7"]


def test_what_the_register_lacks_is_listed_and_not_among_those_to_be_corrected(html: dict[str, str]) -> None:
    [line] = rows(section(html, "lacking"))
    assert "QXYZ1-2020" in line and "enterprise" in line and "standard not in the register" in line
    assert "QXYZ" not in section(html, "correct") and ">7</strong>" in section(html, "lacking")


def test_new_limits_are_counted_by_how_they_change(html: dict[str, str]) -> None:
    [line] = [r for r in rows(section(html, "changes")) if "GB 4706.1-2024" in r]
    assert "GB 4706.1-2005" in line and line.split()[-7:] == ["1", "0", "0", "1", "0", "0", "0"]


def test_failures_are_those_of_the_table_with_their_limits(html: dict[str, str]) -> None:
    table = country.tables()["gold.standard_failure"]
    year = table[
        (table["period_type"] == "year") & (table["period_start"] == pd.Timestamp("2025-01-01").date())
    ]
    wanted = year[(year["design"] == "probability") & (year["edition"] != "") & (year["item_code"] == "")]
    wanted = wanted[wanted["n_failed"] > 0].sort_values("exposure_rate", ascending=False)
    part = section(html, "failing")
    shown = re.search(r'<div class="probability">(.*?)</table>', part, flags=re.S)
    assert shown is not None
    lines = re.findall(r"<tr><td.*?</tr>", shown[1], flags=re.S)
    assert len(lines) == len(wanted) == 3
    for line, row in zip(lines, wanted.to_dict("records"), strict=True):
        assert f">{percent(row['exposure_rate'])}<" in line and f">{row['n_judged']:,}<" in line
        assert f"{percent(row['exposure_low'])[:-1]}–{percent(row['exposure_high'])}" in line
    assert "no standard named" in part and "接地电阻" in part


def test_shares_have_limits_and_few_listings_none(html: dict[str, str]) -> None:
    low, high = binomial(76, 80)
    part = section(html, "coverage")
    line = next(r for r in rows(part) if "Cloud Market" in r)
    assert "95.0%" in line and f"{percent(low)[:-1]}–{percent(high)}" in line
    assert any("too few" in r for r in rows(part) if "12 / 12" in r)


def test_two_counts_of_wrong_citations_say_which_listings_they_count(html: dict[str, str]) -> None:
    whole, shares = text_of(html["standards.html"]), text_of(section(html, "coverage"))
    assert "Listings on sale on the day of the run whose citation is to be corrected:" in whole
    assert "执行标准标注待更正的商品（运行当日在售）" in whole
    for page in (shares, text_of(html["platforms/P01.html"])):
        assert "on sale on some day of the month" in page and "统计当月任一日在售的商品" in page
        assert "also has those that cite none in its denominator" in page


def test_people_are_rounded_and_few_are_not_counted(html: dict[str, str]) -> None:
    text = text_of(section(html, "participation"))
    assert " 15 " in text and "甲工作室" not in text and "甲会" not in text
    of_2025 = [r for r in rows(section(html, "participation")) if "2025" in r]
    assert of_2025 and all(r.split()[-1] == "30" for r in of_2025), of_2025


def test_platforms_and_categories_have_their_part(html: dict[str, str]) -> None:
    for path in ("platforms/P01.html", "categories/HA.html"):
        begin = html[path].index('<h2 id="standards">')
        part = html[path][begin : html[path].index("<h2 id=", begin + 5)]
        assert "GB 4706.1-2005" in part and "95.0%" in part
    assert 'id="standards"' not in html["regions/330000.html"]
