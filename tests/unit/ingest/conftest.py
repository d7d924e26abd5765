from __future__ import annotations

from pathlib import Path

import pytest
from ingest_world import World

from jobs.file_limits import Limits
from jobs.ingest import landing
from jobs.ingest.cage import land_safely


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def uncaged(monkeypatch) -> None:
    """Units land in this process, where a test has changed the code that lands them."""

    def land_all(units, progress=None, limits=None):
        replies = [land_safely(unit, limits or Limits()) for unit in units]
        for reply in replies:
            if isinstance(reply, OSError):
                raise reply
        return replies

    monkeypatch.setattr(landing, "land_all", land_all)
