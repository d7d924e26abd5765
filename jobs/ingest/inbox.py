"""Find the files in the inbox. Those of a source are in `inbox/<source>/` and `inbox/corrections/<source>/`.
The path of a file below that folder is its logical name, by which its editions are known as those of one
file."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from jobs.ingest import journals
from jobs.ingest.model import Reason

CORRECTIONS = "corrections"  # the folder in the inbox whose files are never held
IGNORED = (".part", ".tmp")  # endings of files that are still being written
_FURTHEST = 2**63 - 1  # nanoseconds: the ledger keeps no later time (the year 2262), a file system may
KEY = Reason("是密钥文件的硬链接，不读取", "is a hard link to the key; it is never read")
FOREIGN = Reason(
    "是他人文件的硬链接，不读取；请送交副本",
    "is a hard link to a file of another user; hand in a copy of it",
)
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
Identity = tuple[int, int]  # device and inode number
_KINDS = {
    stat.S_IFLNK: ("符号链接", "a symbolic link"),
    stat.S_IFIFO: ("命名管道", "a named pipe"),
    stat.S_IFSOCK: ("套接字", "a socket"),
    stat.S_IFCHR: ("字符设备", "a character device"),
    stat.S_IFBLK: ("块设备", "a block device"),
}


@dataclass(frozen=True)
class Arrival:
    """One file of the inbox, as it was found.

    ``source``: its source's name; ``file``: its path below the source's folder; ``shown``: its absolute path
    as text. Personal data in both is replaced by markers, so that they may be shown; ``path`` is the path on
    disk. ``size``: bytes; ``mtime_ns``: time of change, nanoseconds since 1970; ``refusal``: why it may not
    be opened, None for a file that may.
    """

    source: str
    file: str
    path: Path
    shown: str
    size: int
    mtime_ns: int
    refusal: Reason | None = None
    root: Path | None = None  # no link is followed below it
    identity: Identity | None = None  # which file it was when it was found


def folders(inbox: Path, name: str) -> list[Path]:
    """The existing folders of the source ``name``: in the inbox, then in its folder `corrections`. They may
    be symbolic links."""
    return [place / name for place in _places(inbox) if (place / name).is_dir()]


def names(inbox: Path) -> list[str]:
    """The names of all folders of sources in the inbox and its folder `corrections`, sorted, each once;
    hidden ones are left out."""
    found: set[str] = set()
    for place in _places(inbox):
        found |= {p.name for p in place.iterdir() if p.is_dir() and not p.name.startswith(".")}
    return sorted(found - {CORRECTIONS})


def stray(inbox: Path) -> list[Path]:
    """Files that lie directly in the inbox or in its folder `corrections`, not in the folder of a source;
    sorted. A symbolic link named `corrections` is one of them; hidden files and those with an ending in
    IGNORED are left out."""
    return sorted(
        p
        for place in _places(inbox)
        for p in place.iterdir()
        if not _ignored(p.name) and (not p.is_dir() or (p.name == CORRECTIONS and p.is_symlink()))
    )


def _places(inbox: Path) -> list[Path]:
    """Where folders of sources lie. The inbox may be a symbolic link, for who runs the system names it."""
    corrections = inbox / CORRECTIONS
    own = corrections.is_dir() and not corrections.is_symlink()
    return [inbox, *([corrections] if own else [])] if inbox.is_dir() else []


def arrivals(
    source: str,
    folder: Path,
    root: Path | None = None,
    *,
    named: Callable[[str], str] = str,
    unread: Callable[[OSError], None] | None = None,
    never: Identity | None = None,
    ours: bool = False,
) -> Iterator[Arrival]:
    """Yield every file below one folder of a source, by folder and name. `*.part`, `*.tmp`, hidden files and
    hidden folders are left out. A ``folder`` that is a symbolic link gives one Arrival, with a refusal.

    ``root``: a folder that the operator has named, this one or one above it, below which no link is followed;
    ``named``: turns a file's path into one that may be shown, a different one for each file; ``unread``:
    called with the error of a folder that cannot be listed or a file whose state cannot be read (None: these
    are passed over); ``never``: the key file, which may not be read under any name; ``ours``: only the
    operator writes into the folder, so that hard links may be read.

    As a provider may write into the folder, a file gets a ``refusal`` where opening it could show any file of
    the machine or never end: where it is not a regular file (a symbolic link, a pipe, a device), or is a hard
    link to another user's file; and where it is a database with a journal that must be applied first.
    """
    if folder.is_symlink():
        yield from _arrival(source, folder, folder, root, named, never, ours)
        return
    for where, below, files in os.walk(folder, onerror=unread):
        links = [name for name in below if _is_link(Path(where) / name)]
        below[:] = sorted(name for name in below if not name.startswith("."))
        beside = frozenset(files)
        for name in sorted([*files, *links]):
            if not _ignored(name):
                try:
                    for each in _arrival(source, folder, Path(where) / name, root, named, never, ours):
                        yield _settled(each, journals.journal_of(name, beside))
                except OSError as error:  # its path is too long, or the folder may not be entered
                    if unread is not None:
                        unread(error)


def _settled(arrival: Arrival, journal: str | None) -> Arrival:
    """The arrival, refused where its ``journal`` says that it is being changed, or cannot be read."""
    if journal is None or arrival.refusal is not None:
        return arrival
    beside = arrival.path.with_name(journal)
    try:
        hot = journals.hot(beside, arrival.root or beside.parent)
    except OSError:
        return replace(arrival, refusal=journals.UNREAD)
    return replace(arrival, refusal=journals.HOT) if hot else arrival


def _is_link(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:  # a path longer than the system has: listing it says so
        return False


def linked_from_elsewhere(file: os.stat_result, folder: os.stat_result, me: int) -> bool:
    """Whether a hard link may lead to a file that those who write into its folder could not read themselves.
    ``file``, ``folder``: their states; ``me``: the number of the user who reads.

    Deliveries by hard link (`rsync --link-dest`, `cp -l`) belong to the owner of the folder. In a folder of
    ``me`` into which others may write, a file of ``me`` is not theirs; where no one else may write, every
    file is fine.
    """
    if file.st_nlink < 2:
        return False
    if folder.st_uid != me:
        return file.st_uid != folder.st_uid
    return bool(folder.st_mode & _OTHERS_WRITE) and file.st_uid == me


def identity(path: Path) -> Identity | None:
    """Device and inode number of a file, which all its hard links share; None where it does not exist."""
    try:
        said = path.stat()
    except OSError:
        return None
    return said.st_dev, said.st_ino


def _arrival(
    source: str,
    folder: Path,
    path: Path,
    root: Path | None,
    named: Callable[[str], str],
    never: Identity | None,
    ours: bool,
) -> Iterator[Arrival]:
    """Yield a file as an Arrival, nothing where it was removed meanwhile. One that must not be read has a
    refusal: anything but a regular file, the key of pseudonyms (``never``), a hard link from elsewhere
    (unless ``ours``). ``folder``: that of the source; ``named``: turns a path below it into the one to be
    shown."""
    try:
        said = path.lstat()
    except FileNotFoundError:  # taken away meanwhile
        return
    inode = (said.st_dev, said.st_ino)
    refusal = KEY if inode == never else None
    if refusal is None and not ours and said.st_nlink > 1 and stat.S_ISREG(said.st_mode):
        foreign = linked_from_elsewhere(said, path.parent.stat(), os.geteuid())
        refusal = FOREIGN if foreign else None
    if not stat.S_ISREG(said.st_mode):
        zh, en = _KINDS.get(stat.S_IFMT(said.st_mode), ("特殊文件", "a special file"))
        refusal = Reason(f"是{zh}，只读取普通文件", f"is {en}; only regular files are read")
    file = named(as_text(path.relative_to(folder).as_posix()))
    place = f"{as_text(str(folder.parent))}/{source}"
    shown = place if path == folder else f"{place}/{file}"
    yield Arrival(source, file, path, shown, said.st_size, _changed(said), refusal, root, inode)


def unchanged(arrival: Arrival) -> bool:
    """Whether the file still has the size and time of change that it was found with; False where it is gone
    or cannot be looked at."""
    try:
        now = arrival.path.lstat()
    except OSError:
        return False
    return (now.st_size, _changed(now)) == (arrival.size, arrival.mtime_ns)


def still_for(arrival: Arrival, now: float) -> float:
    """Seconds since the file was last written, at the time ``now`` (seconds since 1970). Where its time of
    change lies in the future, the time at which the system last changed its entry counts."""
    changed = arrival.mtime_ns / 1e9
    if changed > now:
        with contextlib.suppress(OSError):
            changed = min(changed, arrival.path.lstat().st_ctime)
    return now - changed


def _changed(said: os.stat_result) -> int:
    """The time of change in nanoseconds since 1970, as the ledger can keep it."""
    return max(-_FURTHEST, min(said.st_mtime_ns, _FURTHEST))


def _ignored(name: str) -> bool:
    return name.startswith(".") or name.endswith(IGNORED)


def as_text(path: str) -> str:
    r"""A path as text that can be written as UTF-8; bytes that are not UTF-8 become escapes such as
    `\xff`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
