"""What a finger meets on a phone that stands on no page of the tests' country: a banner of many sources,
signs that lead down a page, and pages of notebooks with their charts."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from playwright.sync_api import Browser
from targets import too_small
from test_browser import PHONE, watched

from jobs.notebooks.drawing import intervals
from jobs.reports.framed import Notebook, index_page, page, template
from jobs.reports.rendering import static
from jobs.reports.rendering import template as of_the_site

DAY = date(2026, 6, 30)


def of_site(body: str) -> str:
    """A page with the style of the site."""
    return f'<html class="lang-zh"><style>{static()["style"]}</style><body>{body}</body></html>'


def banner() -> str:
    night = {"synthetic_sources": ["a", "b"], "n_sources": 3}
    return of_the_site("synthetic.html").render(night=night, most_named=1, root="")


def notebook() -> Notebook:
    """A notebook with one chart, as nbconvert renders it."""
    rows = pd.DataFrame({"name": ["P01"], "rate": [0.1], "low": [0.05], "high": [0.2]})
    chart = intervals(rows, name="name", value="rate", low="low", high="high", title="rate").data
    shown = {"output_type": "display_data", "data": {"text/html": chart}, "metadata": {}}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": 1, "source": "1"}
    content = {"cells": [cell | {"outputs": [shown]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return Notebook("analysts", "look", content, None, "一", "one", "", "")


@pytest.mark.parametrize(
    "html",
    [
        of_site(banner()),
        of_site(
            '<main><ul class="brief"><li><strong>平台</strong>: 恢复 – <a href="#left">↓</a></li></ul></main>'
        ),
        index_page([notebook()], DAY).decode(),
        template("workbooks.html").render(groups=[], day=DAY),
        page(notebook(), DAY).decode(),
    ],
    ids=["banner", "sign", "notebooks", "workbooks", "notebook"],
)
def test_a_phone_shows_no_target_below_24_pixels_and_no_text_below_12(browser: Browser, html: str) -> None:
    shown, said, _ = watched(browser, PHONE)
    shown.set_content(html)
    assert shown.locator("a[href]").count() > 0 and too_small(shown) == []
    assert shown.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert said == []
    shown.close()


def test_small_links_beside_a_figure_are_24_pixels_high_on_a_phone(browser: Browser) -> None:
    """WCAG excepts links in a sentence, which these are not though their line holds other words."""
    shown, _, _ = watched(browser, PHONE)
    beside = '<p>估计：<strong>13.3%</strong> <a class="small" href="#a">含义</a></p>'
    shorter = '<p>抽查通报：计划 <span class="small">· <a href="#b">此处列出：5 / 52</a></span></p>'
    shown.set_content(of_site(f"<main>{beside}{shorter}</main>"))
    heights = shown.locator("main a").evaluate_all("of => of.map(a => a.getBoundingClientRect().height)")
    assert len(heights) == 2 and min(heights) >= 24
    shown.close()
