"""A phone of 390 pixels: lines break between words, not within what is read as one."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from jobs.reports.rendering import static

# The lines on which each date of the page stands: one for a date that is not broken.
LINES = r"""() => {
  const found = [], walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    for (const date of walker.currentNode.data.matchAll(/\d{4}-\d\d-\d\d/g)) {
      const range = document.createRange();
      range.setStart(walker.currentNode, date.index);
      range.setEnd(walker.currentNode, date.index + date[0].length);
      found.push(new Set(Array.from(range.getClientRects(), (box) => Math.round(box.top))).size);
    }
  }
  return found;
}"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_date_within_a_sentence_is_broken_on_a_phone(
    browser: Browser, tmp_path: Path, language: str
) -> None:
    """Before each date stand one to sixty characters, so that some of them come to the end of a line."""
    word = {"zh": "结", "en": "x"}[language]
    said = "".join(f"<p>{word * n} 2026-05-08, 2026-06-16; (2026-07-17)</p>" for n in range(1, 61))
    cell = f"<table><thead><tr><th>A</th></tr></thead><tbody><tr><td>{said}</td></tr></tbody></table>"
    head = (
        f"<html class='lang-{language}' data-languages='zh en' data-root=''>"
        f"<meta name='viewport' content='width=device-width'><style>{static()['style']}</style>"
    )
    script = f"<script>{static()['script']}</script>"
    (tmp_path / "a.html").write_text(
        f"<!doctype html>{head}<main>{said}{cell}</main>{script}</html>", encoding="utf-8"
    )
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto((tmp_path / "a.html").as_uri())
    lines = page.evaluate(LINES)
    assert len(lines) == 2 * 60 * 3 and set(lines) == {1}
    page.close()
