"""The expectations that the gate checks before readers see a table that was just built: those derived from
its contract, those about its past, and those that people wrote in `expectations/<tier>/<table>.yaml`, or in
`expectations/default.yaml` for a table without that file. An expectation demands something of the table (no
nulls in a column, say); it has the name and arguments that it has in Great Expectations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from jobs.contracts.document import Document
from jobs.contracts.kinds import NUMERIC, base_type, label
from jobs.contracts.model import SEVERITIES, Contract, Rule
from jobs.contracts.questions import Question, is_long, unique
from jobs.contracts.rules import KINDS, allowed_values, implicit_reason
from jobs.contracts.shapes import Bilingual, Filled, Shape, one_of, shaped
from jobs.environment import EXPECTATIONS
from jobs.errors import ContractError
from jobs.strict_yaml import YamlError, load_typed, shown

DEFAULT = "default.yaml"  # in the folder of expectations: of each table without a file
BATCHES = (
    "rows",
    "metrics",
)  # that a file may name; `columns` holds what the gate itself expects of every column (history_expectations)
VOLUME = ("row_count", "audited_rows", "previous_row_count", "row_count_ratio", "volume_outside")
METRICS = {
    "silver": (*VOLUME, "judged_rows", "quarantined_share", "superseded_share", "unlinked", "unlinked_share"),
    "gold": VOLUME,
}
COLUMN_KEYS = (
    "column",
    "column_A",
    "column_B",
    "column_list",
    "column_set",
)  # the arguments of GX by which it names columns


def _arguments(value: dict[str, Any]) -> dict[str, Any]:
    if not value:
        raise ValueError("must be a mapping of the expectation's arguments")
    return value


class Added(Shape):
    """An expectation as it is written in a file: ``type`` and ``kwargs`` as in Great Expectations, ``batch``:
    one of BATCHES; ``message``: what people read where it fails."""

    type: Filled
    batch: Annotated[str, one_of(*BATCHES)]
    kwargs: Annotated[dict[str, Any], AfterValidator(_arguments)]
    severity: Annotated[str, one_of(*SEVERITIES)]
    message: Bilingual


class AddedFile(Shape):
    """A file of expectations."""

    expectations: list[Added]


@dataclass(frozen=True)
class Expectation:
    """One expectation. ``rule_id``: by which reports name it, as `sample.key.unique`, the table without its
    tier; the messages say what it demands.

    ``type`` and ``kwargs``: its name in Great Expectations (in snake case) and arguments; ``batch``: what it
    is about: `rows` of the table, `metrics` (the gate's one row of metrics) or `columns` (its row per
    column). ``asked``: for a rule of the contract the question that the gate counts, which passes at 0; None
    where Great Expectations judges.
    """

    type: str
    kwargs: Mapping[str, Any]
    severity: str
    batch: str
    rule_id: str
    message_zh: str
    message_en: str
    asked: Question | None = None


@dataclass(frozen=True)
class Suite:
    """All expectations about one table, and what must be measured for them.

    ``columns``: measure → columns, as `measured_columns` returns them, but `drift` without foreign keys to
    tables that are no reference tables, as nearly all of their values are different; ``metrics``: the names
    of the metrics (`metric_names`).
    """

    expectations: tuple[Expectation, ...]
    columns: Mapping[str, tuple[str, ...]]
    metrics: tuple[str, ...]


def suite(contract: Contract, contracts: Mapping[str, Contract]) -> Suite:
    """The suite of a table. ``contract``: the table's; ``contracts``: all contracts, by id. Raises
    ContractError as `expectations` does."""
    of_facts = {
        c.name for c in contract.columns if c.foreign_key and not contracts[c.foreign_key.table].reference
    }
    columns = measured_columns(contract)
    drift = tuple(name for name in columns["drift"] if name not in of_facts)
    return Suite(tuple(expectations(contract)), columns | {"drift": drift}, metric_names(contract))


def expectations(contract: Contract, root: Path = EXPECTATIONS) -> list[Expectation]:
    """All expectations about a table: derived ones, those about its past, and those of its file
    (`expectation_file`), in this order. ``root``: the folder of the files, in which default.yaml stands in
    for a table's own file. Raises ContractError where the file is wrong, or default.yaml is needed and
    absent."""
    return (
        derived_expectations(contract) + history_expectations(contract) + added_expectations(contract, root)
    )


def measured_columns(contract: Contract) -> dict[str, tuple[str, ...]]:
    """Measure → the columns for which it is computed: `null_share` for columns that may be null, `mean` for
    numbers that are no key and no foreign key, `drift` for foreign keys, booleans and columns with a list of
    values. A reference table has no such columns."""
    if contract.reference:
        return {"null_share": (), "mean": (), "drift": ()}
    columns = contract.columns
    return {
        "null_share": tuple(c.name for c in columns if not c.required and not c.key),
        "mean": tuple(c.name for c in columns if base_type(c) in NUMERIC and not c.key and not c.foreign_key),
        "drift": tuple(
            c.name
            for c in columns
            if c.foreign_key or base_type(c) == "boolean" or allowed_values(c) is not None
        ),
    }


def metric_names(contract: Contract) -> tuple[str, ...]:
    """The names of the metrics that an expectation file may use: METRICS of the tier, and those by column
    such as `null_share.price`, `null_share_change.price`, `mean.price`, `mean_ratio.price` and
    `drift.category_code` (jobs.gate.history)."""
    of = measured_columns(contract)
    kinds = {
        "null_share": of["null_share"],
        "null_share_change": of["null_share"],
        "mean": of["mean"],
        "mean_ratio": of["mean"],
        "drift": of["drift"],
    }
    return METRICS[contract.tier] + tuple(
        f"{kind}.{column}" for kind, columns in kinds.items() for column in columns
    )


def history_expectations(contract: Contract) -> list[Expectation]:
    """The expectations that compare a table with its last seven nights (jobs.gate.history), all warnings:
    number of rows, shares of nulls, distributions of values. [] for a reference table."""
    if contract.reference:
        return []
    between = "expect_column_values_to_be_between"
    said = (
        (
            "metrics",
            {"column": "volume_outside", "max_value": 0},
            "行数超出近七晚的变动范围",
            "the row count lies outside the range of the last seven nights",
        ),
        (
            "columns",
            {"column": "null_share_change", "min_value": -0.2, "max_value": 0.2},
            "有字段的空值占比较近七晚变动超过20个百分点",
            "the null share of a column moved by more than 0.2 against the last seven nights",
        ),
        (
            "columns",
            {"column": "drift", "max_value": 0.25},
            "有字段的取值分布较近七晚偏移超过0.25（全变差）",
            (
                "the distribution of a column drifted by more than 0.25 (total variation) from the last "
                "seven nights"
            ),
        ),
    )
    return [
        Expectation(between, kwargs, "warning", batch, f"{contract.name}.{kwargs['column']}.history", zh, en)
        for batch, kwargs, zh, en in said
    ]


def derived_expectations(contract: Contract) -> list[Expectation]:
    """The expectations that follow from the contract: a unique key and, for gold, required columns and all
    rules."""
    found = [_unique_key(contract)]
    if contract.tier == "gold":
        for column in contract.columns:
            if column.required:
                zh, en = implicit_reason("required", column)
                texts = ("critical", "rows", f"{contract.name}.{column.name}.required", zh, en)
                asked = Question(f"{column.name} IS NULL")
                found.append(
                    Expectation("expect_column_values_to_not_be_null", {"column": column.name}, *texts, asked)
                )
            found += [_of_rule(contract, column.name, rule) for rule in column.rules]
    return found


def _unique_key(contract: Contract) -> Expectation:
    key = list(contract.key)
    zh = f"主键应唯一：{'、'.join(label(contract.column(name)) for name in key)}"
    texts = (
        "critical",
        "rows",
        f"{contract.name}.key.unique",
        zh,
        f"the key must be unique: {', '.join(key)}",
    )
    if len(key) == 1:
        return Expectation(
            "expect_column_values_to_be_unique", {"column": key[0]}, *texts, unique(contract.key)
        )
    return Expectation(
        "expect_compound_columns_to_be_unique", {"column_list": key}, *texts, unique(contract.key)
    )


def _of_rule(contract: Contract, name: str, rule: Rule) -> Expectation:
    column, kind = contract.column(name), KINDS[rule.kind]
    columns = {c.name: c for c in contract.columns}
    zh, en = kind.texts(rule.arguments, column, columns)
    texts = (rule.severity, "rows", rule.id, zh, en)
    failing = kind.failing(rule.arguments, column)
    if stock := kind.stock(rule.arguments, column):
        kwargs = {k: v for k, v in stock[1].items() if v is not None}
        shown = tuple(kwargs[k] for k in ("column", "column_A", "column_B") if k in kwargs)
        lookup = is_long(kwargs.get("value_set"))
        return Expectation(stock[0], kwargs, *texts, Question(failing, shown=shown, lookup=lookup))
    # No stock expectation says this: it stands as one about a column that is 1 where the row fails. Its
    # sample shows the columns that the rule compares, unless they may name a person.
    others = rule.arguments.get("columns") or [rule.arguments[k] for k in ("column",) if k in rule.arguments]
    shown = tuple(c for c in (name, *others) if columns[c].keeps_original) or contract.key
    kwargs = {"column": f"_fails_{name}_{rule.kind}", "value_set": [0]}
    return Expectation("expect_column_values_to_be_in_set", kwargs, *texts, Question(failing, shown=shown))


def expectation_file(contract: Contract, root: Path = EXPECTATIONS) -> Path | None:
    """The file with the expectations that people wrote about a table: <``root``>/<tier>/<table>.yaml where it
    is there, which then holds all of them, else <``root``>/DEFAULT. None for a reference table without a
    file: it changes by hand, not by the night. Raises ContractError where DEFAULT is needed and absent."""
    own, default = root / contract.tier / f"{contract.name}.yaml", root / DEFAULT
    if own.is_file():
        return own
    if contract.reference:
        return None
    if not default.is_file():
        raise ContractError([f"{shown(default)}: file: is absent, and tables without a file need it"])
    return default


def added_expectations(contract: Contract, root: Path = EXPECTATIONS) -> list[Expectation]:
    """The expectations in the table's `expectation_file`, in its order; [] where it has none. Raises
    ContractError as `expectation_file` does, and with each problem and its line."""
    path = expectation_file(contract, root)
    if path is None:
        return []
    try:
        data, lines = load_typed(path)
    except YamlError as error:
        raise ContractError(error.problems) from error
    doc = Document(lines)
    shape = shaped(doc, AddedFile, data)
    found = [_added(doc, one, contract, i) for i, one in enumerate(shape.expectations if shape else [])]
    if doc.problems:
        raise ContractError(doc.problems)
    return found


def _added(doc: Document, one: Added, contract: Contract, number: int) -> Expectation:
    known = metric_names(contract) if one.batch == "metrics" else contract.column_names
    for problem in _column_problems(one.kwargs, known, one.batch):
        doc.wrong(("expectations", number, "kwargs"), "kwargs", problem)
    identity = f"{contract.name}.expectation.{number + 1}"
    return Expectation(one.type, one.kwargs, one.severity, one.batch, identity, *one.message)


def _column_problems(kwargs: Mapping[str, Any], known: tuple[str, ...], batch: str) -> list[str]:
    names = [
        n
        for key in COLUMN_KEYS
        if key in kwargs
        for n in (kwargs[key] if isinstance(kwargs[key], list) else [kwargs[key]])
    ]
    condition = kwargs.get("row_condition")
    if isinstance(condition, Mapping) and isinstance(condition.get("column"), Mapping):
        names.append(condition["column"].get("name"))
    what = "no metric" if batch == "metrics" else "no column of this table"
    return [f"{name!r} is {what} ({', '.join(known)})" for name in names if name not in known]
