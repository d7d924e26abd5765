"""`make bench`: how long the system takes over countries of 200,000 and 2 million records (10 and 100 million
with --large, --huge).

Each row is a command as a user gives it, in a separate process, with its seconds, the memory of its
processes (proportional set size) and the load of the machine. `quality nightly` goes on after the site with
packages, bundles and notebooks, so its rows also say after how many seconds the site was there: that is what
"files to site" means. Where something can be written by hand, a row has the ratio to it. Results go to
<QUALITY_HOME>/bench/ as JSON.
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
from meter import Meter

from jobs.environment import REPOSITORY
from jobs.lake.night import ANY, newest_snapshot
from jobs.lake.tables import Lake
from jobs.whole_folder import MANIFEST

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
    """One line of the table. ``seconds``: of the whole command; ``site``: from its start until the site was
    there, None for a command that makes none or leaves it as it is; ``wanted``: what the design asks for, in
    words."""

    what: str
    engine: str
    records: int
    seconds: float
    peak_gib: float
    load: float
    wanted: str = ""
    site: float | None = None
    beside: str = ""


@dataclass
class Table:
    rows: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> Row:
        self.rows.append(row)
        print(
            f"{row.what:<52}{row.engine:<10}{row.records:>12,}{row.seconds:>9.1f} s"
            f"{'' if row.site is None else f'site after {row.site:.1f} s':>21}{row.peak_gib:>7.2f} GiB"
            f"  load {row.load:>4.1f}"
            f"  {row.wanted}{'  ' + row.beside if row.beside else ''}",
            flush=True,
        )
        return row


class Country:
    """A home with the files of a country, and commands over it."""

    def __init__(self, root: Path, records: int, table: Table):
        self.root, self.records, self.table = root, records, table

    def write(self) -> None:
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
        )

    def another_night(self, day: date) -> None:
        """The files of one more night; only a country that is written with its nights has their truth."""
        self._run("simulate", "--out", str(self.root / "inbox"), "--only-night", str(day))

    def measured(
        self, what: str, engine: str, *arguments: str, wanted: str = "", records: int | None = None
    ) -> Row:
        meter, began = Meter(what), time.time()
        with meter.measure(what, self.records) as one:
            self._run(*arguments, engine=engine)
        count = self.records if records is None else records
        site = site_seconds(self.root / "site", began)
        return self.table.add(
            Row(what, engine, count, one.seconds, one.peak / 2**30, os.getloadavg()[0], wanted, site)
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


def site_seconds(site: Path, began: float) -> float | None:
    """From ``began`` (seconds since 1970) until the site was complete, by its manifest, which is written
    last; None where it was not written since."""
    manifest = site / MANIFEST
    made = manifest.stat().st_mtime if manifest.exists() else 0.0
    return made - began if made >= began else None


def nights(country: Country, engines: list[str], wanted: dict[str, str]) -> None:
    """Files to site with each engine, then a night with a hundredth new, a new day, and the same day
    again."""
    country.write()
    day = HISTORY_ENDS + timedelta(days=1)
    full: dict[str, Row] = {}
    for engine in engines:
        country.without_lake()
        full[engine] = country.measured(
            "files to site", engine, "nightly", "--date", str(day), wanted=wanted.get(engine, "")
        )
    for n in range(1, NEW_NIGHTS + 1):
        country.another_night(HISTORY_ENDS + timedelta(days=n))
    day += timedelta(days=NEW_NIGHTS)
    engine = engines[-1]
    little = country.measured(
        "a night with about 1 % new",
        engine,
        "nightly",
        "--date",
        str(day),
        wanted=wanted.get("little", ""),
        records=country.records // 100,
    )
    print(f"    full to this: {full[engine].seconds / little.seconds:.1f} × (the whole commands)", flush=True)
    country.measured(
        "a new day without new files",
        engine,
        "nightly",
        "--date",
        str(day + timedelta(days=1)),
        wanted=wanted.get("day", ""),
        records=0,
    )
    country.measured(
        "the same day again",
        engine,
        "nightly",
        "--date",
        str(day + timedelta(days=1)),
        wanted=wanted.get("again", ""),
        records=0,
    )


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
