"""The urgent run, made hourly: it builds the tables tagged `urgent` and all that they need, and readers see
them at once (definitions.md#urgent). Here is what it builds, and which versions of all other tables it names.
``facts`` is what the run knew when it began, ``selected`` the ids of the tables that it may build, ``named``
its versions, table → row of ops.night."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from jobs.contracts.catalog import Catalog
from jobs.lake.night import NAMED_OPS, Named, Snapshot, newest_snapshot
from jobs.night.facts import QUARANTINE, Facts

# The selection (`--select`) that makes an urgent run, and the three kinds of runs.
SELECTION, NIGHTLY, URGENT, PARTIAL = "tag:urgent", "nightly", "urgent", "partial"


def kind_of(select: str | None) -> str:
    """Return the kind of run that a selection makes: `nightly` for None, `urgent` for `tag:urgent`, else
    `partial`."""
    if select is None:
        return NIGHTLY
    return URGENT if select.strip() == SELECTION else PARTIAL


def chosen(catalog: Catalog, select: str | None) -> set[str]:
    """Return the ids of the tables that a run builds: all for None; for `tag:urgent` the tables so tagged and
    all that they are built from; else those that the expression ``select`` names (`Catalog.select`, which
    raises UsageError for an unknown name)."""
    if select is None:
        return set(catalog.contracts)
    return catalog.select(f"+{SELECTION}" if kind_of(select) == URGENT else select)


def for_readers(facts: Facts, named: dict[str, Named], selected: Collection[str]) -> dict[str, Named]:
    """Return the versions that an urgent run names for readers, by table: its tables (``selected``), bronze
    and silver.quarantine as in ``named``, the run's versions; all others as readers saw them before.

    So versions that only a partial run named stay hidden. Tables that cannot be read (``facts.lost``) are
    left out; the next nightly run builds them.
    """
    before = newest_snapshot(facts.lake).named
    mine = {t: n for t, n in named.items() if _of_urgent_run(t, selected)}
    others = {t: n for t, n in before.items() if not _of_urgent_run(t, selected) and t not in facts.lost}
    return others | mine


def hides_partial(facts: Facts, named: dict[str, Named], selected: Collection[str]) -> bool:
    """Return whether the last run was a partial one whose versions of other tables the urgent run hides from
    readers (`for_readers`). These versions are then named once more after the urgent run, as a partial run,
    so that the next nightly run starts from them. ``named``: the urgent run's versions, by table;
    ``selected``: ids of its tables."""
    if facts.previous.kind != PARTIAL:
        return False
    before = newest_snapshot(facts.lake)
    others = {t for t in {*named, *before.named} if not _of_urgent_run(t, selected) and t not in NAMED_OPS}
    return any(facts.previous.version(t) != before.version(t) for t in others)


def moved(facts: Facts, selected: Collection[str]) -> bool:
    """Return whether the last run named other versions of the tables in ``selected`` (ids) than readers see,
    as a partial run does."""
    before: Snapshot = newest_snapshot(facts.lake)
    return any(facts.previous.version(t) != before.version(t) for t in selected)


def of_others(facts: Facts, table: str, targets: Collection[str]) -> list[dict[str, Any]]:
    """Return the rows (column → value) of ``table``, ops.reconciliation or ops.freshness, as readers see
    them, about silver tables that are not in ``targets`` (names without `silver.`). An urgent run keeps them.
    [] where readers see no such table."""
    version = newest_snapshot(facts.lake).version(table)
    if version is None:
        return []
    return [r for r in facts.lake.arrow(table, version).to_pylist() if r["target"] not in targets]


def targets(selected: Collection[str]) -> set[str]:
    """Return the names (without `silver.`) of the silver tables among the ids in ``selected``."""
    return {t.split(".")[1] for t in selected if t.startswith("silver.")}


def _of_urgent_run(table: str, selected: Collection[str]) -> bool:
    """Whether an urgent run names the version that it wrote of a table: of those in ``selected``, of bronze
    and of silver.quarantine. Of all others it names the version that readers saw before."""
    return table in selected or table == QUARANTINE or table.startswith("bronze.")
