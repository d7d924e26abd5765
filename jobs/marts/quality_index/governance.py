"""Computes six indicators of governance: takedowns, disposals (rectifications and rechecks) and complaints
handled in time; goods that platforms inspect, verified licences, and data filed. Pure.

Units and periods are those of `units`, and so is KEY, which identifies a unit in a period: period_type,
period_start, dimension_type, dimension_code."""

from __future__ import annotations

import pandas as pd

from jobs.marts.quality_index.authenticity import rates
from jobs.marts.quality_index.deadline_count import COMPLAINT, DISPOSAL, TAKEDOWN
from jobs.marts.quality_index.units import CATEGORY, CLUSTER, NATIONAL, PLATFORM, REGION, Units, month_number

EVERY = (NATIONAL, PLATFORM, REGION, CATEGORY, CLUSTER)  # all types of units


def governance(
    *,
    deadline_count: pd.DataFrame,
    platform_duty: pd.DataFrame,
    operator_state: pd.DataFrame,
    standard_coverage: pd.DataFrame,
    units: Units,
) -> pd.DataFrame:
    """Return the six indicators: one row per period, unit and indicator with KEY, indicator, numerator,
    denominator and value (share, 0-1). Arguments are the gold tables of these names.

    - `takedown_on_time`, `disposal_on_time`, `complaints_on_time`: deadlines met among all whose last day is
      in the period; open ones are late.
    - `self_inspection`: listings that the platform inspected by listings on offer, at most 1 in each month.
    - `licences_verified`: shops with a verified licence among those that need one.
    - `data_filed`: kinds of data filed and takedown orders acknowledged, among those due."""
    by_duty = {
        duty: deadline_count[deadline_count["duty"] == duty] for duty in (TAKEDOWN, DISPOSAL, COMPLAINT)
    }
    # The producer of the goods of a complaint is not known: a cluster counts those about its sellers.
    complaints = by_duty[COMPLAINT].drop(columns="producer_region_code")
    filed = platform_duty.assign(
        n_due=platform_duty["n_kinds_due"] + platform_duty["n_takedown_orders"],
        n_met=platform_duty["n_kinds_filed"] + platform_duty["n_acknowledged"],
    )  # fmt: skip
    licences = operator_state.rename(
        columns={"province_code": "region_code", "n_licence_due": "n_due", "n_licence_verified": "n_met"}
    )
    families = (
        ("takedown_on_time", by_duty[TAKEDOWN], EVERY),
        ("disposal_on_time", by_duty[DISPOSAL], EVERY),
        ("complaints_on_time", complaints, EVERY),
        ("self_inspection", inspected(platform_duty, standard_coverage), (NATIONAL, PLATFORM)),
        ("licences_verified", licences, (NATIONAL, PLATFORM, REGION)),
        ("data_filed", filed, (NATIONAL, PLATFORM)),
    )
    parts = [
        rates(units, rows, dimensions, "n_met", "n_due", 1.0).assign(indicator=name)
        for name, rows, dimensions in families
    ]
    return pd.concat(parts, ignore_index=True)


def inspected(platform_duty: pd.DataFrame, standard_coverage: pd.DataFrame) -> pd.DataFrame:
    """Return how many of its listings each platform inspected: one row per platform and month owed with
    listings on offer, with month, platform_code, n_due (listings on offer), n_met (listings that it
    inspected, at most n_due) and the columns of ``platform_duty``.

    ``platform_duty``, ``standard_coverage``: gold."""
    offered = standard_coverage.assign(number=month_number(standard_coverage["month"]))
    offered = offered.groupby(["platform_code", "number"], as_index=False, observed=True)["n_listings"].sum()
    owed = platform_duty.assign(number=month_number(platform_duty["month"]))
    rows = owed.merge(offered, on=["platform_code", "number"])
    return rows.assign(n_met=rows[["n_checked", "n_listings"]].min(axis=1), n_due=rows["n_listings"])
