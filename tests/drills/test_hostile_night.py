"""A whole night over an inbox of hostile files: it ends, every file has its line, the ledger balances, and no
personal value leaves the raw store (definitions.md#personal-data)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import night_files
import pytest
from further_hostile import FILES
from hostile_market import NUMBERS, PLANTED, ROUNDED, SOURCE, fill
from test_planted_values import texts_of

pytestmark = pytest.mark.proof  # tests/unit/ingest land each of the files
VALUES = [*(value for values in PLANTED.values() for value in values), *NUMBERS, *ROUNDED]
COMMANDS = ("land", "run", "report", "export", "reconcile")


@pytest.fixture(scope="module")
def night(tmp_path_factory) -> tuple[Path, dict[str, tuple[int, str]]]:
    """A home after the commands of a night, and how each ended and what it printed."""
    home = tmp_path_factory.mktemp("hostile")
    odd = home / "inbox" / "odd"
    odd.mkdir(parents=True)
    (home / "sources").mkdir()
    (home / "sources" / "odd.yaml").write_text(SOURCE, encoding="utf-8")
    for name, (content, _) in FILES.items():
        (odd / name).write_bytes(content if isinstance(content, bytes) else content(home))
    fill(home / "inbox")
    night_files.put(odd)
    variables = {"QUALITY_HOME": str(home), "QUALITY_SOURCES": str(home / "sources")}
    environment = os.environ | variables | {"QUALITY_SPARK_MASTER": "local[2]"}
    environment.pop("QUALITY_KEY_FILE", None)
    ended = {}
    for name in COMMANDS:
        day = [] if name == "report" else ["--date", "2026-06-30"]
        command = [sys.executable, "-m", "jobs.cli", name, *day]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1800)
        ended[name] = (done.returncode, done.stdout + done.stderr)
    return home, ended


@pytest.mark.drill(fault="a hundred hostile files in one night", invariant="it ends, and balances to the row")
def test_the_night_ends_and_each_file_has_its_line(night):
    home, ended = night
    assert {name: code for name, (code, _) in ended.items()} == dict.fromkeys(COMMANDS, 0), ended
    assert "balanced to the row" in ended["reconcile"][1]
    from jobs.lake.query import query

    rows = query(home / "lake", "SELECT file, status, loaded FROM ops.ingest_file", latest=True).to_pylist()
    assert {row["file"] for row in rows} >= FILES.keys()
    loaded = {row["file"]: row["loaded"] for row in rows}
    expected = {name: becomes for name, (_, becomes) in FILES.items() if isinstance(becomes, int)}
    assert {name: loaded[name] for name in expected} == expected


@pytest.mark.drill(
    fault="forty more kinds of hostile file in the same night",
    invariant="each costs itself, and says why",
)
def test_each_further_file_lands_as_it_says_or_is_refused_for_its_reason(night):
    home, _ = night
    from jobs.lake.query import query

    rows = query(
        home / "lake", "SELECT file, loaded, reason_en FROM ops.ingest_file", latest=True
    ).to_pylist()
    found = {row["file"]: row for row in rows}
    wrong = {
        name: found.get(name)
        for name, (_, becomes) in night_files.EXPECTED.items()
        if name not in found
        or (
            found[name]["loaded"] != becomes
            if isinstance(becomes, int)
            else becomes not in found[name]["reason_en"]
        )
    }
    assert wrong == {}


@pytest.mark.drill(
    fault="personal values in names of files, sheets, columns and tables, and as rounded numbers",
    invariant="they stand in landing/raw alone",
)
def test_no_personal_value_leaves_the_raw_store(night):
    home, ended = night
    found: dict[str, list[str]] = {}
    for path in home.rglob("*"):
        place = path.relative_to(home).as_posix()
        if place.startswith(("inbox/", "landing/raw/")) or not path.is_file():
            continue
        texts = [place, *texts_of(path, path.read_bytes())]
        for value in VALUES:
            if any(value in text for text in texts):
                found.setdefault(value, []).append(place)
    assert found == {}
    printed = "".join(text for _, text in ended.values())
    assert [value for value in VALUES if value in printed] == []


def test_a_link_in_the_inbox_was_not_followed(night):
    home, _ = night
    foreign = [Path(path).read_bytes() for path in ("/etc/hostname", "/etc/hosts", "/etc/passwd")]
    assert not any(
        path.read_bytes() in foreign for path in (home / "landing" / "raw").rglob("*") if path.is_file()
    )
