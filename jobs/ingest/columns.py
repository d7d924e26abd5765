"""Read `columns:` of a feed: for each column of the target a value, checked against the target's contract."""

from __future__ import annotations

from typing import Any

from jobs.contracts.model import Contract
from jobs.ingest.layouts import Layout
from jobs.ingest.model import POLICIES, ColumnMap
from jobs.ingest.source_files import SourceDocument
from jobs.ingest.values import OPERATIONS, PRODUCERS, Lookups, ValueReader
from jobs.strict_yaml import KeyPath


def read_columns(
    doc: SourceDocument,
    value: Any,
    path: KeyPath,
    label: str,
    contract: Contract,
    version: str | None,
    layout: Layout,
    lookups: Lookups,
) -> tuple[ColumnMap, ...]:
    """Read the `columns:` of a feed: one ColumnMap per column that is mapped without a problem, in the
    contract's order; a version column that the contract lacks comes last. Problems are added to ``doc``:
    unknown columns and entries that cannot be read. Whether all required columns are mapped is not checked
    here.

    ``value``: the mapping as written (anything else is a problem, and gives ()); ``path``: the keys that lead
    to it in the document; ``label``: its name in messages; ``contract``: the target's; ``version``: the
    column that the feed states as its version, None without one; ``layout``: how its files are read;
    ``lookups``: reads a lookup by name."""
    known = [*contract.column_names, *([version] if version and version not in contract.column_names else [])]
    given = doc.mapping(value, path, label, known)
    columns = []
    for name in (n for n in known if n in given):
        reader = ValueReader(doc, (*path, name), f"{label}.{name}", layout, lookups)
        column = contract.column(name) if name in contract.column_names else None
        read = _column(reader, name, given[name], column, name in contract.key)
        columns += [read] if read is not None else []
    return tuple(columns)


def _column(reader: ValueReader, name: str, value: Any, column: Any, key: bool) -> ColumnMap | None:
    """Read one entry of a feed's `columns`; None where it has a problem, which ``reader.doc`` then holds.
    ``value``: the entry; ``column``: that of the target's contract, None for a name that the contract lacks;
    ``key``: whether it belongs to the key."""
    doc, before = reader.doc, len(reader.doc.problems)
    given = doc.mapping(value, reader.at, reader.label, (*PRODUCERS, *OPERATIONS, "on_unmapped"))
    kind = column.type if column else "string"
    made = reader.value(given, kind)
    policy = given.get("on_unmapped")
    if policy is not None:
        at, label = (*reader.at, "on_unmapped"), f"{reader.label}.on_unmapped"
        doc.one_of(policy, at, label, POLICIES, None)
    if made is None or len(doc.problems) > before:
        return None
    return ColumnMap(
        name=name,
        value=made,
        type=kind,
        required=column is not None and (column.required or key),
        in_contract=column is not None,
        on_unmapped=policy,
        personal=column.personal if column else None,
        free_text=column is not None and column.free_text,
        code=column is not None and column.code,
    )
