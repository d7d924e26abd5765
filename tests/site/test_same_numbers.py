"""The same measure of the same unit and period is the same number under the same name, wherever it stands."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from country_reports import reports
from lxml import html as parsed
from page_facts import ALL, Fact, chinese, facts
from python_calamine import CalamineWorkbook

from jobs.contracts.catalog import load_catalog
from jobs.contracts.glossary import term, term_of_column
from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake
from jobs.reports.confidential import flags_of
from jobs.reports.workbook_sheets import sheets
from jobs.reports.workbooks import workbook_bytes

FOLDERS = {"platform": "platforms", "region": "regions", "category": "categories", "cluster": "clusters"}
WINDOW = ("rolling12", date(2025, 7, 1))
SHOWN_WINDOW = "2025年7月至2026年6月（截至6月20日）"


def test_two_pages_that_state_the_same_measure_state_the_same_number(stated: list[Fact]) -> None:
    by_key: dict[tuple, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for fact in stated:
        by_key[fact[:4]][fact.shown].add(fact.page)
    differing = {key: dict(shown) for key, shown in by_key.items() if len(shown) > 1}
    assert differing == {}
    shared = [key for key, shown in by_key.items() if len(set.union(*shown.values())) > 1]
    names = {key[0] for key in shared}
    assert {term(t).zh for t in ("exposure_rate", "finding_rate", "complaint_rate", "closed")} <= names


def test_a_year_that_has_not_ended_is_a_period_only_with_the_last_day_of_its_data(
    stated: list[Fact], html: dict[str, str]
) -> None:
    """The same year under two names would be two periods to a reader, and to the tests here."""
    bare, whole = f"{WINDOW[1].year + 1}年", f"{WINDOW[1].year + 1}年（截至6月20日）"
    assert {f.page for f in stated if f.period == bare} == set()
    said = {
        (found[1], path)
        for path, page in html.items()
        for line in re.findall(r'<p class="source">.*?</p>', page, flags=re.DOTALL)
        if (found := re.search(r"期间[:：]</span>.*?<span class=\"zh\"[^>]*>([^<]*)</span>", line))
    }
    assert {path for period, path in said if period == bare} == set()
    assert any(period == whole and path.startswith("platforms/") for period, path in said)


def test_a_brand_names_its_years_as_other_units_do(stated: list[Fact]) -> None:
    years = {
        folder: {f.period for f in stated if f.page.startswith(folder) and re.match("202[45]年", f.period)}
        for folder in ("brands/", "regions/")
    }
    assert years["brands/"] and years["brands/"] <= years["regions/"]
    assert "2024年（12个月中有6个月的数据）" in years["brands/"]


def percent(value: str | float) -> str:
    number = (Decimal(repr(float(value))) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{number}%"


def rates(rows: list[dict], kind: str) -> dict[str, dict]:
    """Rows of the shown window by code: of one dimension and design, by the place of the seller."""
    return {
        row["dimension_code"]: row
        for row in rows
        if row["design"] == kind
        and (row["period_type"], str(row["period_start"])) == (WINDOW[0], str(WINDOW[1]))
        and row["region_role"] in ("", "seller")
        and not row.get("dimension2_type")
    }


@pytest.mark.parametrize(
    ("kind", "column", "name"),
    [("probability", "exposure_rate", "exposure_rate"), ("targeted", "rate", "finding_rate")],
)
def test_a_rate_of_a_page_is_that_of_its_download(stated: list[Fact], site: Path, kind, column, name) -> None:
    shown = {f.unit: f.shown for f in stated if f[:1] + f[2:4] == (term(name).zh, kind, SHOWN_WINDOW)}
    compared = 0
    for path in sorted((site / "data").glob("*_*.csv")):
        stem, _, code = path.stem.partition("_")
        if stem not in FOLDERS or f"{FOLDERS[stem]}/{code}.html" not in shown:
            continue
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        own = rates([r for r in rows if r["dimension_type"] == stem], kind).get(code)
        if own is None or not own[column] or Decimal(own[column]) == 0:
            continue
        assert shown[f"{FOLDERS[stem]}/{code}.html"] == percent(own[column]), path.name
        compared += 1
    assert compared > 20


def test_a_workbook_has_the_numbers_and_names_of_the_page(stated: list[Fact], site: Path) -> None:
    snapshot, contracts = newest_snapshot(Lake(site.parent / "lake")), dict(load_catalog().contracts)
    found = dict(sheets(snapshot, "platform", contracts, flags_of(snapshot)))["P01"]
    assert snapshot.date is not None
    book = workbook_bytes("platform", "P01", found, contracts, snapshot.date)
    names, columns, *cells = (
        CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name("不合格率 Rates").to_python()
    )
    row = rates([dict(zip(columns, r, strict=True)) for r in cells], "probability")["P01"]
    page = {
        f.measure: f.shown for f in stated if f[1:4] == ("platforms/P01.html", "probability", SHOWN_WINDOW)
    }
    compared = 0
    for label, column in zip(names, columns, strict=True):
        named = term_of_column("gold.detection_rate", column)
        if named is None or named.zh not in page or row[column] == "":
            continue
        assert label == f"{named.zh}\n{named.en}"
        number = percent(row[column]) if named.kind == "measure" else f"{int(row[column]):,}"
        assert page[named.zh].partition("（")[0].partition(" (")[0] == number, (
            column
        )  # limits may stand behind it
        compared += 1
    assert compared >= 4


@pytest.mark.parametrize("dimension", ["platform", "region"])
def test_a_sentence_about_a_unit_has_the_number_of_its_card(stated: list[Fact], dimension: str) -> None:
    rows = reports()[f"gold.{dimension}_report"]
    rows = rows[rows["period_type"].eq(WINDOW[0]) & rows["period_start"].eq(WINDOW[1])]
    compared = 0
    for item, kind in (("exposure_rate", "probability"), ("finding_rate", "targeted")):
        zh = term(item).zh
        shown = {f.unit: f.shown for f in stated if f[:1] + f[2:4] == (zh, kind, SHOWN_WINDOW)}
        for row in rows[rows["item"].eq(item)].itertuples():
            said = re.match(rf"{re.escape(zh)}(?:（[^）]*）)?为(\d+\.\d%)", row.text_zh)
            unit = f"{FOLDERS[dimension]}/{row.dimension_code}.html"
            if said and unit in shown:
                assert shown[unit] == said[1], (unit, item)
                compared += 1
    assert compared >= 4


def test_the_closed_loop_of_a_unit_is_that_of_the_table(stated: list[Fact], site: Path) -> None:
    text = (site / "data" / "closed_loop.csv").read_text(encoding="utf-8-sig")
    rows = [
        r for r in csv.DictReader(io.StringIO(text)) if r["period_type"] == "all" and not r["dimension2_type"]
    ]
    shown = {(f.unit, f.measure): f.shown for f in stated if f.period == ALL}
    compared = 0
    for row in rows:
        folder = FOLDERS.get(row["dimension_type"])
        unit = f"{folder}/{row['dimension_code']}.html" if folder else "index.html"
        for column in row:
            named = term_of_column("gold.closed_loop", column)
            if named is not None and (unit, named.zh) in shown:
                assert shown[unit, named.zh] == f"{int(row[column]):,}", (unit, column)
                compared += 1
    assert compared > 30


def test_queues_count_the_same_tasks(html: dict[str, str], site: Path) -> None:
    """A platform's own list, the list of offices and the download count the same open tasks."""
    text = (site / "data" / "work_queue.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    head = re.search(
        r'id="tasks">.*?<span class="small"><span class="zh" lang="zh-CN">（([\d,]+)项；',
        html["work.html"],
        flags=re.S,
    )
    assert head is not None and int(head[1].replace(",", "")) == len(rows) > 0


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (
            '<section class="card probability"><h3>加权不合格率（按销量）<span class="small">(x)</span></h3>'
            '<p class="big">1.0%</p><p class="source">期间: 2025年 · 数据截至 x</p></section>',
            ("加权不合格率（按销量）", "platforms/P01.html", "probability", "2025年", "1.0%"),
        ),
        (
            '<div class="targeted"><table><thead><tr><th>名称</th><th>问题发现率</th></tr></thead>'
            '<tbody><tr><th><a href="../platforms/P02.html">乙</a></th><td>2.0%</td></tr></tbody></table>'
            '<p class="source">期间: 2025年 · 数据截至 x</p></div>',
            ("问题发现率", "platforms/P02.html", "targeted", "2025年", "2.0%"),
        ),
    ],
)
def test_what_a_page_states_is_read(page: str, expected: tuple) -> None:
    assert [f[:5] for f in facts("platforms/P01.html", f"<html><body>{page}</body></html>")] == [expected]


