"""Which contents of which files count: the current state that follows from the append-only ops.ingest_file. Pure pandas."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

import pandas as pd

LANDED, EMPTY, REPEATED, REFUSED = "landed", "empty", "repeated", "refused"
EXPIRED = "expired"  # landed once, and past the retention of its target since
FILE = ["source", "feed", "file"]


@dataclass(frozen=True)
class Units:
    """State of one target. ``landed``: rows of ops.ingest_file to be in bronze, one per load key; ``live``: load keys whose
    content is the newest edition of some file; ``deliveries``: (source, feed, day) of those of mode snapshot, empty files among
    them."""

    target: str
    landed: pd.DataFrame
    live: tuple[str, ...]
    deliveries: tuple[tuple[str, str, date], ...] = ()

    @property
    def content(self) -> str:
        """Hash of what bronze must hold."""
        return _hash([f"{r.load_key} {r.mapping}" for r in self.landed.itertuples()])

    @property
    def editions(self) -> str:
        """Hash of which of it is live, and of what it ends."""
        return _hash([*self.live, *("/".join(map(str, delivery)) for delivery in self.deliveries)])


def _hash(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def current(ingest: pd.DataFrame) -> pd.DataFrame:
    """One row per (source, feed, file, content): its newest record; a refusal under an edited mapping does not hide an earlier landing.

    ``ingest``: ops.ingest_file as pandas. A column ``live`` is added: the content is the newest edition (by mtime, then hash) of the
    file among those that were not refused. A refused edition replaces nothing.
    """
    if ingest.empty:
        return ingest.assign(live=pd.Series(dtype=bool))
    rows = ingest.assign(_ok=ingest["status"] != REFUSED).sort_values(["_ok", "recorded_at", "mapping"], kind="stable")
    # With other contents of joined files it was landed under another load key: the newest one counts.
    rows = rows[rows["load_key"] == rows.groupby([*FILE, "sha256"])["load_key"].transform("last")]
    # A file that was touched or put back keeps the books of its landing, with the time of its newest edition.
    newest = rows.groupby([*FILE, "sha256"])["mtime_ns"].transform("max")
    rows = rows.assign(mtime_ns=newest, _booked=rows["status"] != REPEATED).sort_values(["_ok", "_booked"], kind="stable")
    rows = rows.drop_duplicates([*FILE, "sha256"], keep="last")
    editions = rows[rows["_ok"]].sort_values(["mtime_ns", "sha256"], kind="stable").drop_duplicates(FILE, keep="last")
    rows = rows.assign(live=rows.index.isin(editions.index))
    return rows.drop(columns=["_ok", "_booked"]).sort_values([*FILE, "sha256"], kind="stable").reset_index(drop=True)


def units(ingest: pd.DataFrame) -> dict[str, Units]:
    """The state of each target that a file was ever landed for.

    What is in bronze follows from the landings themselves: a content that came again (`repeated`) has its rows from the first time.
    """
    rows = current(ingest)
    result = {}
    landings = ingest[ingest["status"].isin([LANDED, EXPIRED])].sort_values(["recorded_at", "mapping"], kind="stable")
    landings = landings.drop_duplicates("load_key", keep="last").sort_values("load_key", kind="stable")
    targets = sorted(set(landings["target"]) - {""})  # without those that are only joined
    landings = landings[landings["load_key"].isin(rows["load_key"])]
    landings = landings[landings["status"] == LANDED]
    for target in targets:
        live = rows.loc[rows["live"] & (rows["target"] == target) & rows["status"].isin([LANDED, REPEATED]), "load_key"]
        mine = landings[landings["target"] == target].reset_index(drop=True)
        result[target] = Units(target, mine, tuple(sorted(set(live))), _deliveries(rows[rows["live"] & (rows["target"] == target)]))
    return result


def _deliveries(live: pd.DataFrame) -> tuple[tuple[str, str, date], ...]:
    whole = live[(live["mode"] == "snapshot") & live["status"].isin([LANDED, EMPTY]) & live["delivered_on"].notna()]
    return tuple(sorted({(r.source, r.feed, r.delivered_on) for r in whole.itertuples()}))
