"""`land`: inbox → landing, without a JVM. The caller holds the lake's lock; a call that was killed is simply made again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date as Date
from pathlib import Path
from typing import Any

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.contracts.document import suggestion
from jobs.environment import Environment
from jobs.errors import UsageError
from jobs.ingest import inbox as boxes
from jobs.ingest import ledger as ledgers
from jobs.ingest.inbox import Arrival
from jobs.ingest.model import Reason, Source
from jobs.ingest.personal import read_key
from jobs.ingest.plan import Job, Plan, make_plan
from jobs.ingest.pool import DISK_FULL, land_all
from jobs.ingest.raw import RawStore
from jobs.ingest.source import BadSource, Sources, load_sources
from jobs.ingest.unit import Outcome, Unit
from jobs.lake.tables import Lake

REFERENCE = "reference"  # the one source whose files lie in the first root (schemas/reference)
Progress = Callable[[str], None]
TELL_EVERY = 5.0  # seconds between two lines of progress


@dataclass(frozen=True)
class RefusedFile:
    """A file of this landing that was refused."""

    source: str
    feed: str
    file: str
    reason_zh: str
    reason_en: str

    def __str__(self) -> str:
        return f"{self.source}/{self.file}{f' ({self.feed})' if self.feed else ''}: refused: {self.reason_zh} | {self.reason_en}"


@dataclass
class LandingReport:
    """What one landing did. ``landed empty repeated`` and ``refused``: files × feeds; ``rows``: those that landed;
    ``relanded``: files landed again under an edited mapping; ``recorded``: rows added to ops.ingest_file, 0 where nothing was
    new."""

    date: Date
    landed: int = 0
    empty: int = 0
    repeated: int = 0
    rows: int = 0
    unreadable: int = 0
    relanded: int = 0
    recorded: int = 0
    refused: list[RefusedFile] = field(default_factory=list)
    bad_sources: list[BadSource] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    targets: set[str] = field(default_factory=set)  # that got newly landed files

    @property
    def clean(self) -> bool:
        """Whether no file and no source was refused."""
        return not self.refused and not self.bad_sources


def land(
    environment: Environment, *, family: str | None = None, source: str | None = None, date: Date,
    progress: Progress | None = None, catalog: Catalog | None = None,
) -> LandingReport:
    """Land what is new in the inbox and what an edited mapping reads anew; one commit to ops.ingest_file, none where nothing is
    new.

    ``family``, ``source``: only these; ``date``: the day of receipt; ``progress``: told a line now and then.
    UsageError: an unknown family or source, or no inbox.
    """
    if not environment.inbox.is_dir():
        raise UsageError(f"{environment.inbox}: there is no inbox")
    sources = load_sources(environment.source_roots, catalog or load_catalog())
    chosen = _chosen(environment, sources, family, source)
    report = LandingReport(date)
    report.bad_sources = [b for b in sources.bad if not b.name or _wanted(b.name, b.family, family, source)]
    lake, store = Lake(environment.lake), RawStore(environment.landing)
    store.sweep()
    ledger = ledgers.read_ledger(lake)
    found = list(_found(environment, chosen, sources, report, everything=family is None and source is None, only=source))
    with_content = _contents(found, ledger, store, report)
    places = {sha256: arrival.path for arrival, sha256 in with_content}

    def available(sha256: str) -> bool:
        """In the raw store, or brought back to it from the inbox."""
        return store.holds(sha256) or (sha256 in places and store.keep(places[sha256]) == sha256)

    plan = make_plan(with_content, ledger, chosen, available, date)
    rows = plan.rows + _landed_rows(environment, plan, store, report, progress)
    _sum_up(report, rows)
    report.warnings += plan.warnings
    if rows:
        lake.append(ledgers.TABLE, ledgers.table(rows, ledger.last))
    report.recorded = len(rows)
    return report


def _wanted(name: str, its_family: str, family: str | None, source: str | None) -> bool:
    return (source is None or name == source) and (family is None or its_family == family)


def _chosen(environment: Environment, sources: Sources, family: str | None, source: str | None) -> dict[str, Source]:
    """The good sources that are asked for and have a folder."""
    names = {*sources.good, *(b.name for b in sources.bad), *boxes.names(environment.inbox)}
    if source is not None and source not in names:
        raise UsageError(f"{source}: unknown source{suggestion(source, sorted(names))}")
    families = {s.family for s in sources.good.values()} | {b.family for b in sources.bad}
    if family is not None and family not in families:
        raise UsageError(f"{family}: no source is of this family{suggestion(family, sorted(families))}")
    return {
        name: each for name, each in sorted(sources.good.items())
        if _wanted(name, each.family, family, source) and _folders(environment, name)
    }


def _folders(environment: Environment, name: str) -> list[Path]:
    own = environment.source_roots[0] / REFERENCE
    return boxes.folders(environment.inbox, name) + ([own] if name == REFERENCE and own.is_dir() else [])


def _found(
    environment: Environment, chosen: dict[str, Source], sources: Sources, report: LandingReport, *,
    everything: bool, only: str | None,
) -> Iterable[Arrival]:
    """Files of the chosen sources that have settled, and of folders that no source describes."""
    bad = {b.name for b in sources.bad}
    unknown = [n for n in boxes.names(environment.inbox) if n not in sources.good and n not in bad and (everything or n == only)]
    own = environment.source_roots[0] / REFERENCE
    now = time.time()
    for name in [*chosen, *unknown]:
        source = chosen.get(name)
        for folder in _folders(environment, name):
            for arrival in boxes.arrivals(name, folder):
                if folder == own and not (source and any(feed.matches(arrival.file) for feed in source.feeds)):
                    continue
                if source is not None and source.settle_seconds and now - arrival.mtime_ns / 1e9 < source.settle_seconds:
                    where = f"{name}/{arrival.file}"
                    report.warnings.append(str(Reason(f"{where}：尚未静止，下次再读", f"{where}: has not settled yet")))
                    continue
                yield arrival
    for path in boxes.stray(environment.inbox) if everything else ():
        report.warnings.append(str(Reason(f"{path.name}：不在任何来源的文件夹中", f"{path.name}: lies outside the folder of a source")))


def _contents(
    found: Sequence[Arrival], ledger: ledgers.Ledger, store: RawStore, report: LandingReport
) -> list[tuple[Arrival, str]]:
    """Each file with its SHA-256; only files that are not remembered are read (and stored)."""
    def content(arrival: Arrival) -> str | OSError:
        known = ledger.content(arrival.shown, arrival.size, arrival.mtime_ns)
        if known is not None:
            return known
        try:
            sha256 = store.keep(arrival.path)
            return sha256 if boxes.unchanged(arrival) else OSError("changed while it was read")
        except OSError as error:
            if error.errno in DISK_FULL:
                raise
            return error

    with ThreadPoolExecutor(2) as pool:
        contents = list(pool.map(content, found))
    kept = []
    for arrival, sha256 in zip(found, contents, strict=True):
        if isinstance(sha256, str):
            kept.append((arrival, sha256))
            continue
        what, where = sha256.strerror or str(sha256), f"{arrival.source}/{arrival.file}"
        report.warnings.append(str(Reason(f"{where}：暂时无法读取（{what}）", f"{where}: not read ({what})")))
    return kept


def _landed_rows(
    environment: Environment, plan: Plan, store: RawStore, report: LandingReport, progress: Progress | None
) -> list[dict[str, Any]]:
    personal = any(c.personal for job in plan.jobs for c in job.feed.columns)
    key = read_key(environment.key_file) if personal else b""
    units = [_unit(environment, job, store, key) for job in plan.jobs]
    rows = []
    for job, unit, outcome in zip(plan.jobs, units, land_all(units, _now_and_then(progress)), strict=True):
        # The same unexpected error as last time is no news: a night with nothing new commits nothing.
        if outcome.unexpected and job.before is not None and job.before.reason_en == outcome.reason.en:
            report.warnings.append(f"{job.source.name}/{job.edition.file}: {outcome.reason}")
            continue
        rows.append(_row(environment, job, unit, outcome))
        report.relanded += job.again
        if outcome.status == "landed":
            report.targets.add(job.feed.target)
    return rows


def _now_and_then(progress: Progress | None) -> Callable[[int, int, str], None]:
    last = time.monotonic()

    def tell(done: int, total: int, file: str) -> None:
        nonlocal last
        if progress is not None and time.monotonic() - last >= TELL_EVERY:
            progress(f"landing: {done} of {total} files ({file})")
            last = time.monotonic()

    return tell


def _unit(environment: Environment, job: Job, store: RawStore, key: bytes) -> Unit:
    name = f"{job.load_key[:16]}-{job.feed.mapping[:8]}.parquet"
    out = environment.landing / "rows" / job.source.name / job.feed.name / name
    sha256 = job.edition.sha256
    return Unit(job.feed, job.edition.file, sha256, job.load_key, store.path(sha256), job.received_on, out, key)


def _row(environment: Environment, job: Job, unit: Unit, outcome: Outcome) -> dict[str, Any]:
    landed = outcome.status == "landed"
    row = ledgers.row(
        job.edition, job.path, job.size, job.mtime_ns, job.source, job.feed, status=outcome.status, reason_zh=outcome.reason.zh,
        reason_en=outcome.reason.en, records=outcome.records, unreadable=outcome.unreadable, loaded=outcome.loaded,
        unreadable_list=outcome.unreadable_list, drift=outcome.drift, missing=outcome.missing, warnings=outcome.warnings,
        delivered_on=outcome.delivered_on, received_on=job.received_on,
        landed_path=unit.out.relative_to(environment.landing).as_posix() if landed else None,
    )
    return {**row, "mapping": ""} if outcome.unexpected else row


def _sum_up(report: LandingReport, rows: list[dict[str, Any]]) -> None:
    count = Counter(row["status"] for row in rows)
    report.landed, report.empty, report.repeated = count["landed"], count["empty"], count["repeated"]
    report.rows = sum(row["loaded"] for row in rows)
    report.unreadable = sum(row["unreadable"] for row in rows)
    refused = [row for row in rows if row["status"] == "refused"]
    report.refused = [RefusedFile(r["source"], r["feed"], r["file"], r["reason_zh"], r["reason_en"]) for r in refused]
    for r in rows:
        report.warnings += [f"{r['source']}/{r['file']}: {warning}" for warning in r["warnings"]]
