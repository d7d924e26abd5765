"""What the foot of each printed sheet says: the site and page that it is of, and that data are made up."""

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
