"""The DAGs as Airflow sees them, and what a night does for each way in which a command can end."""

from __future__ import annotations

import json
import re
import sys

import pytest

from jobs.deployment import today
from jobs.orchestration.runbook import ANCHOR, PAGE, with_runbook
from jobs.reports.pages.guide import build

DAY = {"date": "2026-07-01"}
PLANS = {
    "clean": {"plan": {}, "conf": DAY},
    "undated": {"plan": {}, "conf": {}},
    "stale": {"plan": {"run": [1]}, "conf": DAY},
    "wrong source": {"plan": {"land": [1]}, "conf": DAY},
    "unbalanced": {"plan": {"reconcile": [1]}, "conf": DAY},
    "usage": {"plan": {"run": [2]}, "conf": DAY},
    "unexpected once": {"plan": {"run": [3]}, "conf": DAY},
    "unexpected always": {"plan": {"run": [3, 3, 3, 3]}, "conf": DAY},
    "killed once": {"plan": {"land": [-9]}, "conf": DAY},
    "backfill": {"plan": {}, "conf": {}, "backfill": True},
    "backfill stale": {"plan": {"run": [1]}, "conf": {}, "backfill": True},
    "backfill failed": {"plan": {"run": [2]}, "conf": {}, "backfill": True},
    "intake": {"dag": "quality_intake", "plan": {}, "conf": DAY},
    "intake busy": {"dag": "quality_intake", "plan": {"land": [0, 4]}, "conf": DAY},
    "intake all busy": {
        "dag": "quality_intake",
        "plan": {"land": [4, 4], "run": [4], "export": [4]},
        "conf": DAY,
    },
    "intake stale": {"dag": "quality_intake", "plan": {"run": [1]}, "conf": DAY},
    "intake refused": {"dag": "quality_intake", "plan": {"land": [2]}, "conf": DAY},
    "intake backfill": {"dag": "quality_intake", "plan": {}, "conf": {}, "backfill": True},
    "maintain": {"dag": "quality_maintain", "plan": {}, "conf": DAY},
    "maintain ill": {"dag": "quality_maintain", "plan": {"doctor": [1]}, "conf": DAY},
    "maintain failed": {"dag": "quality_maintain", "plan": {"maintain": [2]}, "conf": DAY},
    "publish": {"dag": "quality_publish", "plan": {}, "conf": {}},
    "publish one": {"dag": "quality_publish", "plan": {}, "conf": {"period": "2026Q2"}},
}
WHOLE = [
    "land --strict-sources --date 2026-07-01",
    "run --date 2026-07-01",
    "report",
    "export --date 2026-07-01",
    "publish --due",
    "notebooks",
    "reconcile --date 2026-07-01",
]


def ordered(calls: list[str]) -> list[str]:
    """The calls, of the two that stand beside each other `publish` first."""
    pair = ["publish --due", "notebooks"]
    at = next((i for i in range(len(calls)) if calls[i : i + 2] == pair[::-1]), None)
    return calls if at is None else [*calls[:at], *pair, *calls[at + 2 :]]


@pytest.fixture(scope="module")
def seen(airflow_script) -> dict:
    return airflow_script("inspect_dags.py", QUALITY_HOME="/data")


@pytest.fixture(scope="module")
def nights(airflow_script, tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("nights")
    (folder / "inbox").mkdir()
    return airflow_script("nights.py", FAKE_FOLDER=str(folder), PLANS=json.dumps(PLANS), QUALITY_HOME="/data")


def test_every_dag_file_parses(seen):
    assert seen["errors"] == {}
    assert sorted(seen["dags"]) == [
        "quality_intake",
        "quality_maintain",
        "quality_nightly",
        "quality_publish",
    ]


def test_parsing_loads_neither_spark_nor_great_expectations_nor_pandas(seen):
    assert seen["heavy"] == []


def test_the_night_is_land_run_report_export_then_publish_beside_notebooks_then_reconcile(seen):
    tasks = seen["dags"]["quality_nightly"]["tasks"]
    edges = {name: task["downstream"] for name, task in tasks.items()}
    assert edges == {
        "land": ["run"],
        "run": ["report"],
        "report": ["export"],
        "export": ["notebooks", "publish"],
        "publish": ["reconcile"],
        "notebooks": ["reconcile"],
        "reconcile": [],
    }
    assert {task["trigger_rule"] for task in tasks.values()} == {"none_failed"}


def test_each_task_is_a_quality_command_of_this_interpreter(seen):
    tasks = seen["dags"]["quality_nightly"]["tasks"]
    start = [sys.executable, "-m", "jobs.cli"]
    assert [
        tasks[t]["command"] for t in ("land", "run", "report", "export", "publish", "notebooks", "reconcile")
    ] == [start + line.split() for line in WHOLE]


def test_no_dag_has_more_than_ten_tasks_or_another_kind_of_task(seen):
    for dag in seen["dags"].values():
        assert 1 <= len(dag["tasks"]) <= 10
        assert {task["kind"] for task in dag["tasks"].values()} <= {"QualityOperator", "EachFamily"}
        assert {task["retries"] for task in dag["tasks"].values()} == {2}


@pytest.mark.slow
def test_a_clean_night_runs_each_command_once_and_is_green(nights):
    assert ordered(nights["clean"]["calls"]) == WHOLE
    assert nights["clean"]["state"] == "success"


@pytest.mark.slow
def test_a_night_without_a_date_is_today_in_shanghai(nights):
    # Taken after the night: a test that runs over midnight would see the night's date as yesterday.
    assert nights["undated"]["calls"][0] == f"land --strict-sources --date {today().isoformat()}"
    assert nights["undated"]["calls"][1].endswith(nights["undated"]["calls"][0].split()[-1])


@pytest.mark.slow
def test_after_exit_1_the_outputs_run_and_the_last_task_turns_the_night_red(nights):
    night = nights["stale"]
    assert ordered(night["calls"]) == WHOLE
    assert night["state"] == "failed"
    assert night["tasks"] == {
        "land": "success",
        "run": "success",
        "report": "success",
        "export": "success",
        "publish": "success",
        "notebooks": "success",
        "reconcile": "failed",
    }


@pytest.mark.slow
def test_a_source_that_is_not_usable_stops_nothing_of_the_night_and_turns_it_red(nights):
    night = nights["wrong source"]
    assert ordered(night["calls"]) == WHOLE
    assert (night["state"], night["tasks"].pop("reconcile")) == ("failed", "failed")
    assert set(night["tasks"].values()) == {"success"}


@pytest.mark.slow
def test_a_ledger_that_does_not_balance_turns_the_night_red_without_a_retry(nights):
    assert ordered(nights["unbalanced"]["calls"]) == WHOLE
    assert nights["unbalanced"]["state"] == "failed"


@pytest.mark.slow
def test_exit_2_fails_without_a_retry_and_stops_what_follows(nights):
    night = nights["usage"]
    assert night["calls"] == WHOLE[:2]
    assert night["tasks"] == {
        "land": "success",
        "run": "failed",
        "report": "upstream_failed",
        "export": "upstream_failed",
        "publish": "upstream_failed",
        "notebooks": "upstream_failed",
        "reconcile": "upstream_failed",
    }


@pytest.mark.slow
def test_exit_3_is_retried_and_the_night_goes_on(nights):
    assert ordered(nights["unexpected once"]["calls"]) == [WHOLE[0], WHOLE[1], *WHOLE[1:]]
    assert nights["unexpected once"]["state"] == "success"


@pytest.mark.slow
def test_exit_3_is_retried_twice_and_not_more(nights):
    assert nights["unexpected always"]["calls"] == [WHOLE[0], WHOLE[1], WHOLE[1], WHOLE[1]]
    assert nights["unexpected always"]["state"] == "failed"


@pytest.mark.slow
def test_a_killed_command_is_retried(nights):
    assert ordered(nights["killed once"]["calls"]) == [WHOLE[0], *WHOLE]
    assert nights["killed once"]["state"] == "success"


@pytest.mark.slow
def test_no_command_sees_the_settings_of_airflow(nights):
    assert all(night["secrets"] == [] for night in nights.values())


@pytest.mark.slow
def test_a_backfill_builds_each_day_in_a_lake_of_its_own_and_neither_lands_nor_reports_nor_sends(nights):
    night = nights["backfill"]
    day = f"2026-01-{night['number'] + 2:02}"  # the logical date in Shanghai
    assert night["calls"] == [
        f"run --as-of {day} --lake /data/as_of/{day}",
        f"reconcile --lake /data/as_of/{day}",
    ]
    assert night["tasks"] == {
        "land": "skipped",
        "run": "success",
        "report": "skipped",
        "export": "skipped",
        "publish": "skipped",
        "notebooks": "skipped",
        "reconcile": "success",
    }
    assert night["state"] == "success"


@pytest.mark.slow
def test_a_backfilled_day_with_a_stale_table_is_red_and_one_that_failed_is_not_reconciled(nights):
    assert nights["backfill stale"]["tasks"]["reconcile"] == "failed"
    assert nights["backfill failed"]["tasks"] == {
        "land": "skipped",
        "run": "failed",
        "report": "upstream_failed",
        "export": "upstream_failed",
        "publish": "upstream_failed",
        "notebooks": "upstream_failed",
        "reconcile": "upstream_failed",
    }


def test_days_of_a_backfill_run_one_after_the_other_and_so_do_the_families_of_an_intake(seen):
    assert seen["dags"]["quality_nightly"]["tasks"]["run"]["at_a_time"] == 1
    land = seen["dags"]["quality_intake"]["tasks"]["land"]
    assert (land["mapped"], land["at_a_time"]) == (True, 1)


WAIT = re.compile(r" --wait (\d+)")
HOURLY = ["urgent", "outbox", "reconcile"]


@pytest.mark.slow
def test_an_intake_lands_each_family_that_has_a_folder_once_then_builds_and_sends_what_is_urgent(nights):
    first, *calls = [WAIT.sub("", call) for call in nights["intake"]["calls"]]
    assert first == "source list --json"
    land = "land --family {} --date 2026-07-01 --leave-if-busy"
    assert sorted(calls[:2]) == [land.format("lab"), land.format("platform")]
    assert calls[2:] == [
        "run --select tag:urgent --date 2026-07-01 --leave-if-busy",
        "export --urgent --date 2026-07-01 --leave-if-busy",
        "reconcile --date 2026-07-01",
    ]
    assert nights["intake"]["tasks"] == dict.fromkeys(["families", "land 0", "land 1", *HOURLY], "success")


@pytest.mark.slow
def test_the_tasks_of_an_intake_wait_together_until_shortly_before_the_next_hour(nights):
    waits = [int(WAIT.search(call)[1]) for call in nights["intake"]["calls"] if "--leave-if-busy" in call]
    # Each has what the ones before it left; on a fast machine all begin within one second.
    assert len(waits) == 4 and waits == sorted(waits, reverse=True)
    assert waits[-1] > 0 and waits[0] <= 3000


@pytest.mark.slow
def test_a_family_whose_lake_was_busy_is_skipped_until_the_next_hour_and_nothing_is_red(nights):
    night = nights["intake busy"]
    assert sorted(night["tasks"].values()) == ["skipped", *["success"] * 5]
    assert night["tasks"]["families"] == night["tasks"]["outbox"] == night["state"] == "success"


@pytest.mark.slow
def test_an_intake_while_a_night_runs_leaves_all_to_the_next_hour_and_is_not_red(nights):
    night = nights["intake all busy"]
    assert {t: s for t, s in night["tasks"].items() if s == "skipped"}.keys() == {
        "land 0",
        "land 1",
        "urgent",
        "outbox",
    }
    assert night["state"] == "success"


@pytest.mark.slow
def test_an_urgent_run_with_a_stale_table_sends_what_stands_and_turns_the_intake_red(nights):
    night = nights["intake stale"]
    assert (night["tasks"]["outbox"], night["tasks"]["reconcile"], night["state"]) == (
        "success",
        "failed",
        "failed",
    )


@pytest.mark.slow
def test_a_family_that_fails_holds_up_neither_the_others_nor_urgent_items_and_the_intake_is_red(nights):
    night = nights["intake refused"]
    assert sorted(night["tasks"][t] for t in ("land 0", "land 1")) == ["failed", "success"]
    assert [night["tasks"][t] for t in HOURLY] == ["success", "success", "upstream_failed"]
    assert night["state"] == "failed"


@pytest.mark.slow
def test_a_backfill_of_the_intake_lands_nothing(nights):
    assert nights["intake backfill"]["calls"] == []


@pytest.mark.slow
def test_maintenance_is_followed_by_the_doctor_whose_findings_turn_it_red(nights):
    assert nights["maintain ill"]["calls"] == ["maintain --date 2026-07-01", "doctor"]
    assert nights["maintain ill"]["tasks"] == {"maintain": "success", "doctor": "failed"}


@pytest.mark.slow
def test_maintenance_that_finds_nothing_is_green_and_one_that_failed_asks_no_doctor(nights):
    assert nights["maintain"]["calls"] == ["maintain --date 2026-07-01", "doctor"]
    assert nights["maintain"]["state"] == "success"
    assert nights["maintain failed"]["tasks"] == {"maintain": "failed", "doctor": "upstream_failed"}


@pytest.mark.slow
def test_what_is_due_is_published(nights):
    assert nights["publish"]["calls"] == ["publish --due"] and nights["publish"]["state"] == "success"


@pytest.mark.slow
def test_a_period_that_is_named_is_published_alone(nights):
    assert nights["publish one"]["calls"] == ["publish --period 2026Q2"]


def test_night_site_and_bundle_are_assets_that_others_can_be_scheduled_on(seen):
    made = {
        (dag, task): said["outlets"]
        for dag, found in seen["dags"].items()
        for task, said in found["tasks"].items()
        if said["outlets"]
    }
    assert made == {
        ("quality_nightly", "run"): ["quality_night_of_the_main_lake"],  # an alias: no event in a backfill
        ("quality_nightly", "report"): ["quality_site"],
        ("quality_nightly", "publish"): ["quality_bundle"],
        ("quality_publish", "publish"): ["quality_bundle"],
    }


@pytest.mark.slow
def test_only_a_night_of_the_main_lake_is_announced(nights):
    """A day of a backfill is built in a lake apart: who waits for a night must not start by it."""
    every = ["quality_bundle", "quality_night", "quality_site"]
    assert nights["clean"]["assets"] == nights["stale"]["assets"] == every
    assert nights["backfill"]["assets"] == nights["usage"]["assets"] == []


@pytest.mark.slow
def test_nor_is_a_backfilled_day_that_is_stale_or_failed_announced(nights):
    assert nights["backfill stale"]["assets"] == nights["backfill failed"]["assets"] == []


def test_every_dag_has_an_owner_and_says_its_impact_and_links_to_its_runbook(seen):
    """The link leads to a heading of the site's guide under which each DAG has its line."""
    (guide,) = [page for page in build() if page.path == PAGE]
    html = str(guide.context["body"]["en"])
    runbook = html.split(f'id="{ANCHOR}"')[1].split("<h2")[0]
    for name, dag in seen["dags"].items():
        assert dag["owner"] in ("operations", "publication"), name
        assert "**Impact**" in dag["doc"], name
        (path,) = re.findall(r"\*\*Runbook\*\*: “When a DAG is red” in `(/[^`]+)`", dag["doc"])
        assert path.endswith(f"/site/{PAGE}") and "file:" not in dag["doc"], name
        assert f"<code>{name}</code>" in runbook, name


def test_where_the_site_is_served_the_runbook_is_linked_there(monkeypatch):
    monkeypatch.setenv("QUALITY_SITE_URL", "https://quality.example/site/")
    assert with_runbook("a\n").endswith(f"(https://quality.example/site/{PAGE}#{ANCHOR})\n")
