"""The result of an audit, and the file per table that keeps the newest one: JSON in the form of Great
Expectations' validation results, from which the Data Docs are made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jobs.contracts.suites import Expectation
from jobs.whole_folder import replace_file

# The folder of the files `<tier>.<name>.json`, below the gate's folder.
FOLDER = "validations"


@dataclass(frozen=True)
class Found:
    """The result of one expectation.

    ``success``: whether it is met; ``result``: figures as Great Expectations names them (`element_count`,
    `unexpected_count`, ...); ``error``: the message of the error that stopped Great Expectations from judging
    it, else None.
    """

    expectation: Expectation
    success: bool
    result: dict[str, Any]
    error: str | None = None


def counted(rows: int, failing: int, sample: Sequence[Any]) -> dict[str, Any]:
    """Return the figures, as Great Expectations names them, of a rule that the gate has counted itself.

    ``rows``: number of rows; ``failing``: how many of them fail; ``sample``: some values of those that fail.
    The percentages (0-100) are of all rows; None without rows.
    """
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
    """Return a value as JSON text; dates, times and decimals become strings."""
    return json.dumps(value, ensure_ascii=False, default=str)


def keep(folder: Path, table: str, run_name: str, found: Sequence[Found], at: datetime) -> None:
    """Replace the file with the newest result of a table.

    ``folder``: the gate's folder; ``table``: `<tier>.<name>`; ``run_name``: date and version, as the Data
    Docs show them; ``found``: the result of each expectation; ``at``: the time that the Data Docs show. The
    file is replaced at once: where the process is killed, it stays as it was.
    """
    target = folder / FOLDER / f"{table}.json"
    replace_file(target, text(_suite_result(table, run_name, found, at)).encode())


def kept(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the newest result of each table, as Great Expectations' validation result (a dictionary), sorted
    by the table's name. ``folder``: the gate's folder."""
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
