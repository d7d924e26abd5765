"""Lays out the rows of one delivery as one file: returns the file's bytes, and where in the file each row
is, so that the truth can name a row that was made wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.simulate.country import writing
from jobs.simulate.country.dialects import OWN_TREES, SHEETS, Family
from jobs.simulate.country.rendering import rendered
from jobs.simulate.country.rows import Rows

NOTE = "合成数据 synthetic data"


class Placed(NamedTuple):
    """Where the rows of a feed are in their file. ``member``: name within an archive, '' elsewhere;
    ``record``: for each row the number of its record, from 1; ``element``: for each row its number in a list
    within the record, from 1 (0 where a record is one row)."""

    member: str
    record: np.ndarray
    element: np.ndarray


class Broken(NamedTuple):
    """A line that is no row. ``fault``: what is wrong with it; ``content``: its bytes; ``ends_as``: how
    landing must treat it (a word of `truth.ENDINGS`)."""

    fault: str
    content: bytes
    ends_as: str


def laid_out(
    family: Family, code: str, feeds: Mapping[str, Rows], broken: Mapping[str, list[Broken]]
) -> tuple[bytes, dict[str, Placed]]:
    """Return (bytes of a file, feed → `Placed`): the file of a platform that holds the rows of these feeds
    and, after them, broken lines.

    ``family``: how the platform writes; ``code``: its platform code; ``feeds``: feed → rows, one feed only
    for the forms csv, tsv, jsonl and parquet; ``broken``: feed → lines of `broken_lines`, which Parquet and
    workbooks leave out.
    """
    lookup = OWN_TREES.get(code, family.category)
    placed = {
        f: Placed(
            f"{f}.csv" if family.form == "zip" else "", np.arange(1, len(r) + 1), np.zeros(len(r), np.int64)
        )
        for f, r in feeds.items()
    }
    tables = {
        f: rendered(r, family.feeds[f], lookup)
        for f, r in feeds.items()
        if not (family.form == "json" and f == "orders")
    }
    more = {f: [b.content for b in lines] for f, lines in broken.items()}
    if family.form in ("csv", "tsv"):
        (feed,) = feeds
        content = _delimited(family, tables[feed], more.get(feed, []))
        return (writing.gz(content) if family.ending.endswith(".gz") else content), placed
    if family.form == "jsonl":
        (feed,) = feeds
        return writing.gz(writing.json_lines(tables[feed], more.get(feed, []))), placed
    if family.form == "parquet":
        (feed,) = feeds
        return writing.parquet(tables[feed]), placed
    if family.form == "zip":
        return writing.zipped(
            {f"{f}.csv": _delimited(family, t, more.get(f, [])) for f, t in tables.items()}
        ), placed
    if family.form == "xlsx":
        above = ("平台月报 合成数据 synthetic data", "由模拟程序生成，不涉及任何真实主体")
        return writing.workbook(
            {SHEETS[f]: _plain(t) for f, t in tables.items()}, title=NOTE, above=above
        ), placed
    lists = {f: writing.json_objects(t) for f, t in tables.items()}
    if "orders" in feeds:
        lists["orders"], placed["orders"] = _orders(family, feeds["orders"], lookup)
    further = {f: [b.decode() for b in lines] for f, lines in more.items()}
    return writing.gz(writing.json_document(lists, note=NOTE, more=further)), placed


def heads(family: Family, rows: Rows) -> bytes:
    """Return the bytes of the file of order heads (day, shop, region) that belongs to a file of order lines:
    one row per order, in the order of ``rows``, whose lines of one order follow each other. Only for the
    family joined_csv, whose order lines lack these columns."""
    first = np.flatnonzero(_first_of_order(rows))
    return _delimited(family, rendered(rows.take(first), family.feeds["heads"], ""), [])


def _delimited(family: Family, table: writing.Table, more: list[bytes]) -> bytes:
    return writing.delimited(
        table, delimiter=family.delimiter, encoding=family.encoding, bom=family.bom, more=more
    )


def _plain(table: writing.Table) -> dict[str, pa.Array]:
    """Moments as text: a workbook's cells of dates hold days."""
    return {
        n: pc.strftime(c, format="%Y-%m-%d %H:%M:%S") if pa.types.is_timestamp(c.type) else c
        for n, c in table.items()
    }


def _first_of_order(rows: Rows) -> np.ndarray:
    order = rows.columns["order_id"].dictionary_encode().indices.to_numpy()
    return np.concatenate([[True], order[1:] != order[:-1]])[: len(order)]


def _orders(family: Family, rows: Rows, lookup: str) -> tuple[pa.Array, Placed]:
    """Orders with their lines: the columns named `..` are the order's."""
    table = rendered(rows, family.feeds["orders"], lookup)
    lines = writing.json_objects({n: c for n, c in table.items() if not n.startswith("..")})
    first = _first_of_order(rows)
    starts, size = np.flatnonzero(first), len(rows)
    grouped = pa.ListArray.from_arrays(pa.array(np.append(starts, size), pa.int32()), lines)
    listed = pc.binary_join_element_wise("[", pc.binary_join(grouped, ","), "]", "").cast(pa.large_string())
    at = pa.array(starts)
    head = {n.removeprefix(".."): c.take(at) for n, c in table.items() if n.startswith("..")}
    record = np.cumsum(first)
    return writing.json_objects({**head, "lines": listed}), Placed(
        "", record, np.arange(size) - starts[record - 1] + 1
    )


def broken_lines(family: Family, code: str, feed: str) -> list[Broken]:
    """Return the broken lines that are added to a file of this feed, to test how landing reports them: lines
    that cannot be read as one of its rows, and, where order heads have a separate file, an order line
    without a head. [] for the forms parquet and xlsx, which can have no such lines.

    ``family``: how the platform writes; ``code``: its platform code, which the lines contain; ``feed``: name
    of the feed.
    """
    width = len(family.feeds[feed])
    if family.form in ("csv", "tsv", "zip"):
        cut = family.delimiter.encode()
        lines = [
            Broken(
                "a byte that does not decode",
                cut.join([b"\xff\xfe" + code.encode()] + [b""] * (width - 1)),
                "unreadable",
            ),
            Broken("a short line", cut.join([code.encode()] * (width - 2)), "unreadable"),
            Broken("a long line", cut.join([code.encode()] * (width + 3)), "unreadable"),
        ]
        if feed == "orders" and "heads" in family.feeds:
            ids = [f"{code}-ONOHEAD".encode(), f"{code}-ONOHEAD-1".encode()]
            lines.append(
                Broken("a line whose order is in no file", cut.join(ids + [b""] * (width - 2)), "rejected")
            )
        return lines
    if family.form == "jsonl":
        return [
            Broken("a line that is no JSON", b'{"id": "' + code.encode(), "unreadable"),
            Broken("a line that is no object", b'"nothing"', "unreadable"),
        ]
    if family.form == "json":
        if feed == "orders":
            return [
                Broken(
                    "an order whose lines are no list",
                    f'{{"id":"{code}-OBROKEN","lines":"none"}}'.encode(),
                    "unreadable",
                )
            ]
        return [Broken("an element that is no object", b'"nothing"', "unreadable")]
    return []
