"""`columns:` of a feed: one producer and at most one operation for each column, checked against the target's
contract."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from jobs.contracts.model import Contract
from jobs.ingest.layouts import Layout
from jobs.ingest.model import NESTED, POLICIES, ColumnMap, Element, Operation
from jobs.ingest.numbers import NUMBER
from jobs.ingest.paths import parse_path
from jobs.ingest.patterns import compile_pattern
from jobs.ingest.source_files import SourceDocument
from jobs.strict_yaml import KeyPath

Lookups = Callable[
    [str], Mapping[str, str]
]  # a lookup's name → from → to; ValueError says what is wrong with it
PRODUCERS = ("const", "from", "concat", "coalesce", "substr", "extract")
OPERATIONS = ("map", "lookup", "scale", "date", "instant", "split")
LIST = "array<string>"
_NUMERIC = re.compile(r"int|bigint|double|decimal.*|string")
# the types of a target column that an operation can fill
_FITS = {"date": ("date", "string"), "instant": ("timestamp", "date", "string"), "split": (LIST,)}


def read_columns(
    doc: SourceDocument,
    value: Any,
    path: KeyPath,
    label: str,
    contract: Contract,
    version: str | None,
    layout: Layout,
    lookups: Lookups,
) -> tuple[ColumnMap, ...]:
    """The column maps of a feed, in the contract's order (a version column that the contract lacks comes
    last)."""
    known = [*contract.column_names, *([version] if version and version not in contract.column_names else [])]
    given = doc.mapping(value, path, label, known)
    columns = []
    for name in (n for n in known if n in given):
        reader = _Reader(doc, (*path, name), f"{label}.{name}", layout, lookups)
        column = contract.column(name) if name in contract.column_names else None
        read = reader.column(name, given[name], column, name in contract.key)
        columns += [read] if read is not None else []
    return tuple(columns)


class _Reader:
    """Reads one column's map; ``at`` and ``label`` say where problems stand."""

    def __init__(self, doc: SourceDocument, at: KeyPath, label: str, layout: Layout, lookups: Lookups):
        self.doc, self.at, self.label, self.layout, self.lookups = doc, at, label, layout, lookups

    def wrong(self, key: str, message: str) -> None:
        self.doc.wrong(
            (*self.at, key) if key else self.at, f"{self.label}.{key}" if key else self.label, message
        )

    def column(self, name: str, value: Any, column: Any, key: bool) -> ColumnMap | None:
        before = len(self.doc.problems)
        given = self.doc.mapping(value, self.at, self.label, (*PRODUCERS, *OPERATIONS, "on_unmapped"))
        kind = column.type if column else "string"
        producers = [p for p in PRODUCERS if p in given]
        operations = [o for o in OPERATIONS if o in given]
        if len(producers) != 1:
            instead = f", not {' and '.join(producers)}" if producers else ""
            self.wrong("", f"needs exactly one of {', '.join(PRODUCERS)}{instead}")
            return None
        if len(operations) > 1:
            self.wrong("", f"{' and '.join(operations)} cannot stand together")
        if producers == ["const"] and operations:
            self.wrong("", f"const and {operations[0]} cannot stand together: write the value that is meant")
        parts = self.producer(producers[0], given[producers[0]], kind)
        operation = self.operation(operations[0], given[operations[0]], kind) if operations else None
        policy = given.get("on_unmapped")
        if policy is not None:
            self.doc.one_of(policy, (*self.at, "on_unmapped"), f"{self.label}.on_unmapped", POLICIES, None)
        if len(self.doc.problems) > before:
            return None
        return ColumnMap(
            name=name,
            producer=producers[0],
            type=kind,
            required=column is not None and (column.required or key),
            in_contract=column is not None,
            operation=operation,
            on_unmapped=policy,
            personal=column.personal if column else None,
            free_text=column is not None and column.free_text,
            **parts,
        )

    def producer(self, kind: str, value: Any, type_: str) -> dict[str, Any]:
        if kind == "const":
            return {
                "elements": (Element(None, self.doc.text(value, (*self.at, kind), f"{self.label}.const")),)
            }
        if kind == "from":
            return {"elements": (self.source(kind, value, type_),)}
        items = self.doc.sequence(value, (*self.at, kind), f"{self.label}.{kind}")
        if kind in ("concat", "coalesce"):
            if not items:
                self.wrong(kind, "must name at least one column")
            elements = tuple(self.element(kind, item, type_) for item in items)
            if elements and all(e.column is None for e in elements):
                self.wrong(kind, "names no column: write const")
            return {"elements": elements}
        size = 3 if kind == "substr" else 2
        if len(items) != size or not all(isinstance(i, str) for i in items):
            wanted = "first character from 1, length" if size == 3 else "regular expression"
            self.wrong(kind, f"must be [column, {wanted}]")
            return {"elements": ()}
        element = (self.source(kind, items[0], type_),)
        if kind == "substr":
            if not all(re.fullmatch(r"[1-9][0-9]{0,5}", i) for i in items[1:]):
                self.wrong(
                    kind,
                    f"first character and length must be whole numbers from 1, not {items[1]} and {items[2]}",
                )
                return {"elements": element}
            return {"elements": element, "start": int(items[1]), "length": int(items[2])}
        try:
            if re.compile(items[1]).groups < 1:
                self.wrong(kind, f"{items[1]!r} has no group: put ( ) around what is to be taken")
        except re.error as error:
            self.wrong(kind, f"{items[1]!r} is not a regular expression: {error}")
        return {"elements": element, "expression": items[1]}

    def source(self, key: str, name: Any, type_: str) -> Element:
        """A column of the file; in nested formats its path must read well and may be a list only where the
        target is one. With explode it is a path in the element, `.` the element itself, `..name` a field
        of its record."""
        text = self.doc.text(name, (*self.at, key), f"{self.label}.{key}").strip()
        outer = self.layout.explode is not None and text.startswith("..")
        if text.startswith(".") and self.layout.explode is None and self.layout.format in NESTED:
            self.wrong(key, f"{text}: a name that begins with a point needs explode")
        elif (
            text
            and text != "."
            and (self.layout.format in NESTED or (self.layout.explode is not None and not outer))
        ):
            try:
                if "*" in parse_path(text.removeprefix("..") if outer else text) and type_ != LIST:
                    self.wrong(key, f"{text} gives a list, but the column holds one value")
            except ValueError as error:
                self.wrong(key, str(error))
        return Element(text)

    def element(self, key: str, item: Any, type_: str) -> Element:
        if isinstance(item, Mapping):
            if set(item) != {"text"} or not isinstance(item["text"], str) or not item["text"]:
                self.wrong(key, "a literal is written {text: …}")
            return Element(None, str(item.get("text")))
        return self.source(key, item, type_)

    def operation(self, kind: str, value: Any, type_: str) -> Operation | None:
        fits = _FITS.get(kind)
        if (
            (fits and type_ not in fits)
            or (kind == "scale" and not _NUMERIC.fullmatch(type_))
            or (not fits and type_ == LIST)
        ):
            hint = "; write instant" if (kind, type_) == ("date", "timestamp") else ""
            self.wrong(kind, f"does not fit a column of type {type_}{hint}")
        if kind == "map":
            given = self.doc.mapping(
                value, (*self.at, kind), f"{self.label}.map", value if isinstance(value, Mapping) else ()
            )
            values = {str(k).strip(): v.strip() for k, v in given.items() if isinstance(v, str)}
            if not values or len(values) < len(given):
                self.wrong(kind, "must map values to values, each once")
            return Operation(kind, values=values)
        if kind == "lookup":
            try:
                return Operation(kind, values=self.lookups(str(value)), lookup=str(value))
            except ValueError as error:
                self.wrong(kind, str(error))
                return None
        if kind == "scale":
            if not isinstance(value, str) or not NUMBER.fullmatch(value):
                self.wrong(kind, f"must be a decimal number, not {value!r}")
            return Operation(kind, factor=str(value))
        if kind == "split":
            if not isinstance(value, str) or not value:
                self.wrong(kind, "must be the text between two elements")
            return Operation(kind, separator=str(value))
        patterns = (
            [value]
            if isinstance(value, str)
            else self.doc.sequence(value, (*self.at, kind), f"{self.label}.{kind}")
        )
        if not patterns:
            self.wrong(kind, "must hold at least one pattern")
        for pattern in patterns:
            try:
                compile_pattern(str(pattern))
            except ValueError as error:
                self.wrong(kind, str(error))
        return Operation(kind, patterns=tuple(str(p) for p in patterns))
