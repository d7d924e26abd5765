"""Listing, exposure and violation rates of every period and unit, from the survey weights of probability
samples (definitions.md#exposure-rate). The listing rate is the share of listings that do not conform, the
exposure rate that of units sold. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.sampling import outcomes
from jobs.marts.sampling.counts import Span, over_periods, sums
from jobs.marts.sampling.dimensions import Block, Cut
from jobs.marts.sampling.probability import SurveyDesign
from jobs.methods import survey_cells

# As `counts.NUMBERS`, of the design `probability`.
NUMBERS = ["period", "month", "unit"]
LISTING, EXPOSURE, VIOLATION = "l_", "e_", "v_"


def units_weight(design: SurveyDesign, sample: pd.DataFrame) -> np.ndarray:
    """Return the number of units sold that each sample represents: its survey weight times the units sold of
    its listing; NaN where either is not known. ``design`` and ``sample`` (units_sold) are in the same order.
    """
    return design.weight * pd.to_numeric(sample["units_sold"]).to_numpy(float)


def weighted_rates(
    where: Cut,
    sample: pd.DataFrame,
    outcome: pd.DataFrame,
    design: SurveyDesign,
    whole: Span,
    kept: np.ndarray | None = None,
) -> pd.DataFrame:
    """Return one row per period and unit in which a sample of ``design`` was judged or left for a violation,
    sorted by NUMBERS: NUMBERS and the columns below. Rates are shares in 0-1, limits of 95%
    (`survey_cells.shares`); NaN where no batch with a weight is in the denominator.

    - n: judged samples with a weight. listing_rate: each listing weighs 1/π.
    - exposure_rate, exposure_se, exposure_low, exposure_high, exposure_n (judged samples with units sold),
      n_effective and design_effect: each listing weighs units/π. units: estimated units sold. weighting:
      exposure_n / n_effective.
    - exposure_violation_rate, exposure_violation_low, exposure_violation_high: violations found before the
      test and failures, among judged batches and these violations. violation_n_effective: Kish's effective
      number of these batches.

    ``outcome``: `outcomes` of ``sample``; ``design``: survey weights and strata of ``sample``; ``whole``:
    Span of the probability samples; ``where``, ``kept``: as in `counts.over_periods`."""
    failed = outcome["n_nonconforming"].to_numpy(float)
    judged = outcomes.judged(outcome).to_numpy() > 0
    violation = outcome["n_exited_violation"].to_numpy() > 0
    drawn = design.stratum >= 0
    inside, either = judged & drawn, (judged | violation) & drawn
    exposed = units_weight(design, sample)
    parts = {
        LISTING: (failed, np.where(inside, design.weight, np.nan)),
        EXPOSURE: (failed, np.where(inside, exposed, np.nan)),
        VIOLATION: (np.maximum(failed, violation), np.where(either, exposed, np.nan)),
    }
    rows = pd.concat(
        [survey_cells.contributions(y, w).add_prefix(prefix) for prefix, (y, w) in parts.items()], axis=1
    )
    names = [name for name in rows if name not in ("l_w2", "l_w2y")]
    rows = rows.assign(month=outcome["month"].to_numpy(), stratum=design.stratum)
    chosen = Cut(where.units, tuple(_within(block, either) for block in where.blocks))
    by_month = sums(chosen, rows, ["unit", "stratum", "month"], names)
    by_stratum = over_periods(by_month, ["unit", "stratum"], whole, kept)
    cell, keys = _numbered(by_stratum)
    found = by_stratum[["l_n", "l_w", "l_wy", "e_w"]].groupby(cell).sum()
    exposure, violations = (_shares(by_stratum, cell, prefix, design) for prefix in (EXPOSURE, VIOLATION))
    return keys.assign(
        n=found["l_n"].round().astype(np.int64),
        listing_rate=found["l_wy"] / found["l_w"],
        exposure_rate=exposure["value"],
        exposure_se=exposure["se"],
        exposure_low=exposure["low"],
        exposure_high=exposure["high"],
        exposure_n=exposure["n"],
        n_effective=exposure["n_effective"],
        design_effect=exposure["deff"],
        units=found["e_w"],
        weighting=exposure["n"] / exposure["n_effective"],
        exposure_violation_rate=violations["value"],
        exposure_violation_low=violations["low"],
        exposure_violation_high=violations["high"],
        violation_n_effective=violations["n_effective"],
    )


def _shares(by_stratum: pd.DataFrame, cell: np.ndarray, prefix: str, design: SurveyDesign) -> pd.DataFrame:
    sums = {name: by_stratum[prefix + name] for name in survey_cells.SUMS}
    own = pd.DataFrame({"cell": cell, "stratum": by_stratum["stratum"], **sums}, copy=False)
    return survey_cells.shares(own, cell="cell", stratum="stratum", drawn=design.drawn)


def _within(block: Block, inside: np.ndarray) -> Block:
    kept = inside[block.sample]
    return type(block)(block.sample[kept], block.unit[kept])


def _numbered(rows: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """The number of each row's cell, and NUMBERS of the cells by number. ``rows`` are sorted by NUMBERS."""
    first = np.zeros(len(rows), dtype=bool)
    first[:1] = True
    for number in (rows[name].to_numpy(np.int64) for name in NUMBERS):
        first[1:] |= number[1:] != number[:-1]
    return np.cumsum(first) - 1, rows.loc[first, NUMBERS].reset_index(drop=True)
