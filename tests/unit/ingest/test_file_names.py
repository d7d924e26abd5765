"""A file's name may hold a telephone number: it is shown nowhere, and files keep different names."""

from __future__ import annotations

import os
from pathlib import Path

from ingest_world import World

HEADER = "id,made,name\n"
MOBILES = ("13812345678", "13912345679")


def test_names_with_numbers_of_persons_are_hidden_and_stay_apart(world: World):
    world.source()
    for number, mobile in enumerate(MOBILES):
        world.drop(f"things_{mobile}.csv", f"{HEADER}{number},2026-01-01,a\n")
    world.drop("things_20260630093015.csv", f"{HEADER}9,2026-01-01,a\n")  # a moment, no number of a person
    report = world.land()
    names = sorted(row["file"] for row in world.ledger())
    assert report.landed == 3 and len(set(names)) == 3
    assert names[0] == "things_20260630093015.csv"
    assert all(name.startswith("things_〔电话 ") and name.endswith("〕.csv") for name in names[1:])
    assert world.land().recorded == 0, "a file that is known by its hidden name is not new"


def test_a_correction_replaces_the_file_of_the_same_hidden_name(world: World):
    world.source()
    world.drop(f"things_{MOBILES[0]}.csv", f"{HEADER}1,2026-01-01,a\n")
    world.land()
    world.drop(f"things_{MOBILES[0]}.csv", f"{HEADER}1,2026-01-01,b\n")
    world.land()
    before, after = world.ledger()
    assert before["file"] == after["file"] and before["sha256"] != after["sha256"]


def test_no_byte_of_landing_and_lake_and_no_message_has_the_number(world: World, capfd):
    world.source()
    mobile = MOBILES[0]
    world.drop(f"things_{mobile}.csv", f"{HEADER}1,2026-01-01\n")  # a column is missing
    world.drop(f"other_{mobile}.csv", f"{HEADER}1,2026-01-01,a\n")  # no feed takes it
    (world.environment.inbox / f"stray_{mobile}.csv").write_text(HEADER)
    (world.environment.inbox / "acme" / f"things_link_{mobile}.csv").symlink_to("things.csv")
    report = world.land()
    assert mobile not in repr(report) and mobile not in repr(world.ledger()) and len(world.ledger()) == 3
    assert mobile not in "".join(capfd.readouterr())
    kept = [world.environment.landing / "rows", world.environment.lake]
    files = [p for folder in kept for p in folder.rglob("*") if p.is_file()]
    assert files and not any(mobile in str(p) or mobile.encode() in p.read_bytes() for p in files)


def test_the_name_of_a_folder_that_no_source_describes_is_hidden_too(world: World):
    world.source()
    world.drop("a.csv", HEADER, source=f"new {MOBILES[0]}")
    odd = os.fsencode(world.environment.inbox) + b"/no \xff text"
    os.mkdir(odd)
    Path(os.fsdecode(odd + b"/a.csv")).write_text(HEADER)
    report = world.land()
    assert len(report.refused) == 2
    assert MOBILES[0] not in repr(report) and MOBILES[0] not in repr(world.ledger())
    named, other = sorted(row["source"] for row in world.ledger())
    assert named.startswith("new 〔电话 ") and other == "no \\xff text"
    assert world.land().recorded == 0
