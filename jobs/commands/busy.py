"""What a command does where another process holds the lake's writer lock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from jobs.environment import Environment
from jobs.errors import LockedError
from jobs.lake.lock import WriterLock, writer_lock

Say = Callable[[str], None]
BUSY = 4  # exit code of `--leave-if-busy`


def unless_busy(
    env: Environment,
    work: Callable[[WriterLock], int],
    *,
    leave: bool,
    wait: float,
    say: Say,
    other: Path | None = None,
) -> int:
    """Call ``work`` with the lake's writer lock and return its exit code. Where another process holds the
    lock for ``wait`` seconds, nothing is done: returns BUSY with ``leave``, else raises LockedError.
    ``other``: a second lake, whose lock is taken first, after up to ``wait`` seconds too."""
    try:
        with ExitStack() as held:
            if other is not None:
                held.enter_context(writer_lock(other, wait_seconds=wait, say=say))
            return work(held.enter_context(writer_lock(env.lake, wait_seconds=wait, say=say)))
    except LockedError as busy:
        if not leave:
            raise
        say(f"{busy}: left to the next time")
        return BUSY
