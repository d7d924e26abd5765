"""Read one column of a contract: type, key, names, foreign key, and its rules as they are written."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator

from jobs.contracts.document import Document
from jobs.contracts.model import SEVERITIES, Column, ForeignKey
from jobs.contracts.shapes import Bilingual, Filled, Flag, Shape, named_properties, one_of, shaped
from jobs.strict_yaml import KeyPath

PERSONAL = ("name", "phone", "id", "address", "account")
# Logical type → the physical types that it may have. The first one is the default; where it is None, the
# contract must state the physical type.
LOGICAL = {
    "string": ("string",),
    "date": ("date",),
    "timestamp": ("timestamp",),
    "boolean": ("boolean",),
    "integer": ("bigint", "int"),
    "number": (None, "double", "decimal"),
    "array": ("array<string>",),
}
# Words that neither Spark nor DuckDB could read bare in a rule's SQL
RESERVED = frozenset(
    (
        "all and any array as asc both case cast check column create default desc distinct else "
        "end except false fetch for foreign from group having in intersect into lateral leading "
        "limit not null offset on only or order primary references select show some table then to "
        "trailing true union unique using when where window with"
    ).split()
)
# Names that stand beside those of columns in bronze's `_policies` (`Feed.policies`)
STATED = frozenset(("currency", "jurisdiction", "mode"))


def _column_name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in RESERVED | STATED:
        raise ValueError(f"{name!r} must be lower-case letters, digits and _, no reserved word")
    return name


def _target(value: Any) -> ForeignKey:
    parts = str(value).split(".")
    if len(parts) == 2:
        parts = ["silver", *parts]
    if len(parts) != 3 or parts[0] not in ("silver", "gold"):
        raise ValueError(f"{value!r} is not <table>.<column>")
    return ForeignKey(table=f"{parts[0]}.{parts[1]}", column=parts[2])


def _implementation(value: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(value.get("rule"), str):
        raise ValueError("must be a mapping with rule: <name>")
    return value


def _one_only(value: list[Any]) -> list[Any]:
    if len(value) != 1:
        raise ValueError(f"must hold exactly one foreign key, not {len(value)}")
    return value


class RuleShape(Shape):
    """A rule of a column as the standard (ODCS) writes rules of an engine that it does not define:
    `implementation` holds `rule`, the kind of rule, and its arguments."""

    type: Annotated[str, one_of("custom")]
    engine: Annotated[str, one_of("quality")]
    implementation: Annotated[dict[str, Any], AfterValidator(_implementation)]
    severity: Annotated[str, one_of(*SEVERITIES)] = "critical"


class RelationShape(Shape):
    """A foreign key: `to` is `table.column`, or `tier.table.column`; without a tier silver is meant."""

    type: Annotated[str, one_of("foreignKey")]
    to: Annotated[ForeignKey, PlainValidator(_target)]


class ColumnProperties(Shape):
    """`customProperties` of a column, as in Column."""

    name_zh: Filled = ""
    unit: Filled | None = None
    personal: Annotated[str, one_of(*PERSONAL)] | None = None
    free_text: Flag = False
    code: Flag = False
    credit_code: Flag = False


class ColumnShape(Shape):
    """A column of a contract, a `property` of the standard (ODCS), with those of its fields that contracts
    may use."""

    name: Annotated[str, AfterValidator(_column_name)]
    logical_type: Annotated[str, one_of(*LOGICAL)] = Field(alias="logicalType")
    physical_type: Filled | None = Field(default=None, alias="physicalType")
    required: Flag | None = None
    primary_key: Flag = Field(default=False, alias="primaryKey")
    description: Bilingual = ("", "")
    custom_properties: list[Any] = Field(default=[], alias="customProperties")
    quality: list[RuleShape] = Field(default=[])
    relationships: Annotated[list[RelationShape], AfterValidator(_one_only)] | None = None
    items: Any = None


def read_column(doc: Document, item: Any, path: KeyPath) -> tuple[Column, list[RuleShape]] | None:
    """Read one column of a contract. Returns it, still without its rules, and the rules as they are written;
    None where problems were added to ``doc``. ``item``: the column as written; ``path``: the keys that lead
    to it in the document."""
    before = len(doc.problems)
    given = item.get("name") if isinstance(item, dict) else None
    known = (
        isinstance(given, str) and re.fullmatch(r"[a-z][a-z0-9_]*", given) and given not in RESERVED | STATED
    )
    label = str(given) if known else "schema.properties"
    shape = shaped(doc, ColumnShape, item, path, label)
    if shape is None:
        return None
    properties = named_properties(
        doc,
        ColumnProperties,
        shape.custom_properties,
        (*path, "customProperties"),
        f"{label}.customProperties",
    )
    required = shape.primary_key if shape.required is None else shape.required
    if shape.primary_key and not required:
        doc.wrong((*path, "required"), f"{label}.required", "a key column is always required")
    type_ = _type(doc, shape, path)
    if properties is None or len(doc.problems) > before:
        return None
    if not _fits(doc, properties, type_, path, label):
        return None
    column = Column(
        name=shape.name,
        type=type_,
        required=required,
        key=shape.primary_key,
        description_zh=shape.description[0],
        description_en=shape.description[1],
        foreign_key=shape.relationships[0].to if shape.relationships else None,
        **{**properties.model_dump(), "code": properties.code or properties.credit_code},
    )
    return column, shape.quality


def _fits(doc: Document, properties: ColumnProperties, type_: str, path: KeyPath, label: str) -> bool:
    """Whether `code` and `credit_code` are set where they may be; else ``doc`` gets a problem."""
    for name in ("code", "credit_code"):
        what = None
        if getattr(properties, name) and (properties.personal is not None or properties.free_text):
            what = "must not be set with personal or free_text"
        elif name == "credit_code" and properties.credit_code and type_ != "string":
            what = f"is only for a column of type string, not {type_}"
        elif name == "credit_code" and properties.credit_code and properties.code:
            what = "must not be set with code, which it includes"
        if what is not None:
            doc.wrong((*path, "customProperties", name), f"{label}.customProperties.{name}", what)
            return False
    return True


def _type(doc: Document, shape: ColumnShape, path: KeyPath) -> str:
    """The type of a column, as `Column.type` has it (`bigint`, `decimal(10,2)`, `array<string>`): the
    physical type of the contract, by default the first one in LOGICAL of the logical type. Where the two do
    not fit, a problem is added to ``doc``, and the result must not be used."""
    logical, physical, name = shape.logical_type, shape.physical_type, shape.name
    allowed = LOGICAL[logical]
    if shape.items is not None and (logical != "array" or shape.items != {"logicalType": "string"}):
        doc.wrong((*path, "items"), f"{name}.items", "is allowed only on an array, as {logicalType: string}")
    if physical is None and allowed[0] is not None:
        return allowed[0]
    where, field = (*path, "physicalType"), f"{name}.physicalType"
    if logical == "number" and (decimal := re.fullmatch(r"decimal\((\d+), ?(\d+)\)", str(physical))):
        precision, scale = int(decimal[1]), int(decimal[2])
        if not (1 <= precision <= 38 and scale <= precision):
            doc.wrong(where, field, f"{physical} is not a decimal of 1 to 38 digits")
        return f"decimal({precision},{scale})"
    if physical not in allowed or physical in (None, "decimal"):
        listed = ", ".join("decimal(p,s)" if a == "decimal" else a for a in allowed if a)
        doc.wrong(where, field, f"{physical!r} does not fit logicalType {logical} ({listed})")
    return str(physical)
