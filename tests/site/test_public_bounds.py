"""The public site of a country of any size: every page has at most 10,000 elements, and all is reachable."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from looked_up import parts
from test_accessible import MOST

from jobs.contracts.catalog import load_catalog
from jobs.publish.described import dictionary
from jobs.publish.formats import as_csv
from jobs.publish.periods import Span, span
from jobs.publish.public_bounds import shares
from jobs.publish.public_pages import Known
from jobs.publish.public_tables import PUBLIC_TABLES, PublicTable
from jobs.publish.shelf import MANIFEST, shelf
from jobs.publish.site import site_files
from jobs.reports.wording import Text

CATALOG = load_catalog()
TABLES = {table.name: table for table in PUBLIC_TABLES}
BLANK = {"string": "", "int64": 1, "double": 0.1, "bool": True}
MANY = 2_000
MONTHS = [f"{year}-{month:02}" for year in range(2020, 2026) for month in range(1, 13)]
PROVINCES, GROUPS = ["110000", "120000"], ["AA", "BB"]


def rows_of(table: PublicTable, given: Iterable[dict[str, Any]]) -> pa.Table:
    """Rows of a public table; a column that is not given has one plain value."""
    schema = table.schema(CATALOG)
    day = date(2025, 12, 1)
    plain = {f.name: BLANK.get(str(f.type), day) for f in schema}
    lists = {c: None for c in ("item_names", "item_standards", "comment_texts") if c in plain}
    return pa.Table.from_pylist([plain | lists | row for row in given], schema=schema)


def codes() -> dict[str, list[dict[str, Any]]]:
    """Two provinces and two main groups with thousands below the first of each, named in both languages."""
    found = {}
    for table, code, top in (("regions", "region_code", PROVINCES), ("categories", "category_code", GROUPS)):
        below = {f"{top[0][:2]}{i:04}": top[0] for i in range(1, MANY + 1)}
        parents = {**dict.fromkeys(top, ""), **below}
        found[table] = [
            {code: each, "parent_code": parent, "name_zh": f"名{each}", "name_en": f"Name {each}"}
            for each, parent in parents.items()
        ]
    return found


def units(period: Span, windows: Iterable[str]) -> list[dict[str, Any]]:
    """The nation's two rates in each window."""
    return [
        {"period_type": w, "period_start": period.start, "dimension_type": "nation", "design": d}
        | {"published": True, "dimension_code": "CN"}
        for w in windows
        for d in ("probability", "targeted")
    ]


def of_units(period: Span) -> list[dict[str, Any]]:
    """Two rates of each unit; the larger its code, the more samples, and the provinces have the fewest."""
    tables = codes()
    regions = [row["region_code"] for row in tables["regions"]]
    categories = [row["category_code"] for row in tables["categories"]]
    others = [f"X{i:04}" for i in range(MANY)]
    kinds = {"platform": others, "region": regions, "category": categories, "cluster": others}
    return [
        {"dimension_type": dimension, "dimension_code": code, "n_sampled": at, "published": True}
        | {"period_type": period.kind, "period_start": period.start, "design": design}
        for dimension, units in kinds.items()
        for at, code in enumerate(units)
        for design in ("probability", "targeted")
    ]


def large(period: Span) -> dict[str, list[dict[str, Any]]]:
    """Thousands of rows of every table."""
    rates = of_units(period)
    batches = [
        {"sample_id": f"S{i:05}", "category_code": f"AA{i:04}", "item_names": '["标签"]'}
        | {"released_on": date(2025, 12, 1 + i % 28), "final_outcome": "nonconforming"}
        for i in range(MANY)
    ]
    points = [{"category_code": f"AA{i + 1:04}", "text_en": "Look", "name_en": "Seam"} for i in range(MANY)]
    return codes() | {
        "detection_rates": units(period, ["month", "rolling12"]) + rates,
        "quality_index": units(period, [period.kind])[:1] + rates[::2],
        "bulletins": batches,
        "recalls": [{"recall_id": str(i), "remedy": "refund"} for i in range(MANY)],
        "guidance": points,
        "coverage": [{"dimension_type": "region", "dimension_code": f"11{i:04}"} for i in range(MANY)],
    }


def write_bundle(root: Path, name: str, content: dict[str, list[dict[str, Any]]]) -> None:
    folder = root / name / "0"
    (folder / "data").mkdir(parents=True)
    for table, rows in content.items():
        pq.write_table(rows_of(TABLES[table], rows), folder / "data" / f"{table}.parquet")
    (folder / "dictionary.csv").write_bytes(as_csv(dictionary(CATALOG)))
    tables = {table: {"rows": len(rows)} for table, rows in content.items()}
    said = {"state": "published", "published_on": "2026-01-20", "tables": tables}
    (folder / MANIFEST).write_text(json.dumps(said), encoding="utf-8")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The site of six years of months, of which the newest is large, as are a quarter and a year."""
    root = tmp_path_factory.mktemp("published")
    for name in MONTHS[:-1]:
        small = units(span(name), ["month", "rolling12"])
        write_bundle(
            root, name, {"detection_rates": small, "bulletins": [{"sample_id": name}], "recalls": []}
        )
    for name in (MONTHS[-1], "2025Q4", "2025"):
        write_bundle(root, name, large(span(name)))
    return {path: content.decode() for path, content in site_files(shelf(root)).items()}


@pytest.fixture(scope="module")
def html(files: dict[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if path.endswith(".html")}


def elements(text: str) -> int:
    return len(re.findall(r"<[a-z]", re.sub(r"<(script|style)>.*?</\1>", "", text, flags=re.S)))


def first_column(text: str, heading: str) -> list[str]:
    """The English names of the rows of the table below a heading."""
    table = text[text.index(heading + "</span></h2>") :]
    rows = re.findall(r'<th scope="row">(.*?)</th>', table[: table.index("</table>")])
    return [re.sub("<.*?>", "", row.partition('lang="en">')[2] or row) for row in rows]


@pytest.mark.slow  # quick: test_large_pages, of the inner site
def test_no_page_has_more_than_ten_thousand_elements_however_large_the_country(html):
    counted = {path: elements(text) for path, text in html.items()}
    assert {path: n for path, n in counted.items() if n > MOST} == {}
    # and the pages of long tables are used: a limit of a few rows would hold the rule as well
    full = ("bulletins", "recalls", "coverage", "rates", "rates_quarter", "quality_index_year", "guidance_AA")
    assert {path: n for path in full if (n := counted[f"{path}.html"]) < 6_000} == {}


@pytest.mark.slow
def test_a_table_that_is_cut_says_how_many_rows_there_are_and_links_to_all_of_them(html):
    for path, table in (
        ("bulletins.html", "bulletins"),
        ("coverage.html", "coverage"),
        ("guidance_AA.html", "guidance"),
    ):
        line = re.search(r"<p><span[^>]*>共2,000行，此处列出前([0-9,]+)行.*?</p>", html[path])
        shown = html[path].count('<th scope="row">')
        assert line and line[1] == f"{shown:,}" and shown < MANY, path
        assert f"Rows 1–{shown:,} of 2,000" in line[0] and f"/data/{table}.csv" in line[0]
        assert ("lookup.html" in line[0]) == (table == "bulletins")
    assert not re.search("共[0-9,]+行", html["calendar.html"])


@pytest.mark.slow
def test_rates_list_provinces_and_main_groups_first_and_then_who_has_the_most_samples(html):
    text = html["rates_year.html"]
    for heading, first in (
        ("Regions (where the seller is)", ["Name 110000", "Name 120000", "Name 112000", "Name 111999"]),
        ("Categories", ["Name AA", "Name BB", "Name AA2000", "Name AA1999"]),
        ("Clusters", ["X1999", "X1998"]),
    ):
        rows = first_column(text, heading)
        assert list(dict.fromkeys(rows))[: len(first)] == first
        assert rows[0] == rows[1]  # both designs of a unit stand together


@pytest.mark.slow
def test_batches_are_listed_with_the_newest_first(html):
    # of each batch the day since which it may be public, then that on which the authority published it
    days = re.findall(r'class="day">(2025-12-\d\d)', html["bulletins.html"])[::2]
    assert days[0] == "2025-12-28" and days == sorted(days, reverse=True)


@pytest.mark.slow
def test_every_page_is_reached_from_the_first_one_in_two_clicks(html):
    def links(path: str) -> set[str]:
        return {PurePosixPath(a.split("#")[0]).name for a in re.findall(r'href="([^":]+)"', html[path])}

    once = links("index.html") & set(html)
    twice = set().union(*(links(path) for path in once)) & set(html)
    assert once | twice == set(html) and len(html) > 200


@pytest.mark.slow
def test_the_address_of_a_month_that_moved_leads_to_its_page_and_the_lookup_names_that_page(files, html):
    month = MONTHS[-2]
    moved = re.search(f'<li id="{month}"><a href="([^"]+)"', html["bulletins.html"])
    assert moved and f'<h2 id="{month}"' in html[moved[1]]
    found = parts({path: text.encode() for path, text in files.items()})
    links = {row[-1] for part in found for row in part["rows"]}
    shown = [link.split("#") for link in links if "#" in link]
    for path, anchor in shown:
        assert f' id="{unquote(anchor)}"' in html[path], (path, anchor)
    # A batch that its month's page does not show is found by its number, not sent to where it is not.
    cut = [link for link in links if "#" not in link]
    assert (
        shown and cut and all(re.fullmatch(r"lookup\.html\?q=[^&]+|guidance_AA.html", link) for link in cut)
    )
    for path, text in html.items():
        anchors = re.findall(r' id="([^"]+)"', text)
        assert len(anchors) == len(set(anchors)), path


def test_a_page_names_the_periods_withdrawn_last_and_leaves_the_others_to_the_calendar(tmp_path):
    for at, name in enumerate(MONTHS[:5]):
        write_bundle(tmp_path, name, {"recalls": []})
        path = tmp_path / name / "0" / MANIFEST
        said = {
            "state": "withdrawn",
            "reason": f"reason {at}",
            "published_on": f"2026-01-{10 + at}",
            "tables": {},
        }
        path.write_text(json.dumps(said), encoding="utf-8")
    text = site_files(shelf(tmp_path))["index.html"].decode()
    assert re.findall("reason [0-9]", text) == ["reason 4", "reason 3", "reason 2"]
    assert "Further withdrawn periods" in text and 'href="calendar.html"' in text


def test_what_short_tables_leave_the_long_ones_share():
    assert shares([10, 500, 300, 0], 410) == [10, 200, 200, 0]
    assert shares([10, 20], 100) == [10, 20] and shares([5, 5], 0) == [0, 0]


def test_a_unit_that_is_not_known_is_named_in_words_and_any_other_code_by_itself() -> None:
    known = Known([])
    assert known.name("platform", "unknown") == Text("不明", "Unknown")
    assert known.name("platform", "P99") == Text("P99", "P99")
