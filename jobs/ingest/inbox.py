"""What lies in the inbox: files by source, under one logical name in `inbox/<source>/` and
`inbox/corrections/<source>/`."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from jobs.ingest import journals
from jobs.ingest.model import Reason

CORRECTIONS = "corrections"
IGNORED = (".part", ".tmp")
_FURTHEST = 2**63 - 1  # nanoseconds: the ledger keeps no later time (the year 2262), a file system may
KEY = Reason("是密钥文件的硬链接，不读取", "is a hard link to the key; it is never read")
FOREIGN = Reason(
    "是他人文件的硬链接，不读取；请送交副本",
    "is a hard link to a file of another user; hand in a copy of it",
)
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
Identity = tuple[int, int]
_KINDS = {
    stat.S_IFLNK: ("符号链接", "a symbolic link"),
    stat.S_IFIFO: ("命名管道", "a named pipe"),
    stat.S_IFSOCK: ("套接字", "a socket"),
    stat.S_IFCHR: ("字符设备", "a character device"),
    stat.S_IFBLK: ("块设备", "a block device"),
}


@dataclass(frozen=True)
class Arrival:
    """One file as found. ``file``: the path below <source>/; ``shown``: the absolute path as text, also where
    its name is not UTF-8; both as they may be shown, ``path`` as it is; ``refusal``: why it is never opened,
    None of a regular file."""

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
    """The folders of one source that exist, symbolic links to folders among them."""
    return [place / name for place in _places(inbox) if (place / name).is_dir()]


def names(inbox: Path) -> list[str]:
    """The names of all folders of sources in the inbox, sorted."""
    found: set[str] = set()
    for place in _places(inbox):
        found |= {p.name for p in place.iterdir() if p.is_dir() and not p.name.startswith(".")}
    return sorted(found - {CORRECTIONS})


def stray(inbox: Path) -> list[Path]:
    """What lies beside the folders of the sources, where none takes it."""
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
    """Every file below one folder of a source, sorted by name; `*.part`, `*.tmp`, dotfiles and hidden folders
    are left out. ``root``: the folder, this or one above, that the one who runs the system names;
    ``named``: a file's name as it may be shown, another one for every file; ``unread``: called with the error
    of a folder that cannot be listed, or a file that cannot be looked at; ``never``: the key, which may not
    be read under another name; ``ours``: no provider writes into the folder, and hard links are read.

    A provider may write into the folder: what is no regular file (a symbolic link, to a folder too, a pipe, a
    device), or a second name of a file that is not the provider's, has a ``refusal``. It could show any file
    of the machine, or never end. So has a database beside which a journal lies that must be played back.
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
    """Whether a file with several names may be one that the folder's writers could not hand in by themselves.

    Deliveries by hard link (`rsync --link-dest`, `cp -l`) belong to who owns the folder. In a folder of
    ``me``, the user who reads, that others write into, a file of ``me`` is none of theirs; where no one else
    writes, all files are."""
    if file.st_nlink < 2:
        return False
    if folder.st_uid != me:
        return file.st_uid != folder.st_uid
    return bool(folder.st_mode & _OTHERS_WRITE) and file.st_uid == me


def identity(path: Path) -> Identity | None:
    """Device and number of a file, which all its hard links share; None where there is none."""
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
    """Whether the file is still as it was when it was found (it may be written in place)."""
    now = arrival.path.lstat()
    return (now.st_size, _changed(now)) == (arrival.size, arrival.mtime_ns)


def still_for(arrival: Arrival, now: float) -> float:
    """Seconds since the file was last written. Where its time of change lies in the future, since the system
    last noted a change of it."""
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
    """A name as text, also where it is not UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
