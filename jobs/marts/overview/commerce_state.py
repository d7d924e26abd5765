"""gold.commerce_state: orders, returns and reviews as additive counts, month by month."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.marts.overview.quality_words import PATTERN
from jobs.marts.placing import CELL, count_if, first_of, month_of, placed
from jobs.period import Period

LOW_RATING = 2
COUNTS = (
    "n_lines", "n_orders", "quantity", "amount", "n_returned", "n_returned_quality", "n_reviews", "n_rated", "rating_sum",
    "n_low_ratings", "n_returned_stated", "n_low_texts", "n_low_quality",
)
_AMOUNT = "decimal(28,2)"


def build(
    *, transaction: DataFrame, review: DataFrame, listing: DataFrame, shop: DataFrame, period: Period
) -> DataFrame:
    """One row per month, platform, category and region of the shop; arguments are the silver tables of these names.

    Lines count in the month of their order, reviews in their own. An order (its platform and order_id; a line without one is an
    order of its own) counts once a month, where its smallest order_line_id counts, so sums over any cells are exact.
    """
    rows = lines(transaction).unionByName(reviews(review), allowMissingColumns=True)
    cells = placed(rows, listing=listing, shop=shop).groupBy(*CELL).agg(*[_total(name) for name in COUNTS])
    return cells.select(*CELL, *COUNTS)


def lines(transaction: DataFrame) -> DataFrame:
    """What each order line adds."""
    own = F.coalesce("order_id", "order_line_id")
    rows = transaction.select("*", month_of("ordered_on"))
    return rows.select(
        "month", "platform_code", "listing_id", "shop_id", F.lit(1).cast("bigint").alias("n_lines"),
        first_of("month", "platform_code", own, F.col("order_id").isNull(), by="order_line_id").alias("n_orders"),
        "quantity", "amount", count_if(F.coalesce(F.col("returned_on").cast("string"), "return_reason").isNotNull()).alias("n_returned"),
        count_if(F.col("return_reason") == "quality").alias("n_returned_quality"),
        count_if(F.col("return_reason").isNotNull()).alias("n_returned_stated"),
    )


def reviews(review: DataFrame) -> DataFrame:
    """What each review adds. A low rating speaks of quality where its words do (`quality_words`)."""
    low, words = F.col("rating") <= LOW_RATING, F.trim("text") != ""
    return review.select(
        month_of("reviewed_on"), "platform_code", "listing_id", F.lit(1).cast("bigint").alias("n_reviews"),
        count_if(F.col("rating").isNotNull()).alias("n_rated"), F.col("rating").cast("bigint").alias("rating_sum"),
        count_if(low).alias("n_low_ratings"), count_if(low & words).alias("n_low_texts"),
        count_if(low & F.col("text").rlike(PATTERN)).alias("n_low_quality"),
    )


def _total(name: str) -> Column:
    return F.coalesce(F.sum(name), F.lit(0)).cast(_AMOUNT if name == "amount" else "bigint").alias(name)
