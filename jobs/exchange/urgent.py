"""Sends urgent items to the outbox, hourly and with the night: each item once to each of its recipients, and
again where its package was refused. They are logged in ops.urgent_log (definitions.md#urgent). No JVM.

An urgent item is a row of a gold table that `urgent_tables` names, about a sample or a risk signal: it has to
reach its recipients within the hour. Packages: see `jobs.exchange.kinds`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.errors import UsageError
from jobs.exchange.answers import refused
from jobs.exchange.kinds import Parcel
from jobs.exchange.landed import Landed
from jobs.exchange.outbox import MANIFEST, Package, packed, put
from jobs.exchange.pages.reading import read_night
from jobs.exchange.pages.writing import with_pages
from jobs.exchange.parcels import ITEMS
from jobs.exchange.unrecorded import files_of, written_at
from jobs.ingest.source import load_sources
from jobs.lake import ops
from jobs.lake.night import WHOLE, Snapshot, newest_snapshot
from jobs.lake.tables import Lake
from jobs.marts.overview.queue_refused import AGAIN
from jobs.marts.overview.urgent_kinds import WINDOW
from jobs.plurals import plural
from jobs.reports.urgent import WITHDRAWN, base_of, last_sent, times_refused

LOG, FILES = "ops.urgent_log", "ops.export_log"
TAG, TABLE = "urgent", "gold.urgent_item"
KEY = ["item_id", "recipient"]
FIELDS = [*ITEMS.columns]  # of an item in a package


def send_urgent(
    lake_root: Path,
    outbox: Path,
    *,
    day: date | None = None,
    published: Path | None = None,
    contact: str = "",
    roots: Sequence[Path] = (),
    say: Callable[[str], None] = lambda line: None,
) -> list[Package]:
    """Write the urgent items of the newest run that each recipient does not have yet to
    ``outbox``/<recipient>/<day>-urgent-<number>, and return the packages, sorted by recipient. The caller
    holds the lake's lock.

    An item that was sent and is no longer in its table is withdrawn, once, by a notice. What a recipient
    refused and did not take since is sent again, `AGAIN` times at most. A folder that a killed run wrote and
    did not log is logged first, so that nothing is sent twice. ``day``: by default that of the run;
    ``published``, ``contact``, ``roots``: for pages, as in `sending.send`; ``say``: gets a line per package.

    Nothing is sent before the first whole night, as only it has the registers that say who is responsible:
    without them each item would go to the nation's authority. Raises UsageError where there is no run at all.
    """
    lake = Lake(lake_root)
    snapshot, catalog = newest_snapshot(lake), load_catalog()
    if snapshot.run_id is None or snapshot.date is None:
        raise UsageError(f"no night in {lake_root} yet: run `quality nightly` first")
    if newest_snapshot(lake, WHOLE).run_id is None:
        say("urgent items wait for the first night, whose registers say who is responsible")
        return []
    landed = Landed(snapshot, catalog)
    refusals = refused(snapshot)
    _write_down(lake, landed, list(_without_a_record(lake, outbox)), refusals)
    log = sent_items(lake)
    rows = items(snapshot, catalog)
    due = rows[rows["status"] == "due"]
    had = standing(log)
    again = _to_send_again(due, log, refusals)
    first = pd.concat([_not_in(due, had), _withdrawn(rows, had, snapshot)]).assign(refusals=0)
    new = pd.concat([part for part in (first, again) if len(part)] or [first], ignore_index=True)
    before = log.groupby("recipient")["manifest_id"].nunique()
    day = day or snapshot.date
    states = {table: snapshot.state(table) for table in snapshot.named}
    packages, folders = [], []
    served = {str(name) for name in new["recipient"]}
    night = (
        read_night(snapshot, catalog, day, served, published, contact, load_sources(roots, catalog))
        if served
        else None
    )
    for recipient, mine in new.groupby("recipient", sort=True):
        content = mine.sort_values(["occurred_on", "item_id"], ignore_index=True)[FIELDS]
        parcels = [Parcel(str(recipient), ITEMS, content)]
        package = packed(
            parcels,
            catalog,
            day=day,
            run_id=snapshot.run_id,
            states=states,
            urgent=int(before.get(recipient, 0)) + 1,
            refusals=int(mine["refusals"].max()),
        )
        assert night is not None, "there are items"
        package = with_pages(package, parcels, {}, night)
        folders.append(put(outbox, package))
        packages.append(package)
        say(f"outbox: {folders[-1]}: {plural(len(mine), 'urgent item')}")
    _write_down(lake, landed, folders, refusals)
    return packages


def urgent_tables(catalog: Catalog) -> list[str]:
    """Return the names of gold tables whose rows are urgent items, sorted: those tagged `urgent` in their
    contract, with the columns FIELDS, recipient and status."""
    wanted = {*FIELDS, "recipient", "status"}
    return sorted(
        c.id
        for c in catalog.contracts.values()
        if c.tier == "gold" and TAG in c.tags and wanted <= set(c.column_names)
    )


def items(snapshot: Snapshot, catalog: Catalog) -> pd.DataFrame:
    """Return all urgent items of the newest run (``snapshot``), one row per item and recipient, columns
    FIELDS (those of the file), recipient (its name) and status (`due` where it must be sent, else
    `withheld`)."""
    columns = [*FIELDS, "recipient", "status"]
    frames = [
        snapshot.frame(table, columns=columns)
        for table in urgent_tables(catalog)
        if snapshot.version(table) is not None
    ]
    return pd.concat([pd.DataFrame(columns=columns, dtype=object), *frames], ignore_index=True)


def sent_items(lake: Lake) -> pd.DataFrame:
    """Return the rows of ops.urgent_log, one per item, recipient and package, the first sent first; no rows
    where there is no log."""
    if not lake.exists(LOG):
        return ops.URGENT_LOG.empty_table().to_pandas(date_as_object=True)
    return lake.frame(LOG).sort_values(["sent_at", *KEY], kind="stable", ignore_index=True)


def standing(log: pd.DataFrame) -> pd.DataFrame:
    """Return the items that recipients have at present: for each item and recipient the row of ``log``
    (ops.urgent_log) that was sent last, without items that were withdrawn since."""
    last = last_sent(log)
    return last[last["kind"] != WITHDRAWN]


def _not_in(rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    had = pd.MultiIndex.from_frame(others[KEY].astype(str))
    return rows[~pd.MultiIndex.from_frame(rows[KEY].astype(str)).isin(had)]


def _withdrawn(rows: pd.DataFrame, had: pd.DataFrame, snapshot: Snapshot) -> pd.DataFrame:
    """Return a notice of withdrawal for each item that a recipient has and that its table no longer holds.
    Items that are about to be older than the window get none, and none is made where the table is stale or
    absent."""
    if snapshot.state(TABLE) not in ("fresh", "skipped") or had.empty:
        return rows.iloc[:0]
    oldest = pd.Timestamp(snapshot.date) - WINDOW + pd.Timedelta(days=1)
    gone = _not_in(had[pd.to_datetime(had["occurred_on"]).ge(oldest)], rows)
    return _notices(gone).reindex(columns=rows.columns)


def _to_send_again(due: pd.DataFrame, log: pd.DataFrame, refusals: Mapping[str, str | None]) -> pd.DataFrame:
    """Return the items and notices of withdrawal to be sent again: their last package was refused, and they
    were sent again fewer than `AGAIN` times. ``refusals``: as `answers.refused` gives them; the column
    refusals says how often each was refused."""
    last = last_sent(log).assign(refusals=lambda rows: times_refused(rows, log, refusals))
    open_ = last[last["manifest_id"].isin(refusals) & last["refusals"].le(AGAIN)]
    notices = open_[open_["kind"] == WITHDRAWN]
    wanted = pd.MultiIndex.from_frame(open_.drop(notices.index)[KEY].astype(str))
    items_ = due[pd.MultiIndex.from_frame(due[KEY].astype(str)).isin(wanted)]
    parts = [part for part in (items_, _notices(_not_in(notices, due))) if len(part)]
    found = pd.concat([due.iloc[:0], *parts]).reindex(columns=due.columns)
    times = {(r.item_id, r.recipient): r.refusals for r in open_.itertuples()}
    return found.assign(refusals=[times[base_of(r.item_id), r.recipient] for r in found.itertuples()])


def _notices(gone: pd.DataFrame) -> pd.DataFrame:
    """Return a notice of withdrawal for each row of ``gone``, in its order."""
    return gone[[*KEY, "roles", "occurred_on", "evidence"]].assign(
        item_id=gone["item_id"] + f"/{WITHDRAWN}",
        kind=WITHDRAWN,
        status="due",
        reason_zh="此前发送的事项不再成立：数据已更正或信号已排除",
        reason_en="the item sent before no longer stands: its data were corrected, or the signal was refuted",
    )


def _without_a_record(lake: Lake, outbox: Path) -> Iterator[Path]:
    """Yield the folders of urgent packages that ops.urgent_log or ops.export_log lacks, because a run was
    killed before it logged them."""
    noted = {t: set(lake.frame(t)["manifest_id"]) if lake.exists(t) else set() for t in (LOG, FILES)}
    for folder in sorted(outbox.glob("*/[0-9]*-urgent-*")):
        if (folder / MANIFEST).is_file():
            said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            if any(said["manifest_id"] not in ids for ids in noted.values()):
                yield folder


def _write_down(lake: Lake, landed: Landed, folders: list[Path], refusals: Mapping[str, str | None]) -> None:
    """Add the packages in ``folders`` to ops.urgent_log and ops.export_log, each where it is missing.
    ``refusals``: as `answers.refused` gives them."""
    log = sent_items(lake)
    last = last_sent(log).assign(refusals=lambda rows: times_refused(rows, log, refusals))
    before = {(r.item_id, r.recipient): r for r in last.itertuples() if r.manifest_id in refusals}
    noted = {t: set(lake.frame(t)["manifest_id"]) if lake.exists(t) else set() for t in (LOG, FILES)}
    records: dict[str, list[dict[str, Any]]] = {LOG: [], FILES: []}
    for folder in folders:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        sent_at = written_at(folder / MANIFEST)
        if said["manifest_id"] not in noted[LOG]:
            for row in _items_of(folder, said, sent_at, landed):
                old = before.get((base_of(row["item_id"]), row["recipient"]))
                after = {} if old is None else _after_refusal(old.refusals, refusals[old.manifest_id])
                records[LOG].append(row | {"refusals": 0} | after)
        if said["manifest_id"] not in noted[FILES]:
            records[FILES] += files_of(said, sent_at, folder=folder)
    for table, found in records.items():
        if found:
            lake.append(table, ops.rows(table, found))


def _items_of(
    folder: Path, said: dict[str, Any], sent_at: datetime, landed: Landed
) -> Iterator[dict[str, Any]]:
    """The rows of the log of sent items, one per item of the package in ``folder``, whose manifest is
    ``said``. ``minutes``: from when its evidence landed until ``sent_at``, None where that is not known."""
    text = (folder / f"{ITEMS.name}.jsonl").read_bytes().decode("utf-8")
    for line in filter(None, text.split("\n")):  # other signs that end a line stand inside of texts
        row = json.loads(line)
        at = landed.at(row["evidence"])
        yield {
            "item_id": row["item_id"],
            "recipient": said["recipient"],
            "kind": row["kind"],
            "roles": row["roles"],
            "occurred_on": date.fromisoformat(row["occurred_on"]),
            "evidence": row["evidence"],
            "manifest_id": said["manifest_id"],
            "date": date.fromisoformat(said["date"]),
            "run_id": said["night"],
            "landed_at": at,
            "sent_at": sent_at,
            "minutes": None if at is None else max((sent_at - at).total_seconds(), 0.0) / 60,
        }


def _after_refusal(refusals: int, reason: str | None) -> dict[str, Any]:
    """Return what ops.urgent_log says of an item that is sent again. The minutes since its evidence landed
    are missing, as they would measure the refusal."""
    return {"refusals": refusals, "refusal_reason": reason, "minutes": None}
