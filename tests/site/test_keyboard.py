"""The keyboard alone: each kind of page is walked through, and each control does what it does for a mouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from test_accessible import kinds
from test_browser import DESKTOP, watched

MOST = 150  # steps on one page: beyond it the rows of a table go on as before
# What the keyboard stops at, in the order of the page; of radio buttons of one name the chosen one alone.
STOPS = """() => [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex]")]
    .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({ visibilityProperty: true }) &&
        !(e.type === "radio" && !e.checked && document.querySelector(`[name="${e.name}"]:checked`)))"""
NUMBERED = f"({STOPS})().map((e, at) => {{ e.dataset.stop = at; return at; }}).length"
# The number of the stop that has the focus, whether it is marked, and whether it lies in the window.
WHERE = """() => {
    const e = document.activeElement;
    const seen = e.type === "radio" ? document.querySelector(`label[for="${e.id}"]`) : e;
    const style = getComputedStyle(seen), box = seen.getBoundingClientRect();
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return { at: e === document.body ? -1 : Number(e.dataset.stop ?? -2), name: e.outerHTML.slice(0, 120),
             skip: e.className === "skip", marked: ring && box.width > 0, inside };
}"""


def walked(page: Page, key: str, most: int) -> list[dict[str, Any]]:
    """Where the focus is after each press of a key, until it leaves the page."""
    met = []
    for _ in range(most):
        page.keyboard.press(key)
        met.append(page.evaluate(WHERE))
        if met[-1]["at"] == -1:
            break
    return met


def faults(page: Page) -> list[Any]:
    """What is wrong with the walk through a page."""
    page.emulate_media(reduced_motion="reduce")  # a smooth scroll would still be under way
    # Tables begin when they come near, and have further controls then: all of them before stops are numbered.
    page.evaluate("document.dispatchEvent(new Event('quality-unfolded'))")
    number = page.evaluate(NUMBERED)
    met = [stop for stop in walked(page, "Tab", min(number, MOST)) if stop["at"] != -1]
    places = [stop["at"] for stop in met]
    found: list[Any] = [] if met and met[0]["skip"] else ["the link to the content is not first"]
    if places != list(range(min(number, len(places)))) or len(places) < min(number, MOST):
        wrong = next((at for at, place in enumerate(places) if at != place), len(places))
        found.append(("order", wrong, number, [stop["name"] for stop in met[wrong : wrong + 1]]))
    found += [("unmarked", stop["name"]) for stop in met if not stop["marked"]][:2]
    found += [("out of sight", stop["name"]) for stop in met if not stop["inside"]][:2]
    return found


@pytest.mark.slow
def test_every_kind_of_page_is_walked_through_in_its_order_with_the_focus_in_sight(
    browser: Browser, site: Path
) -> None:
    page, _, _ = watched(browser, DESKTOP)
    found = {}
    for path in kinds(site):
        page.goto((site / path).as_uri())
        wrong = faults(page)
        if wrong:
            found[path] = wrong
    page.close()
    assert found == {} and len(kinds(site)) > 35


def test_a_walk_that_goes_wrong_is_found(browser: Browser, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text(
        '<a class="skip" href="#b">skip</a><a href="#1" tabindex="2">first</a>'
        '<a href="#2" style="outline: none">second</a><a href="#3" style="position:fixed;left:-99px">x</a>',
        encoding="utf-8",
    )
    with browser.new_page(viewport=DESKTOP) as page:
        page.goto(bad.as_uri())
        wrong = faults(page)
    assert "the link to the content is not first" in wrong
    assert {w[0] for w in wrong if isinstance(w, tuple)} == {"order", "unmarked", "out of sight"}


@pytest.mark.parametrize("path", ["regions.html", "notebooks/index.html", "workbooks/index.html"])
def test_the_first_link_leads_past_the_navigation(browser: Browser, site: Path, path: str) -> None:
    page, _, _ = watched(browser, DESKTOP)
    page.goto((site / path).as_uri())
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('nav') === null")
    page.close()


def test_a_table_is_sorted_filtered_and_compared_and_a_filter_left_by_escape(
    browser: Browser, site: Path
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "regions.html").as_uri() + "?lang=en")
    page.locator("table[data-key=table]").scroll_into_view_if_needed()  # it is begun once it is near
    page.wait_for_selector("table.dataTable[data-key=table] input.choose")
    box = page.locator(".working:has(table.dataTable[data-key=table])")
    head = box.locator("thead th", has_text="Judged").first
    head.locator("[role=button]").focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")  # sorted a moment later
    page.keyboard.press("Space")
    expect(head).to_have_attribute("aria-sort", "descending")
    opener, panel = box.get_by_role("button", name="Filter"), box.locator(".filters")
    assert opener.get_attribute("aria-expanded") == "false"
    opener.focus()
    page.keyboard.press("Enter")
    assert panel.is_visible() and opener.get_attribute("aria-expanded") == "true"
    assert page.evaluate("document.activeElement.closest('.filters') !== null")
    page.keyboard.press("Escape")
    assert panel.is_hidden() and opener.get_attribute("aria-expanded") == "false"
    assert opener.evaluate("e => e === document.activeElement")
    page.keyboard.press("Space")
    assert panel.is_visible() and page.evaluate("document.activeElement.closest('.filters') !== null")
    opener.focus()
    page.keyboard.press("Space")
    assert panel.is_hidden() and opener.evaluate("e => e === document.activeElement")
    for choose in box.locator("input.choose").all()[:2]:
        choose.focus()
        page.keyboard.press("Space")
    assert box.locator(".beside table thead th").count() == 2 and said == []
    page.close()


def test_results_of_the_search_are_reached_by_arrows_opened_by_enter_and_closed_by_escape_or_on_leaving(
    browser: Browser, site: Path
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "gate.html").as_uri() + "?lang=zh")
    field, hits = page.locator("form.find input"), page.locator("form.find ul")
    page.keyboard.press("/")
    page.keyboard.type("浙江")
    hits.locator("li a").first.wait_for()
    page.keyboard.press("Escape")
    assert hits.is_hidden() and field.evaluate("e => e === document.activeElement")
    page.keyboard.press("ArrowDown")  # opens what was closed
    hits.locator("li a").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert field.evaluate("e => e === document.activeElement")
    page.keyboard.press("Shift+Tab")
    assert hits.is_hidden()  # nothing is covered by results that were left
    field.focus()
    hits.locator("li a").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/regions/330000.html*")
    assert said == []
    page.close()


def test_the_language_is_switched_and_a_map_and_what_is_folded_opened_by_keys(
    browser: Browser, site: Path
) -> None:
    page, said, _ = watched(browser, DESKTOP)
    page.goto((site / "regions.html").as_uri() + "?lang=zh")
    page.locator('button[data-lang="en"]').focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.lang") == "en"
    page.locator("#map-exposure").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".maps > .map:visible").count() == 1 and page.locator(".map-exposure").is_hidden()
    page.goto((site / "guidance.html").as_uri())
    fold = page.locator("main details").first
    fold.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert fold.get_attribute("open") is not None and said == []
    page.close()


def test_a_table_does_not_begin_under_a_button_that_is_held(browser: Browser, site: Path) -> None:
    # What a table gets shorter by would take a link away from under the pointer: the click would be lost.
    page, said, _ = watched(browser, {"width": 1280, "height": 300})
    page.goto((site / "regions.html").as_uri())
    page.wait_for_function("!!window.QUALITY_TABLES")
    page.mouse.move(5, 150)
    page.mouse.down()
    page.locator("main table[data-key]:visible").first.evaluate("table => table.scrollIntoView()")
    page.wait_for_timeout(500)
    assert page.locator(".working").count() == 0
    page.mouse.up()
    page.locator(".working").first.wait_for()
    assert said == []
    page.close()
