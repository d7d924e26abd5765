"""The figure that a laboratory's package begins with."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import cast

from jobs.exchange.pages.standing import _lab
from jobs.exchange.pages.todo import Rows


def test_a_laboratorys_package_begins_with_the_window_of_its_page_of_the_site() -> None:
    names = (
        "n_commissions n_open ratio state n_due on_time_low on_time_high peers_on_time_share_low median_days"
    )
    rest = dict.fromkeys([*names.split(), "p90_days", "overturned_share"], 1.0)
    rows = [
        SimpleNamespace(period_type=kind, period_start=start, design="all", on_time_share=share, **rest)
        for kind, start, share in (
            ("year", date(2026, 1, 1), 0.284),
            ("rolling12", date(2025, 12, 1), 0.272),
            ("all", date(1900, 1, 1), 0.228),
        )
    ]
    for row in rows:
        row.peers_on_time_share_low = row.ratio = None
        row.peers_median_days_high = row.peers_p90_days_high = row.peers_overturned_share_high = None
    value, about, *_ = _lab(cast(Rows, {"lab_performance": rows}), None)
    assert value is not None and value.en == "27.2%" and "December 2025 to November 2026" in about.en
    value, about, *_ = _lab(cast(Rows, {"lab_performance": rows[2:]}), None)
    assert value is not None and value.en == "22.8%" and about.en.endswith("all data)")
