"""Land one received file by one feed, into one Parquet file of landed rows. Runs in a worker process, without
access to the ledger."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.ingest.conversions import NULL
from jobs.ingest.delivery import day_of, newest_day
from jobs.ingest.joins import JoinedFile, Joiner, probe
from jobs.ingest.limits import Limited
from jobs.ingest.model import ColumnMap, Feed, Reason, Refused
from jobs.ingest.operations import Around, landed
from jobs.ingest.personal import pseudonyms, withhold_persons
from jobs.ingest.reading import Part, read_parts
from jobs.ingest.records import Batch, Found, without_unseen
from jobs.ingest.scrubbing import mask, masked, scrub
from jobs.ingest.shortened import empties, is_code, shortened
from jobs.ingest.verdict import FileResult, result_of
from jobs.whole_folder import replaced_file

_NUMBERS = re.compile(r"int|bigint|double|decimal.*")


@dataclass(frozen=True)
class Unit:
    """A file to be landed by a feed. ``file``: its path below the source's folder; ``path``: its raw copy;
    ``received_on``: its day of receipt; ``out``: the Parquet file to write; ``key``: the key of the
    pseudonyms."""

    feed: Feed
    file: str
    sha256: str
    load_key: str
    path: Path
    received_on: date
    out: Path
    key: bytes = b""
    joined: tuple[tuple[JoinedFile, ...], ...] = ()  # for each join of the feed
    feeds: tuple[Feed, ...] = ()  # of the source; for a file that is only joined, those that join it


def land_unit(unit: Unit) -> FileResult:
    """Land one unit and return its result; a refusal becomes a result with the reason. A unit whose feed has
    no target is only read. Other exceptions are raised."""
    try:
        if not unit.feed.target:
            return probe(unit.path, unit.file, unit.feeds)
        joiner = Joiner(unit.feed, unit.path, unit.file, unit.joined, unit.feeds)
        return concluded(unit, read_tables(unit.feed, unit.path, unit.file, unit.key, joiner), joiner)
    except Refused as refusal:
        return FileResult("refused", refusal.reason, limited=isinstance(refusal, Limited))


def concluded(unit: Unit, parts: list[Part], joiner: Joiner) -> FileResult:
    """Judge what was read of a unit, and write its Parquet file where it landed; returns the result. Raises
    Refused as `result_of` does, and for a snapshot without a delivery date or without a usable record.
    ``parts``: as `read_tables` returns them; ``joiner``: the one that joined their batches."""
    outcome = result_of(unit.feed, parts)
    joiner.complete(outcome, parts)
    tables = [table for part in parts for table in part.tables]
    outcome.keys = _keys(unit.feed, tables)
    outcome.delivered_on = _delivered(unit, tables, outcome)
    if unit.feed.mode == "snapshot":
        _fit_for_snapshot(outcome)
    if outcome.status == "landed":
        write(unit, tables, outcome.delivered_on)
    return outcome


def _keys(feed: Feed, tables: list[pa.Table]) -> int:
    """How many different keys of the target the landed rows have."""
    keys = [table.select(feed.key) for table in tables]
    return pa.concat_tables(keys).group_by(list(feed.key)).aggregate([]).num_rows if keys else 0


def _fit_for_snapshot(outcome: FileResult) -> None:
    """Refused: without a day it has no place among the deliveries; a damaged file would end every key that it
    ought to hold. One without records ends them by right, with a warning."""
    if outcome.delivered_on is None:
        raise Refused("快照没有交付日期", "has no delivery date, and a snapshot needs one: state `delivered`")
    if outcome.status == "landed" and not outcome.loaded:
        raise Refused("快照中没有一条可用的记录", "is a snapshot of which no record can be used")
    if outcome.status == "empty":
        ends = Reason(
            "快照没有数据：此前各键自本次交付起结束",
            "is a snapshot without a record: every key before it ends",
        )
        outcome.warnings.append(str(ends))


def read_tables(feed: Feed, path: Path, file: str, key: bytes, joiner: Joiner | None = None) -> list[Part]:
    """Read a file by a feed: one Part per member, whose tables hold the landed rows of each batch
    (`transform`). ``path``: the raw copy; ``file``: the file's path below the source's folder; ``key``: the
    key of the pseudonyms; ``joiner``: applies the feed's joins (None: nothing is joined). Raises Refused as
    `read_parts` and `Joiner.apply` do."""

    def take(batch: Batch, found: Found, member: str | None) -> pa.Table:
        around = Around(feed.timezone, file, member, key)
        return transform(feed, joiner.apply(batch, found) if joiner else batch, around, found)

    return read_parts(feed, path, file, take)


def transform(feed: Feed, batch: Batch, around: Around, found: Found) -> pa.Table:
    """Turn a batch into a table of landed rows, one per record: contract columns, `_version`, `_original_…`,
    `_unmapped` (names of the columns with an unknown value, as `;a;b;`), `_member`, `_record`, `_element`
    (`text_schema`). Personal data is replaced, and ``found`` gets counts of what was scrubbed, shortened and
    lost."""
    columns: dict[str, pa.Array] = {}
    originals: dict[str, pa.Array] = {}
    flags = pa.repeat(pa.scalar("", pa.string()), len(batch.record))
    version = None
    for column in feed.columns:
        cells = landed(column, batch, around)
        values = without_unseen(cells.values) if column.code else cells.values
        values = pseudonyms(values, column.personal, around.key) if column.personal else values
        if column.personal is None and not column.code:
            numbers = _NUMBERS.fullmatch(column.type) is not None
            values, counts = (
                scrub(values) if column.free_text else mask(values, numbers=numbers, hashes=column.hashes)
            )
            if counts:
                found.scrubbed.setdefault(column.name, Counter()).update(counts)
        if column.name == feed.version:
            version = values
            found.lost_versions += cells.lost
        if not column.in_contract:
            continue
        columns[column.name] = values
        original, unmapped = cells.original, cells.unmapped
        if is_code(column, feed) and (cut := shortened(column.value, batch, around)) is not None:
            if empties(column, feed):
                columns[column.name] = pc.if_else(cut, NULL, values)
                said = pc.if_else(cut, values, NULL)
                original = said if original is None else pc.coalesce(original, said)
            unmapped = cut if unmapped is None else pc.or_(unmapped, cut)
            _note_shortened(found, column.name, batch.record.filter(cut))
        if _keeps_original(column, feed):
            kept = original if original is not None else pa.nulls(len(batch.record), pa.string())
            originals[f"_original_{column.name}"] = mask(kept)[0]
        if unmapped is not None and pc.any(unmapped).as_py():
            flags = pc.binary_join_element_wise(flags, pc.if_else(unmapped, f"{column.name};", ""), "")
    columns, originals = withhold_persons(columns, originals, around.key)
    if version is not None:
        columns["_version"] = version
    flags = pc.if_else(pc.equal(flags, ""), flags, pc.binary_join_element_wise(";", flags, ""))
    size = len(batch.record)
    place = {
        "_member": pa.repeat(pa.scalar(around.member and masked(around.member), pa.string()), size),
        "_record": batch.record,
        "_element": batch.element if batch.element is not None else pa.nulls(size, pa.int64()),
    }
    return pa.table({**columns, **originals, "_unmapped": flags, **place}, schema=text_schema(feed))


def _keeps_original(column: ColumnMap, feed: Feed) -> bool:
    nameless = not (column.personal or column.free_text or column.hashes)
    return column.changes or (nameless and empties(column, feed))


def _note_shortened(found: Found, column: str, records: pa.Array) -> None:
    count, first = found.shortened.get(column, (0, records[0].as_py()))
    found.shortened[column] = (count + len(records), first)


def text_schema(feed: Feed) -> pa.Schema:
    """The columns of the rows that `transform` returns: text, but for the numbers `_record` and `_element`.
    `write` adds those that are the same in all rows of a file."""
    names = [c.name for c in feed.columns if c.in_contract]
    names += ["_version"] if feed.version else []
    names += [f"_original_{c.name}" for c in feed.columns if _keeps_original(c, feed)]
    places = [("_record", pa.int64()), ("_element", pa.int64())]
    return pa.schema([(name, pa.string()) for name in (*names, "_unmapped", "_member")] + places)


def _delivered(unit: Unit, tables: list[pa.Table], outcome: FileResult) -> date | None:
    """The delivery date of a file: the date in its name, where the feed states `delivered`; else the newest
    event date among its landed rows, ``tables``, up to the day of receipt; None where there is neither. A
    name without the date that it should have adds a warning to ``outcome``."""
    feed = unit.feed
    if feed.delivered:
        day = day_of(feed.delivered, unit.file)
        if day is not None:
            return day
        no_date = Reason(
            f"文件名不含交付日期（{feed.delivered}）", f"the name holds no delivery date ({feed.delivered})"
        )
        outcome.warnings.append(str(no_date))
    if feed.event_date is None:
        return None
    days = [newest_day(table.column(feed.event_date).combine_chunks(), unit.received_on) for table in tables]
    return max((day for day in days if day is not None), default=None)


def write(unit: Unit, tables: list[pa.Table], delivered_on: date | None) -> None:
    """Write the landed rows of a unit to its Parquet file ``unit.out``; it appears under its name only when
    it is complete. ``tables``: as `transform` returns them; ``delivered_on``: the file's delivery date. Equal
    rows give equal bytes."""
    feed = unit.feed
    values = {
        "_policies": feed.policies,
        "_source": feed.source,
        "_feed": feed.name,
        "_file": unit.file,
        "_file_sha256": unit.sha256,
        "_delivered_on": delivered_on,
        "_received_on": unit.received_on,
        "_mapping": feed.mapping,
        "_load_key": unit.load_key,
    }
    types = {"_delivered_on": pa.date32(), "_received_on": pa.date32()}
    schema = pa.schema(
        [*text_schema(feed), *(pa.field(name, types.get(name, pa.string())) for name in values)]
    )
    with (
        replaced_file(unit.out) as part,
        pq.ParquetWriter(part, schema, compression="zstd", store_schema=False) as writer,
    ):
        for table in _sized(tables):
            fixed = [pa.repeat(pa.scalar(v, schema.field(n).type), table.num_rows) for n, v in values.items()]
            writer.write_table(pa.Table.from_arrays([*table.columns, *fixed], schema=schema))


def _sized(tables: list[pa.Table]) -> Iterator[pa.Table]:
    """Row groups of at most 250,000 rows, the same for any batches that the reader made."""
    if tables:
        whole = pa.concat_tables(tables)
        for start in range(0, whole.num_rows, 250_000):
            yield whole.slice(start, 250_000)
