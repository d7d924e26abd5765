"""Find the traces of a person in cells, in files and in archives, for an erasure (definitions.md#forget).
Nothing is written here.

A trace is a clear value of the person (identity number, telephone, account, address, name) in one of the
spellings of `Datum.search`, or the pseudonym by which rows refer to the person. In a cleaned text a
pseudonym is replaced by its mark (`jobs.upkeep.marks`) and a clear value by the marker of its kind
(MARKERS).
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import re
import secrets
import sqlite3
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from functools import cache, cached_property
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.deployment import deployment
from jobs.ingest.archives import kind_of
from jobs.ingest.personal import pseudonyms
from jobs.upkeep.spellings import MARKERS, Datum, fold, replaced

CHUNK, OVERLAP = 8 << 20, 1 << 10  # bytes read at once, and of them those read again with the next
_DEEP = 4  # archives within archives
_DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError)


class Traces:
    """Finds and removes the traces of one person.

    ``data``: the person's values; ``key``: the secret key by which pseudonyms are made of values. ``marks``:
    pseudonym → the mark that replaces it; ``unsearched``: files that could not be opened, with the reason,
    which may hold more traces. Telephones are read as the deployment's nation writes them.
    """

    def __init__(self, data: Sequence[Datum], key: bytes):
        self.data = tuple(data)
        self.telephone = deployment().telephone
        # One mark for a pseudonym, so that what was counted as one stays one; it leads back to no person.
        self.marks = {
            pseudonym: secrets.token_hex(32)
            for d in data
            for pseudonym in pseudonyms(pa.array(d.values(self.telephone)), d.kind, key).to_pylist()
        }
        self.unsearched: list[str] = []

    def _searches(self, *kinds: str) -> list[tuple[re.Pattern[str], str]]:
        return [(d.search(self.telephone), MARKERS[d.kind]) for d in self.data if d.kind in kinds]

    @cached_property
    def _anywhere(self) -> list[tuple[re.Pattern[str], str]]:
        """What clear values are cut out of any text, with the markers."""
        return self._searches("id", "phone") + self._searches("account", "address")

    @cached_property
    def _names(self) -> list[tuple[re.Pattern[str], str]]:
        return self._searches("name")

    @cached_property
    def _suspects(self) -> str:
        """For RE2 and text in normal width (NFKC): what may be a trace."""
        values = (f"(?i:{d.pattern(self.telephone)})" for d in self.data)
        return "|".join([*self.marks, *values, f"[{_folded_to_several()}]"])

    def cleaned(self, text: str, *, free: bool = False) -> str:
        """Return the text of a cell with each trace replaced by its mark or marker; the rest keeps all its
        bytes. ``free``: the cell is free text, from which names are removed too; in other cells a name is
        replaced only where it is the whole cell, as shops and firms are named after people. An identity
        number or telephone with a further digit before or after it is another number and stays, and so does
        an account or address with one beside a digit at its end."""
        for pseudonym, mark in self.marks.items():
            text = text.replace(pseudonym, mark)
        plain = fold(text)
        for pattern, marker in self._anywhere + self._names:
            whole = marker == MARKERS["name"] and not free
            if pattern.fullmatch(plain.strip()) if whole else pattern.search(plain):
                text = replaced(text, pattern, marker)
                plain = fold(text)
        return text

    def in_text(self, text: str) -> bool:
        """Return whether a pseudonym, identity number, telephone, account or address occurs in a text. Names
        are not searched for, since other people may have the same name (see `Names`)."""
        plain = fold(text)
        return any(p in text for p in self.marks) or any(p.search(plain) for p, _ in self._anywhere)

    def clean_column(self, column: pa.ChunkedArray, *, free: bool) -> pa.ChunkedArray | None:
        """Return the column with traces replaced (`cleaned`), a dictionary-encoded one as plain text, or None
        where it holds none or is neither text nor a list of text. ``free``: whether it is free text."""
        kind = column.type
        if pa.types.is_list(kind):
            flat = self.clean_column(pa.chunked_array(column.combine_chunks().flatten()), free=free)
            if flat is None:
                return None
            rows = [
                None if row is None else [v if v is None else self.cleaned(v, free=free) for v in row]
                for row in column.to_pylist()
            ]
            return pa.chunked_array([pa.array(rows, kind)])
        if pa.types.is_dictionary(kind):
            column, kind = column.cast(kind.value_type), kind.value_type
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            return None
        chunks = [self._clean_texts(chunk, free) for chunk in column.chunks]
        if all(chunk is None for chunk in chunks):
            return None
        after = [was if now is None else now for was, now in zip(column.chunks, chunks, strict=True)]
        return pa.chunked_array(after, kind)

    def _clean_texts(self, cells: pa.Array, free: bool) -> pa.Array | None:
        """The cells with traces replaced; None where they hold none. Each text is looked at once."""
        is_ascii = pc.all(pc.string_is_ascii(cells)).as_py() is not False  # of normal width as it is
        if is_ascii and not pc.any(pc.match_substring_regex(cells, self._suspects)).as_py():
            return None
        encoded = cells.dictionary_encode()
        texts = encoded.dictionary
        suspect = pc.match_substring_regex(pc.utf8_normalize(texts, form="NFKC"), self._suspects)
        if not pc.any(suspect).as_py():
            return None
        pairs = zip(texts.to_pylist(), suspect.to_pylist(), strict=True)
        after = pa.array([self.cleaned(v, free=free) if s else v for v, s in pairs], texts.type)
        return None if after.equals(texts) else after.take(encoded.indices)

    def clean_table(self, rows: pa.Table, free: Collection[str] = ()) -> tuple[pa.Table, int]:
        """Return (rows with traces replaced, number of rows that changed). Columns and the order of rows
        stay the same. ``free``: names of the columns with free text."""
        changed = pa.array([False] * rows.num_rows, pa.bool_())
        for at, name in enumerate(rows.column_names):
            column = rows[name]
            clean = self.clean_column(column, free=name in free)
            if clean is None:
                continue
            differs = [a != b for a, b in zip(column.to_pylist(), clean.to_pylist(), strict=True)]
            changed = pc.or_(changed, pa.array(differs, pa.bool_()))
            rows = rows.set_column(at, rows.schema.field(at), clean.cast(rows.schema.field(at).type))
        return rows, pc.sum(pc.cast(changed, pa.int64())).as_py() or 0

    def in_parquet(self, path: Path | IO[bytes], free: Collection[str] = ()) -> bool:
        """Return whether a Parquet file (path or open file) holds a trace that `clean_table` would replace,
        or one in its maps. ``free``: names of the columns with free text."""
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches():
                if any(self._in_column(*each, free) for each in _flat(pa.Table.from_batches([batch]))):
                    return True
        return False

    def _in_column(self, name: str, column: pa.ChunkedArray, free: Collection[str]) -> bool:
        if pa.types.is_map(column.type):  # of a Delta log: settings and partitions
            return self.in_text(str(column.to_pylist()))
        return self.clean_column(column, free=name in free) is not None

    def in_file(self, path: Path) -> bool:
        """Return whether a file of any kind holds a trace: text, Parquet, SQLite, a workbook or an archive,
        down to _DEEP levels of archives in archives. A file that cannot be opened is added to ``unsearched``
        and gives False, as does one that does not exist."""
        try:
            with path.open("rb") as stream:
                return self._in_stream(stream, path, str(path), 0)
        except FileNotFoundError:
            return False
        except (*_DAMAGED, pa.ArrowException, sqlite3.Error, RuntimeError, NotImplementedError) as error:
            self.unsearched.append(f"{path}: {type(error).__name__}")
            return False

    def _in_stream(self, stream: IO[bytes], path: Path | None, name: str, depth: int) -> bool:
        """``path``: of a file that is none of an archive."""
        head = stream.read(512)
        stream.seek(0)
        kind = kind_of(head)
        if head[:4] == b"PAR1":
            return self.in_parquet(stream)
        if head[:16] == b"SQLite format 3\x00" and path is not None:
            return self._in_sqlite(path)
        if kind is None:
            return self._in_bytes(stream)
        if depth >= _DEEP or kind in ("7z", "rar"):
            self.unsearched.append(f"{name}: {kind}")
            return self._in_bytes(stream)
        return any(
            self._in_stream(io.BytesIO(content), None, f"{name}/{member}", depth + 1)
            for member, content in _members(kind, stream)
        )

    def _in_bytes(self, stream: IO[bytes]) -> bool:
        rest = b""
        while chunk := stream.read(CHUNK):
            content = rest + chunk
            texts = [content.decode(encoding, errors="ignore") for encoding in ("utf-8", "gb18030")]
            if b"\x00" in content:
                texts += [content.replace(b"\x00", b"").decode("utf-8", errors="ignore")]
                texts += [
                    content.decode(encoding, errors="ignore") for encoding in ("utf-16-le", "utf-16-be")
                ]
            if any(map(self.in_text, texts)):
                return True
            rest = content[-OVERLAP:]
        return False

    def _in_sqlite(self, path: Path) -> bool:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            base.text_factory = lambda raw: raw.decode("utf-8", errors="ignore")
            tables = base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (table,) in tables:
                quoted = table.replace('"', '""')
                for row in base.execute(f'SELECT * FROM "{quoted}"'):
                    if any(self.in_text(_as_text(value)) for value in row if value is not None):
                        return True
        with path.open("rb") as stream:  # what was deleted and not overwritten
            return self._in_bytes(stream)


@cache
def _folded_to_several() -> str:
    """The characters that are several ones without case, such as ß. RE2 does not take them for these, so a
    text with one may always be a trace."""
    return "".join(c for c in map(chr, range(sys.maxunicode + 1)) if len(c.casefold()) > 1)


class Names(Traces):
    """Finds the names of one person in any text. Others may have the same name, so a person must look at
    what is found, and nothing is replaced."""

    def in_text(self, text: str) -> bool:
        """Return whether one of the person's names occurs in a text, also in the escaped form that ASCII
        JSON has."""
        plain = fold(text)
        escaped = (json.dumps(d.value)[1:-1] for d in self.data if d.kind == "name")
        return any(p.search(plain) for p, _ in self._names) or any(word in text for word in escaped)

    def _in_column(self, name: str, column: pa.ChunkedArray, free: Collection[str]) -> bool:
        return self.in_text(json.dumps(column.to_pylist(), ensure_ascii=False, default=str))


def _flat(rows: pa.Table) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """Columns by name, fields of structs as columns of their own."""
    while any(pa.types.is_struct(kind) for kind in rows.schema.types):
        rows = rows.flatten()
    yield from zip(rows.column_names, rows.columns, strict=True)


def _as_text(value: object) -> str:
    return value.decode("utf-8", errors="ignore") if isinstance(value, bytes) else str(value)


def _members(kind: str, stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Name and content of what an archive holds."""
    if kind == "zip":
        with zipfile.ZipFile(stream) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    yield member.filename, archive.read(member)
    elif kind == "tar":
        with tarfile.open(fileobj=stream) as archive:
            for entry in archive:
                content = archive.extractfile(entry) if entry.isfile() else None
                if content is not None:
                    yield entry.name, content.read()
    else:
        packed = stream.read()
        unpacked = (
            gzip.decompress(packed)
            if kind == "gzip"
            else bz2.decompress(packed)
            if kind == "bzip2"
            else lzma.decompress(packed)
        )
        yield "content", unpacked
