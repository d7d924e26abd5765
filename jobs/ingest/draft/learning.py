"""What a source YAML corrected by a person says about headers goes to an alias file, so that the next draft
knows it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from jobs.contracts.catalog import Catalog
from jobs.errors import SourceError
from jobs.ingest.check import check_source
from jobs.ingest.draft.folding import fold, parts_of
from jobs.ingest.draft.vocabulary import ALIASES, FIELDS, LEARNED_FROM, Alias, read_aliases
from jobs.ingest.model import Feed
from jobs.whole_folder import replace_file


def alias_file(roots: Sequence[Path]) -> Path:
    """Where a deployment keeps what it learned: `lookups/header_alias.csv` of its first own root
    (QUALITY_SOURCES), of the shipped one where it has none."""
    return (roots[1] if len(roots) > 1 else roots[0]) / "lookups" / ALIASES


def learn(yaml: Path, roots: Sequence[Path], catalog: Catalog) -> tuple[Path, int]:
    """Add the header → column pairs of a source YAML to the alias file: the file, and how many rows are new
    or changed. An ignored header is remembered as one that has no column. SourceError: the YAML is not whole,
    or the alias file cannot be read."""
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
    """The headers that a feed takes as they are, with their columns, and those that it ignores. A header that
    feeds two columns, or is one of several parts, says nothing about one."""
    columns: dict[str, list[str]] = {}
    for column in feed.columns:
        if column.value.kind in ("from", "extract", "substr") and column.in_contract:
            for name in column.inputs:
                columns.setdefault(name, []).append(column.name)
    for name, targets in columns.items():
        if len(targets) == 1 and len(parts_of(name)) == 1 and fold(name).whole:
            yield _alias(feed.target, targets[0], name)
    for name in feed.ignore:
        if name not in columns and len(parts_of(name)) == 1 and fold(name).whole:
            yield _alias(feed.target, "", name)


def written(aliases: Sequence[Alias]) -> str:
    """An alias file's text, sorted."""
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
