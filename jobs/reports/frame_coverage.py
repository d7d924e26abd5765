"""Share of the nation's units sold that the sampling frame covers: the listings on record, from which
probability samples are drawn (definitions.md#exposure-rate). Only the share is published, as units by
platform are confidential."""

from __future__ import annotations

from typing import Any

import pandas as pd

from jobs.lake.night import Snapshot
from jobs.marts.sampling.proposal_settings import frame_month
from jobs.reports.downloads import csv_bytes
from jobs.reports.material import Night
from jobs.reports.names import NATION_CODE
from jobs.reports.numbers import missing, percent
from jobs.reports.wording import CONFIDENTIAL, Text, same

# The table that is read, the name of the result in Night.tables, and the path of its CSV.
FRAME = "gold.sampling_frame"
COVERAGE = "frame_coverage"  # in Night.tables
DOWNLOAD = "data/frame_coverage.csv"
MONTHS = 12
COLUMNS = ["month", "coverage", "confidential"]


def coverage(snapshot: Snapshot, flags: pd.DataFrame) -> pd.DataFrame:
    """Return the coverage of the frame by month: one row for each of at most twelve months up to the frame
    month, which is the last row; columns COLUMNS. The frame month is the last month but one with orders, as
    the last may be incomplete (`frame_month` says which months count). Empty where there are no orders.

    ``coverage``: units sold of listings on record divided by all units sold (0–1), rounded to three decimals;
    missing where nothing was sold, and where the nation's orders of the month are not known to be free
    (``confidential`` is true). ``flags``: as jobs.reports.confidential.flags_of returns it.
    """
    if snapshot.version(FRAME) is None:
        return pd.DataFrame(columns=COLUMNS)
    columns = ["month", "n_orders", "units_sold", "units_listed"]
    return by_month(snapshot.frame(FRAME, columns=columns), flags)


def by_month(frame: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    """Return what `coverage` returns. ``frame``: rows of gold.sampling_frame with month, n_orders,
    units_sold, units_listed."""
    newest = frame_month(frame)
    if newest is None:
        return pd.DataFrame(columns=COLUMNS)
    units = frame.groupby("month")[["units_sold", "units_listed"]].sum().sort_index()
    units = units[units.index <= newest].tail(MONTHS)
    nation = flags["dimension_type"].eq("nation") & flags["dimension_code"].eq(NATION_CODE)
    free = nation & flags["period_type"].eq("month") & flags["confidential"].eq(False)
    hidden = ~units.index.isin(flags.loc[free, "period_start"])
    shares = (units["units_listed"] / units["units_sold"].where(units["units_sold"] > 0)).round(3)
    shares = shares.mask(pd.Series(hidden, units.index))
    return pd.DataFrame({"month": units.index, "coverage": shares.to_numpy(), "confidential": hidden})


def shown(night: Night) -> dict[str, Any] | None:
    """Return the frame month and its coverage in words, as {"month", "share"}; None where there are no
    orders."""
    rows = night.frame(COVERAGE)
    if rows.empty:
        return None
    row = rows.iloc[-1]
    hidden = missing(row["coverage"]) and bool(row["confidential"])
    return {
        "month": Text(f"{row['month'].year}年{row['month'].month}月", f"{row['month']:%B %Y}"),
        "share": CONFIDENTIAL if hidden else same(percent(row["coverage"])),
    }


def download(night: Night) -> dict[str, bytes]:
    """Return the file with the coverage of all twelve months as CSV, path below site/ → content."""
    return {DOWNLOAD: csv_bytes(night.frame(COVERAGE))}
