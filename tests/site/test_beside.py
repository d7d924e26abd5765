"""Pages that other processes make: the same site, and what goes wrong there is said here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Timer
from types import SimpleNamespace
from typing import Any

import pytest
from country import environment

from jobs.reports import beside, processes
from jobs.reports.gathered import Gathered
from jobs.reports.made import site_origin
from jobs.reports.page_makers import page_makers, pages_of, parts
from jobs.reports.rendering import Page
from jobs.reports.site import read, shared_context, write_site
from jobs.whole_folder import MANIFEST, MadeFolder, read_manifest


class AllThere:
    """A pool whose processes are quicker than this one: each part is done before it is asked for."""

    def __init__(self, pool: ProcessPoolExecutor):
        self._pool = pool

    def submit(self, *task: Any) -> Future[Any]:
        future = self._pool.submit(*task)
        wait([future])
        return future


class HalfThere(AllThere):
    """Of its processes every second one has not begun when this one comes to the part."""

    taken = left = 0

    def submit(self, *task: Any) -> Future[Any]:
        if self.taken > self.left:
            self.left += 1
            return Future()
        self.taken += 1
        return super().submit(*task)


class Looking(AllThere):
    """A pool that notes the files that hold the night; ``names``: how many folders have each of them."""

    def __init__(self, pool: ProcessPoolExecutor):
        super().__init__(pool)
        self.names: set[int] = set()

    def submit(self, task: Any, place: Path, *more: Any) -> Future[Any]:
        self.names.add(os.stat(place).st_nlink)
        return super().submit(task, place, *more)


@pytest.fixture(scope="module")
def started(site: Path):
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(processes, "FEWEST_ROWS", 0)
            patched.setattr(os, "sched_getaffinity", lambda process: {0, 1})
            pool = stack.enter_context(processes.begun(environment(site.parent)))
        assert pool is not None
        yield pool


@pytest.fixture
def pool(started) -> AllThere:
    return AllThere(started)


@pytest.fixture
def reading(site: Path) -> beside.Reading:
    origin = site_origin(environment(site.parent))
    return partial(read, origin.snapshot, environment(site.parent).source_roots, data_docs=True)


@pytest.fixture
def known(reading: beside.Reading) -> Gathered:
    return reading()[0]


@pytest.fixture
def home(site: Path, tmp_path: Path) -> Path:
    """A copy of the session's home, of whose site only the Data Docs are there."""
    home = tmp_path / "home"
    shutil.copytree(site.parent, home, ignore=lambda folder, names: {"site"} & set(names))
    shutil.copytree(site / "data_docs", home / "site" / "data_docs")
    return home


def contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.slow  # the next one makes half of them there
def test_pages_made_by_another_process_have_the_same_bytes(site: Path, home: Path, pool) -> None:
    seen: list[str] = []
    report = write_site(environment(home), pool=pool, progress=seen.append)
    assert contents(home / "site") == contents(site)
    assert report.pages == len(seen) == len(set(seen)) > 190
    assert report.written == len(read_manifest(site)["files"]) and report.unchanged == 0


@pytest.mark.slow
def test_parts_made_here_and_there_are_one_site_with_the_same_bytes(site: Path, home: Path, started) -> None:
    pool, seen = HalfThere(started), list[str]()
    report = write_site(environment(home), pool=pool, progress=seen.append)
    assert pool.left > 10 and pool.taken - pool.left in (0, 1)
    assert contents(home / "site") == contents(site)
    assert report.pages == len(seen) == len(set(seen)) > 190
    assert report.written == len(read_manifest(site)["files"]) and report.unchanged == 0


@pytest.mark.slow
def test_the_night_that_processes_read_lies_in_a_file_without_a_name(
    known: Gathered, reading: beside.Reading, started, tmp_path, monkeypatch
) -> None:
    """What is killed leaves no copy of it behind."""
    monkeypatch.setattr(beside, "parts", lambda known: parts(known)[-1:])
    pool = Looking(started)
    beside.shared_out(known, shared_context(known), reading, pool, MadeFolder(tmp_path), lambda path: None)
    assert pool.names == {0}


def test_where_a_part_fails_here_no_file_changes_once_that_is_raised(
    known: Gathered, reading: beside.Reading, tmp_path, monkeypatch
) -> None:
    """The other part has begun and ends later; a third, not begun, is never made."""
    begun, raised, real, late = Event(), Event(), page_makers(known)[-1], list[str]()

    def failing() -> Iterator[Page]:
        assert begun.wait(60)
        Timer(0.5, raised.set).start()
        raise ValueError("of purpose")
        yield

    def slow() -> Iterator[Page]:
        begun.set()
        assert raised.wait(60)
        yield from real()

    def third() -> Iterator[Page]:
        late.append("third")
        yield from real()

    monkeypatch.setattr(
        beside, "parts", lambda known: [partial(pages_of, maker) for maker in (failing, third, slow)]
    )
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(ValueError, match="of purpose"):
            beside.shared_out(
                known, shared_context(known), reading, pool, MadeFolder(tmp_path), lambda path: None
            )
        after = contents(tmp_path)
    assert contents(tmp_path) == after and set(after) >= {page.path for page in real()} and late == []


def _torn() -> tuple[Gathered, dict[str, Any]]:
    raise KeyError("gold.commerce_table")


@pytest.mark.slow  # quick: the test before, of the process itself
def test_what_goes_wrong_in_another_process_is_raised_here_with_its_words(
    known: Gathered, pool, tmp_path
) -> None:
    folder = MadeFolder(tmp_path)
    with pytest.raises(KeyError, match="gold.commerce_table"):
        beside.shared_out(known, shared_context(known), _torn, pool, folder, lambda path: None)


@pytest.mark.slow
def test_a_small_night_is_written_by_one_process(site: Path) -> None:
    with processes.begun(environment(site.parent)) as started:
        assert started is None


@pytest.mark.parametrize(("there", "before"), [(True, False), (False, True)])
def test_code_is_loaded_early_where_the_night_is_newer_than_the_site(
    site: Path, home: Path, monkeypatch, there: bool, before: bool
) -> None:
    asked: list[Any] = []

    @contextmanager
    def none(*, wanted: bool) -> Iterator[Any]:
        assert wanted
        yield SimpleNamespace(submit=asked.append)

    monkeypatch.setattr(processes, "FEWEST_ROWS", 0)
    monkeypatch.setattr(processes.side_by_side, "processes", none)
    if there:
        (home / "site" / MANIFEST).write_text("{}")
    with processes.begun(environment(home)):
        assert (asked == [processes.load]) is before
