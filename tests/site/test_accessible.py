"""Every kind of page: clean by axe, no sideways scrolling on a phone, at most 10,000 elements."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from test_browser import DESKTOP, PHONE, watched

MOST = 10_000
# WCAG 2.2 AA and axe's own good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A diagram may scroll in its own box (`pan`; WCAG 1.4.10 excepts it): the table below it says the same.
WIDER = """() => [...document.querySelectorAll("body, body *:not(.pan)")].filter(e => {
    const style = getComputedStyle(e);
    return e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1
        && (e === document.body || style.overflowX === "auto" || style.overflowX === "scroll");
}).map(e => `${e.tagName} ${e.className} ${e.getAttribute("aria-label") || ""}`)"""
# Open what is folded; done when every listener of it, which may begin a table, was called.
UNFOLD = """() => Promise.all(Array.from(document.querySelectorAll("details:not([open])"), each =>
    new Promise(done => { each.addEventListener("toggle", done, { once: true }); each.open = true; })))"""


def kinds(site: Path) -> list[str]:
    """The largest page of each kind: a page at the top is a separate kind, a folder's pages are one."""
    found: dict[str, tuple[int, str]] = {}
    for file in site.rglob("*.html"):
        path = file.relative_to(site).as_posix()
        folder = path.rpartition("/")[0]
        if not path.startswith("data_docs/"):
            kind = folder if folder and not path.endswith("index.html") else path
            found[kind] = max(found.get(kind, (0, "")), (file.stat().st_size, path))
    return sorted(path for _, path in found.values())


def unfolded(page: Page, address: str) -> None:
    """Open a page and all that is folded in it. Scripts that it asks for when it is opened come before its
    load event, for which goto waits."""
    page.goto(address)
    page.evaluate(UNFOLD)


@pytest.mark.slow
def test_axe_finds_nothing_on_any_kind_of_page(browser: Browser, site: Path) -> None:
    page, _, _ = watched(browser, DESKTOP)
    options = {"runOnly": RULES, "resultTypes": ["violations"]}
    found = {}
    for path in kinds(site):
        unfolded(page, (site / path).as_uri())
        wrong = Axe().run(page, options=options).response["violations"]
        if wrong:
            found[path] = [(v["id"], v["nodes"][0]["html"][:120]) for v in wrong]
    page.close()
    assert found == {} and len(kinds(site)) > 35


@pytest.mark.slow
def test_no_kind_of_page_scrolls_sideways_on_a_phone(browser: Browser, site: Path) -> None:
    page, _, _ = watched(browser, PHONE)
    found = {}
    for path in kinds(site):
        for language in ("zh", "en"):
            unfolded(page, f"{(site / path).as_uri()}?lang={language}")
            wider = page.evaluate(WIDER)
            if wider:
                found[path, language] = wider[:3]
    page.close()
    assert found == {}


def elements(html: str) -> int:
    """How many elements a page has."""
    return len(re.findall(r"<[a-z]", re.sub(r"<(script|style)>.*?</\1>", "", html, flags=re.S)))


def test_no_page_has_more_than_ten_thousand_elements(html: dict[str, str]) -> None:
    counted = {path: elements(text) for path, text in html.items()}
    assert {path: n for path, n in counted.items() if n > MOST} == {} and max(counted.values()) > 1000
