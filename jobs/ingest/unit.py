"""One unit of landing: a received file read by one feed, into one Parquet file. Runs in a worker process; knows no ledger."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.ingest import delimited, json_lines, workbook
from jobs.ingest.delivery import compile_delivery, newest_day
from jobs.ingest.model import NESTED, Feed, Reason, Refused
from jobs.ingest.opening import opened
from jobs.ingest.operations import landed
from jobs.ingest.paths import parse_path
from jobs.ingest.personal import pseudonyms
from jobs.ingest.records import Batch, Found, Unclean

READERS = {"csv": (delimited.fast, delimited.careful), "tsv": (delimited.fast, delimited.careful),
           "jsonl": (json_lines.batches,), "xlsx": (workbook.batches,)}
LISTED = 10_000  # unreadable records listed one by one; beyond that they are counted and a warning says so


@dataclass(frozen=True)
class Unit:
    """A file × feed to be landed. ``path``: the raw copy; ``file``: its logical name; ``out``: where the Parquet goes."""

    feed: Feed
    file: str
    sha256: str
    load_key: str
    path: Path
    received_on: date
    out: Path
    key: bytes = b""


@dataclass
class Outcome:
    """What became of a unit; ``records = unreadable + loaded`` (both 0 where it is refused)."""

    status: str
    reason: Reason = Reason("", "")
    records: int = 0
    unreadable: int = 0
    loaded: int = 0
    unreadable_list: str = "[]"
    drift: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    delivered_on: date | None = None
    unexpected: bool = False  # refused by an error of ours, not by a verdict about the file


def land_unit(unit: Unit) -> Outcome:
    """Land one unit; a file that must be refused gives an outcome that says why. Other exceptions are the caller's to report."""
    try:
        tables, found = read_tables(unit.feed, unit.path, unit.file, unit.key)
        outcome = judge(unit.feed, tables, found)
        if outcome.status == "landed":
            outcome.delivered_on = _delivered(unit, tables, outcome)
            write(unit, tables, outcome.delivered_on)
        return outcome
    except Refused as refusal:
        return Outcome("refused", refusal.reason)


def read_tables(feed: Feed, path: Path, file: str, key: bytes) -> tuple[list[pa.Table], Found]:
    """The landed rows of a file, batch by batch, and what was found on the way."""
    if path.stat().st_size == 0:
        return [], Found()
    for reader in READERS[feed.format]:
        found, tables = Found(), []
        try:
            with opened(path, file) as stream:
                for batch in reader(stream, feed, found):
                    tables.append(transform(feed, batch, key, found))
            return tables, found
        except Unclean:
            continue
    raise AssertionError(f"no reader of {feed.format} is whole")


def transform(feed: Feed, batch: Batch, key: bytes, found: Found) -> pa.Table:
    """A batch as landed: contract columns, `_version`, `_original_…`, `_unmapped`, `_record`."""
    columns: dict[str, pa.Array] = {}
    originals: dict[str, pa.Array] = {}
    flags = pa.repeat(pa.scalar("", pa.string()), len(batch.record))
    version = None
    for column in feed.columns:
        cells = landed(column, batch, feed.timezone)
        values = pseudonyms(cells.values, column.personal, key) if column.personal else cells.values
        if column.name == feed.version:
            version = values
            found.lost_versions += cells.lost
        if not column.in_contract:
            continue
        columns[column.name] = values
        if cells.original is not None:
            originals[f"_original_{column.name}"] = cells.original
        if cells.unmapped is not None and pc.any(cells.unmapped).as_py():
            flags = pc.binary_join_element_wise(flags, pc.if_else(cells.unmapped, f"{column.name};", ""), "")
    if version is not None:
        columns["_version"] = version
    flags = pc.if_else(pc.equal(flags, ""), flags, pc.binary_join_element_wise(";", flags, ""))
    return pa.table({**columns, **originals, "_unmapped": flags, "_record": batch.record}, schema=text_schema(feed))


def text_schema(feed: Feed) -> pa.Schema:
    """The columns that ``transform`` gives, before the constant ones."""
    names = [c.name for c in feed.columns if c.in_contract]
    names += ["_version"] if feed.version else []
    names += [f"_original_{c.name}" for c in feed.columns if c.changes]
    return pa.schema([(name, pa.string()) for name in (*names, "_unmapped")] + [("_record", pa.int64())])


