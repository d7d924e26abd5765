"""No column that could hold a person is in a bundle (definitions.md#public)."""

from __future__ import annotations

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
