"""The data dictionary: dictionary.html, which lists all tables, and one page per table with its columns in
both languages, from the contracts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs.arrays import dicts
from jobs.contracts.english import heading
from jobs.environment import REPOSITORY
from jobs.reports.downloads import csv_bytes
from jobs.reports.material import Night
from jobs.reports.numbers import missing
from jobs.reports.rendering import Page
from jobs.reports.wording import Text, same


def build(night: Night) -> Iterator[Page]:
    """Yield dictionary.html, then dictionary/<table>.html for each table in the order of
    ``night.dictionary``, where a table comes after those that it is made from. The download has one row per
    table and column."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for row in dicts(night.dictionary):
        tables.setdefault(row["table"], []).append(_column(row))
    yield Page(
        "dictionary.html",
        "dictionary.html",
        Text("数据字典", "Data dictionary"),
        "dictionary.html",
        {"tables": dict(sorted(tables.items())), "names": {table: _named(night, table) for table in tables}},
        {"data/dictionary.csv": csv_bytes(night.dictionary)},
    )
    for table, columns in tables.items():
        yield Page(
            f"dictionary/{table}.html",
            "dictionary_table.html",
            same(table),
            "dictionary.html",
            {"table": table, "columns": columns, **_about(night, table)},
        )


def _named(night: Night, table: str) -> Text:
    """Return a table's name in words; its identifier where it has no contract."""
    contract = night.catalog.contracts.get(table)
    words = table.partition(".")[2].replace("_", " ").capitalize()
    return same(table) if contract is None else Text(contract.name_zh, words)


def _about(night: Night, table: str) -> dict[str, Any]:
    """Return what a table holds, the files of its contract and code, the tables that it reads (``reads``) and
    those that read it (``read_by``); empty for a table without a contract."""
    contract = night.catalog.contracts.get(table)
    if contract is None:
        return {"holds": None, "files": [], "reads": [], "read_by": []}
    made = (f"jobs/marts/{contract.room}/{contract.name}", f"jobs/conform/{contract.name}")
    files = [f"schemas/{contract.tier}/{contract.name}.odcs.yaml"]
    files += [f"{stem}{kind}" for stem in made for kind in (".py", ".sql")]
    return {
        "holds": Text(contract.description_zh, contract.description_en),
        "files": [file for file in files if (REPOSITORY / file).is_file()],
        "reads": sorted(night.catalog.direct(table)),
        "read_by": sorted(night.catalog.read_by(table)),
    }


def _column(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "column": row["column"],
        "type": row["type"],
        "required": bool(row["required"]),
        "key": bool(row["key"]),
        "name": Text(row["name_zh"] or row["column"], heading(row["table"], row["column"])),
        "meaning": Text(row["description_zh"], row["description_en"]),
        "unit": _text(row["unit"]),
        "foreign_key": _text(row["foreign_key"]),
        "rules": Text(row["rules_zh"], row["rules"]),
        "personal": _text(row["personal"]),
        "credit_code": bool(row["credit_code"]),
    }


def _text(value: object) -> str:
    return "" if missing(value) else str(value)
