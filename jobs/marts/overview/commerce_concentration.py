"""gold.commerce_concentration: trade by month, province and level-1 category, and in how few hands it is. Confidential."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.marts.dimensions import NATION, UNKNOWN
from jobs.marts.placing import first_of, month_of, placed
from jobs.marts.sampling.sampling_frame import top_of
from jobs.period import Period

EVERY_CATEGORY = "all"
CELL = ("month", "region_code", "category_code")
MEASURES = ("n_orders", "units_sold")


def build(
    *, transaction: DataFrame, listing: DataFrame, shop: DataFrame, shop_operator: DataFrame, region: DataFrame,
    product_category: DataFrame, period: Period,
) -> DataFrame:
    """One row per month, province of the shop (CN: all) and category of level 1 (all: all); arguments are the silver tables of
    these names.

    n_orders as in gold.commerce_state, units_sold as in gold.sampling_frame; n_enterprises: operators of the shops that sold, a
    shop whose operator is not known being one, and all lines without a shop together one; largest_orders, largest_units: of
    whoever has most.
    """
    rows = placed(lines(transaction), listing=listing, shop=shop, shop_operator=shop_operator)
    goods, places = top_of(product_category, "category_code"), top_of(region, "region_code")
    rows = rows.join(F.broadcast(goods), "category_code", "left").join(F.broadcast(places), "region_code", "left").select(
        "month", F.coalesce("top_region_code", "region_code").alias("region_code"),
        F.coalesce("top_category_code", "category_code").alias("category_code"),
        F.coalesce("enterprise_id", F.lit(UNKNOWN)).alias("enterprise_id"), *MEASURES,
    )
    own = _summed(rows, *CELL, "enterprise_id")
    everywhere = F.explode(F.array(F.col("region_code"), F.lit(NATION))).alias("region_code")
    everything = F.explode(F.array(F.col("category_code"), F.lit(EVERY_CATEGORY))).alias("category_code")
    both = own.select("month", everywhere, "category_code", "enterprise_id", *MEASURES)
    both = _summed(both.select("month", "region_code", everything, "enterprise_id", *MEASURES), *CELL, "enterprise_id")
    totals = both.groupBy(*CELL).agg(
        F.count("*").alias("n_enterprises"), *[F.sum(name).alias(name) for name in MEASURES],
        F.max("n_orders").alias("largest_orders"), F.max("units_sold").alias("largest_units"),
    )
    return totals.select(*CELL, "n_enterprises", *MEASURES, "largest_orders", "largest_units")


def lines(transaction: DataFrame) -> DataFrame:
    """What each order line adds."""
    order = F.coalesce("order_id", "order_line_id")
    return transaction.select("*", month_of("ordered_on")).select(
        "month", "platform_code", "listing_id", "shop_id",
        first_of("month", "platform_code", order, F.col("order_id").isNull(), by="order_line_id").alias("n_orders"),
        F.coalesce("quantity", F.lit(1)).cast("bigint").alias("units_sold"),
    )


def _summed(rows: DataFrame, *by: str) -> DataFrame:
    return rows.groupBy(*by).agg(*[F.sum(name).cast("bigint").alias(name) for name in MEASURES])
