"""Land one sample file by a feed to see the result, with hints for its provider or the author of the YAML."""

from __future__ import annotations

import codecs
import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa

from jobs.contracts.document import suggestion
from jobs.deployment import today
from jobs.file_limits import Limits
from jobs.ingest.joined_files import Partners
from jobs.ingest.joins import JoinedFile, Joiner
from jobs.ingest.ledger import Edition, load_key, place_in_order
from jobs.ingest.limits import Limited
from jobs.ingest.model import Feed, Refused, Source
from jobs.ingest.opening import MARKS, contents
from jobs.ingest.pool import in_child
from jobs.ingest.reading import READERS, Part
from jobs.ingest.records import Found, Unclean, one_line
from jobs.ingest.unit import Unit, concluded, read_tables
from jobs.ingest.verdict import FileResult, lacking, top_name

_ENCODINGS = ("utf-8", "gb18030", "big5", "shift_jis")
_DELIMITERS = {",": ",", ";": ";", "|": "|", "\t": "\\t", "｜": "｜"}
_HEADER_ROWS = range(1, 11)
# What a line of sums is called, in small letters and without blanks and colons.
_SUMS = frozenset("合计 总计 共计 小计 累计 总和 total totals sum subtotal grandtotal".split())


@dataclass(frozen=True)
class SampleCheck:
    """The result of landing a sample by one feed.

    ``file``: the sample's path below `Samples.folder`. ``rows``: the first landed rows (`transform`), text
    but for `_record` and `_element`; personal values are pseudonyms by a key made for this check; without
    rows or columns where the sample was refused or holds no record.
    ``outcome``: result for the whole sample (status, reason, counts, drift, missing columns, warnings,
    unreadable records). ``hints``: likely corrections. ``landed``: the Parquet file with all rows, None where
    the sample did not land; ``lost_versions``: number of values of the version column that fit nothing.
    """

    feed: str
    target: str
    file: str
    rows: pd.DataFrame
    outcome: FileResult
    hints: tuple[str, ...] = ()
    landed: Path | None = None
    lost_versions: int = 0


@dataclass(frozen=True)
class Samples:
    """The files that are checked by one source.

    ``folder``: takes the place of the source's folder in the inbox; ``files``: the files in it, for feeds
    that join files; ``rows``: how many rows are shown of each; ``scratch``: a folder for landed rows;
    ``secret``: the key of the pseudonyms, made for this check.
    """

    source: Source
    folder: Path
    files: Sequence[Path]
    rows: int
    scratch: Path
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))


def check_sample(samples: Samples, feed: Feed, file: Path, limits: Limits) -> SampleCheck:
    """Land ``file``, one of ``samples.files``, by ``feed`` and return the result; a refusal is a result too.
    The file is read in a child process within ``limits``, as in a landing. Raises OSError where the disk is
    full or read-only."""
    try:
        return in_child(partial(_checked, samples, feed, file), limits)
    except Refused as refusal:
        name = file.relative_to(samples.folder).as_posix()
        outcome = FileResult("refused", refusal.reason, limited=isinstance(refusal, Limited))
        return SampleCheck(feed.name, feed.target, name, pd.DataFrame(), outcome)


def _checked(samples: Samples, feed: Feed, file: Path) -> SampleCheck:
    source, folder = samples.source, samples.folder
    name = file.relative_to(folder).as_posix()
    now = datetime.now(UTC)
    editions = {
        Edition(source.name, path.relative_to(folder).as_posix(), str(path)): place_in_order(
            path.stat().st_mtime_ns, now
        )
        for path in samples.files
        if feed.joins
    }
    joined = Partners(feed, source, editions).of(name)
    joiner = Joiner(
        feed,
        file,
        name,
        [[JoinedFile(e.file, folder / e.file) for e in each] for each in joined],
        source.feeds,
    )
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    key = load_key(source.name, feed.name, sha256, named=name)
    out = samples.scratch / f"{key}.parquet"
    unit = Unit(feed, name, sha256, key, file, today(), out, samples.secret)
    parts: list[Part] = []
    first = pd.DataFrame()
    try:
        parts = read_tables(feed, file, name, unit.key, joiner)
        outcome = concluded(unit, parts, joiner)
        tables = [table for part in parts for table in part.tables]
        first = pa.concat_tables(tables).slice(0, samples.rows).to_pandas() if tables else first
    except Refused as refusal:
        outcome = FileResult("refused", refusal.reason, limited=isinstance(refusal, Limited))
    return SampleCheck(
        feed.name,
        feed.target,
        name,
        first,
        outcome,
        tuple(_hints(feed, file, name, parts)),
        out if outcome.status == "landed" else None,
        sum(part.found.lost_versions for part in parts),
    )


