"""Sends what goes out once, such as the orders of a sampling plan, again to a recipient that refused it.

It gets the rows that were first sent, of the night of that day, and not those of the newest night: all who
share a plan must have the same list, as buyers would else buy other listings than those that the authority
knows the weights of. Kinds, parcels and subjects: see `jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

import pandas as pd

from jobs.contracts.catalog import Catalog
from jobs.exchange.contents import KINDS, planned
from jobs.exchange.kinds import Parcel
from jobs.exchange.outbox import WITHDRAW
from jobs.exchange.plans import LEAD, PROPOSAL, PURCHASE
from jobs.lake.night import snapshot_of
from jobs.lake.tables import Lake
from jobs.lake.whole import unreadable

ONCE = [name for name, kind in KINDS.items() if not kind.whole]


def sent_earlier(log: pd.DataFrame, parcel: Parcel, day: date) -> bool:
    """Return whether the parcel is of a kind that is sent once per subject, and was sent on another day than
    ``day``. ``log``: rows of ops.export_log."""
    if parcel.kind.whole:
        return False
    same = (
        (log["kind"] == parcel.kind.name)
        & (log["subject"] == parcel.subject)
        & (log["recipient"] == parcel.recipient)
    )
    return bool((same & (log["date"] != day)).any())


def sent_again(
    lake: Lake,
    log: pd.DataFrame,
    refused: Collection[str],
    catalog: Catalog,
    day: date,
    say: Callable[[str], None],
) -> list[Parcel]:
    """Return the parcels of kinds that are sent once whose recipient refused them, as they were first sent.

    ``log``: rows of ops.export_log, the first sent first; ``refused``: manifest_ids of refused packages;
    ``day``: that of the packages; ``say``: gets a line where such a plan cannot be sent, as its night is no
    longer kept. A plan whose quarter has begun by ``day`` is not sent again."""
    once = log[log["kind"].isin(ONCE) & log["op"].ne(WITHDRAW)]
    wanted = _refused(once, refused, day)
    found: list[Parcel] = []
    for plan in sorted({subject for _, _, subject in wanted}):
        sent = once[once["subject"] == plan]
        first = sent["date"].iloc[0]
        if day - first >= LEAD:
            continue  # its quarter has begun
        night = snapshot_of(lake, str(sent.loc[sent["date"] == first, "run_id"].iloc[-1]))
        lost = [
            table
            for table in (PURCHASE, PROPOSAL)
            if (version := night.version(table)) is None or unreadable(lake, table, version) is not None
        ]
        if lost:
            say(f"outbox: the refused plan {plan} is not sent again: the night of {first} is no longer kept")
            continue
        parcels = planned(night, catalog, day)
        found += [p for p in parcels if p.subject == plan and (p.recipient, p.kind.name, plan) in wanted]
    return found


def _refused(once: pd.DataFrame, refused: Collection[str], day: date) -> set[tuple[str, str, str]]:
    """Return recipient, kind and subject of what is sent again on ``day``: its newest package of another day
    was refused, or the package of ``day`` holds it again already. ``once``: rows of ops.export_log of the
    kinds that are sent once; ``refused``: manifest_ids of refused packages."""
    found = set()
    for (recipient, kind, subject), mine in once.groupby(["recipient", "kind", "subject"]):
        others = mine[mine["date"] != day]
        if len(others) and (others["manifest_id"].iloc[-1] in refused or len(others) < len(mine)):
            found.add((str(recipient), str(kind), str(subject)))
    return found
