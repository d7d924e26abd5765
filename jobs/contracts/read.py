"""Reads `schemas/<tier>/<table>.odcs.yaml`, an Open Data Contract Standard (v3) document in this project's
small subset.

Whether a file also validates against the standard's own JSON schema is asked by jobs.contracts.checks.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jobs.contracts.columns import read_column
from jobs.contracts.document import Document
from jobs.contracts.model import MONTHLY, Column, Contract, Rule
from jobs.contracts.rules import resolved_arguments, rule_problems
from jobs.strict_yaml import KeyPath, YamlError, load_typed

TOP = ("apiVersion", "kind", "id", "name", "version", "status", "team", "tags", "customProperties", "schema")
TOP_REQUIRED = ("apiVersion", "kind", "id", "name", "version", "status", "customProperties", "schema")
TABLE_PROPERTIES = (
    "room",
    "grain",
    "engine",
    "inputs",
    "refresh",
    "event_date",
    "lookback",
    "depends_on_day",
    "partition_by",
    "every_jurisdiction",
    "retention",
)
STATUSES = ("proposed", "draft", "active", "deprecated", "retired")
TAGS = ("reference", "urgent", "derived")  # derived: a silver table that no source may fill
NAME = re.compile(r"[a-z][a-z0-9_]*")


def read_contract(path: Path) -> tuple[Contract | None, list[str]]:
    """The contract, or None, and every problem of the file as `file:line: field: what`."""
    try:
        data, lines = load_typed(path)
    except YamlError as error:
        return None, error.problems
    doc = Document(lines)
    doc.mapping(data, (), "", TOP, TOP_REQUIRED)
    if doc.problems:
        return None, doc.problems
    _check_head(doc, data, path)
    table = _table(doc, data)
    columns = _columns(doc, table, str(data["name"]), path.parent.parent / "reference")
    contract = _contract(doc, data, table, columns, path)
    return (None if doc.problems else contract), doc.problems


def _check_head(doc: Document, data: dict[str, Any], path: Path) -> None:
    tier = path.parent.name
    doc.one_of(data["apiVersion"], ("apiVersion",), "apiVersion", ("v3.1.0", "v3.2.0"), "")
    doc.one_of(data["kind"], ("kind",), "kind", ("DataContract",), "")
    doc.one_of(data["status"], ("status",), "status", STATUSES, "")
    name = path.name.removesuffix(".odcs.yaml")
    if not NAME.fullmatch(name):
        doc.wrong(("name",), "name", f"{name!r} must be lower-case letters, digits and _")
    if data["name"] != name:
        doc.wrong(("name",), "name", f"must be {name!r}, as the file is called, not {data['name']!r}")
    if data["id"] != f"{tier}.{name}":
        doc.wrong(("id",), "id", f"must be '{tier}.{name}', as the file lies, not {data['id']!r}")
    if not re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", str(data["version"])):
        doc.wrong(("version",), "version", f"{data['version']!r} is not major.minor.patch")
    for i, member in enumerate(doc.sequence(data.get("team", []), ("team",), "team")):
        doc.mapping(member, ("team", i), "team", ("username", "role"), ("username",))
    for i, tag in enumerate(doc.sequence(data.get("tags", []), ("tags",), "tags")):
        doc.one_of(tag, ("tags", i), "tags", TAGS, "")


def _table(doc: Document, data: dict[str, Any]) -> dict[str, Any]:
    """The one schema object of the contract."""
    objects = doc.sequence(data["schema"], ("schema",), "schema")
    if len(objects) != 1:
        doc.wrong(("schema",), "schema", f"must hold exactly one table, not {len(objects)}")
        return {}
    table = doc.mapping(
        objects[0],
        ("schema", 0),
        "schema",
        ("name", "businessName", "description", "properties"),
        ("name", "properties"),
    )
    if table and table.get("name") != data["name"]:
        doc.wrong(("schema", 0, "name"), "schema.name", f"must be {data['name']!r}")
    return dict(table)


def _columns(doc: Document, table: dict[str, Any], name: str, references: Path) -> tuple[Column, ...]:
    path = ("schema", 0, "properties")
    columns: dict[str, Column] = {}
    drafts: dict[str, tuple[int, list[dict[str, Any]]]] = {}
    for i, item in enumerate(doc.sequence(table.get("properties", []), path, "schema.properties")):
        read = read_column(doc, item, (*path, i))
        if read is None:
            continue
        column, rules = read
        if column.name in columns:
            doc.wrong((*path, i), column.name, "stands twice")
            continue
        columns[column.name] = column
        drafts[column.name] = (i, rules)
    if not any(c.key for c in columns.values()):
        doc.wrong(path, "primaryKey", "no column is part of the key: a key is missing")
    return tuple(
        _with_rules(
            doc, columns, column, name, (*path, drafts[column.name][0]), drafts[column.name][1], references
        )
        for column in columns.values()
    )


def _with_rules(
    doc: Document,
    columns: dict[str, Column],
    column: Column,
    table: str,
    path: KeyPath,
    drafts: list[dict[str, Any]],
    references: Path,
) -> Column:
    rules: list[Rule] = []
    for j, draft in enumerate(drafts):
        here, field = (*path, "quality", j), f"{column.name}.quality"
        kind = draft["rule"]
        try:
            arguments = resolved_arguments(kind, draft["arguments"], references)
        except ValueError as error:
            doc.wrong(here, field, f"rule {kind}: {error}")
            continue
        problems = rule_problems(kind, arguments, column, columns)
        for problem in problems:
            doc.wrong(here, field, problem)
        identity = f"{table}.{column.name}.{kind}"
        if any(rule.id == identity for rule in rules):
            doc.wrong(here, field, f"rule {kind} stands twice")
        elif not problems:
            rules.append(Rule(identity, kind, arguments, draft["severity"]))
    return Column(**{**column.__dict__, "rules": tuple(rules)})


def _contract(
    doc: Document, data: dict[str, Any], table: dict[str, Any], columns: tuple[Column, ...], path: Path
) -> Contract:
    silver = path.parent.name == "silver"
    properties = doc.custom_properties(
        data["customProperties"], ("customProperties",), "customProperties", TABLE_PROPERTIES
    )
    for name in ("room", "grain") if silver else ("room", "grain", "engine", "inputs"):
        if name not in properties:
            doc.wrong(("customProperties",), f"customProperties.{name}", "is missing")

    def choose(name: str, allowed: tuple[Any, ...], default: Any) -> Any:
        value = properties.get(name, default)
        return doc.one_of(value, ("customProperties",), f"customProperties.{name}", allowed, default)

    zh, en = doc.bilingual(table.get("description"), ("schema", 0, "description"), "schema.description")
    refresh = choose("refresh", ("full", "months"), "full")
    event_date, lookback = _dating(doc, properties, refresh, columns)
    engine = choose("engine", ("sql", "pandas"), "sql")
    return Contract(
        id=str(data["id"]),
        version=str(data["version"]),
        room=str(properties.get("room", "")),
        grain=str(properties.get("grain", "")),
        engine=engine,
        inputs=_inputs(doc, properties.get("inputs", []), data),
        refresh=refresh,
        depends_on_day=choose("depends_on_day", (True, False, MONTHLY), False),
        retention=_retention(doc, properties),
        columns=columns,
        path=path,
        every_jurisdiction=_every_jurisdiction(doc, properties),
        event_date=event_date,
        lookback=lookback,
        partition_by=_partition_by(doc, properties, engine, columns),
        reference="reference" in data.get("tags", []),
        tags=tuple(str(t) for t in data.get("tags", [])),
        description_zh=zh,
        description_en=en,
        name_zh=str(table.get("businessName", "")),
        key=tuple(c.name for c in columns if c.key),
    )


def _dating(
    doc: Document, properties: dict[str, Any], refresh: str, columns: tuple[Column, ...]
) -> tuple[str | None, int]:
    where = ("customProperties",)
    event_date = properties.get("event_date")
    lookback = properties.get("lookback", 0)
    days = [c.name for c in columns if c.type in ("date", "timestamp")]
    if event_date is not None and event_date not in days:
        doc.wrong(
            where,
            "customProperties.event_date",
            f"{event_date!r} is no date or timestamp column of this table",
        )
    if type(lookback) is not int or lookback < 0:
        doc.wrong(where, "customProperties.lookback", f"{lookback!r} is not a whole number of months")
        lookback = 0
    for name in ("event_date", "lookback"):
        if refresh == "months" and name not in properties:
            doc.wrong(where, f"customProperties.{name}", "is missing (refresh: months needs it)")
    if refresh == "full" and "lookback" in properties:
        doc.wrong(where, "customProperties.lookback", "stands only with refresh: months")
    return event_date, lookback


def _partition_by(
    doc: Document, properties: dict[str, Any], engine: str, columns: tuple[Column, ...]
) -> tuple[str, ...]:
    """The column, and a second one that widens its groups; the first is a text of the table itself."""
    if "partition_by" not in properties:
        return ()
    where, field = ("customProperties",), "customProperties.partition_by"
    value = properties["partition_by"]
    names = [doc.text(v, where, field) for v in (value if isinstance(value, list) else [value])]
    if engine != "pandas":
        doc.wrong(where, field, "stands only with engine: pandas")
    if not 1 <= len(names) <= 2 or len(set(names)) < len(names):
        doc.wrong(where, field, f"{value!r} is not one column, or two different ones")
    elif names[0] not in [c.name for c in columns if c.type == "string"]:
        doc.wrong(where, field, f"{names[0]!r} is no text column of this table")
    return tuple(names)


def _every_jurisdiction(doc: Document, properties: dict[str, Any]) -> tuple[str, ...]:
    """Inputs of which a table is given the rows of every jurisdiction."""
    where, field = ("customProperties",), "customProperties.every_jurisdiction"
    known = properties.get("inputs", [])
    value = properties.get("every_jurisdiction", [])
    return tuple(doc.one_of(name, where, field, known, "") for name in doc.sequence(value, where, field))


def _inputs(doc: Document, value: Any, data: dict[str, Any]) -> tuple[str, ...]:
    where, field = ("customProperties",), "customProperties.inputs"
    inputs = [doc.text(v, where, field) for v in doc.sequence(value, where, field)]
    tiers = ("silver", "gold") if str(data["id"]).startswith("gold.") else ("bronze", "silver")
    for name in inputs:
        tier, _, last = name.partition(".")
        if tier not in tiers or not NAME.fullmatch(last):
            doc.wrong(where, field, f"{name!r} is not a table of {' or '.join(tiers)}")
        elif tier == "bronze" and last != data["name"]:
            doc.wrong(
                where,
                field,
                f"{name!r}: only a table's own bronze rows can be its input (bronze.{data['name']})",
            )
    lasts = [name.partition(".")[2] for name in inputs]
    for last in sorted({last for last in lasts if lasts.count(last) > 1}):
        doc.wrong(where, field, f"two inputs would be one parameter {last!r} of build()")
    if data["id"] in inputs:
        doc.wrong(where, field, "a table cannot be its own input")
    return tuple(inputs)


def _retention(doc: Document, properties: dict[str, Any]) -> str:
    retention = str(properties.get("retention", "none"))
    if not re.fullmatch(r"none|[1-9]\d*[dy]", retention):
        doc.wrong(
            ("customProperties",), "customProperties.retention", f"{retention!r} is not none, <n>d or <n>y"
        )
    return retention
