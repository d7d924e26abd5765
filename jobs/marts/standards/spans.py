"""Months as bits of a number: on which of a table's months something held, and how many rows held on each. A row of a span of
months is never multiplied by them: a country has a million listings, each on offer for years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


@dataclass(frozen=True)
class Months:
    """The months from that of ``first`` (the first day of one) to that of ``as_of``, at most 63 of them. Each is looked at on its
    last day, the running one on ``as_of``."""

    first: date
    as_of: date

    @property
    def count(self) -> int:
        return (self.as_of.year - self.first.year) * 12 + self.as_of.month - self.first.month + 1

    @property
    def days(self) -> list[date]:
        """The day of each."""
        starts = [self.first.year * 12 + self.first.month + n for n in range(self.count)]  # of the months after, counted from 1
        return [min(date(n // 12, n % 12 + 1, 1) - timedelta(1), self.as_of) for n in starts]

    def touched(self, since: Column, until: Column) -> Column:
        """Bits of the months in which some day from ``since`` to ``until`` lies."""
        return self._bits(self._place(since), self._place(F.least(until, F.lit(self.as_of))))

    def seen(self, since: Column, until: Column) -> Column:
        """Bits of the months whose day is not before ``since`` nor after ``until``; null on either side is without end."""
        begins = F.when(since > F.lit(self.as_of), self.count).otherwise(F.coalesce(self._place(since), F.lit(0)))
        whole = (until >= F.lit(self.as_of)) | (until == F.last_day(until))
        ends = F.coalesce(F.when(whole, self._place(until)).otherwise(self._place(until) - 1), F.lit(self.count - 1))
        return self._bits(begins, ends)

    def _place(self, day: Column) -> Column:
        return (F.year(day) - self.first.year) * 12 + F.month(day) - self.first.month

    def _bits(self, begins: Column, ends: Column) -> Column:
        low, high = F.greatest(begins, F.lit(0)), F.least(ends, F.lit(self.count - 1))
        ones = F.call_function("shiftleft", F.lit(1).cast("bigint"), (high - low + 1).cast("int")) - 1
        return F.when(high >= low, F.call_function("shiftleft", ones, low.cast("int"))).otherwise(F.lit(0).cast("bigint"))

    def counted(self, rows: DataFrame, keys: Sequence[str], bits: Mapping[str, Column]) -> DataFrame:
        """``keys``, ``month``, ``day`` and, for each of ``bits``, how many rows of the keys have the month's bit; months without
        any are left out."""
        sums = [
            F.array(*[F.sum(F.shiftright(mask, place).bitwiseAND(F.lit(1))) for place in range(self.count)]).alias(name)
            for name, mask in bits.items()
        ]
        whole = rows.groupBy(*keys).agg(*sums).select(*keys, F.posexplode(F.arrays_zip(*bits)).alias("place", "n"))
        month = F.add_months(F.lit(self.first), F.col("place")).alias("month")
        found = whole.select(*keys, month, *[F.col(f"n.{name}").alias(name) for name in bits])
        some = " OR ".join(f"{name} > 0" for name in bits)
        return found.where(some).withColumn("day", F.least(F.last_day("month"), F.lit(self.as_of)))
