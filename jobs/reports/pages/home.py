"""The first page: the nation by design, provinces, categories, platforms, and how the night's data stand."""

from __future__ import annotations

import pandas as pd

from jobs.reports.books import Books
from jobs.reports.downloads import csv_bytes
from jobs.reports.material import Night
from jobs.reports.names import NATION, Names, page_name
from jobs.reports.numbers import whole
from jobs.reports.pages.comparison import compare, province_map, provinces
from jobs.reports.pages.platforms import platform_codes
from jobs.reports.pages.unit import NATION_CODE, blocks
from jobs.reports.rendering import Page
from jobs.reports.wording import Text


def build(night: Night, names: Names, books: Books) -> Page:
    """index.html with the CSV files behind its figures."""
    rate, regions = night.frame("gold.detection_rate"), night.frame("silver.region")
    categories = night.frame("silver.product_category")
    main = _top_level(rate, categories)
    finer = set(rate.loc[rate["dimension_type"] == "category", "dimension_code"]) - main
    by_province = compare(
        rate, "region", names, Text("各省", "provinces"), codes=set(provinces(regions)["region_code"]), role="seller"
    )
    context = {
        "blocks": blocks(rate, "nation", NATION_CODE, NATION),
        "provinces": [(c, province_map(regions, c, names, "")) for c in by_province],
        "categories": compare(rate, "category", names, Text("一级品类", "main categories"), codes=main),
        "subcategories": compare(rate, "category", names, Text("二级品类", "finer categories"), codes=finer, drawn=False),
        "platforms": compare(rate, "platform", names, Text("各平台", "platforms")),
        "page_name": page_name,
        "data": data_state(night, books),
        "province_codes": set(provinces(regions)["region_code"]),
        "platform_codes": platform_codes(night),
    }
    downloads = {
        f"data/detection_rate_{name}.csv": csv_bytes(rate[mask])
        for name, mask in {
            "nation": rate["dimension_type"] == "nation",
            "category": rate["dimension_type"] == "category",
            "province": (rate["dimension_type"] == "region") & rate["dimension_code"].isin(provinces(regions)["region_code"]),
            "platform": rate["dimension_type"] == "platform",
        }.items()
    }
    return Page("index.html", "home.html", Text("全国总览", "The nation"), "index.html", context, downloads)


def data_state(night: Night, books: Books) -> dict[str, int]:
    """How the night went, in numbers: files by outcome, records by disposition, what is late or behind."""
    ledger, verdicts = night.frame("ops.reconciliation"), night.frame("ops.gate_verdict")
    unbalanced = ledger["balanced"].map(lambda b: b is False or b == 0) if len(ledger) else pd.Series(dtype=bool)
    return {
        "files": books.distinct,
        "refused": len(books.refused_files),
        "unbalanced": int(unbalanced.sum()),
        "records": sum(map(whole, ledger["records"])),
        "unreadable": sum(map(whole, ledger["unreadable"])),
        "quarantined": sum(map(whole, ledger["quarantined"])),
        "accepted": sum(map(whole, ledger["accepted"])),
        "late": len(night.late),
        "feeds": len(night.frame("ops.freshness")),
        "behind": len(night.behind),
        "tables": len(night.states),
        "checks": len(verdicts),
    }


def _top_level(rate: pd.DataFrame, categories: pd.DataFrame) -> set[str]:
    """Categories without a parent; a kept code that no reference knows counts as one of its own."""
    known = set(categories["category_code"])
    top = set(categories.loc[categories["parent_code"].isna(), "category_code"])
    met = set(rate.loc[rate["dimension_type"] == "category", "dimension_code"])
    return top | (met - known)
