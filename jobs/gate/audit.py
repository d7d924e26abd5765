"""The gate: one table version against its suite, through Great Expectations' own API (night.md, The gate)."""

from __future__ import annotations

import json
import os
import shutil
import threading
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # before the import: GX reads it there

import duckdb
import great_expectations as gx
import pandas as pd
import pyarrow as pa
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.expectations.registry import get_expectation_impl

from jobs.contracts.suites import Expectation
from jobs.gate.docs import BUILT

# Above this a table goes through GX's Spark engine, below through pandas: no Spark job a rule.
PANDAS_ROWS = 200_000


@dataclass(frozen=True)
class Verdict:
    """``verdict``: passed, warned (a warning failed) or failed (a critical one did); ``rows`` for ops.gate_verdict."""

    table: str
    version: int
    verdict: str
    rows: list[dict[str, Any]]

    @property
    def failures(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if not row["success"]]


class Gate:
    """Audits of one run. Suites, results and Data Docs of the newest audit of each table are kept in ``folder``."""

    def __init__(self, folder: Path, *, run_id: str, day: date):
        self.folder, self.run_id, self.day = folder, run_id, day
        self._lock = threading.Lock()  # a GX context is not made for threads
        self._context = None

    @property
    def context(self):
        if self._context is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._context = gx.get_context(mode="file", project_root_dir=str(self.folder))
            self._context.variables.progress_bars = {"globally": False}
        return self._context

    def audit(self, table: str, version: int, expectations: list[Expectation], rows: Any, metrics: dict[str, float | None]) -> Verdict:
        """``rows``: the version as a pyarrow Table, or as a Spark DataFrame where it is large; ``metrics``: figures about it."""
        batches = {"rows": rows, "metrics": pa.Table.from_pylist([metrics])}
        result: list[dict[str, Any]] = []
        with self._lock:
            for batch, data in batches.items():
                mine = [e for e in expectations if e.batch == batch]
                if mine:
                    result += self._run(table, version, batch, mine, data)
        failed = {row["severity"] for row in result if not row["success"]}
        verdict = "failed" if "critical" in failed else "warned" if "warning" in failed else "passed"
        return Verdict(table, version, verdict, result)

    def _run(self, table: str, version: int, batch: str, expectations: list[Expectation], data: Any) -> list[dict[str, Any]]:
        name = f"{table}.{batch}"
        spark = not isinstance(data, pa.Table)
        frame = _with_derived(data, expectations)
        sources = self.context.data_sources
        source = sources.add_or_update_spark("spark", persist=False) if spark else sources.add_or_update_pandas("pandas")
        whole = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe(batch)
        suite = gx.ExpectationSuite(name=name)
        for number, e in enumerate(expectations):
            suite.add_expectation(get_expectation_impl(e.type)(**e.kwargs, severity=e.severity, meta={"number": number, "rule": e.rule_id}))
        suite = self.context.suites.add_or_update(suite)
        shutil.rmtree(self.folder / "gx" / "uncommitted" / "validations" / Path(*name.split(".")), ignore_errors=True)
        definition = self.context.validation_definitions.add_or_update(gx.ValidationDefinition(name=name, data=whole, suite=suite))
        outcome = definition.run(
            batch_parameters={"dataframe": frame}, result_format="BOOLEAN_ONLY" if spark else "SUMMARY",
            run_id=RunIdentifier(run_name=f"{self.day} v{version}"),
        )
        return [self._row(table, version, batch, expectations, r) for r in outcome.results]

    def _row(self, table: str, version: int, batch: str, expectations: list[Expectation], result: Any) -> dict[str, Any]:
        config = result.expectation_config
        said = expectations[config.meta["number"]]
        found = result.result or {}
        observed = found.get("observed_value", found.get("partial_unexpected_list"))
        error = (result.exception_info or {}).get("exception_message")
        return {
            "run_id": self.run_id, "date": self.day, "table": table, "version": version, "batch": batch, "expectation": said.type,
            "column": said.kwargs.get("column"), "kwargs": json.dumps(said.kwargs, ensure_ascii=False, default=str),
            "severity": said.severity, "success": bool(result.success),
            "observed": error or (None if observed is None else json.dumps(observed, ensure_ascii=False, default=str)),
            "unexpected_count": found.get("unexpected_count"), "element_count": found.get("element_count"),
            "message_zh": said.message_zh, "message_en": said.message_en,
        }

    def build_docs(self) -> None:
        """Data Docs of every table's newest audit; `quality report` puts them into the site."""
        if self._context is not None:
            shutil.rmtree(self.folder / BUILT, ignore_errors=True)  # GX leaves the pages of older results behind
            self.context.build_data_docs()


def _with_derived(data: Any, expectations: list[Expectation]) -> Any:
    """The frame with the check columns that row-wise rules need (stock GX has no such expectation), as pandas or Spark."""
    derived = {name: sql for e in expectations for name, sql in (e.derived or {}).items()}
    if not isinstance(data, pa.Table):
        from pyspark.sql import functions as F
        return data.withColumns({name: F.expr(sql) for name, sql in derived.items()})
    if derived:
        columns = ", ".join(f'({sql}) AS "{name}"' for name, sql in derived.items())
        with duckdb.connect() as connection:
            connection.register("audited", data)
            data = connection.sql(f"SELECT *, {columns} FROM audited").to_arrow_table()
    frame: pd.DataFrame = data.to_pandas(date_as_object=True)
    return frame
