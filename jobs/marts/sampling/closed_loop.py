"""gold.closed_loop: how many findings reached each step from the notice to the closed case, by period,
platform and region. A finding is a sample that is finally non-conforming (after a re-inspection) or left the
procedure for a violation found before its test."""

from __future__ import annotations

from datetime import date

import pandas as pd

from jobs.marts.dimensions import NATION, Dimension, memberships, province_tree
from jobs.marts.sampling.outcomes import ExitKind, Verdict
from jobs.marts.sampling.procedure import NOT_APPLICABLE
from jobs.period import Period

KEY = [
    "period_type",
    "period_start",
    "dimension_type",
    "dimension_code",
    "dimension2_type",
    "dimension2_code",
]
COUNTS = (
    "n_findings n_notified n_on_platforms n_acknowledged n_takedown_ordered n_taken_down "
    "n_rectification_ordered n_rectified n_rechecked n_recheck_passed n_published n_closed n_overdue"
).split()
ALL = date(1900, 1, 1)
# Kind of period → frequency of pandas, None for all time.
FREQUENCY = {"all": None, "quarter": "Q", "year": "Y"}
PLATFORM, REGION = (
    Dimension("platform", "platform_code"),
    Dimension("region", "seller_region_code", hierarchy="region"),
)

STEPS = ("takedown_ordered", "taken_down", "rectification_ordered", "rectified")
READS = {
    "sampling_lifecycle": [
        "sample_id", "platform_code", "seller_region_code", "outcome", "exit_kind", "takedown_state",
        "closed", "n_overdue",
        "result_notified_on", "notified_by_announcement_on", "result_issued_on", "exited_on",
        *(f"{step}_on" for step in STEPS), "recheck_organised_on", "recheck_passed_on", "published_on",
    ],
    "platform_control": ["sample_id", "kind", "happened_on"],
    "region": ["region_code", "level", "parent_code"],
}  # fmt: skip


def build(
    *, sampling_lifecycle: pd.DataFrame, platform_control: pd.DataFrame, region: pd.DataFrame, period: Period
) -> pd.DataFrame:
    """Return the rows of gold.closed_loop: one row per period (quarter, year, `all`) and unit (nation,
    platform, seller's province, or platform in a province), sorted by KEY. Columns: KEY and COUNTS, numbers
    of findings, each explained in schemas/gold/closed_loop.odcs.yaml. sampling_lifecycle is a gold table, the
    others silver.

    A finding counts in the period of its first notice; without a notice in that of its result or exit; one
    without any of these days in `all` only. Each step is counted independently of the others: a platform may
    take goods down before it acknowledges. Shares of the steps of a takedown are of n_on_platforms: what no
    platform sells has none."""
    rows = findings(sampling_lifecycle, platform_control, period.as_of)
    trees = {"region": province_tree(region)}
    (_, at_platform, platforms), (_, at_region, regions) = memberships(rows, (PLATFORM, REGION), trees)
    by_platform = rows.iloc[at_platform].assign(platform=platforms)
    units = [
        rows.assign(dimension_type="nation", dimension_code=NATION, dimension2_type="", dimension2_code=""),
        by_platform.assign(
            dimension_type="platform", dimension_code=platforms, dimension2_type="", dimension2_code=""
        ),
        rows.iloc[at_region].assign(
            dimension_type="region", dimension_code=regions, dimension2_type="", dimension2_code=""
        ),
        by_platform.iloc[at_region].assign(
            dimension_type="platform",
            dimension_code=lambda t: t["platform"],
            dimension2_type="region",
            dimension2_code=regions,
        ),
    ]
    parts = []
    for kind, frequency in FREQUENCY.items():
        for unit in units:
            starts = unit["day"].dt.to_period(frequency).dt.start_time.dt.date if frequency else ALL
            parts.append(unit.assign(period_type=kind, period_start=starts).dropna(subset="period_start"))
    whole = pd.concat(parts, ignore_index=True)
    sums = whole.groupby(KEY, as_index=False)[COUNTS].sum()
    return sums.sort_values(KEY, ignore_index=True)


def findings(lifecycle: pd.DataFrame, platform_control: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return one row per finding: platform_code, seller_region_code, ``day`` (of the first notice, else the
    earlier of result and exit; datetime64, NaT where none is known) and COUNTS, each 0 or 1: whether the
    finding reached the step.

    ``lifecycle``: gold.sampling_lifecycle. ``platform_control``: silver.platform_control; a finding is
    acknowledged where a row of the kind `acknowledgement` names its sample; those after ``as_of`` are left
    out."""
    found = lifecycle[
        (lifecycle["outcome"] == Verdict.NONCONFORMING) | (lifecycle["exit_kind"] == ExitKind.VIOLATION)
    ]
    acknowledgements = platform_control[
        platform_control["kind"].eq("acknowledgement") & platform_control["sample_id"].notna()
    ]
    acknowledgements = acknowledgements[acknowledgements["happened_on"] <= as_of]
    notice = _day(found, "result_notified_on", "notified_by_announcement_on")
    flags = {
        "n_findings": pd.Series(True, found.index),
        "n_notified": notice.notna(),
        "n_on_platforms": found["takedown_state"].ne(NOT_APPLICABLE).fillna(True),
        "n_acknowledged": found["sample_id"].isin(acknowledgements["sample_id"]),
        **{f"n_{event}": found[f"{event}_on"].notna() for event in STEPS},
        "n_rechecked": found["recheck_organised_on"].notna(),
        "n_recheck_passed": found["recheck_passed_on"].notna(),
        "n_published": found["published_on"].notna(),
        "n_closed": found["closed"].astype(bool),
        "n_overdue": found["n_overdue"] > 0,
    }
    day = notice.fillna(_day(found, "result_issued_on", "exited_on"))
    counted = pd.DataFrame({name: flag.astype("int64") for name, flag in flags.items()})
    return (
        found[["platform_code", "seller_region_code"]]
        .assign(day=day)
        .join(counted[COUNTS])
        .reset_index(drop=True)
    )


def _day(rows: pd.DataFrame, *columns: str) -> pd.Series:
    return pd.concat([pd.to_datetime(rows[c]) for c in columns], axis=1).min(axis=1)
