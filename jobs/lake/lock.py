"""The lock that lets only one process at a time write a lake (definitions.md#night).

It is an operating-system lock (flock) on the file `.lock` in the lake's folder. The file also holds a note
(JSON) about the process that has the lock, the holder: its process id, its command line, the time since when,
and the process id and start time of its JVM, if it has started one.

The kernel frees the lock when the holder dies, even by kill -9; the JVM that the holder had started may live
a little longer and still commit. So whoever takes the lock next reads the note and ends that JVM before
anything is written.

Worker processes of a run receive the lock's open file as they start (`Held`). So the lock is free only when
the workers have ended, too: when the holder is killed, the kernel ends them a moment after it has closed the
holder's files.

The filelock package takes the same flock, but keeps no such note. It would replace one call here and be one
more dependency.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Any

import psutil

from jobs.errors import LockedError
from jobs.lake.mending import mend
from jobs.lake.tables import Lake

# Seconds between two attempts to take a lock that another process holds.
POLL_SECONDS = 0.2
# Seconds that a JVM gets to end after SIGTERM, before it is killed.
JVM_GRACE_SECONDS = 10


class WriterLock:
    """The lock of a lake while this process holds it; `writer_lock` gives it.

    Making one writes the note about this process into the lock file.

    ``handle``: the open lock file, already locked by this process.
    """

    def __init__(self, handle: IO[str]):
        self._handle = handle
        self._note: dict[str, Any] = {
            "pid": os.getpid(),
            "command": " ".join(sys.argv),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "jvm": None,
        }
        self._write()

    def held(self) -> Held:
        """Return the lock in a form that can be sent to a child process (see Held)."""
        return Held(self._handle.fileno())

    def record_jvm(self, pid: int) -> None:
        """Write into the lock file that the process ``pid`` is the JVM that writes for this process, so that
        the next holder can end it. Raises psutil.NoSuchProcess where there is no such process."""
        self._note["jvm"] = [pid, psutil.Process(pid).create_time()]
        self._write()

    def _write(self) -> None:
        self._handle.seek(0)
        self._handle.truncate()
        self._handle.write(json.dumps(self._note))
        self._handle.flush()
        os.fsync(self._handle.fileno())


class Held:
    """The lock as it is sent to a child process that writes as well (multiprocessing; not by fork).

    The child receives the lock's open file as it starts, so that the lock is free only when both processes
    have ended.

    ``descriptor``: the file descriptor of the lock file in this process.
    """

    def __init__(self, descriptor: int):
        self._descriptor = descriptor

    def __reduce__(self) -> tuple[Callable[[Any], Held], tuple[Any]]:
        return _taken_over, (DupFd(self._descriptor),)


def _taken_over(sent: Any) -> Held:
    return Held(sent.detach())


def read_note(handle: IO[str]) -> dict[str, Any]:
    """Return the note in the open lock file ``handle`` about the process that holds, or last held, the lock.

    Keys: `pid` (process id), `command` (its command line), `since` (ISO 8601, UTC) and `jvm` ([process id,
    start time in seconds since 1970] or None). {} where the file has no note, as after a normal end, or only
    part of one.
    """
    handle.seek(0)
    try:
        return json.loads(handle.read() or "{}")
    except json.JSONDecodeError:  # killed between truncate and write: nothing recorded
        return {}


def _end_orphan(note: dict[str, Any]) -> None:
    """End the JVM of a writer that is gone, and wait until it is."""
    pid, created = note.get("jvm") or (None, None)
    if pid is None or note.get("pid") == os.getpid():  # one's own session goes on
        return
    try:
        jvm = psutil.Process(pid)
        if jvm.create_time() != created:  # the number was given to another process since
            return
        jvm.terminate()
        try:
            jvm.wait(JVM_GRACE_SECONDS)
        except psutil.TimeoutExpired:
            jvm.kill()
            jvm.wait(JVM_GRACE_SECONDS)
    except psutil.NoSuchProcess:
        return


@contextmanager
def writer_lock(
    lake: Path, *, wait_seconds: float = 600, say: Callable[[str], None] | None = None
) -> Iterator[WriterLock]:
    """Hold the writer's lock of the lake in the folder ``lake`` within the block; the folder is made where it
    is absent. Yields the lock.

    While another process holds it, waits up to ``wait_seconds``, then raises LockedError, which names the
    holder. Before the block begins, a JVM that a dead holder has left running is ended, and damaged Delta
    logs are repaired (`jobs.lake.mending`). ``say`` is called with one line of text that names the holder
    where there is a wait, and with one line for each file that the repair removed.
    """
    lake.mkdir(parents=True, exist_ok=True, mode=0o700)
    deadline = time.monotonic() + wait_seconds
    announced = False
    with open(lake / ".lock", "a+", encoding="utf-8") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                note = read_note(handle)
                holder = f"pid {note.get('pid')} ({note.get('command')}), since {note.get('since')}"
                if time.monotonic() >= deadline:
                    raise LockedError(
                        f"the lake {lake} is being written by {holder}; waited {wait_seconds:.0f} s"
                    ) from None
                if say and not announced:
                    say(f"waiting for the lake's other writer: {holder}")
                    announced = True
                time.sleep(POLL_SECONDS)
        _end_orphan(read_note(handle))
        for line in mend(Lake(lake)):
            if say:
                say(line)
        lock = WriterLock(handle)
        yield lock
        handle.seek(0)
        handle.truncate()
