"""Show how far long work is: as a bar on a terminal, removed when the work is done; elsewhere (a log) as a
line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from jobs.terminal import shown

# The least seconds between two lines.
EVERY = 5.0


class Tick(Protocol):
    """Reports progress: long work calls it. ``now``: what is being done; ``done``: number of steps done;
    ``total``: of how many (None: not known)."""

    def __call__(self, now: str, done: int = 0, total: int | None = None) -> None: ...


@contextmanager
def progress(what: str, say: Callable[[str], None] | None) -> Iterator[Tick]:
    """Yield the `Tick` that the work in the block calls. On a terminal it moves a bar; elsewhere it passes a
    line to ``say``, at most every EVERY seconds (None: no lines). ``what``: a word for the work."""
    if not sys.stderr.isatty():
        yield _lines(what, say)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    now_doing = TextColumn("{task.fields[now]}")
    with Progress(*columns, now_doing, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, now="")

        def tick(now: str, done: int = 0, total: int | None = None) -> None:
            bar.update(task, completed=done, total=total, now=escape(shown(now)))

        yield tick


def _lines(what: str, say: Callable[[str], None] | None) -> Tick:
    last = time.monotonic()

    def tick(now: str, done: int = 0, total: int | None = None) -> None:
        nonlocal last
        if say is not None and time.monotonic() - last >= EVERY:
            say(f"{what}: {now}" if total is None else f"{what}: {done} of {total} ({now})")
            last = time.monotonic()

    return tick
