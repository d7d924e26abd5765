"""`serve` takes its services along, and all that they started, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from jobs.environment import REPOSITORY
from jobs.orchestration import services as rooms

# As Airflow does: a service whose child has a separate process group, and ignores the signal that asks.
SERVICE = """
import os, signal, subprocess, sys, time
child = subprocess.Popen(
    [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(300)"],
    preexec_fn=lambda: os.setpgid(0, 0),
)
with open(sys.argv[1] + ".tmp", "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
os.rename(sys.argv[1] + ".tmp", sys.argv[1])
time.sleep(300)
"""
SERVE = """
import sys
from pathlib import Path
from jobs.environment import Environment
from jobs.orchestration import local
local.migrate = lambda home, variables: None
local._airflow = lambda: sys.executable
local.SERVICES = [["-c", sys.argv[1], note] for note in sys.argv[2:]]
sys.exit(local.serve(Environment.from_variables()))
"""


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def serving(tmp_path: Path):
    """`serve` over two such services: its process, and the numbers of all theirs."""
    notes = [tmp_path / "a", tmp_path / "b"]
    environment = {**os.environ, "QUALITY_HOME": str(tmp_path), "PYTHONPATH": str(REPOSITORY)}
    serve = subprocess.Popen([sys.executable, "-c", SERVE, SERVICE, *map(str, notes)], env=environment)
    end = time.monotonic() + 30
    while not all(note.exists() for note in notes):
        assert time.monotonic() < end and serve.poll() is None, "the services never started"
        time.sleep(0.02)
    pids = [int(n) for note in notes for n in note.read_text().split()]
    yield serve, pids
    serve.kill()
    serve.wait()
    for pid in filter(alive, pids):
        os.kill(pid, signal.SIGKILL)


def gone(pids: list[int]) -> bool:
    end = time.monotonic() + 15
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(alive, pids))


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_asks_for_an_end_ends_all_of_them(serving, asked):
    serve, pids = serving
    assert all(map(alive, pids))
    serve.send_signal(asked)
    assert serve.wait(30) == 0 and gone(pids)


@pytest.mark.drill(fault="kill -9 of serve", invariant="no child process and no port is left")
def test_nothing_outlives_a_serve_that_is_killed(serving):
    serve, pids = serving
    serve.kill()
    assert gone(pids)


def test_when_one_service_ends_the_others_are_ended_too(serving):
    serve, pids = serving
    os.kill(pids[0], signal.SIGKILL)
    assert serve.wait(30) == 1 and gone(pids)


def test_what_is_asked_twice_is_not_left_half_done(serving):
    serve, pids = serving
    serve.send_signal(signal.SIGTERM)
    time.sleep(0.05)
    serve.send_signal(signal.SIGINT)
    assert serve.wait(30) == 0 and gone(pids)


def test_handlers_of_signals_are_what_they_were_afterwards():
    before = signal.getsignal(signal.SIGTERM)
    with rooms.services([[sys.executable, "-c", "pass"]], os.environ) as [process]:
        process.wait()
    assert signal.getsignal(signal.SIGTERM) == before
