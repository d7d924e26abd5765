"""The commands `quality night …`: list the runs that are kept, and take back the newest night."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from jobs.commands.options import Day, examples, option_json, option_lake, say
from jobs.environment import Environment
from jobs.errors import UsageError


@click.group(epilog=examples("quality night list", "quality night drop 2099-01-01"))
def night() -> None:
    """List the runs of the lake, or take back the newest night (all runs of one date)."""


@night.command("list", epilog=examples("quality night list", "quality night list --json"))
@option_json
@option_lake
def list_nights_(as_json: bool, lake: Path | None) -> None:
    """List all runs that are kept (nightly, urgent, partial), the newest first, each with the number of its
    tables in each state."""
    from jobs.lake.tables import Lake
    from jobs.output import show
    from jobs.upkeep.dropping import nights

    env = Environment.from_variables(lake=lake)
    rows = nights(Lake(env.lake))
    if not rows:
        raise UsageError(f"no night in {env.lake} yet: run `quality nightly` first")
    show(rows, as_json=as_json)


@night.command("drop", epilog=examples("quality night drop 2099-01-01"))
@click.argument("day", metavar="DATE", type=Day())
@option_lake
def drop_night_(day: date, lake: Path | None) -> None:
    """Take back the newest night: every table returns to the night before.

    DATE must be the date of the newest night. Landed files stay landed. Site and outbox show the dropped
    night until `quality report` and `quality export` are run again.
    """
    from jobs.commands.work import drop_night

    sys.exit(drop_night(Environment.from_variables(lake=lake), day, say=say))
