"""gold.duplicate_check: products that were checked, by whom, and until when neither that body nor one below may check them again."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.marts.dimensions import NATION, UNKNOWN
from jobs.marts.sampling.products import of_listing, product_id
from jobs.period import Period

KEY = ("product_id", "issuer_code")
WINDOW = "repeat_window_months"


def build(
    *, sample: DataFrame, sampling_plan: DataFrame, listing: DataFrame, proposal_setting: DataFrame, period: Period
) -> DataFrame:
    """One row per product and body that checked it; arguments are the silver tables of these names.

    A check is a sample that was not void, on the day it was bought. Until ``blocked_until`` (the months of the setting in force on
    that day) the body and those below it do not check the product again; a follow-up of a finding is no repetition, nor is another batch
    in the same plan. Source: SAMR order 18 (2019) as schemas/reference/proposal_setting.csv quotes it; definitions.md 1.
    """
    done = checks(sample, sampling_plan, listing, proposal_setting)
    repeated = repeats(done).withColumn("_repeats", F.lit(1))
    rows = done.join(repeated, "sample_id", "left")
    products = rows.groupBy(*KEY).agg(
        F.count("*").alias("n_checks"), F.coalesce(F.sum("_repeats"), F.lit(0)).cast("bigint").alias("n_repeats"),
        F.max_by(F.struct("*"), F.struct("checked_on", "sample_id")).alias("last"),
    )  # fmt: skip
    offered = listing.where(F.col("delisted_on").isNull()).groupBy(of_listing().alias("product_id")).agg(F.count("*").alias("n_listings"))
    last = F.col("last.checked_on")
    until = F.date_sub(F.add_months(last, F.col("last.months")), 1)
    body_zh = F.when(F.col("issuer_code") == NATION, "国家").otherwise(F.concat(F.lit("地区"), "issuer_code"))
    body_en = F.when(F.col("issuer_code") == NATION, "the nation").otherwise(F.concat(F.lit("region "), "issuer_code"))
    plan, months = F.col("last.plan_id"), F.col("last.months").cast("string")
    return products.join(offered, "product_id", "left").select(
        *KEY, F.col("last.issuer_level").alias("issuer_level"), F.col("last.producer_uscc").alias("producer_uscc"),
        F.col("last.brand").alias("brand"), F.col("last.model").alias("model"), F.col("last.category_code").alias("category_code"),
        "n_checks", "n_repeats", F.coalesce("n_listings", F.lit(0)).cast("bigint").alias("n_listings"),
        plan.alias("last_plan_id"), F.col("last.sample_id").alias("last_sample_id"), last.alias("last_checked_on"),
        until.alias("blocked_until"),
        F.concat(body_zh, F.lit("已于"), last.cast("string"), F.lit("抽查同一产品（方案"), plan, F.lit("），"), months,
                 F.lit("个月内不重复抽查")).alias("reason_zh"),
        F.concat(F.lit("the same product was checked by "), body_en, F.lit(" on "), last.cast("string"), F.lit(" (plan "), plan,
                 F.lit("): not again within "), months, F.lit(" months")).alias("reason_en"),
    )  # fmt: skip


def checks(sample: DataFrame, sampling_plan: DataFrame, listing: DataFrame, proposal_setting: DataFrame) -> DataFrame:
    """Every check of a product that can be told: sample_id product_id plan_id type issuer_code issuer_level reach checked_on months …"""
    goods = listing.select(
        F.col("listing_id"), *(F.col(c).alias(f"_{c}") for c in ("producer_uscc", "producer_name", "brand", "model", "category_code"))
    )
    plans = sampling_plan.select("plan_id", "type", "issuer_level", "issuer_region_code")
    windows = proposal_setting.where(F.col("setting") == WINDOW).select(
        F.col("value").cast("int").alias("months"), F.col("valid_from").alias("_from"), F.col("valid_to").alias("_to")
    )
    marked = F.coalesce("producer_uscc", "producer_name").isNotNull()  # what the goods say goes before what the page says
    uscc = F.when(marked, F.col("producer_uscc")).otherwise(F.col("_producer_uscc"))
    name = F.when(marked, F.col("producer_name")).otherwise(F.col("_producer_name"))
    brand, model = F.coalesce("brand", "_brand"), F.coalesce("_model", "product_name")
    rows = sample.where(F.coalesce(F.col("exit_kind") != "void", F.lit(True)))
    rows = rows.join(plans, "plan_id", "left").join(goods, "listing_id", "left").select(
        "sample_id", "plan_id", "type", "issuer_level", issuer(), F.col("purchased_on").alias("checked_on"),
        product_id(uscc, name, brand, model).alias("product_id"), uscc.alias("producer_uscc"), brand.alias("brand"),
        model.alias("model"), F.coalesce("category_code", "_category_code").alias("category_code"),
    )  # fmt: skip
    inside = (F.col("checked_on") >= F.col("_from")) & F.coalesce(F.col("checked_on") <= F.col("_to"), F.lit(True))
    known = F.col("product_id").isNotNull() & F.col("checked_on").isNotNull()
    return rows.where(known).join(F.broadcast(windows), inside).drop("_from", "_to").withColumn("reach", reach())


def repeats(done: DataFrame) -> DataFrame:
    """sample_id of each check that came within the months after one of the same product by the same body or one above it."""
    earlier = done.select(
        "product_id", F.col("sample_id").alias("_sample"), F.col("plan_id").alias("_plan"), F.col("checked_on").alias("_day"),
        F.col("months").alias("_months"), F.col("reach").alias("_reach"),
    )
    before = (F.col("_day") < F.col("checked_on")) | ((F.col("_day") == F.col("checked_on")) & (F.col("_sample") < F.col("sample_id")))
    within = F.col("checked_on") < F.add_months(F.col("_day"), F.col("_months"))
    above = F.col("reach").startswith(F.col("_reach"))
    free = F.coalesce(F.col("type") == "follow_up", F.lit(False))
    pairs = done.join(earlier, "product_id").where(before & within & above & (F.col("_plan") != F.col("plan_id")) & ~free)
    return pairs.select("sample_id").distinct()


def issuer() -> Column:
    """Who ordered a plan: CN for the nation, else the region; a plan of nobody that is known is of `unknown`."""
    nation = F.when(F.col("issuer_level") == "national", NATION)
    return F.coalesce(nation, "issuer_region_code", F.lit(UNKNOWN)).alias("issuer_code")


def reach() -> Column:
    """The code that every body below begins with: '' for the nation, 33 for a province, 3301 for a prefecture (GB/T 2260)."""
    return F.when(F.col("issuer_code") == NATION, "").otherwise(F.regexp_replace("issuer_code", "(00)+$", ""))
