"""Bronze → silver for a table kept by month: only keys that changed are judged again, only their months are written (night.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.building.silver import Judged, kept, live_frame, tally
from jobs.conform.dispositions import accepted, conform, quarantined
from jobs.conform.typed import typed
from jobs.contracts.model import Contract
from jobs.ingest.units import Live, Units
from jobs.lake.commit import commit_spark, read_spark
from jobs.lake.tables import MONTH, Lake

LARGEST_SHARE = 0.5  # of the rows; beyond, judging everything anew is cheaper than judging twice what changed


@dataclass(frozen=True)
class Change:
    """What happened to a target's bronze since its silver was built, by load key. ``added``: new, or landed anew; ``removed``:
    gone, or landed anew; ``switched``: became or ceased to be the newest edition of its file, or was delivered again;
    ``live_before``: those that were in force."""

    added: frozenset[str]
    removed: frozenset[str]
    switched: frozenset[str]
    live_before: tuple[Live, ...]

    @property
    def moved(self) -> list[str]:
        """Load keys of which rows must be judged in the new state."""
        return sorted(self.added | self.switched)

    @property
    def all(self) -> frozenset[str]:
        return self.added | self.removed | self.switched


def change(before: Units | None, now: Units) -> Change | None:
    """What changed between two states; None where so much did that the whole table is to be built."""
    old = {} if before is None else {r.load_key: r.mapping for r in before.landed.itertuples() if r.loaded}
    new = {r.load_key: r.mapping for r in now.landed.itertuples() if r.loaded}
    was, live = ({each.load_key: each for each in (units.live if units else ())} for units in (before, now))
    found = Change(
        added=frozenset(k for k, mapping in new.items() if old.get(k) != mapping),
        removed=frozenset(k for k, mapping in old.items() if new.get(k) != mapping),
        switched=frozenset(k for k in old if old[k] == new.get(k) and was.get(k) != live.get(k)),
        live_before=tuple(was.values()),
    )
    rows = {r.load_key: r.loaded for units in (before, now) if units is not None for r in units.landed.itertuples()}
    changed = sum(rows[k] for k in found.all)
    return None if changed > LARGEST_SHARE * sum(rows[k] for k in new) or now.deliveries else found


def build_months(
    spark: SparkSession, lake: Lake, contract: Contract, *, changed: Change, bronze: DataFrame, bronze_before: DataFrame,
    references: Mapping[str, DataFrame], live: tuple[Live, ...], before: int, counts: Mapping[tuple[str, str], int], small: bool,
) -> Judged:
    """Judge the keys that ``changed`` touches and replace the months of their rows, then and now.

    ``bronze``, ``bronze_before``: the table's bronze now and when version ``before`` of silver was built; ``counts``: rows by (load
    key, disposition) of that version. Both states of the touched keys are judged, so the counts stay exact without a look at the rest.
    """
    key = [F.col(k) for k in contract.key]
    typed_key = [F.expr(typed(contract.column(k))).alias(f"_key_{k}") for k in contract.key]
    moved, gone = F.col("_load_key").isin(changed.moved), F.col("_load_key").isin(sorted(changed.removed))
    keys = bronze.where(moved).select(*typed_key).unionByName(bronze_before.where(gone).select(*typed_key)).dropna().distinct()
    touched = keys.select(*[F.col(f"_key_{k}").alias(k) for k in contract.key])
    touched = kept(touched, small=small)
    hit = touched.select(*[F.col(k).alias(f"_hit_{k}") for k in contract.key], F.lit(True).alias("_hit"))
    same = [F.expr(typed(contract.column(k))) == F.col(f"_hit_{k}") for k in contract.key]
    rows = kept(bronze.join(F.broadcast(hit), same, "left").where(moved | F.col("_hit")).select(*bronze.columns), small=small)
    earlier = rows.where(~F.col("_load_key").isin(sorted(changed.added))).unionByName(bronze_before.where(gone))

    def judge(these: DataFrame, in_force: tuple[Live, ...]) -> DataFrame:
        return conform(these, contract, references=references, live=live_frame(spark, in_force))

    now = kept(judge(rows, live), small=small)
    balance = Counter(counts)
    balance.subtract(tally(judge(earlier, changed.live_before)))
    balance.update(tally(now))
    silver = read_spark(spark, lake, contract.id, before)
    there = silver.join(F.broadcast(touched), list(contract.key), "left_semi").select(MONTH)
    months = tuple(sorted(r[MONTH] for r in there.unionByName(accepted(now, contract).select(MONTH)).distinct().collect()))
    version = before
    if months:
        others = silver.where(F.col(MONTH).isin(list(months))).join(F.broadcast(touched.select(*key)), list(contract.key), "left_anti")
        whole = others.select(*silver.columns).unionByName(accepted(now, contract))
        version = commit_spark(lake, contract.id, whole, months=months, small=small)
    return Judged(
        version=version, counts={k: n for k, n in balance.items() if n}, quarantine=quarantined(now.where(moved), contract),
        persisted=(now, rows, touched), months=months, replaced=changed.all,
    )
