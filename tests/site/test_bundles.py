"""Bundles of a small country: what is in them, that they never change, and that a revision differs from the
one before exactly by its changes (definitions.md#bundle)."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from datetime import date
from pathlib import Path

import country
import country_trade
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from country_samples import MARKUP
from frictionless import Package
from notebook_country import put
from python_calamine import CalamineWorkbook

from jobs.cli import quality
from jobs.errors import UsageError
from jobs.lake import ops
from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake
from jobs.marts.sampling.outcomes import judged, violation_base
from jobs.publish import freezing
from jobs.publish.changes import applied
from jobs.publish.freezing import KEYS, freeze, freeze_due, withdraw
from jobs.publish.periods import span
from jobs.publish.public_tables import PUBLIC_TABLES
from jobs.publish.shelf import Bundle, shelf
from jobs.reports.downloads import runs
from jobs.reports.noted_trade import resolve_unconfirmed
from jobs.reports.sent_trade import register

MAY, QUARTER = span("2026-05"), span("2026Q1")


def quiet(line: str) -> None:
    pass


def lake_at(home: Path) -> Lake:
    lake = country.lake_at(home)
    country.write(lake)
    put(lake, {"gold.commerce_concentration": country_trade.sellers()})
    return lake


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A country with May in two revisions, a withdrawn quarter, and a changed night between."""
    home = tmp_path_factory.mktemp("bundles")
    lake = lake_at(home)
    freeze(lake.root, home / "published", MAY, day=None, say=quiet)
    freeze(lake.root, home / "published", QUARTER, day=None, say=quiet)
    changed(lake)
    freeze(lake.root, home / "published", MAY, day=date(2026, 7, 8), say=quiet)
    withdraw(lake.root, home / "published", QUARTER, reason="实验室单位有误 wrong units", day=None, say=quiet)
    return home


def changed(lake: Lake) -> None:
    """A later night: May's rates of P01 moved, those of P02 are gone, a batch came, the guidance differs."""
    rates = lake.frame("gold.detection_rate")
    may = (rates["period_type"] == "month") & (rates["period_start"] == MAY.start)
    mine = may & (rates["dimension_type"] == "platform")
    gone = mine & (rates["dimension_code"] == "P02")
    moved = mine & (rates["dimension_code"] == "P01")
    rates["n_overturned"] = rates["n_overturned"].mask(moved, rates["n_overturned"] + 1)
    batches = lake.frame("gold.bulletin")
    more = batches[batches["sample_id"] == "B2"].assign(sample_id="B9", product_name="=HYPERLINK(1)")
    guidance = lake.frame("gold.shopping_guidance").iloc[:-1]
    put(
        lake,
        {
            "gold.detection_rate": rates[~gone],
            "gold.bulletin": pd.concat([batches, more]),
            "gold.shopping_guidance": guidance,
        },
    )


@pytest.fixture(scope="module")
def bundles(home: Path) -> dict[tuple[str, int], Bundle]:
    return {(b.period.name, b.revision): b for b in shelf(home / "published")}


def readable(path: Path) -> str:
    """All that a file says, as one text."""
    if path.suffix == ".xlsx":
        book = CalamineWorkbook.from_path(str(path))
        return str([book.get_sheet_by_name(sheet).to_python() for sheet in book.sheet_names])
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pylist())
    return path.read_text(encoding="utf-8")


def test_each_period_and_revision_is_a_folder_of_its_own(bundles):
    assert sorted(bundles) == [("2026-05", 0), ("2026-05", 1), ("2026Q1", 0), ("2026Q1", 1)]


