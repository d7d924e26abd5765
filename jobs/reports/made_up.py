"""A made-up record of a feed, in the words and the form of its provider's file: what the feed's reader makes
of it fits the contract of the target. Shown on the page of a source; no value is taken from a file. Pure but
for the codes of `schemas/reference`."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from jobs.contracts.kinds_codes import (
    ORGANISATION_ALPHABET,
    ORGANISATION_WEIGHTS,
    USCC_ALPHABET,
    USCC_WEIGHTS,
)
from jobs.contracts.model import Column, Contract
from jobs.contracts.rules import allowed_values
from jobs.deployment import deployment
from jobs.environment import REPOSITORY
from jobs.ingest.model import ColumnMap, Feed, Join, Operation, Value
from jobs.ingest.numbers import plain
from jobs.ingest.paths import parse_path, record_steps
from jobs.ingest.patterns import day_written

REFERENCES = REPOSITORY / "schemas" / "reference"
WHOLE = ("csv", "tsv", "json", "jsonl")  # formats whose example is a whole file; of others it is a row
_LIST = "array<string>"
_PERSONAL = {
    "name": "示例姓名",
    "phone": "00000000000",
    "id": "000000000000000000",
    "address": "示例地址",
    "account": "example-account",
}
# Columns of text that hold numbers and the like, by their names in contracts.
_SAYS = {
    "value_text": "0.12",
    "limit_low": "0.10",
    "limit_high": "0.50",
    "claim_low": "0.10",
    "claim_high": "0.50",
    "unit": "mg/kg",
    "url": "https://example.com/1",
}
# The codes known of a column of another table: (table, column) → one of them, None where none is known.
Codes = Callable[[str, str], str | None]


@dataclass(frozen=True)
class MadeUp:
    """A made-up record. ``cells``: column of the provider's file as the YAML names it → its cell, a list
    where the name is a path to several; ``files``: (glob of the name, text) of the files that hold the
    record, the feed's first, then those that it joins; () for formats that are no text (XLSX, Parquet,
    SQLite)."""

    cells: Mapping[str, str | list[str]]
    files: tuple[tuple[str, str], ...]


def made_up(
    feed: Feed, contract: Contract, day: date, recipient: str = "", codes: Codes | None = None
) -> MadeUp:
    """Return a made-up record of ``feed``. ``contract``: that of its target; ``day``: the day of everything
    that happens in it; ``recipient``: the provider's folder of the outbox, whose end is its code; ``codes``:
    codes of tables that are not files of `schemas/reference`."""
    record = _Record(feed, contract, day, recipient, codes or (lambda table, column: None))
    record.fill()
    return MadeUp(record.cells, tuple(_files(feed, record)) if feed.format in WHOLE else ())


def credit_code() -> str:
    """Return a unified social credit code that no one has: its check digits are right, its region is not."""
    body = "91000000MADEUP00"
    total = sum(
        ORGANISATION_ALPHABET.index(c) * w for c, w in zip(body[8:], ORGANISATION_WEIGHTS, strict=True)
    )
    body += "0123456789X"[-total % 11]
    return (
        body
        + USCC_ALPHABET[
            -sum(USCC_ALPHABET.index(c) * w for c, w in zip(body, USCC_WEIGHTS, strict=True)) % 31
        ]
    )


@dataclass
class _Record:
    """The cells of a record while they are made. ``raw``: names of cells that hold numbers or yes and no as
    the contract writes them; ``chosen``: column of the target → its text."""

    feed: Feed
    contract: Contract
    day: date
    recipient: str
    codes: Codes
    cells: dict[str, str | list[str]] = field(default_factory=dict)
    raw: set[str] = field(default_factory=set)
    chosen: dict[str, str] = field(default_factory=dict)
    _pieces: list[tuple[str, int, str]] = field(default_factory=list)  # column, first character, text

    def fill(self) -> None:
        """Make a cell for each column of the file that the feed reads."""
        ours = {c.name: c for c in self.contract.columns}
        for mapped in sorted(
            self.feed.columns, key=_after
        ):  # a cell that is mapped decides for all its columns
            column = ours.get(mapped.name) or Column(mapped.name, mapped.type, False, False, "", "", "")
            text = self._text(column, mapped.value)
            self.chosen[mapped.name] = text
            many = mapped.type == _LIST
            self._set(mapped.value, [text, text] if many else text)
            if mapped.type.startswith(("int", "bigint", "double", "decimal", "boolean")):
                self.raw |= {mapped.value.column} if mapped.value.column and not mapped.operation else set()
        for join in self.feed.joins:
            for own, _ in join.by:
                self.cells.setdefault(own, "EXAMPLE-1")
        named = [name for column in self.feed.columns for name in column.inputs]
        self.cells = {name: self.cells.get(name, "") for name in dict.fromkeys([*named, *self.cells])}
        for name, start, text in self._pieces:
            cell = str(self.cells.get(name) or "")
            if cell[start - 1 : start - 1 + len(text)] != text:
                self.cells[name] = (
                    f"{cell[: start - 1].ljust(start - 1, '0')}{text}-{cell[start - 1 :]}".rstrip("-")
                )

    def _set(self, value: Value, text: str | list[str]) -> None:
        """Set the cells from which ``value`` makes ``text``; those that are set stay as they are."""
        if value.operation is not None:
            text = _before(value.operation, text, self.day)
        one = text if isinstance(text, str) else text[0]
        if value.column is not None:
            listed = isinstance(text, list) and "[*]" in value.column
            if not self.cells.get(value.column):
                self.cells[value.column] = text if listed else one
        elif value.kind == "substr":
            column = value.parts[0].column
            if column is not None and value.length >= len(one):
                self._pieces.append((column, value.start, one))
        elif value.kind == "decimal":
            self._set(value.parts[0], one)
        elif value.kind == "concat":
            self._parts(value, one)
        elif value.parts:
            self._set(value.parts[0], text)
            for part in value.parts[1:]:
                self._set(part, "")

    def _parts(self, value: Value, text: str) -> None:
        """Set the parts of a concatenation: the one after a literal with which ``text`` begins gets the rest,
        any other one all of it."""
        for before, part in zip((None, *value.parts), value.parts, strict=False):
            literal = (before.text or "") if before is not None and before.kind == "const" else ""
            if part.kind != "const":
                self._set(part, text.removeprefix(literal))

    def _text(self, column: Column, value: Value) -> str:
        """Return what the target's column holds in the record."""
        allowed = self._allowed(column)
        known = next((v.operation for v in value.walk() if v.operation and v.operation.values), None)
        if known is not None:
            targets = [to for to in known.values.values() if to and (allowed is None or to in allowed)]
            return targets[0] if targets else next(iter(known.values.values()))
        return allowed[0] if allowed else self._typed(column, value)

    def _allowed(self, column: Column) -> list[str] | None:
        """Return the values that rules of the column allow beside those chosen before; None where none
        does."""
        for rule in column.rules:
            if rule.kind == "values_by":
                by = self.chosen.get(rule.arguments["column"])
                if by in rule.arguments["allowed"]:
                    return [str(v) for v in rule.arguments["allowed"][by]]
        allowed = allowed_values(column)
        return (
            None if allowed is None else [str(v).lower() if isinstance(v, bool) else str(v) for v in allowed]
        )

    def _typed(self, column: Column, value: Value) -> str:
        bounds = {k: v for r in column.rules if r.kind == "range" for k, v in r.arguments.items()}
        if column.type == "date":
            return self.day.isoformat()
        if column.type == "timestamp":
            return f"{self.day.isoformat()}T09:10:00Z"
        if column.type == "boolean":
            return "true"
        if column.type in ("int", "bigint", "double") or column.type.startswith("decimal"):
            return _number(column.type, bounds)
        return self._words(column, value)

    def _words(self, column: Column, value: Value) -> str:
        patterns = [str(r.arguments["pattern"]) for r in column.rules if r.kind == "pattern"]
        if column.credit_code or any(r.kind == "uscc" for r in column.rules):
            return credit_code()
        text = self._code(column)
        if text == "":
            return text
        text = text or _SAYS.get(column.name) or _PERSONAL.get(column.personal or "")
        if text is None:
            identifies = column.key or column.code or column.name.endswith("_id")
            kind = re.sub(r"_(id|code|no|ref)$", "", column.name).upper().replace("_", "-")
            text = f"EXAMPLE-{kind}-1" if identifies else f"示例{column.name_zh or column.name}"
        if patterns and not all(re.fullmatch(p, text) for p in patterns):
            literal = "".join(p.text or "" for p in value.parts if p.kind == "const")
            probes = (credit_code(), "A", "110000", "12345678", "4006381333931", f"{literal}SP", text)
            text = next(t for t in probes if t == text or all(re.fullmatch(p, t) for p in patterns))
        most = [int(r.arguments["max"]) for r in column.rules if r.kind == "length" and "max" in r.arguments]
        return text[: min(most)] if most else text

    def _code(self, column: Column) -> str | None:
        """Return a code of the table that a foreign key names: the provider's own where it is one."""
        (kind, _, own), key = self.recipient.partition("_"), column.foreign_key
        if key is not None and key.table == self.contract.id and not (column.required or column.key):
            return ""  # no other row of the same table is there to be named
        codes = reference_codes(key.table.removeprefix("silver."), key.column) if key is not None else ()
        if own in codes or (own and not codes and column.name in (f"{kind}_code", f"{kind}_id")):
            return own
        if key is None or (self.feed.jurisdiction or deployment().code) != deployment().code:
            return None
        return next(iter(codes), None) or self.codes(key.table, key.column)


