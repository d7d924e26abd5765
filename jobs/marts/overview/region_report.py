"""gold.region_report: the figures of each province's page, with a sentence about each. The goods of a
province are those that its sellers sell."""

from __future__ import annotations

import pandas as pd

from jobs.marts.overview import unit_items
from jobs.marts.overview.unit_report import report
from jobs.marts.overview.unit_words import Peers
from jobs.period import Period

PROVINCES = Peers("省份", "provinces")  # what the units are called in sentences
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {"detection_rate": unit_items.READ_OF_RATES}
ROWS = {"detection_rate": unit_items.rows_of_rates("region")}  # those of them that build reads


def build(
    *,
    detection_rate: pd.DataFrame,
    complaint_rate: pd.DataFrame,
    closed_loop: pd.DataFrame,
    lag_kpi: pd.DataFrame,
    quality_index: pd.DataFrame,
    region: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the report of all provinces: one row per period, province (dimension_code) and item (figure),
    sorted by these, with the columns of `unit_report.report`. A province is ranked among all provinces.

    ``region``: silver, only its provinces have rows; the tables before it are gold; ``period`` is not used.
    """
    figures = [
        unit_items.of_rates(detection_rate, "region", "seller"),
        unit_items.of_complaints(complaint_rate, "region"),
        unit_items.of_loop(closed_loop, "region"),
        unit_items.of_lags(lag_kpi, "region"),
        unit_items.of_index(quality_index, "region"),
    ]
    provinces = region.loc[region["level"].eq("province"), "region_code"]
    return report(figures, PROVINCES, dict.fromkeys(provinces, "province"))
