"""Personal data is masked in any text column that is no code, known by its check digit."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from decimal import Decimal

import ingest_world
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from ingest_world import SOURCE, World
from stdnum import luhn
from stdnum.cn import ric

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.ingest import operations
from jobs.ingest.numbers import plain
from jobs.ingest.operations import Around
from jobs.ingest.personal_numbers import is_bank_card, is_identity_number
from jobs.ingest.records import Batch, Found
from jobs.ingest.scrubbing import _ANYWHERE, MARKERS, mask, masked, may_hold, scrubbed
from jobs.ingest.unit import transform

ID = "11010519491231002" + ric.calc_check_digit("11010519491231002")
CARD = "622848001234567890" + luhn.calc_check_digit("622848001234567890")
PERSONAL = {
    "phone": [
        "13812345678",
        "138-1234-5678",
        "138 1234 5678",
        "1381234 5678",
        "+86 13812345678",
        "0086-138-1234-5678",
        "8613812345678",
        "013812345678",
        "１３８１２３４５６７８",
        "138—1234—5678",
        "138\u200b1234\u200b5678",
        "138\u30001234\u30005678",
        "138\xa01234\xa05678",
        "１３８－１２３４－５６７８",
        "1 3 8 1 2 3 4 5 6 7 8",
        "138/1234/5678",
        "138／1234／5678",
        "一三八零零一三八零零零",
        "幺三八一二三四五六七八",
        "138一二三四5678",
    ],
    "id": [
        ID,
        f"{ID[:6]} {ID[6:14]} {ID[14:]}",
        "11010519880605" + "001" + ric.calc_check_digit("11010519880605001"),
        f"{ID[:6]} {ID[6:10]} {ID[10:14]} {ID[14:]}",
        "".join(chr(ord(c) + 0xFEE0) for c in ID),
    ],
    "card": [
        CARD,
        f"{CARD[:6]} {CARD[6:]}",
        f"{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:16]} {CARD[16:]}",
        "4111-1111-1111-1111",
        "6.22202123456789E+15",
    ],
    "email": ["a.b+c@example.com", "a＠example.cn", "a@b.cn", "a@例子.com", "a@例子.中国", "ａ＠例子．公司"],
}
OTHER = [
    "6901234567892",  # a bar code
    "4006381333931",  # one that has a good check digit as a card, too
    "06901234567892",  # a carton's
    "SC10111010800001",  # a production licence
    "91110108MA01ABCD2X",  # a unified social credit code
    "2021010101123456",  # a certificate
    "110105202406130010",  # a region, a recent day and a number: a case
    "110105194912310035",  # no noughts at its end, as a rounded number has
    "1.3812345678E11",
    "2.3812345678E10",
    "110105194912310021",  # not the check digit of an identity number
    "110105194913310022",  # no month 13
    "6228480012345678901",  # not the check digit of a card
    "138123456789",  # twelve digits
    "23812345678",
    "12812345678",
    "20240613812345678",
    "2026-01-01 12:30:00",
    "2026-01-01T00:00:00.000000Z",
    "15800.123456",
    "192.168.100.101",
    "净含量 500g*12，13.5%vol，￥4.99",
    "0.138 1.2345 678",
    "500@2",
    "6222021234567891",  # sixteen digits, neither rounded nor with a good check digit
    "6222021234567890",  # as one in ten numbers of orders that begin with 62
    "https://example.com/p?v=version20",
    "V: silver-grey",
    "138/70 R13 2024",
    "二三八零零一三八零零零",
    "一三八零零一三八零零零零",  # twelve
    "二〇二六年六月",
    "GB/T 12345—2020",
    "QQ糖500g",
    "QQ20240630",
    "微信公众号zhiliang_2026",
    "VX-200012345",
    "建国路88号1203室",  # of a company
    "0571-87654321",  # of a company
]
ROWS = [("1", "2026-01-01", f"红酒 {value} 包邮") for values in PERSONAL.values() for value in values]


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind in PERSONAL for value in PERSONAL[kind]])
@pytest.mark.parametrize("around", ["{}", "旗舰店{}微信同号", "call {} now", "【{}】"])
def test_what_belongs_to_a_person_is_masked_wherever_it_stands(kind: str, value: str, around: str):
    cells, counts = mask(pa.array([None, around.format(value), "无"]))
    assert (cells.to_pylist(), counts) == ([None, around.format(MARKERS[kind]), "无"], {kind: 1})


@pytest.mark.parametrize(
    ("written", "marker"),
    [
        (plain(Decimal(repr(float(ID)))), "id"),  # by a program that counts in binary
        (f"{ID[:15]}000", "id"),  # by a spreadsheet
        (f"{ID[0]}.{ID[1:15]}E+17", "id"),
        (f"{ID[0]}.{ID[1:17]}e17", "id"),
        (plain(Decimal(repr(float(CARD)))), "card"),
        ("1.3812345678E10", "phone"),
        ("1.3812345678e+10", "phone"),
        ("1.381234567E+10", "phone"),  # ends in a zero
        ("138。1234。5678", "phone"),
        ("张三@example.com", "email"),
        ("联系张三@例子.公司", "email"),
    ],
)
def test_numbers_that_a_program_rounded_and_addresses_in_any_script_are_masked(written: str, marker: str):
    for text in (written, f" {written}", f"({written})"):
        marked = text.replace(written, MARKERS[marker])
        assert mask(pa.array([text])) == (pa.array([marked]), {marker: 1})
        assert scrubbed(text) == (marked, {marker: 1})


@pytest.mark.parametrize(
    ("text", "masked_as"),
    [
        ("充电时起火。已经反映@小米客服。公司不处理", "充电时起火。已经反映@小米客服。公司不处理"),
        ("我买的@某某旗舰店。手机有质量问题", "我买的@某某旗舰店。手机有质量问题"),
        ("充电宝起火。联系zhang@qq.com", f"充电宝起火。联系{MARKERS['email']}"),
    ],
)
def test_a_sentence_beside_an_at_sign_is_no_part_of_an_address(text: str, masked_as: str):
    assert scrubbed(text)[0] == masked_as and mask(pa.array([text]))[0].to_pylist() == [masked_as]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("旗舰店 微信：zhang_san88", "旗舰店 微信：〔账号〕"),
        ("代发加V：liming1988", "代发加V：〔账号〕"),
        ("QQ：12345678 包邮", "QQ：〔账号〕 包邮"),
        ("QQ号123456789", "QQ号〔账号〕"),
    ],
)
def test_an_account_is_masked_behind_the_word_that_announces_it(text: str, left: str):
    cells, counts = mask(pa.array([text]))
    assert (cells.to_pylist(), counts) == ([left], {"account": 1})


@pytest.mark.parametrize("value", OTHER)
@pytest.mark.parametrize("around", ["{}", "编号{}号"])
def test_other_numbers_stay(value: str, around: str):
    text = around.format(value)
    assert (mask(pa.array([text]))[0].to_pylist(), masked(text)) == ([text], text)


def test_the_quick_look_misses_nothing_that_the_careful_one_finds():
    texts = [
        f"{before}{value}{behind}"
        for values in PERSONAL.values()
        for value in values
        for before in ("", "a", "电", "1.5 ")
        for behind in ("", "b", "话", " 2024")
    ]
    missed = [text for text in texts if scrubbed(text, _ANYWHERE)[1] and not may_hold(text.encode())]
    assert missed == [] and not any(map(may_hold, (b"", "标题2024新款".encode(), b"2026-01-01 12:30:00")))


def test_cells_beside_each_other_are_not_read_together():
    cells = pa.array(["138", "12345678", "138\n12345678"])
    assert mask(cells) == (cells, {})


def test_equal_cells_are_counted_each():
    cells, counts = mask(pa.array(["电13812345678"] * 3 + ["a@b.cn 13812345678", None]))
    assert counts == {"phone": 4, "email": 1} and cells.null_count == 1


def test_a_number_is_left_in_a_column_of_numbers_and_masked_beside_words():
    cells, counts = mask(pa.array(["13812345678", "电13812345678"]), numbers=True)
    assert (cells.to_pylist(), counts) == (["13812345678", "电〔电话〕"], {"phone": 1})


def test_check_digits_tell_identity_numbers_and_cards():
    assert is_identity_number("11010519880605001X") == (ric.calc_check_digit("11010519880605001") == "X")
    assert not is_identity_number("110105188806050011") and not is_bank_card("1234567812345670")
    assert is_bank_card("4111111111111111") and not is_bank_card("4111111111111112")


def _xlsx() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("data")
        for i, row in enumerate([("id", "made", "name"), *ROWS]):
            sheet.write_row(i, 0, row)
    return stream.getvalue()


def _parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(
        pa.table(dict(zip(("id", "made", "name"), map(list, zip(*ROWS, strict=True)), strict=True))), stream
    )
    return stream.getvalue()


FILES = {
    "csv": lambda: ("id,made,name\n" + "".join(f"{','.join(row)}\n" for row in ROWS)).encode(),
    "json": lambda: json.dumps(
        [dict(zip(("id", "made", "name"), row, strict=True)) for row in ROWS]
    ).encode(),
    "xlsx": _xlsx,
    "parquet": _parquet,
}


@pytest.mark.parametrize("kind", FILES)
def test_every_format_lands_without_them_and_with_their_counts(world: World, kind: str):
    world.source(SOURCE.replace("csv", kind))
    world.drop(f"things.{kind}", FILES[kind]())
    world.land()
    landed = json.dumps([world.rows(), world.ledger()], default=str, ensure_ascii=False)
    assert [v for values in PERSONAL.values() for v in values if v in landed] == []
    expected = {"name": {kind: len(values) for kind, values in PERSONAL.items()}}
    assert json.loads(world.one()["scrubbed"]) == expected


def test_a_code_stays_and_what_a_cell_was_before_an_operation_is_masked(world: World, monkeypatch):
    thing = ingest_world.CATALOG.contracts["silver.thing"]
    columns = [dataclasses.replace(c, code=c.name == "kind") for c in thing.columns]
    changed = {"silver.thing": dataclasses.replace(thing, columns=tuple(columns))}
    monkeypatch.setattr(ingest_world, "CATALOG", Catalog(ingest_world.CATALOG.contracts | changed))
    more = "      kind: {from: code}\n      tags: {from: name, split: ';'}\n      amount: {from: amount}\n"
    world.source(
        SOURCE.replace("{from: made, date: [yyyy-MM-dd]}", "{extract: [name, '(2026-..-..)']}") + more
    )
    world.drop("things.csv", "id,name,code,amount\n1,2026-01-01;13812345678,13812345678,13812345678\n")
    world.land()
    (row,) = world.rows()
    assert (row["kind"], row["amount"], row["made_on"]) == ("13812345678", "13812345678", "2026-01-01")
    assert (row["name"], row["tags"]) == ("2026-01-01;〔电话〕", '["2026-01-01", "〔电话〕"]')
    assert (
        row["_original_made_on"] == "2026-01-01;〔电话〕" and row["_original_tags"] == "2026-01-01;〔电话〕"
    )


def test_names_of_members_and_what_is_said_of_a_file_hold_none(world: World):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("张13812345678.csv", "id,made,name\n1,2026-01-01,a\n2,2026\n")
        archive.writestr("13912345678.txt", "x")
    world.source(SOURCE.replace('"things*.csv"', '"things*.zip"\n    member: "*.csv"'))
    world.drop("things.zip", stream.getvalue())
    report = world.land()
    said = json.dumps([world.rows(), world.ledger(), report.warnings], default=str, ensure_ascii=False)
    assert "13812345678" not in said and "13912345678" not in said and "张〔电话〕.csv" in said


def test_every_identifier_of_a_landed_table_is_a_code_and_no_words_are():
    contracts = load_catalog().contracts.values()
    texts = [
        (contract.id, column)
        for contract in contracts
        if contract.conformed
        for column in contract.columns
        if column.type in ("string", "array<string>") and not column.personal
    ]
    ends = ("_id", "_code", "_no", "uscc", "barcode")
    assert [f"{t}.{c.name}" for t, c in texts if c.name.endswith(ends) and not c.code] == []
    words = ("name", "title", "text", "brand", "address_text", "product_name", "note", "answer", "subject")
    assert [f"{t}.{c.name}" for t, c in texts if c.name in words and c.code] == []


def test_digits_of_a_keyed_hash_are_no_number_and_text_beside_it_is_masked():
    """One hash in some 300 holds eleven digits that look like a mobile number: half masked it is no key."""
    digest = f"{'ab' * 15}a13977770021{'cd' * 11}"
    assert len(digest) == 64 and mask(pa.array([digest]))[1] == {"phone": 1}
    cells = pa.array([digest, f"SG/{digest}/13977770021", None, "13977770021"])
    values, counts = mask(cells, hashes=True)
    assert values.to_pylist() == [digest, f"SG/{digest}/〔电话〕", None, "〔电话〕"]
    assert counts == {"phone": 2}


def test_a_column_made_of_a_hash_lands_it_whole(world: World, monkeypatch):
    digest = f"{'ab' * 15}a13977770021{'cd' * 11}"
    monkeypatch.setattr(operations, "hashed", lambda parts, key: pa.array([digest] * len(parts[0])))
    feed = world.feed(SOURCE.replace("{from: name}", "{hash: [name]}"))
    batch = Batch({n: pa.array(["1"]) for n in ("id", "made", "name")}, pa.array([1], pa.int64()))
    assert transform(feed, batch, Around("UTC", key=b"k"), Found())["name"].to_pylist() == [digest]
