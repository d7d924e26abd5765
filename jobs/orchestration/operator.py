"""The one operator of all DAGs: a `quality` command as a task."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from jobs.environment import REPOSITORY, today
from jobs.orchestration.child import Child

DONE, NOT_ALL_IN_FORCE, UNEXPECTED = 0, 1, 3  # exit codes of `quality` (running.md)


class QualityOperator(BaseOperator):
    """Runs ``quality <command> [--date D]`` as a child of this interpreter and streams its output to the task's log.

    ``dated``: the command takes `--date`; the date is the DAG's parameter, else that of the tasks before, else today in
    Shanghai, so that a night that passes midnight keeps its date. ``before``: tasks whose XCom is read for that.
    ``verdict``: this task ends the DAG and fails where a command ended with 1.

    XCom: ``{"exit_code": int, "date": "yyyy-mm-dd"}``. Exit codes 0 and 1 let the tasks behind run; 3 and signals are
    retried; any other fails without a retry.
    """

    template_fields = ()

    def __init__(
        self, *, command: list[str], dated: bool = False, before: tuple[str, ...] = (), verdict: bool = False, **settings: Any
    ):
        settings.setdefault("retries", 2)
        settings.setdefault("retry_delay", timedelta(seconds=20))
        super().__init__(**settings)
        self.command = list(command)
        self.dated = dated
        self.before = tuple(before)
        self.verdict = verdict
        self._child: Child | None = None

    def arguments(self, day: str) -> list[str]:
        """The command line for one night."""
        return [sys.executable, "-m", "jobs.cli", *self.command, *(["--date", day] if self.dated else [])]

    def execute(self, context: Any) -> dict[str, Any]:
        earlier = [x for x in (context["ti"].xcom_pull(task_ids=task) for task in self.before) if x]
        day = context["params"].get("date") or next((x["date"] for x in earlier), None) or today().isoformat()
        self._child = Child(self.arguments(day), directory=REPOSITORY, environment=child_environment())
        name = f"quality {' '.join(self.command)}"
        note(f"== {name} ({day})")
        code = self._child.run(note)
        note(f"== {name} ended with {code}")
        judge(name, code)
        if self.verdict and NOT_ALL_IN_FORCE in [code, *(x["exit_code"] for x in earlier)]:
            raise AirflowFailException(f"the night of {day} finished, but not all of it is in force, or the ledger does not balance")
        return {"exit_code": code, "date": day}

    def on_kill(self) -> None:
        if self._child is not None:
            self._child.kill()


def note(line: str) -> None:
    """Airflow takes what a task prints as its log, also where the log's level hides Airflow's own messages."""
    print(line, flush=True)


def judge(name: str, code: int) -> None:
    """Raise what makes Airflow retry (exit 3, signals), or fail for good (all other codes but 0 and 1)."""
    if code in (DONE, NOT_ALL_IN_FORCE):
        return
    if code < 0:
        raise AirflowException(f"{name} was killed by signal {-code}")
    if code == UNEXPECTED:
        raise AirflowException(f"{name} ended unexpectedly (exit code {code})")
    raise AirflowFailException(f"{name} failed (exit code {code}): see its last line; trying again would not help")


def child_environment() -> dict[str, str]:
    """This process's variables without Airflow's own: `quality` needs none, and some are secrets."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(("AIRFLOW__", "_AIRFLOW"))}
