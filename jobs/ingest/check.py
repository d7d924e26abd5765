"""`quality source check`: what is wrong with a source YAML, and how a sample file would land by it. Writes nothing."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.contracts.strict_yaml import shown
from jobs.errors import SourceError, UsageError
from jobs.ingest.model import Feed, Refused, Source
from jobs.ingest.source import load_source
from jobs.ingest.source_files import Root, roots_of, yaml_files
from jobs.ingest.unit import read_tables
from jobs.ingest.verdict import Outcome, judge


@dataclass(frozen=True)
class SampleCheck:
    """How a sample lands by one feed. ``rows``: the first ones, all text; personal values show as pseudonyms of a key made for
    the occasion. ``outcome``: the verdict on the whole sample (status, reason, counts, drift, missing, warnings, unreadable
    records)."""

    feed: str
    target: str
    rows: pd.DataFrame
    outcome: Outcome


@dataclass(frozen=True)
class SourceCheck:
    """``problems``: `file:line: field: what` lines, none for a good YAML; ``samples``: one for each feed that takes the
    sample."""

    problems: tuple[str, ...]
    source: Source | None = None
    samples: tuple[SampleCheck, ...] = field(default=())

    @property
    def ok(self) -> bool:
        return not self.problems


def check_source(
    yaml_path: Path, roots: Sequence[Path], sample: Path | None = None, *, rows: int = 10, catalog: Catalog | None = None
) -> SourceCheck:
    """Check one YAML that may lie in a root (`Environment.source_roots`) or anywhere else (its folder then counts as a further
    root).

    ``sample``: a file or folder; a file is read by the feeds whose `files` match its name, or, when the YAML has a single feed,
    by that one. UsageError: the YAML or the sample does not exist.
    """
    path = yaml_path.resolve()
    for needed in (path, sample):
        if needed is not None and not needed.exists():
            raise UsageError(f"{needed}: does not exist")
    places = roots_of([root.resolve() for root in roots])
    root = next((r for r, p in yaml_files(places) if p.resolve() == path), None)
    if root is None:
        root = Root(path.parent, (path.parent / "lookups", path.parent))
        places = (*places, root)
    try:
        source, _ = load_source(path, root, places, catalog or load_catalog())
    except SourceError as error:
        return SourceCheck(tuple(error.problems))
    if sample is None:
        return SourceCheck((), source)
    files = sorted(p for p in sample.rglob("*") if p.is_file()) if sample.is_dir() else [sample]
    samples = [_sample(feed, file, rows) for file in files for feed in source.feeds if _takes(source, feed, file, sample)]
    if not samples:
        globs = ", ".join(f"{feed.name}: {feed.files}" for feed in source.feeds)
        return SourceCheck((f"{shown(sample)}: no feed takes it ({globs})",), source)
    return SourceCheck((), source, tuple(samples))


def _takes(source: Source, feed: Feed, file: Path, sample: Path) -> bool:
    if file == sample:
        return feed.matches(file.name) or len(source.feeds) == 1
    return feed.matches(file.relative_to(sample).as_posix())


def _sample(feed: Feed, file: Path, rows: int) -> SampleCheck:
    try:
        parts = read_tables(feed, file, file.name, secrets.token_bytes(32))
        tables = [table for part in parts for table in part.tables]
        first = pa.concat_tables(tables).slice(0, rows).to_pandas() if tables else pd.DataFrame()
        return SampleCheck(feed.name, feed.target, first, judge(feed, parts))
    except Refused as refusal:
        return SampleCheck(feed.name, feed.target, pd.DataFrame(), Outcome("refused", refusal.reason))
