"""Bundles that are withdrawn, taken away and published again; what a killed writer left; what `--diff` says
(definitions.md#bundle)."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from click.testing import CliRunner
from frictionless import Package
from notebook_country import put
from test_bundles import MAY, changed, lake_at, quiet

from jobs.cli import quality
from jobs.contracts.catalog import load_catalog
from jobs.errors import UsageError
from jobs.exchange.nation import withdrawn
from jobs.lake.tables import Lake
from jobs.publish.calendar import releases
from jobs.publish.changes import applied
from jobs.publish.formats import csv_rows
from jobs.publish.freezing import KEYS, freeze, freeze_due, withdraw
from jobs.publish.periods import span
from jobs.publish.public_pages import STATES
from jobs.publish.public_tables import PERIOD_TABLES, PUBLIC_TABLES
from jobs.publish.shelf import of_period, shelf
from jobs.publish.site import write_public

PHONE = "13977770001"
APRIL = span("2026-04")


def published_with_phone(home: Path) -> Lake:
    """May is published with a number in what a party said of a batch."""
    lake = lake_at(home)
    batches = lake.frame("gold.bulletin")
    batches["comment_texts"] = [[f"已整改，请打{PHONE}"]] * len(batches)
    put(lake, {"gold.bulletin": batches})
    night = lake.arrow("ops.night")  # the bronze of this country is none that landing wrote
    lake.overwrite("ops.night", night.filter(pc.invert(pc.starts_with(night["table"], "bronze."))))
    freeze(lake.root, home / "published", MAY, day=None, say=quiet)
    return lake


def quality_of(home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("QUALITY_HOME", str(home))
    monkeypatch.delenv("QUALITY_KEY_FILE", raising=False)
    return lambda *words, given=None: CliRunner().invoke(quality, [*words], input=given)


def test_a_withdrawal_says_which_rows_it_withdraws_and_nothing_else_of_them(tmp_path: Path) -> None:
    lake, published = lake_at(tmp_path), tmp_path / "published"
    first = freeze(lake.root, published, MAY, day=None, say=quiet)
    gone = withdraw(lake.root, published, MAY, reason="单位有误", day=None, say=quiet)
    listed = csv_rows((gone.folder / "changes.csv").read_bytes())
    assert {(r["change"], r["before"], r["after"]) for r in listed} == {("withdrawn", "", "")}
    assert not any(rows for rows in applied(first.texts(), listed, KEYS).values())
    keys = {value for r in listed for value in json.loads(r["key"]).values()}
    said = "".join(p.read_text(encoding="utf-8") for p in gone.folder.rglob("*") if p.is_file())
    secret = {
        value
        for table, rows in first.texts().items()
        for row in rows
        for name, value in row.items()
        if name not in KEYS[table] and len(value) > 12  # shorter ones stand in sums and in other words
    } - keys
    assert len(secret) > 100 and [value for value in secret if value in said] == []
    assert Package(str(gone.folder / "datapackage.json")).validate().valid
    assert gone.manifest["changes"] == {"added": 0, "changed": 0, "withdrawn": len(listed)}


def test_no_key_of_a_public_table_is_free_text() -> None:
    """For a withdrawal shows the keys."""
    free = {c.name for contract in load_catalog().contracts.values() for c in contract.columns if c.free_text}
    assert free and free.isdisjoint(name for key in KEYS.values() for name in key)


@pytest.mark.slow
def test_the_remedy_for_a_trace_in_a_bundle_ends_with_0(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the guide has it: withdraw, delete the revision with the trace, publish again."""
    lake, run = published_with_phone(tmp_path), quality_of(tmp_path, monkeypatch)
    forget = lambda: run("forget", "-", "--date", "2026-07-09", given=f"kind,value\nphone,{PHONE}\n")
    found = forget()
    assert found.exit_code == 1 and "published/2026-05/0/data/bulletins.csv" in found.output
    assert run("publish", "--period", "2026-05", "--withdraw", "--reason", "个人信息").exit_code == 0
    shutil.rmtree(tmp_path / "published" / "2026-05" / "0")
    assert run("publish", "--period", "2026-05").exit_code == 0
    again = forget()
    assert again.exit_code == 0, again.output
    assert [(b.revision, b.withdrawn) for b in shelf(tmp_path / "published")] == [(1, True), (2, False)]
    texts = shelf(tmp_path / "published")[1].arrow("bulletins")["comment_texts"].to_pylist()
    assert {text for row in texts for text in json.loads(row)} == {"已整改，请打〔电话〕"}
    noted = lake.frame("ops.bundle")
    assert sorted(zip(noted["revision"], noted["state"], strict=True)) == [
        (0, "published"), (1, "withdrawn"), (2, "published")
    ]  # fmt: skip


