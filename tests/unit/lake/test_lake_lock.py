"""The writer lock of a lake and the processes of the run that holds it (definitions.md#night)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from jobs.environment import REPOSITORY
from jobs.errors import LockedError
from jobs.lake.lock import writer_lock


def test_the_lock_is_free_only_once_the_workers_of_a_killed_run_are_gone(tmp_path: Path):
    """The kernel closes the files of a process before it ends those that end with it: a worker that is kept
    from ending shows the moment between."""
    script = tmp_path / "run.py"
    script.write_text(RUN_WITH_A_WORKER)
    run = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "lake")],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )
    assert run.stdout is not None
    worker = psutil.Process(int(run.stdout.readline()))
    try:
        run.kill()
        run.wait()
        with pytest.raises(LockedError), writer_lock(tmp_path / "lake", wait_seconds=0.5):
            pass
    finally:
        worker.kill()
        run.stdout.close()
    with writer_lock(tmp_path / "lake", wait_seconds=10):
        pass


RUN_WITH_A_WORKER = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from jobs import forked
from jobs.lake.lock import writer_lock

def begin(held):
    pass  # a worker that does not end with its starter

if __name__ == "__main__":
    with writer_lock(Path(sys.argv[1])) as lock:
        with ProcessPoolExecutor(1, forked.context(), begin, (lock.held(),)) as pool:
            print(pool.submit(os.getpid).result(), flush=True)
            time.sleep(120)
"""
