"""Lineage of tables and columns: which ones a table is made from. `quality explain` and the OpenLineage
events both use it (definitions.md#lineage). It is derived from contracts and SQL texts; the lake is not read.
A column is made from those whose values it holds or is computed from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from importlib.metadata import version
from pathlib import Path

from sqlglot import exp
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope, traverse_scope

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.engine import dialect
from jobs.engine.dialect import ONE_AT_A_TIME, parsed
from jobs.engine.dispositions import SILVER_META, view
from jobs.engine.filed import FILED_META, filed_view
from jobs.engine.texts import has_text, table_text
from jobs.kept_texts import KeptTexts

# How a column is made from another, as OpenLineage names it: copied, computed from one row, or from several.
IDENTITY, TRANSFORMATION, AGGREGATION = "IDENTITY", "TRANSFORMATION", "AGGREGATION"
# A text with the columns of its inputs → the lineage of its columns, as JSON.
_KEPT = KeptTexts(Path(__file__), Path(dialect.__file__), version("sqlglot"))


@dataclass(frozen=True, order=True)
class Origin:
    """A column that another column is made from. ``table``: its table, as `silver.sample`; ``how``: IDENTITY,
    TRANSFORMATION or AGGREGATION, as in OpenLineage's column lineage facet."""

    table: str
    column: str
    how: str

    @property
    def name(self) -> str:
        """The column with its table, as `silver.sample.shop_id`."""
        return f"{self.table}.{self.column}"


@dataclass(frozen=True)
class ColumnEdges:
    """Lineage of a table's columns. ``columns``: column → the columns that it is made from, empty for a
    constant or a count of rows; ``besides``: (table, column) of inputs that are read only in joins, filters
    or orders and that no column is made from."""

    columns: Mapping[str, tuple[Origin, ...]]
    besides: tuple[tuple[str, str], ...] = ()


def inputs(catalog: Catalog, contract: Contract) -> list[str]:
    """Return the names of tables that a table is built from: first its bronze table where sources deliver it,
    then its declared inputs in silver and gold and the reference tables of its foreign keys, sorted."""
    own = [f"bronze.{contract.name}"] if contract.conformed else []
    return [*own, *sorted(catalog.direct(contract.id))]


def column_edges(catalog: Catalog, contract: Contract) -> ColumnEdges | None:
    """Return the lineage of a table's columns: for a table with an SQL text, from that text; for one that
    sources deliver, each column from the same column of its bronze table. None for a table that a build() in
    Python makes. Raises sqlglot.errors.SqlglotError where the text cannot be parsed or names an unknown
    column."""
    if has_text(contract):
        with ONE_AT_A_TIME:
            return _of_text(catalog, contract)
    if not contract.conformed:
        return None
    bronze = f"bronze.{contract.name}"
    how = lambda kind: IDENTITY if kind == "string" else TRANSFORMATION  # bronze holds text
    return ColumnEdges({c.name: (Origin(bronze, c.name, how(c.type)),) for c in contract.columns})


def _of_text(catalog: Catalog, contract: Contract) -> ColumnEdges:
    tables = {view(i): i for i in contract.inputs}
    known = {i: (contract if i.startswith("bronze.") else catalog.contracts[i]) for i in contract.inputs}
    schema: dict[str, object] = {
        view(i): dict.fromkeys((*other.column_names, *SILVER_META), "string") for i, other in known.items()
    }
    if contract.conformed:  # every row that ever came stands in the same bronze
        tables[filed_view(contract)] = f"bronze.{contract.name}"
        schema[filed_view(contract)] = dict.fromkeys((*contract.column_names, *FILED_META), "string")
    source = json.dumps([table_text(contract), contract.column_names, schema, tables])
    if (kept := _KEPT.get(source)) is None:
        found = _found(contract, schema, tables)
        _KEPT.put(source, json.dumps(astuple(found)))
        return found
    columns, besides = json.loads(kept)
    return ColumnEdges(
        {name: tuple(Origin(*one) for one in origins) for name, origins in columns.items()},
        tuple((table, column) for table, column in besides),
    )


def _found(contract: Contract, schema: dict[str, object], tables: Mapping[str, str]) -> ColumnEdges:
    """Find the lineage in the text. ``schema``: view → its columns; ``tables``: view → its table."""
    tree = qualify(parsed(table_text(contract)), schema=schema, dialect="spark", quote_identifiers=False)
    scope = build_scope(tree)
    assert isinstance(tree, exp.Query) and scope is not None, "a text is a SELECT; `contracts check` holds it"
    # All columns in one call: their common steps are walked once, and the text is copied for none of them.
    nodes = lineage(None, tree, schema, scope=scope, trim_selects=False, copy=False)
    columns = {name: tuple(sorted(set(_origins(nodes[name], tables)))) for name in contract.column_names}
    direct = {(o.table, o.column) for origins in columns.values() for o in origins}
    return ColumnEdges(columns, tuple(sorted(_read(tree, tables) - direct)))


def _origins(node: Node, tables: Mapping[str, str], how: str = IDENTITY) -> Iterator[Origin]:
    """Yield the columns of inputs that a column is made from, each with the strongest step on the way
    (aggregation over transformation over identity)."""
    source = node.expression
    if isinstance(source, exp.Table):
        if source.name in tables:
            yield Origin(tables[source.name], node.name.rpartition(".")[2], how)
        return
    step = _step(source)
    for below in node.downstream:
        yield from _origins(below, tables, max(how, step, key=_STRENGTH.index))


_STRENGTH = (IDENTITY, TRANSFORMATION, AGGREGATION)


def _step(expression: exp.Expr) -> str:
    """Return what a SELECT item does with the columns in it: IDENTITY, TRANSFORMATION or AGGREGATION."""
    item = expression.unalias()
    if isinstance(item, exp.Column):
        return IDENTITY
    return AGGREGATION if item.find(exp.AggFunc) else TRANSFORMATION


def _read(tree: exp.Query, tables: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return (table, column) for every column of an input that occurs anywhere in the text."""
    found: set[tuple[str, str]] = set()
    for scope in traverse_scope(tree):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table) and source.name in tables:
                found.add((tables[source.name], column.name))
    return found


def explained(catalog: Catalog, table: str, column: str | None) -> dict[str, list[str] | None]:
    """Return what `quality explain` shows for a table or one of its columns. `inputs`: the tables that the
    table is built from. With a column also `made_from`: the columns that it is made from; without one
    (``column`` None) `joined_or_filtered_by`: columns of inputs that are read and that no column is made
    from. The second is None, for any ``column``, where a build() in Python makes the table. ``table``:
    `<tier>.<name>`; ``column``: its bare name; columns in the result are written as `silver.sample.shop_id`.
    Raises KeyError for an unknown table or column."""
    contract = catalog.contracts[table]
    edges, found = column_edges(catalog, contract), {"inputs": inputs(catalog, contract)}
    if column is None:
        besides = None if edges is None else [f"{table}.{name}" for table, name in edges.besides]
        return {**found, "joined_or_filtered_by": besides}
    contract.column(column)
    made = None if edges is None else [origin.name for origin in edges.columns[column]]
    return {**found, "made_from": made}