def test_a_revision_that_was_deleted_first_can_still_be_withdrawn_and_no_number_is_used_twice(
    tmp_path: Path,
) -> None:
    lake, published = lake_at(tmp_path), tmp_path / "published"
    freeze(lake.root, published, MAY, day=None, say=quiet)
    shutil.rmtree(published / "2026-05")
    gone = withdraw(lake.root, published, MAY, reason="个人信息", day=None, say=quiet)
    assert gone.revision == 1 and csv_rows((gone.folder / "changes.csv").read_bytes()) == []
    with pytest.raises(UsageError, match="nothing published"):
        withdraw(lake.root, published, MAY, reason="个人信息", day=None, say=quiet)
    shutil.rmtree(published / "2026-05")
    with pytest.raises(UsageError, match="nothing published"):
        withdraw(lake.root, published, MAY, reason="个人信息", day=None, say=quiet)
    assert freeze(lake.root, published, MAY, day=None, say=quiet).revision == 2


@pytest.mark.slow  # quick: a revision that was deleted first, by the name of its period
@pytest.mark.parametrize("withdrawn_first", [False, True])
def test_what_was_deleted_or_withdrawn_does_not_come_back_with_what_is_due(
    tmp_path: Path, withdrawn_first: bool
) -> None:
    lake, published = lake_at(tmp_path), tmp_path / "published"
    freeze_due(lake.root, published, say=quiet)
    newest = max(b.period for b in shelf(published) if b.period.kind == "month")
    if withdrawn_first:
        withdraw(lake.root, published, newest, reason="个人信息", day=None, say=quiet)
    shutil.rmtree(published / newest.name)
    assert freeze_due(lake.root, published, say=quiet) == []
    assert of_period(published, newest) == []
    assert freeze(lake.root, published, newest, day=None, say=quiet).revision == 1 + withdrawn_first


@pytest.mark.slow
def test_a_period_withdrawn_by_a_revision_that_is_gone_is_not_revised_with_a_new_one(tmp_path: Path) -> None:
    """As where published/ was restored from before the withdrawal."""
    lake, published = lake_at(tmp_path), tmp_path / "published"
    freeze(lake.root, published, APRIL, day=None, say=quiet)
    gone = withdraw(lake.root, published, APRIL, reason="个人信息", day=None, say=quiet)
    shutil.rmtree(gone.folder)
    changed(lake)
    assert MAY in {b.period for b in freeze_due(lake.root, published, say=quiet)}
    assert [b.revision for b in of_period(published, APRIL)] == [0]


@pytest.mark.slow  # quick: a revision that was deleted first
def test_no_revision_is_dated_before_one_whose_folder_is_gone(tmp_path: Path) -> None:
    lake, published = lake_at(tmp_path), tmp_path / "published"
    night = freeze(lake.root, published, MAY, day=None, say=quiet).published_on
    later = night + timedelta(20)
    withdraw(lake.root, published, MAY, reason="个人信息", day=later, say=quiet)
    shutil.rmtree(published / "2026-05")
    with pytest.raises(UsageError, match=f"is before {later}"):
        freeze(lake.root, published, MAY, day=night, say=quiet)
    again = freeze(lake.root, published, MAY, day=None, say=quiet)
    assert (again.revision, again.published_on) == (2, later)
    shutil.rmtree(published / "2026-05")
    with pytest.raises(UsageError, match=f"is before {later}"):
        withdraw(lake.root, published, MAY, reason="个人信息", day=night, say=quiet)
    gone = withdraw(lake.root, published, MAY, reason="个人信息", day=None, say=quiet)
    assert (gone.revision, gone.published_on) == (3, later)


