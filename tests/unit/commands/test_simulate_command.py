"""`quality simulate`: what its options mean, and which calls are wrong. Nothing is simulated here."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from jobs import cli
from jobs.simulate.country import country
from jobs.simulate.country.country import Settings, Written


@pytest.fixture
def call(monkeypatch, capsys):
    """Run one command line; returns exit code, stderr, and what the simulator was asked for (None: not
    asked)."""
    asked = []

    def simulate(settings, out, truth, *, only=None, progress=None):
        progress("a line that is told only now and then")
        asked.append((settings, out, truth, only))
        return Written(3, 2**21, 1234)

    monkeypatch.setattr(country, "simulate", simulate)

    def run(*arguments: str):
        code = 0
        asked.clear()
        try:
            cli.main(["simulate", *arguments])
        except SystemExit as ended:
            code = ended.code or 0
        return code, capsys.readouterr().err, asked[0] if asked else None

    return run


def test_defaults_are_18_months_from_2025_without_nights_and_the_truth_beside_the_inbox(call):
    code, told, asked = call("--out", "somewhere/inbox", "--records", "200000")
    assert code == 0 and asked == (
        Settings(200_000, 7, date(2025, 1, 1), 18, 0),
        Path("somewhere/inbox"),
        Path("somewhere/inbox_truth"),
        None,
    )
    assert (
        "synthetic country, seed 7" in told
        and "1,234 records" in told
        and "2 MiB" in told
        and "now and then" not in told
    )


def test_every_option_reaches_the_simulator(call):
    _, told, asked = call(
        "--out",
        "i",
        "--records",
        "5000",
        "--seed",
        "11",
        "--start",
        "2024-02",
        "--months",
        "6",
        "--nights",
        "4",
        "--truth",
        "t",
    )
    assert asked == (Settings(5000, 11, date(2024, 2, 1), 6, 4), Path("i"), Path("t"), None)
    assert "2024-02 to 2024-07 and 4 nights" in told


def test_one_night_is_counted_from_the_end_of_the_history_and_has_no_truth(call):
    _, told, asked = call(
        "--out", "i", "--records", "5000", "--start", "2024-02", "--months", "6", "--only-night", "2024-08-03"
    )
    assert (
        asked == (Settings(5000, 7, date(2024, 2, 1), 6, 3), Path("i"), None, date(2024, 8, 3))
        and "truth" not in told
    )


@pytest.mark.parametrize(("arguments", "message"), [
    (["--start", "2024-2"], "no month like 2025-01"),
    (["--start", "2024-13"], "no month like 2025-01"),
    (["--records", "10"], "1000"),
    (["--months", "2"], "3"),
    (["--only-night", "2026-06-30"], "behind the history, which ends on 2026-06-30"),
    (["--only-night", "2026-07-01", "--nights", "1"], "leave out --truth and --nights"),
    (["--only-night", "2026-07-01", "--truth", "t"], "leave out --truth and --nights"),
])  # fmt: skip
def test_a_wrong_call_is_one_line_and_nothing_is_simulated(call, arguments, message):
    code, told, asked = call("--out", "i", "--records", "5000", *arguments)
    assert code == 2 and asked is None and message in told and len(told.strip().splitlines()) == 1
