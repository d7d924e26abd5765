"""One column of a contract: its type, key, names, relation and rules as written."""

from __future__ import annotations

import re
from typing import Any

from jobs.contracts.document import Document
from jobs.contracts.model import SEVERITIES, Column, ForeignKey
from jobs.strict_yaml import KeyPath

KEYS = (
    "name",
    "logicalType",
    "physicalType",
    "required",
    "primaryKey",
    "description",
    "customProperties",
    "quality",
    "relationships",
    "items",
)
PROPERTIES = ("name_zh", "unit", "personal", "free_text", "code")
PERSONAL = ("name", "phone", "id", "address", "account")
# physical types that a logical type may have; the first one is meant where the physical type is absent, None:
# it must stand there
LOGICAL = {
    "string": ("string",),
    "date": ("date",),
    "timestamp": ("timestamp",),
    "boolean": ("boolean",),
    "integer": ("bigint", "int"),
    "number": (None, "double", "decimal"),
    "array": ("array<string>",),
}
# words that neither Spark nor DuckDB could read bare in a rule's SQL
RESERVED = frozenset(
    (
        "all and any array as asc both case cast check column create default desc distinct else "
        "end except false fetch for foreign from group having in intersect into lateral leading "
        "limit not null offset on only or order primary references select show some table then to "
        "trailing true union unique using when where window with"
    ).split()
)


def read_column(doc: Document, item: Any, path: KeyPath) -> tuple[Column, list[dict[str, Any]]] | None:
    """The column without its rules, and the rules as written ({rule, arguments, severity}); None where it has
    no usable name."""
    entry = doc.mapping(item, path, "schema.properties", KEYS, ("name", "logicalType"))
    name = entry.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in RESERVED:
        doc.wrong(
            path,
            "schema.properties.name",
            f"{name!r} must be lower-case letters, digits and _, no reserved word",
        )
        return None
    key = _flag(doc, entry, "primaryKey", False, path, name)
    required = _flag(doc, entry, "required", key, path, name)
    if key and not required:
        doc.wrong((*path, "required"), f"{name}.required", "a key column is always required")
    properties = doc.custom_properties(
        entry.get("customProperties", []), (*path, "customProperties"), f"{name}.customProperties", PROPERTIES
    )
    zh, en = doc.bilingual(entry.get("description"), (*path, "description"), f"{name}.description")
    personal = properties.get("personal")
    if personal is not None:
        doc.one_of(personal, (*path, "customProperties"), f"{name}.personal", PERSONAL, None)
    free_text = properties.get("free_text", False)
    doc.one_of(free_text, (*path, "customProperties"), f"{name}.free_text", (True, False), False)
    code = properties.get("code", False)
    doc.one_of(code, (*path, "customProperties"), f"{name}.code", (True, False), False)
    if code and (personal is not None or free_text):
        doc.wrong((*path, "customProperties"), f"{name}.code", "stands beside neither personal nor free_text")
    column = Column(
        name=name,
        type=_type(doc, entry, path, name),
        required=required,
        key=key,
        name_zh=str(properties.get("name_zh", "")),
        description_zh=zh,
        description_en=en,
        unit=properties.get("unit"),
        foreign_key=_foreign_key(doc, entry, path, name),
        personal=personal,
        free_text=bool(free_text),
        code=bool(code),
    )
    return column, _rules(doc, entry, path, name)


def _flag(doc: Document, entry: Any, key: str, default: bool, path: KeyPath, name: str) -> bool:
    return (
        doc.one_of(entry[key], (*path, key), f"{name}.{key}", (True, False), default)
        if key in entry
        else default
    )


def _type(doc: Document, entry: Any, path: KeyPath, name: str) -> str:
    logical, physical = entry.get("logicalType"), entry.get("physicalType")
    allowed = LOGICAL.get(logical) if isinstance(logical, str) else None
    if allowed is None:
        doc.one_of(logical, (*path, "logicalType"), f"{name}.logicalType", LOGICAL, "")
        return "string"
    if "items" in entry and (logical != "array" or entry["items"] != {"logicalType": "string"}):
        doc.wrong((*path, "items"), f"{name}.items", "stands only on an array, as {logicalType: string}")
    if physical is None and allowed[0] is not None:
        return allowed[0]
    if logical == "number" and (decimal := re.fullmatch(r"decimal\((\d+), ?(\d+)\)", str(physical))):
        precision, scale = int(decimal[1]), int(decimal[2])
        if 1 <= precision <= 38 and scale <= precision:
            return f"decimal({precision},{scale})"
        doc.wrong(
            (*path, "physicalType"), f"{name}.physicalType", f"{physical} is not a decimal of 1 to 38 digits"
        )
        return "double"
    if physical not in allowed or physical in (None, "decimal"):
        listed = ", ".join("decimal(p,s)" if a == "decimal" else a for a in allowed if a)
        doc.wrong(
            (*path, "physicalType"),
            f"{name}.physicalType",
            f"{physical!r} does not fit logicalType {logical} ({listed})",
        )
        return "string"
    return str(physical)


def _foreign_key(doc: Document, entry: Any, path: KeyPath, name: str) -> ForeignKey | None:
    if "relationships" not in entry:
        return None
    here, field = (*path, "relationships"), f"{name}.relationships"
    items = doc.sequence(entry["relationships"], here, field)
    if len(items) != 1:
        doc.wrong(here, field, f"must hold exactly one foreign key, not {len(items)}")
        return None
    relation = doc.mapping(items[0], (*here, 0), field, ("type", "to"), ("type", "to"))
    doc.one_of(relation.get("type"), here, f"{field}.type", ("foreignKey",), None)
    parts = str(relation.get("to")).split(".")
    if len(parts) == 2:
        parts = ["silver", *parts]
    if len(parts) != 3 or parts[0] not in ("silver", "gold"):
        doc.wrong(here, f"{field}.to", f"{relation.get('to')!r} is not <table>.<column>")
        return None
    return ForeignKey(table=f"{parts[0]}.{parts[1]}", column=parts[2])


def _rules(doc: Document, entry: Any, path: KeyPath, name: str) -> list[dict[str, Any]]:
    here, field = (*path, "quality"), f"{name}.quality"
    found: list[dict[str, Any]] = []
    for j, item in enumerate(doc.sequence(entry.get("quality", []), here, field)):
        keys = ("type", "engine", "implementation", "severity")
        rule = doc.mapping(item, (*here, j), field, keys, keys[:3])
        doc.one_of(rule.get("type"), (*here, j), f"{field}.type", ("custom",), None)
        doc.one_of(rule.get("engine"), (*here, j), f"{field}.engine", ("quality",), None)
        severity = doc.one_of(
            rule.get("severity", "critical"), (*here, j), f"{field}.severity", SEVERITIES, "critical"
        )
        implementation = rule.get("implementation")
        if not isinstance(implementation, dict) or not isinstance(implementation.get("rule"), str):
            doc.wrong((*here, j), f"{field}.implementation", "must be a mapping with rule: <name>")
            continue
        arguments = {k: v for k, v in implementation.items() if k != "rule"}
        found.append({"rule": implementation["rule"], "arguments": arguments, "severity": severity})
    return found
