"""The baseline of the contracts, `schemas/contracts.lock.json`: what readers of tables depend on, as it was
when the file was last written. A change against it that could break a reader needs a new major version of the
table."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Column, Contract
from jobs.contracts.rules import allowed_values
from jobs.environment import SCHEMAS
from jobs.plurals import plural
from jobs.strict_yaml import shown

LOCK = SCHEMAS / "contracts.lock.json"
_DIGITS = {"int": 10, "bigint": 19}


def lock(catalog: Catalog) -> dict[str, Any]:
    """The part of the contracts that readers of tables depend on, as it is written to the baseline: table id
    → `version`, `key` (names of columns) and `columns`: name → `type`, `required`, `credit_code` (true) of
    one that holds unified social credit codes in one spelling and, where the contract itself lists the
    allowed values, `values`."""
    return {name: _locked(catalog.contracts[name]) for name in sorted(catalog.contracts)}


def _locked(contract: Contract) -> dict[str, Any]:
    columns = {c.name: _locked_column(c) for c in contract.columns}
    return {"version": contract.version, "key": list(contract.key), "columns": columns}


def _locked_column(column: Column) -> dict[str, Any]:
    result: dict[str, Any] = {"type": column.type, "required": column.required}
    if column.credit_code:
        result["credit_code"] = True
    by_reference = any("reference" in rule.arguments for rule in column.rules if rule.kind == "values")
    values = (
        None if by_reference else allowed_values(column)
    )  # a reference file has its own life: its codes retire with dates
    return result if values is None else {**result, "values": list(values)}


def write_lock(catalog: Catalog, path: Path = LOCK) -> str:
    """Write the baseline from the catalog to ``path``. Returns a text that states the file and the number of
    tables, after one line for each breaking change without a new major version, which is accepted with the
    rest."""
    new = lock(catalog)
    try:
        accepted = breaking_changes(json.loads(path.read_text(encoding="utf-8")), new)
    except (FileNotFoundError, json.JSONDecodeError):
        accepted = []
    path.write_text(_text(new), encoding="utf-8")
    return "\n".join(
        [
            *(f"accepted, though breaking: {change}" for change in accepted),
            f"{shown(path)}: {plural(len(catalog.contracts), 'table')}",
        ]
    )


def lock_problems(catalog: Catalog, path: Path = LOCK) -> list[str]:
    """The problems of the baseline at ``path``, each as `file: field: what`: that it is absent or no JSON;
    breaking changes without a new major version; or, where there are none of these, that it differs from the
    contracts and must be written again."""
    if not path.is_file():
        return [f"{shown(path)}: lock: is absent; write it with `quality contracts lock`"]
    new, text = lock(catalog), path.read_text(encoding="utf-8")
    try:
        old = json.loads(text)
    except json.JSONDecodeError as error:
        return [f"{shown(path)}:{error.lineno}: lock: is not JSON: {error.msg}"]
    problems = breaking_changes(old, new)
    if not problems and text != _text(new):
        changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
        problems.append(
            f"{shown(path)}: lock: lags behind {', '.join(changed)}; write it anew with `quality "
            f"contracts lock`"
        )
    return problems


def breaking_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The breaking changes from ``old`` to ``new`` (both as of `lock`) in tables without a new major version,
    each as `file: field: what`.

    Breaking are: a table or column removed, a type narrowed or changed, the key changed, an enumerated value
    removed, a nullable column made required, a column whose codes are no longer read in one spelling.
    """
    problems: list[str] = []
    for name, before in old.items():
        file = f"schemas/{name.replace('.', '/')}.odcs.yaml"
        after = new.get(name)
        if after is None:
            problems.append(f"{file}: id: table {name} removed")
        elif int(after["version"].split(".")[0]) <= int(before["version"].split(".")[0]):
            found = _table_changes(before, after)
            problems += [
                f"{file}: {what}; needs a new major version (now {after['version']})" for what in found
            ]
    return problems


def _table_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    if before["key"] != after["key"]:
        found.append(
            f"primaryKey: key changed from ({', '.join(before['key'])}) to ({', '.join(after['key'])})"
        )
    for name, was in before["columns"].items():
        now = after["columns"].get(name)
        if now is None:
            found.append(f"{name}: column removed")
            continue
        if not widens(was["type"], now["type"]):
            found.append(f"{name}: type narrowed from {was['type']} to {now['type']}")
        if now["required"] and not was["required"]:
            found.append(f"{name}: nullable became required")
        if was.get("credit_code") and not now.get("credit_code"):
            found.append(f"{name}: credit_code removed, codes would stay in any spelling")
        removed = [v for v in was.get("values", []) if v not in now["values"]] if "values" in now else []
        if removed:
            found.append(f"{name}: enumerated value removed: {', '.join(str(v) for v in removed)}")
    return found


def widens(old: str, new: str) -> bool:
    """Whether a column of the type ``old`` may get the type ``new`` without a new major version, as no value
    is lost: the same type, a wider integer, int as double, or a number as a decimal with enough digits on
    both sides of the point. False for all other changes. Types are as in contracts, such as `decimal(18,2)`.
    """
    if old == new:
        return True
    if old in _DIGITS and (new == "bigint" or (old == "int" and new == "double")):
        return True
    target = re.fullmatch(r"decimal\((\d+),(\d+)\)", new)
    if target is None:
        return False
    whole, scale = int(target[1]) - int(target[2]), int(target[2])
    if old in _DIGITS:
        return whole >= _DIGITS[old]
    source = re.fullmatch(r"decimal\((\d+),(\d+)\)", old)
    return source is not None and scale >= int(source[2]) and whole >= int(source[1]) - int(source[2])


def _text(locked: Mapping[str, Any]) -> str:
    tables = ",\n".join(f" {json.dumps(name)}: {_table_text(table)}" for name, table in locked.items())
    return f"{{\n{tables}\n}}\n"


def _table_text(table: Mapping[str, Any]) -> str:
    """One line a column: a change shows as one changed line."""
    columns = ",\n".join(
        f"   {json.dumps(n)}: {json.dumps(c, ensure_ascii=False)}" for n, c in table["columns"].items()
    )
    head = f'"version": {json.dumps(table["version"])}, "key": {json.dumps(table["key"])}'
    return f'{{{head}, "columns": {{\n{columns}}}}}'
