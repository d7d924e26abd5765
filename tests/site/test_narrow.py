"""On a phone and at a desk lines break between words, not within what is read as one."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from jobs.reports.rendering import static

SAMPLE = "YP-330000-202604-000119"
# The lines on which each date and number of a sample stands: one for those that are not broken.
LINES = r"""() => {
  const found = [], walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    for (const date of walker.currentNode.data.matchAll(/\d{4}-\d\d-\d\d|YP-[-\d]+/g)) {
      const range = document.createRange();
      range.setStart(walker.currentNode, date.index);
      range.setEnd(walker.currentNode, date.index + date[0].length);
      found.push(new Set(Array.from(range.getClientRects(), (box) => Math.round(box.top))).size);
    }
  }
  return found;
}"""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_date_and_no_number_of_a_sample_within_a_sentence_is_broken(
    browser: Browser, tmp_path: Path, language: str, width: int
) -> None:
    """Before each date stand one to sixty characters, so that some of them come to the end of a line. What
    is copied has the plain hyphens."""
    word = {"zh": "结", "en": "x"}[language]
    said = "".join(f"<p>{word * n} 2026-05-08, {SAMPLE}; (2026-07-17)</p>" for n in range(1, 61))
    cell = f"<table><thead><tr><th>A</th></tr></thead><tbody><tr><td>{said}</td></tr></tbody></table>"
    half = f"<div style='width: 50%'>{said}</div>"  # the lines of a wide window end elsewhere
    head = (
        f"<html class='lang-{language}' data-languages='zh en' data-root=''>"
        f"<meta name='viewport' content='width=device-width'><style>{static()['style']}</style>"
    )
    script = f"<script>{static()['script']}</script>"
    (tmp_path / "a.html").write_text(
        f"<!doctype html>{head}<main>{said}{half}{cell}</main>{script}</html>", encoding="utf-8"
    )
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto((tmp_path / "a.html").as_uri())
    lines = page.evaluate(LINES)
    assert len(lines) == 3 * 60 * 3 and set(lines) == {1}
    assert page.inner_text("p").endswith(f" 2026-05-08, {SAMPLE}; (2026-07-17)")
    page.close()
