"""The command line `quality …`: commands, options and help texts; the docstring of a command is its help. The
work is done by jobs.commands. Exit codes: 0 done; 1 finished, but a check failed; 2 usage or environment; 3
unexpected; 4 another writer has the lake (`--leave-if-busy`); 130 Ctrl-C (definitions.md#exit-codes)."""

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
    option_strict_sources,
    say,
)
from jobs.commands.publish import publish
from jobs.commands.query import query
from jobs.commands.simulate import simulate
from jobs.deployment import today
from jobs.environment import Environment, make_absolute
from jobs.errors import QualityError, UsageError, kind_and_place, machine_cause
from jobs.lifetime import tune_process
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
@click.option("--debug", is_flag=True, help="show where in the code an error was raised")
@click.pass_context
def quality(ctx: click.Context, debug: bool) -> None:
    """质量观象台 Quality Observatory: check, join and publish data on the quality of goods sold online.

    Providers' files lie in the inbox. `quality nightly` takes in what is new, builds the tables of the lake
    that changed, and writes site, packages for recipients (outbox), bundles and notebooks. All data lie below
    QUALITY_HOME (default ./var); QUALITY_SOURCES names further folders with source YAML.
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
@click.option("--family", default=None, help="only sources of this family, such as lab")
@option_source
@option_night
@option_strict
@option_strict_sources
@option_busy
@click.option(
    "--accept",
    multiple=True,
    metavar="SOURCE/FILE",
    help="a held file (less than half of the records of the one before) that shall count; may be repeated",
)
def land(
    inbox: Path | None,
    family: str | None,
    source: str | None,
    day: date | None,
    strict: bool,
    strict_sources: bool,
    leave_if_busy: bool,
    wait: int,
    accept: tuple[str, ...],
) -> None:
    """Take in new files: from the inbox to landing. Each file is stored as received and read by its
    provider's source YAML; its rows wait for `quality run`. What is wrong is named. No JVM."""
    from jobs.commands.landing import land_files

    env = Environment.from_variables(inbox=inbox)
    sys.exit(
        land_files(
            env,
            family=family,
            source=source,
            day=day or today(),
            strict=strict or ("sources" if strict_sources else False),
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
    """Take in new files and load their rows into bronze. It is `quality land` and the first step of `quality
    run`; silver and gold follow with the next run."""
    from jobs.commands.landing import ingest_files

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
        "build only: table, +table (with what it needs), table+ (with what needs it), tier:…, room:…, tag:…; "
        "several by comma or by several --select"
    ),
)
@click.option("--full-refresh", is_flag=True, help="also build tables whose inputs are unchanged")
@click.option(
    "--as-of",
    type=Day(),
    default=None,
    help="rebuild what was known on that day, from the bronze of $QUALITY_HOME/lake into --lake",
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
    """Build the tables that changed, and publish those that passed. Landed rows are loaded into bronze and
    judged, silver and gold are built and audited. At the end the versions that passed are published together:
    readers see published versions only. At most one JVM.

    Without --select it is the nightly run. `--select tag:urgent` is the hourly run: what its tables need is
    built too, without a JVM, and readers see it at once. Any other selection is a partial run, which plain
    readers do not see.
    """
    from jobs.commands.work import Run, run_as_of, run_tables, show_plan

    env = Environment.from_variables(lake=lake)
    if (only_plan and as_of is not None) or (as_json and not only_plan):
        raise UsageError("--plan cannot be combined with --as-of, nor --json used without --plan")
    if as_of is not None and day is not None:
        raise UsageError("--as-of and --date cannot be combined")
    asked = Run(as_of or day or today(), say, select, full_refresh, leave_if_busy, wait)
    if only_plan:
        sys.exit(show_plan(env, asked, as_json=as_json))
    if as_of is None:
        sys.exit(run_tables(env, asked))
    sys.exit(run_as_of(env, Environment.from_variables().lake, asked))


@quality.command(epilog=examples("quality report"))
@option_lake
def report(lake: Path | None) -> None:
    """Write the static site of the newest night, with workbooks. No JVM."""
    from jobs.commands.work import write_report

    sys.exit(write_report(Environment.from_variables(lake=lake), say=say))


@quality.command(epilog=examples("quality nightly", "quality nightly --inbox /srv/inbox --date 2026-06-30"))
@option_night
@option_inbox
@option_strict
def nightly(day: date | None, inbox: Path | None, strict: bool) -> None:
    """Run a whole night: land, run, report, export, publish, notebooks, reconcile. Bundles (publish) and
    notebooks are made at the same time. A step that ends with 1 does not stop those after it, an error does;
    the exit code is the highest of all steps."""
    from jobs.commands.work import whole_night

    sys.exit(whole_night(Environment.from_variables(inbox=inbox), day=day or today(), strict=strict, say=say))


@quality.command(epilog=examples("quality check", "quality check gold.detection_rate silver.sample"))
@click.argument("tables", nargs=-1)
@option_json
@option_lake
def check(tables: tuple[str, ...], as_json: bool, lake: Path | None) -> None:
    """Audit the tables of the newest night again. The contracts and expectations are today's; all tables
    where none is named. Exit 1 where a critical expectation fails."""
    from jobs.commands.look import check_tables

    sys.exit(check_tables(Environment.from_variables(lake=lake), list(tables), as_json=as_json))


@quality.command(epilog=examples("quality reconcile", "quality reconcile --date 2026-06-30 --json"))
@option_date
@option_json
@option_lake
def reconcile(day: date | None, as_json: bool, lake: Path | None) -> None:
    """Print the ledger: what became of each file's rows. Exit 1 where the counts of a file do not add up."""
    from jobs.commands.look import reconcile_night

    sys.exit(reconcile_night(Environment.from_variables(lake=lake), day, as_json=as_json))


@quality.command(
    epilog=examples("quality explain gold.detection_rate", "quality explain silver.sample.exit_reason")
)
@click.argument("name", metavar="TABLE[.COLUMN]")
@option_json
def explain(name: str, as_json: bool) -> None:
    """Explain a table or column: meaning, formula, citation, lineage."""
    from jobs.commands.look import explain_name

    explain_name(Environment.from_variables(), name, as_json=as_json)


@quality.command(epilog=examples("quality doctor", "quality doctor --deep", "quality doctor --hash"))
@click.option(
    "--hash",
    "as_hash",
    is_flag=True,
    help="print only a hash of each silver and gold table, by its rows in any order",
)
@click.option("--deep", is_flag=True, help="read every data file and raw copy whole (slow)")
@option_json
@option_lake
def doctor(as_hash: bool, deep: bool, as_json: bool, lake: Path | None) -> None:
    """Look for damage: tables, data files, raw copies, landed rows, the lock. Prints one line for each
    problem; exit 1 where there is one."""
    from jobs.commands.look import examine

    if as_hash and deep:
        raise UsageError("--hash reads all rows and checks nothing: leave out --deep")
    sys.exit(examine(Environment.from_variables(lake=lake), as_hash=as_hash, deep=deep, as_json=as_json))


@quality.command(
    epilog=examples(
        "quality maintain --dry-run", "quality maintain", "quality maintain --date 2026-06-30 --json"
    )
)
@option_night
@click.option("--dry-run", is_flag=True, help="print what would be done, and do nothing")
@option_json
@option_lake
def maintain(day: date | None, dry_run: bool, as_json: bool, lake: Path | None) -> None:
    """Remove what is past its term, compact small files, trim logs.

    Nights are kept 30 days (the newest always), data files 31 days after the last version that reads them,
    raw copies and landed rows 90 days or as the contract says, logs 90 days. It holds the lake's lock. No
    JVM.
    """
    from jobs.commands.work import maintain_lake

    env = Environment.from_variables(lake=lake)
    sys.exit(maintain_lake(env, day=day or today(), dry_run=dry_run, as_json=as_json, say=say))


for command in (*GROUPS, export, forget, night, notebooks, publish, query, simulate):
    quality.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line with ``arguments`` (None: those of the process) and end the process with its exit
    code. An error becomes one line on stderr; `--debug` adds the trace."""
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
        _fail(f"unexpected: {kind_and_place(error)}; `quality --debug …` shows the trace", 3)


def _fail(line: str, code: int) -> NoReturn:
    click.echo(shown(line), err=True)
    sys.exit(code)


def _interrupted(*_: object) -> NoReturn:
    """The first Ctrl-C lets threads that write come to the end of their step. A second one ends the process
    as a kill does: no thread outlives the lake's lock."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise KeyboardInterrupt


def entry() -> None:
    """Run main() and end the process without the interpreter's shutdown. By then everything is committed, and
    threads of native libraries were seen to abort during that shutdown (SIGABRT), so that a night that had
    passed was reported as failed."""
    os.umask(UMASK)
    tune_process()
    # For a background command of a script (`quality nightly &`) the shell ignores SIGINT: that stays so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)
    make_absolute(os.environ)
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
