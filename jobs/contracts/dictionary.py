"""The data dictionary, and the explanation of one table or column, made from the contracts."""

from __future__ import annotations

from typing import Any

import pandas as pd

from jobs.contracts.catalog import Catalog
from jobs.contracts.document import suggestion
from jobs.contracts.model import Column, Contract
from jobs.contracts.modules import module_name
from jobs.contracts.rules import row_rules
from jobs.errors import UsageError
from jobs.strict_yaml import shown

COLUMNS = (
    "table",
    "column",
    "type",
    "required",
    "key",
    "name_zh",
    "description_zh",
    "description_en",
    "unit",
    "rules_zh",
    "rules",
    "foreign_key",
    "personal",
    "credit_code",
)


def dictionary(catalog: Catalog) -> pd.DataFrame:
    """The data dictionary: one row per column of each table, with the columns COLUMNS; tables in the order in
    which they can be built (`Catalog.order`), columns in the contract's.

    ``rules`` (English) and ``rules_zh`` are one text with all rules of the column, each with its severity, ''
    where it has none; `foreign_key` is `table.column`; unit, foreign_key and personal are None where there is
    none; `credit_code` is whether the column holds unified social credit codes in one spelling.
    """
    rows = [
        {"table": name, "column": column.name, **_described(catalog.contracts[name], column)}
        for name in catalog.order()
        for column in catalog.contracts[name].columns
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _described(contract: Contract, column: Column) -> dict[str, Any]:
    rules = [rule for rule in row_rules(contract) if rule.column == column.name]
    key = column.foreign_key
    return {
        "type": column.type,
        "required": column.required,
        "key": column.key,
        "name_zh": column.name_zh,
        "description_zh": column.description_zh,
        "description_en": column.description_en,
        "unit": column.unit,
        "rules_zh": "；".join(f"{r.reason_zh}（{r.severity}）" for r in rules),
        "rules": "; ".join(f"{r.reason_en} ({r.severity})" for r in rules),
        "foreign_key": f"{key.table}.{key.column}" if key else None,
        "personal": column.personal,
        "credit_code": column.credit_code,
    }


def column_lines(contract: Contract) -> list[str]:
    """Return a line of text for each column of a table: name, type, whether it belongs to the key or is
    required, Chinese name, meaning in English, and in brackets the table and column that a foreign key
    names, and the rules."""
    widest = max(len(column.name) for column in contract.columns)
    broadest = max(len(column.type) for column in contract.columns)
    lines = []
    for column in contract.columns:
        of = _described(contract, column)
        must = "key" if of["key"] else "required" if of["required"] else ""
        more = "; ".join(filter(None, (of["foreign_key"] and f"one of {of['foreign_key']}", of["rules"])))
        said = f"{of['name_zh']} | {of['description_en']}" + (f" [{more}]" if more else "")
        lines.append(f"{column.name:<{widest}}  {of['type']:<{broadest}}  {must:<8}  {said}")
    return lines


def explain(catalog: Catalog, name: str) -> dict[str, Any]:
    """What is known of a table or column, field → value. Of both: `name` (the id, with `.column`), `name_zh`,
    `meaning_zh` and `meaning_en` (the descriptions, with formula and citation), room, version, module (None:
    it needs none), contract (its file), and lineage of the table (`needs`, `needed_by`: lists of table ids,
    direct or not, in the order of building). `every_jurisdiction`: inputs of which rows of all jurisdictions
    are read, not only the deployment's. Of a table also grain, `key` and `columns` (lists of names); of a
    column also type, required, `key` (whether it belongs to the key) and the others of COLUMNS.

    ``name``: `gold.detection_rate`, `detection_rate`, or either followed by `.column`. Raises UsageError for
    an unknown name.
    """
    contract, column = _found(catalog, name)
    result: dict[str, Any] = {"name": contract.id if column is None else f"{contract.id}.{column.name}"}
    if column is None:
        result |= {
            "name_zh": contract.name_zh,
            "meaning_zh": contract.description_zh,
            "meaning_en": contract.description_en,
            "grain": contract.grain,
            "key": list(contract.key),
            "columns": list(contract.column_names),
        }
    else:
        described = _described(contract, column)
        result |= {
            "meaning_zh": described.pop("description_zh"),
            "meaning_en": described.pop("description_en"),
            **described,
        }
    return result | {
        "room": contract.room,
        "version": contract.version,
        "module": module_name(contract),
        "contract": shown(contract.path),
        "every_jurisdiction": list(contract.every_jurisdiction),
        "needs": _in_order(catalog, catalog.needs(contract.id)),
        "needed_by": _in_order(catalog, catalog.needed_by(contract.id)),
    }


def _in_order(catalog: Catalog, tables: set[str]) -> list[str]:
    return [name for name in catalog.order() if name in tables]


def _found(catalog: Catalog, name: str) -> tuple[Contract, Column | None]:
    by_name = {alias: c for c in catalog.contracts.values() for alias in (c.id, c.name)}
    if name in by_name:
        return by_name[name], None
    table, _, last = name.rpartition(".")
    if table in by_name:
        contract = by_name[table]
        if last in contract.column_names:
            return contract, contract.column(last)
        raise UsageError(f"{contract.id} has no column {last!r}{suggestion(last, contract.column_names)}")
    raise UsageError(f"{name}: unknown table{suggestion(table or name, by_name)}")
