"""Where the sheets of a printed page break, and what its tables do with their room: small pages with the
site's style, printed by Chromium."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from printed import texts_of
from test_browser import watched

from jobs.publish.public_listings import _OF_BULLETINS, KINDS
from jobs.publish.public_words import FAILED
from jobs.reports.rendering import static, template
from jobs.reports.wording import Text

SHEET = {"width": 688, "height": 980}  # 210 mm less two margins of 14 mm, at 96 dots an inch
ROW = (
    "<tr><th scope='row'>row {n}</th><td>" + "word<br>" * 7 + "</td></tr>"
)  # as high as one of a restriction
HEAD = "<thead><tr><th scope='col'>Headone</th><th scope='col'>Headtwo</th></tr></thead>"


@pytest.fixture
def paper(browser: Browser) -> Iterator[Page]:
    page, _, _ = watched(browser, SHEET)
    page.emulate_media(media="print")
    yield page
    page.close()


def show(page: Page, main: str, kind: str = "lang-en") -> None:
    """Show a page with the style of the site, without its script."""
    page.set_content(
        f"<!doctype html><html class='{kind}'><style>{static()['style']}</style><main>{main}</main></html>"
    )


def sheets(page: Page) -> list[str]:
    """Text of each sheet without spaces and without its number."""
    found = texts_of(page.pdf(prefer_css_page_size=True))
    plain = (re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)) for text in found)
    return [re.sub(rf"^\d+/{len(found)}|\d+/{len(found)}$", "", text) for text in plain]


def table(rows: int, before: str = "") -> str:
    body = "".join(ROW.format(n=n) for n in range(rows))
    return f"<div class='scroll'><table>{before}{HEAD}<tbody>{body}</tbody></table></div>"


def widths(page: Page) -> list[float]:
    """Width of each cell of the first row below the head."""
    found: Any = page.evaluate(
        "() => [...document.querySelector('tbody tr').cells].map(c => c.getBoundingClientRect().width)"
    )
    return [float(width) for width in found]


def lines(page: Page, of: str) -> int:
    """Number of lines of the text of an element."""
    found: Any = page.evaluate(
        """of => { const range = document.createRange(); range.selectNodeContents(document.querySelector(of));
        return new Set([...range.getClientRects()].map(box => Math.round(box.top))).size; }""",
        of,
    )
    return int(found)


def too_wide(page: Page) -> list[str]:
    """Texts of cells that are wider than their cell, and so stand on the next one."""
    over = """() => [...document.querySelectorAll('th, td')].filter(cell => cell.scrollWidth >
      cell.clientWidth + 1).map(cell => cell.innerText)"""
    found: Any = page.evaluate(over)
    return [str(text) for text in found]


def room_between_days(page: Page) -> list[float]:
    """Space between the texts of neighbouring columns of days."""
    room = """() => [...document.querySelectorAll('td.day + td.day')].map(cell => {
      const ink = of => { const range = document.createRange(); range.selectNodeContents(of);
        return range.getBoundingClientRect(); };
      return ink(cell).left - ink(cell.previousElementSibling).right; })"""
    found: Any = page.evaluate(room)
    return [float(width) for width in found]


def test_a_verdict_longer_than_the_rest_of_the_sheet_begins_below_the_title(paper: Page) -> None:
    words = "".join(f"<p>line {n} of the verdict</p>" for n in range(50))
    show(paper, f"<h1>Title</h1><section class='card verdict'><h2>Verdict</h2>{words}</section>")
    assert sheets(paper)[0].startswith("TitleVerdictline0")


# What stands above something, and where the sheet may not end.
HEADED = {
    "the head of a table": (table(8), "HeadoneHeadtwo"),
    "the name of a table": (table(8, "<caption>Named</caption>"), "Named"),
    "a heading": ("<h3>Heading</h3>" + table(8), "Heading"),
    "a sentence above a list": (
        "<p>Open cases by days since receipt:</p><ul><li>Complaints</li><li>Reports</li></ul>",
        "receipt:",
    ),
}


@pytest.mark.parametrize("name", HEADED)
def test_no_sheet_ends_with_what_heads_something(paper: Page, name: str) -> None:
    """The space above moves it over the foot of the first sheet."""
    what, last = HEADED[name]
    split = False
    for space in range(640, 960, 20):
        show(paper, f"<div style='height: {space}px'></div><p>above</p>{what}")
        first, *others = sheets(paper)
        assert not first.endswith(last), space
        split |= bool(others) and first != "above"
    assert split or "list" in name, "a sheet ended within the table"


# A restriction of a shop, as `credit.shop` and `restricted.of_platform` give it, with long texts.
RESTRICTED = {
    "notice": "LC-1",
    "stop": True,
    "shop": "P07-S00041",
    "selling": True,
    "operator": Text("北京佰义家居用品股份有限公司（合成）", "北京佰义家居用品股份有限公司（合成）"),
    "code": "91110115Y88889090Y",
    "duty": Text("停止销售，并回执", "stop its sales and acknowledge"),
    "silent": True,
    "age": 193,
    "item": Text("列入严重违法失信名单", "serious violation"),
    "basis": Text(
        "《市场监督管理严重违法失信名单管理办法》",
        "Measures for the list of seriously unlawful and dishonest parties",
    ),
    "case": "",
    "ground": "SX-000017",
    "authority": Text(
        "济南市钢城区市场监督管理局（合成）",
        "Administration for Market Regulation of Gangcheng District, Jinan, Shandong (synthetic)",
    ),
    "measure": Text("暂停或者终止服务，不得新开网店", "services suspended or ended, no new shops"),
    "rule": Text(
        "《最高人民法院关于公布失信被执行人名单信息的若干规定》",
        "Provisions of the Supreme People's Court on publishing the list of judgement defaulters",
    ),
    "rule_status": Text("未核对条文", "text of the law not checked"),
    "starts": "2026-05-23",
    "ends": ["2029-05-23"],
    "acknowledged": "2026-06-18",
    "acted": "2026-11-11",
    "listings": 13,
    "orders": 35,
    "last": "2026-11-30",
}


def restrictions(n: int) -> str:
    made: Any = template("restriction_parts.html").make_module({"root": ""})
    return str(made.in_effect([RESTRICTED] * n))


SOURCE = "<p class='source'>Source of it</p>"
NOTED = "<p class='small'>Note one of it.</p><p class='small'>Note two of it.</p><p>All are in a file.</p>"
NOTE_OF_ROWS = "<p class='small on-paper'>Note of the rows printed.</p>"
SORTED = "<div class='working dt-empty-footer'><div class='dt-layout-table'>{}</div></div>"
LEGEND = "<p class='legend'>Note of the marks</p><p class='small'>Note one of it.</p>"
SHOWN = "<p>Note: 25 / 29 are shown here</p><p class='small'>Note one of it.</p>"
# What stands in a table's box, and what closes it.
CLOSED = {
    "a table": table(6) + SOURCE,
    "a table with notes": table(6) + NOTED + SOURCE,
    "a table that sorts": SORTED.format(table(6).replace("</table>", "</table>" + NOTE_OF_ROWS)) + SOURCE,
    "a table with a legend": table(6) + LEGEND + SOURCE,
    "a table that shows its first rows": table(6) + SHOWN + SOURCE,
    "restrictions": restrictions(5) + NOTED + SOURCE,
}


@pytest.mark.parametrize("name", CLOSED)
def test_the_source_of_a_table_and_two_of_its_rows_stay_together(paper: Page, name: str) -> None:
    """A line of source or a note began a sheet, its table stood on the one before; a sheet ended with one
    row of a table. The space above moves the table over the foot of the first sheet."""
    split = False
    for space in range(400, 960, 32):
        show(paper, f"<div style='height: {space}px'></div><p>above</p>{CLOSED[name]}<p>{'next ' * 200}</p>")
        first, second, *_ = sheets(paper)
        assert not second.startswith(("Source", "Note", "Allare")), space
        assert not second.startswith("HeadoneHeadtwo") or second.startswith("HeadoneHeadtworow"), space
        split |= "row0" in first and "row5" in second
        assert first.count("row") != 1 or "restr" in name, space
    assert split or "restr" in name, "a sheet ended within the table"


@pytest.mark.parametrize("name", ["a table", "a table with notes", "a table that sorts", "restrictions"])
def test_what_follows_a_table_stands_below_its_last_row(paper: Page, name: str) -> None:
    """The last row keeps room for it, and a margin takes that back."""
    show(paper, CLOSED[name])
    gap: Any = paper.evaluate(
        """() => { const range = document.createRange(), last = document.querySelector('tbody tr:last-child');
        const bottoms = [...last.cells].map(cell => { range.selectNodeContents(cell);
          return range.getBoundingClientRect().bottom; });
        return document.querySelector('main p').getBoundingClientRect().top - Math.max(...bottoms); }"""
    )
    assert 0 <= gap <= 24


def test_the_last_sheet_holds_a_row_of_the_last_table_and_not_the_foot_alone(paper: Page) -> None:
    cite, foot = "<p class='small paper'>Cite as: this page</p>", "<footer><p>Foot of the page</p></footer>"
    for space in range(100, 420, 24):
        main = f"<div style='height: {space}px'></div><p>above</p>{table(6)}{SOURCE}{cite}"
        paper.set_content(
            f"<!doctype html><html class='lang-en'><style>{static()['style']}</style>"
            f"<div class='wrap'><main>{main}</main></div>{foot}"
        )
        assert "row5" in sheets(paper)[-1], space


def test_neighbouring_columns_of_dates_stand_apart_in_a_table_of_ten_columns(paper: Page) -> None:
    day = "<td class='day'>2026-01-01</td>"
    cells = "".join(f"<td>{'words that take room ' * 4}</td>" for _ in range(6)) + day * 3
    heads = "".join(f"<th scope='col'>Head {n}</th>" for n in range(10))
    show(paper, f"<table><thead><tr>{heads}</tr></thead><tbody><tr><th>a</th>{cells}</tr></tbody></table>")
    apart = room_between_days(paper)
    assert len(apart) == 2 and min(apart) >= 12
    assert lines(paper, "td.day") == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_restriction_of_a_shop_takes_some_five_lines_on_paper(paper: Page, language: str) -> None:
    show(paper, restrictions(2), f"lang-{language}")
    high: Any = paper.evaluate("() => document.querySelector('tbody tr').getBoundingClientRect().height")
    line: Any = paper.evaluate("() => parseFloat(getComputedStyle(document.querySelector('td')).lineHeight)")
    assert high < 7 * line, "three lines above, three below, and some space"
    assert too_wide(paper) == []


TASK = {
    "anchor": "",
    "overdue": True,
    "grave": False,
    "risk": Text("一般", "ordinary"),
    "office": Text(
        "济南市钢城区市场监督管理局",
        "Administration for Market Regulation of Gangcheng District, Jinan, Shandong",
    ),
    "what": Text(
        "作出处理决定（2025-02-14到期，已逾期657天）",
        "decide the case (was due on 2025-02-14, overdue by 657 days)",
    ),
    "status": Text("已逾期", "overdue"),
    "marks": [Text("逾期超过一年", "overdue for more than a year")],
    "due": "2025-02-14",
    "limit": "2025-03-14",
    "href": "",
    "subject": "AJ-JD-P04-00006876",
    "goods": Text("卫生巾", "Sanitary towels"),
    **dict.fromkeys(("named", "facts", "platform_name", "province")),
    "citation": Text(
        "《市场监督管理行政处罚程序规定》第六十四条，经批准可以延长三十日，案情特别复杂的由负责人集体讨论决定",
        "Provisions on the procedure of administrative penalties of market supervision, Article 64 (may be "
        "extended by 30 days on approval, not counting the time of suspensions, hearings and tests)",
    ),
    "rule_status": Text("未核对条文", "text of the law not checked"),
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_task_takes_some_five_lines_on_paper(paper: Page, language: str) -> None:
    """The basis of a task stood in a narrow column, up to ten lines beside half-empty ones."""
    night = SimpleNamespace(data_date="2026-12-01", date="2026-12-02")
    made: Any = template("index_parts.html").make_module({"root": "", "night": night, "known_tables": ()})
    queue = SimpleNamespace(counts=[], rows=[TASK, TASK], all=2, most=2)
    show(paper, str(made.task_table(queue)), f"lang-{language}")
    high: Any = paper.evaluate("() => document.querySelector('tbody tr').getBoundingClientRect().height")
    line: Any = paper.evaluate("() => parseFloat(getComputedStyle(document.querySelector('td')).lineHeight)")
    assert high < 7 * line, "four lines above, two below, and some space"
    assert too_wide(paper) == []


def test_the_days_of_a_restriction_do_not_read_on_in_the_next_column(paper: Page) -> None:
    """至2029-05-23 / 2026-11-11 read as one line."""
    for language, lines_said in (("zh", "停止服务：2026-11-11"), ("en", "banned: 2026-11-11")):
        show(paper, restrictions(1), f"lang-{language}")
        assert paper.locator("tbody td.day").nth(1).inner_text().split("\n") == ["2026-06-18", lines_said]
        assert min(room_between_days(paper)) >= 10


def test_the_head_of_restrictions_stands_on_each_sheet(paper: Page) -> None:
    show(paper, restrictions(30))
    assert all("ArticleofthepenaltyorlistingMeasureanditsbasis" in text for text in sheets(paper))


def test_long_cells_have_the_room_and_not_a_name_beside_them(paper: Page) -> None:
    """As articles of restrictions had, two words a line beside a half-empty operator."""
    words = ("Shop", "Operator", "To be done", "Article", "Measure", "From – to", "Known on")
    heads = "".join(f"<th scope='col'>{w}</th>" for w in (*words, "Listings", "Order lines", "Latest order"))
    article = "serious violation · Measures for the list of seriously unlawful and dishonest parties " * 2
    row = (
        "<th scope='row'>P07-S00041<br><span class='tag bad'>order in the last 30 days</span></th>"
        "<td lang='zh'>北京佰义家居用品股份有限公司（合成）<br>"
        "<span class='small'>91110115Y88889090Y</span></td>"
        "<td>stop its sales and acknowledge<br><span class='small'>not acknowledged for 193 days</span></td>"
        f"<td class='long'>{article}</td><td class='long'>{article}</td>"
        "<td class='day'>2026-01-01<br>– 2029-01-01</td><td class='day'>2026-01-04<br>2026-02-04</td>"
        "<td class='n'>13</td><td class='n'>35</td><td class='day'>2026-11-30</td>"
    )
    show(paper, f"<table><thead><tr>{heads}</tr></thead><tbody><tr>{row}</tr></tbody></table>")
    shop, operator, _, article_wide, measure_wide, *_ = widths(paper)
    assert min(article_wide, measure_wide) > operator >= 80 and shop >= 60
    assert lines(paper, "td[lang] .small") == 1


def test_words_below_a_number_wrap(paper: Page) -> None:
    cell = "<td class='n'>3.8%<br><span class='small words'>an estimate that uses its peers</span></td>"
    row = f"<th scope='row' class='wide'>Serious non-conformity rate</th>{cell}" + "<td class='n'>2</td>" * 6
    show(paper, f"<table><tbody><tr>{row}</tr></tbody></table>")
    name, value, *_ = widths(paper)
    assert name > value and name >= 13 * 9


def test_the_name_of_goods_stays_whole_in_a_narrow_column(paper: Page) -> None:
    goods = "<td lang='zh'>燃气热水器（合成）</td>"
    kind = "<td><a href='x'><span class='zh' lang='zh-CN'>燃气热水器</span></a></td>"
    cells = "".join(f"<td>{'长句子占去所有的地方' * 9}</td>" for _ in range(6))
    show(paper, f"<table><tbody><tr><th>a</th>{goods}{kind}{cells}</tr></tbody></table>", "lang-zh")
    whole = """of => { const text = document.querySelector(of).firstChild, range = document.createRange();
      range.setStart(text, 0); range.setEnd(text, 5); return range.getClientRects().length; }"""
    assert [paper.evaluate(whole, of) for of in ("td[lang]", "td a .zh")] == [1, 1]


def test_small_words_of_a_cell_are_no_larger_than_the_others_on_paper(paper: Page) -> None:
    show(paper, "<table><tbody><tr><td>a<span class='small'>b</span></td></tr></tbody></table>")
    size = "of => parseFloat(getComputedStyle(document.querySelector(of)).fontSize)"
    assert paper.evaluate(size, "td .small") < paper.evaluate(size, "td")


def test_a_date_within_a_sentence_is_not_broken_on_paper(browser: Browser, tmp_path: Path) -> None:
    page, said, _ = watched(browser, SHEET)
    cell = "decide the case (was due on 2025-06-16, overdue by 534 days; claimed: ≤10 mg/kg)"
    below = "<table class='tasks'><tr><td class='day'>–<br><i class='small'>limit 2025-07-17</i></table>"
    made = f"<main><p id='a'>{cell}</p>{below}</main><script>{static()['script']}</script></html>"
    head = f"<html class='lang-en' data-languages='zh en' data-root=''><style>{static()['style']}</style>"
    (tmp_path / "a.html").write_text(f"<!doctype html>{head}{made}", encoding="utf-8")
    page.goto((tmp_path / "a.html").as_uri())
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert said == [] and page.locator("#a").inner_text() == cell
    assert page.locator("span.day").all_inner_texts() == ["2025-06-16", "≤10 mg/kg", "2025-07-17"]
    page.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_batch_of_a_bulletin_takes_some_five_lines_on_paper(paper: Page, language: str) -> None:
    """Shop, seller and platform stood in a column of five characters, ten lines beside empty ones; what
    follows the table stood on its last rows."""
    said = {
        "product_name": "电动滑板车（合成）",
        "final_outcome": "所检项目未发现不合格" if language == "zh" else "no tested item failed",
        FAILED: "Formaldehyde content 111.90 mg/kg (≤60 mg/kg, GB 18401-2025); "
        "Azo dyes 75.34 mg/kg (≤16 mg/kg)",
        "sample_and_batch": "YP-140000-202607-000219 · 68D462",
        "producer_name": "平顶山源康家居用品股份有限公司（合成）",
        "where_sold": "青邦体育良品铺（合成） · 大同青邦体育用品有限公司（合成） · Platform 57 (synthetic)",
        "released_on": "2026-09-30",
    }
    columns = _OF_BULLETINS.columns
    heads = "".join(f"<th class='{KINDS.get(c, '')}'>{getattr(columns[c], language)}</th>" for c in columns)
    cells = "".join(f"<td class='{KINDS.get(c, '')}'>{said.get(c, '–')}</td>" for c in columns)
    body = f"<tbody>{f'<tr>{cells}</tr>' * 3}</tbody>"
    made = f"<table class='{_OF_BULLETINS.kind}'><thead><tr>{heads}</tr></thead>{body}</table>"
    part = f"<div class='scroll'>{made}</div>"
    show(paper, f"{part}{SOURCE}<p class='small paper'>This page</p>", f"lang-{language}")
    paper.evaluate("() => document.querySelector('main').classList.add('public')")
    high: Any = paper.evaluate("() => document.querySelector('tbody tr').getBoundingClientRect().height")
    line: Any = paper.evaluate("() => parseFloat(getComputedStyle(document.querySelector('td')).lineHeight)")
    assert high < 6.5 * line and too_wide(paper) == []
    below: Any = paper.evaluate(
        """() => { const bottom = cell => cell.getBoundingClientRect().bottom;
        return document.querySelector('.source').getBoundingClientRect().top -
          Math.max(...[...document.querySelectorAll('tbody tr:last-child td')].map(bottom)); }"""
    )
    assert below >= 0


def test_kinds_of_goods_and_numbers_of_samples_have_their_room_in_the_listing_of_bulletins(
    paper: Page,
) -> None:
    """移动电/源 and a number of a sample in five lines stood beside an empty column."""
    assert (KINDS["category_code"], KINDS["sample_and_batch"]) == ("goods", "id")
    cells = "".join(f"<td>{'长句子占去所有的地方' * 9}</td>" for _ in range(8))
    named = "<td class='goods'>电动滑板车</td><td class='id'>YP-140000-202607-000219 · 68D462</td>"
    heads = "<th>产品</th>" * 11
    body = f"<tbody><tr><th>a</th>{named}{cells}</tr></tbody>"
    show(paper, f"<table><thead><tr>{heads}</tr></thead>{body}</table>", "lang-zh")
    assert lines(paper, "td.goods") == 1 and lines(paper, "td.id") <= 3
