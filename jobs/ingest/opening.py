"""Opens a received file: through gzip where it is one, and as text by its byte order mark or its stated encoding."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from jobs.ingest.model import Refused

MARK = "\udc80"  # stands where a byte did not decode; no decoder yields it otherwise
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
          (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (b"\x84\x31\x95\x33", "gb18030"))
_WIDE = ("utf-16", "utf-32", "utf_16", "utf_32")


def _mark(error: UnicodeError) -> tuple[str, int]:
    """One byte is marked and decoding goes on behind it, so that a damaged character never swallows a line end or a delimiter."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wide = error.encoding.lower().startswith(_WIDE)
    return MARK, error.end if wide else error.start + 1


codecs.register_error("quality.mark", _mark)


@contextmanager
def opened(path: Path, file: str) -> Iterator[BinaryIO]:
    """The bytes of a received file. ``file`` is its logical name: `.gz` must be a gzip file. Refused: a truncated or damaged
    one."""
    raw = path.open("rb")
    with raw:
        zipped = raw.peek(2)[:2] == b"\x1f\x8b"
        if file.lower().endswith(".gz") and not zipped:
            raise Refused("文件名以 .gz 结尾，但不是 gzip 文件", "is named .gz but is not a gzip file")
        try:
            if zipped:
                with gzip.GzipFile(fileobj=raw) as stream:
                    yield io.BufferedReader(stream, 1 << 20)
            else:
                yield raw
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Refused("gzip 文件不完整或已损坏", f"the gzip file is truncated or damaged ({error})") from error


def text_of(stream: BinaryIO, encoding: str, *, strict: bool, newline: str) -> io.TextIOWrapper:
    """The stream as text; a byte order mark goes before the stated encoding. Not strict: MARK stands for what does not decode."""
    head = stream.peek(4)[:4]
    for mark, name in _MARKS:
        if head.startswith(mark):
            stream.read(len(mark))
            encoding = name
            break
    return io.TextIOWrapper(stream, encoding=encoding, errors="strict" if strict else "quality.mark", newline=newline)
