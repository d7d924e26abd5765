"""Seconds and peak memory of a piece of work, and one table of all that was measured."""

from __future__ import annotations

import json
import os
import platform
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = ("pyspark", "delta-spark", "great-expectations", "deltalake", "duckdb", "pyarrow")
SAMPLED_EVERY = 0.2  # seconds, and at least so many times as long as a look takes: the kernel walks the pages of all processes for it,
COST_OF_LOOKING = 50  # and those that ask for memory meanwhile wait


def _tree_bytes() -> int:
    """Proportional set size of this process and all below it."""
    total, me = 0, psutil.Process()
    for process in [me, *me.children(recursive=True)]:
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue  # it ended between listing and looking
    return total


@dataclass
class Measured:
    """``what`` was done to ``rows`` rows; ``peak``: bytes of the process tree."""

    what: str
    rows: int
    seconds: float = 0.0
    peak: int = 0


@dataclass
class Meter:
    """Measurements of one benchmark; the first one of ``against`` is what the others are compared with."""

    name: str
    measured: list[Measured] = field(default_factory=list)

    @contextmanager
    def measure(self, what: str, rows: int) -> Iterator[Measured]:
        one, over = Measured(what, rows), threading.Event()

        def sample() -> None:
            pause = SAMPLED_EVERY
            while not over.wait(pause):
                began = time.perf_counter()
                one.peak = max(one.peak, _tree_bytes())
                pause = max(SAMPLED_EVERY, COST_OF_LOOKING * (time.perf_counter() - began))

        sampler = threading.Thread(target=sample, daemon=True)
        one.peak = _tree_bytes()
        sampler.start()
        started = time.perf_counter()
        try:
            yield one
        finally:
            one.seconds = time.perf_counter() - started
            over.set()
            sampler.join()
            self.measured.append(one)

    def seconds(self, *whats: str) -> float:
        return sum(m.seconds for m in self.measured if m.what in whats)

    def show(self, *ratios: tuple[str, float]) -> None:
        """Print what was measured and the ratios, and keep both as JSON below QUALITY_HOME (else in the temp
        folder)."""
        versions = {p: version(p) for p in PACKAGES} | {
            "python": platform.python_version(),
            "cores": str(os.cpu_count()),
        }
        print(f"\n{self.name}\n{'':<58}{'rows':>12}{'seconds':>10}{'peak GiB':>10}")
        for m in self.measured:
            print(f"  {m.what:<56}{m.rows:>12,}{m.seconds:>10.2f}{m.peak / 2**30:>10.2f}")
        for what, ratio in ratios:
            print(f"  {what:<78}{ratio:>10.2f} ×")
        print("  " + ", ".join(f"{k} {v}" for k, v in versions.items()))
        folder = Path(os.environ.get("QUALITY_HOME") or tempfile.gettempdir()) / "benchmarks"
        folder.mkdir(parents=True, exist_ok=True)
        record = {
            "name": self.name,
            "measured": [vars(m) for m in self.measured],
            "ratios": dict(ratios),
            "versions": versions,
        }
        (folder / f"{self.name.split(':')[0].replace(' ', '_')}.json").write_text(
            json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8"
        )
