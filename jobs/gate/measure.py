"""Measure one version of a table: the figures that the gate judges and ops.table_metric keeps, so that later
versions are compared with them."""

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

# date.weekday() of a Monday.
MONDAY = 0
# The metrics of a column that compare it with its past and are judged column by column.
JUDGED_BY_COLUMN = ("null_share_change", "drift")


@dataclass(frozen=True)
class Measures:
    """The figures about one version of a table.

    ``metrics``: name → figure, such as `row_count` or `null_share.price`, None where it cannot be given;
    ``profile``: what was measured on the audited rows; ``months``: the first days of the audited months, None
    where all rows are audited.
    """

    metrics: Mapping[str, float | None]
    profile: Profile
    months: tuple[date, ...] | None

    @property
    def scope(self) -> str:
        """The audited rows as text: `whole`, or `months 2026-01, 2026-02`."""
        return WHOLE if self.months is None else "months " + ", ".join(f"{m:%Y-%m}" for m in self.months)

    def by_column(self) -> list[dict[str, Any]]:
        """Return one row per column that can be compared with its past: `column`, and each metric of
        JUDGED_BY_COLUMN, None where it is not given."""
        found: dict[str, dict[str, Any]] = {}
        for metric, value in self.metrics.items():
            kind, _, column = metric.partition(".")
            if kind in JUDGED_BY_COLUMN and value is not None:
                found.setdefault(column, {"column": column} | dict.fromkeys(JUDGED_BY_COLUMN))[kind] = value
        return list(found.values())

    def rows(self, *, run_id: str, day: date, table: str, version: int, passed: bool) -> list[dict[str, Any]]:
        """Return the rows of ops.table_metric for this version, one per metric that has a figure.

        ``run_id``, ``day``, ``table``, ``version``: written into each row; ``passed``: whether the version
        passed the gate. There is also one row per column with a distribution: metric `drift.<column>`, the
        distribution as JSON in `detail`, and a null value where no drift is given, as later versions are
        compared with it.
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
    """Return the months (first days) of a version that the gate audits; None for all rows.

    ``touched``: the months that were written (None: all); ``rows``: number of rows of the whole version;
    ``day``: the run's date. All rows are audited where there are at most WHOLE_AUDIT_ROWS, on a full refresh
    and on Mondays; else only the months in ``touched``, which saves time on large tables.
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

    ``space``: a workspace in which the view AUDITED has the rows to audit; ``suite``: the table's
    expectations, which say what is measured of which column; ``rows``: number of rows of the whole version;
    ``months``: the audited months (first days), None for all; ``day``: the run's date; ``noted``: the table's
    rows of ops.table_metric from earlier runs; ``more``: further figures by name. Metrics of the suite that
    are not measured are None. Raises the engine's error where a statement fails.
    """
    noted = list(noted)
    seen = past(noted, day, whole=months is None)
    now = profile(space, suite.columns) if rows else Profile(0)
    metrics = dict.fromkeys(suite.metrics) | {"row_count": rows, "audited_rows": now.rows}
    return Measures(metrics | volume(rows, seen) | dict(more) | column_metrics(now, seen), now, months)


def as_noted(suite: Suite, noted: Iterable[Mapping[str, Any]], version: int) -> Measures:
    """Return the figures that the run which wrote ``version`` put into ops.table_metric, so that all rows of
    the version can be audited again without measuring them. ``noted``: the table's rows of ops.table_metric,
    of all versions. Metrics of ``suite`` that have no row are None."""
    mine = {r["metric"]: r["value"] for r in noted if r["version"] == version}
    rows = int(mine.get("row_count") or 0)
    return Measures(dict.fromkeys(suite.metrics) | mine, Profile(rows), None)
