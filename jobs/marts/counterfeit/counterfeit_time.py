"""gold.counterfeit_time: how many days verification and takedown of reported counterfeits take, and how many
takedowns are in time (definitions.md#anti-counterfeit). A unit is the nation, a platform, a province or a
brand.

KEY identifies a row: step, period_type, period_start, dimension_type, dimension_code. FIGURES: median_days,
median_low, median_high, p90_days, p90_low, p90_high. SHARES: on_time_share, on_time_low, on_time_high.
COLUMNS: the table's columns, which schemas/gold/counterfeit_time.odcs.yaml explains."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from jobs.marts.counterfeit.deadline import takedown_due
from jobs.marts.dimensions import Dimension, memberships, province_tree
from jobs.methods.intervals import binomial
from jobs.methods.survival import median_lag
from jobs.period import Period

METHOD_VERSION = "counterfeit_time/1"
KEY = ["step", "period_type", "period_start", "dimension_type", "dimension_code"]
# Median and 90th percentile of the days that a step takes, each with its 95% limits.
FIGURES = ["median_days", "median_low", "median_high", "p90_days", "p90_low", "p90_high"]
SHARES = ["on_time_share", "on_time_low", "on_time_high"]  # in 0-1
COLUMNS = [
    *KEY, "n_started", "n_ended", "n_open", *FIGURES, "n_due", "n_on_time", *SHARES, "method_version",
]  # fmt: skip
FEWEST = 10  # the fewest cases of a unit for which FIGURES are given; counts are given for any number
PERIODS = {"quarter": 3, "year": 12, "all": 0}  # period_type → its months; 0: all days together
ALL = np.datetime64("1900-01-01")  # period_start of the period type `all`
DIMENSIONS = (
    Dimension("nation"), Dimension("platform", "platform_code"),
    Dimension("region", "region_code", hierarchy="region"), Dimension("brand", "brand_id"),
)  # fmt: skip
READS = {"region": ["region_code", "level", "parent_code"]}  # columns read; of other inputs all columns


class Step(NamedTuple):
    """A step whose days are counted, from one day of a case to another. ``starts``, ``ends``: the columns of
    gold.counterfeit_case with these days; ``false``: only cases whose finding is `counterfeit` count (else
    all that are not yet verified, or verified on a known day); ``timed``: the step has the deadline of
    takedowns."""

    starts: str
    ends: str
    false: bool = True
    timed: bool = False


# Value of the column step → its definition.
STEPS = {
    "report_to_verification": Step("reported_on", "verified_on", false=False),
    "verification_to_takedown": Step("verified_on", "taken_down_on", timed=True),
    "report_to_takedown": Step("reported_on", "taken_down_on"),
    "takedown_to_confirmation": Step("taken_down_on", "confirmed_on"),
}


def build(
    *, counterfeit_case: pd.DataFrame, calendar: pd.DataFrame, region: pd.DataFrame, period: Period
) -> pd.DataFrame:
    """Return how long the steps take: one row per step, period and unit that has a case, sorted by KEY, with
    COLUMNS. ``counterfeit_case``: gold, one row per report; ``calendar``, ``region``: silver.

    n_started, n_ended, n_open: cases whose step began in the period, and of these how many have ended or not
    by ``period.as_of``. FIGURES: Kaplan–Meier estimates in days, open cases being censored at
    ``period.as_of``; a step that ended before it began counts as 0 days. NaN for fewer than FEWEST (10)
    cases, and where they cannot be estimated.

    n_due, n_on_time: takedowns whose last day (`deadline.takedown_due`) is in the period and before
    ``period.as_of``, and those of them that were in time; open ones are not. Both are 0 for other steps than
    `verification_to_takedown`. SHARES: n_on_time / n_due with Wilson's limits, NaN without any."""
    cases = counterfeit_case.reset_index(drop=True)
    members = memberships(cases, DIMENSIONS, {"region": province_tree(region)})
    now = pd.Timestamp(period.as_of)
    parts = [pd.DataFrame(columns=COLUMNS)]
    due = takedown_due(cases["verified_on"], calendar)
    for name, step in STEPS.items():
        rows = begun(cases, step, due, now)
        for dimension, at, codes in members:
            inside = np.isin(at, rows.index.to_numpy())
            mine = rows.loc[at[inside]].assign(dimension_code=np.asarray(codes, object)[inside])
            for kind, months in PERIODS.items():
                found = _cells(mine, months)
                parts.append(found.assign(step=name, period_type=kind, dimension_type=dimension.type))
    table = pd.concat([p for p in parts if len(p)] or parts, ignore_index=True)
    return _typed(table)


