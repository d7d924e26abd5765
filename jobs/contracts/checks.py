"""Check that contracts, modules, golden cases (tests with small tables as input and the rows that are
expected) and expectations are complete: for `quality contracts check` and for a test."""

from __future__ import annotations

import importlib.util
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import jsonschema_rs
from pydantic import PlainValidator

from jobs.contracts.capability import capability_problems
from jobs.contracts.catalog import Catalog
from jobs.contracts.document import Document
from jobs.contracts.glossary import term_of_column
from jobs.contracts.lock import lock_problems
from jobs.contracts.model import Contract
from jobs.contracts.modules import module_problems
from jobs.contracts.questions import NUMBER, Kinds, Untranslated, column_kinds, metrics_of, question
from jobs.contracts.shapes import Shape, shaped
from jobs.contracts.shares import share_problems
from jobs.contracts.suites import DEFAULT, added_expectations, expectation_file, metric_names
from jobs.environment import REPOSITORY
from jobs.errors import ContractError
from jobs.strict_yaml import YamlError, load_typed, shown

CASE_FILES = ("expect.csv", "why.md")  # and case.yaml where the day is another than 2026-06-30


def check(catalog: Catalog, root: Path = REPOSITORY) -> list[str]:
    """All problems of the contracts and of what belongs to them, each as `file: field: what`, by table; []
    where there is none. They include breaking changes against the baseline (jobs.contracts.lock).

    ``root``: the repository, with the folders schemas, expectations, jobs and tests, and README.md. Unknown
    fields, types and rules, and errors of the graph, were raised when the catalog was loaded.
    """
    problems: list[str] = []
    for name in sorted(catalog.contracts):
        contract = catalog.contracts[name]
        problems += standard_problems(contract.path)
        problems += word_problems(contract)
        problems += room_problems(contract, root)
        problems += share_problems(contract)
        problems += module_problems(contract, root)
        problems += golden_problems(contract, root)
        problems += expectation_problems(contract, root)
    problems += orphan_problems(catalog, root)
    problems += lock_problems(catalog, root / "schemas" / "contracts.lock.json")
    # A problem of a file that several tables share is named once.
    return list(dict.fromkeys(problems)) + capability_problems(catalog, root)


def standard_problems(path: Path) -> list[str]:
    """The problems of a contract by the JSON schema of the Open Data Contract Standard, each as `file:line:
    field: what`. ``path``: the contract's file. Raises YamlError where it is not readable YAML."""
    data, lines = load_typed(path)
    doc = Document(lines)
    for error in _validator().iter_errors(data):
        at = tuple(error.instance_path)
        doc.wrong(at, ".".join(str(part) for part in at) or "document", error.message)
    return doc.problems


