"""What every page must say, and what none may."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import country
import pytest
from reading_pages import VOID, text_of

from jobs.environment import REPOSITORY
from jobs.reports.gathered import Gathered
from jobs.reports.pages.home import data_state
from jobs.reports.rendering import template
from jobs.reports.site import MOST_NAMED


class Reader(HTMLParser):
    """Collects what a page is made of: ids, links, tags that could run or load something, unclosed
    elements."""

    def __init__(self, text: str):
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.scripts = 0
        self.open: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.scripts += tag == "script"
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href"):
                self.links.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()


@pytest.fixture(scope="session")
def read(html: dict[str, str]) -> dict[str, Reader]:
    return {path: Reader(text) for path, text in html.items()}


def test_every_page_that_readers_were_promised_is_there(html: dict[str, str]) -> None:
    fixed = {
        "index",
        "quality",
        "work",
        "guidance",
        "coverage",
        "platforms",
        "regions",
        "categories",
        "clusters",
        "sampling",
        "items",
        "quality_report",
        "risk",
        "standards",
        "counterfeit",
        "labs",
        "credit",
        "tracing",
        "plans",
        "lookup",
        "complaints",
        "sources",
        "ledger",
        "gate",
        "freshness",
        "dictionary",
        "about",
    }
    assert {f"{name}.html" for name in fixed} <= set(html)
    # 4 platforms with the one that no sample names, 105 categories and a code that no reference knows, a plan
    # without samples.
    counts = {"regions": 34, "platforms": 4, "categories": 106, "clusters": 20, "plans": 5}
    assert {folder: sum(path.startswith(f"{folder}/") for path in html) for folder in counts} == counts


def test_every_page_is_whole_has_one_script_and_no_handler(read: dict[str, Reader]) -> None:
    for path, page in read.items():
        assert page.open == [], path
        assert (page.scripts, page.handlers) == (1, []), path
        assert len(page.ids) == len(set(page.ids)), path


def test_every_link_stays_in_the_site_and_leads_somewhere(site: Path, read: dict[str, Reader]) -> None:
    for path, page in read.items():
        for link in page.links:
            assert not re.match(r"[a-z]+:|//", link), (path, link)
            target, _, anchor = link.partition("#")
            there = (site / path).parent / target.split("?")[0] if target else site / path
            assert there.is_file(), (path, link)
            known = read.get(there.resolve().relative_to(site.resolve()).as_posix())
            assert not anchor or known is None or anchor in known.ids, (path, link)


@pytest.mark.drill(fault="markup in names", invariant="text on every page")
def test_names_that_are_markup_reach_the_page_as_text(html: dict[str, str]) -> None:
    for page in (
        "index.html",
        "platforms/P03.html",
        "plans.html",
        "plans/NONE.html",
        "complaints.html",
        "risk.html",
        "standards.html",
        "counterfeit.html",
        "labs.html",
        "credit.html",
        "sources/lab_1.html",
        "ledger.html",
    ):
        assert country.MARKUP not in html[page]
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html[page]


def test_every_page_shows_the_date_both_languages_and_the_banners(html: dict[str, str]) -> None:
    for path, text in html.items():
        assert "<time>2026-06-30</time>" in text, path
        assert 'class="banner synthetic"' in text and "lab_1" in text, path
        assert (
            'class="banner stale"' in text
            and "silver.sampling_plan" in text
            and "a critical check failed" in text
        ), path
        assert 'data-lang="zh"' in text and 'data-lang="en"' in text, path


def test_a_targeted_rate_is_called_a_finding_rate_and_stands_apart(html: dict[str, str]) -> None:
    cards = re.findall(r'<section class="card (\w+)">.*?<h2[^>]*>(.*?)</h2>', html["index.html"], flags=re.S)
    assert [design for design, _ in cards] == ["probability", "targeted"]
    assert "加权不合格率" in cards[0][1] and "问题发现率" in cards[1][1] and "不合格率" not in cards[1][1]


def test_a_plan_without_failure_is_below_a_limit_and_never_conforming(html: dict[str, str]) -> None:
    row = next(
        r for r in re.findall(r"<tr>.*?</tr>", html["plans.html"], flags=re.S) if "plans/NONE.html" in r
    )
    assert (
        "所检项目未发现不合格" in row
        and re.search(r"低于\d+\.\d%", row)
        and re.search(r"below \d+\.\d%", row)
    )


def test_plans_of_the_two_newest_quarters_stand_on_the_page_and_older_ones_on_that_of_their_year(
    html: dict[str, str],
) -> None:
    newest, year, undated = (html[f"plans{name}.html"] for name in ("", "_by_year/2025", "_by_year/undated"))
    assert "plans/NEXT.html" in newest and "plans/NONE.html" in newest and "plans/TARG.html" not in newest
    assert 'href="plans_by_year/2025.html"' in newest and 'href="plans_by_year/undated.html"' in newest
    assert year.index("2025年第一季度") < year.index("plans/PROB.html") and "plans/COMP.html" not in year
    assert undated.index("开始日期不明") < undated.index("plans/COMP.html")


def test_the_ledger_lists_files_to_look_at_first_and_the_others_folded(html: dict[str, str]) -> None:
    shown, folded = html["ledger.html"].split('<h2 id="files">')[1].split("<h2")[0].split("<details>")
    assert "broken.csv.gz" in shown and "samples.csv" in shown and "samples_may.csv" not in shown
    assert folded.index("samples.csv") < folded.index("samples_may.csv")


def test_a_country_of_synthetic_sources_is_counted_in_the_banner_and_a_few_are_named() -> None:
    sources = [f"platform_{n:02}" for n in range(12)]

    def said(count: int) -> str:
        night = SimpleNamespace(synthetic_sources=sources[:count], n_sources=len(sources))
        return text_of(template("synthetic.html").render(night=night, root="", most_named=MOST_NAMED))

    assert "platform_00, platform_01" in said(2)
    assert "12个来源中有9个" in said(9) and "platform_00" not in said(9)
    # Real authorities were listed as hundreds of days late, and only firms were excepted.
    for count in (2, 9):
        assert "不代表任何真实的监管部门、法院、检验机构、平台、企业或商品" in said(count)
        assert "据这些数据列出的待办和逾期不反映有关机关的实际情况" in said(count)


def test_an_example_of_quarantine_shows_the_failing_cell_and_no_more_of_the_row(html: dict[str, str]) -> None:
    assert "某某商行" not in html["ledger.html"]
    assert "品名过长" in html["ledger.html"] and "name too long" in html["ledger.html"]


def test_the_ledger_lists_refusals_and_unreadable_records_with_their_reasons(html: dict[str, str]) -> None:
    text = text_of(html["ledger.html"])
    for said in (
        "压缩文件不完整",
        "the gzip file is cut short",
        "第2列不是GB18030",
        "column 2 is not GB18030",
        "备注2",
    ):
        assert said in text


def test_the_gate_shows_the_newest_audit_of_each_table_and_links_the_data_docs(html: dict[str, str]) -> None:
    assert "earlier_run" not in html["gate.html"] and "plan_id" in html["gate.html"]
    assert 'href="data_docs/index.html"' in html["gate.html"]


def test_every_figure_names_its_source_date_definition_and_download(html: dict[str, str]) -> None:
    for path, text in html.items():
        for figure in re.findall(r"<figure.*?</figure>", text, flags=re.S):
            if "<svg" in figure:
                assert all(
                    part in figure
                    for part in ('class="source"', "2026-06-20", "about.html#", "</code>", "download>")
                ), path


def test_every_chart_has_a_text_alternative_or_stands_beside_its_figures(html: dict[str, str]) -> None:
    drawn = [tag for text in html.values() for tag in re.findall(r"<svg[^>]*>", text)]
    charts = [tag for tag in drawn if 'aria-hidden="true"' not in tag]
    assert len(charts) > 40 and len(drawn) > 500
    assert all(re.search(r'role="(img|group)" aria-label="[^"]{6,}"', tag) for tag in charts)
    assert all('class="cell' in tag for tag in drawn if tag not in charts)


def test_downloads_are_safe_in_a_spreadsheet(site: Path) -> None:
    for path in sorted((site / "data").glob("*.csv")):
        content = path.read_bytes()
        assert content.startswith(b"\xef\xbb\xbf"), path
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
            assert not any(cell.startswith(("=", "@")) for cell in row), (path, row)
    categories = (site / "data" / "detection_rate_category.csv").read_text(encoding="utf-8-sig")
    assert ",'=1+1," in categories


def test_the_page_of_a_table_says_what_it_holds_and_names_its_contract_and_code(html: dict[str, str]) -> None:
    page = html["dictionary/gold.detection_rate.html"]
    for file in ("schemas/gold/detection_rate.odcs.yaml", "jobs/marts/sampling/detection_rate.py"):
        assert f"<code>{file}</code>" in page and (REPOSITORY / file).is_file()
    delivered = html["dictionary/silver.sample.html"]
    assert "schemas/silver/sample.odcs.yaml" in delivered and ".py</code>" not in delivered


def test_the_first_page_prints_every_number_on_the_state_of_the_data_that_is_computed(
    known: Gathered,
) -> None:
    text = (REPOSITORY / "jobs" / "reports" / "templates" / "home.html").read_text(encoding="utf-8")
    printed = set(re.findall(r"\bdata\.([a-z]+)", text))
    assert printed == set(data_state(known.night, known.file_ledger))
