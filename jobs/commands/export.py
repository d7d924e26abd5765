"""The command `quality export`: write the outbox, the packages for each recipient."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click
from click.core import ParameterSource as SOURCE

from jobs.commands.options import Day, examples, option_busy, option_lake, say
from jobs.environment import Environment
from jobs.errors import UsageError

# Options that say what is written, and when: --list writes nothing. Parameter → option.
WRITING = {"day": "--date", "urgent": "--urgent", "leave_if_busy": "--leave-if-busy", "wait": "--wait"}


@click.command(
    epilog=examples(
        "quality export",
        "quality export --recipient platform_P01 --date 2026-06-30",
        "quality export --list --json",
        "quality export --urgent --leave-if-busy",
    )
)
@click.option(
    "--date",
    "day",
    type=Day(),
    default=None,
    help="date of the folders; that of the newest night where not given",
)
@click.option(
    "--recipient",
    default=None,
    help="only this recipient: buyers, customs, platform_<code>, region_<code>, …",
)
@click.option(
    "--list",
    "listed",
    is_flag=True,
    help="write nothing: show what was sent, and what recipients acknowledged; with --recipient and --json",
)
@click.option("--urgent", is_flag=True, help="only urgent items that are not sent yet")
@option_busy
@click.option("--json", "as_json", is_flag=True, help="with --list: print JSON, one array of objects")
@option_lake
@click.pass_context
def export(
    ctx: click.Context,
    day: date | None,
    recipient: str | None,
    listed: bool,
    urgent: bool,
    leave_if_busy: bool,
    wait: int,
    as_json: bool,
    lake: Path | None,
) -> None:
    """Write packages for recipients: what is new for each of them.

    A package has CSV and JSON Lines files and a manifest, in $QUALITY_HOME/outbox/<recipient>/<date>.
    Exporting a date again replaces its package. A recipient whose rows are the same as last time gets none,
    unless it refused them. A recipient acknowledges by a row for the table `acknowledgement` whose item_id is
    the manifest's manifest_id, or the key of one row. Urgent items are sent hourly and with the night, each
    once, in <recipient>/<date>-urgent-<number>. No JVM.
    """
    env = Environment.from_variables(lake=lake)
    given = [said for name, said in WRITING.items() if ctx.get_parameter_source(name) is not SOURCE.DEFAULT]
    if listed and given:
        raise UsageError(
            f"--list writes nothing: leave out {', '.join(given)} | --list 不写入任何内容，不与 "
            f"{'、'.join(given)} 并用"
        )
    if as_json and not listed:
        raise UsageError("--json goes with --list | --json 须与 --list 同时使用")
    if urgent and recipient is not None:
        raise UsageError(
            "--urgent goes to all recipients: leave out --recipient | --urgent 发给所有收件方，"
            "不与 --recipient 并用"
        )
    if listed:
        from jobs.exchange.answers import acknowledged
        from jobs.output import show

        rows = acknowledged(env.lake)
        show(
            (rows if recipient is None else rows[rows["recipient"] == recipient]).to_dict("records"),
            as_json=as_json,
        )
        return
    from jobs.commands.work import export_files, export_urgent

    if urgent:
        sys.exit(export_urgent(env, day=day, leave_if_busy=leave_if_busy, wait=wait, say=say))

    sys.exit(
        export_files(
            env,
            day=day,
            recipient=recipient,
            leave_if_busy=leave_if_busy,
            wait=wait,
            say=say,
        )
    )
