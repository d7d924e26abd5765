"""The ledger of a night from that of the night before (definitions.md#ledger)."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest

from jobs.night.ledger import COPIED, DISPOSITIONS, freshness, reconciliation


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


def test_a_content_under_two_names_keeps_its_ledger_row_where_its_table_is_not_judged_anew():
    files = pd.DataFrame([_file("a.csv", "landed", 29), _file("a_again.csv", "repeated", 0)])
    counts = {("k", "accepted"): 28, ("k", "quarantined"): 1}
    first = reconciliation(files, counts, judged_targets={"shop"}, previous=pd.DataFrame(), unlinked={})
    second = reconciliation(files, {}, judged_targets=set(), previous=pd.DataFrame(first), unlinked={})
    assert second == first and all(row["balanced"] for row in second)
    assert [[row[d] for d in DISPOSITIONS] for row in second] == [[28, 1, 0, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("cadence", "event", "delivered", "age", "late"),
    [
        ("daily", date(2026, 6, 29), None, 1, False),
        ("daily", date(2026, 6, 1), date(2026, 6, 27), 3, True),
        ("monthly", date(2019, 1, 1), date(2026, 6, 5), 25, False),  # a register in which nothing changed
        ("monthly", None, date(2026, 5, 1), 60, True),
        ("weekly", date(2026, 6, 28), date(2026, 6, 1), 2, False),  # a live feed whose file names are old
        ("daily", None, None, 10, True),  # by when its file came
        ("irregular", date(2020, 1, 1), date(2020, 1, 1), 2372, False),
        ("daily", date(2031, 1, 1), date(2026, 6, 1), 29, True),  # one row with a date yet to come
        ("daily", date(2026, 7, 1), None, 10, True),
    ],
)
def test_a_feed_is_as_old_as_its_newest_event_or_delivery_and_late_by_its_cadence(
    cadence, event, delivered, age, late
):
    file = _file("a.csv", "landed", 1) | {
        "cadence": cadence,
        "delivered_on": delivered,
        "received_on": date(2026, 6, 20),
        "recorded_at": datetime(2026, 6, 20),
    }
    (row,) = freshness(pd.DataFrame([file]), {"k": event} if event else {}, date(2026, 6, 30))
    assert (row["age_days"], row["late"]) == (age, late)
    # Late from the day after the one on which the next delivery is due.
    assert row["due_on"] is None if cadence == "irregular" else (row["due_on"] < date(2026, 6, 30)) == late
