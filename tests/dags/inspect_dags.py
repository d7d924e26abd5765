"""Prints what Airflow makes of dags/ as JSON; run by test_dags.py."""

from __future__ import annotations

import json
import sys

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.definitions.mappedoperator import MappedOperator

from jobs.environment import REPOSITORY


def described(task) -> dict:
    mapped = isinstance(task, MappedOperator)
    given = task.partial_kwargs if mapped else {}
    return {
        "kind": (task.operator_class if mapped else type(task)).__name__,
        "mapped": mapped,
        "command": None if mapped else task.arguments("2026-07-01"),
        "as_of": None
        if mapped or task.in_backfill == "skip"
        else task.arguments("2026-07-01", backfill=True),
        "downstream": sorted(task.downstream_task_ids),
        "outlets": [asset.name for asset in (given.get("outlets") or [] if mapped else task.outlets)],
        "retries": task.retries,
        "trigger_rule": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
        "at_a_time": given.get("max_active_tis_per_dagrun") if mapped else task.max_active_tis_per_dag,
    }


bag = DagBag(str(REPOSITORY / "dags"))
result = {
    "errors": bag.import_errors,
    "heavy": [m for m in ("pyspark", "delta", "great_expectations", "pandas") if m in sys.modules],
    "dags": {
        dag.dag_id: {
            "timetable": dag.timetable.expression,
            "timezone": str(dag.timetable.timezone),
            "catchup": dag.catchup,
            "max_active_runs": dag.max_active_runs,
            "default_date": dag.params["date"],
            "date_is": dag.params.get_param("date").description,
            "start": dag.start_date.isoformat(),
            "owner": dag.owner,
            "doc": dag.doc_md,
            "tasks": {task.task_id: described(task) for task in dag.tasks},
        }
        for dag in bag.dags.values()
    },
}
print(json.dumps(result))
