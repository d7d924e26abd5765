"""Where a run keeps its temporary files: below its lake, so that the next run finds and removes what a killed
run left."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = ".scratch"


@contextmanager
def scratch(lake: Path) -> Iterator[None]:
    """Within the block, make temporary files (of Python's tempfile, and of DuckDB) below the lake, no matter
    what TMPDIR is. What a killed run left there is removed first. The caller holds the lake's lock."""
    folder, before = lake / FOLDER, tempfile.tempdir
    remove_left(lake)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
        remove_left(lake)


def remove_left(lake: Path) -> None:
    """Remove the temporary files of a killed run, which may be large and hold rows of the lake. The caller
    holds the lake's lock."""
    shutil.rmtree(lake / FOLDER, ignore_errors=True)
