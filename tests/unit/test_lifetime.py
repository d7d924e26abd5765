"""Workers of a process pool end with the process that started them, however that ends; each process is set up
for its work."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from jobs.environment import REPOSITORY
from jobs.lifetime import COLLECT_AFTER

POOL = """
import os, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from jobs import forked
from jobs.lifetime import die_with_pool
if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context={context}, initializer=die_with_pool) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        {then}
        time.sleep(120)
"""
# A worker at a step, which only the kernel can end.
AT_WORK = "pool.submit(exec, 'import time; time.sleep(120)'); time.sleep(0.5); print(flush=True)"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize(
    ("context", "then"),
    [('get_context("spawn")', ""), ("forked.context()", ""), ("forked.context()", AT_WORK)],
)
def test_a_worker_whose_parent_is_killed_does_not_wait_for_work_forever(tmp_path, how, context, then):
    script = tmp_path / "pool.py"
    script.write_text(POOL.format(context=context, then=then))
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(REPOSITORY), "PATH": ""},
    )
    assert parent.stdout is not None and int(parent.stdout.readline()) > 0
    if then:
        parent.stdout.readline()
    parent.send_signal(how)
    parent.communicate(timeout=60)  # its output closes once no worker holds it


def test_every_pool_of_processes_lets_its_workers_end_with_it():
    pools = [p for p in (REPOSITORY / "jobs").rglob("*.py") if "ProcessPoolExecutor(" in p.read_text()]
    assert pools and [p for p in pools if "die_with_pool" not in p.read_text()] == []


def test_each_worker_that_computes_is_set_up_as_the_command_is():
    pools = [p for p in (REPOSITORY / "jobs").rglob("*.py") if "ProcessPoolExecutor(" in p.read_text()]
    assert [p.name for p in pools if "tune_process()" not in p.read_text()] == [
        "country.py"
    ]  # it writes files


def test_a_process_that_is_set_up_collects_garbage_rarely_and_keeps_a_given_number_of_threads():
    asked = "import gc, os; from jobs.lifetime import tune_process; tune_process(); print(gc.get_threshold())"
    for more, threads in (({}, "1"), ({"OPENBLAS_NUM_THREADS": "2"}, "2")):
        done = subprocess.run(
            [sys.executable, "-c", f"{asked}; print(os.environ['OPENBLAS_NUM_THREADS'])"],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": str(REPOSITORY), "PATH": "", **more},
        )
        assert done.stdout.split("\n")[:2] == [str(COLLECT_AFTER), threads]
