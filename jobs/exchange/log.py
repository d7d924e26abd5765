"""Reads ops.export_log: one row per file of every package that was put into the outbox. Packages, kinds and
keys: see `jobs.exchange.kinds`."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pandas as pd
import pyarrow.compute as pc

from jobs.exchange.parcels import ITEMS
from jobs.lake import ops
from jobs.lake.tables import Lake

LOG = "ops.export_log"
KEYS = "keys"  # column with the keys of a file's rows: only read where needed, as there are many
Keys = dict[str, dict[tuple[str, str], set[str]]]  # recipient → (kind, subject) → keys, as JSON lists


def whole_log(lake: Lake) -> pd.DataFrame:
    """Return all rows of ops.export_log without the column of keys, one per file or page of a package, the
    first sent first; no rows where there is no log. Columns that an older lake lacks are missing values."""
    columns = [name for name in ops.EXPORT_LOG.names if name != KEYS]
    if not lake.exists(LOG):
        return ops.EXPORT_LOG.empty_table().select(columns).to_pandas(date_as_object=True)
    there = set(lake.dataset(LOG).schema.names)  # an older one lacks what was added since
    log = lake.frame(LOG, columns=[name for name in columns if name in there]).reindex(columns=columns)
    return log.sort_values("sent_at", kind="stable", ignore_index=True)


def sent_before(lake: Lake) -> pd.DataFrame:
    """Return the rows of `whole_log` that are not of urgent packages, the first sent first."""
    log = whole_log(lake)
    urgent = log.loc[log["kind"] == ITEMS.name, "manifest_id"]  # such a package has pages, too
    return log[~log["manifest_id"].isin(urgent)].reset_index(drop=True)


def keys_sent(lake: Lake, packages: Mapping[str, str]) -> Keys:
    """Return the keys of the rows that packages held: recipient → (kind, subject) → keys, each a JSON list.

    ``packages``: manifest_id → recipient, read in one pass, as there are thousands of recipients. Keys of
    several packages of one recipient are joined. A recipient has no entry where an older lake logged no keys
    of its packages.
    """
    if not lake.exists(LOG) or KEYS not in (log := lake.dataset(LOG)).schema.names:
        return {}
    where = pc.field("manifest_id").isin(list(packages))
    found: Keys = {}
    for batch in log.to_batches(columns=["manifest_id", "kind", "subject", KEYS], filter=where):
        for row in batch.to_pylist():
            if row[KEYS] is None:  # of a CSV file or a page; an empty file has an empty list
                continue
            mine = found.setdefault(packages[row["manifest_id"]], {})
            mine.setdefault((row["kind"], row["subject"]), set()).update(row[KEYS])
    return found


def item_id(key: str) -> str:
    """Return the id by which an acknowledgement names one row: the values of its ``key`` (a JSON list) joined
    by /, '' for a missing one."""
    return "/".join("" if value is None else str(value) for value in json.loads(key))
