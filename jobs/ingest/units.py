"""Which contents of which files count: the current state that follows from the append-only ops.ingest_file. Pure pandas."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pandas as pd

LANDED, EMPTY, REPEATED, REFUSED = "landed", "empty", "repeated", "refused"
FILE = ["source", "feed", "file"]


@dataclass(frozen=True)
class Units:
    """State of one target. ``landed``: rows of ops.ingest_file to be in bronze, one per load key; ``live``: load keys whose
    content is the newest edition of some file."""

    target: str
    landed: pd.DataFrame
    live: tuple[str, ...]

    @property
    def content(self) -> str:
        """Hash of what bronze must hold."""
        return _hash([f"{r.load_key} {r.mapping}" for r in self.landed.itertuples()])

    @property
    def editions(self) -> str:
        """Hash of which of it is live."""
        return _hash(list(self.live))


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
    rows = rows.drop_duplicates([*FILE, "sha256"], keep="last")
    editions = rows[rows["_ok"]].sort_values(["mtime_ns", "sha256"], kind="stable").drop_duplicates(FILE, keep="last")
    rows = rows.assign(live=rows.index.isin(editions.index))
    return rows.drop(columns="_ok").sort_values([*FILE, "sha256"], kind="stable").reset_index(drop=True)


def units(ingest: pd.DataFrame) -> dict[str, Units]:
    """The state of each target that a file was ever landed for."""
    rows = current(ingest)
    result = {}
    for target in sorted(set(rows.loc[rows["status"].isin([LANDED, REPEATED]), "target"])):
        mine = rows[rows["target"] == target]
        landed = mine[mine["status"] == LANDED].sort_values(["load_key", "recorded_at"], kind="stable")
        landed = landed.drop_duplicates("load_key", keep="last").reset_index(drop=True)
        live = mine.loc[mine["live"] & mine["status"].isin([LANDED, REPEATED]), "load_key"]
        result[target] = Units(target, landed, tuple(sorted(set(live))))
    return result