@pytest.mark.slow  # quick: a revision that was deleted first
def test_what_was_withdrawn_comes_back_by_its_name_where_the_folder_of_the_withdrawal_is_gone(
    tmp_path: Path,
) -> None:
    """As where published/ was restored from before the withdrawal: nothing differs from what is there."""
    lake, published = lake_at(tmp_path), tmp_path / "published"
    freeze(lake.root, published, MAY, day=None, say=quiet)
    gone = withdraw(lake.root, published, MAY, reason="个人信息", day=None, say=quiet)
    shutil.rmtree(gone.folder)
    with pytest.raises(UsageError, match="nothing published"):
        withdraw(lake.root, published, MAY, reason="个人信息", day=None, say=quiet)
    again = freeze(lake.root, published, MAY, day=None, say=quiet)
    assert again.revision == 2 and not again.withdrawn
    assert freeze(lake.root, published, MAY, day=None, say=quiet).revision == 2  # published, and unchanged


@pytest.mark.slow
def test_an_earlier_period_of_which_the_night_has_no_rows_is_left_out_and_the_others_are_published(
    tmp_path: Path,
) -> None:
    lake, published = lake_at(tmp_path), tmp_path / "published"
    freeze(lake.root, published, APRIL, day=None, say=quiet)
    for table in PUBLIC_TABLES:
        if table.name in PERIOD_TABLES and lake.exists(table.source):
            rows = lake.frame(table.source)
            put(lake, {table.source: rows[~of_april(rows)]})
    lines: list[str] = []
    made = {b.period.name for b in freeze_due(lake.root, published, say=lines.append)}
    assert made == {"2026-05", "2026Q1", "2025"}
    assert [line for line in lines if "holds nothing of 2026-04" in line] != []


def of_april(rows: pd.DataFrame) -> pd.Series:
    """The rows that a bundle of April shows, all of twelve months among them."""
    day = next(column for column in ("period_start", "public_from", "recalled_on") if column in rows)
    month = pd.to_datetime(rows[day]).dt.to_period("M").eq(pd.Period("2026-04", "M"))
    if "period_type" not in rows:
        return month
    return month & rows["period_type"].eq("month") | rows["period_type"].eq("rolling12")


@pytest.mark.slow
def test_a_period_published_again_keeps_the_day_on_which_it_came_first(tmp_path: Path) -> None:
    """Its first folder is deleted, as the guide has it for a trace; a day that is not known is not said."""
    lake, published = lake_at(tmp_path), tmp_path / "published"
    first = freeze(lake.root, published, MAY, day=None, say=quiet)
    day = first.published_on
    withdraw(lake.root, published, MAY, reason="x", day=day + timedelta(20), say=quiet)
    shutil.rmtree(first.folder)
    freeze(lake.root, published, MAY, day=day + timedelta(30), say=quiet)
    said = lambda: {
        row["period"]: (row["first_published_on"], row["days_late"])
        for row in releases(shelf(published)).to_pylist()
    }[MAY.name]
    assert said() == (day, max(0, (day - MAY.due).days))
    for bundle in of_period(published, MAY):
        path = bundle.folder / "manifest.json"
        path.write_text(json.dumps({**bundle.manifest, "first_published_on": None}), encoding="utf-8")
    assert said() == (None, None)


def test_the_nation_reads_of_a_withdrawal_until_the_period_is_published_again(tmp_path: Path) -> None:
    lake, published = lake_at(tmp_path), tmp_path / "published"
    freeze(lake.root, published, MAY, day=None, say=quiet)
    withdraw(lake.root, published, MAY, reason="单位有误", day=None, say=quiet)
    named = lambda: withdrawn({}, lake.frame("ops.bundle"))["name"].tolist()
    assert named() == ["2026-05/1"]
    freeze(lake.root, published, MAY, day=None, say=quiet)
    assert named() == []


