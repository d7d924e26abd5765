"""The work of the commands that write: run, report, export, notebooks, nightly, maintain, night drop; those
that only land files are in `jobs.commands.landing`. Each function returns the exit code of its command
(definitions.md#exit-codes).

Common arguments: ``env``: paths and settings; ``day``: the run's date; ``strict``: return 1 where a file or
source was refused or a file is held, with `sources` only where a source YAML is wrong; ``select``: the tables
to build (None: all); ``full_refresh``: also build tables whose inputs are unchanged; ``as_json``: print an
array of JSON objects; ``say``: called with lines of text about the progress. The functions that write to the
lake hold its writer lock meanwhile, and raise LockedError where another process holds it for too long; those
that land or build raise UsageError where ``day`` lies before the newest night, those that read a night where
there is none."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.commands.busy import Say, unless_busy
from jobs.commands.landing import Strict, land_inbox
from jobs.commands.options import WAIT
from jobs.commands.progress import progress
from jobs.commands.publishing import publish_due
from jobs.environment import Environment
from jobs.errors import QualityError, UsageError, kind_and_place
from jobs.lake.lock import WriterLock, writer_lock
from jobs.lake.night import FOR_READERS, WHOLE, refuse_before_newest
from jobs.lineage.sending import emitting
from jobs.plurals import plural
from jobs.upkeep.modes import open_site

if TYPE_CHECKING:
    from jobs.exchange.outbox import Package
    from jobs.reports.made import SiteReport
    from jobs.reports.workbooks import Written


@dataclass(frozen=True)
class Run:
    """What `quality run` is asked for, with `--plan` and `--as-of` too: the common arguments of the module
    under their names, and what is done where another process holds the lock for ``wait`` seconds:
    ``leave_if_busy``: return BUSY, with nothing done; else LockedError is raised."""

    day: date
    say: Say
    select: str | None = None
    full_refresh: bool = False
    leave_if_busy: bool = False
    wait: float = WAIT

    def unless_busy(
        self, env: Environment, work: Callable[[WriterLock], int], other: Path | None = None
    ) -> int:
        """Call ``work`` with the lake's writer lock as `jobs.commands.busy.unless_busy` does, and return its
        exit code, or BUSY. ``other``: a second lake whose lock is taken too."""
        return unless_busy(env, work, leave=self.leave_if_busy, wait=self.wait, say=self.say, other=other)


def _run(env: Environment, lock: WriterLock, asked: Run, *, known_in: Path | None = None) -> int:
    from jobs.gate.docs import build_docs
    from jobs.night.runner import run
    from jobs.night.urgent import PARTIAL, kind_of

    with progress("tables", None) as tick:
        result = run(
            env,
            lock,
            day=asked.day,
            select=asked.select,
            full_refresh=asked.full_refresh,
            say=asked.say,
            known_in=known_in,
            progress=tick,
            beside=partial(build_docs, env.lake / ".gate"),
        )
    for table, reason in sorted(result.stale.items()):
        asked.say(f"stale: {table}: {reason}")
    for file in result.unbalanced:
        asked.say(f"the ledger does not balance: {file}")
    if result.run_id:
        kind = "partial run, not for plain readers:" if kind_of(asked.select) == PARTIAL else "night"
        asked.say(
            f"{kind} {asked.day} ({result.run_id}): {plural(len(result.fresh), 'table')} new, "
            f"{len(result.skipped)} unchanged, {len(result.stale)} stale"
        )
    return result.exit_code


def run_tables(env: Environment, asked: Run) -> int:
    """Run a night, or the tables that ``asked`` selects (`quality run`). Returns 1 where a table is stale or
    the ledger does not balance, else 0, or BUSY as `Run` says."""
    return asked.unless_busy(env, lambda lock: _run(env, lock, asked))


def show_plan(env: Environment, asked: Run, *, as_json: bool) -> int:
    """Print what a run would build, one row per table, and build nothing; returns 0, or BUSY as `Run` says.
    Tables that would be skipped are only counted, with ``as_json`` they are listed."""
    from jobs.night.plan import SKIP
    from jobs.night.runner import planned
    from jobs.output import show

    def work(lock: WriterLock) -> int:
        steps = planned(
            env, day=asked.day, select=asked.select, full_refresh=asked.full_refresh, say=asked.say
        )
        show([s.shown() for s in steps if as_json or s.action != SKIP], as_json=as_json)
        asked.say(
            f"plan of {asked.day}: {plural(sum(s.action != SKIP for s in steps), 'table')} to build, "
            f"{sum(s.action == SKIP for s in steps)} unchanged"
        )
        return 0

    return asked.unless_busy(env, work)


def run_as_of(env: Environment, main: Path, asked: Run) -> int:
    """Rebuild in the lake of ``env`` what was known on the day of ``asked`` in the lake at ``main``, which is
    only read. Returns 1 where a table is stale or the ledger does not balance, else 0, or BUSY as `Run` says,
    where either lake is busy. Raises UsageError where both are the same lake."""
    if env.lake == main:
        raise UsageError("--as-of never rewrites the main lake: name another one with --lake")
    # main stays as it is meanwhile
    return asked.unless_busy(env, lambda lock: _run(env, lock, asked, known_in=main), other=main)


def write_report(env: Environment, *, say: Say) -> int:
    """Write the site of the newest night, with the gate's Data Docs and the workbooks; returns 0. What is up
    to date is not written again."""
    from jobs.reports.processes import begun

    with begun(env) as pool:
        from jobs.reports.urgent import ANSWERS, ITEMS

        with emitting(env, "report", env.site, kinds=WHOLE, hourly=(ITEMS, ANSWERS), say=say):
            _report(env, pool, say)
    open_site(env)
    return 0


def _report(env: Environment, pool: ProcessPoolExecutor | None, say: Say) -> None:
    """What is not there is written, of a large night in several processes (``pool``): all read the same night
    and write apart."""
    from jobs.gate.docs import publish_docs
    from jobs.reports.made import current_site
    from jobs.reports.workbooks import current_workbooks

    publish_docs(env.lake / ".gate", env.site / "data_docs")
    workbooks, site = current_workbooks(env), current_site(env)
    if workbooks is None or site is None:
        workbooks, site = _written(env, workbooks, site, pool)
    say(
        f"site: {plural(site.pages, 'page')}, {plural(site.written, 'file')} written, "
        f"{site.unchanged} unchanged: {site.path}"
    )
    say(
        f"workbooks: {workbooks.there}, {workbooks.written} written, {workbooks.unchanged} unchanged: "
        f"{env.site / 'workbooks' / 'index.html'}"
    )


def _written(
    env: Environment, workbooks: Written | None, site: SiteReport | None, pool: ProcessPoolExecutor | None
) -> tuple[Written, SiteReport]:
    from jobs.reports.site import write_site
    from jobs.reports.workbooks import write_workbooks

    beside = None if pool is None or workbooks else pool.submit(write_workbooks, env)
    site = site or write_site(env, pool=pool)
    return workbooks or (beside.result() if beside else write_workbooks(env)), site


def export_files(
    env: Environment,
    *,
    day: date | None,
    recipient: str | None,
    say: Say,
    leave_if_busy: bool = False,
    wait: float = WAIT,
) -> int:
    """Write to the outbox what each recipient has not got yet of the newest night, and, for all recipients,
    urgent items that are not sent yet. Returns 1 where a recipient's package could not be made, else 0; with
    ``leave_if_busy`` BUSY where another process held the lock for ``wait`` seconds, and nothing was done.

    ``day``: the date of the folders (None: that of the newest night); ``recipient``: only for this one (None:
    all), without urgent items.
    """
    from jobs.exchange.sending import send

    def work(lock: WriterLock) -> int:
        if recipient is None:
            _send_urgent(env, day, say)
        with emitting(env, "export", env.outbox, kinds=WHOLE, say=say):
            sent = send(
                env.lake,
                env.outbox,
                day=day,
                recipient=recipient,
                published=env.published,
                contact=env.contact,
                roots=env.source_roots,
                say=say,
            )
        say(
            f"outbox: {plural(len(sent.written), 'recipient')} served, up to date already: "
            f"{len(sent.unchanged)}: {env.outbox}"
        )
        return int(bool(sent.not_made))

    return unless_busy(env, work, leave=leave_if_busy, wait=wait, say=say)


def _send_urgent(env: Environment, day: date | None, say: Say) -> list[Package]:
    """The newest run's urgent items, in a lineage run apart: packages of the night read the night alone."""
    from jobs.exchange.urgent import send_urgent

    with emitting(env, "export urgent", env.outbox, kinds=FOR_READERS, say=say):
        return send_urgent(
            env.lake,
            env.outbox,
            day=day,
            published=env.published,
            contact=env.contact,
            roots=env.source_roots,
            say=say,
        )


