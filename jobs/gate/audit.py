"""The gate: one table version against its suite, through Great Expectations' own API (night.md, The gate)."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # before the import: GX reads it there

import duckdb
import great_expectations as gx
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.expectations.registry import get_expectation_impl

from jobs.contracts.suites import Expectation
import jobs.gate.fused  # noqa: F401  GX learns the data source by its definition, and the gate's folder names it
from jobs.gate.counting import Counter
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


@dataclass(frozen=True)
class Large:
    """Many rows, twice the same: as files that DuckDB counts over (``where``: SQL, which of them), and in Spark for what GX must do."""

    files: ds.Dataset | pa.Table
    frame: Any
    where: str = "TRUE"


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
        """``rows``: the audited rows of the version as a pyarrow Table, or as Large where they are many; ``measures``: the figures
        about it. A table with too little past is not judged by it column by column."""
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
        name, derived = f"{table}.{batch}", {name: sql for e in expectations for name, sql in (e.derived or {}).items()}
        sources, suite = self.context.data_sources, gx.ExpectationSuite(name=name)  # GX wants a context before a suite
        for number, e in enumerate(expectations):
            suite.add_expectation(get_expectation_impl(e.type)(**e.kwargs, severity=e.severity, meta={"number": number, "rule": e.rule_id}))
        suite = self.context.suites.add_or_update(suite)
        shutil.rmtree(self.folder / "gx" / "uncommitted" / "validations" / Path(*name.split(".")), ignore_errors=True)

        def validate(source: Any, frame: Any) -> list[Any]:
            whole = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe(batch)
            # One of an earlier night may name a source that no longer has the table, and GX then refuses to look at it.
            (self.folder / "gx" / "validation_definitions" / f"{name}.json").unlink(missing_ok=True)
            definition = self.context.validation_definitions.add(gx.ValidationDefinition(name=name, data=whole, suite=suite))
            return definition.run(
                batch_parameters={"dataframe": frame}, result_format=BY_COLUMN if batch == "columns" else SUMMARY,
                run_id=RunIdentifier(run_name=f"{self.day} v{version}" + ("" if scope == WHOLE else f" {scope}")),
            ).results

        if isinstance(data, Large):
            results = _validated_large(sources, data, derived, validate)
        else:
            results = validate(sources.add_or_update_pandas("pandas"), _pandas(data, derived))
        same = {"run_id": self.run_id, "date": self.day, "table": table, "version": version, "scope": scope, "batch": batch}
        return [same | _row(expectations, r) for r in results]

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


def _pandas(rows: pa.Table, derived: Mapping[str, str]) -> pd.DataFrame:
    """The rows with the check columns that row-wise rules need: stock GX has no such expectation."""
    if derived:
        columns = ", ".join(f'({sql}) AS "{name}"' for name, sql in derived.items())
        with duckdb.connect() as connection:
            connection.register("audited", rows)
            rows = connection.sql(f"SELECT *, {columns} FROM audited").to_arrow_table()
    return rows.to_pandas(date_as_object=True)


def _validated_large(sources: Any, rows: Large, derived: Mapping[str, str], validate: Callable[[Any, Any], list[Any]]) -> list[Any]:
    """Through the fused engine; where DuckDB cannot count, by stock GX on Spark."""
    from pyspark.sql import functions as F

    frame = rows.frame.withColumns({name: F.expr(sql) for name, sql in derived.items()})
    source = sources.add_or_update_fused_spark("fused_spark", persist=False)
    engine = source.get_execution_engine()
    with Counter(rows.files, where=rows.where, derived=derived) as engine.counter:
        results = validate(source, frame)
    return validate(sources.add_or_update_spark("spark", persist=False), frame) if engine.failed else results
