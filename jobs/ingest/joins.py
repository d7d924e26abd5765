"""Join a file while it is read (definitions.md#join): take columns from other files of the same delivery, by
key, one batch at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.ingest.archives import Zip, kind_of
from jobs.ingest.delivery import day_of
from jobs.ingest.joined_index import Index, JoinedTables
from jobs.ingest.model import FORMATS, ColumnMap, Feed, Join, Options, Reason, Refused, Value, fits
from jobs.ingest.reading import Part, read_parts
from jobs.ingest.records import Batch, Found, joint_key
from jobs.ingest.verdict import LISTED, FileResult, result_of
from jobs.plurals import plural


@dataclass(frozen=True)
class JoinedFile:
    """A file that a join reads. ``file``: its path below the source's folder; ``path``: its raw copy."""

    file: str
    path: Path


class Joiner:
    """Applies the joins of one feed to one file, batch by batch. The joined files are read when the first
    batch is joined. ``listed``: unreadable records of joined files, each a dictionary with its file, number
    and reason."""

    def __init__(
        self, feed: Feed, path: Path, file: str, files: Sequence[Sequence[JoinedFile]], feeds: Sequence[Feed]
    ):
        """``path``: the raw copy of the file that is landed; ``file``: the file's path below the source's
        folder; ``files``: for each join of the feed the files that it reads, in the order of delivery;
        ``feeds``: all feeds of the source, which state how the joined files are read."""
        self._feed, self._path, self._file, self._files, self._feeds = feed, path, file, files, feeds
        self._indexes: list[Index] | None = None
        self.listed: list[dict[str, Any]] = []  # unreadable records of joined files

    @property
    def indexes(self) -> list[Index]:
        """The joined records, one Index per join of the feed."""
        if self._indexes is None:
            self._indexes = [
                self._index(join, files) for join, files in zip(self._feed.joins, self._files, strict=True)
            ]
        return self._indexes

    def apply(self, batch: Batch, found: Found) -> Batch:
        """The batch with the taken columns added. Records without a partner are left out where the join
        states `missing: reject`; else their taken cells are null. ``found`` gets the rejected records, the
        number of other records without a partner (`unjoined`) and which joined records were used (`matched`).

        Raises Refused where no joined file has come yet or it cannot be read, where the file has a taken
        column already, and where a record matches two records of one joined file that differ.
        """
        if not self._feed.joins:
            return batch
        columns, typed, certain = dict(batch.columns), dict(batch.typed), dict(batch.certain)
        nothing = pa.nulls(len(batch.record), pa.string())
        places: list[Any] = []
        rejected: list[Any] = []
        unjoined: list[Any] = []
        for join, index in zip(self._feed.joins, self.indexes, strict=True):
            if present := sorted(set(join.take) & set(found.names)):
                raise Refused(
                    f"文件已有要从 {join.file} 取的列：{'、'.join(present)}",
                    f"has columns already that are taken from {join.file}: {', '.join(present)}",
                )
            place = index.places(joint_key([columns.get(name, nothing) for name, _ in join.by]))
            _once(join, index, place, batch)
            columns |= {name: cells.take(place) for name, cells in index.taken.items()}
            typed |= {
                name: pc.fill_null(flags.take(place), False)
                for name, flags in index.typed.items()
                if pc.any(flags).as_py()
            }
            certain |= {name: digits.take(place) for name, digits in index.certain.items()}
            places.append(place)
            (rejected if join.missing == "reject" else unjoined).append((join, pc.is_null(place)))
        keep = pc.invert(_any(rejected, len(nothing)))
        for join, absent in rejected:
            lost = batch.record.filter(absent).to_pylist()
            elements = (
                [None] * len(lost) if batch.element is None else batch.element.filter(absent).to_pylist()
            )
            known = {(record, element) for record, element, _ in found.rejected}
            found.rejected += [
                (r, e, _no_match(join)) for r, e in zip(lost, elements, strict=True) if (r, e) not in known
            ]
        found.unjoined += pc.sum(pc.and_(_any(unjoined, len(nothing)), keep)).as_py() or 0
        for i, (place, index) in enumerate(zip(places, self.indexes, strict=True)):
            mask = found.matched.setdefault(i, np.zeros(index.size, bool))
            mask[place.filter(keep).drop_null().to_numpy()] = True
        if not rejected:
            return Batch(columns, batch.record, typed, batch.element, certain)
        return Batch(
            {n: cells.filter(keep) for n, cells in columns.items()},
            batch.record.filter(keep),
            {n: flags.filter(keep) for n, flags in typed.items()},
            None if batch.element is None else batch.element.filter(keep),
            {n: digits.filter(keep) for n, digits in certain.items()},
        )

    def complete(self, outcome: FileResult, parts: Sequence[Part]) -> None:
        """Add to the result of a landed file, in place, what concerns its joined files: the number of records
        that no record used, the unreadable records, and a warning about these. ``parts``: what was read of
        the file."""
        if not self._feed.joins or outcome.status != "landed":
            return
        for i, index in enumerate(self.indexes):
            outcome.unused += index.size - int(self._used(i, index, parts).sum())
        if self.listed:
            files = sorted({line["file"] for line in self.listed})
            outcome.warnings.append(
                str(
                    Reason(
                        f"关联文件中有{len(self.listed)}条记录无法读取：{'、'.join(files)}",
                        f"unreadable records of joined files: {len(self.listed)}: {', '.join(files)}",
                    )
                )
            )
            listed = json.loads(outcome.unreadable_list) + self.listed
            outcome.unreadable_list = json.dumps(listed[:LISTED], ensure_ascii=False)

    def _used(self, i: int, index: Index, parts: Sequence[Part]) -> np.ndarray:
        """Which records of a join's files are used: taken by a row or, where an earlier join gives the whole
        key, named by a record of that one's files. So what is not needed counts once, where it breaks off,
        and not again behind it."""
        names = [name for name, _ in self._feed.joins[i].by]
        for join, earlier in zip(self._feed.joins[:i], self.indexes, strict=False):
            if set(names) <= set(join.take):
                place = index.places(joint_key([earlier.taken[name] for name in names]))
                used = np.zeros(index.size, bool)
                used[place.drop_null().to_numpy()] = True
                return index.used(used)
        masks = [part.found.matched[i] for part in parts if i in part.found.matched]
        return index.used(reduce(np.logical_or, masks, np.zeros(index.size, bool)))

    def _index(self, join: Join, files: Sequence[JoinedFile]) -> Index:
        if join.of_same(self._file):
            sources = [(self._file, self._path, part_of(self._feeds, self._feed, join, self._file))]
        else:
            sources = self._inside(join) or [
                (each.file, each.path, joined_dialect(self._feeds, self._feed, join, each.file))
                for each in files
            ]
        if not sources:
            day = day_of(self._feed.delivered, self._file)
            said = "" if day is None else f" {day}"
            raise Refused(
                f"等待同一批次{said}的文件 {join.file}",
                f"awaits a file {join.file} of the same delivery{said}",
            )
        read = []
        for file, path, feed in sources:
            parts, outcome = read_joined(join, path, file, feed)
            read.append(JoinedTables(file, [table for part in parts for table in part.tables]))
            self.listed += [{"file": file, **line} for line in json.loads(outcome.unreadable_list)]
        return Index(join, read)

    def _inside(self, join: Join) -> list[tuple[str, Path, Feed]]:
        """The archive that the file is, if members of it are to be joined."""
        with self._path.open("rb") as raw:
            if kind_of(raw.peek(512)) != "zip" or (
                self._feed.format == "xlsx" and not self._file.lower().endswith(".zip")
            ):
                return []
            names = [name for name in Zip(raw, self._path.stat().st_size).names if fits(name, join.file)]
        if not names:
            return []
        named = [
            f
            for f in self._feeds
            if f.member and f.matches(self._file) and f is not self._feed and fits(names[0], f.member)
        ]
        feed = named[0] if named else dialect(self._feeds, self._feed, names[0])
        return [(self._file, self._path, replace(feed, member=join.file))]


