"""gold.complaint_state: complaints, reports and enquiries as additive counts, by the month in which they came."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.marts.placing import CELL, count_if, first_of, month_of, placed
from jobs.period import Period

COUNTS = (
    "n_received", "n_complaints", "n_reports", "n_enquiries", "n_kind_unknown", "n_matters", "n_quality", "n_quality_matters",
    "n_accepted", "n_refused", "n_mediated", "n_agreed", "n_failed", "n_withdrawn", "n_extended", "n_verified", "n_case_decided",
)


def build(*, complaint: DataFrame, listing: DataFrame, shop: DataFrame, period: Period) -> DataFrame:
    """One row per month, platform, category and region; arguments are the silver tables of these names.

    All counts stand in the month of receipt, however late a case ended. A matter (`matter_id`; a row without one is a matter of
    its own) counts once a month, where its smallest complaint_id counts; so does one among the quality complaints alone.
    """
    cells = placed(outcomes(complaint), listing=listing, shop=shop).groupBy(*CELL)
    return cells.agg(*[F.sum(name).alias(name) for name in COUNTS]).select(*CELL, *COUNTS)


def outcomes(complaint: DataFrame) -> DataFrame:
    """What each row adds. A row that does not say its kind is taken into the quality complaints: the table is theirs."""
    kind, result = F.col("kind"), F.col("mediation_result")
    quality = F.coalesce(F.col("quality"), F.lit(False)) & (F.coalesce(kind, F.lit("complaint")) == "complaint")
    matter = (F.coalesce("matter_id", "complaint_id"), F.col("matter_id").isNull())
    rows = complaint.select("*", month_of("received_on"), quality.alias("_quality"))
    mediated = F.coalesce(F.col("mediation_ended_on").cast("string"), result).isNotNull()
    return rows.select(
        "month", "platform_code", "category_code", "region_code", "listing_id", "shop_id",
        F.lit(1).cast("bigint").alias("n_received"), count_if(kind == "complaint").alias("n_complaints"),
        count_if(kind == "report").alias("n_reports"), count_if(kind == "enquiry").alias("n_enquiries"),
        count_if(kind.isNull()).alias("n_kind_unknown"), first_of("month", *matter, by="complaint_id").alias("n_matters"),
        count_if(F.col("_quality")).alias("n_quality"),
        (first_of("month", "_quality", *matter, by="complaint_id") * count_if(F.col("_quality"))).alias("n_quality_matters"),
        count_if(F.col("accepted")).alias("n_accepted"), count_if(~F.col("accepted")).alias("n_refused"),
        count_if(mediated).alias("n_mediated"), count_if(result == "agreed").alias("n_agreed"),
        count_if(result == "failed").alias("n_failed"), count_if(result == "withdrawn").alias("n_withdrawn"),
        count_if(F.col("extended")).alias("n_extended"), count_if(F.col("verified_on").isNotNull()).alias("n_verified"),
        count_if(F.col("case_decided_on").isNotNull()).alias("n_case_decided"),
    )
