"""Certificates that goods must have: which are due for a category, and whether those that a listing states hold on a day."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.marts.standards.spans import Months

DEEPEST = 3  # levels of the tree of categories
_LAPSED = ("suspended", "withdrawn", "expired")


def paths(product_category: DataFrame) -> DataFrame:
    """``category_code above``: each category with itself and those above it, one row each."""
    parents = product_category.select(F.col("category_code").alias("_code"), F.col("parent_code").alias("_parent"))
    level = product_category.select("category_code", F.col("category_code").alias("above"))
    rows = level
    for _ in range(DEEPEST - 1):
        level = level.join(F.broadcast(parents), F.col("above") == F.col("_code")).where("_parent IS NOT NULL")
        level = level.select("category_code", F.col("_parent").alias("above"))
        rows = rows.unionByName(level)
    return rows.distinct()


def duties(certificate_type: DataFrame, certificate: DataFrame, product_category: DataFrame) -> DataFrame:
    """One row per category and requirement that goods of it must meet: ``category_code requirement since until checkable path``.

    Any of the certificates of a requirement meets it. ``checkable``: the register holds certificates of it at all; where no body
    has filed any, that a listing has none of them cannot be told.
    """
    filed = certificate.select("certificate_type").distinct().withColumn("filed", F.lit(True))
    kinds = certificate_type.where("mandatory AND requirement IS NOT NULL").join(F.broadcast(filed), "certificate_type", "left")
    wanted = kinds.select(F.explode("category_codes").alias("above"), "requirement", "valid_from", "valid_to", "filed")
    above = paths(product_category)
    whole = above.groupBy("category_code").agg(F.collect_set("above").alias("path"))
    rows = (
        above.join(F.broadcast(wanted), "above")
        .groupBy("category_code", "requirement")
        .agg(
            # min and max pass over nulls, but one without a day holds without end.
            F.when(F.count("valid_from") == F.count("*"), F.min("valid_from")).alias("since"),
            F.when(F.count("valid_to") == F.count("*"), F.max("valid_to")).alias("until"),
            F.coalesce(F.bool_or("filed"), F.lit(False)).alias("checkable"),
        )
    )
    return rows.join(whole, "category_code")


def stated_certificates(listing: DataFrame, certificate: DataFrame, certificate_type: DataFrame, months: Months) -> DataFrame:
    """``listing_id certificates``: of each listing that states known certificates, their requirement, category and the months in
    which they hold: issued, not yet expired, and before the day on which they were suspended or withdrawn."""
    kinds = certificate_type.select("certificate_type", "requirement")
    last = F.when(F.col("status").isin(*_LAPSED), F.coalesce(F.date_sub("status_on", 1), F.lit("1900-01-01").cast("date")))
    holds = months.seen(F.col("issued_on"), F.least("expires_on", last))
    register = certificate.join(F.broadcast(kinds), "certificate_type", "left").select(
        _plain("certificate_no").alias("number"),
        F.struct("requirement", F.col("category_code").alias("category"), holds.alias("holds")).alias("certificate"),
    )
    stated = listing.select("listing_id", F.explode(F.split(_separated("certificate_no"), ";")).alias("text"))
    numbers = stated.select("listing_id", _plain("text").alias("number")).where("number <> ''").distinct()
    return numbers.join(register, "number").groupBy("listing_id").agg(F.collect_list("certificate").alias("certificates"))


def met() -> Column:
    """The months in which one of `certificates` is of `requirement`, for the goods of `path`, and holds."""
    none = F.lit(0).cast("bigint")

    def added(months: Column, one: Column) -> Column:
        covers = one["category"].isNull() | F.array_contains("path", one["category"])
        return months.bitwiseOR(F.when((one["requirement"] == F.col("requirement")) & covers, one["holds"]).otherwise(none))

    return F.coalesce(F.aggregate("certificates", none, added), none)


def _separated(text: str) -> Column:
    return F.translate(text, "；，,、\n", ";;;;;")


def _plain(text: str) -> Column:
    return F.upper(F.regexp_replace(text, r"\s", ""))
