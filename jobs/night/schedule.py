"""Build in the order of the graph, small independent tables side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

THREADS = 4
Outcome = TypeVar("Outcome")


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


def in_order(
    tables: list[str],
    needs: Mapping[str, set[str]],
    work: Callable[[str], Outcome],
    done: Callable[[Outcome], None],
    *,
    threads: int = THREADS,
) -> None:
    """Call ``work(table)`` on threads once its needs (those among ``tables``) are done, and ``done`` with
    each result on this thread."""
    waiting = {t: {n for n in needs[t] if n in tables} for t in tables}
    running: dict[Future[Outcome], str] = {}
    with ThreadPoolExecutor(threads, thread_name_prefix="build") as pool:
        while waiting or running:
            for table in [t for t in tables if t in waiting and not waiting[t]]:
                del waiting[table]
                running[pool.submit(work, table)] = table
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in sorted(finished, key=lambda f: running[f]):
                done(future.result())
                table = running.pop(future)
                for needed in waiting.values():
                    needed.discard(table)
