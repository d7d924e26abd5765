"""The command line: `quality …`. Exit codes: 0 done, 1 finished with a failed gate or ledger, 2
usage, 3 unexpected."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from datetime import date
from pathlib import Path
from typing import NoReturn

import click

from jobs.commands.erasing import forget
from jobs.commands.export import export
from jobs.commands.groups import GROUPS
from jobs.commands.nights import night
from jobs.commands.notebooks import notebooks
from jobs.commands.options import (
    Day,
    Selecting,
    examples,
    option_busy,
    option_date,
    option_inbox,
    option_json,
    option_lake,
    option_night,
    option_source,
    option_strict,
    say,
)
from jobs.commands.publish import publish
from jobs.commands.query import query
from jobs.commands.simulate import simulate
from jobs.deployment import today
from jobs.environment import Environment, make_absolute
from jobs.errors import QualityError, UsageError, kind_and_place, machine_cause
from jobs.orchestration.child import die_with_parent
from jobs.terminal import shown
from jobs.upkeep.modes import UMASK


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "quality nightly                         # inbox to site",
        'quality query "SELECT * FROM gold.detection_rate LIMIT 5"',
        "quality explain gold.detection_rate.rate",
    ),
)
@click.version_option(package_name="quality-observatory")
@click.option("--debug", is_flag=True, help="show the trace of an error")
@click.pass_context
def quality(ctx: click.Context, debug: bool) -> None:
    """质量观象台 Quality Observatory: files handed in, checked, joined, turned into rates, and shown.

    Everything lies below QUALITY_HOME (default ./var); QUALITY_SOURCES names further folders of source YAML.
    """
    ctx.obj = {"debug": debug}


@quality.command(
    epilog=examples(
        "quality land",
        "quality land --inbox /srv/inbox --source platform_07 --date 2026-06-30",
        "quality land --family lab --leave-if-busy",
    )
)
@option_inbox
@click.option("--family", default=None, help="only sources of this family")
@option_source
@option_night
@option_strict
@option_busy
@click.option(
    "--accept",
    multiple=True,
    metavar="SOURCE/FILE",
    help="a held edition (less than half of the one before it) that shall count; may be repeated",
)
def land(
    inbox: Path | None,
    family: str | None,
    source: str | None,
    day: date | None,
    strict: bool,
    leave_if_busy: bool,
    wait: int,
    accept: tuple[str, ...],
) -> None:
    """Inbox → landing. No JVM."""
    from jobs.commands.work import land_files

    env = Environment.from_variables(inbox=inbox)
    sys.exit(
        land_files(
            env,
            family=family,
            source=source,
            day=day or today(),
            strict=strict,
            leave_if_busy=leave_if_busy,
            wait=wait,
            say=say,
            accept=accept,
        )
    )


@quality.command(epilog=examples("quality ingest", "quality ingest --source lab_01"))
@option_inbox
@option_source
@option_night
@option_strict
def ingest(inbox: Path | None, source: str | None, day: date | None, strict: bool) -> None:
    """Land, then load to bronze."""
    from jobs.commands.work import ingest_files

    sys.exit(
        ingest_files(
            Environment.from_variables(inbox=inbox), source=source, day=day or today(), strict=strict, say=say
        )
    )


@quality.command(
    cls=Selecting,
    epilog=examples(
        "quality run",
        "quality run --plan",
        "quality run --select gold.detection_rate",
        "quality run --select +detection_rate",
        "quality run --select sample+",
        "quality run --select tag:urgent --leave-if-busy",
        "quality run --full-refresh --date 2026-06-30",
        "quality run --as-of 2026-03-31 --lake /srv/lake_2026_03_31",
    ),
)
@option_night
@click.option(
    "--select",
    multiple=True,
    callback=lambda _context, _option, given: ",".join(given) or None,
    help=(
        "table, +table (with what it needs), table+ (with what needs it), tier:…, room:…, tag:…; "
        "several by comma or by several --select"
    ),
)
@click.option("--full-refresh", is_flag=True, help="build also what is unchanged")
@click.option(
    "--as-of",
    type=Day(),
    default=None,
    help="rebuild as known on that day, from the bronze of $QUALITY_HOME/lake into --lake",
)
@click.option(
    "--plan", "only_plan", is_flag=True, help="show what would be built, where and why, and build nothing"
)
@option_json
@option_lake
@option_busy
def run(
    day: date | None,
    select: str | None,
    full_refresh: bool,
    as_of: date | None,
    only_plan: bool,
    as_json: bool,
    lake: Path | None,
    leave_if_busy: bool,
    wait: int,
) -> None:
    """Load, judge, build and audit what changed, then name the versions that passed, in at most one JVM.

    `--select tag:urgent` is the hourly run: what its tables need is built too, without a JVM, and readers see
    it at once; any other selection is partial.
    """
    from jobs.commands.work import run_as_of, run_tables, show_plan

    env = Environment.from_variables(lake=lake)
    if only_plan and as_of is not None:
        raise UsageError("--plan is of a night: leave out --as-of")
    if only_plan:
        sys.exit(
            show_plan(
                env, day=day or today(), select=select, full_refresh=full_refresh, as_json=as_json, say=say
            )
        )
    if as_of is None:
        sys.exit(
            run_tables(
                env,
                day=day or today(),
                select=select,
                full_refresh=full_refresh,
                leave_if_busy=leave_if_busy,
                wait=wait,
                say=say,
            )
        )
    if day is not None:
        raise UsageError("--as-of is the date: leave out --date")
    sys.exit(
        run_as_of(
            env,
            Environment.from_variables().lake,
            day=as_of,
            select=select,
            full_refresh=full_refresh,
            say=say,
        )
    )


@quality.command(epilog=examples("quality report"))
@option_lake
def report(lake: Path | None) -> None:
    """The static site of the newest night. No JVM."""
    from jobs.commands.work import write_report

    sys.exit(write_report(Environment.from_variables(lake=lake), say=say))


@quality.command(epilog=examples("quality nightly", "quality nightly --inbox /srv/inbox --date 2026-06-30"))
@option_night
@option_inbox
@option_strict
def nightly(day: date | None, inbox: Path | None, strict: bool) -> None:
    """The whole night in order, as the DAG runs it: land, run, report, export, publish and notebooks side by
    side, reconcile."""
    from jobs.commands.work import whole_night

    sys.exit(whole_night(Environment.from_variables(inbox=inbox), day=day or today(), strict=strict, say=say))


@quality.command(epilog=examples("quality check", "quality check gold.detection_rate silver.sample"))
@click.argument("tables", nargs=-1)
@option_json
@option_lake
def check(tables: tuple[str, ...], as_json: bool, lake: Path | None) -> None:
    """Audit the tables of the newest night again, by today's contracts and expectations; exit 1 where a
    critical expectation fails."""
    from jobs.commands.look import check_tables

    sys.exit(check_tables(Environment.from_variables(lake=lake), list(tables), as_json=as_json))


@quality.command(epilog=examples("quality reconcile", "quality reconcile --date 2026-06-30 --json"))
@option_date
@option_json
@option_lake
def reconcile(day: date | None, as_json: bool, lake: Path | None) -> None:
    """Print the ledger that the run wrote for the newest night up to --date; exit 1 where it does
    not balance to the row."""
    from jobs.commands.look import reconcile_night

    sys.exit(reconcile_night(Environment.from_variables(lake=lake), day, as_json=as_json))


@quality.command(
    epilog=examples("quality explain gold.detection_rate", "quality explain silver.sample.exit_reason")
)
@click.argument("name", metavar="TABLE[.COLUMN]")
@option_json
def explain(name: str, as_json: bool) -> None:
    """Meaning, formula, citation, inputs and lineage of a table or column."""
    from jobs.commands.look import explain_name

    explain_name(Environment.from_variables(), name, as_json=as_json)


@quality.command(epilog=examples("quality doctor", "quality doctor --deep", "quality doctor --hash"))
@click.option(
    "--hash", "as_hash", is_flag=True, help="table → order-free hash of silver and gold, without _ columns"
)
@click.option("--deep", is_flag=True, help="read every data file and raw copy")
@option_json
@option_lake
def doctor(as_hash: bool, deep: bool, as_json: bool, lake: Path | None) -> None:
    """Is the lake whole: tables, protocols, data files, raw copies, landed rows, the lock; exit 1 where it is
    not."""
    from jobs.commands.look import examine

    sys.exit(examine(Environment.from_variables(lake=lake), as_hash=as_hash, deep=deep, as_json=as_json))


@quality.command(
    epilog=examples(
        "quality maintain --dry-run", "quality maintain", "quality maintain --date 2026-06-30 --json"
    )
)
@option_night
@click.option("--dry-run", is_flag=True, help="say what would be done, and do nothing")
@option_json
@option_lake
def maintain(day: date | None, dry_run: bool, as_json: bool, lake: Path | None) -> None:
    """Remove what is past its term, compact small files and trim logs, under the lake's lock. No JVM.

    Nights are kept 30 days (the newest always), data files 31 days after the last version that reads them,
    raw copies and landed rows 90 days or as the contract says, logs 90 days.
    """
    from jobs.commands.work import maintain_lake

    env = Environment.from_variables(lake=lake)
    sys.exit(maintain_lake(env, day=day or today(), dry_run=dry_run, as_json=as_json, say=say))


for command in (*GROUPS, export, forget, night, notebooks, publish, query, simulate):
    quality.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Entry point: turns errors into one line and an exit code."""
    die_with_parent()
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    try:
        quality.main(args=arguments, prog_name="quality", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.exceptions.NoArgsIsHelpError as bare:
        bare.show()
        sys.exit(UsageError.exit_code)
    except click.ClickException as wrong:
        ctx = getattr(wrong, "ctx", None)
        _fail(
            f"error: {wrong.format_message()} (see `{ctx.command_path if ctx else 'quality'} --help`)",
            UsageError.exit_code,
        )
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except QualityError as error:
        if debug:
            traceback.print_exc()
        _fail(f"error: {error}", error.exit_code)
    except Exception as error:  # the last resort: a person gets one line, --debug the trace
        if debug:
            traceback.print_exc()
        cause = machine_cause(error)
        if cause is not None:  # of the environment: to try again at once would not help
            _fail(f"error: {cause}", UsageError.exit_code)
        _fail(f"unexpected: {kind_and_place(error)}; --debug shows the trace", 3)


def _fail(line: str, code: int) -> NoReturn:
    click.echo(shown(line), err=True)
    sys.exit(code)


def _interrupted(*_: object) -> NoReturn:
    """The first Ctrl-C lets threads that write come to the end of their step. A second one ends the process
    as a kill does: no thread outlives the lake's lock."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise KeyboardInterrupt


def entry() -> None:
    """The command of a process: main(), and then an end without the interpreter's shutdown. By then
    everything is committed, and threads of native readers were seen to abort there (SIGABRT), which reported
    a caller that a whole night had failed."""
    os.umask(UMASK)
    # A shell has it ignored by what a script puts into the background (`quality nightly &`): that stays so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)
    make_absolute(os.environ)
    # Before numpy is loaded. Tables are built side by side anyway; a second thread of a product of small
    # matrices costs seven times what it saves, and adds up in another order where there are more processors.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        main()
        code = 0
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else int(done.code is not None)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BrokenPipeError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    entry()
