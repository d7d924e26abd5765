"""Listing and exposure rates of every period and unit, from the weights of probability samples
(definitions.md 2). Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.sampling.counts import Span, over_periods, sums
from jobs.marts.sampling.dimensions import Cut
from jobs.marts.sampling.probability import SurveyDesign
from jobs.methods import survey_cells

NUMBERS = ["period", "month", "unit"]


def units_weight(design: SurveyDesign, sample: pd.DataFrame) -> np.ndarray:
    """Weight times units sold of each sample: the units that it stands for; NaN where either is not known."""
    return design.weight * pd.to_numeric(sample["units_sold"]).to_numpy(float)


def weighted_rates(
    where: Cut,
    sample: pd.DataFrame,
    outcome: pd.DataFrame,
    design: SurveyDesign,
    whole: Span,
    kept: np.ndarray | None = None,
) -> pd.DataFrame:
    """NUMBERS, n (judged samples with a weight), listing_rate, exposure_rate, exposure_se, exposure_low,
    exposure_high, units (estimated), weighting (of the exposure weights n sum(w^2)/sum(w)^2, at least 1; NaN
    without any).

    ``outcome``: outcomes of ``sample``; ``kept``: as `counts.over_periods`. Listing rate: share of listings,
    weight 1/π; exposure rate: share of units sold, weight units/π.
    """
    failed = outcome["n_nonconforming"].to_numpy(float)
    judged = outcome["n_nonconforming"].to_numpy() + outcome["n_conforming"].to_numpy() > 0
    inside = judged & (design.stratum >= 0)
    listings = survey_cells.contributions(failed, np.where(inside, design.weight, np.nan)).add_prefix("l_")
    exposed = survey_cells.contributions(
        failed, np.where(inside, units_weight(design, sample), np.nan)
    ).add_prefix("e_")
    rows = pd.concat([listings, exposed], axis=1).assign(
        events=np.where(exposed["e_n"] > 0, failed, 0.0),
        month=outcome["month"].to_numpy(),
        stratum=design.stratum,
    )
    names = ["l_n", "l_w", "l_wy", *exposed, "events"]
    chosen = Cut(where.units, tuple(_within(block, inside) for block in where.blocks))
    by_month = sums(chosen, rows, ["unit", "stratum", "month"], names)
    by_stratum = over_periods(by_month, ["unit", "stratum"], whole, kept)
    cell, keys = _numbered(by_stratum)
    by_stratum = by_stratum.assign(cell=cell)
    events = by_stratum.groupby("cell")["events"].sum()
    exposure = _shares(by_stratum, "e_", events, design)
    found = by_stratum.groupby("cell")[["l_n", "l_w", "l_wy", "e_n", "e_w", "e_w2"]].sum()
    return keys.assign(
        n=found["l_n"].round().astype(np.int64),
        listing_rate=found["l_wy"] / found["l_w"],
        exposure_rate=exposure["value"],
        exposure_se=exposure["se"],
        exposure_low=exposure["low"],
        exposure_high=exposure["high"],
        units=found["e_w"],
        weighting=(found["e_n"] * found["e_w2"] / found["e_w"] ** 2).clip(lower=1.0),
    )


def _shares(by_stratum: pd.DataFrame, prefix: str, events: pd.Series, design: SurveyDesign) -> pd.DataFrame:
    own = by_stratum[["cell", "stratum", *(prefix + name for name in survey_cells.SUMS)]].rename(
        columns=lambda c: c.removeprefix(prefix)
    )
    return survey_cells.shares(
        own, cell="cell", stratum="stratum", events=events, drawn=design.drawn, population=design.population
    )


def _within(block, inside: np.ndarray):
    kept = inside[block.sample]
    return type(block)(block.sample[kept], block.unit[kept])


def _numbered(rows: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """The number of each row's cell, and NUMBERS of the cells by number. ``rows`` are sorted by NUMBERS."""
    keys = rows[NUMBERS].to_numpy(np.int64)
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    return np.cumsum(first) - 1, rows.loc[first, NUMBERS].reset_index(drop=True)
