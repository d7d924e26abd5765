"""Lists in files of the outbox: one text, whose meaning says how its entries are separated."""

from __future__ import annotations

import pandas as pd

from jobs.contracts.catalog import load_catalog
from jobs.exchange.contents import KINDS
from jobs.exchange.kinds import as_text
from jobs.exchange.outbox import described


def test_a_list_is_one_text_and_none_stays_none() -> None:
    found = as_text(pd.Series([["a", "b"], [], None], [3, 4, 5], dtype=object))
    assert found.tolist() == ["a；b", "", None] and found.index.tolist() == [3, 4, 5]


def test_the_meaning_of_a_column_that_is_a_list_says_how_its_entries_are_separated() -> None:
    catalog = load_catalog()
    lists = [
        (kind.name, column)
        for kind in KINDS.values()
        for column in described(kind, catalog)
        if (table := kind.columns[column["name"]])
        and catalog.contracts[table].column(column["name"]).type.startswith("array")
    ]
    named = {(kind, column["name"]) for kind, column in lists}
    assert {("open_signals", "reasons"), ("standard_corrections", "current_no")} <= named
    for _, column in lists:
        assert column["type"] == "string" and "以；分隔" in column["zh"] and "separated by ；" in column["en"]
