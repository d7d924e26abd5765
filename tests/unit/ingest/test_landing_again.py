"""An edited mapping lands its files anew from their raw copies."""

from __future__ import annotations

import datetime as dt
import shutil

from ingest_world import DAY, SOURCE, World

from jobs.ingest import landing

GOOD = "id,made,name\n1,2026-01-01,a\n2,2026-01-02,b\n"
EDITED = SOURCE.replace("{from: name}", "{from: name, map: {a: A}, on_unmapped: keep}")
LATER = DAY + dt.timedelta(5)


def test_an_edited_mapping_lands_its_files_anew_with_the_same_key_and_day(world: World):
    world.source()
    world.drop("things.csv", GOOD)
    world.land()
    world.source(EDITED)
    report = world.land(LATER)
    before, after = world.ledger()
    assert (report.relanded, report.landed) == (1, 1)
    assert (
        after["load_key"] == before["load_key"]
        and after["mapping"] != before["mapping"]
        and after["received_on"] == DAY
    )
    assert after["landed_path"] != before["landed_path"]
    assert [r["name"] for r in world.rows(after)] == ["A", "b"]
    assert world.land(LATER).recorded == 0


def test_an_edit_that_changes_no_mapping_lands_nothing(world: World):
    world.source()
    world.drop("things.csv", GOOD)
    world.land()
    world.source(SOURCE.replace("Acme", "Acme Ltd").replace("daily", "weekly"))
    assert world.land().recorded == 0


def test_an_edited_lookup_is_an_edited_mapping(world: World):
    lookup = world.further / "kinds.csv"
    lookup.write_text("from,to\na,A\n")
    world.source(SOURCE.replace("{from: name}", "{from: name, lookup: kinds}"))
    world.drop("things.csv", GOOD)
    world.land()
    lookup.write_text("from,to\na,A\nb,B\n")
    world.land()
    assert [r["name"] for r in world.rows(world.ledger()[-1])] == ["A", "B"]


def test_the_raw_copy_serves_when_the_file_has_left_the_inbox(world: World):
    world.source()
    world.drop("things.csv", GOOD)
    world.land()
    shutil.rmtree(world.environment.inbox / "acme")
    (world.environment.inbox / "acme").mkdir()
    world.source(EDITED)
    assert world.land(LATER).relanded == 1


def test_without_a_raw_copy_the_edit_applies_to_new_files_only_and_says_so(world: World):
    world.source()
    path = world.drop("things.csv", GOOD)
    world.land()
    path.unlink()
    shutil.rmtree(world.environment.landing / "raw")
    world.source(EDITED)
    report = world.land(LATER)
    assert (
        report.recorded == 0
        and "applies to new files only" in report.warnings[0]
        and "只对新文件生效" in report.warnings[0]
    )


def test_a_raw_copy_that_is_gone_comes_back_from_the_inbox(world: World):
    world.source()
    world.drop("things.csv", GOOD)
    world.land()
    shutil.rmtree(world.environment.landing / "raw")
    world.source(EDITED)
    assert world.land(LATER).relanded == 1


def test_a_file_that_goes_away_before_its_raw_copy_comes_back_stops_no_landing(world: World, monkeypatch):
    world.source()
    path = world.drop("things.csv", GOOD)
    world.land()
    shutil.rmtree(world.environment.landing / "raw")
    world.source(EDITED)
    world.drop("things_2.csv", GOOD.replace("1,", "3,"))
    real = landing.boxes.arrivals

    def gone(*more, **named):
        yield from list(real(*more, **named))
        path.unlink(missing_ok=True)

    monkeypatch.setattr(landing.boxes, "arrivals", gone)
    report = world.land(LATER)
    assert (report.landed, report.refused) == (1, [])
    assert "applies to new files only" in report.warnings[0]


def test_a_refused_file_lands_once_the_mapping_fits_it(world: World):
    world.source()
    world.drop("things.csv", GOOD.replace("made", "produced"))
    assert len(world.land().refused) == 1
    world.source(SOURCE.replace("from: made", "from: produced"))
    report = world.land(LATER)
    assert (report.landed, world.ledger()[-1]["received_on"]) == (1, DAY)


def test_a_file_that_no_feed_took_lands_once_one_does(world: World):
    world.source()
    world.drop("goods.csv", GOOD)
    world.land()
    shutil.rmtree(world.environment.inbox / "acme")
    (world.environment.inbox / "acme").mkdir()
    world.source(SOURCE.replace('"things*.csv"', '"*.csv"'))
    report = world.land(LATER)
    assert (report.landed, report.relanded, world.ledger()[-1]["received_on"]) == (1, 1, DAY)


def test_a_repeated_content_lands_again_once(world: World):
    world.source()
    world.drop("things_a.csv", GOOD)
    world.drop("things_b.csv", GOOD)
    world.land()
    world.source(EDITED)
    assert world.land().recorded == 1 and world.land().recorded == 0


def test_a_file_that_was_only_touched_is_repeated_and_then_known(world: World):
    world.source()
    world.drop("things.csv", GOOD, mtime=1000)
    world.land()
    world.drop("things.csv", GOOD, mtime=2000)
    assert world.land().repeated == 1
    assert world.land().recorded == 0