def export_urgent(env: Environment, *, day: date | None, leave_if_busy: bool, wait: float, say: Say) -> int:
    """Write urgent items that are not sent yet to the outbox; returns 0, with ``leave_if_busy`` BUSY where
    another process held the lake's lock for ``wait`` seconds, and nothing was done. ``day``: the date of the
    folders (None: that of the newest run)."""

    def work(lock: WriterLock) -> int:
        sent = _send_urgent(env, day, say)
        rows = sum(f["rows"] for p in sent for f in p.manifest["files"] if f["format"] == "csv")
        say(f"outbox: {plural(rows, 'urgent item')} to {plural(len(sent), 'recipient')}: {env.outbox}")
        return 0

    return unless_busy(env, work, leave=leave_if_busy, wait=wait, say=say)


def execute_notebooks(env: Environment, *, again: bool, say: Say) -> int:
    """Run the notebooks on the newest night and write their pages; returns 1 where one of them failed, else
    0. ``again``: also where nothing that they are made from has changed."""
    from jobs.notebooks.running import run_notebooks

    with emitting(env, "notebooks", env.site / "notebooks", kinds=WHOLE, say=say):
        ran = run_notebooks(env, say=say, again=again)
    open_site(env)
    say(
        f"notebooks: {ran.done - len(ran.failed)} of {ran.done} "
        f"whole{', nothing new' if ran.skipped else ''}: {ran.index}"
    )
    return 1 if ran.failed else 0


