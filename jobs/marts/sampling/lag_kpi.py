"""gold.lag_kpi: how many days the steps of the procedure take, how many meet their deadlines, and for how
many days the open ones have been waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from jobs.marts.dimensions import Dimension, Hierarchy, memberships, province_tree
from jobs.marts.sampling.outcomes import ExitKind, Verdict
from jobs.methods.survival import median_lag
from jobs.period import Period

KEY = ["lag", "period_type", "period_start", "dimension_type", "dimension_code"]
NOTICES = ("result_notified_on", "notified_by_announcement_on")
BANDS = (7, 15, 30, 60, 90)
AGES = ["n_age_7", "n_age_15", "n_age_30", "n_age_60", "n_age_90", "n_age_older"]
FIGURES = ["median_days", "median_low", "median_high", "p90_days"]
COLUMNS = [*KEY, "n_started", "n_open", *FIGURES, "n_due", "n_on_time", "on_time_share", *AGES]
# A median of fewer says nothing of a platform; the counts stay.
FEWEST = 10
ALL = np.datetime64("1900-01")
MONTHS = {"month": 1, "quarter": 3, "year": 12, "all": 0}
LEFT = ("exited_on", "lost_on", "cancelled_on")
# Of a sample that left, these steps are not awaited any more.
BEFORE_THE_TEST = ("buy_to_receive", "receive_to_result")
DIMENSIONS = (
    Dimension("nation"), Dimension("platform", "platform_code"), Dimension("lab", "lab_id"),
    Dimension("region", "seller_region_code", hierarchy="region"),
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One step of the procedure. ``starts``, ``ends``: columns of sampling_lifecycle with the days on which
    it begins and ends, the earliest day of several; ``timer``: name of its deadline there, None without one.
    """

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
        "takedown_ordered_on", "taken_down_on", *LEFT,
        *(day for step in STEPS.values() for day in (*step.starts, *step.ends)),
        *(f"{step.timer}_{word}" for step in STEPS.values() if step.timer for word in ("due", "timer")),
    ])],
    "region": ["region_code", "level", "parent_code"],
}  # fmt: skip


def build(*, sampling_lifecycle: pd.DataFrame, region: pd.DataFrame, period: Period) -> pd.DataFrame:
    """One row per lag (of STEPS), period and unit (nation, platform, seller's province, laboratory), sorted
    by KEY. Columns: COLUMNS; lags in days.

    Months have rows for the nation only; quarters, years and `all` for every unit. A lag counts in the period
    in which its step began; an unfinished one is censored on ``period.as_of``, or on the day on which the
    sample left the procedure. A deadline counts in the period of its last day once that has passed: it is on
    time if it was met; an open one is late."""
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
    """Return two frames: ``rows`` repeated once for each unit that a row counts in, with the unit's number in
    the column `unit`; and the units, one row per number, with dimension_type and dimension_code. ``trees``:
    as `dimensions.hierarchies`."""
    members = memberships(rows, DIMENSIONS, trees)
    codes = [pd.DataFrame({"dimension_type": d.type, "dimension_code": codes}) for d, _, codes in members]
    units = pd.concat(codes).groupby(["dimension_type", "dimension_code"])
    at = np.concatenate([at for _, at, _ in members])
    return rows.iloc[at].assign(unit=units.ngroup().to_numpy()), units.size().index.to_frame(index=False)


def begun(lifecycle: pd.DataFrame, name: str, step: Step, as_of: date) -> pd.DataFrame:
    """Return one row per sample whose step has begun: platform_code, seller_region_code, lab_id; `began`
    (day), `days` (length of the lag so far), `ended`, `waits` (neither ended nor left the procedure); `due`
    (last day of the deadline), `fell` (it has passed), `met`.

    A receipt is awaited only of goods that were ordered, not of those bought over the counter. A takedown is
    awaited where a failure or a violation was notified, and where one was ordered or carried out without a
    finding."""
    began, ended = _earliest(lifecycle, step.starts), _earliest(lifecycle, step.ends)
    counted = began.notna()
    if name == "buy_to_receive":
        counted &= lifecycle["sampling_order_id"].notna()
    if name == "notice_to_takedown":
        failed = lifecycle["outcome"] == Verdict.NONCONFORMING
        found = failed | (lifecycle["exit_kind"] == ExitKind.VIOLATION)
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
    """Return one row per cell (period of `began` × unit): n_started, n_open, AGES (the open ones by the days
    that they have waited, in the bands whose upper ends are BANDS) and FIGURES: the Kaplan-Meier median in
    days with its 95% limits and the ninth decile, NaN with fewer than FEWEST started. The index is the number
    of the cell (`_cells`); ``kind``: of MONTHS."""
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
    """Return one row per cell (period of `due` × unit): n_due, the deadlines that have passed, n_on_time,
    those met, and their share. The index is as in `durations`."""
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
