"""What a table keeps of its past: the lowest version that must stay readable, and everything below it taken
away (definitions.md#kept-nights).

A data file goes when no version from the floor on reads it, and a log entry when a checkpoint at the floor
stands for it. Neither writes a version. deltalake's own are not used. Its vacuum commits two versions that no
night names. As a dry run that is given the versions to keep it lists the same files, but loads each version:
thirty times as long, 0.7 s for 130 versions, and without the checksums that Spark leaves beside them. Its
cleanup_metadata goes by time alone and would take entries that a kept night reads.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from jobs.lake.tables import Lake

LOG = "_delta_log"
# `.…crc` beside it is the checksum that Hadoop's local file system keeps of every file that Spark writes.
LOG_ENTRY = re.compile(
    r"\.?(?P<version>\d{20})\.(json|crc|checkpoint\.[^/]*parquet|\d{20}\.compacted\.json)(\.crc)?"
)
SMALL_BYTES, TARGET_BYTES = 32 << 20, 128 << 20
SMALL_FILES = 8  # of one partition: fewer are not worth a commit


@dataclass
class Freed:
    """Files to take away (or taken), with their bytes."""

    files: list[Path] = field(default_factory=list)
    bytes: int = 0

    def add(self, path: Path) -> None:
        self.files.append(path)
        self.bytes += path.stat().st_size

    def remove(self) -> None:
        """Take them away, in order; a killed call is simply made again."""
        for path in self.files:
            path.unlink(missing_ok=True)


def actions_of(commit: Path) -> list[dict[str, Any]]:
    """The actions of a commit, one a line; ValueError where one does not parse. Only a line feed ends a line:
    U+2028, U+0085 and their like stand unescaped within the texts of statistics."""
    return [json.loads(line) for line in commit.read_text(encoding="utf-8").split("\n") if line]


def floor(opened: DeltaTable, named: Iterable[int], before: datetime) -> int:
    """The lowest version that must stay readable: the lowest that a kept night names (``named``), or the one
    that was the newest at ``before`` (UTC), whichever is lower; never above the newest version."""
    commits = opened.history()
    later = [
        c["version"]
        for c in commits
        if c.get("timestamp", before.timestamp() * 1000) >= before.timestamp() * 1000
    ]
    # The first later one decides, so a clock that was set back in between only makes it keep more.
    at_that_time = max(min(later) - 1, min(c["version"] for c in commits)) if later else opened.version()
    return min([at_that_time, opened.version(), *named])


def unread_files(lake: Lake, table: str, lowest: int, before: datetime) -> Freed:
    """Data files that no version from ``lowest`` on reads and that were written before ``before`` (a running
    writer's are not)."""
    root = lake.path(table)
    reading = {
        Path(uri.removeprefix("file://")).relative_to(root).as_posix()
        for uri in lake.opened(table, lowest).file_uris()
    }
    newest = lake.opened(table).version()
    for version in range(lowest + 1, newest + 1):
        for action in actions_of(root / LOG / f"{version:020}.json"):
            if "add" in action:
                reading.add(unquote(action["add"]["path"]))
    freed = Freed()
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        place = path.relative_to(root)
        data = (
            place.with_name(place.name.removeprefix(".").removesuffix(".crc"))
            if place.name.startswith(".")
            else place
        )
        if (
            place.parts[0] != LOG
            and data.as_posix() not in reading
            and path.stat().st_mtime < before.timestamp()
        ):
            freed.add(path)
    return freed


def old_log(lake: Lake, table: str, lowest: int) -> Freed:
    """Log entries below ``lowest``, the oldest first: what a kill leaves of them is an unbroken tail."""
    freed = Freed()
    for path in sorted((lake.path(table) / LOG).iterdir(), key=lambda p: p.name.lstrip(".")):
        entry = LOG_ENTRY.fullmatch(path.name)
        if entry and int(entry["version"]) < lowest:
            freed.add(path)
    return freed


def stand_in(lake: Lake, table: str, lowest: int) -> None:
    """Make a checkpoint at ``lowest`` (and at the newest version, where readers start), so that nothing below
    is needed."""
    if not (lake.path(table) / LOG / f"{lowest:020}.checkpoint.parquet").exists():
        lake.opened(table, lowest).create_checkpoint()
        newest = lake.opened(table)
        if newest.version() > lowest:
            newest.create_checkpoint()  # `_last_checkpoint` names the newest again


def scattered(opened: DeltaTable) -> bool:
    """Whether a partition of the newest version has so many small files that compaction pays."""
    actions = pa.table(opened.get_add_actions(flatten=True))
    small = actions.filter(pc.less(actions["size_bytes"], SMALL_BYTES))["path"].to_pylist()
    return any(n >= SMALL_FILES for n in Counter(Path(path).parent for path in small).values())


def compact(opened: DeltaTable) -> tuple[int, int]:
    """Put small files together in one commit with the same content (`jobs.lake.night.holds` knows it by its
    operation); returns the numbers of files before and after."""
    done = opened.optimize.compact(target_size=TARGET_BYTES, max_concurrent_tasks=1)
    return done["numFilesRemoved"], done["numFilesAdded"]
