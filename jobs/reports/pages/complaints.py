"""Quality complaints per 10,000 orders: the nation over time, platforms, provinces and categories beside each other."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from jobs.reports import charts
from jobs.reports.complaints import EXPECTED, TABLE, lines, marks, newest_year, of_unit, series
from jobs.reports.downloads import csv_bytes
from jobs.reports.drawing import COLOUR
from jobs.reports.material import Night
from jobs.reports.names import NATION, Names, page_name
from jobs.reports.pages.comparison import provinces
from jobs.reports.pages.platforms import platform_codes
from jobs.reports.pages.unit import NATION_CODE
from jobs.reports.rendering import Page
from jobs.reports.wording import Text

AXIS = ",.2~f"
GROUPS = (
    ("platform", Text("各平台", "Platforms"), Text("各平台", "platforms")),
    ("province", Text("各省", "Provinces"), Text("各省", "provinces")),
    ("category", Text("一级品类", "Main categories"), Text("一级品类", "main categories")),
    ("subcategory", Text("二级品类", "Finer categories"), Text("二级品类", "finer categories")),
)


def build(night: Night, names: Names) -> Page:
    """complaints.html; where orders or complaints were not handed in it says so and draws nothing."""
    rate = night.frame(TABLE)
    found = newest_year(rate)
    year, window = found if found else (None, None)
    nation = None if year is None else of_unit(rate, "nation", NATION_CODE, NATION, year)
    summary = "万单投诉率走势 / complaint rate over time"
    context = {
        "window": window,
        "nation": nation,
        "complaints_without_orders": int(rate.loc[(rate["dimension_type"] == "nation") & (rate["period_type"] == "year"), "n_quality_complaints"].sum()),
        "trend": charts.trend(series(rate, "nation", NATION_CODE), COLOUR["complaint"], summary, axis=AXIS),
        "groups": {} if nation is None else _groups(night, rate, year, names, nation.row["rate_per_10000"]),
        "fewest": EXPECTED,
        "state": next((s for s in night.states if s.table == TABLE), None),
        "platform_codes": set(platform_codes(night)),
        "page_name": page_name,
    }
    codes = _codes(night, rate)
    downloads = {
        f"data/complaint_rate_{group}.csv": csv_bytes(_rows(rate, group, codes)) for group in ("nation", *(g for g, _, _ in GROUPS))
    }
    return Page("complaints.html", "complaints.html", Text("万单投诉率", "Complaint rate"), "complaints.html", context, downloads)


def _codes(night: Night, rate: pd.DataFrame) -> dict[str, set[str] | None]:
    """Which codes belong to each group; None: all of its dimension."""
    categories = night.frame("silver.product_category")
    below = set(categories.loc[categories["parent_code"].notna(), "category_code"])
    met = set(rate.loc[rate["dimension_type"] == "category", "dimension_code"])
    return {
        "nation": None, "platform": None, "province": set(provinces(night.frame("silver.region"))["region_code"]) | {"unknown"},
        "category": met - below, "subcategory": below,
    }


def _dimension(group: str) -> str:
    return {"province": "region", "subcategory": "category"}.get(group, group)


def _rows(rate: pd.DataFrame, group: str, codes: dict[str, set[str] | None]) -> pd.DataFrame:
    rows, wanted = rate[rate["dimension_type"] == _dimension(group)], codes[group]
    return rows if wanted is None else rows[rows["dimension_code"].isin(wanted)]


def _groups(night: Night, rate: pd.DataFrame, year: date, names: Names, nation: float) -> dict[str, dict[str, Any]]:
    codes = _codes(night, rate)
    found = {}
    for group, title, of_what in GROUPS:
        mine = lines(rate, _dimension(group), year, names, codes=codes[group], nation=nation)
        said = Text(f"{of_what.zh}万单投诉率由高到低，附95%区间", f"{of_what.en} by complaint rate, highest first, with 95 % intervals")
        drawn = group != "subcategory"
        chart = charts.intervals(marks(mine), COLOUR["complaint"], said, axis=AXIS, reference=nation) if drawn else None
        found[group] = {"code": group, "title": title, "lines": mine, "chart": chart, "others": sum(x.rank is None for x in mine)}
    return found
