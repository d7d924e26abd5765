"""The raw store: a folder that keeps each received content once, unchanged, in a file named by its SHA-256.
Only the owner can enter the folder, as contents hold personal data."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

_CHUNK = 4 << 20


class NoRegularFile(OSError):
    """Raised where a path leads to a pipe or a device instead of a file."""


class RawStore:
    """The folder `landing/raw`. A content is the file `<first two digits>/<sha256>` in it. ``landing``: the
    folder that holds `raw`, which need not exist yet."""

    def __init__(self, landing: Path):
        self.root = landing / "raw"

    def path(self, sha256: str) -> Path:
        """The path of the content with this SHA-256 (hex), which may not exist."""
        return self.root / sha256[:2] / sha256

    def holds(self, sha256: str) -> bool:
        """Whether the store has the content with this SHA-256 (hex)."""
        return self.path(sha256).is_file()

    def room(self) -> int:
        """The most bytes that one more file may have: nine tenths of the free space of the disk, as its rows
        need space too."""
        whole = self.root.absolute()
        there = next(place for place in (whole, *whole.parents) if place.is_dir())
        return shutil.disk_usage(there).free * 9 // 10

    def keep(self, received: Path, root: Path | None = None, identity: tuple[int, int] | None = None) -> str:
        """Store the content of a file and return its SHA-256 (hex). The file is read once, and the content
        appears complete or not at all.

        ``root``: the folder below which no link is followed (None: the file's folder); ``identity``: device
        and inode that the file had when it was found. Raises OSError where it, or a folder on the path, has
        been replaced or is not a regular one.
        """
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.root.chmod(0o700)
        part = self.root / f".{os.getpid()}-{threading.get_ident()}.part"
        digest = hashlib.sha256()
        try:
            with opened(received, root or received.parent, identity) as source, part.open("wb") as copy:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    copy.write(chunk)
                copy.flush()
                os.fsync(copy.fileno())
            sha256 = digest.hexdigest()
            if not self.holds(sha256):
                self.path(sha256).parent.mkdir(exist_ok=True)
                os.replace(part, self.path(sha256))
            return sha256
        finally:
            part.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove the partial files of a landing that was killed, raw copies and landed Parquet files. The
        caller holds the lake's lock, so that no other landing is writing them."""
        for part in [*self.root.glob(".*.part"), *(self.root.parent / "rows").glob("*/*/.*.part")]:
            part.unlink(missing_ok=True)


def opened(received: Path, root: Path, identity: tuple[int, int] | None = None) -> BinaryIO:
    """Open a regular file for reading although it, or a folder on its path below ``root``, may have been
    replaced since it was found. Each folder is opened from the one before, no link is followed below
    ``root``, and a pipe does not block.

    ``received``: the file's path, which begins with ``root``; ``identity``: device and inode number that the
    file must have (None: any). Raises NoRegularFile for a pipe or a device, and OSError for a folder, another
    identity, a link on the path or a file that cannot be opened.
    """
    *folders, name = received.relative_to(root).parts
    try:
        with ExitStack() as open_folders:

            def entered(folder: str | Path, below: int | None, flags: int) -> int:
                number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | flags, dir_fd=below)
                open_folders.callback(os.close, number)
                return number

            here = entered(root, None, 0)
            for folder in folders:
                here = entered(folder, here, os.O_NOFOLLOW)
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            file = os.fdopen(os.open(name, flags, dir_fd=here), "rb")
    except OSError as error:
        error.filename = str(received)
        raise
    said = os.fstat(file.fileno())
    if not stat.S_ISREG(said.st_mode):
        file.close()
        raise NoRegularFile("is no regular file")
    if identity is not None and (said.st_dev, said.st_ino) != identity:
        file.close()
        raise OSError("was replaced since it was found")
    return file
