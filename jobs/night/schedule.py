"""Build tables in the order of their dependencies, independent ones at the same time on several threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from typing import TypeVar

# The most tables that are built at the same time in the runner's process.
THREADS = 4
Result = TypeVar("Result")


def with_parents(needs: Mapping[str, set[str]], wishes: list[tuple[str, str]]) -> dict[str, set[str]]:
    """Return ``needs`` (table → tables that it reads) with further edges. ``wishes``: pairs (child, parent),
    where the parent should be built before the child though the child does not read it. They are added in
    sorted order, except those that would close a circle. A child must be a key of ``needs``."""
    edges = {table: set(needed) for table, needed in needs.items()}

    def reaches(start: str, goal: str) -> bool:
        seen, waiting = set(), [start]
        while waiting:
            here = waiting.pop()
            if here == goal:
                return True
            if here not in seen:
                seen.add(here)
                waiting += edges.get(here, ())
        return False

    for child, parent in sorted(set(wishes)):
        if not reaches(parent, child):
            edges[child].add(parent)
    return edges


def chains(needs: Mapping[str, set[str]]) -> dict[str, int]:
    """Return for each table the length of the longest chain of tables that depend on it, directly or not; 0
    where none does. ``needs``: table → tables that it reads, each of them a key as well, without a circle."""
    users: dict[str, list[str]] = {table: [] for table in needs}
    for table, needed in needs.items():
        for other in needed:
            users[other].append(table)
    found: dict[str, int] = {}
    for table in reversed(list(TopologicalSorter(needs).static_order())):
        found[table] = max((found[user] + 1 for user in users[table]), default=0)
    return found


def in_order(
    needs: Mapping[str, set[str]],
    work: Callable[[str], Result],
    done: Callable[[Result], None],
    *,
    threads: int = THREADS,
    stop: Callable[[], None] = lambda: None,
) -> None:
    """Call ``work(table)`` for each table, on up to ``threads`` threads, once the tables that it reads are
    done.

    ``needs``: table → tables that it reads; those that are no keys of ``needs`` are ignored. ``done`` is
    called with each result on the calling thread. Of the tables that could begin, the one on which the
    longest chain of others depends begins first, as a run lasts as long as its longest chain; among equals
    the order of ``needs`` holds. Raises graphlib.CycleError where the dependencies close a circle.

    Where an error is raised (by ``work`` or ``done``, or Ctrl-C), no further table begins and ``stop`` is
    called; the error is raised once the running ones have ended.
    """
    needed = {table: those & needs.keys() for table, those in needs.items()}
    behind, place = chains(needed), {t: n for n, t in enumerate(needs)}
    order = TopologicalSorter(needed)
    order.prepare()
    ready: list[str] = []
    running: dict[Future[Result], str] = {}
    with ThreadPoolExecutor(threads, thread_name_prefix="build") as pool:
        try:
            while order.is_active():
                ready = sorted([*ready, *order.get_ready()], key=lambda t: (-behind[t], place[t]))
                begun, ready = ready[: threads - len(running)], ready[threads - len(running) :]
                running |= {pool.submit(work, table): table for table in begun}
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in sorted(finished, key=lambda f: running[f]):
                    done(future.result())
                    order.done(running.pop(future))
        except BaseException:
            stop()
            raise
