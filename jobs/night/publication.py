"""Keep ops.publication: every rate of gold.detection_rate as it was first published, and each later revision
of its counts (definitions.md#published). A rate is identified by KEY: period, one or two dimensions with
their codes, region role and design (how the samples were chosen). Needs no Spark."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from jobs.deployment import deployment
from jobs.lake import ops
from jobs.lake.night import Snapshot
from jobs.lake.tables import Lake

# A rate is published when its period ended at least so long ago: as long as an objection may be filed.
GRACE = timedelta(days=15)
# The columns that identify a rate.
KEY = (
    "period_type period_start dimension_type dimension_code dimension2_type dimension2_code "
    "region_role design"
).split()
# The columns of KEY that say what a rate is about, without the period and the design.
UNIT = ["dimension_type", "dimension_code", "dimension2_type", "dimension2_code", "region_role"]
# The counts of samples; a published rate gets a revision where one of them differs.
COUNTS = (
    "n_sampled n_exited_violation n_exited_void n_tested n_not_judged n_conforming "
    "n_nonconforming n_first_nonconforming n_overturned n_serious n_open"
).split()
# The rates (shares 0-1) and their limits.
RATES = ["rate", "ci_low", "ci_high", "exposure_rate", "exposure_low", "exposure_high"]
# The columns that ops.publication copies from gold.detection_rate.
READ = [*KEY, *COUNTS, *RATES, "months_covered", "method_version"]
TABLE, SOURCE = "ops.publication", "gold.detection_rate"
_MONTHS = {"month": 1, "quarter": 3, "year": 12, "rolling12": 12}


# The states of gold.detection_rate in which a nightly run publishes its rates.
UP_TO_DATE = ("fresh", "skipped")


def recorded(last: Snapshot, version: int, night: date) -> bool:
    """Return whether the last nightly run has recorded all rates that this one would record: it published the
    same version of them, and no month has become due since. Every period with an end ends with a month.

    ``last``: the snapshot of that run, empty where there is none; ``version``: of gold.detection_rate;
    ``night``: this run's date.
    """
    return (
        last.date is not None
        and last.version(SOURCE) == version
        and last.state(SOURCE) in UP_TO_DATE
        and _first_month_not_due(last.date) == _first_month_not_due(night)
    )


def _first_month_not_due(night: date) -> date:
    return (night - GRACE + timedelta(days=1)).replace(day=1)


def record_rates(lake: Lake, version: int, night: date) -> int:
    """Append to ops.publication the rates that a nightly run publishes for the first time and the revisions
    of earlier ones; returns the number of rows.

    ``version``: of gold.detection_rate; ``night``: the run's date. Of rates by nation only the deployment's
    are published. The rows are appended just before the run's versions are named; where a run is killed in
    between, the same run again finds them published and appends nothing.
    """
    ours = (pc.field("dimension_type") != "nation") | (pc.field("dimension_code") == deployment().code)
    rates = lake.frame(SOURCE, version, columns=READ, where=ours)
    published = (
        lake.frame(TABLE)
        if lake.exists(TABLE)
        else ops.PUBLICATION.empty_table().to_pandas(date_as_object=True)
    )
    more = appended(rates, published, night)
    if len(more):
        lake.append(TABLE, pa.Table.from_pandas(more, schema=ops.PUBLICATION, preserve_index=False))
    return len(more)


def period_end(period_type: pd.Series, period_start: pd.Series) -> np.ndarray:
    """Return the last day of each period: an array of datetime64[D], one value per element; NaT for the
    period type ``all``, which has no end.

    ``period_type``: month, quarter, year, rolling12 (twelve months from period_start on) or all;
    ``period_start``: the first day of each period.
    """
    months = period_type.map(_MONTHS)
    # A few days in many rows: each is converted once.
    day, days = pd.factorize(period_start, use_na_sentinel=False)
    start = np.array(days, dtype="datetime64[M]")[day]
    step = months.fillna(0).to_numpy(np.int64).astype("timedelta64[M]")
    last = (start + step).astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.where(months.notna(), last, np.datetime64("NaT"))


def appended(rates: pd.DataFrame, published: pd.DataFrame, night: date) -> pd.DataFrame:
    """Return the rows that a nightly run appends to ops.publication: columns READ, ``revision`` and
    ``night``, sorted by KEY.

    ``rates``: rows of gold.detection_rate (columns READ); ``published``: all rows of ops.publication;
    ``night``: the run's date. A rate whose period ended 15 days before ``night`` or earlier (GRACE) is
    published as revision 0; one that was published and whose counts (COUNTS) differ from its latest revision
    gets the next one. A published rate without a row in ``rates`` gets a revision with counts of 0 and no
    rates where `_would_be_held` (its samples belong to another unit); else gold.detection_rate keeps no such
    rates, and it stays as it was published. A rate whose period had not ended so long before
    ``night`` stays as well: a run of an earlier date revises no period that was not yet due on that date.
    Where only a rate changes and no count, as by another method, there is no revision.
    """
    due, latest = _due(rates, night), _due(published, night)
    latest = latest.sort_values("revision").drop_duplicates(KEY, keep="last")
    both = due[READ].merge(
        latest[[*KEY, *COUNTS, "revision"]], on=KEY, how="outer", suffixes=("", "_before"), indicator=True
    )
    gone = (both["_merge"] == "right_only").to_numpy()
    both = both[~gone | _would_be_held(both, rates)].reset_index(drop=True)
    gone = (both["_merge"] == "right_only").to_numpy()
    both[COUNTS] = both[COUNTS].astype("float64").fillna(0).astype(np.int64)
    before = both[[f"{name}_before" for name in COUNTS]].astype("float64").to_numpy()
    differs = (both[COUNTS].to_numpy() != before).any(axis=1)
    first = (both["_merge"] == "left_only").to_numpy()
    chosen = both[first | differs].copy()
    chosen["revision"] = chosen["revision"].astype("float64").fillna(-1).astype(np.int64) + 1
    chosen["night"] = night
    versions = latest.set_index(KEY)["method_version"] if gone.any() else None
    if versions is not None:
        lost = chosen["method_version"].isna()
        keys = pd.MultiIndex.from_frame(chosen.loc[lost, KEY])
        chosen.loc[lost, "method_version"] = versions.reindex(keys).to_numpy()
    return chosen[[*READ, "revision", "night"]].sort_values(KEY, ignore_index=True)


def _due(rows: pd.DataFrame, night: date) -> pd.DataFrame:
    return rows[period_end(rows["period_type"], rows["period_start"]) <= np.datetime64(night - GRACE)]


def _would_be_held(rows: pd.DataFrame, rates: pd.DataFrame) -> np.ndarray:
    """Return for each of ``rows`` (KEY) whether ``rates`` has rows of its kind, so that a missing one means
    that no sample counts in it: a boolean array.

    A unit that has dated rows, but none of this period type, is not kept by this period type; a unit without
    any dated row counts as kept. Of windows of twelve months only those count that begin between the first
    and the last window of their design in ``rates``: others do not lie in the data.
    """
    kinds = [*UNIT, "period_type"]
    dated = rates[rates["period_type"] != "all"]
    present, there = (pd.MultiIndex.from_frame(dated[names].drop_duplicates()) for names in (UNIT, kinds))
    made = ~pd.MultiIndex.from_frame(rows[UNIT]).isin(present) | pd.MultiIndex.from_frame(rows[kinds]).isin(
        there
    )
    windows = rates.loc[rates["period_type"] == "rolling12"].groupby("design")["period_start"]
    first, last = (pd.to_datetime(rows["design"].map(end)) for end in (windows.min(), windows.max()))
    inside = pd.to_datetime(rows["period_start"]).between(first, last)
    return np.asarray(made & (inside | (rows["period_type"] != "rolling12")).to_numpy())
