"""Makes the packages of one night: compares what each recipient is to get with what it got before, and writes
the packages to the outbox. Packages, parcels and keys: see `jobs.exchange.kinds`; the export log is
ops.export_log, one row per file that was sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import pandas as pd

from jobs.errors import QualityError, kind_and_place
from jobs.exchange.commerce import note_shown, shows_trade
from jobs.exchange.kinds import Parcel
from jobs.exchange.log import Keys, keys_sent
from jobs.exchange.outbox import UPSERT, Package, Place, is_written, keys_of, packed, put, written_hashes
from jobs.exchange.pages.writing import Night, with_pages
from jobs.lake.tables import Lake
from jobs.reports.noted_trade import confirm

# How long a row that is no longer valid is named in the files of withdrawn rows: a recipient that lost some
# packages learns of it with the next one.
REMEMBERED = timedelta(days=35)


def loaded() -> None:
    """Do nothing. A worker process that is asked to run it first imports this module, and so is ready to make
    packages."""


@dataclass(frozen=True)
class Placed:
    """What was done with a package. ``package``: without its content; ``folder``: where it was written, None
    where its recipient has it already; ``files``: path below the outbox → SHA-256 of each of its files there.
    """

    package: Package
    folder: Path | None
    files: dict[str, str]


@dataclass(frozen=True)
class NotMade:
    """A recipient whose package could not be made. ``recipient``: its name; ``why``: the error in words,
    without content of a row."""

    recipient: str
    why: str


@dataclass(frozen=True)
class Packages:
    """The packages of one night, numbered from 0. Calling it with a number makes that package, writes it to
    the outbox if needed, and returns a :class:`Placed`; several processes may do so for different numbers. An
    error while a package is made is returned as :class:`NotMade`, so that other recipients get theirs. It is
    raised where the package holds orders of a plan, which go out on one day to all who share it, and so is
    one while a package is written, as of a full disk. ``post``: what the packages are made with; ``parcels``:
    (recipient, its parcels), by number."""

    post: Post
    parcels: Sequence[tuple[str, list[Parcel]]]

    def __call__(self, number: int) -> Placed | NotMade:
        recipient, mine = self.parcels[number]
        try:
            package, new = self.post.package(recipient, mine)
        except Exception as error:
            if any(parcel.subject for parcel in mine):
                raise
            why = str(error) if isinstance(error, QualityError) else kind_and_place(error)
            return NotMade(recipient, why)
        folder = _put(self.post.lake, self.post.outbox, package, mine) if new else None
        # Thousands of packages with their content would fill the memory.
        return Placed(replace(package, content={}), folder, written_hashes(self.post.outbox, package))

    def shows_trade(self, number: int) -> bool:
        """Return whether the package with this number holds figures of trade. Writing such a package also
        appends to the lake (`commerce.note_shown`), which only one process may do."""
        return shows_trade(self.parcels[number][1])


@dataclass(frozen=True)
class Post:
    """What the packages of a night are made with. ``outbox``: its folder; ``nothing``: the export log without
    rows; ``sent``: recipient → its rows of the log, the first sent first; ``night``: what pages show besides
    rows; ``states``: table → state (fresh, stale …); ``refused``: manifest_ids of packages that recipients
    refused."""

    lake: Lake
    outbox: Path
    nothing: pd.DataFrame
    sent: Mapping[str, pd.DataFrame]
    _: KW_ONLY
    night: Night
    states: dict[str, str]
    refused: Collection[str]

    def had(self, recipient: str) -> pd.DataFrame:
        """Return the recipient's rows of the export log, one per file, the first sent first; a frame without
        rows where it was sent nothing."""
        return self.sent.get(recipient, self.nothing)

    def look_up(self) -> None:
        """Compute `remembered` and `before` now, so that worker processes get them with this object instead
        of reading the lake each."""
        if self.sent:
            _ = self.remembered, self.before

    @cached_property
    def remembered(self) -> Keys:
        """Recipient → (kind, subject) → keys of rows that it may still have: those of packages of the last
        `REMEMBERED` before the night, and of the last package before that time, whose rows were valid until
        the next one."""
        packages: dict[str, str] = {}
        for recipient, had in self.sent.items():
            long_ago = had["date"].map(lambda on: on < self.night.day - REMEMBERED).astype(bool)
            old = had.loc[long_ago, "manifest_id"]
            recent = set(had["manifest_id"]) - set(old.iloc[:-1]) | set(old.iloc[-1:])
            packages |= dict.fromkeys(recent, recipient)
        return keys_sent(self.lake, packages)

    @cached_property
    def before(self) -> dict[str, dict[tuple[str, str], set[str]]]:
        """Recipient → (kind, subject) → keys of the rows in its last package of an earlier day that it did
        not refuse. Recipients without such a package, or whose keys were not logged, are left out."""
        last = {name: last_taken(had, self.night.day, self.refused) for name, had in self.sent.items()}
        packages = {manifest_id: name for name, manifest_id in last.items() if manifest_id is not None}
        return keys_sent(self.lake, packages) if packages else {}

    def package(self, recipient: str, parcels: list[Parcel]) -> tuple[Package, bool]:
        """Make the package of ``recipient`` from all its ``parcels`` and return (package, whether it must be
        written).

        It need not be written where the recipient has the rows already: either each file of rows is as last
        sent on another day in a package that was not refused, and the last package was not refused, or the
        same content was sent today and is still in the outbox.
        """
        had = self.had(recipient)
        package = self._packed(parcels, had, {})
        if had.empty:
            return with_pages(package, parcels, {}, self.night), True
        last = had["manifest_id"].iloc[-1]
        today = had["date"].iloc[-1] == self.night.day
        if not today and last not in self.refused:
            taken = had[~had["manifest_id"].isin(self.refused)]
            sent = taken.drop_duplicates("file", keep="last").set_index("file")["sha256"]
            files = [f for f in package.manifest["files"] if f["op"] == UPSERT]
            if all(sent.get(f["name"]) == f["sha256"] for f in files):
                return package, False
        withdrawn = self._withdrawn(recipient, parcels)
        package = self._packed(parcels, had, withdrawn) if withdrawn else package
        package = with_pages(package, parcels, withdrawn, self.night)
        same = today and had["content"].iloc[-1] == package.digest
        return package, not (same and is_written(self.outbox, package))

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
        """Return (kind, subject) → sorted keys of `remembered` rows that ``parcels`` no longer hold."""
        sent = self.remembered.get(recipient, {})
        found: dict[tuple[str, str], list[str]] = {}
        for parcel in parcels:
            at = (parcel.kind.name, parcel.subject)
            gone = sent.get(at, set()) - set(keys_of(parcel))
            if gone:
                found[at] = sorted(gone)
        return found


def place(had: pd.DataFrame, day: date) -> Place:
    """Return the position of a package of ``day`` among those of its recipient, its number, revision and the
    package that it follows (`Place`). ``had``: the recipient's rows of the export log, the first sent first.
    """
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
    """Return the manifest_id of the recipient's last package of a day before ``day`` that it did not refuse;
    None without one. ``had``: its rows of the export log, the first sent first; ``refused``: manifest_ids of
    refused packages."""
    before = had[had["date"].isin(_days_before(had, day)) & ~had["manifest_id"].isin(refused)]
    return None if before.empty else str(before["manifest_id"].iloc[-1])


def _days_before(had: pd.DataFrame, day: date) -> list[date]:
    """Return the days of the recipient's packages that were sent before those of ``day``, in the order in
    which they were sent."""
    days = list(dict.fromkeys(had["date"]))
    return days[: days.index(day)] if day in days else days


def _put(lake: Lake, outbox: Path, package: Package, parcels: list[Parcel]) -> Path:
    """Write the package's folder and return it. Figures of trade in it are added to ops.trade_shown before
    the folder gets its final name, and confirmed after."""
    target = put(outbox, package, lambda: note_shown(lake, parcels, package.manifest_id))
    if shows_trade(parcels):
        confirm(lake, package.manifest_id)
    return target
