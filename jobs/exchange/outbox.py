"""Makes packages of the outbox (CSV and JSON Lines files with a manifest) and writes each as a folder, whole
or not at all. There is one folder per recipient and day, `<recipient>/<date>`; urgent packages have folders
with a number. Kinds, parcels and keys: see `jobs.exchange.kinds`."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from jobs.contracts.catalog import Catalog
from jobs.exchange.kinds import Kind, Parcel
from jobs.marts.overview.queue_refused import urgent_number
from jobs.reports.downloads import csv_bytes
from jobs.reports.numbers import missing
from jobs.whole_folder import replaced_folder

MANIFEST = "manifest.json"
# A disk confirms files that are written at once together, several times as fast as one after another.
_DISK = ThreadPoolExecutor(8, thread_name_prefix="disk")
UPSERT, WITHDRAW = "upsert", "withdraw"  # `op` of a file: its rows are to be added or replaced, or removed
PAGE = "page"  # what ops.export_log calls a page, as its kind and its op
Keys = tuple[str, ...]  # the key of each row, as a JSON list such as ["XJ-S1"]


@dataclass(frozen=True)
class Package:
    """All that one recipient gets on one day, or in one urgent package. ``content``: file name → bytes,
    without the manifest; ``manifest``: the content of manifest.json."""

    recipient: str
    day: date
    content: dict[str, bytes]
    manifest: dict[str, Any]
    keys: dict[str, Keys]  # file name → keys, of JSON Lines files with rows to add or replace
    urgent: int | None = None  # the number of an urgent package of the recipient, from 1
    # File name without ending → numbers of rows, from 1, that the package before did not have; None where
    # that is not known.
    new: Mapping[str, frozenset[int]] | None = None

    @property
    def folder(self) -> str:
        """Name of the package's folder, inside the recipient's: 2026-07-01, or 2026-07-01-urgent-0001."""
        number = "" if self.urgent is None else f"-urgent-{self.urgent:04d}"
        return f"{self.day.isoformat()}{number}"

    @property
    def manifest_id(self) -> str:
        """The package's identifier, by which its recipient acknowledges it:
        `MF-<recipient>-<yyyymmdd>-<hash>`, in an urgent package with its number (`urgent_number`) before the
        hash: `MF-<recipient>-<yyyymmdd>-U0007R2-<hash>`. The hash is the first 12 digits of `digest`."""
        return self.manifest["manifest_id"]

    @property
    def digest(self) -> str:
        """SHA-256 of the names and hashes of the package's files of rows; the same rows give the same on any
        day."""
        return self.manifest["content"]


@dataclass(frozen=True)
class Place:
    """The position of a night's package among those of its recipient. ``number``: 1 for the first day on
    which it got a package, 2 for the second such day; ``revision``: 0, and 1 more each time that the day's
    package is sent again with other content; ``follows``: manifest_id of the last package of the day with the
    number before, None for the first."""

    number: int
    revision: int
    follows: str | None


def packed(
    parcels: list[Parcel],
    catalog: Catalog,
    *,
    day: date,
    run_id: str,
    states: dict[str, str],
    urgent: int | None = None,
    refusals: int = 0,
    place: Place | None = None,
    withdrawn: Mapping[tuple[str, str], Sequence[str]] = MappingProxyType({}),
    before: Mapping[tuple[str, str], Collection[str]] | None = None,
) -> Package:
    """Make a package from all parcels of one recipient, without pages and without writing it.

    ``day``, ``run_id``: the day and the run, for the manifest. ``states``: table → state, so that files from
    a stale table are marked. ``urgent``: number of an urgent package, with ``refusals``, how often the
    recipient refused its items before; None for a night's package, which has a ``place``. ``withdrawn``:
    (kind, subject) → keys, as JSON lists, of rows that the recipient has and that are no longer valid; they
    make a file `<kind>_withdrawn`, with a subject `<kind>_<subject>_withdrawn`, with the columns of the key.
    ``before``: (kind, subject) → keys in the package before, by which the manifest counts rows that are
    `new`; None where there is none or its keys are not known.

    The same rows give the same bytes and the same hash `content` on any day. `manifest_id` is made of
    recipient, day, content, and of an urgent package also its number and refusals. Raises ValueError where
    parcels are of several recipients or there is none.
    """
    (recipient,) = {p.recipient for p in parcels}
    content: dict[str, bytes] = {}
    files: list[dict[str, Any]] = []
    keys: dict[str, Keys] = {}
    new: dict[str, frozenset[int]] = {}
    for parcel in sorted(parcels, key=lambda p: (p.kind.name, p.subject)):
        stem = "_".join(filter(None, (parcel.kind.name, parcel.subject)))
        stale = states.get(parcel.kind.source) == "stale"
        keys[f"{stem}.jsonl"] = held = keys_of(parcel)
        had = None if before is None else before.get((parcel.kind.name, parcel.subject), ())
        if had is not None:
            new[stem] = frozenset(n for n, key in enumerate(held, start=1) if key not in had)
        n_new = None if had is None else len(new[stem])
        files += [
            each | {"new": n_new} for each in _written(content, parcel, stem, parcel.rows, UPSERT, stale)
        ]
        gone = withdrawn.get((parcel.kind.name, parcel.subject), ())
        if gone:
            rows = pd.DataFrame(
                [json.loads(key) for key in gone], columns=list(parcel.kind.key), dtype=object
            )
            files += _written(content, parcel, f"{stem}_withdrawn", rows, WITHDRAW, stale)
    digest = hashlib.sha256("\n".join(f"{f['name']} {f['sha256']}" for f in files).encode()).hexdigest()
    number = "" if urgent is None else f"{urgent_number(urgent, refusals)}-"
    manifest_id = f"MF-{recipient}-{day:%Y%m%d}-{number}{digest[:12]}"
    manifest = {
        "manifest_id": manifest_id,
        "recipient": recipient,
        "date": day.isoformat(),
        "night": run_id,
        **({} if place is None else asdict(place)),
        "content": digest,
        "files": files,
        "columns": {p.kind.name: described(p.kind, catalog) for p in parcels},
        "acknowledge": {"recipient_code": recipient, "item_kind": "manifest", "item_id": manifest_id},
    }
    return Package(recipient, day, content, manifest, keys, urgent, None if before is None else new)


def _written(
    content: dict[str, bytes], parcel: Parcel, stem: str, rows: pd.DataFrame, op: str, stale: bool
) -> Iterator[dict[str, Any]]:
    """Add the rows to ``content`` as CSV and as JSON Lines, and yield the manifest's entry for each of the
    two files."""
    kind = parcel.kind
    for form, data in (("csv", csv_bytes(rows)), ("jsonl", json_lines(rows))):
        content[f"{stem}.{form}"] = data
        yield {
            "name": f"{stem}.{form}",
            "kind": kind.name,
            "subject": parcel.subject,
            "format": form,
            "op": op,
            "key": list(kind.key),
            "whole": kind.whole,
            "rows": len(rows),
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "schema_version": kind.version,
            "source": kind.source,
            "stale": stale,
        }


def keys_of(parcel: Parcel) -> Keys:
    """Return the key of each row of the parcel as a JSON list such as '["XJ-S1"]', in the order of
    the rows."""
    columns = [parcel.rows[name].array for name in parcel.kind.key]
    return tuple(
        json.dumps([plain(value) for value in row], ensure_ascii=False) for row in zip(*columns, strict=True)
    )


def described(kind: Kind, catalog: Catalog) -> list[dict[str, str]]:
    """Return the columns of a kind in the order of ``kind.columns``, each as a dict of name, type, and its
    meaning in Chinese (zh) and English (en), from the contract of its table or the kind's ``own``. A list is
    a text, and its meaning says how the entries are separated. KeyError for a table or column without a
    contract, ValueError for an ``own`` that is not "type | zh | en"."""
    rows = []
    for name, table in kind.columns.items():
        if table:
            column = catalog.contracts[table].column(name)
            given, zh, en = column.type, column.description_zh, column.description_en
            if given.startswith("array"):  # the file has it as `kinds.as_text` writes it
                given, zh, en = "string", f"{zh}；各项以；分隔", f"{en}; entries separated by ；"
        else:
            given, zh, en = kind.own[name].split(" | ")
        rows.append({"name": name, "type": given, "zh": zh, "en": en})
    return rows


def json_lines(rows: pd.DataFrame) -> bytes:
    """Return rows as JSON Lines in UTF-8, one object per row: missing cells are null, dates ISO texts, and
    whole numbers have no decimal point."""
    names = [str(name) for name in rows.columns]
    lines = [
        json.dumps(dict(zip(names, map(plain, row), strict=True)), ensure_ascii=False)
        for row in rows.to_numpy(dtype=object)
    ]
    return "".join(line + "\n" for line in lines).encode()


def plain(value: Any) -> Any:
    """Return a cell's value as JSON can hold it: None if missing, a decimal or a number of numpy as Python's,
    as an int if it is whole, a date or time as ISO text; texts and bools as they are. See `json_lines`."""
    if missing(value):
        return None
    value = float(value) if isinstance(value, Decimal) else value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, (str, int, float, bool)) else value.isoformat()


def put(root: Path, package: Package, ready: Callable[[], object] = lambda: None) -> Path:
    """Write the package's folder (`<recipient>/<date>` or `<recipient>/<date>-urgent-<number>`) below
    ``root``, the outbox, in place of one with that name, and return its path. ``ready`` is called when all
    files are written and the folder does not have its final name yet.

    Readers see the old folder or the new one (between the two, for a moment, none), never files of both. A
    run that is killed leaves at most hidden folders (names that begin with a dot), which the next one
    removes.
    """
    target = root / package.recipient / package.folder
    text = json.dumps(package.manifest, ensure_ascii=False, indent=1)
    with replaced_folder(target) as fresh:
        content = {**package.content, MANIFEST: text.encode()}
        list(_DISK.map(lambda name: _durable(fresh / name, content[name]), content))
        ready()
    return target


def _durable(path: Path, data: bytes) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def is_written(root: Path, package: Package) -> bool:
    """Return whether the package's folder below ``root``, the outbox, has a manifest and exactly the
    package's other files, byte for byte. The manifest's content is not compared."""
    target = root / package.recipient / package.folder
    if not (target / MANIFEST).is_file() or {p.name for p in target.iterdir()} != {
        *package.content,
        MANIFEST,
    }:
        return False
    return all((target / name).read_bytes() == data for name, data in package.content.items())


def written_hashes(root: Path, package: Package) -> dict[str, str]:
    """Return path below ``root``, the outbox → SHA-256 of each file in the package's folder, the manifest
    included; empty where `is_written` is false."""
    if not is_written(root, package):
        return {}
    folder = root / package.recipient / package.folder
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }
