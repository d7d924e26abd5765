"""What a page looks like on paper: columns that stand apart and hold words, no menus, no arrows of links, no
heading without what it heads, no sheet with the footer alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from test_browser import watched

SHEET = {"width": 688, "height": 980}  # 210 mm less two margins of 14 mm, at 96 dots an inch
# Of each cell of words and that before it in its row: the room between them, whether that before holds words
# too, and the number of columns.
ROOM = """() => {
  const found = [];
  const style = (cell, name) => parseFloat(getComputedStyle(cell)[name]);
  document.querySelectorAll("main tbody tr").forEach(row => {
    const gap = getComputedStyle(row).display === "grid" ? style(row, "columnGap") : 0;
    [...row.cells].slice(1).forEach((cell, at) => {
      const before = row.cells[at];
      if (cell.matches("th, .n, .bar, .cell") || before.matches(".bar, .cell")) { return; }
      const room = gap + style(before, "paddingRight") + style(cell, "paddingLeft");
      found.push([room, !before.matches(".n"), row.cells.length]);
    });
  });
  return found;
}"""


# Of each number and the number before it in its row: the room between them.
BETWEEN_NUMBERS = """() => [...document.querySelectorAll("main tbody td.n + td.n")].map(cell =>
    parseFloat(getComputedStyle(cell.previousElementSibling).paddingRight)
    + parseFloat(getComputedStyle(cell).paddingLeft))"""

# Of each cell of words: how many of its characters, at the size of its text, the room inside it holds.
CHARACTERS = """() => [...document.querySelectorAll("main :is(th, td):not(.n, .bar, .cell)")]
    .filter(cell => cell.getClientRects().length && cell.textContent.trim()).map(cell => {
        const style = getComputedStyle(cell), size = name => parseFloat(style[name]);
        const room = cell.getBoundingClientRect().width - size("paddingLeft") - size("paddingRight");
        return room / size("fontSize");
    })"""


@pytest.fixture
def paper(browser: Browser) -> Iterator[Page]:
    page, _, _ = watched(browser, SHEET)
    page.emulate_media(media="print")
    yield page
    page.close()


@pytest.mark.parametrize("path", ["work.html", "credit.html"])
def test_columns_stand_apart_on_paper(paper: Page, site: Path, path: str) -> None:
    paper.goto((site / path).as_uri())
    rooms = paper.evaluate(ROOM)
    words = [room for room, of_words, columns in rooms if of_words and columns in (8, 9)]
    assert words and min(words) >= 7
    assert all(room >= 9 for room, of_words, _ in rooms if not of_words)


def test_a_dash_for_a_missing_number_stands_apart_from_the_next_number_on_paper(
    paper: Page, site: Path
) -> None:
    """Beside it, "– 11.5%" reads as a number below zero."""
    paper.goto((site / "index.html").as_uri())
    rooms = paper.evaluate(BETWEEN_NUMBERS)
    assert rooms and min(rooms) >= 9


def test_paper_has_no_arrows_that_lead_down_the_page(paper: Page, site: Path) -> None:
    paper.goto((site / "credit.html").as_uri())
    arrows = paper.locator("main a", has_text="↓")
    assert arrows.count() and not any(arrow.is_visible() for arrow in arrows.all())


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["work.html", "gate.html"])
def test_a_column_on_paper_holds_three_chinese_characters_side_by_side(
    paper: Page, site: Path, path: str, language: str
) -> None:
    """One character a line (7天内到期 in five) cannot be read, and no table grows beyond the sheet for it."""
    paper.goto(f"{(site / path).as_uri()}?lang={language}")
    held = paper.evaluate(CHARACTERS)
    assert held and min(held) >= 2.4
    assert paper.evaluate("document.documentElement.scrollWidth") <= SHEET["width"]


def test_paper_has_no_list_of_pages_to_go_to(paper: Page, site: Path) -> None:
    folder = max((site / "platforms").glob("*.html"), key=lambda file: file.stat().st_size)
    paper.goto(folder.as_uri())
    menus = paper.locator("nav")
    assert menus.count() > 1 and not any(menu.is_visible() for menu in menus.all())


def test_a_heading_on_paper_stays_with_its_first_paragraph_and_what_follows(paper: Page, site: Path) -> None:
    paper.goto((site / "index.html").as_uri())
    kept = "found => found.map(e => getComputedStyle(e).breakAfter)"
    found = paper.locator("main :is(h2, h3) + p").evaluate_all(kept)
    assert found and {*found} == {"avoid"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_footer_lies_in_the_room_that_the_line_before_it_keeps_on_paper(
    paper: Page, site: Path, language: str
) -> None:
    """So it is on the sheet of that line, which is on that of what it follows."""
    paper.goto(f"{(site / 'index.html').as_uri()}?lang={language}")
    line, footer = (paper.locator(of).bounding_box() for of in ("main > p.paper", "footer"))
    assert line is not None and footer is not None
    assert footer["y"] > line["y"] and footer["y"] + footer["height"] <= line["y"] + line["height"] + 1
    kept = "e => [getComputedStyle(e).breakBefore, getComputedStyle(e).breakInside]"
    assert paper.locator("main > p.paper").evaluate(kept) == ["avoid", "avoid"]
    assert paper.locator(".together #data").count() == 1


def test_a_paragraph_on_paper_stays_with_the_table_below_it_as_does_all_that_holds_the_table(
    paper: Page, site: Path
) -> None:
    """A break inside the boxes that a table stands in leaves its heading at the foot of the sheet before."""
    paper.goto((site / "quality.html").as_uri())
    after = "found => found.map(e => getComputedStyle(e).breakAfter)"
    above = paper.locator("main p:has(+ .scroll)").evaluate_all(after)
    assert above and {*above} == {"avoid"}
    paper.goto((site / "dictionary.html").as_uri())
    paper.wait_for_function("document.querySelector('main table.dataTable')")
    before = "found => found.map(e => getComputedStyle(e).breakBefore)"
    around = paper.locator(".working, .dt-layout-table, .dt-layout-cell, table.dataTable").evaluate_all(
        before
    )
    assert len(around) >= 4 and {*around} == {"avoid"}


def test_a_cell_that_keeps_to_one_line_holds_days_and_no_sentence(html: dict[str, str]) -> None:
    """One sentence that does not wrap takes a third of a sheet from the words beside it."""
    cells = [
        cell for text in html.values() for cell in re.findall(r'<td class="day"[^>]*>(.*?)</td>', text, re.S)
    ]
    chinese = [re.sub(r'<span class="en".*?</span>|<[^>]*>', "", cell, flags=re.S).strip() for cell in cells]
    assert chinese and [text for text in chinese if len(re.sub(r"[^\u4e00-\u9fff]", "", text)) > 6] == []


def test_a_cell_that_holds_a_day_alone_keeps_it_on_one_line(html: dict[str, str]) -> None:
    """2026-02-02 of a narrow column stood in two lines."""
    assert [path for path, text in html.items() if re.search(r"<td>\d{4}-\d\d-\d\d</td>", text)] == []


def test_the_name_of_a_table_wraps_after_its_layer(site: Path) -> None:
    text = (site / "dictionary.html").read_text(encoding="utf-8")
    assert '<a href="dictionary/gold.work_queue.html">gold.<wbr>work_queue</a>' in text
