"""Pages that other processes make: the same site, and what goes wrong there is said here."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from country import environment

from jobs.lake.tables import Lake
from jobs.reports import beside
from jobs.reports.gathered import gather
from jobs.reports.made import site_origin
from jobs.reports.reading import newest, read_night
from jobs.reports.site import shared_context, write_site
from jobs.whole_folder import MadeFolder, read_manifest


class AllThere:
    """A pool whose processes are quicker than this one: each part is done before it is asked for."""

    def __init__(self, pool: ProcessPoolExecutor):
        self._pool = pool

    def submit(self, *task: Any) -> Future[Any]:
        future = self._pool.submit(*task)
        wait([future])
        return future


@pytest.fixture(scope="module")
def pool(site: Path):
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(beside, "FEWEST_ROWS", 0)
            patched.setattr(os, "sched_getaffinity", lambda process: {0, 1})
            started = stack.enter_context(beside.processes(newest(Lake(site.parent / "lake"))))
        assert started is not None
        yield AllThere(started)


@pytest.fixture
def home(site: Path, tmp_path: Path) -> Path:
    """A copy of the session's home, of whose site only the Data Docs are there."""
    home = tmp_path / "home"
    shutil.copytree(site.parent, home, ignore=lambda folder, names: {"site"} & set(names))
    shutil.copytree(site / "data_docs", home / "site" / "data_docs")
    return home


def contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_pages_made_by_another_process_have_the_same_bytes(site: Path, home: Path, pool) -> None:
    seen: list[str] = []
    report = write_site(environment(home), pool=pool, progress=seen.append)
    assert contents(home / "site") == contents(site)
    assert report.pages == len(seen) == len(set(seen)) > 190
    assert report.written == len(read_manifest(site)["files"]) and report.unchanged == 0


def test_what_goes_wrong_in_another_process_is_raised_here_with_its_words(site: Path, pool, tmp_path) -> None:
    origin = site_origin(environment(site.parent))
    night = read_night(origin.snapshot, environment(site.parent).source_roots, data_docs=True)
    known = gather(night)
    del night.tables["gold.commerce_table"]
    folder = MadeFolder(tmp_path)
    with pytest.raises(KeyError, match="gold.commerce_table"):
        beside.shared_out(known, shared_context(known), pool, folder, lambda path: None)


def test_a_small_night_is_written_by_one_process(site: Path) -> None:
    with beside.processes(newest(Lake(site.parent / "lake"))) as started:
        assert started is None
