"""What one revision of a bundle changes of the one before, cell by cell. Pure.

A change is a row ``table, key, change, column, before, after`` of texts: ``added`` has the new row as JSON in
``after``, ``withdrawn`` the old one in ``before``, ``changed`` one row a column. Texts are those of the CSV
files, so that the file and the earlier revision give the later one exactly. A period that is withdrawn whole
shows none of its values again: `withdrawals` names its rows by their keys alone.
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
    """From the rows by table of one revision to those of the next, sorted. ``keys``: of each table."""
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
    """All rows of a revision as withdrawn, sorted; of each its key and no other value."""
    return [
        _change(table, at, "withdrawn")
        for table, key in keys.items()
        for at in sorted(_key(row, key) for row in before.get(table, ()))
    ]


def applied(
    before: Mapping[str, Rows], found: Sequence[Mapping[str, str]], keys: Mapping[str, Sequence[str]]
) -> dict[str, list[dict[str, str]]]:
    """The later revision's rows by table, sorted by key, from the earlier one's and its changes. KeyError
    where a change is of a row that is not there."""
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
