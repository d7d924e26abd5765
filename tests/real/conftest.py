"""All real feeds in one installation that got them at once, and in one that got them over three nights, out
of order."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from homes import DAY, Home, few_tables
from real_feeds import FILLED, deliver, whole_night

NIGHTS = 3


@pytest.fixture(scope="session")
def home(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("real") / "home", None, "us_recalls_2013")
    deliver(home, shared)
    whole_night(home, DAY)
    return home


@pytest.fixture(scope="session")
def nights(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    tables = few_tables(*FILLED, "silver.quarantine")
    home = Home(tmp_path_factory.mktemp("nights") / "home", None, "us_recalls_2013", tables=tables)
    for night in range(NIGHTS):
        deliver(home, shared, turn=night, turns=NIGHTS)
        whole_night(home, DAY + timedelta(days=night))
    return home


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What reads the nights of all real feeds is slow: they take longer to make than the rest of the room."""
    for item in items:
        if {"home", "nights"} & set(getattr(item, "fixturenames", ())) and Path(
            __file__
        ).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
