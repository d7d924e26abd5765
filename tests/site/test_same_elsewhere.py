"""Workbooks and packages of the outbox have the numbers and the names of the site's pages."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from lxml import html as parsed
from page_facts import ALL, Fact, chinese
from python_calamine import CalamineWorkbook
from test_same_numbers import FOLDERS, percent

from jobs.contracts.catalog import load_catalog
from jobs.contracts.glossary import Term, glossary, term, term_of_column
from jobs.exchange.sending import send
from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake
from jobs.publish.freezing import freeze
from jobs.publish.periods import span
from jobs.reports.confidential import flags_of
from jobs.reports.counterfeits import TASK
from jobs.reports.index_parts import period_text
from jobs.reports.workbook_sheets import DIMENSIONS, sheets
from jobs.reports.workbooks import workbook_bytes

INDEX, RATE = term("quality_index").zh, term("exposure_rate").zh
# The verdict of a package's first page: a number, the measure, its limits and its period.
SAID = {
    INDEX: re.compile(r"(\d+\.\d) ?质量指数（(?:[^；）]*；1～100，越高越好；)?(\d{4}年(?:第\d季度|\d+月)?)"),
    RATE: re.compile(r"(\d+\.\d%) ?加权不合格率（[^；]*；([^，]*)，已发布"),
}
Stated = dict[tuple[str, str, str, str], str]  # measure, unit, design, period → number as shown


def in_words(kind: str, start: date) -> str:
    """A period as the site writes it."""
    if kind == "all":
        return ALL
    if kind != "rolling12":
        return period_text((kind, start)).zh
    end = start.year * 12 + start.month + 10
    return f"{start.year}年{start.month}月至{end // 12}年{end % 12 + 1}月"


def written(value: float, named: Term, column: str) -> str:
    if column in ("score", "value") or named.term in ("quality_index", "complaint_rate"):
        return f"{value:.1f}"
    return percent(value) if named.kind == "measure" else f"{int(value):,}"


def of_workbook(dimension: str, code: str, book: CalamineWorkbook) -> Iterator[tuple[Fact, str]]:
    """(fact, column) of each measure or count of a workbook's unit, by the names in its first row."""
    unit = "index.html" if dimension == "nation" else f"{FOLDERS[dimension]}/{code}.html"
    by_name = {f"{t.zh}\n{t.en}": t for t in glossary().values() if t.kind in ("measure", "count")}
    for sheet in book.sheet_names:
        names, columns, *cells = [*book.get_sheet_by_name(sheet).to_python(), [], []]
        if "period_start" not in columns or "dimension_code" not in columns:
            continue
        for values in cells:
            row = dict(zip(columns, values, strict=False))
            if row.get("dimension_code") != code or row.get("dimension2_type"):
                continue
            if row.get("region_role", "") not in ("", "seller") or not row["period_start"]:
                continue
            start = row["period_start"]
            start = start if isinstance(start, date) else date.fromisoformat(str(start))
            for name, column in zip(names, columns, strict=False):
                if name in by_name and isinstance(row[column], int | float):
                    shown = written(row[column], by_name[name], column)
                    period, design = in_words(row["period_type"], start), row.get("design", "")
                    yield Fact(by_name[name].zh, unit, design, period, shown, f"{code}.xlsx"), column


def compared(given: Iterator[tuple[Fact, str]], stated: Stated) -> tuple[Counter[str], dict]:
    """How many numbers of each measure were met on a page, and those that differ there."""
    met, differing = Counter[str](), {}
    for fact, column in given:
        on_page = stated.get(fact[:4])
        number = None if on_page is None else re.match(r"[−+]?[\d,.]+%?", on_page)
        if number is None:
            continue  # too few samples, or no such figure on a page
        met[fact.measure] += 1
        if number[0] != fact.shown:
            differing[(*fact, column)] = on_page
    return met, differing


def said_by_packages(outbox: Path) -> Iterator[Fact]:
    """The figures of the verdicts of all packages of platforms and clusters."""
    for path in sorted(outbox.glob("*/*/index.html")):
        kind, _, code = path.parts[-3].partition("_")
        (verdict,) = parsed.fromstring(path.read_text(encoding="utf-8")).xpath('//section[@id="verdict"]')
        for measure, pattern in SAID.items():
            for number, period in pattern.findall(chinese(verdict)):
                design = "probability" if measure == RATE else ""
                yield Fact(measure, f"{FOLDERS[kind]}/{code}.html", design, period, number, str(path))


@pytest.fixture(scope="module")
def shown(stated: list[Fact]) -> Stated:
    return {fact[:4]: fact.shown for fact in stated}


def workbooks(lake: Lake) -> Iterator[tuple[str, str, CalamineWorkbook]]:
    """(dimension, code, workbook) of every unit that has one."""
    snapshot, contracts = newest_snapshot(lake), dict(load_catalog().contracts)
    assert snapshot.date is not None
    flags = flags_of(snapshot)
    for dimension in DIMENSIONS:
        for code, found in sheets(snapshot, dimension, contracts, flags):
            content = workbook_bytes(dimension, code, found, contracts, snapshot.date)
            yield dimension, code, CalamineWorkbook.from_filelike(io.BytesIO(content))


