"""Lists what a revision of a bundle changes against the revision before it, cell by cell. Pure.

A change is a row of the text columns ``table, key, change, column, before, after``. ``key`` is a JSON object
of the row's key columns. ``change`` is `added` (``after`` holds the new row as JSON), `withdrawn` (``before``
holds the old row as JSON) or `changed` (one row per changed cell, with its ``column`` and both values).
Values are the texts of the CSV files, so the earlier revision and its changes give exactly the later one
(`applied`). Where a whole period is withdrawn, its values are not repeated: `withdrawals` gives the keys of
the rows alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pyarrow as pa

Rows = Sequence[Mapping[str, str]]
COLUMNS = ("table", "key", "change", "column", "before", "after")
SCHEMA = pa.schema([(name, pa.string()) for name in COLUMNS])


def changes(
    before: Mapping[str, Rows], after: Mapping[str, Rows], keys: Mapping[str, Sequence[str]]
) -> list[dict[str, str]]:
    """Return the changes from one revision to the next, one dict of COLUMNS per change, by table in the order
    of ``keys``, then by key.

    ``before``, ``after``: table → rows as texts; a table that is missing has no rows; ``keys``: table → its
    key columns. Tables that ``keys`` does not name are not compared. A missing column counts as ''.
    """
    found: list[dict[str, str]] = []
    for table, key in keys.items():
        old = {_key(row, key): row for row in before.get(table, ())}
        new = {_key(row, key): row for row in after.get(table, ())}
        for at in sorted({*old, *new}):
            gone, come = old.get(at), new.get(at)
            if gone is None:
                found.append(_change(table, at, "added", after=_text(come)))
            elif come is None:
                found.append(_change(table, at, "withdrawn", before=_text(gone)))
            else:
                for column in dict.fromkeys([*gone, *come]):
                    was, now = gone.get(column, ""), come.get(column, "")
                    if was != now:
                        found.append(_change(table, at, "changed", column, was, now))
    return found


def withdrawals(before: Mapping[str, Rows], keys: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Return a `withdrawn` change for each row of a revision, with its key and no other value, by table in
    the order of ``keys``, then by key. Arguments as for `changes`."""
    return [
        _change(table, at, "withdrawn")
        for table, key in keys.items()
        for at in sorted(_key(row, key) for row in before.get(table, ()))
    ]


def applied(
    before: Mapping[str, Rows], found: Sequence[Mapping[str, str]], keys: Mapping[str, Sequence[str]]
) -> dict[str, list[dict[str, str]]]:
    """Apply the changes ``found`` to the rows of the earlier revision and return those of the later one:
    table → rows sorted by key, for the tables of ``keys``. ``before`` and ``keys``: as for `changes`.

    Raises KeyError where a change names a table that ``keys`` lacks, or withdraws or changes a row that is
    not there.
    """
    tables = {
        table: {_key(row, key): dict(row) for row in before.get(table, ())} for table, key in keys.items()
    }
    for change in found:
        rows, at = tables[change["table"]], change["key"]
        if change["change"] == "withdrawn":
            del rows[at]
        elif change["change"] == "added":
            rows[at] = json.loads(change["after"])
        else:
            rows[at][change["column"]] = change["after"]
    return {table: [rows[at] for at in sorted(rows)] for table, rows in tables.items()}


def _key(row: Mapping[str, str], key: Sequence[str]) -> str:
    return json.dumps({name: row[name] for name in key}, ensure_ascii=False)


def _text(row: Mapping[str, str] | None) -> str:
    return json.dumps(dict(row or {}), ensure_ascii=False)


def _change(
    table: str, key: str, change: str, column: str = "", before: str = "", after: str = ""
) -> dict[str, str]:
    return {
        "table": table, "key": key, "change": change, "column": column, "before": before, "after": after
    }  # fmt: skip
