"""gold.deadline_count: deadlines of takedowns, of disposals (rectifications and rechecks) and of complaints,
and how many of them were met, as monthly counts from which the quality index computes the shares met in time.

Only months of which platforms had to file their data by the day of the night: the index shows no other, and
deadlines of the running month pass every day. So a new day without new files leaves this table, and the index
made from it, as it is.

KEY identifies a row: month, duty, platform_code, category_code, region_code, producer_region_code. COUNTS:
n_due, n_met."""

from __future__ import annotations

import pandas as pd

from jobs.marts.calendars import house_due
from jobs.marts.dimensions import UNKNOWN
from jobs.marts.quality_index.units import month_number, month_start
from jobs.period import Period

TAKEDOWN, DISPOSAL, COMPLAINT = "takedown", "disposal", "complaint"  # values of duty
TIMERS = ("rectification", "recheck")  # disposals that gold.sampling_lifecycle has a timer of
CODES = ["platform_code", "category_code", "region_code", "producer_region_code"]
KEY = ["month", "duty", *CODES]
COUNTS = ["n_due", "n_met"]

# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "sampling_lifecycle": [
        "sample_id", "platform_code", "category_code", "seller_region_code", "takedown_ordered_on",
        "taken_down_on", *(f"{name}_{part}" for name in TIMERS for part in ("due", "timer")),
    ],
    "sample": ["sample_id", "producer_region_code"],
    "complaint_service": ["month", "duty", "platform_code", "category_code", "region_code", *COUNTS],
    "platform_duty": ["month", "platform_code"],
}  # fmt: skip


def build(
    *,
    sampling_lifecycle: pd.DataFrame,
    sample: pd.DataFrame,
    calendar: pd.DataFrame,
    complaint_service: pd.DataFrame,
    platform_duty: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the counts: one row per KEY with a deadline, sorted by KEY, with COUNTS. Arguments are the
    silver and gold tables of these names; ``period`` is not used.

    A deadline counts in the month of its last day (column ``month``: first day of that month), up to the
    newest month of gold.platform_duty. ``n_met`` counts what was done in time; what is open is not met. A
    code that is not known is `unknown`; complaints have no region of a producer."""
    course = placed(sampling_lifecycle, sample)
    rows = pd.concat(
        [
            takedowns(course, calendar).assign(duty=TAKEDOWN),
            disposals(course).assign(duty=DISPOSAL),
            complaint_service.assign(duty=COMPLAINT, producer_region_code=UNKNOWN),
        ],
        ignore_index=True,
    )
    rows = rows.assign(month=month_number(rows["month"]), **rows[CODES].astype(object).fillna(UNKNOWN))
    newest = month_number(platform_duty["month"]).max() if len(platform_duty) else -1
    sums = rows[rows["month"] <= newest].groupby(KEY, as_index=False)[COUNTS].sum()
    sums = sums.astype(dict.fromkeys(COUNTS, "int64")).sort_values(KEY, ignore_index=True)
    return sums.assign(month=month_start(sums["month"]))


def placed(lifecycle: pd.DataFrame, sample: pd.DataFrame) -> pd.DataFrame:
    """Return gold.sampling_lifecycle (``lifecycle``) with its seller_region_code renamed to region_code, and
    with producer_region_code from silver.sample (``sample``): one row per sample."""
    rows = lifecycle.rename(columns={"seller_region_code": "region_code"})
    return rows.merge(sample[["sample_id", "producer_region_code"]], on="sample_id", how="left")


def takedowns(course: pd.DataFrame, calendar: pd.DataFrame) -> pd.DataFrame:
    """Return the deadlines of takedown orders: one row per order with a deadline, with month (the day of the
    deadline, `calendars.house_due`), CODES, n_due (1) and n_met (1 if the goods were taken down in time, else
    0).

    ``course``: as returned by `placed`; ``calendar``: silver."""
    due = house_due("takedown", course["takedown_ordered_on"], calendar)
    return _punctual(course, due, pd.to_datetime(course["taken_down_on"]) <= due)


def disposals(course: pd.DataFrame) -> pd.DataFrame:
    """Return the deadlines of rectifications and rechecks (复查), as gold.sampling_lifecycle states them,
    with the columns of `takedowns`: one row per deadline. ``course``: as returned by `placed`."""
    return pd.concat(
        [
            _punctual(course, pd.to_datetime(course[f"{name}_due"]), course[f"{name}_timer"].eq("met"))
            for name in TIMERS
        ],
        ignore_index=True,
    )


def _punctual(rows: pd.DataFrame, due: pd.Series, met: pd.Series) -> pd.DataFrame:
    fell = due.notna().to_numpy()
    return rows.loc[fell, CODES].assign(month=due[fell].dt.date, n_due=1, n_met=met[fell].astype("int64"))
