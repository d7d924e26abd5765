"""Sends the newest night to the outbox: writes a package of what each recipient does not have yet, and logs
it in ops.export_log. No JVM. Packages, parcels and keys: see `jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from jobs.code_identity import CONTRACTS, code_hash, made_from
from jobs.contracts.catalog import load_catalog
from jobs.errors import UsageError
from jobs.exchange import own_files
from jobs.exchange.answers import refused
from jobs.exchange.contents import KINDS, OFFICES, contents, recipients
from jobs.exchange.kinds import Parcel
from jobs.exchange.log import LOG, sent_before
from jobs.exchange.outbox import Package
from jobs.exchange.pages.reading import pages_code, read_night, said_beside
from jobs.exchange.pages.writing import noted
from jobs.exchange.post import NotMade, Packages, Placed, Post, loaded
from jobs.exchange.refused_plans import sent_again, sent_earlier
from jobs.exchange.unrecorded import write_down_nights
from jobs.ingest.source import load_sources
from jobs.ingest.source_files import files_of
from jobs.lake import ops
from jobs.lake.night import WHOLE, Snapshot, newest_snapshot
from jobs.lake.tables import Lake
from jobs.plurals import plural
from jobs.reports.counting import filed_orders
from jobs.reports.noted_trade import resolve_unconfirmed
from jobs.reports.shelved import shelved, with_batches
from jobs.side_by_side import processes, side_by_side
from jobs.whole_folder import is_current, write_manifest

# From this number of recipients on, further processes make a part of the packages.
FEWEST_BESIDE = 300


@dataclass(frozen=True)
class Sent:
    """What `send` did. ``written``: packages that were put into the outbox; ``unchanged``: names of
    recipients that already had their rows; ``not_made``: names of recipients whose package could not be made,
    which keep what they have."""

    written: list[Package]
    unchanged: list[str]
    not_made: list[str] = field(default_factory=list)


def send(
    lake_root: Path,
    outbox: Path,
    *,
    day: date | None = None,
    recipient: str | None = None,
    published: Path | None = None,
    contact: str = "",
    roots: Sequence[Path] = (),
    say: Callable[[str], None] = lambda line: None,
) -> Sent:
    """Write a package to ``outbox``/<recipient>/<day> for each recipient that does not have its rows of the
    newest night yet, and return what was done. The caller holds the lake's lock.

    A package holds all rows that are valid for its recipient, the keys of rows that it was sent within
    `post.REMEMBERED` and that are no longer valid, and for recipients in `pages.writing.READERS` also pages,
    with figures of the bundles in ``published`` (a folder, or None) and whom to ask (``contact``, or '').
    ``roots``: folders of the source YAML; ``day``: names the folder, by default the night's date;
    ``recipient``: only this one and those with whom it shares a plan; ``say``: gets one line per package.

    A recipient whose rows are those last sent gets nothing, unless it refused them; a package of the same day
    is replaced. A call for all makes nothing where the outbox and all that packages are made from are as the
    last one left them; all recipients in the log are then `unchanged`. Orders of a plan are sent on one day
    only, to all who share it, and the same list again to who refused it. An error while a package without
    orders is made costs its recipient alone. Raises UsageError without a night, or for an unknown recipient.
    """
    lake = Lake(lake_root)
    resolve_unconfirmed(lake, outbox=outbox, published=published)
    write_down_nights(lake, outbox)
    snapshot = newest_snapshot(lake, WHOLE)
    if snapshot.run_id is None or snapshot.date is None:
        raise UsageError(f"no night in {lake_root} yet: run `quality nightly` first")
    day, log, refusals = day or snapshot.date, sent_before(lake), refused(snapshot)
    beside = said_beside(snapshot, published, contact)
    shelf = () if published is None else shelved(lake, published)
    origin = made_from(outbox_code(), snapshot.content, day, beside, shelf, _filed(lake, roots))
    if recipient is None and is_current(outbox, origin):
        return Sent([], sorted(set(log["recipient"])))
    known, catalog = _known(snapshot, recipient), load_catalog()
    filers = own_files.filers_of(sources := load_sources(roots, catalog), known, filed_orders(snapshot), say)
    with processes(wanted=recipient is None and len(known) >= FEWEST_BESIDE) as pool:
        if pool is not None:
            pool.submit(loaded)  # while this process finds out who gets what
        every = contents(snapshot, catalog, day, recipient, filers, with_batches(published or outbox, shelf))
        ready = [parcel for parcel in every if not sent_earlier(log, parcel, day)]
        chosen = known if recipient is None else _with_whom_plans_are_shared(recipient, ready)
        by_recipient = _by_recipient([*ready, *sent_again(lake, log, refusals, catalog, day, say)], chosen)
        sent = {str(name): had for name, had in log.groupby("recipient", sort=False) if name in by_recipient}
        served = {*sent, *(name for name, mine in by_recipient.items() if mine)}
        post = Post(
            lake,
            outbox,
            log.iloc[:0],
            sent,
            night=read_night(snapshot, catalog, day, served, published, contact, sources),
            states={table: snapshot.state(table) for table in snapshot.named},
            refused=refusals,
        )
        parcels = [
            (name, [*mine, *_emptied(post.had(name), name, mine, day)]) for name, mine in by_recipient.items()
        ]
        made = _placed(post, [(name, mine) for name, mine in parcels if mine], pool, say)
    placed = [each for each in made if isinstance(each, Placed)]
    not_made = [each.recipient for each in made if isinstance(each, NotMade)]
    written = [each.package for each in placed if each.folder is not None]
    if written:  # after the files: of a run that is killed in between the next one writes them down
        lake.append(LOG, ops.rows(LOG, [row for package in written for row in _records(package)]))
    if recipient is None and not not_made:
        write_manifest(outbox, origin, {k: v for each in placed for k, v in each.files.items()})
    return Sent(written, [each.package.recipient for each in placed if each.folder is None], not_made)


def _known(snapshot: Snapshot, recipient: str | None) -> set[str]:
    """Return the names of all recipients. Raises UsageError where ``recipient`` is none of them."""
    known = recipients(snapshot)
    if recipient is not None and recipient not in known:
        raise UsageError(
            f"no recipient {recipient}: there are buyers, {', '.join(OFFICES)}, and platform_, region_, "
            f"lab_, brand_, cluster_ and enterprise_ with the code of each"
        )
    return known


def _placed(
    post: Post,
    parcels: list[tuple[str, list[Parcel]]],
    pool: ProcessPoolExecutor | None,
    say: Callable[[str], None],
) -> list[Placed | NotMade]:
    """Make the packages of all ``parcels`` and put them into the outbox, and return what became of them,
    sorted by recipient. ``pool`` makes some of those that write nothing to the lake."""

    def said(placed: Placed | NotMade) -> Placed | NotMade:
        if isinstance(placed, NotMade):
            say(f"outbox: the package of {placed.recipient} could not be made: {placed.why}")
        elif placed.folder is not None:
            rows = sum(f["rows"] for f in placed.package.manifest["files"] if f["format"] == "csv")
            say(f"outbox: {placed.folder}: {plural(rows, 'row')}")
        return placed

    every = Packages(post, parcels)
    apart = [n for n in range(len(parcels)) if pool is None or every.shows_trade(n)]
    made = [said(every(n)) for n in apart]
    if pool is not None:
        post.look_up()
        others = Packages(post, [parcels[n] for n in sorted({*range(len(parcels))} - {*apart})])
        made += side_by_side(
            pool, others, len(others.parcels), here=lambda number: said(others(number)), taken=said
        )
    return sorted(made, key=_recipient)


def _recipient(each: Placed | NotMade) -> str:
    return each.recipient if isinstance(each, NotMade) else each.package.recipient


def outbox_code() -> str:
    """Return a text that changes with the code by which packages and their pages are made: modules, settings,
    templates, contracts, the deployment file and versions of libraries. Compare it for equality only.

    Where it has changed, `send` looks at every recipient again. A recipient whose rows are those last sent on
    another day still gets no package, also where only its pages would be different."""
    return f"{code_hash([__name__], CONTRACTS)} {pages_code()}"


def _filed(lake: Lake, roots: Sequence[Path]) -> list[Any]:
    """Return a list that identifies what providers learn of their files: versions of the tables of files, and
    the content of the source YAML."""
    tables = (own_files.LEDGER_TABLE, "ops.ingest_file")
    return [
        *((table, lake.version(table) if lake.exists(table) else None) for table in tables),
        *(sha256(path.read_bytes()).hexdigest() for path in files_of(roots)),
    ]


def _by_recipient(ready: list[Parcel], chosen: set[str]) -> dict[str, list[Parcel]]:
    """Return the parcels of each recipient in ``chosen``, by its name; an empty list for one that
    gets none."""
    found: dict[str, list[Parcel]] = {name: [] for name in sorted(chosen)}
    for parcel in ready:
        if parcel.recipient in found:
            found[parcel.recipient].append(parcel)
    return found


def _with_whom_plans_are_shared(recipient: str, ready: list[Parcel]) -> set[str]:
    """Return ``recipient`` and all recipients of parcels of a plan that it has parcels of."""
    plans = {p.subject for p in ready if p.subject and p.recipient == recipient}
    return {recipient, *(p.recipient for p in ready if p.subject in plans)}


def _emptied(had: pd.DataFrame, recipient: str, mine: list[Parcel], day: date) -> list[Parcel]:
    """Return parcels without rows: for kinds of the recipient's last package that it has no rows of any more,
    so that it learns of it. A kind that is sent once per subject counts only where it was sent on ``day``.
    ``had``: the recipient's rows of the export log, in the order of sending; ``mine``: the parcels with rows
    of today."""
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
