"""No column that could hold a person is in a bundle (definitions.md#public)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobs.contracts.catalog import load_catalog
from jobs.publish.public_tables import PUBLIC_TABLES, PublicTable


@pytest.mark.parametrize("table", PUBLIC_TABLES, ids=lambda table: table.name)
def test_no_public_table_has_a_personal_column(table: PublicTable) -> None:
    contracts = load_catalog().contracts
    source = contracts[table.source]
    shown = [c for c in source.columns if c.name in table.columns]
    assert shown and [c.name for c in shown if c.personal] == []
    personal = {c.name for each in contracts.values() for c in each.columns if c.personal}
    assert personal and personal.isdisjoint(table.columns)


def test_a_column_that_the_contract_lacks_is_named() -> None:
    table = replace(PUBLIC_TABLES[0], columns=("no_such",))
    with pytest.raises(KeyError, match=f"{table.source} has no column no_such"):
        table.fields(load_catalog())
