"""The work of the commands that take in files: land, ingest, and the first part of nightly. Arguments as in
`jobs.commands.work`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from jobs.commands.ahead import code_ahead
from jobs.commands.busy import Say, unless_busy
from jobs.commands.options import WAIT
from jobs.commands.progress import progress
from jobs.environment import Environment
from jobs.lake.lock import WriterLock, writer_lock
from jobs.lake.night import refuse_before_newest
from jobs.plurals import plural

Strict = bool | Literal["sources"]


def land_inbox(
    env: Environment,
    *,
    family: str | None,
    source: str | None,
    day: date,
    strict: Strict,
    say: Say,
    accept: Sequence[str] = (),
    run_follows: bool = False,
) -> int:
    """Land the new files of the inbox for a caller that holds the lake's writer lock; returns 0, or 1 as
    ``strict`` says. ``run_follows``: a run in this process comes next, and where there are many files its
    code is imported meanwhile; the other arguments and errors are those of `land_files`."""
    from jobs.ingest.landing import land

    with progress("landing", say) as tick:
        report = land(
            env,
            family=family,
            source=source,
            date=day,
            progress=code_ahead(tick) if run_follows else tick,
            accept=accept,
        )
    say(
        f"files: {report.landed:,} landed, {report.empty:,} empty, {report.repeated:,} repeated, "
        f"{len(report.refused):,} refused, {len(report.held):,} held, "
        f"{report.relanded:,} of them landed anew; {plural(report.rows, 'row')}, "
        f"{plural(report.unreadable, 'unreadable record')}"
    )
    # Once a file, though several feeds read it.
    for line in dict.fromkeys(
        f"{file.status}: {file.source}/{file.file}: {file.reason_en} | {file.reason_zh}"
        for file in (*report.refused, *report.held)
    ):
        say(line)
    for bad in report.bad_sources:
        for problem in bad.problems:
            say(f"source not usable: {problem}")
    for warning in report.warnings:
        say(f"warning: {warning}")
    wrong = bool(report.bad_sources) if strict == "sources" else not report.clean
    return int(bool(strict) and wrong)


def land_files(
    env: Environment,
    *,
    family: str | None,
    source: str | None,
    day: date,
    strict: Strict,
    leave_if_busy: bool,
    say: Say,
    accept: Sequence[str] = (),
    wait: float = WAIT,
) -> int:
    """Land the new files of the inbox: store and read them, and write their rows below the landing folder
    (`quality land`).

    ``family``, ``source``: only of this family of sources or this source (None: all); ``accept``: held files
    (`SOURCE/FILE`) that shall count. Returns 0, or 1 as ``strict`` says; with ``leave_if_busy`` BUSY where
    another process held the lock for ``wait`` seconds, and nothing was done. Raises UsageError as `land` of
    jobs.ingest.landing does, such as where there is no inbox or the source is unknown."""

    def work(lock: WriterLock) -> int:
        refuse_before_newest(env.lake, day)
        return land_inbox(env, family=family, source=source, day=day, strict=strict, say=say, accept=accept)

    return unless_busy(env, work, leave=leave_if_busy, wait=wait, say=say)


def ingest_files(env: Environment, *, source: str | None, day: date, strict: Strict, say: Say) -> int:
    """Land the new files, then load their rows into bronze as a partial run (`quality ingest`). ``source``:
    only of this source (None: all). Returns 0, or 1 as ``strict`` says. Raises UsageError as `land_files`."""
    from jobs.night.runner import bring_bronze

    with writer_lock(env.lake, say=say) as lock:
        refuse_before_newest(env.lake, day)
        code = land_inbox(env, family=None, source=source, day=day, strict=strict, say=say)
        bring_bronze(env, lock, day=day, say=say)
    return code
