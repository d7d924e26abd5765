"""`quality forget` that is stopped or killed anywhere and made again ends as an undisturbed one, and readers
find every table at each moment in between (definitions.md#forget)."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from homes import DAY, Home
from test_forget import ID, PERSON, PHONE, REFS, country, erased, pseudonyms, standing

from jobs.lake import versions
from jobs.lake.lock import writer_lock
from jobs.lake.night import ANY, FOR_READERS, WHOLE, newest_snapshot
from jobs.lake.tables import Lake
from jobs.upkeep import doctor, erasure
from jobs.upkeep.dropping import nights
from jobs.upkeep.erasure import Erasure
from jobs.upkeep.marks import MARKS

Content = dict[str, list[str]]


class Stopped(BaseException):
    """What a kill is for code that cleans up after errors."""


def stop_after(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, at: Callable[..., bool]) -> None:
    """Let ``owner.name`` do its work and then stop the call, the first time that ``at`` says so."""
    work = getattr(owner, name)

    def stopped(self: object, *given: object, **options: object) -> object:
        found = work(self, *given, **options)
        if at(self, *given):
            raise Stopped
        return found

    monkeypatch.setattr(owner, name, stopped)


def half_cleaned(patch: pytest.MonkeyPatch) -> None:
    """Some tables are written anew, and nothing names them."""
    stop_after(patch, Lake, "overwrite", lambda lake, table, rows: table == "bronze.complaint")


def all_cleaned(patch: pytest.MonkeyPatch) -> None:
    """All tables are written anew, and nothing names them."""

    def refuse(*_: object) -> None:
        raise Stopped

    patch.setattr(erasure, "_mark_nights", refuse)


def named(patch: pytest.MonkeyPatch) -> None:
    """The night names the new versions, and the old ones are still there."""
    stop_after(patch, Lake, "overwrite", lambda lake, table, rows: table == "ops.night")


def half_removed(patch: pytest.MonkeyPatch) -> None:
    """The old files of one table are gone."""
    stop_after(patch, versions.Freed, "remove", lambda freed: True)


def landed_cleaned(patch: pytest.MonkeyPatch) -> None:
    """The landed rows are clean, and no table is."""
    stop_after(patch, Erasure, "note", lambda job, step, subject: subject == "landing/rows")


BORDERS = (landed_cleaned, half_cleaned, all_cleaned, named, half_removed)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return country(tmp_path_factory.mktemp("killed") / "home")


@pytest.fixture(scope="module")
def undisturbed(started: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Content, list[object]]:
    home = started.copied(tmp_path_factory.mktemp("undisturbed") / "home")
    job = erased(home, PERSON)
    return content(home, job.traces.marks), kinds(home)


def content(home: Home, marks: Mapping[str, str]) -> Content:
    """Rows of every table that a night names and of landed files, with the marks of pseudonyms by number."""
    lake, found = Lake(home.env.lake), {}
    snapshot = newest_snapshot(lake, WHOLE)
    tables = {t: snapshot.arrow(t) for t in snapshot.tables if not t.startswith("ops.")}
    rows = home.env.landing / "rows"
    tables |= {p.relative_to(rows).as_posix(): pq.read_table(p) for p in rows.rglob("*.parquet")}
    for table, held in tables.items():
        plain = held.drop_columns([c for c in held.column_names if c.startswith("_")])
        texts = [json.dumps(row, ensure_ascii=False, default=str) for row in plain.to_pylist()]
        for number, mark in enumerate(marks.values()):
            texts = [text.replace(mark, f"mark {number}") for text in texts]
        found[table] = sorted(texts)
    return found


def kinds(home: Home) -> list[object]:
    return [(n["date"], n["kind"]) for n in nights(Lake(home.env.lake))]


def readable(home: Home) -> None:
    """All that the newest nights name can be read, and the next run would have nothing to load anew."""
    lake = Lake(home.env.lake)
    for each in (WHOLE, FOR_READERS, ANY):
        snapshot = newest_snapshot(lake, each)
        assert snapshot.date == DAY + timedelta(2)
        assert {t for t in snapshot.tables if snapshot.arrow(t) is None} == set()
    assert len(home.ask(REFS)) == 4


def ends_as_undisturbed(home: Home, undisturbed: tuple[Content, list[object]]) -> None:
    job = erased(home, PERSON)
    assert job.left == [] and job.unsearched == []
    assert standing(home, [ID, ID.lower(), PHONE, *pseudonyms(home)]) == {
        word: set() for word in (ID, ID.lower(), PHONE, *pseudonyms(home))
    }
    assert (content(home, job.traces.marks), kinds(home)) == undisturbed
    assert doctor.problems(home.env.lake, deep=True) == []
    assert not (home.env.lake / MARKS).exists()
    noted = home.ask(
        "SELECT DISTINCT \"table\", rows FROM ops.run_log WHERE stage = 'forget' AND rows > 0", latest=True
    )
    assert {"table": "silver.complaint", "rows": 2} in noted
    hashes = home.hashes()
    _, result = home.night(DAY + timedelta(3))
    assert result.exit_code == 0 and home.hashes() == hashes


@pytest.mark.slow
@pytest.mark.parametrize(
    "border",
    [pytest.param(b, id=b.__name__, marks=[] if b is half_cleaned else pytest.mark.slow) for b in BORDERS],
)
def test_a_call_that_was_stopped_is_made_again(
    started: Home,
    undisturbed: tuple[Content, list[object]],
    border: Callable[[pytest.MonkeyPatch], None],
    tmp_path: Path,
) -> None:
    home = started.copied(tmp_path / "home")
    with pytest.MonkeyPatch.context() as patch:
        border(patch)
        with pytest.raises(Stopped):
            erased(home, PERSON)
    readable(home)
    kept = home.env.lake / MARKS
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert not any(word in kept.read_text(encoding="utf-8") for word in (ID, PHONE, *pseudonyms(home)))
    ends_as_undisturbed(home, undisturbed)


@pytest.mark.slow  # quick: half_cleaned, without a night between
def test_a_night_between_the_two_calls_changes_nothing(
    started: Home, undisturbed: tuple[Content, list[object]], tmp_path: Path
) -> None:
    """It takes back what nothing names; and an erasure of other values keeps the marks of these."""
    home = started.copied(tmp_path / "home")
    with pytest.MonkeyPatch.context() as patch:
        half_cleaned(patch)
        with pytest.raises(Stopped):
            erased(home, PERSON)
    _, result = home.night(DAY + timedelta(2))
    assert result.exit_code == 0
    one, every = erased(home, [PERSON[1]]), erased(home, PERSON)
    assert one.left == [] and every.left == []
    assert content(home, every.traces.marks | one.traces.marks) == undisturbed[0]
    assert not (home.env.lake / MARKS).exists()


@pytest.mark.slow  # quick: test_forget, where the command is left a trace
def test_while_a_trace_is_left_the_next_call_goes_on_with_the_same_marks(
    started: Home, tmp_path: Path
) -> None:
    """So that what it finds bears the mark that the rows of this person bear already."""
    home = started.copied(tmp_path / "home")
    note = home.root / "published" / "note.txt"
    note.parent.mkdir(exist_ok=True)
    note.write_text(PHONE)
    first = erased(home, PERSON)
    assert first.left and (home.env.lake / MARKS).exists()
    note.unlink()
    again = erased(home, PERSON)
    assert again.left == [] and again.traces.marks == first.traces.marks
    assert not (home.env.lake / MARKS).exists()


KILLED = """
import os, signal, sys
from jobs.lake.tables import Lake
from jobs.lake import versions
owner = {"overwrite": Lake, "remove": versions.Freed}[sys.argv[1]]
name, times = sys.argv[1], 3
work, count = getattr(owner, name), [0]
def killed(*given, **options):
    count[0] += 1
    if count[0] == times:
        os.kill(os.getpid(), signal.SIGKILL)
    return work(*given, **options)
setattr(owner, name, killed)
from jobs.cli import main
sys.argv[1:] = ["forget", "-"]
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["overwrite", "remove"])
def test_a_real_kill_of_the_command(
    started: Home, undisturbed: tuple[Content, list[object]], moment: str, tmp_path: Path
) -> None:
    home = started.copied(tmp_path / "home")
    given = "kind,value\n" + "".join(f"{d.kind},{d.value}\n" for d in PERSON)
    environment = {
        **os.environ,
        "QUALITY_HOME": str(home.root),
        "QUALITY_KEY_FILE": str(home.env.key_file),
        "QUALITY_SOURCES": str(home.root / "sources"),
    }
    done = subprocess.run(
        [sys.executable, "-c", KILLED, moment], env=environment, input=given, text=True, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    readable(home)
    with writer_lock(home.env.lake, wait_seconds=5):
        pass
    ends_as_undisturbed(home, undisturbed)
