"""Collect the names of the columns of each target (silver table): from contracts, from
`lookups/header_alias.csv` in every root, and from sources that map them already."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.errors import SourceError
from jobs.ingest.draft.folding import Folded, Words, fold, parts_of
from jobs.ingest.model import NESTED, Feed, Source
from jobs.ingest.source import load_sources
from jobs.ingest.source_files import read_lookup, roots_of
from jobs.strict_yaml import shown

ALIASES = "header_alias.csv"
FIELDS = ("target", "column", "alias", "language", "source")
EVERY = "*"  # a target: the alias holds for each target that has the column
NAME, ALIAS, LEARNED, TAUGHT, GENERAL = "name", "alias", "learned", "source", "general name"
LEARNED_FROM = "corrected by a person"


class Alias(NamedTuple):
    """A row of `lookups/header_alias.csv`: a name (``alias``) under which a column of a target is delivered.
    ``target``: EVERY for each target that has the column; ``column``: '' where the target has no column for
    this name; ``language``: zh or en; ``source``: where the name comes from."""

    target: str
    column: str
    alias: str
    language: str
    source: str


@dataclass(frozen=True)
class Term:
    """One name of a column. ``column``: '' for a name that is known to have no column; ``text``: the name;
    ``kind``: where it comes from: NAME (the contract), ALIAS, LEARNED (an alias that a person corrected),
    TAUGHT (a source that maps it) or GENERAL; ``words``: of its folded form."""

    column: str
    text: str
    kind: str
    folded: Folded
    words: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """What is known of headers. ``terms``: target → its names; ``words``: cuts headers into words; ``codes``:
    (target, column) → value that a source maps → code."""

    terms: Mapping[str, tuple[Term, ...]]
    words: Words
    codes: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)

    def without(self, drop: Callable[[str, Term], bool]) -> Vocabulary:
        """The vocabulary without the terms for which ``drop(target, term)`` is true."""
        kept = {t: tuple(x for x in terms if not drop(t, x)) for t, terms in self.terms.items()}
        return Vocabulary(kept, self.words, self.codes)


def read_aliases(path: Path) -> list[Alias]:
    """The rows of an alias file; [] where it does not exist. SourceError where it cannot be read."""
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            if reader.fieldnames is None or not set(FIELDS) <= set(reader.fieldnames):
                raise SourceError([f"{shown(path)}:1: must have the columns {','.join(FIELDS)}"])
            return [Alias(*((row[name] or "").strip() for name in FIELDS)) for row in reader]
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise SourceError([f"{shown(path)}: cannot be read: {error}"]) from error


def load_vocabulary(roots: Sequence[Path], catalog: Catalog) -> Vocabulary:
    """Read the vocabulary of an installation: contracts, alias files, sources and the words of
    `lookups/header_word.csv` of the first root. ``roots``: `Environment.source_roots`. Source YAMLs with
    problems are left out. Raises SourceError where an alias file cannot be read, and ValueError as
    `read_lookup` does."""
    places = roots_of(roots)
    aliases = [
        alias
        for folder in dict.fromkeys(folder for root in places for folder in root.lookups)
        for alias in read_aliases(folder / ALIASES)
    ]
    sources = load_sources(roots, catalog).good.values()
    return make_vocabulary(catalog, aliases, sources, read_lookup("header_word", places[:1]))


def make_vocabulary(
    catalog: Catalog, aliases: Iterable[Alias], sources: Iterable[Source], meanings: Mapping[str, str]
) -> Vocabulary:
    """Make the vocabulary of all targets of a catalog. ``sources``: those that map headers already;
    ``meanings``: word → word of the same meaning, as Words takes them. An alias of one target precedes one
    for all targets."""
    words = Words(meanings)
    aliases, sources = list(aliases), list(sources)
    terms: dict[str, tuple[Term, ...]] = {}
    for target in catalog.targets():
        contract = catalog.contracts[f"silver.{target}"]
        columns = {column.name: column.name_zh for column in contract.columns}
        names = [(name, text, NAME) for name, zh in columns.items() for text in (name, zh)]
        own = [
            (a.column, a.alias, LEARNED if a.source == LEARNED_FROM else ALIAS)
            for a in aliases
            if a.target == target and (not a.column or a.column in columns)
        ]
        learned = [called for called in own if called[2] == LEARNED]
        shared = [(a.column, a.alias, ALIAS) for a in aliases if a.target == EVERY and a.column in columns]
        taught = [pair for source in sources for pair in _taught(source, target)]
        terms[target] = tuple(_terms([*learned, *names, *own, *shared, *taught, *_general(contract)], words))
    return Vocabulary(terms, words, _codes(sources))


def _terms(called: Iterable[tuple[str, str, str]], words: Words) -> Iterator[Term]:
    """Each name once for a column; a name that one column has already is no alias of another."""
    owner: dict[str, tuple[str, str]] = {}
    seen: set[tuple[str, str]] = set()
    for column, text, kind in called:
        folded = fold(text)
        first = owner.setdefault(folded.whole, (column, kind))
        if not folded.whole or (column, folded.whole) in seen or (first[0] != column and kind == ALIAS):
            continue
        seen.add((column, folded.whole))
        yield Term(column, text, kind, folded, words.of(folded.bare))


def _general(contract: Contract) -> Iterator[tuple[str, str, str]]:
    """Names that say only what kind of thing a column holds: the key's, the name's, the event's day."""
    if len(contract.key) == 1 and re.search("_(?:id|code|no)$", contract.key[0]):
        yield from ((contract.key[0], text, GENERAL) for text in ("编号", "代码", "id", "code", "number"))
    for name in ("name", "name_zh"):
        if name in contract.column_names:
            yield from ((name, text, GENERAL) for text in ("名称", "name"))
    if contract.event_date is not None:
        yield from ((contract.event_date, text, GENERAL) for text in ("日期", "时间", "date"))


def _taught(source: Source, target: str) -> Iterator[tuple[str, str, str]]:
    for feed in source.feeds:
        for column in feed.columns if feed.target == target else ():
            if column.value.kind in ("from", "extract", "substr") and len(column.inputs) == 1:
                name = header_of(feed, column.inputs[0])
                if len(parts_of(name)) == 1:
                    yield column.name, name, TAUGHT


def header_of(feed: Feed, name: str) -> str:
    """The header that is meant by a name in a feed's `columns` or `ignore`: where records are nested
    (NESTED), the last name of the path (`name` of `shop.name`, `a[*].name`); elsewhere the name itself, which
    may hold a dot (`No. 1`)."""
    return name.rsplit(".", 1)[-1].removesuffix("[*]") if feed.format in NESTED else name


def _codes(sources: Iterable[Source]) -> dict[tuple[str, str], dict[str, str]]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for source in sources:
        for feed in source.feeds:
            for column in feed.columns:
                if column.operation is not None and column.operation.kind == "map":
                    known = found.setdefault((feed.target, column.name), {})
                    for word, code in column.operation.values.items():
                        known.setdefault(word, code)
    return found
