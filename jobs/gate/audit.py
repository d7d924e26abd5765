"""The gate: audit one version of a table against its contract, its written expectations and its past.

An expectation is one check, critical or only a warning. The rules of the contract are SQL conditions: the
engine that wrote the table counts, in one statement, the rows that fail each. Expectations that people wrote
in `expectations/`, and those about the past, are judged by Great Expectations (jobs.gate.written). The
results of both are rows of ops.gate_verdict and pages of the Data Docs, Great Expectations' HTML report.

An expectation is about one *batch* of rows: `rows` (the table's), `metrics` (one row with all figures about
the version, such as its row count) or `columns` (one row per column that is compared with its past).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from jobs.contracts.questions import Question
from jobs.contracts.suites import Expectation
from jobs.engine.interface import Workspace
from jobs.gate.counting import ROWS, Counter
from jobs.gate.kept import Found, counted, keep, text
from jobs.gate.measure import JUDGED_BY_COLUMN, Measures
from jobs.gate.profile import AUDITED

if TYPE_CHECKING:
    from jobs.gate.written import Asked, Judge


@dataclass(frozen=True)
class Verdict:
    """The result of an audit of ``version`` of ``table``.

    ``verdict``: failed where a critical expectation failed, else warned where one of severity warning failed,
    else passed; ``rows``: one row for ops.gate_verdict (column → value) per expectation.
    """

    table: str
    version: int
    verdict: str
    rows: list[dict[str, Any]]

    @property
    def failures(self) -> list[dict[str, Any]]:
        """The rows of the expectations that failed, of any severity."""
        return [row for row in self.rows if not row["success"]]


class Gate:
    """Makes the audits of one run.

    ``folder``: the gate's folder, where the newest result of each table is kept for the Data Docs
    (jobs.gate.docs); ``run_id`` and ``day``: of the run, written into each row of the results.
    """

    def __init__(self, folder: Path, *, run_id: str, day: date):
        self.folder, self.run_id, self.day = folder, run_id, day
        self._lock = threading.Lock()  # Great Expectations is not made for threads
        self._judge: Judge | None = None

    def audit(
        self,
        table: str,
        version: int,
        expectations: Sequence[Expectation],
        space: Workspace,
        measures: Measures,
    ) -> Verdict:
        """Audit one version of a table, keep the result for the Data Docs and return the verdict. Several
        threads may call it, each with another workspace.

        ``expectations``: those about the table; ``space``: a workspace in which the view AUDITED has the rows
        to audit; ``measures``: the figures about the version. Expectations about `columns` are left out where
        no column has enough past to be compared with. Raises the engine's error where a statement fails, and
        jobs.contracts.questions.Untranslated for an expectation that needs a count which the gate cannot
        make.
        """
        rules = [e for e in expectations if e.asked is not None]
        rows, by_column = Counter(space, AUDITED), measures.by_column()
        written = [e for e in expectations if e.asked is None and (by_column or e.batch != "columns")]
        about_rows = _asked(written, "rows", lambda: rows)
        about_metrics = _asked(written, "metrics", lambda: _metrics(space, measures))
        about_columns = _asked(written, "columns", lambda: _columns(space, by_column))
        found = _by_contract(rules, rows, about_rows.questions if about_rows else [])
        for asked in (about_rows, about_metrics, about_columns):
            found += self._by_great_expectations(asked)
        run_name = f"{self.day} v{version}" + ("" if measures.months is None else f" {measures.scope}")
        keep(self.folder, table, run_name, found, datetime.combine(self.day, time(), UTC))
        failed = {one.expectation.severity for one in found if not one.success}
        verdict = "failed" if "critical" in failed else "warned" if "warning" in failed else "passed"
        same = {
            "run_id": self.run_id,
            "date": self.day,
            "table": table,
            "version": version,
            "scope": measures.scope,
        }
        return Verdict(table, version, verdict, [same | _row(one) for one in found])

    def _by_great_expectations(self, asked: Asked | None) -> list[Found]:
        """The answers are made before Great Expectations asks, so that no statement runs under the lock."""
        if asked is None:
            return []
        answers = asked.answers()
        with self._lock:
            if self._judge is None:
                from jobs.gate.written import Judge

                self._judge = Judge()
            return self._judge.judged(asked, answers)


def _asked(written: Sequence[Expectation], batch: str, counter: Callable[[], Counter]) -> Asked | None:
    """The expectations about one batch; None where there is none."""
    mine = [e for e in written if e.batch == batch]
    if not mine:
        return None
    from jobs.gate.written import Asked  # imports Great Expectations: a night without an audit does without

    return Asked(mine, counter())


def _by_contract(rules: Sequence[Expectation], rows: Counter, also: Sequence[Question]) -> list[Found]:
    """Rules of the contract. ``also``: what is asked about the same rows, counted in the same statement."""
    own = [e.asked for e in rules if e.asked is not None]
    total, *counts = rows.count([ROWS, *own, *also])
    return [
        Found(e, not count, counted(total, count, rows.sample(asked)))
        for e, asked, count in zip(rules, own, counts[: len(own)], strict=True)
    ]


def _metrics(space: Workspace, measures: Measures) -> Counter:
    """One row, a column each metric."""
    one = pa.table({name: pa.array([value], pa.float64()) for name, value in measures.metrics.items()})
    space.read("audited_metrics", one)
    return Counter(space, "audited_metrics", schema=one.schema)


def _columns(space: Workspace, by_column: list[dict[str, Any]]) -> Counter:
    """A row each column that can be judged by its past. A sample says which columns failed."""
    schema = pa.schema([("column", pa.string()), *((name, pa.float64()) for name in JUDGED_BY_COLUMN)])
    space.read("audited_columns", pa.Table.from_pylist(by_column, schema=schema))
    return Counter(space, "audited_columns", schema=schema, beside=("column",))


def _row(found: Found) -> dict[str, Any]:
    """What a row of ops.gate_verdict says of one expectation."""
    e, result = found.expectation, found.result
    shown = result.get("observed_value", result.get("partial_unexpected_list"))
    return {
        "batch": e.batch,
        "expectation": e.type,
        "column": e.kwargs.get("column"),
        "kwargs": text(dict(e.kwargs)),
        "severity": e.severity,
        "success": found.success,
        "observed": found.error or (None if shown is None else text(shown)),
        "unexpected_count": result.get("unexpected_count"),
        "element_count": result.get("element_count"),
        "message_zh": e.message_zh,
        "message_en": e.message_en,
    }