def begun(cases: pd.DataFrame, step: Step, due: pd.Series, now: pd.Timestamp) -> pd.DataFrame:
    """Return the cases whose step has begun by ``now``: one row per case, with the index of ``cases``:
    ``began`` (timestamp), ``days`` (whole days to the end of the step, or to ``now`` where it is open; at
    least 0), ``ended`` (bool), ``due`` (last day of its deadline; NaT where there is none or it is not before
    ``now``) and ``met`` (bool: ended by its deadline).

    ``cases``: gold.counterfeit_case; ``due``: last day for the takedown of each case
    (`deadline.takedown_due`), with the same index; ``now``: the day of the run."""
    began, ended = pd.to_datetime(cases[step.starts]), pd.to_datetime(cases[step.ends])
    counted = began.notna() & (began <= now)
    if step.false:
        counted &= cases["finding"].eq("counterfeit")
    else:  # a finding without its day: when it was verified is not known
        counted &= cases["verified_on"].notna() | cases["finding"].isna()
    over = ended.notna() & (ended <= now)
    fell = due.where(due < now) if step.timed else pd.Series(pd.NaT, cases.index, dtype="datetime64[ns]")
    return pd.DataFrame({
        "began": began, "days": (ended.where(over, now) - began).dt.days.clip(lower=0), "ended": over,
        "due": fell, "met": over & (ended <= due) if step.timed else False,
    })[counted]  # fmt: skip


def _cells(rows: pd.DataFrame, months: int) -> pd.DataFrame:
    """Figures by ``period_start`` and ``dimension_code``."""
    found: dict[tuple[object, str], dict[str, object]] = {}
    starts = _first(rows["began"], months)
    for key, mine in rows.groupby([starts, rows["dimension_code"]]):
        days, ended = mine["days"].to_numpy(float), mine["ended"].to_numpy(bool)
        row: dict[str, object] = {"n_started": len(mine), "n_ended": int(ended.sum())}
        if len(mine) >= FEWEST:
            row |= dict(zip(FIGURES, median_lag(days, ended), strict=True))
        found[key] = row
    late = rows[rows["due"].notna()]
    for key, mine in late.groupby([_first(late["due"], months), late["dimension_code"]]):
        found.setdefault(key, {}).update(n_due=len(mine), n_on_time=int(mine["met"].sum()))
    index = {"period_start": [k[0] for k in found], "dimension_code": [k[1] for k in found]}
    return pd.concat([pd.DataFrame(index), pd.DataFrame(list(found.values()))], axis=1)


def _first(days: pd.Series, months: int) -> np.ndarray:
    """The first day of the period of each day."""
    if not months:
        return np.full(len(days), ALL).astype("datetime64[s]").astype("datetime64[D]").astype(object)
    month = days.to_numpy().astype("datetime64[M]").astype(np.int64) // months * months
    return month.astype("datetime64[M]").astype("datetime64[D]").astype(object)


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS sorted by KEY: counts are 0 where nothing is counted; figures are null where they are not
    known."""
    found = table.reindex(columns=COLUMNS)
    counts = ["n_started", "n_ended", "n_due", "n_on_time"]
    found[counts] = found[counts].astype("float64").fillna(0).astype("int64")
    found["n_open"] = found["n_started"] - found["n_ended"]
    found[FIGURES] = found[FIGURES].astype("float64").replace(np.inf, np.nan)
    met, due = found["n_on_time"].to_numpy(float), found["n_due"].to_numpy(float)
    low, high = binomial(met, due)
    share = np.divide(met, due, out=np.full(len(met), np.nan), where=due > 0)
    found = found.assign(
        on_time_share=share, on_time_low=low, on_time_high=high, method_version=METHOD_VERSION
    )
    return found.sort_values(KEY, ignore_index=True)
