"""What becomes of cited standards: for each text of a citation, the state on a day of what it cites."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.marts.standards.designations import FROM, NEXT_NUMBER, TO, UNWANTED, YEAR

# From the best to the worst; a text that cites several standards is as good as the worst of those that the register knows.
STATES = ("in_force", "upcoming", "superseded", "withdrawn")
IN_FORCE, UPCOMING, SUPERSEDED, WITHDRAWN = range(len(STATES))
_ENDED = ("superseded", "withdrawn")


def citations(text: str) -> Column:
    """`designations.citations` as a column: an array of numbers in one form."""
    pieces = F.split(F.regexp_replace(_bare(text), NEXT_NUMBER, "$1;"), ";")
    return F.array_distinct(F.filter(pieces, lambda piece: piece != ""))


def cited_states(texts: DataFrame, standard: DataFrame) -> DataFrame:
    """``standard_no day state`` for each row of ``texts`` (``standard_no day``, distinct) that cites a standard of the register.

    ``state``: place in STATES. A number without a year cites the edition in force, and else the best one there is.
    """
    numbers = texts.select("standard_no", "day", F.explode(citations("standard_no")).alias("number"))
    known = editions(standard)
    named = known.select("number", *_STATE_COLUMNS).unionByName(
        known.select(F.regexp_replace("number", YEAR, "").alias("number"), *_STATE_COLUMNS)
    )
    found = numbers.join(named, "number").select("standard_no", "number", "day", state_on("day").alias("state"))
    best = found.groupBy("standard_no", "number", "day").agg(F.min("state").alias("state"))
    return best.groupBy("standard_no", "day").agg(F.max("state").alias("state"))


_STATE_COLUMNS = ("status", "valid_from", "valid_to", "replaced")


def editions(standard: DataFrame) -> DataFrame:
    """``number`` in one form, and what `state_on` needs."""
    replaced = F.coalesce(F.size("superseded_by") > 0, F.lit(False)).alias("replaced")
    return standard.select(_bare("standard_no").alias("number"), "status", "valid_from", "valid_to", replaced)


def state_on(day: str) -> Column:
    """The state of an edition on a day, by its own days; where it has none, by what its source calls it."""
    coming = F.coalesce(F.col("valid_from") > F.col(day), F.col("status") == "upcoming", F.lit(False))
    over = F.coalesce(F.col("valid_to") < F.col(day), F.col("status").isin(*_ENDED), F.lit(False))
    gone = F.coalesce(F.col("status") == "withdrawn", F.lit(False)) | (
        ~F.coalesce(F.col("status") == "superseded", F.lit(False)) & ~F.col("replaced")
    )
    return F.when(coming, UPCOMING).when(over, F.when(gone, WITHDRAWN).otherwise(SUPERSEDED)).otherwise(IN_FORCE)


def _bare(text: str) -> Column:
    return F.regexp_replace(F.translate(F.upper(text), FROM, TO), UNWANTED, "")
