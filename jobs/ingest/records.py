"""The batches of text cells that readers yield, and the findings that they collect."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.contracts.document import near
from jobs.ingest.model import Feed, Reason, Refused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BATCH = 100_000  # records of one batch of the readers that go row by row
NUL = "\0"
# Marks of byte order, of direction and of where a word may or may not break: they change no meaning, and a
# code that holds one looks like another. RE2 and Python read the same class.
UNSEEN = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
_UNSEEN_BYTES = (b"\xc2\xad", b"\xd8\x9c", b"\xe2\x80", b"\xe2\x81", b"\xef\xbb\xbf")
HOLDS_NUL = Reason("含有 NUL 字节", "holds a NUL byte")
UNDECODABLE = Reason("含有无法按编码解码的字节", "holds a byte that does not decode")


@dataclass(frozen=True)
class Batch:
    """Records in the file's order; all arrays have one element per record.

    ``columns``: name → text, trimmed, empty cells null; ``record``: its number, from 1; ``typed``: name →
    true where the file itself states that the cell is a date (XLSX, Parquet) or a list (JSON, Parquet);
    ``element``: position in the exploded list, from 1 (None without `explode`); ``certain``: name → for a
    number with more digits than its type keeps, how many leading digits are certain (int8), else null.
    """

    columns: Mapping[str, pa.Array]
    record: pa.Array
    typed: Mapping[str, pa.Array] = field(default_factory=dict)
    element: pa.Array | None = None
    certain: Mapping[str, pa.Array] = field(default_factory=dict)


@dataclass
class Found:
    """What a reader notices about a file while its batches are read. ``names``: the columns of the file
    (JSON: of any record; with `explode` those of the parent as `..name`), as keys; ``unreadable``: (record
    number, reason) of records that are left out; ``lost_versions``: values of the version column that fit
    nothing."""

    names: dict[str, None] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)  # of the feed's inputs, those that the file has
    unreadable: list[tuple[int, Reason]] = field(default_factory=list)
    warnings: list[Reason] = field(default_factory=list)
    lost_versions: int = 0
    exploded: int = 0  # records whose list was taken apart
    has_list: bool = False  # whether any record has the list to be exploded
    rejected: list[tuple[int, int | None, Reason]] = field(
        default_factory=list
    )  # record, element: a join found nothing for it
    unjoined: int = 0  # other records for which a join found nothing
    matched: dict[int, np.ndarray] = field(
        default_factory=dict
    )  # of each join: which records of its files were taken
    scrubbed: dict[str, Counter[str]] = field(default_factory=dict)  # free text column → kind → how many
    shortened: dict[str, tuple[int, int]] = field(
        default_factory=dict
    )  # code column → how many values lost digits, and the first record with one


class Unclean(Exception):
    """Raised by a fast reader that cannot read a file exactly; the careful one then reads it from the
    start."""


def normal(cells: pa.Array) -> pa.Array:
    """An array of text without white space and invisible characters at both ends of its cells (full-width and
    no-break spaces too); empty cells become null."""
    trimmed = pc.utf8_trim_whitespace(cells)
    if _may_hold(trimmed, *_UNSEEN_BYTES):
        trimmed = pc.replace_substring_regex(trimmed, rf"^[\pZ\s{UNSEEN}]+|[\pZ\s{UNSEEN}]+$", "")
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def without_unseen(codes: pa.Array) -> pa.Array:
    """An array of codes without invisible characters (UNSEEN), so that two codes that look alike are equal;
    nulls stay null."""
    if not _may_hold(codes, *_UNSEEN_BYTES):
        return codes
    return pc.replace_substring_regex(codes, f"[{UNSEEN}]", "")


def holding_nul(cells: pa.Array) -> pa.Array | None:
    """An array that is true where a cell holds a NUL character; None where none does."""
    if not _may_hold(cells, b"\0"):
        return None
    held = pc.fill_null(pc.match_substring(cells, NUL), False)
    return held if pc.any(held).as_py() else None


def _may_hold(texts: pa.Array, *wanted: bytes) -> bool:
    """Whether the bytes below an array of texts hold one of ``wanted``; of a slice, those of the whole."""
    buffer = texts.buffers()[2]
    held = buffer.to_pybytes() if buffer is not None else b""
    if held.isascii():  # much faster than to search it
        wanted = tuple(each for each in wanted if each.isascii())
    return any(each in held for each in wanted)


def over_unique(cells: pa.Array, change: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Apply ``change`` once to the array of different values and put the results in their places; nulls stay
    null. Without any value ``cells`` come back as they are, in their type."""
    encoded = cells.dictionary_encode()
    if not len(encoded.dictionary):
        return cells
    return change(encoded.dictionary).take(encoded.indices)


def joint_key(parts: Sequence[pa.Array]) -> pa.Array:
    """Combine the columns of a key, arrays of text, into one text per row. Rows with different parts have
    different texts; null where a part is null."""
    if len(parts) == 1:
        return parts[0]
    sized = [s for part in parts for s in (pc.cast(pc.utf8_length(part), pa.string()), pa.scalar(":"), part)]
    return pc.binary_join_element_wise(*sized, "", null_handling="emit_null")


