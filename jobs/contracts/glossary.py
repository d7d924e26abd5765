"""The glossary: one term for each measure, count, status and concept, with its name in Chinese and English.

Pages, workbooks, notebooks, bundles and contracts call what they show by these names. Source:
`schemas/glossary.csv`. Tested items have their English names from `schemas/reference/item_name.csv`, this
project's own translations.
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
SEARCHED = SCHEMAS / "reference" / "search_word.csv"
HAZARDS = SCHEMAS / "reference" / "hazard.csv"
KINDS = ("measure", "count", "status", "concept")


@dataclass(frozen=True)
class Term:
    """A row of the glossary. ``term``: its identifier; ``kind``: one of KINDS; ``zh``, ``en``: its names;
    ``anchor``: the section of `schemas/definitions.md` that defines it; ``columns``: the contract columns
    that hold it, each `gold.table.column`, or a bare name that means every column of this name."""

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
    """Read the glossary: identifier → Term, in the order of the file. Raises UsageError, with file and line,
    where a row has too many fields, a field is empty, the kind is unknown, or an identifier, a Chinese or an
    English name occurs twice.
    """
    found: dict[str, Term] = {}
    named: set[tuple[str, str]] = set()
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            if None in row:  # what stands behind the last column of the header
                raise UsageError(f"{path}, line {number}: has more fields than the header")
            columns = tuple(filter(None, (row.pop("columns") or "").split(";")))
            empty = [name for name, value in row.items() if not value]
            if empty:
                raise UsageError(f"{path}, line {number}: {', '.join(map(str, empty))} is empty")
            term = Term(**row, columns=columns)
            if term.kind not in KINDS:
                raise UsageError(f"{path}, line {number}: unknown kind {term.kind!r}")
            names = {("term", term.term), ("zh", term.zh), ("en", term.en.lower())}
            if names & named:
                raise UsageError(f"{path}, line {number}: {term.term!r} or its name occurs twice")
            named |= names
            found[term.term] = term
    return MappingProxyType(found)


def term(name: str) -> Term:
    """The term with the identifier ``name``. Raises KeyError where the glossary has none."""
    return glossary()[name]


def term_of_column(table: str, column: str) -> Term | None:
    """The term that a contract's column holds; None where the glossary names none. A term that names the
    table's column precedes one that names every column so called. ``table``: the table's id,
    `gold.detection_rate`."""
    return _by_column().get(f"{table}.{column}") or _by_column().get(column)


@cache
def item_names(path: Path = ITEMS) -> Mapping[str, str]:
    """Chinese name of a tested item → its English name; rows of the file with a last day (`valid_to`), also
    one yet to come, are left out."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if not row["valid_to"]]
    return MappingProxyType({row["name_zh"]: row["name_en"] for row in rows})


@cache
def hazard_names(path: Path = HAZARDS) -> Mapping[str, tuple[str, str]]:
    """Code of a hazard, its names and the words of the European Union and Great Britain for it, in lower case
    → its Chinese and its English name; rows of the file with a last day (`valid_to`), also one yet to come,
    are left out."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if not row["valid_to"]]
    words = ("gb_word", "eu_word", "name_en", "name_zh", "hazard_code")  # the code counts before the others
    found = {row[w].lower(): (row["name_zh"], row["name_en"]) for w in words for row in rows if row[w]}
    return MappingProxyType(found)


@cache
def product_words(path: Path = PRODUCTS) -> Mapping[str, str]:
    """Category code → the words with which buyers call its goods, as one text joined by blanks: those of the
    file and the `search_words`; rows with a last day (`valid_to`), also one yet to come, are left out."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if not row["valid_to"]]
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["category_code"], []).extend(row["match"].split(";"))
    for code, words in search_words().items():
        found.setdefault(code, []).append(words)
    return MappingProxyType({code: " ".join(words) for code, words in found.items()})


@cache
def search_words(path: Path = SEARCHED) -> Mapping[str, str]:
    """Category code → further words by which the search finds it, Chinese and English, joined by blanks; rows
    of the file with a last day (`valid_to`), also one yet to come, are left out."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if not row["valid_to"]]
    return MappingProxyType({row["category_code"]: row["words"] for row in rows})


@cache
def _by_column() -> Mapping[str, Term]:
    return MappingProxyType({column: t for t in glossary().values() for column in t.columns})
