"""The DAGs as Airflow sees them, and what a night does for each way in which a command can end."""

from __future__ import annotations

import json
import sys

import pytest

from jobs.environment import today

DAY = {"date": "2026-07-01"}
PLANS = {
    "clean": {"plan": {}, "conf": DAY},
    "undated": {"plan": {}, "conf": {}},
    "stale": {"plan": {"run": [1]}, "conf": DAY},
    "unbalanced": {"plan": {"reconcile": [1]}, "conf": DAY},
    "usage": {"plan": {"run": [2]}, "conf": DAY},
    "unexpected once": {"plan": {"run": [3]}, "conf": DAY},
    "unexpected always": {"plan": {"run": [3, 3, 3, 3]}, "conf": DAY},
    "killed once": {"plan": {"land": [-9]}, "conf": DAY},
}
WHOLE = ["land --date 2026-07-01", "run --date 2026-07-01", "report", "reconcile --date 2026-07-01"]


@pytest.fixture(scope="module")
def seen(airflow_script) -> dict:
    return airflow_script("inspect_dags.py")


@pytest.fixture(scope="module")
def nights(airflow_script, tmp_path_factory) -> dict:
    return airflow_script("nights.py", FAKE_FOLDER=str(tmp_path_factory.mktemp("fake")), PLANS=json.dumps(PLANS))


def test_every_dag_file_parses(seen):
    assert seen["errors"] == {}
    assert "quality_nightly" in seen["dags"]


def test_parsing_loads_neither_spark_nor_great_expectations_nor_pandas(seen):
    assert seen["heavy"] == []


def test_the_night_is_land_then_run_then_report_then_reconcile(seen):
    tasks = seen["dags"]["quality_nightly"]["tasks"]
    edges = {name: task["downstream"] for name, task in tasks.items()}
    assert edges == {"land": ["run"], "run": ["report"], "report": ["reconcile"], "reconcile": []}
    assert {task["trigger_rule"] for task in tasks.values()} == {"all_success"}


def test_each_task_is_a_quality_command_of_this_interpreter(seen):
    tasks = seen["dags"]["quality_nightly"]["tasks"]
    start = [sys.executable, "-m", "jobs.cli"]
    assert [tasks[t]["command"] for t in ("land", "run", "report", "reconcile")] == [start + line.split() for line in WHOLE]


def test_no_dag_has_more_than_ten_tasks_or_another_kind_of_task(seen):
    for dag in seen["dags"].values():
        assert 1 <= len(dag["tasks"]) <= 10
        assert {task["kind"] for task in dag["tasks"].values()} == {"QualityOperator"}


def test_the_night_is_due_at_half_past_two_in_shanghai_one_at_a_time_without_catching_up(seen):
    dag = seen["dags"]["quality_nightly"]
    assert (dag["timetable"], dag["timezone"]) == ("30 2 * * *", "Asia/Shanghai")
    assert (dag["catchup"], dag["max_active_runs"], dag["default_date"]) == (False, 1, None)


def test_a_clean_night_runs_each_command_once_and_is_green(nights):
    assert nights["clean"]["calls"] == WHOLE
    assert nights["clean"]["state"] == "success"


def test_a_night_without_a_date_is_today_in_shanghai(nights):
    # Taken after the night: a test that runs over midnight would see the night's date as yesterday.
    assert nights["undated"]["calls"][0] == f"land --date {today().isoformat()}"
    assert nights["undated"]["calls"][1].endswith(nights["undated"]["calls"][0].split()[-1])


def test_after_exit_1_the_outputs_run_and_the_last_task_turns_the_night_red(nights):
    night = nights["stale"]
    assert night["calls"] == WHOLE
    assert night["state"] == "failed"
    assert night["tasks"] == {"land": "success", "run": "success", "report": "success", "reconcile": "failed"}


def test_a_ledger_that_does_not_balance_turns_the_night_red_without_a_retry(nights):
    assert nights["unbalanced"]["calls"] == WHOLE
    assert nights["unbalanced"]["state"] == "failed"


def test_exit_2_fails_without_a_retry_and_stops_what_follows(nights):
    night = nights["usage"]
    assert night["calls"] == WHOLE[:2]
    assert night["tasks"] == {"land": "success", "run": "failed", "report": "upstream_failed", "reconcile": "upstream_failed"}


def test_exit_3_is_retried_and_the_night_goes_on(nights):
    assert nights["unexpected once"]["calls"] == [WHOLE[0], WHOLE[1], *WHOLE[1:]]
    assert nights["unexpected once"]["state"] == "success"


def test_exit_3_is_retried_twice_and_not_more(nights):
    assert nights["unexpected always"]["calls"] == [WHOLE[0], WHOLE[1], WHOLE[1], WHOLE[1]]
    assert nights["unexpected always"]["state"] == "failed"


def test_a_killed_command_is_retried(nights):
    assert nights["killed once"]["calls"] == [WHOLE[0], *WHOLE]
    assert nights["killed once"]["state"] == "success"


def test_no_command_sees_the_settings_of_airflow(nights):
    assert all(night["secrets"] == [] for night in nights.values())