def _after(mapped: ColumnMap) -> bool:
    """Whether a column is made after those that a map or a lookup decides about."""
    return not any(v.operation is not None and v.operation.values for v in mapped.value.walk())


@lru_cache(maxsize=64)
def reference_codes(table: str, column: str, folder: Path = REFERENCES) -> tuple[str, ...]:
    """Return the different codes in ``column`` of the file <table>.csv in ``folder``, in the file's order; ()
    where there is no such file or column."""
    path = folder / f"{table}.csv"
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(dict.fromkeys(row[column] for row in csv.DictReader(file) if row.get(column)))


def _number(kind: str, bounds: Mapping[str, Any]) -> str:
    """Return a number of a contract's type within its bounds: 1 where it lies there."""
    low, high = bounds.get("min"), bounds.get("max")
    number = Decimal(1)
    if low is not None and number < Decimal(str(low)):
        number = Decimal(str(low))
    if high is not None and number > Decimal(str(high)):
        number = Decimal(str(high))
    places = re.fullmatch(r"decimal\(\d+,\s*(\d+)\)", kind)
    return (
        f"{number:.2f}" if places and int(places.group(1)) >= 2 and number == int(number) else plain(number)
    )


def _before(operation: Operation, text: str | list[str], day: date) -> str | list[str]:
    """Return the cell that an operation makes ``text`` of."""
    if isinstance(text, list):
        return operation.separator.join(text[:1]) if operation.kind == "split" else text
    if operation.kind in ("date", "instant"):
        return day_written(operation.patterns[0], day)
    if operation.kind == "scale":
        return plain(Decimal(text) / Decimal(operation.factor))
    if operation.kind in ("map", "lookup"):
        return next((cell for cell, to in operation.values.items() if to == text), text)
    return text


