"""Looks for personal values in everything that an installation wrote, but for the raw store and the inbox."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from jobs.ingest.personal import normalised

ALLOWED = ("inbox/", "landing/raw/", "keys/")
CODES = re.compile(r"(?<![0-9A-Za-z])(?:1\d{10}|\d{17}[0-9Xx]|[\w.]+@[\w.]+|hc_\w+)(?![0-9A-Za-z])")
WORDS = re.compile(r"[一-鿿]+")


def _cells(path: Path) -> Iterator[str]:
    """Every text in a Parquet file, list elements one by one."""
    for batch in pq.ParquetFile(path).iter_batches():
        for column in batch.columns:
            while pa.types.is_list(column.type):
                column = column.flatten()
            if pa.types.is_dictionary(column.type):
                column = column.cast(column.type.value_type)
            if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                yield from (v for v in column.unique().to_pylist() if v)


def _sheets(path: Path) -> Iterator[str]:
    """Every cell of a workbook."""
    book = CalamineWorkbook.from_path(str(path))
    for sheet in book.sheet_names:
        for row in book.get_sheet_by_name(sheet).to_python():
            yield from (str(cell) for cell in row)


def written(root: Path) -> Iterator[tuple[str, Iterable[str]]]:
    """Each file below ``root`` in which no clear value may stand, with its texts."""
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        where = path.relative_to(root).as_posix()
        if not where.startswith(ALLOWED):
            if path.suffix in READ:
                yield where, READ[path.suffix](path)
            else:
                yield where, [path.read_text(encoding="utf-8", errors="ignore")]


READ = {".parquet": _cells, ".xlsx": _sheets}


def holding(root: Path, values: Iterable[str]) -> list[str]:
    """`value: file` for each of ``values`` that stands anywhere in a text of a file below ``root`` where none
    may."""
    wanted = list(values)
    found = {
        f"{value}: {where}"
        for where, texts in written(root)
        for text in texts
        for value in wanted
        if value in text
    }
    return sorted(found)


def leaks(root: Path, personal: pd.DataFrame) -> list[str]:
    """`value: file` for each value of ``personal`` (kind, value) that stands in a file below ``root`` where
    none may: as a whole cell, or as a number, an address of mail or an account within a longer text."""
    values = set(personal.value) | {
        normalised(k, v) for k, v in zip(personal.kind, personal.value, strict=True)
    }
    found = []
    for where, texts in written(root):
        for text in texts:
            held = {text, *CODES.findall(text), *(WORDS.findall(text) if len(text) > 40 else ())} & values
            found += [f"{value}: {where}" for value in sorted(held)]
    return found
