"""What one received file may take of the machine while it is read (sources.md, Landing)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from jobs.ingest.model import Refused

_CELL = 160  # bytes that a cell of a sheet takes on its way to a text column, in calamine and in Python


@dataclass(frozen=True)
class Limits:
    """``memory``: bytes that reading a file may add (QUALITY_FILE_MEMORY); ``seconds``: of the processor,
    twice as many by the clock (QUALITY_FILE_SECONDS); ``handles``: open files."""

    memory: int = 4 << 30
    seconds: int = 900
    handles: int = 256

    @property
    def unpacked(self) -> int:
        """Bytes of text that a workbook or a Parquet file may unpack to; reading holds it a few times."""
        return self.memory // 4

    @property
    def cells(self) -> int:
        """Cells of a sheet, empty ones among them, from its first to its last row and column."""
        return self.memory // _CELL

    @property
    def name(self) -> str:
        """Equal limits have equal names."""
        return hashlib.sha256(f"{self.memory} {self.seconds} {self.handles}".encode()).hexdigest()[:8]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """These are the limits of what is read within."""
        token = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(token)


_USUAL = Limits()
_CURRENT: ContextVar[Limits] = ContextVar("limits of a file", default=_USUAL)


def current() -> Limits:
    """The limits of the file that is being read."""
    return _CURRENT.get()


class Limited(Refused):
    """A file is refused because reading it would pass a limit; with a higher limit it is read again."""


def too_large(zh: str, en: str) -> Limited:
    """The refusal of a file that needs more memory than it may take. ``zh``, ``en``: what it is or does."""
    mib = current().memory >> 20
    return Limited(
        f"{zh}，超过单个文件的内存上限（{mib} MiB）所允许的大小；请拆分文件，或调高 QUALITY_FILE_MEMORY",
        f"{en}, more than the memory of one file ({mib} MiB) allows: split it or raise QUALITY_FILE_MEMORY",
    )
