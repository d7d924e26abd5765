"""What the page of a source (provider) shows of its feeds (kinds of file): deliveries, changed columns, flags
(notes on accepted rows), unknown values, quarantined rows. Pure."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.contracts.catalog import Catalog
from jobs.ingest.model import Feed
from jobs.ingest.verdict import NAMED
from jobs.plurals import plural
from jobs.reports.advice import for_rule, for_unknown, mapped, own_columns
from jobs.reports.file_ledger import FileLedger, broken_rules, by_delivery, failing_cell, items, place
from jobs.reports.material import Night, free_texts, silver_column
from jobs.reports.numbers import missing, whole
from jobs.reports.small import bars
from jobs.reports.wording import CADENCE, Text, label

OUTBOX_FILE = "records_not_accepted.csv"  # where a platform reads which of its order lines (own_files)
DISPOSED = ("accepted", "quarantined", "superseded", "repeated")  # what becomes of a record that was loaded
SUMMED = ("records", "unreadable", "rejected", "loaded", *DISPOSED)
SPLIT = ("exploded", "produced")  # records that were split, and the records that they were split into
# (how many, section of the page, words, bad | warn)
Matter = tuple[int, str, Callable[[int], Text], str]
# Columns of `broken_lines`.
BROKEN = (
    "feed file member record element target column your_column value rule_id reason_zh reason_en advice_zh "
    "advice_en"
).split()
MOST_BARS = 40  # the newest deliveries that a drawing holds
OTHER_FLAGS = {
    "newer_version_rejected": Text(
        "此记录有更新的版本，但那一版未通过检查；仍用旧版",
        "a newer version of the record did not pass; the older one still counts",
    ),
    "ended": Text(
        "最新一次全量交付中已没有此记录，视为终止",
        "the latest full delivery lacks the record: it counts as ended",
    ),
    "named_by_samples_only": Text("只有样品提到此计划", "only samples name this plan"),
}


def feed_entries(
    night: Night, source: str, feeds: tuple[Feed, ...], file_ledger: FileLedger
) -> list[dict[str, Any]]:
    """Return one dict per feed that the source's YAML or a received file names, by name: name, target
    (table), pattern (of files), cadence, late, ahead (a day yet to come), ``fresh`` (its row of
    ops.freshness, {} without one), number of files, of these ``refused`` (refused or held), ``sums`` of
    records by outcome (SUMMED; each None where ``withheld``, as of order lines), agreed ``volume``, and a
    ``drawing`` of deliveries (None with fewer than two days). ``source``: its name; ``feeds``: those of its
    YAML; ``file_ledger``: of its files only."""
    known = night.frame("ops.freshness")
    fresh = {r["feed"]: r for r in dicts(known[known["source"] == source])}
    stated = {f.name: f for f in feeds}
    names = sorted(set(stated) | {f["feed"] for f in file_ledger.files} - {""})
    return [_feed(name, stated.get(name), fresh.get(name), file_ledger) for name in names]


def ahead(fresh: dict[str, Any]) -> bool:
    """Return whether the newest event or delivery of a feed is dated after the night. ``fresh``: its row of
    ops.freshness."""
    dates = (fresh["newest_event_date"], fresh["newest_delivery"])
    return any(not missing(on) and on > fresh["date"] for on in dates)


def _feed(
    name: str, stated: Feed | None, fresh: dict[str, Any] | None, file_ledger: FileLedger
) -> dict[str, Any]:
    files = [f for f in file_ledger.files if f["feed"] == name]
    return {
        "name": name,
        "target": stated.target if stated else next((f["target"] for f in files if f["target"]), ""),
        "pattern": ", ".join(stated.files) if stated else "",
        "cadence": label(CADENCE, fresh["cadence"]) if fresh else None,
        "late": bool(fresh and fresh["late"] is not None and fresh["late"]),
        "ahead": fresh is not None and ahead(fresh),
        "fresh": {} if fresh is None else fresh,
        "files": len(files),
        "refused": sum(f["standing"] == "refused" for f in files),
        "withheld": any(f["withheld"] for f in files),
        "sums": {
            n: None if any(f["withheld"] for f in files) else sum(whole(f["numbers"][n]) for f in files)
            for n in (*SUMMED, *SPLIT)
        },
        "volume": _volume(stated),
        "drawing": _deliveries(name, stated, files),
    }


def _volume(stated: Feed | None) -> Text | None:
    """Return the agreed number of rows per delivery in words; None where none is agreed."""
    if stated is None or not (stated.volume_min or stated.volume_max):
        return None
    low, high = stated.volume_min or None, stated.volume_max
    zh = "，".join(p for p in (f"不少于{low:,}行" if low else "", f"不多于{high:,}行" if high else "") if p)
    en = ", ".join(
        f"{bound} {plural(rows, 'row')}" for bound, rows in (("at least", low), ("at most", high)) if rows
    )
    return Text(f"约定每次交付{zh}", f"agreed for one delivery: {en}")


def _deliveries(name: str, stated: Feed | None, files: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the drawing of rows in live files by day of delivery (of receipt where that is not stated), with
    its first, last and largest value; None with fewer than two days."""
    days: dict[Any, int] = {}
    for file in files:
        if file["standing"] == "live" and not file["withheld"]:
            day = file["received_on"] if missing(file["delivered_on"]) else file["delivered_on"]
            days[day] = days.get(day, 0) + whole(file["numbers"]["loaded"])
    if len(days) < 2:
        return None
    newest = sorted(days.items())[-MOST_BARS:]
    titles = [f"{day}: {n:,}" for day, n in newest]
    low = stated.volume_min or None if stated else None
    first, last = newest[0][0], newest[-1][0]
    summary = f"{name}：各次交付的行数，{first}至{last} / {name}: rows by delivery, {first} to {last}"
    return {
        "svg": bars(
            [n for _, n in newest], titles, summary, low=low, high=stated.volume_max if stated else None
        ),
        "first": newest[0],
        "last": newest[-1],
        "most": max(n for _, n in newest),
    }


