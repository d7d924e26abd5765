"""What is true of the country, collected while its files are written and kept apart from them. No job reads
it; tests compare results with it."""

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

from jobs.whole_folder import replaced_file

# How the system must treat a wrong row or file. In this order: it cannot be read as a record; it is rejected
# when files are joined; it goes to silver.quarantine; another row of its key replaces it; the same was
# delivered before; it refers to something that is never delivered; it is accepted with a flag; landing
# refuses the file; the file has no rows.
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
    """Tables of what is true, by name; each grows by ``add``. Parts that were made in other processes are
    added by ``merge``."""

    def __init__(self) -> None:
        self.parts: dict[str, list[pd.DataFrame]] = {}

    def add(self, table: str, **columns: Any) -> None:
        """Add rows to a table. ``columns``: name → a column (list, array, Series), all of one length, or a
        single value, which is the same in every row; with single values only, one row is added."""
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
        """Note rows, or a file, that were made wrong on purpose (table `planted`). An argument is a single
        value or a column.

        ``source``, ``feed``, ``file``, ``member``: where (member of an archive); ``record``: number of the
        record in the file, from 1, 0 for the whole file; ``element``: number within a list of a record, else
        0; ``key``: key of the row; ``fault``: what is wrong; ``ends_as``: a word of ENDINGS; ``since``: the
        day of arrival from which it ends so (a row is superseded when the later one comes); ``rule_id``: the
        rule or flag that must name it. Raises ValueError where ``ends_as`` is no word of ENDINGS.
        """
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
        """Note clear personal values that were written into a ``column`` of a ``feed`` of a ``source``
        (table `personal`), each of ``values`` once; nulls are left out. ``kind``: name, phone, id, address,
        email or account."""
        found = pd.Series(np.asarray(values, dtype=object)).dropna().drop_duplicates()
        if len(found):
            self.add("personal", source=source, feed=feed, column=column, kind=kind, value=found.to_numpy())

    def delivery(
        self,
        *,
        source: str,
        path: str,
        delivered_on: date,
        arrives_on: date,
        hour: int,
        kind: str,
        records: int,
    ) -> None:
        """Note one file (table `delivery`).

        ``source``: name of its source; ``path``: below the inbox; ``delivered_on``: the day in its name;
        ``arrives_on``: the day on which it arrives; ``hour``: the hour (UTC) of that day, by which files of
        one day that arrive out of order are known; ``kind``: history, night, late, again, edition,
        truncated, header_only or foreign; ``records``: of all its feeds together, as written (unreadable
        ones too).
        """
        self.add(
            "delivery",
            source=source,
            path=path,
            delivered_on=delivered_on,
            arrives_on=arrives_on,
            hour=hour,
            kind=kind,
            records=records,
        )

    def merge(self, other: Truth) -> None:
        """Add all rows of the truth ``other``, which a worker process has collected."""
        for table, parts in other.parts.items():
            self.parts.setdefault(table, []).extend(parts)

    def frame(self, table: str) -> pd.DataFrame:
        """Return all rows of a table, in the order in which they were added; an empty frame for a table
        without rows."""
        return pd.concat(self.parts[table], ignore_index=True) if table in self.parts else pd.DataFrame()

    def write(self, folder: Path, country: dict[str, Any]) -> None:
        """Write ``country`` as `country.json`, then each table as `<table>.parquet`, with rows in a fixed
        order, to a folder, which is made where it does not exist. Where this is interrupted the folder has
        country.json, by which the next run knows that it may be replaced."""
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(country, ensure_ascii=False, indent=1, sort_keys=True)
        with replaced_file(folder / "country.json") as part:
            part.write_text(text + "\n", encoding="utf-8")
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
