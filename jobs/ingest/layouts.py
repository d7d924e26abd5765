"""Read from a feed of a source YAML how its files are laid out (definitions.md#feed): format, encoding,
options, the members of an archive, and the list that `explode` takes apart into one record per element."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from jobs.contracts.shapes import shaped
from jobs.ingest.model import NESTED, Options
from jobs.ingest.paths import parse_path
from jobs.ingest.records import header_text
from jobs.ingest.source_files import SourceDocument
from jobs.ingest.source_shape import FeedShape, PartsShape
from jobs.strict_yaml import KeyPath


class Layout(NamedTuple):
    """How the files of a feed are read. The fields, their values and defaults are those of the same name of
    Feed."""

    format: str
    encoding: str
    options: Options
    member: str | None
    explode: str | None
    explode_by: str | None
    explode_with: tuple[str, ...] = ()


def read_layout(doc: SourceDocument, feed: FeedShape, at: KeyPath, label: str) -> Layout:
    """Make the Layout of a feed. ``feed``: the feed's fields, already checked one by one; ``at``: the keys
    that lead to it in the document; ``label``: its name in messages (`feeds.listings`).

    Problems are added to ``doc``: a quote equal to the delimiter, and an `explode` that is no name, a path
    that cannot be parsed, a path with a position or `*`, or several columns in a nested format. A Layout is
    returned all the same.
    """
    given = feed.options
    delimiter = given.delimiter or ("\t" if feed.format == "tsv" else ",")
    if given.quote == delimiter:
        what = "must be one character, not the delimiter, or '' where nothing is quoted"
        doc.wrong((*at, "options", "quote"), f"{label}.options.quote", what)
    options = Options(
        delimiter,
        given.quote,
        given.header_row,
        given.sheet,
        given.table,
        given.record_path,
        given.header_rows,
    )
    exploded: tuple[str | None, str | None, tuple[str, ...]] = (None, None, ())
    if feed.explode is not None:
        exploded = _explode(doc, feed.explode, at, label, feed.format)
    return Layout(feed.format, feed.encoding, options, feed.member, *exploded)


def _explode(
    doc: SourceDocument, value: Any, at: KeyPath, label: str, style: str
) -> tuple[str | None, str | None, tuple[str, ...]]:
    """The list whose elements become records, by names only (a second level is not in the language); or the
    text whose parts do, what stands between them, and further texts with as many parts: `{split: [列, 列],
    by: "；"}`."""
    at, label, by = (*at, "explode"), f"{label}.explode", None
    more: tuple[str, ...] = ()
    if isinstance(value, Mapping):
        parts = shaped(doc, PartsShape, value, at, label)
        if parts is None:
            return None, None, ()
        at, label, by, (text, *rest) = (*at, "split"), f"{label}.split", parts.by, parts.split
        more = tuple(rest)
        if more and style in NESTED:
            doc.wrong(at, label, f"several columns are split in files of rows, not in {style}")
    else:
        text = header_text(doc.text(value, at, label))
    if text and style in NESTED:
        try:
            if not all(isinstance(step, str) and step != "*" for step in parse_path(text)):
                what = (
                    "one text, as in results or data.results" if by else "one list, as in items or data.items"
                )
                doc.wrong(at, label, f"{text} must name {what}")
        except ValueError as error:
            doc.wrong(at, label, str(error))
    return text or None, by, more
