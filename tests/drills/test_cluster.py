"""The same lake embedded, on Spark and on a cluster of two workers, there through Spark's own reading and
writing of every table."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from homes import Home
from markets import FILES, MARKET

from jobs.lake.night import ANY, newest_snapshot
from jobs.lake.tables import Lake

pytestmark = pytest.mark.proof  # minutes long: in make proofs
LATE = ("lines_20260304.csv",)  # the second night writes two months of the four
# A few rows go by Arrow; on the cluster no number of rows counts as few.
RUN = (
    "import jobs.engine.sizes as sizes; sizes.ARROW_ROWS = {small}; from jobs.cli import main; "
    "main({arguments!r})"
)


def _quality(home: Home, master: str, small: int, *arguments: str) -> None:
    environment = {
        **os.environ,
        "QUALITY_HOME": str(home.root),
        "QUALITY_SOURCES": str(home.root / "sources"),
        "QUALITY_SPARK_MASTER": master,
        "QUALITY_ENGINE": "spark" if master else "embedded",
    }
    if not master:
        del environment["QUALITY_SPARK_MASTER"]
    script = RUN.format(small=small, arguments=list(arguments))
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr


def _lake(root: Path, master: str, small: int, *nights: tuple[str, ...]) -> Home:
    home = Home(root, MARKET, "market")
    for number, names in enumerate(nights):
        for name in names:
            home.put(name, FILES[name], encoding="utf-8", mtime=1_000)
        date = f"2026-06-{30 - len(nights) + number}"
        _quality(home, master, small, "land", "--date", date)
        _quality(home, master, small, "run", "--date", date, "--select", "+gold.commerce_state")
    return home


@pytest.mark.drill(fault="a cluster of two workers in place of one machine", invariant="equal table hashes")
def test_two_workers_make_the_tables_that_one_machine_makes(tmp_path):
    embedded = _lake(tmp_path / "embedded", "", 200_000, tuple(FILES))
    alone = _lake(tmp_path / "alone", "local[2]", 200_000, tuple(FILES))
    cluster = _lake(tmp_path / "cluster", "local-cluster[2,1,2048]", -1, tuple(set(FILES) - set(LATE)), LATE)
    assert embedded.hashes() == alone.hashes() == cluster.hashes()
    lake = Lake(cluster.env.lake)
    version = newest_snapshot(lake, ANY).version("silver.transaction")
    assert len(lake.months_between("silver.transaction", version - 1, version)) == 2
