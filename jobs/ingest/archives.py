"""Open zip and gzip files with limits (definitions.md#landing). Nothing is unpacked to disk. Bytes are
counted as they are decompressed, since the sizes that an archive states cannot be trusted."""

from __future__ import annotations

import errno
import gzip
import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, BinaryIO

from jobs.ingest.model import Feed, Refused, fits

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MEMBERS = 1_000
BYTES = 4 << 30  # decompressed, of all members
RATIO = 200  # decompressed to compressed bytes, of one member and of the whole,
FREE = 64 << 10  # beyond the first so many
_SHOWN = 20  # names in a reason
_NESTED = (".zip", ".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz", ".zst")
_OFFICE = (".xlsx", ".xlsm", ".docx", ".pptx", ".ods", ".odt")  # zip files by nature
_MAGIC = (
    (b"PK\x03\x04", 0, "zip"),
    (b"PK\x05\x06", 0, "zip"),
    (b"\x1f\x8b", 0, "gzip"),
    (b"7z\xbc\xaf\x27\x1c", 0, "7z"),
    (b"Rar!\x1a\x07", 0, "rar"),
    (b"ustar", 257, "tar"),
    (b"BZh", 0, "bzip2"),
    (b"\xfd7zXZ\x00", 0, "xz"),
)
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)


def kind_of(head: bytes) -> str | None:
    """The kind of archive that begins with these bytes (265 are enough): zip, gzip, 7z, rar, tar, bzip2 or
    xz; None for anything else."""
    return next((kind for magic, at, kind in _MAGIC if head[at : at + len(magic)] == magic), None)


# Parts by which a document of an office program is known, which is a zip file too.
_DOCUMENTS = {
    "Office (xlsx, docx)": {"[Content_Types].xml"},
    "OpenDocument (ods, odt)": {"mimetype", "content.xml"},
}
_ADDED = ("thumbs.db", "desktop.ini")  # files that Windows puts into folders


class Budget:
    """Counts the decompressed bytes of one received file of ``size`` bytes, and refuses it where a limit is
    passed (BYTES, RATIO). All members of an archive share one budget."""

    def __init__(self, size: int):
        self._size = size
        self._taken: dict[str, int] = {}

    def start(self, member: str) -> None:
        """Begin to count the member named ``member``, from 0 again where it was read before."""
        self._taken[member] = 0

    def take(self, member: str, count: int, compressed: int) -> None:
        """Count ``count`` more decompressed bytes of a member that has ``compressed`` bytes in the archive.
        Raises Refused where a limit of size or of ratio is passed."""
        self._taken[member] += count
        mine, whole = self._taken[member], sum(self._taken.values())
        if whole > BYTES:
            raise Refused(f"解压后超过{BYTES >> 30} GiB", f"decompresses to more than {BYTES >> 30} GiB")
        if (mine > FREE and mine > RATIO * min(compressed, self._size)) or (
            whole > FREE and whole > RATIO * self._size
        ):
            raise Refused(f"压缩比超过{RATIO}:1", f"is compressed by more than {RATIO} to 1")


