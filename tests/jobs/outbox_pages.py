"""Pages of an outbox as a program reads them: the rows of their tables, their links and the words on them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Read(HTMLParser):
    """``rows``: (kind of file, row by its columns) of every table of rows, a value as the file has it;
    ``ids``, ``links``: anchors of the page and where it leads; ``cases``: the text of each link that is a
    case number, with its target."""

    def __init__(self, html: str):
        super().__init__()
        self.rows: list[tuple[str, Row]] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.cases: list[tuple[str, str]] = []
        self._kind, self._heads, self._cells = "", list[str](), list[tuple[str | None, str]]()
        self._in_head = self._in_cell = self._in_code = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        if has.get("id"):
            self.ids.append(str(has["id"]))
        if tag == "a" and has.get("href"):
            self.links.append(str(has["href"]))
        if tag == "table":
            self._kind, self._heads = has.get("data-kind") or "", []
        self._in_head = tag == "thead" or (self._in_head and tag != "tbody")
        if tag == "th" and self._in_head and has.get("data-name"):
            self._heads.append(str(has["data-name"]))
        if tag == "tr":
            self._cells = []
        if tag in ("td", "th") and not self._in_head and self._kind:
            self._in_cell = True
            self._cells.append((has.get("data-value"), ""))
        if tag == "code" and self.links:
            self._in_code = True

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            value, text = self._cells[-1]
            self._cells[-1] = (value, text + data)
        if self._in_code and not self._kind:
            self.cases.append((data, self.links[-1]))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False
        if tag == "code":
            self._in_code = False
        if tag == "tr" and self._cells and self._kind:
            self.rows.append((self._kind, self._row()))
        if tag == "table":
            self._kind = ""

    def _row(self) -> Row:
        row: Row = {}
        for names, (value, text) in zip(self._heads, self._cells, strict=True):
            said = text if value is None else value
            parts = names.split(" ")
            row |= dict(zip(parts, json.loads(said) if len(parts) > 1 else [said or None], strict=True))
        return row


def pages(outbox: Path) -> Iterator[tuple[str, Path, str]]:
    """Recipient, path and text of every page of the outbox."""
    for path in sorted(outbox.glob("*/*/*.html")):
        yield path.parents[1].name, path, path.read_text(encoding="utf-8")


def rows_of(folder: Path) -> dict[str, list[Row]]:
    """Kind of file → its rows on all pages of a package, in the order of the pages."""
    found: dict[str, list[Row]] = {}
    first = folder / "index.html"
    others = sorted(folder.glob("*.html"), key=_number)
    for path in [first, *(p for p in others if p != first)]:
        for kind, row in Read(path.read_text(encoding="utf-8")).rows:
            found.setdefault(kind, []).append(row)
    return found


def _number(path: Path) -> tuple[str, int]:
    stem, _, number = path.stem.rpartition("-")
    return (stem, int(number)) if number.isdecimal() else (path.stem, 1)
