"""gold.counterfeit_response: brand owners' reports of counterfeits and what came of them, as additive counts by month of report."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.marts.placing import CELL, count_if, month_of, placed
from jobs.period import Period

COUNTS = (
    "n_reports", "n_verified", "n_counterfeit", "n_genuine", "n_unclear", "n_taken_down", "n_counterfeit_taken_down", "n_relisted",
)  # fmt: skip


def build(*, counterfeit_report: DataFrame, listing: DataFrame, shop: DataFrame, period: Period) -> DataFrame:
    """One row per month, platform, category and region of the shop; arguments are the silver tables of these names.

    All counts stand in the month of the report, however late it was verified or acted on. What a report says itself goes before
    its listing, its listing before its shop. Engine spark for the listings, which are many; reports are few.
    """
    cells = placed(outcomes(counterfeit_report), listing=listing, shop=shop).groupBy(*CELL)
    return cells.agg(*[F.sum(name).alias(name) for name in COUNTS]).select(*CELL, *COUNTS)


def outcomes(report: DataFrame) -> DataFrame:
    """What each report adds. A finding without its day is a verification all the same."""
    finding, gone = F.col("finding"), F.col("taken_down_on").isNotNull()
    return report.select(
        month_of("reported_on"), "platform_code", "listing_id", "shop_id", F.lit(1).cast("bigint").alias("n_reports"),
        count_if(finding.isNotNull() | F.col("verified_on").isNotNull()).alias("n_verified"),
        count_if(finding == "counterfeit").alias("n_counterfeit"), count_if(finding == "genuine").alias("n_genuine"),
        count_if(finding == "unclear").alias("n_unclear"), count_if(gone).alias("n_taken_down"),
        count_if(gone & (finding == "counterfeit")).alias("n_counterfeit_taken_down"),
        count_if(F.col("relisted_as").isNotNull()).alias("n_relisted"),
    )
