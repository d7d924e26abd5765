"""A recipient's copy of what it was sent, kept up to date from packages of the outbox, which may come in any
order, more than once, or not at all. It needs only the packages' folders, not the lake.

A package is applied whole or not at all. Its manifest names files of rows to add or replace (`op: upsert`)
and of rows to remove (`op: withdraw`); rows are identified by the columns of `key`. Its `pages` repeat the
rows for people and are not read here. Where a file is `whole`, it holds all valid rows of its kind, so the
copy's earlier rows of that kind are removed first, also those whose withdrawal was in a package that got
lost. A package that is older than the last applied one, or the same, changes nothing. A lost package does no
harm, as the next one holds everything that is valid. Urgent packages have no number and are not handled here.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Damaged(ValueError):
    """Raised where a file of a package is missing or differs from what the manifest says."""


@dataclass
class Copy:
    """The copy of one recipient. ``recipient``: its name, as `platform_P1`; ``rows``: kind → values of the
    key → row; ``applied``: number and revision (from 1) of the newest package applied, (0, 0) before any;
    ``seen``: numbers of all packages that came undamaged; ``answers``: an acknowledgement of each package, as
    rows for the inbox."""

    recipient: str
    rows: dict[str, dict[tuple[Any, ...], Row]] = field(default_factory=dict)
    applied: tuple[int, int] = (0, 0)
    seen: set[int] = field(default_factory=set)
    answers: list[Row] = field(default_factory=list)

    def take(self, folder: Path, on: str) -> str:
        """Check the package in ``folder``, acknowledge it in `answers`, and apply it if it is newer than the
        last applied one. ``folder``: of a package of a night, not an urgent one; ``on``: the day of the
        acknowledgement (yyyy-mm-dd). Returns `applied`, or `old` where it is not newer.

        Raises Damaged where a file differs from the manifest: nothing is applied, and the acknowledgement
        says `refused`. Raises ValueError where the package is for another recipient.
        """
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if manifest["recipient"] != self.recipient:
            raise ValueError(f"a package of {manifest['recipient']}, not of {self.recipient}")
        try:
            files = [(f, _checked(folder, f)) for f in manifest["files"]]
            for page in manifest.get("pages", ()):
                _whole(folder, page)
        except Damaged:
            self._answer(manifest, "refused", on)
            raise
        place = (manifest["number"], manifest["revision"] + 1)
        self.seen.add(manifest["number"])
        self._answer(manifest, "received", on)
        if place <= self.applied:
            return "old"
        for file, rows in files:
            kept = self.rows.setdefault(file["kind"], {})
            if file["op"] == "upsert" and file["format"] == "jsonl" and file["whole"]:
                kept.clear()
            for row in rows:
                key = tuple(row[name] for name in file["key"])
                if file["op"] == "upsert":
                    kept[key] = row
                else:
                    kept.pop(key, None)
        self.applied = place
        return "applied"

    @property
    def lost(self) -> list[int]:
        """Numbers, from 1, of packages before the last applied one that never came, sorted. The copy lacks
        nothing because of them, but the recipient can ask for them."""
        return sorted(set(range(1, self.applied[0])) - self.seen)

    def _answer(self, manifest: Row, status: str, on: str) -> None:
        self.answers.append({**manifest["acknowledge"], "status": status, "acknowledged_on": on})


def _checked(folder: Path, file: Row) -> list[Row]:
    """Return the rows of a file of JSON Lines; none for a CSV file, which repeats them. Both are checked
    against the manifest: Damaged where they differ."""
    data = _whole(folder, file)
    if file["format"] != "jsonl":
        return []
    # Each line ends with a line feed; other signs that end a line stand inside of texts.
    rows = [json.loads(line) for line in data.decode("utf-8").split("\n") if line]
    if len(rows) != file["rows"]:
        raise Damaged(f"{file['name']}: rows: {len(rows)}, not {file['rows']}")
    return rows


def _whole(folder: Path, file: Row) -> bytes:
    """Return the bytes of a file. Damaged where their number or SHA-256 is not what the manifest says."""
    data = (folder / file["name"]).read_bytes() if (folder / file["name"]).is_file() else b""
    if len(data) != file["bytes"] or hashlib.sha256(data).hexdigest() != file["sha256"]:
        raise Damaged(f"{file['name']}: not the bytes that the manifest names")
    return data
