"""Build a silver table that sources deliver from its bronze table: judge each bronze row by the contract,
complete the accepted rows by the table's SQL text where it has one, and commit them.

To judge a row is to give it one disposition: accepted, quarantined, superseded or repeated
(jobs.engine.dispositions). A *load key* identifies one content of a file as landed for one feed. ``space`` is
always the workspace in which the SQL runs, ``given`` what the table is built from.

Where little changed in a table that is large or kept by month, only the rows of the changed keys are judged,
by the same statement: as they are now and as they were before, so that the counts of the ledger stay exact.
Of a table kept by month only the months of those rows are replaced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import pyarrow as pa

from jobs.contracts.model import Contract
from jobs.contracts.schema import arrow_schema, arrow_type
from jobs.deployment import deployment
from jobs.engine.dispositions import (
    COUNTS,
    PLACE,
    SILVER_META,
    Views,
    accepted,
    quarantined,
    statement,
    view,
)
from jobs.engine.filed import filed, filed_view
from jobs.engine.interface import Stored, Workspace
from jobs.engine.ranking import rivals
from jobs.engine.sizes import RIVAL_ROWS
from jobs.engine.texts import has_text, reads_filed, table_text
from jobs.engine.typed import typed
from jobs.ingest.bronze import bronze_schema
from jobs.ingest.units import Live, Units
from jobs.lake.tables import MONTH, these

# The columns that silver adds to the contract's.
META = pa.schema([(name, arrow_type(kind)) for name, kind in SILVER_META.items()])
# The largest share (0-1) of bronze rows that may have changed; beyond it, judging all rows is cheaper than
# judging the changed ones twice.
LARGEST_SHARE = 0.5
# The views that the statements read besides tables: `live` (contents that are the newest edition of a file),
# `deliveries` (of snapshot feeds), sets of load keys, and `counted` (periods in which contents counted,
# jobs.ingest.counting).
LIVE = pa.schema([("_load_key", pa.string()), ("_first", pa.date32()), ("_last", pa.date32())])
DELIVERIES = pa.schema([("_source", pa.string()), ("_feed", pa.string()), ("_delivered_on", pa.date32())])
KEYS = pa.schema([("_load_key", pa.string())])
COUNTED = pa.schema(
    [
        ("_load_key", pa.string()),
        ("_landed_at", pa.timestamp("us", tz="UTC")),
        *((name, pa.date32()) for name in ("_begun_on", "_named_on", "_until")),
    ]
)


@dataclass(frozen=True)
class Judged:
    """The outcome of building one silver table.

    ``version``: the committed version; ``counts``: (load key, disposition) → number of bronze rows, of the
    whole table; ``quarantine``: its new rows for silver.quarantine (None: it has none); ``months``: the
    months (first days) that were written (None: all); ``replaced``: the load keys whose earlier rows in
    silver.quarantine ``quarantine`` replaces (None: all of the table's).
    """

    version: int
    counts: Mapping[tuple[str, str], int]
    quarantine: pa.Table | None = None
    months: tuple[date, ...] | None = None
    replaced: frozenset[str] | None = None

    def shares(self) -> dict[str, float]:
        """Return metrics for the gate: `judged_rows`, the number of bronze rows, and `quarantined_share` and
        `superseded_share` of them (0-1, 0 without rows)."""
        total = sum(self.counts.values())
        rows = {
            d: sum(n for (_, got), n in self.counts.items() if got == d)
            for d in ("quarantined", "superseded")
        }
        return {"judged_rows": float(total)} | {
            f"{d}_share": (n / total if total else 0.0) for d, n in rows.items()
        }


@dataclass(frozen=True)
class Change:
    """What happened to the bronze of a silver table since silver was built, as sets of load keys.

    ``added``: new, or landed again under an edited mapping; ``removed``: not in bronze any more, or landed
    again; ``switched``: unchanged in bronze, but became or ceased to be the newest edition of a file, or were
    delivered again; ``live_before``: the contents that were the newest editions then.
    """

    added: frozenset[str]
    removed: frozenset[str]
    switched: frozenset[str]
    live_before: tuple[Live, ...]

    @property
    def moved(self) -> frozenset[str]:
        """The load keys whose rows must be judged in the new state."""
        return self.added | self.switched

    @property
    def all(self) -> frozenset[str]:
        """The load keys to which anything happened."""
        return self.added | self.removed | self.switched


def change(before: Units | None, now: Units) -> Change | None:
    """Return what changed between two states of a table's files. None where the whole table must be built:
    more than LARGEST_SHARE of the rows changed, or a feed delivers snapshots. ``before``: the state when
    silver was built, None where there was none."""
    old = {} if before is None else {r.load_key: r.mapping for r in before.landed.itertuples() if r.loaded}
    new = {r.load_key: r.mapping for r in now.landed.itertuples() if r.loaded}
    was, live = ({each.load_key: each for each in (units.live if units else ())} for units in (before, now))
    found = Change(
        added=frozenset(k for k, mapping in new.items() if old.get(k) != mapping),
        removed=frozenset(k for k, mapping in old.items() if new.get(k) != mapping),
        switched=frozenset(k for k in old if old[k] == new.get(k) and was.get(k) != live.get(k)),
        live_before=tuple(was.values()),
    )
    rows = {
        r.load_key: r.loaded
        for units in (before, now)
        if units is not None
        for r in units.landed.itertuples()
    }
    changed = sum(rows[k] for k in found.all)
    return None if changed > LARGEST_SHARE * sum(rows[k] for k in new) or now.deliveries else found


@dataclass(frozen=True)
class Given:
    """What a silver table is built from.

    ``bronze``: its bronze rows (None: no file was ever landed for it); ``units``: the state of its files
    (None likewise); ``tables``: the other tables that it reads, by id; ``references``: ids of the reference
    tables that its foreign keys are checked against.
    """

    contract: Contract
    bronze: Stored | None
    units: Units | None
    tables: Mapping[str, Stored] = field(default_factory=dict)
    references: Collection[str] = ()

    @property
    def schema(self) -> pa.Schema:
        """The columns of the table as committed: the contract's, META (flags, source, jurisdiction and the
        like), and `_month` where it is kept by month."""
        month = [pa.field(MONTH, pa.date32())] if self.contract.by_month else []
        return pa.schema([*arrow_schema(self.contract), *META, *month])


def define_dispositions(
    space: Workspace,
    given: Given,
    *,
    bronze: str = "bronze",
    live: str = "live",
    name: str = "disposed",
    large: bool = False,
) -> None:
    """Define the view ``name`` in ``space``: one row per row of the view ``bronze``, with its disposition and
    the rules that it breaks (jobs.engine.dispositions.statement lists the columns). ``live``: the view of the
    contents that are the newest edition of a file; ``large``: whether only rows that share their key are
    ranked, with the same result. Nothing is committed."""
    deliveries = bool(given.units and given.units.deliveries)
    views = Views(bronze=bronze, live=live, references=tuple(given.references), deliveries=deliveries)
    if large:
        views = replace(views, rivals="rivals")
        space.define("rivals", rivals(given.contract, bronze, live), keep=True)
    space.define(name, statement(given.contract, views), keep=True)


def build_whole(space: Workspace, given: Given) -> Judged:
    """Judge every bronze row and replace the silver table by the accepted ones, in one commit. Returns the
    outcome. Without bronze the table gets no rows. Errors of the engine are raised."""
    contract, units = given.contract, given.units
    _name_inputs(space, given)
    if given.bronze is None:
        nothing = bronze_schema(contract).empty_table()
        place = [nothing.schema.field(name) for name in PLACE if name not in META.names]
        judged = [
            ("_disposition", pa.string()), ("_rule_ids", pa.list_(pa.string())), *META, *place,
            ("_place", pa.int64()),
        ]  # fmt: skip
        space.read("disposed", pa.schema([*arrow_schema(contract), *judged]).empty_table())
        space.read("bronze", nothing)
        counts, rejected = {}, None
    else:
        space.read("bronze", given.bronze)
        space.read("live", _live(units.live if units else ()))
        landed = 0 if units is None else int(units.landed["loaded"].sum())
        define_dispositions(space, given, large=landed >= RIVAL_ROWS)
        counts, rejected = _counts(space), space.rows(quarantined(contract))
    version = space.commit(contract.id, silver_text(space, contract), given.schema)
    return Judged(version, counts, rejected)


def build_changed(
    space: Workspace,
    given: Given,
    *,
    changed: Change,
    bronze_before: Stored,
    before: int,
    counts: Mapping[tuple[str, str], int],
) -> Judged:
    """Judge again the rows of all keys of which ``changed`` holds a row, and replace in one commit the months
    in which these keys have rows now or had rows before; of a table that is not kept by month all rows.
    Returns the outcome; where no month is affected, nothing is written and version ``before`` stays.

    ``bronze_before``: the table's bronze when version ``before`` of silver was built; ``counts``: (load key,
    disposition) → number of bronze rows, of that version. The table has the same rows afterwards as by
    `build_whole`. Errors of the engine are raised.
    """
    contract = given.contract
    _name_inputs(space, given)
    _name_touched(space, given, changed, bronze_before)
    assert given.units is not None, "keys are judged again of what was delivered"
    space.read("live", _live(given.units.live))
    define_dispositions(space, given, bronze="bronze_now")
    balance = Counter(counts)
    space.read("live_then", _live(changed.live_before))
    define_dispositions(space, given, bronze="bronze_then", live="live_then", name="disposed_then")
    balance.subtract(_counts(space, "disposed_then"))
    balance.update(_counts(space))
    space.read("silver_before", Stored(contract.id, before))
    space.define("accepted_now", silver_text(space, contract))
    months = _touched_months(space, contract) if contract.by_month else None
    version = before
    if months != ():
        columns = ", ".join(f"`{n}`" for n in given.schema.names)
        others = (
            f"SELECT {columns} FROM silver_before AS s LEFT ANTI JOIN touched AS t ON "
            f"{_same(contract, 's', 't')}{'' if months is None else f' WHERE {these(months)}'}"
        )
        version = space.commit(
            contract.id, f"{others} UNION ALL SELECT {columns} FROM accepted_now", given.schema, months=months
        )
    space.define(
        "disposed_moved",
        "SELECT d.* FROM disposed AS d LEFT SEMI JOIN moved AS m ON d._load_key = m._load_key",
    )
    return Judged(
        version=version,
        counts={k: n for k, n in balance.items() if n},
        quarantine=space.rows(quarantined(contract, "disposed_moved")),
        months=months,
        replaced=changed.all,
    )


def _touched_months(space: Workspace, contract: Contract) -> tuple[date, ...]:
    """The months (first days) in which the touched keys have rows now or had rows before, sorted."""
    there = (
        f"SELECT s.{MONTH} FROM silver_before AS s LEFT SEMI JOIN touched AS t ON {_same(contract, 's', 't')}"
    )
    found = space.rows(
        f"SELECT {MONTH} FROM ({there} UNION ALL SELECT {MONTH} FROM accepted_now) AS m GROUP BY {MONTH}"
    )
    return tuple(sorted(found[MONTH].to_pylist()))


def _name_touched(space: Workspace, given: Given, changed: Change, bronze_before: Stored) -> None:
    """Define `moved`, `touched` (keys with a row that changed), `bronze_now` and `bronze_then` (all rows of
    these keys)."""
    contract = given.contract
    space.read("bronze", given.bronze)
    space.read("bronze_before", bronze_before)
    for name, keys in {"moved": changed.moved, "removed": changed.removed, "added": changed.added}.items():
        space.read(name, pa.table({"_load_key": sorted(keys)}, schema=KEYS))
    keyed = ", ".join(f"{typed(contract.column(k), f'b.`{k}`')} AS `{k}`" for k in contract.key)
    changed_rows = " UNION ALL ".join(
        f"SELECT {keyed} FROM {rows} AS b LEFT SEMI JOIN {which} AS m ON b._load_key = m._load_key"
        for rows, which in (("bronze", "moved"), ("bronze_before", "removed"))
    )
    key = ", ".join(f"`{k}`" for k in contract.key)
    whole = " AND ".join(f"`{k}` IS NOT NULL" for k in contract.key)
    space.define(
        "touched", f"SELECT {key} FROM ({changed_rows}) AS c WHERE {whole} GROUP BY {key}", keep=True
    )
    assert given.bronze is not None and given.bronze.schema is not None, "bronze is read as a table"
    columns = ", ".join(f"b.`{n}`" for n in given.bronze.schema.names)
    of_key = " AND ".join(f"{typed(contract.column(k), f'b.`{k}`')} = t.`{k}`" for k in contract.key)
    # A moved row without a whole key has no touched key: it is judged all the same.
    space.define(
        "bronze_now",
        (
            f"SELECT {columns} FROM bronze AS b LEFT JOIN touched AS t ON {of_key} LEFT JOIN moved AS m "
            f"ON b._load_key = m._load_key "
            f"WHERE m._load_key IS NOT NULL OR t.`{contract.key[0]}` IS NOT NULL"
        ),
        keep=True,
    )
    then = f"SELECT {columns} FROM bronze_now AS b LEFT ANTI JOIN added AS a ON b._load_key = a._load_key"
    gone = (
        f"SELECT {columns} FROM bronze_before AS b LEFT SEMI JOIN removed AS r ON b._load_key = r._load_key"
    )
    space.define("bronze_then", f"{then} UNION ALL {gone}")


def _same(contract: Contract, one: str, other: str) -> str:
    return " AND ".join(f"{one}.`{k}` = {other}.`{k}`" for k in contract.key)


def _name_inputs(space: Workspace, given: Given) -> None:
    for table, stored in given.tables.items():
        if table != given.contract.id:
            space.read(view(table), stored)
    deliveries = given.units.deliveries if given.units else ()
    if deliveries:
        space.read(
            "deliveries",
            pa.Table.from_pylist(
                [dict(zip(DELIVERIES.names, each, strict=True)) for each in deliveries], DELIVERIES
            ),
        )
    if has_text(given.contract) and reads_filed(given.contract):
        counted = given.units.times if given.units else ()
        space.read(
            "counted",
            pa.Table.from_pylist([dict(zip(COUNTED.names, e, strict=True)) for e in counted], COUNTED),
        )


def _live(live: Collection[Live]) -> pa.Table:
    return pa.Table.from_pylist(
        [{"_load_key": e.load_key, "_first": e.first, "_last": e.last} for e in live], LIVE
    )


def _counts(space: Workspace, disposed: str = "disposed") -> dict[tuple[str, str], int]:
    rows = space.rows(COUNTS.replace("disposed", disposed)).to_pylist()
    return {(r["_load_key"], r["_disposition"]): r["n"] for r in rows}


def silver_text(space: Workspace, contract: Contract) -> str:
    """Define the views that the final SELECT of a silver table reads, on top of the view `disposed`
    (`define_dispositions`), and return that SELECT (Spark SQL).

    It gives the accepted rows, through the table's SQL text where it has one, and `_month` where the table is
    kept by month.
    """
    space.define(view(f"bronze.{contract.name}") if has_text(contract) else "accepted", accepted(contract))
    if has_text(contract) and reads_filed(contract):
        space.define(filed_view(contract), filed(contract))
    text = table_text(contract) if has_text(contract) else "SELECT * FROM accepted"
    return text if not contract.by_month else with_month(contract, text)


def with_month(contract: Contract, text: str) -> str:
    """Return the SELECT ``text`` (Spark SQL) with the further column `_month`: the first day of the month of
    the contract's event date (of an instant: of its date in the nation's time zone)."""
    assert contract.event_date is not None, "a table that is kept by month has an event date"
    day = local_day(contract, contract.event_date)
    return f"SELECT r.*, TRUNC({day}, 'MM') AS {MONTH} FROM ({text}) AS r"


def local_day(contract: Contract, column: str) -> str:
    """Return the expression (Spark SQL) for the date in ``column`` of the contract's rows; of an instant: for
    its time in the nation's time zone, a timestamp without zone."""
    zone = deployment().timezone
    instant = contract.column(column).type == "timestamp"
    return f"FROM_UTC_TIMESTAMP(`{column}`, '{zone}')" if instant else f"`{column}`"
