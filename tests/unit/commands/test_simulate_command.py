"""`quality simulate`: what its options mean, and which calls are wrong. Nothing is simulated here."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from jobs import cli
from jobs.deployment import today
from jobs.simulate.country import country
from jobs.simulate.country.country import Settings, Written


@pytest.fixture
def call(monkeypatch, capsys):
    """Run one command line; returns exit code, stderr, and what the simulator was asked for (None: not
    asked)."""
    asked = []

    def simulate(settings, out, truth, *, only=None, progress=None):
        progress("a line that is output only now and then")
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


def test_a_history_ends_yesterday_in_shanghai_and_its_truth_lies_beside_the_inbox(call):
    before = today()
    code, output, asked = call("--out", "somewhere/inbox", "--records", "200000")
    assert code == 0 and asked[0].until in {day - timedelta(days=1) for day in (before, today())}
    assert asked == (
        Settings(200_000, asked[0].until, 7, 24, 0),
        Path("somewhere/inbox"),
        Path("somewhere/inbox_truth"),
        None,
    )
    assert (
        "synthetic country, seed 7" in output
        and "1,234 records" in output
        and "2 MiB" in output
        and "now and then" not in output
    )


def test_every_option_reaches_the_simulator(call):
    line = "--out i --records 5000 --seed 11 --until 2024-07-17 --months 5 --nights 4 --truth t"
    _, output, asked = call(*line.split())
    assert asked == (Settings(5000, date(2024, 7, 17), 11, 5, 4), Path("i"), Path("t"), None)
    assert "2024-01-01 to 2024-07-17 and 4 nights" in output


@pytest.fixture
def inbox(tmp_path) -> str:
    """An inbox that says which country was written into it."""
    made = Settings(5000, date(2024, 7, 17), 11, 5).country()
    (tmp_path / country.MARK).write_text(json.dumps(made), encoding="utf-8")
    return str(tmp_path)


def test_one_more_night_goes_on_with_the_country_of_the_inbox_and_has_no_truth(call, inbox):
    _, output, asked = call("--out", inbox, "--only-night", "2024-07-20")
    assert asked == (Settings(5000, date(2024, 7, 17), 11, 5, 3), Path(inbox), None, date(2024, 7, 20))
    assert "seed 11" in output and "truth" not in output


@pytest.mark.parametrize(("line", "message"), [
    ("--out i", "--records is missing"),
    ("--out i --records 5000 --until 2024-13-01", "does not match the format '%Y-%m-%d'"),
    ("--out i --records 10", "1000"),
    ("--out i --records 5000 --months 2", "3"),
    ("--out i --only-night 2024-07-18", "holds no country"),
    ("--out INBOX --only-night 2024-07-17", "behind the history, which ends on 2024-07-17"),
    ("--out INBOX --only-night 2024-07-18 --records 5000", "leave out --records"),
    ("--out INBOX --only-night 2024-07-18 --until 2024-07-17", "leave out --until"),
    ("--out INBOX --only-night 2024-07-18 --nights 1", "leave out --nights"),
    ("--out INBOX --only-night 2024-07-18 --truth t", "leave out --truth"),
])  # fmt: skip
def test_a_wrong_call_is_one_line_and_nothing_is_simulated(call, inbox, line, message):
    code, output, asked = call(*line.replace("INBOX", inbox).split())
    assert code == 2 and asked is None and message in output and len(output.strip().splitlines()) == 1
