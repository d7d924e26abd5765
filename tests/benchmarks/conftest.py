"""One market, in one home, that the benchmarks share in their order: landed, built, audited, then lived
through by night.

QUALITY_BENCH_ROWS order lines (a million where it is not set). The session is the one that a night has.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.csv as pcsv
import pytest
from homes import Home
from market import DAY, MARKET, SOURCE, lines, parents, write

from jobs.environment import SCHEMAS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROWS = int(os.environ.get("QUALITY_BENCH_ROWS") or 1_000_000)


class Market(Home):
    """A home with platforms, shops and listings on offer, and no order line yet."""

    def __init__(self, root: Path):
        super().__init__(root, sources=SOURCE, name=MARKET)
        self.rows = ROWS
        self.regions, self.categories = (
            self._codes("region", "region_code"),
            self._codes("product_category", "category_code"),
        )
        for name, table in parents(ROWS, self.regions, self.categories).items():
            write(table, self.inbox / f"{name}.csv")
        self.night()

    def quality(self, *arguments: str) -> None:
        """One command of the system, as a user would give it, in a separate process."""
        environment = {
            **os.environ,
            "QUALITY_HOME": str(self.root),
            "QUALITY_SOURCES": str(self.root / "sources"),
            "QUALITY_KEY_FILE": str(self.env.key_file),
            "GX_ANALYTICS_ENABLED": "false",
        }
        done = subprocess.run(
            [sys.executable, "-m", "jobs.cli", *arguments], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    def night(self, *options: str) -> None:
        self.quality("land", "--date", str(DAY))
        self.quality("run", "--date", str(DAY), *options)

    @property
    def inbox(self) -> Path:
        return self.root / "inbox" / self.name

    @staticmethod
    def _codes(table: str, column: str) -> list[str]:
        return (
            pcsv.read_csv(
                SCHEMAS / "reference" / f"{table}.csv",
                convert_options=pcsv.ConvertOptions(
                    include_columns=[column],
                    column_types={column: "string"},
                ),
            )[column]
            .unique()
            .to_pylist()
        )

    def put_lines(self, name: str, rows: int, **options: int) -> Path:
        path = self.inbox / name
        write(lines(rows, self.rows, self.regions, **options), path)
        return path


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    return Market(tmp_path_factory.mktemp("market") / "home")


@pytest.fixture(scope="session")
def session(market: Market) -> Iterator[SparkSession]:
    from jobs.lake.session import spark

    started = spark(market.env)
    yield started
    started.stop()