# A sentence that names a measure → the card that shows it.
SAID = {
    r"^(\d[\d.]*%)\n.*(?<!违法及不合)加权不合格率（95%": "probability",
    r"全国网售商品加权不合格率为(\d[\d.]*%)": "probability",
    r"质量指数 ?(\d[\d.]*)[，（]": "index",
    r"万单投诉率 (\d[\d.]*)（": "complaint",
    r"个十二个月期间：.*→ (\d[\d.]*%)。": "probability",  # the trend ends with the year of the card
}


def test_numbers_in_sentences_are_those_of_the_cards(html: dict[str, str]) -> None:
    """The verdict of a unit and the first page's sentence say no number that their cards do not show."""
    compared = Counter[str]()
    for path, page in html.items():
        tree = parsed.fromstring(page)
        said = [
            *tree.xpath('//section[@id="verdict"]'),
            *tree.xpath('//p[@class="verdict" or @class="trend"]'),
        ]
        shown = {
            kind: chinese(big[0])
            for kind in ("probability", "index", "complaint")
            if (big := tree.xpath(f'//section[@class="card {kind}"]/p[starts-with(@class, "big")]'))
        }
        words = "\n".join(
            re.sub(r"\s+", " ", "".join(p.xpath('.//text()[not(ancestor::*[@class="en"])]'))).strip()
            for part in said
            for p in ([part] if part.tag == "p" else part.xpath("./p"))
        )
        for pattern, kind in SAID.items():
            for number in re.findall(pattern, words, flags=re.MULTILINE):
                if kind in shown:
                    assert shown[kind] == number, (path, pattern)
                    compared[kind] += 1
    assert compared["probability"] > 10 and compared["index"] > 0, compared


def test_batches_with_an_overdue_deadline_are_as_many_on_the_first_page_as_on_that_of_sampling(
    html: dict[str, str],
) -> None:
    (first,) = re.findall(r'href="sampling\.html#overdue"><b>([\d,]+)</b>', html["index.html"])
    (deadlines, batches) = re.findall(r"（([\d,]+)项期限，涉及([\d,]+)批次）", html["sampling.html"])[0]
    assert first == batches != "0" and int(deadlines) >= int(batches)


def test_pages_of_overdue_tasks_say_where_takedowns_are_counted(html: dict[str, str]) -> None:
    for path in ("index.html", "work.html"):
        assert "the page on counterfeits counts them by this project" in html[path], path
