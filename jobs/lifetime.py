"""What holds for every process of the project: it ends together with the process that started it, also where
that one is killed (Linux: prctl(2)), and is set up for its work."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import sys

# The option of prctl that sets the signal which a process gets when its parent ends.
PR_SET_PDEATHSIG = 1
# The thresholds of gc.set_threshold().
COLLECT_AFTER = (20_000, 20, 20)


def die_with(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends. ``parent``: process id of the
    process with that thread. Raises SystemExit where the parent has already ended, OSError where the kernel
    refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl(PR_SET_PDEATHSIG): {os.strerror(number)}")
    if os.getppid() != parent:  # it died before the call above could see it
        raise SystemExit(3)


def die_with_pool() -> None:
    """Initializer for the workers of a ProcessPoolExecutor: each ends with the process of the pool, or with
    the server that it was forked from (`jobs.forked`), which ends with that process. Otherwise a worker of a
    killed process would wait for work forever and keep its output open."""
    parent = multiprocessing.parent_process()
    assert parent is not None and parent.pid is not None, "called in a worker"
    server = sys.modules.get("jobs.server_process")  # that of which this process is a copy
    die_with(parent.pid if server is None else server.PID)
    if not parent.is_alive():  # it died before the call above could see it
        raise SystemExit(3)


def tune_process() -> None:
    """Set this process up for the work that all commands and their workers do; called before numpy is loaded.

    Garbage in cycles is looked for after every 20,000 new objects, not 700 as Python does: tables and pages
    are made of millions of small objects without cycles, and looking through them takes a twelfth of a
    report's processor time. BLAS has one thread, unless OPENBLAS_NUM_THREADS says otherwise: a second one
    slows products of small matrices down, and the order of its sums depends on the number of processors.
    """
    gc.set_threshold(*COLLECT_AFTER)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
