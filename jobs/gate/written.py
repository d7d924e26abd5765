"""Written expectations and those about a table's past, judged by Great Expectations through its own API.

Great Expectations walks a graph of metrics and asks its execution engine for those that are ready. The engine
here is its pandas engine on a frame without rows: counts are made in the workspace, in one statement, and
Great Expectations judges by them. No row of a table is loaded, whether it has ten or ten million.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, ClassVar, Literal

from jobs.contracts.questions import COUNT, FILTERED, ROWS, SAMPLE, metrics_of, question
from jobs.contracts.suites import Expectation
from jobs.gate.counting import Counter
from jobs.gate.gx import PandasDatasource, PandasExecutionEngine, get_expectation_impl, gx
from jobs.gate.kept import Found, text

PARTIAL = ("condition", "aggregate_fn", "map")  # what GX makes counts of: not needed here
RESULT_FORMAT = {"result_format": "BASIC", "return_unexpected_index_query": False}


class AnswersEngine(PandasExecutionEngine):
    """The pandas engine of Great Expectations, whose counts ``counter`` makes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.counter: Counter | None = None

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[Any],
        metrics: dict[Any, Any] | None = None,
        runtime_configuration: dict[Any, Any] | None = None,
    ) -> dict[Any, Any]:
        """Entry point of Great Expectations: returns the values of these metrics by their ids."""
        counter = self.counter
        assert counter is not None, "a judge sets the counter before it validates"
        found: dict[Any, Any] = {}
        asked: dict[Any, Any] = {}
        stock: list[Any] = []
        for m in metrics_to_resolve:
            suffix = m.metric_name.rpartition(".")[2]
            if suffix in PARTIAL:
                found[m.id] = (None, {}, {})
            elif m.metric_name == ROWS or suffix in (COUNT, FILTERED, SAMPLE):
                about, values = m.metric_domain_kwargs, m.metric_value_kwargs
                asked[m] = question(m.metric_name, about, values, counter.kinds)
            else:
                stock.append(m)
        for (m, q), count in zip(asked.items(), counter.count(list(asked.values())), strict=True):
            found[m.id] = counter.sample(q) if m.metric_name.endswith(f".{SAMPLE}") else count
        return found | (super().resolve_metrics(stock, metrics, runtime_configuration) if stock else {})


class AnswersDatasource(PandasDatasource):
    """`context.data_sources.add_answers(name)`."""

    type: Literal["answers"] = "answers"  # type: ignore[assignment]  # each of GX's datasources has a type
    execution_engine_override: ClassVar[builtins.type[AnswersEngine]] = AnswersEngine


# What was judged in this process: what is asked alike and answered alike is judged once.
JUDGED: dict[tuple[tuple[tuple[str, str], ...], str], list[Found]] = {}
MOST = 4096


@lru_cache(maxsize=4096)
def _metrics(kind: str, kwargs: str) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """As metrics_of. Kept, because many tables have the same expectations about their figures."""
    return metrics_of(get_expectation_impl(kind)(**json.loads(kwargs)))


class Asked:
    """Expectations about one batch, and the questions that ``counter`` must answer for them. Raises
    jobs.contracts.questions.Untranslated where an expectation needs more than the gate can count."""

    def __init__(self, expectations: Sequence[Expectation], counter: Counter):
        self.expectations, self.counter = expectations, counter
        self.texts = tuple((e.type, json.dumps(dict(e.kwargs))) for e in expectations)
        self.questions = [question(*metric, counter.kinds) for one in self.texts for metric in _metrics(*one)]

    def answers(self) -> str:
        """All that Great Expectations will be given. Errors of the engine that counts are raised."""
        counts = self.counter.count(self.questions)
        failing = [q for q, count in zip(self.questions, counts, strict=True) if count]
        return text([counts, [self.counter.sample(q) for q in failing]])


class Judge:
    """Great Expectations in a context that lives in memory, for one run; it is made when there is something
    to judge. Not for threads."""

    def __init__(self) -> None:
        self._started = False

    def _start(self) -> None:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]  # GX reads a mapping
        source = context.data_sources.add_answers("answers")
        self._engine = source.get_execution_engine()
        self._batches = source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
        self._started = True

    def judged(self, asked: Asked, answers: str) -> list[Found]:
        """The result of each expectation, in their order.

        ``answers``: of ``asked``.
        """
        known = (asked.texts, answers)
        if known not in JUDGED:
            if len(JUDGED) >= MOST:
                JUDGED.clear()
            JUDGED[known] = self._validated(asked)
        results = zip(JUDGED[known], asked.expectations, strict=True)
        return [replace(found, expectation=e) for found, e in results]

    def _validated(self, asked: Asked) -> list[Found]:
        if not self._started:
            self._start()
        listed = [
            get_expectation_impl(e.type)(**e.kwargs, meta={"number": number})
            for number, e in enumerate(asked.expectations)
        ]
        suite = gx.ExpectationSuite(name="written", expectations=listed)
        self._engine.counter = asked.counter
        frame = asked.counter.schema.empty_table().to_pandas()
        outcome = self._batches.get_batch({"dataframe": frame}).validate(suite, result_format=RESULT_FORMAT)
        by_number = {r.expectation_config.meta["number"]: r for r in outcome.results}
        return [
            Found(e, bool(by_number[n].success), dict(by_number[n].result or {}), _error(by_number[n]))
            for n, e in enumerate(asked.expectations)
        ]


def _error(result: Any) -> str | None:
    """What stopped GX, which notes it by metric or once."""
    info = result.exception_info or {}
    each = [info] if "exception_message" in info else [dict(i) for i in info.values() if hasattr(i, "keys")]
    return next((message for one in each if (message := one.get("exception_message"))), None)
