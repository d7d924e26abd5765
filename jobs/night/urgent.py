"""The hourly run over the tables tagged `urgent` and all that they need (definitions.md#urgent): what it
builds, and what it is named on top of."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from jobs.contracts.catalog import Catalog
from jobs.lake.night import NAMED_OPS, Named, Snapshot, newest_snapshot
from jobs.night.facts import QUARANTINE, Facts

SELECTION, NIGHTLY, URGENT, PARTIAL = "tag:urgent", "nightly", "urgent", "partial"


def kind_of(select: str | None) -> str:
    """Which kind of run a selection makes: everything a nightly one, just `tag:urgent` an urgent one."""
    if select is None:
        return NIGHTLY
    return URGENT if select.strip() == SELECTION else PARTIAL


def chosen(catalog: Catalog, select: str | None) -> set[str]:
    """Names of the tables that a run builds: every one without ``select``; for the urgent run the tables that
    are tagged urgent and all that they are made from; else those that ``select`` names."""
    if select is None:
        return set(catalog.contracts)
    return catalog.select(f"+{SELECTION}" if kind_of(select) == URGENT else select)


def for_readers(facts: Facts, named: dict[str, Named], selected: Collection[str]) -> dict[str, Named]:
    """What an urgent run names for readers: its own tables and bronze, and of all others what they saw
    before, so that versions which only a partial run named stay out of sight; without tables that cannot be
    read and that the next night builds anew."""
    before = newest_snapshot(facts.lake).named
    mine = {t: n for t, n in named.items() if _own(t, selected)}
    others = {t: n for t, n in before.items() if not _own(t, selected) and t not in facts.lost}
    return others | mine


def hides_partial(facts: Facts, named: dict[str, Named], selected: Collection[str]) -> bool:
    """Whether a partial run came before that named other versions of tables which are not the urgent run's:
    they are named again after it, for the next night to start from."""
    if facts.previous.kind != PARTIAL:
        return False
    before = newest_snapshot(facts.lake)
    others = {t for t in {*named, *before.named} if not _own(t, selected) and t not in NAMED_OPS}
    return any(facts.previous.version(t) != before.version(t) for t in others)


def moved(facts: Facts, selected: Collection[str]) -> bool:
    """Whether a partial run named other versions of the urgent run's tables than readers see."""
    before: Snapshot = newest_snapshot(facts.lake)
    return any(facts.previous.version(t) != before.version(t) for t in selected)


def of_others(facts: Facts, table: str, targets: Collection[str]) -> list[dict[str, Any]]:
    """Rows of ops.reconciliation or ops.freshness, as readers see them, about targets that an urgent run
    leaves alone: their new files are for the night."""
    version = newest_snapshot(facts.lake).version(table)
    if version is None:
        return []
    return [r for r in facts.lake.arrow(table, version).to_pylist() if r["target"] not in targets]


def targets(selected: Collection[str]) -> set[str]:
    """Names of the silver tables among the selected."""
    return {t.split(".")[1] for t in selected if t.startswith("silver.")}


def _own(table: str, selected: Collection[str]) -> bool:
    return table in selected or table == QUARANTINE or table.startswith("bronze.")
