"""A platform is sent the listings that its own orders show to be on sale again after each takedown, and
nothing that only a purchase of an inspector shows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from desks import Desk, finding

from jobs.exchange.relisted_again import AGAIN, relisted_again

JUNE, JULY = date(2026, 6, 3), date(2026, 6, 20)


def listing(name: str, platform: str = "P1", **more: Any) -> dict[str, Any]:
    return {
        "listing_id": name,
        "platform_code": platform,
        "shop_id": "S1",
        "category_code": "TY",
        "n_times_taken_down": 2,
        "n_takedown_days": 3,
        "n_times_relisted": 2,
        "first_taken_down_on": date(2026, 1, 2),
        "last_taken_down_on": date(2026, 6, 1),
        "again_since": date(2026, 6, 2),
        "again_by": "sample",
        "last_bought_on": date(2026, 6, 28),
        "live": True,
        "n_times_ordered": 2,
        "ordered_since": JUNE,
        "last_ordered_on": JULY,
        "live_by_orders": True,
    } | more


def test_a_platform_gets_its_listings_that_orders_show_the_most_often_ordered_first() -> None:
    rows = pd.DataFrame(
        [
            listing("a"),
            listing("b", n_times_ordered=4),
            listing("by-samples", live_by_orders=False, n_times_ordered=1),
            listing("down", live=False, live_by_orders=False),
            listing("c", "P2"),
            listing("d", "unknown"),
        ]
    )
    found = {p.recipient: p.rows["listing_id"].tolist() for p in relisted_again(rows, {"P1", "P2"})}
    assert found == {"platform_P1": ["b", "a"], "platform_P2": ["c"]}


def test_no_column_of_the_file_counts_or_dates_what_inspectors_bought() -> None:
    """The seller finds the inspector's order by the day of a purchase that no other order explains."""
    counting_samples = {"n_times_taken_down", "n_times_relisted", "again_since", "again_by", "last_bought_on"}
    assert not counting_samples & set(AGAIN.columns)


def test_the_package_names_the_listing_with_its_takedowns_and_last_order_as_a_task(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk").night(
        gold__repeated_relisting=[listing("L301"), listing("L302", live_by_orders=False)],
        gold__sampling_lifecycle=[finding("a", "P1", result_notified_on=JUNE)],
    )
    desk.send()
    (row,) = desk.rows("platform_P1", "relisted_again")
    assert (row["listing_id"], row["n_takedown_days"], row["last_ordered_on"]) == ("L301", 3, str(JULY))
    page = (desk.folder("platform_P1") / "index.html").read_text(encoding="utf-8")
    task = page.split('id="work"')[1].split('id="sent"')[0]
    assert "核查反复上架的商品链接，未整改到位的下架" in task and ">L301<" in task
    assert "2026-06-28" not in page and "L302" not in page
    assert "a takedown for another notice of the same listing does not settle it" in page
