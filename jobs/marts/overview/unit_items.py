"""Takes the figures of a unit's page and workbook, with their limits, from the gold tables. Pure.

A unit is a platform, province, category or cluster. An item is a kind of figure, such as `exposure_rate`. A
figure is one row with FIGURES: value with limits low and high, in the unit of measurement of its item; n,
what it is a share or rate of (of an index: the batches judged), and n_events of these (for example batches
failed; an index has none); reliable: whether the value may be shown; precise: whether the unit may be ranked
by it. Figures are of the period types PERIODS: quarter, year and rolling12 (twelve months that begin with
period_start).

FIGURES: period_type, period_start, dimension_code, item, value, low, high, n, n_events, reliable, precise.
CHANGES: change, change_low, change_high."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION
from jobs.marts.sampling import outcomes
from jobs.methods import intervals

FEWEST = 30  # findings or deadlines below which a share is neither shown as reliable nor ranked
SHARE, PER_10000, DAYS, POINTS = "share", "per 10000 orders", "days", "points"  # a share is in 0-1
LOW_PRECISION = "D"  # reliability of rates that are shown and not ranked (definitions.md#insufficient)
EXPECTED = 3  # complaints that the nation's rate must mean for a unit's orders: else its rate says too little
FIGURES = "period_type period_start dimension_code item value low high n n_events reliable precise".split()
# Change from a year earlier with limits: in percentage points for a share, else in the item's unit.
CHANGES = ["change", "change_low", "change_high"]
# ``nation``: its figure of the same item and period, null where it has none. Of an index: its tier and the
# rank that its own table prints, which allows for more than this room could.
OWN = ["nation", "tier", "printed_rank"]


@dataclass(frozen=True)
class Item:
    """A kind of figure. ``unit``: its unit of measurement; ``basis``: the data that it is made from (a figure
    of targeted samples never describes the market); ``source``: its table; ``lower_is_better``: None where
    neither direction is; ``ranked``: whether units are ranked by it."""

    unit: str
    basis: str
    source: str
    lower_is_better: bool | None
    ranked: bool


ITEMS: Mapping[str, Item] = {
    "quality_index": Item(POINTS, "index", "gold.quality_index", False, True),
    "exposure_rate": Item(SHARE, "probability", "gold.detection_rate", True, True),
    "shrunk_rate": Item(SHARE, "probability", "gold.detection_rate", True, False),
    "probability_rate": Item(SHARE, "probability", "gold.detection_rate", True, False),
    "finding_rate": Item(SHARE, "targeted", "gold.detection_rate", None, False),
    "violation_rate": Item(SHARE, "probability", "gold.detection_rate", True, False),
    "complaint_rate": Item(PER_10000, "complaints", "gold.complaint_rate", True, True),
    "taken_down_share": Item(SHARE, "procedure", "gold.closed_loop", False, True),
    "closed_share": Item(SHARE, "procedure", "gold.closed_loop", False, True),
    "takedown_days": Item(DAYS, "procedure", "gold.lag_kpi", True, False),
    "recheck_on_time": Item(SHARE, "procedure", "gold.lag_kpi", False, True),
}
PERIODS = ("quarter", "year", "rolling12")
DESIGNS = ("probability", "targeted")
# Columns of gold.detection_rate that figures are taken from; the denominator may be made of any counts.
READ_OF_RATES = [
    *"period_type period_start dimension_type dimension_code dimension2_type region_role design".split(),
    *outcomes.COUNTS,
    *"rate ci_low ci_high".split(),
    *"violation_rate violation_low violation_high exposure_rate exposure_low exposure_high".split(),
    *"shrunk_rate shrunk_low shrunk_high yoy_pp yoy_low yoy_high yoy_of reliability".split(),
]


def rows_of_rates(dimension: str) -> str:
    """Return the condition (Spark SQL) of the rows of gold.detection_rate that `of_rates` takes figures of a
    dimension from."""
    return (
        f"dimension_type IN ('nation', '{dimension}') AND dimension2_type = '' "
        f"AND design IN {DESIGNS} AND period_type IN {PERIODS}"
    )


def _units(table: pd.DataFrame, dimension: str) -> pd.Series:
    """Which rows are about units of a dimension; of nations ours alone."""
    ours = table["dimension_code"].eq(NATION) | (dimension != "nation")
    return table["dimension_type"].eq(dimension) & ours


def _beside(made: pd.DataFrame, nation: pd.DataFrame) -> pd.DataFrame:
    """FIGURES of units with the nation's of the same item and period as ``nation``."""
    by = ["period_type", "period_start", "item"]
    whole = nation.loc[nation["reliable"].astype(bool), [*by, "value"]].rename(columns={"value": "nation"})
    return made.merge(whole, on=by, how="left", validate="many_to_one")