def _hints(feed: Feed, file: Path, name: str, parts: Sequence[Part]) -> Iterator[str]:
    if not feed.matches(name):
        yield f"no night reads it: {name} does not match files of {feed.name} ({' '.join(feed.files)})"
    if feed.format in ("csv", "tsv", "json", "jsonl"):
        yield from _encoding(feed, file, name)
    for part in parts:
        where = f"{part.member}: " if part.member else ""
        yield from (f"{where}{sentence}" for sentence in (*_sums(feed, part), *_elsewhere(feed, part)))
        names = list(part.found.names)
        lacks = lacking(feed, part.found)
        marks = [
            shown
            for mark, shown in _DELIMITERS.items()
            if feed.format in ("csv", "tsv") and len(names) == 1 and mark in names[0]
        ]
        if lacks and marks:
            yield from (f"{where}there is one column only: is the delimiter {shown!r}?" for shown in marks)
        elif lacks and not feed.nested and feed.format != "sqlite":
            yield from (
                f"{where}the column names stand in row {row}: options: {{header_row: {row}}}"
                for row in _rows(feed, file, name)
            )
        unknown = [n for n in names if n not in feed.inputs and n not in feed.ignore]
        for wanted in sorted(set(feed.inputs) - part.found.present | set(lacks)):
            if (top := top_name(wanted, feed)) in names:
                yield f"{where}{wanted} is in no record, although {top} is"
                continue
            close = suggestion(wanted, unknown)
            has = f" (it has: {', '.join(map(one_line, names[:30]))})" if names else ""
            yield f"{where}{wanted} is not in the file{close or has}"


def _sums(feed: Feed, part: Part) -> Iterator[str]:
    """A sentence for each line of sums whose name stands in a column of the key, where it has all that is
    required: a night would accept it as a row."""
    for table in part.tables:
        needed = [c.name for c in feed.columns if c.required and c.name in table.column_names]
        whole = table.select([*needed, "_record"]).to_pandas().dropna(subset=needed)
        for name in (n for n in feed.key if n in needed):
            plain = whole[name].astype(str).str.replace(r"[\s:：]", "", regex=True).str.casefold()
            for row in whole[plain.isin(_SUMS)].to_dict("records"):
                yield (
                    f"record {row['_record']} is a line of sums that a night may accept as a row, as it has "
                    f"all that is required: {name} is {row[name]}; read {name} by a pattern of its codes "
                    "(extract)"
                )


def _elsewhere(feed: Feed, part: Part) -> Iterator[str]:
    """A sentence for each required column of which most cells, but not all, are blank in a file of rows: such
    records belong to another table, as those without a failing item in a list of all batches."""
    if feed.explode or feed.nested:
        return
    for column in (c for c in feed.columns if c.required and c.value.kind == "from" and c.inputs):
        cells = [table[column.name] for table in part.tables if column.name in table.column_names]
        n, blank = sum(len(c) for c in cells), sum(c.null_count for c in cells)
        if column.operation is None and n / 2 < blank < n:
            (name,) = column.inputs
            yield (
                f"{name} is blank in {blank} of {n} records, which are quarantined with each delivery, as "
                f"{column.name} is required; where they are no rows of {feed.target}, `explode: {{split: "
                f"{name}, by: …}}` makes a row of each part of a cell and none of a blank one"
            )


def _encoding(feed: Feed, file: Path, name: str) -> Iterator[str]:
    """Where the beginning of the file does not decode as its source says: a sentence that says so, with the
    encodings that it does decode as, if there are any. None of a file that begins with a byte order mark,
    which names its encoding."""
    try:
        with contents(file, name, feed) as (members, _), members[0].open() as stream:
            head = stream.read(1 << 16)
    except Refused:
        return
    if head.startswith(tuple(mark for mark, _ in MARKS)) or _decodes(head, feed.encoding):
        return
    tried = ("utf-16-le", "utf-16-be") if b"\0" in head else _ENCODINGS
    candidates = [encoding for encoding in tried if _decodes(head, encoding)]
    yield f"encoding: the file does not decode as {feed.encoding}" + (
        f", but as {' or '.join(candidates)}" if candidates else ""
    )


def _decodes(head: bytes, encoding: str) -> bool:
    """Whether the bytes are text in the encoding: they decode, and no character is NUL, as those of another
    encoding of two bytes would be."""
    try:
        text = codecs.getincrementaldecoder(encoding)("strict").decode(head)
    except UnicodeError:  # not only of decoding: utf-16 without a byte order mark raises another
        return False
    return "\0" not in text


def _rows(feed: Feed, file: Path, name: str) -> Iterator[int]:
    """The first other row in which all required column names stand, if one of the first does."""
    for row in (r for r in _HEADER_ROWS if r != feed.options.header_row):
        moved = replace(feed, options=replace(feed.options, header_row=row))
        found = Found()
        try:
            with contents(file, name, moved) as (members, _), members[0].open() as stream:
                next(READERS[feed.format][-1](stream, moved, found), None)
        except (Refused, Unclean):
            continue
        if not lacking(moved, found):
            yield row
            return
