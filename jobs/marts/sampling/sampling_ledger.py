"""gold.sampling_ledger: counts of batches from the planned purchase to the conclusion, and whether they add
up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.dimensions import hierarchies
from jobs.marts.sampling.counts import named, over_periods, span, sums
from jobs.marts.sampling.dimensions import LEDGER_DIMENSIONS, cut
from jobs.marts.sampling.outcomes import outcomes
from jobs.marts.sampling.purchases import PLACE, PURCHASES, purchases
from jobs.period import Period

KEY = ["period_type", "period_start", "dimension_type", "dimension_code"]
# Counts of samples; the others, PURCHASES, are of planned purchases.
FROM_SAMPLES = (
    "n_sampled n_exited_violation n_exited_void n_tested n_not_judged n_first_nonconforming "
    "n_nonconforming n_open"
).split()
# Whole → its parts. n_conforming stands in detection_rate.
IDENTITIES = {
    "n_planned": ("n_to_order", "n_cancelled", "n_ordered"),
    "n_ordered": ("n_under_way", "n_received", "n_lost"),
    "n_sampled": ("n_exited_violation", "n_exited_void", "n_tested"),
    "n_tested": ("n_conforming", "n_nonconforming", "n_not_judged"),
}
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "sampling_order": [
        "sampling_order_id",
        "plan_id",
        "status",
        "stratum",
        "platform_code",
        "shop_id",
        "ordered_on",
    ],
    "sample": [
        "sample_id",
        "plan_id",
        "sampling_order_id",
        "purchased_on",
        "platform_code",
        "category_code",
        "seller_region_code",
        "exit_kind",
        "exited_on",
    ],
    "shop": ["shop_id", "region_code"],
}


def build(
    *,
    sampling_order: pd.DataFrame,
    sampling_stratum: pd.DataFrame,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    shop: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.sampling_ledger: one row per period and unit (plan, platform, seller's region
    or category), sorted by KEY. Counts are batches (definitions.md#counts); each column is explained in
    schemas/gold/sampling_ledger.odcs.yaml. standing_conclusion is a gold table, the others silver. ``period``
    is not used.

    Purchases count in the month of their order, samples in that of their outcome. So the purchases and the
    samples of one month are not the same batches; those of all time are. The counts of purchases are null in
    a row that has only samples of plans without an order on file, as nothing is known of these purchases.
    ``balanced``: as `balanced` returns it."""
    outcome = outcomes(sample, standing_conclusion)
    bought = purchases(sampling_order, sample, shop, sampling_stratum)
    taken = pd.concat([sample[list(PLACE)].astype(object).reset_index(drop=True), outcome], axis=1)
    rows = pd.concat([bought, taken], ignore_index=True)
    counted = [*PURCHASES, *FROM_SAMPLES, "n_conforming", "on_file"]
    rows["on_file"] = rows["plan_id"].isin(sampling_order["plan_id"])
    rows[counted] = rows[counted].astype("Int64").fillna(0).astype(np.int64)
    where = cut(rows, LEDGER_DIMENSIONS, hierarchies(region=region, product_category=product_category))
    cells = over_periods(sums(where, rows, ["unit", "month"], counted), ["unit"], span(outcome))
    ledger = named(cells.assign(design=0), where.units)[KEY]
    known = (cells["on_file"] > 0).to_numpy()
    for name in PURCHASES:
        ledger[name] = cells[name].astype("Int64").where(known)
    ledger[FROM_SAMPLES] = cells[FROM_SAMPLES].astype(np.int64)
    return ledger.assign(balanced=balanced(cells))


def balanced(cells: pd.DataFrame) -> pd.Series:
    """Return for each row of ``cells`` whether its counts add up: each count that IDENTITIES names equals the
    sum of its parts. A bool series with the index of ``cells``. Where False, a batch was lost or has a state
    that is unknown here.

    ``cells``: one row per period and unit, with the counts that IDENTITIES names, and their parts."""
    return pd.concat(
        [cells[whole] == cells[list(parts)].sum(axis=1) for whole, parts in IDENTITIES.items()], axis=1
    ).all(axis=1)
