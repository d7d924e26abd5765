"""Choose the rows of the ops tables that are kept: nights for 30 days, figures about runs for 400. Pure;
`jobs.upkeep.maintenance` writes."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from jobs.lake.night import ANY, FOR_READERS, WHOLE

NIGHT_DAYS = 30  # so long the rows of ops.night are kept, and the versions that they name
# Figures about runs are kept longer than the runs' nights: for over a year, so that a season can be compared
# with the same one a year earlier.
FIGURE_DAYS = 400
FIGURES = ("ops.run_log", "ops.gate_verdict", "ops.table_metric")


def kept_nights(night: pa.Table, day: date) -> pa.Table:
    """Return the rows of ops.night (``night``: all of them, one per run and table) that are kept on ``day``:
    runs of the last 30 days and, of any age, the newest nightly run, the newest nightly or urgent run, and
    the newest that is nightly, urgent or partial."""
    recent = pc.greater_equal(night["date"], day - timedelta(days=NIGHT_DAYS))
    newest = [run for kinds in (WHOLE, FOR_READERS, ANY) if (run := _newest_run(night, kinds)) is not None]
    return night.filter(pc.or_(recent, pc.is_in(night["run_id"], pa.array(newest, pa.string()))))


def _newest_run(night: pa.Table, kinds: tuple[str, ...]) -> str | None:
    rows = night.filter(pc.is_in(night["kind"], pa.array(kinds)))
    if rows.num_rows == 0:
        return None
    return rows["run_id"][pc.index(rows["committed_at"], pc.max(rows["committed_at"])).as_py()].as_py()


def named_versions(nights: pa.Table) -> dict[str, set[int]]:
    """Return a dictionary table → the versions that the rows ``nights`` of ops.night need: those that they
    name, and those of the inputs that a named version was built from, which a run that builds single months
    reads again."""
    named: dict[str, set[int]] = {}
    for row in nights.select(["table", "version", "inputs"]).to_pylist():
        built_from = json.loads(row["inputs"] or "{}").get("versions", {})
        for table, version in [(row["table"], row["version"]), *built_from.items()]:
            if version is not None:
                named.setdefault(table, set()).add(version)
    return named


def kept_figures(rows: pa.Table, day: date, named: dict[str, set[int]]) -> pa.Table:
    """Return the rows of a table of FIGURES that are kept on ``day``: those of the last 400 days and, where
    the table has versions, those about a version in ``named`` (table → versions that kept nights need)."""
    recent = pc.greater_equal(rows["date"], day - timedelta(days=FIGURE_DAYS))
    if "version" not in rows.column_names:
        return rows.filter(recent)
    pairs = zip(rows["table"].to_pylist(), rows["version"].to_pylist(), strict=True)
    return rows.filter(
        pc.or_(recent, pa.array([version in named.get(table, ()) for table, version in pairs], pa.bool_()))
    )
