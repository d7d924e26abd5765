"""Airflow's settings on one machine: nothing of it outside QUALITY_HOME, nothing open to others, nothing
sent."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from jobs.environment import REPOSITORY, Environment
from jobs.errors import UsageError
from jobs.orchestration import local


def test_airflow_lives_below_the_home_and_listens_on_loopback_with_a_login():
    settings = local.airflow_variables(Path("/data"), quiet=False)
    assert settings["AIRFLOW_HOME"] == "/data/airflow"
    assert settings["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == "sqlite:////data/airflow/airflow.db"
    assert settings["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert settings["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] == "False"
    assert settings["AIRFLOW__CORE__DAGS_FOLDER"] == str(REPOSITORY / "dags")
    assert settings["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] == "False"


@pytest.fixture
def calls(monkeypatch, tmp_path) -> list[list[str]]:
    """Stands in for Airflow: notes how it was called; `db migrate` makes the database and ends as
    ``tmp_path/code`` says."""
    made: list[list[str]] = []

    class Done:
        def __init__(self, command: list[str], **_):
            made.append(command[1:])
            (tmp_path / "airflow" / "airflow.db").touch()
            self.returncode = int((tmp_path / "code").read_text()) if (tmp_path / "code").exists() else 0

    monkeypatch.setattr(local.subprocess, "run", Done)
    monkeypatch.setenv("QUALITY_HOME", str(tmp_path))
    return made


def test_the_database_is_migrated_once_for_a_version_of_airflow(calls, tmp_path):
    variables = local.airflow_variables(tmp_path, quiet=True)
    local.migrate(tmp_path, variables)
    local.migrate(tmp_path, variables)
    assert calls == [["db", "migrate"]]
    (tmp_path / "airflow" / "airflow.db").unlink()
    local.migrate(tmp_path, variables)
    assert calls == [["db", "migrate"]] * 2


def test_a_migration_that_failed_is_an_error_and_is_tried_again(calls, tmp_path):
    (tmp_path / "code").write_text("1")
    for _ in range(2):
        with pytest.raises(UsageError, match="airflow-migrate.log"):
            local.migrate(tmp_path, {})
    assert len(calls) == 2


def test_without_airflow_a_night_ends_with_an_error_that_says_so(monkeypatch, tmp_path, capsys):
    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(local, "version", absent)
    monkeypatch.setattr(local.shutil, "which", lambda *_, **__: None)
    monkeypatch.setenv("QUALITY_HOME", str(tmp_path))
    assert local.main(["night"]) == UsageError.exit_code
    assert "error: Airflow is not installed" in capsys.readouterr().err


def test_a_night_runs_the_dag_with_its_date_and_returns_the_exit_code(calls, tmp_path):
    local.migrate(tmp_path, {})
    (tmp_path / "code").write_text("1")
    assert local.night(Environment.from_variables(), "2026-07-01") == 1
    assert calls[-1][:3] == ["dags", "test", "quality_nightly"]
    assert calls[-1][-2:] == ["--conf", '{"date": "2026-07-01"}']


def test_a_wrong_call_says_how_and_ends_with_2(calls, capsys):
    assert local.main(["nightly"]) == 2
    assert "usage:" in capsys.readouterr().err
    assert calls == []


@pytest.mark.parametrize("day", ["2026-13-01", "yesterday", "20260701"])
def test_a_day_that_is_none_is_named_before_airflow_starts(calls, capsys, day):
    assert local.main(["night", day]) == 2
    assert f"{day!r} is no date like 2026-06-30; usage:" in capsys.readouterr().err
    assert calls == []


def test_no_service_listens_beyond_loopback():
    services = {service[0]: service[1:] for service in local.SERVICES}
    assert set(services) == {"api-server", "scheduler", "dag-processor"}
    assert services["scheduler"] == ["--skip-serve-logs"]
