"""Runs the real DAG with a fake `quality`, once for each plan in $PLANS; prints what happened as JSON; run by test_dags.py."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag

from jobs.environment import REPOSITORY
from jobs.orchestration.operator import QualityOperator

HERE = Path(__file__).parent
folder = Path(os.environ["FAKE_FOLDER"])


def fake_arguments(self: QualityOperator, day: str) -> list[str]:
    return [sys.executable, str(HERE / "fake_cli.py"), *real_arguments(self, day)[3:]]


real_arguments = QualityOperator.arguments
QualityOperator.arguments = fake_arguments
nights = {}
for number, (name, night) in enumerate(json.loads(os.environ["PLANS"]).items()):
    (folder / "plan.json").write_text(json.dumps(night["plan"]))
    (folder / "calls.jsonl").write_text("")
    dag = DagBag(str(REPOSITORY / "dags")).dags["quality_nightly"]  # anew, since a test run leaves its parameters in the DAG
    for task in dag.tasks:
        task.retry_delay = timedelta(0)
    run = dag.test(logical_date=datetime(2026, 1, 1 + number, tzinfo=UTC), run_conf=night["conf"])
    calls = [json.loads(line) for line in (folder / "calls.jsonl").read_text().splitlines()]
    nights[name] = {
        "state": str(run.state.value),
        "calls": [" ".join(c["arguments"]) for c in calls],
        "secrets": sum((c["secrets"] for c in calls), []),
        "tasks": {ti.task_id: str(ti.state) for ti in run.get_task_instances()},
    }
print(json.dumps(nights))
