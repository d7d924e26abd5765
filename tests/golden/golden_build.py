"""Runs one golden case: its inputs through the table's own code, as the runner would, to an Arrow table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import yaml

from golden_csv import CaseError, read_table, read_texts, table_schema
from jobs.building.gold import module_of
from jobs.building.silver import silver_rows
from jobs.conform.dispositions import accepted, conform, quarantined
from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.contracts.schema import arrow_schema
from jobs.ingest.bronze import bronze_schema
from jobs.period import Period

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

QUARANTINE = "silver.quarantine"
START_SPARK = Callable[[], "SparkSession"]


@dataclass(frozen=True)
class Case:
    """A folder tests/golden/<tier>.<table>/<case>/."""

    path: Path

    @property
    def table(self) -> str:
        return self.path.parent.name

    def period(self) -> Period:
        """case.yaml: as_of, and months (absent or null: everything)."""
        said = yaml.safe_load((self.path / "case.yaml").read_text(encoding="utf-8"))
        unknown = set(said) - {"as_of", "months"}
        if unknown or not isinstance(said.get("as_of"), date):
            raise CaseError(f"{self.path}/case.yaml: must hold as_of: yyyy-mm-dd and may hold months: [yyyy-mm-dd]")
        months = said.get("months")
        return Period(said["as_of"], None if months is None else tuple(months))

    def input(self, table: str) -> Path:
        return self.path / "inputs" / f"{table}.csv"

    def inputs(self, tier: str) -> list[str]:
        """Ids of the tables of a tier that the case holds."""
        return sorted(p.name.removesuffix(".csv") for p in (self.path / "inputs").glob(f"{tier}.*.csv"))


def built(case: Case, catalog: Catalog, start_spark: START_SPARK) -> pa.Table:
    """What the table's code makes of the case's inputs."""
    if catalog.contracts[case.table].inputs and not catalog.contracts[case.table].conformed:
        return built_gold(case, catalog, start_spark)
    return built_silver(case, catalog, start_spark())


def built_gold(case: Case, catalog: Catalog, start_spark: START_SPARK) -> pa.Table:
    """A gold table by its build(); the frame is taken as it is, so that one that does not fit the contract fails."""
    return built_gold_from(catalog.contracts[case.table], gold_inputs(case, catalog), case.period(), start_spark)


def gold_inputs(case: Case, catalog: Catalog) -> dict[str, pa.Table]:
    """The inputs of a gold case by id; an empty table where the case has no such file."""
    return {name: input_table(case, catalog, name) for name in catalog.contracts[case.table].inputs}


def built_gold_from(contract: Contract, tables: Mapping[str, pa.Table], period: Period, start_spark: START_SPARK) -> pa.Table:
    """What the build() of a gold table makes of its inputs."""
    build = module_of(contract).build
    if contract.engine == "spark":
        frames = {name.split(".")[1]: start_spark().createDataFrame(table) for name, table in tables.items()}
        return build(**frames, period=period).toArrow()
    given = {name.split(".")[1]: table.to_pandas(date_as_object=True) for name, table in tables.items()}
    frame: pd.DataFrame = build(**given, period=period)
    key = list(contract.key)
    assert frame[key].equals(frame[key].sort_values(key, ignore_index=True)), f"{contract.id}: the frame is not sorted by its key"
    return pa.Table.from_pandas(frame, schema=arrow_schema(contract), preserve_index=False)


def built_silver(case: Case, catalog: Catalog, spark: SparkSession) -> pa.Table:
    """A silver table: bronze rows judged, the accepted ones through its module where it has one."""
    contract = catalog.contracts[case.table]
    if contract.id == QUARANTINE:
        rejected = [quarantined(_disposed(case, catalog, spark, b), _target(catalog, b)) for b in case.inputs("bronze")]
        rows = rejected[0]
        for more in rejected[1:]:
            rows = rows.unionByName(more)
        return rows.toArrow()
    rows = accepted(_disposed(case, catalog, spark, f"bronze.{contract.name}"), contract)
    inputs = {i: spark.createDataFrame(input_table(case, catalog, i)) for i in contract.inputs if not i.startswith("bronze.")}
    return silver_rows(contract, rows, inputs, case.period()).toArrow()


def _disposed(case: Case, catalog: Catalog, spark: SparkSession, bronze: str) -> DataFrame:
    contract = _target(catalog, bronze)
    rows = bronze_frame(case, spark, contract, bronze)
    named = {c.foreign_key.table for c in contract.columns if c.foreign_key}
    wanted = {t for t in named if catalog.contracts[t].reference}
    known = {t: rows if t == contract.id else spark.createDataFrame(input_table(case, catalog, t)) for t in wanted}
    whole = rows.where(rows["_policies"].contains(";mode=snapshot;")).select("_source", "_feed", "_delivered_on")
    return conform(rows, contract, references=known, live=live_of(rows), deliveries=whole)


def live_of(rows: DataFrame) -> DataFrame:
    """Every content of the case is in force, delivered when its rows say."""
    from pyspark.sql import functions as F
    return rows.groupBy("_load_key").agg(F.min("_delivered_on").alias("_first"), F.max("_delivered_on").alias("_last"))


def _target(catalog: Catalog, bronze: str) -> Contract:
    return catalog.contracts[bronze.replace("bronze.", "silver.", 1)]


def bronze_frame(case: Case, spark: SparkSession, contract: Contract, bronze: str) -> DataFrame:
    """Bronze rows: all text as written; meta columns that the case does not care for are filled."""
    as_of = case.period().as_of
    header, records = read_texts(case.input(bronze))
    schema = bronze_schema(contract)
    unknown = [name for name in header if name not in schema.names]
    if unknown:
        raise CaseError(f"{case.input(bronze)}: no such column: {', '.join(unknown)}")
    rows = []
    for number, record in enumerate(records, start=1):
        row = {name: text or None for name, text in record.items()}
        file = row.get("_file") or "f.csv"
        filled = {
            "_source": "s", "_feed": "f", "_file": file, "_file_sha256": file, "_load_key": file, "_mapping": "m",
            "_unmapped": "", "_policies": "", "_record": number, "_delivered_on": as_of, "_received_on": as_of,
        }
        row = filled | {name: value for name, value in row.items() if value is not None}
        row["_record"] = int(row["_record"])
        row |= {name: date.fromisoformat(str(row[name])) for name in ("_delivered_on", "_received_on")}
        rows.append({name: row.get(name) for name in schema.names})
    return spark.createDataFrame(pa.Table.from_pylist(rows, schema))


def input_table(case: Case, catalog: Catalog, table: str) -> pa.Table:
    """An input typed by its contract; an empty table where the case has no such file."""
    contract = catalog.contracts[table]
    path = case.input(table)
    return read_table(path, contract) if path.is_file() else table_schema(contract).empty_table()
