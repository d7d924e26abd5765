"""Build silver.quarantine, the table of all rows that broke a critical rule, after all other silver tables of
a run are judged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pyarrow as pa

from jobs.contracts.schema import arrow_schema
from jobs.engine.dispositions import view
from jobs.engine.interface import Stored
from jobs.engine.sizes import ARROW_ROWS
from jobs.lake.night import Named
from jobs.night.building import Built
from jobs.night.execute import Night, StepResult, audit_and_name, failed
from jobs.night.facts import QUARANTINE
from jobs.night.silver import Judged

_REPLACED = pa.schema([("target", pa.string()), ("load_key", pa.string())])


def build_quarantine(night: Night, judged: Mapping[str, Judged], named: Mapping[str, Named]) -> StepResult:
    """Write silver.quarantine, let the gate audit it and return the result of the step.

    ``judged``: silver table (without `silver.`) → the outcome of this run; its quarantined rows replace the
    earlier ones, rows of other tables stay. ``named``: the versions that the run names so far, by table.
    Nothing is written where no table was judged (unless the table has no version yet), and where the table is
    stale and not every silver table was judged again. No error is raised: on an error the older version stays
    as stale, with the reason.
    """
    previous, started = named[QUARANTINE].version if QUARANTINE in named else None, datetime.now(UTC)
    if previous is not None and not judged:
        return StepResult(QUARANTINE, ())
    targets = {c.name for c in night.facts.catalog.contracts.values() if c.conformed}
    if night.facts.quarantine_stale and targets - set(judged):
        return StepResult(QUARANTINE, ())  # rows of targets that were not judged again would be missing
    try:
        built = _written(night, judged, previous)
        return audit_and_name(night, night.facts.contract(QUARANTINE), built, named, started)
    except Exception as error:  # as in run_step(): other tables are still built
        return failed(night, QUARANTINE, error, started)


def _written(night: Night, judged: Mapping[str, Judged], previous: int | None) -> Built:
    facts = night.facts
    new = [one.quarantine for one in judged.values() if one.quarantine is not None]
    size = sum(rows.num_rows for rows in new) + (
        0 if previous is None else facts.lake.rows(QUARANTINE, previous)
    )
    engine = night.engines.named(night.engines.chosen(size))
    schema = arrow_schema(facts.contract(QUARANTINE))
    columns = ", ".join(f"`{name}`" for name in schema.names)
    with engine.workspace(as_of=facts.day, small=size <= ARROW_ROWS) as space:
        parts = []
        for number, rows in enumerate(new):
            space.read(f"new_{number}", rows)
            parts.append(f"SELECT {columns} FROM new_{number}")
        if previous is not None:
            space.read(view(QUARANTINE), Stored(QUARANTINE, previous))
            space.read("replaced", _replaced(judged))
            parts.append(
                f"SELECT {columns} FROM {view(QUARANTINE)} AS q LEFT ANTI JOIN replaced AS r "
                "ON q.target = r.target AND (r.load_key IS NULL OR q.load_key = r.load_key)"
            )
        if not parts:
            space.read("none", pa.schema([f.with_nullable(True) for f in schema]).empty_table())
            parts.append(f"SELECT {columns} FROM none")
        version = space.commit(QUARANTINE, " UNION ALL ".join(parts), schema)
    return Built(version, None, engine.name)


def _replaced(judged: Mapping[str, Judged]) -> pa.Table:
    """Which earlier rows of silver.quarantine are dropped: one row (_REPLACED) for each ``target`` in
    ``judged`` and load key whose rows are replaced, with load_key null where all of the target's are. A
    target whose `Judged.replaced` is empty has no row: its earlier rows stay."""
    rows = []
    for name, one in judged.items():
        keys = [None] if one.replaced is None else sorted(one.replaced)
        rows += [{"target": name, "load_key": key} for key in keys]
    return pa.Table.from_pylist(rows, _REPLACED)
