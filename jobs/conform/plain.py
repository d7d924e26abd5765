"""Rows that need no judgement: well formed, flagged by nothing, of a key that no other row claims. In a large table nearly all are such.

`conform()` says what becomes of a row; for a plain one its answer is known beforehand: accepted, without a flag. So only the others take
the long way (arrays of reasons, a window over each key), and both together are what conform() would have made of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.conform.dispositions import with_month
from jobs.conform.typed import rounded, typed
from jobs.contracts.model import Contract
from jobs.contracts.rules import row_rules


def may_be_plain(contract: Contract) -> bool:
    """Whether a row's key is told by its text alone (a number or a day can be written in several ways), and its codes by other tables."""
    named = {c.foreign_key.table for c in contract.columns if c.foreign_key}
    return contract.id not in named and all(contract.column(k).type == "string" for k in contract.key)


def split(
    bronze: DataFrame, contract: Contract, *, references: Mapping[str, DataFrame], live: DataFrame, contested: DataFrame,
) -> tuple[DataFrame, DataFrame]:
    """The plain rows as silver keeps them (jobs.conform.dispositions.accepted), and the bronze rows that conform() must see.

    ``bronze``, ``references``, ``live``: as in conform(); of contents that are not live no row is returned: all are superseded.
    ``contested``: the key columns of all keys that more than one live row states.
    """
    rows = bronze.join(F.broadcast(live.select("_load_key")), "_load_key", "left_semi")
    claimed = contested.select(*[F.col(k).alias(f"_claimed_{k}") for k in contract.key], F.lit(True).alias("_contested"))
    rows = rows.join(F.broadcast(claimed), [F.col(k) == F.col(f"_claimed_{k}") for k in contract.key], "left")
    checked = [c for c in contract.columns if c.foreign_key and c.foreign_key.table in references]
    for column in checked:
        if column.type != "array<string>":
            code = F.col(column.foreign_key.column).alias(f"_code_{column.name}")
            known = references[column.foreign_key.table].select(code).dropna().distinct()
            rows = rows.join(F.broadcast(known), F.col(column.name) == F.col(f"_code_{column.name}"), "left")
    fits = [F.col("_contested").isNull(), F.coalesce(F.col("_unmapped"), F.lit("")) == ""]
    for column in checked:
        listed = column.type == "array<string>"
        fits.append(F.col(column.name).isNull() | (F.lit(False) if listed else F.col(f"_code_{column.name}").isNotNull()))
    for column in contract.columns:
        if (loss := rounded(column)) is not None:
            fits.append(F.expr(f"`{column.name}` IS NULL OR NOT {loss}"))
    texts = [F.col(n).alias(f"_text_{n}") for n in contract.column_names]
    others = [F.col(n) for n in bronze.columns if n not in contract.column_names]
    rows = rows.select(*[F.expr(typed(c)).alias(c.name) for c in contract.columns], *texts, *others, _all(fits).alias("_fits"))
    # Spark would put a cast into each of a rule's mentions of its column, and a plain row would be read five times: no predicate
    # passes an observation.
    rows = rows.observe(f"plain_{contract.name}", F.count(F.lit(1)).alias("rows"))
    rows = rows.withColumn("_plain", F.coalesce(F.col("_fits") & _keeps_rules(contract), F.lit(False)))
    accepted = rows.where("_plain").select(
        *contract.column_names, F.array().cast("array<string>").alias("_flags"), F.lit(None).cast("date").alias("_ended_on"),
        "_source", "_load_key", "_record",
    )
    back = {n: F.col(f"_text_{n}").alias(n) for n in contract.column_names}
    return with_month(accepted, contract), rows.where(~F.col("_plain")).select(*[back.get(n, F.col(n)) for n in bronze.columns])


def _all(conditions: list[SparkColumn]) -> SparkColumn:
    return reduce(lambda a, b: a & b, conditions)


def _keeps_rules(contract: Contract) -> SparkColumn:
    """No text without its typed value, nothing required that is missing, no rule broken that quarantines or flags."""
    fits = [F.col(f"_text_{c.name}").isNull() | F.col(c.name).isNotNull() for c in contract.columns if c.type != "string"]
    fits += [F.col(c.name).isNotNull() for c in contract.columns if c.required]
    fits += [~F.expr(rule.failing_sql) for rule in row_rules(contract) if rule.severity in ("critical", "warning")]
    return _all(fits) if fits else F.lit(True)
