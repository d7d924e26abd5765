"""The books of a night from those of the night before (sources.md, Ledger)."""

from __future__ import annotations

import pandas as pd

from jobs.night.ledger import COPIED, DISPOSITIONS, reconciliation


def _file(name: str, status: str, loaded: int) -> dict:
    row = dict.fromkeys(COPIED) | {
        "source": "p",
        "feed": "shops",
        "target": "shop",
        "file": name,
        "sha256": "c",
        "load_key": "k",
    }
    return row | {"status": status, "records": loaded, "unreadable": 0, "rejected": 0, "loaded": loaded}


def test_a_content_under_two_names_keeps_its_books_where_its_table_is_not_judged_anew():
    files = pd.DataFrame([_file("a.csv", "landed", 29), _file("a_again.csv", "repeated", 0)])
    counts = {("k", "accepted"): 28, ("k", "quarantined"): 1}
    first = reconciliation(files, counts, judged_targets={"shop"}, previous=pd.DataFrame(), unlinked={})
    second = reconciliation(files, {}, judged_targets=set(), previous=pd.DataFrame(first), unlinked={})
    assert second == first and all(row["balanced"] for row in second)
    assert [[row[d] for d in DISPOSITIONS] for row in second] == [[28, 1, 0, 0], [0, 0, 0, 0]]
