"""Import the code of a run while other processes land files."""

from __future__ import annotations

import importlib
from contextlib import suppress
from threading import Thread

from jobs.commands.progress import Tick

# Files from which landing takes longer than the import of what a run computes with, some seconds.
MANY_FILES = 200


def code_ahead(tick: Tick) -> Tick:
    """Return a function that calls ``tick``, and that at its first call for one of MANY_FILES files or more
    begins to import in a thread what a run in this process needs next."""
    begun = False

    def with_import(now: str, done: int = 0, total: int | None = None) -> None:
        nonlocal begun
        if not begun and total is not None and total >= MANY_FILES:
            begun = True
            Thread(target=_import, name="code ahead", daemon=True).start()
        tick(now, done, total)

    return with_import


def _import() -> None:
    with suppress(Exception):  # the run imports it as well, and raises
        importlib.import_module("jobs.night.runner")
        importlib.import_module("jobs.night.workers").import_code()
        importlib.import_module("openlineage.client")
