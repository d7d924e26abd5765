"""The operators of all DAGs: a `quality` command as a task."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from airflow.sdk import Asset, AssetAlias, BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from jobs.deployment import deployment, today
from jobs.environment import REPOSITORY, Environment
from jobs.orchestration.child import Child

DONE, FINDINGS, UNEXPECTED, BUSY = 0, 1, 3, 4  # exit codes of `quality` (jobs/reports/guide/en/operate.md)
# For a mapped task too, which Airflow gives its own defaults before the operator could set any.
RETRIED = {"retries": 2, "retry_delay": timedelta(seconds=20)}
PATIENCE = timedelta(minutes=50)  # of all tasks of an hourly DAG run together, for the lake's other writer
AS_OF = "as_of"  # below QUALITY_HOME: a lake for each day that was backfilled


class QualityOperator(BaseOperator):
    """Runs ``quality <command> [--date D]`` as a child of this interpreter and streams its output to the
    task's log.

    ``dated``: the command takes `--date`; the date is the DAG's parameter, else that of the tasks before,
    else today, so that a night that passes midnight keeps its date. ``before``: tasks whose XCom
    is read for that.
    ``of_period``: where the DAG's parameter `period` names one, the command is of that one alone.
    ``verdict``: this task ends the DAG and fails where a command ended with 1.
    ``leave_if_busy``: where another writer holds the lake, the tasks of a DAG run wait for PATIENCE
    together, counted from its start, so that they end before the next hour's run; then each leaves its work
    to that.
    ``in_backfill``: a backfill never writes the main lake. There the command is left out (skip), or works on
    the lake
    ``as_of/<day>``, as known on the logical date (Shanghai).
    ``announces``: an alias among the task's outlets and the asset of which it makes an event, but in no
    backfill.

    XCom: ``{"exit_code": int, "date": "yyyy-mm-dd"}``. Exit codes 0 and 1 let the tasks behind run; 3 and
    signals are retried; 4 (the lake was busy) skips the task; any other fails without a retry.
    """

    template_fields = ()

    def __init__(
        self,
        *,
        command: list[str],
        dated: bool = False,
        before: tuple[str, ...] = (),
        verdict: bool = False,
        leave_if_busy: bool = False,
        in_backfill: Literal["skip", "as_of"] = "skip",
        of_period: bool = False,
        announces: tuple[AssetAlias, Asset] | None = None,
        **settings: Any,
    ):
        if announces:
            settings["outlets"] = [*settings.get("outlets", []), announces[0]]
        # A task that a backfill leaves out does not stop those behind it.
        super().__init__(**{**RETRIED, "trigger_rule": "none_failed", **settings})
        self.command = command  # a list, or where it is mapped what Airflow makes one of
        self.dated = dated
        self.before = tuple(before)
        self.verdict = verdict
        self.leave_if_busy = leave_if_busy
        self.in_backfill = in_backfill
        self.of_period = of_period
        self.announces = announces
        self._child: Child | None = None

    def arguments(self, day: str, *, backfill: bool = False) -> list[str]:
        """The command line for the night of ``day``; with ``backfill``, for that day in the lake
        ``as_of/<day>``."""
        line = [sys.executable, "-m", "jobs.cli", *self.command]
        if not backfill:
            return line + (["--date", day] if self.dated else [])
        lake = Environment.from_variables().home / AS_OF / day
        return line + (["--as-of", day] if self.command[0] == "run" else []) + ["--lake", str(lake)]

    def execute(self, context: Any) -> Any:
        backfill = self.in_a_backfill(context)
        earlier = [x for x in (context["ti"].xcom_pull(task_ids=task) for task in self.before) if x]
        if backfill:
            day = context["dag_run"].logical_date.astimezone(deployment().zone).date().isoformat()
        else:
            day = (
                context["params"].get("date")
                or next((x["date"] for x in earlier), None)
                or today().isoformat()
            )
        period = context["params"].get("period") if self.of_period else None
        if period:
            self.command = [self.command[0], "--period", period]
        line = self.arguments(day, backfill=backfill)
        if self.leave_if_busy:
            line += ["--leave-if-busy", "--wait", str(patience(context["dag_run"].start_date))]
        code = self.call(line, day)
        if self.announces and not backfill:
            alias, asset = self.announces
            context["outlet_events"][alias].add(asset)
        if self.verdict and FINDINGS in [code, *(x["exit_code"] for x in earlier)]:
            raise AirflowFailException(
                f"{day}: it ran to its end, but with findings: see the tasks that ended with 1"
            )
        return {"exit_code": code, "date": day}

    def in_a_backfill(self, context: Any) -> bool:
        """Whether the DAG run is a backfill. Skips the task where a backfill leaves its command out."""
        backfill = context["dag_run"].run_type == "backfill"
        if backfill and self.in_backfill == "skip":
            raise AirflowSkipException(f"a backfill does not run `quality {self.command[0]}`")
        return backfill

    def call(self, line: list[str], day: str, heard: list[str] | None = None) -> int:
        """Run one command line and return its exit code; codes that end the task raise (`raise_for_code`).
        Each line of its output goes to the task's log and to ``heard``."""

        def hear(text: str) -> None:
            note(text)
            if heard is not None:
                heard.append(text)

        self._child = Child(line, directory=REPOSITORY, environment=child_environment())
        name = f"quality {' '.join(self.command)}"
        note(f"== {name} ({day})")
        code = self._child.run(hear)
        note(f"== {name} ended with {code}")
        raise_for_code(name, code)
        return code

    def on_kill(self) -> None:
        if self._child is not None:
            self._child.kill()


