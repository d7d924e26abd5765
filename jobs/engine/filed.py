"""Every row that ever came for a silver table: its text reads them to find earlier filings."""

from __future__ import annotations

from jobs.contracts.model import Contract
from jobs.engine.dispositions import PLACE

# What `filed` adds to the contract's columns.
FILED_META = {
    "_day": "date",
    "_begun_on": "date",
    "_until": "date",
    "_landed_at": "timestamp",
    "_jurisdiction": "string",
    "_place": "bigint",
    "_nth": "bigint",
}


def filed_view(contract: Contract) -> str:
    """The name by which the text of a silver table reads `filed`."""
    return f"filed_{contract.name}"


def filed(contract: Contract) -> str:
    """Every valid row that ever counted, of replaced editions too, once for each time for which its content
    counted, over the views `disposed`, `bronze` and `counted` (jobs.ingest.counting): the contract's columns
    and FILED_META.

    `_day`: of the delivery, else that of the landing; `_landed_at`, `_begun_on`: the begin and the day of the
    landing from which it counted, which rows of one landing share; `_until`: the day on which another content
    of its file came. `_place`: 1 of the row that is accepted, 2 of the next best for its key; null of a
    replaced edition. `_nth`: in which order the rows of a key were filed, from 1: by day and landing, the one
    that stands at the end of a landing last. Rows of contents that were held ever since are not among them.
    """
    columns = ", ".join(f"d.`{n}`" for n in contract.column_names)
    same = " AND ".join(
        f"COALESCE(CAST(d.{p} AS STRING), '') = COALESCE(CAST(b.{p} AS STRING), '')" for p in PLACE
    )
    key = ", ".join(f"d.`{k}`" for k in contract.key)
    day = "COALESCE(c._named_on, b._delivered_on, c._begun_on)"
    order = ", ".join(
        f"{each} ASC NULLS FIRST"
        for each in (
            day, "c._landed_at", "-d._place", "TRY_CAST(b._version AS DECIMAL(38,9))", "b._version",
            "b._file_sha256", "b._member", "b._record", "b._element", "b._load_key",
            "c._until",
        )
    )  # fmt: skip
    return (
        f"SELECT {columns}, {day} AS _day, c._begun_on, c._until, c._landed_at, d._jurisdiction, d._place, "
        f"CAST(ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY {order}) AS BIGINT) AS _nth "
        f"FROM disposed AS d JOIN bronze AS b ON {same} JOIN counted AS c ON d._load_key = c._load_key "
        "WHERE SIZE(d._rule_ids) = 0"
    )
