"""Build the table of one step and commit it: a silver table from its bronze rows, or a table that is made of
other tables. Of a table kept by month or with `partition_by` only what changed is built.

``contract`` is always that of the table that is built; ``named``: the versions that the run names so far, by
table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from jobs.contracts.model import Contract
from jobs.engine.choice import EMBEDDED, Engines
from jobs.engine.interface import Stored
from jobs.engine.sizes import ARROW_ROWS, GROUP_ROWS
from jobs.ingest.bronze import bronze_schema
from jobs.lake.night import Named
from jobs.lake.whole import unreadable
from jobs.night.derived import Frames, build_frames, build_groups, build_text, columns_of_inputs, inputs
from jobs.night.facts import Facts
from jobs.night.groups import Builds, touched_groups
from jobs.night.parts import count_parts, split_inputs
from jobs.night.plan import Step, changed_files, largest, seen_whole
from jobs.night.silver import Given, Judged, build_changed, build_whole
from jobs.night.touched import touched_months
from jobs.period import Period


@dataclass(frozen=True)
class Built:
    """What a step has committed.

    ``version``: the number of the version; ``months``: the months (first days) that it wrote (None: all; ():
    none, as no month was touched); ``engine``: the name of the engine that built it; ``judged``: of a silver
    table, the dispositions of its bronze rows; ``same``: the version is that of the last run, as the rows are
    the same; ``groups``: the number of groups that were built (None: all, or the table has none).
    """

    version: int
    months: tuple[date, ...] | None
    engine: str
    judged: Judged | None = None
    same: bool = False
    groups: int | None = None


def build_silver(
    facts: Facts, engines: Engines, contract: Contract, step: Step, named: Mapping[str, Named]
) -> Built:
    """Judge the bronze rows of a silver table that sources deliver and commit the accepted ones; the
    quarantined ones are in ``judged`` until all of silver is built. ``step``: the planned step, of which the
    engine and the number of rows are used. Returns what was committed. Errors of the engine are raised."""
    bronze, version = None, facts.bronze_version(contract, named)
    if version is not None:
        # As known on a past date, bronze is another lake's, of which what was received later is left out.
        until, other = (
            ("TRUE", None)
            if facts.known_on is None
            else (f"_received_on <= DATE '{facts.day}'", facts.known_on.lake)
        )
        bronze = Stored(f"bronze.{contract.name}", version, until, schema=bronze_schema(contract), lake=other)
    tables = {i: Stored(i, named[i].there) for i in facts.inputs(contract.id)}
    given = Given(contract, bronze, facts.units.get(contract.name), tables, facts.references(contract))
    engine = engines.named(step.engine)
    changed = changed_files(facts, contract, named)
    with engine.workspace(as_of=facts.day, small=step.rows <= ARROW_ROWS) as space:
        if changed is None or bronze is None:
            judged = build_whole(space, given)
        else:
            before = facts.previous.named[contract.id]
            built = facts.built_before(contract, named)
            assert built is not None, "a change is known against what a night built"
            then = built["versions"][f"bronze.{contract.name}"]
            judged = build_changed(
                space,
                given,
                changed=changed,
                bronze_before=Stored(f"bronze.{contract.name}", then, schema=bronze_schema(contract)),
                before=before.there,
                counts=facts.counts_before(contract),
            )
    return Built(judged.version, judged.months, engine.name, judged)


def build_derived(facts: Facts, engines: Engines, contract: Contract, named: Mapping[str, Named]) -> Built:
    """Build a gold table, or a silver one that is derived from others: all of it, or the months or groups
    that changed; all where the version of an input that the last build read cannot be read. The engine is
    chosen by the rows (or the number of groups) that this build reads. Returns what was committed; where no
    month or group changed, nothing is written. Errors of the engine are raised.
    """
    lake = facts.lake
    versions = {i: named[i].there for i in contract.inputs}
    before, months = facts.built_before(contract, named), None
    if contract.by_month and before:
        then = {i: before["versions"][i] for i in contract.inputs if i in before["versions"]}
        read = columns_of_inputs(facts.catalog, contract)
        if not any(unreadable(lake, i, v) for i, v in then.items() if v != versions[i]):
            months = touched_months(lake, facts.catalog, contract, then, versions, read)
    if months == ():
        return Built(named[contract.id].there, (), EMBEDDED)
    period = Period(as_of=contract.seen_on(facts.day), months=months)
    given = inputs(facts.catalog, contract, versions, period)
    last = facts.previous.version(contract.id)
    groups = None if contract.by_month else _groups(facts, engines, contract, given, named)
    if groups == ():
        return Built(named[contract.id].there, None, EMBEDDED, same=True)
    read_of = {i: lake.rows(i, v, months=given[i].months) for i, v in versions.items()}
    rows = sum(read_of.values())
    size = largest(contract, read_of) if groups is None else len(groups)
    engine = engines.named(EMBEDDED if seen_whole(contract) else engines.chosen(size))
    with engine.workspace(as_of=period.as_of, small=rows <= ARROW_ROWS) as space:
        if groups is not None:
            frames = Frames(facts.catalog, contract, given, period, groups=groups)
            version = build_groups(space, frames, named[contract.id].there)
        elif contract.engine == "pandas":
            parts = count_parts(lake, contract, facts.catalog, given)
            version = build_frames(space, Frames(facts.catalog, contract, given, period, parts), last)
        else:
            version = build_text(space, contract, given, months, last)
    count = None if groups is None else len(groups)
    return Built(version, months, engine.name, same=version == last, groups=count)


def _groups(
    facts: Facts,
    engines: Engines,
    contract: Contract,
    given: Mapping[str, Stored],
    named: Mapping[str, Named],
) -> tuple[str, ...] | None:
    """The groups of a table with `partition_by` that must be built; None for all (`touched_groups`).
    ``given``: what is read of the inputs now."""
    lake = facts.lake
    before = facts.built_before(contract, named, on_any_day=True)
    if not contract.partition_by or before is None or facts.known_on is not None:
        return None
    built = Stored(contract.id, named[contract.id].there)
    then = {i: before["versions"].get(i) for i in contract.inputs}
    last, day = facts.day_before(contract), contract.seen_on(facts.day)
    rows = sum(lake.rows(i, given[i].version) for i in split_inputs(contract, facts.catalog))
    if rows < GROUP_ROWS or any(
        version is None or unreadable(lake, table, version) for table, version in then.items()
    ):
        return None
    builds = Builds(
        before=inputs(facts.catalog, contract, then, Period(as_of=last)),
        now=given,
        last=last,
        day=day,
        read=columns_of_inputs(facts.catalog, contract),
        built=built,
    )
    with engines.embedded.workspace() as space:
        return touched_groups(space, facts.catalog, contract, builds)
