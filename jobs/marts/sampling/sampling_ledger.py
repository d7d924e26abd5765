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
    """One row per period and plan, platform, seller's region or category, sorted by KEY
    (definitions.md#counts); counts are batches.

    Arguments are the silver tables so named, and gold.standing_conclusion. Purchases count in the month of
    their order, samples in that of their outcome, so a month's purchases and samples are not the same
    batches; over all time they are. The counts of purchases are null in a row that has only samples of plans
    without any order on file, as nothing is known of them. ``balanced``: see :func:`balanced`."""
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
    """Return whether each count of a row that is a whole in IDENTITIES equals the sum of its parts: bool, one
    per row of ``cells``. Where it is not, a batch is lost or has a state that is not known here."""
    return pd.concat(
        [cells[whole] == cells[list(parts)].sum(axis=1) for whole, parts in IDENTITIES.items()], axis=1
    ).all(axis=1)
