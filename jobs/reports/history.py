"""What the page of a table on the quality gate shows of earlier nights: metrics of the table
(ops.table_metric), such as its number of rows, and changes in the columns that its sources file. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from jobs.arrays import dicts
from jobs.methods.rounding import fixed
from jobs.reports.file_ledger import by_delivery, items
from jobs.reports.numbers import count, missing, percent
from jobs.reports.small import spark
from jobs.reports.wording import METRIC, Text, spoken

NIGHTS = 30
# Figures of one column are shown from here on: below, it is as always.
NOTABLE = {"null_share_change": 0.05, "drift": 0.1}
SHARES = (
    "quarantined_share",
    "superseded_share",
    "unlinked_share",
    "volume_outside",
    "null_share_change",
    "drift",
)


@dataclass(frozen=True)
class Figure:
    """One metric of a table in its newest audit. ``kind``: which metric (a key of METRIC); ``column``: the
    column that it is about, '' for the whole table; ``now``, ``before``: its value as text, and that of the
    audit before, '' without one; ``nights``: number of values drawn; ``drawing``: None with fewer than
    two."""

    kind: str
    column: str
    now: str
    before: str
    nights: int
    drawing: Markup | None

    @property
    def name(self) -> Text:
        """What the metric is called."""
        return METRIC[self.kind]


def figures(metrics: pd.DataFrame, table: str) -> list[Figure]:
    """Return the metrics of a table's newest audit in the order of METRIC: those of the whole table, and
    those of columns whose value is notable (NOTABLE). Versions that did not pass are left out. ``metrics``:
    ops.table_metric; ``table``: its id."""
    mine = metrics[(metrics["table"] == table) & metrics["value"].notna()]
    if "passed" in mine:
        mine = mine[mine["passed"].ne(False)]
    mine = mine.sort_values(["date", "version"], kind="stable").drop_duplicates(
        ["date", "metric"], keep="last"
    )
    newest = mine["date"].max() if len(mine) else None
    found = []
    for metric, rows in mine.groupby("metric", sort=False):
        kind, _, column = str(metric).partition(".")
        if kind not in METRIC or rows["date"].iloc[-1] != newest:
            continue
        if column and abs(rows["value"].iloc[-1]) < NOTABLE.get(kind, float("inf")):
            continue
        found.append(_figure(kind, column, rows.tail(NIGHTS)))
    order = list(METRIC)
    return sorted(found, key=lambda f: (order.index(f.kind), f.column))


def _figure(kind: str, column: str, rows: pd.DataFrame) -> Figure:
    values, shown = list(rows["value"]), _shown(kind)
    words = METRIC[kind]
    drawing = None
    if len(values) > 1:
        first, last = rows["date"].iloc[0], rows["date"].iloc[-1]
        what = f"{spoken(words)}{f' {column}' if column else ''}"
        drawing = spark(values, f"{what}, {first} – {last}: {shown(values[0])} → {shown(values[-1])}")
    return Figure(
        kind, column, shown(values[-1]), shown(values[-2]) if len(values) > 1 else "", len(values), drawing
    )


def _shown(kind: str) -> Callable[[float], str]:
    if kind in SHARES:
        return percent
    return (lambda value: fixed(value, 2)) if kind.endswith("ratio") else count


def changed_columns(landed: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return target table (without `silver.`) → dicts of the feeds whose newest live file differs from the
    source YAML: source, feed, ``drift`` (columns that the YAML does not name) and ``missing`` (optional ones
    that the file lacks). ``landed``: as jobs.ingest.units.current returns it."""
    live = by_delivery(landed[landed["live"] & (landed["target"] != "")])
    found: dict[str, list[dict[str, Any]]] = {}
    for file in dicts(live.drop_duplicates(["source", "feed"], keep="last").sort_values(["source", "feed"])):
        entry = {
            "source": file["source"],
            "feed": file["feed"],
            "drift": items(file["drift"]),
            "missing": items(file["missing"]),
        }
        if entry["drift"] or entry["missing"]:
            found.setdefault(file["target"], []).append(entry)
    return found


def scope_text(scope: object) -> Text:
    """Return in words what an audit looked at: the whole table, or months. ``scope``: `whole` or `months
    2026-01, 2026-02`; missing means the whole table."""
    if missing(scope) or not scope or scope == "whole":
        return Text("全表", "the whole table")
    months = str(scope).removeprefix("months ")
    return Text(f"月份 {months}", f"months {months}")
