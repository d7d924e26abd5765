"""The columns of bundles: none could hold a person, none has the name of another (definitions.md#public)."""

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


@pytest.mark.parametrize("table", PUBLIC_TABLES, ids=lambda table: table.name)
def test_a_column_that_only_a_bundle_has_bears_no_name_of_a_column_of_its_source(
    table: PublicTable,
) -> None:
    """The day from which a batch may be listed here was called as the day from which it may be published."""
    taken = {plain(c.name_zh) for c in load_catalog().contracts[table.source].columns}
    assert not taken & {plain(c.name_zh) for c in table.own}


def plain(name: str) -> str:
    """A name of a day with or without 期."""
    return name.removesuffix("期")
