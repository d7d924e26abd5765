"""Searches all that is published, pages, API and bundles with their Parquet files and workbooks, for what is
secret: purchases and plans that are proposed, and batches whose result may not be published."""

from __future__ import annotations

import re
from pathlib import Path

from leaks import written

from jobs.lake.night import Snapshot

WORD = re.compile(r"[\w.-]*\w")


def unpublished(snapshot: Snapshot, published: Path) -> list[str]:
    """`word: file` for each identifier of such a purchase, plan or batch that stands anywhere as a word."""
    purchase = snapshot.frame("gold.sampling_purchase", columns=["purchase_id", "plan_id"])
    bulletin = snapshot.frame("gold.bulletin", columns=["sample_id", "disclosure"])
    pending = bulletin.loc[~bulletin["disclosure"].isin(("published", "due")), "sample_id"]
    secret = {*purchase["purchase_id"], *purchase["plan_id"], *pending}
    found = {
        f"{word}: {where}"
        for where, texts in written(published)
        for text in texts
        for word in secret.intersection(WORD.findall(text))
    }
    return sorted(found)
