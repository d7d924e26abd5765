"""Planted personal data is found nowhere but in the raw store after a whole night
(definitions.md#personal-data).

The night runs as Airflow's DAG, so that Airflow's database is searched too. Every byte below QUALITY_HOME is
searched, Parquet decoded, archives and databases opened; pseudonyms may stand in landing, bronze and silver
only.
"""

from __future__ import annotations

import gzip
import hmac
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from planted_market import BARCODE, IN_WORDS, MARKET, USCC, fill

from jobs.ingest.personal import normalised

pytestmark = [pytest.mark.slow, pytest.mark.lineage]
SOURCE = """
source: town
family: complaint
publisher: {name_zh: 镇, name_en: Town}
timezone: Asia/Shanghai
cadence: irregular
feeds:
  shops:
    target: shop
    files: "shops*.csv"
    format: csv
    encoding: gb18030
    key: [shop_id]
    columns:
      shop_id:            {from: 编号}
      name:               {from: 店名}
      operator_name:      {from: 经营者}
      operator_type:      {from: 类型, map: {企业: company, 自然人: natural_person}}
      operator_ref:       {from: 身份证}
      phone_ref:          {coalesce: [电话, 手机]}
      representative_ref: {from: 法人}
      address_text:       {from: 地址}
      opened_on:          {from: 开店, date: ["yyyy-MM-dd"]}
    ignore: [备注]
  complaints:
    target: complaint
    files: "complaints*.jsonl"
    format: jsonl
    key: [complaint_id]
    join:
      - {file: "callers*.csv", by: {caller: no}, take: [身份证号]}
    columns:
      complaint_id:    {from: id}
      received_on:     {from: day, date: ["yyyy-MM-dd"]}
      text:            {from: said.text}
      complainant_ref: {from: 身份证号}
  reviews:
    target: review
    files: "reviews*.zip"
    member: "*.csv"
    format: csv
    key: [review_id]
    columns:
      review_id:   {from: id}
      reviewed_on: {from: day, date: ["yyyy-MM-dd"]}
      text:        {from: text}
"""
NAMES = ["赫连朴槿", "轩辕若谷", "尉迟恭良", "慕容知秋", "司徒念慈", "诸葛疏影"]
PHONES = [
    "13977770001",
    "139 7777 0002",
    "139-7777-0003",
    "+86 13977770004",
    "１３９７７７７０００５",
    "0571-87770006",
    "010 8777 0007",
    "400-777-0008",
    "139.7777.0009",
    "13977770010",
    "13977770011",
    "13977770012",
    "13977770013",
]
IDS = [
    "110105194912310021",
    "11010519880605001X",
    "110105 19900101 0010",
    "110105490101001",
    "110105197712123456",
    "110105197712123464",
]
MAILS = ["helian.pujin@example.com", "xuanyuan@mail.example.cn", "yuchi＠example.org"]
ADDRESSES = ["桃源里八十八号三单元", "杏花村六十六号二单元"]

SHOPS = (
    "\n".join(
        [
            "编号,店名,经营者,类型,身份证,电话,手机,法人,地址,开店,备注,新列",
            (
                f"S1,一店,{NAMES[0]},自然人,{IDS[0]},{PHONES[0]},,,{ADDRESSES[0]},2026-01-01,{NAMES[1]} "
                f"{PHONES[1]},{MAILS[0]}"
            ),
            f"S2,二店,某某公司,企业,,,{PHONES[3]},{NAMES[2]},长江路一号,2026-01-01,,",
            # quarantined: a date out of range
            f"S3,三店,{NAMES[3]},自然人,{IDS[1]},{PHONES[4]},,,{ADDRESSES[1]},1066-01-01,,{IDS[5]}",
            # unreadable: a field too many
            f"S4,四店,{NAMES[4]},自然人,{IDS[4]},{PHONES[9]},,,{ADDRESSES[0]},2026-01-01,,,{PHONES[10]}",
        ]
    )
    + "\n"
)
COMPLAINTS = (
    "\n".join(
        [
            json.dumps(
                {
                    "id": "C1",
                    "day": "2026-06-01",
                    "caller": "1",
                    "said": {"text": f"请回电{PHONES[0]}或{PHONES[1]}，证{IDS[2]}，邮{MAILS[1]}"},
                }
            ),
            json.dumps(
                {
                    "id": "C2",
                    "day": "yesterday",
                    "caller": "2",
                    "said": {"text": f"打{PHONES[2]}、{PHONES[5]}、{PHONES[6]}、{PHONES[7]}，{IDS[3]}"},
                },
                ensure_ascii=False,
            ),  # quarantined: no date
            json.dumps(
                {
                    "id": "C3",
                    "day": "2026-06-02",
                    "caller": "9",
                    "said": {"text": f"电话{PHONES[8]}"},
                    PHONES[11]: NAMES[5],
                },
                ensure_ascii=False,
            ),
            '{"id": "C4", "said": "' + f"{PHONES[12]} {NAMES[5]}" + '"',  # unreadable: cut off
        ]
    )
    + "\n"
)
CALLERS = f"no,name,身份证号\n1,{NAMES[1]},{IDS[4]}\n2,{NAMES[5]},{IDS[5]}\n3,{NAMES[5]}\n"
SPELLED = [  # in numerals, with strokes, rounded, behind a word, and a home
    "一三九七七七七零零一四",
    "139/7777/0015",
    "6222029999912340",
    "planted_wx88",
    "9876543210",
    "桃源小区8号楼3单元501",
]
REVIEWS = (
    f"id,day,text\nR1,2026-06-01,客服{PHONES[3]} {MAILS[2]} 说{IDS[0]}\n"
    f"R2,2026-06-01,打{SPELLED[0]}、{SPELLED[1]}，卡{SPELLED[2]}，微信：{SPELLED[3]}，QQ：{SPELLED[4]}，{SPELLED[5]}\n"
)
PLANTED = [
    *NAMES,
    *PHONES,
    *IDS,
    *MAILS,
    *ADDRESSES,
    *SPELLED,
    *(value for four in IN_WORDS for value in four),
]
IN_PERSONAL = [
    ("id", IDS[0]),
    ("id", IDS[1]),
    ("phone", PHONES[0]),
    ("phone", PHONES[3]),
    ("phone", PHONES[4]),
    ("name", NAMES[0]),
    ("name", NAMES[2]),
    ("name", NAMES[3]),
    ("id", IDS[4]),
    ("id", IDS[5]),
]


