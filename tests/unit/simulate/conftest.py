"""One small country for the tests of this folder: its inbox, its truth, and what became of it when it was
landed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from jobs.environment import SCHEMAS, Environment
from jobs.ingest.landing import land
from jobs.lake.tables import Lake
from jobs.simulate.country.country import Settings, simulate

SETTINGS = Settings(records=8_000, until=date(2026, 2, 28), months=5, nights=2)
DAY = date(2026, 11, 25)


@dataclass(frozen=True)
class Country:
    """``opened``: paths that were opened through Python while the inbox was landed."""

    folder: Path
    environment: Environment
    opened: list[str]

    def truth(self, table: str) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "truth" / f"{table}.parquet")

    @property
    def files(self) -> pd.DataFrame:
        """ops.ingest_file of the platforms."""
        frame = Lake(self.environment.lake).frame("ops.ingest_file")
        return frame[frame.source.str.startswith("platform_")].reset_index(drop=True)


_WATCHED: list[str] | None = None


def _note(event: str, arguments: tuple) -> None:
    if _WATCHED is not None and event in ("open", "os.listdir", "os.scandir") and arguments:
        _WATCHED.append(str(arguments[0]))


@contextmanager
def _watching() -> Iterator[list[str]]:
    """An audit hook cannot be taken away again: it only listens in here."""
    global _WATCHED
    sys.addaudithook(_note)
    _WATCHED = seen = []
    try:
        yield seen
    finally:
        _WATCHED = None


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    folder = tmp_path_factory.mktemp("country")
    simulate(SETTINGS, folder / "inbox", folder / "truth")
    home = folder / "home"
    environment = Environment(
        home, folder / "inbox", home / "lake", "local[1]", (SCHEMAS,), home / "keys" / "hmac.key"
    )
    with _watching() as opened:
        land(environment, date=DAY)
    return Country(folder, environment, opened)


@pytest.fixture(scope="session")
def settings() -> Settings:
    return SETTINGS
