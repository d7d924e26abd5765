"""The versions of the methods by which the gold tables of a night were computed."""

from __future__ import annotations

import pandas as pd

from jobs.contracts.catalog import Catalog
from jobs.lake.night import Snapshot

VERSION = "method_version"  # the column of a gold table that names its method
METHODS = "methods.versions"  # the frame of `versions` among a night's
COLUMNS = ["table", VERSION]  # of `versions`


def versions(snapshot: Snapshot, catalog: Catalog) -> pd.DataFrame:
    """Return COLUMNS, sorted, one row per version of a method in a gold table of the night, whether or not a
    page shows that table."""
    found = []
    gold = (c for c in catalog.contracts.values() if c.tier == "gold" and VERSION in c.column_names)
    for table in sorted(c.id for c in gold):
        version = snapshot.version(table)
        if version is None or VERSION not in snapshot.lake.dataset(table, version).schema.names:
            continue
        stated = snapshot.lake.arrow(table, version, columns=[VERSION])[VERSION].unique().to_pylist()
        found += [(table, str(v)) for v in sorted(v for v in stated if v is not None)]
    return pd.DataFrame(found, columns=COLUMNS)