def planted(home: Path) -> dict[str, str]:
    """Sources and an inbox with all that is planted below ``home``; the variables of its commands."""
    (home / "sources").mkdir()
    (home / "sources" / "town.yaml").write_text(SOURCE, encoding="utf-8")
    (home / "sources" / "market.yaml").write_text(MARKET, encoding="utf-8")
    market, inbox = home / "inbox" / "market", home / "inbox" / "town"
    market.mkdir(parents=True)
    inbox.mkdir()
    fill(market)
    (inbox / "shops.csv").write_bytes(SHOPS.encode("gb18030"))
    (inbox / "complaints.jsonl").write_text(COMPLAINTS, encoding="utf-8")
    (inbox / "callers.csv").write_text(CALLERS, encoding="utf-8")
    with zipfile.ZipFile(inbox / "reviews.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("reviews.csv", REVIEWS)
    environment = os.environ | {
        "QUALITY_HOME": str(home),
        "QUALITY_SOURCES": str(home / "sources"),
        "QUALITY_SPARK_MASTER": "local[2]",
    }
    environment.pop("QUALITY_KEY_FILE", None)
    return environment


@pytest.fixture(scope="module")
def night(tmp_path_factory) -> tuple[Path, str]:
    """A home after a night that Airflow ran, and all that it printed."""
    home = tmp_path_factory.mktemp("planted")
    environment = planted(home)
    command = [sys.executable, "-m", "jobs.orchestration.local", "night", "2026-06-30"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return home, done.stdout + done.stderr


def texts_of(path: Path, content: bytes) -> Iterator[str]:
    """A file's content in every way in which a value could be read in it."""
    if content[:4] == b"PAR1":
        table = pq.ParquetFile(io.BytesIO(content)).read()
        yield json.dumps(table.to_pylist(), default=str, ensure_ascii=False)
        content = b""  # its compressed pages say nothing
    if content[:16] == b"SQLite format 3\0":
        yield from _cells(content)
    if content[:2] == b"\x1f\x8b":
        yield from texts_of(path, gzip.decompress(content))
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from texts_of(path, archive.read(name))
    for encoding in ("utf-8", "gb18030", "utf-16-le"):
        yield content.decode(encoding, "ignore")
    yield re.sub(
        r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), content.decode("utf-8", "ignore")
    )  # JSON in ASCII


def _cells(database: bytes) -> Iterator[str]:
    """Every row of every table of an SQLite database, which may lie in parts over its pages."""
    with closing(sqlite3.connect(":memory:")) as opened:
        # Bytes 18 and 19 ask for a write-ahead log, which a database in memory cannot have.
        opened.deserialize(database[:18] + b"\x01\x01" + database[20:])
        opened.text_factory = lambda text: text.decode("utf-8", "ignore")
        names = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            for row in opened.execute(f'SELECT * FROM "{name}"'):
                for cell in row:
                    yield from [str(cell)] if not isinstance(cell, bytes) else texts_of(Path(name), cell)


def holders_of(home: Path, values: list[str]) -> dict[str, set[str]]:
    """Value → the files below ``home`` that hold it, by their path."""
    found: dict[str, set[str]] = {value: set() for value in values}
    for path in home.rglob("*"):
        if path.is_file():
            texts = list(texts_of(path, path.read_bytes()))
            for value in values:
                if any(value in text for text in texts):
                    found[value].add(path.relative_to(home).as_posix())
    return found


def _pseudonyms(home: Path) -> list[str]:
    key = (home / "keys" / "hmac.key").read_bytes()
    return [
        hmac.new(key, f"{kind}:{normalised(kind, value)}".encode(), "sha256").hexdigest()
        for kind, value in IN_PERSONAL
    ]


@pytest.mark.drill(
    fault="personal values in every kind of file",
    invariant="clear values exist in landing/raw alone",
)
def test_clear_values_exist_in_the_raw_store_only(night):
    home, printed = night
    holders = holders_of(home, PLANTED)
    lost = [value for value, files in holders.items() if not any(f.startswith("landing/raw/") for f in files)]
    assert lost == [], "the search does not find what is there"
    leaks = {
        v: sorted(f for f in files if not f.startswith(("landing/raw/", "inbox/")))
        for v, files in holders.items()
    }
    assert {value: files for value, files in leaks.items() if files} == {}
    assert [value for value in PLANTED if value in printed] == []


@pytest.mark.drill(
    fault="personal values in every kind of file",
    invariant="pseudonyms leave neither bronze nor silver",
)
def test_pseudonyms_exist_in_landing_bronze_and_silver_only(night):
    home, printed = night
    holders = holders_of(home, _pseudonyms(home))
    places = {file for files in holders.values() for file in files}
    assert all(any(f.startswith("lake/bronze/") for f in files) for files in holders.values())
    assert any(f.startswith("lake/silver/") for f in places)
    assert {f for f in places if not f.startswith(("landing/rows/", "lake/bronze/", "lake/silver/"))} == set()
    assert not any(pseudonym in printed for pseudonym in holders)


def test_the_search_opens_databases(tmp_path):
    """A value in a text of an SQLite file, and one in a packed cell."""
    with closing(sqlite3.connect(tmp_path / "some.db")) as database:
        database.execute("CREATE TABLE log (words TEXT, packed BLOB)")
        database.execute(
            "INSERT INTO log VALUES (?, ?)", ("x" * 5000 + NAMES[0], gzip.compress(IDS[0].encode()))
        )
        database.commit()
    assert holders_of(tmp_path, [NAMES[0], IDS[0], PHONES[0]]) == {
        NAMES[0]: {"some.db"},
        IDS[0]: {"some.db"},
        PHONES[0]: set(),
    }


def test_there_is_something_to_search_in_what_leaves_and_in_airflow(night):
    home, _ = night
    for place in ("outbox", "published", "airflow"):
        assert any(path.is_file() and path.stat().st_size for path in (home / place).rglob("*")), place


def test_the_night_did_take_in_what_was_planted_around(night):
    """Guards the two searches: rows were quarantined, records unreadable, a column drifted, texts scrubbed,
    files joined."""
    home, _ = night
    from jobs.lake.query import query

    ledger = {
        row["feed"]: row
        for row in query(
            home / "lake", "SELECT * FROM ops.ingest_file WHERE source = 'town'", latest=True
        ).to_pylist()
    }
    assert {feed: ledger[feed]["unreadable"] for feed in ("shops", "complaints", "reviews")} == {
        "shops": 1,
        "complaints": 1,
        "reviews": 0,
    }
    assert ledger["shops"]["drift"] == ["新列"] and ledger["complaints"]["drift"] == ["〔电话〕"]
    assert json.loads(ledger["complaints"]["scrubbed"]) == {"text": {"phone": 7, "id": 2, "email": 1}}
    assert json.loads(ledger["reviews"]["scrubbed"]) == {
        "text": {"phone": 3, "id": 1, "email": 1, "card": 1, "account": 2, "address": 1}
    }
    held = query(home / "lake", "SELECT target, row FROM silver.quarantine ORDER BY target").to_pylist()
    assert [row["target"] for row in held] == ["complaint", "listing", "shop"]
    assert json.loads(held[1]["row"])["title"] == "付款〔银行卡号〕"
    assert json.loads(held[0]["row"])["text"] == "打〔电话〕、〔电话〕、〔电话〕、〔电话〕，〔证件号〕"
    assert (home / "site" / "index.html").exists() and any((home / "site" / "data_docs").rglob("*.html"))


def test_what_was_masked_in_words_is_counted_and_codes_stay(night):
    home, _ = night
    from jobs.lake.query import query

    sql = "SELECT feed, scrubbed FROM ops.ingest_file WHERE source = 'market'"
    rows = query(home / "lake", sql, latest=True).to_pylist()
    counts = {row["feed"]: json.loads(row["scrubbed"]) for row in rows}
    assert counts == {
        "listings": {
            "title": {"phone": 1, "card": 1},
            "producer_name": {"id": 1, "email": 1},
            "listed_on": {"phone": 1},
        },
        "recalls": {
            "product_text": {"phone": 1},
            "hazard_text": {"id": 1, "card": 1},
            "hazards": {"email": 1},
        },
        "results": {"item_name": {"phone": 1}, "value_text": {"id": 1, "card": 1, "email": 1}},
        "registrations": {"name": {"phone": 1}, "address_text": {"id": 1, "card": 1, "email": 1}},
    }
    page = (home / "site" / "sources" / "market.html").read_text(encoding="utf-8")
    assert "银行卡号" in page and "bank card numbers" in page
    kept = query(home / "lake", "SELECT barcode FROM silver.listing").to_pylist()
    assert kept == [{"barcode": BARCODE}]
    assert query(home / "lake", "SELECT uscc FROM silver.registration").to_pylist() == [{"uscc": USCC}]
