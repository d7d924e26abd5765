"""Lands units and reads samples in child processes with limits (jobs.ingest.cage). A child that dies or takes
too long costs only the file that it was reading."""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import TypeVar

from jobs import forked
from jobs.file_limits import Limits
from jobs.ingest.cage import Done, Reply, limited, serve, serve_one
from jobs.ingest.limits import Limited, no_memory, no_time
from jobs.ingest.model import Reason, Refused
from jobs.ingest.unit import Unit
from jobs.ingest.verdict import FileResult

MAX_WORKERS = 4
BATCH_FILES, BATCH_BYTES = 64, 4 << 20  # of small files that are sent to a child together
Progress = Callable[[str, int, int], None]  # what just now, how many are done, of how many
Value = TypeVar("Value")


def land_all(
    units: Sequence[Unit], progress: Progress | None = None, limits: Limits | None = None
) -> list[FileResult]:
    """Land all units, each within ``limits`` (None: the default ones), in child processes; returns one result
    per unit, in their order.

    ``progress``: called after each unit with its file, the number of units done and their total. Raises
    OSError where the next file would fail too (a full or read-only disk).
    """
    if not units:
        return []
    landing = _Landing(units, progress or (lambda now, done, total: None), limits or Limits())
    try:
        return landing.run()
    finally:
        landing.close()


def warm() -> None:
    """Start, in the background, the process that children are forked from and that imports the readers of
    files once, so that the first child need not wait for it."""
    _context()


def _context() -> ForkServerContext:
    return forked.context(serve.__module__, alone=True)


def in_child(work: Callable[[], Value], limits: Limits) -> Value:
    """Call ``work`` in a child process within ``limits`` and return its value. Both must be picklable.

    Raises what it raises of UsageError and Refused; Refused for any other error of it, Limited where it
    exceeded a limit, and OSError where the disk is full or read-only.
    """
    context = _context()
    reply, inside = context.Pipe(duplex=False)
    ends, life = context.Pipe(duplex=False)
    process = context.Process(target=serve_one, args=(inside, ends, limits, work), daemon=True)
    process.start()
    inside.close()
    ends.close()
    try:
        if not reply.poll(2.0 * limits.seconds):
            raise _limited(no_time(limits))
        sent = reply.recv()
    except EOFError:
        how = _ended(process)
        raise _limited(no_time(limits) if how == signal.SIGXCPU.name else no_memory(limits, how)) from None
    finally:
        _ended(process)
        reply.close()
        life.close()
    if isinstance(sent, Done):
        value: Value = sent.value
        return value
    if isinstance(sent, FileResult):
        assert sent.reason is not None
        raise _limited(sent.reason) if sent.limited else Refused(*sent.reason)
    raise sent


def _limited(reason: Reason) -> Limited:
    return Limited(reason.zh, reason.en)


def _ended(process: ForkServerProcess) -> str:
    """End a child now; how it ended: a signal's name or an exit code."""
    process.kill()
    process.join()
    code = process.exitcode or 0
    return signal.Signals(-code).name if code < 0 else str(code)


class _Child:
    """One child process. ``queue``: the indexes of the units that it was given and has not landed yet;
    ``landed``: how many it has landed; ``until``: the time.monotonic() by which the first must be done."""

    def __init__(self, limits: Limits):
        context = _context()
        self.work, inside = context.Pipe()
        ends, self._life = context.Pipe(duplex=False)
        self._process = context.Process(target=serve, args=(inside, ends, limits), daemon=True)
        self._process.start()
        inside.close()
        ends.close()
        self._seconds = 2.0 * limits.seconds
        self.queue, self.landed, self.until = deque[int](), 0, 0.0

    def give(self, batch: Sequence[int], units: Sequence[Unit]) -> None:
        self.queue.extend(batch)
        self.until = time.monotonic() + self._seconds
        with suppress(BrokenPipeError):  # it has died, and so will have no reply
            self.work.send([units[i] for i in batch])

    def reply(self) -> Reply | None:
        """What became of the first unit of the queue; None where the child died."""
        try:
            reply: Reply = self.work.recv()
        except (EOFError, ConnectionError):
            return None
        self.until = time.monotonic() + self._seconds
        return reply

    def end(self) -> str:
        """End it now; how it ended: a signal's name or an exit code."""
        how = _ended(self._process)
        self.work.close()
        self._life.close()
        self._process.close()
        return how


