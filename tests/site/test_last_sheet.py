"""The last sheet of a printed page: Chromium prints small pages with the site's style."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser
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
