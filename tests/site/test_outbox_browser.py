"""Pages of the outbox in Debian's Chromium, from disk: quiet, on a phone and on paper, in two languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from desks import Desk
from party_rows import FIRM, NIGHT
from playwright.sync_api import Browser
from printed import texts_of
from test_accessible import RULES, WIDER, unfolded
from test_browser import DESKTOP, PHONE, watched
from test_english import Reader

READERS = ("platform_P1", "platform_P2", "brand_B1", "lab_L1", f"enterprise_{FIRM}", "cluster_K1")
SHEET = 688  # dots of a sheet of A4 between its margins


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    desk = Desk(tmp_path_factory.mktemp("parties")).night(**NIGHT)
    desk.send()
    return [desk.folder(reader) for reader in READERS]


@pytest.fixture(scope="module")
def shown(folders: list[Path]) -> list[Path]:
    return [page for folder in folders for page in sorted(folder.glob("*.html"))]


def test_pages_open_without_a_request_or_an_error_and_fit_a_phone(
    browser: Browser, shown: list[Path]
) -> None:
    page, said, asked = watched(browser, PHONE)
    for path in shown:
        for language in ("zh", "en"):
            unfolded(page, f"{path.as_uri()}?lang={language}")
            assert page.evaluate(WIDER) == [], (path, language)
    assert said == [] and {Path(url.split("?")[0]).suffix for url in asked} == {".html"}
    page.close()


@pytest.mark.parametrize(
    "reader", ["platform_P1", *(pytest.param(reader, marks=pytest.mark.slow) for reader in ("lab_L1", ""))]
)
def test_axe_finds_nothing(browser: Browser, shown: list[Path], reader: str) -> None:
    page, _, _ = watched(browser, DESKTOP)
    options = {"runOnly": RULES, "resultTypes": ["violations"]}
    found = {}
    for path in (path for path in shown if reader in path.parts or not reader):
        unfolded(page, path.as_uri())
        wrong = Axe().run(page, options=options).response["violations"]
        if wrong:
            found[f"{path.parts[-3]}/{path.name}"] = [(v["id"], v["nodes"][0]["html"][:160]) for v in wrong]
    page.close()
    assert found == {}


def test_a_long_table_is_sorted_by_a_head_and_narrowed_by_words(
    browser: Browser, folders: list[Path]
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((folders[1] / "restricted_operators.html").as_uri())
    first = page.locator("tbody tr").first
    assert first.locator("th").inner_text() == "XZ-0"
    head = page.locator("thead th").first.get_by_role("button")
    head.click()
    head.click()
    assert first.locator("th").inner_text() == "XZ-69"
    assert page.locator("thead th").first.get_attribute("aria-sort") == "descending"
    page.get_by_role("searchbox").fill("S-41")
    assert page.locator("tbody tr:visible").count() == 1 and said == []
    page.close()


def test_paper_has_every_row_that_is_shown_of_a_table_without_a_choice_of_length(
    browser: Browser, folders: list[Path]
) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto((folders[1] / "restricted_operators.html").as_uri())
    rows, note = page.locator("tbody tr:visible"), page.locator(".on-paper")
    every = rows.count()
    assert every > 60
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert rows.count() == every and note.count() == 0
    page.close()


def test_each_sheet_of_a_long_table_begins_with_the_heads_of_its_columns(
    browser: Browser, folders: list[Path]
) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto((folders[1] / "restricted_operators.html").as_uri() + "?lang=en")
    heads = ("Operator", "Measure", "Stopssales", "Salesnotstoppedyet", "Startson")
    assert page.locator("thead th button").count() > 3  # the heads are what a reader sorts by
    sheets = [text.replace(" ", "") for text in texts_of(page.pdf(prefer_css_page_size=True))]
    with_rows = [text for text in sheets if "XZ-" in text]
    assert len(with_rows) > 1 and all(head in text for text in with_rows for head in heads)
    assert "↕" not in "".join(sheets)
    page.close()


def test_a_table_of_many_columns_is_printed_as_cards_with_the_name_at_each_value(
    browser: Browser, folders: list[Path]
) -> None:
    page, _, _ = watched(browser, {"width": SHEET, "height": 980})
    page.goto((folders[3] / "index.html").as_uri() + "?lang=en")
    wide = page.locator("table[data-kind=lab_performance]")
    assert wide.locator("thead th").count() > 14
    page.emulate_media(media="print")
    assert wide.evaluate("t => Math.ceil(t.getBoundingClientRect().right)") <= SHEET
    named = "t => [...t.tBodies[0].rows[0].cells].map(c => getComputedStyle(c, '::before').content)"
    assert '"Capacity per month"' in wide.evaluate(named)
    page.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_meanings_of_columns_fill_few_sheets(
    browser: Browser, folders: list[Path], language: str
) -> None:
    """Those of one package filled 10 of its 22 sheets: each meaning had two lines of the size of text."""
    page, _, _ = watched(browser, {"width": SHEET, "height": 980})
    page.goto((folders[3] / "index.html").as_uri() + f"?lang={language}")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    lists = page.locator("dl.columns")
    n = lists.locator("dt").count()
    height = sum(lists.evaluate_all("found => found.map(e => e.getBoundingClientRect().height)"))
    assert n > 60 and height / n < 14  # pixels for each column, of some 980 on a sheet
    page.close()


def test_on_a_phone_a_long_table_is_sorted_by_a_choice_that_a_finger_meets(
    browser: Browser, folders: list[Path]
) -> None:
    page, said, _ = watched(browser, PHONE)
    page.goto((folders[1] / "restricted_operators.html").as_uri() + "?lang=en")
    choice = page.get_by_label("Sort by")
    choice.select_option("0.-1")
    assert page.locator("tbody tr th").first.inner_text() == "XZ-69" and said == []
    for field in (choice, page.get_by_role("searchbox")):
        box = field.bounding_box()
        assert box is not None and box["height"] >= 44
    page.set_viewport_size({"width": 1000, "height": 800})
    heads = page.locator("thead button").evaluate_all("b => b.map(e => e.getBoundingClientRect().height)")
    assert min(heads) >= 24 and not choice.is_visible()
    page.close()


def test_no_table_is_wider_than_a_sheet_of_a4(browser: Browser, shown: list[Path]) -> None:
    page, _, _ = watched(browser, {"width": SHEET, "height": 980})
    page.emulate_media(media="print")
    wide = "[...document.querySelectorAll('main table')].map(t => Math.ceil(t.getBoundingClientRect().right))"
    for path in shown:
        for language in ("zh", "en"):
            page.goto(f"{path.as_uri()}?lang={language}")
            assert max([0, *page.evaluate(wide)]) <= SHEET, (path, language)
    page.close()


NUMBERS = """t => { const cut = [], walk = document.createTreeWalker(t.tBodies[0], NodeFilter.SHOW_TEXT);
  const number = /(?<![!-~])[A-Z0-9-]{5,12}(?![!-~])/g;
  while (walk.nextNode()) { for (const m of walk.currentNode.data.matchAll(number)) {
    const r = document.createRange();
    r.setStart(walk.currentNode, m.index); r.setEnd(walk.currentNode, m.index + m[0].length);
    if (new Set([...r.getClientRects()].map(box => Math.round(box.top))).size > 1) { cut.push(m[0]); } } }
  return cut; }"""


BROKEN = """main => { const cut = [], walk = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const cell = walk.currentNode.parentElement.closest('td .en, thead th .en');
    if (!cell || cell.closest('code, td.long')) { continue; }
    for (const m of walk.currentNode.data.matchAll(/[A-Za-z]{3,}/g)) {
      const r = document.createRange();
      r.setStart(walk.currentNode, m.index); r.setEnd(walk.currentNode, m.index + m[0].length);
      if (new Set([...r.getClientRects()].map(box => Math.round(box.top))).size > 1) { cut.push(m[0]); } } }
  return cut; }"""


def test_on_paper_no_english_word_is_broken_and_the_footer_does_not_stand_alone(
    browser: Browser, shown: list[Path]
) -> None:
    """ "seriou/s", "Memb/er" stood in narrow columns."""
    page, _, _ = watched(browser, {"width": SHEET, "height": 980})
    page.emulate_media(media="print")
    for path in shown:
        page.goto(f"{path.as_uri()}?lang=en")
        assert page.locator("main").evaluate(BROKEN) == [], path
        last = texts_of(page.pdf(prefer_css_page_size=True))[-1].replace(" ", "")
        above = last[: last.index("·rundate")]
        assert len(above) > 80, path  # not the number of the sheet and the site's name alone
    page.close()


def test_a_table_of_many_columns_has_two_lines_a_row_on_paper_and_breaks_no_number(
    browser: Browser, shown: list[Path]
) -> None:
    """Shop numbers stood over four lines, in columns as wide as one character."""
    page, said, _ = watched(browser, {"width": SHEET, "height": 980})
    page.emulate_media(media="print")
    met = set[str]()
    for path in shown:
        for language in ("zh", "en"):
            page.goto(f"{path.as_uri()}?lang={language}")
            for table in page.locator("main table[data-kind]").all():
                if not 9 < table.locator("thead th").count() <= 14:
                    continue
                met.add(table.get_attribute("data-kind") or "")
                cells = table.locator("tbody tr").last.locator("th, td")
                lines = cells.evaluate_all("c => c.map(e => Math.round(e.getBoundingClientRect().top))")
                assert len(set(lines)) == 2 and table.evaluate(NUMBERS) == [], (path, language)
                end = cells.evaluate_all("c => Math.max(...c.map(e => e.getBoundingClientRect().bottom))")
                after = table.locator("xpath=..").locator("xpath=following::p[1]").bounding_box()
                assert after is not None and after["y"] >= end - 1, (path, language)
    assert len(met) > 1 and said == []
    page.close()


def test_chinese_without_english_beside_it_is_what_a_party_filed(folders: list[Path]) -> None:
    alone = 0
    for folder in folders:
        sent = "".join(
            str(value)
            for file in folder.glob("*.jsonl")
            for line in file.read_text(encoding="utf-8").splitlines()
            for value in json.loads(line).values()
        )
        for page in folder.glob("*.html"):
            words = Reader(page.read_text(encoding="utf-8")).alone
            assert [w for w in words if w not in sent] == [], page
            alone += len(words)
    assert alone > 50


def test_a_search_in_a_package_tells_failures_from_none_and_paper_says_what_it_leaves_out(
    browser: Browser, folders: list[Path]
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((folders[1] / "restricted_operators.html").as_uri() + "?lang=en")
    rows, field = page.locator("tbody tr:visible"), page.get_by_role("searchbox")
    every = rows.count()
    page.evaluate("document.querySelector('tbody').rows[0].cells[1].append('未发现不合格')")
    page.evaluate("document.querySelector('tbody').rows[1].cells[1].append('检出不合格')")
    field.fill("不合格")
    assert rows.count() == 1 and every > 2
    printed = "window.dispatchEvent(new Event('afterprint')); window.dispatchEvent(new Event('beforeprint'))"
    page.evaluate(printed)
    note = page.locator(".on-paper")
    page.emulate_media(media="print")
    assert f"only the 1 that the search or filters find, of {every} that the page lists" in note.inner_text()
    page.emulate_media(media="screen")
    field.fill("")
    page.evaluate(printed)
    assert note.count() == 0 and said == []
    page.close()