def dialect(feeds: Sequence[Feed], main: Feed, file: str) -> Feed:
    """The feed that states how the joined file ``file`` is read: the first of ``feeds`` that takes it, else
    ``main``, the feed that joins it, without its `member` and `explode`. Where the ending of the name states
    another format than ``main`` has, it is read in the plain form of that format."""
    own = next((feed for feed in feeds if feed.matches(file)), None)
    if own is not None:
        return own
    ending = file.lower().removesuffix(".gz").removesuffix(".zip").rsplit(".", 1)[-1]
    plain = replace(main, member=None, explode=None, explode_by=None, explode_with=())
    if ending not in FORMATS or ending == main.format:
        return plain
    return replace(plain, format=ending, options=Options(delimiter="\t" if ending == "tsv" else ","))


def joined_dialect(feeds: Sequence[Feed], main: Feed, join: Join, file: str) -> Feed:
    """The feed that states how a joined file is read (`dialect`), changed by `part_of` to the sheet or table
    that the join names."""
    return part_of(feeds, dialect(feeds, main, file), join, file)


def part_of(feeds: Sequence[Feed], feed: Feed, join: Join, file: str) -> Feed:
    """``feed``, changed to read the sheet or table that a join names: with the options of the feed that takes
    this part of the file, else with column names in the first row."""
    if join.sheet is None and join.table is None:
        return feed
    there = Options(sheet=join.sheet, table=join.table)
    stated = (f.options for f in feeds if f.matches(file))
    same = (o for o in stated if (o.sheet, o.table) == (join.sheet, join.table))
    return replace(feed, options=next(same, there), explode=None, explode_by=None, explode_with=())


