"""gold.complaint_ageing: how many complaints and reports are open on the day of the run, by unit and by the
days since each was received. A unit is one value of a dimension: the nation, a platform, a category or a
region.

KEY identifies a row: dimension_type, dimension_code, kind, age. AGES, in days: 0-7, 8-15, 16-30, 31-60, 61+.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.complaints.complaint_rate import DIMENSIONS
from jobs.marts.dimensions import hierarchies, memberships
from jobs.period import Period

KEY = ["dimension_type", "dimension_code", "kind", "age"]
# Value of the column age → the most days since receipt that it covers.
AGES = {"0-7": 7, "8-15": 15, "16-30": 30, "31-60": 60, "61+": np.inf}
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "complaint": [
        *("received_on kind accepted decided_on mediation_ended_on mediation_result verified_on".split()),
        *("case_decided_on platform_code category_code region_code".split()),
    ]
}


def build(
    *, complaint: pd.DataFrame, region: pd.DataFrame, product_category: pd.DataFrame, period: Period
) -> pd.DataFrame:
    """Return the number of open complaints and reports: one row per unit, kind and age that has at least one,
    sorted by KEY, with ``n_open``.

    ``complaint``: silver.complaint, one row per case, the columns of READS; ``region``, ``product_category``:
    silver, from which a case also counts in the province of its prefecture and in the category above its own;
    ``period.as_of``: the day of the run. Dates after that day are taken as not yet happened.

    ``kind`` is `complaint` (also where silver.complaint states none) or `report`; enquiries are left out,
    since no source states their end. A complaint is closed once it was refused, or once its mediation has
    ended (a stated result without its day also closes it); a report once its verification or its case was
    decided. ``age`` is one of AGES, by whole days since receipt: a case received on ``period.as_of`` has 0.
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
