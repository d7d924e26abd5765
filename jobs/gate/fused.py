"""Great Expectations over large tables in one pass: a Spark data source whose engine has its counts made by DuckDB.

GX walks a graph of metrics and asks its engine for those that are ready. Stock GX on Spark runs a job per domain and round, a window over
all rows per uniqueness, a job per sample. This engine counts for all expectations of a suite at once over the files of the version; what it
cannot translate it leaves to stock GX on Spark. Verdicts and figures are the same (a test).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import duckdb
from great_expectations.datasource.fluent import SparkDatasource
from great_expectations.execution_engine import SparkDFExecutionEngine

from jobs.gate.counting import Counter
from jobs.gate.questions import TEXT, Question, counted_rows, question

COUNT, FILTERED, SAMPLE, ROWS = "unexpected_count", "filtered_row_count", "unexpected_values", "table.row_count"
PARTIAL = ("condition", "aggregate_fn", "map")  # what GX's own counts are made of: not needed where DuckDB counts


class FusedEngine(SparkDFExecutionEngine):
    """GX's Spark engine with a Counter of the same rows. ``failed``: DuckDB could not count, so nothing here is a verdict."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.counter: Counter | None = None
        self.failed = False

    def resolve_metrics(
        self, metrics_to_resolve: Iterable[Any], metrics: dict | None = None, runtime_configuration: dict | None = None
    ) -> dict:
        """GX's entrypoint. What is not answered now stays ready, and GX asks for it again: counts wait until all are asked for."""
        wanted = list(metrics_to_resolve)
        asked = {m: q for m in wanted if (q := self._question(m)) is not None}
        stock = [m for m in wanted if m not in asked]
        partial = {m.id: (q, {}, {}) for m, q in asked.items() if m.metric_name.rpartition(".")[2] in PARTIAL}
        if stock or partial:
            told = super().resolve_metrics(stock, metrics, runtime_configuration) if stock else {}
            return partial | told
        samples = [m for m in asked if m.metric_name.endswith(f".{SAMPLE}")]
        try:
            counts = self.counter.count([q for m, q in asked.items() if m not in samples])
            found = dict(zip((m.id for m in asked if m not in samples), counts, strict=True))
            return found or {m.id: self._sampled(m, asked[m]) for m in samples}
        except duckdb.Error:
            self.failed = True
            raise

    def _sampled(self, metric: Any, asked: Question) -> list[Any]:
        self.counter.count([asked])
        return self.counter.sample(asked, metric.metric_value_kwargs["result_format"]["partial_unexpected_count"])

    def _question(self, metric: Any) -> Question | None:
        """What DuckDB is asked for a metric, or for what it is made of; None: it is left to stock GX."""
        name, domain, types = metric.metric_name.removesuffix(".aggregate_fn"), metric.metric_domain_kwargs, self.counter.types
        if name == ROWS:
            return counted_rows(domain)
        if name == "column_values.value_length.map":  # GX's lengths: nobody asks for them where lengths are counted
            return Question("TRUE") if types.get(domain["column"]) == TEXT else None
        base, _, suffix = name.rpartition(".")
        if suffix not in (COUNT, FILTERED, SAMPLE, "condition"):
            return None
        asked = question(base, domain, metric.metric_value_kwargs, types)
        return counted_rows(domain) if asked is not None and suffix == FILTERED else asked


class FusedSparkDatasource(SparkDatasource):
    """`context.data_sources.add_or_update_fused_spark(name)`."""

    type: Literal["fused_spark"] = "fused_spark"  # type: ignore[assignment]
    execution_engine_override: ClassVar[type[FusedEngine]] = FusedEngine
