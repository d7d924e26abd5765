"""What the frame of probability samples covers is shown for the nation, and gives no platform's units."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from country_trade import LISTED, sampling_frame
from reading_pages import text_of

from jobs.reports.frame_coverage import by_month

MAY = date(2026, 5, 1)


def flags(**of_month: bool) -> pd.DataFrame:
    """A nation's month, free or not."""
    key = {"period_type": "month", "period_start": MAY, "dimension_type": "nation", "dimension_code": "CN"}
    return pd.DataFrame([key | of_month])


@pytest.mark.parametrize("page", ["sampling.html", "precision.html"])
def test_the_coverage_of_the_frame_month_is_shown_in_both_languages_and_no_platform_s(
    html: dict[str, str], page: str
) -> None:
    part = html[page].split('id="frame"')[1].split("<h2")[0]
    said = text_of(part)
    assert f"{sum(LISTED.values()) / 80_000:.1%}" == "96.1%" and "96.1%" in said
    assert "2026年5月" in said and "May 2026" in said and "gold.sampling_frame" in said
    assert not any(f"{n / 40_000:.1%}" in said or f"{n:,}" in said for n in LISTED.values())


def test_its_download_has_a_share_for_each_month_up_to_the_frame_month_and_no_units(site: Path) -> None:
    rows = (site / "data" / "frame_coverage.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "month,coverage,confidential" and len(rows) == 6
    assert rows[-1] == "2026-05-01,0.961,false"


def test_a_month_whose_orders_are_not_known_to_be_free_has_no_coverage() -> None:
    free = by_month(sampling_frame(), flags(confidential=False)).set_index("month")
    assert free.loc[MAY, "coverage"] == 0.961 and pd.isna(free.loc[date(2026, 4, 1), "coverage"])
    hidden = by_month(sampling_frame(), flags(confidential=True))
    assert hidden["coverage"].isna().all() and hidden["confidential"].all()


def test_without_orders_there_is_no_coverage_and_without_units_it_is_null() -> None:
    known = flags(confidential=False)
    assert by_month(sampling_frame().head(0), known).empty
    nothing = by_month(sampling_frame().assign(units_sold=0, units_listed=0), known)
    assert nothing["coverage"].isna().all() and len(nothing) == 5
