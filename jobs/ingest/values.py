"""Read the values under `columns:` in a source YAML (definitions.md#feed). A value says how a text is made
from a record: by one producer, such as `from: 日期`, and at most one operation on the result, such as `date:
yyyy-MM-dd`. A producer may hold further values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from jobs.ingest.expressions import compile_expression
from jobs.ingest.layouts import Layout
from jobs.ingest.model import NESTED, Operation, Value
from jobs.ingest.numbers import NUMBER
from jobs.ingest.paths import parse_path
from jobs.ingest.patterns import compile_pattern, contradiction
from jobs.ingest.records import header_text
from jobs.ingest.source_files import SourceDocument
from jobs.strict_yaml import KeyPath

# A function that reads a lookup by its name and returns its values (from → to). ValueError for a bad one.
Lookups = Callable[[str], Mapping[str, str]]
PRODUCERS = (  # the fields that say where a value comes from; each value has exactly one
    "const",
    "from",
    "concat",
    "coalesce",
    "substr",
    "extract",
    "record",
    "file",
    "hash",
    "pad",
    "decimal",
)
OPERATIONS = ("map", "lookup", "scale", "date", "instant", "split")  # a value has at most one
LIST = "array<string>"  # the type of a list column in a contract
WIDEST, MOST_PLACES = 200, 30  # characters of a padded value, places of a decimal
_NUMERIC = re.compile(r"int|bigint|double|decimal.*|string")
# the types of a target column that an operation can fill
_FITS = {"date": ("date", "string"), "instant": ("timestamp", "date", "string"), "split": (LIST,)}
# what to write instead of an operation that does not fit the type of a target column
_INSTEAD = {
    ("date", "timestamp"): "; write instant",
    ("map", LIST): "; a cell is mapped before it is split: {from: {from: …, map: …}, split: …}",
    ("lookup", LIST): "; a cell is looked up before it is split: {from: {from: …, lookup: …}, split: …}",
}
# what stands in the list of a producer that takes one value and more
_LISTS = {
    "substr": ("first character from 1", "length"),
    "extract": ("regular expression",),
    "pad": ("least number of characters", "character to put in front"),
    "decimal": ("number of places",),
}


class ValueReader:
    """Reads one value of a source YAML as a Value, and adds to ``doc`` what is wrong with it.

    ``at``: the keys that lead to the value in the document; ``label``: its name in messages
    (`feeds.f.columns.c`); ``layout``: how the feed's files are read, which decides whether names of columns
    are paths; ``lookups``: reads a lookup by name.
    """

    def __init__(self, doc: SourceDocument, at: KeyPath, label: str, layout: Layout, lookups: Lookups):
        self.doc, self.at, self.label, self.layout, self.lookups = doc, at, label, layout, lookups
        self.before_split = False  # the value is one inside another that splits it

    def wrong(self, key: str, message: str) -> None:
        """Add a problem to ``doc`` about the field ``key`` of the value; about the whole value where ``key``
        is ''."""
        self.doc.wrong(
            (*self.at, key) if key else self.at, f"{self.label}.{key}" if key else self.label, message
        )

    def value(self, given: Mapping[str, Any], type_: str) -> Value | None:
        """Read a mapping with one producer and at most one operation, as {from: 日期, date: yyyy-MM-dd}.
        ``type_``: the type of the target's column, which the operation must fit; `string` for a value that
        becomes a part of a text.

        Returns None, with a problem, where the mapping names no producer or several. Other faults are
        problems only: a Value is returned all the same, to be used only where ``doc`` has no new problem.
        """
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
        self.before_split = self.before_split or operations == ["split"]
        more = self._producer(producers[0], given[producers[0]], type_)
        operation = self.operation(operations[0], given[operations[0]], type_) if operations else None
        return Value(producers[0], operation=operation, **more)

    def _producer(self, kind: str, value: Any, type_: str) -> dict[str, Any]:
        """The fields of a Value that the producer ``kind`` fills, from what is written for it (``value``)."""
        if kind == "const":
            return {"text": self.doc.text(value, (*self.at, kind), f"{self.label}.const")}
        if kind == "from":
            if isinstance(value, Mapping):
                part = self._inside((*self.at, kind), f"{self.label}.from", value, type_)
                return {"parts": (part,) if part else ()}
            return {"column": self.column(kind, value, type_)}
        if kind == "record":
            if value != "true":
                self.wrong(kind, "is written {record: true}: the number of the record in its file")
            return {}
        if kind == "file":
            text = self.doc.text(value, (*self.at, kind), f"{self.label}.file")
            return {"expression": self._expression(kind, text)}
        items = self.doc.sequence(value, (*self.at, kind), f"{self.label}.{kind}")
        if kind in _LISTS:
            return self._listed(kind, items, type_)
        if not items:
            self.wrong(kind, "must name at least one column")
        inner = type_ if kind == "coalesce" or (kind == "concat" and type_ == LIST) else "string"
        parts = [self.item(kind, i, item, inner) for i, item in enumerate(items)]
        if parts and all(part is not None and part.kind == "const" for part in parts):
            self.wrong(kind, "names no column: write const")
        return {"parts": tuple(part for part in parts if part)}

    def _listed(self, kind: str, items: list[Any], type_: str) -> dict[str, Any]:
        """substr, extract, pad, decimal: a list of one value and what is done with it."""
        names, more = _LISTS[kind], items[1:]
        if len(more) != len(names) or not all(isinstance(i, str) for i in more):
            self.wrong(kind, f"must be [column, {', '.join(names)}]")
            return {}
        if kind == "decimal" and not _NUMERIC.fullmatch(type_):
            self.wrong(kind, f"does not fit a column of type {type_}")
        part = self.item(kind, 0, items[0], type_ if type_ == LIST else "string")
        made: dict[str, Any] = {"parts": (part,) if part else ()}
        if kind == "extract":
            return made | {"expression": self._expression(kind, more[0])}
        if kind == "substr":
            if not all(re.fullmatch(r"[1-9][0-9]{0,5}", i) for i in more):
                self.wrong(
                    kind,
                    f"first character and length must be whole numbers from 1, not {more[0]} and {more[1]}",
                )
                return made
            return made | {"start": int(more[0]), "length": int(more[1])}
        least, most = (1, WIDEST) if kind == "pad" else (0, MOST_PLACES)
        if not re.fullmatch(r"[0-9]{1,3}", more[0]) or not least <= int(more[0]) <= most:
            self.wrong(kind, f"the {names[0]} must be a whole number from {least} to {most}, not {more[0]!r}")
            return made
        if kind == "pad" and len(more[1]) != 1:
            self.wrong(kind, f"the {names[1]} must be one character, not {more[1]!r}")
            return made
        return made | {"length": int(more[0])} | ({"fill": more[1]} if kind == "pad" else {})

    def _expression(self, kind: str, text: str) -> str:
        try:
            compile_expression(text)
        except ValueError as error:
            self.wrong(kind, str(error))
        return text

    def item(self, key: str, place: int, item: Any, type_: str) -> Value | None:
        """Read the element at index ``place`` (from 0) of the list of the producer ``key``: the name of a
        column of the file, a literal {text: …}, or a mapping as `value` takes it. None, with a problem, for a
        mapping with an unknown field or without exactly one producer."""
        if not isinstance(item, Mapping):
            return Value("from", column=self.column(key, item, type_))
        return self._inside((*self.at, key, place), f"{self.label}.{key}[{place}]", item, type_)

    def _inside(self, at: KeyPath, label: str, given: Mapping[str, Any], type_: str) -> Value | None:
        """A value within another one: a mapping like that of a column, or {text: …} for a literal. None where
        it has a problem, which ``doc`` then holds."""
        if set(given) == {"text"}:
            if not isinstance(given["text"], str) or not given["text"]:
                self.doc.wrong(at, label, "a literal is written {text: …}")
            return Value("const", text=str(given["text"]))
        known = len(self.doc.problems)
        self.doc.mapping(given, at, label, ("text", *PRODUCERS, *OPERATIONS))
        if len(self.doc.problems) > known:
            return None
        if "text" in given:
            self.doc.wrong(at, label, "a literal is written {text: …}, and nothing beside it")
            return None
        inner = ValueReader(self.doc, at, label, self.layout, self.lookups)
        inner.before_split = self.before_split
        return inner.value(given, type_)

    def column(self, key: str, name: Any, type_: str) -> str:
        """Check the name of a column of the file, stated under ``key``, and return it as `header_text` writes
        it; '' where it is no text.

        In nested formats the name is a path, which must be well formed and may give a list (`a[*].b`) only
        for a list column. With `explode` it is a path in the element; `.` is the element itself (where
        several columns are split, a part has the name of its column), and `..name` a field of the record that
        holds the list. What is wrong is added to ``doc``.
        """
        text = header_text(self.doc.text(name, (*self.at, key), f"{self.label}.{key}"))
        outer = self.layout.explode is not None and text.startswith("..")
        if text.startswith(".") and self.layout.explode is None and self.layout.format in NESTED:
            self.wrong(key, f"{text}: a name that begins with a point needs explode")
        elif (
            text
            and text != "."
            and not self.layout.explode_with
            and (self.layout.format in NESTED or (self.layout.explode is not None and not outer))
        ):
            try:
                if "*" in parse_path(text.removeprefix("..") if outer else text) and type_ != LIST:
                    self.wrong(key, f"{text} gives a list, but the column holds one value")
            except ValueError as error:
                self.wrong(key, str(error))
        return text

    def operation(self, kind: str, value: Any, type_: str) -> Operation | None:
        """Read an operation. ``kind``: one of OPERATIONS; ``value``: what the YAML states for it; ``type_``:
        the type of the target's column.

        What is wrong (it does not fit the type, a pattern or number cannot be parsed, two patterns read one
        text as two days) is added to ``doc``, and an Operation is returned all the same; None only where a
        lookup cannot be read.
        """
        fits = _FITS.get(kind)
        if (
            (fits and type_ not in fits)
            or (kind == "scale" and not _NUMERIC.fullmatch(type_))
            or (not fits and type_ == LIST and not self.before_split)
        ):
            hint = _INSTEAD.get((kind, type_), "")
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
        good = []
        for pattern in map(str, patterns):
            try:
                compile_pattern(pattern)
                good.append(pattern)
            except ValueError as error:
                self.wrong(kind, str(error))
        if twofold := contradiction(good):
            one, other, text = twofold
            self.wrong(kind, f"{text!r} would be one day by {one!r} and another by {other!r}")
        return Operation(kind, patterns=tuple(str(p) for p in patterns))
