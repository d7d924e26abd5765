"""Nothing delivered but the project's own references: every table of engine pandas can be built, and is empty
or says so."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import csv

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.engine.dispositions import SILVER_META
from jobs.environment import SCHEMAS
from jobs.exchange.plans import proposed_plans
from jobs.night.derived import columns_read, module_of, typed_rows
from jobs.period import Period

P = Period(date(2026, 6, 30))
# What silver tables have beside their contract's columns.
BESIDE = list(SILVER_META)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def nothing(catalog: Catalog, table: str) -> pd.DataFrame:
    """A table as it is when no one has delivered anything: the project's own reference file, else no row."""
    contract = catalog.contracts[table]
    schema, own = arrow_schema(contract), SCHEMAS / "reference" / f"{contract.name}.csv"
    rows = schema.empty_table()
    if own.is_file():
        flat = {field.name: field.type for field in schema if not pa.types.is_list(field.type)}
        rows = csv.read_csv(
            own, convert_options=csv.ConvertOptions(column_types=flat, strings_can_be_null=True)
        )
    frame = rows.to_pandas(date_as_object=True).reindex(columns=schema.names)
    return frame.assign(**dict.fromkeys(BESIDE)) if contract.tier == "silver" else frame


@pytest.mark.slow  # quick: empty inputs of each table in its own tests
def test_every_pandas_table_of_a_lake_without_deliveries_is_built_and_fits_its_contract(catalog):
    made = {}
    for table in catalog.order():
        contract = catalog.contracts[table]
        if contract.tier == "gold" and contract.engine == "pandas":
            inputs = {
                name.split(".")[1]: whole[columns_read(contract, name) or list(whole)]
                for name in contract.inputs
                for whole in [made[name] if name in made else nothing(catalog, name)]
            }
            made[table] = typed_rows(contract, module_of(contract).build(**inputs, period=P)).to_pandas(
                date_as_object=True
            )
    assert len(made) >= 30
    said = {table for table, rows in made.items() if len(rows)}
    assert said <= {
        "gold.network_coverage",  # who is not connected yet
        "gold.shopping_guidance",  # advice that needs no sample
        "gold.expert_load",  # that there is no expert
        "gold.targeting_report",  # that the history is too short for a score
    }, said


def test_where_no_plan_is_proposed_nobody_is_sent_one():
    purchase = pd.DataFrame(columns=["plan_id", "status", "purchase_id"])
    proposal = pd.DataFrame(
        columns=["plan_id", "dimension_type", "dimension_code", "period_start", "period_end", "frame_month"]
    )
    assert list(proposed_plans(purchase, proposal, P.as_of)) == []
