"""How a joined file is read: by the feed that takes it, else as the feed that joins it reads its own, in the
format that the name states."""

from __future__ import annotations

import io

from ingest_world import SOURCE, World
from test_joins import JOIN, JOINED, SHOP_FEED, SHOPS, THINGS, newest


def test_a_joined_file_is_read_in_the_dialect_of_the_feed_that_takes_it(world: World):
    world.source(
        JOINED
        + SHOP_FEED.replace(
            "format: csv", 'format: csv\n    encoding: gb18030\n    options: {delimiter: "|"}'
        )
    )
    world.drop("things.csv", THINGS)
    world.drop("shops.csv", "no|title|town\nS1|一|武汉\n".encode("gb18030"))
    world.land()
    assert world.rows(newest(world))[0]["kind"] == "一"


def test_a_joined_file_without_a_feed_is_read_as_its_name_says(world: World):
    world.source(JOINED.replace("csv", "jsonl", 2))
    world.drop("things.jsonl", '{"id": "1", "made": "2026-01-01", "name": "a", "shop": "S1"}')
    world.drop("shops.csv", SHOPS)
    world.land()
    assert world.rows(newest(world))[0]["kind"] == "One"


def test_a_joined_file_of_which_no_record_can_be_read_is_refused(world: World):
    world.source(JOINED.replace("shops*.csv", "shops*"))
    world.drop("things.csv", THINGS)
    world.drop("shops.jsonl", SHOPS)
    refused = {r.file: r.reason_en for r in world.land().refused}
    assert refused["shops.jsonl"] == "joined file shops.jsonl: none of its records can be read as jsonl"
    assert "awaits" in refused["things.csv"]


def test_a_date_that_a_joined_workbook_types_is_read_whatever_the_patterns_say(world: World):
    import datetime as dt

    import xlsxwriter

    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as sheets:
        sheet = sheets.add_worksheet()
        sheet.write_row(0, 0, ["no", "title", "town"])
        sheet.write_row(1, 0, ["S1", "x"])
        sheet.write_datetime(1, 2, dt.datetime(2026, 1, 5), sheets.add_format({"num_format": "yyyy-mm-dd"}))
    dated = SOURCE.replace("{from: made, date: [yyyy-MM-dd]}", "{from: town, date: [dd/MM/yyyy]}")
    world.source(dated + JOIN.replace(".csv", ".xlsx") + SHOP_FEED.replace("csv", "xlsx"))
    world.drop("things.csv", "id,name,shop\n1,a,S1\n")
    world.drop("shops.xlsx", book.getvalue())
    world.land()
    assert world.rows(newest(world))[0]["made_on"] == "2026-01-05"
