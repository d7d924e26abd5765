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
    landings = ingest[ingest["status"] == LANDED].sort_values(["recorded_at", "mapping"], kind="stable")
    landings = landings.drop_duplicates("load_key", keep="last").sort_values("load_key", kind="stable")
    for target in sorted(set(landings["target"])):
        live = rows.loc[rows["live"] & (rows["target"] == target) & rows["status"].isin([LANDED, REPEATED]), "load_key"]
        result[target] = Units(target, landings[landings["target"] == target].reset_index(drop=True), tuple(sorted(set(live))))
    return result
