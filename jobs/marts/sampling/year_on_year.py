"""What changed against the same period a year before, with limits, and how much of it is the mix of goods
(definitions.md 2). Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobs.marts.sampling.counts import DESIGNS, NUMBERS, PERIODS, Design, PeriodType, Span, over_periods, sums
from jobs.marts.sampling.dimensions import Block, Cut
from jobs.methods import intervals

COLUMNS = ["yoy_pp", "yoy_low", "yoy_high", "within_pp", "mix_pp", "yoy_of"]
EXPOSURE, FOUND, RATE = "exposure", "found", "rate"
_COMPARED = [PERIODS.index(kind) for kind in PeriodType if kind is not PeriodType.ALL]
MIXED = ["x", "n", "v", "vx"]


@dataclass(frozen=True)
class Mix:
    """What each sample adds to the cells of its units. ``samples``: ``cell`` (of goods and channel),
    ``design``, ``month``, x, n (failing, judged: 0 or 1) and units ``v``, failing ones ``vx``; ``where``: its
    units; ``whole``, ``kept``: as `counts.over_periods`."""

    samples: pd.DataFrame
    where: Cut
    whole: Span
    kept: np.ndarray

    def cells(self, units: np.ndarray) -> pd.DataFrame:
        """NUMBERS, cell and MIXED of ``units``."""
        wanted = np.zeros(len(self.where.units), dtype=bool)
        wanted[units] = True
        blocks = tuple(Block(b.sample[wanted[b.unit]], b.unit[wanted[b.unit]]) for b in self.where.blocks)
        by_month = sums(
            Cut(self.where.units, blocks), self.samples, ["unit", "design", "cell", "month"], MIXED
        )
        return over_periods(by_month, ["unit", "design", "cell"], self.whole, self.kept)


def year_on_year(rows: pd.DataFrame, mix: Mix) -> pd.DataFrame:
    """COLUMNS for each row of ``rows``; percentage points, NaN where either year is unreliable or absent, and
    for design ``all``.

    ``rows``: NUMBERS, x and n (failing, judged), exposure, exposure_low, exposure_high (NaN where there is
    none), reliable. ``mix``: of the samples behind them. Exposure rates are compared where both years have
    one (``yoy_of`` exposure), else rates: ``rate`` of probability samples, ``found`` of targeted ones, which
    say nothing of the market. Limits: MOVER (Zou & Donner, Statistics in Medicine 27, 2008), Newcombe's where
    both are rates. within + mix = the change (Kitagawa, JASA 50, 1955).
    """
    found = pd.DataFrame({name: np.full(len(rows), np.nan) for name in COLUMNS[:-1]}, index=rows.index)
    found["yoy_of"] = None
    compared = (
        rows["period"].isin(_COMPARED) & rows["reliable"] & (rows["design"] != DESIGNS.index(Design.ALL))
    )
    now = rows[compared].rename_axis("row").reset_index()
    before = now.drop(columns="row").assign(month=now["month"] + 12)
    both = now.merge(before, on=NUMBERS, suffixes=("", "0"))
    if both.empty:
        return found
    weighted = (both["exposure"].notna() & both["exposure0"].notna()).to_numpy()
    change, low, high = _changes(both, weighted)
    parts = _parts(both, mix.cells(both["unit"].unique()), weighted)
    probability = (both["design"] == DESIGNS.index(Design.PROBABILITY)).to_numpy()
    table = pd.DataFrame(
        {
            "yoy_pp": 100 * change,
            "yoy_low": 100 * low,
            "yoy_high": 100 * high,
            "within_pp": 100 * parts["within"].to_numpy(),
            "mix_pp": 100 * parts["mix"].to_numpy(),
            "yoy_of": np.where(weighted, EXPOSURE, np.where(probability, RATE, FOUND)),
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


def _parts(both: pd.DataFrame, cells: pd.DataFrame, weighted: np.ndarray) -> pd.DataFrame:
    """within, mix of each row of ``both`` as shares; as `composite.kitagawa`, for all rows at once."""
    pair = both[NUMBERS].assign(pair=np.arange(len(both)), weighted=weighted)
    now = cells.merge(pair, on=NUMBERS)
    before = cells.assign(month=cells["month"] + 12).merge(pair, on=NUMBERS)
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