def judge(feed: Feed, tables: list[pa.Table], found: Found) -> Outcome:
    """landed, empty or refused, by the columns and the number of rows; drift, missing columns and warnings."""
    loaded, unreadable = sum(t.num_rows for t in tables), len(found.unreadable)
    if loaded + unreadable == 0:
        if feed.volume_min > 0:
            raise Refused(f"文件没有数据，但每次至少应有{feed.volume_min}行", f"holds no record, but a delivery has at least {feed.volume_min}")
        return Outcome("empty", Reason("文件没有数据", "holds no record"), drift=_drift(feed, found))
    lacking = [c for c in feed.columns if _lacks(c.producer, c.inputs, found)]
    # Records that all failed to parse say nothing about which names a JSON file has.
    needed = sorted({name for c in lacking if c.required for name in c.inputs if name not in found.present})
    if needed and (loaded or feed.format not in NESTED):
        raise Refused(f"缺少必需的列：{'、'.join(needed)}", f"lacks columns that are required: {', '.join(needed)}")
    if loaded < feed.volume_min:
        raise Refused(f"只有{loaded}行可用，少于下限{feed.volume_min}", f"has {loaded} usable rows, fewer than {feed.volume_min}")
    warnings = list(found.warnings)
    if feed.volume_max is not None and loaded > feed.volume_max:
        warnings.append(Reason(f"有{loaded}行，超过上限{feed.volume_max}", f"has {loaded} rows, more than {feed.volume_max}"))
    if found.lost_versions:
        lost = found.lost_versions
        warnings.append(Reason(
            f"{lost}个“{feed.version}”无法解析，按最旧处理", f"{lost} values of {feed.version} fit nothing and count as the oldest",
        ))
    if unreadable > LISTED:
        warnings.append(Reason(
            f"无法读取的记录共{unreadable}条，只列出前{LISTED}条", f"only the first {LISTED} of {unreadable} unreadable records are listed",
        ))
    listed = [{"record": n, "reason_zh": r.zh, "reason_en": r.en} for n, r in sorted(found.unreadable)[:LISTED]]
    return Outcome(
        "landed", records=loaded + unreadable, unreadable=unreadable, loaded=loaded,
        unreadable_list=json.dumps(listed, ensure_ascii=False), drift=_drift(feed, found),
        missing=sorted(set(feed.inputs) - found.present), warnings=[str(w) for w in warnings],
    )


def _lacks(producer: str, inputs: tuple[str, ...], found: Found) -> bool:
    absent = [name not in found.present for name in inputs]
    return bool(absent) and (all(absent) if producer == "coalesce" else any(absent))


def _drift(feed: Feed, found: Found) -> list[str]:
    used = {parse_path(name)[0] for name in feed.inputs} if feed.format in NESTED else set(feed.inputs)
    return sorted(set(found.names) - used - set(feed.ignore))


def _delivered(unit: Unit, tables: list[pa.Table], outcome: Outcome) -> date | None:
    feed = unit.feed
    if feed.delivered:
        day = compile_delivery(feed.delivered).day(unit.file.rsplit("/", 1)[-1])
        if day is not None:
            return day
        no_date = Reason(f"文件名不含交付日期（{feed.delivered}）", f"the name holds no delivery date ({feed.delivered})")
        outcome.warnings.append(str(no_date))
    if feed.event_date is None:
        return None
    days = [newest_day(table.column(feed.event_date).combine_chunks(), unit.received_on) for table in tables]
    return max((day for day in days if day is not None), default=None)


def write(unit: Unit, tables: list[pa.Table], delivered_on: date | None) -> None:
    """The Parquet file of a unit, under its final name only when whole. Equal input gives equal bytes."""
    feed = unit.feed
    values = {
        "_policies": feed.policies, "_source": feed.source, "_feed": feed.name, "_file": unit.file, "_file_sha256": unit.sha256,
        "_delivered_on": delivered_on, "_received_on": unit.received_on, "_mapping": feed.mapping, "_load_key": unit.load_key,
    }
    types = {"_delivered_on": pa.date32(), "_received_on": pa.date32()}
    schema = pa.schema([*text_schema(feed), *(pa.field(name, types.get(name, pa.string())) for name in values)])
    unit.out.parent.mkdir(parents=True, exist_ok=True)
    part = unit.out.with_name(f".{unit.out.name}.{os.getpid()}.part")
    try:
        with pq.ParquetWriter(part, schema, compression="zstd", store_schema=False) as writer:
            for table in _sized(tables):
                fixed = [pa.repeat(pa.scalar(v, schema.field(n).type), table.num_rows) for n, v in values.items()]
                writer.write_table(pa.Table.from_arrays([*table.columns, *fixed], schema=schema))
        os.replace(part, unit.out)
    finally:
        part.unlink(missing_ok=True)


def _sized(tables: list[pa.Table]) -> Iterator[pa.Table]:
    """Row groups of at most 250,000 rows, the same whatever batches the reader made."""
    if tables:
        whole = pa.concat_tables(tables)
        for start in range(0, whole.num_rows, 250_000):
            yield whole.slice(start, 250_000)
