"""How many restrictions of shops the lists held that platforms were sent before a night."""

from __future__ import annotations

import pandas as pd
import pyarrow.compute as pc

from jobs.lake.night import Snapshot

LOG = "ops.export_log"
RESTRICTED = "sent_lists.restricted"  # the frame of `restricted` among a night's
COLUMNS = ["platform_code", "rows"]


def restricted(snapshot: Snapshot) -> pd.DataFrame:
    """Return COLUMNS, sorted, one row per platform that was sent a list before the night's date. ``rows``:
    how many restrictions of shops its last such list held; a shop counts once for each restriction. The
    packages of the night itself are made after the site, so they are left out, and a site does not change by
    them."""
    if not snapshot.lake.exists(LOG):
        return pd.DataFrame(columns=COLUMNS)
    # The log holds the keys of all rows that were ever sent.
    lists = (pc.field("file") == "restricted_operators.csv") & (pc.field("date") < snapshot.date)
    files = snapshot.lake.frame(
        LOG,
        columns=["recipient", "rows", "sent_at"],
        where=lists,
    )
    last = files.sort_values("sent_at").drop_duplicates("recipient", keep="last")
    platforms = last["recipient"].astype(str).str.removeprefix("platform_")
    found = last.assign(platform_code=platforms)[COLUMNS]
    return found.sort_values("platform_code", ignore_index=True)
