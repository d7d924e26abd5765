"""The command `quality simulate`: write the files of a synthetic country, to try the system out and to test
its figures against a known truth."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource as SOURCE

from jobs.commands.options import Day, examples, say
from jobs.commands.progress import progress
from jobs.deployment import today
from jobs.plurals import plural

if TYPE_CHECKING:
    from jobs.simulate.country.country import Settings

# The options that a country is made from; its inbox knows them.
PERIOD = ("records", "seed", "until", "months")


@click.command(
    epilog=examples(
        "quality simulate --out var/inbox --records 2000000",
        "quality simulate --out var/inbox --only-night 2026-11-26     # one more night into the same inbox",
        (
            "quality simulate --out /srv/inbox --records 10000000 --seed 11 --until 2026-06-30 --months 36 "
            "--truth /srv/truth"
        ),
    )
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="the inbox to write to: empty, or written by an earlier run of the same country",
)
@click.option(
    "--records",
    type=click.IntRange(min=1000),
    default=None,
    help="about how many records the history has, over all feeds; required without --only-night",
)
@click.option(
    "--seed",
    type=int,
    default=7,
    show_default=True,
    help="seed of chance: the same options give the same bytes",
)
@click.option("--until", type=Day(), default=None, help="last day of the history; yesterday where not given")
@click.option(
    "--months",
    type=click.IntRange(3, 120),
    default=24,
    show_default=True,
    help="least length of the history in months: it begins at the start of a quarter",
)
@click.option(
    "--nights",
    type=click.IntRange(0, 366),
    default=0,
    show_default=True,
    help="further days after the history, each with the files that arrive that night",
)
@click.option(
    "--only-night",
    type=Day(),
    default=None,
    help="write only the files that arrive on this night, after the history of the country in --out",
)
@click.option(
    "--truth",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="folder for what is true, as Parquet; <out>_truth where not given; never inside --out",
)
@click.pass_context
def simulate(
    ctx: click.Context,
    out: Path,
    records: int | None,
    seed: int,
    until: date | None,
    months: int,
    nights: int,
    only_night: date | None,
    truth: Path | None,
) -> None:
    """Write the files of a synthetic country into an inbox.

    57 platforms, regulators, laboratories and others hand in files over some months, the history. All of it
    is made up, and says so. What is true in that country is written to a folder beside the inbox, which no
    other command reads.
    """
    from jobs.errors import UsageError
    from jobs.simulate.country.country import Settings
    from jobs.simulate.country.country import simulate as write_country

    if only_night is not None:
        given = [n for n in (*PERIOD, "nights", "truth") if ctx.get_parameter_source(n) is not SOURCE.DEFAULT]
        if given:
            raise UsageError(
                f"--only-night goes on with the country in --out and writes no truth: leave out "
                f"--{given[0]} (the truth of nights comes with --nights)"
            )
        settings = _going_on(out, only_night)
    elif records is None:
        raise UsageError("--records is missing: how many records the history shall have")
    else:
        settings = Settings(records, until or today() - timedelta(days=1), seed, months, nights)
    kept = None if only_night else truth or out.with_name(f"{out.name}_truth")
    began = time.monotonic()
    with progress("simulating", say) as tick:
        written = write_country(settings, out, kept, only=only_night, progress=tick)
    what = (
        f"night {only_night}"
        if only_night
        else f"history {settings.start} to {settings.until}"
        + (f" and {plural(nights, 'night')}" if nights else "")
    )
    say(
        f"synthetic country, seed {settings.seed}: {what}: {plural(written.files, 'file')}, "
        f"{plural(written.records, 'record')}, {written.bytes / 2**20:,.0f} MiB in "
        f"{time.monotonic() - began:,.0f} s below {out}" + (f"; truth: {kept}" if kept else "")
    )


def _going_on(out: Path, night: date) -> Settings:
    """The country of an inbox with all nights up to this one."""
    from jobs.errors import UsageError
    from jobs.simulate.country.country import settings_of

    known = settings_of(out)
    if known is None:
        raise UsageError(f"{out} holds no country that could go on: write one first (--records)")
    if night <= known.until:
        raise UsageError(f"--only-night must lie behind the history, which ends on {known.until}")
    return replace(known, nights=(night - known.until).days)