@lru_cache(maxsize=1)
def _validator() -> Any:
    package = importlib.util.find_spec("open_data_contract_standard")
    assert package is not None and package.origin is not None, "a pinned package"
    schema = json.loads((Path(package.origin).parent / "schema.json").read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(schema)


def word_problems(contract: Contract) -> list[str]:
    """A problem, as `file: column: what`, for each column without a Chinese name or without a description,
    and for each that holds a term of the glossary and is called otherwise in Chinese."""
    file = shown(contract.path)
    wanted = {"name_zh": "customProperties name_zh", "description_zh": "description '中文 | English'"}
    problems = []
    for column in contract.columns:
        problems += [
            f"{file}: {column.name}: has no {what}"
            for key, what in wanted.items()
            if not getattr(column, key)
        ]
        term = term_of_column(contract.id, column.name)
        if term is not None and column.name_zh and column.name_zh != term.zh:
            problems.append(
                f"{file}: {column.name}: name_zh is {column.name_zh}, in schemas/glossary.csv {term.zh}: "
                f"take that name, or call the column otherwise"
            )
    return problems


def room_problems(contract: Contract, root: Path) -> list[str]:
    """A problem, as `file: room: what`, where a contract names a room that is not there: of gold the packages
    in jobs/marts, of silver `facts` and `reference`. ``root``: the repository."""
    folders = (root / "jobs" / "marts").glob("*/")
    gold = sorted(p.name for p in folders if p.is_dir() and not p.name.startswith(("_", ".")))
    rooms = gold if contract.tier == "gold" else ["facts", "reference"]
    if contract.room in rooms:
        return []
    listed = ", ".join(rooms)
    return [f"{shown(contract.path)}: room: {contract.room!r} is not one of {listed}"]


def golden_problems(contract: Contract, root: Path) -> list[str]:
    """The problems of a table's golden cases, each as `file: field: what`. A table needs at least one case,
    and each case the files CASE_FILES and at least one input. ``root``: the repository."""
    folder = root / "tests" / "golden" / contract.id
    where = f"tests/golden/{contract.id}"
    cases = sorted(p for p in folder.glob("*") if p.is_dir() and not p.name.startswith(("_", ".")))
    if not cases:
        return [f"{where}: golden case: {contract.id} has none"]
    problems: list[str] = []
    for case in cases:
        problems += [
            f"{where}/{case.name}: {name}: is absent" for name in CASE_FILES if not (case / name).is_file()
        ]
        problems += _case_yaml_problems(case / "case.yaml") if (case / "case.yaml").is_file() else []
        if not list((case / "inputs").glob("*.csv")):
            problems.append(f"{where}/{case.name}: inputs: holds no .csv")
        problems += [
            (
                f"{where}/{case.name}/inputs/{path.name}: name: is neither an input of {contract.id} nor "
                f"its bronze"
            )
            for path in sorted((case / "inputs").glob("*.csv"))
            if not _may_be_input(contract, path.name.removesuffix(".csv"))
        ]
    return problems


def _day(value: Any) -> Any:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
        raise ValueError(f"{value!r} is not a day (yyyy-MM-dd)")
    return value


Day = Annotated[str, PlainValidator(_day)]


class CaseShape(Shape):
    """The fields of case.yaml of a golden case: the day as of which the table is built, and the months to
    build. Without the file the day is 2026-06-30 and all months are built."""

    as_of: Day
    months: list[Day] | None = None


def _case_yaml_problems(path: Path) -> list[str]:
    try:
        data, lines = load_typed(path)
    except YamlError as error:
        return error.problems
    doc = Document(lines)
    shaped(doc, CaseShape, data)
    return doc.problems


def _may_be_input(contract: Contract, name: str) -> bool:
    if "derived" in contract.tags:
        return name.startswith(
            ("bronze.", "silver.")
        )  # such as silver.quarantine: made of every table's rows
    references = {c.foreign_key.table for c in contract.columns if c.foreign_key}
    return name in {
        *contract.inputs,
        *references,
        *([f"bronze.{contract.name}"] if contract.tier == "silver" else []),
    }


def expectation_problems(contract: Contract, root: Path) -> list[str]:
    """The problems of the file with a table's expectations (its own or the default), each as `file: field:
    what`. Each expectation must be of a type that Great Expectations has, with its arguments, and ask only
    for what the gate counts (jobs.contracts.questions). ``root``: the repository."""
    try:
        file = expectation_file(contract, root / "expectations")
        found = added_expectations(contract, root / "expectations")
    except ContractError as error:
        return error.problems
    if file is None:
        return []
    shared = f"{contract.name}." if file.name == DEFAULT else ""  # then the problem is not this table's
    kinds = {"rows": column_kinds(contract), "metrics": dict.fromkeys(metric_names(contract), NUMBER)}
    return [
        f"{file.relative_to(root).as_posix()}: {e.rule_id.removeprefix(shared)}: {problem}"
        for e in found
        for problem in _gx_problems(e.type, dict(e.kwargs), kinds[e.batch])
    ]


def _gx_problems(kind: str, kwargs: dict[str, Any], kinds: Kinds) -> list[str]:
    from great_expectations.exceptions import (
        ExpectationNotFoundError,
    )  # slow to import, and only a check needs it
    from great_expectations.expectations.registry import get_expectation_impl

    try:
        expectation = get_expectation_impl(kind)
    except ExpectationNotFoundError:
        return [f"Great Expectations has no {kind!r}"]
    try:
        for metric in metrics_of(expectation(**kwargs)):
            question(*metric, kinds)
    except Untranslated as error:
        return [f"{kind}: {error}"]
    except (ValueError, TypeError) as error:  # pydantic's ValidationError is a ValueError
        return [f"{kind}: {' '.join(str(error).split())}"]
    return []


def orphan_problems(catalog: Catalog, root: Path) -> list[str]:
    """A problem, as `file: name: what`, for each file of expectations and each folder of golden cases whose
    table has no contract, and for each such file in no folder of a tier. ``root``: the repository."""
    expected = [
        f"expectations/{path.name}: name: only {DEFAULT} lies here; a table's file lies in silver or gold"
        for path in sorted((root / "expectations").glob("*"))
        if path.is_file() and path.name != DEFAULT
    ] + [
        f"expectations/{path.parent.name}/{path.name}: name: no contract is called so"
        for path in sorted((root / "expectations").glob("*/*"))
        if f"{path.parent.name}.{path.name.removesuffix('.yaml')}" not in catalog.contracts
    ]
    golden = [
        f"tests/golden/{path.name}: name: no contract is called so"
        for path in sorted((root / "tests" / "golden").glob("*"))
        if path.is_dir() and re.match(r"(silver|gold)\.", path.name) and path.name not in catalog.contracts
    ]
    return expected + golden
