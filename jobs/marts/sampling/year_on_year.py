"""Change of rates from the same months a year earlier, with limits, and how much of it comes from a
different mix of goods (definitions.md#year-on-year). Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobs.marts.sampling.counts import (
    DESIGNS,
    LENGTHS,
    NUMBERS,
    PERIODS,
    Design,
    PeriodType,
    Span,
    over_periods,
    sums,
)
from jobs.marts.sampling.dimensions import Block, Cut
from jobs.methods import intervals

COLUMNS = ["yoy_pp", "yoy_low", "yoy_high", "within_pp", "mix_pp", "yoy_of"]
# What is compared (yoy_of): exposure rates, finding rates of targeted samples, rates of probability samples.
EXPOSURE, FINDING, RATE = "exposure", "finding", "rate"
_COMPARED = [PERIODS.index(kind) for kind in PeriodType if kind is not PeriodType.ALL]
MIXED = ["x", "n", "v", "vx"]


@dataclass(frozen=True)
class Mix:
    """The samples by which a change is split into two parts: rates that changed within cells (category ×
    channel), and a mix of cells that changed.

    ``samples``: one row per sample: ``cell`` (number of its category and channel), ``design`` (position in
    DESIGNS), ``month`` (since 1970-01), ``n`` and ``x`` (judged, failing: 0 or 1), ``v`` and ``vx`` (units
    sold that it represents; the same if it failed, else 0). ``where``: the units in which they count.
    ``whole``, ``kept``: as in `counts.over_periods`."""

    samples: pd.DataFrame
    where: Cut
    whole: tuple[Span, ...]
    kept: np.ndarray

    def cells(self, units: np.ndarray) -> pd.DataFrame:
        """Return sums of MIXED (n, x, v, vx) by NUMBERS and cell, one row each, for the units whose numbers
        are ``units``."""
        wanted = np.zeros(len(self.where.units), dtype=bool)
        wanted[units] = True
        blocks = tuple(Block(b.sample[wanted[b.unit]], b.unit[wanted[b.unit]]) for b in self.where.blocks)
        by_month = sums(
            Cut(self.where.units, blocks), self.samples, ["unit", "design", "cell", "month"], MIXED
        )
        return over_periods(by_month, ["unit", "design", "cell"], self.whole, self.kept)


@dataclass(frozen=True)
class Running:
    """The comparison of a running quarter or year, one that the data do not cover to its end: of the year
    before only samples of the same months count, so that six months are compared with six. ``where``: the
    units, with only these samples in them. ``kept``: as in `counts.over_periods`; True for quarters and years
    only. ``whole``: the Span of each design."""

    where: Cut
    kept: np.ndarray
    whole: tuple[Span, ...]

    def of(self, rows: pd.DataFrame) -> np.ndarray:
        """Return for each of ``rows`` (NUMBERS) whether its period lies one year before a running one: bool
        array. That is the quarter or year in which the data of the row's design end, one year earlier."""
        last = np.array([-1 if one.last is None else one.last - 12 for one in self.whole])
        end = last[rows["design"].to_numpy(int)]
        period, month = rows["period"].to_numpy(), rows["month"].to_numpy()
        found = np.zeros(len(rows), dtype=bool)
        for kind in (PeriodType.QUARTER, PeriodType.YEAR):
            found |= (period == PERIODS.index(kind)) & (month == end // LENGTHS[kind] * LENGTHS[kind])
        return found

    def in_place(self, rows: pd.DataFrame, of_running: pd.DataFrame) -> pd.DataFrame:
        """Return ``rows`` without the rows that `of` names, and below them the rows of ``of_running`` that it
        names. Both have NUMBERS. So periods that are compared with a running one hold only its months."""
        kept = of_running[self.of(of_running)]
        return pd.concat([rows[~self.of(rows)], kept], ignore_index=True)


def running(
    where: Cut, month: np.ndarray, design: np.ndarray, whole: tuple[Span, ...], rows_of: np.ndarray
) -> Running:
    """Return the Running of the samples that count in the units of ``where``. ``month`` (since 1970-01) and
    ``design`` (position in DESIGNS): of each sample. ``whole``: the Span of each design. ``rows_of``: as
    `kept` returns it."""
    last = np.array([-1 if one.last is None else one.last - 12 for one in whole])[design]
    inside = (month <= last) & (month >= last // 12 * 12)
    blocks = tuple(Block(b.sample[inside[b.sample]], b.unit[inside[b.sample]]) for b in where.blocks)
    kept = rows_of & np.isin(PERIODS, [PeriodType.QUARTER, PeriodType.YEAR])
    return Running(Cut(where.units, blocks), kept, whole)


def year_on_year(rows: pd.DataFrame, earlier: pd.DataFrame, mix: Mix, again: Running) -> pd.DataFrame:
    """Return COLUMNS for each row of ``rows``, with its index: the change against the same months a year
    before (yoy_pp) with 95% limits (yoy_low, yoy_high), its parts (within_pp, mix_pp), all in percentage
    points, and what is compared (``yoy_of``). NaN where either year is insufficient or absent, where the data
    do not cover all of the earlier months, and for the design ``all``.

    ``rows``: as `reliability.for_year_on_year` returns them. ``earlier``: the same rows, with those of
    running periods replaced (`Running.in_place`). ``mix``: of the samples behind ``rows``. ``again``: the
    Running of these samples.

    Exposure rates are compared where both years have one (``yoy_of`` EXPOSURE), else rates: RATE for
    probability samples, FINDING for targeted ones, which say nothing of the market. Limits: MOVER (Zou &
    Donner, Statistics in Medicine 27, 2008), Newcombe's where both are rates. within_pp + mix_pp = yoy_pp
    (Kitagawa, JASA 50, 1955): within_pp is the change of the rates within the cells of category × channel,
    mix_pp that of the shares of the cells."""
    found = pd.DataFrame({name: np.full(len(rows), np.nan) for name in COLUMNS[:-1]}, index=rows.index)
    found["yoy_of"] = None
    compared = (
        rows["period"].isin(_COMPARED) & rows["reliable"] & (rows["design"] != DESIGNS.index(Design.ALL))
    )
    first = np.array([np.iinfo(np.int64).max if one.first is None else one.first for one in again.whole])
    whole = rows["month"] - 12 >= first[rows["design"].to_numpy(int)]
    now = rows[compared & whole].rename_axis("row").reset_index()
    before = earlier[earlier["reliable"]].assign(month=earlier["month"] + 12)
    both = now.merge(before, on=NUMBERS, suffixes=("", "0"))
    if both.empty:
        return found
    weighted = (both["exposure"].notna() & both["exposure0"].notna()).to_numpy()
    change, low, high = _changes(both, weighted)
    units = both["unit"].unique()
    cells = mix.cells(units)
    of_running = Mix(mix.samples, again.where, mix.whole, again.kept).cells(units)
    parts = _parts(both, cells, again.in_place(cells, of_running), weighted)
    probability = (both["design"] == DESIGNS.index(Design.PROBABILITY)).to_numpy()
    table = pd.DataFrame(
        {
            "yoy_pp": 100 * change,
            "yoy_low": 100 * low,
            "yoy_high": 100 * high,
            "within_pp": 100 * parts["within"].to_numpy(),
            "mix_pp": 100 * parts["mix"].to_numpy(),
            "yoy_of": np.where(weighted, EXPOSURE, np.where(probability, RATE, FINDING)),
        },
        index=both["row"],
    )
    found.loc[table.index, COLUMNS] = table
    return found


def _changes(both: pd.DataFrame, weighted: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Change and limits as shares: of exposure rates where ``weighted``, else of rates."""
    low, high = intervals.difference(both["x"], both["n"], both["x0"], both["n0"])
    change = (both["x"] / both["n"] - both["x0"] / both["n0"]).to_numpy(float)
    names = ["exposure", "exposure_low", "exposure_high", "exposure0", "exposure_low0", "exposure_high0"]
    given = [np.where(weighted, both[name].to_numpy(float), np.nan) for name in names]
    mover_low, mover_high = intervals.mover(*given)
    return (
        np.where(weighted, given[0] - given[3], change),
        np.where(weighted, mover_low, np.asarray(low)),
        np.where(weighted, mover_high, np.asarray(high)),
    )


def _parts(
    both: pd.DataFrame, cells: pd.DataFrame, earlier: pd.DataFrame, weighted: np.ndarray
) -> pd.DataFrame:
    """within, mix of each row of ``both`` as shares; as `composite.kitagawa`, for all rows at once."""
    pair = both[NUMBERS].assign(pair=np.arange(len(both)), weighted=weighted)
    now = cells.merge(pair, on=NUMBERS)
    before = earlier.assign(month=earlier["month"] + 12).merge(pair, on=NUMBERS)
    joined = _weights(now).join(_weights(before), how="outer", lsuffix="1", rsuffix="0")
    w1, w0 = joined["weight1"].fillna(0.0), joined["weight0"].fillna(0.0)
    r1 = joined["rate1"].where(w1 > 0, joined["rate0"])
    r0 = joined["rate0"].where(w0 > 0, joined["rate1"])
    kept = (w0 > 0) | (w1 > 0)
    table = pd.DataFrame({"within": (w0 + w1) / 2 * (r1 - r0), "mix": (r0 + r1) / 2 * (w1 - w0)})[kept]
    return table.groupby(level="pair").sum().reindex(np.arange(len(both)))


def _weights(side: pd.DataFrame) -> pd.DataFrame:
    """rate, weight (shares that sum to 1 over the cells of a pair) by pair and cell."""
    weight = np.where(side["weighted"], side["v"], side["n"])
    events = np.where(side["weighted"], side["vx"], side["x"])
    table = pd.DataFrame(
        {"weight": weight, "events": events}, index=pd.MultiIndex.from_frame(side[["pair", "cell"]])
    )
    rate = (table["events"] / table["weight"]).where(table["weight"] > 0)
    return pd.DataFrame(
        {"rate": rate, "weight": table["weight"] / table["weight"].groupby(level="pair").transform("sum")}
    )
