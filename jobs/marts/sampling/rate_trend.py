"""gold.rate_trend: whether the exposure rate of a unit rises or falls over up to three years. The years are
windows of twelve months, so that all cover the same months of the year."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION, UNKNOWN
from jobs.marts.sampling import outcomes
from jobs.marts.sampling.counts import Design, PeriodType
from jobs.marts.sampling.reliability import INSUFFICIENT
from jobs.methods.multiplicity import adjust
from jobs.methods.trend import cochran_armitage
from jobs.period import Period

METHOD_VERSION = "rate_trend/1"
KEY = ["dimension_type", "dimension_code"]
DIMENSIONS = ("nation", "platform", "region", "category")
YEARS, MONTHS = 3, 12  # windows that are compared at most, and months of each
SURE = 0.05  # adjusted p below which a trend is said
TESTED, TOO_FEW_YEARS = "tested", "too_few_years"
COLUMNS = (
    "n_years first_start last_start months_covered status rates n_judged n_interval slope_pp slope_low "
    "slope_high p_value"
).split()
READS = {
    "detection_rate": [
        *"period_type period_start dimension_type dimension_code dimension2_type region_role design".split(),
        *"exposure_rate n_effective design_effect reliability months_covered".split(),
        *outcomes.DENOMINATOR,
    ]
}


def build(
    *, detection_rate: pd.DataFrame, region: pd.DataFrame, product_category: pd.DataFrame, period: Period
) -> pd.DataFrame:
    """Return the rows of gold.rate_trend: one row per unit (nation, platform, province and level-1 category)
    with a sample in the newest window of twelve months, sorted by KEY. Columns: KEY, COLUMNS, p_adjusted,
    verdict and method_version, each explained in schemas/gold/rate_trend.odcs.yaml. ``detection_rate``: a
    gold table; the others are silver. ``period`` is not used.

    Years are windows (`rolling12`) of the probability samples: the newest one, and those that end one and two
    years before, as far as they exist. A unit is not tested where one of its years is insufficient, or where
    there is only one year; ``status`` says so, and verdict is null. Test: `trend.cochran_armitage` on
    n_interval·rate failures of n_interval, the smaller of Kish's effective number and n/deff; p is adjusted
    by Benjamini & Hochberg within a dimension. verdict: `falling` or `rising` where p_adjusted is below SURE,
    else `none_shown`, also where no sample failed in any year (p is then null). Slopes are percentage points
    a year."""
    rows = _rows(detection_rate, region, product_category)
    if rows.empty:
        return pd.DataFrame(columns=[*KEY, *COLUMNS, "p_adjusted", "verdict", "method_version"])
    starts = _years(rows["period_start"])
    rows = rows[rows["period_start"].isin(starts)].sort_values([*KEY, "period_start"])
    found = [
        {**dict(zip(KEY, key, strict=True)), **_trend(own, starts)}
        for key, own in rows.groupby(KEY, sort=True)
        if own["period_start"].iloc[-1] == starts[-1]
    ]
    table = pd.DataFrame(found, columns=[*KEY, *COLUMNS])
    p = table["p_value"].astype(float)
    table["p_adjusted"] = p.groupby(table["dimension_type"]).transform(lambda own: adjust(own.to_numpy()))
    sure = table["p_adjusted"] < SURE
    said = np.where(sure, np.where(table["slope_pp"].astype(float) < 0, "falling", "rising"), "none_shown")
    verdict = pd.Series(said, table.index, dtype=object).where(table["status"] == TESTED, None)
    return table.assign(verdict=verdict, method_version=METHOD_VERSION)


def _rows(rates: pd.DataFrame, region: pd.DataFrame, product_category: pd.DataFrame) -> pd.DataFrame:
    """Windows of twelve months of the probability samples, of the units that are tested."""
    kind, code = rates["dimension_type"], rates["dimension_code"]
    provinces = region.loc[region["level"] == "province", "region_code"]
    finer = product_category.loc[product_category["parent_code"].notna(), "category_code"]
    chosen = (
        rates["period_type"].eq(str(PeriodType.ROLLING12))
        & rates["design"].eq(str(Design.PROBABILITY))
        & rates["dimension2_type"].eq("")
        & rates["region_role"].isin(["", "seller"])
        & kind.isin(DIMENSIONS)
        & (kind.ne("nation") | code.eq(NATION))
        & code.ne(UNKNOWN)
        & (kind.ne("region") | code.isin(provinces))
        & (kind.ne("category") | ~code.isin(finer))
        & rates["months_covered"].eq(MONTHS)
    )
    return rates[chosen]


def _years(starts: pd.Series) -> list[date]:
    """First months of the newest window and of those one and two years before it, earliest first."""
    newest, known = max(starts), set(starts)
    found = [newest]
    while len(found) < YEARS and (before := found[-1].replace(year=found[-1].year - 1)) in known:
        found.append(before)
    return found[::-1]


def _trend(own: pd.DataFrame, starts: list[date]) -> dict[str, Any]:
    """COLUMNS of one unit. ``own``: its rows of gold.detection_rate, one a year; ``starts``: the first days
    of all years. A year in which it has no sample is insufficient, and its rate is `na`."""
    judged = outcomes.judged(own)
    effective = np.fmin(
        own["n_effective"].to_numpy(float), judged.to_numpy(float) / own["design_effect"].to_numpy(float)
    )
    rate = own["exposure_rate"].to_numpy(float)
    shown = own["reliability"].ne(INSUFFICIENT).to_numpy() & ~np.isnan(rate)
    of_year = dict(zip(own["period_start"], np.where(shown, rate, np.nan), strict=True))
    values = [of_year.get(start, np.nan) for start in starts]
    row: dict[str, Any] = {
        "n_years": len(starts),
        "first_start": starts[0],
        "last_start": starts[-1],
        "months_covered": MONTHS,
        "rates": " ".join("na" if np.isnan(value) else f"{value:.6f}" for value in values),
        "n_judged": int(judged.sum()),
        "n_interval": float(np.nansum(effective)),
        "status": TOO_FEW_YEARS if len(starts) < 2 else INSUFFICIENT if np.isnan(values).any() else TESTED,
    }
    if row["status"] != TESTED:
        return row
    found = cochran_armitage(effective * rate, effective, np.arange(len(starts), dtype=float))
    return row | {
        "slope_pp": 100 * found.slope,
        "slope_low": 100 * found.low,
        "slope_high": 100 * found.high,
        "p_value": found.p,
    }
