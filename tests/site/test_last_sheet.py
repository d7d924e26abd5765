"""The last sheet of a printed page: Chromium prints small pages with the site's style."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page
from test_browser import watched
from test_sheets import SHEET, SOURCE, sheets, show

from jobs.reports.rendering import static


def test_the_last_sheet_of_a_public_table_holds_more_than_one_row(browser: Browser) -> None:
    """The last row keeps room below it for the source, and went to a sheet without the one before it."""
    page, _, _ = watched(browser, SHEET)
    page.emulate_media(media="print")
    for n in range(9, 27):
        rows = "".join(
            f"<tr><th scope='row'>row-{i}.</th><td class='under'>{'word<br>' * 5}</td></tr>" for i in range(n)
        )
        head = "<thead><tr><th scope='col'>Head</th><th scope='col' class='under'>Words</th></tr></thead>"
        made = f"<table class='lined' style='--columns: 1fr'>{head}<tbody>{rows}</tbody></table>"
        show(page, f"<div class='scroll'>{made}</div>{SOURCE}<p class='small paper'>This page</p>")
        page.evaluate("() => document.querySelector('main').classList.add('public')")
        assert len(set(re.findall(r"row-\d+\.", sheets(page)[-1]))) > 1, n
    page.close()


@pytest.mark.parametrize(
    ("around", "note"),
    [
        ("{}", ""),
        ("{}", "<p class='small'>" + "Note of the table. " * 12 + "</p>"),
        ("<details open><summary>Others</summary>{}</details>", ""),
    ],
)
def test_the_last_sheet_of_a_page_that_ends_with_a_table_holds_a_row(
    browser: Browser, around: str, note: str
) -> None:
    """The line on citing and the footer keep together, and went to a sheet without anything above them."""
    page, _, _ = watched(browser, SHEET)
    page.emulate_media(media="print")
    for n in range(60, 84):
        rows = "".join(f"<tr><th scope='row'>row-{i}.</th><td>word</td></tr>" for i in range(n))
        head = "<thead><tr><th scope='col'>Head</th><th scope='col'>Words</th></tr></thead>"
        made = f"<div class='scroll'><table>{head}<tbody>{rows}</tbody></table></div>"
        cited = f"{around.format(made)}{SOURCE}{note}<p class='small paper'>Cite as</p>"
        footer = "<footer><div class='wrap'>Footer<p class='small'>Whom to ask.</p></div></footer>"
        page.set_content(
            f"<!doctype html><html class='lang-en'><style>{static()['style']}</style>"
            f"<div class='wrap'><main>{cited}</main></div>{footer}</html>"
        )
        last = sheets(page)[-1]
        assert re.search(r"row-\d+\.", last) and "Footer" in last, n
    page.close()


def _last(page: Page, body: str) -> str:
    """What the last sheet holds of a page of ``body``, with the line on citing and a footer below it."""
    footer = (
        "<footer><div class='wrap'>Footer<p class='small'>Whom to ask.</p><p class='small'>Names.</p></div>"
    )
    page.set_content(
        f"<!doctype html><html class='lang-en'><style>{static()['style']}</style><div class='wrap'>"
        f"<main>{body}<p class='small paper'>Cite as</p></main></div>{footer}</footer></html>"
    )
    return sheets(page)[-1]


def test_the_last_sheet_of_a_page_holds_a_row_where_a_line_on_further_rows_follows_its_table(
    browser: Browser,
) -> None:
    """Of a brand with more reports than its page lists it held the footer alone."""
    page, _, _ = watched(browser, SHEET)
    page.emulate_media(media="print")
    for n in range(64, 72):
        rows = "".join(f"<tr><th scope='row'>row-{i}.</th><td>word</td></tr>" for i in range(n))
        head = "<thead><tr><th scope='col'>Head</th><th scope='col'>Words</th></tr></thead>"
        made = f"<div class='scroll'><table>{head}<tbody>{rows}</tbody></table></div>"
        last = _last(page, f"<h1>T</h1>{made}<p>Shown here: 9</p>{SOURCE}<p class='small' id='cite'>Cite</p>")
        assert re.search(r"row-\d+\.", last) and "Footer" in last, n
    page.close()


def test_the_last_sheet_of_a_page_that_ends_with_a_list_of_units_holds_some_of_them(browser: Browser) -> None:
    """Of categories.html it held the footer alone: a list in columns is not broken before its last line."""
    page, _, _ = watched(browser, SHEET)
    page.emulate_media(media="print")
    for n in (32, 41, 46, 51):
        units = "".join(
            f"<li><a>row-{i}.</a> <span class='small'>about</span></li>" for i in range(40 * (n - 20))
        )
        last = _last(page, f"<h1>T</h1>{'<p>x</p>' * (n % 40)}<h2>All</h2><ul class='units'>{units}</ul>")
        assert re.search(r"row-\d+\.", last) and "Footer" in last, n
    page.close()
