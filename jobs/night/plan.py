"""Plan a run before anything is built: which tables it builds, why, and on which engine. Pure: the same facts
give the same plan."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.contracts.model import Contract
from jobs.engine.choice import EMBEDDED
from jobs.engine.sizes import RIVAL_ROWS
from jobs.lake.night import Named
from jobs.night.facts import QUARANTINE, Facts
from jobs.night.identity import Fingerprint
from jobs.night.silver import Change, change

# What a step does with its table.
SKIP, BUILD = "skip", "build"
_BUILT_ANEW = "built anew: "


@dataclass(frozen=True)
class Step:
    """What a run does with one table.

    ``action``: SKIP or BUILD; ``months``: whether only the months that changed may be replaced; ``engine``:
    embedded or spark, '' for a skipped table; ``why``: the reasons (English), `unchanged` for a skipped
    table; ``rows``: of all inputs together, 0 for a skipped table. ``certain``: False where the only reason
    is that inputs are built; the step is then skipped if these turn out to have the same rows.
    """

    table: str
    action: str
    months: bool
    engine: str
    why: str
    rows: int
    certain: bool = False

    def shown(self) -> dict[str, Any]:
        """Return the row that `quality run --plan` prints: `table`, `action` (skip, or what is built: `full`
        or `months`), `engine`, `why` and `rows`."""
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
    """Plan the tables in ``selected``: returns one step each, in the same order; none for silver.quarantine.

    ``selected``: ids, each after the tables that it reads; ``rows_of(table, version)`` returns the number of
    rows of a version; ``chosen(rows)`` the name of the engine for a step whose largest input has so many
    rows. An input that this run builds counts with the rows of its last version, and bronze with those of all
    landed files; for the engine, where only the changed keys of a silver table are judged again, with those
    of the files that changed.
    """
    steps: dict[str, Step] = {}
    for table in selected:
        if table == QUARANTINE:
            continue
        contract = facts.contract(table)
        why = _why(facts, contract, steps)
        rows = _rows(facts, contract, rows_of) if why else {}  # asked of a hundred tables, it takes a second
        action = BUILD if why else SKIP
        by_month = contract.by_month and facts.built_before(contract, facts.previous.named) is not None
        steps[table] = Step(
            table,
            action,
            by_month and bool(why),
            _engine(facts, contract, rows, chosen) if why else "",
            "; ".join(why) or "unchanged",
            sum(rows.values()),
            certain=any(not reason.startswith(_BUILT_ANEW) for reason in why),
        )
    return list(steps.values())


def _engine(facts: Facts, contract: Contract, rows: Mapping[str, int], chosen: Callable[[int], str]) -> str:
    if seen_whole(contract):
        return EMBEDDED
    changed = changed_files(facts, contract, facts.previous.named) if contract.conformed else None
    if changed is None:
        return chosen(largest(contract, rows))
    landed = facts.units[contract.name].landed
    return chosen(int(landed.loc[landed["load_key"].isin(changed.all), "loaded"].sum()))


def changed_files(facts: Facts, contract: Contract, named: Mapping[str, Named]) -> Change | None:
    """Return which files of a silver table changed since it was built, so that only the keys of their rows
    are judged again; None where the table must be built whole (`jobs.night.silver.change`), such as where
    another table that it reads changed, or where it is kept whole and has fewer than RIVAL_ROWS rows.
    ``named``: the versions that the run names so far, by table."""
    before, now = facts.built_before(contract, named), facts.units.get(contract.name)
    if contract.inputs or not before or now is None or facts.known_on is not None:
        return None
    if not contract.by_month and int(now.landed["loaded"].sum()) < RIVAL_ROWS:
        return None
    old, new = before["versions"], facts.versions(contract, named)
    bronze = f"bronze.{contract.name}"
    if (
        old.get(bronze) is None
        or before["until"] is None
        or any(old.get(t) != v for t, v in new.items() if t != bronze)
    ):
        return None
    return change(facts.units_until(before["until"], contract.name), now)


def largest(contract: Contract, rows: Mapping[str, int]) -> int:
    """Return the rows of the largest input of a step, by which its engine is chosen: of those in ``rows``
    (table → rows that the step reads of it) that the contract does not call `streamed`; 0 where none is."""
    return max((n for table, n in rows.items() if table not in contract.streamed), default=0)


def seen_whole(contract: Contract) -> bool:
    """Return whether the build() of a table gets all rows at once (engine pandas without `partition_by`).
    Such a table is built by DuckDB however many rows it has."""
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


def _rows(facts: Facts, contract: Contract, rows_of: Callable[[str, int], int]) -> dict[str, int]:
    """Table → rows, of each input of the step: of tables in their last version, of bronze what is landed."""
    found = {
        table: rows_of(table, version)
        for table, version in facts.versions(contract, facts.previous.named).items()
        if not table.startswith("bronze.") and version is not None
    }
    if contract.conformed and contract.name in facts.units:
        found[f"bronze.{contract.name}"] = int(facts.units[contract.name].landed["loaded"].sum())
    return found
