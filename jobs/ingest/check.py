"""`quality source check`: find what is wrong with a source YAML, and how a sample file would land by it.
Writes nothing to the lake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.errors import SourceError, UsageError
from jobs.file_limits import Limits
from jobs.ingest.model import Feed, Source
from jobs.ingest.sample import SampleCheck, Samples, check_sample
from jobs.ingest.source import load_source
from jobs.ingest.source_files import Root, roots_of, yaml_files
from jobs.strict_yaml import shown


@dataclass(frozen=True)
class SourceCheck:
    """The result of a check. ``problems``: of the YAML, a text `file:line: field: what` for each; of a good
    one (), or one text `file: what` where no feed takes the sample; ``source``: None where the YAML has
    problems; ``samples``: one result for each feed and file of the sample that it takes."""

    problems: tuple[str, ...]
    source: Source | None = None
    samples: tuple[SampleCheck, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether the YAML has no problem and, where a sample was given, a feed takes it. The sample may be
        refused all the same."""
        return not self.problems


def check_source(
    yaml_path: Path,
    roots: Sequence[Path],
    sample: Path | None = None,
    *,
    rows: int = 10,
    catalog: Catalog | None = None,
    scratch: Path | None = None,
    limits: Limits | None = None,
) -> SourceCheck:
    """Check one source YAML, which may lie in a root (`Environment.source_roots`) or anywhere else (its
    folder then counts as a further root).

    ``sample``: a file or folder; a file is read by the feeds whose `files` match its name, or, when the YAML
    has a single feed, by that one; ``rows``: how many landed rows of each sample are returned; ``catalog``:
    the contracts (None: the repository's); ``scratch``: a folder where the landed rows stay (None: they are
    deleted, and `SampleCheck.landed` names a file that is gone); ``limits``: what reading one file may take
    (None: the default ones). Raises UsageError where the YAML or the sample does not exist, and OSError as
    `check_sample` does; a wrong YAML raises nothing.
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
    folder = sample if sample.is_dir() else sample.parent
    here = sorted(p for p in (folder.rglob("*") if sample.is_dir() else folder.iterdir()) if p.is_file())
    files = here if sample.is_dir() else [sample]
    with TemporaryDirectory(prefix="quality-sample-") as own:
        own_limits = limits or Limits()
        given = Samples(source, folder, here, rows, scratch or Path(own))
        samples = [
            check_sample(given, feed, file, own_limits)
            for file in files
            for feed in source.feeds
            if _takes(source, feed, file, sample)
        ]
    if not samples:
        globs = ", ".join(f"{feed.name}: {' '.join(feed.files)}" for feed in source.feeds)
        return SourceCheck((f"{shown(sample)}: no feed takes it ({globs})",), source)
    return SourceCheck((), source, tuple(samples))


def _takes(source: Source, feed: Feed, file: Path, sample: Path) -> bool:
    if file == sample:
        return feed.matches(file.name) or len(source.feeds) == 1
    return feed.matches(file.relative_to(sample).as_posix())