class _Landing:
    def __init__(self, units: Sequence[Unit], progress: Progress, limits: Limits):
        self._units, self._progress, self._limits = units, progress, limits
        self._waiting = deque(_batches(units))
        self._alone: set[int] = set()  # units to be tried once more, by a child that has landed nothing
        self._idle: list[_Child] = []
        self._busy: list[_Child] = []
        self._outcomes: dict[int, FileResult] = {}

    def run(self) -> list[FileResult]:
        workers = min(MAX_WORKERS, os.cpu_count() or 1)
        while self._waiting or self._busy:
            while self._waiting and len(self._busy) < workers:
                self._start(self._waiting.popleft())
            left = max(0.0, min(child.until for child in self._busy) - time.monotonic())
            ready = connection.wait([child.work for child in self._busy], left)
            for child in [c for c in self._busy if c.work in ready]:
                self._take_reply(child)
            for child in [c for c in self._busy if c.until < time.monotonic()]:
                child.end()
                self._lost(child, limited(no_time(self._limits)), again=False)
        return [self._outcomes[i] for i in range(len(self._units))]

    def close(self) -> None:
        for child in (*self._idle, *self._busy):
            child.end()

    def _start(self, batch: list[int]) -> None:
        child = self._idle.pop() if self._idle and batch[0] not in self._alone else _Child(self._limits)
        self._busy.append(child)
        child.give(batch, self._units)

    def _take_reply(self, child: _Child) -> None:
        reply = child.reply()
        if isinstance(reply, OSError):
            raise reply
        if reply is None:
            how = child.end()
            late = how == signal.SIGXCPU.name
            reason = no_time(self._limits) if late else no_memory(self._limits, how)
            self._lost(child, limited(reason), again=child.landed > 0 and not late)
        elif reply.limited and child.landed:  # earlier units may have left too little
            child.end()
            self._lost(child, reply, again=True)
        else:
            child.landed += 1
            self._done(child.queue.popleft(), reply)
            if not child.queue:
                self._busy.remove(child)
                self._idle.append(child)

    def _lost(self, child: _Child, outcome: FileResult, *, again: bool) -> None:
        """The child has ended over the first unit of its queue, which is tried again if ``again``; the others
        wait again."""
        self._busy.remove(child)
        index = child.queue.popleft()
        if child.queue:
            self._waiting.appendleft(list(child.queue))
        if again:
            self._alone.add(index)
            self._waiting.appendleft([index])
        else:
            self._done(index, outcome)

    def _done(self, index: int, outcome: FileResult) -> None:
        self._outcomes[index] = outcome
        self._progress(self._units[index].file, len(self._outcomes), len(self._units))


def _batches(units: Sequence[Unit]) -> list[list[int]]:
    """Indexes of the units in batches, the largest batch first: a large file alone, small ones of a source
    together, as they share what is sent along. The feeds that read one small file stand beside each other:
    what the first made of it may serve the next (`json_files`)."""
    sizes = [unit.path.stat().st_size for unit in units]
    batches: list[list[int]] = []
    room, last = 0, None
    for i in sorted(range(len(units)), key=lambda i: (units[i].feed.source, units[i].path, i)):
        unit = units[i]
        again = last is not None and last.path == unit.path and sizes[i] <= BATCH_BYTES
        size = 0 if again else sizes[i]
        other = last is None or last.feed.source != unit.feed.source
        if other or size > room or len(batches[-1]) == BATCH_FILES:
            batches.append([])
            room = BATCH_BYTES
        batches[-1].append(i)
        room -= size
        last = unit
    return sorted(batches, key=lambda batch: -sum(sizes[i] for i in batch))
