"""gold.sampling_purchase: the listings that gold.sampling_proposal would buy, drawn so that anyone can draw them again."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.marts.dimensions import NATION, UNKNOWN
from jobs.marts.placing import month_of
from jobs.marts.sampling.allocation import OTHER
from jobs.marts.sampling.products import of_listing
from jobs.marts.sampling.sampling_frame import top_of
from jobs.period import Period

KEY = ("plan_id", "listing_id")
ROUNDS = 4  # of looking for listings that are drawn for certain
_DIGITS = 13  # of the hash: 52 bits, as many as a double holds


def build(
    *, sampling_proposal: DataFrame, duplicate_check: DataFrame, transaction: DataFrame, listing: DataFrame, shop: DataFrame,
    product_category: DataFrame, sample: DataFrame, conclusion: DataFrame, period: Period,
) -> DataFrame:
    """One row per listing that is drawn, or would have been and is blocked; arguments are gold and silver tables of these names.

    Pareto sampling (B. Rosén, Journal of Statistical Planning and Inference 62, 1997, 159-191): each listing has a permanent random
    number u, the hash of the seed and its id, and an inclusion probability π = n · units / Σ units; of a stratum the n with the
    smallest u(1-π) / ((1-u)π) are drawn, which holds π more closely than sequential Poisson sampling where n is small. A listing whose π would
    be 1 or more is drawn for certain. A listing that is off the page is not in the frame; one whose product the nation has checked
    within the months of the rule is passed over and the next one taken, so the frame lacks it and the probabilities are those of
    the others. Targeted purchases are what is left of shops, producers and
    then strata with findings: the most findings first, then the most units.
    """
    strata = sampling_proposal.where(F.col("dimension_type") == "stratum").select(
        "plan_id", "platform_code", F.col("category_code").alias("_stratum_category"), F.col("dimension_code").alias("stratum"),
        "n_probability", "n_targeted", "frame_month", "period_start", "seed",
    )  # fmt: skip
    rows = placed(framed(transaction, listing, shop, product_category, strata), strata)
    rows = drawn(blocked(rows, duplicate_check))
    rows = targeted(rows, findings(sample, conclusion))
    avoided = F.col("blocked") & (F.col("turn") < F.col("_last"))
    chosen = rows.where(F.col("by_chance") | F.col("on_purpose") | avoided)
    design = F.when(F.col("on_purpose"), "targeted").otherwise("probability")
    return chosen.select(
        *KEY, F.concat(F.lit("CG-"), F.substring(F.sha2(F.concat_ws("|", *KEY), 256), 1, 16)).alias("purchase_id"),
        F.when(F.col("blocked"), "blocked").otherwise("proposed").alias("status"), design.alias("design"), "stratum",
        "platform_code", "shop_id", "category_code", "title", F.col("price").cast("double").alias("price"), "units_sold",
        F.when(F.col("by_chance"), F.col("pi")).alias("inclusion_probability"), F.col("u").alias("random_number"),
        F.when(F.col("on_purpose"), F.col("n_findings")).alias("n_findings"),
        F.when(F.col("blocked"), F.col("last_plan_id")).alias("earlier_plan_id"),
        F.when(F.col("blocked"), F.col("last_checked_on")).alias("earlier_checked_on"),
        F.when(F.col("blocked"), F.col("reason_zh")).alias("reason_zh"), F.when(F.col("blocked"), F.col("reason_en")).alias("reason_en"),
    )  # fmt: skip


def framed(
    transaction: DataFrame, listing: DataFrame, shop: DataFrame, product_category: DataFrame, strata: DataFrame
) -> DataFrame:
    """Listings on offer with an order in the frame month, with what they sold, their platform and category of level 1."""
    month = strata.select(F.col("frame_month").alias("month")).distinct()
    orders = transaction.select("listing_id", "quantity", month_of("ordered_on")).join(F.broadcast(month), "month")
    sold = orders.groupBy("listing_id").agg(F.sum(F.coalesce("quantity", F.lit(1))).cast("bigint").alias("units_sold"))
    shops = shop.select("shop_id", F.col("platform_code").alias("_shop_platform"))
    goods = listing.where(F.col("delisted_on").isNull()).select(
        "listing_id", "platform_code", "shop_id", "category_code", "title", "price", "producer_uscc", of_listing().alias("product_id")
    )
    found = goods.join(sold.where(F.col("units_sold") > 0), "listing_id").join(shops, "shop_id", "left")
    tops = top_of(product_category, "category_code").withColumnRenamed("category_code", "_code")
    known = found.withColumn("platform_code", F.coalesce("platform_code", "_shop_platform")).join(
        F.broadcast(tops), F.col("category_code") == F.col("_code"), "left"
    )
    return known.withColumn("_top", F.coalesce("top_category_code", "category_code", F.lit(UNKNOWN))).drop("_code", "_shop_platform")


def placed(rows: DataFrame, strata: DataFrame) -> DataFrame:
    """``rows`` with their stratum: the category's own on their platform, else the platform's `other`; those of no stratum go."""
    named = F.broadcast(strata.withColumnRenamed("platform_code", "_platform"))
    category, joined = F.col("_stratum_category"), F.col("_stratum_category") == OTHER
    found = rows.join(named, (F.col("platform_code") == F.col("_platform")) & ((category == F.col("_top")) | joined))
    own = F.row_number().over(Window.partitionBy("listing_id").orderBy(joined.cast("int")))
    return found.withColumn("_own", own).where(F.col("_own") == 1).drop("_own", "_platform", "_stratum_category", "_top")


def blocked(rows: DataFrame, duplicate_check: DataFrame) -> DataFrame:
    """``rows`` with `blocked`: the nation checked the product so lately that the plan's quarter begins before it may again; and why."""
    earlier = duplicate_check.where(F.col("issuer_code") == NATION).select(
        "product_id", "last_plan_id", "last_checked_on", "blocked_until", "reason_zh", "reason_en"
    )
    found = rows.join(F.broadcast(earlier), "product_id", "left")
    return found.withColumn("blocked", F.coalesce(F.col("blocked_until") >= F.col("period_start"), F.lit(False)))


