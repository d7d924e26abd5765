"""Read the first rows of a provider's file, within the limits of a landing: the column names of each sheet in
the form in which landing matches them, and their first values."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from jobs.deployment import deployment
from jobs.errors import UsageError
from jobs.ingest.draft.headers import COLUMNS, find_header
from jobs.ingest.json_files import record_paths
from jobs.ingest.model import ColumnMap, Feed, Options, Refused, Value
from jobs.ingest.opening import MARK, Content, contents, text_of
from jobs.ingest.reading import READERS
from jobs.ingest.records import Found, Unclean, header_names
from jobs.ingest.workbook import first_rows, header
from jobs.plurals import plural

ROWS = 3000  # rows of a sheet that are looked at
_HEAD = 1 << 16  # bytes by which encoding and delimiter are judged
ENCODINGS = ("utf-8", "gb18030", "big5", "shift_jis")  # the first that reads the bytes is taken
_DELIMITERS = (",", "\t", ";", "|", "｜")
_FORMATS = {
    **{ending: ending for ending in ("csv", "tsv", "jsonl", "json", "xlsx", "parquet")},
    "txt": "csv",
    "xls": "xlsx",
    "xlsm": "xlsx",
    "ndjson": "jsonl",
}


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook, or a whole file of another format (``name`` None). ``format``: one of FORMATS;
    ``names``: its column names, None where no header was found; ``values``: for each of them the first
    values, in the file's order; ``options``, ``encoding``: how it is read, as a source YAML states it."""

    name: str | None
    format: str
    names: tuple[str, ...] | None
    values: tuple[tuple[str | None, ...], ...] = ()
    options: Options = field(default_factory=Options)
    encoding: str = "utf-8"


def read_sheets(path: Path, known: Callable[[str], bool]) -> list[Sheet]:
    """Read the sheets of a file that have content; of each at most ROWS rows. ``known``: whether a folded
    name is in the vocabulary, by which headers are found. Raises UsageError where the file does not exist,
    has no known format or too many columns, and Refused where it cannot be read."""
    if not path.is_file():
        raise UsageError(f"{path}: is not a file")
    style = _format(path)
    feed = Feed("draft", "draft", "", ("*",), style, (), deployment().timezone)
    with contents(path, path.name, feed) as (members, _):
        content = members[0]
        style = _FORMATS.get((content.member or "").rsplit(".", 1)[-1].lower(), style)
        feed = replace(feed, format=style)
        if style == "xlsx":
            return list(_workbook(content, known))
        if style in ("csv", "tsv"):
            return list(_delimited(content, style, known))
        return list(_records(content, feed))


def _format(path: Path) -> str:
    endings = [ending.removeprefix(".").lower() for ending in path.suffixes[-2:]]
    if endings and endings[-1] in ("gz", "zip"):
        endings.pop()
        if not endings:
            return "csv"
    style = _FORMATS.get(endings[-1] if endings else "")
    if style is None:
        raise UsageError(f"{path}: is none of {', '.join(sorted(_FORMATS))} (also with .gz or .zip behind)")
    return style


def _workbook(content: Content, known: Callable[[str], bool]) -> Iterator[Sheet]:
    with content.open() as stream:
        for name, rows, merged in first_rows(stream, ROWS):
            if not any(cell for row in rows for cell in row):
                continue
            found = find_header(rows, merged, known)
            if found is None:
                yield Sheet(name, "xlsx", None)
                continue
            end = found.row + found.rows
            names = header_names(header(rows, merged, found.row, end), Found())
            options = Options(sheet=name, header_row=end, header_rows=found.rows)
            yield _sheet(name, "xlsx", names, rows[end:], options)


