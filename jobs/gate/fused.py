"""Great Expectations over Spark in one pass: a data source whose engine counts for all expectations of a suite at once.

GX walks a graph of metrics and asks its engine for those that are ready. This engine answers in three stages: what costs no job
(conditions, which stay GX's own), then all counts together in one aggregate, then samples of unexpected values where a count says
that there are any. Stock GX runs a job per domain and round, a window over all rows per uniqueness, a job per sample. What the engine
does not know it leaves to stock GX; results are the same (a test).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any, ClassVar, Literal

from great_expectations.core.metric_function_types import SummarizationMetricNameSuffixes as Suffix
from great_expectations.datasource.fluent import SparkDatasource
from great_expectations.execution_engine import SparkDFExecutionEngine
from great_expectations.execution_engine.execution_engine import MetricComputationConfiguration as Task
from great_expectations.expectations.row_conditions import Condition, PassThroughCondition, deserialize_row_condition
from great_expectations.util import convert_to_json_serializable
from pyspark.sql import Column
from pyspark.sql import functions as F

from jobs.gate.unique import Key, repeated_rows, sample_of_repeated

UNIQUE = ("column_values.unique", "compound_columns.unique")
# Conditions over more than one column that look at one row only. GX says so of conditions over one column by itself.
ROW_WISE = (
    "column_pair_values.a_greater_than_b", "column_pair_values.equal", "column_pair_values.in_set", "multicolumn_sum.equal",
    "select_column_values.unique.within_record",
)
SAMPLES = tuple(s.value for s in (
    Suffix.UNEXPECTED_VALUES, Suffix.UNEXPECTED_ROWS, Suffix.UNEXPECTED_INDEX_LIST, Suffix.UNEXPECTED_INDEX_QUERY, Suffix.UNEXPECTED_VALUE_COUNTS,
))


def _split(name: str) -> tuple[str, str]:
    """`column_values.in_set.unexpected_count` → (`column_values.in_set`, `unexpected_count`)."""
    base, _, suffix = name.rpartition(".")
    return base, suffix


@dataclass(frozen=True)
class Count:
    """One count of the aggregate: of the task, of rows where ``value`` holds; ``condition``: id of the condition that it counts."""

    task: Task
    value: Column
    condition: Any = None


class FusedEngine(SparkDFExecutionEngine):
    """GX's Spark engine, its counts fused."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unexpected: dict[Any, int | None] = {}  # id of a condition → rows that it found

    def resolve_metrics(
        self, metrics_to_resolve: Iterable[Any], metrics: dict | None = None, runtime_configuration: dict | None = None
    ) -> dict:
        """GX's entrypoint. What is not answered now stays ready, and GX asks for it again."""
        direct, bundled = self._build_direct_and_bundled_metric_computation_configurations(
            metrics_to_resolve=metrics_to_resolve, metrics=metrics, runtime_configuration=runtime_configuration
        )
        counts = [t for t in direct if _split(_name(t))[1] in (Suffix.UNEXPECTED_COUNT.value, Suffix.FILTERED_ROW_COUNT.value)] + bundled
        samples = [t for t in direct if _split(_name(t))[1] in SAMPLES]
        first = [t for t in direct if not any(t is other for other in counts + samples)]
        if first:
            return self._stock(first)
        return self._counted(counts, metrics or {}) if counts else self._sampled(samples)

    def _stock(self, tasks: list[Task]) -> dict:
        return self._process_direct_and_bundled_metric_computation_configurations(
            metric_fn_direct_configurations=[t for t in tasks if not _is_bundled(t)],
            metric_fn_bundle_configurations=[t for t in tasks if _is_bundled(t)],
        )

    def _counted(self, tasks: list[Task], metrics: dict) -> dict:
        """All counts: one aggregate, one grouped count for the keys, the rest by stock GX."""
        counts, keys, rest = [], {}, []
        for task in tasks:
            base, suffix = _split(_name(task))
            if base in UNIQUE and suffix == Suffix.UNEXPECTED_COUNT.value:
                keys[task.metric_configuration.id] = (task, self._key(task))
            elif (count := self._count(task, metrics)) is not None:
                counts.append(count)
            else:
                rest.append(task)
        found: dict[Any, Any] = {}
        try:
            if counts:
                found |= self._aggregated(counts)
            if keys:
                rows = repeated_rows([key for _, key in keys.values()])
                for (metric, (task, _)), repeated in zip(keys.items(), rows, strict=True):
                    found[metric] = self._unexpected[_condition_id(task)] = repeated
        except Exception:  # one bad expectation must not take the others along: stock GX tells them apart
            return self._stock(tasks)
        return found | (self._stock(rest) if rest else {})

    def _aggregated(self, counts: list[Count]) -> dict:
        frame = self.get_domain_records({k: v for k, v in counts[0].task.metric_configuration.metric_domain_kwargs.items() if k == "batch_id"})
        row = frame.agg(*[c.value.alias(f"count_{n}") for n, c in enumerate(counts)]).collect()[0]
        found = {c.task.metric_configuration.id: convert_to_json_serializable(data=value) for c, value in zip(counts, row, strict=True)}
        self._unexpected |= {c.condition: found[c.task.metric_configuration.id] for c in counts if c.condition is not None}
        return found

    def _count(self, task: Task, metrics: dict) -> Count | None:
        """How the one aggregate counts for the task; None where it cannot."""
        base, suffix = _split(_name(task))
        if not _understood(task.metric_configuration.metric_domain_kwargs.get("row_condition")):
            return None
        if _is_bundled(task):
            among = self._filter(task.compute_domain_kwargs)
            condition = _condition_of_bundled(task) if suffix == Suffix.UNEXPECTED_COUNT.value else None
            if among is None:
                return Count(task, task.metric_fn, condition)
            if condition is not None:  # as GX writes it: null where no row is among those asked about
                return Count(task, F.sum(F.when(among, F.when(metrics[condition][0], 1).otherwise(0))), condition)
            return Count(task, F.count(F.when(among, 1))) if _name(task) == "table.row_count" else None
        if base not in (*ROW_WISE, "compound_columns.unique") or (base not in ROW_WISE and suffix == Suffix.UNEXPECTED_COUNT.value):
            return None
        wrong, compute, accessor = task.metric_provider_kwargs["metrics"]["unexpected_condition"]
        among = self._filter({**compute, **accessor})
        if suffix == Suffix.FILTERED_ROW_COUNT.value:
            return Count(task, F.count(F.lit(1) if among is None else F.when(among, 1)))
        return Count(task, F.count(F.when(wrong if among is None else among & wrong, 1)), _condition_id(task))

    def _filter(self, domain: dict) -> Column | None:
        """What `get_domain_records` filters by, as a condition on the unfiltered rows; None where it filters nothing."""
        parts = []
        if row_condition := domain.get("row_condition"):
            parts.append(F.expr(self.condition_to_filter_clause(_condition(row_condition))))
        ignored, names = domain.get("ignore_row_if"), domain.get("column_list") or [domain.get("column_A"), domain.get("column_B")]
        if ignored in ("either_value_is_missing", "any_value_is_missing"):
            parts += [F.col(name).isNotNull() for name in names]
        elif ignored in ("both_values_are_missing", "all_values_are_missing"):
            parts.append(reduce(lambda a, b: a | b, [F.col(name).isNotNull() for name in names]))
        return reduce(lambda a, b: a & b, parts) if parts else None

    def _key(self, task: Task) -> Key:
        _, compute, accessor = task.metric_provider_kwargs["metrics"]["unexpected_condition"]
        names = accessor.get("column_list") or [accessor["column"]]
        return Key(self.get_domain_records({**compute, **{k: v for k, v in accessor.items() if k != "column"}}), tuple(names))

    def _sampled(self, tasks: list[Task]) -> dict:
        found, rest = {}, []
        for task in tasks:
            (base, suffix), metric = _split(_name(task)), task.metric_configuration.id
            unexpected = self._unexpected.get(_condition_id(task))
            if suffix == Suffix.UNEXPECTED_VALUES.value and unexpected == 0:
                found[metric] = []
            elif suffix == Suffix.UNEXPECTED_VALUES.value and base in UNIQUE and unexpected is not None:
                wanted = task.metric_configuration.metric_value_kwargs["result_format"]["partial_unexpected_count"]
                found[metric] = sample_of_repeated(self._key(task), wanted)
            else:
                rest.append(task)
        return found | (self._stock(rest) if rest else {})


def _condition(row_condition: Any) -> Any:
    return deserialize_row_condition(row_condition) if isinstance(row_condition, dict) else row_condition


def _understood(row_condition: Any) -> bool:
    """Conditions written as text are left to stock GX."""
    return not row_condition or isinstance(_condition(row_condition), Condition) and not isinstance(_condition(row_condition), PassThroughCondition)


def _name(task: Task) -> str:
    return task.metric_configuration.metric_name


def _is_bundled(task: Task) -> bool:
    return task.compute_domain_kwargs is not None


def _condition_id(task: Task) -> Any:
    condition = task.metric_configuration.metric_dependencies.get("unexpected_condition")
    return None if condition is None else condition.id


def _condition_of_bundled(task: Task) -> Any:
    aggregate = task.metric_configuration.metric_dependencies["metric_partial_fn"]
    return aggregate.metric_dependencies["unexpected_condition"].id


class FusedSparkDatasource(SparkDatasource):
    """`context.data_sources.add_or_update_fused_spark(name)`."""

    type: Literal["fused_spark"] = "fused_spark"  # type: ignore[assignment]
    execution_engine_override: ClassVar[type[FusedEngine]] = FusedEngine
