"""gold.detection_rate: of the batches that were judged, the share that does not conform, with its limits (definitions.md 2)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from jobs.marts.dimensions import UNKNOWN, Hierarchy, hierarchies
from jobs.marts.sampling import reliability
from jobs.marts.sampling.counts import DESIGNS, KEY, NUMBERS, Design, by_design, named, over_periods, span
from jobs.marts.sampling.dimensions import RATE_DIMENSIONS, Cut, cut
from jobs.marts.sampling.levels import levels
from jobs.marts.sampling.objection_windows import open_windows
from jobs.marts.sampling.outcomes import COUNTS, outcomes, serious
from jobs.marts.sampling.probability import SurveyDesign, survey_design
from jobs.marts.sampling.shrinkage import NOT_SHRUNK_ROLE, SHRUNK, shrunk
from jobs.marts.sampling.weighted_rates import units_weight, weighted_rates
from jobs.marts.sampling.year_on_year import year_on_year
from jobs.period import Period

METHOD_VERSION = "detection_rate/3"
_MIXED = ["x", "n", "v", "vx"]


def build(
    *, sample: pd.DataFrame, conclusion: pd.DataFrame, test_result: pd.DataFrame, sampling_plan: pd.DataFrame,
    sampling_stratum: pd.DataFrame, sampling_order: pd.DataFrame, sampling_event: pd.DataFrame, objection: pd.DataFrame,
    statutory_timer: pd.DataFrame, calendar: pd.DataFrame, industrial_cluster: pd.DataFrame, region: pd.DataFrame,
    product_category: pd.DataFrame, period: Period,
) -> pd.DataFrame:
    """One row per period, unit and design, sorted by key; arguments are the silver tables of these names.

    Rates are shares in 0-1, null where nothing was judged. rate = n_nonconforming / (n_tested - n_not_judged), by final
    conclusions; exits before the test stand outside the denominator (market regulation's spot-check bulletins count so).
    Limits: Wilson, 95 %. Listing, exposure and shrunk rates are those of probability samples only.
    """
    trees = hierarchies(region=region, product_category=product_category)
    outcome = outcomes(sample, conclusion)
    outcome["n_serious"] = serious(sample, conclusion, test_result)
    outcome["n_windows"] = open_windows(
        sample=sample, conclusion=conclusion, sampling_event=sampling_event, objection=objection, statutory_timer=statutory_timer,
        calendar=calendar, as_of=period.as_of,
    ).astype(np.int64)
    of_design, where, whole = designs(sample, sampling_plan), cut(sample, RATE_DIMENSIONS, trees, industrial_cluster), span(outcome)
    drawn = survey_design(
        sample=sample, void=outcome["n_exited_void"].to_numpy() == 1, sampling_plan=sampling_plan, sampling_stratum=sampling_stratum,
        sampling_order=sampling_order, trees=trees,
    )
    rows = over_periods(by_design(where, outcome, of_design, [*COUNTS, "n_windows"]), ["unit", "design"], whole)
    weighted = weighted_rates(where, sample, outcome, drawn, whole).assign(design=DESIGNS.index(Design.PROBABILITY))
    rows = rows.merge(weighted, on=NUMBERS, how="left", validate="one_to_one")
    rows = pd.concat([rows, reliability.rates(rows)], axis=1)
    by_cell = by_design(where, _mix(sample, outcome, drawn, trees), of_design, _MIXED, ["cell"])
    changes = year_on_year(reliability.compared(rows), over_periods(by_cell, ["unit", "design", "cell"], whole))
    return _table(rows, changes, _shrunk(rows, where, levels(where.units, region, product_category)), where)


def designs(sample: pd.DataFrame, sampling_plan: pd.DataFrame) -> np.ndarray:
    """The Design of each sample: ``probability`` by its plan's type; targeted, complaint-led and follow-up plans, and a plan
    that is not known to be of any type, are ``targeted``, as nothing shows that their samples speak for the market."""
    probability = sampling_plan.loc[sampling_plan["type"] == "probability", "plan_id"]
    return np.where(sample["plan_id"].isin(probability), Design.PROBABILITY, Design.TARGETED)


def _mix(sample: pd.DataFrame, outcome: pd.DataFrame, drawn: SurveyDesign, trees: Mapping[str, Hierarchy]) -> pd.DataFrame:
    """What each sample adds to the cells of year on year: category of level 1 (or the kept code) × channel; month; _MIXED."""
    goods = sample["category_code"].astype(object).where(sample["category_code"].notna(), UNKNOWN)
    top = {code: (trees["category"].path(code) or (code,))[-1] for code in goods.unique()}
    channel = sample["channel"].astype(object).where(sample["channel"].notna(), UNKNOWN)
    kinds = [pd.factorize(goods.map(top))[0], pd.factorize(channel)[0]]
    cell = kinds[0].astype(np.int64) * (len(sample) + 1) + kinds[1]
    failed = outcome["n_nonconforming"].to_numpy(float)
    judged = failed + outcome["n_conforming"].to_numpy()
    units = np.nan_to_num(units_weight(drawn, sample)) * judged
    return pd.DataFrame({"cell": cell, "month": outcome["month"], "x": failed, "n": judged, "v": units, "vx": units * failed})


def _shrunk(rows: pd.DataFrame, where: Cut, level: np.ndarray) -> pd.DataFrame:
    """Shrunk rates of the units of one dimension, by period and level."""
    unit = rows["unit"].to_numpy(np.int64)
    kinds = where.units.iloc[unit].reset_index(drop=True)
    domains = pd.DataFrame({
        "of_period": rows["period"].astype(str) + "/" + rows["month"].astype(str), "dimension": kinds["dimension_type"] + "/" + kinds["region_role"],
        "level": level[unit], "n": rows["n"], "value": rows["exposure_rate"], "se": rows["exposure_se"], "units": rows["units"],
        "weighting": rows["weighting"],
    }, index=rows.index)
    alone = kinds["dimension_type"].isin(SHRUNK).to_numpy() & (kinds["dimension2_type"] == "").to_numpy()
    alone &= (kinds["region_role"] != NOT_SHRUNK_ROLE).to_numpy()
    return shrunk(domains[alone], ["of_period", "dimension", "level"]).reindex(rows.index)


def _table(rows: pd.DataFrame, changes: pd.DataFrame, small: pd.DataFrame, where: Cut) -> pd.DataFrame:
    shown = reliability.shown(rows)
    pooled = (rows["design"] == DESIGNS.index(Design.ALL)).to_numpy()
    flags = pd.DataFrame({
        "unreliable": pd.arrays.BooleanArray(rows["unreliable"].to_numpy(bool), mask=pooled),
        "provisional": (rows["n_windows"] > 0).to_numpy(bool),
        "method_version": np.full(len(rows), METHOD_VERSION, dtype=object),
    })
    counted = rows[[*COUNTS]].astype(np.int64).assign(n_weighted=rows["n"].astype("Int64"))
    small = small.assign(shrunk_pooled=small["shrunk_pooled"].astype("boolean"))
    return pd.concat([named(rows, where.units)[KEY], counted, shown, small, changes, flags], axis=1)
