"""Start processes quickly: they are forked from a server process that has already imported the code
(multiprocessing, start method forkserver), instead of starting a new Python for each. The server has no
threads that work, unlike this process, which can therefore not be forked itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker, util
from multiprocessing.context import ForkServerContext
from typing import Any

# The module by which the server ends with the process that started it.
_SERVER = "jobs.server_process"
_LOADED: set[str] = set()  # what the server imports when it starts


def context(*modules: str, alone: bool = False) -> ForkServerContext:
    """Return the context (multiprocessing) whose processes are forked from the server, after starting the
    server in the background where it does not run.

    ``modules``: names of the modules that the server imports before it forks the first process; one that
    cannot be imported is left to the process that needs it. A server that runs without some of them is
    ended, with all processes that were forked from it, and started with these too: name new modules only
    where none is at work. The server ends with the thread that started it (Linux: prctl(2)). ``alone``: the
    server has imported nothing but these modules: for processes whose memory is limited, as what others have
    mapped for their code is memory that such a process may fill beyond its limit.
    """
    found = multiprocessing.get_context("forkserver")
    if not _LOADED.issuperset(modules) or (alone and set(modules) != _LOADED):
        _end_server()
        if alone:
            _LOADED.clear()
        _LOADED.update(modules)
    found.set_forkserver_preload([_SERVER, "__main__", *sorted(_LOADED)])
    with without_interrupts(), _own_folder():
        forkserver.ensure_running()
    return found


@contextmanager
def _own_folder() -> Iterator[None]:
    """Within the block the folder for temporary files is the system's: what is there for a run's files
    (`jobs.lake.scratch`) goes with the run, and its path may be too long for the address of a socket."""
    before, tempfile.tempdir = tempfile.tempdir, None
    try:
        util.get_temp_dir()  # multiprocessing makes it once and keeps it
        yield
    finally:
        tempfile.tempdir = before


def _end_server() -> None:
    """There is no public way. Asked to end, the server would wait for the processes forked from it."""
    server: Any = forkserver._forkserver
    if server._forkserver_pid is not None:
        os.kill(server._forkserver_pid, signal.SIGKILL)
    server._stop()


def environment() -> dict[str, str]:
    """Return the environment variables as they are now, to be sent to a new process (`begun`)."""
    return dict(os.environ)


def begun(variables: Mapping[str, str]) -> None:
    """Replace all environment variables of this process, which was forked from the server, by ``variables``,
    and take over their time zone: the server has those of the time when it was started."""
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Within the block, processes that are started do not get Ctrl-C's signal (SIGINT), which goes to all
    processes of a terminal, unless they unblock it: the process that starts them decides what ends."""
    resource_tracker.ensure_running()  # else the first process starts it, which unblocks SIGINT
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
