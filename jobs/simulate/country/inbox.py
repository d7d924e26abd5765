"""Where files go: below the inbox, with the time of their arrival; only what belongs to the night that is
asked for."""

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
    """``out``: the inbox's folder; ``only``: the one night whose files are written, None for all; ``truth``:
    learns each delivery."""

    out: Path
    only: date | None = None
    truth: Truth = field(default_factory=Truth)
    files: int = 0
    bytes: int = 0

    def wants(self, arrives: date) -> bool:
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
        """Write a file if its night is wanted. Its time is ``hour`` (UTC) of the day on which it arrives: of
        two editions of one file the later one counts. ``correction``: into the folder of corrections."""
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
            kind=kind,
            records=records,
        )
