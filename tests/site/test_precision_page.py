"""The page on precision counts units of the level that its rows name."""

from __future__ import annotations

from datetime import date

import country
import pandas as pd

from jobs.reports.pages.precision import CLASSES, KINDS, reliability


def test_the_row_of_provinces_counts_no_prefecture() -> None:
    """Zhejiang and Tibet are provinces, Jinhua is a prefecture of Zhejiang: its rates are published, too."""
    rows = [
        ("region", "330000", "A"),
        ("region", "540000", "insufficient"),
        ("region", "330700", "A"),
        ("platform", "P01", "A"),
    ]
    rates = pd.DataFrame(rows, columns=["dimension_type", "dimension_code", "reliability"]).assign(
        design="probability",
        period_type="year",
        dimension2_type="",
        region_role=["seller", "seller", "seller", ""],
        period_start=date(2025, 1, 1),
    )
    year, table = reliability(rates, {"330000", "540000"})
    counts = {row["name"]: dict(zip(CLASSES, row["counts"], strict=True)) for row in table}
    assert year == date(2025, 1, 1) and set(counts) == {KINDS["platform"], KINDS["region"]}
    assert (counts[KINDS["region"]]["A"], counts[KINDS["region"]]["insufficient"]) == ("1", "1")
    assert counts[KINDS["platform"]]["A"] == "1"


def test_the_page_counts_as_many_provinces_as_the_rates_have(html: dict[str, str]) -> None:
    """The country has samples of 330700, 350500 and 440300, which are prefectures."""
    rate, region = country.tables()["gold.detection_rate"], country.tables()["silver.region"]
    provinces = set(region.loc[region["level"] == "province", "region_code"])
    own = rate[
        (rate["dimension_type"] == "region")
        & (rate["region_role"] == "seller")
        & (rate["dimension2_type"] == "")
        & (rate["design"] == "probability")
        & (rate["period_type"] == "year")
    ]
    own = own[own["period_start"] == own["period_start"].max()]
    row = html["precision.html"].split("Regions (of the seller)")[1].split("</tr>")[0]
    shown = [int(cell.split("<")[0]) for cell in row.split('<td class="n">')[1:]]
    assert sum(shown) == own["dimension_code"].isin(provinces).sum() < len(own)
