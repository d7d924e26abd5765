"""Files of the outbox: CSV, JSON Lines and a manifest in one folder a recipient and date, put in place whole
or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from jobs.contracts.catalog import Catalog
from jobs.exchange.lab_results import LAB_MEANINGS
from jobs.exchange.own_files import MEANINGS
from jobs.exchange.parcels import OWN, Kind, Parcel
from jobs.exchange.parties import MEANINGS as PARTY_MEANINGS
from jobs.reports.downloads import csv_bytes
from jobs.reports.numbers import missing
from jobs.whole_folder import replaced_folder

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Package:
    """All that one recipient gets on one day, or within an hour. ``content``: file name → bytes;
    ``manifest``: what manifest.json says."""

    recipient: str
    day: date
    content: dict[str, bytes]
    manifest: dict[str, Any]
    urgent: int | None = None  # the number of an urgent package of the recipient

    @property
    def folder(self) -> str:
        """Below the recipient's folder."""
        number = "" if self.urgent is None else f"-urgent-{self.urgent:04d}"
        return f"{self.day.isoformat()}{number}"

    @property
    def manifest_id(self) -> str:
        return self.manifest["manifest_id"]

    @property
    def digest(self) -> str:
        return self.manifest["content"]


def packed(
    parcels: list[Parcel],
    catalog: Catalog,
    *,
    day: date,
    run_id: str,
    states: dict[str, str],
    urgent: int | None = None,
) -> Package:
    """Parcels of one recipient as files. ``states``: of the tables that they come from, so that a stale one
    says so; ``urgent``: the number of an urgent package of the recipient, None for a night's.

    The same rows give the same bytes and `content` on any day; `manifest_id` names recipient, day and
    content, and is what an acknowledgement names in return.
    """
    (recipient,) = {p.recipient for p in parcels}
    content: dict[str, bytes] = {}
    files = []
    for parcel in sorted(parcels, key=lambda p: (p.kind.name, p.subject)):
        stem = "_".join(filter(None, (parcel.kind.name, parcel.subject)))
        for form, data in (("csv", csv_bytes(parcel.rows)), ("jsonl", json_lines(parcel.rows))):
            content[f"{stem}.{form}"] = data
            files.append(
                {
                    "name": f"{stem}.{form}",
                    "kind": parcel.kind.name,
                    "subject": parcel.subject,
                    "format": form,
                    "rows": len(parcel.rows),
                    "bytes": len(data),
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "schema_version": parcel.kind.version,
                    "source": parcel.kind.source,
                    "stale": states.get(parcel.kind.source) == "stale",
                }
            )
    digest = hashlib.sha256("\n".join(f"{f['name']} {f['sha256']}" for f in files).encode()).hexdigest()
    number = "" if urgent is None else f"U{urgent:04d}-"
    manifest_id = f"MF-{recipient}-{day:%Y%m%d}-{number}{digest[:12]}"
    manifest = {
        "manifest_id": manifest_id,
        "recipient": recipient,
        "date": day.isoformat(),
        "night": run_id,
        "content": digest,
        "files": files,
        "columns": {p.kind.name: described(p.kind, catalog) for p in parcels},
        "acknowledge": {"item_kind": "manifest", "item_id": manifest_id},
    }
    return Package(recipient, day, content, manifest, urgent)


def described(kind: Kind, catalog: Catalog) -> list[dict[str, str]]:
    """What each column of a kind means, in both languages, from the contract of its table."""
    rows = []
    for name, table in kind.columns.items():
        if table:
            column = catalog.contracts[table].column(name)
            zh, en = column.description_zh, column.description_en
        else:
            zh, en = {**MEANINGS, **LAB_MEANINGS, **PARTY_MEANINGS, **OWN}[name].split(" | ")
        rows.append({"name": name, "zh": zh, "en": en})
    return rows


def json_lines(rows: pd.DataFrame) -> bytes:
    """One object a row, UTF-8; missing cells are null, days are ISO texts, whole numbers keep no decimal
    point."""
    lines = [
        json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False)
        for row in rows.to_dict("records")
    ]
    return "".join(line + "\n" for line in lines).encode()


def _plain(value: Any) -> Any:
    if missing(value):
        return None
    value = float(value) if isinstance(value, Decimal) else value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, (str, int, float, bool)) else value.isoformat()


def put(root: Path, package: Package) -> Path:
    """Write the package's folder (`<recipient>/<date>`, `<recipient>/<date>-urgent-<number>`) below ``root``
    in place of one that is there; returns it.

    A reader finds the old folder or the new one, never some files of each; a writer that is killed leaves at
    most a folder that begins with a dot, which the next one removes.
    """
    target = root / package.recipient / package.folder
    text = json.dumps(package.manifest, ensure_ascii=False, indent=1)
    with replaced_folder(target) as fresh:
        for name, data in {**package.content, MANIFEST: text.encode()}.items():
            with (fresh / name).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
    return target


def lies_there(root: Path, package: Package) -> bool:
    """Whether the folder holds exactly this content, byte for byte."""
    target = root / package.recipient / package.folder
    if not (target / MANIFEST).is_file() or {p.name for p in target.iterdir()} != {
        *package.content,
        MANIFEST,
    }:
        return False
    return all((target / name).read_bytes() == data for name, data in package.content.items())


def lying(root: Path, package: Package) -> dict[str, str]:
    """Path below ``root`` → SHA-256 of each file of the package's folder; nothing where it does not hold this
    content."""
    if not lies_there(root, package):
        return {}
    folder = root / package.recipient / package.folder
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }
