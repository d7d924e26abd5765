"""What readers ask of a night: an office where the file of its tasks is and what it must publish, an analyst
which versions it used and what reads a table, a provider what follows where nothing is corrected."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import country
import pandas as pd
import pytest
from reading_pages import chinese_lines, english_lines, text_of
from test_party_pages import part

from jobs.environment import REPOSITORY
from jobs.reports.gathered import Gathered, gather
from jobs.reports.methods import VERSION
from jobs.reports.pages.restricted import of_region
from jobs.reports.pages.units import page_makers
from jobs.reports.rendering import render
from jobs.reports.site import shared_context


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def test_the_tasks_of_a_group_of_offices_are_a_file_that_its_pages_lead_to(
    site: Path, html: dict[str, str]
) -> None:
    whole = rows(site / "data" / "work_queue.csv")
    found = []
    for path in sorted((site / "work").glob("*.html")):
        name = f"data/work_{path.stem}.csv"
        own = rows(site / name)
        assert f'href="../{name}" download' in html[f"work/{path.name}"] and own
        found += own
    key = lambda r: tuple(r.values())
    assert sorted(found, key=key) == sorted(whole, key=key)
    for code in ("330000", "440000"):
        own = rows(site / "data" / f"work_region_{code}.csv")
        assert {r["province_code"] for r in own} == {code} and {r["office_type"] for r in own} == {
            "authority"
        }
        assert f'href="../data/work_region_{code}.csv" download' in part(html[f"regions/{code}.html"], "work")
        assert f"({len(own)})" in text_of(part(html[f"regions/{code}.html"], "work"))


def test_a_province_learns_how_many_results_it_must_publish_beside_those_of_sellers_in_it(
    known: Gathered,
) -> None:
    queue = known.night.frame("gold.work_queue")
    mine = queue[queue["office_code"] == "330106"].head(1)
    publish = mine.assign(task="publish", subject_id="B9", office_code="330000")
    tables = {**known.night.tables, "gold.work_queue": pd.concat([queue, publish], ignore_index=True)}
    later = gather(replace(known.night, tables=tables))
    pages = {page.path: page for one in page_makers(later) for page in one()}
    province = part(render(pages["regions/330000.html"], shared_context(later)).decode(), "failed")
    zh, en = ("\n".join(lines(province)) for lines in (chinese_lines, english_lines))
    assert "结果由下达该抽查计划的监管部门公布；" in zh
    assert re.search(r"本省监管部门待公布的结果（本省下达的计划，销售者可在外省；批次）：1", zh)
    assert "The authority that issued the plan publishes its results;" in en
    assert 'href="#work"' in province
    whole = render(pages["regions/330000.html"], shared_context(later)).decode()
    verdict = whole.split('id="verdict"')[1].split("</section>")[0]
    assert "公布本省监管部门下达计划的抽查结果1批次" in verdict and 'id="within"' in verdict
    (address,) = re.findall(r'<div id="within">.*?href="(.*?)"', verdict)
    assert address.endswith("#work") and unquote(address).startswith("?work.find=公布结果")
    assert "公布本省监管部门" not in render(pages["regions/440000.html"], shared_context(later)).decode()
    platform = part(render(pages["platforms/P01.html"], shared_context(later)).decode(), "failed")
    assert "下达该抽查计划" in platform and "本省监管部门" not in platform


def test_the_gate_names_the_version_of_each_table_that_the_night_uses(
    html: dict[str, str], known: Gathered
) -> None:
    versions = {s.table: s.version for s in known.night.states}
    listed = dict(
        re.findall(
            r'<tr id="([a-z_.0-9]+)"[^>]*>.*?</th>\s*<td class="n">(.*?)</td>', html["gate.html"], flags=re.S
        )
    )
    assert len(listed) > 3 and "gold.detection_rate" in listed
    assert listed == {t: "–" if versions[t] is None else str(versions[t]) for t in listed}
    for path, page in html.items():
        table = path.removeprefix("gate/").removesuffix(".html")
        if path.startswith("gate/") and versions.get(table) is not None:
            assert f"Delta version {versions[table]}" in text_of(
                page.split('<p class="lead">')[1].split("</p>")[0]
            )


def test_the_versions_of_all_methods_are_named_whether_or_not_a_page_shows_their_table(
    site: Path, html: dict[str, str], known: Gathered
) -> None:
    lake = country.lake_at(site.parent)
    wanted = {
        str(version)
        for t in known.night.states
        if t.version is not None and VERSION in lake.dataset(t.table, t.version).schema.names
        for version in lake.frame(t.table, t.version, columns=[VERSION])[VERSION].dropna()
    }
    said = re.search(r'<dt id="method">.*?<dd><code>(.*?)</code>', html["about.html"], flags=re.S)
    assert said is not None and len(wanted) > 3 and set(said[1].split(", ")) == wanted


def test_the_page_of_a_table_leads_to_what_it_reads_and_what_reads_it(
    html: dict[str, str], known: Gathered
) -> None:
    catalog = known.night.catalog
    for table in ("gold.detection_rate", "silver.sample"):
        page = html[f"dictionary/{table}.html"]
        for anchor, tables in (("reads", catalog.direct(table)), ("read-by", catalog.read_by(table))):
            listed = re.search(rf'<p id="{anchor}">(.*?)</p>', page, flags=re.S)
            named = set() if listed is None else set(re.findall(r"<code>(.*?)</code>", listed[1]))
            assert named == tables
    assert "gold.quality_index_sampled" in catalog.read_by("gold.detection_rate")
    for table in catalog.contracts:
        assert all(table in catalog.direct(child) for child in catalog.read_by(table))


def test_a_provider_learns_what_follows_where_nothing_is_corrected_and_which_tables_use_its_data(
    html: dict[str, str],
) -> None:
    said = re.search(r'<p class="small" id="uncorrected">(.*?)</p>', html["sources/lab_1.html"], flags=re.S)
    assert said is not None and "这些" not in text_of(said[1])[:3]
    assert "takes no decision" in text_of(said[1])
    assert 'href="../dictionary/silver.sample.html"' in said[1]
    assert all('id="uncorrected"' not in p for p in html.values() if "没有需要处理的问题" in p)


def test_the_page_of_a_source_leads_to_the_figures_on_the_party_that_files_it(
    html: dict[str, str], known: Gathered
) -> None:
    led = {}
    for name, source in known.night.sources.good.items():
        page = html.get(f"sources/{name}.html", "")
        found = re.search(r'<p class="small" id="party"><a href="\.\./(.*?)">', page)
        dimension, _, code = source.recipient.partition("_")
        wanted = known.names.href(dimension, code) if dimension in known.names.paged else None
        assert not page or (found[1] if found else None) == wanted
        led[name] = wanted if page else None
    assert any(led.values()) and all(path in html for path in led.values() if path)


def test_a_province_learns_at_its_tasks_how_many_restrictions_its_authorities_must_decide_on(
    html: dict[str, str], known: Gathered
) -> None:
    waiting = 0
    for path in (p for p in html if p.startswith("regions/")):
        here = of_region(known, path[8:-5])
        tasks = html[path].split('id="verdict"')[1].split("</section>")[0]
        said = re.search(r'<a href="#restricted">.*?复核可能适用限制的名单记录和处罚(\d+)件（(.*?)）', tasks)
        assert (int(said[1]) if said else 0) == (here["n_reviews"] if here else 0), path
        if said:  # which authorities decide them
            assert sum(map(int, re.findall(r"(\d+)件", said[2]))) == here["n_reviews"], path
        waiting += bool(said)
    assert waiting


def test_the_page_of_coverage_says_why_its_latest_days_of_orders_are_the_first_of_a_month(
    html: dict[str, str],
) -> None:
    lead = html["coverage.html"].split('<p class="lead">')[1].split("</p>")[0]
    assert "订单和评价只按月计" in lead and "first of the month" in lead


def test_the_page_of_coverage_says_that_listings_are_not_among_the_basic_data_that_it_counts(
    html: dict[str, str],
) -> None:
    """A listing may be of a later day than the newest basic data of its platform."""
    lead = html["coverage.html"].split('<p class="lead">')[1].split("</p>")[0]
    counted = (REPOSITORY / "jobs/marts/overview/network_filing.sql").read_text(encoding="utf-8")
    assert ("不计商品资料" in lead and "not its listings" in lead) == ("silver_listing" not in counted)


def test_a_page_says_which_of_its_figures_may_be_compared_with_another_units(html: dict[str, str]) -> None:
    for path in ("regions/330000.html", "platforms/P01.html", "categories/HA.html"):
        verdict = html[path].split('id="verdict"')[1].split("</section>")[0]
        assert 'href="../about.html#comparable"' in verdict, path
    said = re.search(r'<dt id="comparable">.*?<dd>(.*?)</dd>', html["about.html"], flags=re.S)
    assert said is not None and 'href="regions.html#compare"' in said[1]


def test_the_chart_of_an_index_says_why_a_period_is_not_drawn(site: Path, html: dict[str, str]) -> None:
    drawn = [
        f for p in html.values() for f in re.findall(r'<figure class="index">.*?</figure>', p, flags=re.S)
    ]
    assert drawn and all("不足60%的期间不计算指数" in figure for figure in drawn)
    assert "reason" in rows(site / "data" / "quality_index.csv")[0]


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("笔记本", "notebooks/index.html"),
        ("notebook", "notebooks/index.html"),
        ("工作簿", "workbooks/index.html"),
        ("excel", "workbooks/index.html"),
        ("行号", "sources.html#after-refusal"),
        ("line number", "sources.html#after-refusal"),
        ("版本", "gate.html"),
        ("versions", "gate.html"),
        ("迟报", "freshness.html"),
        ("late", "freshness.html"),
        ("revision", "about.html#bundles"),
        ("可比", "about.html#comparable"),
        ("comparable", "about.html#comparable"),
        ("指数权重", "quality.html#weights"),
        ("缺失", "about.html#period"),
        ("missing", "about.html#period"),
        ("县局", "work.html#offices"),
        ("counties", "work.html#offices"),
        ("待公布", "work.html#offices"),
        ("不改正", "sources.html#after-refusal"),
    ],
)
def test_what_readers_ask_for_is_found_by_their_word(site: Path, asked: str, path: str) -> None:
    script = (site / "search_index.js").read_text(encoding="utf-8")
    listed: list[list[Any]] = json.loads(script.split("=", 1)[1].rstrip().rstrip(";"))["pages"]
    assert any(r[0] == path and asked in f"{r[1]} {r[2]} {r[4]}".lower() for r in listed)
