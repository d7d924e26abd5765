"""Urgent items of the site's country: sent in time, late, acknowledged, refused, long ago, and one that
waits."""

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
    """gold.urgent_item: `b` is due and not sent, `c` is withheld, `e` is no longer there."""
    rows = [
        item("a", "platform_P01") | {"status": "due"},
        item("b", "platform_P02") | {"status": "due"},
        item("c", "platform_P02") | {"status": "withheld", "withheld_reason": "not_notified"},
        item("g", "platform_P03") | {"status": "due"},
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
        sent("g", "platform_P03", 2, 5.0),
        sent("g", "platform_P03", 1, None, refusals=1, refusal_reason="缺列", manifest_id="MF-g2"),
    ]


def answers() -> pd.DataFrame:
    """The manifest of `a` is acknowledged, twice; `g` is refused and sent again; `e` is refused."""
    return pd.DataFrame(
        {
            "acknowledgement_id": ["1", "2", "3", "4", "5"],
            "item_id": ["MF-a", "MF-a", "MF-g", "MF-g2", "MF-e"],
            "acknowledged_on": [date(2026, 6, day) for day in (29, 30, 29, 30, 30)],
            "status": ["received", "done", "refused", "refused", "refused"],
            "recipient": ["P01", "P01", "P03", "P03", "CN"],
            "note": [None, None, "缺列", "无法解析 <b>", None],
        }
    )
