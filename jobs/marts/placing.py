"""Where a row of trade counts: its month, platform, category and region. Shared by rooms whose monthly counts must fit together."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.marts.dimensions import UNKNOWN

CELL = ("month", "platform_code", "category_code", "region_code")
DEEPEST = 3  # levels of a tree of references
_LINKS = ("listing_id", "shop_id")
_OWN = ("platform_code", "category_code", "region_code")


def month_of(day: str) -> Column:
    """The first day of the month of a date column."""
    return F.trunc(day, "MM").alias("month")


def placed(rows: DataFrame, *, listing: DataFrame, shop: DataFrame, shop_operator: DataFrame | None = None) -> DataFrame:
    """``rows`` with the columns of CELL in place of what they were found by.

    ``rows``: `month`, and of `platform_code category_code region_code listing_id shop_id` what they have; other columns stay.
    What a row says itself goes before its listing, its listing before its shop; the region is the shop's. Nothing known:
    `unknown`, so that no row is lost from a total. Joins along foreign keys only, each of which names one row. With
    ``shop_operator`` also `enterprise_id`, who operates that shop; the shop itself where that is not known, null without a
    shop.
    """
    absent = [F.lit(None).cast("string").alias(name) for name in (*_OWN, *_LINKS) if name not in rows.columns]
    goods = listing.select(
        F.col("listing_id").alias("_listing"), F.col("platform_code").alias("_listing_platform"),
        F.col("category_code").alias("_listing_category"), F.col("shop_id").alias("_listing_shop"),
    )
    shops = shop.select(
        F.col("shop_id").alias("_shop"), F.col("platform_code").alias("_shop_platform"), F.col("region_code").alias("_shop_region"),
    )
    found = rows.select("*", *absent).join(goods, F.col("listing_id") == F.col("_listing"), "left")
    found = found.join(shops, F.coalesce("shop_id", "_listing_shop") == F.col("_shop"), "left")
    unknown, operator = F.lit(UNKNOWN), []
    if shop_operator is not None:
        operators = shop_operator.select(F.col("shop_id").alias("_operated"), F.col("enterprise_id").alias("_operator"))
        found = found.join(operators, F.coalesce("shop_id", "_listing_shop") == F.col("_operated"), "left")
        operator = [F.coalesce("_operator", "shop_id", "_listing_shop").alias("enterprise_id")]
    others = [name for name in rows.columns if name not in (*CELL, *_LINKS)]
    return found.select(
        "month", F.coalesce("platform_code", "_listing_platform", "_shop_platform", unknown).alias("platform_code"),
        F.coalesce("category_code", "_listing_category", unknown).alias("category_code"),
        F.coalesce("region_code", "_shop_region", unknown).alias("region_code"), *operator, *others,
    )


def first_of(*group: Column | str, by: str) -> Column:
    """1 on the one row of each group that is smallest in ``by``, 0 on the others: a sum over any cells counts a group once."""
    return (F.row_number().over(Window.partitionBy(*group).orderBy(by)) == 1).cast("bigint")


def count_if(condition: Column) -> Column:
    """1 where the condition holds, 0 where it does not or is null."""
    return F.coalesce(condition, F.lit(False)).cast("bigint")


def top_of(reference: DataFrame, key: str) -> DataFrame:
    """``key`` and ``top_<key>``: of each code of a reference the highest one above it."""
    parents = reference.select(F.col(key).alias("_code"), F.col("parent_code").alias("_parent"))
    rows = reference.select(key, F.col(key).alias("_top"))
    for _ in range(DEEPEST - 1):
        above = rows.join(F.broadcast(parents), F.col("_top") == F.col("_code"), "left")
        rows = above.select(key, F.coalesce("_parent", "_top").alias("_top"))
    return rows.select(key, F.col("_top").alias(f"top_{key}"))


def above(reference: DataFrame, key: str) -> DataFrame:
    """``key``, `above` and `height`: each code of a reference with itself (height 0) and with every code above it."""
    parents = reference.select(F.col(key).alias("_code"), F.col("parent_code").alias("_parent"))
    rows = reference.select(key, F.col(key).alias("above"), F.lit(0).alias("height"))
    found = rows
    for height in range(1, DEEPEST):
        upper = rows.join(F.broadcast(parents), F.col("above") == F.col("_code")).where(F.col("_parent").isNotNull())
        rows = upper.select(key, F.col("_parent").alias("above"), F.lit(height).alias("height"))
        found = found.unionByName(rows)
    return found
