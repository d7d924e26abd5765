"""Great Expectations leaves nothing behind in a worker process that is ended."""

from __future__ import annotations

import subprocess
import sys

from jobs.environment import REPOSITORY

# A worker's process starts others by spawn; its end runs no clean-up, as that of a killed one.
WORKER = """
import multiprocessing, os
multiprocessing.set_start_method("spawn")
import jobs.gate.gx
from tqdm.auto import tqdm  # what Great Expectations draws its bars with
assert list(tqdm([1], disable=True)) == [1]
os._exit(0)
"""


def test_a_progress_bar_leaves_no_semaphore_where_its_process_is_ended():
    done = subprocess.run(
        [sys.executable, "-c", WORKER], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert "leaked" not in done.stderr