def whole_night(env: Environment, *, day: date, strict: Strict, say: Say) -> int:
    """Run land → run → report → export → publish → notebooks → reconcile (`quality nightly`) in one process
    and return the highest of their exit codes. A code above 0 does not stop the later steps; an error does.

    Publish (the bundles) and notebooks run at the same time, after export (the packages): both read the night
    and the packages, and neither reads what the other writes. An error of the bundles is raised when the
    notebooks have ended; where these raise one as well, theirs is raised and the other one is passed to
    ``say``.
    """
    from jobs.commands.look import reconcile_night

    with writer_lock(env.lake, say=say) as lock:
        refuse_before_newest(env.lake, day)
        landed = land_inbox(env, family=None, source=None, day=day, strict=strict, say=say, run_follows=True)
        built = _run(env, lock, Run(day, say))
    write_report(env, say=say)
    exported = export_files(env, day=day, recipient=None, say=say)
    # Notebooks run in processes that they start; this one would mostly wait for them.
    with ThreadPoolExecutor(1, thread_name_prefix="publish") as beside:
        published = beside.submit(publish_due, env, say=say)
        try:
            shown = execute_notebooks(env, again=False, say=say)
        except BaseException:
            if wrong := published.exception():
                why = str(wrong) if isinstance(wrong, QualityError) else kind_and_place(wrong)
                say(f"the bundles could not be made: {why}")
            raise
        published.result()
    return max(landed, built, exported, shown, reconcile_night(env, day, as_json=False, only_wrong=True))


def maintain_lake(env: Environment, *, day: date, dry_run: bool, as_json: bool, say: Say) -> int:
    """Remove what has been kept for its term by ``day`` (old nights, data files, raw copies, landed rows,
    logs), compact small files and trim logs (`quality maintain`); prints what was done, one row per step and
    table, and returns 0. ``dry_run``: print what would be done, and do nothing. Raises UsageError where
    there is no night yet, or ``day`` is before the newest one."""
    from jobs.lake.tables import Lake
    from jobs.lake.whole import note_sums
    from jobs.output import show
    from jobs.upkeep.maintenance import maintain

    with writer_lock(env.lake, say=say):
        done = maintain(env, day=day, dry_run=dry_run, say=say)
        if not dry_run:
            note_sums(Lake(env.lake), Lake(env.lake).tables())  # of files that were put together
    if as_json or done:
        show(done, as_json=as_json)
    freed = sum(row["bytes"] for row in done)
    say(
        f"maintain {day}: {'would free' if dry_run else 'freed'} {freed / 2**20:,.1f} MiB in "
        + plural(sum(r["files"] for r in done if r["bytes"]), "file")
    )
    return 0


def drop_night(env: Environment, day: date, *, say: Say) -> int:
    """Take back the newest night: every table returns to the night before. Returns 0; raises UsageError where
    ``day`` is not the date of the newest night."""
    from jobs.deployment import today
    from jobs.lake.tables import Lake
    from jobs.upkeep import dropping

    lake = Lake(env.lake)
    with writer_lock(env.lake, say=say):
        moved = dropping.drop_night(lake, env.landing, day, today=today())
        left = dropping.nights(lake)
    newest = f"the newest night is {left[0]['date']} now" if left else "the lake has no night now"
    say(f"night {day} is dropped, {plural(len(moved), 'table')} moved: {newest}")
    return 0
