"""Checks what lies next to the tables for `quality doctor`: raw copies, landed rows and the writer's lock."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from pathlib import Path

import psutil

from jobs.environment import Environment
from jobs.lake.lock import read_note
from jobs.lake.night import ANY, newest_snapshot
from jobs.lake.tables import Lake
from jobs.upkeep.retention import not_loaded

SAMPLE = 50  # raw copies that are read where not all are


def landing_problems(env: Environment, *, deep: bool) -> list[str]:
    """Return what is wrong in the landing folder of ``env``, one line each; [] where nothing is.

    Found are raw copies whose SHA-256 is not that of their name, and landed rows that are missing although
    bronze still needs them. ``deep``: read every raw copy; otherwise at most SAMPLE of them, every n-th by
    name: the same each time, until others are added. [] for a lake outside of QUALITY_HOME, since the landing
    folder does not belong to it.
    """
    if not env.own_lake:
        return []
    found = [
        f"landing/raw/{path.parent.name}/{path.name}: its content has another SHA-256"
        for path in _sample(env.landing / "raw", deep)
        if _sha256(path) != path.name
    ]
    lake = Lake(env.lake)
    if lake.exists("ops.ingest_file"):
        try:
            needed = not_loaded(newest_snapshot(lake, ANY), lake.frame("ops.ingest_file"))
        except Exception as error:  # damage is a finding, not a crash
            return [*found, f"landing: which rows bronze still needs cannot be read from the lake: {error}"]
        found += [
            f"landing/{place}: gone, and not loaded to bronze"
            for place in sorted(needed)
            if not (env.landing / place).exists()
        ]
    return found


def _sample(raw: Path, deep: bool) -> Iterator[Path]:
    copies = sorted(raw.glob("??/*"))
    yield from copies[:: 1 if deep else -(-len(copies) // SAMPLE) or 1]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lock_problems(lake: Path) -> list[str]:
    """Return one line where no process holds the lake's lock and the JVM of its last holder still runs; else
    []. ``lake``: the lake's directory."""
    place = lake / ".lock"
    if not place.exists():
        return []
    with place.open(encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return []  # held: its JVM is where it should be
        pid, created = read_note(handle).get("jvm") or (None, None)
    try:
        alive = pid is not None and psutil.Process(pid).create_time() == created
    except psutil.NoSuchProcess:
        return []
    return (
        [f"the writer that held the lock is gone and its JVM (pid {pid}) still runs; the next writer ends it"]
        if alive
        else []
    )
