"""Write what a corrected source YAML shows about headers to an alias file, so that the next draft knows it.
An alias is a name under which a provider delivers a column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from jobs.contracts.catalog import Catalog
from jobs.errors import SourceError
from jobs.ingest.check import check_source
from jobs.ingest.draft.folding import fold, parts_of
from jobs.ingest.draft.vocabulary import ALIASES, FIELDS, LEARNED_FROM, Alias, header_of, read_aliases
from jobs.ingest.model import Feed
from jobs.whole_folder import replace_file


def alias_file(roots: Sequence[Path]) -> Path:
    """The path of the alias file of an installation: `lookups/header_alias.csv` in the first root of
    QUALITY_SOURCES, else in the shipped one."""
    return (roots[1] if len(roots) > 1 else roots[0]) / "lookups" / ALIASES


def learn(yaml: Path, roots: Sequence[Path], catalog: Catalog) -> tuple[Path, int]:
    """Add the pairs of header and column in a source YAML to the alias file (`alias_file`); returns its path
    and the number of rows that are new or changed. An ignored header is stored as one without a column.
    Where no row is new or changed, nothing is written. Raises UsageError where the YAML does not exist, and
    SourceError where it has problems or the alias file cannot be read."""
    checked = check_source(yaml, roots, catalog=catalog)
    if checked.source is None or not checked.ok:
        raise SourceError(list(checked.problems))
    path = alias_file(roots)
    kept = {_key(alias): alias for alias in read_aliases(path)}
    changed = 0
    for alias in (alias for feed in checked.source.feeds for alias in pairs(feed)):
        before = kept.get(_key(alias))
        if before is None or before.column != alias.column:
            kept[_key(alias)] = alias
            changed += 1
    if changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, written(list(kept.values())).encode())
    return path, changed


def pairs(feed: Feed) -> Iterator[Alias]:
    """Yield the headers that a feed maps to one column, as Alias, and those that it ignores, without a
    column (`header_of`). Left out are headers from which two columns are made, and headers of several
    parts."""
    columns: dict[str, list[str]] = {}
    for column in feed.columns:
        if column.value.kind in ("from", "extract", "substr") and column.in_contract:
            for name in column.inputs:
                columns.setdefault(header_of(feed, name), []).append(column.name)
    for name, targets in columns.items():
        if len(targets) == 1 and len(parts_of(name)) == 1 and fold(name).whole:
            yield _alias(feed.target, targets[0], name)
    for name in dict.fromkeys(header_of(feed, name) for name in feed.ignore):
        if name not in columns and len(parts_of(name)) == 1 and fold(name).whole:
            yield _alias(feed.target, "", name)


def written(aliases: Sequence[Alias]) -> str:
    """The text of an alias file (CSV with a header) that holds these aliases, sorted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows(sorted(aliases))
    return text.getvalue()


def _alias(target: str, column: str, name: str) -> Alias:
    text = " ".join(name.split())
    return Alias(target, column, text, "en" if text.isascii() else "zh", LEARNED_FROM)


def _key(alias: Alias) -> tuple[str, str]:
    return alias.target, fold(alias.alias).whole
