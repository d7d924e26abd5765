"""The results of an audit, and the JSON file per table that keeps the newest, in Great Expectations' form of
a validation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jobs.contracts.suites import Expectation
from jobs.whole_folder import replace_file

FOLDER = "validations"  # below the gate's folder: <tier>.<name>.json


@dataclass(frozen=True)
class Found:
    """The result of one expectation.

    ``result``: figures of Great Expectations (`element_count`, `unexpected_count`, ...); ``error``: the
    message of the error that stopped it, else None.
    """

    expectation: Expectation
    success: bool
    result: dict[str, Any]
    error: str | None = None


def counted(rows: int, failing: int, sample: Sequence[Any]) -> dict[str, Any]:
    """The figures of Great Expectations for a rule that the gate has counted: ``failing`` of ``rows`` rows
    fail it. The percentages are of all rows; None without rows."""
    percent = 100 * failing / rows if rows else None
    return {
        "element_count": rows,
        "unexpected_count": failing,
        "unexpected_percent": percent,
        "unexpected_percent_total": percent,
        "unexpected_percent_nonmissing": percent,
        "partial_unexpected_list": list(sample),
    }


def text(value: Any) -> str:
    """A value as JSON; days, instants and decimals become text."""
    return json.dumps(value, ensure_ascii=False, default=str)


def keep(folder: Path, table: str, run_name: str, found: Sequence[Found], at: datetime) -> None:
    """Replace the kept results of a table, below the gate's ``folder``. Where the process is killed, the file
    stays as it was."""
    target = folder / FOLDER / f"{table}.json"
    replace_file(target, text(_suite_result(table, run_name, found, at)).encode())


def kept(folder: Path) -> Iterator[dict[str, Any]]:
    """The kept results of each table, one dictionary per table, sorted by the table's name."""
    for file in sorted((folder / FOLDER).glob("*.json")):
        yield json.loads(file.read_text(encoding="utf-8"))


def _suite_result(table: str, run_name: str, found: Sequence[Found], at: datetime) -> dict[str, Any]:
    good, all_of_them = sum(one.success for one in found), len(found)
    return {
        "success": good == all_of_them,
        "suite_name": table,
        "suite_parameters": {},
        "id": None,
        "statistics": {
            "evaluated_expectations": all_of_them,
            "successful_expectations": good,
            "unsuccessful_expectations": all_of_them - good,
            "success_percent": 100 * good / all_of_them if found else None,
        },
        "meta": {"run_id": {"run_name": run_name, "run_time": at.isoformat()}},
        "results": [_result(one) for one in found],
    }


def _result(found: Found) -> dict[str, Any]:
    e = found.expectation
    config: dict[str, Any] = {
        "type": e.type,
        "kwargs": dict(e.kwargs),
        "severity": e.severity,
        "meta": {"batch": e.batch, "rule": e.rule_id},
    }
    # GX's words would be about a column that no table has.
    if str(e.kwargs.get("column", "")).startswith("_fails_"):
        config["description"] = f"{e.message_zh} · {e.message_en}"
        config["kwargs"]["column"] = e.rule_id.split(".")[1]
    return {
        "success": found.success,
        "expectation_config": config,
        "result": found.result,
        "meta": {},
        "exception_info": {
            "raised_exception": found.error is not None,
            "exception_message": found.error,
            "exception_traceback": None,
        },
    }
