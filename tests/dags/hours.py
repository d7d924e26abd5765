"""Runs `quality_intake` for real, commands and all, once for each hour of $HOURS: files that are dropped into
the inbox of the source `town` before it begins; prints what came of each as JSON; run by test_intake.py."""

from __future__ import annotations

import json
import os
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag

from jobs.environment import REPOSITORY

home = Path(os.environ["QUALITY_HOME"])


def sent() -> list[str]:
    return [
        f"{path.parts[-3]}:{json.loads(line)['item_id']}"
        for path in sorted((home / "outbox").glob("*/*-urgent-*/urgent_items.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


found = []
for number, hour in enumerate(json.loads(os.environ["HOURS"])):
    inbox = home / "inbox" / "town"
    inbox.mkdir(parents=True, exist_ok=True)
    for name, content in hour["files"].items():
        (inbox / name).write_bytes(b64decode(content))
    before = sent()
    dag = DagBag(str(REPOSITORY / "dags")).dags["quality_intake"]
    at = datetime(2026, 6, 30, tzinfo=UTC) + timedelta(hours=number)
    run = dag.test(logical_date=at, run_conf={"date": "2026-06-30"})
    now = sent()
    found.append(
        {
            "state": str(run.state.value),
            "tasks": {f"{ti.task_id}": str(ti.state) for ti in run.get_task_instances()},
            "sent": sorted(item for item in now if item not in before),
            "twice": sorted({item for item in now if now.count(item) > 1}),
        }
    )
print(json.dumps(found))
