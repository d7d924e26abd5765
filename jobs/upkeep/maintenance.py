"""`quality maintain`: delete what is past its retention period and merge small files. Without a JVM; after a
kill the call is repeated.

Nothing that the newest night reads is changed. A data file is deleted only when no kept night and no version
of the last 31 days reads it. A compaction merges a table's small files: it makes a version with the same
rows, on which the next run builds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.deployment import deployment
from jobs.environment import Environment
from jobs.errors import UsageError
from jobs.ingest import ledger
from jobs.ingest.joined_files import joined_day, newest_editions
from jobs.ingest.model import fits
from jobs.ingest.raw import RawStore
from jobs.ingest.source import load_sources
from jobs.lake import ops, versions
from jobs.lake.night import ANY, NAMED_OPS, newest_snapshot, recover
from jobs.lake.tables import Lake
from jobs.lake.versions import Freed
from jobs.plurals import plural
from jobs.upkeep import retention, trimming

UNREAD_DAYS = 31  # a data file stays so long after the last version that reads it
LOG_DAYS = 90  # a log file is deleted so long after its last change
INGEST = ledger.TABLE


@dataclass
class Maintenance:
    """One call of `maintain`. ``day``: the date for which periods are counted; ``dry``: only report;
    ``say``: is called with each line of the report; ``done``: one dictionary {step, subject, files, rows,
    bytes} per step that had something to do; bytes: those that were freed."""

    env: Environment
    day: date
    dry: bool
    catalog: Catalog
    say: Callable[[str], None]
    done: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lake = Lake(self.env.lake)

    def before(self, days: int) -> datetime:
        """Return the first moment, in the nation's time zone, of the day that lies ``days`` days before the
        call's day."""
        return datetime.combine(self.day - timedelta(days=days), datetime.min.time(), deployment().zone)

    def note(self, step: str, subject: str, *, files: int = 0, rows: int = 0, size: int = 0) -> None:
        """Add a step to ``done`` and report it with ``say``. ``step``: a verb, such as `remove`;
        ``subject``: a table or folder; ``files``, ``rows``: how many were changed or removed; ``size``:
        bytes that were freed."""
        self.done.append({"step": step, "subject": subject, "files": files, "rows": rows, "bytes": size})
        amounts = [
            plural(files, "file") if files else "",
            plural(rows, "row") if rows else "",
            f"{size / 2**20:,.1f} MiB" if size else "",
        ]
        self.say(f"{'would ' if self.dry else ''}{step} {subject}: {', '.join(t for t in amounts if t)}")

    def free(self, step: str, subject: str, freed: Freed) -> None:
        """Note and delete the files ``freed``; a dry call only notes them. Does nothing where there are
        none. ``step`` and ``subject``: as of `note`."""
        if freed.files:
            self.note(step, subject, files=len(freed.files), size=freed.bytes)
            if not self.dry:
                freed.remove()


def maintain(
    env: Environment,
    *,
    day: date,
    dry_run: bool = False,
    say: Callable[[str], None] = lambda line: None,
    catalog: Catalog | None = None,
) -> list[dict[str, Any]]:
    """Delete what is past its retention period on ``day`` and compact tables. Returns one dictionary {step,
    subject, files, rows, bytes} per step that had something to do, or, with ``dry_run``, would have. The
    caller holds the lake's lock.

    In this order: deliveries past their contract's retention and old landed files (only where the lake is
    that of QUALITY_HOME), old rows of ops.night and of figures about runs, then of each table small files
    and old versions, at last audits of tables that are gone, and logs older than 90 days. ``day``: a date in
    the nation's time zone; ``say``: is called with a line per step; ``catalog``: the contracts, None for
    those of schemas. Raises UsageError where there is no night yet, or where ``day`` is before the newest
    one.
    """
    job = Maintenance(env, day, dry_run, catalog or load_catalog(), say)
    newest = newest_snapshot(job.lake, ANY)
    if newest.date is None:
        raise UsageError(f"no night in {env.lake} yet: there is nothing to maintain")
    if day < newest.date:
        raise UsageError(f"--date {day} is before the newest night, {newest.date}")
    if not dry_run:
        for table in recover(job.lake):
            say(f"the last run did not end cleanly: {table} is back at its named version")
    if env.own_lake:
        _deliveries(job)
    kept = _nights(job)
    for table in job.lake.tables():
        _table(job, table, kept.get(table, set()))
    _audits(job, newest.named)
    if env.own_lake:
        _logs(job)
    return job.done


