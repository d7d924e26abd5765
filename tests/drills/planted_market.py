"""A provider that puts personal data into columns of plain words, in each format."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

MARKET = """
source: market
family: platform
publisher: {name_zh: 市, name_en: Market}
timezone: Asia/Shanghai
cadence: irregular
feeds:
  listings:
    target: listing
    files: "listings*.csv"
    format: csv
    key: [listing_id]
    columns:
      listing_id:    {from: id}
      title:         {from: title}
      brand:         {extract: [title, "^(..)"]}
      producer_name: {from: maker}
      barcode:       {from: barcode}
      listed_on:     {from: day, date: ["yyyy-MM-dd"]}
  recalls:
    target: recall
    files: "recalls*.json"
    format: json
    key: [authority, recall_id]
    columns:
      authority:    {const: X}
      recall_id:    {from: id}
      recalled_on:  {from: day, date: ["yyyy-MM-dd"]}
      product_text: {from: product}
      hazard_text:  {from: hazard}
      hazards:      {from: hazards}
  results:
    target: test_result
    files: "results*.xlsx"
    format: xlsx
    key: [sample_id, item_code]
    columns:
      sample_id:  {from: sample}
      item_code:  {from: item}
      item_name:  {from: name}
      value_text: {from: note}
      tested_on:  {from: day, date: ["yyyy-MM-dd"]}
  registrations:
    target: registration
    files: "registrations*.parquet"
    format: parquet
    key: [uscc]
    columns:
      uscc:          {from: code}
      name:          {from: name}
      address_text:  {from: place}
      registered_on: {from: day, date: ["yyyy-MM-dd"]}
"""
IN_WORDS = [  # phone, identity number, card, mail: four in each file
    ("13888880001", "110105194912310022", "6228480012345678903", "titles@example.com"),
    ("138 8888 0002", "110105 19880605 0014", "4111 1111 1111 1111", "recalls@example.cn"),
    ("+86-138-8888-0003", "440305199001010010", "5555555555554444", "results＠example.org"),
    ("１３８８８８８０００４", "510104198501010017", "378282246310005", "names@mail.example.com"),
]
BARCODE, USCC = "6901234567892", "91350100M000100Y43"  # codes, which stay


def fill(inbox: Path) -> None:
    """Write the files of the market's inbox."""
    phone, identity, card, mail = IN_WORDS[0]
    (inbox / "listings.csv").write_text(
        "id,title,maker,barcode,day\n"
        f"L1,红酒加微信{phone}包邮,某厂{identity},{BARCODE},2026-01-01\n"
        f"L2,付款{card},{mail},{BARCODE},{phone}\n",  # quarantined: no day
        encoding="utf-8",
    )
    phone, identity, card, mail = IN_WORDS[1]
    recall = {"id": "R1", "day": "2026-01-02", "product": f"童车 {phone}", "hazard": f"{identity} {card}"}
    (inbox / "recalls.json").write_text(json.dumps([recall | {"hazards": [mail]}]), encoding="utf-8")
    phone, identity, card, mail = IN_WORDS[2]
    with xlsxwriter.Workbook(inbox / "results.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["sample", "item", "name", "note", "day"])
        sheet.write_row(
            1, 0, ["S1", "I1", f"铅（{phone}）", f"送检人{identity}，{card}，{mail}", "2026-01-03"]
        )
    phone, identity, card, mail = IN_WORDS[3]
    texts = {"code": USCC, "name": f"某店{phone}", "place": f"{identity} {card} {mail}", "day": "2026-01-04"}
    pq.write_table(pa.table({name: [text] for name, text in texts.items()}), inbox / "registrations.parquet")