def drawn(rows: DataFrame) -> DataFrame:
    """``rows`` with `u` (random number), `pi`, `turn` (in which they are drawn), `by_chance`, `_last` (turn of the last one drawn)."""
    stratum, units = Window.partitionBy("stratum"), F.col("units_sold")
    digits = F.substring(F.sha2(F.concat_ws("|", F.col("seed").cast("string"), "listing_id"), 256), 1, _DIGITS)
    rows = rows.withColumn("u", (F.conv(digits, 16, 10).cast("double") + 0.5) / float(16**_DIGITS)).withColumn("certain", F.lit(False))
    open_ = ~F.col("blocked")
    for _ in range(ROUNDS):
        rest = F.col("n_probability") - F.sum((F.col("certain") & open_).cast("int")).over(stratum)
        others = F.sum(F.when(open_ & ~F.col("certain"), units)).over(stratum)
        rows = rows.withColumn("pi", F.when(F.col("certain"), 1.0).otherwise(F.least(rest * units / others, F.lit(1.0))))
        rows = rows.withColumn("certain", F.col("certain") | (open_ & (F.col("pi") >= 1)))
    u, pi = F.col("u"), F.col("pi")
    place = F.when(pi > 0, u * (1 - pi) / ((1 - u) * pi)).otherwise(F.lit(float("inf")))
    order = stratum.orderBy((~F.col("certain")).cast("int"), place, "listing_id")
    rows = rows.withColumn("turn", F.row_number().over(order))
    before = F.sum(open_.cast("int")).over(order.rowsBetween(Window.unboundedPreceding, Window.currentRow))
    rows = rows.withColumn("by_chance", open_ & (before <= F.col("n_probability")))
    return rows.withColumn("_last", F.coalesce(F.max(F.when(F.col("by_chance"), F.col("turn"))).over(stratum), F.lit(0)))


def targeted(rows: DataFrame, found: tuple[DataFrame, DataFrame]) -> DataFrame:
    """``rows`` with `n_findings` of their shop and producer, and `on_purpose`: of the targeted purchases of their stratum."""
    of_shop, of_producer = found
    rows = rows.join(F.broadcast(of_shop), "shop_id", "left").join(F.broadcast(of_producer), "producer_uscc", "left")
    n = F.coalesce("_of_shop", F.lit(0)) + F.coalesce("_of_producer", F.lit(0))
    left = ~F.col("blocked") & ~F.col("by_chance")
    order = Window.partitionBy("stratum").orderBy(
        (~left).cast("int"), F.col("n_findings").desc(), F.col("units_sold").desc(), F.col("u"), F.col("listing_id")
    )
    return rows.withColumn("n_findings", n).withColumn("on_purpose", left & (F.row_number().over(order) <= F.col("n_targeted")))


def findings(sample: DataFrame, conclusion: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Samples that failed in the end or left as a violation, by shop (`_of_shop`) and by producer's credit code (`_of_producer`)."""
    final = conclusion.groupBy("sample_id").agg(F.max_by("outcome", F.col("stage")).alias("outcome"))  # reinspection comes after first
    rows = sample.join(final, "sample_id", "left")
    bad = rows.where(_said(F.col("outcome") == "nonconforming") | _said(F.col("exit_kind") == "violation"))
    return tuple(
        bad.where(F.col(key).isNotNull()).groupBy(key).agg(F.count("*").alias(name))
        for key, name in (("shop_id", "_of_shop"), ("producer_uscc", "_of_producer"))
    )


def _said(condition: Column) -> Column:
    return F.coalesce(condition, F.lit(False))
