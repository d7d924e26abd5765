"""gold.counterfeit_task: open tasks of brand owners and platforms about counterfeits, and since when they are
open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.counterfeit.deadline import takedown_due
from jobs.marts.counterfeit.relisting import came_on
from jobs.period import Period

KEY = ["task", "subject_id"]
VERIFY, TAKE_DOWN, CHECK = "verify_report", "take_down", "check_relisted"
COLUMNS = [
    *KEY, "office_type", "office_code", "platform_code", "category_code", "brand_id", "listing_id", "since",
    "due", "days_open", "overdue", "repeat_offender",
]  # fmt: skip
READS = {"repeat_offender": ["enterprise_id", "grade"]}


def build(
    *,
    counterfeit_case: pd.DataFrame,
    relisting: pd.DataFrame,
    repeat_offender: pd.DataFrame,
    calendar: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """One row per task, sorted by KEY; arguments are the tables of these names
    (definitions.md#anti-counterfeit).

    verify_report: a report without verification, for the brand owner. take_down: a confirmed counterfeit that
    is still on offer, for the platform, ``due`` after the working days that the deployment states.
    check_relisted: a live listing that offers goods again that were taken down, for the platform; where there
    is a report about the new listing, that report is followed instead. Only take_down has a last day.
    ``repeat_offender``: the operator is certainly the shop's, and certainly a repeat offender."""
    certain = set(repeat_offender.loc[repeat_offender["grade"] == "certain", "enterprise_id"])
    sure = counterfeit_case["operator_link"].eq("certain")
    cases = counterfeit_case.assign(
        subject_id=counterfeit_case["report_id"],
        repeat_offender=sure & counterfeit_case["enterprise_id"].isin(certain),
    )
    verify = cases[cases["state"] == "awaiting_verification"]
    verify = verify.assign(
        task=VERIFY, office_type="brand", office_code=verify["brand_id"], since=verify["reported_on"]
    )
    down = cases[cases["state"] == "awaiting_takedown"]
    since = down["verified_on"].where(down["verified_on"].notna(), down["reported_on"])
    down = down.assign(
        task=TAKE_DOWN, office_type="platform", office_code=down["platform_code"], since=since,
        due=takedown_due(down["verified_on"], calendar),
    )  # fmt: skip
    again = relisting[relisting["live"].astype(bool) & relisting["own_state"].isna()]
    sure = again["enterprise_link"].eq("certain")
    again = again.assign(
        task=CHECK, office_type="platform", office_code=again["platform_code"],
        subject_id=again["listing_id"], since=came_on(again).dt.date, repeat_offender=sure &
        again["enterprise_id"].isin(certain),
    )  # fmt: skip
    parts = [p.reindex(columns=COLUMNS).astype(object) for p in (verify, down, again)]
    table = pd.concat(parts, ignore_index=True)
    now, due = pd.Timestamp(period.as_of), pd.to_datetime(table["due"])
    days = (now - pd.to_datetime(table["since"])).dt.days.clip(lower=0)
    code = table["office_code"].where(table["office_code"].notna(), "unknown")
    return table.assign(
        office_code=code,
        due=np.where(due.isna(), None, due.dt.date),
        days_open=days.astype("int64"),
        overdue=(due < now).astype(bool),
        repeat_offender=table["repeat_offender"].astype(bool),
    ).sort_values(KEY, ignore_index=True)
