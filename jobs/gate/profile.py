"""What one table version looks like: rows, null shares, means, distributions of its categories. One pass of DuckDB, without a JVM."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.contracts.suites import measured_columns
from jobs.lake.tables import these


@dataclass(frozen=True)
class Profile:
    """``null_share`` and ``mean`` by column (a mean only where there is a value); ``shares``: column → value as text → its share
    among the rows that have one."""

    rows: int
    null_share: dict[str, float] = field(default_factory=dict)
    mean: dict[str, float] = field(default_factory=dict)
    shares: dict[str, dict[str, float]] = field(default_factory=dict)


def _categories(contract: Contract, catalog: Catalog) -> list[str]:
    """A key of facts is no category: nearly every row has its own."""
    facts = {c.name for c in contract.columns if c.foreign_key and not catalog.contracts[c.foreign_key.table].reference}
    return [name for name in measured_columns(contract)["drift"] if name not in facts]


def profile(rows: ds.Dataset | pa.Table, contract: Contract, catalog: Catalog, months: tuple[date, ...] | None = None) -> Profile:
    """The profile of ``rows``, or of those of ``months`` (first days). Of a reference table only the rows are counted."""
    columns = measured_columns(contract)
    wanted = [
        *[("null_share", c, f'1 - count("{c}") / nullif(count(*), 0)') for c in columns["null_share"]],
        *[("mean", c, f'avg("{c}")::DOUBLE') for c in columns["mean"]],
        *[("shares", c, f'histogram("{c}"::VARCHAR)') for c in _categories(contract, catalog)],
    ]
    where = "" if months is None else f"WHERE {these(months)}" if months else "WHERE FALSE"
    with duckdb.connect() as connection:
        connection.register("audited", rows)
        [(count, *found)] = connection.sql(f"SELECT {', '.join(['count(*)', *(sql for _, _, sql in wanted)])} FROM audited {where}").fetchall()
    result = Profile(count)
    for (kind, column, _), value in zip(wanted, found, strict=True):
        if kind == "shares":
            total = sum((value or {}).values())
            value = {key: n / total for key, n in value.items()} if total else None
        if value is not None:
            getattr(result, kind)[column] = value
    return result
