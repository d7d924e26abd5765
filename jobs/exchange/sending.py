"""One night to the outbox: what each recipient has not got yet, written down in ops.export_log. No JVM."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from jobs.code_identity import CONTRACTS, code_hash, made_from
from jobs.contracts.catalog import Catalog, load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.errors import UsageError
from jobs.exchange.corrections import CORRECTIONS, standard_corrections
from jobs.exchange.lab_results import AGREEMENT, PERFORMANCE, lab_results, recipient_of_lab
from jobs.exchange.outbox import Package, lies_there, lying, packed, put
from jobs.exchange.own_files import ASIDE, LEDGER_TABLE, OWN_FILES, own_order_files
from jobs.exchange.parcels import (
    BUYERS,
    ITEMS,
    NATION_OFFICE,
    Parcel,
    leads_and_traces,
    overdue_work,
    proposed_plans,
    recipient_of_platform,
    recipient_of_region,
    takedown_notices,
)
from jobs.exchange.parcels import (
    KINDS as SENT,
)
from jobs.exchange.parties import KINDS as OF_PARTIES
from jobs.exchange.parties import (
    USCC,
    brand_cases,
    cluster_reports,
    failing_items,
    named,
    recipient_of_brand,
    recipient_of_cluster,
    recipient_of_enterprise,
)
from jobs.exchange.restricted import KINDS as OF_RESTRICTION
from jobs.exchange.restricted import restricted_operators, restriction_reviews
from jobs.lake import ops
from jobs.lake.night import WHOLE, Snapshot, newest_snapshot
from jobs.lake.tables import Lake
from jobs.reports.counting import filed_orders, order_lines_aside
from jobs.reports.nation import of_nation
from jobs.whole_folder import is_current, write_manifest

LOG = "ops.export_log"
KINDS = {
    **SENT,
    **{kind.name: kind for kind in (OWN_FILES, ASIDE, CORRECTIONS, PERFORMANCE, AGREEMENT)},
    **OF_RESTRICTION,
    **OF_PARTIES,
}
ACKNOWLEDGEMENT = "silver.acknowledgement"


@dataclass(frozen=True)
class Sent:
    """``written``: packages that were put into the outbox now; ``unchanged``: recipients who have got their
    rows already."""

    written: list[Package]
    unchanged: list[str]


def send(
    lake_root: Path,
    outbox: Path,
    *,
    day: date | None = None,
    recipient: str | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Sent:
    """Write what recipients get of the newest night to ``outbox``/<recipient>/<day>; the caller holds the
    lake's lock.

    ``day``: of the folder, the night's where not given; ``recipient``: only this one. A recipient whose rows
    are those last sent gets nothing; what was sent on the same day is replaced. The same published rows, code
    and day again: nothing is done. A plan's orders are sent on one day only, to all who share it: a list that
    changed under way would have buyers buy twice, by another design than the authority's. UsageError where no
    night has been published, or nothing could go to anyone of that name.
    """
    lake = Lake(lake_root)
    snapshot = newest_snapshot(lake, WHOLE)
    if snapshot.run_id is None or snapshot.date is None:
        raise UsageError(f"no night in {lake_root} yet: run `quality nightly` first")
    day, log = day or snapshot.date, sent_before(lake)
    origin = made_from(outbox_code(), snapshot.content, day)
    if recipient is None and is_current(outbox, origin):
        return Sent([], sorted(set(log["recipient"])))
    known, catalog = recipients(snapshot), load_catalog()
    if recipient is not None and recipient not in known:
        raise UsageError(
            f"no recipient {recipient}: there are buyers, and platform_<code>, region_<code> and lab_<code> "
            f"of each platform, province and laboratory"
        )
    ready = [p for p in parcels(snapshot, catalog, day) if not _sent_earlier(log, p, day)]
    chosen = known if recipient is None else _with_whom_plans_are_shared(recipient, ready)
    by_recipient = {name: [p for p in ready if p.recipient == name] for name in sorted(chosen)}
    states = {table: snapshot.state(table) for table in snapshot.named}
    written, unchanged, records = [], [], []
    files: dict[str, str] = {}
    for name, mine in by_recipient.items():
        mine = [*mine, *_emptied(log, name, mine, day)]
        if not mine:
            continue
        package = packed(mine, catalog, day=day, run_id=snapshot.run_id, states=states)
        if _has(log, package, outbox):
            unchanged.append(name)
        else:
            written.append(package)
            rows = sum(f["rows"] for f in package.manifest["files"] if f["format"] == "csv")
            say(f"outbox: {put(outbox, package)}: {rows:,} rows")
            records += _records(package)
        files |= lying(outbox, package)
    if records:  # after the files: a run that is killed in between writes the same ones again
        lake.append(LOG, ops.rows(LOG, records))
    if recipient is None:
        write_manifest(outbox, origin, files)
    return Sent(written, unchanged)


def outbox_code() -> str:
    """Hash of the code and contracts that packages are made by."""
    return code_hash([__name__], CONTRACTS)


def sent_before(lake: Lake) -> pd.DataFrame:
    """Rows of ops.export_log, the oldest first, without those of urgent packages."""
    log = _whole_log(lake)
    return log[log["kind"] != ITEMS.name].reset_index(drop=True)


def _whole_log(lake: Lake) -> pd.DataFrame:
    if not lake.exists(LOG):
        return ops.EXPORT_LOG.empty_table().to_pandas(date_as_object=True)
    return lake.frame(LOG).sort_values("sent_at", kind="stable", ignore_index=True)


def recipients(snapshot: Snapshot) -> set[str]:
    """Everyone who may get something: the buyers, platforms, provinces, brands and clusters of the
    references, registered laboratories, enterprises with a code. Codes beside them have no folder."""
    platforms, provinces = _codes(snapshot)
    return {
        BUYERS,
        *map(recipient_of_platform, platforms),
        *map(recipient_of_region, provinces),
        *map(recipient_of_lab, _labs(snapshot)),
        *map(recipient_of_brand, _names(snapshot, "silver.brand", "brand_id")),
        *map(recipient_of_cluster, _names(snapshot, "silver.industrial_cluster", "cluster_code")),
        *map(recipient_of_enterprise, named(_column(snapshot, "silver.enterprise", "enterprise_id"), USCC)),
        NATION_OFFICE,
    }


def parcels(snapshot: Snapshot, catalog: Catalog, day: date) -> Iterator[Parcel]:
    """All parcels of the night; a table that is absent gives none."""

    def frame(table: str) -> pd.DataFrame:
        if snapshot.version(table) is None:
            return arrow_schema(catalog.contracts[table]).empty_table().to_pandas(date_as_object=True)
        # A stale table may be of an older contract: what it lacks is empty.
        rows = snapshot.frame(table, where=of_nation(snapshot, table))
        return rows.reindex(columns=list(catalog.contracts[table].column_names))

    platforms, provinces = _codes(snapshot)
    yield from proposed_plans(frame("gold.sampling_purchase"), frame("gold.sampling_proposal"), day)
    yield from takedown_notices(frame("gold.sampling_lifecycle"), frame("silver.sample"), platforms)
    yield from overdue_work(frame("gold.work_queue"), provinces)
    yield from standard_corrections(frame("gold.standard_citation"), platforms)
    yield from lab_results(frame("gold.lab_performance"), frame("gold.lab_agreement"), _labs(snapshot))
    yield from restricted_operators(frame("gold.joint_restriction"), platforms)
    yield from restriction_reviews(frame("gold.restriction_review"), frame("silver.region"))
    yield from leads_and_traces(frame("gold.enforcement_lead"), frame("gold.source_trace"), provinces)
    yield from brand_cases(frame("gold.counterfeit_case"), _names(snapshot, "silver.brand", "brand_id"))
    yield from cluster_reports(
        frame("gold.cluster_report"), _names(snapshot, "silver.industrial_cluster", "cluster_code")
    )
    yield from failing_items(
        frame("gold.source_trace"),
        frame("silver.test_result"),
        frame("silver.sample"),
        frame("gold.sampling_lifecycle"),
        frame("gold.failing_item"),
    )
    ledger = (
        snapshot.lake.frame(LEDGER_TABLE)
        if snapshot.lake.exists(LEDGER_TABLE)
        else ops.RECONCILIATION.empty_table().to_pandas(date_as_object=True)
    )
    yield from own_order_files(ledger, order_lines_aside(snapshot), filed_orders(snapshot), platforms)


def acknowledged(lake_root: Path) -> pd.DataFrame:
    """Every manifest that was sent, with what its recipient answered: manifest_id recipient date files rows
    acknowledged_on status.

    An answer is a row of silver.acknowledgement that names the manifest; of several the newest holds.
    """
    lake = Lake(lake_root)
    log, snapshot = _whole_log(lake), newest_snapshot(lake)
    log["once"] = log["rows"].where(log["file"].str.endswith(".csv"), 0)  # each row stands in two formats
    by = log.groupby(["manifest_id", "recipient", "date"], as_index=False, sort=False)
    sent = by.agg(files=("file", "nunique"), rows=("once", "sum"))
    answers = pd.DataFrame(columns=["item_id", "acknowledged_on", "status"])
    if snapshot.version(ACKNOWLEDGEMENT) is not None:
        answers = snapshot.frame(
            ACKNOWLEDGEMENT, columns=["acknowledgement_id", "item_id", "acknowledged_on", "status"]
        )
        answers = answers.sort_values(["acknowledged_on", "acknowledgement_id"]).drop_duplicates(
            "item_id", keep="last"
        )
    found = sent.merge(answers, left_on="manifest_id", right_on="item_id", how="left")
    return found[["manifest_id", "recipient", "date", "files", "rows", "acknowledged_on", "status"]]


def _codes(snapshot: Snapshot) -> tuple[set[str], set[str]]:
    """Codes of platforms and of provinces."""

    def codes(table: str, *columns: str) -> pd.DataFrame:
        return (
            snapshot.frame(table, columns=list(columns), where=of_nation(snapshot, table))
            if snapshot.version(table) is not None
            else pd.DataFrame(columns=columns)
        )

    region = codes("silver.region", "region_code", "level")
    return set(codes("silver.platform", "platform_code")["platform_code"]), set(
        region.loc[region["level"] == "province", "region_code"]
    )


def _labs(snapshot: Snapshot) -> set[str]:
    """Codes of the nation's laboratories."""
    return _names(snapshot, "silver.lab", "lab_id")


