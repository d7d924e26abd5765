"""The whole country at scale: written, landed, conformed. QUALITY_BENCH_RECORDS records (ten million where it is not set)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from meter import Meter

from jobs.lake.query import query
from jobs.lake.session import driver_memory

pytestmark = pytest.mark.scale
RECORDS = int(os.environ.get("QUALITY_BENCH_RECORDS") or 10_000_000)
DAY = "2026-07-01"


def quality(home: Path, *arguments: str) -> None:
    """One command as a user would give it, its progress shown."""
    environment = {**os.environ, "QUALITY_HOME": str(home), "GX_ANALYTICS_ENABLED": "false"} | {"QUALITY_KEY_FILE": str(home / "keys" / "hmac.key")}
    environment.pop("QUALITY_SOURCES", None)
    done = subprocess.run([sys.executable, "-m", "jobs.cli", *arguments], env=environment, check=False)
    assert done.returncode == 0, arguments


def load() -> str:
    return " ".join(f"{x:.1f}" for x in os.getloadavg())


def test_ten_million_records_written_landed_and_conformed(tmp_path: Path) -> None:
    home, meter = tmp_path / "home", Meter("country: files, landing, bronze and silver")
    loads = [load()]
    steps = {
        "quality simulate": ("simulate", "--out", str(home / "inbox"), "--truth", str(tmp_path / "truth"), "--records", str(RECORDS)),
        "quality land": ("land", "--date", DAY),
        "quality run --select tier:silver (bronze, silver, its gate)": ("run", "--select", "tier:silver", "--date", DAY),
    }
    for what, arguments in steps.items():
        with meter.measure(what, RECORDS):
            quality(home, *arguments)
        loads.append(load())
    books = query(home / "lake", "SELECT sum(loaded) AS loaded, count(*) FILTER (WHERE NOT balanced) AS unbalanced FROM ops.reconciliation").to_pylist()
    assert books[0]["unbalanced"] == 0 and books[0]["loaded"] > 0.95 * RECORDS
    written, landed, conformed = (m.seconds for m in meter.measured)
    meter.show(("written, minutes (wanted: at most 4)", written / 60), ("landing + bronze + silver, minutes (wanted: at most 6)", (landed + conformed) / 60))
    print(f"  {books[0]['loaded']:,} records in bronze; driver's heap {driver_memory()}; load before and after each step: {', '.join(loads)}")
