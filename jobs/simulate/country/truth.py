"""What is true of the country, collected while it is written and kept apart from it. No job reads it; tests
compare with it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

ENDINGS = (
    "unreadable",
    "rejected",
    "quarantined",
    "superseded",
    "repeated",
    "unlinked",
    "flagged",
    "refused",
    "empty",
)


class Truth:
    """Tables by name, each grown by ``add``. Parts made in other processes are put together by ``merge``."""

    def __init__(self) -> None:
        self.parts: dict[str, list[pd.DataFrame]] = {}

    def add(self, table: str, **columns: Any) -> None:
        """Rows of a table; a single value stands in every row."""
        sizes = [
            len(c)
            for c in columns.values()
            if isinstance(c, (np.ndarray, pd.Series, pa.Array, pa.ChunkedArray, list, tuple))
        ]
        index = range(sizes[0]) if sizes else range(1)
        plain = {
            k: np.asarray(c.to_pandas() if isinstance(c, (pa.Array, pa.ChunkedArray)) else c, dtype=object)
            if not isinstance(c, (str, int, float, date, type(None)))
            else c
            for k, c in columns.items()
        }
        if len(index):
            self.parts.setdefault(table, []).append(pd.DataFrame(plain, index=index))

    def plant(
        self,
        *,
        source: str,
        feed: str,
        file: str,
        fault: str,
        ends_as: str,
        since: Any,
        record: Any = 0,
        member: Any = "",
        element: Any = 0,
        key: Any = "",
        rule_id: Any = "",
    ) -> None:
        """Planted rows. ``record``: counted as the ledger counts it, 0 for the whole file; ``element``: of an
        exploded list, else 0;
        ``since``: the day of arrival from which it ends so (a row is superseded when the later one comes);
        ``rule_id``: of the rule or flag that must name it."""
        if ends_as not in ENDINGS:
            raise ValueError(f"{ends_as}: no ending")
        self.add(
            "planted",
            source=source,
            feed=feed,
            file=file,
            member=member,
            record=record,
            element=element,
            key=key,
            fault=fault,
            ends_as=ends_as,
            rule_id=rule_id,
            since=since,
        )

    def personal(self, *, source: str, feed: str, column: str, kind: str, values: Iterable[Any]) -> None:
        """Clear personal values (name phone id address email account) that were written; nulls are left
        out."""
        found = pd.Series(np.asarray(values, dtype=object)).dropna().drop_duplicates()
        if len(found):
            self.add("personal", source=source, feed=feed, column=column, kind=kind, value=found.to_numpy())

    def delivery(
        self, *, source: str, path: str, delivered_on: date, arrives_on: date, kind: str, records: int
    ) -> None:
        """One file. ``path``: below the inbox; ``kind``: history night late again edition truncated
        header_only foreign; ``records``: of all its feeds together, as written (unreadable ones too)."""
        self.add(
            "delivery",
            source=source,
            path=path,
            delivered_on=delivered_on,
            arrives_on=arrives_on,
            kind=kind,
            records=records,
        )

    def merge(self, other: Truth) -> None:
        for table, parts in other.parts.items():
            self.parts.setdefault(table, []).extend(parts)

    def frame(self, table: str) -> pd.DataFrame:
        return pd.concat(self.parts[table], ignore_index=True) if table in self.parts else pd.DataFrame()

    def write(self, folder: Path, country: dict[str, Any]) -> None:
        """`<table>.parquet` each, rows in a fixed order, and `country.json`."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in sorted(self.parts):
            frame = self.frame(name)
            keys = [
                c
                for c in (
                    "source",
                    "feed",
                    "path",
                    "file",
                    "member",
                    "record",
                    "element",
                    "fault",
                    "column",
                    "value",
                )
                if c in frame
            ]
            frame = frame.sort_values(keys, kind="stable", ignore_index=True) if keys else frame
            pq.write_table(
                pa.Table.from_pandas(frame, preserve_index=False),
                folder / f"{name}.parquet",
                compression="zstd",
            )
        text = json.dumps(country, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / "country.json").write_text(text + "\n", encoding="utf-8")
