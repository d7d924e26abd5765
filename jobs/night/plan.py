"""What a night will build, why and where, before anything is built. Pure: the same facts give the same
plan."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.contracts.model import Contract
from jobs.engine.choice import EMBEDDED
from jobs.night.facts import QUARANTINE, Facts
from jobs.night.identity import Fingerprint

SKIP, BUILD = "skip", "build"
_BUILT_ANEW = "built anew: "


@dataclass(frozen=True)
class Step:
    """One table of a night. ``action``: skip or build; ``months``: whether only touched months may be
    replaced; ``engine``: embedded or spark, '' of a skipped one; ``why``: in words; ``rows``: of all inputs
    together; ``certain``: there is another reason than that inputs are built anew; a step with that reason
    alone is skipped where they come out with the same rows."""

    table: str
    action: str
    months: bool
    engine: str
    why: str
    rows: int
    certain: bool = False

    def shown(self) -> dict[str, Any]:
        """The row that `quality run --plan` prints."""
        scope = "" if self.action == SKIP else "months" if self.months else "full"
        return {
            "table": self.table,
            "action": scope or self.action,
            "engine": self.engine,
            "why": self.why,
            "rows": self.rows,
        }


def plan(
    facts: Facts, selected: list[str], *, rows_of: Callable[[str, int], int], chosen: Callable[[int], str]
) -> list[Step]:
    """The steps of the ``selected`` tables (in the graph's order).

    ``rows_of``: rows of a version of a table; ``chosen``: the engine for so many input rows. Rows of inputs
    that this night builds are those of their last version and of the files that came.
    """
    steps: dict[str, Step] = {}
    for table in selected:
        if table == QUARANTINE:
            continue
        contract = facts.contract(table)
        why = _why(facts, contract, steps)
        rows = _rows(facts, contract, rows_of) if why else 0  # asked of a hundred tables, it takes a second
        action = BUILD if why else SKIP
        by_month = (
            contract.refresh == "months" and facts.built_before(contract, facts.previous.named) is not None
        )
        steps[table] = Step(
            table,
            action,
            by_month and bool(why),
            (EMBEDDED if seen_whole(contract) else chosen(rows)) if why else "",
            "; ".join(why) or "unchanged",
            rows,
            certain=any(not reason.startswith(_BUILT_ANEW) for reason in why),
        )
    return list(steps.values())


def seen_whole(contract: Contract) -> bool:
    """Whether build() sees all rows at once, so in this process however many they are."""
    return contract.engine == "pandas" and not contract.partition_by


def _why(facts: Facts, contract: Contract, steps: Mapping[str, Step]) -> list[str]:
    before = facts.previous.named.get(contract.id)
    if facts.full_refresh:
        return ["full refresh"]
    if before is None or before.version is None:
        return ["not built yet"]
    if before.state == "stale":
        return ["stale since the last night"]
    if contract.conformed and facts.quarantine_stale:
        return [f"{QUARANTINE} is stale"]
    found = []
    if contract.conformed and facts.bronze_changed(contract):
        found.append("new files")
    built = [i for i in facts.inputs(contract.id) if i in steps and steps[i].action == BUILD]
    if built:
        found.append(f"{_BUILT_ANEW}{', '.join(built)}")
    was = Fingerprint.read(before.fingerprint)
    differs = (
        ["fingerprint of another kind"]
        if was is None
        else was.differences(facts.fingerprint(contract, facts.previous.named))
    )
    if "inputs changed" in differs:
        differs.remove("inputs changed")
        differs += _changed_inputs(facts, contract, before.inputs)
    return found + differs


def _changed_inputs(facts: Facts, contract: Contract, inputs: str) -> list[str]:
    """Which tables have another version than in ``inputs``, of ops.night; nothing where new files say it."""
    then, now = json.loads(inputs).get("versions", {}), facts.versions(contract, facts.previous.named)
    changed = sorted(t for t in now if then.get(t) != now[t])
    if changed:
        return [f"changed since: {', '.join(changed)}"]
    new = contract.conformed and facts.bronze_changed(contract)
    return [] if new else ["other editions of its files"]


def _rows(facts: Facts, contract: Contract, rows_of: Callable[[str, int], int]) -> int:
    """Rows that the step reads: of its inputs' last versions and, of bronze, what is landed."""
    total = 0
    for table, version in facts.versions(contract, facts.previous.named).items():
        if table.startswith("bronze."):
            continue
        total += 0 if version is None else rows_of(table, version)
    if contract.conformed and contract.name in facts.units:
        total += int(facts.units[contract.name].landed["loaded"].sum())
    return total