def _deliveries(job: Maintenance) -> None:
    """Expire loaded rows that are past their contract's retention, and remove old raw copies and landed
    rows."""
    if not job.dry:
        RawStore(job.env.landing).sweep()
    snapshot = newest_snapshot(job.lake, ANY)
    ingest = job.lake.frame(INGEST) if job.lake.exists(INGEST) else ops.rows(INGEST, []).to_pandas()
    gone = retention.expired_deliveries(snapshot, ingest, job.catalog.contracts.values(), job.day)
    for target in sorted({r["target"] for r in gone}):
        files = [r for r in gone if r["target"] == target]
        job.note("expire", f"silver.{target} (its rows leave with the next run)", files=len(files))
    if gone and not job.dry:
        job.lake.append(INGEST, ledger.table(gone, ledger.read_ledger(job.lake).clock))
    raw, landed = retention.old_landing(
        job.env, snapshot, ingest, job.catalog.contracts, job.day, joined=_joined(job)
    )
    job.free("remove", "landing/raw", raw)
    job.free("remove", "landing/rows", landed)


def _joined(job: Maintenance) -> set[str]:
    """Contents that files to come may be joined with: the newest editions of joined files whose names have no
    delivery date."""
    known = ledger.read_ledger(job.lake)
    found: set[str] = set()
    for source in load_sources(job.env.source_roots, job.catalog).good.values():
        here = newest_editions(
            {e: known.changed[e] for e in known.editions if e.source == source.name}, known.refused
        )
        found |= {
            edition.sha256
            for feed in source.feeds
            for join in feed.joins
            for edition in here
            if fits(edition.file, join.file) and joined_day(feed, edition.file, source) is None
        }
    return found


def _nights(job: Maintenance) -> dict[str, set[int]]:
    """Trim ops.night and the figures about runs; returns the versions that the kept nights name."""
    night = job.lake.arrow("ops.night")
    kept = trimming.kept_nights(night, job.day)
    named = trimming.named_versions(kept)
    tables = {"ops.night": kept} | {
        table: trimming.kept_figures(job.lake.arrow(table), job.day, named)
        for table in trimming.FIGURES
        if job.lake.exists(table)
    }
    for table, rows in tables.items():
        fewer = job.lake.dataset(table).count_rows() - rows.num_rows
        if fewer:
            job.note("trim", table, rows=fewer)
            if not job.dry:
                job.lake.overwrite(table, rows)
    return named


def _table(job: Maintenance, table: str, named: set[int]) -> None:
    """Compact one table, then take away what lies below the lowest version that must stay readable."""
    opened = job.lake.opened(table)
    # Others are rewritten by each run that changes them; bronze and the ops tables gain a file with every
    # commit.
    if (
        table.startswith("bronze.") or (table.startswith("ops.") and table not in NAMED_OPS)
    ) and versions.scattered(opened):
        files = len(opened.file_uris())
        job.note("compact", table, files=files)
        if not job.dry:
            job.lake.compact(table, target_bytes=versions.TARGET_BYTES)
            opened = job.lake.opened(table)
    before = job.before(UNREAD_DAYS)
    lowest = versions.floor(opened, named, before)
    log = versions.old_log(job.lake, table, lowest)
    if log.files and not job.dry:
        versions.stand_in(job.lake, table, lowest)
    job.free("vacuum", table, versions.unread_files(job.lake, table, lowest, before))
    job.free("trim log of", table, log)


def _logs(job: Maintenance) -> None:
    before = job.before(LOG_DAYS).timestamp()
    for name, folder in (("logs", job.env.logs), ("airflow/logs", job.env.home / "airflow" / "logs")):
        job.free("remove", name, _files(folder, lambda path: path.stat().st_mtime < before))
        if not job.dry:
            _drop_empty(folder)


def _audits(job: Maintenance, named: Collection[str]) -> None:
    """Remove the gate's records of audits of tables that no longer exist."""
    audits = job.env.lake / ".gate" / "validations"
    gone = _files(audits, lambda path: path.suffix == ".json" and path.stem not in named)
    job.free("remove", "audits", gone)


def _files(folder: Path, wanted: Callable[[Path], bool]) -> Freed:
    freed = Freed()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and wanted(p)):
        freed.add(path)
    return freed


def _drop_empty(folder: Path) -> None:
    for path in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()
