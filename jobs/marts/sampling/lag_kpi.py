"""gold.lag_kpi: how long the steps of the procedure take, how many end on time, how old the open ones are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.dimensions import Dimension, Hierarchy, memberships
from jobs.marts.sampling.outcomes import ExitKind, Verdict
from jobs.methods.survival import median_lag
from jobs.period import Period

KEY = ["lag", "period_type", "period_start", "dimension_type", "dimension_code"]
NOTICES = ("result_notified_on", "notified_by_announcement_on")
BANDS = (7, 15, 30, 60, 90)
AGES = ["n_age_7", "n_age_15", "n_age_30", "n_age_60", "n_age_90", "n_age_older"]
COLUMNS = [
    *KEY, "n_started", "n_open", "median_days", "median_low", "median_high", "p90_days", "n_due", "n_on_time", "on_time_share", *AGES,
]  # fmt: skip
# A median of fewer says nothing of a platform; the counts stay.
FEWEST = 10
ALL = date(1900, 1, 1)
WIDER = ("quarter", "year", "all")
FREQUENCY = {"month": "M", "quarter": "Q", "year": "Y"}
# Of a sample that left, these steps are not awaited any more.
BEFORE_THE_TEST = ("buy_to_receive", "receive_to_result")
DIMENSIONS = (
    Dimension("nation"), Dimension("platform", "platform_code"), Dimension("region", "seller_region_code", hierarchy="region"),
    Dimension("lab", "lab_id"),
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """``starts``, ``ends``: columns of sampling_lifecycle, of several the earliest day. ``timer``: the deadline that holds for it."""

    starts: tuple[str, ...]
    ends: tuple[str, ...]
    timer: str | None = None


STEPS = {
    "buy_to_receive": Step(("ordered_on",), ("received_on",)),
    "receive_to_result": Step(("received_on",), ("result_issued_on",)),
    "result_to_notice": Step(("result_issued_on",), NOTICES, "notice"),
    "notice_to_takedown": Step(NOTICES, ("taken_down_on",)),
    "order_to_recheck": Step(("rectification_ordered_on",), ("recheck_organised_on",), "recheck"),
}


def build(*, sampling_lifecycle: pd.DataFrame, region: pd.DataFrame, period: Period) -> pd.DataFrame:
    """One row per lag, period and unit (nation, platform, seller's province, laboratory), sorted by key.

    Months stand for the nation only, quarters, years and `all` for every unit. A step counts in the period in which it began: its lag
    is censored on ``period.as_of``, or where the sample left before it ended. A deadline counts in the period of its last day, once
    that has passed: on time are those met, open ones are late.
    """
    provinces = frozenset(region.loc[region["level"] == "province", "region_code"])
    parents = region["parent_code"].astype(object)
    trees = {"region": Hierarchy(dict(zip(region["region_code"], parents.where(parents.notna(), None), strict=True)), provinces)}
    parts = []
    for name, step in STEPS.items():
        rows = begun(sampling_lifecycle, name, step, period.as_of)
        for dimension, at, units in memberships(rows, DIMENSIONS, trees):
            placed = rows.iloc[at].assign(dimension_code=units)
            for kind in ("month", *WIDER) if dimension.type == "nation" else WIDER:
                cells = _joined(_by(placed, "began", kind, durations), _by(placed[placed["fell"]], "due", kind, punctuality))
                parts.append(cells.assign(lag=name, period_type=kind, dimension_type=dimension.type))
    return _typed(pd.concat(parts, ignore_index=True))


def begun(lifecycle: pd.DataFrame, name: str, step: Step, as_of: date) -> pd.DataFrame:
    """The samples whose step has begun: ``began`` (day), ``days`` and ``ended`` of its lag; ``due``, ``fell`` (the deadline has
    passed), ``met``.

    A receipt is awaited of what was ordered, not of what was bought over the counter. A takedown is awaited where a failure or a violation was notified, or where it was ordered or done without.
    """
    began, ended = _earliest(lifecycle, step.starts), _earliest(lifecycle, step.ends)
    counted = began.notna()
    if name == "buy_to_receive":
        counted &= lifecycle["sampling_order_id"].notna()
    if name == "notice_to_takedown":
        awaited = (lifecycle["outcome"] == Verdict.NONCONFORMING) | (lifecycle["exit_kind"] == ExitKind.VIOLATION)
        counted &= awaited | lifecycle["takedown_ordered_on"].notna() | lifecycle["taken_down_on"].notna()
    now = pd.Timestamp(as_of)
    nothing = pd.Series(pd.NaT, lifecycle.index, dtype="datetime64[ns]")
    left = _earliest(lifecycle, ("exited_on", "lost_on", "cancelled_on")) if name in BEFORE_THE_TEST else nothing
    stop = ended.fillna(left).fillna(now)
    due = pd.to_datetime(lifecycle[f"{step.timer}_due"]) if step.timer else nothing
    frame = lifecycle[["platform_code", "seller_region_code", "lab_id"]].assign(
        began=began, days=(stop - began).dt.days.clip(lower=0), ended=ended.notna(), waits=ended.isna() & left.isna(),
        due=due, fell=due < now, met=lifecycle[f"{step.timer}_timer"] == "met" if step.timer else False,
    )  # fmt: skip
    return frame[counted]


def durations(cell: pd.DataFrame) -> dict[str, Any]:
    """Median, its 95 % limits and ninth decile by Kaplan-Meier, and the ages of those that are still awaited."""
    lag = median_lag(cell["days"], cell["ended"], bands=BANDS) if len(cell) >= FEWEST else None
    shown = {
        "median_days": lag.median, "median_low": lag.low, "median_high": lag.high, "p90_days": lag.p90
    } if lag else {}  # fmt: skip
    ages = np.bincount(np.searchsorted(BANDS, cell.loc[cell["waits"], "days"]), minlength=len(AGES))
    return {"n_started": len(cell), "n_open": int(cell["waits"].sum()), **shown, **dict(zip(AGES, ages.tolist(), strict=True))}


def punctuality(cell: pd.DataFrame) -> dict[str, Any]:
    """On time among all whose deadline has passed."""
    return {"n_due": len(cell), "n_on_time": int(cell["met"].sum()), "on_time_share": float(cell["met"].mean())}


def _by(rows: pd.DataFrame, day: str, kind: str, measure: Callable[[pd.DataFrame], dict[str, Any]]) -> pd.DataFrame:
    """``measure`` of the rows of each period, by ``day``, and unit."""
    starts = rows[day].dt.to_period(FREQUENCY[kind]).dt.start_time.dt.date if kind != "all" else pd.Series(ALL, rows.index, dtype=object)
    found = [
        {"period_start": start, "dimension_code": unit, **measure(cell)}
        for (start, unit), cell in rows.groupby([starts, rows["dimension_code"]], sort=True)
    ]
    return pd.DataFrame(found, columns=None if found else ["period_start", "dimension_code"])


def _joined(lags: pd.DataFrame, deadlines: pd.DataFrame) -> pd.DataFrame:
    return lags.merge(deadlines, on=["period_start", "dimension_code"], how="outer")


def _earliest(lifecycle: pd.DataFrame, columns: tuple[str, ...]) -> pd.Series:
    return pd.concat([pd.to_datetime(lifecycle[c]) for c in columns], axis=1).min(axis=1)


def _typed(cells: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS sorted by KEY: counts are 0 where nothing is counted, figures null where they are not known or beyond all days."""
    found = cells.reindex(columns=COLUMNS).sort_values(KEY, ignore_index=True)
    counts = ["n_started", "n_open", "n_due", "n_on_time", *AGES]
    found[counts] = found[counts].fillna(0).astype("int64")
    figures = ["median_days", "median_low", "median_high", "p90_days", "on_time_share"]
    found[figures] = found[figures].astype("float64").replace(np.inf, np.nan)
    return found
