"""What recipients answered: acknowledgements that came in through the inbox, matched with the packages that
were sent. An acknowledgement is a row of silver.acknowledgement with status received, done or refused; its
item_id is a package's manifest_id, or the key of one row of a package (`log.item_id`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from jobs.exchange.log import KEYS, LOG, item_id, whole_log
from jobs.exchange.outbox import PAGE, WITHDRAW
from jobs.lake.night import Snapshot, newest_snapshot
from jobs.lake.tables import Lake
from jobs.marts.answered_by import STATES, by_their_recipients, gives
from jobs.marts.tracing.places import Places
from jobs.reports.nation import of_nation, places_of
from jobs.reports.numbers import missing

ACKNOWLEDGEMENT = "silver.acknowledgement"
COLUMNS = ["item_id", *STATES, "acknowledged_on", "status", "note"]  # STATES: who gives the answer
READ = ["acknowledgement_id", *COLUMNS]
SENT = ["manifest_id", "recipient", "date"]
ITEMS = ["items_received", "items_done", "items_refused"]


def acknowledged(lake_root: Path) -> pd.DataFrame:
    """Return every package that was sent with its recipient's answer, one row per package, the first sent
    first, columns manifest_id recipient date files rows acknowledged_on status items_received items_done
    items_refused. ``files`` counts its files without pages (CSV and JSON Lines apart), ``rows`` its rows to
    add or replace, each once. acknowledged_on (a date) and status are missing where the package was not
    answered. The last three columns count its rows that were answered one by one, by the status of the
    answer.

    Of several answers to an item the newest counts. An answer to a row counts for packages sent on its day or
    before. An answer that states the recipient's code counts for that recipient's packages alone, as several
    recipients may have a row with the same key.
    """
    lake = Lake(lake_root)
    snapshot = newest_snapshot(lake)
    log, newest = whole_log(lake), answers(snapshot)
    log = log[log["op"].ne(PAGE)]  # files of rows
    log = log.drop_duplicates(["manifest_id", "file"], keep="last").reset_index(drop=True)  # new pages alone
    csv = log["file"].str.endswith(".csv") & log["op"].ne(WITHDRAW)
    log["once"] = log["rows"].where(csv, 0)  # each row stands in two formats
    by = log.groupby(SENT, as_index=False, sort=False)
    sent = by.agg(files=("file", "nunique"), rows=("once", "sum"))
    of_packages = newest.drop_duplicates("item_id", keep="last").drop(columns=STATES)
    found = sent.merge(of_packages, left_on="manifest_id", right_on="item_id", how="left")
    found = found.merge(_items(lake, newest, places_of(snapshot)), on=SENT, how="left")
    found[ITEMS] = found[ITEMS].astype("Int64").fillna(0).astype("int64")
    return found[[*SENT, "files", "rows", "acknowledged_on", "status", *ITEMS]]


def answers(snapshot: Snapshot) -> pd.DataFrame:
    """Return the newest answer to each item by each recipient, one row per answer with COLUMNS (item_id, who
    gives it, acknowledged_on, status, note), the oldest first; only answers that the nation's sources filed.
    An answer to a whole package counts only where that package's recipient gives it. No rows where the night
    of ``snapshot`` has no silver.acknowledgement."""
    version = snapshot.version(ACKNOWLEDGEMENT)
    if version is None:
        return pd.DataFrame(columns=COLUMNS)
    there = set(snapshot.lake.dataset(ACKNOWLEDGEMENT, version).schema.names)  # an older one has no codes
    names = [name for name in READ if name in there]
    rows = snapshot.frame(ACKNOWLEDGEMENT, columns=names, where=of_nation(snapshot, ACKNOWLEDGEMENT))
    rows = by_their_recipients(rows.reindex(columns=READ))
    rows = rows.sort_values(["acknowledged_on", "acknowledgement_id"])
    return rows.drop_duplicates(["item_id", *STATES], keep="last")[COLUMNS]


def refused(snapshot: Snapshot) -> dict[str, str | None]:
    """Return the id of each refused item → the reason that its recipient stated (None without one):
    manifest_ids of packages, and ids of single rows (`log.item_id`), whose newest answer is a refusal.
    Refused packages are sent again."""
    rows = answers(snapshot).drop_duplicates("item_id", keep="last")
    rows = rows[rows["status"].eq("refused") & rows["item_id"].notna()]
    return {row.item_id: None if missing(row.note) else str(row.note) for row in rows.itertuples()}


def _items(lake: Lake, newest: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Return how many rows of each package were answered one by one: SENT and ITEMS, one row per package with
    any."""
    columns = [*SENT, *ITEMS]
    if newest.empty or not lake.exists(LOG) or KEYS not in lake.dataset(LOG).schema.names:
        return pd.DataFrame(columns=columns)
    given: dict[str, list[Any]] = {}
    for answer in newest.itertuples():
        given.setdefault(answer.item_id, []).append(answer)
    rows = lake.arrow(LOG, columns=[*SENT, "file", KEYS], where=pc.field(KEYS).is_valid()).to_pylist()
    outboxes = {row["recipient"] for row in rows}
    counts: dict[tuple[Any, ...], dict[str, int]] = {}
    for row in {(row["manifest_id"], row["file"]): row for row in rows}.values():
        for key in row[KEYS]:
            said, to = given.get(item_id(key), ()), row["recipient"]
            own = [a for a in said if gives(a.recipient_code, a.recipient, to, places, outboxes)]
            answer = own[-1] if own else None
            if answer is not None and answer.acknowledged_on >= row["date"]:
                by = counts.setdefault(tuple(row[c] for c in SENT), dict.fromkeys(ITEMS, 0))
                if f"items_{answer.status}" in by:
                    by[f"items_{answer.status}"] += 1
    return pd.DataFrame([[*at, *by.values()] for at, by in counts.items()], columns=columns)