class EachFamily(QualityOperator):
    """One command for each family of sources that has a folder in the inbox, for a task that is mapped over
    them.

    XCom: ``[[*each, "--family", family], …]``, sorted by family.
    """

    def __init__(self, *, each: list[str], **settings: Any):
        super().__init__(command=["source", "list", "--json"], **settings)
        self.each = list(each)

    def execute(self, context: Any) -> list[list[str]]:
        self.in_a_backfill(context)
        heard: list[str] = []
        self.call(self.arguments(""), "families", heard)
        rows = json.loads("\n".join(heard[next(i for i, text in enumerate(heard) if text.startswith("[")) :]))
        return [
            [*self.each, "--family", family]
            for family in sorted({r["family"] for r in rows if r["folder"] and r["family"]})
        ]


def patience(started: datetime | None) -> int:
    """The whole seconds that a task may still wait, in a DAG run that began at ``started``: what is left of
    PATIENCE."""
    left = PATIENCE - (datetime.now(UTC) - (started or datetime.now(UTC)))
    return max(0, int(left.total_seconds()))


def note(line: str) -> None:
    """Write a line to the task's log. Airflow takes what a task prints as its log, also at log levels that
    hide Airflow's messages."""
    print(line, flush=True)


def raise_for_code(name: str, code: int) -> None:
    """Raise the exception that makes Airflow retry the task (exit code 3, signals), skip it (4) or fail it
    without a retry (all other codes but 0 and 1)."""
    if code in (DONE, FINDINGS):
        return
    if code == BUSY:
        raise AirflowSkipException(f"{name}: the lake was busy; left to the next time")
    if code < 0:
        raise AirflowException(f"{name} was killed by signal {-code}")
    if code == UNEXPECTED:
        raise AirflowException(f"{name} ended unexpectedly (exit code {code})")
    raise AirflowFailException(
        f"{name} failed (exit code {code}): see its last line; trying again would not help"
    )


def child_environment() -> dict[str, str]:
    """The environment variables for the child: those of this process without Airflow's, which `quality` does
    not need and some of which are secrets."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("AIRFLOW__", "_AIRFLOW"))
    }
