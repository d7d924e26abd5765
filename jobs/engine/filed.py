"""The SQL of the view `filed`: every row that was ever delivered for a silver table and that breaks no
critical rule, also where later files replaced it. The table's own SQL text reads the view where it needs
earlier filings, such as who operated a shop before."""

from __future__ import annotations

from jobs.contracts.model import Contract
from jobs.engine.dispositions import PLACE

# The columns that the view adds to the contract's, with their types in Spark SQL; `filed` explains them.
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
    """Return the name of the view `filed` of a silver table: `filed_<table>`."""
    return f"filed_{contract.name}"


def filed(contract: Contract) -> str:
    """Return the SELECT of the view (Spark SQL): one row per valid delivered row and period in which the
    content (file) that holds it counted, rows of replaced editions of a file among them.

    It reads the views `disposed` (jobs.engine.dispositions), `bronze` and `counted` (jobs.ingest.counting),
    and gives the contract's columns and these:

    - `_day`: the day of the filing: the delivery date that the file states, else the day of the landing.
    - `_landed_at`, `_begun_on`: time and day of the landing from which the content counted, the same for all
      rows of one landing.
    - `_until`: the day of the landing that brought another content of the same file; null where it still
      counts.
    - `_jurisdiction`: the country code of the row's source.
    - `_place`: the row's rank among the rows of its key (1: the accepted row), null in a replaced edition.
    - `_nth`: number of the filing among those of its key, from 1, by `_day`, then by landing; within a
      landing the row with the best `_place` is last.

    Contents that landing has held back since they came (definitions.md#landing) are left out.
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
