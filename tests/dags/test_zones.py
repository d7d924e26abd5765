"""When the DAGs are due: by the clock of the nation that the deployment serves."""

from __future__ import annotations

import pytest

from jobs.environment import REPOSITORY


@pytest.fixture(scope="module")
def seen(airflow_script) -> dict:
    return airflow_script("inspect_dags.py", QUALITY_HOME="/data")


@pytest.fixture(scope="module")
def abroad(airflow_script) -> dict:
    """The DAGs of another nation's deployment."""
    deployment = REPOSITORY / "schemas" / "deployments" / "nl.yaml"
    return airflow_script("inspect_dags.py", QUALITY_HOME="/data", QUALITY_DEPLOYMENT=str(deployment))


@pytest.mark.parametrize(
    "name, when",
    [
        ("quality_nightly", "30 2 * * *"),
        ("quality_intake", "5 * * * *"),
        ("quality_maintain", "30 5 * * 0"),
        ("quality_publish", "30 9 16,20,30 * *"),
    ],
)
def test_each_dag_is_due_by_the_clock_of_the_nation_one_at_a_time_without_catching_up(
    seen, abroad, name, when
):
    for found, zone in ((seen, "Asia/Shanghai"), (abroad, "Europe/Amsterdam")):
        dag = found["dags"][name]
        assert (dag["timetable"], dag["timezone"]) == (when, zone)
        assert (dag["catchup"], dag["max_active_runs"], dag["default_date"]) == (False, 1, None)
    assert seen["dags"][name]["start"] == "2019-12-31T16:00:00+00:00"
    assert abroad["dags"][name]["start"] == "2019-12-31T23:00:00+00:00"


@pytest.mark.parametrize("name", ["quality_nightly", "quality_intake", "quality_maintain"])
def test_the_form_of_a_dag_names_the_time_zone_of_the_day_that_it_takes(seen, abroad, name):
    assert seen["dags"][name]["date_is"].endswith(
        "if empty, the day on which the run began, in Asia/Shanghai"
    )
    assert abroad["dags"][name]["date_is"].endswith("in Europe/Amsterdam")
