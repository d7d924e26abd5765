"""Build in the order of the graph, small independent tables side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

THREADS = 4


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


def in_order(tables: list[str], needs: Mapping[str, set[str]], work: Callable[[str], None], *, threads: int = THREADS) -> None:
    """Call ``work(table)`` once its needs (those among ``tables``) are done. The first error stops new work and is raised."""
    waiting = {t: {n for n in needs[t] if n in tables} for t in tables}
    running: dict[Future, str] = {}
    with ThreadPoolExecutor(threads, thread_name_prefix="build") as pool:
        while waiting or running:
            for table in [t for t in tables if t in waiting and not waiting[t]]:
                del waiting[table]
                running[pool.submit(work, table)] = table
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                table = running.pop(future)
                error = future.exception()
                if error is not None:
                    wait(running)
                    raise error
                for needed in waiting.values():
                    needed.discard(table)
