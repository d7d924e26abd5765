"""Airflow on one machine: `python -m jobs.orchestration.local night [DATE]` runs the nightly DAG once,
`python -m jobs.orchestration.local serve` runs Airflow's UI and scheduler."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from jobs.environment import REPOSITORY, Environment
from jobs.errors import QualityError, UsageError
from jobs.orchestration.services import services
from jobs.upkeep.modes import UMASK

DAG_ID = "quality_nightly"
PASSWORDS = "simple_auth_manager_passwords.json.generated"
# Not `airflow standalone`: its scheduler and triggerer would serve logs on every network interface.
SERVICES = (["api-server"], ["scheduler", "--skip-serve-logs"], ["dag-processor"])
USAGE = "usage: python -m jobs.orchestration.local night [yyyy-mm-dd] | serve"


def airflow_variables(home: Path, *, quiet: bool) -> dict[str, str]:
    """Return the environment variables (name → value) of an Airflow installation in the folder `airflow` of
    ``home``.

    Its database is SQLite in that folder, only this repository's DAGs are loaded, its API listens on
    127.0.0.1, and no usage data is sent. ``home``: QUALITY_HOME; ``quiet``: log errors only.
    """
    airflow_home = home / "airflow"
    settings = {
        "AIRFLOW_HOME": str(airflow_home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{airflow_home}/airflow.db",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__API__HOST": "127.0.0.1",
        # Airflow sets the modes of task logs by itself: the umask does not count there.
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        "GX_ANALYTICS_ENABLED": "False",
        "PYTHONWARNINGS": "ignore",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
    if quiet:
        settings["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
    return settings


def migrate(home: Path, variables: dict[str, str]) -> None:
    """Make or upgrade Airflow's database, unless this version of Airflow has already done it.

    ``home``: QUALITY_HOME; ``variables``: those of `airflow_variables`. The output goes to
    logs/airflow-migrate.log. Raises UsageError, which names that file, where the command fails, and where
    Airflow is not installed.
    """
    airflow = _airflow()
    stamp = home / "airflow" / f"migrated-{version('apache-airflow')}"
    if stamp.exists() and (home / "airflow" / "airflow.db").exists():
        return
    stamp.parent.mkdir(parents=True, exist_ok=True)
    log = home / "logs" / "airflow-migrate.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        done = subprocess.run(
            [airflow, "db", "migrate"], env={**os.environ, **variables}, stdout=output, stderr=output
        )
    if done.returncode != 0:
        raise UsageError(f"Airflow's database could not be set up: see {log}")
    stamp.touch()


def night(environment: Environment, date: str | None) -> int:
    """Run the nightly DAG once without a scheduler and return the exit code of `airflow dags test`, which is
    not 0 where the run failed.

    ``date``: the night as yyyy-mm-dd; None: today, in the nation's time zone. Raises UsageError as `migrate`
    does.
    """
    variables = airflow_variables(environment.home, quiet=True)
    migrate(environment.home, variables)
    command = [
        _airflow(),
        "dags",
        "test",
        DAG_ID,
        "--dagfile-path",
        str(REPOSITORY / "dags" / f"{DAG_ID}.py"),
    ]
    if date:
        command += ["--conf", json.dumps({"date": date})]
    return subprocess.run(command, env={**os.environ, **variables}).returncode


def serve(environment: Environment) -> int:
    """Run Airflow's UI and API (on 127.0.0.1:8080), scheduler and DAG processor until Ctrl-C, which ends
    this process with 0, or until one of the three ends: then all are ended and 1 is returned. Raises
    UsageError as `migrate` does."""
    variables = airflow_variables(environment.home, quiet=False)
    migrate(environment.home, variables)
    commands = [[_airflow(), *service] for service in SERVICES]
    with services(commands, {**os.environ, **variables}) as running:
        while all(process.poll() is None for process in running):
            time.sleep(0.5)
    return 1


def _airflow() -> str:
    found = shutil.which("airflow", path=str(Path(sys.executable).parent))
    if found is None:
        raise UsageError("Airflow is not installed in this environment: run `make run`")
    return found


def _day(text: str) -> str:
    """Return a date as yyyy-mm-dd; UsageError where ``text`` is none."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date().isoformat()
    except ValueError:
        raise UsageError(f"{text!r} is no date like 2026-06-30; {USAGE}") from None


def main(arguments: list[str]) -> int:
    """Run the command line ``arguments`` (without the program's name) and return the exit code: that of the
    command, that of a QualityError (its message goes to stderr), or 2 with the usage for other arguments."""
    os.umask(UMASK)  # the database and the password are for this user only
    environment = Environment.from_variables()
    try:
        match arguments:
            case ["night"]:
                return night(environment, None)
            case ["night", day]:
                return night(environment, _day(day))
            case ["serve"]:
                print(
                    "Airflow: http://127.0.0.1:8080 — user admin, its password is made at the first "
                    "start and lies in"
                )
                print(environment.home / "airflow" / PASSWORDS, flush=True)
                return serve(environment)
    except QualityError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
