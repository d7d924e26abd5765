"""Words of the office lead to the list that has what is asked for: overdue tasks of a province, restrictions
of a platform or province, the weighted rate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from looked_up import parsed

from jobs.reports.gathered import Gathered, gather
from jobs.reports.pages import restricted, searching, work
from jobs.reports.pages.search_words import HELP


def found(rows: list[list[Any]], *words: str) -> set[str]:
    """The places of the rows that have all words."""
    return {
        str(row[0]) for row in rows if all(word in f"{row[1]} {row[2]} {row[4]}".lower() for word in words)
    }


@pytest.fixture(scope="module")
def rows(site: Path) -> list[list[Any]]:
    index = parsed((site / "search_index.js").read_bytes())
    terms = parsed((site / "search" / "terms.js").read_bytes())
    return [*index["pages"], *terms]


def test_the_tasks_of_a_group_of_offices_are_found_by_overdue_where_one_of_them_is(
    known: Gathered, rows: list[list[Any]]
) -> None:
    queue = known.night.frame("gold.work_queue")
    groups = work._grouped(known, queue.to_dict("records"))
    late = {group.path for group, mine in groups if any(r["status"] == "overdue" for r in mine)}
    every = {group.path for group, _ in groups}
    assert late and late != every
    for word in ("逾期", "overdue"):
        assert found(rows, word) & every == late


@pytest.mark.parametrize("word", ["限制", "受限", "restricted", "restrictions"])
def test_the_restrictions_of_each_platform_and_province_are_found_by_its_code_and_name(
    known: Gathered, html: dict[str, str], rows: list[list[Any]], word: str
) -> None:
    units = restricted.with_restrictions(known)
    assert {dimension for dimension, _ in units} >= {"platform"}
    for dimension, code in units:
        path = known.names.href(dimension, code)
        assert f"{path}#restricted" in found(rows, code.lower(), word)
        assert f"{path}#restricted" in found(rows, known.names.of(dimension, code).zh.lower(), word)
        assert 'id="restricted"' in html[str(path)]


def test_units_whose_restrictions_are_found_are_those_whose_page_lists_some_in_effect(
    known: Gathered,
) -> None:
    notices = known.night.frame("gold.joint_restriction").assign(shop_region_code="330106")
    later = gather(replace(known.night, tables={**known.night.tables, "gold.joint_restriction": notices}))
    places = {str(row[0]) for row in searching._restrictions(later)}
    assert "regions/330000.html#restricted" in places
    for code in later.names.paged["platform"]:
        own = restricted.of_platform(later, code)
        assert (f"{later.names.href('platform', code)}#restricted" in places) == bool(own and own.all)
    for code in later.names.paged["region"]:
        here = restricted.of_region(later, code)
        assert (f"{later.names.href('region', code)}#restricted" in places) == bool(here and here["held"])


def test_a_word_that_no_page_uses_leads_to_the_weighted_rate(html: dict[str, str]) -> None:
    assert {path for path, _, more in HELP if "暴露率" in more.split()} == {"about.html#rate"}
    assert not [path for path, text in html.items() if "暴露率" in text]


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("申诉", "credit.html#reply"), ("复议", "about.html#procedure"), ("appeal", "about.html#procedure"),
        ("year on year", "about.html#change"), ("同比", "about.html#change"),
    ],
)  # fmt: skip
def test_what_parties_and_analysts_call_a_thing_leads_to_the_place_that_explains_it(
    site: Path, rows: list[list[Any]], asked: str, path: str
) -> None:
    page, anchor = path.split("#")
    assert path in found(rows, *asked.split())
    assert f'id="{anchor}"' in (site / page).read_text(encoding="utf-8")
