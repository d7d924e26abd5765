"""Counts and rows of tables that may be too large to read whole, made by DuckDB over the versions that a
snapshot (a night) names. Where the snapshot names none of one of the tables, the result is an empty frame.
`publications` alone reads the newest version of ops.publication, which no night names. Order lines are
counted and listed too, though their numbers are confidential: pages show results about quarantine, flags and
values only after `order_lines.of_quarantine`.

Quarantined rows are rows of files that break a rule. A row is named by source (provider), feed (kind of
file), file, member (file in an archive), record (number in the file) and element (part of a record that was
split).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import duckdb
import pandas as pd

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Column, Contract
from jobs.deployment import deployment
from jobs.lake.night import Snapshot
from jobs.reports.order_lines import TARGET as ORDER_LINES

QUARANTINE = "silver.quarantine"
PUBLISHED = "ops.publication"
SELLS = "sources.platforms"
# Rows of one source that a download holds at most, and examples of a broken rule; the counts are always of
# all rows.
MOST_LINES = 10_000
EXAMPLES = 3
MOST_VALUES = 8
# Columns of the results: of quarantined rows, of examples, of broken rules, of flags, of unknown values.
# ``row`` is the record as JSON, with the names of the table's columns.
LINE_COLUMNS = "source feed target file member record element rule_ids reasons_zh reasons_en row".split()
EXAMPLE_COLUMNS = ["source", "target", "rule", "file", "member", "record", "element", "row"]
RULE_COLUMNS = ["source", "target", "rule", "zh", "en", "rows"]
FLAG_COLUMNS = ["target", "load_key", "flag", "rows"]
VALUE_COLUMNS = ["source", "target", "column", "value", "rows", "distinct_values"]


def publications(snapshot: Snapshot) -> pd.DataFrame:
    """Return the number of rows of ops.publication by revision, the lowest first: columns revision and rows.
    Revision 0 are the rates as first published."""
    if not snapshot.lake.exists(PUBLISHED):
        return pd.DataFrame({"revision": [], "rows": []}, dtype="int64")
    revisions = snapshot.lake.frame(PUBLISHED, columns=["revision"])["revision"]
    return revisions.value_counts().sort_index().rename_axis("revision").reset_index(name="rows")


def quarantine_rules(snapshot: Snapshot) -> pd.DataFrame:
    """Return the number of quarantined rows by source, table and broken rule: columns source, target (table
    without `silver.`), rule, zh, en, rows, sorted by these. A row counts under each rule that it breaks;
    ``zh`` and ``en`` are the rule's reason."""
    return _asked(
        snapshot,
        {"q": QUARANTINE},
        RULE_COLUMNS,
        "SELECT source, target, rule, min(zh) AS zh, min(en) AS en, count(*) AS rows FROM (SELECT "
        "source, target, "
        "unnest(rule_ids) AS rule, unnest(reasons_zh) AS zh, unnest(reasons_en) AS en FROM q) GROUP BY "
        "ALL ORDER BY ALL",
    )


def quarantine_lines(snapshot: Snapshot, *, most: int | None = None) -> pd.DataFrame:
    """Return the quarantined rows, with the columns LINE_COLUMNS, sorted by source, file, feed, member,
    record, element and target. ``most``: of each source the first ones, at most as many as this; None or 0:
    all of them."""
    order = "file, feed, member, record, element, target"
    first = f"QUALIFY row_number() OVER (PARTITION BY source ORDER BY {order}) <= {most}" if most else ""
    return _asked(
        snapshot,
        {"q": QUARANTINE},
        LINE_COLUMNS,
        f"SELECT {', '.join(LINE_COLUMNS)} FROM q {first} ORDER BY source, {order}",
    )


def filed_orders(snapshot: Snapshot) -> pd.DataFrame:
    """Return the number of the nation's accepted order lines by source that filed them and platform on which
    they were sold: columns source, platform_code, n, sorted by the first two."""
    return _asked(
        snapshot,
        {"t": f"silver.{ORDER_LINES}"},
        ["source", "platform_code", "n"],
        "SELECT _source AS source, platform_code, count(*) AS n FROM t "
        f"WHERE _jurisdiction = '{deployment().code}' GROUP BY ALL ORDER BY ALL",
    )


def sellers_of_sources(snapshot: Snapshot) -> pd.DataFrame:
    """Return on which platforms the order lines that each source files were sold: one row per source and
    platform, columns source and platform_code. Their number is confidential and left out."""
    return filed_orders(snapshot)[["source", "platform_code"]]


def quarantine_examples(snapshot: Snapshot) -> pd.DataFrame:
    """Return the first EXAMPLES quarantined rows of each source, table and broken rule, with the columns
    EXAMPLE_COLUMNS, sorted by these; first by file, feed, member, record and element."""
    return _asked(
        snapshot,
        {"q": QUARANTINE},
        EXAMPLE_COLUMNS,
        f"SELECT {', '.join(EXAMPLE_COLUMNS)} FROM (SELECT * EXCLUDE (rule_ids), unnest(rule_ids) AS "
        f"rule FROM q) QUALIFY row_number() "
        f"OVER (PARTITION BY source, target, rule ORDER BY file, feed, member, record, element) <= "
        f"{EXAMPLES} "
        "ORDER BY source, target, rule, file, member, record, element",
    )


