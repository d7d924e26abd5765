"""Runs `quality_intake` for real, commands and all, once for each hour of $HOURS: files that are dropped into
the inbox of the source `town` before it begins, and whether a night holds the lake meanwhile; prints what
came of each as JSON; run by test_intake.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag

from jobs.environment import REPOSITORY, Environment
from jobs.orchestration import operator

home = Path(os.environ["QUALITY_HOME"])
NIGHT = """
import sys
from pathlib import Path
from jobs.lake.lock import writer_lock
with writer_lock(Path(sys.argv[1]), wait_seconds=60):
    print("held", flush=True)
    sys.stdin.read()
"""


def sent() -> list[str]:
    return [
        f"{path.parts[-3]}:{json.loads(line)['item_id']}"
        for path in sorted((home / "outbox").glob("*/*-urgent-*/urgent_items.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


@contextmanager
def held(how: str | None) -> Iterator[list[str]]:
    """The lake in the hands of another process: for the whole hour, or `until noticed` by a task that waits;
    None: free. Yields what the tasks print about that writer, as they do."""
    said: list[str] = []
    if how is None:
        yield said
        return
    night = subprocess.Popen(
        [sys.executable, "-c", NIGHT, str(Environment.from_variables().lake)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert night.stdin and night.stdout and night.stdout.readline() == "held\n"
    note = operator.note

    def heard(line: str) -> None:
        note(line)
        if "other writer" in line or "is being written by" in line:
            said.append(line)
            if how == "until noticed" and not night.stdin.closed:
                night.stdin.close()

    operator.note = heard
    try:
        yield said
    finally:
        operator.note = note
        if not night.stdin.closed:
            night.stdin.close()
        night.wait()


found = []
for number, hour in enumerate(json.loads(os.environ["HOURS"])):
    inbox = home / "inbox" / "town"
    inbox.mkdir(parents=True, exist_ok=True)
    for name, content in hour["files"].items():
        (inbox / name).write_bytes(b64decode(content))
    before = sent()
    dag = DagBag(str(REPOSITORY / "dags")).dags["quality_intake"]
    # A test run begins at its logical date: one of the past has no patience left, one of now has all of it.
    at = datetime(2026, 6, 30, tzinfo=UTC) + timedelta(hours=number)
    with held(hour.get("lake_held")) as said:
        run = dag.test(
            logical_date=datetime.now(UTC) if hour.get("lake_held") == "until noticed" else at,
            run_conf={"date": "2026-06-30"},
        )
    now = sent()
    found.append(
        {
            "state": str(run.state.value),
            "tasks": {f"{ti.task_id}": str(ti.state) for ti in run.get_task_instances()},
            "sent": sorted(item for item in now if item not in before),
            "twice": sorted({item for item in now if now.count(item) > 1}),
            "in_inbox": sorted(path.name for path in inbox.iterdir() if path.is_file()),
            "said": said,
        }
    )
print(json.dumps(found))
