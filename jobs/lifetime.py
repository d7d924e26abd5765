"""Make a process end together with the process that started it, also where that one is killed (Linux:
prctl(2))."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal

# The option of prctl that sets the signal which a process gets when its parent ends.
PR_SET_PDEATHSIG = 1


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
    """Initializer for the workers of a ProcessPoolExecutor: each ends with the process of the pool. Otherwise
    a worker of a killed process would wait for work forever and keep its output open."""
    parent = multiprocessing.parent_process()
    assert parent is not None and parent.pid is not None, "called in a worker"
    die_with(parent.pid)
