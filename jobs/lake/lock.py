"""One lake has one writer: an OS lock that also records the writer's JVM (definitions.md#night).

The kernel frees the lock when its process dies, even by kill -9; the JVM that the process had started may
live a little longer and still commit. So who takes the lock next looks up the recorded JVM and ends it before
anything is written.

Workers of a night get the lock's descriptor as they start (`Held`), so that it is free only once they are
gone, too: the kernel ends them with the writer, but a moment after it has closed the writer's files.

The filelock package takes the same flock, keeps no note of who holds it and whose JVM writes, and is one
package more: what it would replace here is one call.
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

POLL_SECONDS = 0.2
JVM_GRACE_SECONDS = 10


class WriterLock:
    """The lake's lock while this process holds it. ``record_jvm`` writes down the JVM that writes for this
    process, so that the next holder can end it."""

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
        return Held(self._handle.fileno())

    def record_jvm(self, pid: int) -> None:
        self._note["jvm"] = [pid, psutil.Process(pid).create_time()]
        self._write()

    def _write(self) -> None:
        self._handle.seek(0)
        self._handle.truncate()
        self._handle.write(json.dumps(self._note))
        self._handle.flush()
        os.fsync(self._handle.fileno())


class Held:
    """The lock as it is sent to a child process that writes as well (multiprocessing, spawn). The child holds
    the lock's descriptor from its start, so that the lock is free only when both processes have ended."""

    def __init__(self, descriptor: int):
        self._descriptor = descriptor

    def __reduce__(self) -> tuple[Callable[[Any], Held], tuple[Any]]:
        return _taken_over, (DupFd(self._descriptor),)


def _taken_over(sent: Any) -> Held:
    return Held(sent.detach())


def read_note(handle: IO[str]) -> dict[str, Any]:
    """The note in the lock file about its holder: pid, command, since and jvm (pid and time of start, or
    None); {} where there is none."""
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
    """Hold the lake's lock within the block.

    Waits up to ``wait_seconds`` for another holder, then raises LockedError. Before the block begins, a JVM
    that an ended holder has left is ended, and damaged Delta logs are repaired (`jobs.lake.mending`). ``say``
    gets a line that names the holder, once, and one for each repair.
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
