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
from jobs.gate.history import WHOLE
from jobs.gate.measure import Measures

# Above this a table goes through GX's Spark engine, below through pandas: no Spark job a rule.
PANDAS_ROWS = 200_000
SUMMARY = {"result_format": "SUMMARY", "return_unexpected_index_query": False}
BY_COLUMN = SUMMARY | {"unexpected_index_column_names": ["column"]}  # says which columns failed


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

    def audit(self, table: str, version: int, expectations: list[Expectation], rows: Any, measures: Measures) -> Verdict:
        """``rows``: the audited rows of the version as a pyarrow Table, or as a Spark DataFrame where they are many; ``measures``:
        the figures about it. A table with too little past is not judged by it column by column."""
        batches = {
            "rows": rows, "metrics": pa.Table.from_pylist([measures.metrics]), "columns": pa.Table.from_pylist(measures.by_column()),
        }
        result: list[dict[str, Any]] = []
        with self._lock:
            for batch, data in batches.items():
                mine = [e for e in expectations if e.batch == batch]
                if mine and (batch != "columns" or data.num_rows):
                    result += self._run(table, version, batch, mine, data, measures.scope)
        failed = {row["severity"] for row in result if not row["success"]}
        verdict = "failed" if "critical" in failed else "warned" if "warning" in failed else "passed"
        return Verdict(table, version, verdict, result)

    def _run(
        self, table: str, version: int, batch: str, expectations: list[Expectation], data: Any, scope: str
    ) -> list[dict[str, Any]]:
        name = f"{table}.{batch}"
        frame = _with_derived(data, expectations)
        source = self._source(spark=not isinstance(data, pa.Table))
        whole = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe(batch)
        suite = gx.ExpectationSuite(name=name)
        for number, e in enumerate(expectations):
            suite.add_expectation(get_expectation_impl(e.type)(**e.kwargs, severity=e.severity, meta={"number": number, "rule": e.rule_id}))
        suite = self.context.suites.add_or_update(suite)
        shutil.rmtree(self.folder / "gx" / "uncommitted" / "validations" / Path(*name.split(".")), ignore_errors=True)
        definition = self.context.validation_definitions.add_or_update(gx.ValidationDefinition(name=name, data=whole, suite=suite))
        outcome = definition.run(
            batch_parameters={"dataframe": frame}, result_format=BY_COLUMN if batch == "columns" else SUMMARY,
            run_id=RunIdentifier(run_name=f"{self.day} v{version}" + ("" if scope == WHOLE else f" {scope}")),
        )
        same = {"run_id": self.run_id, "date": self.day, "table": table, "version": version, "scope": scope, "batch": batch}
        return [same | _row(expectations, r) for r in outcome.results]

    def _source(self, *, spark: bool) -> Any:
        if not spark:
            return self.context.data_sources.add_or_update_pandas("pandas")
        import jobs.gate.fused  # noqa: F401  GX learns the data source by its definition; a night of small tables needs no pyspark
        return self.context.data_sources.add_or_update_fused_spark("spark", persist=False)

    def build_docs(self) -> None:
        """Data Docs of every table's newest audit; `quality report` puts them into the site."""
        if self._context is not None:
            shutil.rmtree(self.folder / BUILT, ignore_errors=True)  # GX leaves the pages of older results behind
            self.context.build_data_docs()


def _row(expectations: list[Expectation], result: Any) -> dict[str, Any]:
    said = expectations[result.expectation_config.meta["number"]]
    found = result.result or {}
    shown = "partial_unexpected_index_list" if said.batch == "columns" else "partial_unexpected_list"
    observed = found.get("observed_value", found.get(shown))
    return {
        "expectation": said.type, "column": said.kwargs.get("column"),
        "kwargs": json.dumps(said.kwargs, ensure_ascii=False, default=str), "severity": said.severity, "success": bool(result.success),
        "observed": _error(result) or (None if observed is None else json.dumps(observed, ensure_ascii=False, default=str)),
        "unexpected_count": found.get("unexpected_count"), "element_count": found.get("element_count"),
        "message_zh": said.message_zh, "message_en": said.message_en,
    }


def _error(result: Any) -> str | None:
    """What stopped GX, which notes it by metric or once."""
    info = result.exception_info or {}
    each = [info] if "exception_message" in info else [dict(i) for i in info.values() if hasattr(i, "keys") or isinstance(i, dict)]
    return next((message for one in each if (message := one.get("exception_message"))), None)


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
