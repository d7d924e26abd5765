"""Where a run keeps its temporary files: in the folder `.scratch` of its lake, so that the next run finds and
removes what a killed run left there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The folder of temporary files, below the lake's.
FOLDER = ".scratch"


@contextmanager
def scratch(lake: Path) -> Iterator[None]:
    """Within the block, let Python's tempfile, and so DuckDB's spill files, use the folder `.scratch` below
    the folder ``lake``, no matter what TMPDIR says. The folder is emptied before the block and removed after
    it. The caller holds the lake's writer lock."""
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
    """Remove the folder `.scratch` below the folder ``lake``: temporary files of a killed run may be large
    and hold rows of the lake. The caller holds the lake's writer lock."""
    shutil.rmtree(lake / FOLDER, ignore_errors=True)
