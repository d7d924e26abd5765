"""Workers of a process pool end with the process that started them, however that ends."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from jobs.environment import REPOSITORY

POOL = """
import os, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from jobs.lifetime import die_with_pool
if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=die_with_pool) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        time.sleep(120)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_whose_parent_is_killed_does_not_wait_for_work_forever(tmp_path, how):
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(REPOSITORY), "PATH": ""},
    )
    assert parent.stdout is not None and int(parent.stdout.readline()) > 0
    parent.send_signal(how)
    parent.communicate(timeout=60)  # its output closes once no worker holds it


def test_every_pool_of_processes_lets_its_workers_end_with_it():
    pools = [p for p in (REPOSITORY / "jobs").rglob("*.py") if "ProcessPoolExecutor(" in p.read_text()]
    assert pools and [p for p in pools if "die_with_pool" not in p.read_text()] == []
