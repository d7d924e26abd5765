"""silver.region: what the digits of a GB/T 2260 code say, where its source does not say it, and the end of a code that lists dropped."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.period import Period


def build(*, region: DataFrame, period: Period) -> DataFrame:
    """The accepted rows, completed: `level` by the digits; `parent_code` the division that the digits name, else the province,
    where there is such a row; `valid_to` the day before the first list that lacks the code.

    A code that a snapshot of lists no longer holds is retired, not gone: what was sold and sampled under it still counts in its
    province, so `_ended_on` becomes `valid_to` and the row stays.
    """
    code, level = F.col("region_code"), F.coalesce(F.col("level"), _level())
    prefecture, province = F.rpad(F.substring(code, 1, 4), 6, "0"), F.rpad(F.substring(code, 1, 2), 6, "0")
    rows = region.withColumn("level", level).withColumn("_above", F.when(F.col("level") == "county", prefecture))
    rows = rows.withColumn("_top", F.when(F.col("level") != "province", province))
    for name in ("_above", "_top"):
        known = F.broadcast(region.select(code.alias(f"_known{name}")))
        rows = rows.join(known, F.col(name) == F.col(f"_known{name}"), "left")
    end = F.date_sub("_ended_on", 1)
    completed = {
        "parent_code": F.coalesce("parent_code", "_known_above", "_known_top"), "valid_to": F.coalesce("valid_to", end),
        "_ended_on": F.lit(None).cast("date"),
    }
    return rows.select(*[completed[c].alias(c) if c in completed else F.col(c) for c in region.columns])


def _level() -> Column:
    code = F.col("region_code")
    return F.when(code.endswith("0000"), "province").when(code.endswith("00"), "prefecture").otherwise("county")