@pytest.mark.slow  # quick: test_bundles, by the next writer
def test_what_a_killed_writer_did_not_note_is_noted_when_nothing_is_due(tmp_path: Path) -> None:
    lake, published = lake_at(tmp_path), tmp_path / "published"
    freeze_due(lake.root, published, say=quiet)
    rows = len(lake.frame("ops.bundle"))
    shutil.rmtree(lake.path("ops.bundle"))
    assert freeze_due(lake.root, published, say=quiet) == []
    assert len(lake.frame("ops.bundle")) == rows > 1


@pytest.mark.slow  # quick: test_bundles, by the next writer
def test_orders_that_a_killed_writer_did_not_confirm_are_confirmed_when_nothing_is_due(
    tmp_path: Path,
) -> None:
    lake, published = lake_at(tmp_path), tmp_path / "published"
    freeze_due(lake.root, published, say=quiet)
    shown = lake.arrow("ops.trade_shown")
    at, none = shown.schema.get_field_index("confirmed"), pa.array([False] * len(shown))
    lake.overwrite("ops.trade_shown", shown.set_column(at, shown.schema.field(at), none))
    assert len(shown) and freeze_due(lake.root, published, say=quiet) == []
    assert lake.frame("ops.trade_shown")["confirmed"].all()


def test_the_first_page_counts_what_a_withdrawal_withdraws(tmp_path: Path) -> None:
    lake, published = lake_at(tmp_path), tmp_path / "published"
    rows = sum(
        t["rows"] for t in freeze(lake.root, published, MAY, day=None, say=quiet).manifest["tables"].values()
    )
    withdraw(lake.root, published, MAY, reason="单位有误", day=None, say=quiet)
    write_public(published)
    assert f"0 / 0 / {rows}" in (published / "site" / "index.html").read_text(encoding="utf-8")


def test_a_release_is_late_by_the_day_on_which_the_site_is_written(tmp_path: Path) -> None:
    """Not only once another bundle comes."""
    lake, published = lake_at(tmp_path), tmp_path / "published"
    freeze(lake.root, published, MAY, day=None, say=quiet)
    due = MAY.next.due
    state = lambda: {
        row["period"]: (row["state"], row["days_late"])
        for row in json.loads((published / "api" / "v1" / "calendar.json").read_text(encoding="utf-8"))[
            "results"
        ]
    }["2026-06"]
    write_public(published, due - timedelta(1))
    assert state() == ("coming", None)
    assert write_public(published, due - timedelta(1)) == 0
    assert write_public(published, due + timedelta(3)) > 0
    assert state() == ("late", 3)
    assert STATES["late"].zh in (published / "site" / "calendar.html").read_text(encoding="utf-8")
    newest = shelf(published)[-1].published_on
    assert releases(shelf(published), date(2020, 1, 1)).equals(releases(shelf(published), newest))


@pytest.mark.slow  # quick: the last of test_bundles
def test_the_command_shows_the_changes_that_the_next_revision_then_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, run = lake_at(tmp_path), quality_of(tmp_path, monkeypatch)
    said = run("publish", "--period", "2026-05", "--diff", "--json")
    assert "no revision yet" in said.output and json.loads(said.stdout) == []
    freeze(lake.root, tmp_path / "published", MAY, day=None, say=quiet)
    changed(lake)
    there = sorted(p for p in (tmp_path / "published").rglob("*"))
    said = run("publish", "--period", "2026-05", "--diff", "--json")
    shown = json.loads(said.stdout)
    assert said.exit_code == 0 and sorted((tmp_path / "published").rglob("*")) == there
    last = freeze(lake.root, tmp_path / "published", MAY, day=None, say=quiet)
    assert shown == csv_rows((last.folder / "changes.csv").read_bytes())
    assert {row["change"] for row in shown} == {"added", "changed", "withdrawn"}
    assert len(of_period(tmp_path / "published", MAY)) == 2
