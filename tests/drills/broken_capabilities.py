"""Breakages of the thirteen capabilities: each replaces one text in one file of jobs/, whereupon one of them
is wrong in its meaning. They stand in broken_capabilities.yaml; this runs tests against them in a copy."""

from __future__ import annotations

import compileall
import csv
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from jobs.environment import REPOSITORY, SCHEMAS

FILE = Path(__file__).with_suffix(".yaml")
LINKED = ("schemas", "expectations", "tests", "dags", "notebooks", "pyproject.toml")
GOLDEN = "tests/golden/"
GOLDEN_TEST = "tests/golden/test_golden.py::test_the_golden_case_comes_out"  # on DuckDB: without a JVM
ASSERTED = ("assert ", "AssertionError", "Failed: DID NOT RAISE")  # how the message of a failure begins
LONGEST = 300  # seconds of one run


@dataclass(frozen=True)
class Breakage:
    """``row``: number of the capability; ``broken``: what is wrong; ``file``: where ``old`` becomes ``new``;
    ``tests``: each of them fails then, as `file::test` or the folder of a golden case."""

    row: int
    broken: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """Of a run of pytest: its exit code, the message of each test that failed, the tests that stopped before
    they could, and what it printed."""

    code: int
    failed: dict[str, str]
    stopped: list[str]
    printed: str


def breakages() -> list[Breakage]:
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return [Breakage(**row | {"tests": tuple(row["tests"])}) for row in rows]


@cache
def named_tests() -> dict[int, tuple[str, ...]]:
    """The files and folders of tests that each row of the capability table names."""
    with (SCHEMAS / "reference/capability.csv").open(encoding="utf-8", newline="") as file:
        return {int(row["number"]): tuple(row["tests"].split(";")) for row in csv.DictReader(file)}


def of_row(test: str, row: int) -> bool:
    """Whether the row names the file or a folder of this test."""
    path = Path(test.split("::")[0])
    return any(path == Path(name) or Path(name) in path.parents for name in named_tests()[row])


def node(test: str) -> str:
    """What pytest calls a test."""
    return f"{GOLDEN_TEST}[{test.removeprefix(GOLDEN)}]" if test.startswith(GOLDEN) else test


def is_of(found: str, test: str) -> bool:
    """Whether a test that pytest names is ``test``, or one of its cases."""
    return found == node(test) or found.startswith(f"{node(test)}[")


class Working:
    """A copy of the repository in which the code may be broken; what is never broken is linked."""

    def __init__(self, place: Path) -> None:
        self.place = place
        shutil.copytree(REPOSITORY / "jobs", place / "jobs")
        compileall.compile_dir(place / "jobs", quiet=2)  # once, not in each run
        for name in LINKED:
            (place / name).symlink_to(REPOSITORY / name)

    def run(self, tests: list[str], broken: Breakage | None = None) -> Outcome:
        """The outcome of ``tests``, with ``broken`` in effect."""
        if broken is None:
            return self._run(tests)
        file = self.place / broken.file
        whole = file.read_text(encoding="utf-8")
        file.unlink()  # written anew, so that it is newer than what was compiled of it
        file.write_text(whole.replace(broken.old, broken.new), encoding="utf-8")
        try:
            return self._run(tests)
        finally:
            shutil.copy2(REPOSITORY / broken.file, file)

    def _run(self, tests: list[str]) -> Outcome:
        report = self.place / "report.xml"
        report.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(self.place)]
        command += ["--durations=0", "--durations-min=60", "--junitxml", str(report), *map(node, tests)]
        own = {
            "PYTHONPATH": str(self.place),
            "PYTHONDONTWRITEBYTECODE": "1",  # else what is compiled of tests would name files of the copy
            "QUALITY_HOME": str(self.place / "var"),
            "QUALITY_ENGINE": "embedded",
        }
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        done = subprocess.run(
            command, cwd=self.place, env=variables | own, capture_output=True, text=True, timeout=LONGEST
        )
        failed, stopped = _read(report) if report.is_file() else ({}, [])
        return Outcome(done.returncode, failed, stopped, done.stdout + done.stderr)


def _read(report: Path) -> tuple[dict[str, str], list[str]]:
    """Tests that failed with their messages, and tests with an error in what they need."""
    failed, stopped = {}, []
    for case in ET.parse(report).iter("testcase"):
        name = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
        failure = case.find("failure")
        if failure is not None:
            failed[name] = failure.get("message", "")
        if case.find("error") is not None:
            stopped.append(name)
    return failed, stopped
