"""How complaints were handled and what they report: the marts' own figures, in both languages, or nothing."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import country
import pandas as pd
import pytest

from jobs.reports.handling import AGEING, COLUMNS, HANDLING, hazards, nation_lines, newest, waiting
from jobs.reports.names import Names
from jobs.reports.wording import Text


@pytest.fixture(scope="module")
def page(site: Path) -> str:
    return (site / "complaints.html").read_text(encoding="utf-8")


def rows_of(page: str, anchor: str) -> list[list[str]]:
    """Cells of the first table behind an anchor, without markup."""
    table = re.search(r"<tbody>(.*?)</tbody>", page.split(f'id="{anchor}"')[1], flags=re.S)[1]
    return [
        [
            re.sub(r"<[^>]+>", "", cell).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.S)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", table, flags=re.S)
    ]


def test_mediation_success_stands_with_its_limits_and_counts(page: str) -> None:
    handling = country.tables()[HANDLING]
    [nation] = handling[
        (handling["period_type"] == "year") & (handling["dimension_type"] == "nation")
        & (handling["measure"] == "mediation_success")
    ].to_dict("records")  # fmt: skip
    shown = rows_of(page, "handling")
    assert (nation["n_met"], nation["n_cases"]) == (44, 72)
    assert shown[0][1:] == ["61.1%", "49.6%～71.5%49.6–71.5%", "44", "72"]
    assert shown[1][1:] == ["95.0%", "83.5%～98.6%83.5–98.6%", "38", "40"]
    heads = page.split('id="handling"')[1].split("</thead>")[0]
    assert ">Such cases</span>" in heads and ">符合（件）</span>" in heads and "that count" not in heads
    assert "adds up the cases of all duties with a deadline" in page


def test_a_unit_with_few_cases_has_counts_and_no_share(page: str) -> None:
    [third] = [
        row
        for row in re.findall(r"<tr>.*?</tr>", page, flags=re.S)
        if "platforms/P03.html" in row and "不足30件" in row
    ]
    assert "fewer than 30 cases" in third
    assert ">12<" in third


def test_open_cases_stand_by_age(page: str) -> None:
    assert [row[1:] for row in rows_of(page, "waiting")] == [
        ["2", "0", "0", "0", "1", "3"],
        ["0", "0", "1", "0", "0", "1"],
    ]


def test_hazards_of_the_newest_year_stand_by_main_category_unsure_ones_apart(page: str) -> None:
    shown = rows_of(page, "hazards")
    assert [row[2:] for row in shown] == [["11", "2", "1", "2"], ["0", "0", "0", "6"]]
    assert "触电" in shown[0][1] and "Electric shock" in shown[0][1]


def test_the_downloads_hold_the_whole_tables(site: Path) -> None:
    for table, columns in COLUMNS.items():
        file = pd.read_csv(site / "data" / f"{table.removeprefix('gold.')}.csv")
        assert list(file.columns) == columns
        assert len(file) == len(country.tables()[table])


def test_without_cases_there_is_nothing_to_show() -> None:
    handling, ageing = (pd.DataFrame(columns=COLUMNS[table]) for table in (HANDLING, AGEING))
    assert newest(handling) is None
    assert nation_lines(handling, date(2026, 1, 1)) == []
    assert waiting(ageing) == []
    names = Names({}, {})
    assert (
        hazards(
            pd.DataFrame(columns=COLUMNS["gold.hazard_reported"]),
            {},
            names,
            {"fire": Text("火", "fire")},
            2026,
        )
        == []
    )
