"""Runs one golden case: its inputs through the table's own code, as the runner would, to an Arrow table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import yaml
from golden_csv import CaseError, read_table, read_texts, table_schema

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.contracts.schema import arrow_schema
from jobs.deployment import deployment
from jobs.engine.dispositions import Views, quarantined, statement, view
from jobs.engine.instead import function_problems
from jobs.engine.interface import Engine, Workspace
from jobs.engine.texts import table_text
from jobs.ingest.bronze import bronze_schema
from jobs.night.derived import columns_read, module_of
from jobs.night.silver import COUNTED, LIVE, silver_text
from jobs.period import Period

QUARANTINE = "silver.quarantine"
AS_OF = date(2026, 6, 30)  # the day of a case that states none
LANDED_AT, COUNTED_ON, REPLACED_ON, AGAIN_ON = "_landed_at", "_counted_on", "_replaced_on", "_again_on"
COUNTING = (LANDED_AT, COUNTED_ON, REPLACED_ON, AGAIN_ON)  # columns of a bronze case that bronze has not


@dataclass(frozen=True)
class Case:
    """A folder tests/golden/<tier>.<table>/<case>/."""

    path: Path

    @property
    def table(self) -> str:
        return self.path.parent.name

    def period(self) -> Period:
        """case.yaml: as_of, and months (absent or null: everything); without the file `AS_OF`."""
        file = self.path / "case.yaml"
        if not file.is_file():
            return Period(AS_OF)
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
        unknown = set(said) - {"as_of", "months"}
        if unknown or not isinstance(said.get("as_of"), date):
            raise CaseError(
                f"{self.path}/case.yaml: must hold as_of: yyyy-mm-dd and may hold months: [yyyy-mm-dd]"
            )
        months = said.get("months")
        return Period(said["as_of"], None if months is None else tuple(months))

    def input(self, table: str) -> Path:
        return self.path / "inputs" / f"{table}.csv"

    def inputs(self, tier: str) -> list[str]:
        """Ids of the tables of a tier that the case holds."""
        return sorted(p.name.removesuffix(".csv") for p in (self.path / "inputs").glob(f"{tier}.*.csv"))


def built(case: Case, catalog: Catalog, engine: Engine) -> pa.Table:
    """What the table's code makes of the case's inputs on an engine."""
    contract = catalog.contracts[case.table]
    if contract.id == QUARANTINE:
        return pa.concat_tables(
            [_rejected(case, catalog, engine, bronze) for bronze in case.inputs("bronze")]
        )
    if contract.conformed:
        return built_silver(case, catalog, engine)
    return built_gold_from(catalog, contract, gold_inputs(case, catalog), case.period(), engine)


def gold_inputs(case: Case, catalog: Catalog) -> dict[str, pa.Table]:
    """The inputs of a case by id, as a night gives them: without rows of another jurisdiction, unless the
    contract wants them; an empty table where the case has no such file."""
    contract, found = catalog.contracts[case.table], {}
    for name in contract.inputs:
        rows = input_table(case, catalog, name)
        if "_jurisdiction" in rows.column_names and name not in contract.every_jurisdiction:
            rows = rows.filter(pc.equal(rows["_jurisdiction"], deployment().code))
        found[name] = rows
    return found


def built_gold_from(
    catalog: Catalog, contract: Contract, tables: Mapping[str, pa.Table], period: Period, engine: Engine
) -> pa.Table:
    """What the text or the build() of a table makes of its inputs. A frame of build() is taken as it is, so
    that one that does not fit
    the contract fails; it is given the columns that it is given at night, so that touching another fails."""
    if contract.engine == "sql":
        with engine.workspace(as_of=period.as_of, small=True) as space:
            for name, table in tables.items():
                space.read(view(name), table)
            text = table_text(contract)
            unknown = function_problems(text)
            assert not unknown, f"{contract.id}: {'; '.join(unknown)}"
            return space.rows(text)
    given = {
        name.split(".")[1]: table.select(columns_read(contract, name) or table.column_names).to_pandas(
            date_as_object=True
        )
        for name, table in tables.items()
    }
    frame: pd.DataFrame = module_of(contract).build(**given, period=period)
    key = list(contract.key)
    assert frame[key].equals(frame[key].sort_values(key, ignore_index=True)), (
        f"{contract.id}: the frame is not sorted by its key"
    )
    return pa.Table.from_pandas(frame, schema=arrow_schema(contract), preserve_index=False)


def built_silver(case: Case, catalog: Catalog, engine: Engine) -> pa.Table:
    """A silver table: bronze rows judged, the accepted ones through its text where it has one."""
    contract = catalog.contracts[case.table]
    with engine.workspace(as_of=case.period().as_of, small=True) as space:
        _dispose(space, case, catalog, contract, f"bronze.{contract.name}")
        return space.rows(silver_text(space, contract))


def _rejected(case: Case, catalog: Catalog, engine: Engine, bronze: str) -> pa.Table:
    contract = catalog.contracts[bronze.replace("bronze.", "silver.", 1)]
    with engine.workspace(as_of=case.period().as_of, small=True) as space:
        _dispose(space, case, catalog, contract, bronze)
        return space.rows(quarantined(contract))


def _dispose(space: Workspace, case: Case, catalog: Catalog, contract: Contract, bronze: str) -> None:
    """Define `disposed`. Every content of the case is live, delivered when its rows say, and counts from the
    day of receipt or `_counted_on`, at `_landed_at` (`hh:mm`, UTC; midnight where the case has no such
    column). Another edition took its place on `_replaced_on`; it was put back at midnight of `_again_on`."""
    rows = bronze_table(case, contract, bronze)
    counted, replaced = _counted(case.input(bronze), rows)
    space.read("counted", counted)
    space.read("bronze", rows)
    space.read(
        "live",
        rows.filter(pc.invert(pc.is_in(rows["_load_key"], value_set=pa.array(replaced, pa.string()))))
        .group_by("_load_key")
        .aggregate([("_delivered_on", "min"), ("_delivered_on", "max")])
        .rename_columns(LIVE.names),
    )
    for table in {*contract.inputs, *(c.foreign_key.table for c in contract.columns if c.foreign_key)} - {
        contract.id,
        bronze,
    }:
        space.read(view(table), input_table(case, catalog, table))
    whole = rows.filter(pc.match_substring(rows["_policies"], ";mode=snapshot;")).select(
        ["_source", "_feed", "_delivered_on"]
    )
    space.read("deliveries", whole.group_by(whole.column_names).aggregate([]))
    references = {
        c.foreign_key.table
        for c in contract.columns
        if c.foreign_key and catalog.contracts[c.foreign_key.table].reference
    }
    space.define(
        "disposed",
        statement(contract, Views(references=references, deliveries=bool(whole.num_rows))),
        keep=True,
    )


def _counted(path: Path, rows: pa.Table) -> tuple[pa.Table, list[str]]:
    """When each content counted, and those that another edition has replaced."""
    found: dict[tuple[str, str], list[object]] = {}
    replaced: set[str] = set()
    days = zip(rows["_load_key"].to_pylist(), rows["_received_on"].to_pylist(), strict=True)
    for (key, received), record in zip(days, read_texts(path)[1], strict=True):
        begun, hour = record.get(COUNTED_ON) or str(received), record.get(LANDED_AT) or "00:00"
        until, again = record.get(REPLACED_ON) or None, record.get(AGAIN_ON) or None
        times = [(begun, hour, until), *([(again, "00:00", None)] if again else [])]
        for day, at, end in times:
            landed = datetime.fromisoformat(f"{day}T{at}+00:00")
            ends = date.fromisoformat(end) if end else None
            found[key, day] = [key, landed, landed.date(), None, ends]
        if until and not again:
            replaced.add(key)
    columns = [*zip(*found.values(), strict=True)] or [[] for _ in COUNTED]
    return pa.table([[*each] for each in columns], schema=COUNTED), sorted(replaced)


def bronze_table(case: Case, contract: Contract, bronze: str) -> pa.Table:
    """Bronze rows: all text as written; meta columns that the case does not care for are filled."""
    as_of = case.period().as_of
    header, records = read_texts(case.input(bronze))
    schema = bronze_schema(contract)
    unknown = [name for name in header if name not in (*schema.names, *COUNTING)]
    if unknown:
        raise CaseError(f"{case.input(bronze)}: no such column: {', '.join(unknown)}")
    rows = []
    for number, record in enumerate(records, start=1):
        row = {name: text or None for name, text in record.items()}
        file = row.get("_file") or "f.csv"
        filled = {
            "_source": "s",
            "_feed": "f",
            "_file": file,
            "_file_sha256": file,
            "_load_key": file,
            "_mapping": "m",
            "_unmapped": "",
            "_policies": "",
            "_record": number,
            "_delivered_on": as_of,
            "_received_on": as_of,
        }
        row = filled | {name: value for name, value in row.items() if value is not None}
        row["_record"] = int(row["_record"])
        row |= {name: date.fromisoformat(str(row[name])) for name in ("_delivered_on", "_received_on")}
        rows.append({name: row.get(name) for name in schema.names})
    return pa.Table.from_pylist(rows, schema)


def input_table(case: Case, catalog: Catalog, table: str) -> pa.Table:
    """An input typed by its contract; an empty table where the case has no such file."""
    contract = catalog.contracts[table]
    path = case.input(table)
    return read_table(path, contract) if path.is_file() else table_schema(contract).empty_table()
