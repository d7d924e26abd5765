"""The search finds terms, products, standards, offices, statuses and numbers of cases, whole, by their
beginning or by their end, from small files."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from test_browser import PHONE, watched

from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake
from jobs.reports.gathered import gather
from jobs.reports.pages import searching
from jobs.reports.pages.reconciliation import ITEMS
from jobs.reports.pages.searching import SPAN, shard
from jobs.reports.reading import read_night

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
        *(site / "search" / f"from_{place}.js" for place in range(len(index["spans"]))),
    ]
    assert all(path.stat().st_size < LIGHT for path in files)
    for name in PARTS:
        for row in script(site / "search" / f"{name}.js"):
            assert (site / row[0].split("#")[0]).is_file(), row


@pytest.fixture(scope="module")
def many(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with the search of a country of 700 samples of one year and one of the next: three files in
    order."""
    known = gather(read_night(newest_snapshot(Lake(site.parent / "lake")), (), data_docs=False))
    life = known.night.frame("gold.sampling_lifecycle")
    numbers = [f"CJ-2026-{n:06d}" for n in range(700)] + ["CJ-2027-000012"]
    rows = life.iloc[[0] * len(numbers)].assign(sample_id=numbers)
    tables = {**known.night.tables, "gold.sampling_lifecycle": rows}
    known = gather(replace(known.night, tables=tables))
    folder = tmp_path_factory.mktemp("many")
    (folder / "index.html").write_bytes((site / "index.html").read_bytes())
    (folder / "assets").symlink_to(site / "assets")
    (folder / "search").mkdir()
    for path, content in searching.files(known, []).items():
        (folder / path).write_bytes(content)
    return folder


def hits(page: Page, typed: str) -> list[str]:
    """The names that the search lists for what was typed, and its last line where it is no link."""
    page.locator("form.find input").fill(typed)
    page.wait_for_function(
        "typed => document.querySelector('form.find').dataset.offered === typed", arg=typed
    )
    return [text.split(" · ")[0] for text in page.locator("form.find li").all_inner_texts()]


def test_a_number_is_found_by_its_first_four_characters_on_or_by_its_last_four_and_by_nothing_less(
    browser: Browser, many: Path
) -> None:
    page, said, asked = watched(browser, PHONE)
    page.goto((many / "index.html").as_uri() + "?lang=en")
    assert hits(page, "CJ-2027") == ["CJ-2027-000012"]
    assert hits(page, "cj2027") == ["CJ-2027-000012"]
    assert hits(page, "CJ-2026-00030") == [f"CJ-2026-00030{n}" for n in range(10)]  # over two files
    assert hits(page, "0012") == ["CJ-2026-000012", "CJ-2027-000012"]
    assert hits(page, "CJ-2026-000699") == ["CJ-2026-000699"]
    year = hits(page, "cj20")
    assert year[:30] == [f"CJ-2026-{n:06d}" for n in range(30)]
    assert year[30] == f"More than {SPAN}: type more" and len(year) == 31
    assert hits(page, "012")[0].startswith("Nothing found; a number is found by its first four")
    assert hits(page, "026-0006")[0].startswith("Nothing found")  # its middle
    assert all(url.startswith("file:") for url in asked)
    assert said == []
    page.close()


def test_a_short_number_is_found_whole(browser: Browser, site: Path) -> None:
    page, said, _ = watched(browser, PHONE)
    page.goto((site / "index.html").as_uri())
    assert "S10" in hits(page, "s10") and said == []
    page.close()


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