def read_joined(join: Join, path: Path, file: str, feed: Feed) -> tuple[list[Part], FileResult]:
    """Read the key and taken columns of one joined file; returns its parts and its result. The tables of the
    parts have these columns as text, and of each taken column `typed <name>` (whether the file itself states
    that the cell is a date or a list) and `certain <name>` (how many digits of it are sure; null: all).

    ``path``: its raw copy; ``file``: its path below the source's folder; ``feed``: states how it is read.
    Raises Refused where it cannot be read, lacks one of the columns, or none of its records can be read. A
    file with neither column names nor records is accepted.
    """
    names = dict.fromkeys([*(name for _, name in join.by), *join.take])
    columns = tuple(
        ColumnMap(name, Value("from", column=name), "string", required=True, in_contract=False)
        for name in names
    )
    reader = replace(feed, columns=columns, joins=(), version=None, volume_min=0, volume_max=None)

    def take(batch: Batch, found: Found, member: str | None) -> pa.Table:
        size = len(batch.record)
        cells = {name: batch.columns.get(name, pa.nulls(size, pa.string())) for name in names}
        typed = {f"typed {n}": batch.typed.get(n, pa.repeat(False, size)) for n in join.take}
        all_sure = pa.nulls(size, pa.int8())
        return pa.table(cells | typed | {f"certain {n}": batch.certain.get(n, all_sure) for n in join.take})

    try:
        parts = read_parts(reader, path, file, take)
        outcome = result_of(reader, parts)
        if outcome.records and outcome.records == outcome.unreadable:
            raise Refused(
                f"没有一条记录能按 {reader.format} 读取",
                f"none of its records can be read as {reader.format}",
            )
        return parts, outcome
    except Refused as refusal:
        zh, en = refusal.reason
        raise type(refusal)(f"关联文件 {file}：{zh}", f"joined file {file}: {en}") from refusal


def probe(path: Path, file: str, joining: Sequence[Feed]) -> FileResult:
    """The result for a file that is only joined: landed, without rows, if one of the joins of the feeds
    ``joining`` can read it; the reason then names these feeds. Raises Refused, with the first reason, where
    none can. ``path``: its raw copy; ``file``: its path below the source's folder, which the glob of at least
    one of the joins must match."""
    refusals = []
    for feed in joining:
        for join in (join for join in feed.joins if fits(file, join.file)):
            try:
                read_joined(join, path, file, joined_dialect((), feed, join, file))
            except Refused as refusal:
                refusals.append(refusal)
                continue
            names = ", ".join(feed.name for feed in joining)
            return FileResult("landed", Reason(f"仅供关联：{names}", f"is only joined, by {names}"))
    raise refusals[0]


def _once(join: Join, index: Index, place: pa.Array, batch: Batch) -> None:
    """Refused: a record meets a key of which one file says two things."""
    if not index.clashing.any():
        return
    met = pc.fill_null(pa.array(index.clashing).take(place), False)
    if pc.any(met).as_py():
        record, count = batch.record.filter(met)[0].as_py(), pc.sum(met).as_py()
        file = index.file_of(place.filter(met)[0].as_py())
        raise Refused(
            f"第{record}条记录在 {file} 中有两条互不相同的匹配（此类记录至少{count}条）；若 {join.file} "
            "含多次交付，请每次交付一个文件并在文件名中写明日期（delivered），以较晚的为准",
            f"record {record} meets two records of {file} that differ "
            f"(and so do at least {plural(count, 'record')}); "
            f"if {join.file} holds several deliveries, hand in a file for each with its date in the name "
            "(delivered: …_{yyyyMMdd}): the later one counts",
        )


def _any(conditions: list[tuple[Join, pa.Array]], size: int) -> pa.Array:
    return reduce(pc.or_, (condition for _, condition in conditions), pa.repeat(False, size))


def _no_match(join: Join) -> Reason:
    return Reason(f"在 {join.file} 中找不到对应记录", f"finds no record in {join.file}")
