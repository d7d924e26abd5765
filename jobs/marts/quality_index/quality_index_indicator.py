"""gold.quality_index_indicator: the indicators of the quality index, of each unit and period, with their
goalposts (the values that score 1 and 100) and scores.

KEY identifies a unit in a period: period_type, period_start, dimension_type, dimension_code. COLUMNS: the
table's columns, which schemas/gold/quality_index_indicator.odcs.yaml explains."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.quality_index.authenticity import authenticity
from jobs.marts.quality_index.consumer_experience import consumer_experience
from jobs.marts.quality_index.counted import with_laws
from jobs.marts.quality_index.filing import silent_months
from jobs.marts.quality_index.governance import governance
from jobs.marts.quality_index.panel import HEADLINE
from jobs.marts.quality_index.sampled import ESTIMATE, TAILS
from jobs.marts.quality_index.scoring import (
    NOT_APPLICABLE,
    USED,
    scored,
    set_aside,
    with_goalposts,
    with_status,
)
from jobs.marts.quality_index.standards_risk import standards_risk
from jobs.marts.quality_index.units import KEY, PLATFORM, Units, compact
from jobs.period import Period

COLUMNS = [
    *KEY,
    *(
        "indicator pillar value value_low value_high numerator denominator goal_low goal_high score "
        "clipped status weight estimate estimate_law estimate_mean estimate_precision goalpost_version "
        "weight_version"
    ).split(),
]
NUMBERS = [*ESTIMATE, "numerator", "denominator"]  # columns that the indicators' functions fill
_CELL = ["month", "platform_code", "category_code"]
READS = {
    "commerce_state": [
        *_CELL,
        *("region_code n_orders n_rated n_low_ratings n_low_texts n_low_quality").split(),
        *("n_returned n_returned_stated n_returned_quality").split(),
    ],
    "standard_coverage": [
        *_CELL,
        *("province_code n_listings n_citing n_standard_known n_standard_valid").split(),
        *("n_certificate_due n_certificate_checkable n_certificate_valid").split(),
    ],
}


def build(
    *,
    quality_index_sampled: pd.DataFrame,
    complaint_state: pd.DataFrame,
    commerce_state: pd.DataFrame,
    deadline_count: pd.DataFrame,
    counterfeit_response: pd.DataFrame,
    operator_state: pd.DataFrame,
    platform_duty: pd.DataFrame,
    standard_coverage: pd.DataFrame,
    risk_signal: pd.DataFrame,
    goalpost: pd.DataFrame,
    index_weight: pd.DataFrame,
    index_method: pd.DataFrame,
    platform: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    industrial_cluster: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the indicators: one row per period, unit and indicator of the reference, sorted by KEY and
    indicator, with COLUMNS. Arguments are the gold and silver tables of these names; ``period`` is not used.

    Periods run from the first month with any trade to the newest whose time to file has passed. Rates are
    sums over the months of the period, never means of rates. ``value`` is in the unit of the goalposts,
    numerator and denominator are the counts behind it. ``estimate`` (same unit) is what is scored: the centre
    of the law from which limits are redrawn (`counted.with_laws`). ``status``: see `scoring`."""
    units = Units.of(
        platform=platform,
        region=region,
        product_category=product_category,
        industrial_cluster=industrial_cluster,
        months=commerce_state["month"],
        due=platform_duty["month"],
    )
    complaint_state, commerce_state, counterfeit_response, standard_coverage, operator_state = compact(
        complaint_state, commerce_state, counterfeit_response, standard_coverage, operator_state
    )
    silent = silent_months(platform_duty, commerce_state)
    parts = [
        quality_index_sampled[units.covered(quality_index_sampled)],
        consumer_experience(complaint_state, commerce_state, silent, units),
        authenticity(counterfeit_response, standard_coverage, operator_state, units),
        governance(
            deadline_count=deadline_count,
            platform_duty=platform_duty,
            operator_state=operator_state,
            standard_coverage=standard_coverage,
            units=units,
        ),
        standards_risk(standard_coverage, risk_signal, units),
    ]
    parts = [
        part.assign(withheld=part["withheld"].astype(bool) if "withheld" in part else False) for part in parts
    ]
    values = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    values = values.reindex(columns=[*KEY, "indicator", "withheld", *NUMBERS])
    rows = _with_status(
        values.astype({"indicator": object, "withheld": bool}),
        units.by_period(units.sums(platform_duty.assign(n=1), ["n"], [PLATFORM]), ["n"]),
        exempt(standard_coverage, operator_state, units),
        index_weight,
    )
    return _scored(rows, goalpost, index_weight, index_method)


def _scored(
    rows: pd.DataFrame, goalpost: pd.DataFrame, index_weight: pd.DataFrame, index_method: pd.DataFrame
) -> pd.DataFrame:
    """``rows`` (`_with_status`) as the table."""
    measured = scored(with_laws(with_goalposts(rows, goalpost, index_weight), TAILS))
    table = set_aside(measured, index_weight, index_method)
    return table[COLUMNS].sort_values([*KEY, "indicator"], ignore_index=True)


def _with_status(
    values: pd.DataFrame, owing: pd.DataFrame, exempted: pd.DataFrame, index_weight: pd.DataFrame
) -> pd.DataFrame:
    """``values`` with a row for each indicator of ``index_weight`` and its status; what is not used has no
    estimate, and what is not applicable no counts, but the batches judged of an exposure rate that too few of
    them count for in effect."""
    names = index_weight.loc[index_weight["kind"] == "indicator", "item"].unique().tolist()
    rows = with_status(values, owing, exempted, names)
    rows[NUMBERS] = rows[NUMBERS].astype(float)
    rows.loc[rows["status"] != USED, ESTIMATE] = np.nan
    uncounted = (rows["status"] == NOT_APPLICABLE) & (rows["indicator"] != HEADLINE)
    rows.loc[uncounted, ["numerator", "denominator"]] = np.nan
    return rows


def exempt(standard_coverage: pd.DataFrame, operator_state: pd.DataFrame, units: Units) -> pd.DataFrame:
    """Return what platforms do not owe: one row per KEY and indicator, which is `certificates_valid` where
    the platform sells nothing that needs one, and `licences_verified` where all its operators are natural
    persons who need none. Listings without a known category are left out, as they prove neither.

    ``standard_coverage``, ``operator_state``: gold, one row per month and cell; ``units``: the units and
    months that have an index."""
    goods = standard_coverage[standard_coverage["category_code"].isin(list(units.trees["category"].parent))]
    families = (
        ("certificates_valid", goods, "n_listings", "n_certificate_due"),
        ("licences_verified", operator_state, "n_shops", "n_licence_due"),
    )
    parts = []
    for indicator, rows, there, due in families:
        table = units.by_period(units.sums(rows, [there, due], [PLATFORM]), [there, due])
        parts.append(table.loc[(table[there] > 0) & (table[due] == 0), KEY].assign(indicator=indicator))
    return pd.concat(parts, ignore_index=True)
