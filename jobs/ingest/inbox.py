"""What lies in the inbox: files by source, under one logical name in `inbox/<source>/` and
`inbox/corrections/<source>/`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CORRECTIONS = "corrections"
IGNORED = (".part", ".tmp")


@dataclass(frozen=True)
class Arrival:
    """One file as found. ``file``: the path below <source>/; ``shown``: the absolute path as text, also where
    its name is not UTF-8."""

    source: str
    file: str
    path: Path
    shown: str
    size: int
    mtime_ns: int


def folders(inbox: Path, name: str) -> list[Path]:
    """The folders of one source that exist."""
    return [p for p in (inbox / name, inbox / CORRECTIONS / name) if p.is_dir()]


def names(inbox: Path) -> list[str]:
    """The names of all folders of sources in the inbox, sorted."""
    found: set[str] = set()
    for place in (inbox, inbox / CORRECTIONS):
        if place.is_dir():
            found |= {p.name for p in place.iterdir() if p.is_dir() and not p.name.startswith(".")}
    return sorted(found - {CORRECTIONS})


def stray(inbox: Path) -> list[Path]:
    """Files that lie beside the folders of the sources, where none takes them."""
    places = [p for p in (inbox, inbox / CORRECTIONS) if p.is_dir()]
    return sorted(p for place in places for p in place.iterdir() if p.is_file() and not _ignored(p.name))


def arrivals(source: str, folder: Path) -> Iterator[Arrival]:
    """Every file below one folder of a source, sorted by name; `*.part`, `*.tmp`, dotfiles and hidden folders
    are left out."""
    for where, below, files in os.walk(folder):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(files):
            path = Path(where) / name
            if _ignored(name) or not path.is_file():
                continue
            try:
                stat = path.stat()
            except FileNotFoundError:  # taken away meanwhile
                continue
            file = _text(path.relative_to(folder).as_posix())
            yield Arrival(source, file, path, _text(str(path)), stat.st_size, stat.st_mtime_ns)


def unchanged(arrival: Arrival) -> bool:
    """Whether the file is still as it was when it was found (it may be written in place)."""
    stat = arrival.path.stat()
    return (stat.st_size, stat.st_mtime_ns) == (arrival.size, arrival.mtime_ns)


def _ignored(name: str) -> bool:
    return name.startswith(".") or name.endswith(IGNORED)


def _text(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")