def quarantined_rows(snapshot: Snapshot) -> pd.DataFrame:
    """Return the number of quarantined rows of each source: columns source and rows, sorted by source. Order
    lines are left out, as their number is confidential (jobs.reports.order_lines)."""
    return _asked(
        snapshot,
        {"q": QUARANTINE},
        ["source", "rows"],
        f"SELECT source, count(*) AS rows FROM q WHERE target <> '{ORDER_LINES}' GROUP BY ALL ORDER BY ALL",
    )


def flags(snapshot: Snapshot, targets: Iterable[str]) -> pd.DataFrame:
    """Return the number of rows of silver tables by table, load key (of the file that they came in) and flag:
    columns target, load_key, flag, rows, sorted by the first three. A flag is a note on an accepted row, such
    as `<column>_unmapped`; a row counts under each of its flags, and a row without a flag is not counted.

    ``targets``: names, without `silver.`, of tables that sources deliver (`Catalog.targets`); for derived
    ones, which have no flags, DuckDB raises an error. A table that the night lacks adds no rows. Order lines
    are counted too, but their number is confidential: show the result only after `order_lines.of_quarantine`.
    """
    found = [
        _asked(
            snapshot,
            {"s": f"silver.{target}"},
            FLAG_COLUMNS,
            f"SELECT '{target}' AS target, _load_key AS load_key, flag, count(*) AS rows FROM (SELECT "
            f"_load_key, "
            "unnest(_flags) AS flag FROM s WHERE len(_flags) > 0) WHERE _load_key IS NOT NULL GROUP BY "
            "ALL ORDER BY ALL",
        )
        for target in sorted(targets)
    ]
    return pd.concat([f for f in found if len(f)] or [pd.DataFrame(columns=FLAG_COLUMNS)], ignore_index=True)


def unknown_values(
    snapshot: Snapshot, catalog: Catalog, flagged: pd.DataFrame, live: Iterable[str]
) -> pd.DataFrame:
    """Return the most frequent values that are in no map, lookup or reference table, as their provider wrote
    them: columns source, target, column, value, rows, distinct_values (of the source and column); at most
    MOST_VALUES values for each source and column, the most frequent first.

    ``flagged``: as `flags` returns it; ``live``: load keys of the current editions of files. Columns with
    personal data or free text are left out, as the page is public.
    """
    keys = pd.DataFrame({"load_key": sorted(live)})
    found = []
    for target, flag in sorted(set(zip(flagged["target"], flagged["flag"], strict=True))):
        contract = catalog.contracts[f"silver.{target}"]
        name = flag.removesuffix("_unmapped")
        if flag == name or name not in contract.column_names:
            continue
        column = contract.column(name)
        if not column.personal and not column.free_text:
            found.append(_unknown(snapshot, contract, column, keys))
    return pd.concat([f for f in found if len(f)] or [pd.DataFrame(columns=VALUE_COLUMNS)], ignore_index=True)


def _unknown(snapshot: Snapshot, contract: Contract, column: Column, keys: pd.DataFrame) -> pd.DataFrame:
    name, key = column.name, column.foreign_key
    unknown, tables = f"contains(_unmapped, ';{name};')", {"b": f"bronze.{contract.name}"}
    if key and column.type == "string" and snapshot.version(key.table) is not None:
        tables["r"] = key.table
        unknown += (
            f' OR ("{name}" IS NOT NULL AND "{name}" NOT IN (SELECT "{key.column}" FROM r WHERE '
            f'"{key.column}" IS NOT NULL))'
        )
    # The inner names are all that the outer query knows: a table may have columns named value or rows itself
    # (disposal.value).
    return _asked(
        snapshot,
        tables,
        VALUE_COLUMNS,
        f"SELECT source, '{contract.name}' AS target, '{name}' AS \"column\", value, count(*) AS rows, "
        "count(*) OVER (PARTITION BY source) AS distinct_values "
        f'FROM (SELECT _source AS source, coalesce("_original_{name}", "{name}") AS value FROM b '
        f"WHERE ({unknown}) AND _load_key IN (SELECT load_key FROM live)) GROUP BY source, value "
        f"QUALIFY row_number() OVER (PARTITION BY source ORDER BY count(*) DESC, value) <= "
        f"{MOST_VALUES} ORDER BY source, rows DESC, value",
        live=keys,
    )


def _asked(
    snapshot: Snapshot, tables: dict[str, str], columns: list[str], sql: str, **frames: pd.DataFrame
) -> pd.DataFrame:
    """Return the answer to ``sql``. ``tables``: name in the SQL → table of the night; ``frames``: further
    frames by their name in the SQL. Where one of the tables is absent, the answer is an empty frame with
    ``columns``."""
    if any(snapshot.version(table) is None for table in tables.values()):
        return pd.DataFrame({c: pd.Series(dtype="object") for c in columns})
    with _database().cursor() as connection:
        for name, table in tables.items():
            connection.register(name, snapshot.lake.dataset(table, snapshot.version(table)))
        for name, frame in frames.items():
            connection.register(name, frame)
        return connection.sql(sql).df()


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """Return the in-memory database that all queries of this process share, as making one takes longer than
    most queries. What a cursor registers is not seen by others and ends with it."""
    return duckdb.connect()
