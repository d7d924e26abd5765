"""The figures about one table version that the gate judges and ops.table_metric keeps; which months of it are audited."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.contracts.suites import metric_names
from jobs.gate.history import WHOLE, column_metrics, kept, past, volume
from jobs.gate.profile import Profile, profile
from jobs.lake.tables import Lake

# A table kept by month is audited whole up to this many rows, beyond it night by night only where it was touched.
WHOLE_ROWS = 1_000_000
MONDAY = 0
JUDGED_BY_COLUMN = ("null_share_change", "drift")


@dataclass(frozen=True)
class Measures:
    """``metrics``: one figure each, None where there is nothing to say; ``months``: the audited ones (first days), None for all rows."""

    metrics: Mapping[str, float | None]
    profile: Profile
    months: tuple[date, ...] | None

    @property
    def scope(self) -> str:
        """`whole`, or `months 2026-01, 2026-02`."""
        return WHOLE if self.months is None else "months " + ", ".join(f"{m:%Y-%m}" for m in self.months)

    def by_column(self) -> list[dict[str, Any]]:
        """One row per column that can be judged by its past: `column`, and each figure of JUDGED_BY_COLUMN or None."""
        found: dict[str, dict[str, Any]] = {}
        for metric, value in self.metrics.items():
            kind, _, column = metric.partition(".")
            if kind in JUDGED_BY_COLUMN and value is not None:
                found.setdefault(column, {"column": column} | dict.fromkeys(JUDGED_BY_COLUMN))[kind] = value
        return list(found.values())

    def rows(self, *, run_id: str, day: date, table: str, version: int, in_force: bool) -> list[dict[str, Any]]:
        """Rows of ops.table_metric. A drift is noted with the distribution it is about (`detail`, JSON) even where it is not judged."""
        same = {"run_id": run_id, "date": day, "table": table, "version": version, "scope": self.scope, "in_force": in_force}
        details = {f"drift.{c}": json.dumps(kept(shares), ensure_ascii=False) for c, shares in self.profile.shares.items()}
        return [
            same | {"metric": name, "value": None if value is None else float(value), "detail": details.get(name)}
            for name, value in self.metrics.items() if value is not None or name in details
        ]


def audited_months(touched: tuple[date, ...] | None, *, rows: int, full_refresh: bool, day: date) -> tuple[date, ...] | None:
    """The months to audit of those that were written (None: all rows): all below a million rows, on a full refresh and on Mondays."""
    return None if rows <= WHOLE_ROWS or full_refresh or day.weekday() == MONDAY else touched


def measure(
    lake: Lake, catalog: Catalog, contract: Contract, version: int, *, touched: tuple[date, ...] | None, full_refresh: bool, day: date,
    noted: Iterable[Mapping[str, Any]], more: Mapping[str, float | None],
) -> Measures:
    """Measure one version. ``touched``: months that were written, None for all; ``noted``: rows of ops.table_metric of this table;
    ``more``: further figures by name."""
    rows = lake.dataset(contract.id, version)
    count = rows.count_rows()
    months = audited_months(touched, rows=count, full_refresh=full_refresh, day=day)
    noted = list(noted)
    seen, now = past(noted, day, whole=months is None), profile(rows, contract, catalog, months)
    metrics = dict.fromkeys(metric_names(contract)) | {"row_count": count, "audited_rows": now.rows} | volume(count, seen) | dict(more) | column_metrics(now, seen)
    return Measures(metrics, now, months)


def as_noted(contract: Contract, noted: Iterable[Mapping[str, Any]], version: int) -> Measures:
    """What the run that wrote a version noted about it, to audit all its rows once more. ``noted``: as for measure()."""
    mine = {r["metric"]: r["value"] for r in noted if r["version"] == version}
    return Measures(dict.fromkeys(metric_names(contract)) | mine, Profile(int(mine.get("row_count") or 0)), None)
