"""Judge written expectations and those about a table's past by Great Expectations, through its own API.

To judge an expectation, Great Expectations needs metrics (counts of rows, samples of values) and asks its
execution engine for them. The engine here, AnswersEngine, is its pandas engine on a frame without rows: the
counts are made in the workspace, by SQL in one statement, and Great Expectations judges by them. No row of a
table is loaded, whether it has ten or ten million.
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

# Endings of the names of metrics that only prepare a count; the counts are made elsewhere, so nothing is
# computed for them.
PARTIAL = ("condition", "aggregate_fn", "map")
# The detail of results: BASIC gives counts and a sample of values.
RESULT_FORMAT = {"result_format": "BASIC", "return_unexpected_index_query": False}


class AnswersEngine(PandasExecutionEngine):
    """The pandas engine of Great Expectations, except that counts and samples come from ``counter``, which
    must be set before it is asked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.counter: Counter | None = None

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[Any],
        metrics: dict[Any, Any] | None = None,
        runtime_configuration: dict[Any, Any] | None = None,
    ) -> dict[Any, Any]:
        """Return the values of metrics, by metric id. Great Expectations calls it.

        ``metrics_to_resolve``: the metrics that are asked for; ``metrics``: values of the metrics that these
        depend on, by id. Row counts, counts of unexpected values and samples come from the counter; all
        others are left to the pandas engine.
        """
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
    """A data source of Great Expectations with AnswersEngine as its engine;
    `context.data_sources.add_answers(name)` makes one."""

    type: Literal["answers"] = "answers"  # each of GX's datasources has a type
    execution_engine_override: ClassVar[builtins.type[AnswersEngine]] = AnswersEngine


# What was judged in this process: (expectations, answers) → results. The same expectations with the same
# answers are judged once.
JUDGED: dict[tuple[tuple[tuple[str, str], ...], str], list[Found]] = {}
# The most entries of JUDGED; it is emptied when it is full.
MOST = 4096


@lru_cache(maxsize=4096)
def _metrics(kind: str, kwargs: str) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """As metrics_of. Kept, because many tables have the same expectations about their figures."""
    return metrics_of(get_expectation_impl(kind)(**json.loads(kwargs)))


class Asked:
    """Expectations about one batch of rows, and in ``questions`` all counts that Great Expectations needs to
    judge them.

    ``expectations``: those to judge; ``counter``: counts rows of the batch. Raises
    jobs.contracts.questions.Untranslated where an expectation needs a count that the gate cannot make.
    """

    def __init__(self, expectations: Sequence[Expectation], counter: Counter):
        self.expectations, self.counter = expectations, counter
        self.texts = tuple((e.type, json.dumps(dict(e.kwargs))) for e in expectations)
        self.questions = [question(*metric, counter.kinds) for one in self.texts for metric in _metrics(*one)]

    def answers(self) -> str:
        """Make all counts and samples in the workspace and return them as JSON text. Equal texts lead to
        equal results. Raises the engine's error where a statement fails."""
        counts = self.counter.count(self.questions)
        failing = [q for q, count in zip(self.questions, counts, strict=True) if count]
        return text([counts, [self.counter.sample(q) for q in failing]])


class Judge:
    """Great Expectations in a context that lives in memory, for one run. The context is made when the first
    expectation is judged. Only one thread at a time may use a Judge."""

    def __init__(self) -> None:
        self._started = False

    def _start(self) -> None:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        source = context.data_sources.add_answers("answers")
        self._engine = source.get_execution_engine()
        self._batches = source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
        self._started = True

    def judged(self, asked: Asked, answers: str) -> list[Found]:
        """Return the result of each expectation of ``asked``, in their order.

        ``answers``: what `asked.answers()` returned; equal expectations with equal answers are judged once.
        Great Expectations gets the counts from ``asked.counter``, which has kept them."""
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
