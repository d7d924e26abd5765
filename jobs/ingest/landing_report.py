"""What one landing did, for the people who look after it: counts, refused and held files, wrong source YAMLs,
warnings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date as Date
from typing import Any

from jobs.ingest.source import BadSource


@dataclass(frozen=True)
class RefusedFile:
    """A file of this landing that was refused or is held, which ``status`` says. ``feed``: '' where no feed
    takes the file."""

    source: str
    feed: str
    file: str
    reason_zh: str
    reason_en: str
    status: str = "refused"

    def __str__(self) -> str:
        return (
            f"{self.source}/{self.file}{f' ({self.feed})' if self.feed else ''}: {self.status}: "
            f"{self.reason_zh} | {self.reason_en}"
        )


@dataclass
class LandingReport:
    """The result of one landing; ``date``: its day of receipt.

    ``landed``, ``empty``, ``repeated``: numbers of pairs of file and feed; ``refused``, ``held``: pairs with
    such a result, one by one (feed '' for a file that no feed takes); ``rows``: rows that landed;
    ``unreadable``: records that could not be read; ``relanded``: pairs that were received before and were
    read again; ``recorded``: rows added to ops.ingest_file, 0 where nothing was new; ``warnings``: texts
    `中文 | English`, those about a file after `SOURCE/FILE: `.
    """

    date: Date
    landed: int = 0
    empty: int = 0
    repeated: int = 0
    rows: int = 0
    unreadable: int = 0
    relanded: int = 0
    recorded: int = 0
    refused: list[RefusedFile] = field(default_factory=list)
    held: list[RefusedFile] = field(default_factory=list)
    bad_sources: list[BadSource] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    targets: set[str] = field(default_factory=set)  # that got newly landed files

    @property
    def clean(self) -> bool:
        """Whether no file and no source was refused, and no file is held."""
        return not (self.refused or self.held or self.bad_sources)

    def count(self, rows: list[dict[str, Any]]) -> None:
        """Set the counts but for ``relanded``, and add to the lists of refused files, held files and warnings
        what ``rows`` say: all rows that this landing adds to ops.ingest_file, as dictionaries."""
        statuses = Counter(row["status"] for row in rows)
        self.landed, self.empty, self.repeated = statuses["landed"], statuses["empty"], statuses["repeated"]
        # The rows of a file that is held are landed once it is accepted.
        self.rows = sum(row["loaded"] for row in rows if row["status"] == "landed")
        self.unreadable = sum(row["unreadable"] for row in rows)
        self.recorded = len(rows)
        for r in rows:
            if r["status"] in ("refused", "held"):
                which = self.refused if r["status"] == "refused" else self.held
                place = (r["source"], r["feed"], r["file"])
                which.append(RefusedFile(*place, r["reason_zh"], r["reason_en"], r["status"]))
            self.warnings += [f"{r['source']}/{r['file']}: {warning}" for warning in r["warnings"]]
