"""A provider whose every file is hostile or broken (`further_hostile`), with personal values in odd places:
names of files, folders, members, sheets, columns, tables and fields, properties of documents, numbers."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from stdnum import luhn
from stdnum.cn import ric

from jobs.ingest.numbers import plain

STYLES = ("csv", "tsv", "jsonl", "json", "xlsx", "parquet", "sqlite")
FEED = """  {style}:
    target: listing
    files: ['*.{style}', '*.{style}.gz', '*.{style}.zip']
    format: {style}
    key: [listing_id]
    columns:
      listing_id: {{from: id}}
      title:      {{from: name}}
      listed_on:  {{from: made, date: [yyyy-MM-dd]}}
"""
SOURCE = """source: odd
family: platform
publisher: {name_zh: 怪, name_en: Odd}
timezone: Asia/Shanghai
cadence: irregular
feeds:
""" + "".join(FEED.format(style=style) for style in STYLES)


def phone(number: int) -> str:
    return f"137666{number:05}"


def identity(number: int) -> str:
    digits = f"11010519720304{number:03}"
    return digits + ric.calc_check_digit(digits)


def card(number: int) -> str:
    digits = f"6228480012{number:02}517893"
    return digits + luhn.calc_check_digit(digits)


def mail(number: int) -> str:
    return f"odd.person{number}@example.org"


X = next(n for n in (identity(i) for i in range(100, 200)) if n.endswith("X"))
PLANTED = {
    "text": [
        f"{phone(1)[:3]} {phone(1)[3:7]} {phone(1)[7:]}",
        f"{phone(2)[:3]}-{phone(2)[3:7]}-{phone(2)[7:]}",
        f"+86{phone(3)}",
        "".join(chr(ord(digit) + 0xFEE0) for digit in phone(4)),
        X.lower(),
        identity(5),
        "odd。person".replace("。", ".") + "@例子.中国",
        " ".join(card(6)[i : i + 4] for i in range(0, 19, 4)),
        f"{card(7)[:6]} {card(7)[6:]}",
        f"1.{phone(8)[1:]}E+10",
    ],
    "header": [phone(11), mail(11)],
    "sheet": [phone(12), mail(12)],
    "file": [phone(13), identity(13)],
    "folder": [phone(14)],
    "source": [phone(15)],
    "member": [phone(16)],
    "field": [phone(17), identity(17)],
    "table": [phone(18)],
    "column": [phone(19)],
    "parquet": [phone(20), mail(20)],
    "metadata": [phone(21)],
    "properties": [phone(22), mail(22)],
    "comment": [phone(23)],
    "gzip": [phone(24)],
    "path": [phone(25)],
    "broken": [phone(26), identity(26)],
    "date": [phone(27)],
    "refused": [phone(28)],
    "zip_comment": [phone(29)],
    "nested": [identity(30)],
}
NUMBERS = [identity(60), identity(61), phone(62), card(63)]
# What a program that counts in binary and a spreadsheet keep of them.
ROUNDED = [plain(Decimal(repr(float(n)))) for n in NUMBERS[:2]] + [f"{n[:15]}000" for n in NUMBERS[:2]]


def fill(inbox: Path) -> None:
    """Write the files; the values of PLANTED and NUMBERS, and nothing that is no hostile file besides."""
    odd = inbox / "odd"
    rows = [f"T{i},2026-01-01,红酒 {text} 包邮" for i, text in enumerate(PLANTED["text"])]
    (odd / "texts.csv").write_text("\n".join(["id,made,name", *rows]) + "\n", encoding="utf-8")
    head, tail = PLANTED["header"]
    (odd / "header.csv").write_text(f"id,made,name,{head},{tail}\nH1,2026-01-01,a,b,c\n", encoding="utf-8")
    (odd / "twice.csv").write_text(f"id,made,name,name {head}\nH2,2026-01-01,a\n", encoding="utf-8")
    (odd / f"张三 {PLANTED['file'][0]}.csv").write_text("id,made,name\nF1,2026-01-01,a\n", encoding="utf-8")
    (odd / f"{PLANTED['file'][1]}.pdf").write_bytes(b"%PDF")
    (odd / PLANTED["folder"][0]).mkdir()
    (odd / PLANTED["folder"][0] / "a.csv").write_text("id,made,name\nF2,2026-01-01\n", encoding="utf-8")
    (inbox / f"new {PLANTED['source'][0]}").mkdir()
    (inbox / f"new {PLANTED['source'][0]}" / "a.csv").write_text("id\n1\n", encoding="utf-8")
    (inbox / f"{PLANTED['path'][0]}.csv").write_text("id\n1\n", encoding="utf-8")
    with zipfile.ZipFile(odd / "member.csv.zip", "w") as packed:
        packed.comment = PLANTED["zip_comment"][0].encode()
        packed.writestr(f"{PLANTED['member'][0]}.csv", "id,made,name\nM1,2026-01-01,a\nM2,2026\n")
        packed.writestr(f"{PLANTED['member'][0]}.txt", "x")
    lines = [{"id": "J1", "made": "2026-01-01", "name": "a", PLANTED["field"][0]: 1}]
    lines += [{"id": "J2", "made": "2026-01-01", "name": {PLANTED["nested"][0]: [1]}}]
    (odd / "fields.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    (odd / "fields.json").write_text(json.dumps({PLANTED["field"][1]: {"id": 1}}), encoding="utf-8")
    broken, other = PLANTED["broken"]
    text = f'{{"id": "B1", "made": "2026-01-01", "name": "{broken}\n{{"id": "B2", "{other}": }}\n'
    (odd / "broken.jsonl").write_text(text, encoding="utf-8")
    (odd / "dates.csv").write_text(f"id,made,name\nD1,{PLANTED['date'][0]},a\n", encoding="utf-8")
    (odd / "refused.csv").write_text(f"{PLANTED['refused'][0]},x\n1,2\n", encoding="utf-8")
    with gzip.GzipFile(f"{PLANTED['gzip'][0]}.csv", "wb", fileobj=(odd / "named.csv.gz").open("wb")) as named:
        named.write(b"id,made,name\nG1,2026-01-01,a\n")
    _workbooks(odd)
    _databases(odd)
    table = pa.table({"id": ["P1"], "made": ["2026-01-01"], "name": ["a"], PLANTED["parquet"][0]: ["b"]})
    table = table.append_column(pa.field("x", pa.string(), metadata={"who": PLANTED["metadata"][0]}), [["y"]])
    pq.write_table(table.replace_schema_metadata({"by": PLANTED["parquet"][1]}), odd / "names.parquet")
    numbers = pa.array([float(number) for number in NUMBERS])
    days = ["2026-01-01"] * len(NUMBERS)
    ids = [f"N{i}" for i in range(len(NUMBERS))]
    pq.write_table(pa.table({"id": ids, "made": days, "name": numbers}), odd / "numbers.parquet")
    texts = "".join(
        f'{{"id": "O{i}", "made": "2026-01-01", "name": {number}}}\n' for i, number in enumerate(NUMBERS)
    )
    (odd / "numbers.jsonl").write_text(texts, encoding="utf-8")
    os.mkfifo(odd / f"pipe {PLANTED['file'][0]}.csv")
    (odd / "link.csv").symlink_to("/etc/hostname")
    (odd / "folder.csv").mkdir()


def _workbooks(odd: Path) -> None:
    with xlsxwriter.Workbook(odd / "sheets.xlsx") as book:
        book.set_properties({"author": PLANTED["properties"][0], "comments": PLANTED["properties"][1]})
        for number, name in enumerate(["a", *PLANTED["sheet"]]):
            sheet = book.add_worksheet(name[:31])
            sheet.write_row(0, 0, ["id", "made", "name"])
            sheet.write_row(1, 0, [f"W{number}", "2026-01-01", "a"])
            sheet.write_comment(1, 2, PLANTED["comment"][0])
    with xlsxwriter.Workbook(odd / "numbers.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["id", "made", "name"])
        for row, number in enumerate(NUMBERS, 1):
            sheet.write_row(row, 0, [f"X{row}", "2026-01-01", float(number)])


def _databases(odd: Path) -> None:
    for name, tables in {"tables": (PLANTED["table"][0], "b"), "columns": ("t",)}.items():
        path = odd / f"{name}.sqlite"
        with sqlite3.connect(path) as lite:
            for table in tables:
                lite.execute(f'CREATE TABLE "{table}" (id, made, name, "{PLANTED["column"][0]}")')
                lite.execute(f"INSERT INTO \"{table}\" VALUES ('S1', '2026-01-01', 'a', 'b')")
        lite.close()