def column_changes(landed: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return {"drift": entries, "missing": entries}: columns that files have and the YAML does not name, and
    optional columns that files lack.

    An entry is one feed and column, sorted by these: feed, column, ``since`` (first day of receipt),
    ``file``, ``files`` (how many), and ``still``: whether it is so in the feed's newest live file, None where
    the list kept for that file is full, so that the column may be beyond its end. ``landed``: the source's
    rows of jobs.ingest.units.current.
    """
    read = landed[landed["status"].isin(["landed", "empty", "repeated"])]
    ordered = by_delivery(read)[["feed", "file", "received_on", "live", "drift", "missing"]]
    found: dict[str, list[dict[str, Any]]] = {}
    for kind in ("drift", "missing"):
        entries: dict[tuple[str, str], dict[str, Any]] = {}
        newest: dict[str, set[str]] = {}
        for file in dicts(ordered):
            names = items(file[kind])
            if file["live"]:
                newest[file["feed"]] = set(names)
            for name in names:
                entry = entries.setdefault(
                    (file["feed"], name),
                    {
                        "feed": file["feed"],
                        "column": name,
                        "since": file["received_on"],
                        "file": file["file"],
                        "files": 0,
                    },
                )
                entry["files"] += 1
                entry["since"] = min(entry["since"], file["received_on"])
        for entry in entries.values():
            there = newest.get(entry["feed"], set())
            entry["still"] = entry["column"] in there or (None if len(there) >= NAMED else False)
        found[kind] = [entry for _, entry in sorted(entries.items())]
    return found


def flag_entries(night: Night, feeds: tuple[Feed, ...], keys: set[str], source: str) -> list[dict[str, Any]]:
    """Return one dict per table and flag of the source's accepted rows: target, flag, rows (None where
    withheld), unmapped, own (column of the provider's file), meaning, advice, ``values`` (unknown value,
    number of rows) and ``distinct`` (number of these). ``keys``: load keys of the source's files; ``source``:
    its name; ``feeds``: those of its YAML.

    Flags of values that were not known and left empty (`<column>_unmapped`) come first, then those with most
    rows.
    """
    frame = night.frame("flags")
    by = frame[frame["load_key"].isin(keys)].groupby(["target", "flag"], as_index=False)
    mine = by["rows"].sum(min_count=1)  # of order lines none is given
    values = night.frame("unknown_values")
    values = values[values["source"] == source]
    entries = []
    for row in dicts(mine):
        name, unmapped = _flagged(row["flag"]), row["flag"].endswith("_unmapped")
        found, column = mapped(feeds, row["target"], name), night.column(row["target"], name)
        known = values[(values["target"] == row["target"]) & (values["column"] == name)]
        entries.append(
            {
                "target": row["target"],
                "flag": row["flag"],
                "rows": None if missing(row["rows"]) else int(row["rows"]),
                "unmapped": unmapped,
                "own": own_columns(feeds, row["target"], name),
                "meaning": _meaning(night, row["target"], row["flag"]),
                "advice": for_unknown(found, column)
                if unmapped
                else for_rule(row["flag"], found, column)
                if "." in row["flag"]
                else None,
                "values": [
                    (v, None if missing(n) else int(n))
                    for v, n in zip(known["value"], known["rows"], strict=True)
                ],
                "distinct": whole(known["distinct_values"].max()) if len(known) else 0,
            }
        )
    return sorted(entries, key=lambda e: (not e["unmapped"], -whole(e["rows"]), e["target"], e["flag"]))


def _flagged(flag: str) -> str:
    """Return the column that a flag is about: the flag is `<column>_unmapped`, `<column>_rounded`, or
    `<table>.<column>.<kind>` for a warning."""
    return _column_of(flag) or flag.removesuffix("_unmapped").removesuffix("_rounded")


def _meaning(night: Night, target: str, flag: str) -> Text:
    if flag in OTHER_FLAGS:
        return OTHER_FLAGS[flag]
    if flag.endswith("_unmapped"):
        return Text("值无法识别，已留空", "value not known, left empty")
    if flag.endswith("_rounded"):
        return Text("小数位过多，已四舍五入", "too many decimals, rounded")
    return Text("不符合建议性规则，仍然接受", "breaks a rule that only warns; accepted")


def quarantine_entries(night: Night, source: str, feeds: tuple[Feed, ...]) -> list[dict[str, Any]]:
    """Return one entry per table and rule that rows of the source break (`file_ledger.broken_rules`), with
    the provider's own column (``own``), the column's meaning and what to do (``advice``). ``source``: its
    name; ``feeds``: those of its YAML."""
    rules, examples = (night.frame(f"quarantine.{n}") for n in ("rules", "examples"))
    entries = broken_rules(
        rules[rules["source"] == source], examples[examples["source"] == source], night.free_text
    )
    for entry in entries:
        name = _column_of(entry["rule"])
        found, column = mapped(feeds, entry["target"], name), night.column(entry["target"], name)
        entry |= {
            "column": name,
            "own": own_columns(feeds, entry["target"], name),
            "advice": for_rule(entry["rule"], found, column),
            "meaning": None if column is None else Text(column.description_zh, column.description_en),
        }
    return entries


def _column_of(rule: str) -> str:
    parts = rule.split(".")
    return parts[1] if len(parts) >= 3 else ""


def quarantine_frame(night: Night, source: str, feeds: tuple[Feed, ...]) -> pd.DataFrame:
    """Return the source's quarantined rows for download, as `broken_lines` does. ``source``: its name;
    ``feeds``: those of its YAML."""
    lines = night.frame("quarantine.lines")
    return broken_lines(lines[lines["source"] == source], feeds, night.catalog)


def broken_lines(lines: pd.DataFrame, feeds: tuple[Feed, ...], catalog: Catalog) -> pd.DataFrame:
    """Return quarantined rows of a source as its provider reads them, one row per record and broken rule,
    with the columns BROKEN: ``column`` is the silver table's, ``your_column`` that of the provider's file,
    ``advice`` what to do. Other values of the record are left out, and so are values of free text.

    ``lines``: rows of silver.quarantine (`counting.quarantine_lines`); ``feeds``: those of the source's
    YAML; ``catalog``: the contracts."""
    free, rows = free_texts(catalog), []

    @cache
    def about(feed: str, target: str, rule: str) -> dict[str, str]:
        column, mine = _column_of(rule), tuple(f for f in feeds if f.name == feed)
        advice = for_rule(rule, mapped(mine, target, column), silver_column(catalog, target, column))
        own = own_columns(mine, target, column)
        return {"column": column, "your_column": own, "advice_zh": advice.zh, "advice_en": advice.en}

    for row in dicts(lines):
        at = place(row)
        where = {name: at[name] for name in ("file", "member", "record")} | {"element": at["element"] or None}
        reasons = zip(items(row["rule_ids"]), items(row["reasons_zh"]), items(row["reasons_en"]), strict=True)
        for rule, zh, en in reasons:
            value = failing_cell(row, rule, free)
            said = {"value": value, "rule_id": rule, "reason_zh": zh, "reason_en": en}
            of = {"feed": row["feed"], "target": row["target"]}
            rows.append({**where, **of, **said, **about(row["feed"], row["target"], rule)})
    return pd.DataFrame(rows, columns=BROKEN).astype({"element": "Int64"})


def to_mend(entry: dict[str, Any]) -> list[tuple[str, Text, str]]:
    """Return what the source's provider should look at, as (anchor on the page, words, `bad` or `warn`):
    first what is not used (`bad`), then what is used but differs from what was agreed (`warn`). ``entry``:
    what the page shows of the source, as `pages.sources` makes it."""
    listed = _faults(entry["file_ledger"], late=sum(f["late"] for f in entry["feeds"])) + _oddities(entry)
    return [(anchor, words(n), grade) for n, anchor, words, grade in listed if n]


def _faults(file_ledger: FileLedger, *, late: int) -> list[Matter]:
    """Return numbers of files and records that are not used, and of feeds that are late."""
    return [
        (
            len(file_ledger.unbalanced),
            "files",
            lambda n: Text(
                f"{n:,}个文件账目不符（由本系统查明）",
                f"{plural(n, 'file')} not reconciled (the system looks into it)",
            ),
            "bad",
        ),
        (
            len(file_ledger.refused_files),
            "refused",
            lambda n: Text(
                f"{n:,}个文件被拒收或暂不采用，请按所列办法处理",
                f"{plural(n, 'file')} refused or held: act as is stated for each",
            ),
            "bad",
        ),
        (
            file_ledger.current("unreadable"),
            "unreadable",
            lambda n: Text(f"{n:,}条记录无法读取", f"{plural(n, 'record')} cannot be read"),
            "bad",
        ),
        (
            file_ledger.current("rejected"),
            "unreadable",
            lambda n: Text(
                f"{n:,}条记录因关联不到而拒收",
                f"{plural(n, 'record')} rejected: the record that they refer to is missing",
            ),
            "bad",
        ),
        (
            file_ledger.current("quarantined"),
            "quarantine",
            lambda n: Text(f"{n:,}条记录被隔离", f"{plural(n, 'record')} in quarantine"),
            "bad",
        ),
        (
            len(file_ledger.faulty_order_files),
            "quarantine",
            lambda n: Text(
                f"{n:,}个订单文件中有记录未被接受（明细见该平台发件箱的{OUTBOX_FILE}）",
                f"{plural(n, 'order file')} with records not accepted ({OUTBOX_FILE} of its outbox)",
            ),
            "bad",
        ),
        (late, "feeds", lambda n: Text(f"{n:,}个数据流迟报", f"{plural(n, 'feed')} late"), "bad"),
    ]


def _oddities(entry: dict[str, Any]) -> list[Matter]:
    """Return numbers of things that are used but differ from what was agreed. ``entry``: as pages.sources
    makes it."""
    unknown = sum(whole(f["rows"]) for f in entry["flags"] if f["unmapped"])
    drifting, lacking = (sum(bool(c["still"]) for c in entry["changes"][k]) for k in ("drift", "missing"))
    return [
        (
            sum(f["ahead"] for f in entry["feeds"]),
            "feeds",
            lambda n: Text(f"{n:,}个数据流的最新日期在将来", f"{plural(n, 'feed')} with a day yet to come"),
            "warn",
        ),
        (
            unknown,
            "flags",
            lambda n: Text(f"{n:,}个值无法识别，已留空", f"{plural(n, 'value')} not known and left empty"),
            "warn",
        ),
        (
            entry["file_ledger"].current("unjoined"),
            "files",
            lambda n: Text(
                f"{n:,}条记录未关联到伴随文件", f"{plural(n, 'record')} found no partner in the joined file"
            ),
            "warn",
        ),
        (
            lacking,
            "columns",
            lambda n: Text(
                f"最新文件缺少{n:,}个可选列", f"the newest files lack {plural(n, 'optional column')}"
            ),
            "warn",
        ),
        (
            drifting,
            "columns",
            lambda n: Text(
                f"最新文件有{n:,}个未约定的列",
                f"the newest files have {plural(n, 'column')} not agreed on",
            ),
            "warn",
        ),
    ]
