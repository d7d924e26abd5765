"""The search finds terms, products, standards, offices, statuses and complete numbers of cases, from small
files."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from jobs.reports.pages.reconciliation import ITEMS
from jobs.reports.pages.searching import shard

PARTS = ("terms", "standards", "offices", "dictionary")
LIGHT = 600_000  # octets of a file that a search loads


def script(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8").split("=", 1)[1].rstrip().rstrip(";"))


@pytest.fixture(scope="module")
def index(site: Path) -> Any:
    return script(site / "search_index.js")


def numbers(site: Path, table: str, column: str) -> list[str]:
    with (site / "data" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("table", "column"),
    [("sampling_lifecycle", "sample_id"), ("enforcement_lead", "lead_id")],
)
def test_the_number_of_each_case_is_found_in_the_file_of_its_end_and_leads_to_a_page(
    site: Path, index: Any, table: str, column: str
) -> None:
    wanted = numbers(site, table, column)
    assert wanted
    for number in wanted:
        assert shard(number) in index["shards"]
        rows = [r for r in script(site / "search" / f"{shard(number)}.js") if number in r[1].split(" · ")]
        assert rows, number
        assert all((site / row[0].split("#")[0]).is_file() for row in rows)


def test_a_status_is_found_in_either_language(site: Path, index: Any) -> None:
    terms = script(site / "search" / "terms.js")
    late = [row for row in terms if row[1] == "逾期"]
    assert {row[0] for row in late} >= {"work.html#tasks"} and all(row[2] == "overdue" for row in late)


def test_every_part_is_named_and_light_and_its_pages_are_there(site: Path, index: Any) -> None:
    assert index["parts"] == sorted(PARTS)
    files = [
        site / "search_index.js",
        *(site / "search" / f"{name}.js" for name in [*PARTS, *index["shards"]]),
    ]
    assert all(path.stat().st_size < LIGHT for path in files)
    for name in PARTS:
        for row in script(site / "search" / f"{name}.js"):
            assert (site / row[0].split("#")[0]).is_file(), row


def test_offices_are_found_by_the_names_that_they_bear(site: Path) -> None:
    offices = script(site / "search" / "offices.js")
    assert any(
        row[1:3] == ["浙江省市场监督管理局", "Zhejiang Administration for Market Regulation"]
        for row in offices
    )


def test_no_two_populations_have_one_name() -> None:
    for language in ("zh", "en"):
        names = [getattr(words, language) for words in ITEMS.values()]
        assert len(names) == len(set(names)), language