def test_every_file_has_its_sum_in_the_manifest_and_in_sha256sums(bundles):
    for bundle in bundles.values():
        present = {
            p.relative_to(bundle.folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in bundle.folder.rglob("*")
            if p.is_file()
        }
        said = {path: file["sha256"] for path, file in bundle.manifest["files"].items()}
        assert said == {k: v for k, v in present.items() if k not in ("manifest.json", "SHA256SUMS")}
        lines = (bundle.folder / "SHA256SUMS").read_text().splitlines()
        assert dict(line.split("  ")[::-1] for line in lines) == {
            k: v for k, v in present.items() if k != "SHA256SUMS"
        }


def test_the_data_package_is_valid_for_frictionless_and_a_wrong_cell_is_not(bundles, tmp_path):
    for bundle in (bundles["2026-05", 1], bundles["2026Q1", 1]):
        report = Package(str(bundle.folder / "datapackage.json")).validate()
        assert report.valid, [error.message for task in report.tasks for error in task.errors]
    bundle = bundles["2026-05", 1]
    for path in bundle.folder.rglob("*.csv"):
        copy = tmp_path / path.relative_to(bundle.folder)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (tmp_path / "datapackage.json").write_bytes((bundle.folder / "datapackage.json").read_bytes())
    rates = tmp_path / "data" / "complaint_rates.csv"
    rates.write_bytes(rates.read_bytes().replace(b",true,", b",perhaps,", 1))
    assert not Package(str(tmp_path / "datapackage.json")).validate().valid


def test_the_dictionary_explains_every_column_in_both_languages(bundles):
    rows = pd.read_csv(bundles["2026-05", 1].folder / "dictionary.csv", keep_default_na=False)
    assert rows[["name_zh", "name_en", "description_zh", "description_en"]].ne("").all(axis=None)
    for table in PUBLIC_TABLES:
        shown = bundles["2026-05", 1].arrow(table.name).column_names
        assert rows.loc[rows["table"] == table.name, "column"].tolist() == shown
        assert set(rows.loc[(rows["table"] == table.name) & (rows["key"] == "yes"), "column"]) == set(
            table.key
        )


def test_the_dictionary_names_each_measure_by_its_term_of_the_glossary(bundles):
    folder = bundles["2026-05", 1].folder
    rows = pd.read_csv(folder / "dictionary.csv", keep_default_na=False)
    terms = pd.read_csv(folder / "glossary.csv", keep_default_na=False).set_index("term")
    named = rows[rows["term"].ne("")]
    assert {"exposure_rate", "detection_rate", "complaint_rate"} <= set(named["term"]) <= set(terms.index)
    assert named["name_zh"].tolist() == terms.loc[named["term"], "zh"].tolist()
    headings = [term[:1].upper() + term[1:] for term in terms.loc[named["term"], "en"]]
    assert named["name_en"].tolist() == headings


def test_the_four_formats_say_the_same_and_keys_are_unique(bundles):
    bundle = bundles["2026-05", 1]
    book = CalamineWorkbook.from_path(str(bundle.folder / "tables.xlsx"))
    some = 0
    for table in PUBLIC_TABLES:
        rows = pq.read_table(bundle.folder / "data" / f"{table.name}.parquet").to_pylist()
        document = json.loads((bundle.folder / "data" / f"{table.name}.json").read_text(encoding="utf-8"))
        assert [{k: str(v) if isinstance(v, date) else v for k, v in r.items()} for r in rows] == document[
            "results"
        ]
        assert document["meta"]["revision"] == 1 and document["meta"]["licence"] == "CC-BY-4.0"
        texts = bundle.texts()[table.name]
        assert len(texts) == len(rows) == bundle.manifest["tables"][table.name]["rows"]
        assert len(book.get_sheet_by_name(table.name).to_python()) == len(rows) + 1
        keys = [tuple(row[k] for k in table.key) for row in rows]
        assert len(set(keys)) == len(keys)
        some += bool(rows)
    assert some >= 5


def test_a_spreadsheet_runs_no_cell_of_a_bundle(bundles):
    found = 0
    for bundle in bundles.values():
        for rows in bundle.texts().values():
            for row in rows:
                assert not [value for value in row.values() if runs(value)]
                found += sum(value.startswith("'=") for value in row.values())
        for sheet in bundle.folder.glob("tables.xlsx"):
            with zipfile.ZipFile(sheet) as archive:
                parts = [archive.read(n) for n in archive.namelist() if "worksheets/" in n]
            assert parts and not any(re.search(rb"<f[ >]|hyperlink", part) for part in parts)
    assert found  # the country has a shop whose name is a formula


def test_two_revisions_differ_exactly_by_the_changes_file(bundles):
    before, after = bundles["2026-05", 0], bundles["2026-05", 1]
    listed = pd.read_csv(after.folder / "changes.csv", dtype=str, keep_default_na=False).to_dict("records")
    whole = applied(before.texts(), listed, KEYS)
    order = lambda rows, key: sorted(rows, key=lambda row: [row[k] for k in key])
    assert {t: order(r, KEYS[t]) for t, r in after.texts().items()} == {
        t: order(r, KEYS[t]) for t, r in whole.items()
    }
    kinds = {(row["table"], row["change"]) for row in listed}
    assert {("detection_rates", "changed"), ("detection_rates", "withdrawn"), ("bulletins", "added")} <= kinds
    assert after.manifest["changes"] == pd.Series([r["change"] for r in listed]).value_counts().to_dict()


def test_tables_of_no_period_stay_as_first_published(bundles):
    before, after = bundles["2026-05", 0], bundles["2026-05", 1]
    assert before.arrow("guidance").num_rows and after.arrow("guidance").equals(before.arrow("guidance"))


def test_a_withdrawn_period_says_so_with_the_reason_and_holds_no_data(bundles):
    last = bundles["2026Q1", 1]
    assert last.withdrawn and last.tables == [] and not (last.folder / "data").exists()
    said = (last.folder / "README.md").read_text(encoding="utf-8")
    assert "已撤回 | Withdrawn" in said and "wrong units" in said
    assert "wrong units" in last.manifest["reason"]
    listed = pd.read_csv(last.folder / "changes.csv", dtype=str)
    assert set(listed["change"]) == {"withdrawn"}
    assert len(listed) == sum(t["rows"] for t in bundles["2026Q1", 0].manifest["tables"].values())


def test_every_bundle_is_noted_in_the_lake(home, bundles):
    noted = Lake(home / "lake").frame("ops.bundle")
    assert sorted(zip(noted["period"], noted["revision"], noted["state"], strict=True)) == [
        ("2026-05", 0, "published"),
        ("2026-05", 1, "published"),
        ("2026Q1", 0, "published"),
        ("2026Q1", 1, "withdrawn"),
    ]
    sums = {
        (b.period.name, b.revision): hashlib.sha256((b.folder / "manifest.json").read_bytes()).hexdigest()
        for b in bundles.values()
    }
    assert dict(zip(zip(noted["period"], noted["revision"]), noted["manifest_sha256"])) == sums  # noqa: B905


def test_the_same_night_gives_the_same_bytes_in_another_place(home, tmp_path):
    lake = lake_at(tmp_path)
    made = freeze(lake.root, tmp_path / "published", MAY, day=None, say=quiet)
    other = home / "published" / "2026-05" / "0"
    for path in sorted(p for p in made.folder.rglob("*") if p.is_file()):
        assert path.read_bytes() == (other / path.relative_to(made.folder)).read_bytes(), path
    again = freeze(lake.root, tmp_path / "published", MAY, day=None, say=quiet)
    assert again.revision == 0 and len(shelf(tmp_path / "published")) == 1


def test_what_a_killed_writer_did_not_note_is_noted_by_the_next(tmp_path, monkeypatch):
    lake = lake_at(tmp_path)
    with monkeypatch.context() as killed:
        killed.setattr(freezing, "note", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            freeze(lake.root, tmp_path / "published", MAY, day=None, say=quiet)
    assert not lake.exists("ops.bundle")
    freeze(lake.root, tmp_path / "published", MAY, day=None, say=quiet)
    assert lake.frame("ops.bundle")["revision"].tolist() == [0]


@pytest.mark.parametrize(
    "left", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["before_it_shows", "after"]
)
def test_orders_that_a_killed_writer_noted_are_shown_where_its_bundle_was_put_in_place_and_nowhere_else(
    tmp_path, monkeypatch, left
):
    """Else the next package of the authority of commerce would follow a bundle that no one saw, or not follow
    one that somebody fetched and took away."""
    lake, published = lake_at(tmp_path), tmp_path / "published"
    with monkeypatch.context() as killed:
        place, moment = (freezing, "confirm") if left else (Path, "rename")
        killed.setattr(place, moment, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            freeze(lake.root, published, MAY, day=None, say=quiet)
    noted = register(lake).bundles
    assert noted and (published / "2026-05" / "0").exists() == left
    if left:
        (published / "2026-05" / "0").rename(tmp_path / "fetched")
    resolve_unconfirmed(lake, published=published)
    assert register(lake).bundles == (noted if left else {})
    freeze(lake.root, published, MAY, day=None, say=quiet)
    assert register(lake).bundles == noted
    assert lake.frame("ops.trade_shown")["confirmed"].all()


def test_only_what_is_due_and_has_rows_is_frozen_and_nothing_twice(tmp_path):
    lake, published = lake_at(tmp_path), tmp_path / "published"
    for period, why in (("2026-06", "is due on 2026-07-16"), ("1999", "holds nothing")):
        with pytest.raises(UsageError, match=why):
            freeze(lake.root, published, span(period), day=None, say=quiet)
    with pytest.raises(UsageError, match="is before"):
        freeze(lake.root, published, MAY, day=date(2026, 6, 29), say=quiet)
    assert not list(published.glob("*/*"))
    # All days since the last due year began, in the fewest periods.
    assert {b.period.name for b in freeze_due(lake.root, published, say=quiet)} == {
        "2026-04",
        "2026-05",
        "2026Q1",
        "2025",
    }
    assert freeze_due(lake.root, published, say=quiet) == []
    with pytest.raises(UsageError, match="never changes"):
        freezing._put(published / "2026-05" / "0", {"README.md": b""})
    brands = {
        (row["brand"], row["brand_en"])
        for bundle in shelf(published)
        for table in ("bulletins", "recalls")
        for row in bundle.arrow(table).to_pylist()
    }
    assert ("晴里", "Qingli") in brands and (None, None) in brands


@pytest.mark.slow
def test_a_gap_that_is_filled_revises_no_later_period(tmp_path):
    lake, published = lake_at(tmp_path), tmp_path / "published"
    freeze(lake.root, published, MAY, day=None, say=quiet)
    changed(lake)
    made = {b.period.name: b.revision for b in freeze_due(lake.root, published, say=quiet)}
    assert made["2026-04"] == 0 and "2026-05" not in made


@pytest.mark.slow
def test_with_a_new_period_come_the_revisions_of_those_that_changed(tmp_path):
    """By the calendar, not night by night: a change waits for the next release of its kind."""
    lake, published = lake_at(tmp_path), tmp_path / "published"
    freeze(lake.root, published, span("2026-03"), day=None, say=quiet)
    freeze(lake.root, published, span("2026-04"), day=None, say=quiet)
    freeze(lake.root, published, QUARTER, day=None, say=quiet)
    rates = lake.frame("gold.detection_rate")
    march = (rates["period_type"] == "month") & (rates["period_start"] == span("2026-03").start)
    assert march.any()
    rates["n_overturned"] = rates["n_overturned"].mask(march, rates["n_overturned"] + 1)
    put(lake, {"gold.detection_rate": rates})
    made = [(b.period.name, b.revision) for b in freeze_due(lake.root, published, say=quiet)]
    assert made == [("2026-05", 0), ("2026-03", 1), ("2025", 0)]
    put(lake, {"gold.detection_rate": rates[~march]})
    assert freeze_due(lake.root, published, say=quiet) == []  # nothing new is due


def test_what_an_hour_named_since_the_night_is_in_no_bundle(tmp_path):
    """An urgent run names new silver beside gold of the night before: only whole nights are published."""
    lake, published = lake_at(tmp_path), tmp_path / "published"
    named = lake.frame("ops.night")
    empty = lake.frame("gold.detection_rate").iloc[:0]
    hour = lake.overwrite("gold.detection_rate", pa.Table.from_pandas(empty, preserve_index=False))
    later = named["committed_at"] + pd.Timedelta(hours=1)
    rows = named.assign(run_id="hour", kind="urgent", committed_at=later).to_dict("records")
    for row in rows:
        row["version"] = hour if row["table"] == "gold.detection_rate" else row["version"]
    lake.append("ops.night", ops.rows("ops.night", rows))
    assert newest_snapshot(lake).run_id == "hour"
    bundle = freeze(lake.root, published, MAY, day=None, say=quiet)
    assert bundle.arrow("detection_rates").num_rows > 0


def test_nothing_that_shows_a_buyer_a_coming_plan_or_an_open_result_is_in_any_file(home, bundles):
    bundle = bundles["2026-05", 0]
    assert set(bundle.arrow("bulletins")["sample_id"].to_pylist()) == {"B1", "B2", "B3"}  # B4 is not final
    names = {c for table in PUBLIC_TABLES for c in bundle.arrow(table.name).column_names}
    secret = (
        "purchased_on listing_id shop_id buyer_ref account_ref address_ref n_open provisional_until lab_id"
    )
    assert names.isdisjoint({*secret.split(), "sampling_order_id", "inclusion_probability", "units_sold"})
    assert not {"brand", "plan"} & set(bundle.arrow("detection_rates")["dimension_type"].to_pylist())
    for path in (p for b in bundles.values() for p in b.folder.rglob("*") if p.is_file()):
        assert "尚不能公布的商品" not in readable(path), path


def test_a_batch_waits_until_its_plan_has_stopped_buying(tmp_path):
    lake = lake_at(tmp_path)
    plans = lake.frame("silver.sampling_plan")
    plans["ends_on"] = [date(2026, 6, 30) if p == "TARG" else None for p in plans["plan_id"]]
    put(lake, {"silver.sampling_plan": plans})
    bundle = freeze(lake.root, tmp_path / "published", MAY, day=None, say=quiet)
    assert bundle.arrow("bulletins").num_rows == 0


def test_rates_of_too_few_batches_are_empty_and_their_counts_stand(bundles):
    rows = bundles["2026Q1", 0].arrow("detection_rates").to_pandas()
    few, few_of_both = judged(rows) < 30, violation_base(rows) < 30
    assert few_of_both.any() and rows.loc[few, ["rate", "ci_low", "ci_high"]].isna().all(axis=None)
    violations = ["violation_rate", "violation_low", "violation_high"]
    assert rows.loc[few_of_both, violations].isna().all(axis=None)
    assert rows.loc[~few, "rate"].notna().any() and np.all(rows["n_sampled"] > 0)


def test_markup_of_a_provider_stays_text(bundles):
    names = bundles["2026-05", 0].arrow("bulletins")["product_name"].to_pylist()
    assert any(name and MARKUP in name for name in names)


def test_the_command_line_names_what_is_wrong_and_shows_a_difference_without_writing(home, monkeypatch):
    monkeypatch.setenv("QUALITY_HOME", str(home))
    run = lambda *words: CliRunner().invoke(quality, ["publish", *words])
    assert "--period" in str(run().exception)
    before = len(shelf(home / "published"))
    shown = run("--period", "2026-05", "--diff", "--json")
    assert (
        shown.exit_code == 0 and json.loads(shown.stdout) == [] and len(shelf(home / "published")) == before
    )
    assert "--reason" in str(run("--period", "2026-05", "--withdraw").exception)
