"""Read a contract, `schemas/<tier>/<table>.odcs.yaml`: a document of the Open Data Contract Standard (ODCS,
v3) in the small subset of it that this project uses.

Whether a file also validates against the standard's own JSON schema is checked by jobs.contracts.checks.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from jobs.contracts.columns import RuleShape, read_column
from jobs.contracts.document import Document, suggestion
from jobs.contracts.kinds_across import NotAfterReceipt
from jobs.contracts.kinds_codes import CREDIT_CODE, Uscc
from jobs.contracts.model import MONTH_END, MONTHLY, Column, Contract, Rule
from jobs.contracts.rules import KINDS, resolved_arguments, rule_problems
from jobs.contracts.shapes import Bilingual, Filled, Shape, Texts, Whole, named_properties, one_of, shaped
from jobs.strict_yaml import KeyPath, YamlError, load_typed

STATUSES = ("proposed", "draft", "active", "deprecated", "retired")
TAGS = ("reference", "urgent", "derived")  # derived: a silver table that no source may fill
# Who answers for a silver table: those who deliver it, or `reference`, `register` and `exchange`, ourselves.
PROVIDERS = (
    "brands certifiers complaints customs exchange laboratories overseas platforms reference register "
    "regulators standards"
).split()
NAME = re.compile(r"[a-z][a-z0-9_]*")
WHERE = ("customProperties",)


def _version(value: str) -> str:
    if not re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", value):
        raise ValueError(f"{value!r} is not major.minor.patch")
    return value


def _retention(value: str) -> str:
    if not re.fullmatch(r"none|[1-9]\d*[dy]", value):
        raise ValueError(f"{value!r} is not none, <n>d or <n>y")
    return value


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class Member(Shape):
    """A member of the team that answers for the table: the room of a gold table, one of PROVIDERS of a silver
    one. Nothing else depends on it."""

    username: Filled
    role: Filled = ""


class TableShape(Shape):
    """The table in a contract, the one element of its `schema`. ``properties``: the columns, each checked
    later (jobs.contracts.columns)."""

    name: Filled
    business_name: Filled = Field(default="", alias="businessName")
    description: Bilingual = ("", "")
    properties: list[Any]


class ContractShape(Shape):
    """The top of a contract, a document of ODCS with those of its fields that contracts may use."""

    api_version: Annotated[str, one_of("v3.1.0", "v3.2.0")] = Field(alias="apiVersion")
    kind: Annotated[str, one_of("DataContract")]
    id: Filled
    name: Filled
    version: Annotated[str, AfterValidator(_version)]
    status: Annotated[str, one_of(*STATUSES)]
    team: list[Member] = Field(default=[])
    tags: list[Annotated[str, one_of(*TAGS)]] = Field(default=[])
    custom_properties: list[Any] = Field(alias="customProperties")
    tables: list[TableShape] = Field(alias="schema")


class TableProperties(Shape):
    """`customProperties` of a table, as in Contract. ``lookback``: months; ``retention``: `none`, `<n>d`
    (days) or `<n>y` (years)."""

    room: Filled
    grain: Filled
    engine: Annotated[str, one_of("sql", "pandas")] = "sql"
    inputs: Texts = ()
    refresh: Annotated[str, one_of("full", "months", "years")] = "full"
    event_date: Filled | None = None
    lookback: Whole = 0  # months
    depends_on_day: Annotated[bool | str, one_of(True, False, MONTHLY, MONTH_END)] = False
    partition_by: Annotated[Texts, BeforeValidator(_listed)] = ()
    every_jurisdiction: Texts = ()
    streamed: Texts = ()
    shares: Filled | None = None
    retention: Annotated[str, AfterValidator(_retention)] = "none"


class GoldProperties(TableProperties):
    """`customProperties` of a gold table, which must state its engine and its inputs."""

    engine: Annotated[str, one_of("sql", "pandas")]
    inputs: Texts


def read_contract(path: Path) -> tuple[Contract | None, list[str]]:
    """Read the contract at ``path``. Returns it, or None where it has problems, and the problems, each as
    `file:line: field: what`. The structure is checked first; only where it is right, what its values mean.
    Lists of allowed values by reference are read from the folder `reference` beside that of the tier."""
    try:
        data, lines = load_typed(path)
    except YamlError as error:
        return None, error.problems
    doc = Document(lines)
    shape = shaped(doc, ContractShape, data)
    if shape is None:
        return None, doc.problems
    _check_head(doc, shape, path)
    model = TableProperties if path.parent.name == "silver" else GoldProperties
    properties = named_properties(doc, model, shape.custom_properties, WHERE, "customProperties")
    columns = _columns(doc, shape, path.parent.parent / "reference")
    if properties is None or columns is None:
        return None, doc.problems
    contract = _contract(doc, shape, properties, columns, path)
    return (None if doc.problems else contract), doc.problems


def _check_head(doc: Document, shape: ContractShape, path: Path) -> None:
    tier, name = path.parent.name, path.name.removesuffix(".odcs.yaml")
    if not NAME.fullmatch(name):
        doc.wrong(("name",), "name", f"{name!r} must be lower-case letters, digits and _")
    if shape.name != name:
        doc.wrong(("name",), "name", f"must be {name!r}, as the file is called, not {shape.name!r}")
    if shape.id != f"{tier}.{name}":
        doc.wrong(("id",), "id", f"must be '{tier}.{name}', as the file lies, not {shape.id!r}")
    if len(shape.tables) != 1:
        doc.wrong(("schema",), "schema", f"must hold exactly one table, not {len(shape.tables)}")
    elif shape.tables[0].name != shape.name:
        doc.wrong(("schema", 0, "name"), "schema.name", f"must be {shape.name!r}")


def _columns(doc: Document, shape: ContractShape, references: Path) -> tuple[Column, ...] | None:
    """The columns with their rules, None where ``doc.problems`` got lines."""
    before = len(doc.problems)
    path = ("schema", 0, "properties")
    columns: dict[str, Column] = {}
    drafts: dict[str, tuple[int, list[RuleShape]]] = {}
    for i, item in enumerate(shape.tables[0].properties if shape.tables else []):
        read = read_column(doc, item, (*path, i))
        if read is None:
            continue
        column, rules = read
        if column.name in columns:
            doc.wrong((*path, i), column.name, "occurs twice")
            continue
        columns[column.name] = column
        drafts[column.name] = (i, rules)
    if len(doc.problems) > before:
        return None
    if not any(c.key for c in columns.values()):
        doc.wrong(path, "primaryKey", "no column is part of the key: a key is missing")
    found = tuple(
        _with_rules(doc, columns, column, shape.name, (*path, i), rules, references)
        for column, (i, rules) in zip(columns.values(), drafts.values(), strict=True)
    )
    return found if len(doc.problems) == before else None


def _with_rules(
    doc: Document,
    columns: dict[str, Column],
    column: Column,
    table: str,
    path: KeyPath,
    drafts: list[RuleShape],
    references: Path,
) -> Column:
    """The column with its rules. Problems of a rule are added to ``doc``, and the rule is left out.
    ``columns``: all of the table, by name; ``path``: the column's place in the YAML; ``drafts``: the rules as
    written; ``references``: the folder of reference files."""
    rules: list[Rule] = []
    for j, draft in enumerate(drafts):
        here, field = (*path, "quality", j), f"{column.name}.quality"
        kind = draft.implementation["rule"]
        written = {k: v for k, v in draft.implementation.items() if k != "rule"}
        try:
            arguments = resolved_arguments(kind, written, references)
        except ValueError as error:
            doc.wrong(here, field, f"rule {kind}: {error}")
            continue
        problems = rule_problems(kind, arguments, column, columns)
        for problem in problems:
            doc.wrong(here, field, problem)
        identity = f"{table}.{column.name}.{kind}"
        if any(rule.id == identity for rule in rules):
            doc.wrong(here, field, f"rule {kind} occurs twice")
        elif not problems:
            rules.append(Rule(identity, kind, arguments, draft.severity))
    ruled = replace(column, rules=tuple(rules))
    if not ruled.credit_code and (why := _holds_credit_codes(ruled)):
        where, what = (*path, "customProperties"), f"must state credit_code: true, as {why}"
        doc.wrong(where, f"{column.name}.customProperties", what)
    return ruled


def _holds_credit_codes(column: Column) -> str | None:
    """What says that a column holds unified social credit codes: its rules or its name; None where nothing
    does."""
    if any(isinstance(KINDS[rule.kind], Uscc) for rule in column.rules):
        return "it has the rule uscc"
    if any(rule.arguments.get("pattern") == CREDIT_CODE for rule in column.rules):
        return "its pattern is that of unified social credit codes (GB 32100)"
    if column.type == "string" and re.fullmatch(r"(\w+_)?uscc", column.name):
        return "columns called uscc hold unified social credit codes"
    return None


def _contract(
    doc: Document,
    shape: ContractShape,
    properties: TableProperties,
    columns: tuple[Column, ...],
    path: Path,
) -> Contract:
    """The contract that a YAML states. Where its parts do not fit one another, problems are added to ``doc``
    and the contract must not be used."""
    table = shape.tables[0]
    _check_dating(doc, properties, columns)
    _check_partition(doc, properties, columns)
    _check_inputs(doc, properties, shape)
    _check_team(doc, properties, shape)
    contract = Contract(
        id=shape.id,
        version=shape.version,
        columns=columns,
        path=path,
        reference="reference" in shape.tags,
        tags=tuple(shape.tags),
        description_zh=table.description[0],
        description_en=table.description[1],
        name_zh=table.business_name,
        key=tuple(c.name for c in columns if c.key),
        **properties.model_dump(),
    )
    if contract.conformed and contract.refresh == "years":
        what = "'years' stands only with a table that is made of others"
        doc.wrong((*WHERE, "refresh"), "customProperties.refresh", what)
    _check_receipt(doc, contract)
    return contract


def _check_team(doc: Document, properties: TableProperties, shape: ContractShape) -> None:
    gold = shape.id.startswith("gold.")
    known = [properties.room] if gold else PROVIDERS
    listed = f"{properties.room}, the room of the table" if gold else f"one of {', '.join(PROVIDERS)}"
    for i, member in enumerate(shape.team):
        if member.username not in known:
            doc.wrong(("team", i, "username"), "team.username", f"{member.username!r} is not {listed}")


def _check_receipt(doc: Document, contract: Contract) -> None:
    """A day of receipt is known only of rows that sources deliver."""
    for i, column in enumerate(contract.columns):
        for j, rule in enumerate(column.rules):
            if isinstance(KINDS[rule.kind], NotAfterReceipt) and not contract.conformed:
                what = f"rule {rule.kind}: stands only in a silver table that sources deliver"
                doc.wrong(("schema", 0, "properties", i, "quality", j), f"{column.name}.quality", what)


def _check_dating(doc: Document, properties: TableProperties, columns: tuple[Column, ...]) -> None:
    days = [c.name for c in columns if c.type in ("date", "timestamp")]
    event_date, field = properties.event_date, "customProperties.event_date"
    if event_date is not None and event_date not in days:
        what = f"{event_date!r} is no date or timestamp column of this table"
        doc.wrong((*WHERE, "event_date"), field, what)
    for name in ("event_date", "lookback"):
        if properties.refresh != "full" and name not in properties.model_fields_set:
            doc.wrong(
                WHERE, f"customProperties.{name}", f"is missing (refresh: {properties.refresh} needs it)"
            )
    if properties.refresh == "full" and "lookback" in properties.model_fields_set:
        what = "stands only with refresh: months or years"
        doc.wrong((*WHERE, "lookback"), "customProperties.lookback", what)


def _check_partition(doc: Document, properties: TableProperties, columns: tuple[Column, ...]) -> None:
    """One column, a text or a date, or two texts, of which the second widens the groups of the first. They
    are columns of the table itself, whose rows show by them to which group they belong."""
    names = properties.partition_by
    if "partition_by" not in properties.model_fields_set:
        return
    where, field = (*WHERE, "partition_by"), "customProperties.partition_by"
    if properties.engine != "pandas":
        doc.wrong(where, field, "stands only with engine: pandas")
    if not 1 <= len(names) <= 2 or len(set(names)) < len(names):
        doc.wrong(where, field, f"{list(names)!r} is not one column, or two different ones")
        return
    types = ("string", "date") if len(names) == 1 else ("string",)
    for name in names:
        if name not in [c.name for c in columns if c.type in types]:
            what = "text or date" if "date" in types else "text"
            doc.wrong(where, field, f"{name!r} is no {what} column of this table")


def _check_inputs(doc: Document, properties: TableProperties, shape: ContractShape) -> None:
    where, field, inputs = (*WHERE, "inputs"), "customProperties.inputs", properties.inputs
    tiers = ("silver", "gold") if shape.id.startswith("gold.") else ("bronze", "silver")
    for name in inputs:
        tier, _, last = name.partition(".")
        if tier not in tiers or not NAME.fullmatch(last):
            doc.wrong(where, field, f"{name!r} is not a table of {' or '.join(tiers)}")
        elif tier == "bronze" and last != shape.name:
            what = f"only a table's own bronze rows can be its input (bronze.{shape.name})"
            doc.wrong(where, field, f"{name!r}: {what}")
    lasts = [name.partition(".")[2] for name in inputs]
    for last in sorted({last for last in lasts if lasts.count(last) > 1}):
        doc.wrong(where, field, f"two inputs would be one parameter {last!r} of build()")
    if shape.id in inputs:
        doc.wrong(where, field, "a table cannot be its own input")
    for listed in ("every_jurisdiction", "streamed"):
        where, field = (*WHERE, listed), f"customProperties.{listed}"
        for name in getattr(properties, listed):
            if name not in inputs:
                doc.wrong(
                    where, field, f"{name!r} is not one of {', '.join(inputs)}{suggestion(name, inputs)}"
                )
    if properties.streamed and properties.engine != "sql":
        doc.wrong((*WHERE, "streamed"), "customProperties.streamed", "stands only with engine: sql")
