"""`quality forget`: remove a person from everything below QUALITY_HOME, from old versions and raw copies too
(definitions.md#forget). Without a JVM.

Rows stay, and so counts do: a pseudonym is replaced by a random mark that leads to no person, a clear value
by the marker of its kind. Raw copies and delivered files that hold the person are deleted, and so are
versions of tables older than those of the newest night; nights that named such a version get the kind
`erased` and are not read again.

First all tables are written anew, then one commit to ops.night names the new versions, then the old files are
deleted, so that named versions can be read at each moment. After a kill the call is repeated and uses the
same marks.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.environment import Environment
from jobs.errors import UsageError
from jobs.ingest.ledger import TABLE as INGEST
from jobs.ingest.personal import open_key
from jobs.lake import ops, versions
from jobs.lake.night import ANY, FOR_READERS, NAMED_OPS, WHOLE, newest_snapshot, recover
from jobs.lake.scratch import remove_left
from jobs.lake.tables import LOG, Lake
from jobs.lake.whole import note_sums
from jobs.plurals import plural
from jobs.upkeep.marks import drop_marks, keep_marks, marks_of
from jobs.upkeep.spellings import Datum
from jobs.upkeep.traces import Names, Traces
from jobs.whole_folder import replace_file, replaced_file

NIGHT, RUN_LOG = "ops.night", "ops.run_log"
ERASED = "erased"  # kind of a night that can be read no more
SHA = "_file_sha256"
COPIES = {"comment_texts"}  # columns into which free text is copied
MASKED_TEXT = (".log", ".json", ".ndjson", ".txt", ".html", ".csv", ".jsonl", ".md", "")


@dataclass
class Erasure:
    """One call of `forget`, and its result.

    ``day``: date of the call; ``dry``: only report; ``say``: is called with each line of the report.
    ``done``: one dictionary {step, subject, files, rows} per step that had something to do, with the numbers
    of files and rows; ``left``: files that still hold a trace, with a note where one cannot be changed, [] of
    a call with ``dry``; ``named``: files that people read or get in which the name occurs, which may be
    another person's.
    """

    env: Environment
    day: date
    dry: bool
    traces: Traces
    catalog: Catalog
    say: Callable[[str], None]
    done: list[dict[str, Any]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lake = Lake(self.env.lake)
        self.free = {
            c.name for t in self.catalog.contracts.values() for c in t.columns if c.free_text
        } | COPIES

    @property
    def unsearched(self) -> list[str]:
        """Files that could not be opened, each with the reason, sorted; they may hold traces."""
        return sorted(set(self.traces.unsearched))

    def note(self, step: str, subject: str, *, files: int = 0, rows: int = 0) -> None:
        """Add a step to ``done`` and report it with ``say``. ``step``: a verb, such as `clean`; ``subject``:
        a table or folder; ``files``, ``rows``: how many were changed or removed."""
        self.done.append({"step": step, "subject": subject, "files": files, "rows": rows})
        counted = [plural(n, what) for n, what in ((files, "file"), (rows, "row")) if n]
        self.say(f"{'would ' if self.dry else ''}{step} {subject}: {', '.join(counted)}")


def forget(
    env: Environment,
    data: list[Datum],
    *,
    day: date,
    dry_run: bool = False,
    say: Callable[[str], None] = lambda line: None,
    catalog: Catalog | None = None,
) -> Erasure:
    """Erase the person with the values ``data`` from ``env``, or, with ``dry_run``, only report where they
    occur. Returns the call's `Erasure`. The caller holds the lake's lock.

    ``day``: date of the call, for ops.run_log; ``say``: is called with a line per step; ``catalog``: the
    contracts, None for those of schemas. Raises UsageError where there is no night, and where a file of the
    inbox holds the person but is not landed yet: it must be landed or removed first.
    """
    if newest_snapshot(Lake(env.lake), ANY).run_id is None:
        raise UsageError(f"no night in {env.lake} yet: there is nothing to erase")
    key, _ = open_key(env.key_file, env.landing)
    job = Erasure(env, day, dry_run, Traces(data, key), catalog or load_catalog(), say)
    delivered = _delivered(job)
    job.traces.marks = marks_of(env.lake, job.traces.marks)
    if not dry_run:
        recover(job.lake)
        remove_left(env.lake)
        keep_marks(env.lake, job.traces.marks)
    landed, contents = _landed_rows(job)
    contents |= _contents_of_bronze(job)
    _remove(job, "inbox", [p for p, sha in _inbox(job) if p in delivered or sha in contents])
    raw = env.landing / "raw"
    held = [p for p in sorted(raw.glob("??/*")) if p.name in contents or job.traces.in_file(p)]
    _remove(job, "landing/raw", held)
    _clean_landed(job, landed)
    _tables(job)
    _beside(job)
    if not dry_run:
        job.left = _left(job)
        if not job.left:
            drop_marks(env.lake, job.traces.marks)
    job.named = _named(job, Names(data, key))
    return job


def _delivered(job: Erasure) -> set[Path]:
    """Files of the inbox that hold the person. UsageError where one of them was never landed."""
    found = {path: sha for path, sha in _inbox(job) if job.traces.in_file(path)}
    known: set[str] = set()
    if job.lake.exists(INGEST):
        known = set(job.lake.arrow(INGEST, columns=["sha256"])["sha256"].to_pylist())
    new = sorted(path.name for path, sha in found.items() if sha not in known)
    if new:
        raise UsageError(
            f"the inbox holds files with this person that are not landed yet ({', '.join(new)}): land them, "
            "or take them out, first | 收件箱中含此人信息的文件尚未入库，请先入库或移出"
        )
    return set(found)


def _inbox(job: Erasure) -> Iterator[tuple[Path, str]]:
    for path in sorted(p for p in job.env.inbox.rglob("*") if p.is_file() and not p.is_symlink()):
        with path.open("rb") as stream:
            yield path, hashlib.file_digest(stream, "sha256").hexdigest()


def _remove(job: Erasure, where: str, files: Iterable[Path]) -> None:
    gone = list(files)
    if gone:
        job.note("remove from", where, files=len(gone))
    for path in gone if not job.dry else ():
        path.unlink(missing_ok=True)


def _landed_rows(job: Erasure) -> tuple[list[Path], set[str]]:
    """The landed Parquet files that hold the person, and the contents that they were read from."""
    place = {}
    if job.lake.exists(INGEST):
        rows = job.lake.arrow(INGEST, columns=["landed_path", "sha256"]).to_pylist()
        place = {row["landed_path"]: row["sha256"] for row in rows}
    every = sorted((job.env.landing / "rows").glob("*/*/*.parquet"))
    held = [path for path in every if job.traces.in_parquet(path, job.free)]
    return held, {place.get(path.relative_to(job.env.landing).as_posix(), "") for path in held} - {""}


def _clean_landed(job: Erasure, files: list[Path]) -> None:
    """Write the landed Parquet files anew without traces. Only called when the raw copies are gone, since
    these rows are what the copies are found by."""
    changed = 0
    for path in files:
        after, n = job.traces.clean_table(pq.read_table(path), job.free)
        changed += n
        if not job.dry:
            with replaced_file(path) as part:
                pq.write_table(after, part, compression="zstd", store_schema=False)
    if files:
        job.note("clean", "landing/rows", files=len(files), rows=changed)


def _contents_of_bronze(job: Erasure) -> set[str]:
    """Contents of which a row of bronze, as named by the newest run, holds the person."""
    found: set[str] = set()
    snapshot = newest_snapshot(job.lake, ANY)
    for table in (t for t in snapshot.tables if t.startswith("bronze.")):
        for batch in job.lake.dataset(table, snapshot.version(table)).to_batches():
            rows = pa.Table.from_batches([batch])
            mask = pa.array([False] * rows.num_rows, pa.bool_())
            for name in rows.column_names:
                clean = job.traces.clean_column(rows[name], free=name in job.free)
                if clean is not None:
                    pairs = zip(rows[name].to_pylist(), clean.to_pylist(), strict=True)
                    mask = pc.or_(mask, pa.array([a != b for a, b in pairs], pa.bool_()))
            found |= set(rows.filter(mask)[SHA].to_pylist())
    return found - {None}


def _tables(job: Erasure) -> None:
    """Write the versions that the newest runs name anew without traces, name the new versions in ops.night,
    and then remove all older ones."""
    wanted = _newest(job.lake)
    moved: dict[str, dict[int, int]] = {}
    log = []
    for table in job.lake.tables():
        if table == NIGHT or not _table_holds(job, table):
            continue
        appended = table.startswith("ops.") and table not in NAMED_OPS
        current = [job.lake.opened(table).version()]
        keep = current if appended else sorted(wanted.get(table, set())) or current
        moved[table], rows = _rewritten(job, table, keep)
        job.note("clean", table, rows=rows)
        if rows and not appended:
            log.append((table, rows))
    if job.dry or not moved:
        return
    run, now = f"{job.day:%Y%m%d}-{uuid.uuid4().hex[:8]}", datetime.now(UTC)
    noted = [
        {"run_id": run, "date": job.day, "stage": "forget", "table": table, "outcome": ERASED, "rows": rows,
         "started_at": now, "seconds": 0.0, "message": "", "engine": ""}
        for table, rows in log
    ]  # fmt: skip
    if noted:
        job.lake.append(RUN_LOG, ops.rows(RUN_LOG, noted))
    _mark_nights(job, {t: m for t, m in moved.items() if not t.startswith("ops.") or t in NAMED_OPS})
    for table, now_at in moved.items():
        _without_older(job.lake, table, min(now_at.values()))
    note_sums(job.lake, moved)


def _newest(lake: Lake) -> dict[str, set[int]]:
    """By table the versions that readers and the next run need: of the newest nightly, nightly or urgent, and
    any run."""
    found: dict[str, set[int]] = {}
    for kinds in (WHOLE, FOR_READERS, ANY):
        for table, named in newest_snapshot(lake, kinds).named.items():
            if named.version is not None:
                found.setdefault(table, set()).add(named.version)
    return found


def _table_holds(job: Erasure, table: str) -> bool:
    """Whether any file of the table, of whichever version, holds a trace."""
    return any(
        job.traces.in_parquet(path, job.free)
        if path.suffix == ".parquet" and LOG not in path.parts
        else job.traces.in_file(path)
        for path in sorted(p for p in job.lake.path(table).rglob("*") if p.is_file())
    )


def _rewritten(job: Erasure, table: str, keep: list[int]) -> tuple[dict[int, int], int]:
    """Write the versions ``keep`` of a table anew without traces; returns old version → new one, and the
    number of rows that changed in the last. They are kept as they are where they and all later versions are
    clean: then a call that was killed has written them."""
    newest = job.lake.opened(table).version()
    if keep == list(range(keep[0], newest + 1)) and not any(_version_holds(job, table, at) for at in keep):
        return {at: at for at in keep}, 0
    moved: dict[int, int] = {}
    rows = 0
    for at in keep:
        clean, rows = job.traces.clean_table(job.lake.arrow(table, at), job.free)
        moved[at] = at if job.dry else job.lake.overwrite(table, clean)
    return moved, rows


def _version_holds(job: Erasure, table: str, version: int) -> bool:
    batches = job.lake.dataset(table, version).to_batches()
    return any(job.traces.clean_table(pa.Table.from_batches([batch]), job.free)[1] for batch in batches)


def _without_older(lake: Lake, table: str, lowest: int) -> None:
    """Take away all that only versions below ``lowest`` read."""
    later = datetime.now(UTC) + timedelta(days=1)
    log = versions.old_log(lake, table, lowest)
    versions.stand_in(lake, table, lowest)
    versions.unread_files(lake, table, lowest, later).remove()
    log.remove()


def _mark_nights(job: Erasure, moved: dict[str, dict[int, int]]) -> None:
    """Let the newest runs name the versions that were written, and mark the others that named one that is
    gone. What is built from a table that moved is built anew in the next run: its rows are the same."""
    night = job.lake.arrow(NIGHT)
    rows = night.to_pylist()
    commits = lambda kinds: (r["committed_at"] for r in rows if r["kind"] in kinds)
    kept = {max(commits(kinds), default=None) for kinds in (WHOLE, FOR_READERS, ANY)}
    gone = {r["committed_at"] for r in rows if r["version"] is not None and r["table"] in moved} - kept
    for row in rows:
        if row["committed_at"] in gone:
            row |= {"kind": ERASED, "version": None, "fingerprint": None, "inputs": "{}"}
            continue
        table, built_from = row["table"], json.loads(row["inputs"] or "{}").get("versions", {})
        if table in moved and row["version"] is not None:
            row["version"] = moved[table][row["version"]]
        if (table in moved and not table.startswith("bronze.")) or moved.keys() & built_from.keys():
            row |= {"fingerprint": None, "inputs": "{}"}
    job.lake.overwrite(NIGHT, pa.Table.from_pylist(rows, schema=night.schema))
    if gone:
        job.note("mark", "nights erased", rows=len(gone))


def _beside(job: Erasure) -> None:
    """Clean what is made from the lake: site, audits, outbox, logs. None of it should hold a person; a file
    that does is removed: a page is made again by the next report, a folder of the outbox by the next export.
    A bundle is never touched here."""
    env = job.env
    for name, root in (("site", env.site), ("lake/.gate", env.lake / ".gate")):
        _remove(job, name, [p for p in _files(root) if job.traces.in_file(p)])
    folders = {p.parents[len(p.relative_to(env.outbox).parts) - 3] for p in _files(env.outbox)
               if len(p.relative_to(env.outbox).parts) > 2 and job.traces.in_file(p)}  # fmt: skip
    if folders:
        job.note("remove from", "outbox", files=len(folders))
    for folder in sorted(folders) if not job.dry else ():
        shutil.rmtree(folder)
    texts = [p for root in (env.logs, env.home / "airflow" / "logs") for p in _files(root)]
    held = [p for p in texts if p.suffix in MASKED_TEXT and job.traces.in_file(p)]
    if held:
        job.note("clean", "logs", files=len(held))
    for path in held if not job.dry else ():
        text = path.read_bytes().decode("utf-8", errors="surrogateescape")  # with its ends of line
        replace_file(path, job.traces.cleaned(text).encode("utf-8", errors="surrogateescape"))


def _named(job: Erasure, names: Names) -> list[str]:
    """Return the files, of those that are sent out or that people read, in which the name occurs. No search
    can decide whether it is this person's, so none of them is changed."""
    if not any(datum.kind == "name" for datum in names.data):
        return []
    env = job.env
    roots = (env.published, env.outbox, env.site, env.logs, env.home / "airflow" / "logs")
    found = [str(path) for root in roots for path in _files(root) if names.in_file(path)]
    job.traces.unsearched += names.unsearched
    return found


def _files(root: Path) -> list[Path]:
    return sorted(p for p in root.rglob("*") if p.is_file() and not p.is_symlink()) if root.is_dir() else []


def _left(job: Erasure) -> list[str]:
    """The proof: every file below the home, and of the lake, searched again."""
    job.traces.unsearched.clear()
    env = job.env
    roots = [env.home] + [p for p in (env.lake, env.inbox) if not p.is_relative_to(env.home)]
    found = []
    for path in (p for root in roots for p in _files(root)):
        if path == env.key_file or not job.traces.in_file(path):
            continue
        bundle = path.is_relative_to(env.published)
        why = " (a bundle never changes: withdraw its period and delete the revision)" if bundle else ""
        found.append(f"{path}{why}")
    return found
