"""The SQL of the view `filed`: every row that was ever delivered for a silver table. The table's own text
reads it where it needs earlier filings."""

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
    """The name of the view `filed` of a silver table: `filed_<table>`."""
    return f"filed_{contract.name}"


def filed(contract: Contract) -> str:
    """The SELECT of every valid row that ever counted, rows of replaced editions among them: one row for each
    period in which its content counted. It reads the views `disposed`, `bronze` and `counted`
    (jobs.ingest.counting) and gives the contract's columns and FILED_META.

    `_day`: the day of the delivery, else of the landing; `_landed_at`, `_begun_on`: time and day of the
    landing from which the content counted, the same for all rows of one landing; `_until`: the day on which
    another content of its file arrived. `_place`: rank among the rows of its key (1: the accepted row), null
    for a replaced edition. `_nth`: number of the filing among those of its key, from 1, by day and landing;
    within a landing the row with the best `_place` is last. Contents that have been held since they came are
    left out.
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
