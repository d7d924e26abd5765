"""Compares the units of a dimension by their rates in one window (period) and one design (probability or
targeted samples): a table with a line for each unit, its interval drawn on a common axis, and a funnel
plot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from jobs.arrays import dicts
from jobs.methods.funnel import funnel
from jobs.plurals import plural
from jobs.reports import charts
from jobs.reports.figures import DESIGNS, Line, lines, window_text
from jobs.reports.gathered import Gathered
from jobs.reports.numbers import judged, missing, percent, span
from jobs.reports.rates import Window
from jobs.reports.small import cell_axis, interval_cell
from jobs.reports.wording import Text, same

APART = ("platform", "region", "category")  # of one level; clusters of one place may share batches
FEWEST_SPOTS = 5  # units of a funnel plot: its spread between units means nothing below
FEWEST_BATCHES = 10  # of a unit in a funnel plot: its limits are normal and of two batches say nothing
WIDEST = (
    2.5  # an axis ends at this many times the highest value: an interval that reaches beyond is cut there
)


@dataclass(frozen=True)
class Comparison:
    """The lines of a dimension's units in one design. ``window``: the period in words; ``axis``: drawing for
    the head of the column of intervals; ``cells``: code → drawing of the unit's interval, empty for none;
    ``cut``: whether any interval goes beyond the axis; ``suspect``: where the units are parts of one unit, a
    sentence on the part that stands out most (`standing.suspect`)."""

    design: str
    dimension: str
    window: Text | None
    lines: list[Line]
    axis: Markup
    cells: dict[str, Markup]
    cut: bool
    suspect: Text | None = None

    @property
    def others(self) -> int:
        """Number of units without a headline rate: too few batches, or batches that cannot be weighted."""
        return sum(not line.reliable for line in self.lines)

    @property
    def apart(self) -> bool:
        """Whether two of the units may be compared by the difference of their rates: they are of a kind of
        which no batch belongs to two units, and the rates speak for the market."""
        return self.design == "probability" and self.dimension in APART

    @property
    def ranked(self) -> bool:
        """Whether any line has a rank."""
        return any(line.rank for line in self.lines)

    @property
    def drawn(self) -> bool:
        """Whether any interval is drawn."""
        return any(self.cells.values())

    @property
    def pooled(self) -> bool:
        """Whether all estimates are the same, because the units differ by no more than chance; false without
        estimates."""
        return self.estimated and all(
            not missing(x.row["shrunk_pooled"]) and bool(x.row["shrunk_pooled"])
            for x in self.lines
            if x.estimate
        )

    @property
    def estimated(self) -> bool:
        """Whether any line has an estimate (a rate shrunk towards other units)."""
        return any(line.estimate for line in self.lines)


def compare(
    known: Gathered,
    dimension: str,
    *,
    codes: Iterable[str] | None = None,
    role: str = "",
    window: Window | None = None,
) -> list[Comparison]:
    """Return one comparison per design, probability first, of the units of a dimension. ``codes``: of the
    units wanted, None for all; ``role``: region_role of the rows, '' for dimensions other than region;
    ``window``: by default `Gathered.window`. A unit without samples in the window has no line."""
    wanted = None if codes is None else set(codes)
    found = {d: known.rates.window(dimension, d, role=role, codes=wanted, window=window) for d in DESIGNS}
    return [comparison(known, dimension, design, rows, window=window) for design, rows in found.items()]


def comparison(
    known: Gathered,
    dimension: str,
    design: str,
    rows: list[dict[str, Any]],
    *,
    code: str = "dimension_code",
    window: Window | None = None,
) -> Comparison:
    """Return the comparison of ``rows``, rows of gold.detection_rate of one design and window, one per unit.
    ``code``: the column with the unit's code (dimension2_code for units of the second dimension); ``window``:
    that of the rows, by default `Gathered.window`."""
    shown = window or known.window
    nation = known.nation_in(shown)[design]
    reference = None if nation is None else nation.head.value
    listed = lines(rows, dimension, known.names, nation=reference, code=code)
    values = [f.value for x in listed for f in (x.head, x.estimate) if f and f.value is not None] + (
        [reference] if reference else []
    )
    highs = [f.high for x in listed for f in (x.head, x.estimate) if f and f.high is not None]
    scale, axis = cell_axis(min(max(highs, default=0.1), WIDEST * max(values, default=0.1)) or 0.1)
    cells = {}
    for x in listed:
        drawn = x.head if x.reliable else x.estimate
        if drawn is None:
            cells[x.code] = Markup("")
            continue
        none_found = x.reliable and x.row["n_nonconforming"] == 0
        value = None if none_found else drawn.value
        cells[x.code] = interval_cell(
            scale, value, drawn.low, drawn.high, hollow=not x.reliable, reference=reference
        )
    cut = any(high > scale.high for high in highs)
    window_of = window_text(shown, rows[0] if rows else None)  # rows of one design cover the same months
    return Comparison(design, dimension, window_of, listed, axis, cells, cut)


@dataclass(frozen=True)
class Funnel:
    """A funnel plot. ``outliers``: units outside its outer limits, as (code, name, share and counts, limits);
    ``units``: number of units drawn."""

    drawing: Markup
    outliers: list[tuple[str, Text, str, str]]
    units: int


def funnel_plot(
    known: Gathered, dimension: str, *, role: str = "", codes: Iterable[str] | None = None
) -> Funnel | None:
    """Return the funnel plot of a dimension's units by batches judged and share that failed, for probability
    samples in `Gathered.window`. None with fewer than FEWEST_SPOTS units of at least FEWEST_BATCHES batches,
    or where nothing failed. ``codes``, ``role``: as for `compare`.

    The limits allow for the usual differences between units (additive over-dispersion); only a unit outside
    them is called unusual.
    """
    listed = known.rates.window(dimension, "probability", role=role, codes=codes)
    rows = [r for r in listed if judged(r) >= FEWEST_BATCHES and r["dimension_code"] != "unknown"]
    if len(rows) < FEWEST_SPOTS or not any(r["n_nonconforming"] for r in rows):
        return None
    rows.sort(key=lambda r: r["dimension_code"])
    failed, tried = [int(r["n_nonconforming"]) for r in rows], [judged(r) for r in rows]
    limits = funnel(failed, tried, overdispersion="additive", scale="arcsine")
    spots, outliers = [], []
    for r, x, n, lim in zip(rows, failed, tried, dicts(limits), strict=True):
        name = known.names.of(dimension, r["dimension_code"])
        figures = f"{percent(x / n)} = {x:,} / {n:,}"
        said = Text(
            f"{name.zh}：已判定{n:,}批次，不合格{x:,}批次，占{percent(x / n)}", f"{name.en}: {figures}"
        )
        spots.append(charts.Spot(name, n, x / n, bool(lim["outlier"]), said))
        if lim["outlier"]:
            expected = span(lim["low998"], lim["high998"])
            outliers.append((r["dimension_code"], name, figures, expected))
    summary = Text(
        f"漏斗图：{len(rows)}个单位已判定批次中的不合格占比",
        f"Funnel plot: share of batches that failed, {plural(len(rows), 'unit')}",
    )
    drawing = charts.funnel(
        spots, limits, sum(failed) / sum(tried), summary, n_text=Text("已判定批次", "batches judged")
    )
    return Funnel(drawing, outliers, len(rows))


def beyond(known: Gathered, dimension: str, reference: set[str]) -> list[Text]:
    """Return the codes of a dimension that have rates and are not in ``reference`` (codes of its reference
    table), sorted. Pages list them under their codes; they are added to no other unit."""
    return [same(code) for code in sorted(known.rates.codes(dimension) - reference) if not missing(code)]