def _files(feed: Feed, record: _Record) -> list[tuple[str, str]]:
    """Return the text of the feed's file and of those that it joins, each with the glob of its name."""
    cells, joins = record.cells, [join for join in feed.joins if not join.of_same(feed.files[0])]
    taken = {name for join in joins for name in join.take}
    own = {name: cell for name, cell in cells.items() if name not in taken}
    found = [(feed.member or feed.files[0], _file(feed, own, record.raw))]
    return found + [(join.file, _file(feed, _partner(join, cells), record.raw)) for join in joins]


def _partner(join: Join, cells: Mapping[str, str | list[str]]) -> dict[str, str | list[str]]:
    return {theirs: cells[ours] for ours, theirs in join.by} | {
        name: cells.get(name, "") for name in join.take
    }


def _file(feed: Feed, cells: Mapping[str, str | list[str]], raw: set[str]) -> str:
    if feed.format in ("csv", "tsv"):
        return _delimited(feed, _row(feed, cells))
    values = {name: _json_value(cell, name in raw) for name, cell in cells.items()}
    record = _nested({name: v for name, v in values.items() if feed.explode is None})
    if feed.explode is not None:
        inner = {name: v for name, v in values.items() if not name.startswith("..") and name != "."}
        record = _nested({name.removeprefix(".."): v for name, v in values.items() if name.startswith("..")})
        _put(record, parse_path(feed.explode), [values["."] if "." in values else _nested(inner)])
    if feed.format == "jsonl":
        return json.dumps(record, ensure_ascii=False) + "\n"
    document: Any = [record]
    for step in reversed(record_steps(feed.options.record_path) if feed.options.record_path else ()):
        document = {step: document} if isinstance(step, str) and step != "*" else [document]
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _row(feed: Feed, cells: Mapping[str, str | list[str]]) -> dict[str, str]:
    """Return the row of a file of rows, in which a list of `explode` is a cell."""
    if feed.explode is None:
        return {name: cell if isinstance(cell, str) else json.dumps(cell) for name, cell in cells.items()}
    row = {name.removeprefix(".."): str(cell) for name, cell in cells.items() if name.startswith("..")}
    inner = {name: cell for name, cell in cells.items() if not name.startswith("..")}
    if feed.explode_with:
        return row | {name: str(cell) for name, cell in inner.items()}
    element = inner["."] if "." in inner else _nested(inner)
    return row | {
        feed.explode: str(element) if feed.explode_by else json.dumps([element], ensure_ascii=False)
    }


