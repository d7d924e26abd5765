"""Build in the order of the graph, small independent tables side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from typing import TypeVar

THREADS = 4
Result = TypeVar("Result")


def with_parents(needs: Mapping[str, set[str]], wishes: list[tuple[str, str]]) -> dict[str, set[str]]:
    """``needs`` and as many of the wished (child, parent) edges as close no circle, taken in sorted order."""
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
    """How many tables the longest chain of those that need a table has, directly or not. ``needs`` has no
    circle."""
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
    """Call ``work(table)`` on threads for each table of ``needs`` once those of its needs that are themselves
    tables of ``needs`` are done, and ``done`` with each result on this thread. Of those that could begin the
    one with the longest chain of tables behind it is first, then the order of ``needs`` holds: the night
    lasts as long as its longest chain.

    Where anything is raised here (Ctrl-C, an error of ``work`` or ``done``), no further table begins, and it
    is raised after ``stop``, once those that have begun have ended."""
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
