"""gold.sampling_frame: what a probability sample of a month is drawn from, by stratum, with how much of the trade it covers."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.marts.placing import first_of, month_of, placed, top_of
from jobs.period import Period

STRATUM = ("month", "platform_code", "category_code", "province_code")
COUNTS = ("population", "n_orders", "units_sold", "units_listed")


def build(
    *, transaction: DataFrame, listing: DataFrame, shop: DataFrame, region: DataFrame, product_category: DataFrame, period: Period
) -> DataFrame:
    """One row per month, platform, category of level 1 and province of the shop; arguments are the silver tables of these names.

    The frame is the listings with an order in the month (definitions.md 2): each counts once, where its smallest order_line_id does, as an
    order (platform and order_id; a line without one is an order of its own) does. A line without a quantity is one unit. Lines whose
    listing is not in silver.listing can be drawn by nobody: their units count in units_sold, not in units_listed.
    """
    cells = placed(lines(transaction, listing), listing=listing, shop=shop)
    goods, places = top_of(product_category, "category_code"), top_of(region, "region_code")
    cells = cells.join(F.broadcast(goods), "category_code", "left").join(F.broadcast(places), "region_code", "left")
    rows = cells.select(
        "month", "platform_code", F.coalesce("top_category_code", "category_code").alias("category_code"),
        F.coalesce("top_region_code", "region_code").alias("province_code"), *COUNTS,
    )
    totals = rows.groupBy(*STRATUM).agg(*[F.sum(name).cast("bigint").alias(name) for name in COUNTS])
    return totals.select(*STRATUM, *COUNTS)


def lines(transaction: DataFrame, listing: DataFrame) -> DataFrame:
    """What each order line adds."""
    known = listing.select(F.col("listing_id").alias("known_listing"))
    rows = transaction.select("*", month_of("ordered_on")).join(known, F.col("listing_id") == F.col("known_listing"), "left")
    units = F.coalesce("quantity", F.lit(1)).cast("bigint")
    listed = F.col("known_listing").isNotNull()
    order = F.coalesce("order_id", "order_line_id")
    return rows.select(
        "month", "platform_code", "listing_id", "shop_id",
        F.when(listed, first_of("month", "listing_id", by="order_line_id")).otherwise(F.lit(0)).cast("bigint").alias("population"),
        first_of("month", "platform_code", order, F.col("order_id").isNull(), by="order_line_id").alias("n_orders"),
        units.alias("units_sold"), F.when(listed, units).otherwise(F.lit(0)).cast("bigint").alias("units_listed"),
    )
