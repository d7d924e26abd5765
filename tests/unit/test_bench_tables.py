"""The bench times every table that the system builds for what is written by hand, and the site from the start
of its command."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import pytest

from jobs.contracts.catalog import load_catalog
from jobs.environment import REPOSITORY
from jobs.whole_folder import MANIFEST


def test_every_table_from_order_lines_to_the_state_of_trade_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    first, *_, last = timed = importlib.import_module("speed").BY_HAND
    catalog = load_catalog()
    between = catalog.needed_by(first) & catalog.needs(last)
    assert set(timed) == {first, *between, last}


def test_a_site_counts_from_the_start_of_the_command_and_only_where_it_was_made_since(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    site_seconds = importlib.import_module("speed").site_seconds
    assert site_seconds(tmp_path, 1000.0) is None  # no site
    manifest = tmp_path / MANIFEST
    manifest.touch()
    os.utime(manifest, (1070.5, 1070.5))
    assert site_seconds(tmp_path, 1000.0) == 70.5
    assert site_seconds(tmp_path, 1071.0) is None  # made by an earlier command
