"""Airflow runs in processes of their own here, each with an AIRFLOW_HOME that goes with the test session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.orchestration.local import airflow_variables, migrate

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def airflow_script(tmp_path_factory) -> Callable[..., dict]:
    """Run one of the scripts beside this file under a fresh Airflow; returns the JSON on the last line of its
    output."""
    home = tmp_path_factory.mktemp("home")
    variables = airflow_variables(home, quiet=True)
    migrate(home, variables)

    def run(script: str, *, seconds: int = 420, **extra: str) -> dict:
        command = [sys.executable, str(HERE / script)]
        done = subprocess.run(
            command, env={**os.environ, **variables, **extra}, capture_output=True, text=True, timeout=seconds
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return json.loads(done.stdout.strip().splitlines()[-1])

    return run
