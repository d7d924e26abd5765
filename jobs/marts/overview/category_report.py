"""gold.category_report: the figures of each product category's page, with a sentence about each."""

from __future__ import annotations

import pandas as pd

from jobs.marts.overview import unit_items
from jobs.marts.overview.unit_report import report
from jobs.marts.overview.unit_words import Peers
from jobs.period import Period

CATEGORIES = Peers("品类", "categories")  # what the units are called in sentences
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {"detection_rate": unit_items.READ_OF_RATES}
ROWS = {"detection_rate": unit_items.rows_of_rates("category")}  # those of them that build reads


def build(
    *,
    detection_rate: pd.DataFrame,
    complaint_rate: pd.DataFrame,
    quality_index: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the report of all categories: one row per period, category (dimension_code) and item (figure),
    sorted by these, with the columns of `unit_report.report`. A category is ranked among the categories of
    its level.

    ``detection_rate``, ``complaint_rate``, ``quality_index``: gold; ``product_category``: silver, only its
    categories have rows; ``period`` is not used."""
    figures = [
        unit_items.of_rates(detection_rate, "category"),
        unit_items.of_complaints(complaint_rate, "category"),
        unit_items.of_index(quality_index, "category"),
    ]
    levels = dict(zip(product_category["category_code"], product_category["level"].fillna(0), strict=True))
    return report(figures, CATEGORIES, levels)
