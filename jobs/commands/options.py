"""Options and texts that several commands of `quality` share. An option is a decorator of a click command."""

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

# A function that click makes a command of, or the command.
Command = Callable[..., Any]


class Day(click.ParamType[date]):
    """The type of an option whose value is a date like 2026-06-30 (click's type would give a datetime at
    midnight)."""

    name = "yyyy-mm-dd"
    _read = click.DateTime(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the date; click calls it. Raises click.BadParameter where the value is not a date."""
        return value if isinstance(value, date) else self._read.convert(value, param, ctx).date()


def option_date(command: Command) -> Command:
    """Add the option `--date` of a command that only reads: the newest night up to that date is meant. The
    command gets it as ``day``, a date or None."""
    return click.option(
        "--date",
        "day",
        type=Day(),
        default=None,
        help="the newest night up to this date; the newest of all where not given",
    )(command)


_YES_FUTURE = "yes_future"
# A date further ahead than this needs `--yes-future`.
AHEAD = timedelta(days=1)


def option_night(command: Command) -> Command:
    """Add the options `--date` and `--yes-future` of a command that writes. A date more than a day ahead of
    today needs `--yes-future`, since no earlier night could follow it. The command gets the date as ``day``,
    None where it is not given."""
    command = click.option(
        "--yes-future",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=lambda ctx, _, given: ctx.meta.update({_YES_FUTURE: given}),
        help="allow a --date more than a day ahead of today",
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


# Seconds for which a command waits for the lake's other writer.
WAIT = 600


def option_busy(command: Command) -> Command:
    """Add the options `--leave-if-busy` and `--wait` of a command that writes to the lake; it gets them as
    ``leave_if_busy``, a bool, and ``wait``, whole seconds."""
    command = click.option(
        "--wait",
        type=click.IntRange(min=0),
        default=WAIT,
        show_default=True,
        help="seconds to wait while another process writes the lake",
    )(command)
    return click.option(
        "--leave-if-busy",
        is_flag=True,
        help="exit 4, with nothing done, where another process writes the lake for longer than --wait",
    )(command)


option_inbox = click.option(
    "--inbox",
    type=click.Path(path_type=Path),
    default=None,
    help="folder of received files [default: $QUALITY_HOME/inbox]",
)
option_source = click.option("--source", default=None, help="only this source, such as lab_01")
option_strict = click.option(
    "--strict", is_flag=True, help="exit 1 where a file or source was refused, or a file is held"
)
option_strict_sources = click.option(
    "--strict-sources", is_flag=True, help="exit 1 where a source YAML is wrong; refused files stay exit 0"
)
option_json = click.option("--json", "as_json", is_flag=True, help="print JSON: one array of objects")
option_lake = click.option(
    "--lake",
    type=click.Path(path_type=Path),
    default=None,
    help="folder of the lake [default: $QUALITY_HOME/lake]",
)


class Selecting(click.Command):
    """A command whose help ends with the tiers, rooms and tags that --select knows."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the end of the help: examples, then the tiers, rooms and tags of the contracts; click calls
        it. Where a contract is broken, the latter are left out."""
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
    """Return the text with the examples that a command's help ends with. ``lines``: one command line each."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def say(line: str) -> None:
    """Print a line of progress on stderr, with the time of day. stdout is for data."""
    click.echo(f"{datetime.now():%H:%M:%S} {shown_line(line)}", err=True)
