"""How a feed's files are laid out (definitions.md#feed): format, encoding, options, the members of an
archive, the list that is exploded."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from jobs.ingest.model import FORMATS, NESTED, Options
from jobs.ingest.paths import parse_path, record_steps
from jobs.ingest.source_files import SourceDocument
from jobs.strict_yaml import KeyPath

_OPTIONS = (
    "delimiter",
    "quote",
    "header_row",
    "sheet",
    "record_path",
)  # a format takes those that it knows: dialects are shared


class Layout(NamedTuple):
    """How files are read; as in Feed."""

    format: str
    encoding: str
    options: Options
    member: str | None
    explode: str | None


def read_layout(doc: SourceDocument, feed: Mapping[str, Any], at: KeyPath, label: str) -> Layout | None:
    """The layout of a feed, None where it states no known format; problems go to ``doc``."""
    style = (
        doc.one_of(feed["format"], (*at, "format"), f"{label}.format", FORMATS, None)
        if "format" in feed
        else None
    )
    options = _options(doc, feed.get("options", {}), at, label, style or "csv")
    encoding = _encoding(doc, feed.get("encoding", "utf-8"), at, label)
    member = doc.text(feed["member"], (*at, "member"), f"{label}.member") if "member" in feed else None
    explode = _explode(doc, feed["explode"], at, label, style or "csv") if "explode" in feed else None
    return Layout(style, encoding, options, member, explode) if style else None


def number(doc: SourceDocument, value: Any, path: KeyPath, field: str) -> int:
    """A whole number written in digits; 0 and a problem where it is none."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value):
        return int(value)
    doc.wrong(path, field, f"must be a whole number, not {value!r}")
    return 0


def _options(doc: SourceDocument, value: Any, at: KeyPath, label: str, style: str) -> Options:
    at, label = (*at, "options"), f"{label}.options"
    given = doc.mapping(value, at, label, _OPTIONS)
    delimiter, quote = given.get("delimiter", "\t" if style == "tsv" else ","), given.get("quote", '"')
    delimiter = "\t" if delimiter == "\\t" else delimiter
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter.isalnum() or delimiter in "\r\n":
        doc.wrong(
            (*at, "delimiter"),
            f"{label}.delimiter",
            "must be one character, neither a letter, a digit nor a line end",
        )
        delimiter = ","
    if not isinstance(quote, str) or len(quote) > 1 or quote in (delimiter, "\r", "\n") or quote.isalnum():
        doc.wrong(
            (*at, "quote"),
            f"{label}.quote",
            "must be one character, not the delimiter, or '' where nothing is quoted",
        )
        quote = '"'
    row = number(doc, given.get("header_row", "1"), (*at, "header_row"), f"{label}.header_row")
    if row < 1:
        doc.wrong((*at, "header_row"), f"{label}.header_row", "counts from 1")
    text = {k: doc.text(given[k], (*at, k), f"{label}.{k}") for k in ("sheet", "record_path") if k in given}
    if text.get("record_path"):
        try:
            record_steps(text["record_path"])
        except ValueError as error:
            doc.wrong((*at, "record_path"), f"{label}.record_path", str(error))
    return Options(delimiter, quote, row, text.get("sheet"), text.get("record_path"))


def _encoding(doc: SourceDocument, value: Any, at: KeyPath, label: str) -> str:
    try:
        if codecs.lookup(str(value))._is_text_encoding:
            return str(value)
    except LookupError:
        pass
    doc.wrong((*at, "encoding"), f"{label}.encoding", f"{value!r} is not a text encoding that Python knows")
    return "utf-8"


def _explode(doc: SourceDocument, value: Any, at: KeyPath, label: str, style: str) -> str | None:
    """The list whose elements become records, by names only; a second level is not in the language."""
    text = doc.text(value, (*at, "explode"), f"{label}.explode").strip()
    if text and style in NESTED:
        try:
            if not all(isinstance(step, str) and step != "*" for step in parse_path(text)):
                doc.wrong(
                    (*at, "explode"),
                    f"{label}.explode",
                    f"{text} must name one list, as in items or data.items",
                )
        except ValueError as error:
            doc.wrong((*at, "explode"), f"{label}.explode", str(error))
    return text or None
