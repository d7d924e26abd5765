"""The figures about one table version that the gate judges and ops.table_metric keeps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jobs.contracts.suites import Suite
from jobs.engine.interface import Workspace
from jobs.engine.sizes import WHOLE_AUDIT_ROWS
from jobs.gate.history import WHOLE, column_metrics, kept, past, volume
from jobs.gate.profile import Profile, profile

MONDAY = 0
JUDGED_BY_COLUMN = ("null_share_change", "drift")


@dataclass(frozen=True)
class Measures:
    """The figures about one version.

    ``metrics``: name → figure, None where it cannot be given; ``months``: the first days of the audited
    months, None for all rows.
    """

    metrics: Mapping[str, float | None]
    profile: Profile
    months: tuple[date, ...] | None

    @property
    def scope(self) -> str:
        """`whole`, or `months 2026-01, 2026-02`."""
        return WHOLE if self.months is None else "months " + ", ".join(f"{m:%Y-%m}" for m in self.months)

    def by_column(self) -> list[dict[str, Any]]:
        """One row per column that can be compared with its past: `column`, and each figure of
        JUDGED_BY_COLUMN or None."""
        found: dict[str, dict[str, Any]] = {}
        for metric, value in self.metrics.items():
            kind, _, column = metric.partition(".")
            if kind in JUDGED_BY_COLUMN and value is not None:
                found.setdefault(column, {"column": column} | dict.fromkeys(JUDGED_BY_COLUMN))[kind] = value
        return list(found.values())

    def rows(self, *, run_id: str, day: date, table: str, version: int, passed: bool) -> list[dict[str, Any]]:
        """The rows of ops.table_metric for this version, one per metric that has a figure.

        The row of a drift also holds the column's distribution (`detail`, JSON), even where the drift is not
        judged, as later nights are compared with it.
        """
        same = {
            "run_id": run_id,
            "date": day,
            "table": table,
            "version": version,
            "scope": self.scope,
            "passed": passed,
        }
        shares = self.profile.shares
        details = {f"drift.{c}": json.dumps(kept(of), ensure_ascii=False) for c, of in shares.items()}
        noted = {n: value for n, value in self.metrics.items() if value is not None or n in details}
        return [
            same | {"metric": n, "value": None if value is None else float(value), "detail": details.get(n)}
            for n, value in noted.items()
        ]


def audited_months(
    touched: tuple[date, ...] | None, *, rows: int, full_refresh: bool, day: date
) -> tuple[date, ...] | None:
    """The months of a version to audit (first days); None: all rows.

    All rows are audited in a table of at most WHOLE_AUDIT_ROWS, on a full refresh and on Mondays; else those
    of ``touched``, the months that were written (None: all).
    """
    return None if rows <= WHOLE_AUDIT_ROWS or full_refresh or day.weekday() == MONDAY else touched


def measure(
    space: Workspace,
    suite: Suite,
    *,
    rows: int,
    months: tuple[date, ...] | None,
    day: date,
    noted: Iterable[Mapping[str, Any]],
    more: Mapping[str, float | None],
) -> Measures:
    """Measure one version of a table.

    ``space``: a workspace with the rows to audit under the name AUDITED; ``rows``: number of rows of the
    whole version; ``months``: the audited months, None for all; ``noted``: rows of ops.table_metric about
    this table; ``more``: further figures by name. Errors of the engine are raised.
    """
    noted = list(noted)
    seen = past(noted, day, whole=months is None)
    now = profile(space, suite.columns) if rows else Profile(0)
    metrics = dict.fromkeys(suite.metrics) | {"row_count": rows, "audited_rows": now.rows}
    return Measures(metrics | volume(rows, seen) | dict(more) | column_metrics(now, seen), now, months)


def as_noted(suite: Suite, noted: Iterable[Mapping[str, Any]], version: int) -> Measures:
    """The figures that the run which wrote ``version`` has put into ops.table_metric, for another audit of
    all its rows. ``noted``: as of measure()."""
    mine = {r["metric"]: r["value"] for r in noted if r["version"] == version}
    rows = int(mine.get("row_count") or 0)
    return Measures(dict.fromkeys(suite.metrics) | mine, Profile(rows), None)
