"""gold.standard_coverage: listings on offer, the standards that they cite and the certificates that they owe, month by month."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.marts.dimensions import UNKNOWN
from jobs.marts.placing import top_of
from jobs.marts.standards.certified import duties, met, stated_certificates
from jobs.marts.standards.cited import STATES, cited_states
from jobs.marts.standards.spans import Months
from jobs.period import Period

CELL = ("platform_code", "category_code", "province_code")
KEY = ("month", *CELL)
COUNTS = (
    "n_listings",
    "n_citing",
    "n_standard_known",
    *(f"n_standard_{state}" for state in STATES),
    "n_certificate_due",
    "n_certificate_checkable",
    "n_certificate_stated",
    "n_certificate_known",
    "n_certificate_valid",
)
YEARS_BACK = 1  # whole years before the night's that are kept: what an index compares itself with


def build(
    *,
    listing: DataFrame,
    shop: DataFrame,
    standard: DataFrame,
    certificate: DataFrame,
    certificate_type: DataFrame,
    product_category: DataFrame,
    region: DataFrame,
    period: Period,
) -> DataFrame:
    """One row per month, platform, category and province of the shop; arguments are the silver tables of these names.

    A listing counts in each month in which it was on offer on some day: from its first day (without one, its shop's) to the day
    on which it or its shop left, at most the night's. Standards and certificates are seen on the month's last day, in the running
    month on the night's. Counts of standards are listings, each in one state; counts of certificates are duties (a listing may
    owe several).
    """
    months = Months(date(period.as_of.year - YEARS_BACK, 1, 1), period.as_of)
    offered = on_offer(listing, shop, region, months)
    cited = months.counted(offered, [*CELL, "standard_no"], {"n": F.col("live")})
    texts = listing.select("standard_no").where("standard_no IS NOT NULL").distinct()
    states = cited_states(texts.select("standard_no", F.explode(F.array(*map(F.lit, months.days))).alias("day")), standard)
    state = F.col("state")
    goods = cited.join(states, ["standard_no", "day"], "left").select(
        *KEY, F.col("n").alias("n_listings"), _where(F.col("standard_no").isNotNull()).alias("n_citing"),
        _where(state.isNotNull()).alias("n_standard_known"),
        *[_where(state == place).alias(f"n_standard_{name}") for place, name in enumerate(STATES)],
    )  # fmt: skip
    owed = certificates(offered, months, listing, certificate, certificate_type, product_category)
    sums = goods.unionByName(owed, allowMissingColumns=True).groupBy(*KEY).agg(*[_total(name) for name in COUNTS])
    return sums.select(*KEY, *COUNTS)


def on_offer(listing: DataFrame, shop: DataFrame, region: DataFrame, months: Months) -> DataFrame:
    """Listings with their cell and ``live``, the months in which they were on offer; those outside the months kept are left
    out."""
    places = top_of(region, "region_code")
    shops = shop.select(
        "shop_id", F.col("platform_code").alias("_platform"), "region_code", F.col("opened_on").alias("_opened"),
        F.col("closed_on").alias("_closed"),
    ).join(F.broadcast(places), "region_code", "left")  # fmt: skip
    unknown = F.lit(UNKNOWN)
    rows = listing.join(shops, "shop_id", "left").select(
        "listing_id", F.coalesce("platform_code", "_platform", unknown).alias("platform_code"),
        F.coalesce("category_code", unknown).alias("category_code"),
        F.coalesce("top_region_code", "region_code", unknown).alias("province_code"), "standard_no", "certificate_no",
        F.coalesce("listed_on", "_opened").alias("first"), F.least("delisted_on", "_closed", F.lit(months.as_of)).alias("last"),
    )  # fmt: skip
    live = months.touched(F.col("first"), F.col("last"))
    return rows.where(F.col("first") <= F.col("last")).withColumn("live", live).where("live <> 0")


def certificates(
    offered: DataFrame,
    months: Months,
    listing: DataFrame,
    certificate: DataFrame,
    certificate_type: DataFrame,
    product_category: DataFrame,
) -> DataFrame:
    """Duties of the listings on offer as counts: how far each is met (steps), and in which months it is met whole (valid)."""
    owed = offered.join(F.broadcast(duties(certificate_type, certificate, product_category)), "category_code")
    stated = stated_certificates(listing.where("certificate_no IS NOT NULL"), certificate, certificate_type, months)
    rows = owed.join(stated, "listing_id", "left")
    reached = (
        F.when(~F.col("checkable"), 0)
        .when(F.col("certificate_no").isNull(), 1)
        .when(F.col("certificates").isNull(), 2)
        .otherwise(3)
    )
    due = F.col("live").bitwiseAND(months.seen(F.col("since"), F.col("until")))
    bits = {"n": F.col("due"), "n_certificate_valid": F.col("valid")}
    rows = rows.select(*CELL, reached.alias("step"), due.alias("due"), due.bitwiseAND(met()).alias("valid"))
    counts = months.counted(rows, [*CELL, "step"], bits)
    steps = ("n_certificate_due", "n_certificate_checkable", "n_certificate_stated", "n_certificate_known")
    return counts.select(
        *KEY, *[_where(F.col("step") >= step).alias(name) for step, name in enumerate(steps)],
        _where(F.col("step") == 3, "n_certificate_valid").alias("n_certificate_valid"),
    )  # fmt: skip


def _where(condition: Column, name: str = "n") -> Column:
    return F.when(condition, F.col(name)).otherwise(F.lit(0).cast("bigint"))


def _total(name: str) -> Column:
    return F.coalesce(F.sum(name), F.lit(0)).cast("bigint").alias(name)
