"""Advice to a provider about a quarantined row or an unknown value: what to correct in its file, in plain
words.

A row of a file that breaks a rule of a silver table's contract is quarantined, that is, kept apart. A
source's YAML says how columns of its files are mapped to columns of silver tables. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from jobs.contracts.model import Column
from jobs.ingest.delivery import day_of
from jobs.ingest.model import ColumnMap, Feed
from jobs.reports.wording import Text

MOST_SHOWN = 12  # values of a map that are listed
NO_ANSWER = "no_answer"  # standing of a refused file that needs no answer
# Endings of names of files for people, which hold no data unless a feed says that it takes them.
NOTES = {"txt", "md", "doc", "docx", "pdf", "rtf", "htm", "html", "jpg", "jpeg", "png"}
_DAY = re.compile(r"(?<![0-9])(20[0-9]{2})[-_.]?([01][0-9])[-_.]?([0-3][0-9])(?![0-9])")

AGAIN = Text(
    "改正后以同一文件名重新报送，旧版自动被取代。",
    "Correct the file and file it again under the same name: it replaces this one.",
)
MISNAMED = Text(
    "文件名不在约定之内的，按约定的文件名报送（见下表）。",
    "A file whose name was not agreed is filed under an agreed name (see the table below).",
)
AS_RULED = Text("按左侧规则改正此值。", "Change the value to fit the rule.")
_BY_KIND = {
    "required": Text("补填此值；每条记录均须填写。", "Fill in the value; every record needs one."),
    "range": Text(
        "核对数值、单位和小数点，或日期是否真实。",
        "Check the number, its unit and decimal point, or whether the day is right.",
    ),
    "length": Text("缩短或补全此文字。", "Shorten or complete the text."),
    "pattern": Text("按规则所列格式填写。", "Write it in the form that the rule gives."),
    "values": Text("使用规则所列的值之一。", "Use one of the values that the rule lists."),
    "values_by": Text("使此值与另一列相符。", "Make the value fit the other column."),
    "not_after": Text("核对这两个日期的先后。", "Check the order of the two days."),
    "not_before": Text("核对这两个日期的先后。", "Check the order of the two days."),
    "not_after_receipt": Text(
        "核对日期，尤其是年份：收到时此日尚未到来。",
        "Check the day, above all its year: it had not come yet when the file was received.",
    ),
    "at_most": Text("核对这两个数值的大小。", "Check which of the two numbers is larger."),
    "at_least": Text("核对这两个数值的大小。", "Check which of the two numbers is larger."),
    "required_with": Text(
        "另一列已填写，此列也应填写。", "The other column is filled in, so this one must be."
    ),
    "forbidden_with": Text(
        "另一列已填写，此列应留空。", "The other column is filled in, so this one must be empty."
    ),
}


_HELD = Text(
    "若记录确实变少，请告知运行方采用此版；否则以同一文件名重新报送完整的文件。",
    "If there are so few records indeed, ask us to accept it; else file the whole file again under the same "
    "name.",
)
_IN_PART = Text(
    "改正未被接受的记录，以同一文件名重新报送此文件。",
    "Correct the records that were not accepted and file the file again under the same name.",
)
UNREADABLE = Text(
    "改正此记录，以同一文件名重新报送此文件；其余记录已装载。",
    "Correct the record and file the file again under the same name; its other records were loaded.",
)


def for_file(file: dict[str, Any], patterns: list[str]) -> Text | None:
    """Return what the provider of a file has to do about it; None where there is nothing to do. Of one that
    needs no answer (standing NO_ANSWER) the text says so, and when it is to be filed again all the same.
    ``file``: a dict of `file_ledger.FileLedger.files`; ``patterns``: the agreed names of files of its source,
    [] where there are none."""
    named, agreed = "、".join(patterns), ", ".join(patterns)
    again = Text(f"按约定的文件名重新报送：{named}", f"file it under an agreed name: {agreed}")
    other = misnamed(file, patterns)
    if file["standing"] == NO_ANSWER:
        beside = file["beside"]
        if not beside:
            return Text(
                f"说明性文件，没有数据流采用，不必答复；若其中有应报的数据，{again.zh}。",
                f"A note, which no feed takes: it needs no answer. If it holds data that are due, "
                f"{again.en}.",
            )
        if file["same"]:
            return Text(
                f"{beside}内容与此文件相同，已被采用，不必再报。",
                f"{beside} holds the same and was accepted: there is nothing to file.",
            )
        zh, en = (
            again
            if other
            else ("改正后以同一文件名重新报送", "correct it and file it again under the same name")
        )
        return Text(
            f"同一交付日的{beside}已被采用。若此文件只是它的残缺本或重复件，不必再报；若另有记录，{zh}。",
            f"{beside} of the same day was accepted. If this file is a cut or repeated copy of it, there is "
            f"nothing to file; if it holds further records, {en}.",
        )
    if file["standing"] == "refused":
        if file["code"] == "held":
            return _HELD
        return Text(f"{again.zh}。", f"{again.en[0].upper()}{again.en[1:]}.") if other else AGAIN
    return _IN_PART if file["standing"] == "live" and file["faults"] else None


def misnamed(file: dict[str, Any], patterns: list[str]) -> bool:
    """Return whether a refused file has a name that no feed of its source takes. False for a file that is
    held, and where the source has no agreed names. Arguments as of `for_file`."""
    return file["code"] != "held" and not file["feed"] and bool(patterns)


def needs_no_answer(file: dict[str, Any], beside: str, feeds: Sequence[Feed]) -> bool:
    """Return whether a refused ``file`` is listed for information alone: one for which another of its feed
    and day, or of its content, is in use (``beside``, as `taken_beside` or `same_content` returns it), and a
    note: a file whose name no feed takes and whose ending is one of NOTES that no feed takes either. A file
    of another ending may hold data that its provider owes, so the provider must send it again under an agreed
    name. ``feeds``: of the YAML of its source."""
    patterns = [pattern for feed in feeds for pattern in feed.files]
    taken = {_ending(pattern) for pattern in patterns}
    return bool(beside) or (misnamed(file, patterns) and _ending(file["file"]) in NOTES - taken)


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()


def same_content(file: dict[str, Any], files: Sequence[dict[str, Any]]) -> str:
    """Return the name of a file in use that its source delivered with the very bytes of a refused ``file``,
    as under the agreed name; '' where there is none, and for a file that is not refused. Arguments as of
    `taken_beside`. A file with a name that states no day is settled by this alone."""
    if file["standing"] != "refused" or file["code"] == "held":
        return ""
    names = (f["file"] for f in files if f["standing"] == "live" and f["sha256"] == file["sha256"])
    return min((name for name in names if name != file["file"]), default="")


def taken_beside(file: dict[str, Any], files: Sequence[dict[str, Any]], feeds: Sequence[Feed]) -> str:
    """Return the name of a file in use that its source delivered for the same feed and day, by the dates in
    both names, as a refused ``file``; '' where there is none, and for a file that is not refused, or is held.
    A file that no feed takes counts as one of the feed whose names begin as its name does, up to the part
    that varies. ``files``: of the source, both as of a `file_ledger.FileLedger`; ``feeds``: of its YAML."""
    if file["standing"] != "refused" or file["code"] == "held":
        return ""
    feed = next((f for f in feeds if f.name == file["feed"]), None) if file["feed"] else _meant(file, feeds)
    day = None if feed is None else day_of(feed.delivered, file["file"]) or _day(file["file"])
    if feed is None or day is None:
        return ""
    mine = (f["file"] for f in files if f["feed"] == feed.name and f["standing"] == "live")
    return next((name for name in mine if name != file["file"] and day_of(feed.delivered, name) == day), "")


def _meant(file: dict[str, Any], feeds: Sequence[Feed]) -> Feed | None:
    """The feed whose agreed names begin as the file's does, up to the first part that varies."""
    name = file["file"].rsplit("/", 1)[-1]
    starts = ((feed, re.split(r"[*?\[{]", pattern)[0]) for feed in feeds for pattern in feed.files)
    return next((feed for feed, start in starts if start and name.startswith(start)), None)


