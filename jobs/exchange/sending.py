"""One night to the outbox: what each recipient has not got yet, written down in ops.export_log. No JVM."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from jobs.code_identity import CONTRACTS, code_hash, made_from
from jobs.contracts.catalog import load_catalog
from jobs.errors import UsageError
from jobs.exchange.answers import refused
from jobs.exchange.commerce import note_shown, shows_trade
from jobs.exchange.contents import KINDS, OFFICES, contents, recipients
from jobs.exchange.kinds import Parcel
from jobs.exchange.log import LOG, Keys, keys_sent, sent_before
from jobs.exchange.outbox import UPSERT, Package, Place, keys_of, lies_there, lying, packed, put
from jobs.exchange.pages.reading import pages_code, read_night, said_beside
from jobs.exchange.pages.writing import Night, noted, with_pages
from jobs.exchange.unrecorded import write_down_nights
from jobs.lake import ops
from jobs.lake.night import WHOLE, newest_snapshot
from jobs.lake.tables import Lake
from jobs.plurals import plural
from jobs.reports.noted_trade import confirm, resolve_unconfirmed
from jobs.whole_folder import is_current, write_manifest

# How long a row that no longer stands is named in the files of withdrawn rows: a recipient that lost some
# deliveries learns of it with the next one.
REMEMBERED = timedelta(days=35)


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
    published: Path | None = None,
    contact: str = "",
    say: Callable[[str], None] = lambda line: None,
) -> Sent:
    """Write what recipients get of the newest night to ``outbox``/<recipient>/<day>; the caller holds the
    lake's lock.

    A package holds all that is open for its recipient, and the keys of what it got within `REMEMBERED` and
    that no longer stands; of `pages.writing.READERS` also pages, with figures of the bundles in
    ``published`` and whom to ask (``contact``).
    ``day``: of the folder, the night's where not given; ``recipient``: only this one.
    A recipient whose rows are those last sent gets nothing unless it refused them; what was sent on the same
    day is replaced. The same named rows, code and day again: nothing is done. A plan's orders are sent on one
    day only, to all who share it: of a list that changed under way buyers would buy twice, by another design
    than the authority's. UsageError where no night has been named, or nothing could go to that name.
    """
    lake = Lake(lake_root)
    resolve_unconfirmed(lake, outbox=outbox, published=published)
    write_down_nights(lake, outbox)
    snapshot = newest_snapshot(lake, WHOLE)
    if snapshot.run_id is None or snapshot.date is None:
        raise UsageError(f"no night in {lake_root} yet: run `quality nightly` first")
    day, log = day or snapshot.date, sent_before(lake)
    origin = made_from(outbox_code(), snapshot.content, day, said_beside(snapshot, published, contact))
    if recipient is None and is_current(outbox, origin):
        return Sent([], sorted(set(log["recipient"])))
    known, catalog = recipients(snapshot), load_catalog()
    if recipient is not None and recipient not in known:
        raise UsageError(
            f"no recipient {recipient}: there are buyers, {', '.join(OFFICES)}, and platform_, region_, "
            f"lab_, brand_, cluster_ and enterprise_ with the code of each"
        )
    ready = [p for p in contents(snapshot, catalog, day, recipient) if not _sent_earlier(log, p, day)]
    chosen = known if recipient is None else _with_whom_plans_are_shared(recipient, ready)
    by_recipient = _by_recipient(ready, chosen)
    sent = {str(name): had for name, had in log.groupby("recipient", sort=False) if name in by_recipient}
    served = {*sent, *(name for name, mine in by_recipient.items() if mine)}
    post = Post(
        lake,
        outbox,
        log.iloc[:0],
        sent,
        night=read_night(snapshot, catalog, day, recipients=served, published=published, contact=contact),
        states={table: snapshot.state(table) for table in snapshot.named},
        refused=refused(snapshot),
    )
    written, unchanged, records, files = [], [], [], dict[str, str]()
    for name, mine in by_recipient.items():
        if not (mine := [*mine, *_emptied(post.had(name), name, mine, day)]):
            continue
        package, new = post.package(name, mine)
        if new:
            written.append(replace(package, content={}))  # thousands of packages would fill the memory
            rows = sum(f["rows"] for f in package.manifest["files"] if f["format"] == "csv")
            say(f"outbox: {_put(lake, outbox, package, mine)}: {plural(rows, 'row')}")
            records += _records(package)
        else:
            unchanged.append(name)
        files |= lying(outbox, package)
    if records:  # after the files: of a run that is killed in between the next one writes them down
        lake.append(LOG, ops.rows(LOG, records))
    if recipient is None:
        write_manifest(outbox, origin, files)
    return Sent(written, unchanged)


def outbox_code() -> str:
    """Hash of the code and contracts that packages are made by."""
    return f"{code_hash([__name__], CONTRACTS)} {pages_code()}"


def _put(lake: Lake, outbox: Path, package: Package, parcels: list[Parcel]) -> Path:
    """Write the package's folder, with the trade that it shows noted before a reader finds it and confirmed
    after."""
    target = put(outbox, package, lambda: note_shown(lake, parcels, package.manifest_id))
    if shows_trade(parcels):
        confirm(lake, package.manifest_id)
    return target


def _by_recipient(ready: list[Parcel], chosen: set[str]) -> dict[str, list[Parcel]]:
    """What each of ``chosen`` gets, by name; an empty list where that is nothing."""
    found: dict[str, list[Parcel]] = {name: [] for name in sorted(chosen)}
    for parcel in ready:
        if parcel.recipient in found:
            found[parcel.recipient].append(parcel)
    return found


def _with_whom_plans_are_shared(recipient: str, ready: list[Parcel]) -> set[str]:
    """``recipient`` and all who get a part of a plan that it gets."""
    plans = {p.subject for p in ready if p.subject and p.recipient == recipient}
    return {recipient, *(p.recipient for p in ready if p.subject in plans)}


def _sent_earlier(log: pd.DataFrame, parcel: Parcel, day: date) -> bool:
    """Whether a kind that is sent once a subject was sent on another day."""
    if parcel.kind.whole:
        return False
    same = (
        (log["kind"] == parcel.kind.name)
        & (log["subject"] == parcel.subject)
        & (log["recipient"] == parcel.recipient)
    )
    return bool((same & (log["date"] != day)).any())


def _emptied(had: pd.DataFrame, recipient: str, mine: list[Parcel], day: date) -> list[Parcel]:
    """Empty parcels: of what the recipient had last and has nothing more of, and of what a night that is sent
    again no longer holds. ``had``: its rows of the log."""
    if had.empty:
        return []
    last = had[had["manifest_id"] == had["manifest_id"].iloc[-1]]
    again = {
        (kind, subject)
        for kind, subject, on in zip(last["kind"], last["subject"], last["date"], strict=True)
        if kind in KINDS and (KINDS[kind].whole or on == day)
    }
    gone = again - {(p.kind.name, p.subject) for p in mine}
    return [
        Parcel(recipient, KINDS[kind], pd.DataFrame(columns=list(KINDS[kind].columns)), subject)
        for kind, subject in sorted(gone)
    ]


@dataclass(frozen=True)
class Post:
    """What packages of one night are made with. ``nothing``: the log without rows; ``sent``: recipient → its
    rows of the log, the oldest first; ``refused``: manifests that their recipients refused."""

    lake: Lake
    outbox: Path
    nothing: pd.DataFrame
    sent: Mapping[str, pd.DataFrame]
    _: KW_ONLY
    night: Night
    states: dict[str, str]
    refused: Collection[str]

    def had(self, recipient: str) -> pd.DataFrame:
        """The recipient's rows of the log, the oldest first."""
        return self.sent.get(recipient, self.nothing)

    @cached_property
    def remembered(self) -> Keys:
        """Keys that recipients got in packages within `REMEMBERED`, and in the one before, whose rows stood
        until then."""
        packages: dict[str, str] = {}
        for recipient, had in self.sent.items():
            long_ago = had["date"].map(lambda on: on < self.night.day - REMEMBERED).astype(bool)
            old = had.loc[long_ago, "manifest_id"]
            recent = set(had["manifest_id"]) - set(old.iloc[:-1]) | set(old.iloc[-1:])
            packages |= dict.fromkeys(recent, recipient)
        return keys_sent(self.lake, packages)

    @cached_property
    def before(self) -> dict[str, dict[tuple[str, str], set[str]]]:
        """Recipient → keys of the last package before the night's that it did not refuse; without those who
        have had none, or one whose keys were not logged."""
        last = {name: last_taken(had, self.night.day, self.refused) for name, had in self.sent.items()}
        packages = {manifest_id: name for name, manifest_id in last.items() if manifest_id is not None}
        return keys_sent(self.lake, packages) if packages else {}

    def package(self, recipient: str, parcels: list[Parcel]) -> tuple[Package, bool]:
        """The recipient's package, and whether it has not got it yet: each file of rows as it was last sent
        on another day (who took it away has it) and not refused, or on this day just these files, which still
        lie there."""
        had = self.had(recipient)
        package = self._packed(parcels, had, {})
        if had.empty:
            return with_pages(package, parcels, {}, self.night), True
        last = had["manifest_id"].iloc[-1]
        today = had["date"].iloc[-1] == self.night.day
        if not today and last not in self.refused:
            sent = had.drop_duplicates("file", keep="last").set_index("file")["sha256"]
            files = [f for f in package.manifest["files"] if f["op"] == UPSERT]
            if all(sent.get(f["name"]) == f["sha256"] for f in files):
                return package, False
        withdrawn = self._withdrawn(recipient, parcels)
        package = self._packed(parcels, had, withdrawn) if withdrawn else package
        package = with_pages(package, parcels, withdrawn, self.night)
        same = today and had["content"].iloc[-1] == package.digest
        return package, not (same and lies_there(self.outbox, package))

    def _packed(
        self, parcels: list[Parcel], had: pd.DataFrame, withdrawn: dict[tuple[str, str], list[str]]
    ) -> Package:
        return packed(
            parcels,
            self.night.catalog,
            day=self.night.day,
            run_id=self.night.run_id,
            states=self.states,
            place=place(had, self.night.day),
            withdrawn=withdrawn,
            before=self.before.get(parcels[0].recipient),
        )

    def _withdrawn(self, recipient: str, parcels: list[Parcel]) -> dict[tuple[str, str], list[str]]:
        """(kind, subject) → sorted keys of `remembered` rows that are not among ``parcels``."""
        sent = self.remembered.get(recipient, {})
        found: dict[tuple[str, str], list[str]] = {}
        for parcel in parcels:
            at = (parcel.kind.name, parcel.subject)
            gone = sent.get(at, set()) - set(keys_of(parcel))
            if gone:
                found[at] = sorted(gone)
        return found


