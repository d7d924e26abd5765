"""What a source's page says of the form of its files: by feed, how a file is written, the contract of the
table that it fills, the columns by the provider's own names, and a made-up example."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs.contracts.english import heading
from jobs.contracts.model import Column, Contract
from jobs.contracts.rules import allowed_values, row_rules
from jobs.ingest.model import ColumnMap, Feed, Operation, Source, Value
from jobs.reports.advice import with_code
from jobs.reports.made_up import made_up
from jobs.reports.material import Night
from jobs.reports.numbers import missing
from jobs.reports.wording import Text, same

FOUND_BY = "报送格式 文件格式 格式 示例 契约 format example contract layout columns"
MOST_VALUES = 40  # allowed values of a column that are listed
_DELIMITERS = {
    ",": Text("逗号", "comma"),
    "\t": Text("制表符", "tab"),
    "|": Text("竖线 |", "vertical bar |"),
    ";": Text("分号", "semicolon"),
}
_KINDS = {"xlsx": "XLSX", "jsonl": "JSON Lines", "parquet": "Parquet", "sqlite": "SQLite"}


def format_entries(night: Night, source: Source | None) -> list[dict[str, Any]]:
    """Return one dict per feed of the source, by name: name, anchor, ``pattern`` of file names, ``facts``
    (label, words) about the file, ``target`` (without `silver.`) and the ``version`` of its contract,
    ``columns`` of the file, one dict each (its own name, the target's columns, their meanings, how a cell is
    written, an example and others), and ``files`` (glob, text) of the example, () where it is only a row of
    the columns. [] for None."""
    return [_entry(night, source, feed) for feed in sorted(source.feeds, key=_name)] if source else []


def _name(feed: Feed) -> str:
    return feed.name


def _entry(night: Night, source: Source, feed: Feed) -> dict[str, Any]:
    contract = night.catalog.contracts[f"silver.{feed.target}"]

    def code(table: str, column: str) -> str | None:
        rows = night.tables.get(table)
        known = () if rows is None or column not in rows else rows[column]
        return min((str(v) for v in known if not missing(v)), default=None)

    example, rules = made_up(feed, contract, night.date, source.recipient, code), _rules(contract)
    return {
        "name": feed.name,
        "anchor": f"format-{feed.name}",
        "pattern": ", ".join(feed.files),
        "target": feed.target,
        "version": contract.version,
        "facts": list(_facts(feed)),
        "columns": [
            _column(feed, contract, rules, name, example.cells.get(name, "")) for name in _names(feed)
        ],
        "files": example.files,
    }


def _facts(feed: Feed) -> Iterator[tuple[Text, Text | str]]:
    options, named = feed.options, " ".join(feed.files)
    packed = [w for end, w in ((".gz", "gzip"), (".zip", "zip")) if any(f.endswith(end) for f in feed.files)]
    yield (
        Text("文件种类", "kind of file"),
        " · ".join([_KINDS.get(feed.format, feed.format.upper()), *packed]),
    )
    if feed.member:
        yield Text("压缩包内的文件", "file within the archive"), feed.member
    if feed.format in ("csv", "tsv", "json", "jsonl"):
        yield Text("编码", "encoding"), feed.encoding.upper()
    if feed.format in ("csv", "tsv"):
        yield Text("分隔符", "delimiter"), _DELIMITERS.get(options.delimiter, same(options.delimiter))
    if feed.format in ("csv", "tsv", "xlsx"):
        yield Text("表头所在行", "row of the column names"), f"{options.header_row}"
    if feed.format == "xlsx":
        yield Text("工作表", "sheet"), options.sheet or Text("第一张", "the first one")
    if options.table:
        yield Text("表", "table"), options.table
    if options.record_path:
        yield Text("记录所在的路径", "path of the records"), options.record_path
    if feed.explode:
        yield Text("拆成记录的列表", "list whose elements are the records"), feed.explode
    if feed.delivered and feed.delivered not in named:
        yield Text("文件名中的交付日期", "day of delivery in the name"), feed.delivered
    if any(c.type == "timestamp" for c in feed.columns):
        yield Text("未写时区的时刻按", "times without an offset are of"), feed.timezone
    if feed.volume_min:
        yield Text("每个文件至少", "fewest rows of a file"), f"{feed.volume_min:,}"


def _names(feed: Feed) -> list[str]:
    """The columns of the provider's files that the feed reads, in the order of the target's; then those that
    only joins read."""
    named = [name for column in feed.columns for name in column.inputs]
    return list(dict.fromkeys([*named, *feed.inputs]))


def _column(
    feed: Feed, contract: Contract, rules: dict[str, list[Text]], name: str, cell: str | list[str]
) -> dict[str, Any]:
    mapped = [c for c in feed.columns if name in c.inputs]
    ours = {c.name: c for c in contract.columns}
    columns = [ours[c.name] for c in mapped if c.name in ours]
    of_join = next((j.file for j in feed.joins if name in j.take), "")
    words = [_how(c, ours.get(c.name), name) for c in mapped]
    stated = [rule for column in columns for rule in rules.get(column.name, [])]
    said = dict.fromkeys([w for w in words if w is not None] + stated)
    return {
        "own": _own(feed, name),
        "join": of_join,
        "targets": [c.name for c in mapped],
        "meanings": list(dict.fromkeys(_meaning(contract, c) for c in columns))
        or [Text("用于关联另一个文件", "finds the record in the joined file") if not mapped else same("")],
        "type": " · ".join(dict.fromkeys(c.type for c in mapped)),
        "unit": " · ".join(dict.fromkeys(c.unit for c in columns if c.unit)),
        "required": any(c.required for c in mapped),
        "how": Text("；".join(w.zh for w in said), "; ".join(w.en for w in said)),
        "example": " | ".join(cell) if isinstance(cell, list) else cell,
    }


def _own(feed: Feed, name: str) -> str:
    """How the provider finds the column in its file."""
    if feed.explode is None:
        return name
    if name.startswith(".."):
        return name.removeprefix("..")
    if feed.explode_with:
        return name
    return feed.explode if name == "." else f"{feed.explode}[*].{name}"


def _meaning(contract: Contract, column: Column) -> Text:
    return Text(column.name_zh or column.name, heading(contract.id, column.name))


def _how(mapped: ColumnMap, column: Column | None, name: str) -> Text | None:
    """How a cell is written: its values or its form, as the YAML maps them, else as the contract wants it."""
    found = next((v for v in mapped.value.walk() if v.operation and name in v.inputs), None)
    if found is not None and found.operation is not None:
        return _operation(found.operation, column)
    piece = next((v for v in mapped.value.walk() if v.kind == "substr" and name in v.inputs), None)
    if piece is not None:
        return _piece(piece, mapped.name)
    allowed = None if column is None else allowed_values(column)
    if allowed:
        return _listed([str(v).lower() if isinstance(v, bool) else str(v) for v in allowed])
    if column is not None and column.foreign_key is not None:
        key = column.foreign_key
        return Text(f"{key.table} 的 {key.column}", f"a {key.column} of {key.table}")
    forms = {"date": "yyyy-MM-dd", "timestamp": "yyyy-MM-dd'T'HH:mm:ssXXX", "boolean": "true, false"}
    return same(forms[mapped.type]) if mapped.type in forms else None


def _piece(value: Value, target: str) -> Text:
    last = value.start + value.length - 1
    return Text(
        f"第{value.start}至{last}个字符为 {target}", f"characters {value.start} to {last} are the {target}"
    )


def _operation(operation: Operation, column: Column | None) -> Text:
    if operation.kind in ("date", "instant"):
        return _listed(list(operation.patterns))
    if operation.kind == "scale":
        unit = f" {column.unit}" if column is not None and column.unit else ""
        return Text(
            f"数值 × {operation.factor} ={unit or ' 装载值'}",
            f"number × {operation.factor} ={unit or ' value'}",
        )
    if operation.kind == "split":
        return Text(
            f"多个值以“{operation.separator}”分隔", f"several values, separated by “{operation.separator}”"
        )
    known = [(value, to) for value, to in operation.values.items() if value and to]
    listed = Text(_listed([value for value, _ in known]).zh, _listed([with_code(*k) for k in known]).en)
    if not operation.lookup:
        return listed
    return Text(f"对照表 {operation.lookup}：{listed.zh}", f"lookup {operation.lookup}: {listed.en}")


def _listed(values: list[str]) -> Text:
    more, some = len(values) - MOST_VALUES, values[:MOST_VALUES]
    zh, en = (f"…（共{len(values):,}个）", f", … ({len(values):,} in all)") if more > 0 else ("", "")
    return Text("、".join(some) + zh, ", ".join(some) + en)


def _rules(contract: Contract) -> dict[str, list[Text]]:
    """The rules of the contract that put a row into quarantine, by column, without lists of values."""
    found: dict[str, list[Text]] = {}
    kinds = {rule.id: rule.kind for column in contract.columns for rule in column.rules}
    for rule in row_rules(contract):
        if rule.severity == "critical" and kinds[rule.id] not in ("values", "values_by"):
            found.setdefault(rule.column, []).append(Text(rule.reason_zh, rule.reason_en))
    return found
