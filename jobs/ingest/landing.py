"""Landing: read the files of the inbox into landed Parquet files, without a JVM.

A source is one provider of data, described by one YAML; a feed is a part of that YAML that says which files
are read, how, and which silver table they fill. An edition is one content (SHA-256) of one file; a file that
changes has a new edition. What became of each edition is a row of ops.ingest_file. The caller of `land` holds
the lake's lock. A landing that was killed has committed nothing: it is run again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from pathlib import Path
from typing import Any

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.contracts.document import suggestion
from jobs.environment import Environment
from jobs.errors import HOPELESS, UsageError, machine_cause
from jobs.ingest import inbox as boxes
from jobs.ingest import ledger as ledgers
from jobs.ingest.holding import accepted, earlier_rows, note_held
from jobs.ingest.inbox import Arrival
from jobs.ingest.joins import JoinedFile
from jobs.ingest.landing_report import LandingReport
from jobs.ingest.model import Reason, Source
from jobs.ingest.personal import open_key
from jobs.ingest.plan import Job, lost_copies, make_plans
from jobs.ingest.pool import Progress, land_all, warm
from jobs.ingest.raw import RawStore
from jobs.ingest.scrubbing import hidden_name, masked
from jobs.ingest.source import Sources, load_sources
from jobs.ingest.unit import Unit
from jobs.ingest.verdict import FileResult
from jobs.lake.tables import Lake

REFERENCE = "reference"  # the source whose files also lie in the first root (schemas/reference)


def land(
    environment: Environment,
    *,
    family: str | None = None,
    source: str | None = None,
    date: Date,
    progress: Progress | None = None,
    catalog: Catalog | None = None,
    accept: Sequence[str] = (),
) -> LandingReport:
    """Read the new files of the inbox, and read files again whose feed's mapping, or a file that they join,
    has changed. Makes one commit to ops.ingest_file; none where nothing is new.

    ``family``, ``source``: only sources of this family, only this source (None: all); ``date``: the day of
    receipt, noted for new files; ``progress``: called after each file that is read, as in `land_all`;
    ``catalog``: the contracts of the target tables (None: the repository's); ``accept``: names `SOURCE/FILE`
    whose newest held edition (jobs.ingest.holding) shall count from now on.

    Returns counts, refused and held files, wrong source YAMLs and warnings; a wrong file or YAML raises
    nothing. Raises UsageError for an unknown family or source, a missing inbox, a name in ``accept`` without
    a held edition, and a key of the pseudonyms that is needed and wrong (`open_key`); OSError where the disk
    is full or read-only.
    """
    if not environment.inbox.is_dir():
        raise UsageError(f"{environment.inbox}: there is no inbox")
    sources = load_sources(environment.source_roots, catalog or load_catalog())
    chosen = _chosen(environment, sources, family, source)
    report = LandingReport(date)
    report.bad_sources = [b for b in sources.bad if not b.name or _wanted(b.name, b.family, family, source)]
    lake, store = Lake(environment.lake), RawStore(environment.landing)
    store.sweep()
    ledger = ledgers.read_ledger(lake, environment.file_limits)
    let_through = accepted(accept, ledger)
    ledger.let_through.update(let_through)
    found = list(
        _found(
            environment, chosen, sources, report, everything=family is None and source is None, only=source
        )
    )
    rows = _never_opened(found, ledger, chosen, date)
    if any(e.refusal is None and not ledger.sha256(e.shown, e.size, e.mtime_ns) for e in found):
        warm()
    with_content = _contents([each for each in found if each.refusal is None], ledger, store, report)
    places = {sha256: arrival for arrival, sha256 in with_content}

    def available(sha256: str) -> bool:
        """In the raw store, or brought back to it from the inbox."""
        if store.holds(sha256) or sha256 not in places:
            return store.holds(sha256)
        return _stored(store, places[sha256]) == sha256

    desk = _Desk(environment, store, report, progress, ledger.clock)
    corrections, earlier = environment.inbox / boxes.CORRECTIONS, earlier_rows(lake)
    note_held({e[:2] for e in let_through}, ledger, sources.good, rows, earlier)
    lost: dict[tuple[str, str], int] = {}
    for plan in make_plans(with_content, ledger, chosen, available, date, desk.done):
        lost |= plan.lost
        new = plan.rows + desk.land(plan.jobs)
        for row in new:
            row["let_through"] = Path(row["path"]).is_relative_to(corrections)
        ledger.learn(new)
        rows += new
        note_held({(row["source"], row["file"]) for row in new}, ledger, chosen, rows, earlier)
    report.count(rows)
    report.warnings += lost_copies(lost)
    if rows:
        lake.append(ledgers.TABLE, ledgers.table(rows, ledger.clock))
    return report


def _wanted(name: str, its_family: str, family: str | None, source: str | None) -> bool:
    return (source is None or name == source) and (family is None or its_family == family)


def _chosen(
    environment: Environment, sources: Sources, family: str | None, source: str | None
) -> dict[str, Source]:
    """The good sources that are asked for and have a folder."""
    names = {*sources.good, *(b.name for b in sources.bad), *boxes.names(environment.inbox)}
    if source is not None and source not in names:
        raise UsageError(f"{source}: unknown source{suggestion(source, sorted(names))}")
    families = {s.family for s in sources.good.values()} | {b.family for b in sources.bad}
    if family is not None and family not in families:
        raise UsageError(f"{family}: no source is of this family{suggestion(family, sorted(families))}")
    return {
        name: each
        for name, each in sorted(sources.good.items())
        if _wanted(name, each.family, family, source) and _folders(environment, name)
    }


def _folders(environment: Environment, name: str) -> list[Path]:
    own = environment.source_roots[0] / REFERENCE
    return boxes.folders(environment.inbox, name) + ([own] if name == REFERENCE and own.is_dir() else [])


def _found(
    environment: Environment,
    chosen: dict[str, Source],
    sources: Sources,
    report: LandingReport,
    *,
    everything: bool,
    only: str | None,
) -> Iterable[Arrival]:
    """Files of the chosen sources that have settled, and of folders that no source describes."""
    bad = {b.name for b in sources.bad}
    unknown = [
        n
        for n in boxes.names(environment.inbox)
        if n not in sources.good and n not in bad and (everything or n == only)
    ]
    own = environment.source_roots[0] / REFERENCE
    now, key = time.time(), boxes.identity(environment.key_file)

    def named(name: str) -> str:
        return hidden_name(name, lambda: open_key(environment.key_file, environment.landing)[0])

    for name in [*chosen, *unknown]:
        source = chosen.get(name)
        label = (
            name if source else named(boxes.as_text(name))
        )  # anyone may name a folder that no source describes
        for folder in _folders(environment, name):
            root = folder if folder == own else environment.inbox
            closed: list[OSError] = []
            for arrival in boxes.arrivals(
                label, folder, root, named=named, unread=closed.append, never=key, ours=folder == own
            ):
                if folder == own and not (
                    source and any(feed.matches(arrival.file) for feed in source.feeds)
                ):
                    continue
                if (
                    source is not None
                    and arrival.refusal is None
                    and source.settle_seconds
                    and boxes.still_for(arrival, now) < source.settle_seconds
                ):
                    where = f"{label}/{arrival.file}"
                    report.warnings.append(
                        str(Reason(f"{where}：尚未静止，下次再读", f"{where}: has not settled yet"))
                    )
                    continue
                yield arrival
            report.warnings += [str(_closed(label, folder, error)) for error in closed]
    for path in boxes.stray(environment.inbox) if everything else ():
        report.warnings.append(
            str(
                Reason(
                    f"{masked(path.name)}：不在任何来源的文件夹中",
                    f"{masked(path.name)}: lies outside the folder of a source",
                )
            )
        )


_SHOWN = 200  # characters of a folder's path


def _closed(name: str, folder: Path, error: OSError) -> Reason:
    """Why nothing in a folder below the inbox is read."""
    below = Path(str(error.filename)).relative_to(folder).as_posix()
    below = below if len(below) <= _SHOWN else f"{below[:_SHOWN]}…"
    where = masked(name if below == "." else f"{name}/{below}")
    what = error.strerror or type(error).__name__
    return Reason(f"{where}：文件夹无法读取（{what}）", f"{where}: the folder cannot be listed ({what})")


def _never_opened(
    found: Sequence[Arrival], ledger: ledgers.Ledger, sources: dict[str, Source], on: Date
) -> list[dict[str, Any]]:
    """Rows for what is no regular file, such as a link, where the ledger has none yet."""
    return [
        ledgers.row(
            ledgers.Edition(each.source, each.file, ""),
            each.shown,
            each.size,
            each.mtime_ns,
            sources.get(each.source),
            None,
            status="refused",
            reason_zh=each.refusal.zh,
            reason_en=each.refusal.en,
            received_on=on,
        )
        for each in found
        if each.refusal is not None and not ledger.seen(each.shown, each.size, each.mtime_ns, "")
    ]


GIB = 1 << 30  # bytes
_CLOCKS_DIFFER = timedelta(minutes=10)


def _stored(store: RawStore, arrival: Arrival) -> str | OSError:
    """Store a file; its SHA-256, or the error where this file cannot be read, such as one that was removed or
    replaced (another inode) since it was found. Raises OSError where no other file could be stored either."""
    try:
        return store.keep(arrival.path, arrival.root, arrival.identity)
    except OSError as error:
        # The file is not to blame where its copy cannot be written.
        if error.errno in HOPELESS or error.filename not in (None, str(arrival.path)):
            raise
        return error


def _contents(
    found: Sequence[Arrival], ledger: ledgers.Ledger, store: RawStore, report: LandingReport
) -> list[tuple[Arrival, str]]:
    """Each file with its SHA-256; only files that the ledger does not know are read (and stored). One that
    cannot be read now is left out, with a warning in ``report``."""

    def sha256_of(arrival: Arrival) -> str | OSError:
        # A file that does not fit on the disk is left out. Without room for small ones the landing ends.
        if arrival.size >= GIB and (room := store.room()) < arrival.size:
            what = f"has {arrival.size / GIB:,.1f} GiB, and {room / GIB:,.1f} GiB of disk may be filled"
            return OSError(what)
        sha256 = _stored(store, arrival)
        if isinstance(sha256, str) and not boxes.unchanged(arrival):
            return OSError("changed or removed while it was read")
        return sha256

    known = [ledger.sha256(each.shown, each.size, each.mtime_ns) for each in found]
    new = [each for each, sha256 in zip(found, known, strict=True) if sha256 is None]
    with ThreadPoolExecutor(2) as pool:
        read = pool.map(sha256_of, new)
        contents = [next(read) if sha256 is None else sha256 for sha256 in known]
    kept = []
    for arrival, sha256 in zip(found, contents, strict=True):
        if isinstance(sha256, str):
            kept.append((arrival, sha256))
            continue
        what, where = (
            machine_cause(sha256) or sha256.strerror or str(sha256),
            f"{arrival.source}/{arrival.file}",
        )
        report.warnings.append(str(Reason(f"{where}：暂时无法读取（{what}）", f"{where}: not read ({what})")))
    return kept


def _in_the_future(mtime_ns: int, clock: datetime) -> list[str]:
    """A warning where a file's time of change lies well after the landing, as that of a wrong clock or time
    zone does."""
    if mtime_ns / 1e9 <= (clock + _CLOCKS_DIFFER).timestamp():
        return []
    try:
        when = f"{datetime.fromtimestamp(mtime_ns // 10**9, UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, ValueError):
        when = "–"
    return [
        str(
            Reason(
                f"文件的修改时间在将来（{when}），按本次落地的时间排序，此后送达的更正照常生效",
                f"its time of change lies in the future ({when}): it counts as that of this landing, so that "
                "a correction handed in later takes effect",
            )
        )
    ]


class _Desk:
    """Lands the jobs of one landing, plan after plan. ``done``: their load keys."""

    def __init__(
        self,
        environment: Environment,
        store: RawStore,
        report: LandingReport,
        progress: Progress | None,
        clock: datetime,
    ):
        self._environment, self._store, self._report = environment, store, report
        self._progress, self._clock = progress, clock
        self._key = b""
        self.done: set[str] = set()

    def land(self, jobs: Sequence[Job]) -> list[dict[str, Any]]:
        """Land jobs and return their rows of ops.ingest_file."""
        if not self._key and any(job.feed.keyed for job in jobs):
            self._key, warnings = open_key(self._environment.key_file, self._environment.landing)
            self._report.warnings += map(str, warnings)
        units = [self._unit(job) for job in jobs]
        rows = []
        outcomes = land_all(units, self._progress, self._environment.file_limits)
        for job, unit, outcome in zip(jobs, units, outcomes, strict=True):
            self.done.add(job.load_key)
            # The same unexpected error as last time is no news: a night with nothing new commits nothing.
            if outcome.unexpected and job.before is not None and job.before.reason_en == outcome.reason.en:
                self._report.warnings.append(f"{job.source.name}/{job.edition.file}: {outcome.reason}")
                continue
            row = _row(self._environment.landing, job, unit, outcome)
            row["warnings"] += _in_the_future(job.mtime_ns, self._clock)
            if outcome.limited:
                row["mapping"] = ledgers.limited_mapping(job.feed, self._environment.file_limits)
            rows.append(row)
            self._report.relanded += job.again
            if outcome.status == "landed" and job.feed.target:
                self._report.targets.add(job.feed.target)
        return rows

    def _unit(self, job: Job) -> Unit:
        name = f"{job.load_key[:16]}-{job.feed.mapping[:8]}.parquet"
        return Unit(
            job.feed,
            job.edition.file,
            job.edition.sha256,
            job.load_key,
            self._store.path(job.edition.sha256),
            job.received_on,
            self._environment.landing / "rows" / job.source.name / job.feed.name / name,
            self._key,
            tuple(
                tuple(JoinedFile(e.file, self._store.path(e.sha256)) for e in editions)
                for editions in job.joined
            ),
            job.joining or job.source.feeds,
        )


def _row(landing: Path, job: Job, unit: Unit, outcome: FileResult) -> dict[str, Any]:
    written = outcome.status == "landed" and job.feed.target
    row = ledgers.row(
        job.edition,
        job.path,
        job.size,
        job.mtime_ns,
        job.source,
        job.feed,
        load_key=job.load_key,
        status=outcome.status,
        reason_zh=masked(outcome.reason.zh),
        reason_en=masked(outcome.reason.en),
        records=outcome.records,
        unreadable=outcome.unreadable,
        exploded=outcome.exploded,
        produced=outcome.produced,
        rejected=outcome.rejected,
        loaded=outcome.loaded,
        unjoined=outcome.unjoined,
        unused=outcome.unused,
        keys=outcome.keys,
        scrubbed=outcome.scrubbed,
        unreadable_list=outcome.unreadable_list,
        drift=outcome.drift,
        missing=outcome.missing,
        warnings=[masked(warning) for warning in outcome.warnings],
        delivered_on=outcome.delivered_on,
        received_on=job.received_on,
        landed_path=unit.out.relative_to(landing).as_posix() if written else None,
    )
    return {**row, "mapping": ""} if outcome.unexpected else row