def of_rates(detection_rate: pd.DataFrame, dimension: str, role: str = "") -> pd.DataFrame:
    """Return the rates of units: one row per period (quarters, years and the newest twelve months), unit and
    rate, with FIGURES, CHANGES and ``nation``: the nation's figure of the same period and rate, null where it
    has no reliable one.

    ``detection_rate``: gold; ``dimension``: its dimension_type; ``role``: its region_role, '' for other
    dimensions."""
    return _beside(_rates(detection_rate, dimension, role), _rates(detection_rate, "nation", ""))


def _rates(detection_rate: pd.DataFrame, dimension: str, role: str) -> pd.DataFrame:
    rows = detection_rate[
        _units(detection_rate, dimension)
        & detection_rate["dimension2_type"].eq("")
        & detection_rate["region_role"].eq(role)
        & detection_rate["design"].isin(DESIGNS)
        & detection_rate["period_type"].isin(PERIODS)
    ]
    windows = rows["period_type"].eq("rolling12")
    newest = rows.loc[windows, "period_start"].max() if windows.any() else None
    rows = rows[~windows | rows["period_start"].eq(newest)].reset_index(drop=True)
    drawn = rows[rows["design"].eq("probability")]
    found = rows[rows["design"].eq("targeted")]
    judged = outcomes.judged(rows)
    parts = [
        _rate(
            drawn,
            judged,
            "exposure_rate",
            "exposure_rate",
            "exposure_low",
            "exposure_high",
            change="exposure",
        ),
        _rate(drawn, judged, "shrunk_rate", "shrunk_rate", "shrunk_low", "shrunk_high"),
        _rate(drawn, judged, "probability_rate", "rate", "ci_low", "ci_high", change="rate"),
        _rate(found, judged, "finding_rate", "rate", "ci_low", "ci_high", change="finding"),
        _rate(
            drawn,
            outcomes.violation_base(rows),
            "violation_rate",
            "violation_rate",
            "violation_low",
            "violation_high",
        ),
    ]
    return pd.concat(parts, ignore_index=True)


def _rate(
    rows: pd.DataFrame, n: pd.Series, item: str, value: str, low: str, high: str, *, change: str | None = None
) -> pd.DataFrame:
    """Rows of one ``item`` from rows of gold.detection_rate, without those that have neither a batch nor a
    value. ``n``: batches in its denominator, with the index of ``rows``; ``value``, ``low``, ``high``:
    columns of the rate and its limits; ``change``: the yoy_of of rows whose year-on-year change is this
    item's (None: none)."""
    counted = n.loc[rows.index]
    events = rows["n_nonconforming"] + (rows["n_exited_violation"] if item == "violation_rate" else 0)
    same = rows["yoy_of"].eq(change) if change else pd.Series(False, rows.index)
    shown = rows[value]
    table = pd.DataFrame(
        {
            "period_type": rows["period_type"],
            "period_start": rows["period_start"],
            "dimension_code": rows["dimension_code"],
            "item": item,
            "value": shown,
            "low": rows[low].where(shown.notna()),
            "high": rows[high].where(shown.notna()),
            "n": counted,
            "n_events": events,
            "reliable": shown.notna(),
            "precise": shown.notna() & rows["reliability"].ne(LOW_PRECISION),
            "change": rows["yoy_pp"].where(same),
            "change_low": rows["yoy_low"].where(same),
            "change_high": rows["yoy_high"].where(same),
        }
    )
    return table[(counted > 0) | table["value"].notna()]


