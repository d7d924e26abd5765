"""When a file was delivered, by its name."""

from __future__ import annotations

from datetime import date

import pytest

from jobs.ingest.delivery import compile_delivery


@pytest.mark.parametrize(
    ("delivered", "name", "day"),
    [
        ("list_{yyyyMMdd}", "list_20260630.csv.gz", date(2026, 6, 30)),
        ("list_{yyyyMM}", "list_202606.tsv", date(2026, 6, 1)),
        ("list_{yyyyMM}", "list_20260630.tsv", None),
        ("list_{yyyyMM}", "list_202613.tsv", None),
        ("{yyyy}", "2026.json", date(2026, 1, 1)),
        ("report {MMMM yyyy}", "report June 2026.xlsx", date(2026, 6, 1)),
    ],
)
def test_a_month_or_a_year_in_a_name_means_its_first_day(delivered, name, day):
    assert compile_delivery(delivered).day(name) == day


@pytest.mark.parametrize("delivered", ["list_{MMdd}", "list_{dd}", "list_{HH}", "list", "{yyyy}{MM}"])
def test_a_name_without_a_year_dates_nothing(delivered):
    with pytest.raises(ValueError):
        compile_delivery(delivered)
