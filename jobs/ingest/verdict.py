"""Judge what was read of a file: landed, empty or refused, with its counts. Pure: no file is read or
written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from jobs.ingest import shortened
from jobs.ingest.model import NESTED, Feed, Reason, Refused
from jobs.ingest.paths import parse_path
from jobs.ingest.reading import Part, named
from jobs.ingest.records import Found, one_line
from jobs.ingest.scrubbing import masked, scrubbed
from jobs.plurals import plural

LISTED = 10_000  # unreadable and rejected records listed one by one; beyond that a warning counts them
NAMED, NAME = 1_000, 200  # columns that nothing reads, named likewise; characters of a name that are shown
NO_REASON = Reason("", "")
_DELIMITERS = {
    ";": ("分号", "a semicolon"),
    "\t": ("制表符", "a tab"),
    "|": ("竖线", "a vertical bar"),
    ",": ("逗号", "a comma"),
    "，": ("全角逗号", "a full-width comma"),
}
EMPTY = Reason("文件没有数据", "holds no record")


@dataclass
class FileResult:
    """The result for one file and feed, most of it as columns of ops.ingest_file.

    ``status``: landed, empty or refused (all counts are 0 then). Of the file's ``records``, some are
    ``unreadable``, and a join found no partner for the ``rejected`` ones; ``loaded`` rows landed. With
    `explode`, ``exploded`` records gave ``produced`` rows, some of which are rejected; both are None without.
    ``unjoined``: landed rows without a partner; ``unused``: joined records that no record used. ``drift``:
    columns of the file that the feed neither reads nor ignores; ``missing``: columns that it reads and the
    file lacks; ``warnings``: texts `中文 | English`. ``unreadable_list``: JSON, a list of the unreadable and
    rejected records, at most LISTED, each with its number (`record`), `reason_zh`, `reason_en` and, where
    there is one, `member`, `element` or `file` (of a joined file).
    """

    status: str
    reason: Reason = NO_REASON
    records: int = 0
    unreadable: int = 0
    exploded: int | None = None
    produced: int | None = None
    rejected: int = 0
    loaded: int = 0
    unjoined: int = 0
    unused: int = 0
    keys: int | None = None  # different keys among the loaded rows
    scrubbed: str = "{}"  # JSON: free text column → kind → how many
    unreadable_list: str = "[]"
    drift: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    delivered_on: date | None = None
    unexpected: bool = False  # refused by an error of ours, not by a verdict about the file
    limited: bool = False  # refused because it exceeded a limit: read again under other limits


def result_of(feed: Feed, parts: Sequence[Part]) -> FileResult:
    """Judge the parts of a file (one, or one per member of an archive), whose tables hold the rows to be
    landed. Returns a result with the status landed, with counts, drift, missing columns and warnings, or with
    the status empty where no part has a record: with the columns that nothing reads and the parts' warnings.

    Raises Refused where a part lacks a required column, which is checked first, or where there are fewer rows
    than `volume.min` of the feed.
    """
    for part in parts:
        _check_columns(feed, part)
    loaded = sum(table.num_rows for part in parts for table in part.tables)
    unreadable = sum(len(part.found.unreadable) for part in parts)
    rejected = sum(len(part.found.rejected) for part in parts)
    exploded = sum(part.found.exploded for part in parts) if feed.explode else None
    records = unreadable + (rejected + loaded if exploded is None else exploded)
    unread = sorted({name for part in parts for name in _drift(feed, part.found)})
    drift = sorted({_shown(name) for name in unread[:NAMED]})
    if records == 0:
        if feed.volume_min > 0:
            raise Refused(
                f"文件没有数据，但每次至少应有{feed.volume_min}行",
                f"holds no record, but a delivery has at least {feed.volume_min}",
            )
        noticed = [w for part in parts for w in part.found.warnings]
        warnings = [str(w) for w in (*noticed, *_unnamed(len(unread)))]
        return FileResult(
            "empty", EMPTY, exploded=exploded, produced=exploded, drift=drift, warnings=warnings
        )
    if loaded < feed.volume_min:
        raise Refused(
            f"只有{loaded}行可用，少于下限{feed.volume_min}",
            f"has {plural(loaded, 'usable row')}, fewer than {feed.volume_min}",
        )
    return FileResult(
        "landed",
        records=records,
        unreadable=unreadable,
        exploded=exploded,
        produced=None if exploded is None else rejected + loaded,
        rejected=rejected,
        loaded=loaded,
        unjoined=sum(part.found.unjoined for part in parts),
        scrubbed=_scrubbed(parts),
        unreadable_list=_listed(parts),
        drift=drift,
        missing=sorted({name for part in parts for name in set(feed.inputs) - part.found.present}),
        warnings=[
            str(w) for w in (*_warnings(feed, parts, loaded, unreadable + rejected), *_unnamed(len(unread)))
        ],
    )


def lacking(feed: Feed, found: Found) -> list[str]:
    """The columns, sorted, that a part of a file lacks although a required column of the target, the key of a
    join or `explode` needs them. ``found``: what the reader noticed about the part."""
    taken = {name for join in feed.joins for name in join.take}
    present = found.present | taken
    lacks = [c for c in feed.columns if c.required and c.value.lacks(present)]
    names = {name for c in lacks for name in c.inputs if name not in present}
    names |= {name for join in feed.joins for name, _ in join.by if name not in present}
    return sorted(names | ({feed.explode} if feed.explode and not found.has_list else set()))


def _check_columns(feed: Feed, part: Part) -> None:
    found, loaded = part.found, sum(table.num_rows for table in part.tables)
    if not found.names:
        return
    if feed.explode and not found.has_list:
        needed = [feed.explode]
    # Records need not have all names (those of Parquet do): only where some were read, it is clear that a
    # name is in none.
    elif feed.nested and not loaded and feed.format != "parquet":
        needed = []
    else:
        needed = lacking(feed, found)
    if needed:
        zh, en = _other_delimiter(feed, found)
        raise named(
            Refused(
                f"缺少必需的列：{'、'.join(needed)}{zh}",
                f"lacks columns that are required: {', '.join(needed)}{en}",
            ),
            part.member,
        )


def _other_delimiter(feed: Feed, found: Found) -> tuple[str, str]:
    """A hint (zh, en) where a header is one column that another delimiter would take apart."""
    only = next(iter(found.names)) if len(found.names) == 1 and feed.format in ("csv", "tsv") else ""
    other = max(_DELIMITERS, key=only.count)
    if other == feed.options.delimiter or not only.count(other):
        return "", ""
    shown = _DELIMITERS[other]
    return (
        f"（表头只有一列，分隔符是否为{shown[0]}？）",
        f" (its header is one column: is the delimiter {shown[1]}?)",
    )


def _drift(feed: Feed, found: Found) -> set[str]:
    """Names that the feed neither reads nor ignores; with explode, those of the records begin with two
    points."""
    return (
        set(found.names)
        - {top_name(name, feed) for name in feed.inputs}
        - _list_name(feed)
        - set(feed.ignore)
    )


def _shown(name: str) -> str:
    """A name on one line, without what is personal (a name in JSON may be a telephone number), cut only then:
    a number across the cut is no longer found."""
    line = one_line(scrubbed(name)[0])
    return line if len(line) <= NAME else f"{line[:NAME]}…"


def _list_name(feed: Feed) -> set[str]:
    return {top_name(f"..{name}", feed) for name in (feed.explode, *feed.explode_with) if name}


def top_name(name: str, feed: Feed) -> str:
    """The name of the top field to which a column name of a feed leads: the first step of a path, with `..`
    in front where the path begins with it. A header of a file of rows is returned as it is, and so is `.`."""
    if name == "." or not feed.nested or (feed.explode_with and not name.startswith("..")):
        return name
    if not name.startswith(".."):
        return str(parse_path(name)[0])
    return f"..{parse_path(name.removeprefix('..'))[0]}" if feed.format in NESTED else name


def _warnings(feed: Feed, parts: Sequence[Part], loaded: int, bad: int) -> list[Reason]:
    """The warnings about a file that is landed. ``loaded``: its usable rows; ``bad``: its unreadable and
    rejected records, of which `_listed` lists the first LISTED."""
    warnings = [w for part in parts for w in part.found.warnings]
    if feed.volume_max is not None and loaded > feed.volume_max:
        warnings.append(
            Reason(
                f"有{loaded}行，超过上限{feed.volume_max}",
                f"has {plural(loaded, 'row')}, more than {feed.volume_max}",
            )
        )
    if lost := sum(part.found.lost_versions for part in parts):
        warnings.append(
            Reason(
                f"{lost}个“{feed.version}”无法解析，按最旧处理",
                f"fit nothing and count as the oldest: {plural(lost, 'value')} of {feed.version}",
            )
        )
    for part in parts:
        warnings += [shortened.warning(name, *what) for name, what in part.found.shortened.items()]
    if bad > LISTED:
        warnings.append(
            Reason(
                f"无法读取或被拒收的记录共{bad}条，只列出前{LISTED}条",
                f"only the first {LISTED} of {bad} unreadable or rejected records are listed",
            )
        )
    return warnings


def _unnamed(unread: int) -> list[Reason]:
    """The warning that columns which nothing reads are not all listed; ``unread``: how many there are."""
    if unread <= NAMED:
        return []
    return [
        Reason(
            f"未映射的列共{unread}个，只列出前{NAMED}个",
            f"only the first {NAMED} of {unread} columns that are not mapped are listed",
        )
    ]


def _scrubbed(parts: Sequence[Part]) -> str:
    """How much was scrubbed of the whole file, as JSON."""
    counts: dict[str, Counter[str]] = {}
    for part in parts:
        for column, kinds in part.found.scrubbed.items():
            counts.setdefault(column, Counter()).update(kinds)
    return json.dumps(counts, sort_keys=True)


def _listed(parts: Sequence[Part]) -> str:
    """The unreadable and the rejected records as JSON, with their member and element where there is one."""
    listed = []
    for part in parts:
        member = {"member": masked(part.member)} if part.member is not None else {}
        bad = [*((n, None, r) for n, r in part.found.unreadable), *part.found.rejected]
        for number, element, reason in sorted(bad, key=lambda b: (b[0], b[1] or 0)):
            place = {"record": number} | ({"element": element} if element is not None else {})
            listed.append({**member, **place, "reason_zh": reason.zh, "reason_en": reason.en})
    return json.dumps(listed[:LISTED], ensure_ascii=False)