def header_text(name: str) -> str:
    """A column's name in the form in which it is matched: trimmed, without invisible characters, line breaks
    as spaces."""
    return re.sub(r"\s*[\r\n]\s*", " ", re.sub(f"[{UNSEEN}]", "", name).strip())


def one_line(name: str) -> str:
    """A name as messages show it: line breaks and other control characters escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def header_names(cells: list[str], found: Found) -> list[str]:
    """The names of a header in the form in which they are matched (`header_text`), one per cell; a column
    without a name is `(column 3)`, counted from 1. Sets ``found.names``."""
    names = [header_text(cell) or f"(column {i})" for i, cell in enumerate(cells, 1)]
    found.names = dict.fromkeys(names)
    return names


def cut_off(record: int) -> Refused:
    """The refusal of a file whose last record is incomplete and has no line end."""
    return Refused(
        f"最后一条记录（第{record}条）中断且没有换行：文件不完整",
        f"breaks off in its last record, number {record}, which has no line end: the file is cut off",
    )


def none_named(what: tuple[str, str], wanted: str, known: Sequence[str]) -> Refused:
    """The refusal of a file without a part (sheet, table) of the name ``wanted``; it lists the names that the
    file has (``known``) and the closest ones. ``what``: the kind of part, in Chinese and English."""
    listed = ", ".join(known[:30]) or "–"
    plain = re.sub(r"\s+", "", wanted).casefold()
    alike = [n for n in known if plain and (plain in (m := re.sub(r"\s+", "", n).casefold()) or m in plain)]
    close = list(dict.fromkeys([*alike, *near(wanted, known)]))[:3]
    zh = f"，是否为{'、'.join(f'“{name}”' for name in close)}？" if close else ""
    en = f"; did you mean {' or '.join(close)}?" if close else ""
    return Refused(
        f"没有名为“{wanted}”的{what[0]}（有：{listed}）{zh}",
        f"has no {what[1]} {wanted!r} (it has: {listed}){en}",
    )


def no_header(row: int) -> Refused:
    """The refusal of a file that has content, but no column names in row ``row``."""
    return Refused(f"第{row}行没有列名", f"has no column names in row {row}")


def unique_names(names: list[str], feed: Feed, found: Found) -> list[str]:
    """Number repeated names of a header: the second is `name (2)`, the third `name (3)`, … Sets
    ``found.names``. Raises Refused where the feed reads a repeated name, but neither reads nor ignores its
    `name (2)`; with `explode` it ignores `..name (2)`."""
    read, upper = set(feed.file_columns), "" if feed.explode is None else ".."
    seen, taken, unique, repeated = Counter[str](), set(names), [], []
    for name in names:
        seen[name] += 1
        own = name
        while seen[name] > 1 and (own := f"{name} ({seen[name]})") in taken:
            seen[name] += 1
        if own != name and name in read and own not in read and upper + own not in feed.ignore:
            repeated.append(one_line(name))
        taken.add(own)
        unique.append(own)
    if repeated:
        listed = list(dict.fromkeys(repeated))
        others = ", ".join(f"{upper}{name} (2)" for name in listed)
        raise Refused(
            f"表头中列名重复：{'、'.join(listed)}（请在 columns 或 ignore 中写明其余的列，如 {others}）",
            f"column names occur twice in the header: {', '.join(listed)} "
            f"(name the others in columns or ignore, as {others})",
        )
    found.names = dict.fromkeys(unique)
    return unique


def strings(cells: list[str | None]) -> pa.Array:
    """An Arrow array of text from cells, normalised (`normal`)."""
    return normal(pa.array(cells, pa.string()))


class Utf8(io.RawIOBase):
    """Reads a text stream as UTF-8 bytes, with ``end`` appended. ``last``: the last character read so far;
    ``error``: the exception that reading has raised, since Arrow does not pass it on."""

    def __init__(self, text: io.TextIOBase, end: str):
        self._text, self._end, self._left = text, end, b""
        self.last = ""  # the last character of the text as far as it was read
        self.error: Exception | None = None

    def readable(self) -> bool:
        """True, as of any stream that is read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill ``buffer`` with the next bytes; returns their number, 0 at the end. Raises UnicodeError for a
        NUL, and any error of the text stream; the error is kept in ``error``."""
        room = memoryview(buffer)
        if not self._left:
            try:
                chunk = self._text.read(1 << 20)
                if NUL in chunk:
                    raise UnicodeError("holds a NUL byte")
            except Exception as error:
                self.error = error
                raise
            self.last = chunk[-1:] or self.last
            if not chunk:
                chunk, self._end = self._end, ""
            self._left = chunk.encode("utf-8")
        size = min(len(room), len(self._left))
        room[:size] = self._left[:size]
        self._left = self._left[size:]
        return size
