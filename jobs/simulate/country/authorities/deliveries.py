"""Writes the files of all sources of the authorities: the history in a few deliveries, then one per night
where there is something new. A source here is called a teller (`sources.Teller`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from jobs.simulate.country.authorities.dossier import Dossier
from jobs.simulate.country.authorities.ground_truth import write_ground_truth
from jobs.simulate.country.authorities.known import Ledger
from jobs.simulate.country.authorities.rendering import rendered
from jobs.simulate.country.authorities.sources import Shelf, Teller, history_days, night_days, tellers
from jobs.simulate.country.authorities.states import reported
from jobs.simulate.country.inbox import Inbox


def write(book: Dossier, inbox: Inbox, progress: Callable[[str], None] = lambda _: None) -> int:
    """Write all files that ``inbox`` wants (it may want those of one night only), and note in its truth what
    is planted, personal and delivered, and what else is true of the authorities. Returns the number of
    records of the history in the files.

    ``book``: the authorities' tables; ``progress``: is called with the name of each source.
    """
    world, shelf, ledger = book.market.world, Shelf(book), Ledger(book, inbox)
    for teller in tellers(world):
        progress(teller.name)
        tables, since = (
            {name: shelf.rows(teller, feed["target"]) for name, feed in teller.feeds.items()},
            None,
        )
        for day in [*history_days(world, teller.parts), *night_days(world)]:
            _deliver(teller, tables, since, day, ledger)
            since = day
    ledger.close()
    write_ground_truth(book, inbox.truth)
    return ledger.records


def _deliver(
    teller: Teller,
    tables: Mapping[str, pd.DataFrame | None],
    since: np.datetime64 | None,
    day: np.datetime64,
    ledger: Ledger,
) -> None:
    """Deliver what a source has to report after ``since`` (None: from the beginning) up to ``day``; no file
    where that is nothing. ``tables``: feed → table of its target, None where there is none."""
    rows: dict[str, pd.DataFrame] = {}
    for name, table in tables.items():
        rows[name] = (
            reported(teller.feeds[name]["target"], table, since, day) if table is not None else pd.DataFrame()
        )
    if any(len(r) for r in rows.values()):
        parts = {name: (feed, rendered(feed, rows[name])) for name, feed in teller.feeds.items()}
        ledger.deliver(teller, day.astype(object), parts, rows)
