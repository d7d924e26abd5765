"""Every row that ever came for a silver table: its text reads them to find earlier filings."""

from __future__ import annotations

from jobs.contracts.model import Contract
from jobs.engine.dispositions import PLACE

# What `filed` adds to the contract's columns.
FILED_META = {
    "_delivered_on": "date",
    "_received_on": "date",
    "_landed_at": "timestamp",
    "_jurisdiction": "string",
    "_place": "bigint",
}


def filed_view(contract: Contract) -> str:
    """The name by which the text of a silver table reads `filed`."""
    return f"filed_{contract.name}"


def filed(contract: Contract) -> str:
    """Every valid row that ever counted, of replaced editions too, over the views `disposed`, `bronze` and
    `counted` (`_load_key _landed_at`): the contract's columns and FILED_META.

    `_landed_at`: the begin of the landing that took its content in; rows of one landing share it. `_place`: 1
    of the row that is accepted, 2 of the next best for its key; null of a replaced edition. Rows of contents
    that were held ever since are not among them."""
    columns = ", ".join(f"d.`{n}`" for n in contract.column_names)
    same = " AND ".join(
        f"COALESCE(CAST(d.{p} AS STRING), '') = COALESCE(CAST(b.{p} AS STRING), '')" for p in PLACE
    )
    return (
        f"SELECT {columns}, b._delivered_on, b._received_on, c._landed_at, d._jurisdiction, d._place "
        f"FROM disposed AS d JOIN bronze AS b ON {same} JOIN counted AS c ON d._load_key = c._load_key "
        "WHERE SIZE(d._rule_ids) = 0"
    )
