"""One seed, one tree of bytes; the history does not depend on the nights behind it, nor a night on the
others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jobs.errors import UsageError
from jobs.simulate.country import country as countries
from jobs.simulate.country import offers, platform_files
from jobs.simulate.country.country import MARK, settings_of, simulate
from jobs.simulate.country.inbox import Inbox
from jobs.simulate.country.platform_files import FEEDS, write_platform
from jobs.simulate.country.truth import Truth
from jobs.simulate.country.world import world


def tree(folder: Path, *, times: bool = True) -> dict[str, tuple[bytes, int]]:
    """Content and time of each file; marks have the time of the run."""
    found = {
        p.relative_to(folder).as_posix(): p
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != MARK
    }
    return {name: (p.read_bytes(), p.stat().st_mtime_ns if times else 0) for name, p in found.items()}


@pytest.fixture(scope="module")
def history(settings, tmp_path_factory) -> Path:
    """The history of the same country, without nights, with its truth; made in further processes."""
    folder = tmp_path_factory.mktemp("history")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(countries, "ALONE_BELOW", 0)
        simulate(replace(settings, nights=0), folder / "inbox", folder / "truth")
    return folder


@pytest.mark.slow  # quick: the next test, of two platforms
def test_the_history_has_the_same_bytes_and_times_whatever_nights_follow_and_however_many_processes_write_it(
    country, settings, history
):
    every = tree(country.folder / "inbox")
    mine = tree(history / "inbox")
    arrived = country.truth("delivery").query("arrives_on <= @settings.until").path
    assert set(mine) == set(arrived) and {n: every[n] for n in mine} == mine


def test_the_history_of_a_platform_has_the_same_bytes_and_times_whatever_nights_follow(
    country, settings, tmp_path
):
    alone = replace(settings, nights=0).world()
    for platform in (0, 8):
        feeds = [feed for feed in FEEDS if feed != "controls"]  # which hold what authorities know
        write_platform(alone, platform, Inbox(tmp_path), feeds=feeds)
    written, every = tree(tmp_path), tree(country.folder / "inbox")
    assert len(written) > 8 and {name: every[name] for name in written} == written


@pytest.mark.slow
def test_a_run_again_has_the_same_bytes_of_files_and_of_truth(history, settings, tmp_path):
    simulate(replace(settings, nights=0), tmp_path / "inbox", tmp_path / "truth")
    assert tree(tmp_path / "inbox") == tree(history / "inbox")
    assert tree(tmp_path / "truth", times=False) == tree(history / "truth", times=False)


@pytest.mark.slow
def test_one_night_after_the_other_gives_the_bytes_of_all_nights_at_once(country, settings, history):
    for number in range(1, settings.nights + 1):
        night = settings.until + timedelta(days=number)
        simulate(replace(settings, nights=number), history / "inbox", None, only=night)
    assert tree(history / "inbox") == tree(country.folder / "inbox")


def test_a_night_alone_has_the_older_listings_of_all_nights_where_many_prices_changed(
    settings, tmp_path, monkeypatch
):
    """Platform 8 repeats an older version of a listing in the first of its files that holds any."""
    monkeypatch.setattr(offers, "CHANGES", 0.05)
    country = replace(settings, records=300_000, months=24).world()
    for folder, only in (("all", None), *(("one", night) for night in country.nights)):
        write_platform(country, 7, Inbox(tmp_path / folder, only), feeds=["listings"])
    every, one = tree(tmp_path / "all"), tree(tmp_path / "one")
    assert one and {name: every[name] for name in one} == one


def test_another_seed_gives_other_bytes(country, settings, tmp_path):
    other = world(settings.seed + 1, settings.records, settings.until, settings.months, settings.nights)
    for platform in (0, 8, 50):
        write_platform(other, platform, Inbox(tmp_path))
    written, known = tree(tmp_path), tree(country.folder / "inbox")
    assert len(written) > 8 and all(
        written[n][0] != known[n][0] for n in written if n in known and "header" not in n
    )


def test_a_folder_that_somebody_else_filled_is_refused(settings, tmp_path):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "mine.csv").write_text("a\n")
    with pytest.raises(UsageError, match="文件夹非空.*not empty"):
        simulate(settings, tmp_path / "inbox", None)
    with pytest.raises(UsageError, match="not empty"):
        simulate(settings, tmp_path / "new", tmp_path / "inbox")
    assert [p.name for p in tmp_path.rglob("*")] == ["inbox", "mine.csv"]


def test_a_truth_that_was_interrupted_is_replaced_by_the_next_run(settings, tmp_path, monkeypatch):
    class Begun(Exception):
        """The run has begun: it refused no folder."""

    def killed(*_, **__):
        raise KeyboardInterrupt

    def begun(*_):
        raise Begun

    half = Truth()
    half.add("listing", listing_id=["L1"])
    half.add("shop", shop_id=["S1"])
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(pq, "write_table", killed)
        half.write(tmp_path / "truth", {})
    (tmp_path / "truth" / "listing.parquet").write_bytes(b"half of it")
    monkeypatch.setattr(countries, "_alone", begun)
    with pytest.raises(Begun):
        simulate(settings, tmp_path / "inbox", tmp_path / "truth")
    assert not (tmp_path / "truth" / "listing.parquet").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"records": 8000, "until": "yesterday"}'])
def test_an_inbox_whose_country_cannot_be_read_is_refused_and_named(settings, tmp_path, content):
    (tmp_path / MARK).write_text(content)
    with pytest.raises(UsageError, match=f"{MARK}.*cannot be read"):
        settings_of(tmp_path)
    with pytest.raises(UsageError, match="cannot be read|another country"):
        simulate(settings, tmp_path, None)


def test_another_country_is_not_written_into_the_same_inbox(country, settings):
    with pytest.raises(UsageError, match="another country"):
        simulate(replace(settings, seed=8), country.folder / "inbox", None)


def test_the_truth_does_not_go_into_the_inbox(settings, tmp_path):
    with pytest.raises(UsageError, match="真值不能放在收件箱里"):
        simulate(settings, tmp_path / "inbox", tmp_path / "inbox" / "truth")


def test_one_night_has_no_truth(settings, tmp_path):
    with pytest.raises(ValueError, match="only and truth"):
        simulate(settings, tmp_path / "inbox", tmp_path / "truth", only=settings.until + timedelta(days=1))
    assert list(tmp_path.iterdir()) == []


def test_files_are_few_and_none_is_large(country, settings):
    delivery = country.truth("delivery")
    assert (delivery.arrives_on <= settings.until).sum() <= 500
    workbooks = delivery[delivery.path.str.endswith(".xlsx") & delivery.source.str.startswith("platform_")]
    assert 0 < workbooks.records.max() <= 5_000


def test_a_large_platform_of_workbooks_parts_them(settings, tmp_path, monkeypatch):
    world, platform = settings.world(), 49
    whole, parted = Inbox(tmp_path / "whole", settings.until), Inbox(tmp_path / "parted", settings.until)
    write_platform(world, platform, whole)
    monkeypatch.setattr(platform_files, "SHEET_ROWS", 5)
    write_platform(world, platform, parted)
    sizes = parted.truth.frame("delivery").records
    assert (
        whole.files == 1 and parted.files > 2 and sizes.max() < 5 + 5
    )  # each of five feeds is cut by itself
    assert sizes.sum() == whole.truth.frame("delivery").records.sum()
