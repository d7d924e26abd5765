"""What a provider of files learns in its outbox about the files that it filed: what became of each file, and
which of its records were not accepted, where, by which rule, and what to do. Pure.

Which folder of the outbox a provider has says its source YAML (`recipient`). Numbers of order lines, which no
page shows (jobs.reports.order_lines), are among the counts: they are the provider's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.contracts.catalog import Catalog
from jobs.exchange.kinds import Kind, Parcel, recipient_of_platform
from jobs.ingest.model import Feed
from jobs.ingest.source import Sources
from jobs.reports.advice import UNREADABLE, for_file
from jobs.reports.file_ledger import FileLedger
from jobs.reports.numbers import missing
from jobs.reports.order_lines import COUNTS
from jobs.reports.source_facts import broken_lines
from jobs.reports.wording import LEDGER, Text

LEDGER_TABLE = "ops.reconciliation"
MOST_FILES = 1_000  # of a source: those to be filed again, then the newest
_TEXTS = {
    f"{name}_{language}": f"string | {zh}（{'中文' if language == 'zh' else '英文'}） | {en}, in {spoken}"
    for name, zh, en in (
        ("reason", "原因", "reason"),
        ("advice", "处理办法", "how to correct it"),
        ("notes", "其他说明", "what else was noted, such as columns that are not read"),
    )
    for language, spoken in (("zh", "Chinese"), ("en", "English"))
}
_FILE = {
    "file": "string | 文件 | file",
    "feed": "string | 数据流，没有数据流接收时为空 | feed, empty where none takes the file",
    "source": "string | 来源 | source",
}
FILES = Kind(
    "files_received",
    "1.1.0",
    LEDGER_TABLE,
    dict.fromkeys([*_FILE, "status", "standing", *_TEXTS, *COUNTS, "balanced", "received_on", "sha256"], ""),
    whole=True,
    key=("file", "feed", "source", "sha256"),
    about=(
        "报送的文件及其结果，每个来源至多1,000个，须重新报送的优先，其次为最新的 | "
        "files that were received, and what became of each; at most 1,000 per source, first those to be "
        "filed again, then the newest"
    ),
    own={
        **_FILE,
        **_TEXTS,
        "status": "string | 文件的结果 | outcome of the file",
        "standing": (
            "string | 现状：采用(live)、被拒收或暂不采用(refused，请按处理办法办理)、"
            "未采用而不必答复，供参考(no_answer：说明性文件，或同一交付日另有文件被采用)、"
            "已由后来的版本改正(mended)或取代(replaced) | "
            "whether it is in use (live), refused or held (refused: act as how to correct it says), "
            "not taken and for information alone (no_answer: a note, or another file of its day is in use), "
            "mended or replaced by a later one"
        ),
        "balanced": "boolean | 账目是否相符 | whether the counts of the file balance",
        "received_on": "date | 收到日期 | day of receipt",
        "sha256": (
            "string | 内容的SHA-256，未打开的文件为空 | SHA-256 of the content, empty where it was not opened"
        ),
        **{name: f"bigint | {LEDGER[name].zh}（条） | records: {LEDGER[name].en.lower()}" for name in COUNTS},
    },
)
_RECORD = {
    "member": "string | 压缩包内的文件，没有为空 | file within an archive, empty where there is none",
    "record": "bigint | 记录号，自1计，标题行不计 | number of the record, from 1, the header not counted",
    "element": "bigint | 记录内元素序号，未拆分为0 | number of the element within the record, 0 if not split",
    "rule_id": "string | 违反的规则，无法读取的记录为空 | rule that it breaks, empty where it was not read",
    "your_column": "string | 文件中的列 | column of the file",
    "field": "string | 对应的字段 | field that the column fills",
    "value": (
        "string | 违规的值，个人信息和自由文字不列 | value that breaks the rule; null for personal data and "
        "free text"
    ),
    **{name: said for name, said in _TEXTS.items() if not name.startswith("notes")},
}
RECORDS = Kind(
    "records_not_accepted",
    "1.0.0",
    "silver.quarantine",
    dict.fromkeys(["file", *_RECORD, "feed", "source"], ""),
    whole=True,
    key=("file", "member", "record", "element", "rule_id", "feed", "source"),
    about="未被接受的记录，每违反一条规则一行 | records that were not accepted, one row per broken rule",
    own=_FILE | _RECORD,
)
KINDS = {kind.name: kind for kind in (FILES, RECORDS)}


@dataclass(frozen=True)
class Filer:
    """The provider of a source. ``recipient``: its folder of the outbox; ``feeds``: those of its YAML, empty
    where that is wrong."""

    recipient: str
    feeds: tuple[Feed, ...] = ()


def filers_of(
    sources: Sources, known: set[str], filed: pd.DataFrame, say: Callable[[str], None]
) -> dict[str, Filer]:
    """Return name of a source → its provider, for the sources whose provider is sent a report on its files.

    ``sources``: the source YAML; ``known``: names of all recipients; ``filed``: the number of accepted order
    lines by source and platform (`counting.filed_orders`); ``say``: gets a line about each source whose
    recipient gets nothing: it is not known, or it is a platform and half of the source's order lines or more
    are of others, so that the YAML names the wrong one. A source that states no recipient is left out."""
    stated = {name: Filer(source.recipient, source.feeds) for name, source in sources.good.items()}
    stated |= {bad.name: Filer(bad.recipient) for bad in sources.bad if bad.name}
    found = {}
    for name, filer in sorted(stated.items()):
        if not filer.recipient:
            continue
        mine = filed[filed["source"].eq(name)]
        own = mine["platform_code"].map(recipient_of_platform).eq(filer.recipient)
        others = len(mine) > 0 and mine.loc[own, "n"].sum() <= mine.loc[~own, "n"].sum()
        wrong = ""
        if filer.recipient not in known:
            wrong = "which no register names"
        elif others and filer.recipient.startswith(recipient_of_platform("")):
            wrong = "but half of its order lines or more are of other platforms"
        if wrong:
            say(f"source {name}: recipient {filer.recipient}, {wrong}: no report on these files is sent")
        else:
            found[name] = filer
    return found


def own_files(
    by_source: Mapping[str, Filer], ledger: FileLedger, lines: pd.DataFrame, catalog: Catalog
) -> Iterator[Parcel]:
    """Yield up to two parcels per recipient. FILES: the files of its sources, one row per file, feed and
    content, those to be filed again first, then by day of receipt, the latest first, of a source at most
    MOST_FILES. RECORDS: all records of the files in use that were not accepted, one row per record and broken
    rule, sorted by file and record. A kind without rows yields no parcel.

    ``by_source``: name of a source → its provider; ``ledger``: all files, with all counts; ``lines``: rows of
    silver.quarantine (`counting.quarantine_lines`); ``catalog``: the contracts.
    """
    sources: dict[str, list[str]] = {}
    for name, filer in sorted(by_source.items()):
        sources.setdefault(filer.recipient, []).append(name)
    for recipient, names in sources.items():
        files: list[dict[str, Any]] = []
        records: list[dict[str, Any]] = []
        for name in names:
            feeds, mine = by_source[name].feeds, ledger.of(name)
            files += sorted((_file(f, feeds) for f in mine.files), key=_order)[:MOST_FILES]
            records += _unread(mine)
            records += _broken(name, lines[lines["source"].eq(name)], feeds, catalog)
        records.sort(key=lambda row: tuple(row[column] for column in RECORDS.key))
        for kind, rows in ((FILES, files), (RECORDS, records)):
            if rows:
                frame = pd.DataFrame(rows, columns=list(kind.columns), dtype=object)
                yield Parcel(recipient, kind, frame.drop_duplicates(list(kind.key), ignore_index=True))


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["standing"] != "refused", -row["received_on"].toordinal(), *(row[c] for c in FILES.key)


def _file(file: dict[str, Any], feeds: tuple[Feed, ...]) -> dict[str, Any]:
    """Return one row of FILES. ``file``: of a `FileLedger`; ``feeds``: of its source's YAML."""
    patterns = [pattern for feed in feeds for pattern in feed.files]
    notes = Text("；".join(n.zh for n in file["notes"]), "; ".join(n.en for n in file["notes"]))
    return {
        **{name: file[name] for name in ("file", "feed", "source", "standing", "balanced", "received_on")},
        "status": file["code"],
        **_in_both("reason", file["reason"]),
        **_in_both("advice", for_file(file, patterns)),
        **_in_both("notes", notes),
        **{name: None if missing(file["numbers"][name]) else int(file["numbers"][name]) for name in COUNTS},
        "sha256": "" if missing(file["sha256"]) else file["sha256"],
    }


def _unread(ledger: FileLedger) -> Iterator[dict[str, Any]]:
    for record in ledger.still_unreadable:
        yield {
            **{name: record[name] for name in ("file", "member", "record", "feed", "source")},
            "element": 0 if missing(record["element"]) else int(record["element"]),
            "rule_id": "",
            **_in_both("reason", Text(record["zh"], record["en"])),
            **_in_both("advice", UNREADABLE),
        }


def _broken(
    source: str, lines: pd.DataFrame, feeds: tuple[Feed, ...], catalog: Catalog
) -> Iterator[dict[str, Any]]:
    for row in dicts(broken_lines(lines, feeds, catalog)):
        yield {
            **row,
            "source": source,
            "element": 0 if missing(row["element"]) else int(row["element"]),
            "your_column": row["your_column"] or None,
            "field": f"{row['target']}.{row['column']}" if row["column"] else row["target"],
        }


def _in_both(name: str, text: Text | None) -> dict[str, str | None]:
    """Return the columns of a text in both languages, None where there is none."""
    zh, en = ("", "") if text is None else text
    return {f"{name}_zh": zh or None, f"{name}_en": en or None}
