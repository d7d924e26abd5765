"""gold.lag_kpi: how many days the steps of the procedure take (the lag of a step), how many steps meet their
statutory deadlines, and for how many days the open ones have been waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from jobs.marts.dimensions import Dimension, Hierarchy, memberships, province_tree
from jobs.marts.sampling.outcomes import ExitKind, Verdict
from jobs.marts.sampling.procedure import NOT_APPLICABLE
from jobs.methods.survival import median_lag
from jobs.period import Period

KEY = ["lag", "period_type", "period_start", "dimension_type", "dimension_code"]
NOTICES = ("result_notified_on", "notified_by_announcement_on")
# Days that open steps have waited: upper ends of the bands, and the columns that count them.
BANDS = (7, 15, 30, 60, 90)
AGES = ["n_age_7", "n_age_15", "n_age_30", "n_age_60", "n_age_90", "n_age_older"]
FIGURES = ["median_days", "median_low", "median_high", "p90_days"]
COLUMNS = [*KEY, "n_started", "n_open", *FIGURES, "n_due", "n_on_time", "on_time_share", *AGES]
# A median of fewer says nothing of a platform; the counts stay.
FEWEST = 10
ALL = np.datetime64("1900-01")
# Kind of period → its months; all time has no length.
MONTHS = {"month": 1, "quarter": 3, "year": 12, "all": 0}
# Days on which a sample left the procedure.
LEFT = ("exited_on", "lost_on", "cancelled_on")
# Of a sample that left, these steps are not awaited any more.
BEFORE_THE_TEST = ("buy_to_receive", "receive_to_result")
DIMENSIONS = (
    Dimension("nation"), Dimension("platform", "platform_code"), Dimension("lab", "lab_id"),
    Dimension("region", "seller_region_code", hierarchy="region"),
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One step of the procedure. ``starts``, ``ends``: columns of gold.sampling_lifecycle with the days on
    which it begins and ends; of several columns the earliest day counts. ``timer``: name of its statutory
    deadline in that table (a key of `deadlines.TIMERS`), None without one."""

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


READS = {
    "sampling_lifecycle": [*dict.fromkeys([
        "platform_code", "lab_id", "seller_region_code", "sampling_order_id", "outcome", "exit_kind",
        "takedown_ordered_on", "taken_down_on", "takedown_state", *LEFT,
        *(day for step in STEPS.values() for day in (*step.starts, *step.ends)),
        *(f"{step.timer}_{word}" for step in STEPS.values() if step.timer for word in ("due", "timer")),
    ])],
    "region": ["region_code", "level", "parent_code"],
}  # fmt: skip


