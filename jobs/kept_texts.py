"""Keep on disk what is computed from texts of the project alone, below the user's cache folder
($XDG_CACHE_HOME, else ~/.cache), for all processes of this user: translations of SQL, lineage of columns,
imports of modules. Each process of a night needs them, and they are the same night after night: computing
them takes twelve processor seconds, reading them back a tenth of one. Nothing is kept that holds rows.

A result is kept under the hash of its source, in a folder for the code that computes it, so that no other
code or version reads it. A file that is damaged, or a folder that cannot be read or written, is as good as
none.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from jobs.whole_folder import replace_file

# Folders of other code that no process has begun to use for so many days are removed.
UNUSED_DAYS = 30


class KeptTexts:
    """What one state of the code has computed, source text → result text. ``made_by``: all that the result
    follows from besides its source: files of code, by their content, and versions. Several processes may use
    it at once."""

    def __init__(self, *made_by: str | Path):
        digest = hashlib.sha256()
        for part in made_by:
            digest.update((part.encode() if isinstance(part, str) else part.read_bytes()) + b"\0")
        self.made_by = digest.hexdigest()

    def get(self, source: str) -> str | None:
        """Return the result for ``source``; None where it is not kept whole."""
        with suppress(OSError, RuntimeError, ValueError):  # no home folder; bytes that are no text
            digest, _, text = self._file(source).read_bytes().decode().partition("\n")  # \r stays \r
            return text if digest == _hash(text) else None
        return None

    def put(self, source: str, text: str) -> None:
        """Keep ``text`` as the result for ``source``. The threads of one process call it in turns."""
        with suppress(OSError, RuntimeError, ValueError):
            replace_file(self._file(source), f"{_hash(text)}\n{text}".encode())

    def _file(self, source: str) -> Path:
        return _begun(_root(), self.made_by) / _hash(source)


def _root() -> Path:
    own = os.environ.get("XDG_CACHE_HOME")
    return (Path(own) if own else Path.home() / ".cache") / "quality-observatory" / "texts"


@cache
def _begun(root: Path, made_by: str) -> Path:
    """The folder, marked as used; folders that are no longer used are removed."""
    mine = root / made_by
    with suppress(OSError):
        mine.mkdir(parents=True, exist_ok=True)
        os.utime(mine)
        for other in root.iterdir():
            if other.stat().st_mtime < time.time() - UNUSED_DAYS * 86_400:
                shutil.rmtree(other, ignore_errors=True)
    return mine


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
