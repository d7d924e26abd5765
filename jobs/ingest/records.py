"""What a reader hands on: batches of text cells by column name, and what it found along the way."""

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
    """Records in the file's order. ``columns``: text, trimmed, empty cells null; ``record``: int64, 1-based;
    ``typed``: for a column, true where the file itself says that the cell is a date (XLSX, Parquet) or a list
    (JSON, Parquet); ``element``: int64, the 1-based position in the record's list, only with explode;
    ``certain``: int8, of a cell that was a number with more digits than it keeps, how many of the first ones
    are certain, null for other cells."""

    columns: Mapping[str, pa.Array]
    record: pa.Array
    typed: Mapping[str, pa.Array] = field(default_factory=dict)
    element: pa.Array | None = None
    certain: Mapping[str, pa.Array] = field(default_factory=dict)


@dataclass
class Found:
    """Filled while batches are read. ``names``: the columns that the file has (JSON: those found in any
    record)."""

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
    """The fast reader cannot read this file exactly; the careful one reads it from the start."""


def normal(cells: pa.Array) -> pa.Array:
    """Cells without white space around them (also full-width and no-break spaces, and characters that are not
    seen); empty ones are null."""
    trimmed = pc.utf8_trim_whitespace(cells)
    if _may_hold(trimmed, *_UNSEEN_BYTES):
        trimmed = pc.replace_substring_regex(trimmed, rf"^[\pZ\s{UNSEEN}]+|[\pZ\s{UNSEEN}]+$", "")
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def without_unseen(codes: pa.Array) -> pa.Array:
    """Codes without characters that are not seen, so that two that look alike are one."""
    if not _may_hold(codes, *_UNSEEN_BYTES):
        return codes
    return pc.replace_substring_regex(codes, f"[{UNSEEN}]", "")


def holding_nul(cells: pa.Array) -> pa.Array | None:
    """True where a cell holds a NUL, None where none does."""
    if not _may_hold(cells, b"\0"):
        return None
    held = pc.fill_null(pc.match_substring(cells, NUL), False)
    return held if pc.any(held).as_py() else None


def _may_hold(texts: pa.Array, *wanted: bytes) -> bool:
    """Whether the bytes below an array of texts hold one of ``wanted``; of a slice, those of the whole."""
    buffer = texts.buffers()[2]
    held = buffer.to_pybytes() if buffer is not None else b""
    return any(each in held for each in wanted)


def over_unique(cells: pa.Array, change: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """``change`` applied once to each different value; nulls stay null."""
    encoded = cells.dictionary_encode()
    if not len(encoded.dictionary):
        return cells
    return change(encoded.dictionary).take(encoded.indices)


def joint_key(parts: Sequence[pa.Array]) -> pa.Array:
    """One text for the parts of a key, different for different parts; null where a part is."""
    if len(parts) == 1:
        return parts[0]
    sized = [s for part in parts for s in (pc.cast(pc.utf8_length(part), pa.string()), pa.scalar(":"), part)]
    return pc.binary_join_element_wise(*sized, "", null_handling="emit_null")


def header_text(name: str) -> str:
    """A column's name as it is matched: without characters that are not seen, trimmed, line breaks as
    spaces."""
    return re.sub(r"\s*[\r\n]\s*", " ", re.sub(f"[{UNSEEN}]", "", name).strip())


def one_line(name: str) -> str:
    """A name as messages show it: line breaks and other control characters escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def header_names(cells: list[str], found: Found) -> list[str]:
    """Column names of a header as they are matched; a column without a name is called `(column 3)`."""
    names = [header_text(cell) or f"(column {i})" for i, cell in enumerate(cells, 1)]
    found.names = dict.fromkeys(names)
    return names


def cut_off(record: int) -> Refused:
    """The refusal of a file whose last record breaks off without a line end."""
    return Refused(
        f"最后一条记录（第{record}条）中断且没有换行：文件不完整",
        f"breaks off in its last record, number {record}, which has no line end: the file is cut off",
    )


def none_named(what: tuple[str, str], wanted: str, known: Sequence[str]) -> Refused:
    """The refusal of a file that has no part (a sheet, a table) of the wanted name, with those that it has
    and those that may be meant. ``what``: the kind of part, in Chinese and English."""
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
    """The refusal of a file that has content, but not where the column names should stand."""
    return Refused(f"第{row}行没有列名", f"has no column names in row {row}")


def unique_names(names: list[str], feed: Feed, found: Found) -> list[str]:
    """The names of a header, the second of one name as `name (2)`, the third as `name (3)`, …; ``found`` gets
    them. Refused: a name that the feed reads stands twice, and the feed does not say `name (2)` too."""
    read = set(feed.file_columns)
    seen, taken, unique, repeated = Counter[str](), set(names), [], []
    for name in names:
        seen[name] += 1
        own = name
        while seen[name] > 1 and (own := f"{name} ({seen[name]})") in taken:
            seen[name] += 1
        if own != name and name in read and own not in read and own not in feed.ignore:
            repeated.append(one_line(name))
        taken.add(own)
        unique.append(own)
    if repeated:
        listed = list(dict.fromkeys(repeated))
        others = ", ".join(f"{name} (2)" for name in listed)
        raise Refused(
            f"表头中列名重复：{'、'.join(listed)}（请在 columns 或 ignore 中写明其余的列，如 {others}）",
            f"column names stand twice in the header: {', '.join(listed)} "
            f"(name the others in columns or ignore, as {others})",
        )
    found.names = dict.fromkeys(unique)
    return unique


def strings(cells: list[str | None]) -> pa.Array:
    """Cells as an Arrow array of text, normalised."""
    return normal(pa.array(cells, pa.string()))


class Utf8(io.RawIOBase):
    """A text stream as UTF-8 bytes, with ``end`` behind its last character; ``error`` keeps what reading
    raised."""

    def __init__(self, text: io.TextIOBase, end: str):
        self._text, self._end, self._left = text, end, b""
        self.last = ""  # the last character of the text as far as it was read
        self.error: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
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
