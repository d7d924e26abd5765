"""The bench against SQL by hand times every table that the system builds for the same result."""

from __future__ import annotations

import importlib

import pytest

from jobs.contracts.catalog import load_catalog
from jobs.environment import REPOSITORY


def test_every_table_from_order_lines_to_the_state_of_trade_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    first, *_, last = timed = importlib.import_module("speed").BY_HAND
    catalog = load_catalog()
    between = catalog.needed_by(first) & catalog.needs(last)
    assert set(timed) == {first, *between, last}
