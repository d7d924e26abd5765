"""Files and folders that appear whole or not at all, and folders that hold just what was made last.

Site, notebooks, workbooks and Data Docs are a ``MadeFolder``: a manifest in it says from what it was made and
with which content. The outbox swaps one folder a delivery. Landing and others replace single files.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

MANIFEST = ".made_from.json"
UNFINISHED = ".unfinished"  # paths that a writer has begun since the manifest was written, one a line


@contextmanager
def replaced_file(target: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of ``target`` when the block ends without an error. A kill
    leaves `.<name>.<pid>.part`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def replace_file(target: Path, content: bytes) -> None:
    """Write one file; a reader finds the old content or the new one."""
    with replaced_file(target) as part:
        part.write_bytes(content)


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """An empty folder to write into, which takes the place of ``target`` when the block ends without error.

    A reader never finds files of both. An error or a kill leaves `.<name>.new` or `.<name>.old`, which the
    next call removes.
    """
    fresh, gone = hidden(target), target.with_name(f".{target.name}.old")
    for left in (fresh, gone):
        shutil.rmtree(left, ignore_errors=True)
    fresh.mkdir(parents=True)
    yield fresh
    if target.exists():
        target.rename(gone)
    fresh.rename(target)
    shutil.rmtree(gone, ignore_errors=True)


def hidden(target: Path) -> Path:
    """Where a folder that is to become ``target`` lies until it takes its place."""
    return target.with_name(f".{target.name}.new")


def is_unfinished(name: str) -> bool:
    """Whether a folder of this name is one that `replaced_folder` writes or takes away."""
    return name.startswith(".") and name.endswith((".new", ".old"))


class MadeFolder:
    """Writes files below ``root``: only those whose content changed are touched, and those that are made no
    more are removed. Files that no writer put there stay.

    ``files``: path below root → SHA-256; ``written`` and ``unchanged`` count them.
    """

    def __init__(self, root: Path):
        self.root = root
        self.files: dict[str, str] = {}
        self.parts: dict[str, str] = {}
        self.written = self.unchanged = 0
        self._before, self._left = read_manifest(root), _begun(root)

    def put(self, path: str, content: bytes, made_from: str = "") -> str:
        """Write one file unless it has this content, and return its SHA-256. ``made_from``: what ``keep``
        will ask for."""
        digest = hashlib.sha256(content).hexdigest()
        self._note(path, digest, made_from)
        target = self.root / path
        if target.is_file() and target.read_bytes() == content:
            self.unchanged += 1
            return digest
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / UNFINISHED).open("a", encoding="utf-8") as begun:
            begun.write(f"{path}\n")
        replace_file(target, content)
        self.written += 1
        return digest

    def take(self, files: Mapping[str, str], *, written: int) -> None:
        """Count what another process has put into this folder: path → SHA-256, and how many of them it
        wrote."""
        self.files |= files
        self.written += written
        self.unchanged += len(files) - written

    def keep(self, path: str, made_from: str) -> bool:
        """Whether the file was made from this and is as it was written; then it stays."""
        digest = self._before["files"].get(path)
        if digest is None or self._before["parts"].get(path) != made_from:
            return False
        if _digest(self.root / path) != digest:
            return False
        self._note(path, digest, made_from)
        self.unchanged += 1
        return True

    def finish(self, made_from: str | None) -> list[str]:
        """Remove files that were made before and not now, those of a killed writer too, and write the
        manifest; returns the removed paths. ``made_from`` None: the folder is current for nothing."""
        gone = sorted({*self._before["files"], *self._left} - set(self.files))
        for path in gone:
            (self.root / path).unlink(missing_ok=True)
            _drop_empty((self.root / path).parent, self.root)
        for folder in {(self.root / path).parent for path in self._left}:
            for part in folder.glob(".*.part"):
                part.unlink(missing_ok=True)
        write_manifest(self.root, made_from, self.files, self.parts)
        (self.root / UNFINISHED).unlink(missing_ok=True)
        return gone

    def _note(self, path: str, digest: str, made_from: str) -> None:
        self.files[path] = digest
        if made_from:
            self.parts[path] = made_from


def write_manifest(
    root: Path, made_from: str | None, files: Mapping[str, str], parts: Mapping[str, str] | None = None
) -> None:
    """``files``: path below root → SHA-256; ``parts``: of some of them, what they were made from."""
    said = {"made_from": made_from, "files": dict(files), "parts": dict(parts or {})}
    replace_file(root / MANIFEST, json.dumps(said, indent=1, sort_keys=True).encode())


def read_manifest(root: Path) -> dict[str, Any]:
    """``made_from files parts``; without any content where there is no manifest or it does not parse (then
    all is made again)."""
    nothing: dict[str, Any] = {"made_from": None, "files": {}, "parts": {}}
    with suppress(OSError, ValueError, TypeError):
        return nothing | json.loads((root / MANIFEST).read_text(encoding="utf-8"))
    return nothing


def is_current(root: Path, made_from: str) -> bool:
    """Whether the folder was made from this, every file is still as it was written, and no writer was killed
    since."""
    manifest = read_manifest(root)
    return (
        manifest["made_from"] == made_from
        and not (root / UNFINISHED).exists()
        and all(_digest(root / path) == digest for path, digest in manifest["files"].items())
    )


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _begun(root: Path) -> list[str]:
    try:
        return (root / UNFINISHED).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _drop_empty(folder: Path, root: Path) -> None:
    while folder != root:
        try:
            folder.rmdir()
        except FileNotFoundError:  # with another file of it
            pass
        except OSError:
            return
        folder = folder.parent