def _names(snapshot: Snapshot, table: str, column: str) -> set[str]:
    """Codes of the nation's rows of a register that may name a folder."""
    return named(_column(snapshot, table, column))


def _column(snapshot: Snapshot, table: str, column: str) -> pd.Series:
    if snapshot.version(table) is None:
        return pd.Series(dtype=object)
    return snapshot.frame(table, columns=[column], where=of_nation(snapshot, table))[column]


def _with_whom_plans_are_shared(recipient: str, ready: list[Parcel]) -> set[str]:
    """``recipient`` and all who get a part of a plan that it gets."""
    plans = {p.subject for p in ready if p.subject and p.recipient == recipient}
    return {recipient, *(p.recipient for p in ready if p.subject in plans)}


def _sent_earlier(log: pd.DataFrame, parcel: Parcel, day: date) -> bool:
    """Whether a kind that is sent once a subject was sent on another day."""
    same = (
        (log["kind"] == parcel.kind.name)
        & (log["subject"] == parcel.subject)
        & (log["recipient"] == parcel.recipient)
    )
    return not parcel.kind.whole and bool((same & (log["date"] != day)).any())


def _emptied(log: pd.DataFrame, recipient: str, mine: list[Parcel], day: date) -> list[Parcel]:
    """Empty parcels: of what the recipient had last and has nothing more of, and of what a night that is sent
    again no longer holds."""
    had = log[log["recipient"] == recipient]
    last = had[had["manifest_id"] == had["manifest_id"].iloc[-1]] if len(had) else had
    again = {(row.kind, row.subject) for row in last.itertuples() if KINDS[row.kind].whole or row.date == day}
    gone = again - {(p.kind.name, p.subject) for p in mine}
    return [
        Parcel(recipient, KINDS[kind], pd.DataFrame(columns=list(KINDS[kind].columns)), subject)
        for kind, subject in sorted(gone)
    ]


def _has(log: pd.DataFrame, package: Package, outbox: Path) -> bool:
    """Whether the recipient has got this: each file as it was last sent on another day (who took it away has
    it), or on this day just these files, which still lie there."""
    had = log[log["recipient"] == package.recipient]
    if had.empty:
        return False
    if had["date"].iloc[-1] == package.day:
        return had["content"].iloc[-1] == package.digest and lies_there(outbox, package)
    last = had.drop_duplicates("file", keep="last").set_index("file")["sha256"]
    return all(last.get(file["name"]) == file["sha256"] for file in package.manifest["files"])


def _records(package: Package) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    return [
        {
            "manifest_id": package.manifest_id,
            "recipient": package.recipient,
            "date": package.day,
            "run_id": package.manifest["night"],
            "content": package.digest,
            "kind": f["kind"],
            "subject": f["subject"],
            "file": f["name"],
            "rows": f["rows"],
            "bytes": f["bytes"],
            "sha256": f["sha256"],
            "schema_version": f["schema_version"],
            "source": f["source"],
            "sent_at": now,
        }
        for f in package.manifest["files"]
    ]