def _day(file: str) -> date | None:
    """The first day that a file's name states, as 20261129 or 2026-11-29; None without one."""
    found = _DAY.search(file.rsplit("/", 1)[-1])
    try:
        return None if found is None else date(*map(int, found.groups()))
    except ValueError:
        return None


def mapped(feeds: tuple[Feed, ...], target: str, column: str) -> ColumnMap | None:
    """Return how a column of a silver table is mapped from the source's files, by the first feed in ``feeds``
    that maps it; None where no feed does. ``target``: the table's name without `silver.`."""
    return next(
        (c for feed in feeds if feed.target == target for c in feed.columns if c.name == column), None
    )


def own_columns(feeds: tuple[Feed, ...], target: str, column: str) -> str:
    """Return the columns of the provider's file from which a column of a silver table is made, as its header
    writes them, joined by ` + `; '' where no feed maps it. ``target``: the table's name without `silver.`.
    For a record made by splitting a column (`explode`) it is the column that was split."""
    feed = next((f for f in feeds if mapped((f,), target, column) is not None), None)
    found = mapped(feeds, target, column)
    if feed is None or found is None:
        return ""
    names = [feed.explode or name if name == "." else name.removeprefix("..") for name in found.inputs]
    return " + ".join(dict.fromkeys(names))


