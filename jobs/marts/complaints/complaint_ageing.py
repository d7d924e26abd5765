"""gold.complaint_ageing: how many complaints and reports are open, by the days since they were received."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.complaints.complaint_rate import DIMENSIONS
from jobs.marts.dimensions import hierarchies, memberships
from jobs.period import Period

KEY = ["dimension_type", "dimension_code", "kind", "age"]
AGES = {"0-7": 7, "8-15": 15, "16-30": 30, "31-60": 60, "61+": np.inf}  # days since receipt, up to
READS = {
    "complaint": [
        *("received_on kind accepted decided_on mediation_ended_on mediation_result verified_on".split()),
        *("case_decided_on platform_code category_code region_code".split()),
    ]
}


def build(
    *, complaint: pd.DataFrame, region: pd.DataFrame, product_category: pd.DataFrame, period: Period
) -> pd.DataFrame:
    """One row per unit, kind and age that has an open case on ``period.as_of``, sorted by KEY; arguments are
    the silver tables of these names.

    A complaint is closed once it was refused or its mediation has ended, a report once its verification or
    its case was decided. Enquiries have no end on file and are left out; a row without a kind is a complaint.
    ``age``: whole days since receipt, the day itself being 0.
    """
    now = pd.Timestamp(period.as_of)

    def by_now(column: str) -> pd.Series:
        return pd.to_datetime(complaint[column]).le(now)

    kind = complaint["kind"].fillna("complaint")
    refused = complaint["accepted"].eq(False) & ~pd.to_datetime(complaint["decided_on"]).gt(now)
    mediated = by_now("mediation_ended_on") | (
        complaint["mediation_ended_on"].isna() & complaint["mediation_result"].notna()
    )
    closed = np.where(
        kind.eq("report"), by_now("verified_on") | by_now("case_decided_on"), refused | mediated
    )
    waits = by_now("received_on") & kind.ne("enquiry") & ~closed
    days = (now - pd.to_datetime(complaint["received_on"])).dt.days[waits].to_numpy(float)
    ages = np.array(list(AGES), object)[np.searchsorted(list(AGES.values()), days)]
    rows = complaint.assign(kind=kind)[waits].assign(age=ages)
    trees = hierarchies(region=region, product_category=product_category)
    units = pd.concat(
        [
            rows.iloc[at][["kind", "age"]].assign(dimension_type=dimension.type, dimension_code=codes)
            for dimension, at, codes in memberships(rows, DIMENSIONS, trees)
        ]
    )
    return units.groupby(KEY, as_index=False).size().rename(columns={"size": "n_open"})
