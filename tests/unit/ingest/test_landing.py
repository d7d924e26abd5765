"""The inbox protocol: what lands, what is repeated, what waits, and that nothing new means nothing
written."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest
from ingest_world import CATALOG, DAY, SOURCE, World

from jobs.commands.landing import Strict, land_files
from jobs.errors import UsageError
from jobs.ingest import landing
from jobs.ingest.raw import RawStore
from jobs.ingest.units import current
from jobs.lake.tables import Lake

GOOD = "id,made,name\n1,2026-01-01,a\n2,2026-01-02,b\n"


def test_a_landed_file_is_complete_by_itself(world: World):
    feed = world.feed(SOURCE.replace("format:", "delivered: 'things_{yyyyMMdd}'\n    format:"))
    world.drop("2026/things_20260105.csv", GOOD)
    report = world.land()
    row = world.one()
    assert (report.landed, report.rows, report.recorded, report.clean, report.targets) == (
        1,
        2,
        1,
        True,
        {"thing"},
    )
    assert (row["status"], row["records"], row["loaded"], row["target"]) == ("landed", 2, 2, "thing")
    assert (
        row["file"] == "2026/things_20260105.csv"
        and row["delivered_on"] == dt.date(2026, 1, 5)
        and row["received_on"] == DAY
    )
    first = world.rows()[0]
    assert first == {
        "thing_id": "1",
        "made_on": "2026-01-01",
        "name": "a",
        "_original_made_on": None,
        "_unmapped": "",
        "_record": 1,
        "_member": None,
        "_element": None,
        "_policies": "",
        "_source": "acme",
        "_feed": "things",
        "_file": row["file"],
        "_file_sha256": row["sha256"],
        "_delivered_on": dt.date(2026, 1, 5),
        "_received_on": DAY,
        "_mapping": feed.mapping,
        "_load_key": row["load_key"],
    }


def test_without_a_date_in_the_name_the_newest_event_dates_the_delivery(world: World):
    world.source()
    world.drop("things.csv", GOOD + "3,2031-01-01,future\n4,x,y\n")
    world.land()
    assert world.one()["delivered_on"] == dt.date(2026, 1, 2)


def test_the_same_inbox_again_writes_and_hashes_nothing(world: World, monkeypatch):
    world.source()
    world.drop("things.csv", GOOD)
    world.drop("other.txt", "x")
    world.drop("things_empty.csv", "id,made,name\n")
    world.land()
    version = Lake(world.environment.lake).version("ops.ingest_file")
    monkeypatch.setattr(RawStore, "keep", lambda *_: pytest.fail("a known file was read again"))
    report = world.land(DAY + dt.timedelta(1))
    assert report.recorded == 0 and report.clean
    assert Lake(world.environment.lake).version("ops.ingest_file") == version


def test_a_half_written_file_is_left_alone(world: World):
    world.source()
    for name in ("things.csv.part", "things.csv.tmp", ".things.csv", ".hidden/things.csv"):
        world.drop(name, GOOD)
    assert world.land().recorded == 0


def test_a_file_must_have_settled_where_the_source_says_so(world: World):
    world.source(SOURCE.replace("cadence:", "settle_seconds: 60\ncadence:"))
    path = world.drop("things.csv", GOOD)
    assert "has not settled" in world.land().warnings[0]
    path = world.drop("things.csv", GOOD, mtime=path.stat().st_mtime - 61)
    assert world.land().landed == 1


def test_the_same_content_under_another_name_is_repeated(world: World):
    world.source()
    world.drop("things_a.csv", GOOD)
    world.land()
    world.drop("things_b.csv", GOOD)
    report = world.land()
    first, second = world.ledger()
    assert (report.repeated, second["status"], second["records"]) == (1, "repeated", 0)
    assert second["load_key"] == first["load_key"] and second["reason_zh"]
    assert world.land().recorded == 0


def test_the_same_content_twice_in_one_night_lands_once(world: World):
    world.source()
    world.drop("things_b.csv", GOOD)
    world.drop("things_a.csv", GOOD)
    world.land()
    assert {r["file"]: r["status"] for r in world.ledger()} == {
        "things_a.csv": "landed",
        "things_b.csv": "repeated",
    }


def test_a_correction_is_another_edition_of_the_same_file(world: World):
    world.source()
    world.drop("things.csv", GOOD, mtime=1000)
    correction = world.environment.inbox / "corrections" / "acme" / "things.csv"
    correction.parent.mkdir(parents=True)
    correction.write_text(GOOD.replace(",a", ",c"), encoding="utf-8")
    world.land()
    one, two = world.ledger()
    assert one["file"] == two["file"] == "things.csv" and one["sha256"] != two["sha256"]
    assert one["mtime_ns"] < two["mtime_ns"] and {one["status"], two["status"]} == {"landed"}


def test_a_correction_that_is_older_than_the_original_replaces_nothing(world: World):
    world.source()
    world.drop("acme/things.csv", GOOD.replace(",a", ",old"), source="corrections", mtime=1000)
    world.drop("things.csv", GOOD, mtime=2000)
    world.land()
    ledger = current(Lake(world.environment.lake).frame("ops.ingest_file"))
    (live,) = ledger.loc[ledger["live"], "landed_path"]
    assert set(ledger["status"]) == {"landed"} and [
        r["name"] for r in world.rows({"status": "landed", "landed_path": live})
    ] == ["a", "b"]


def test_two_feeds_may_read_the_same_file(world: World):
    pair = '  pairs:\n    target: pair\n    files: "things*.csv"\n    format: csv\n    key: [b, a]\n'
    world.source(SOURCE + pair + "    columns:\n      a: {from: id}\n      b: {from: name}\n")
    world.drop("things.csv", GOOD)
    report = world.land()
    assert report.landed == 2 and report.targets == {"thing", "pair"}
    assert (
        len({r["load_key"] for r in world.ledger()}) == 2 and len({r["sha256"] for r in world.ledger()}) == 1
    )


def test_raw_content_is_stored_once_and_only_for_its_owner(world: World):
    world.source()
    world.drop("things_a.csv", GOOD)
    world.drop("things_b.csv", GOOD)
    world.land()
    raw = world.environment.landing / "raw"
    (stored,) = [p for p in raw.rglob("*") if p.is_file()]
    assert raw.stat().st_mode & 0o777 == 0o700 and stored.read_bytes() == GOOD.encode()
    assert stored.name == world.ledger()[0]["sha256"] and stored.parent.name == stored.name[:2]


def test_a_folder_that_no_source_describes_is_told_file_by_file_and_lands_once_it_is_described(world: World):
    world.drop("things.csv", GOOD)
    world.land()
    assert world.one()["reason_en"] == "no source YAML describes this folder"
    world.source()
    report = world.land(DAY + dt.timedelta(3))
    assert (report.landed, world.ledger()[-1]["received_on"]) == (1, DAY)


def test_a_bad_source_is_reported_and_its_files_wait(world: World):
    world.source(SOURCE.replace("daily", "dayly"))
    world.source(SOURCE.replace("acme", "bolt"), "bolt.yaml")
    world.drop("things.csv", GOOD)
    world.drop("things.csv", GOOD, source="bolt")
    report = world.land()
    assert [b.name for b in report.bad_sources] == ["acme"] and "cadence" in str(report.bad_sources[0])
    assert [r["source"] for r in world.ledger()] == ["bolt"]
    world.source()
    assert world.land().landed == 1


@pytest.mark.parametrize(
    ("strict", "wrong_source", "wrong_file"), [(False, 0, 0), (True, 1, 1), ("sources", 1, 0)]
)
def test_what_is_wrong_is_named_and_the_exit_code_is_that_of_the_strictness_asked_for(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    strict: Strict,
    wrong_source: int,
    wrong_file: int,
):
    monkeypatch.setattr(landing, "load_catalog", lambda: CATALOG)
    said: list[str] = []

    def code() -> int:
        said.clear()
        return land_files(
            world.environment,
            family=None,
            source=None,
            day=DAY,
            strict=strict,
            leave_if_busy=False,
            say=said.append,
        )

    bad = world.source(SOURCE.replace("daily", "dayly"))
    world.source(SOURCE.replace("acme", "bolt"), "bolt.yaml")
    world.drop("things.csv", GOOD, source="bolt")
    assert code() == wrong_source and any(line.startswith("source not usable: ") for line in said)
    assert [r["source"] for r in world.ledger()] == ["bolt"]  # one bad source costs one source
    bad.unlink()
    world.drop("photo.jpg", "x", source="bolt")
    assert code() == wrong_file and any(line.startswith("refused: bolt/photo.jpg") for line in said)


def test_only_what_is_asked_for_is_landed(world: World):
    (world.root / "sources/brand/acme.yaml").write_text(SOURCE, encoding="utf-8")
    world.source(SOURCE.replace("acme", "bolt"), "lab/bolt.yaml")
    for name in ("acme", "bolt", "nobody"):
        world.drop("things.csv", GOOD, source=name)
    assert world.land(source="bolt").landed == 1
    assert world.land(family="brand").landed == 1
    assert {r["source"] for r in world.ledger()} == {"acme", "bolt"}
    with pytest.raises(UsageError, match="did you mean bolt"):
        world.land(source="bolz")
    with pytest.raises(UsageError, match="family"):
        world.land(family="platforms")


def test_without_an_inbox_there_is_a_clear_error(world: World):
    shutil.rmtree(world.environment.inbox)
    with pytest.raises(UsageError, match="no inbox"):
        world.land()


def test_a_folder_named_reference_without_a_source_is_a_folder_like_any_other(world: World):
    (world.root / "reference").mkdir()
    (world.root / "reference" / "things.csv").write_text(GOOD)
    world.drop("x.csv", GOOD, source="reference")
    world.land()
    assert world.one()["file"] == "x.csv"


def test_files_beside_the_folders_are_told(world: World):
    (world.environment.inbox / "lost.csv").write_text("x")
    assert "lost.csv" in world.land().warnings[0]


def test_the_first_root_is_the_inbox_of_the_reference_source(world: World):
    (world.root / "sources" / "reference").mkdir()
    (world.root / "sources/reference/reference.yaml").write_text(
        SOURCE.replace("acme", "reference"), encoding="utf-8"
    )
    (world.root / "reference").mkdir()
    (world.root / "reference" / "things.csv").write_text(GOOD)
    (world.root / "reference" / "README.md").write_text("not a reference file")
    report = world.land()
    assert (report.landed, report.clean, world.one()["family"]) == (1, True, "reference")
    world.drop("things_more.csv", GOOD.replace("1,", "9,"), source="reference")
    assert world.land().landed == 1
