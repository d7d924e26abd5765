"""A recipient's side: a copy that is kept true by the packages of the outbox, in whichever order and however
often they come. It needs the folder alone, and nothing of the lake.

A package is applied whole or not at all. Its manifest says which rows stand (`op: upsert`) and which no
longer do (`op: withdraw`), by the columns of `key`; its `pages` hold the same rows for people. A file of a
kind that is handed over `whole` is all that stands, so that rows which were withdrawn in packages that got
lost go, too, however long ago that was. An older package than the newest applied one changes nothing, nor
does one that was applied; one that was lost is made up for by the next, which holds all that stands. Urgent
packages have no number and are no part of this."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Damaged(ValueError):
    """A file of a package is not what its manifest says."""


@dataclass
class Copy:
    """``rows``: kind → key → row; ``applied``: (number, revision) of the newest package, ``seen``: numbers of
    all that came, ``answers``: an acknowledgement of each package, as the inbox takes it."""

    recipient: str
    rows: dict[str, dict[tuple[Any, ...], Row]] = field(default_factory=dict)
    applied: tuple[int, int] = (0, 0)
    seen: set[int] = field(default_factory=set)
    answers: list[Row] = field(default_factory=list)

    def take(self, folder: Path, on: str) -> str:
        """Apply the package in ``folder`` on a day (yyyy-mm-dd): `applied`, or `old` where it is not newer
        than what was applied. Damaged where a file differs from the manifest: nothing is applied, and the
        answer is that it is refused. ValueError: it is another recipient's."""
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
        """Numbers below the newest that never came: nothing is missing of them, but they can be asked for."""
        return sorted(set(range(1, self.applied[0])) - self.seen)

    def _answer(self, manifest: Row, status: str, on: str) -> None:
        self.answers.append({**manifest["acknowledge"], "status": status, "acknowledged_on": on})


def _checked(folder: Path, file: Row) -> list[Row]:
    """Rows of a file of JSON Lines, none of the same rows as CSV; both are held against the manifest."""
    data = _whole(folder, file)
    if file["format"] != "jsonl":
        return []
    # Each line ends with a line feed; other signs that end a line stand inside of texts.
    rows = [json.loads(line) for line in data.decode("utf-8").split("\n") if line]
    if len(rows) != file["rows"]:
        raise Damaged(f"{file['name']}: rows: {len(rows)}, not {file['rows']}")
    return rows


def _whole(folder: Path, file: Row) -> bytes:
    data = (folder / file["name"]).read_bytes() if (folder / file["name"]).is_file() else b""
    if len(data) != file["bytes"] or hashlib.sha256(data).hexdigest() != file["sha256"]:
        raise Damaged(f"{file['name']}: not the bytes that the manifest names")
    return data
