"""Options and texts that commands share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from jobs.deployment import today
from jobs.errors import QualityError
from jobs.terminal import shown_line

Command = Callable[..., Any]  # a command, or what click has made of it


class Day(click.ParamType[date]):
    """The type of an option with a date like 2026-06-30; click's type would give a datetime at midnight."""

    name = "yyyy-mm-dd"
    _read = click.DateTime(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        return value if isinstance(value, date) else self._read.convert(value, param, ctx).date()


def option_date(command: Command) -> Command:
    return click.option(
        "--date",
        "day",
        type=Day(),
        default=None,
        help="the night's date; today in the nation's time zone where not given",
    )(command)


_YES_FUTURE = "yes_future"
AHEAD = timedelta(days=1)


def option_night(command: Command) -> Command:
    """`--date` of a command that writes: more than a day ahead it needs `--yes-future`, for every night
    before it would be shut out."""
    command = click.option(
        "--yes-future",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=lambda ctx, _, given: ctx.meta.update({_YES_FUTURE: given}),
        help="a --date more than a day ahead is meant",
    )(command)
    return click.option(
        "--date",
        "day",
        type=Day(),
        default=None,
        callback=_not_far_ahead,
        help="the night's date; today in the nation's time zone where not given",
    )(command)


def _not_far_ahead(ctx: click.Context, _: click.Parameter, day: date | None) -> date | None:
    if day is not None and day > today() + AHEAD and not ctx.meta[_YES_FUTURE]:
        raise click.BadParameter(
            f"{day} is more than a day ahead of today, {today()}, and no earlier night could follow it: add "
            "--yes-future if it is meant"
        )
    return day


WAIT = 600  # seconds for which a command waits for the lake's other writer


def option_busy(command: Command) -> Command:
    """`--leave-if-busy` and `--wait` of a command that writes."""
    command = click.option(
        "--wait",
        type=click.IntRange(min=0),
        default=WAIT,
        show_default=True,
        help="seconds to wait for another writer of the lake",
    )(command)
    return click.option(
        "--leave-if-busy",
        is_flag=True,
        help="exit 4, nothing done, where another writer holds the lake for so long",
    )(command)


option_inbox = click.option(
    "--inbox", type=click.Path(path_type=Path), default=None, help="instead of $QUALITY_HOME/inbox"
)
option_source = click.option("--source", default=None, help="only this source")
option_strict = click.option(
    "--strict", is_flag=True, help="exit 1 where a file or source was refused, or a file is held"
)
option_json = click.option("--json", "as_json", is_flag=True, help="one array of objects on stdout")
option_lake = click.option(
    "--lake", type=click.Path(path_type=Path), default=None, help="instead of $QUALITY_HOME/lake"
)


class Selecting(click.Command):
    """A command whose --help ends with the rooms and tags that --select knows."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from jobs.contracts.catalog import load_catalog

        super().format_epilog(ctx, formatter)
        with suppress(QualityError):  # help is there also where a contract is broken
            contracts = load_catalog().contracts.values()
            with formatter.section("What --select knows"):
                formatter.write_dl(
                    [
                        ("tier:", " ".join(sorted({c.tier for c in contracts}))),
                        ("room:", " ".join(sorted({c.room for c in contracts}))),
                        ("tag:", " ".join(sorted({tag for c in contracts for tag in c.tags})) or "none yet"),
                    ]
                )


def examples(*lines: str) -> str:
    """The examples that a command's --help ends with."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def say(line: str) -> None:
    """Print a line of progress on stderr, with the time. stdout is for data."""
    click.echo(f"{datetime.now():%H:%M:%S} {shown_line(line)}", err=True)
