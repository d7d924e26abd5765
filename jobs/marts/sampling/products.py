"""What one product is when checks are not to be repeated: a producer's goods of one brand and model. Spark, pure."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F


def product_id(uscc: Column, name: Column, brand: Column, model: Column) -> Column:
    """A text that two offers share where they are one product; null where the producer or the model is not known.

    The regulation names producer, standard, trade mark and model. The standard is left out: pages of one product cite it or do not.
    The producer is its credit code, without one its name without blanks, which no longer shows: it may be a person's.
    """
    producer = F.coalesce(uscc, F.upper(F.regexp_replace(name, r"\s", "")))
    mark = F.coalesce(F.upper(F.trim(brand)), F.lit(""))
    text = F.concat_ws("|", producer, mark, F.upper(F.trim(model)))
    return F.when(producer.isNotNull() & model.isNotNull(), F.substring(F.sha2(text, 256), 1, 20))


def of_listing(prefix: str = "") -> Column:
    """The product of a row of silver.listing."""
    return product_id(*(F.col(prefix + name) for name in ("producer_uscc", "producer_name", "brand", "model")))
