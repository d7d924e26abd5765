"""All contracts of the silver and gold tables, and the graph of which table reads which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from jobs.contracts.document import suggestion
from jobs.contracts.model import Column, Contract
from jobs.contracts.read import TAGS, read_contract
from jobs.environment import SCHEMAS
from jobs.errors import ContractError, UsageError
from jobs.strict_yaml import shown

TIERS = ("silver", "gold")


@dataclass(frozen=True)
class Catalog:
    """All contracts, by table id (`silver.sample`). It was checked that every input exists and that the graph
    has no cycle. Where a table id has no contract, the methods raise KeyError."""

    contracts: Mapping[str, Contract]

    def direct(self, table: str) -> set[str]:
        """The ids of the silver and gold tables that ``table`` reads directly: its inputs, and the reference
        tables that its foreign keys name, without itself. An input `bronze.…` is left out."""
        return _direct(self.contracts[table], self.contracts)

    @cached_property
    def _order(self) -> tuple[str, ...]:
        return tuple(_ordered({name: self.direct(name) for name in self.contracts}))

    def order(self) -> list[str]:
        """The ids of all silver and gold tables, each after the tables that it reads; always the same for the
        same contracts."""
        return list(self._order)

    def needs(self, table: str) -> set[str]:
        """The ids of all silver and gold tables that ``table`` reads, directly or not, without itself."""
        return _reach(table, {name: self.direct(name) for name in self.contracts})

    def needed_by(self, table: str) -> set[str]:
        """The ids of all silver and gold tables that read ``table``, directly or not, without itself."""
        return _reach(table, self._children)

    def read_by(self, table: str) -> set[str]:
        """The ids of the silver and gold tables that read ``table`` directly, without itself."""
        return set(self._children[table])

    @cached_property
    def _children(self) -> dict[str, set[str]]:
        children: dict[str, set[str]] = {name: set() for name in self.contracts}
        for name in self.contracts:
            for parent in self.direct(name):
                children[parent].add(name)
        return children

    def targets(self) -> list[str]:
        """The names, without `silver.` and sorted, of the tables that a feed may fill: silver tables without
        the tag `derived`."""
        return list(self._targets)

    @cached_property
    def _targets(self) -> tuple[str, ...]:
        return tuple(sorted(c.name for c in self.contracts.values() if c.conformed))

    def select(self, expression: str) -> set[str]:
        """The ids of the tables that a selection (`--select`) names.

        Its parts are joined by commas or spaces. Each part is `silver.sample`, `sample`, `tier:gold`,
        `room:sampling` or `tag:urgent`; a leading + adds all tables that it needs, a trailing + all that need
        it. Raises UsageError for an empty selection and an unknown or ambiguous name.
        """
        parts = [part for part in re.split(r"[,\s]+", expression) if part]
        if not parts:
            raise UsageError("the selection is empty")
        chosen: set[str] = set()
        for part in parts:
            core = self._named(part.removeprefix("+").removesuffix("+"))
            chosen |= core
            if part.startswith("+"):
                chosen |= {other for table in core for other in self.needs(table)}
            if part.endswith("+"):
                chosen |= {other for table in core for other in self.needed_by(table)}
        return chosen

    def _named(self, word: str) -> set[str]:
        tables = self.contracts.values()
        kind, colon, value = word.partition(":")
        if colon:
            known = {"tier": set(TIERS), "room": {c.room for c in tables}, "tag": set(TAGS)}
            if kind not in known:
                raise UsageError(f"{word}: unknown selector (tier:, room: or tag:)")
            if value not in known[kind]:
                hint = suggestion(value, known[kind]) or f"; known: {', '.join(sorted(known[kind]))}"
                raise UsageError(f"{word}: unknown {kind}{hint}")
            return {c.id for c in tables if (value in c.tags if kind == "tag" else value == getattr(c, kind))}
        found = {c.id for c in tables if word in (c.id, c.name)}
        if len(found) > 1:
            raise UsageError(f"{word}: is ambiguous: {', '.join(sorted(found))}")
        if not found:
            names = {c.id for c in tables} | {c.name for c in tables}
            raise UsageError(f"{word}: unknown table{suggestion(word, sorted(names))}")
        return found


def load_catalog(schemas: Path = SCHEMAS) -> Catalog:
    """Read and check every contract in ``schemas``/silver and ``schemas``/gold. A foreign key without a name
    or description gets those of the column that it points to. Unchanged files are not read again.

    Raises ContractError with all problems of the files; those of the graph are looked for only where the
    files have none.
    """
    paths = sorted(p for tier in TIERS for p in (schemas / tier).glob("*") if not p.name.startswith("."))
    stats = [path.stat() for path in paths]
    return _read_catalog(tuple((p, s.st_mtime_ns, s.st_size) for p, s in zip(paths, stats, strict=True)))


@lru_cache(maxsize=2)
def _read_catalog(files: tuple[tuple[Path, int, int], ...]) -> Catalog:
    contracts: dict[str, Contract] = {}
    problems: list[str] = []
    for path, _, _ in files:
        if not path.name.endswith(".odcs.yaml"):
            problems.append(f"{shown(path)}: name: is not <table>.odcs.yaml")
            continue
        contract, found = read_contract(path)
        problems += found
        if contract is not None:
            contracts[contract.id] = contract
    problems += graph_problems(contracts) if not problems else []
    if problems:
        raise ContractError(problems)
    return Catalog({name: _with_inherited_texts(contract, contracts) for name, contract in contracts.items()})


def graph_problems(contracts: Mapping[str, Contract]) -> list[str]:
    """The problems of the graph, each as `file: field: what`: inputs that no table produces, columns of
    `partition_by` by which no input can be split, foreign keys that point to no key, and, only where there is
    none of these, a cycle with the tables in it. ``contracts``: by table id."""
    problems: list[str] = []
    for contract in contracts.values():
        file = shown(contract.path)
        problems += [
            f"{file}: customProperties.inputs: no table produces {name!r}{suggestion(name, contracts)}"
            for name in contract.inputs
            if not name.startswith("bronze.") and name not in contracts
        ]
        problems += [
            f"{file}: customProperties.partition_by: {p}" for p in _partition_problems(contract, contracts)
        ]
        for column in contract.columns:
            problems += [
                f"{file}: {column.name}.relationships: {p}" for p in _foreign_key_problems(column, contracts)
            ]
    if problems:
        return problems
    try:
        _ordered({name: _direct(contract, contracts) for name, contract in contracts.items()})
    except CycleError as error:
        cycle = list(reversed(error.args[1]))
        problems.append(
            f"{shown(contracts[cycle[0]].path)}: customProperties.inputs: a cycle: {' -> '.join(cycle)}"
        )
    return problems


def _partition_problems(contract: Contract, contracts: Mapping[str, Contract]) -> list[str]:
    """Columns of partition_by by which no input can be split, or that widen nothing."""
    if not contract.partition_by:
        return []
    inputs = [contracts[name] for name in contract.inputs if name in contracts]
    first, *second = contract.partition_by
    problems = [
        f"{name!r} is no {'date' if kind == 'date' else 'text'} column of {other.id}"
        for name in contract.partition_by
        for kind in [contract.column(name).type]
        for other in inputs
        if name in other.column_names and other.column(name).type != kind
    ]
    if not any(first in other.column_names for other in inputs):
        problems.append(f"no input has a column {first!r}")
    for name in second:
        ways = [(first, name), (name, first)]  # the wider group stands second, or first where it goes first
        holders = [o.id for o in inputs for key, wider in ways if o.key == (key,) and wider in o.column_names]
        if len(holders) != 1:
            problems.append(
                f"one of {first!r} and {name!r} must be a column of exactly one input whose key is the other"
            )
    return problems


def _foreign_key_problems(column: Column, contracts: Mapping[str, Contract]) -> list[str]:
    key = column.foreign_key
    if key is None:
        return []
    if key.table not in contracts:
        return [f"unknown table {key.table!r}{suggestion(key.table, contracts)}"]
    target = contracts[key.table]
    if key.column not in target.column_names:
        return [f"{key.table} has no column {key.column!r}{suggestion(key.column, target.column_names)}"]
    if target.key != (key.column,):
        return [f"{key.table}.{key.column} is not that table's key ({', '.join(target.key)})"]
    if column.type not in (target.column(key.column).type, "array<string>"):
        return [f"{column.type} does not fit {key.table}.{key.column} ({target.column(key.column).type})"]
    return []


def _direct(contract: Contract, contracts: Mapping[str, Contract]) -> set[str]:
    inputs = {name for name in contract.inputs if name in contracts}
    references = {
        c.foreign_key.table
        for c in contract.columns
        if c.foreign_key and contracts[c.foreign_key.table].reference
    }
    return (inputs | references) - {contract.id}


def _ordered(edges: Mapping[str, Iterable[str]]) -> list[str]:
    def rank(table: str) -> tuple[int, str]:
        return TIERS.index(table.split(".")[0]), table

    sorter = TopologicalSorter({name: edges[name] for name in sorted(edges, key=rank)})
    sorter.prepare()
    result: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=rank)
        result += ready
        sorter.done(*ready)
    return result


def _reach(start: str, edges: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for other in edges[waiting.pop()] - found:
            found.add(other)
            waiting.append(other)
    return found - {start}


def _with_inherited_texts(contract: Contract, contracts: Mapping[str, Contract]) -> Contract:
    """A foreign key without a description means what the column that it points to means."""

    def inherited(column: Column) -> Column:
        if column.foreign_key is None:
            return column
        target = contracts[column.foreign_key.table].column(column.foreign_key.column)
        return replace(
            column,
            name_zh=column.name_zh or target.name_zh,
            description_zh=column.description_zh or target.description_zh,
            description_en=column.description_en or target.description_en,
        )

    return replace(contract, columns=tuple(inherited(column) for column in contract.columns))
