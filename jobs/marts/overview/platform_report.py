"""gold.platform_report: the figures of each platform's page, with a sentence about each."""

from __future__ import annotations

import pandas as pd

from jobs.marts.overview import unit_items
from jobs.marts.overview.unit_report import report
from jobs.marts.overview.unit_words import Peers
from jobs.period import Period

PLATFORMS = Peers("平台", "platforms")  # what the units are called in sentences
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {"detection_rate": unit_items.READ_OF_RATES}
ROWS = {"detection_rate": unit_items.rows_of_rates("platform")}  # those of them that build reads


def build(
    *,
    detection_rate: pd.DataFrame,
    complaint_rate: pd.DataFrame,
    closed_loop: pd.DataFrame,
    lag_kpi: pd.DataFrame,
    quality_index: pd.DataFrame,
    platform: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the report of all platforms: one row per period, platform (dimension_code) and item (figure),
    sorted by these, with the columns of `unit_report.report`. A platform is ranked among all platforms.

    ``platform``: silver, only its platforms have rows; the tables before it are gold; ``period`` is not used.
    """
    figures = [
        unit_items.of_rates(detection_rate, "platform"),
        unit_items.of_complaints(complaint_rate, "platform"),
        unit_items.of_loop(closed_loop, "platform"),
        unit_items.of_lags(lag_kpi, "platform"),
        unit_items.of_index(quality_index, "platform"),
    ]
    return report(figures, PLATFORMS, dict.fromkeys(platform["platform_code"], "platform"))
