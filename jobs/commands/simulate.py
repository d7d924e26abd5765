"""`quality simulate`: a synthetic country, for trying out and for proofs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import click

from jobs.commands.options import Day, examples, say

TELL_EVERY = 5.0  # seconds between two lines of progress


class Month(click.ParamType):
    name = "yyyy-mm"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            if len(str(value)) != 7:
                raise ValueError
            return date.fromisoformat(f"{value}-01")
        except ValueError:
            self.fail(f"{value!r} is no month like 2025-01", param, ctx)


def _now_and_then(say: Callable[[str], None]) -> Callable[[str], None]:
    last = time.monotonic()

    def tell(line: str) -> None:
        nonlocal last
        if time.monotonic() - last >= TELL_EVERY:
            say(f"simulating: {line}")
            last = time.monotonic()

    return tell


@click.command(
    epilog=examples(
        "quality simulate --out var/inbox --records 200000",
        (
            "quality simulate --out /srv/inbox --records 10000000 --seed 11 --start 2024-01 --months 24 "
            "--truth /srv/truth"
        ),
        (
            "quality simulate --out var/inbox --records 200000 --only-night 2026-07-01     # one more night "
            "into the same inbox"
        ),
    )
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="the inbox; empty, or written by an earlier run of this country",
)
@click.option(
    "--records",
    type=click.IntRange(min=1000),
    required=True,
    help="records of the history, over all feeds (about)",
)
@click.option("--seed", type=int, default=7, show_default=True, help="one seed, one country, the same bytes")
@click.option(
    "--start", type=Month(), default="2025-01", show_default=True, help="first month of the history"
)
@click.option(
    "--months", type=click.IntRange(3, 120), default=18, show_default=True, help="months of the history"
)
@click.option(
    "--nights",
    type=click.IntRange(0, 366),
    default=0,
    show_default=True,
    help="single nights behind the history",
)
@click.option(
    "--only-night",
    type=Day(),
    default=None,
    help="write only the files that arrive on this night behind the history",
)
@click.option(
    "--truth",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="what is true, as Parquet; <out>_truth where not given; never inside --out",
)
def simulate(
    out: Path,
    records: int,
    seed: int,
    start: date,
    months: int,
    nights: int,
    only_night: date | None,
    truth: Path | None,
) -> None:
    """A synthetic country: 57 platforms, regulators, laboratories and all others hand in files; the truth
    lies apart from them.

    All of it is made up, and says so. No other command reads the truth.
    """
    from jobs.errors import UsageError
    from jobs.simulate.country.country import Settings
    from jobs.simulate.country.country import simulate as write_country

    settings = Settings(records, seed, start, months, nights)
    if only_night is not None:
        if truth is not None or nights:
            raise UsageError(
                "--only-night writes no truth: leave out --truth and --nights (the truth of nights "
                "comes with --nights)"
            )
        if only_night <= settings.end:
            raise UsageError(f"--only-night must lie behind the history, which ends on {settings.end}")
        settings = Settings(records, seed, start, months, (only_night - settings.end).days)
    kept = None if only_night else truth or out.with_name(f"{out.name}_truth")
    began = time.monotonic()
    written = write_country(settings, out, kept, only=only_night, progress=_now_and_then(say))
    what = (
        f"night {only_night}"
        if only_night
        else f"history {start:%Y-%m} to {settings.end:%Y-%m}" + (f" and {nights} nights" if nights else "")
    )
    say(
        f"synthetic country, seed {seed}: {what}: {written.files:,} files, {written.records:,} records, "
        f"{written.bytes / 2**20:,.0f} MiB in "
        f"{time.monotonic() - began:,.0f} s below {out}" + (f"; truth: {kept}" if kept else "")
    )
