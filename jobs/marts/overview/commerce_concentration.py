"""gold.commerce_concentration: trade by month and by every cell in which it is shown, and in how few hands it is. Confidential."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.marts.dimensions import NATION, UNKNOWN
from jobs.marts.placing import above, first_of, month_of, placed
from jobs.period import Period

EVERY_CATEGORY = "all"
TABLE = "table"  # the dimension of commerce_table's cells
CELL = ("month", "dimension_type", "dimension_code", "category_code")
MEASURES = ("n_orders", "units_sold")
SHOWN_REGIONS = ("province", "prefecture")
_LEAF = ("month", "platform_code", "region_code", "category_code", "enterprise_id")


def build(
    *, transaction: DataFrame, listing: DataFrame, shop: DataFrame, shop_operator: DataFrame, region: DataFrame,
    product_category: DataFrame, industrial_cluster: DataFrame, period: Period,
) -> DataFrame:
    """One row per month and cell; arguments are the silver tables of these names.

    Cells: `table`, province of the shop (CN: all) by category of level 1 (all: all); and whatever a rate is shown of, with
    category all: nation, platform, region (province, prefecture), category of each level, industrial cluster (what is sold from
    its region in its categories). n_orders as in gold.commerce_state, units_sold as in gold.sampling_frame; n_enterprises:
    operators of the shops that sold, a shop whose operator is not known being one, and all lines without a shop together one;
    largest_orders, largest_units: of whoever has most.
    """
    rows = placed(lines(transaction), listing=listing, shop=shop, shop_operator=shop_operator)
    rows = rows.withColumn("enterprise_id", F.coalesce("enterprise_id", F.lit(UNKNOWN)))
    own = _summed(rows, *_LEAF)
    found = _placed_in_units(own, region, product_category, industrial_cluster)
    sellers = _summed(found.select("month", F.explode(_cells()).alias("cell"), "enterprise_id", *MEASURES)
                      .select("month", "cell.*", "enterprise_id", *MEASURES), *CELL, "enterprise_id")  # fmt: skip
    totals = sellers.groupBy(*CELL).agg(
        F.count("*").alias("n_enterprises"), *[F.sum(name).alias(name) for name in MEASURES],
        F.max("n_orders").alias("largest_orders"), F.max("units_sold").alias("largest_units"),
    )
    return totals.select(*CELL, "n_enterprises", *MEASURES, "largest_orders", "largest_units")


def _placed_in_units(own: DataFrame, region: DataFrame, product_category: DataFrame, industrial_cluster: DataFrame) -> DataFrame:
    """With `regions`, `categories`, `clusters`: codes of the units that each row counts in; a code that no reference shows is one
    of its own (as `dimensions.Hierarchy.units`); `province` and `main`: the highest above it."""
    places, goods = above(region, "region_code"), above(product_category, "category_code")
    levels = region.select(F.col("region_code").alias("above"), "level")
    shown = F.when(F.col("level").isin(*SHOWN_REGIONS), F.col("above"))
    in_regions = places.join(levels, "above").groupBy("region_code").agg(
        F.collect_set(shown).alias("regions"), F.max_by("above", "height").alias("province")
    )
    in_categories = goods.groupBy("category_code").agg(
        F.collect_set("above").alias("categories"), F.max_by("above", "height").alias("main")
    )
    cluster = industrial_cluster.select(
        "cluster_code", F.col("region_code").alias("_place"), F.explode("category_codes").alias("_goods")
    )
    in_clusters = (
        cluster.join(places, F.col("_place") == F.col("above")).select("cluster_code", "region_code", "_goods")
        .join(goods, F.col("_goods") == F.col("above")).groupBy("region_code", "category_code")
        .agg(F.collect_set("cluster_code").alias("clusters"))
    )  # fmt: skip
    rows = own.join(F.broadcast(in_regions), "region_code", "left").join(F.broadcast(in_categories), "category_code", "left")
    rows = rows.join(F.broadcast(in_clusters), ["region_code", "category_code"], "left")
    none = F.coalesce(F.size("regions"), F.lit(0)) < 1
    return rows.withColumns({
        "regions": F.when(none, F.array("region_code")).otherwise(F.col("regions")),
        "categories": F.coalesce("categories", F.array("category_code")), "clusters": F.coalesce("clusters", F.array().cast("array<string>")),
        "province": F.coalesce("province", "region_code"), "main": F.coalesce("main", "category_code"),
    })


def _cells() -> Column:
    """The cells of CELL without the month that a row counts in."""
    every = F.lit(EVERY_CATEGORY)

    def of(kind: str, codes: str) -> Column:
        return F.transform(codes, lambda code: _cell(kind, code, every))

    fixed = [
        _cell(TABLE, place, goods) for place in (F.col("province"), F.lit(NATION)) for goods in (F.col("main"), every)
    ] + [_cell("nation", F.lit(NATION), every), _cell("platform", F.col("platform_code"), every)]
    return F.concat(F.array(*fixed), of("region", "regions"), of("category", "categories"), of("cluster", "clusters"))


def _cell(kind: str, code: Column, category: Column) -> Column:
    return F.struct(F.lit(kind).alias("dimension_type"), code.alias("dimension_code"), category.alias("category_code"))


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
