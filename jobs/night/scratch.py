"""Where temporary files of a run lie: below its lake, so that the next run finds what a killed one left."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = ".scratch"


@contextmanager
def scratch(lake: Path) -> Iterator[None]:
    """Within the block this process makes temporary files (of Python's tempfile) below the lake. What a
    killed run left there, which may be large and hold rows of the lake, is removed first. The caller holds
    the lake's lock."""
    folder, before = lake / FOLDER, tempfile.tempdir
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)
