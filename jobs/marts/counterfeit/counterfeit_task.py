"""gold.counterfeit_task: what brand owners and platforms still have to do about counterfeits, and since when
each of these tasks is open (definitions.md#anti-counterfeit).

KEY identifies a row: task, subject_id. COLUMNS: the table's columns, which
schemas/gold/counterfeit_task.odcs.yaml explains."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.counterfeit.deadline import takedown_due
from jobs.marts.counterfeit.relisting import came_on
from jobs.period import Period

KEY = ["task", "subject_id"]
VERIFY, TAKE_DOWN, CHECK = "verify_report", "take_down", "check_relisted"  # values of the column task
COLUMNS = [
    *KEY, "office_type", "office_code", "platform_code", "category_code", "brand_id", "listing_id", "since",
    "due", "days_open", "overdue", "repeat_offender",
]  # fmt: skip
READS = {"repeat_offender": ["enterprise_id", "grade"]}  # columns read; of other inputs all columns


def build(
    *,
    counterfeit_case: pd.DataFrame,
    relisting: pd.DataFrame,
    repeat_offender: pd.DataFrame,
    calendar: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the open tasks: one row per task and subject_id with COLUMNS, sorted by KEY. Arguments are the
    gold tables of these names and silver.calendar; the rules are in definitions.md#anti-counterfeit.

    Values of ``task``:
    - `verify_report`: the brand owner has to verify its report (subject_id: report_id).
    - `take_down`: the platform has to take down a confirmed counterfeit (subject_id: report_id). Only this
      task has a last day, ``due`` (`deadline.takedown_due`).
    - `check_relisted`: the platform has to look at a live listing that offers goods again that were taken
      down (subject_id: listing_id). Where there is a report about that listing, the report has its task
      instead.

    ``office_code``: the brand or platform that has the task, `unknown` where not known; ``days_open``: whole
    days from ``since`` to ``period.as_of``, at least 0; ``overdue``: ``due`` is before that day;
    ``repeat_offender``: True where the shop's operator is certain and is certainly a repeat offender."""
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