def place(had: pd.DataFrame, day: date) -> Place:
    """Where a package of ``day`` stands after those of ``had``, the recipient's rows of the log."""
    if had.empty:
        return Place(number=1, revision=0, follows=None)
    days = _days_before(had, day)
    before = had[had["date"] == days[-1]] if days else had.iloc[:0]
    return Place(
        number=len(days) + 1,
        revision=int(had.loc[had["date"] == day, "sent_at"].nunique()),
        follows=None if before.empty else str(before["manifest_id"].iloc[-1]),
    )


def last_taken(had: pd.DataFrame, day: date, refused: Collection[str]) -> str | None:
    """manifest_id of the last package of ``had`` before that of ``day`` that is not among ``refused``."""
    before = had[had["date"].isin(_days_before(had, day)) & ~had["manifest_id"].isin(refused)]
    return None if before.empty else str(before["manifest_id"].iloc[-1])


def _days_before(had: pd.DataFrame, day: date) -> list[date]:
    """Days of the recipient's packages before that of ``day``, in the order in which they were sent."""
    days = list(dict.fromkeys(had["date"]))
    return days[: days.index(day)] if day in days else days


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
            "op": f["op"],
            "keys": package.keys.get(f["name"]),
            "sent_at": now,
        }
        for f in (*package.manifest["files"], *noted(package.manifest))
    ]