@pytest.mark.slow  # quick: test_same_numbers, of one workbook
def test_every_workbook_has_the_numbers_of_the_pages_under_their_names(site: Path, shown: Stated) -> None:
    made = list(workbooks(Lake(site.parent / "lake")))
    met, differing = compared((found for each in made for found in of_workbook(*each)), shown)
    assert differing == {}
    named = {RATE, INDEX, *(term(name).zh for name in ("finding_rate", "tested", "closed"))}
    assert len(made) > 10 and named <= set(met), met
    assert sum(met.values()) > 200


@pytest.fixture(scope="module")
def outbox(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of the site's night, with the figures of a published quarter, from a copy of its lake:
    what is published stands in the lake too."""
    home = tmp_path_factory.mktemp("packages")
    lake = Path(shutil.copytree(site.parent / "lake", home / "lake"))
    freeze(lake, home / "published", span("2026Q1"), day=None, say=lambda line: None)
    send(lake, home / "outbox", published=home / "published")
    return home / "outbox"


def test_a_package_gives_its_recipient_the_number_of_the_sites_download(outbox: Path, site: Path) -> None:
    """The site's pages have newer quarters than those that are published; its download has all."""
    said = [fact for fact in said_by_packages(outbox) if fact.measure == RATE]
    for fact in said:
        code = Path(fact.unit).stem
        text = (site / "data" / f"platform_{code}.csv").read_text(encoding="utf-8-sig")
        (row,) = [
            r
            for r in csv.DictReader(io.StringIO(text))
            if (r["dimension_code"], r["dimension2_type"], r["design"]) == (code, "", "probability")
            and in_words(r["period_type"], date.fromisoformat(r["period_start"])) == fact.period
            and r["region_role"] in ("", "seller")
        ]
        assert fact.shown == percent(row["exposure_rate"]), fact
    assert len(said) >= 3


def test_columns_of_packages_that_hold_a_term_bear_its_name(outbox: Path) -> None:
    named = Counter[str]()
    for path in outbox.glob("*/*/*.html"):
        for table in parsed.fromstring(path.read_text(encoding="utf-8")).xpath("//table[@data-kind]"):
            for head in table.xpath("./thead/tr/th[@data-name]"):
                held = term_of_column(f"gold.{table.get('data-kind')}", head.get("data-name"))
                if held is not None:
                    assert chinese(head).startswith(held.zh), (path, head.get("data-name"))
                    named[held.zh] += 1
    assert named[term("judged").zh] > 0


def test_tasks_about_counterfeits_are_the_same_on_the_page_and_in_the_package_of_the_platform(
    outbox: Path, site: Path, html: dict[str, str]
) -> None:
    listed = csv.DictReader(
        io.StringIO((site / "data" / "counterfeit_task.csv").read_text(encoding="utf-8-sig"))
    )
    on_page = {
        (row["office_code"], row["task"], row["subject_id"], row["listing_id"])
        for row in listed
        if row["office_type"] == "platform"
    }
    in_packages = {
        (path.parts[-3].removeprefix("platform_"), row["task"], row["subject_id"], row["listing_id"])
        for path in sorted(outbox.glob("platform_*/*/counterfeit_tasks.jsonl"))
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    }
    assert in_packages == on_page and len(on_page) == 2
    for code, task, subject, _ in on_page:
        (package,) = outbox.glob(f"platform_{code}/*/index.html")
        work = package.read_text(encoding="utf-8").split('id="work"')[1].split('id="sent"')[0]
        tasks = html["counterfeit.html"].split('id="tasks"')[1].split('id="times"')[0]
        for page in (tasks, work):
            (row,) = [line for line in page.split("<tr")[1:] if f">{subject}<" in line]
            assert TASK[task].en in row and TASK[task].zh in row


def test_listings_on_sale_again_that_orders_show_stand_in_the_package_and_samples_alone_send_none(
    outbox: Path, site: Path, html: dict[str, str]
) -> None:
    text = (site / "data" / "repeated_relisting.csv").read_text(encoding="utf-8-sig")
    listed = {r["listing_id"]: r for r in csv.DictReader(io.StringIO(text)) if r["live"] == "true"}
    shown = {name for name, row in listed.items() if row["live_by_orders"] == "true"}
    sent = {
        row["listing_id"]: path.parent
        for path in sorted(outbox.glob("platform_*/*/relisted_again.jsonl"))
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    }
    assert set(sent) == shown == {"L22"} and listed.keys() - shown == {"L21"}
    work = (sent["L22"] / "index.html").read_text(encoding="utf-8").split('id="work"')[1]
    assert ">L22<" in work.split('id="sent"')[0]
    for page in outbox.glob("platform_*/*/*"):
        assert "L21" not in page.read_text(encoding="utf-8-sig"), page


def test_a_difference_is_found() -> None:
    fact = Fact(RATE, "platforms/P01.html", "probability", "2025年", "8.4%", "P01.xlsx")
    met, differing = compared(iter([(fact, "exposure_rate")]), {fact[:4]: "8.5% (7.0–9.9%)"})
    assert met == {RATE: 1} and list(differing.values()) == ["8.5% (7.0–9.9%)"]
