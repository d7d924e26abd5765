"""The last sheet of a printed page of the public site: Chromium prints small pages with the site's style."""

from __future__ import annotations

import re

from playwright.sync_api import Browser
from test_browser import watched
from test_sheets import SHEET, SOURCE, sheets, show


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
