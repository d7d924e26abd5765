"""Tables of the standards net are built of nothing: of a lake without standards, listings and activities."""

from __future__ import annotations

import importlib
from datetime import date

import pytest

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.period import Period

TABLES = "standard_limit standard_edition standard_failure citation_rate standards_participation".split()


@pytest.mark.parametrize("table", TABLES)
def test_without_any_input_the_table_is_empty_with_all_its_columns(table: str) -> None:
    contracts = load_catalog().contracts
    contract = contracts[f"gold.{table}"]
    given = {
        name.split(".")[1]: arrow_schema(contracts[name]).empty_table().to_pandas(date_as_object=True)
        for name in contract.inputs
    }
    made = importlib.import_module(f"jobs.marts.standards.{table}").build(
        **given, period=Period(date(2026, 5, 20))
    )
    assert len(made) == 0
    assert set(contract.column_names) <= set(made.columns)
