"""Prints what Airflow makes of dags/ as JSON; run by test_dags.py."""

from __future__ import annotations

import json
import sys

from airflow.dag_processing.dagbag import DagBag

from jobs.environment import REPOSITORY

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
            "tasks": {
                task.task_id: {
                    "kind": type(task).__name__,
                    "command": task.arguments("2026-07-01"),
                    "downstream": sorted(task.downstream_task_ids),
                    "retries": task.retries,
                    "trigger_rule": str(task.trigger_rule.value),
                }
                for task in dag.tasks
            },
        }
        for dag in bag.dags.values()
    },
}
print(json.dumps(result))
