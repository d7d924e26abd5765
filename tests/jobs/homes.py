"""A separate home for a test: an inbox, sources in one YAML each, and nights over them in this process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from copy import copy
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Self

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.environment import SCHEMAS, Environment
from jobs.ingest.landing import LandingReport, land
from jobs.lake.lock import writer_lock
from jobs.lake.query import query
from jobs.night.runner import RunResult, run
from jobs.upkeep.doctor import hashes
from jobs.upkeep.maintenance import maintain

DAY = date(2026, 6, 30)

REGULATOR = """
source: town
family: regulator
publisher: {name_zh: 镇, name_en: Town}
timezone: Asia/Shanghai
cadence: irregular
feeds:
  samples:
    target: sample
    files: "samples*.csv*"
    format: csv
    encoding: gb18030
    key: [sample_id]
    version: stand
    columns:
      sample_id: {from: 样品编号}
      plan_id: {from: 计划}
      purchased_on: {from: 购样日期, date: ["yyyy-MM-dd"]}
      exit_kind: {from: 退出, map: {违法: violation, 无效: void}, on_unmapped: quarantine}
      exited_on: {from: 退出日期, date: ["yyyy-MM-dd"]}
      stand: {from: 更新, instant: ["yyyy-MM-dd HH:mm"]}
  conclusions:
    target: conclusion
    files: "conclusions*.csv"
    format: csv
    encoding: gb18030
    key: [sample_id, stage]
    columns:
      sample_id: {from: 样品编号}
      stage: {const: first}
      outcome: {from: 结论, map: {合格: conforming, 不合格: nonconforming}}
      issued_on: {from: 日期, date: ["yyyy-MM-dd"]}
"""
HEADER = "样品编号,计划,购样日期,退出,退出日期,更新\n"


def lasting(name: str) -> Path:
    """A new folder that goes when this process ends."""
    root = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return root


@cache
def reference_root() -> Path:
    """A first root with the project's reference files and their source alone: of its other hundred sources a
    home with a source of its tables only needs none, and reading them takes longer than landing."""
    root = lasting("reference-root")
    for path in ("reference", "lookups"):
        shutil.copytree(SCHEMAS / path, root / path)
    source = Path("sources", "reference", "reference.yaml")
    (root / source).parent.mkdir(parents=True)
    shutil.copy2(SCHEMAS / source, root / source)
    return root


class Home:
    """One installation below ``root``. ``sources``: the YAML of ``name``, the only one beside that of the
    reference files; None: the project's own. ``tables``: what its lake holds (None: everything)."""

    def __init__(
        self,
        root: Path,
        sources: str | None = REGULATOR,
        name: str = "town",
        *,
        tables: Catalog | None = None,
    ):
        self.root, self.name, self.tables = root, name, tables
        (root / "sources").mkdir(parents=True)
        if sources is not None:
            (root / "sources" / f"{name}.yaml").write_text(sources, encoding="utf-8")
        (root / "inbox" / name).mkdir(parents=True)
        base = Environment.from_variables()
        self.env = replace(
            base,
            home=root,
            inbox=root / "inbox",
            lake=root / "lake",
            source_roots=(SCHEMAS if sources is None else reference_root(), root / "sources"),
            key_file=root / "key",
        )

    def copied(self, root: Path) -> Self:
        """A home like this one at another place."""
        other = copy(self)
        other.root = Path(shutil.copytree(self.root, root))
        other.env = replace(self.env, home=root, inbox=root / "inbox", lake=root / "lake")
        return other

    def put(
        self, file: str, content: str | bytes, *, encoding: str = "gb18030", mtime: float | None = None
    ) -> Path:
        import os

        path = self.root / "inbox" / self.name / file
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        if mtime is not None:
            os.utime(path, (mtime, mtime))
        return path

    def night(self, day: date = DAY, **options: Any) -> tuple[LandingReport, RunResult]:
        with writer_lock(self.env.lake, wait_seconds=5) as lock:
            landed = land(self.env, date=day)
            return landed, run(self.env, lock, day=day, catalog=self.tables, **options)

    def maintain(
        self, day: date, *, dry_run: bool = False, tables: Catalog | None = None
    ) -> list[dict[str, Any]]:
        with writer_lock(self.env.lake, wait_seconds=5):
            return maintain(self.env, day=day, dry_run=dry_run, catalog=tables or self.tables)

    def ask(self, sql: str, *, latest: bool = False) -> list[dict[str, Any]]:
        return query(self.env.lake, sql, latest=latest).to_pylist()

    def hashes(self) -> dict[str, str]:
        return hashes(self.env.lake)

    def data_files(self) -> set[str]:
        """Data files of all tables but ops."""
        return {
            str(p.relative_to(self.env.lake))
            for p in self.env.lake.rglob("*.parquet")
            if "ops" not in p.relative_to(self.env.lake).parts
        }


# Samples with their conclusions and ledger, and the reference tables of the repository's own files.
A_FEW = ("silver.industrial_cluster", "silver.quarantine", "gold.sampling_ledger")


def few_tables(*names: str) -> Catalog:
    """``names`` (none: A_FEW), what they need, and the parents of all these: a lake small enough for tests of
    one thing."""
    every = load_catalog().contracts
    wanted, waiting = set(), list(names or A_FEW)
    while waiting:
        table = waiting.pop()
        if table not in wanted and not table.startswith("bronze."):
            wanted.add(table)
            contract = every[table]
            waiting += [*contract.inputs, *(c.foreign_key.table for c in contract.columns if c.foreign_key)]
    return Catalog({table: contract for table, contract in every.items() if table in wanted})
