"""Folders of the outbox that ops.export_log lacks, because a run was killed after it wrote the folder and
before it wrote the log. Recipients may have fetched them, so the next run first adds them to the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from jobs.exchange.log import LOG, sent_before
from jobs.exchange.outbox import MANIFEST, UPSERT, Keys
from jobs.exchange.pages.writing import noted
from jobs.lake import ops
from jobs.lake.tables import Lake

FILE = "kind subject rows bytes sha256 schema_version source op".split()  # what a manifest says of a file
DAYS = "????-??-??"  # folders of nights; urgent ones have a number, too


def write_down_nights(lake: Lake, outbox: Path) -> None:
    """Add to ops.export_log the packages of nights in ``outbox`` that it lacks, one row per file, as sent at
    the time at which their manifest was written. Urgent packages are left out (`urgent.send_urgent` adds
    them)."""
    log = sent_before(lake)  # without urgent packages: they may have been sent after the folder was left
    known = set(log["manifest_id"])
    last = log.groupby(["recipient", "date"])["sent_at"].max().to_dict()
    records: list[dict[str, Any]] = []
    for path in sorted(outbox.glob(f"*/{DAYS}/{MANIFEST}")):
        of = (path.parents[1].name, date.fromisoformat(path.parent.name))
        sent_at = written_at(path)
        if of in last and sent_at <= last[of]:
            continue  # without a look inside: there is a manifest for each recipient and night
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["manifest_id"] not in known:
            records += files_of(said, sent_at, folder=path.parent)
    if records:
        lake.append(LOG, ops.rows(LOG, records))


def written_at(manifest: Path) -> datetime:
    """Return when a package's manifest file was last written (UTC), which is just before its folder got its
    final name."""
    return datetime.fromtimestamp(manifest.stat().st_mtime, UTC)


def files_of(
    said: dict[str, Any], sent_at: datetime, *, folder: Path | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the rows of ops.export_log for the files and pages of a package, each as column → value.
    ``said``: the content of its manifest; ``sent_at``: when it was sent; ``folder``: the package's folder: if
    it is given and still has a file, the row of that file gets the keys of the rows that it adds or replaces,
    else None."""
    for file in (*said["files"], *noted(said)):
        yield {
            "manifest_id": said["manifest_id"],
            "recipient": said["recipient"],
            "date": date.fromisoformat(said["date"]),
            "run_id": said["night"],
            "content": said["content"],
            "file": file["name"],
            "keys": None if folder is None else _keys(folder, file),
            "sent_at": sent_at,
        } | {name: file.get(name) for name in FILE}


def _keys(folder: Path, file: dict[str, Any]) -> Keys | None:
    path = folder / file["name"]
    if file["op"] != UPSERT or file["format"] != "jsonl" or not path.is_file():
        return None
    lines = path.read_bytes().decode("utf-8").split("\n")  # other signs that end a line stand inside of texts
    rows = [json.loads(line) for line in lines if line]
    return tuple(json.dumps([row[name] for name in file["key"]], ensure_ascii=False) for row in rows)
