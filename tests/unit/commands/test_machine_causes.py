"""What the machine lacks is said with what to do about it, and what comes from others is shown, not acted
on."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from datetime import date

import pandas as pd
import pyarrow as pa
import pytest

from jobs import cli, output
from jobs.commands import landing as landing_commands
from jobs.commands import options, work
from jobs.errors import kind_and_place, machine_cause, out_of_memory
from jobs.ingest import landing, parquet_files
from jobs.ingest.raw import RawStore
from jobs.terminal import shown

LACKS = [
    (OSError(errno.ENOSPC, "No space left on device"), "the disk is full: free space"),
    (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk quota is used up: "),
    (
        OSError(errno.EROFS, "Read-only file system", "/srv/lake"),
        "the file system is read-only (/srv/lake): mount",
    ),
    (PermissionError(errno.EACCES, "Permission denied", "/srv/x"), "no permission (/srv/x): give the user"),
    (OSError(errno.EMFILE, "Too many open files"), "too many open files: raise the limit (`ulimit -n 4096`)"),
    (MemoryError(), "out of memory: "),
    (pa.ArrowMemoryError("malloc of size 9 failed"), "out of memory: "),
    (OSError("Generic LocalFileSystem error: No space left on device (os error 28)"), "the disk is full: "),
    (RuntimeError("py4j: java.lang.OutOfMemoryError: Java heap space"), "out of memory: "),
]


@pytest.fixture
def call(monkeypatch, tmp_path, capsys) -> Callable[..., tuple[int, str]]:
    """Run a command line over a home with an empty inbox; returns exit code and stderr."""
    monkeypatch.setenv("QUALITY_HOME", str(tmp_path))
    monkeypatch.delenv("QUALITY_SOURCES", raising=False)
    (tmp_path / "inbox").mkdir()

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(list(arguments))
        return ended.value.code or 0, capsys.readouterr().err

    return run


@pytest.mark.parametrize(("error", "said"), LACKS)
@pytest.mark.parametrize(
    ("command", "room", "edge"),
    [("land", landing_commands, "land_files"), ("run", work, "run_tables"), ("report", work, "write_report")],
)
@pytest.mark.drill(
    fault="disk full, read-only, out of memory",
    invariant="the message names the cause and what to do",
)
def test_every_command_says_what_is_lacking_and_what_to_do(
    call, monkeypatch, command, room, edge, error, said
):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(room, edge, fails)
    code, err = call(command)
    assert code == 2 and err.startswith(f"error: {said}") and err.count("\n") == 1


def test_a_cause_is_found_behind_the_error_that_it_led_to_and_any_other_error_has_none():
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as full:
            raise RuntimeError("write failed") from full
    except RuntimeError as error:
        assert kind_and_place(error).startswith("the disk is full: ") and kind_and_place(error).endswith(
            "RuntimeError"
        )
    assert machine_cause(KeyError("x")) is None and machine_cause(FileNotFoundError(2, "gone")) is None


@pytest.mark.parametrize(
    "number",
    [errno.ENOSPC, *(pytest.param(n, marks=pytest.mark.slow) for n in (errno.EROFS, errno.EMFILE))],
)
def test_a_landing_ends_where_the_next_file_would_fail_as_well(call, monkeypatch, tmp_path, number):
    folder = tmp_path / "inbox" / "somebody"
    folder.mkdir()
    (folder / "a.csv").write_text("x")

    def fails(self, received, *_):
        raise OSError(number, "…")

    monkeypatch.setattr(RawStore, "keep", fails)
    code, err = call("land")
    assert code == 2 and machine_cause(OSError(number, "…")) in err


@pytest.mark.drill(fault="a file that may not be read", invariant="one file is lost, with the cause")
def test_a_file_that_may_not_be_read_is_named_with_the_cause_and_costs_only_itself(
    call, monkeypatch, tmp_path
):
    folder = tmp_path / "inbox" / "somebody"
    folder.mkdir()
    (folder / "a.csv").write_text("x")

    def fails(self, received, *_):
        raise PermissionError(errno.EACCES, "Permission denied", str(received))

    monkeypatch.setattr(RawStore, "keep", fails)
    report = landing.land(cli.Environment.from_variables(), source="somebody", date=cli.today())
    assert any("somebody/a.csv: not read (no permission" in line for line in report.warnings)


def test_a_parquet_file_is_not_called_damaged_where_memory_is_lacking(monkeypatch):
    def fails(*_):
        raise pa.ArrowMemoryError("malloc failed")
        yield

    monkeypatch.setattr(parquet_files, "_batches", fails)
    with pytest.raises(MemoryError):
        list(parquet_files.batches(None, None, None))


def test_control_characters_are_shown_as_escapes():
    assert shown("a\x1b]0;title\x07b") == "a\\x1b]0;title\\x07b"
    assert shown("\x9b2J \u202e清\u2028x\udcff") == "\\x9b2J \\u202e清\\u2028x\\udcff"
    assert shown("表\t一\nline | 甲乙 é €") == "表\t一\nline | 甲乙 é €"


@pytest.mark.drill(fault="control characters in names and values", invariant="shown escaped")
def test_no_line_that_is_said_and_no_cell_that_is_printed_holds_one(capsys):
    options.say("refused: acme/\x1b[2J.csv")
    output.show([{"na\x1bme": "va\x1blue", "list": ["\x9b"]}], as_json=False)
    out, err = capsys.readouterr()
    assert "acme/\\x1b[2J.csv" in err and "na\\x1bme" in out and "va\\x1blue" in out
    assert not any(mark in out + err for mark in ("\x1b", "\x9b"))
    output.show([{"x": "\x1b"}], as_json=True)
    assert json.loads(capsys.readouterr().out) == [{"x": "\x1b"}]  # data stays what it is


def test_what_is_missing_is_a_blank_cell_and_null_in_json(capsys):
    missing = [None, float("nan"), pd.NaT]
    rows = [
        {"n": n, "at": at} for n, at in enumerate([*missing, pd.Timestamp("2026-06-30"), date(2026, 7, 1)])
    ]
    output.show(rows, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["0"], ["1"], ["2"], ["3", "2026-06-30T00:00:00"], ["4", "2026-07-01"]
    ]  # fmt: skip
    output.show(rows, as_json=True)
    as_json = [row["at"] for row in json.loads(capsys.readouterr().out)]
    assert as_json == [None, None, None, "2026-06-30T00:00:00", "2026-07-01"]


def test_a_wrong_argument_is_shown_with_escapes(call):
    code, err = call("explain", "gold.\x1b[31m")
    assert code == 2 and "\x1b" not in err and "\\x1b[31m" in err


@pytest.mark.parametrize(
    "error",
    [
        pa.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily unavailable"),
        RuntimeError("can't start new thread"),
        pa.ArrowException("Unknown error: std::bad_alloc"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
    ids=str,
)
def test_no_room_for_a_thread_is_no_memory_as_well(error):
    assert out_of_memory(error) and not out_of_memory(ValueError("Unknown error: broken"))