def for_rule(rule: str, found: ColumnMap | None, column: Column | None) -> Text:
    """Return what to do about rows that break a rule. ``rule``: `<table>.<column>.<kind>`, such as
    product.name_zh.required; ``found``: how the column is mapped (`mapped`); ``column``: its contract; each
    None where not known. A kind without an advice of this module gives AS_RULED."""
    kind = rule.rsplit(".", 1)[-1]
    if kind == "type":
        return _type(found, column)
    if kind == "unmapped":
        return for_unknown(found, column)
    return _BY_KIND.get(kind, AS_RULED)


def _type(found: ColumnMap | None, column: Column | None) -> Text:
    patterns = found.operation.patterns if found and found.operation else ()
    if patterns:
        zh, en = "、".join(patterns), ", ".join(patterns)
        return Text(
            f"按约定的格式书写：{zh}（须是真实的日期）。",
            f"Write it as agreed: {en} (and a day that exists).",
        )
    kind = "" if column is None else column.type
    if kind in ("date", "timestamp"):
        return Text("写成 yyyy-MM-dd 形式的真实日期。", "Write a day that exists as yyyy-MM-dd.")
    if kind == "boolean":
        return Text("写成 true 或 false。", "Write true or false.")
    return Text(
        "只写数字，不带单位和千分位。", "Write the number alone, without unit or thousands separator."
    )


def with_code(value: str, to: Any) -> str:
    """Return a provider's value with the code that it becomes (``to``, of a map or lookup), for an English
    reader, where the value is Chinese and the code is not: 假冒 (counterfeit)."""
    code = str(to).lower() if isinstance(to, bool) else str(to or "")
    return f"{value} ({code.replace('_', ' ')})" if code and code.isascii() and not value.isascii() else value


def for_unknown(found: ColumnMap | None, column: Column | None) -> Text:
    """Return what to do about values that the column's map, lookup or reference table does not contain.
    ``found``, ``column``: as for `for_rule`. AS_RULED where there is none of these."""
    operation = None if found is None else found.operation
    if operation is not None and operation.lookup:
        name = operation.lookup
        return Text(
            f"使用对照表 {name} 中的值；确有新值的，请运行方增补对照表。",
            f"Use a value of the lookup {name}, or ask us to add the new one.",
        )
    if operation is not None and operation.values:
        known = [(value, to) for value, to in operation.values.items() if value][:MOST_SHOWN]
        more = "…" if len(operation.values) > MOST_SHOWN else ""
        return Text(
            f"使用约定的值：{'、'.join(value for value, _ in known)}{more}。",
            f"Use one of the agreed values: {', '.join(with_code(*each) for each in known)}{more}.",
        )
    if column is not None and column.foreign_key is not None:
        table = column.foreign_key.table
        return Text(
            f"使用参照表 {table} 中的代码；确有新代码的，请运行方增补参照表。",
            f"Use a code of {table}, or ask us to add it there.",
        )
    return AS_RULED
