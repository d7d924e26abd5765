"""gold.standard_coverage: listings on offer, the standards that they cite and the certificates that they owe, month by month."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.marts.dimensions import UNKNOWN
from jobs.marts.placing import count_if, top_of
from jobs.marts.standards.certified import duties, meets, stated_certificates
from jobs.marts.standards.cited import STATES, cited_states
from jobs.period import Period

KEY = ("month", "platform_code", "category_code", "province_code")
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
    as_of = period.as_of
    offered = on_offer(listing, shop, region, as_of)
    texts = listing.select("standard_no").where("standard_no IS NOT NULL").distinct()
    states = cited_states(
        by_month(texts.select("standard_no", F.lit(first_day(as_of)).alias("first"), F.lit(as_of).alias("last")), as_of), standard
    )
    rows = by_month(offered, as_of).join(states, ["standard_no", "day"], "left")
    goods = rows.select(
        *KEY,
        F.lit(1).cast("bigint").alias("n_listings"),
        count_if(F.col("standard_no").isNotNull()).alias("n_citing"),
        count_if(F.col("state").isNotNull()).alias("n_standard_known"),
        *[count_if(F.col("state") == place).alias(f"n_standard_{state}") for place, state in enumerate(STATES)],
    )
    owed = certificates(offered, as_of, listing, certificate, certificate_type, product_category)
    sums = goods.unionByName(owed, allowMissingColumns=True).groupBy(*KEY).agg(*[_total(name) for name in COUNTS])
    return sums.select(*KEY, *COUNTS)


def on_offer(listing: DataFrame, shop: DataFrame, region: DataFrame, as_of: date) -> DataFrame:
    """Listings with their cell and the first and last day of their offer within the months kept; those outside are left out."""
    places = top_of(region, "region_code")
    shops = shop.select(
        "shop_id",
        F.col("platform_code").alias("_platform"),
        "region_code",
        F.col("opened_on").alias("_opened"),
        F.col("closed_on").alias("_closed"),
    ).join(F.broadcast(places), "region_code", "left")
    kept, today, unknown = F.lit(first_day(as_of)), F.lit(as_of), F.lit(UNKNOWN)
    rows = listing.join(shops, "shop_id", "left").select(
        "listing_id",
        F.coalesce("platform_code", "_platform", unknown).alias("platform_code"),
        F.coalesce("category_code", unknown).alias("category_code"),
        F.coalesce("top_region_code", "region_code", unknown).alias("province_code"),
        "standard_no",
        "certificate_no",
        F.coalesce("listed_on", "_opened").alias("first"),
        F.least("delisted_on", "_closed", today).alias("last"),
    )
    return rows.where(F.col("first") <= F.col("last")).where(F.col("last") >= kept).withColumn("first", F.greatest("first", kept))


def by_month(offered: DataFrame, as_of: date) -> DataFrame:
    """A row for each month from that of ``first`` to that of ``last``, with ``month`` and the ``day`` on which it is looked at:
    its last one, in the running month ``as_of``."""
    months = F.expr("sequence(trunc(first, 'MM'), trunc(last, 'MM'), interval 1 month)")
    return offered.withColumn("month", F.explode(months)).withColumn("day", F.least(F.last_day("month"), F.lit(as_of)))


def certificates(
    offered: DataFrame,
    as_of: date,
    listing: DataFrame,
    certificate: DataFrame,
    certificate_type: DataFrame,
    product_category: DataFrame,
) -> DataFrame:
    """Duties of the listings on offer, one row each and month, as counts."""
    owed = offered.join(F.broadcast(duties(certificate_type, certificate, product_category)), "category_code")
    stated = stated_certificates(listing.where("certificate_no IS NOT NULL"), certificate, certificate_type)
    rows = by_month(owed.join(stated, "listing_id", "left"), as_of)
    in_time = (F.col("since").isNull() | (F.col("since") <= F.col("day"))) & (
        F.col("until").isNull() | (F.col("until") >= F.col("day"))
    )
    checked = F.col("checkable")
    return rows.where(in_time).select(
        *KEY,
        F.lit(1).cast("bigint").alias("n_certificate_due"),
        count_if(checked).alias("n_certificate_checkable"),
        count_if(checked & F.col("certificate_no").isNotNull()).alias("n_certificate_stated"),
        count_if(checked & F.col("certificates").isNotNull()).alias("n_certificate_known"),
        count_if(checked & meets("day")).alias("n_certificate_valid"),
    )


def first_day(as_of: date) -> date:
    """The first day of the months kept."""
    return date(as_of.year - YEARS_BACK, 1, 1)


def _total(name: str) -> Column:
    return F.coalesce(F.sum(name), F.lit(0)).cast("bigint").alias(name)