def _delimited(content: Content, style: str, known: Callable[[str], bool]) -> Iterator[Sheet]:
    with content.open() as stream:
        head = stream.read(_HEAD)
    encoding = next((e for e in ENCODINGS if _decodes(head, e)), "utf-8")
    with content.open() as stream:
        text = text_of(stream, encoding, strict=False, newline="")
        sample = text.read(_HEAD // 4)
    mark = "\t" if style == "tsv" else max(_DELIMITERS, key=sample.count)
    with content.open() as stream:
        text = text_of(stream, encoding, strict=False, newline="")
        lines = list(islice(_lines(text), ROWS))
    rows = list(csv.reader(iter(lines), delimiter=mark))
    if not any(map(str.strip, lines)):
        return
    found = find_header(rows, (), known)
    if found is None:
        yield Sheet(None, style, None)
        return
    names = header_names(rows[found.row], Found())
    options = Options(delimiter=mark, header_row=found.row + 1)
    yield _sheet(None, style, names, [row for row in rows[found.row + 1 :] if row], options, encoding)


def _lines(text: io.TextIOBase) -> Iterator[str]:
    """Lines, none longer than what is judged by: a file without line ends is not read as one."""
    while line := text.readline(_HEAD):
        yield line.replace(MARK, "\ufffd").replace("\0", "\ufffd")


def _records(content: Content, feed: Feed) -> Iterator[Sheet]:
    """JSON and Parquet by landing's own readers: first for the names, then for the first values."""
    if feed.format == "json":
        with content.open() as stream:
            paths = record_paths(stream, feed.encoding)
        feed = replace(feed, options=Options(record_path=paths[0] if paths else None))
    names = _first(content, feed)[0]
    if not names:
        return
    if len(names) > COLUMNS:
        raise UsageError(f"has {plural(len(names), 'field')}; a draft takes up to {COLUMNS:,}")
    columns = tuple(ColumnMap(name, Value("from", column=name), "string", False) for name in names)
    values = _values(content, feed, columns)
    known = [name for name in names if name in values] if values else names
    yield Sheet(None, feed.format, tuple(known), tuple(values.get(n, ()) for n in known), feed.options)


def _values(
    content: Content, feed: Feed, columns: tuple[ColumnMap, ...]
) -> dict[str, tuple[str | None, ...]]:
    """The first values of each column, without those of Parquet that have no text (pictures, keys). Refused:
    none has one, or the file is damaged."""
    try:
        return _first(content, replace(feed, columns=columns))[1]
    except Refused as refusal:
        found: dict[str, tuple[str | None, ...]] = {}
        for column in columns if feed.format == "parquet" else ():
            with suppress(Refused):
                found |= _first(content, replace(feed, columns=(column,)))[1]
        if not found:
            raise refusal
        return found


def _first(content: Content, feed: Feed) -> tuple[list[str], dict[str, tuple[str | None, ...]]]:
    """The names of all columns of the file that its first batch shows, and for each column that ``feed``
    reads (none of a feed without columns) its values in that batch as texts, at most ROWS of them. A file
    without records gives the names that its reader found, and no values. Raises Refused as the reader does.
    """
    found = Found()
    for reader in READERS[feed.format]:
        try:
            with content.open() as stream:
                for batch in reader(stream, feed, found):
                    cells = {n: tuple(c.slice(0, ROWS).to_pylist()) for n, c in batch.columns.items()}
                    return list(found.names), {n: tuple(map(_plain, c)) for n, c in cells.items()}
        except Unclean:
            continue
    return list(found.names), {}


def _plain(value: object) -> str | None:
    return None if value is None else str(value)


def _sheet(
    name: str | None,
    style: str,
    names: Sequence[str],
    body: Sequence[Sequence[str | None]],
    options: Options,
    encoding: str = "utf-8",
) -> Sheet:
    """A sheet with ``names`` and the values of ``body``, its rows, turned into columns; a short row is filled
    with None. Empty columns without a name at the right edge are left out. Raises UsageError for more than
    COLUMNS names."""
    if len(names) > COLUMNS:
        raise UsageError(f"a sheet has {plural(len(names), 'column')}; a draft takes up to {COLUMNS:,}")
    columns = [tuple(row[i] if i < len(row) else None for row in body) for i in range(len(names))]
    width = len(names)
    while width and names[width - 1].startswith("(column ") and not any(columns[width - 1]):
        width -= 1  # as landing does: formatted but empty columns at the right edge are none
    return Sheet(name, style, tuple(names[:width]), tuple(columns[:width]), options, encoding)


def _decodes(head: bytes, encoding: str) -> bool:
    for cut in range(4):  # the last character may be cut
        try:
            return "\0" not in head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
    return False
