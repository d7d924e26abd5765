"""Figures that the pages of the nation and of every unit have: for each design a headline rate, rates by
period, and a trend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from jobs.reports import charts
from jobs.reports.figures import (
    DESIGNS,
    Line,
    comparable,
    covered_text,
    line,
    lines,
    quarter_text,
    series,
    window_text,
)
from jobs.reports.gathered import Gathered
from jobs.reports.numbers import missing
from jobs.reports.wording import RATE_NAME, Text
from jobs.reports.year_before import not_compared

FEWEST_RANKED = 5  # units among which a rank says something
ALL_PERIODS = Text("全部时期", "all periods")


@dataclass(frozen=True)
class Block:
    """A unit's figures in one design.

    ``window``: `Gathered.window` in words; ``headline``: the rate in it, None without samples; ``quarter``:
    (name, line) of the newest quarter that ended with all of its months in the data, None without;
    ``periods``: (name, line) of that window, that quarter, each year and, for the nation, all periods;
    ``trend``: None where too few rates are shown; ``uncompared``, ``quarter_uncompared``: why headline and
    quarter have no change from a year earlier, None where they have one or are missing; ``nation``: the
    nation's line; ``place``: (rank, number of units ranked) of the headline, None for none.
    """

    design: str
    window: Text | None
    headline: Line | None
    quarter: tuple[Text, Line] | None
    periods: list[tuple[Text, Line]]
    trend: Markup | None
    uncompared: Text | None
    quarter_uncompared: Text | None
    nation: Line | None
    place: tuple[int, int] | None

    @property
    def empty(self) -> bool:
        """Whether the unit has no samples of this design."""
        return not self.periods


def blocks(known: Gathered, dimension: str, code: str, name: Text, *, role: str = "") -> list[Block]:
    """Return one block per design, probability first; that of a design without samples is `Block.empty`.
    ``name``: of the unit; ``role``: region_role of the rows, '' for dimensions other than region. Figures of
    the two designs are never mixed."""
    return [_block(known, dimension, code, name, role, design) for design in DESIGNS]


def _block(known: Gathered, dimension: str, code: str, name: Text, role: str, design: str) -> Block:
    """The part of a unit's page about one design: its rates by period, the newest one first, their trend, and
    its place among units. ``role``: as in Kind."""
    records = known.rates.records(dimension, code, design, role=role)
    shown = known.window

    def of(period: str) -> list[dict[str, Any]]:
        return sorted(
            (r for r in records if r["period_type"] == period), key=lambda r: r["period_start"], reverse=True
        )

    newest = (
        []
        if shown is None
        else [line(r, name) for r in of(shown.period_type) if r["period_start"] == shown.start]
    )
    window = window_text(shown, newest[0].row if newest else None)
    periods = [(window, newest_line) for newest_line in newest if window is not None]
    quarter = next(
        ((quarter_text(r["period_start"]), line(r, name)) for r in of("quarter") if _whole(r)), None
    )
    periods += [quarter] if quarter else []
    # Twelve months that begin in January are the calendar year: it has one row.
    years = [r for r in of("year") if not newest or shown is None or shown.start != r["period_start"]]
    periods += [(covered_text(_year(r["period_start"]), r), line(r, name)) for r in years]
    if dimension == "nation":
        periods += [(ALL_PERIODS, line(r, name)) for r in of("all")]
    words = RATE_NAME[design]
    summary = Text(f"{name.zh}{words.zh}走势", f"{words.en} over time, {name.en}")
    nation = None if dimension == "nation" else known.nation_points[design]
    trend = charts.trend(series(records), design, summary, nation=nation)
    head = newest[0] if newest else None
    place = None if head is None or dimension == "nation" else place_of(known, dimension, role, head)
    why = None if head is None or head.change else not_compared(known.rates, head.row, with_rate=True)
    of_quarter = quarter[1] if quarter else None
    quarter_why = (
        None if of_quarter is None or of_quarter.change else not_compared(known.rates, of_quarter.row)
    )
    return Block(
        design,
        window,
        head,
        quarter,
        periods,
        trend,
        why,
        quarter_why,
        known.nation[design],
        place,
    )


def _year(start: date) -> Text:
    return Text(f"{start.year}年", f"{start.year}")


def _whole(row: dict[str, Any]) -> bool:
    """Return whether all three months of the quarter are in the data and it has ended with them: its last
    month is in the data from its first day on."""
    whole = not missing(row["months_covered"]) and int(row["months_covered"]) == 3
    return whole and row["until"] is None


def place_of(known: Gathered, dimension: str, role: str, mine: Line) -> tuple[int, int] | None:
    """Return the rank of a unit's rate among its peers (`figures.lines`), 1 for the lowest, and how many are
    compared; None where it has no rank, or fewer than FEWEST_RANKED are compared. ``role``: as in `blocks`;
    ``mine``: the unit's line in `Gathered.window`."""
    if not mine.reliable or mine.row["design"] != "probability":
        return None
    peers = known.peers(dimension, mine.code)
    ranks, n = _ranks(known, dimension, role, None if peers is None else frozenset(peers))
    if n < FEWEST_RANKED or mine.code not in ranks:
        return None  # to be the second of two is no news
    return ranks[mine.code], n


def _ranks(
    known: Gathered, dimension: str, role: str, peers: frozenset[str] | None
) -> tuple[dict[str, int], int]:
    """Return code → rank in the newest window, and the number of units compared; computed once for
    all pages."""
    kept: dict[Any, tuple[dict[str, int], int]] = known.__dict__.setdefault("_ranks_of_rates", {})
    key = (dimension, role, peers)
    if key not in kept:
        rows = known.rates.window(dimension, "probability", role=role, codes=peers)
        nation = known.nation["probability"]
        listed = lines(rows, dimension, known.names, nation=None if nation is None else nation.head.value)
        ranks = {x.code: x.rank for x in listed if x.rank is not None}
        kept[key] = ranks, len(comparable(listed))
    return kept[key]
