"""Every row that ever came for a silver table: its text reads them to find earlier filings."""

from __future__ import annotations

from jobs.contracts.model import Contract
from jobs.engine.dispositions import PLACE

# What `filed` adds to the contract's columns.
FILED_META = {"_delivered_on": "date", "_received_on": "date", "_jurisdiction": "string", "_place": "bigint"}


def filed_view(contract: Contract) -> str:
    """The name by which the text of a silver table reads `filed`."""
    return f"filed_{contract.name}"


def filed(contract: Contract, disposed: str = "disposed", bronze: str = "bronze") -> str:
    """Every valid row that ever came, of replaced editions too: the contract's columns and FILED_META.
    `_place`: 1 of the row that is accepted, 2 of the next best for its key; null of a replaced edition."""
    columns = ", ".join(f"d.`{n}`" for n in contract.column_names)
    same = " AND ".join(
        f"COALESCE(CAST(d.{p} AS STRING), '') = COALESCE(CAST(b.{p} AS STRING), '')" for p in PLACE
    )
    return (
        f"SELECT {columns}, b._delivered_on, b._received_on, d._jurisdiction, d._place FROM {disposed} AS d "
        f"JOIN {bronze} AS b ON {same} WHERE SIZE(d._rule_ids) = 0"
    )
