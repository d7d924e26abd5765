"""What runs inside a child process that reads files, with limits of memory, time and open files. A reader
that aborts, runs out of memory or never ends costs this process and no other. The parent is jobs.ingest.pool;
a unit is a file to be landed by one feed."""

from __future__ import annotations

import errno
import os
import resource
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from jobs.errors import HOPELESS, UsageError, kind_and_place, out_of_memory
from jobs.file_limits import Limits
from jobs.ingest.limits import Limited, applied, no_handles, no_memory
from jobs.ingest.model import Reason, Refused
from jobs.ingest.unit import Unit, land_unit
from jobs.ingest.verdict import FileResult
from jobs.iso_codes import currencies

Reply = FileResult | OSError  # an error that is no file's fault ends the whole landing
# Children are forked from a process that has imported this module. Every one of them asks for the deployment,
# and what checks it takes a sixth of a second to read.
currencies()


@dataclass(frozen=True)
class Done:
    """The value that a function run in a child process returned."""

    value: Any


def serve(work: Connection, life: Connection, limits: Limits) -> None:
    """Run the loop of a child process: land each list of units that ``work`` sends, and send back one reply
    per unit, in order and at once, until the connection ends. A reply is a FileResult, or an OSError that
    other files would meet too, as of a full disk.

    ``limits``: memory and open files are limited once, processor time anew for each unit. A unit that exceeds
    them may end the process without a reply. When ``life`` ends, because the parent has, this process
    exits."""
    threading.Thread(target=_die_with, args=(life,), daemon=True).start()
    _confine(limits)
    while True:
        try:
            units = work.recv()
        except EOFError:
            return
        for unit in units:
            _allow_time(limits)
            work.send(land_safely(unit, limits))


def serve_one(reply: Connection, life: Connection, limits: Limits, work: Callable[[], Any]) -> None:
    """The work of a child process: call ``work`` and send its result through ``reply``: its value as Done,
    the UsageError that it raises, or, where it fails otherwise, what `land_safely` returns for a failure.
    ``limits``: of memory, open files and processor time. When ``life`` ends, because the parent has, this
    process exits."""
    threading.Thread(target=_die_with, args=(life,), daemon=True).start()
    _confine(limits)
    _allow_time(limits)
    sent: Done | UsageError | Reply
    try:
        with applied(limits):
            sent = Done(work())
    except UsageError as error:
        sent = error
    except Refused as refusal:
        sent = FileResult("refused", refusal.reason, limited=isinstance(refusal, Limited))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        sent = _failure(error, limits)
    reply.send(sent)


def land_safely(unit: Unit, limits: Limits) -> Reply:
    """Land one unit and return its result, also where it fails.

    An unexpected error becomes a refusal with the error's kind and place (``unexpected``), an exceeded limit
    one that holds until the limits change (``limited``). An OSError that the next file would meet as well (a
    full or read-only disk) is returned in place of a result.
    """
    try:
        with applied(limits):
            return land_unit(unit)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of a native reader is no Exception
        return _failure(error, limits)


def _failure(error: BaseException, limits: Limits) -> Reply:
    number = error.errno if isinstance(error, OSError) else None
    if out_of_memory(error):
        return limited(no_memory(limits))
    if number == errno.EMFILE:
        return limited(no_handles(limits))
    if isinstance(error, OSError) and number in HOPELESS:
        return error
    what = kind_and_place(error)
    return FileResult(
        "refused",
        Reason(f"读取时发生意外错误：{what}", f"unexpected error while reading: {what}"),
        unexpected=True,
    )


def limited(reason: Reason) -> FileResult:
    """Return the result for a file that is refused because it exceeded a limit."""
    return FileResult("refused", reason, limited=True)


def _confine(limits: Limits) -> None:
    """Limit this process: memory beyond what it uses now, time and open files. No core is dumped and nothing
    is printed, as both could hold cells."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nothing, stream)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    _limit(resource.RLIMIT_AS, pages * resource.getpagesize() + limits.memory)
    _limit(resource.RLIMIT_NOFILE, limits.handles)
    _limit(resource.RLIMIT_CORE, 0)
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)


def _allow_time(limits: Limits) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + limits.seconds)


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _die_with(life: Connection) -> None:
    try:
        life.recv_bytes()
    except EOFError:
        os._exit(1)
