"""Read a received file by a feed: through archives, with the reader for its format, one member after
another."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from jobs.ingest import delimited, json_files, nested, parquet_files, sqlite_files, workbook
from jobs.ingest.model import NESTED, Feed, Refused
from jobs.ingest.opening import Content, contents
from jobs.ingest.records import Batch, Found, Unclean

Reader = Callable[[io.BufferedReader, Feed, Found], Iterator[Batch]]
READERS: dict[str, tuple[Reader, ...]] = {
    "csv": (delimited.fast, delimited.careful),
    "tsv": (delimited.fast, delimited.careful),
    "jsonl": (json_files.lines,),
    "json": (json_files.document,),
    "xlsx": (workbook.batches,),
    "parquet": (parquet_files.batches,),
    "sqlite": (sqlite_files.batches,),
}
Taker = Callable[[Batch, Found, str | None], pa.Table]  # of a batch, what was found so far, the member


@dataclass
class Part:
    """What was read of a file, or of one member of a zip file (``member``: its name). ``tables``: one per
    batch, as the taker made it; ``found``: what the reader noticed."""

    member: str | None
    tables: list[pa.Table]
    found: Found


def read_parts(feed: Feed, path: Path, file: str, take: Taker) -> list[Part]:
    """Read a file by a feed; returns one Part per member, sorted by name (one Part for a plain or empty
    file).

    ``path``: the raw copy; ``file``: the file's path below the source's folder; ``take(batch, found,
    member)``: makes a table of each batch. A file that the fast reader cannot read exactly is read again from
    its start, and the tables made until then are dropped. Raises Refused where the file cannot be read at
    all.
    """
    if path.stat().st_size == 0:
        return [Part(None, [], Found())]
    with contents(path, file, feed) as (members, warnings):
        parts = [_part(content, feed, take) for content in members]
    parts[0].found.warnings += warnings
    return parts


def _part(content: Content, feed: Feed, take: Taker) -> Part:
    try:
        for reader in READERS[feed.format]:
            part = Part(content.member, [], Found())
            try:
                with content.open() as stream:
                    for batch in _batches(reader, stream, feed, part.found):
                        part.tables.append(take(batch, part.found, content.member))
                return part
            except Unclean:
                continue
    except Refused as refusal:
        raise named(refusal, content.member) from refusal
    raise AssertionError(f"no reader of {feed.format} is whole")


def _batches(reader: Reader, stream: io.BufferedReader, feed: Feed, found: Found) -> Iterator[Batch]:
    if not stream.peek(1):
        return
    if feed.explode is None or feed.format in NESTED:
        yield from reader(stream, feed, found)
        return
    header = Found()
    yield from nested.from_rows(reader(stream, feed, header), feed, found, header)


def named(refusal: Refused, member: str | None) -> Refused:
    """The refusal, of the same class, with the name of the archive's member in front of its messages."""
    if member is None:
        return refusal
    return type(refusal)(f"{member}：{refusal.reason.zh}", f"{member}: {refusal.reason.en}")