def of_complaints(complaint_rate: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """Return the complaint rates of units: one row per period and unit, with FIGURES and ``nation`` (as in
    `of_rates`); value and limits are quality complaints per 10,000 orders. Where the orders are confidential
    only the number of complaints (n_events) is kept: a rate or a rank would reveal the orders.

    ``complaint_rate``: gold; ``dimension``: its dimension_type. A rate is precise where the unit's orders
    would have at least EXPECTED (3) complaints at the nation's rate."""
    made = _beside(_complaints(complaint_rate, dimension), _complaints(complaint_rate, "nation"))
    enough = (made["n"].astype(float) * made["nation"] / 10_000).ge(EXPECTED)
    return made.assign(precise=made["reliable"] & enough)


def _complaints(complaint_rate: pd.DataFrame, dimension: str) -> pd.DataFrame:
    rows = complaint_rate[_units(complaint_rate, dimension) & complaint_rate["period_type"].isin(PERIODS)]
    free = rows["confidential"].eq(False)
    return pd.DataFrame(
        {
            "period_type": rows["period_type"],
            "period_start": rows["period_start"],
            "dimension_code": rows["dimension_code"],
            "item": "complaint_rate",
            "value": rows["rate_per_10000"].where(free),
            "low": rows["low"].where(free),
            "high": rows["high"].where(free),
            "n": rows["n_orders"].astype("Int64").where(free),
            # Those in the rate; where there is none for lack of orders, all.
            "n_events": rows["n_quality_complaints"]
            - rows["n_without_orders"].where(rows["n_orders"] > 0, 0),
            "reliable": free & rows["n_orders"].gt(0),
        }
    )


def of_loop(closed_loop: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """Return the shares of findings that were taken down, of those that a platform sells, and that are
    closed: one row per period, unit and item (`taken_down_share`, `closed_share`), with FIGURES and
    ``nation`` (as in `of_rates`); Wilson's 95% limits, NaN below FEWEST (30) findings.

    ``closed_loop``: gold; ``dimension``: its dimension_type."""
    return _beside(_loop(closed_loop, dimension), _loop(closed_loop, "nation"))


def _loop(closed_loop: pd.DataFrame, dimension: str) -> pd.DataFrame:
    rows = closed_loop[
        _units(closed_loop, dimension)
        & closed_loop["dimension2_type"].eq("")
        & closed_loop["period_type"].isin(PERIODS)
    ]
    return pd.concat(
        [
            _share(rows, item, rows[part], rows[of])
            for item, part, of in (
                ("taken_down_share", "n_taken_down", "n_on_platforms"),
                ("closed_share", "n_closed", "n_findings"),
            )
        ],
        ignore_index=True,
    )


def of_lags(lag_kpi: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """Return the times of the procedure: one row per period, unit and item, with FIGURES and ``nation`` (as
    in `of_rates`): `takedown_days`, median days from notice to takedown, and `recheck_on_time`, the share of
    rechecks done in time, 0-1.

    ``lag_kpi``: gold; ``dimension``: its dimension_type."""
    return _beside(_lags(lag_kpi, dimension), _lags(lag_kpi, "nation"))


def _lags(lag_kpi: pd.DataFrame, dimension: str) -> pd.DataFrame:
    rows = lag_kpi[_units(lag_kpi, dimension) & lag_kpi["period_type"].isin(PERIODS)]
    down = rows[rows["lag"].eq("notice_to_takedown")]
    days = pd.DataFrame(
        {
            "period_type": down["period_type"],
            "period_start": down["period_start"],
            "dimension_code": down["dimension_code"],
            "item": "takedown_days",
            "value": down["median_days"],
            "low": down["median_low"],
            "high": down["median_high"],
            "n": down["n_started"],
            "n_events": down["n_started"] - down["n_open"],
            "reliable": down["median_days"].notna(),
            "precise": down["median_days"].notna(),
        }
    )
    again = rows[rows["lag"].eq("order_to_recheck") & (rows["n_due"] > 0)]
    return pd.concat(
        [days, _share(again, "recheck_on_time", again["n_on_time"], again["n_due"])], ignore_index=True
    )


def of_index(quality_index: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """Return the quality index of units: one row per unit and period (of PERIODS: months are left out)
    with a published index, with FIGURES, tier and printed_rank (the rank of gold.quality_index); value in
    points (1-100) with 90% limits.

    ``quality_index``: gold; ``dimension``: its dimension_type."""
    rows = quality_index[
        quality_index["dimension_type"].eq(dimension)
        & quality_index["period_type"].isin(PERIODS)
        & quality_index["published"].astype(bool)
    ]
    return pd.DataFrame(
        {
            "period_type": rows["period_type"],
            "period_start": rows["period_start"],
            "dimension_code": rows["dimension_code"],
            "item": "quality_index",
            "value": rows["score"],
            "low": rows["low"],
            "high": rows["high"],
            "n": rows["n_judged"],
            "n_events": np.nan,
            "reliable": rows["score"].notna(),
            "precise": rows["score"].notna(),
            "tier": rows["tier"],
            "printed_rank": rows["rank"],
        }
    )


def _share(rows: pd.DataFrame, item: str, part: pd.Series, whole: pd.Series) -> pd.DataFrame:
    """Rows of one ``item``: the share of ``part`` in ``whole`` (numbers, with the index of ``rows``), with
    its limits; missing where ``whole`` is below FEWEST."""
    low, high = intervals.binomial(part, whole)
    enough = whole >= FEWEST
    return pd.DataFrame(
        {
            "period_type": rows["period_type"],
            "period_start": rows["period_start"],
            "dimension_code": rows["dimension_code"],
            "item": item,
            "value": (part / whole).where(enough),
            "low": np.where(enough, low, np.nan),
            "high": np.where(enough, high, np.nan),
            "n": whole,
            "n_events": part,
            "reliable": enough,
            "precise": enough,
        }
    )
