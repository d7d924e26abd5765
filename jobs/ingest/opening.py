"""Open a received file: through gzip or zip where it is one, and as text by its byte order mark or the stated
encoding."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from jobs.ingest import journals
from jobs.ingest.archives import Zip, gunzipped, kind_of
from jobs.ingest.model import Feed, Reason, Refused, fits, fits_any

MARK = "\udc80"  # stands where a byte did not decode; no decoder yields it otherwise
WHOLE = 512 << 20  # bytes of what can only be read whole: workbooks, JSON documents, Parquet in an archive
MARKS = (  # byte order marks, the longer first where one begins with another
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_SEQUENCES = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_ENOUGH = 4  # so many characters of several bytes are not UTF-8 by chance
_WIDE = ("utf-16", "utf-32", "utf_16", "utf_32")


def _mark(error: UnicodeError) -> tuple[str, int]:
    """One byte is marked and decoding goes on behind it, so that a damaged character never swallows a line
    end or a delimiter."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wide = error.encoding.lower().startswith(_WIDE)
    return MARK, error.end if wide else error.start + 1


codecs.register_error("quality.mark", _mark)


@dataclass(frozen=True)
class Content:
    """A file, or a member of a zip file, that can be read. Each call of ``open`` reads it from the start.
    ``member``: its name in the archive, None for a file."""

    member: str | None
    open: Callable[[], AbstractContextManager[io.BufferedReader]]


@contextmanager
def contents(path: Path, file: str, feed: Feed) -> Iterator[tuple[list[Content], list[Reason]]]:
    """Open a received file for a feed; a context manager, within whose block its contents can be read. Yields
    what the feed reads of the file (one Content; of a zip file one per member, sorted by name) and warnings
    about members that no feed reads.

    ``path``: the raw copy; ``file``: the file's path below the source's folder. Raises Refused where a file
    named `.gz` or `.zip` is not one, it is another kind of archive, a limit is passed, the archive lacks the
    members, or a database in it has a journal that must be applied first.
    """
    size = path.stat().st_size
    with path.open("rb") as raw:
        kind = kind_of(raw.peek(512))
    name = file.lower()
    for ending, needed in ((".gz", "gzip"), (".zip", "zip")):
        if name.endswith(ending) and kind != needed:
            raise Refused(
                f"文件名以 {ending} 结尾，但不是 {needed} 文件",
                f"is named {ending} but is not a {needed} file",
            )
    if kind == "zip" and (feed.format != "xlsx" or name.endswith(".zip")):
        with path.open("rb") as raw:
            archive = Zip(raw, size)
            chosen = archive.chosen(feed)
            for name in chosen if feed.format == "sqlite" else ():
                _no_hot_journal(archive, name)
            globs = [
                feed.member or "*",
                *(join.file for join in feed.joins),
                *(other.member for other in feed.siblings if other.member and fits_any(file, other.files)),
            ]
            left = [n for n in archive.names if not any(fits(n, glob) for glob in globs)]
            yield [Content(n, partial(archive.open, n)) for n in chosen], [_left(left)] if left else []
    elif kind == "gzip":
        yield [Content(None, lambda: _gunzipped(path, size, feed))], []
    elif kind and not (kind == "zip" and feed.format == "xlsx"):
        raise Refused(
            f"是 {kind} 压缩包，只能读取 zip 和 gzip", f"is a {kind} archive; only zip and gzip are read"
        )
    else:
        yield [Content(None, lambda: path.open("rb"))], []


def _no_hot_journal(archive: Zip, name: str) -> None:
    """Refused: beside a database in the archive lies a journal that must be played back."""
    journal = journals.journal_of(name, frozenset(archive.names))
    if journal is not None:
        with archive.open(journal) as stream:
            if stream.read(len(journals.MAGIC)) == journals.MAGIC:
                raise Refused(f"{name}：{journals.HOT.zh}", f"{name}: {journals.HOT.en}")


def _left(names: list[str]) -> Reason:
    listed = ", ".join(names[:20]) + (" …" if len(names) > 20 else "")
    return Reason(f"压缩包内未读取：{listed}", f"not read in the archive: {listed}")


@contextmanager
def _gunzipped(path: Path, size: int, feed: Feed) -> Iterator[io.BufferedReader]:
    with path.open("rb") as raw, gunzipped(raw, size) as stream:
        kind = kind_of(stream.peek(512))
        if kind and not (kind == "zip" and feed.format == "xlsx"):
            raise Refused(f"gzip 文件内还有 {kind} 压缩包", f"holds another archive ({kind})")
        yield stream


def whole(stream: io.BufferedReader) -> bytes:
    """Read all bytes of a stream. Raises Refused where they are more than WHOLE."""
    content = stream.read(WHOLE + 1)
    if len(content) > WHOLE:
        raise Refused(
            f"超过{WHOLE >> 20} MiB，无法整体读取，请拆分",
            f"is larger than {WHOLE >> 20} MiB and must be read whole: split it",
        )
    return content


def whole_text(stream: io.BufferedReader, encoding: str) -> str:
    """Read a stream of bytes as one text; a byte order mark overrides the stated encoding. Raises Refused
    where it has more bytes than WHOLE, does not decode, or is plainly UTF-8 while another encoding is stated.
    """
    encoding = _marked(stream, encoding)
    try:
        return whole(stream).decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused(f"无法按编码 {encoding} 解码", f"does not decode as {encoding}") from error


def _marked(stream: io.BufferedReader, encoding: str) -> str:
    """Return the encoding that a byte order mark at the beginning names, after reading past it; the stated
    one where there is none. Raises Refused where the content is UTF-8 while an encoding of one country or
    language is stated."""
    head = stream.peek(4)[:4]
    for mark, name in MARKS:
        if head.startswith(mark):
            stream.read(len(mark))
            return name
    if _is_utf8_after_all(stream.peek(1 << 13), encoding):
        raise Refused(
            f"内容是 UTF-8，而来源的 encoding 是 {encoding}",
            f"is in UTF-8, while its source says {encoding}",
        )
    return encoding


def _is_utf8_after_all(head: bytes, encoding: str) -> bool:
    """Whether bytes that are said to be in the encoding of a country or language (gb18030, cp1252) are UTF-8,
    which often decodes as such an encoding too, but into wrong words. A character of two bytes in UTF-8 can
    be one in an encoding of two bytes, so where that is stated only those of three and four bytes count."""
    name = codecs.lookup(encoding).name
    if name.startswith("utf") or name == "ascii":
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    single = name.startswith(("iso8859", "cp125", "latin", "koi8", "cp437", "cp85"))
    long = [found for found in _SEQUENCES.findall(head) if single or len(found) > 2]
    return len(long) >= _ENOUGH


def text_of(stream: io.BufferedReader, encoding: str, *, strict: bool, newline: str) -> io.TextIOWrapper:
    """Wrap a stream of bytes as text; a byte order mark overrides the stated encoding. ``strict``: whether a
    byte that does not decode raises UnicodeDecodeError; otherwise MARK replaces it; ``newline``: as of
    `open`. Raises Refused where the content is plainly UTF-8 while another encoding is stated."""
    encoding = _marked(stream, encoding)
    return io.TextIOWrapper(
        stream, encoding=encoding, errors="strict" if strict else "quality.mark", newline=newline
    )
