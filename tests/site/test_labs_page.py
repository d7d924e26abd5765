"""The page on laboratories."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
from reading_pages import english_ranges

from jobs.reports.laboratories import PERIODS
from jobs.reports.pages.laboratory import _periods


def section(html: dict[str, str], anchor: str) -> str:
    text = html["labs.html"]
    begin = text.index(f'<h2 id="{anchor}"')
    end = text.find("<h2 id=", begin + 5)
    return text[begin : end if end > 0 else None]


def test_it_opens_with_what_is_to_be_done_today_and_by_whom(html: dict[str, str]) -> None:
    tasks = re.findall(r"<li>.*?</li>", section(html, "today"), flags=re.S)
    assert len(tasks) == 5
    assert "look into the tests of Lab A and hear it" in tasks[0] and "听取其说明" in tasks[0]
    assert "40 where 20.0 are expected" in tasks[0] and "not a finding" in tasks[0]
    assert "it received 60 this quarter; its declared capacity is 30" in tasks[1]
    assert "by +6.0% (95% interval +5.0% to +7.0%" in tasks[2]
    assert "accredited until 2026-08-01" in tasks[3]
    assert "3 objections and no expert" in tasks[4]


def test_the_funnel_names_who_is_outside_and_the_table_says_within_which_limits(html: dict[str, str]) -> None:
    drawn = section(html, "funnel")
    assert drawn.count('class="outlier"') == 1 and drawn.count('class="spot"') == 5
    assert "outside the limits: Lab A" in drawn
    table = english_ranges(drawn.split("</details>")[-1])  # behind the rows of the drawing itself
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', table, flags=re.S)
    assert "0.34–1.66" in rows[0] and "2.00 (1.40–2.80)" in rows[0] and "within the limits" not in rows[0]


def test_every_figure_stands_with_its_limits_and_n(html: dict[str, str]) -> None:
    work = english_ranges(section(html, "work"))
    assert "14 (13–15)" in work and "30 (28–∞)" in work and "90.0% (85.0–93.5%; 171 / 190)" in work
    assert "1 / 4 (too few)" in work and "25.0%" not in work  # a share of four batches says nothing
    agreement = english_ranges(section(html, "agreement"))
    assert "0.69 (0.40–0.95)" in agreement
    assert "+6.0% (+5.0% to +7.0%)" in agreement and "+0.1% (0.0% to +1.2%)" in agreement


def test_all_data_of_a_laboratory_stand_last_also_where_it_has_none_of_the_last_twelve_months() -> None:
    kinds = [("all", 1900), ("year", 2023), ("year", 2024), ("rolling12", 2025)]
    rows = pd.DataFrame(
        [{"design": "all", "period_type": k, "period_start": date(y, 1, 1)} for k, y in kinds]
    )
    newest, every = (PERIODS[kind].en for kind in ("rolling12", "all"))
    assert [words.en for words, _ in _periods(rows)] == [newest, "2024", "2023", every]
    assert [words.en for words, _ in _periods(rows.iloc[:3])] == ["2024", "2023", every]


def test_experts_are_counted_and_not_named(html: dict[str, str]) -> None:
    heads = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", section(html, "experts"))
    assert len(heads) == 7 and not any("姓名" in h for h in heads)


def test_a_laboratory_leads_to_the_files_that_it_sent_and_says_how_many_are_refused(
    html: dict[str, str],
) -> None:
    page = html["labs/LA.html"]
    assert 'href="../sources/lab_1.html">lab_1</a>' in page
    assert 'href="../sources/lab_1.html#refused">1' in page  # the damaged file; the photo is for information
    assert "sources/lab_1" not in html["labs/LB.html"]
