"""Repair Delta logs that a full disk, a crash of the machine or a damaged disk left half written. The holder
of the writer's lock does it before it writes.

A Delta log is the folder `_delta_log` of a table: one JSON file for each commit, numbered by version, and now
and then a checkpoint, a Parquet file that repeats what all commits up to a version state. Where the newest
commit file cannot be parsed, it is removed: no run has built on it, and the next run does its work again. An
unreadable checkpoint is removed where the commits that it repeats exist; else it stays. `_last_checkpoint` is
removed where it names no checkpoint that exists.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.lake.tables import LOG, Lake
from jobs.lake.versions import LOG_ENTRY, actions_of

# The file of a Delta log that names the checkpoint from which readers start.
LAST_CHECKPOINT = "_last_checkpoint"


def mend(lake: Lake) -> list[str]:
    """Repair the Delta log of every table of the lake. Returns one line of text for each file that was
    removed, with the table and the file's name; [] where all logs are whole."""
    return [line for table in lake.tables() for line in _mend(table, lake.path(table) / LOG)]


def _mend(table: str, log: Path) -> list[str]:
    commits: dict[int, Path] = {}
    checkpoints: dict[int, Path] = {}
    for path in log.iterdir():
        found = LOG_ENTRY.fullmatch(path.name)
        if found and path.name.endswith(".checkpoint.parquet") and not path.name.startswith("."):
            checkpoints[int(found["version"])] = path
        elif found and path.name == f"{found['version']}.json":
            commits[int(found["version"])] = path
    gone = []
    if commits and not _whole(commits[max(commits)]):
        broken = commits.pop(max(commits))
        gone += [broken, *([broken.with_suffix(".crc")] if broken.with_suffix(".crc").exists() else [])]
    for version in sorted(checkpoints, reverse=True):
        if not _readable(checkpoints[version]) and _told_without(version, commits, checkpoints):
            gone.append(checkpoints.pop(version))
    hint = log / LAST_CHECKPOINT
    if hint.exists() and not _names_one(hint, checkpoints):
        gone.append(hint)
    for path in gone:
        # Spark's file system keeps a checksum beside each file; that of a file that is gone would be taken
        # for a newer one's.
        path.with_name(f".{path.name}.crc").unlink(missing_ok=True)
        path.unlink()
    return [f"{table}: a log entry was half written and is taken away: {path.name}" for path in gone]


def _whole(commit: Path) -> bool:
    try:
        return bool(actions_of(commit))
    except ValueError:
        return False


def _readable(checkpoint: Path) -> bool:
    with contextlib.suppress(pa.ArrowException, OSError):
        return pq.read_metadata(checkpoint).num_rows > 0
    return False


def _told_without(version: int, commits: dict[int, Path], checkpoints: dict[int, Path]) -> bool:
    """Whether an older checkpoint and commits, or commits from the first on, lead to ``version``."""
    base = max((v for v, path in checkpoints.items() if v < version and _readable(path)), default=-1)
    return all(v in commits for v in range(base + 1, version + 1))


def _names_one(hint: Path, checkpoints: dict[int, Path]) -> bool:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        return json.loads(hint.read_text(encoding="utf-8"))["version"] in checkpoints
    return False
