"""The glossary is a page of the site: every term by both names, found by the search, downloadable."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

from reading_pages import text_of

from jobs.contracts.glossary import glossary


def test_the_page_names_every_term_in_both_languages_at_an_address(html: dict[str, str]) -> None:
    page = html["glossary.html"]
    words = text_of(page)
    for known in glossary().values():
        assert f'id="{known.term}"' in page and known.zh in words and known.en in words, known.term


def test_the_search_finds_the_page_by_either_name(site: Path) -> None:
    script = (site / "search_index.js").read_text(encoding="utf-8")
    listed = json.loads(re.search(r"\{.*\}", script, flags=re.S).group())["pages"]
    (more,) = [row[4] for row in listed if row[0] == "glossary.html"]
    assert "加权不合格率" in more and "Finding rate" in more and "闭环率" in more


def test_the_download_is_the_glossary(site: Path) -> None:
    text = (site / "data" / "glossary.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(r["term"], r["zh"], r["en"]) for r in rows] == [
        (t.term, t.zh, t.en) for t in glossary().values()
    ]
