"""A table of a package whose rows are printed as cards (`table.sheet`)."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser
from test_browser import watched
from test_sheets import SHEET, SOURCE, show

CARD = "<tr style='display: grid; grid-template-columns: 1fr 1fr'>" + "<td>word</td>" * 6 + "</tr>"


def test_the_last_card_is_no_taller_than_the_others(browser: Browser) -> None:
    """Each of its lines kept the room that the last row of a table keeps for what follows: it filled a sheet,
    and the card before it stood alone on another."""
    page, _, _ = watched(browser, SHEET)
    page.emulate_media(media="print")
    cards = f"<table class='sheet'><tbody style='display: block'>{CARD * 3}</tbody></table>"
    show(page, f"<div class='scroll'>{cards}</div>{SOURCE}")
    found: Any = page.evaluate("() => [...document.querySelectorAll('tr')].map(row => row.clientHeight)")
    page.close()
    assert found[0] > 0 and found[-1] == found[0]
