"""Puts files into the inbox, each with the time of its arrival; where one night is asked for, only the files
of that night."""

from __future__ import annotations

import builtins
import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path

from jobs.simulate.country.truth import Truth
from jobs.whole_folder import replaced_file


@dataclass
class Inbox:
    """The inbox that is written. ``out``: its folder; ``only``: the one day of arrival whose files are
    written, None for all; ``truth``: gets a row for each file; ``files``, ``bytes``: how many files were
    written, and their bytes in total."""

    out: Path
    only: date | None = None
    truth: Truth = field(default_factory=Truth)
    files: int = 0
    bytes: int = 0

    def wants(self, arrives: date) -> bool:
        """Return whether files that arrive on the day ``arrives`` are to be written."""
        return self.only is None or arrives == self.only

    def put(
        self,
        source: str,
        name: str,
        content: builtins.bytes,
        *,
        delivered: date,
        arrives: date,
        kind: str,
        records: int,
        correction: bool = False,
        hour: int = 1,
    ) -> None:
        """Write a file, and note it in the truth, if it arrives on a day that is wanted.

        ``source``: name of the source, which is its folder; ``name``, ``content``: the file's name and
        bytes; ``delivered``: the day in its name; ``arrives``: the day of its arrival; ``kind``,
        ``records``: as of `Truth.delivery`; ``correction``: put it into the folder of corrections; ``hour``:
        hour (UTC) of its time of change, by which the later of two editions of one file counts.
        """
        if not self.wants(arrives):
            return
        path = Path("corrections" if correction else "", source, name)
        target = self.out / path
        at = datetime.combine(arrives, time(hour), UTC).timestamp()
        with replaced_file(target) as part:
            part.write_bytes(content)
            os.utime(part, (at, at))
        self.files, self.bytes = self.files + 1, self.bytes + len(content)
        self.truth.delivery(
            source=source,
            path=path.as_posix(),
            delivered_on=delivered,
            arrives_on=arrives,
            hour=hour,
            kind=kind,
            records=records,
        )
