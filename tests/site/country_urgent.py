"""Urgent items of the site's country: sent in time, late, acknowledged, long ago, and one that waits."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from country_files import DAY, NOW


def item(name: str, recipient: str, kind: str = "class_a_failure") -> dict[str, Any]:
    return {
        "item_id": name,
        "recipient": recipient,
        "kind": kind,
        "roles": recipient.split("_")[0],
        "occurred_on": date(2026, 6, 28),
    }


def urgent_items() -> pd.DataFrame:
    """gold.urgent_item: `b` is due and not sent, `c` is withheld."""
    rows = [
        item("a", "platform_P01") | {"status": "due"},
        item("b", "platform_P02") | {"status": "due"},
        item("c", "platform_P02") | {"status": "withheld", "withheld_reason": "not_notified"},
    ]
    return pd.DataFrame(rows)


def urgent_log() -> list[dict[str, Any]]:
    def sent(name: str, recipient: str, days: int, minutes: float | None, **more: Any) -> dict[str, Any]:
        at: datetime = NOW - timedelta(days=days)
        landed = None if minutes is None else at - timedelta(minutes=minutes)
        found = {"manifest_id": f"MF-{name}", "date": DAY, "sent_at": at, "landed_at": landed}
        return item(name, recipient) | found | {"minutes": minutes} | more

    return [
        sent("a", "platform_P01", 1, 20.0),
        sent("d", "region_330000", 2, 95.0),
        sent("e", "region_CN", 3, None, kind="serious_signal"),
        sent("f", "region_CN", 40, 10.0),
    ]


def answers() -> pd.DataFrame:
    """The manifest of `a` is acknowledged, twice."""
    return pd.DataFrame(
        {
            "acknowledgement_id": ["1", "2"],
            "item_id": ["MF-a", "MF-a"],
            "acknowledged_on": [date(2026, 6, 29), date(2026, 6, 30)],
            "status": ["received", "done"],
            "recipient": ["P01", "P01"],
        }
    )
