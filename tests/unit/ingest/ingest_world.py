"""A small installation in a separate folder: one table `thing`, source YAML as text, files, and what
landing made of them."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Column, Contract
from jobs.environment import Environment
from jobs.ingest.landing import LandingReport, land
from jobs.ingest.model import Feed
from jobs.ingest.source import Sources, load_sources
from jobs.lake.tables import Lake

DAY = dt.date(2026, 6, 30)


def _column(name: str, kind: str, **more: Any) -> Column:
    return Column(name, kind, more.pop("required", False), more.pop("key", False), name, name, name, **more)


def _contract(name: str, columns: list[Column], **more: Any) -> Contract:
    key = tuple(c.name for c in columns if c.key)
    return Contract(
        id=f"silver.{name}",
        version="1.0.0",
        room="facts",
        grain="one row per key",
        engine="sql",
        inputs=(),
        refresh="full",
        depends_on_day=False,
        retention="none",
        columns=tuple(columns),
        path=Path(f"{name}.odcs.yaml"),
        key=key,
        **more,
    )


def contract_of(name: str, key: dict[str, str], others: dict[str, str]) -> Contract:
    """A contract from column names and types; key columns are required."""
    keys = [_column(column, kind, required=True, key=True) for column, kind in key.items()]
    return _contract(name, [*keys, *(_column(column, kind) for column, kind in others.items())])


CATALOG = Catalog(
    {
        "silver.thing": _contract(
            "thing",
            [
                _column("thing_id", "string", required=True, key=True),
                _column("made_on", "date", required=True),
                _column("name", "string"),
                _column("price", "decimal(18,2)"),
                _column("seen_at", "timestamp"),
                _column("tags", "array<string>"),
                _column("kind", "string"),
                _column("ok", "boolean"),
                _column("amount", "int"),
                _column("phone_ref", "string", personal="phone"),
                _column("story", "string", free_text=True),
            ],
            event_date="made_on",
        ),
        "silver.pair": _contract(
            "pair", [_column(name, "string", required=True, key=True) for name in ("a", "b")]
        ),
        "silver.quarantine": _contract(
            "quarantine", [_column("target", "string", required=True, key=True)], tags=("derived",)
        ),
    }
)

SOURCE = """\
source: acme
publisher: {name_zh: 某厂, name_en: Acme}
timezone: Asia/Shanghai
cadence: daily
feeds:
  things:
    target: thing
    files: "things*.csv"
    format: csv
    key: [thing_id]
    columns:
      thing_id: {from: id}
      made_on:  {from: made, date: [yyyy-MM-dd]}
      name:     {from: name}
"""


class World:
    """Roots, inbox, landing and lake below one folder."""

    def __init__(self, home: Path):
        self.home = home
        self.root = home / "schemas"
        self.further = home / "further"
        for folder in (self.root / "sources" / "brand", self.root / "lookups", self.further, home / "inbox"):
            folder.mkdir(parents=True)
        self.environment = Environment(
            home=home,
            inbox=home / "inbox",
            lake=home / "lake",
            spark_master="local[1]",
            source_roots=(self.root, self.further),
            key_file=home / "keys" / "hmac.key",
        )

    def source(self, text: str = SOURCE, path: str = "acme.yaml") -> Path:
        """Write a YAML into the further root."""
        place = self.further / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        return place

    def sources(self) -> Sources:
        return load_sources(self.environment.source_roots, CATALOG)

    def feed(self, text: str = SOURCE, name: str = "things") -> Feed:
        """The feed of a YAML that must be good."""
        self.source(text)
        sources = self.sources()
        assert not sources.bad, [str(b) for b in sources.bad]
        return sources.good["acme"].feed(name)

    def problems(self, text: str, path: str = "acme.yaml") -> list[str]:
        """The problems of a YAML that must be bad, without the folder in front of the file."""
        self.source(text, path)
        sources = self.sources()
        assert sources.bad, "the YAML was accepted"
        return [line.replace(f"{self.further}/", "") for bad in sources.bad for line in bad.problems]

    def drop(
        self, name: str, content: str | bytes, *, source: str = "acme", mtime: float | None = None
    ) -> Path:
        """Put a file into the inbox; `.gz` names are zipped unless the content is bytes."""
        path = self.environment.inbox / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(
            gzip.compress(raw, mtime=0) if name.endswith(".gz") and isinstance(content, str) else raw
        )
        if mtime is not None:
            os.utime(path, (mtime, mtime))
        return path

    def land(self, day: dt.date = DAY, **options: Any) -> LandingReport:
        return land(self.environment, date=day, catalog=CATALOG, **options)

    def ledger(self) -> list[dict[str, Any]]:
        """All rows of ops.ingest_file in the order in which they were written."""
        lake = Lake(self.environment.lake)
        if not lake.exists("ops.ingest_file"):
            return []
        rows = lake.arrow("ops.ingest_file").to_pylist()
        return sorted(rows, key=lambda row: row["recorded_at"])

    def one(self) -> dict[str, Any]:
        """The only row of the ledger."""
        (row,) = self.ledger()
        whole = row["rejected"] + row["loaded"]
        assert row["records"] == row["unreadable"] + (whole if row["exploded"] is None else row["exploded"])
        assert row["produced"] == (None if row["exploded"] is None else whole)
        return row

    def rows(self, row: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The landed rows of a ledger row (of the only one)."""
        row = row or self.one()
        assert row["status"] == "landed", (row["status"], row["reason_en"])
        return pq.read_table(self.environment.landing / row["landed_path"]).to_pylist()

    def column(self, name: str) -> list[str | None]:
        return [row[name] for row in self.rows()]

    def unreadable(self) -> list[tuple[int, str]]:
        return [(r["record"], r["reason_en"]) for r in json.loads(self.one()["unreadable_list"])]
