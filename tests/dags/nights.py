"""Runs a real DAG with a fake `quality`, once for each plan in $PLANS; prints what happened as JSON; run by
test_dags.py."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.models.asset import AssetEvent, AssetModel
from airflow.utils.session import create_session
from sqlalchemy import select

from jobs.environment import REPOSITORY
from jobs.orchestration.operator import EachFamily, QualityOperator

HERE = Path(__file__).parent
folder = Path(os.environ["FAKE_FOLDER"])
as_backfill = False
began = datetime.now(UTC)


def fake_arguments(self: QualityOperator, day: str, *, backfill: bool = False) -> list[str]:
    return [sys.executable, str(HERE / "fake_cli.py"), *real_arguments(self, day, backfill=backfill)[3:]]


def fake_execute(self: QualityOperator, context: Any) -> Any:
    """`dag.test` makes manual runs only, which begin at their logical date: the same run is shown to the
    operator with its true beginning, and as a backfill's with another type."""
    shown = {"start_date": began} | ({"run_type": "backfill"} if as_backfill else {})
    context["dag_run"] = context["dag_run"].model_copy(update=shown)
    return real_execute[type(self)](self, context)


def announced(dag_id: str, run_id: str) -> list[str]:
    """Assets of which the run made an event, by which other DAGs are started."""
    of_run = (AssetEvent.source_dag_id == dag_id) & (AssetEvent.source_run_id == run_id)
    names = select(AssetModel.name).join(AssetEvent, AssetEvent.asset_id == AssetModel.id).where(of_run)
    with create_session() as session:
        return sorted(session.scalars(names))


real_arguments = QualityOperator.arguments
real_execute = {kind: kind.execute for kind in (QualityOperator, EachFamily)}
QualityOperator.arguments = fake_arguments
for kind in real_execute:
    kind.execute = fake_execute
nights = {}
for number, (name, night) in enumerate(json.loads(os.environ["PLANS"]).items()):
    (folder / "plan.json").write_text(json.dumps(night["plan"]))
    (folder / "calls.jsonl").write_text("")
    as_backfill, began = night.get("backfill", False), datetime.now(UTC)
    dag = DagBag(str(REPOSITORY / "dags")).dags[
        night.get("dag", "quality_nightly")
    ]  # anew: a test run leaves its parameters in it
    for task in dag.tasks:
        if isinstance(task, QualityOperator):
            task.retry_delay = timedelta(0)
        else:  # a mapped one
            task.partial_kwargs["retry_delay"] = timedelta(0)
    # 18:30 UTC is half past two of the next day in Shanghai.
    run = dag.test(logical_date=datetime(2026, 1, 1 + number, 18, 30, tzinfo=UTC), run_conf=night["conf"])
    calls = [json.loads(line) for line in (folder / "calls.jsonl").read_text().splitlines()]
    nights[name] = {
        "number": number,
        "state": str(run.state.value),
        "assets": announced(dag.dag_id, run.run_id),
        "calls": [" ".join(c["arguments"]) for c in calls],
        "secrets": [secret for c in calls for secret in c["secrets"]],
        "tasks": {
            f"{ti.task_id}{'' if ti.map_index < 0 else f' {ti.map_index}'}": str(ti.state)
            for ti in run.get_task_instances()
        },
    }
print(json.dumps(nights))
