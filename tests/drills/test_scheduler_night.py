"""A night that Airflow's scheduler runs, over personal values planted in cells, headers, names of files,
folders, sheets and members, and in broken records whose errors are logged: none of them is in Airflow's
database (what tasks hand on among it), in task logs, or anywhere else outside landing/raw
(definitions.md#personal-data)."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import hostile_market
import pytest
from test_planted_values import PLANTED, holders_of, planted

from jobs.orchestration.local import airflow_variables

pytestmark = pytest.mark.proof
VALUES = [
    *PLANTED,
    *(value for values in hostile_market.PLANTED.values() for value in values),
    *hostile_market.NUMBERS,
    *hostile_market.ROUNDED,
]
RUN, TASKS = "drill", ("land", "run", "report", "export", "publish", "notebooks", "reconcile")
PATIENCE = 3600  # seconds that a night may take here; it is no measurement


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def rows_of(home: Path, sql: str) -> list[tuple]:
    """Rows of Airflow's database; none while it is not there yet."""
    try:
        place = f"file:{home / 'airflow' / 'airflow.db'}?mode=rw"
        with closing(sqlite3.connect(place, uri=True, timeout=60)) as database:
            return database.execute(sql).fetchall()
    except sqlite3.OperationalError:
        return []


def until(done, serving: subprocess.Popen) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert serving.poll() is None, f"serve ended with {serving.returncode}"
        assert time.monotonic() < end, "the night did not come to its end"
        time.sleep(1)


@pytest.fixture(scope="module")
def night(tmp_path_factory) -> Iterator[Path]:
    """A home after a DAG run that the scheduler of `local serve` took through its tasks."""
    home = tmp_path_factory.mktemp("scheduled")
    environment = planted(home) | {"QUALITY_ENGINE": "embedded"}
    (home / "inbox" / "odd").mkdir()
    (home / "sources" / "odd.yaml").write_text(hostile_market.SOURCE, encoding="utf-8")
    hostile_market.fill(home / "inbox")
    port = free_port()
    environment |= {
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        # Else it may take the night of today first, and the one that is asked for would lie before it.
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
    }
    airflow = shutil.which("airflow", path=str(Path(sys.executable).parent))
    with (home / "served.log").open("wb") as log:
        command = [sys.executable, "-m", "jobs.orchestration.local", "serve"]
        serving = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            until(lambda: rows_of(home, "SELECT 1 FROM dag WHERE dag_id = 'quality_nightly'"), serving)
            asked = environment | airflow_variables(home, quiet=True)
            for words in (
                ["trigger", "quality_nightly", "--run-id", RUN, "--conf", json.dumps({"date": "2026-06-30"})],
                ["unpause", "quality_nightly", "--yes"],
            ):
                done = subprocess.run([airflow, "dags", *words], env=asked, capture_output=True, text=True)
                assert done.returncode == 0, done.stdout + done.stderr
            state = f"SELECT 1 FROM dag_run WHERE run_id = '{RUN}' AND state IN ('success', 'failed')"
            until(lambda: rows_of(home, state), serving)
        finally:
            serving.send_signal(signal.SIGTERM)
            serving.wait(120)
    rows_of(home, "PRAGMA wal_checkpoint(TRUNCATE)")  # what is beside the database goes into it
    yield home


def test_the_scheduler_took_the_night_through_all_its_tasks(night: Path):
    """Guards the search below: there are task logs and values that tasks hand on."""
    states = rows_of(night, f"SELECT task_id, state FROM task_instance WHERE run_id = '{RUN}'")
    assert sorted(states) == sorted((task, "success") for task in TASKS)
    logs = [
        path for path in (night / "airflow" / "logs").rglob("*.log") if f"run_id={RUN}" in path.as_posix()
    ]
    assert {path.parent.name.removeprefix("task_id=") for path in logs} == set(TASKS)
    printed = "".join(path.read_text(encoding="utf-8", errors="replace") for path in logs)
    assert "refused: odd/" in printed and "rows" in printed
    assert rows_of(night, f"SELECT 1 FROM xcom WHERE run_id = '{RUN}'")
    assert not rows_of(night, "SELECT 1 FROM rendered_task_instance_fields"), "no task has a template"


@pytest.mark.drill(
    fault="personal values in cells, headers, file names and errors of a night that the scheduler runs",
    invariant="none in Airflow's database, task logs or anywhere outside landing/raw",
)
def test_no_planted_value_is_in_what_airflow_keeps_nor_elsewhere(night: Path):
    where = holders_of(night, [*VALUES, RUN])
    assert {"airflow/airflow.db"} <= where.pop(RUN), "the search reads what Airflow keeps"
    assert any(file.startswith("landing/raw/") for files in where.values() for file in files)
    leaked = {
        value: sorted(f for f in files if not f.startswith(("landing/raw/", "inbox/")))
        for value, files in where.items()
    }
    assert {value: files for value, files in leaked.items() if files} == {}
    names = [path.relative_to(night).as_posix() for path in night.rglob("*")]
    shown = [name for name in names if not name.startswith("inbox/")]
    assert [value for value in VALUES if any(value in name for name in shown)] == []
