"""The limits within which one received file is read, so that a broken or hostile file cannot exhaust the
machine (definitions.md#landing)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from jobs.errors import UsageError

# Bytes of one MiB.
MIB = 1 << 20
_CELL = 160  # bytes that a cell of a sheet takes on its way to a text column, in calamine and in Python
_SETTINGS = {
    "QUALITY_FILE_MEMORY": ("memory", MIB, 256),
    "QUALITY_FILE_SECONDS": ("seconds", 1, 1),
    "QUALITY_FILE_HANDLES": ("handles", 1, 32),
}  # → field, unit, smallest value


@dataclass(frozen=True)
class Limits:
    """What reading one file may use.

    ``memory``: bytes that it may add to the process (QUALITY_FILE_MEMORY, in MiB); ``seconds``: of processor
    time, and twice as many of elapsed time (QUALITY_FILE_SECONDS); ``handles``: open files
    (QUALITY_FILE_HANDLES).
    """

    memory: int = 4096 * MIB
    seconds: int = 900
    handles: int = 256

    @property
    def unpacked(self) -> int:
        """The most bytes of text that a workbook or Parquet file may unpack to; reading it needs several
        times as much memory."""
        return self.memory // 4

    @property
    def cells(self) -> int:
        """The most cells of a sheet, from A1 to its last cell, empty ones included."""
        return self.memory // _CELL

    @property
    def name(self) -> str:
        """A text (eight hex digits) that is the same for equal limits and differs for others."""
        return hashlib.sha256(f"{self.memory} {self.seconds} {self.handles}".encode()).hexdigest()[:8]

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> Limits:
        """Read the limits from environment variables (name → text): QUALITY_FILE_MEMORY in MiB,
        QUALITY_FILE_SECONDS and QUALITY_FILE_HANDLES; what is not set has its default. Raises UsageError
        where one is not a whole number or is too small."""
        given: dict[str, int] = {}
        for variable, (field, unit, least) in _SETTINGS.items():
            value = variables.get(variable)
            if not value:
                continue
            if not (value.isascii() and value.isdecimal() and int(value) >= least):
                raise UsageError(f"{variable} is {value!r} and must be a whole number from {least}")
            given[field] = int(value) * unit
        return cls(**given)