class _Counted(io.RawIOBase):
    """A decompressing stream whose bytes are counted."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, budget: Budget, member: str, compressed: int):
        self._stream, self._budget, self._member, self._compressed = stream, budget, member, compressed
        budget.start(member)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer)
        chunk = self._stream.read(len(room))
        self._budget.take(self._member, len(chunk), self._compressed)
        room[: len(chunk)] = chunk
        return len(chunk)


def _buffered(
    stream: IO[bytes] | gzip.GzipFile, budget: Budget, member: str, compressed: int
) -> io.BufferedReader:
    return io.BufferedReader(_Counted(stream, budget, member, compressed), 1 << 20)


@contextmanager
def gunzipped(raw: BinaryIO, size: int) -> Iterator[io.BufferedReader]:
    """Open the content of a gzip file; a context manager. ``raw``: the file, opened; ``size``: its bytes.
    Raises Refused within the block, while the content is read, where the file is damaged, truncated or beyond
    a limit."""
    try:
        with gzip.GzipFile(fileobj=raw) as stream:
            yield _buffered(stream, Budget(size), "", size)
    except _DAMAGED as error:
        raise Refused("gzip 文件不完整或已损坏", "the gzip file is truncated or damaged") from error


class Zip:
    """An opened zip file whose directory has been checked. ``raw``: the file, which must stay open as long as
    members are read; ``size``: its bytes.

    Raises Refused where it is damaged, holds more than MEMBERS members, a path that leads outside, a symbolic
    link, a name twice or another archive, or a member is encrypted or compressed by another method than
    deflate.
    """

    def __init__(self, raw: BinaryIO, size: int):
        self._budget = Budget(size)
        with _whole():
            try:
                self._zip = zipfile.ZipFile(raw, metadata_encoding="gb18030")
            except UnicodeDecodeError:
                self._zip = zipfile.ZipFile(raw)
            except NotImplementedError as error:
                raise zipfile.BadZipFile(str(error)) from error
        self._files = {m.filename: m for m in self._zip.infolist() if not m.is_dir()}
        self._check()

    def _check(self) -> None:
        members = self._zip.infolist()
        if len(members) > MEMBERS:
            raise Refused(f"压缩包内文件超过{MEMBERS}个", f"holds more than {MEMBERS} members")
        names = [m.filename for m in members]
        for member in members:
            name = member.orig_filename
            if _outside(name):
                raise Refused(
                    f"压缩包内有越出目录的路径：{name!r}",
                    f"holds a path that leads outside the archive: {name!r}",
                )
            if stat.S_ISLNK(member.external_attr >> 16):
                raise Refused(f"压缩包内有符号链接：{name}", f"holds a symbolic link: {name}")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Refused(
                    f"压缩方式不支持，请用 deflate：{name}",
                    f"is compressed by another method than deflate: {name}",
                )
            if member.flag_bits & 1:
                raise Refused(f"压缩包已加密：{name}", f"is encrypted: {name}")
            if names.count(member.filename) > 1:
                raise Refused(f"压缩包内文件重名：{name}", f"holds a name twice: {name}")
            if not member.is_dir():
                self._check_nested(member.filename)

    def _check_nested(self, name: str) -> None:
        with _whole(), self._stream(name) as stream:
            kind = kind_of(stream.read(512))
        if name.lower().endswith(_NESTED) or (
            kind and not (kind == "zip" and name.lower().endswith(_OFFICE))
        ):
            raise Refused(f"压缩包内还有压缩包：{name}", f"holds another archive: {name}")

    @property
    def names(self) -> list[str]:
        """The names of its files, as paths in the archive, sorted; without hidden ones and those that macOS
        and Windows add."""
        parts = {name: name.split("/") for name in self._files}
        return sorted(
            n
            for n, p in parts.items()
            if p[0] != "__MACOSX"
            and p[-1].lower() not in _ADDED
            and not any(part.startswith(".") for part in p)
        )

    def chosen(self, feed: Feed) -> list[str]:
        """The names of the members that a feed reads, sorted: those that match its `member`, or the only
        file. Raises Refused where the archive has no file, none matches, or the feed states no `member` and
        there are several or it is a document of an office program."""
        names = self.names
        listed = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
        if not names:
            raise Refused("压缩包内没有文件", "the archive holds no file")
        if feed.member is None:
            if kind := next((kind for kind, parts in _DOCUMENTS.items() if parts <= set(names)), None):
                raise Refused(
                    f"是{kind}文件，而数据项的 format 为 {feed.format}",
                    f"is a file of {kind}, and the feed says format: {feed.format}",
                )
            if len(names) > 1:
                raise Refused(
                    f"压缩包内有多个文件，须用 member 说明读取哪些：{listed}",
                    f"the archive holds several files, `member` must say which: {listed}",
                )
            return names
        found = [name for name in names if fits(name, feed.member)]
        if not found:
            raise Refused(
                f"压缩包内没有文件符合 {feed.member}（有：{listed}）",
                f"no file in the archive matches {feed.member} (it has: {listed})",
            )
        return found

    @contextmanager
    def open(self, name: str) -> Iterator[io.BufferedReader]:
        """Open the content of the member ``name``; a context manager. Raises Refused within the block, while
        the content is read, where it is damaged or beyond a limit."""
        with _whole(), self._stream(name) as stream:
            yield _buffered(stream, self._budget, name, self._files[name].compress_size)

    def _stream(self, name: str) -> IO[bytes]:
        try:
            return self._zip.open(self._files[name])
        except (
            NotImplementedError,
            UnicodeDecodeError,
            RuntimeError,
        ) as error:  # the member's own header says other than the directory
            raise zipfile.BadZipFile(str(error)) from error


def _outside(name: str) -> bool:
    return (
        name.startswith("/")
        or "\\" in name
        or "\0" in name
        or re.match(r"[A-Za-z]:", name) is not None
        or ".." in name.split("/")
    )


@contextmanager
def _whole() -> Iterator[None]:
    try:
        yield
    except (*_DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise  # EINVAL: its directory points to before its beginning
        raise Refused("zip 文件不完整或已损坏", "the zip file is truncated or damaged") from error