def _delimited(feed: Feed, row: Mapping[str, str]) -> str:
    options, out = feed.options, io.StringIO(newline="")
    out.write("示例\n" * (options.header_row - 1))
    style: dict[str, Any] = (
        {"quotechar": options.quote} if options.quote else {"quoting": csv.QUOTE_NONE, "quotechar": None}
    )
    writer = csv.writer(out, delimiter=options.delimiter, lineterminator="\n", **style)
    writer.writerows([list(row), list(row.values())])
    return out.getvalue()


def _json_value(cell: str | list[str], raw: bool) -> Any:
    if isinstance(cell, list) or not raw or not cell:
        return cell
    if cell in ("true", "false"):
        return cell == "true"
    return int(cell) if cell.isdigit() else float(cell)


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for name, value in values.items():
        _put(record, parse_path(name), value)
    return record


def _put(record: dict[str, Any], steps: tuple[str | int, ...], value: Any) -> None:
    """Put a value at a path of a record; a list at a path with `*`, whose elements are made for it."""
    at: Any = record
    for i, (step, after) in enumerate(zip(steps, (*steps[1:], None), strict=True)):
        if step == "*":
            rest = steps[i + 1 :]
            at += [{} for _ in range(len(value) - len(at))] if rest else value
            for element, one in zip(at, value, strict=False) if rest else ():
                _put(element, rest, [one] if "*" in rest else one)
            return
        if isinstance(step, int):
            at += [None] * (step + 1 - len(at))
            fresh = at[step] is None
        else:
            fresh = step not in at
        if after is None:
            at[step] = value
        elif fresh:
            at[step] = [] if after == "*" or isinstance(after, int) else {}
        at = at[step]
