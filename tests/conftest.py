"""What tests of every room share: one Spark session, the folder of facts and real data beside the repository,
and the drill book."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from rich.table import Table

from jobs.environment import REPOSITORY, Environment

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The system's own session on two threads, started when the first test asks for it."""
    from jobs.engine.session import spark as start  # here: tests without Spark must not pay for its import

    home = tmp_path_factory.mktemp("spark")
    env = Environment(
        home=home,
        inbox=home / "inbox",
        lake=home / "lake",
        spark_master="local[2]",
        source_roots=(),
        key_file=home / "hmac.key",
    )
    session = start(env, small=True)
    yield session
    session.stop()


@pytest.fixture(scope="module", autouse=True)
def lineage(request: pytest.FixtureRequest) -> Iterator[None]:
    """OpenLineage events are made in the files marked `lineage` alone; they cost a tenth of a small night."""
    with pytest.MonkeyPatch.context() as settings:
        if request.node.get_closest_marker("lineage"):
            for name in ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG", "OPENLINEAGE_DISABLED"):
                settings.delenv(name, raising=False)
        yield


class FailuresAtOnce:
    """Prints a failed test and its error as it ends: a run that is killed has no summary."""

    def __init__(self, config: pytest.Config) -> None:
        self.terminal = config.pluginmanager.getplugin("terminalreporter")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.terminal is not None:
            errors = [line for line in report.longreprtext.splitlines() if line.startswith("E ")]
            self.terminal.write_line(f"\nfailed: {report.nodeid} ({report.when})")
            for line in errors[:10]:
                self.terminal.write_line(line)


@pytest.hookimpl(trylast=True)  # after the reporter of the terminal
def pytest_configure(config: pytest.Config) -> None:
    os.environ["OPENLINEAGE_DISABLED"] = "true"  # also for what fixtures of a session run
    if not hasattr(config, "workerinput"):  # a worker of xdist prints nothing
        config.pluginmanager.register(FailuresAtOnce(config))


@pytest.fixture
def edit(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a file of the repository, named by its path, look edited to whoever reads its bytes."""
    read = Path.read_bytes

    def edited(name: str) -> None:
        place = REPOSITORY / name
        assert place.is_file(), name
        monkeypatch.setattr(
            Path, "read_bytes", lambda path: read(path) + (b"\n# edited\n" if path == place else b"")
        )

    return edited


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared folder (QUALITY_SHARED, else ../shared). Where it is absent: skip, under CI=1 fail."""
    place = Path(os.environ.get("QUALITY_SHARED") or REPOSITORY.parent / "shared")
    if place.is_dir():
        return place
    message = f"no shared data at {place} (QUALITY_SHARED)"
    if os.environ.get("CI") == "1":
        pytest.fail(message)
    pytest.skip(message)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--drill-book", action="store_true", help="print the drills as a table at the end")
    parser.addoption(
        "--write-expected", action="store_true", help="write expect.csv of the golden cases that run anew"
    )
    parser.addoption("--screens-of", metavar="SITE", help="take the README's pictures of this site anew")


def _drill(item: pytest.Item) -> tuple[str, str] | None:
    """Fault and invariant of a drill; a drill that does not say both stops the collection."""
    mark = item.get_closest_marker("drill")
    if mark is None:
        return None
    if mark.args or set(mark.kwargs) != {"fault", "invariant"}:
        raise pytest.UsageError(f"{item.nodeid}: a drill says its fault and its invariant")
    return mark.kwargs["fault"], mark.kwargs["invariant"]


# Folders with a session's fixture that takes a minute to make (of tests/unit/engine: the JVM): their files
# run on one worker of xdist.
TOGETHER = ("tests/real", "tests/site", "tests/unit/engine", "tests/unit/simulate")
# Files of minutes that would otherwise be begun last.
LONG = ("tests/unit/test_denominator.py",)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """A file runs on one worker, and so do the files of a folder of TOGETHER."""
    from xdist.scheduler import LoadFileScheduling

    class ByFileOrFolder(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            folder = file.rpartition("/")[0]
            return folder if folder in TOGETHER else file

    return ByFileOrFolder(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # First what runs on one worker however long it takes: begun last, it would run alone.
    def later(item: pytest.Item) -> bool:
        file = item.nodeid.split("::")[0]
        return file.rpartition("/")[0] not in TOGETHER and file not in LONG

    items.sort(key=later)
    for item in items:
        drill = _drill(item)
        if drill is not None:
            item.user_properties.append(("drill", drill))  # travels with the report from a worker of xdist


def pytest_collection_finish() -> None:
    """Thousands of tests and the imported libraries stay until the end: the collector need not look through
    them, nor begin after each 700 objects."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """The drill book: of each fault its invariant, and whether that held in every case."""
    if not config.getoption("--drill-book"):
        return
    cases: dict[tuple[str, str], list[str]] = {}
    for outcome, reports in terminalreporter.stats.items():
        for report in reports:
            drill = dict(getattr(report, "user_properties", [])).get("drill")
            if drill is not None and outcome:  # "" collects set-ups and tear-downs that passed
                cases.setdefault(tuple(drill), []).append(outcome)
    book = Table("drill", "invariant", "cases", "held", title="Drill book", title_justify="left")
    for (fault, invariant), outcomes in sorted(cases.items()):
        held = "no" if {"failed", "error"} & set(outcomes) else "yes" if "passed" in outcomes else "not run"
        book.add_row(fault, invariant, str(len(outcomes)), held)
    Console(width=160, markup=False).print(book)
