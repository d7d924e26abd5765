"""`make bench`: how long the system takes over countries of 200,000 and 2 million records (10 and 100 million
with --large, --huge).

The commands `land`, `run` and `report` are run as a user gives them, each in a separate process. "Files to
site" is the three together, a night is the first two; each row says what each took. Beside them stand the
memory of all their processes (proportional set size) and the load of the machine; where something can be
written by hand, the ratio to it. Results go to <QUALITY_HOME>/bench/ as JSON.
Nothing is asserted: machines differ, ratios in one run are what to read.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import by_hand
import pandas as pd
from meter import Meter

from jobs.environment import REPOSITORY
from jobs.lake.night import ANY, newest_snapshot
from jobs.lake.tables import Lake

PACKAGES = (
    "duckdb",
    "deltalake",
    "sqlglot",
    "pyspark",
    "delta-spark",
    "great-expectations",
    "pandas",
    "pyarrow",
)
HISTORY_ENDS = date(2026, 6, 30)
SMALL, DEMONSTRATION, LARGE = 200_000, 2_000_000, 10_000_000
BY_HAND = ("silver.transaction", "gold.shop_trade", "gold.commerce_state")  # what by_hand.seconds makes, too
NEW_NIGHTS = 7  # of 730 days of history and more: about one record in a hundred


@dataclass
class Row:
    """One line of the table. ``seconds``: of the commands that ``what`` means; ``parts``: command → its
    seconds; ``wanted``: what the design asks for, in words."""

    what: str
    engine: str
    records: int
    seconds: float
    peak_gib: float
    load: float
    wanted: str = ""
    beside: str = ""
    parts: dict[str, float] = field(default_factory=dict)


@dataclass
class Table:
    rows: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> Row:
        self.rows.append(row)
        print(
            f"{row.what:<46}{row.engine:<9}{row.records:>12,}{row.seconds:>8.1f} s{row.peak_gib:>6.2f} GiB"
            f"  load {row.load:>4.1f}  {row.wanted:<28}"
            f"  {row.beside}{', '.join(f'{name} {took:.1f}' for name, took in row.parts.items())}",
            flush=True,
        )
        return row


class Country:
    """A home with the files of a country, and commands over it."""

    def __init__(self, root: Path, records: int, table: Table):
        self.root, self.records, self.table = root, records, table

    def write(self) -> None:
        """Write the files of the history to the inbox, and those of the nights behind it to `nights`."""
        self._run(
            "simulate",
            "--out",
            str(self.root / "inbox"),
            "--truth",
            str(self.root / "truth"),
            "--records",
            str(self.records),
            "--seed",
            "7",
            "--until",
            str(HISTORY_ENDS),
            "--nights",
            str(NEW_NIGHTS),
        )
        delivery = pd.read_parquet(self.root / "truth" / "delivery.parquet")
        for path in delivery.loc[pd.to_datetime(delivery["arrives_on"]).dt.date > HISTORY_ENDS, "path"]:
            kept = self.root / "nights" / path
            kept.parent.mkdir(parents=True, exist_ok=True)
            (self.root / "inbox" / path).rename(kept)

    def hand_in_nights(self) -> None:
        """Put the files of the nights into the inbox."""
        shutil.copytree(self.root / "nights", self.root / "inbox", dirs_exist_ok=True)

    def night(
        self, what: str, engine: str, day: date, *, wanted: str = "", records: int, site: bool = False
    ) -> Row:
        """Land, run and report, and add a row; ``site``: whether its seconds count the report."""
        meter, dated = Meter(what), ("--date", str(day))
        for command, options in (("land", dated), ("run", dated), ("report", ())):
            with meter.measure(command, records):
                self._run(command, *options, engine=engine)
        parts = {one.what: one.seconds for one in meter.measured}
        seconds = meter.seconds("land", "run", *(["report"] if site else []))
        peak = max(one.peak for one in meter.measured) / 2**30
        return self.table.add(
            Row(what, engine, records, seconds, peak, os.getloadavg()[0], wanted, parts=parts)
        )

    def without_lake(self) -> None:
        """As before the first night; the inbox stays."""
        for name in ("lake", "landing", "site", "outbox"):
            shutil.rmtree(self.root / name, ignore_errors=True)

    def _run(self, *arguments: str, engine: str = "auto") -> None:
        environment = {
            **os.environ,
            "QUALITY_HOME": str(self.root),
            "QUALITY_ENGINE": engine,
            "GX_ANALYTICS_ENABLED": "false",
        }
        for name in ("QUALITY_SOURCES", "QUALITY_KEY_FILE"):
            environment.pop(name, None)
        log = self.root / "bench.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            done = subprocess.run(
                [sys.executable, "-m", "jobs.cli", *arguments],
                cwd=REPOSITORY,
                env=environment,
                stdout=output,
                stderr=output,
                check=False,
            )
        if done.returncode not in (0, 1):
            raise SystemExit(f"quality {' '.join(arguments)} ended with {done.returncode}: see {log}")


def nights(country: Country, engines: list[str], wanted: dict[str, str]) -> None:
    """Files to site with each engine, then a night with a hundredth new, a new day, and the same day
    again."""
    country.write()
    day = HISTORY_ENDS + timedelta(days=1)
    full: dict[str, Row] = {}
    for engine in engines:
        country.without_lake()
        full[engine] = country.night(
            "files to site",
            engine,
            day,
            wanted=wanted.get(engine, ""),
            records=country.records,
            site=True,
        )
    country.hand_in_nights()
    day += timedelta(days=NEW_NIGHTS)
    engine, new = engines[-1], country.records // 100
    little = country.night(
        "a night with about 1 % new", engine, day, wanted=wanted.get("little", ""), records=new
    )
    nights = [row.parts["land"] + row.parts["run"] for row in (full[engine], little)]
    print(f"    full to this: {nights[0] / nights[1]:.1f} × (land and run)", flush=True)
    day += timedelta(days=1)
    country.night("a new day without new files", engine, day, wanted=wanted.get("day", ""), records=0)
    country.night("the same day again", engine, day, wanted=wanted.get("again", ""), records=0)


def against_hand(country: Country, engine: str, wanted: str) -> None:
    """bronze → silver.transaction → commerce_state, built again, against hand-written SQL over the same
    bronze."""
    lake = Lake(country.root / "lake")
    snapshot = newest_snapshot(lake, ANY)
    versions = {t: snapshot.version(t) for t in snapshot.tables}
    folder = country.root / "by_hand"
    shutil.rmtree(folder, ignore_errors=True)
    theirs = by_hand.seconds(lake, versions, folder)
    day = str(snapshot.date)
    began = time.perf_counter()
    country._run(
        "run",
        "--date",
        day,
        "--select",
        ",".join(BY_HAND),
        "--full-refresh",
        engine=engine,
    )
    whole = time.perf_counter() - began
    log = newest_snapshot(lake, ANY).run_id
    steps = [r for r in lake.arrow("ops.run_log").to_pylist() if r["run_id"] == log and r["stage"] == "build"]
    ours = sum(r["seconds"] for r in steps if r["table"] in BY_HAND)
    rows = lake.rows("bronze.transaction", versions["bronze.transaction"])
    row = Row(
        "bronze to silver.transaction to commerce_state", engine, rows, ours, 0.0, os.getloadavg()[0], wanted
    )
    row.beside = (
        f"by hand {theirs:.1f} s: {ours / theirs:.1f} ×, the gate included (the command: {whole:.1f} s)"
    )
    country.table.add(row)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--large", action="store_true", help="10 million records too")
    parser.add_argument(
        "--huge", action="store_true", help="100 million order lines too: an hour and 60 GB of disk"
    )
    parser.add_argument("--only", type=int, help="a country of so many records instead")
    parser.add_argument("--engines", default="embedded,auto", help="by comma; small and huge: embedded alone")
    given = parser.parse_args()
    home = Path(os.environ.get("QUALITY_HOME") or REPOSITORY / "var") / "bench"
    table = Table()
    sizes = (
        [given.only]
        if given.only
        else [SMALL, DEMONSTRATION, *([LARGE] if given.large else []), *([170_000_000] if given.huge else [])]
    )
    for records in sizes:
        root = home / f"country_{records}"
        shutil.rmtree(root, ignore_errors=True)
        country = Country(root, records, table)
        small = records <= SMALL
        wanted = {
            SMALL: {"embedded": "90 s, no JVM"},
            DEMONSTRATION: {"embedded": "150 s", "auto": "240 s"},
            LARGE: {
                "embedded": "360 s",
                "auto": "600 s, 12 GiB",
                "little": "100 s, 5 × faster than full",
                "day": "30 s, no JVM",
                "again": "5 s",
            },
        }.get(records, {"embedded": "45 min, 14 GiB"} if given.huge else {})
        nights(country, ["embedded"] if small or records > LARGE else given.engines.split(","), wanted)
        if not small:
            against_hand(country, "embedded", "2 ×")
            against_hand(country, "spark", "8 ×")
        shutil.rmtree(root, ignore_errors=True)
    versions = {p: version(p) for p in PACKAGES} | {
        "python": platform.python_version(),
        "cores": str(os.cpu_count()),
    }
    home.mkdir(parents=True, exist_ok=True)
    result = home / "speed.json"
    result.write_text(
        json.dumps(
            {"rows": [asdict(r) for r in table.rows], "versions": versions}, ensure_ascii=False, indent=1
        ),
        encoding="utf-8",
    )
    print(", ".join(f"{k} {v}" for k, v in versions.items()))
    print(f"kept as {result}")


if __name__ == "__main__":
    main()
