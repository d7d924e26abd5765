"""The glossary: one term a measure, count, status or concept, with its name in Chinese and English.

Pages, workbooks, notebooks, bundles and contracts name what they show by it. Source: `schemas/glossary.csv`.
Tested items have their English names from `schemas/reference/item_name.csv`, this project's own translations.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from jobs.environment import SCHEMAS
from jobs.errors import UsageError

GLOSSARY = SCHEMAS / "glossary.csv"
ITEMS = SCHEMAS / "reference" / "item_name.csv"
PRODUCTS = SCHEMAS / "reference" / "product_term.csv"
KINDS = ("measure", "count", "status", "concept")


@dataclass(frozen=True)
class Term:
    """``anchor``: section of `schemas/definitions.md`; ``columns``: contract columns that hold it.

    A column is `gold.table.column`, or a bare name that means every column so named.
    """

    term: str
    kind: str
    zh: str
    en: str
    definition_zh: str
    definition_en: str
    anchor: str
    columns: tuple[str, ...]


@cache
def glossary(path: Path = GLOSSARY) -> Mapping[str, Term]:
    """Every term by its identifier, in the order of the file.

    UsageError: a field is empty, the kind is unknown, or an identifier, a Chinese or an English name stands
    twice.
    """
    found: dict[str, Term] = {}
    named: set[tuple[str, str]] = set()
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            columns = tuple(filter(None, (row.pop("columns") or "").split(";")))
            empty = [name for name, value in row.items() if not value]
            if empty:
                raise UsageError(f"{path}, line {number}: {', '.join(map(str, empty))} is empty")
            term = Term(**row, columns=columns)
            if term.kind not in KINDS:
                raise UsageError(f"{path}, line {number}: unknown kind {term.kind!r}")
            names = {("term", term.term), ("zh", term.zh), ("en", term.en.lower())}
            if names & named:
                raise UsageError(f"{path}, line {number}: {term.term!r} or its name stands twice")
            named |= names
            found[term.term] = term
    return MappingProxyType(found)


def term(name: str) -> Term:
    """One term. KeyError: the glossary has no such term."""
    return glossary()[name]


def term_of_column(table: str, column: str) -> Term | None:
    """The term that a contract's column holds, None where the glossary names none.

    ``table``: `gold.detection_rate`.
    """
    return _by_column().get(f"{table}.{column}") or _by_column().get(column)


@cache
def item_names(path: Path = ITEMS) -> Mapping[str, str]:
    """Chinese name of a tested item → its English name; rows of the file that have expired (`valid_to`) are
    left out."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if not row["valid_to"]]
    return MappingProxyType({row["name_zh"]: row["name_en"] for row in rows})


@cache
def product_words(path: Path = PRODUCTS) -> Mapping[str, str]:
    """Category code → the words with which buyers call its goods, as one text joined by blanks; rows of the
    file that have expired (`valid_to`) are left out."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if not row["valid_to"]]
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["category_code"], []).extend(row["match"].split(";"))
    return MappingProxyType({code: " ".join(words) for code, words in found.items()})


@cache
def _by_column() -> Mapping[str, Term]:
    return MappingProxyType({column: t for t in glossary().values() for column in t.columns})