def build(*, sampling_lifecycle: pd.DataFrame, region: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the rows of gold.lag_kpi: one row per lag (a key of STEPS), period and unit (nation, platform,
    seller's province or laboratory), sorted by KEY. Columns: COLUMNS, each explained in
    schemas/gold/lag_kpi.odcs.yaml; lags are calendar days. ``sampling_lifecycle``: a gold table; ``region``:
    silver.region.

    Months have rows for the nation only; quarters, years and `all` for every unit. A lag counts in the period
    in which its step began. An unfinished one is censored on ``period.as_of``, or on the day on which the
    sample left the procedure. A deadline counts in the period of its last day, once that day has passed: it
    is on time if it was met; one whose step is still open counts as late."""
    trees = {"region": province_tree(region)}
    parts = []
    for name, step in STEPS.items():
        rows, units = placed(begun(sampling_lifecycle, name, step, period.as_of), trees)
        nation = rows[rows["unit"].isin(units.index[units["dimension_type"] == "nation"])]
        for kind in MONTHS:
            shown = nation if kind == "month" else rows
            deadlines = punctuality(shown[shown["fell"]], kind, len(units))
            cells = durations(shown, kind, len(units)).join(deadlines, how="outer")
            month, unit = np.divmod(cells.index.to_numpy(), len(units) or 1)
            starts = month.astype("datetime64[M]").astype(object)
            named = units.iloc[unit].set_index(cells.index)
            parts.append(cells.assign(lag=name, period_type=kind, period_start=starts, **named))
    return _typed(pd.concat(parts, ignore_index=True))


def placed(rows: pd.DataFrame, trees: dict[str, Hierarchy]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a pair of frames. The first is ``rows`` repeated once for each unit in which a row counts, with
    the unit's number in the column `unit`. The second has one row per unit, in the order of the numbers from
    0, with dimension_type and dimension_code.

    ``rows``: as `begun` returns them. ``trees``: holds the Hierarchy of provinces under `region`
    (`dimensions.province_tree`)."""
    members = memberships(rows, DIMENSIONS, trees)
    codes = [pd.DataFrame({"dimension_type": d.type, "dimension_code": codes}) for d, _, codes in members]
    units = pd.concat(codes).groupby(["dimension_type", "dimension_code"])
    at = np.concatenate([at for _, at, _ in members])
    return rows.iloc[at].assign(unit=units.ngroup().to_numpy()), units.size().index.to_frame(index=False)


def begun(lifecycle: pd.DataFrame, name: str, step: Step, as_of: date) -> pd.DataFrame:
    """Return one row per sample whose step has begun: platform_code, seller_region_code and lab_id; `began`
    (day); `days` (length of the lag, at least 0: until its end, else until the sample left the procedure,
    else until ``as_of``); `ended`, and `waits` (neither ended nor has the sample left the procedure); `due`
    (last day of the deadline, NaT without one), `fell` (that day has passed) and `met` (the deadline was
    met). That a sample left counts only for the steps of BEFORE_THE_TEST.

    ``lifecycle``: gold.sampling_lifecycle; ``name``, ``step``: a key of STEPS and its value. A receipt is
    expected only of goods that were ordered, not of those bought in a shop. A takedown is expected where a
    failure or a violation was notified, unless no platform sells the batch, and where one was ordered or
    carried out without either."""
    began, ended = _earliest(lifecycle, step.starts), _earliest(lifecycle, step.ends)
    counted = began.notna()
    if name == "buy_to_receive":
        counted &= lifecycle["sampling_order_id"].notna()
    if name == "notice_to_takedown":
        failed = lifecycle["outcome"] == Verdict.NONCONFORMING
        found = failed | (lifecycle["exit_kind"] == ExitKind.VIOLATION)
        found &= lifecycle["takedown_state"].ne(NOT_APPLICABLE).fillna(True)
        counted &= found | lifecycle["takedown_ordered_on"].notna() | lifecycle["taken_down_on"].notna()
    now = pd.Timestamp(as_of)
    nothing = pd.Series(pd.NaT, lifecycle.index, dtype="datetime64[ns]")
    leaves = name in BEFORE_THE_TEST
    left = _earliest(lifecycle, LEFT) if leaves else nothing
    stop = ended.fillna(left).fillna(now)
    due = pd.to_datetime(lifecycle[f"{step.timer}_due"]) if step.timer else nothing
    frame = lifecycle[["platform_code", "seller_region_code", "lab_id"]].assign(
        began=began, days=(stop - began).dt.days.clip(lower=0), ended=ended.notna(),
        waits=ended.isna() & left.isna(), due=due, fell=due < now,
        met=lifecycle[f"{step.timer}_timer"] == "met" if step.timer else False,
    )  # fmt: skip
    return frame[counted]


def durations(rows: pd.DataFrame, kind: str, n_units: int) -> pd.DataFrame:
    """Return one row per cell, that is per period in which a step began and unit: n_started, n_open, AGES and
    FIGURES. The index is the number of the cell: period × ``n_units`` + unit, where the period is the months
    since 1970-01 of its first month.

    AGES count the open steps by the days that they have waited; the upper ends of these bands are BANDS.
    FIGURES are the Kaplan-Meier median in days with its 95% limits, and the days by which nine tenths have
    ended; NaN or infinite where too few have ended, NaN where fewer than FEWEST began.

    ``rows``: as `placed` returns them; ``kind``: a key of MONTHS; ``n_units``: number of units."""
    cells, cell, size = _cells(rows, "began", kind, n_units)
    days, ended, waits = (rows[c].to_numpy() for c in ("days", "ended", "waits"))
    order, stop = np.argsort(cell, kind="stable"), np.cumsum(size)
    figures = np.full((len(cells), len(FIGURES)), np.nan)
    for i in np.flatnonzero(size >= FEWEST):
        own = order[stop[i] - size[i] : stop[i]]
        figures[i] = median_lag(days[own], ended[own])[: len(FIGURES)]
    band = cell[waits] * len(AGES) + np.searchsorted(BANDS, days[waits])
    ages = np.bincount(band, minlength=len(cells) * len(AGES)).reshape(-1, len(AGES))
    return pd.DataFrame({
        "n_started": size, "n_open": ages.sum(axis=1), **dict(zip(AGES, ages.T, strict=True)),
        **dict(zip(FIGURES, figures.T, strict=True)),
    }, index=cells)  # fmt: skip


def punctuality(rows: pd.DataFrame, kind: str, n_units: int) -> pd.DataFrame:
    """Return one row per cell, that is per period in which a deadline ended and unit: n_due (deadlines that
    have passed), n_on_time (those that were met) and on_time_share (0-1). The index is as in `durations`.

    ``rows``: as `placed` returns them, only those whose deadline has passed. ``kind``: a key of MONTHS;
    ``n_units``: number of units."""
    cells, cell, size = _cells(rows, "due", kind, n_units)
    met = np.bincount(cell[rows["met"].to_numpy()], minlength=len(cells))
    return pd.DataFrame({"n_due": size, "n_on_time": met, "on_time_share": met / size}, index=cells)


def _cells(rows: pd.DataFrame, day: str, kind: str, n_units: int) -> tuple[np.ndarray, ...]:
    """The cells (month since 1970 × ``n_units`` + unit), which of them each row belongs to, and the rows in
    each."""
    month = rows[day].to_numpy().astype("datetime64[M]").astype(np.int64)
    first = month // MONTHS[kind] * MONTHS[kind] if MONTHS[kind] else np.full(len(rows), ALL.astype(np.int64))
    return np.unique(first * n_units + rows["unit"].to_numpy(), return_inverse=True, return_counts=True)


def _earliest(lifecycle: pd.DataFrame, columns: tuple[str, ...]) -> pd.Series:
    return pd.concat([pd.to_datetime(lifecycle[c]) for c in columns], axis=1).min(axis=1)


def _typed(cells: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS sorted by KEY: counts are 0 where nothing is counted, figures null where not known or beyond
    all days."""
    found = cells.reindex(columns=COLUMNS).sort_values(KEY, ignore_index=True)
    counts = ["n_started", "n_open", "n_due", "n_on_time", *AGES]
    found[counts] = found[counts].fillna(0).astype("int64")
    found[FIGURES] = found[FIGURES].replace(np.inf, np.nan)
    return found
