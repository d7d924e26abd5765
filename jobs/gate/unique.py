"""How many rows share their key with another row: a grouped count over hashes, and over the values only where hashes meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# Types of which equal values have equal hashes, and that hash faster than they group.
HASHED = ("string", "int", "bigint", "smallint", "date", "timestamp", "boolean")


@dataclass(frozen=True)
class Key:
    """Rows, already filtered, and the columns that should tell them apart (a null is a value like others)."""

    rows: DataFrame
    columns: tuple[str, ...]

    @property
    def hashed(self) -> bool:
        types = dict(self.rows.dtypes)
        return all(types.get(c, "").startswith("decimal") or types.get(c) in HASHED for c in self.columns)


def repeated_rows(keys: Sequence[Key]) -> list[int]:
    """Rows of each key that are not alone with their values. Unlike values may meet in a hash, equal ones always do."""
    by_hash = {n: key for n, key in enumerate(keys) if key.hashed}
    meeting = {n for n in range(len(keys))} - set(by_hash)
    if by_hash:
        hashes = reduce(DataFrame.unionAll, [
            key.rows.select(F.lit(n).alias("key"), F.xxhash64(*[F.col(c) for c in key.columns]).alias("hash")) for n, key in by_hash.items()
        ])
        found = hashes.groupBy("key", "hash").count().where("count > 1").select("key").distinct().collect()
        meeting |= {r["key"] for r in found}
    return [_exactly(key) if n in meeting else 0 for n, key in enumerate(keys)]


def _grouped(key: Key) -> DataFrame:
    """One row per set of values that more than one row has, and `rows`, their number."""
    named = [F.col(c).alias(f"key_{n}") for n, c in enumerate(key.columns)]
    return key.rows.select(*named).groupBy(*[f"key_{n}" for n in range(len(named))]).agg(F.count(F.lit(1)).alias("rows")).where("rows > 1")


def _exactly(key: Key) -> int:
    return _grouped(key).agg(F.sum("rows")).collect()[0][0] or 0


def sample_of_repeated(key: Key, wanted: int) -> list[Any]:
    """Up to ``wanted`` values, or rows as dictionaries for a key of several columns, each as often as it occurs."""
    sample = []
    for row in _grouped(key).limit(wanted).collect():
        *values, rows = row
        sample += [values[0] if len(values) == 1 else dict(zip(key.columns, values, strict=True))] * min(rows, wanted)
    return sample[:wanted]
