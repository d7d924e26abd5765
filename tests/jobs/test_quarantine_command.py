"""`quality quarantine`: what it lists and shows of a table, by either name, as the newest night named it."""

from __future__ import annotations

import json

import pytest
from homes import HEADER, Home, few_tables

from jobs.commands.look import list_quarantine, show_quarantine
from jobs.errors import UsageError

ROW = "{},甲,2026-01-05,{},,2026-01-05 10:00\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A night with a rejected row and an unreadable record, then a run of one table that readers do not see,
    with another unreadable record."""
    home = Home(
        tmp_path_factory.mktemp("quarantine") / "home",
        tables=few_tables("silver.quarantine", "silver.conclusion"),
    )
    home.put("samples_1.csv", HEADER + ROW.format(1, "") + ROW.format(2, "别的") + "3,甲\n", mtime=1_000)
    assert home.night()[1].exit_code == 0
    home.put("samples_2.csv", HEADER + ROW.format(4, "") + "5,甲\n", mtime=2_000)
    home.night(select="silver.sample")
    return home


@pytest.mark.parametrize("target", [None, "sample", "silver.sample"])
def test_rejected_rows_are_counted_as_the_newest_night_named_them(home, target, capsys):
    list_quarantine(home.env, target, as_json=True)
    rows = json.loads(capsys.readouterr().out)
    assert [(r["target"], r["file"], r["rule"], r["rows"]) for r in rows] == [
        ("sample", "samples_1.csv", "sample.exit_kind.unmapped", 1),
        ("sample", "samples_1.csv", "unreadable", 1),
    ]


@pytest.mark.parametrize("target", ["sample", "silver.sample"])
def test_rejected_rows_are_shown_by_either_name_of_their_table(home, target, capsys):
    show_quarantine(home.env, target, 5, as_json=True)
    assert [r["file"] for r in json.loads(capsys.readouterr().out)] == ["samples_1.csv"]


@pytest.mark.parametrize("unknown", ["samples", "silver.quarantine", "gold.sampling_ledger"])
def test_a_table_that_no_feed_fills_is_an_error_that_says_which_there_are(home, unknown, capsys):
    for asked in (
        lambda: list_quarantine(home.env, unknown, as_json=False),
        lambda: show_quarantine(home.env, unknown, 5, as_json=False),
    ):
        with pytest.raises(UsageError, match=f"^{unknown}: .*conclusion, .*sample, "):
            asked()
    assert capsys.readouterr().out == ""
