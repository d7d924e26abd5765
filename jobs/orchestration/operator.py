"""The operators of all DAGs: a `quality` command as an Airflow task.

Exit codes of `quality`: 0 done, 1 done with findings, 2 wrong usage or environment, 3 an unexpected error, 4
the lake was busy (another process was writing to it; only with --leave-if-busy), 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from airflow.sdk import Asset, AssetAlias, BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from jobs.environment import REPOSITORY, Environment
from jobs.orchestration.child import Child
from jobs.orchestration.timing import day_of

DONE, FINDINGS, UNEXPECTED, BUSY = 0, 1, 3, 4  # exit codes of `quality` (jobs/reports/guide/en/operate.md)
# For a mapped task too, which Airflow gives its own defaults before the operator could set any.
RETRIED = {"retries": 2, "retry_delay": timedelta(seconds=20)}
PATIENCE = timedelta(minutes=50)  # of all tasks of an hourly DAG run together, for the lake's other writer
AS_OF = "as_of"  # below QUALITY_HOME: a lake for each day that was backfilled


class QualityOperator(BaseOperator):
    """Runs ``quality <command> [--date D]`` as a child of this interpreter and streams its output to the
    task's log.

    - ``command``: the words after `quality`.
    - ``dated``: the command takes `--date`. The date is the DAG's parameter `date`, else that of the tasks
      named in ``before`` (from their XCom), else the day on which the DAG run began, in the nation's time
      zone, so that a run that passes midnight keeps its date, mapped tasks too.
    - ``before``: ids of tasks whose XCom is read for the date and for ``verdict``.
    - ``of_period``: where the DAG run's parameter `period` is set, the command runs with `--period` for that
      one alone.
    - ``verdict``: this task ends the DAG, and fails where its command or one of ``before`` ended with 1.
    - ``leave_if_busy``: where another process holds the lake's lock, the tasks of one DAG run wait for
      PATIENCE together, counted from its start, so that they end before the next hour's run; a task that has
      waited in vain is skipped, and the next run does its work.
    - ``in_backfill``: a backfill never writes to the main lake. `skip`: the task is skipped; `as_of`: it
      works on the lake ``as_of/<day>``, with what was known on the logical date (in the nation's time zone).
    - ``announces``: an alias among the task's outlets, and the asset of which the task makes an event,
      except in a backfill.
    - ``settings``: further arguments of Airflow's BaseOperator.

    XCom: ``{"exit_code": int, "date": "yyyy-mm-dd"}``. After exit codes 0 and 1 the following tasks run;
    after 3 and signals the task is retried; after 4 it is skipped; any other code fails it without a retry.
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
        """Return the command line, as a list, for the night of ``day`` (yyyy-mm-dd); with ``backfill``, for
        that day in the lake ``as_of/<day>``."""
        line = [sys.executable, "-m", "jobs.cli", *self.command]
        if not backfill:
            return line + (["--date", day] if self.dated else [])
        lake = Environment.from_variables().home / AS_OF / day
        return line + (["--as-of", day] if self.command[0] == "run" else []) + ["--lake", str(lake)]

    def execute(self, context: Any) -> Any:
        """Run the command for the night that the DAG run is about and return the XCom. ``context``:
        Airflow's context of the task. Raises AirflowSkipException, AirflowException or AirflowFailException
        as the class describes."""
        backfill = self.in_a_backfill(context)
        earlier = [x for x in (context["ti"].xcom_pull(task_ids=task) for task in self.before) if x]
        day = self.day(context, earlier, backfill=backfill)
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

    def day(self, context: Any, earlier: list[dict[str, Any]], *, backfill: bool) -> str:
        """Return the day (yyyy-mm-dd) of the command, as the class describes it for ``dated``. ``context``:
        Airflow's context of the task; ``earlier``: the XComs of the tasks in ``before``; ``backfill``:
        whether the DAG run is one, whose day is its logical date."""
        if backfill:
            return day_of(context["dag_run"].logical_date)
        named = [context["params"].get("date"), *(x["date"] for x in earlier)]
        return next((day for day in named if day), None) or day_of(context["dag_run"].start_date)

    def in_a_backfill(self, context: Any) -> bool:
        """Return whether the DAG run is a backfill. Raises AirflowSkipException where it is one and
        ``in_backfill`` is `skip`."""
        backfill = context["dag_run"].run_type == "backfill"
        if backfill and self.in_backfill == "skip":
            raise AirflowSkipException(f"a backfill does not run `quality {self.command[0]}`")
        return backfill

    def call(self, line: list[str], day: str, output: list[str] | None = None) -> int:
        """Run one command line and return its exit code, 0 or 1; other codes raise what `raise_for_code`
        raises.

        ``line``: program and arguments; ``day``: the night, for the log; ``output``: a list to which each
        line of the output is added. Each line also goes to the task's log.
        """

        def taken(text: str) -> None:
            note(text)
            if output is not None:
                output.append(text)

        self._child = Child(line, directory=REPOSITORY, environment=child_environment())
        name = f"quality {' '.join(self.command)}"
        note(f"== {name} ({day})")
        code = self._child.run(taken)
        note(f"== {name} ended with {code}")
        raise_for_code(name, code)
        return code

    def on_kill(self) -> None:
        """Kill the command's process group; Airflow calls this when the task is cleared or times out."""
        if self._child is not None:
            self._child.kill()


class EachFamily(QualityOperator):
    """Lists the families of sources that have a folder in the inbox and returns one command for each, over
    which Airflow maps the next task. A family is a kind of source, such as `platform` or `lab`: the folder
    of schemas/sources that holds its YAML.

    ``each``: the words of the command before `--family`. XCom: ``[[*each, "--family", family], …]``, sorted
    by family.
    """

    def __init__(self, *, each: list[str], **settings: Any):
        super().__init__(command=["source", "list", "--json"], **settings)
        self.each = list(each)

    def execute(self, context: Any) -> list[list[str]]:
        """Return the commands; raises as `QualityOperator.execute` does."""
        self.in_a_backfill(context)
        output: list[str] = []
        self.call(self.arguments(""), "families", output)
        rows = json.loads(
            "\n".join(output[next(i for i, text in enumerate(output) if text.startswith("[")) :])
        )
        return [
            [*self.each, "--family", family]
            for family in sorted({r["family"] for r in rows if r["folder"] and r["family"]})
        ]


def patience(started: datetime | None) -> int:
    """Return how many whole seconds a task may still wait for the lake: what is left of PATIENCE (50
    minutes) since ``started``, the start of the DAG run, and 0 where nothing is left. None counts as now."""
    left = PATIENCE - (datetime.now(UTC) - (started or datetime.now(UTC)))
    return max(0, int(left.total_seconds()))


def note(line: str) -> None:
    """Write a line to the task's log. It is printed, since Airflow takes what a task prints as its log, also
    at log levels that hide Airflow's messages."""
    print(line, flush=True)


def raise_for_code(name: str, code: int) -> None:
    """Raise the exception by which Airflow treats a command that ended with ``code``: AirflowSkipException
    for 4 (the lake was busy), AirflowException, after which the task is retried, for 3 and for a signal (a
    negative code), AirflowFailException, without a retry, for any other. Does nothing for 0 and 1. ``name``:
    the command, for the message."""
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
    """Return the environment variables (name → value) for a command: those of this process without Airflow's
    (AIRFLOW__…, _AIRFLOW…), which `quality` does not need and some of which are secrets."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("AIRFLOW__", "_AIRFLOW"))
    }
