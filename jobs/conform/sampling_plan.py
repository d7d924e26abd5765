"""silver.sampling_plan: the plans that were filed, and those that only their samples name (accepted as targeted, flagged)."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.period import Period


def build(*, sampling_plan: DataFrame, sample: DataFrame, period: Period) -> DataFrame:
    """Filed plans and, for each other plan_id of silver.sample, one plan of type `targeted` with flag `named_by_samples_only`.

    A plan whose design nobody filed cannot be taken for a probability sample (tables.md, Silver), so its rate stays a found rate.
    """
    named = sample.select("plan_id").distinct().join(sampling_plan.select("plan_id"), "plan_id", "left_anti")
    absent = [c for c in sampling_plan.columns if c not in ("plan_id", "type", "_flags")]
    types = dict(sampling_plan.dtypes)
    assumed = named.select(
        "plan_id", F.lit("targeted").alias("type"), F.array(F.lit("named_by_samples_only")).alias("_flags"),
        *[F.lit(None).cast(types[c]).alias(c) for c in absent],
    )
    return sampling_plan.unionByName(assumed).select(*sampling_plan.columns)
