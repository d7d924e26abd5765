"""gold.improvement_effect: how often rechecks after measures (such as a takedown) were passed, and how the
exposure rate, the share of failing goods among the goods sold, changed where measures were taken compared
with where none were.

KEY identifies a row: period_type, period_start, dimension_type, dimension_code, measure. EFFECT:
treated_before, treated_after, untreated_before, untreated_after, n_treated_before, n_treated_after,
n_untreated_before, n_untreated_after, n_treated_cells, n_untreated_cells, effect_pp, effect_low, effect_high.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION, Dimension, Hierarchy, hierarchies, memberships
from jobs.marts.overview.treated import ALL, EFFECT, effects, judged_rows
from jobs.marts.sampling.outcomes import outcomes
from jobs.marts.sampling.probability import survey_design
from jobs.methods import intervals
from jobs.period import Period

KEY = ["period_type", "period_start", "dimension_type", "dimension_code", "measure"]
PERIODS = {"quarter": 3, "year": 12}  # period_type → its months
# Measure → column of gold.sampling_lifecycle with its day.
MEASURES = {
    "takedown": "taken_down_on",
    "stop_sale": "stop_sale_on",
    "rectification": "rectification_ordered_on",
    "enforcement": "enforcement_opened_on",
}
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "sampling_lifecycle": [
        "sample_id", "platform_code", "seller_region_code", "category_code", "result_issued_on", "exited_on",
        "recheck_passed_on", "recheck_failed_on", *MEASURES.values(),
    ],
    "sample": [
        "sample_id", "plan_id", "sampling_order_id", "stratum", "inclusion_probability", "units_sold",
        "purchased_on", "platform_code", "seller_region_code", "category_code", "exit_kind", "exited_on",
    ],
    "sampling_order": ["sampling_order_id", "plan_id", "status", "stratum"],
}  # fmt: skip
ANY = "any"  # the first measure of a finding, of any kind
_COUNTS = ["n_measures", "n_rechecked", "n_passed"]
_RATES = ["pass_rate", "pass_low", "pass_high"]
_DIMENSIONS = (
    Dimension("nation"),
    Dimension("platform", "platform_code"),
    Dimension("region", "seller_region_code", hierarchy="region"),
    Dimension("category", "category", hierarchy=None),
)


def build(
    *,
    sampling_lifecycle: pd.DataFrame,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    sampling_stratum: pd.DataFrame,
    sampling_order: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the effect of measures: one row per period (quarter, year, `all`) in which a measure was taken,
    unit (nation, platform, seller's province, level-1 category) and measure, sorted by KEY. Arguments are the
    silver and gold tables of these names. ``period`` is not used.

    n_measures: findings (samples that failed, or left before the test for a violation) with the measure;
    n_rechecked: those that were rechecked; n_passed: those whose first recheck was passed; pass_rate:
    n_passed / n_rechecked in 0-1 with Wilson's 95% limits (pass_low, pass_high); an open recheck is no
    failure. EFFECT (nation and level-1 categories only): as returned by `treated.effects`; effect_pp in
    percentage points, below 0 where measures helped."""
    trees = hierarchies(region=region, product_category=product_category)
    codes = pd.concat([sample["category_code"], sampling_lifecycle["category_code"]]).dropna().unique()
    top = {code: (trees["category"].path(code) or (code,))[-1] for code in codes}
    taken = _measures(sampling_lifecycle, top)
    provinces = frozenset(region.loc[region["level"] == "province", "region_code"])
    rechecks = _rechecks(taken, {"region": Hierarchy(trees["region"].parent, provinces)})
    outcome = outcomes(sample, standing_conclusion)
    design = survey_design(
        sample=sample,
        void=outcome["n_exited_void"].to_numpy() == 1,
        sampling_plan=sampling_plan,
        sampling_stratum=sampling_stratum,
        sampling_order=sampling_order,
        trees=trees,
    )
    judged = judged_rows(sample, outcome, design, sample["category_code"].map(top).to_numpy(object))
    placed = taken.dropna(subset=["platform_code", "category"])
    found = [
        effects(judged, placed, design, size, pooled=kind == "quarter").assign(period_type=kind)
        for kind, size in PERIODS.items()
    ]
    effect = pd.concat([part for part in found if len(part)] or found[:1], ignore_index=True)
    effect = effect.assign(
        period_type=effect["period_type"].mask(effect["period"] == ALL, "all"),
        period_start=_starts(effect["period"]),
        dimension_code=effect["category"],
        dimension_type=np.where(effect["category"] == NATION, "nation", "category"),
    )
    table = rechecks.merge(effect[[*KEY, *EFFECT]], on=KEY, how="left")
    counts = [name for name in EFFECT if name.startswith("n_")]
    table[counts] = table[counts].astype(float).round().astype("Int64")
    return table.sort_values(KEY, ignore_index=True)[[*KEY, *_COUNTS, *_RATES, *EFFECT]]


def _measures(lifecycle: pd.DataFrame, top: dict[str, str]) -> pd.DataFrame:
    """One row per finding and measure (``any``: the first of them): unit codes, ``month``, ``result_month``,
    and what its recheck said."""
    result = _months(lifecycle["result_issued_on"]).fillna(_months(lifecycle["exited_on"]))
    passed, failed = (pd.to_datetime(lifecycle[f"recheck_{word}_on"]) for word in ("passed", "failed"))
    first_passed = passed.notna() & ~(failed < passed)
    base = lifecycle[["platform_code", "seller_region_code"]].assign(
        category=lifecycle["category_code"].map(top),
        result_month=result,
        n_measures=1,
        n_rechecked=(passed.notna() | failed.notna()).astype("int64"),
        n_passed=first_passed.astype("int64"),
    )
    months = pd.DataFrame({name: _months(lifecycle[column]) for name, column in MEASURES.items()})
    months[ANY] = months.min(axis=1)
    parts = [base.assign(measure=name, month=months[name])[months[name].notna()] for name in months]
    taken = pd.concat(parts, ignore_index=True)
    return taken.assign(month=taken["month"].astype("int64"))


def _rechecks(taken: pd.DataFrame, trees: Mapping[str, Hierarchy]) -> pd.DataFrame:
    """KEY, counts and rates of first rechecks."""
    parts = []
    for dimension, rows, codes in memberships(taken, _DIMENSIONS, trees):
        part = taken.iloc[rows].assign(dimension_type=dimension.type, dimension_code=codes)
        parts.append(part.assign(period_type="all", period_start=_starts(part["month"] * 0 + ALL)))
        for kind, size in PERIODS.items():
            parts.append(part.assign(period_type=kind, period_start=_starts(part["month"] // size * size)))
    sums = pd.concat(parts, ignore_index=True).groupby(KEY, as_index=False)[_COUNTS].sum()
    n = sums["n_rechecked"].to_numpy(float)
    rate = np.divide(sums["n_passed"].to_numpy(float), n, out=np.full(len(n), np.nan), where=n > 0)
    low, high = intervals.binomial(sums["n_passed"], sums["n_rechecked"])
    return sums.assign(pass_rate=rate, pass_low=np.asarray(low), pass_high=np.asarray(high))


def _months(days: pd.Series) -> pd.Series:
    """Months since 1970, NaN where there is no day."""
    when = pd.to_datetime(days)
    return ((when.dt.year - 1970) * 12 + when.dt.month - 1).astype(float)


def _starts(months: pd.Series) -> np.ndarray:
    return months.to_numpy(np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(object)
