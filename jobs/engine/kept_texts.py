"""Keep translated SQL texts on disk, below the user's cache folder ($XDG_CACHE_HOME, else ~/.cache), for all
processes of this user. A night has a thousand texts, and most of them are those of the night before:
translating them takes ten processor seconds, reading them back a tenth of one.

A text is kept under the hash of what it was translated from, in a folder for the code that translates, so
that no other code or version reads it. A file that is damaged, or a folder that cannot be read or written, is
as good as none.
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
    """The texts that one state of the code has translated. ``made_by``: identifies the code and the versions
    of its libraries. Several processes may use it at once."""

    def __init__(self, made_by: str):
        self.made_by = made_by

    def get(self, source: str) -> str | None:
        """Return what ``source`` was translated to; None where it is not kept whole."""
        with suppress(OSError, RuntimeError, ValueError):  # no home folder; bytes that are no text
            digest, _, text = self._file(source).read_text(encoding="utf-8").partition("\n")
            return text if digest == _hash(text) else None
        return None

    def put(self, source: str, text: str) -> None:
        """Keep that ``source`` was translated to ``text``. The threads of one process call it in turns."""
        with suppress(OSError, RuntimeError):
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
