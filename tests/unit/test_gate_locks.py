"""Great Expectations leaves nothing behind in a worker process that is ended, and nothing to be searched for
garbage in one that goes on."""

from __future__ import annotations

import subprocess
import sys

from jobs.environment import REPOSITORY

# A worker's process starts others by spawn; its end runs no clean-up, as that of a killed one.
WORKER = """
import gc, multiprocessing, os
multiprocessing.set_start_method("spawn")
import jobs.gate.gx
assert gc.isenabled() and gc.get_freeze_count() > 100_000
from tqdm.auto import tqdm  # what Great Expectations draws its bars with
assert list(tqdm([1], disable=True)) == [1]
os._exit(0)
"""


def test_the_import_leaves_no_semaphore_and_nothing_to_be_searched_for_garbage():
    done = subprocess.run(
        [sys.executable, "-c", WORKER], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert "leaked" not in done.stderr
