"""How long deliveries are kept (definitions.md#landing): raw copies and landed rows for a fixed term, loaded
rows as their contract states.

Under a contract with `retention: 2y` rows are removed by whole files: once every row of a file is older than
that by event date, ops.ingest_file gets a row that it is `expired`. The next run then removes its rows from
bronze, silver and gold, with audit and ledger, as those of any file that changed. A file that shares a key
with a file that is kept is kept as well, since its rows may be what outranks an outdated version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pandas as pd

from jobs.contracts.model import Contract
from jobs.deployment import deployment
from jobs.environment import Environment
from jobs.ingest.units import EXPIRED, units
from jobs.lake.night import Snapshot
from jobs.lake.versions import Freed
from jobs.plurals import plural

RAW_DAYS = 90  # raw copies and landed rows are kept so long after the last receipt of their content
COUNTS = ("records", "unreadable", "rejected", "loaded", "unjoined", "unused")


def first_kept(retention: str, day: date) -> date | None:
    """Return the oldest day that the retention `Nd` (N days) or `Ny` (N years) keeps on ``day``, such as
    2024-06-30 for `2y` on 2026-06-30; None for `none`, which keeps everything."""
    if retention == "none":
        return None
    number, unit = int(retention[:-1]), retention[-1]
    if unit == "d":
        return day - timedelta(days=number)
    try:
        return day.replace(year=day.year - number)
    except ValueError:  # 29 February
        return day.replace(year=day.year - number, day=28)


def holds_persons(contract: Contract) -> bool:
    """Return whether rows under the contract may be about persons: it has personal or free-text columns."""
    return any(column.personal or column.free_text for column in contract.columns)


def expired_deliveries(
    snapshot: Snapshot, ingest: pd.DataFrame, contracts: Iterable[Contract], day: date
) -> list[dict[str, Any]]:
    """Return the new rows of ops.ingest_file, as dictionaries, that give deliveries the status `expired`:
    one per delivered file and target table (load key) that is past the retention of its contract.

    A file is past it when its newest row by event date, in the nation's time zone, is older than the contract
    keeps on ``day``, and none of its keys is in a file that is kept. ``snapshot``: the newest run's versions,
    of which bronze is read; ``ingest``: all rows of ops.ingest_file; ``contracts``: those of other layers
    than silver, without retention or without event date are skipped.
    """
    rows: list[dict[str, Any]] = []
    state = units(ingest) if not ingest.empty else {}
    for contract in contracts:
        oldest, version = first_kept(contract.retention, day), snapshot.version(f"bronze.{contract.name}")
        if (
            contract.tier != "silver"
            or oldest is None
            or version is None
            or not contract.event_date
            or contract.name not in state
        ):
            continue
        gone = _past(snapshot, contract, version, oldest)
        landed = state[contract.name].landed
        expired = landed[landed["load_key"].isin(gone)].astype(object).to_dict("records")
        rows.extend(_expired(row, contract.retention) for row in expired)
    return rows


def _past(snapshot: Snapshot, contract: Contract, version: int, oldest: date) -> set[str]:
    """Load keys whose newest row lies before ``oldest`` and none of whose keys is in another file that
    stays."""
    text = f'"{contract.event_date}"'
    # Landing writes days as 2026-06-30 and instants in UTC; a row without a date that can be is as old as its
    # delivery.
    event_day = (
        f"CASE WHEN length({text}) = 10 THEN try_cast({text} AS DATE) ELSE "
        f"(try_cast({text} AS TIMESTAMPTZ) AT TIME ZONE '{deployment().timezone}')::DATE END"
    )
    key = " || chr(31) || ".join(f"""coalesce("{c}", '')""" for c in contract.key)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("bronze", snapshot.lake.dataset(f"bronze.{contract.name}", version))
        connection.execute(
            f"CREATE TABLE rows AS SELECT _load_key AS file, {key} AS key, "
            f"coalesce(CASE WHEN year({event_day}) BETWEEN 1980 AND 2099 THEN {event_day} END, "
            f"_delivered_on, _received_on) AS day FROM bronze"
        )
        connection.execute(
            "CREATE TABLE past AS SELECT file FROM rows GROUP BY file HAVING max(day) < ?", [oldest]
        )
        while connection.execute(
            "DELETE FROM past WHERE file IN (SELECT file FROM rows WHERE key IN (SELECT key FROM rows "
            "WHERE file NOT IN (FROM past)))"
        ).fetchall() != [(0,)]:
            pass
        return {file for (file,) in connection.execute("FROM past").fetchall()}


def _expired(row: dict[str, Any], retention: str) -> dict[str, Any]:
    lists = {
        name: None if row[name] is None else list(row[name]) for name in ("drift", "missing", "warnings")
    }
    plain = {
        name: None if pd.isna(value) else value
        for name, value in row.items()
        if name not in lists and name != "recorded_at"
    }
    return (
        plain
        | lists
        | dict.fromkeys(COUNTS, 0)
        | {
            "status": EXPIRED,
            "exploded": None,
            "produced": None,
            "unreadable_list": "[]",
            "landed_path": None,
            "reason_zh": f"已过保存期限（{retention}），{int(row['loaded'])}行不再保存",
            "reason_en": (
                f"past its retention ({retention}): {plural(int(row['loaded']), 'row')} no longer kept"
            ),
        }
    )


def old_landing(
    env: Environment,
    snapshot: Snapshot,
    ingest: pd.DataFrame,
    contracts: Mapping[str, Contract],
    day: date,
    *,
    joined: set[str],
) -> tuple[Freed, Freed]:
    """Return the raw copies, and the landed Parquet files, that are past their retention period on ``day``,
    as two lists of files (`Freed`). Nothing is deleted here.

    The period of a content runs from its last receipt: 90 days, or the retention of its tables' contracts
    where they state one (the longest; where a contract may hold persons, 90 days at most). Files that
    ops.ingest_file (``ingest``: all its rows) does not know have 90 days from their time of change. Contents
    that a feed still joins (``joined``: their SHA-256) are kept, as are Parquet files whose rows are not yet
    in bronze (``snapshot``: the newest run's versions). ``contracts``: by id, such as `silver.listing`.
    """
    before = datetime.combine(day - timedelta(days=RAW_DAYS), datetime.min.time(), deployment().zone)
    raw, landed = Freed(), Freed()
    over = _past_term(ingest, contracts, day)
    for path in sorted((env.landing / "raw").glob("??/*")):
        known = over.get(path.name)
        if path.name not in joined and (
            known if known is not None else path.stat().st_mtime < before.timestamp()
        ):
            raw.add(path)
    content = dict(zip(ingest["landed_path"], ingest["sha256"], strict=True)) if not ingest.empty else {}
    needed = not_loaded(snapshot, ingest)
    for path in sorted((env.landing / "rows").glob("*/*/*.parquet")):
        place = path.relative_to(env.landing).as_posix()
        known = over.get(content.get(place, ""))
        if place not in needed and (
            known if known is not None else path.stat().st_mtime < before.timestamp()
        ):
            landed.add(path)
    return raw, landed


def _past_term(ingest: pd.DataFrame, contracts: Mapping[str, Contract], day: date) -> dict[str, bool]:
    """Whether each known content is past its term."""
    over: dict[str, bool] = {}
    if ingest.empty:
        return over
    for (sha256, target), received in ingest.groupby(["sha256", "target"])["received_on"].max().items():
        contract, usual = contracts.get(f"silver.{target}"), day - timedelta(days=RAW_DAYS)
        oldest = (first_kept(contract.retention, day) if contract else None) or usual
        if contract is not None and holds_persons(contract):
            oldest = max(oldest, usual)  # the raw copy alone has clear values: the shorter term
        over[sha256] = over.get(sha256, True) and received < oldest
    return over


def not_loaded(snapshot: Snapshot, ingest: pd.DataFrame) -> set[str]:
    """Return the paths (below the landing folder) of landed Parquet files whose rows are not yet in bronze.
    ``snapshot``: the run whose version of bronze counts; ``ingest``: all rows of ops.ingest_file."""
    missing: set[str] = set()
    for target, state in (units(ingest) if not ingest.empty else {}).items():
        table = f"bronze.{target}"
        loaded = set()
        if snapshot.version(table) is not None:
            pairs = (
                snapshot.arrow(table, ["_load_key", "_mapping"])
                .group_by(["_load_key", "_mapping"])
                .aggregate([])
            )
            loaded = set(zip(pairs["_load_key"].to_pylist(), pairs["_mapping"].to_pylist(), strict=True))
        missing |= {
            r.landed_path
            for r in state.landed.itertuples()
            if r.loaded and (r.load_key, r.mapping) not in loaded
        }
    return missing
