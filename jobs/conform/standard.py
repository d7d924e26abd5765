"""silver.standard: each edition knows what it replaced and what replaced it, and ends where its successor begins."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.period import Period

ASSUMED = "valid_to_by_successor"


def build(*, standard: DataFrame, period: Period) -> DataFrame:
    """The accepted rows, completed from each other: one edition's `supersedes` is the other's `superseded_by`.

    `valid_to`, where its source states none and does not call it in force: the day before the first of its successors holds,
    flagged `valid_to_by_successor`. An edition that its source calls in force may hold beside its successor for a while, so it is left alone.
    """
    stated = [_edges(standard, "standard_no", "supersedes"), _edges(standard, "superseded_by", "standard_no")]
    edges = stated[0].unionByName(stated[1]).where(F.col("_new") != F.col("_old")).distinct()
    begins = standard.select(F.col("standard_no").alias("_new"), F.col("valid_from").alias("_begins"))
    after = edges.join(begins, "_new", "left").groupBy("_old").agg(
        F.array_sort(F.collect_set("_new")).alias("_successors"), F.min("_begins").alias("_first"),
    )
    before = edges.groupBy("_new").agg(F.array_sort(F.collect_set("_old")).alias("_replaced"))
    rows = standard.join(after, F.col("standard_no") == F.col("_old"), "left").join(before, F.col("standard_no") == F.col("_new"), "left")
    end = F.when(F.col("valid_to").isNull() & (F.coalesce("status", F.lit("superseded")) == "superseded"), F.date_sub("_first", 1))
    completed = {
        "valid_to": F.coalesce("valid_to", end), "supersedes": _joined("supersedes", "_replaced"),
        "superseded_by": _joined("superseded_by", "_successors"),
        "_flags": F.when(end.isNotNull(), F.array_append("_flags", F.lit(ASSUMED))).otherwise(F.col("_flags")),
    }
    return rows.select(*[completed[c].alias(c) if c in completed else F.col(c) for c in standard.columns])


def _edges(standard: DataFrame, new: str, old: str) -> DataFrame:
    """`_new` replaces `_old`: one of the two is a list, a row for each of its numbers."""
    sides = {"_new": new, "_old": old}
    return standard.select(*[
        (F.explode(name) if name != "standard_no" else F.col(name)).alias(side) for side, name in sides.items()
    ])


def _joined(stated: str, implied: str) -> Column:
    """What the source states, in its order, then what only the other editions say; null where there is none."""
    both = F.array_union(F.coalesce(stated, F.array().cast("array<string>")), F.coalesce(implied, F.array().cast("array<string>")))
    return F.when(F.size(both) > 0, both)
