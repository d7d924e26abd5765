"""Write files and folders so that they appear complete or not at all, and keep folders that hold exactly the
files made last.

Site, notebooks, workbooks and Data Docs each are a ``MadeFolder``: a manifest in it states from what it was
made, and the hash of each file, so that what is unchanged is not made again. The outbox replaces one folder
per delivery; landing and others replace single files. A text ``made_from`` identifies all that something is
made from, such as a hash of code and inputs (jobs.code_identity).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

# The file of a MadeFolder with its manifest (JSON).
MANIFEST = ".made_from.json"
# The file of a MadeFolder with the paths that a writer has begun to write since the manifest was written, one
# a line; it is removed at the end.
UNFINISHED = ".unfinished"


@contextmanager
def replaced_file(target: Path) -> Iterator[Path]:
    """Yield a path to write to; the file takes the place of ``target`` when the block ends without an error.
    After an error ``target`` is as before; where the process is killed, `.<name>.<pid>.part` remains too."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def replace_file(target: Path, content: bytes) -> None:
    """Replace the content of the file ``target`` at once: a reader finds its old content or the new one."""
    with replaced_file(target) as part:
        part.write_bytes(content)


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder to write into; it takes the place of ``target`` when the block ends without an
    error.

    A reader never finds files of both, but for a moment no folder. After an error or a kill `.<name>.new` or
    `.<name>.old` remains, which the next call removes.
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
    """Return the path at which `replaced_folder` writes a folder before it takes the place of ``target``."""
    return target.with_name(f".{target.name}.new")


def is_unfinished(name: str) -> bool:
    """Return whether ``name`` is that of a folder which `replaced_folder` is writing or removing."""
    return name.startswith(".") and name.endswith((".new", ".old"))


class MadeFolder:
    """Writes the files of the folder ``root``: only those whose content changed are written, and files that
    were made before and are not made now are removed by `finish`. Other files in it stay.

    ``files``: path below the folder → SHA-256 (hex), of the files made so far; ``parts``: path → what the
    file is made from; ``written``, ``unchanged``: number of files.
    """

    def __init__(self, root: Path):
        self.root = root
        self.files: dict[str, str] = {}
        self.parts: dict[str, str] = {}
        self.written = self.unchanged = 0

    @cached_property
    def _before(self) -> dict[str, Any]:
        return read_manifest(self.root)  # megabytes, which a process that only puts files does without

    @cached_property
    def _unfinished(self) -> int:
        """The file UNFINISHED, open to append to: a site has tens of thousands of files."""
        self.root.mkdir(parents=True, exist_ok=True)
        opened = os.open(self.root / UNFINISHED, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._closing = weakref.finalize(self, os.close, opened)
        return opened

    def put(self, path: str, content: bytes, made_from: str = "") -> str:
        """Write one file, unless it has this content already, and return its SHA-256 (hex). ``path``: below
        the folder; ``made_from``: identifies what the file is made from; a later run passes it to
        ``keep``."""
        digest = hashlib.sha256(content).hexdigest()
        self._note(path, digest, made_from)
        target = self.root / path
        if target.is_file() and target.read_bytes() == content:
            self.unchanged += 1
            return digest
        os.write(self._unfinished, f"{path}\n".encode())
        replace_file(target, content)
        self.written += 1
        return digest

    def take(self, files: Mapping[str, str], *, written: int) -> None:
        """Count files as made that another process has put into the folder: ``files``, path → SHA-256, of
        which it wrote ``written`` and left the others unchanged. Their ``parts`` are not noted."""
        self.files |= files
        self.written += written
        self.unchanged += len(files) - written

    def keep(self, path: str, made_from: str) -> bool:
        """Keep a file of the last run if it was made from the same as ``made_from`` states and has not been
        changed since. Returns whether it is kept; it then counts as unchanged."""
        digest = self._before["files"].get(path)
        if digest is None or self._before["parts"].get(path) != made_from:
            return False
        if _digest(self.root / path) != digest:
            return False
        self._note(path, digest, made_from)
        self.unchanged += 1
        return True

    def finish(self, made_from: str | None) -> list[str]:
        """Remove files that were made before and not now, and those of a killed run, and write the manifest;
        returns the removed paths, sorted. ``made_from``: identifies what the folder is made from
        (`is_current`); None: it is made again the next time in any case."""
        left = _begun(self.root)
        gone = sorted({*self._before["files"], *left} - set(self.files))
        for path in gone:
            (self.root / path).unlink(missing_ok=True)
            _drop_empty((self.root / path).parent, self.root)
        for folder in {(self.root / path).parent for path in left}:
            for part in folder.glob(".*.part"):
                part.unlink(missing_ok=True)
        write_manifest(self.root, made_from, self.files, self.parts)
        if self.__dict__.pop("_unfinished", None) is not None:
            self._closing()
        (self.root / UNFINISHED).unlink(missing_ok=True)
        return gone

    def _note(self, path: str, digest: str, made_from: str) -> None:
        self.files[path] = digest
        if made_from:
            self.parts[path] = made_from


def write_manifest(
    root: Path, made_from: str | None, files: Mapping[str, str], parts: Mapping[str, str] | None = None
) -> None:
    """Write the manifest of the folder ``root``. ``made_from``: what the folder is made from; ``files``: path
    below it → SHA-256; ``parts``: path → what that file is made from, for some of them."""
    said = {"made_from": made_from, "files": dict(files), "parts": dict(parts or {})}
    replace_file(root / MANIFEST, json.dumps(said, indent=1, sort_keys=True).encode())


def read_manifest(root: Path) -> dict[str, Any]:
    """Return the manifest of the folder ``root``, with the keys ``made_from``, ``files`` and ``parts``. Where
    it is absent or does not parse they are None, {} and {}, so that all is made again."""
    nothing: dict[str, Any] = {"made_from": None, "files": {}, "parts": {}}
    with suppress(OSError, ValueError, TypeError):
        return nothing | json.loads((root / MANIFEST).read_text(encoding="utf-8"))
    return nothing


def is_current(root: Path, made_from: str) -> bool:
    """Return whether the folder ``root`` was made from the same as ``made_from`` states, none of its files
    has changed, and no run that wrote to it was killed since. Then it need not be made again."""
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
