"""The command `quality publish`: write frozen public bundles of a period."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from jobs.commands.options import Day, examples, option_json, option_lake, say
from jobs.environment import Environment
from jobs.errors import UsageError


@click.command(
    epilog=examples(
        "quality publish --period 2026-06",
        "quality publish --period 2026Q2 --diff --json",
        'quality publish --period 2026-06 --withdraw --reason "a laboratory reported wrong units"',
        "quality publish --due",
    )
)
@click.option("--period", default=None, help="a month 2026-06, a quarter 2026Q2 or a year 2026")
@click.option(
    "--due", is_flag=True, help="every period since the last due year that is due and has no bundle yet"
)
@click.option(
    "--date",
    "day",
    type=Day(),
    default=None,
    help="day of publication; the date of the newest night where not given",
)
@click.option("--diff", is_flag=True, help="show what a new revision would change, and write nothing")
@click.option("--withdraw", "taken_back", is_flag=True, help="withdraw the published period; needs --reason")
@click.option("--reason", default="", help="why it is withdrawn")
@option_json
@option_lake
def publish(
    period: str | None,
    due: bool,
    day: date | None,
    diff: bool,
    taken_back: bool,
    reason: str,
    as_json: bool,
    lake: Path | None,
) -> None:
    """Freeze a month, quarter or year as a public bundle.

    A bundle is a folder of files that never changes, published/<period>/<revision>/, made from the newest
    night. A correction is the next revision, with the list of its changes; so is a withdrawal. Publishing the
    same rows again makes nothing. Exit 2 where the period is not due yet. No JVM.
    """
    from jobs.commands.publishing import publish_due, publish_period, show_changes, withdraw_period

    env = Environment.from_variables(lake=lake)
    if due == (period is not None):
        raise UsageError("name one --period, or say --due | 须指明 --period 或 --due 之一")
    if due and (diff or taken_back or day or reason or as_json):
        raise UsageError("--due goes with no other option but --lake | --due 除 --lake 外不与其他选项并用")
    if bool(reason) != taken_back:
        raise UsageError("--withdraw and --reason go together | --withdraw 与 --reason 须同时使用")
    if diff and (taken_back or day):
        raise UsageError(
            "--diff goes with neither --withdraw nor --date | --diff 不与 --withdraw、--date 并用"
        )
    if as_json and not diff:
        raise UsageError("--json goes with --diff | --json 须与 --diff 同时使用")
    if due:
        sys.exit(publish_due(env, say=say))
    assert period is not None, "refused above"
    if diff:
        sys.exit(show_changes(env, period, as_json=as_json, say=say))
    if taken_back:
        sys.exit(withdraw_period(env, period, reason=reason, day=day, say=say))
    sys.exit(publish_period(env, period, day=day, say=say))
