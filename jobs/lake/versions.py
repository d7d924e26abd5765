"""Find and remove the old versions of a table: the lowest version that must stay readable, and the files that
only older versions need (definitions.md#kept-nights).

A data file can be removed when neither that version nor a later one reads it, a log entry when a checkpoint
at that version replaces it. Neither makes a new version. deltalake's own functions are not used: its vacuum
commits two versions that no run names; as a dry run with the versions to keep it lists the same files, but
loads each version, which takes thirty times as long (0.7 s for 130 versions), and omits the checksum files
that Spark writes; its cleanup_metadata goes by time alone and would remove entries that a kept night needs.
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

from jobs.lake.tables import LOG, Lake, data_files

# The names of files of a Delta log that belong to one version. A name that ends in `.crc` is of a checksum:
# `.<name>.crc` is the one that Hadoop's local file system keeps of every file that Spark writes.
LOG_ENTRY = re.compile(
    r"\.?(?P<version>\d{20})\.(json|crc|checkpoint\.[^/]*parquet|\d{20}\.compacted\.json)(\.crc)?"
)
# Compaction: a file below SMALL_BYTES is small; small files are merged to about TARGET_BYTES.
SMALL_BYTES, TARGET_BYTES = 32 << 20, 128 << 20
# Fewer small files than this in one partition are not worth a commit.
SMALL_FILES = 8


@dataclass
class Freed:
    """Files that can be removed, or were removed, and the sum of their sizes in bytes."""

    files: list[Path] = field(default_factory=list)
    bytes: int = 0

    def add(self, path: Path) -> None:
        """Add a file, which must exist, and its size."""
        self.files.append(path)
        self.bytes += path.stat().st_size

    def remove(self) -> None:
        """Delete the files, in the order in which they were added. Files that are gone already are skipped,
        so that a call that was killed can be made again."""
        for path in self.files:
            path.unlink(missing_ok=True)


def actions_of(commit: Path) -> list[dict[str, Any]]:
    """Return the actions of a Delta commit file, one dictionary per line of JSON. Raises ValueError where a
    line does not parse.

    Only a line feed ends a line, as statistics may hold U+2028, U+0085 and the like unescaped.
    """
    return [json.loads(line) for line in commit.read_text(encoding="utf-8").split("\n") if line]


def floor(opened: DeltaTable, named: Iterable[int], before: datetime) -> int:
    """Return the lowest version of a table that must stay readable.

    It is the lower of the lowest version in ``named`` (versions that kept nights name) and the version that
    was the newest at the time ``before`` (UTC), and never above the newest version. ``opened``: the table at
    its newest version.
    """
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
    """Return the data files of a table that were written before the time ``before`` and that neither version
    ``lowest`` nor a later one reads, sorted by path. Files of a writer that is still running are newer than
    ``before`` and are not among them. Nothing is removed."""
    root = lake.path(table)
    reading = {path.relative_to(root).as_posix() for path in data_files(lake.opened(table, lowest))}
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
    """Return the files of a table's Delta log that belong to versions below ``lowest``, the oldest first:
    where their removal is interrupted, the entries that remain have no gap. Nothing is removed."""
    freed = Freed()
    for path in sorted((lake.path(table) / LOG).iterdir(), key=lambda p: p.name.lstrip(".")):
        entry = LOG_ENTRY.fullmatch(path.name)
        if entry and int(entry["version"]) < lowest:
            freed.add(path)
    return freed


def stand_in(lake: Lake, table: str, lowest: int) -> None:
    """Write a checkpoint at version ``lowest``, so that no older log entry is needed to read that version or
    a later one, and one at the newest version, from which readers start. Nothing is written where the first
    exists."""
    if not (lake.path(table) / LOG / f"{lowest:020}.checkpoint.parquet").exists():
        lake.opened(table, lowest).create_checkpoint()
        newest = lake.opened(table)
        if newest.version() > lowest:
            newest.create_checkpoint()  # `_last_checkpoint` names the newest again


def scattered(opened: DeltaTable) -> bool:
    """Return whether compaction of the table ``opened`` is worth a commit: some partition has SMALL_FILES or
    more files below SMALL_BYTES."""
    actions = pa.table(opened.get_add_actions(flatten=True))
    small = actions.filter(pc.less(actions["size_bytes"], SMALL_BYTES))["path"].to_pylist()
    return any(n >= SMALL_FILES for n in Counter(Path(path).parent for path in small).values())
