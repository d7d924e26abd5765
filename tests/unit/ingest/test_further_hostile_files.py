"""Further hostile files: each costs itself only, and what lands of the others is exact."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import ingest_world
import pytest
from further_hostile import FILES, HEADER, THINGS, csv, database, good, parquet
from ingest_world import SOURCE, World

from jobs.contracts.catalog import Catalog
from jobs.file_limits import MIB, Limits

STYLES = ("csv", "tsv", "jsonl", "json", "xlsx", "parquet", "sqlite")


def source() -> str:
    """A feed for each format, also packed."""
    head, feed = SOURCE.split("  things:\n")
    feeds = ""
    for style in STYLES:
        globs = f"['*.{style}', '*.{style}.gz', '*.{style}.zip']"
        feeds += f"  {style}:\n" + feed.replace('"things*.csv"', globs).replace("csv", style, 1).replace(
            "format: csv", f"format: {style}"
        )
    return head + feeds


@pytest.mark.drill(
    fault="some eighty further kinds of hostile file in one inbox",
    invariant="each costs itself, and says why",
)
@pytest.mark.parametrize("step", [8, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])
def test_each_further_hostile_file_costs_itself_and_its_reason_names_the_cause(world: World, step: int):
    files = dict([*FILES.items()][::step])
    limits = Limits(memory=1024 * MIB, seconds=60)
    world.environment = dataclasses.replace(world.environment, file_limits=limits)
    world.source(source())
    for name, (content, _) in files.items():
        world.drop(name, content if isinstance(content, bytes) else content(world.home))
    world.drop("good.csv", csv("9,2026-01-01,a"))
    world.land()
    found = {row["file"]: row for row in world.ledger()}
    assert found.keys() == {*files, "good.csv"} and found["good.csv"]["loaded"] == 1
    wrong = {
        name: (row["status"], row["loaded"], row["reason_en"])
        for name, (_, becomes) in files.items()
        for row in [found[name]]
        if (
            row["status"] == "refused" or row["loaded"] != becomes
            if isinstance(becomes, int)
            else becomes not in row["reason_en"]
        )
    }
    assert wrong == {}
    assert [name for name, row in found.items() if "unexpected" in row["reason_en"]] == []
    assert all(row["reason_zh"] for row in found.values() if row["status"] == "refused")
    assert not Path("/tmp/slipped.txt").exists()
    assert world.land().recorded == 0


@pytest.mark.parametrize(
    ("code", "landed"),
    [
        ("\ufeff2", "2"),  # two files with their marks, one behind the other
        ("2\u200f", "2"),
        ("\u202e2\u202c", "2"),
        ("A\u200b-2\u2060B", "A-2B"),
        (" \u200b 2 \ufeff", "2"),
        ("\u200b", None),
    ],
)
def test_codes_that_look_alike_are_one(world: World, code: str, landed: str | None, monkeypatch):
    thing = ingest_world.CATALOG.contracts["silver.thing"]
    columns = [dataclasses.replace(c, code=c.key) for c in thing.columns]
    changed = {"silver.thing": dataclasses.replace(thing, columns=tuple(columns))}
    monkeypatch.setattr(ingest_world, "CATALOG", Catalog(ingest_world.CATALOG.contracts | changed))
    world.source()
    world.drop("things.csv", csv(f"{code},2026-01-01,a\u200bb\u200b"))
    world.land()
    (row,) = world.rows()
    assert (row["thing_id"], row["name"]) == (landed, "a\u200bb"), "words keep what stands within them"


def test_names_of_columns_are_matched_without_what_is_not_seen(world: World):
    world.source()
    world.drop("things.csv", csv("1,2026-01-01,a", header="\ufeff\u200bid,ma\u00adde,name\u200f\n"))
    world.land()
    assert (world.column("thing_id"), world.one()["drift"]) == (["1"], [])


def test_a_nul_costs_its_row_only_whatever_the_format(world: World):
    world.source(source())
    two = {name: [*column.to_pylist(), "2"] for name, column in good().items()}
    world.drop("a.parquet", parquet(two | {"name": ["a\0", "b"]}))
    rows = "('1', '2026-01-01', char(97, 0, 98)), ('2', '2026-01-01', 'b')"
    world.drop("a.sqlite", database(f"{THINGS} INSERT INTO things VALUES {rows};")(world.home))
    world.drop("a.csv", csv("1,2026-01-01,a\0", "2,2026-01-01,b"))
    lines = '{"id": "1", "made": "2026-01-01", "name": "a\\u0000"}\n{"id": "2", "made": "2026-01-01"}\n'
    world.drop("a.jsonl", lines + '{"id": "3", "made": "2026-01-01", "name": "\\\\u0000"}\n')
    world.land()
    counts = {row["feed"]: (row["unreadable"], row["loaded"]) for row in world.ledger()}
    assert counts == {"parquet": (1, 1), "sqlite": (1, 1), "csv": (1, 1), "jsonl": (1, 2)}
    assert all("holds a NUL byte" in row["unreadable_list"] for row in world.ledger())


@pytest.mark.drill(fault="a hard link to the key in the inbox", invariant="refused, and never read")
def test_a_hard_link_to_the_key_is_refused(world: World):
    world.source(SOURCE + "      phone_ref: {from: phone}\n")
    world.drop("things.csv", csv("1,2026-01-01,a,13812345678", header="id,made,name,phone\n"))
    world.land()
    key = world.environment.key_file
    os.link(key, world.environment.inbox / "acme" / "things_key.csv")
    report = world.land()
    assert [(f.file, "is a hard link to the key" in f.reason_en) for f in report.refused] == [
        ("things_key.csv", True)
    ]
    held = [path for path in world.environment.landing.rglob("*") if path.is_file()]
    assert not any(key.read_bytes() in path.read_bytes() for path in held)
    assert world.land().recorded == 0


def test_a_folder_is_no_file_whatever_its_name(world: World):
    world.source(SOURCE.replace("things*.csv", "*.csv"))
    world.drop("folder.csv/inner.csv", f"{HEADER}1,2026-01-01,a\n")
    world.drop("Same.csv", f"{HEADER}2,2026-01-01,a\n")
    world.drop("same.csv", f"{HEADER}3,2026-01-01,a\n")
    world.drop("caf\u00e9.csv", f"{HEADER}4,2026-01-01,a\n")
    world.drop("cafe\u0301.csv", f"{HEADER}5,2026-01-01,a\n")
    world.drop("point..csv", f"{HEADER}6,2026-01-01,a\n")
    world.drop("-rf *.csv", f"{HEADER}7,2026-01-01,a\n")
    report = world.land()
    assert (report.landed, report.refused, report.warnings) == (7, [], [])
