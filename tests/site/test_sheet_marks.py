"""What the foot of each printed sheet says: the site and the page that it is of, and that data are made up;
and how large the words on paper are."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from printed import texts_of
from test_browser import DESKTOP, watched


@pytest.mark.parametrize(
    ("language", "foot"), [("zh", "质量观象台:待办"), ("en", "Quality Observatory: Work queue")]
)
def test_each_sheet_names_its_page_and_made_up_data(
    browser: Browser, site: Path, language: str, foot: str
) -> None:
    """From the second sheet on paper named neither the page nor that its figures are made up."""
    page, said, _ = watched(browser, DESKTOP)
    page.goto(f"{(site / 'work.html').as_uri()}?lang={language}")
    mark = page.locator(".banner.synthetic strong").inner_text().rstrip(" –—")
    sheets = [text.replace(" ", "") for text in texts_of(page.pdf(prefer_css_page_size=True))]
    assert len(sheets) > 1
    for n, text in enumerate(sheets, start=1):
        assert foot.replace(" ", "") in text and f"{n}/{len(sheets)}" in text
        assert mark.replace(" ", "") in text
    page.evaluate("document.querySelector('.banner.synthetic').remove()")
    last = texts_of(page.pdf(prefer_css_page_size=True))[-1].replace(" ", "")
    assert foot.replace(" ", "") in last and mark.replace(" ", "") not in last and said == []
    page.close()


# The smallest size in points of the words of each kind.
SIZES = """() => { const main = document.querySelector("main"), found = {};
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const held = walker.currentNode.parentElement, table = held.closest("table");
    if (!walker.currentNode.data.trim() || held.closest("svg") || !held.getClientRects().length) { continue; }
    const wide = table && table.querySelector("thead th:nth-child(9)");
    const note = held.closest(".small, .source, .legend, .crumbs, .tile, code, sup");
    const kind = note ? "note" : wide ? "wide" : "text";
    found[kind] = Math.min(found[kind] || 99, 0.75 * parseFloat(getComputedStyle(held).fontSize));
  }
  return found; }"""


@pytest.mark.parametrize("path", ["index.html", "work.html", "platforms/P01.html", "labs.html"])
def test_words_on_paper_are_large_enough_to_read(browser: Browser, site: Path, path: str) -> None:
    """Tables had 6.8 points, what stands below a value 5.5."""
    page, _, _ = watched(browser, {"width": 688, "height": 980})
    page.emulate_media(media="print")
    page.goto(f"{(site / path).as_uri()}?lang=zh")
    sizes = page.evaluate(SIZES)
    assert sizes["text"] >= 8 and min(sizes.values()) >= 7
    page.close()


def test_paper_has_no_buttons_of_the_map_and_no_links_that_only_lead_on(browser: Browser, site: Path) -> None:
    page, _, _ = watched(browser, {"width": 688, "height": 980})
    page.goto(f"{(site / 'index.html').as_uri()}?lang=zh")
    on = page.get_by_role("link", name="全部待办")
    buttons = page.locator(".maps > label")
    assert on.is_visible() and buttons.first.is_visible()
    page.emulate_media(media="print")
    assert on.is_hidden() and not any(button.is_visible() for button in buttons.all())
    page.close()
