"""Parquet: exact text of typed cells, paths, damage."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import random
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_world import SOURCE, World

from jobs.ingest.parquet_cells import cells
from jobs.ingest.unit import Unit, land_unit

PARQUET = SOURCE.replace("csv", "parquet")
DAY = dt.date(2026, 1, 2)


def parquet(columns: dict[str, pa.Array], **options) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, **options)
    return stream.getvalue()


def rows(ids: list, made: list, name: list) -> dict[str, pa.Array]:
    return {"id": pa.array(ids), "made": pa.array(made), "name": pa.array(name)}


GOOD = rows([1, 2], [DAY, DAY], ["a", None])


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        (10**18 + 1, pa.int64(), "1000000000000000001"),
        (Decimal("1.50"), pa.decimal128(18, 2), "1.50"),
        (Decimal("0.0000001"), pa.decimal128(18, 7), "0.0000001"),
        (0.1, pa.float64(), "0.1"),
        (0.1, pa.float32(), "0.1"),
        (1e21, pa.float64(), "1" + "0" * 21),
        (3.0, pa.float64(), "3"),
        (1e-7, pa.float64(), "0.0000001"),
        (True, pa.bool_(), "true"),
        (False, pa.bool_(), "false"),
        (" a ", pa.large_string(), "a"),
        ("", pa.string(), None),
        (None, pa.int32(), None),
        ("x", pa.dictionary(pa.int8(), pa.string()), "x"),
        (DAY, pa.date32(), "2026-01-02"),
        (DAY, pa.date64(), "2026-01-02"),
        (dt.date(1, 1, 1), pa.date32(), "0001-01-01"),
        (dt.date(9999, 12, 31), pa.date32(), "9999-12-31"),
        (dt.datetime(2026, 1, 2, 3, 4, 5), pa.timestamp("ns"), "2026-01-02T03:04:05"),
        (dt.datetime(2026, 1, 2, 3, 4, 5, 678), pa.timestamp("us"), "2026-01-02T03:04:05.000678"),
        (dt.datetime(2026, 1, 1, 20, tzinfo=dt.UTC), pa.timestamp("ms", "UTC"), "2026-01-02T04:00:00+08:00"),
        (
            dt.datetime(1900, 1, 1, tzinfo=dt.UTC),
            pa.timestamp("us", "UTC"),
            "1900-01-01T00:00:00Z",
        ),  # +08:05:43 is no offset
        (dt.time(3, 4, 5), pa.time64("us"), "03:04:05"),
        ([1, None, 2.5], pa.list_(pa.float64()), '["1",null,"2.5"]'),
        (
            {"a": Decimal("1.10"), "b": DAY},
            pa.struct([("a", pa.decimal128(9, 2)), ("b", pa.date32())]),
            '{"a":"1.10","b":"2026-01-02"}',
        ),
        ([True, None], pa.large_list(pa.bool_()), "[true,null]"),
        ([[1.5, 2], []], pa.list_(pa.list_(pa.float64())), '[["1.5","2"],[]]'),
        ([dt.time(3, 4, 5)], pa.list_(pa.time32("ms")), '["03:04:05"]'),
        ([{"a": None}, None], pa.list_(pa.struct([("a", pa.int8())])), '[{"a":null},null]'),
    ],
)
def test_a_typed_cell_becomes_its_exact_text(world: World, cell, kind: pa.DataType, text: str | None):
    world.source(PARQUET)
    world.drop("things.parquet", parquet({**GOOD, "name": pa.array([cell, None], kind)}))
    world.land()
    assert world.column("name") == [text, None]


LAST = dt.datetime(9999, 12, 31, 23, tzinfo=dt.UTC)  # in Shanghai it is in the year 10000
FIRST_OFFSET = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)  # of +08:05:43, which is no offset
NANOSECONDS = 1_767_323_045_000_000_123


@pytest.mark.parametrize("within", ["list", "fixed list", "struct", "map", "dictionary", "sliced"])
@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        (1.1, pa.float32(), "1.1"),
        (1.5, pa.float16(), "1.5"),
        (LAST, pa.timestamp("us", "UTC"), "9999-12-31T23:00:00Z"),
        (FIRST_OFFSET, pa.timestamp("us", "UTC"), "1900-01-01T00:00:00Z"),
        (NANOSECONDS, pa.timestamp("ns"), "2026-01-02T03:04:05"),
        (DAY, pa.date64(), "2026-01-02"),
    ],
)
def test_a_value_within_another_is_written_as_one_of_a_plain_column(
    cell: object, kind: pa.DataType, text: str, within: str
):
    value = pa.scalar(np.float16(cell) if pa.types.is_float16(kind) else cell, kind)
    one = pa.array([value, None], kind)
    plain, _ = cells(one, "x", "Asia/Shanghai")
    offsets = pa.array([0, 2], pa.int32())
    made = {
        "list": lambda: pa.ListArray.from_arrays(offsets, one),
        "fixed list": lambda: pa.FixedSizeListArray.from_arrays(one, 2),
        "struct": lambda: pa.StructArray.from_arrays([one], ["a"]),
        "map": lambda: pa.MapArray.from_arrays(offsets, pa.array(["a", "b"]), one),
        "dictionary": lambda: pa.ListArray.from_arrays(
            offsets, pa.DictionaryArray.from_arrays(pa.array([0, None], pa.int8()), one[:1])
        ),
        "sliced": lambda: pa.ListArray.from_arrays(
            pa.array([0, 1, 3, 3], pa.int32()), pa.concat_arrays([one[1:], one])
        ).slice(1, 1),
    }[within]()
    found, _ = cells(made, "x", "Asia/Shanghai")
    said = {"struct": f'{{"a":"{text}"}}', "map": f'[["a","{text}"],["b",null]]'}
    assert plain.to_pylist() == [text, None]
    assert found[0].as_py() == said.get(within, f'["{text}",null]')


def test_a_value_at_a_path_into_a_list_is_written_as_one_of_a_plain_column(world: World):
    world.source(
        PARQUET.replace("{from: name}", "{from: 'prices[0]'}") + "      tags: {from: 'days[*].at'}\n"
    )
    columns = {
        **GOOD,
        "prices": pa.array([[1.1, 2.2], []], pa.list_(pa.float32())),
        "days": pa.array([[{"at": DAY}, {"at": None}], None]),
    }
    world.drop("things.parquet", parquet(columns))
    world.land()
    assert world.column("name") == ["1.1", None]
    assert world.column("tags") == ['["2026-01-02"]', None]


def test_typed_dates_are_dates_whatever_patterns_the_yaml_states(world: World):
    world.source(
        PARQUET.replace("yyyy-MM-dd", "dd.MM.yyyy")
        + "      seen_at: {from: seen, instant: [yyyy]}\n".replace("yyyy", "yyyy/MM/dd")
    )
    seen = pa.array([dt.datetime(2026, 1, 1, 20, 0, 0, 1, tzinfo=dt.UTC), None], pa.timestamp("us", "UTC"))
    made = pa.array([dt.datetime(2026, 1, 1, 20, tzinfo=dt.UTC)] * 2, pa.timestamp("ms", "UTC"))
    world.drop("things.parquet", parquet({**GOOD, "seen": seen, "made": made}))
    world.land()
    assert world.column("made_on") == ["2026-01-02"] * 2  # the day in the source's time zone
    assert world.column("seen_at") == ["2026-01-01T20:00:00.000001Z", None]


def test_local_times_are_read_in_the_sources_time_zone(world: World):
    world.source(PARQUET + "      seen_at: {from: seen, instant: [yyyy/MM/dd]}\n")
    seen = pa.array([dt.datetime(2026, 1, 2, 4), None], pa.timestamp("us"))
    world.drop("things.parquet", parquet({**GOOD, "seen": seen}))
    world.land()
    assert world.column("seen_at") == ["2026-01-01T20:00:00.000000Z", None]


def test_nested_values_are_read_by_path_as_in_json(world: World):
    world.source(
        PARQUET.replace("{from: name}", "{from: 'maker.names[1].zh'}")
        + "      tags: {from: 'parts[*].kind'}\n"
        "      kind: {from: maker.code}\n      price: {from: maker.price.net}\n"
    )
    maker = [{"names": [{"zh": "x"}, {"zh": "甲"}], "code": 7}, {"names": [], "code": None}, None]
    parts = [[{"kind": "a"}, {"kind": None}, {"kind": "b"}], [], None]
    columns = {**rows([1, 2, 3], [DAY] * 3, ["", "", ""]), "maker": pa.array(maker), "parts": pa.array(parts)}
    world.drop("things.parquet", parquet(columns))
    world.land()
    assert world.column("name") == ["甲", None, None] and world.column("tags") == ['["a", "b"]', None, None]
    assert world.column("kind") == ["7", None, None]
    assert world.one()["missing"] == ["maker.price.net"] and world.one()["drift"] == ["name"]


def test_a_date_in_a_list_column_is_its_one_element(world: World):
    world.source(PARQUET + "      tags: {from: made}\n")
    world.drop("things.parquet", parquet(GOOD))
    world.land()
    assert world.column("tags") == ['["2026-01-02"]'] * 2


def test_a_file_of_many_batches_counts_on(world: World, monkeypatch, uncaged):
    from jobs.ingest import parquet_files

    monkeypatch.setattr(parquet_files, "BATCH", 7)
    world.source(PARQUET)
    world.drop("things.parquet", parquet(rows(list(range(100)), [DAY] * 100, ["a"] * 100), row_group_size=30))
    world.land()
    assert world.column("_record") == list(range(1, 101)) and world.column("thing_id") == [
        str(i) for i in range(100)
    ]


def within_lists(depth: int) -> pa.Array:
    """Two texts, each within so many lists."""
    value: object = "a"
    kind: pa.DataType = pa.string()
    for _ in range(depth):
        value, kind = [value], pa.list_(kind)
    return pa.array([value, value], kind)


TWICE = pa.StructArray.from_arrays([pa.array(["x", "y"]), pa.array(["z", "w"])], ["a", "a"])


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :]


WHOLE = parquet(
    rows(list(range(500)), [DAY] * 500, [f"name {i}" for i in range(500)]),
    write_page_checksum=True,
    use_dictionary=False,
)


@pytest.mark.parametrize(
    ("content", "en"),
    [
        (WHOLE[:-9], "truncated or damaged"),
        (parquet({**GOOD, "name": within_lists(60)}), "is nested too deeply"),
        (WHOLE[:200], "truncated or damaged"),
        (b"PAR1", "truncated or damaged"),
        (b"id,made,name\n", "truncated or damaged"),
        (flipped(WHOLE, 600), "truncated or damaged"),
        (flipped(WHOLE, len(WHOLE) - 6), "truncated or damaged"),
        (
            parquet({**GOOD, "name": pa.array([b"\xff", b"b"], pa.binary()).view(pa.string())}),
            "truncated or damaged",
        ),
        (
            parquet({**GOOD, "name": pa.array([b"x", b"y"])}),
            "the column name has the type binary, which cannot be read as text",
        ),
        (
            parquet({**GOOD, "name": pa.ListArray.from_arrays([0, 1, 2], TWICE)}),
            "field names occur twice in an object of the column name: a",
        ),
        (parquet({"other": GOOD["id"]}), "lacks columns that are required: id, made"),
        (parquet({"id": GOOD["id"], "name": GOOD["name"]}), "lacks columns that are required: made"),
        (parquet({"id": GOOD["id"][:0], "name": GOOD["name"][:0]}), "lacks columns that are required: made"),
    ],
)
def test_a_damaged_or_unfit_file_is_refused_whole(world: World, content: bytes, en: str):
    world.source(PARQUET)
    world.drop("things.parquet", content)
    world.land()
    assert world.one()["status"] == "refused" and en in world.one()["reason_en"] and world.one()["reason_zh"]


def test_a_binary_column_that_no_feed_reads_costs_nothing_and_is_reported(world: World):
    """Pictures, signatures and keys beside the data; also where no type says that a text is one."""
    world.source(PARQUET)
    odd = {
        "photo": pa.array([b"\xff\xd8", None]),
        "big": pa.array([b"\xff", b""], pa.large_binary()),
        "uuid": pa.array([b"\x00" * 16, b"\xff" * 16], pa.binary(16)),
        "inner": pa.array([{"blob": b"\xff"}, None]),
        "list": pa.array([[b"\xff"], []]),
    }
    world.drop("things.parquet", parquet({**GOOD, **odd}))
    report = world.land()
    assert (report.landed, report.rows, report.refused) == (1, 2, [])
    assert world.one()["drift"] == sorted(odd) and world.column("name") == ["a", None]


def test_a_file_without_rows_is_empty(world: World):
    world.source(PARQUET)
    world.drop("things.parquet", parquet({name: column[:0] for name, column in GOOD.items()}))
    world.land()
    assert world.one()["status"] == "empty"


def test_a_gzipped_file_is_read(world: World):
    world.source(PARQUET.replace('"things*.parquet"', '"things*.parquet.gz"'))
    world.drop("things.parquet.gz", gzip.compress(parquet(GOOD)))
    world.land()
    assert world.column("thing_id") == ["1", "2"]


@pytest.mark.drill(fault="damage at any byte of a Parquet file", invariant="a refusal, never a crash")
@pytest.mark.parametrize("times", [100, pytest.param(300, marks=pytest.mark.slow)])
def test_damage_anywhere_is_a_refusal_and_never_an_error(world: World, times: int):
    whole = parquet(
        {**rows([1, 2, 3], [DAY] * 3, ["a", "b", "c"]), "more": pa.array([[{"x": 1}], [], None])},
        write_page_checksum=True,
    )
    feed, chance = world.feed(PARQUET), random.Random(5)
    for _ in range(times):
        path = world.home / "raw"
        path.write_bytes(flipped(whole, chance.randrange(len(whole))))
        assert (
            land_unit(
                Unit(feed, "things.parquet", "s", "k", path, dt.date(2026, 6, 30), world.home / "out")
            ).status
            != "empty"
        )
